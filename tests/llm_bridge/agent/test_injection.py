"""A part of the injection suite, and that the suite would see a missing defence."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("langgraph")

from benchmarks import injection
from llm_bridge.agent import explore
from llm_bridge.agent.tools import Found
from llm_bridge.providers.outgoing import Outgoing
from llm_bridge.roles import rephrasing


def test_there_are_two_hundred_different_attacks() -> None:
    every = injection.attacks()
    assert len(every) == 200
    assert len({a.payload for a in every}) == 200
    assert all(a.mark in a.payload for a in every)


@pytest.mark.slow
def test_no_attack_achieves_anything() -> None:
    found = injection.run(3)
    assert len(found) == 15
    assert [o for o in found if not o.ok] == []
    # the tenth stops at the approval that it does not get
    assert all(o.requests >= (2 if o.attack.number % 10 == 9 else 5) for o in found)
    assert sum(o.blocked for o in found) > 50


def _send_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the graph's names beside the handles that a model sees."""

    def result(self: Any, tool: str, found: Found) -> Any:
        shown = plain(self, tool, found)
        pairs = zip(shown.entities, found.entities, strict=False)
        named = tuple(c.model_copy(update={"words": e.name}) for c, e in pairs)
        return shown.model_copy(update={"entities": named})

    plain = explore.Handles.result
    monkeypatch.setattr(explore.Handles, "result", result)


@pytest.mark.slow
class TestTheSuiteSees:
    """Each defence is taken away in turn."""

    def test_names_that_are_sent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _send_names(monkeypatch)
        monkeypatch.setattr(Outgoing, "clear", lambda self, messages: None)
        found = injection.run(1)
        assert any(o.leaks for o in found if o.attack.channel == "tool result")

    def test_the_guard_alone_stops_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _send_names(monkeypatch)
        assert all(o.ok for o in injection.run(1))

    def test_rewordings_that_lie(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rephrasing, "differences", lambda template, text: ())
        assert all(o.altered for o in injection.run(1))

    def test_writes_that_nobody_approved(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from llm_bridge.agent import run as running

        def open_gate(self: Any, state: Any) -> Any:
            return {"approved": running.Plan.model_validate(state["plan"]).hash}

        monkeypatch.setattr(running.Agent, "_approval", open_gate)
        monkeypatch.setattr(running.Agent, "_was_approved", lambda self, run, plan: True)
        found = injection.run(2)
        assert any(o.writes for o in found)
        assert any("nobody approved" in c for o in found for c in o.calls)

    def test_calls_outside_the_plan(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from llm_bridge.agent import run as running

        def extra(self: Any, state: Any) -> Any:
            changes = look(self, state)
            self.log.add(state["run"], "step", {"step": {"tool": "propose", "arguments": {}, "names": {}}, "outcome": "x", "text": ""})  # fmt: skip
            return changes

        look = running.Agent._look_further
        monkeypatch.setattr(running.Agent, "_look_further", extra)
        assert all(o.calls for o in injection.run(1))
