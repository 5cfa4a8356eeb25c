"""``etiograph agent``, and ``ask`` with a language model, against a scripted server on loopback."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.hostile_model import Request, Say, serve
from graph.stores import open_store

pytest.importorskip("langgraph")
sys.path.insert(0, str(Path(__file__).parents[1] / "llm_bridge"))
QUESTION = "Does lithium cause kidney disease?"
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One home with the hand-made world in its store."""
    import bridge_world as world

    folder = tmp_path_factory.mktemp("home")
    with open_store(folder / "store") as store:
        world.fill(store, folder)
    return folder  # type: ignore[return-value]


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


def test_a_plan_that_writes_is_denied_where_nobody_can_be_asked(run: Run, home: Path) -> None:
    step = {
        "tool": "propose",
        "cause": "lithium",
        "effect": "kidney disease",
        "predicate": "prevents",
    }
    with serve([Say(calls=[("PlanForm", {"steps": [step]})])]) as server:
        ran = run("agent", QUESTION, "--allow-writes", *provider(server.port))
    assert ran.code == 7
    assert "denied" in ran.out
    assert "writes: needs approval" in ran.err


def test_dry_runs_send_nothing(run: Run) -> None:
    hard = "I would like to know about folks on lithium and whether kidney disease is a thing"
    with serve([Say("x")]) as server:
        for command in ("ask", "agent"):
            ran = run(command, hard, "--dry-run", *provider(server.port))
            assert ran.code == 0, ran.err
            assert hard in ran.out
            assert "chat/completions" in ran.out
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
