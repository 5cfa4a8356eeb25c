"""A conversation that a language model helps, against a scripted server on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.hostile_model import Request, Say, serve

pytest.importorskip("langchain_openai")
QUESTION = "Does lithium cause kidney disease?"
HARD = "I wonder about folks on lithium and kidney disease"
FORM = {"kind": "existence", "relation": "cause", "subject": "lithium", "object": "kidney disease"}
Run = Callable[..., Any]


@pytest.fixture
def home(bridge_home: Path) -> Path:
    return bridge_home


def _chat(run: Run, port: int, *lines: str, more: tuple[str, ...] = ()) -> Any:
    url = f"http://127.0.0.1:{port}/v1"
    options = ("--provider", "openai:m", "--provider-url", url, *more)
    return run("chat", *options, typed="\n".join(lines) + "\n")


def test_a_hard_question_is_read_and_the_next_one_leans_on_it(run: Run) -> None:
    with serve([Say(calls=[("QueryForm", FORM)])]) as server:
        ran = _chat(run, server.port, HARD, "how sure are you?", "/model", "/audit")
        assert len(server.requests) == 1
    assert ran.code == 0, ran.err
    assert "The question was read by openai:m" in ran.out
    assert "How sure is it that Lithium causes Kidney Diseases" in ran.out
    assert "1 calls" in ran.out
    assert "nothing was sent for the last question" in ran.out
    assert "the chain of the log: whole" in ran.out


def test_the_model_is_told_earlier_questions_and_nothing_else(run: Run) -> None:
    with serve([Say(calls=[("QueryForm", FORM)])]) as server:
        _chat(run, server.port, QUESTION, HARD, "/forget", HARD)
        first, second = (r.text for r in server.requests)
    assert QUESTION in first
    assert QUESTION not in second
    assert all("publications" not in t and "In study" not in t for t in (first, second))


def test_all_that_is_sent_is_in_the_audit_log(run: Run) -> None:
    with serve([Say(status=401)]) as server:
        ran = _chat(run, server.port, HARD, "/audit")
    assert ran.code == 7
    assert "the key is not accepted (401)" in " ".join(ran.out.split())
    run_id = ran.out.split("etiograph agent --log ")[1].split()[0]
    kept = json.loads(run("agent", "--log", run_id, "--json").out)
    assert [e["kind"] for e in kept["entries"]] == ["heard", "request", "failure", "answered"]
    assert HARD in json.dumps(kept["entries"])
    assert kept["problems"] == []


def test_a_dry_run_sends_nothing_and_rules_answer(run: Run) -> None:
    with serve([Say("x")]) as server:
        ran = _chat(run, server.port, HARD, QUESTION, "/model", more=("--dry-run",))
        assert server.requests == []
    assert ran.code == 7
    assert "QueryForm" in ran.out
    assert "nothing would be sent" in ran.out
    assert "contested" in ran.out
    assert "nothing is sent (--dry-run)" in ran.out


def test_another_language_and_other_words(run: Run) -> None:
    def script(request: Request) -> Say:
        if request.tools == ["TranslationForm"]:
            return Say(calls=[("TranslationForm", {"english": QUESTION})])
        return Say(calls=[("RewordingForm", {"sentences": ["It is safe to take."]})])

    asked = "Le lithium cause-t-il une maladie des reins ?"
    with serve(script) as server:
        ran = _chat(run, server.port, asked, more=("--lang", "fr", "--reader", "public"))
    assert ran.code == 0, ran.err
    assert f"Translated from French by openai:m: {asked}" in " ".join(ran.out.split())
    assert "contested" in ran.out
    assert "It is safe to take" not in ran.out.split("Removed")[0]


def test_wrong_usage(run: Run) -> None:
    assert run("chat", "--dry-run", typed="").code == 2
    assert run("chat", "--lang", "fr", typed="").code == 2
    assert run("chat", "--provider", "gpt", typed="").code == 2
    assert run("chat", "--provider", "openai:m", "--reader", "dog", typed="").code == 2
    told = run("chat", typed="/model\n/audit\n")
    assert told.code == 2
    assert "no language model helps" in told.out
