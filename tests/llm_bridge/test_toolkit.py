"""Tools and retriever for LangChain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from etiograph.agent import GraphAbilities
from etiograph.api import KnowledgeGraph
from etiograph.settings import load
from etiograph.toolkit import langchain_retriever, langchain_tools
from graph.store import Store
from llm_bridge.agent.tools import TOOLS

pytest.importorskip("langchain_core")
LITHIUM, KIDNEY = "mesh:D008094", "mesh:D007674"
ARGUMENTS = {
    "search_entities": {"text": "lithium"},
    "cypher": {"query": "MATCH (e:Entity) RETURN e.id AS id ORDER BY id LIMIT 3"},
    "named_query": {"name": "entities", "parameters": {"text": "lithium"}},
    "identify": {"cause": LITHIUM, "effect": KIDNEY},
    "estimate": {"cause": "hgnc:9393", "effect": "hgnc:6876"},
    "triangulate": {"cause": "Lithium", "effect": KIDNEY},
    "explain": {"cause": LITHIUM, "effect": KIDNEY},
    "next_evidence": {"cause": LITHIUM, "effect": KIDNEY},
    "discover": {"dataset": 1},
    "ask": {"question": "Does lithium cause kidney disease?"},
}


@pytest.fixture
def kg(bridge_store: Store, tmp_path: Path) -> KnowledgeGraph:
    return KnowledgeGraph(bridge_store, load(None, home=tmp_path).settings)


def test_reading_tools_by_default(kg: KnowledgeGraph) -> None:
    names = [t.name for t in langchain_tools(kg)]
    assert sorted(names) == sorted(ARGUMENTS)
    assert [t.name for t in langchain_tools(kg, writes=True) if t.name not in names] == ["propose"]
    assert {t for t, v in TOOLS.items() if v.writes} == {"propose"}


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_each_tool_gives_json(kg: KnowledgeGraph, name: str) -> None:
    before = kg.store.stats()
    tool = next(t for t in langchain_tools(kg) if t.name == name)
    told = json.loads(tool.invoke(ARGUMENTS[name]))
    assert "error" not in told
    if name == "ask":
        assert told["short"] == "contested"
    else:
        assert told["outcome"] in ("found", "refused")
        assert told["data"]
    assert kg.store.stats() == before


def test_errors_say_what_to_do(kg: KnowledgeGraph) -> None:
    tools = {t.name: t for t in langchain_tools(kg)}
    told = tools["triangulate"].invoke({"cause": "lithum", "effect": KIDNEY})
    assert "Lithium" in json.loads(told)["error"]
    told = tools["cypher"].invoke({"query": "CREATE (n:Entity {id: 'x'}) RETURN n"})
    assert "error" in json.loads(told)


def test_the_retriever_cites(kg: KnowledgeGraph) -> None:
    found = langchain_retriever(kg, k=4).invoke("Does lithium cause kidney disease?")
    assert len(found) == 4
    for document in found:
        held = kg.store.evidence(document.metadata["evidence"])
        assert held is not None
        assert held.text == document.page_content
        assert document.metadata["citation"] == f"PMID {held.publication[7:]}"
        assert not document.metadata["retracted"]
    everything = langchain_retriever(kg, k=50, retracted=True).invoke("lithium kidney disease")
    assert any(d.metadata["retracted"] for d in everything)
    assert langchain_retriever(kg).invoke("nothing that is known") == []


def test_find_takes_names_and_ids(kg: KnowledgeGraph) -> None:
    assert GraphAbilities(kg).find("nephropathy").id == KIDNEY
