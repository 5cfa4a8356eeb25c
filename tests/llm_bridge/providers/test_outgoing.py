"""Nothing but typed, whitelisted content leaves."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from benchmarks.hostile_model import Say, serve
from graph.errors import ConfigError, RefusedError, UsageError
from llm_bridge.providers import Caller, Outgoing, ProviderSpec, dry_run
from llm_bridge.providers.outgoing import Asked, Candidate, Candidates, Link, Result, Template
from llm_bridge.providers.prompts import PROMPTS

langchain_core = pytest.importorskip("langchain_core")
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage  # noqa: E402

QUESTION = "Does lithium cause polyuria?"
ROW = "patient 17, male, 63 years, lithium 0.9 mmol/l"


@pytest.mark.parametrize(
    "message",
    [
        HumanMessage(ROW),
        HumanMessage(json.dumps({"type": "question", "question": ROW})),
        HumanMessage(json.dumps({"type": "question", "question": QUESTION, "rows": [ROW]})),
        HumanMessage(Candidates(entities=(Candidate(handle="E1", category="Gene", words="secret"),)).model_dump_json()),
        HumanMessage([{"type": "text", "text": QUESTION}]),
        SystemMessage(PROMPTS["parse"] + " " + ROW),
        SystemMessage(ROW),
        ToolMessage(ROW, tool_call_id="1"),
        ToolMessage(json.dumps({"type": "result", "tool": "cypher", "ok": True, "outcome": "found", "rows": [ROW]}), tool_call_id="1"),
        ToolMessage(json.dumps({"type": "result", "tool": ROW, "ok": True, "outcome": "found"}), tool_call_id="1"),
        AIMessage("x" * 20_001),
    ],
    ids=lambda m: f"{m.type}-{str(m.content)[:30]}",
)  # fmt: skip
def test_what_is_not_typed_is_stopped_before_anything_is_sent(message: object) -> None:
    outgoing = Outgoing(QUESTION)
    with serve([Say("ok")]) as server:
        spec = ProviderSpec.parse("openai:m", base_url=server.url("openai"), key="k")
        with pytest.raises(RefusedError, match="nothing was sent"):
            Caller(spec).call(outgoing, [*outgoing.start("parse"), message])  # type: ignore[list-item]
        assert server.requests == []


def test_what_is_typed_passes() -> None:
    outgoing = Outgoing(QUESTION, ["What causes polyuria?"])
    candidates = Candidates(
        entities=(Candidate(handle="E1", category="ChemicalEntity", words="lithium"),)
    )
    result = Result(
        tool="explain", ok=True, outcome="found", links=(Link(cause="E1", effect="E2"),)
    )
    outgoing.clear(
        [
            *outgoing.start("explore"),
            outgoing.human(candidates),
            AIMessage("", tool_calls=[{"name": "explain", "args": {}, "id": "1"}]),
            ToolMessage(result.model_dump_json(), tool_call_id="1"),
        ]
    )


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_text_fits_where_handles_codes_and_templates_belong(text: str) -> None:
    import re

    if not re.fullmatch(r"[A-Z][1-9]\d{0,3}", text):
        with pytest.raises(ValidationError):
            Candidate(handle=text, category="Gene")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", text):
        with pytest.raises(ValidationError):
            Result(tool=text, ok=True, outcome="found")
    if re.search(r"[^A-Za-z ,.;:()%'\"\[\]0-9-]", text) or re.search(r"(?<!\[\[[A-Z])\d", text):
        with pytest.raises(ValidationError):
            Template(id="S1", text=text)


def test_the_question_is_the_users_own_words_without_hidden_characters() -> None:
    outgoing = Outgoing("Does\u202e lithium\x00 cause\u200b polyuria?" + "x" * 9_000)
    assert len(outgoing.question) <= 4_000
    assert all(c.isprintable() or c.isspace() for c in outgoing.question)
    outgoing.clear(outgoing.start("parse"))
    with pytest.raises(RefusedError):
        Outgoing("\x00\u200b ")


def test_a_dry_run_shows_the_request_to_the_letter_and_sends_nothing() -> None:
    outgoing = Outgoing(QUESTION)
    for vendor in ("openai", "anthropic", "ollama"):
        with serve([Say("ok")]) as server:
            spec = ProviderSpec.parse(f"{vendor}:m", base_url=server.url(vendor), key="sk-secret")
            shown = dry_run(spec, outgoing, outgoing.start("parse"), tools=[Asked], must="Asked")
            assert server.requests == []
            Caller(spec).call(outgoing, outgoing.start("parse"), tools=[Asked], must="Asked")
            sent = server.requests[0]
            assert shown.body == sent.body
            assert shown.url.endswith(sent.path)
        assert "sk-secret" not in shown.to_text()
        assert QUESTION in shown.to_text()


def test_bedrock_can_be_shown_too(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("langchain_aws")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "aws-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    outgoing = Outgoing(QUESTION)
    far = dry_run(ProviderSpec.parse("bedrock:some.model-v1:0"), outgoing, outgoing.start("parse"))
    assert far.url.startswith("https://bedrock-runtime.eu-west-1.amazonaws.com/model/")
    with serve([Say("ok")]) as server:
        spec = ProviderSpec.parse("bedrock:anthropic.claude-3-x", base_url=server.url("bedrock"))
        shown = dry_run(spec, outgoing, outgoing.start("parse"), tools=[Asked], must="Asked")
        assert server.requests == []
        Caller(spec).call(outgoing, outgoing.start("parse"), tools=[Asked], must="Asked")
        assert shown.body == server.requests[0].body
        assert shown.url.endswith(server.requests[0].path)
    assert "aws-secret" not in shown.to_text() + far.to_text()
    assert QUESTION in shown.to_text()


def test_bedrock_without_a_region_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("langchain_aws")
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(ConfigError) as raised:
        Caller(ProviderSpec.parse("bedrock:some.model-v1:0"))
    assert "AWS_REGION" in str(raised.value.hint)


def test_azure_can_be_shown_too() -> None:
    outgoing = Outgoing(QUESTION)
    spec = ProviderSpec.parse("azure:dep", base_url="https://x.openai.azure.com", key="sk-secret")
    shown = dry_run(spec, outgoing, outgoing.start("parse"))
    assert "/deployments/dep/chat/completions" in shown.url
    assert "sk-secret" not in shown.to_text()


@pytest.mark.parametrize("text", ["", "gpt", "openai:", "nobody:m", ":m", "openai: "])
def test_wrong_specs(text: str) -> None:
    with pytest.raises(ConfigError):
        ProviderSpec.parse(text)


def test_a_missing_key_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        Caller(ProviderSpec.parse("openai:m"))


@pytest.mark.parametrize(
    ("vendor", "library", "extra"),
    [
        ("openai", "langchain_openai", "llm"),
        ("azure", "langchain_openai", "llm"),
        ("anthropic", "langchain_anthropic", "llm"),
        ("ollama", "langchain_ollama", "llm"),
        ("bedrock", "langchain_aws", "bedrock"),
    ],
)
def test_a_missing_library_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, vendor: str, library: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(UsageError, match=rf"etiograph\[{extra}\]"):
        Caller(ProviderSpec.parse(f"{vendor}:m", key="k"))


def test_local_means_on_this_machine() -> None:
    assert ProviderSpec.parse("ollama:llama3.1:8b").local
    assert ProviderSpec.parse("ollama:llama3.1:8b").model == "llama3.1:8b"
    assert not ProviderSpec.parse("openai:m").local
    assert ProviderSpec.parse("openai:m", base_url="http://127.0.0.1:8000/v1").local
    assert not ProviderSpec.parse("ollama:m", base_url="http://10.0.0.5:11434").local
    assert "secret" not in repr(ProviderSpec.parse("openai:m", key="secret"))
