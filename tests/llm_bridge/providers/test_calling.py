"""The real LangChain clients against a server that does everything wrong a server can do."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pydantic import BaseModel

from benchmarks.hostile_model import HostileModel, Request, Say, serve
from graph.errors import BudgetError, ProviderError
from llm_bridge.providers import Budget, Caller, Outgoing, ProviderSpec

VENDORS = ("openai", "anthropic", "ollama")
CLOUDS = ("azure", "bedrock")
"""Azure speaks as OpenAI does, behind another client; of Bedrock what does not stream is spoken here."""


@pytest.fixture(params=CLOUDS)
def cloud(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A cloud vendor with what its client reads from the environment."""
    if request.param == "bedrock":
        pytest.importorskip("langchain_aws")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "aws-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    return str(request.param)


class Pick(BaseModel):
    """Pick a number."""

    number: int


def caller(server: HostileModel, vendor: str = "openai", **options: object) -> Caller:
    budget = options.pop("budget", None) or Budget()
    spec = ProviderSpec.parse(
        f"{vendor}:{'anthropic.claude-3-hostile' if vendor == 'bedrock' else 'hostile'}",
        base_url=server.url(vendor),
        key="sk-secret",
        **{"timeout": 5.0, "retries": 2, **options},  # type: ignore[arg-type]
    )
    return Caller(spec, budget=budget, sleep=lambda _: None)  # type: ignore[arg-type]


def ask(one: Caller, **options: object) -> object:
    outgoing = Outgoing("Does lithium cause polyuria?")
    return one.call(outgoing, outgoing.start("parse"), **options)  # type: ignore[arg-type]


def ask_often(one: Caller) -> None:
    for _ in range(50):
        ask(one)


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("stream", [False, True])
def test_text_and_tool_calls_come_through(vendor: str, stream: bool) -> None:
    with serve([Say("hello", [("Pick", {"number": 7})])]) as server:
        reply = caller(server, vendor, stream=stream).call(*_question(), tools=[Pick], must="Pick")
    assert reply.text == "hello"
    assert reply.calls == (("Pick", {"number": 7}),)
    assert reply.arguments("Pick") == {"number": 7}
    assert server.requests[0].tools == ["Pick"]


def _question() -> tuple[Outgoing, Sequence[object]]:
    outgoing = Outgoing("Does lithium cause polyuria?")
    return outgoing, outgoing.start("parse")  # type: ignore[return-value]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("status", [429, 500, 503, 529])
def test_passing_failures_are_tried_again(vendor: str, status: int) -> None:
    with serve([Say(status=status), Say(status=status), Say("ok")]) as server:
        assert ask(caller(server, vendor)).text == "ok"  # type: ignore[attr-defined]
        assert len(server.requests) == 3


@pytest.mark.parametrize("vendor", VENDORS)
def test_tries_are_bounded(vendor: str) -> None:
    with serve([Say(status=429, headers={"retry-after": "9999"})]) as server:
        waits: list[float] = []
        one = caller(server, vendor)
        one._sleep = waits.append
        with pytest.raises(ProviderError, match="no usable reply"):
            ask(one)
        assert len(server.requests) == 3
        assert max(waits) <= 20


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_lasting_failures_are_not_tried_again(vendor: str, status: int) -> None:
    with serve([Say(status=status)]) as server:
        with pytest.raises(ProviderError) as raised:
            ask(caller(server, vendor))
        assert len(server.requests) == 1
        assert "sk-secret" not in str(raised.value)


BROKEN = [
    b"",
    b"not json",
    b"{",
    b"[]",
    b"null",
    b"{}",
    b'{"choices": []}',
    b'{"choices": [{"message": null}]}',
    b'{"choices": [{"message": {"role": "assistant", "content": 7}}]}',
    b'{"content": "x", "role": "assistant", "type": "message"}',
    b'{"message": {"role": 5}}',
    b"data: {broken\n\n",
    b"\xff\xfe\x00",
]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("raw", BROKEN, ids=repr)
@pytest.mark.parametrize("stream", [False, True])
def test_malformed_bodies_end_in_a_provider_error_or_a_reply(
    vendor: str, raw: bytes, stream: bool
) -> None:
    with serve([Say(raw=raw)]) as server:
        try:
            reply = ask(caller(server, vendor, retries=0, stream=stream))
        except ProviderError:
            return
        assert isinstance(reply.text, str)  # type: ignore[attr-defined]


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_slow_server_times_out(vendor: str) -> None:
    with serve([Say("late", delay=3)]) as server, pytest.raises(ProviderError):
        ask(caller(server, vendor, timeout=0.3, retries=0))


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("stream", [False, True])
def test_a_broken_connection(vendor: str, stream: bool) -> None:
    with serve([Say("a long enough reply to be cut in two" * 5, cut=True)]) as server:
        try:
            reply = ask(caller(server, vendor, retries=0, stream=stream))
        except ProviderError:
            return
        assert len(reply.text) < 36 * 5  # type: ignore[attr-defined]


@pytest.mark.parametrize("vendor", ["openai", "anthropic"])
def test_a_refusal_is_seen(vendor: str) -> None:
    with serve([Say("I will not.", refusal=True)]) as server:
        assert ask(caller(server, vendor)).refused  # type: ignore[attr-defined]


