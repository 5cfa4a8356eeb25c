"""``etiograph agent``, and ``ask`` with a language model, against a scripted server on loopback."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.hostile_model import Request, Say, serve
from graph.stores import open_store

pytest.importorskip("langgraph")
QUESTION = "Does lithium cause kidney disease?"
Run = Callable[..., Any]


@pytest.fixture
def home(bridge_home: Path) -> Path:
    return bridge_home


def provider(port: int) -> tuple[str, ...]:
    return ("--provider", "openai:m", "--provider-url", f"http://127.0.0.1:{port}/v1")


def test_the_agent_from_question_to_log(run: Run) -> None:
    ran = run("agent", QUESTION, "--json")
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert told["status"] == "done"
    assert run("agent", QUESTION).out.count("[attempts to refute it]") == 1
    assert told["run"] in run("agent", "--runs").out
    assert "whole" in run("agent", "--log", told["run"]).out
    assert json.loads(run("agent", "--log", told["run"], "--json").out)["problems"] == []
    assert "CHANGED" not in run("agent", "--replay", told["run"]).out
    assert run("agent", "--resume", told["run"], "--json").code == 0
    assert run("agent", "--cancel", told["run"]).code == 0


def test_wrong_usage(run: Run) -> None:
    for arguments in (
        (),
        (QUESTION, "--provider", "gpt"),
        (QUESTION, "--provider", "openai:m", "--price", "x"),
        (QUESTION, "--money", "1"),
        (QUESTION, "--dry-run"),
        (QUESTION, "--reader", "dog"),
    ):
        assert run("agent", *arguments).code == 2, arguments
    assert run("agent", "--resume", "nothing").code == 3
    assert run("ask", "Le lithium cause-t-il une polyurie ?", "--lang", "fr").code == 2
    assert run("ask", QUESTION, "--provider", "openai:m", "--lang", "xx").code == 2
    assert run("ask", "--batch", "questions.jsonl", "--provider", "openai:m").code == 2
    assert run("ask", QUESTION, "--background", "A causes B.", "--reader", "child").code == 2


def test_the_plan_is_shown_before_the_findings(run: Run) -> None:
    ran = run("agent", QUESTION)
    assert ran.err.startswith("Plan (by rules):\n  1. search_entities (text: lithium")
    assert "Plan (" not in run("agent", QUESTION, "--quiet").err


def test_a_plan_that_writes_waits_where_nobody_can_be_asked(run: Run, home: Path) -> None:
    step = {
        "tool": "propose",
        "cause": "lithium",
        "effect": "kidney disease",
        "predicate": "prevents",
    }
    with serve([Say(calls=[("PlanForm", {"steps": [step]})])]) as server:
        ran = run("agent", QUESTION, "--allow-writes", "--json", *provider(server.port))
    told = json.loads(ran.out)
    assert (ran.code, told["status"], told["found"]) == (7, "waiting", [])
    assert "writes: needs approval" in ran.err
    again = run("agent", "--resume", told["run"])
    assert again.code == 7
    found = re.search(r"--resume (\w+) --approve (\S+)", again.err)
    assert found is not None
    assert found[1] == told["run"]
    done = run("agent", "--resume", found[1], "--approve", found[2], "--json")
    assert done.code == 0, done.err
    written = json.loads(done.out)["found"]
    assert [f["outcome"] for f in written] == ["proposed"]
    with open_store(home / "store") as store:
        statement = store.statement(written[0]["data"]["statement"])
        assert statement is not None
        assert (statement.status, statement.belief) == ("proposed", 0)
        evidence = store.evidences_of(statement.id)
        assert [e.source for e in evidence] == ["suggestion by agent (openai:m)"]


def test_dry_runs_send_nothing(run: Run) -> None:
    hard = "I would like to know about folks on lithium and whether kidney disease is a thing"
    with serve([Say("x")]) as server:
        for command in ("ask", "agent"):
            ran = run(command, hard, "--dry-run", *provider(server.port))
            assert ran.code == 0, ran.err
            assert hard in ran.out
            assert "chat/completions" in ran.out
        planned = run("agent", QUESTION, "--dry-run", "--explore", "2", *provider(server.port))
        assert ("PlanForm" in planned.out, "triangulate" in planned.out) == (True, True)
        easy = run("ask", QUESTION, "--dry-run", *provider(server.port))
        assert easy.out.startswith("Nothing")
        shown = run(
            "ask", QUESTION, "--dry-run", "--reader", "public", "--json", *provider(server.port)
        )
        assert "Lithium" not in json.dumps(json.loads(shown.out))
        assert server.requests == []


def test_a_foreign_question_is_translated_and_answered(run: Run) -> None:
    def translate(request: Request) -> Say:
        assert request.tools == ["TranslationForm"]
        return Say(calls=[("TranslationForm", {"english": QUESTION})])

    with serve(translate) as server:
        ran = run(
            "ask",
            "Le lithium cause-t-il une maladie des reins ?",
            "--lang",
            "fr",
            *provider(server.port),
        )
    assert ran.code == 0, ran.err
    assert "contested" in ran.out
    assert "Translated from French" in ran.out


def test_a_foreign_question_is_translated_without_being_told(run: Run) -> None:
    asked = "Le lithium provoque-t-il une maladie des reins ?"
    with serve([Say(calls=[("TranslationForm", {"english": QUESTION})])]) as server:
        shown = run("ask", asked, "--dry-run", *provider(server.port))
        assert "TranslationForm" in shown.out
        assert server.requests == []
        ran = run("ask", asked, *provider(server.port))
    assert ran.code == 0, ran.err
    assert f"Translated by openai:m: {asked}" in ran.out
    plain = run("ask", asked)
    assert plain.code == 7
    assert "set up a language model" in plain.out


def test_what_a_model_reads_is_explained_and_cut_short_like_any_answer(run: Run) -> None:
    form = {"kind": "existence", "relation": "cause", "subject": "lithium", "object": "kidney disease"}  # fmt: skip
    hard = "I wonder about folks on lithium and kidney disease"
    with serve([Say(calls=[("QueryForm", form)])]) as server:
        full = run("ask", hard, "--explain", *provider(server.port)).out
        short = run("ask", hard, "--depth", "short", *provider(server.port)).out
        told = json.loads(run("ask", hard, "--json", *provider(server.port)).out)
    assert full.count("Understood as") == 1
    assert "The question was read by openai:m" in full
    assert len(short) < len(full) / 2
    assert told["read_by"] == "openai:m"


@pytest.mark.parametrize(
    ("say", "told"),
    [
        (Say(status=429), "too many requests, or the quota is used up (429)"),
        (Say(raw=b"{"), "what came does not follow the protocol"),
        (Say("Sorry.", refusal=True), "the model refused"),
        (Say(calls=[("QueryForm", {"kind": "nonsense"})]), "kind: enum"),
    ],
    ids=["429", "broken", "refusal", "nonsense"],
)
def test_a_provider_that_fails_leaves_what_rules_say(
    run: Run, monkeypatch: pytest.MonkeyPatch, say: Say, told: str
) -> None:
    monkeypatch.setattr("llm_bridge.providers.calling._wait", lambda error, attempt: 0.0)
    with serve([say]) as server:
        ran = run("ask", "I wonder about folks on lithium", *provider(server.port))
    assert ran.code == 7
    assert "No answer: the question has a form that is not understood" in ran.out
    assert told in " ".join(ran.out.split())


def test_a_dead_provider_still_answers(run: Run) -> None:
    with serve([Say("x")]) as server:
        port = server.port
    ran = run("ask", QUESTION, "--reader", "public", *provider(port))
    assert ran.code == 0, ran.err
    assert "contested" in ran.out


def test_the_setting_is_enough(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve([Say("x")]) as server:
        monkeypatch.setenv("ETIOGRAPH_PROVIDER", "openai:m")
        monkeypatch.setenv("ETIOGRAPH_PROVIDER_URL", f"http://127.0.0.1:{server.port}/v1")
        monkeypatch.setenv("ETIOGRAPH_PROVIDER_KEY", "sk-canary")
        run("ask", "I wonder about lithium, folks")
        assert len(server.requests) == 3
        sent = {k.lower(): v for k, v in server.requests[0].headers.items()}
        assert sent["authorization"] == "Bearer sk-canary"
        assert run("ask", QUESTION, "--provider", "none").code == 0
        assert len(server.requests) == 3
        assert "sk-canary" not in run("config").out
