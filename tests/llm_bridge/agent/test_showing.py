"""What a dry run of the agent shows is what a run sends, to the letter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.hostile_model import Request, Say, serve
from etiograph.agent import GraphAbilities
from etiograph.api import KnowledgeGraph
from etiograph.settings import load
from graph.store import Store
from llm_bridge.agent import Agent
from llm_bridge.agent.showing import what_would_be_sent
from llm_bridge.providers import ProviderSpec

pytest.importorskip("langgraph")
QUESTION = "Does lithium cause kidney disease?"
HARD = "I wonder about folks on lithium and kidney disease"


def reply(request: Request) -> Say:
    if request.tools == ["PlanForm"]:
        step = {"tool": "triangulate", "cause": "lithium", "effect": "kidney disease"}
        return Say(calls=[("PlanForm", {"steps": [step]})])
    if request.tools == ["QueryForm"]:
        form = {"kind": "existence", "subject": "lithium", "object": "kidney disease"}
        return Say(calls=[("QueryForm", form)])
    return Say("nothing")


@pytest.fixture
def abilities(bridge_store: Store, tmp_path: Path) -> GraphAbilities:
    return GraphAbilities(KnowledgeGraph(bridge_store, load(None, home=tmp_path).settings))


@pytest.mark.parametrize("vendor", ["openai", "anthropic", "ollama"])
@pytest.mark.parametrize(
    ("question", "options", "kinds"),
    [
        (QUESTION, {}, ["PlanForm"]),
        (QUESTION, {"explore": 2}, ["PlanForm", "explain"]),
        (QUESTION, {"explore": 2, "reader": "child"}, ["PlanForm", "explain", "RewordedForm"]),
        (HARD, {"hypotheses": 1}, ["QueryForm", "PlanForm", "HypothesesForm"]),
        ("Le lithium cause-t-il une maladie des reins ?", {"language": "fr"}, ["TranslationForm"]),
    ],
    ids=["plan", "explore", "reader", "hard", "French"],
)
def test_it_is_what_is_sent(
    abilities: GraphAbilities,
    tmp_path: Path,
    vendor: str,
    question: str,
    options: dict[str, Any],
    kinds: list[str],
) -> None:
    with serve(reply) as server:
        spec = ProviderSpec.parse(f"{vendor}:m", base_url=server.url(vendor), key="k", retries=0)
        shown = what_would_be_sent(abilities, question, spec, **options)
        assert server.requests == []
        with Agent(abilities, tmp_path, spec=spec, **options) as agent:
            agent.run(question)
        sent: dict[str, Request] = {}
        for request in server.requests:
            kind = next(k for k in [*kinds, request.tools[0]] if k in request.tools)
            sent.setdefault(kind, request)
    assert [s.body for s in shown] == [sent[k].body for k in kinds]
    assert all(s.url.endswith(sent[k].path) for s, k in zip(shown, kinds, strict=True))