class TestClouds:
    """Azure and Bedrock through their own clients."""

    def test_text_and_tool_calls(self, cloud: str) -> None:
        with serve([Say("hello", [("Pick", {"number": 7})])]) as server:
            reply = caller(server, cloud).call(*_question(), tools=[Pick], must="Pick")
        assert (reply.text, reply.arguments("Pick")) == ("hello", {"number": 7})
        assert server.requests[0].tools == ["Pick"]
        assert "aws-secret" not in str(server.requests[0])

    def test_failures(self, cloud: str) -> None:
        with serve([Say(status=429), Say(status=503), Say("ok")]) as server:
            assert ask(caller(server, cloud)).text == "ok"  # type: ignore[attr-defined]
        for say, told in (
            (Say(status=401), "key is not accepted"),
            (Say(raw=b"not json"), "protocol"),
            (Say(raw=b"[]"), "protocol"),
            (Say("x" * 99, cut=True), "no connection|protocol"),
            (Say("late", delay=2), r"within 0\.3 s"),
        ):
            with serve([say]) as server:
                with pytest.raises(ProviderError, match=told):
                    ask(caller(server, cloud, timeout=0.3, retries=0))
                assert len(server.requests) == 1

    def test_nobody_listens(self, cloud: str) -> None:
        with serve([Say()]) as server:
            one = caller(server, cloud)
        with pytest.raises(ProviderError, match="no connection"):
            ask(one)

    def test_refusals(self, cloud: str) -> None:
        with serve([Say("I will not.", refusal=True)]) as server:
            assert ask(caller(server, cloud)).refused  # type: ignore[attr-defined]


@pytest.mark.parametrize("vendor", VENDORS)
def test_nobody_listens(vendor: str) -> None:
    with serve([Say()]) as server:
        one = caller(server, vendor)
    with pytest.raises(ProviderError, match=r"no connection at http://127\.0\.0\.1"):
        ask(one)


@pytest.mark.parametrize(
    ("say", "told"),
    [
        (Say(status=401), r"the key is not accepted \(401\)"),
        (Say(status=429), r"too many requests, or the quota is used up \(429\)"),
        (Say(status=502), r"the server failed \(502\)"),
        (Say(status=418), r"it was refused \(418\)"),
        (Say(raw=b"{"), "does not follow the protocol"),
        (Say("late", delay=2), r"nothing came within 0\.3 s"),
    ],
    ids=["401", "429", "502", "418", "broken", "late"],
)
@pytest.mark.parametrize("vendor", VENDORS)
def test_what_went_wrong_is_told_in_words(vendor: str, say: Say, told: str) -> None:
    with serve([say]) as server, pytest.raises(ProviderError, match=told):
        ask(caller(server, vendor, timeout=0.3, retries=0))


def test_calls_stop_at_the_budget() -> None:
    with serve([Say("ok")]) as server:
        one = caller(server, budget=Budget(calls=2))
        ask(one)
        ask(one)
        with pytest.raises(BudgetError, match="2 calls"):
            ask(one)
        assert len(server.requests) == 2


def test_tokens_stop_at_the_budget_even_if_the_server_says_it_used_none() -> None:
    with serve([Say("word " * 600, tokens=(0, 0))]) as server:
        one = caller(server, budget=Budget(tokens=5_000))
        with pytest.raises(BudgetError, match="tokens"):
            ask_often(one)
        assert len(server.requests) < 5
        assert one.budget.spent_tokens <= 5_000


def test_money_stops_at_the_budget() -> None:
    with serve([Say("ok", tokens=(1000, 1000))]) as server:
        budget = Budget(money=0.01, price=(1.0, 5.0))
        one = caller(server, budget=budget)
        with pytest.raises(BudgetError, match="cost more"):
            ask_often(one)
        assert 0 < budget.spent_money <= 0.01


def test_time_stops_at_the_budget() -> None:
    now = iter(range(0, 9000, 40))
    with serve([Say("ok")]) as server:
        one = caller(server, budget=Budget(seconds=100, clock=lambda: float(next(now))))
        with pytest.raises(BudgetError, match="seconds"):
            ask_often(one)


def test_tracing_stays_off(monkeypatch: pytest.MonkeyPatch) -> None:
    from langchain_core.tracers.langchain import wait_for_all_tracers

    def traced(request: Request) -> Say:
        return Say("ok")

    with serve([Say("ok")]) as model, serve(traced) as tracer:
        monkeypatch.setenv("LANGSMITH_TRACING", "true")
        monkeypatch.setenv("LANGSMITH_API_KEY", "key")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", f"http://127.0.0.1:{tracer.port}")
        ask(caller(model))
        # traces go out in the background: wait for what there is to send
        wait_for_all_tracers()
        assert tracer.requests == []


def test_cancelling_stops_before_sending() -> None:
    with serve([Say("ok")]) as server:
        one = caller(server)
        one._cancelled = lambda: True
        with pytest.raises(ProviderError, match="cancelled"):
            ask(one)
        assert server.requests == []
