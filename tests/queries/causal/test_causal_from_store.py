"""Causal graphs from a real store."""

from __future__ import annotations

import pytest

from graph.errors import UsageError
from graph.model import Batch, Category, Entity, Evidence, Predicate, Rung, Statement
from graph.store import Decision
from graph.stores import open_store
from queries.causal import Refusal, graph_from_store, identify

IDS = {
    n: f"mesh:D00{i:04}"
    for i, n in enumerate(["drug", "marker", "disease", "age", "stress", "diet"], 1)
}
COLUMNS = {n: IDS[n] for n in ("drug", "marker", "disease", "age")}


def said(subject: str, predicate: Predicate, object: str, sign: int = 0) -> Statement:
    return Statement(IDS[subject], predicate, IDS[object], sign)


AFFECTS = said("drug", Predicate.AFFECTS, "marker")
RAISES = said("drug", Predicate.INCREASES, "marker", 1)
CAUSES = said("marker", Predicate.CAUSES, "disease", 1)
AGE = said("age", Predicate.CAUSES, "disease", 1)
LINKED = said("age", Predicate.ASSOCIATED_WITH, "drug")
STRESS_DRUG = said("stress", Predicate.INCREASES, "drug", 1)
STRESS_DISEASE = said("stress", Predicate.CAUSES, "disease", 1)
DIET_IN = said("age", Predicate.AFFECTS, "diet")
DIET_OUT = said("diet", Predicate.AFFECTS, "marker")
PROPOSED = said("age", Predicate.CAUSES, "marker", 1)
BACK = said("disease", Predicate.AFFECTS, "marker")


def evidence(s: Statement, rung: Rung = Rung.CURATED) -> Evidence:
    return Evidence(s.id, rung, source="test", extractor="test", score=0.95)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with open_store(tmp_path_factory.mktemp("store") / "graph") as opened:
        statements = (
            AFFECTS,
            RAISES,
            CAUSES,
            AGE,
            LINKED,
            STRESS_DRUG,
            STRESS_DISEASE,
            DIET_IN,
            DIET_OUT,
        )
        opened.write(
            Batch(
                entities=tuple(Entity(id, n, Category.THING) for n, id in IDS.items()),
                statements=(*statements, PROPOSED),
                evidences=(*map(evidence, statements), evidence(PROPOSED, Rung.DISCOVERED)),
            )
        )
        yield opened


def test_statements_become_edges_with_their_provenance(store):
    graph, provenance = graph_from_store(
        store, COLUMNS, statuses=["asserted", "curated"], min_belief=0.1
    )
    assert graph.nodes == ("age", "disease", "drug", "marker")
    assert provenance == {
        ("age", "-->", "disease"): (AGE.id,),
        ("age", "-->", "marker"): tuple(sorted((DIET_IN.id, DIET_OUT.id))),
        ("disease", "<->", "drug"): tuple(sorted((STRESS_DRUG.id, STRESS_DISEASE.id))),
        ("drug", "-->", "marker"): tuple(sorted((AFFECTS.id, RAISES.id))),
        ("marker", "-->", "disease"): (CAUSES.id,),
    }
    assert set(graph.edges) == set(provenance)


def test_hidden_mediators_may_be_left_out_and_proposals_counted(store):
    graph, provenance = graph_from_store(store, COLUMNS, hidden_mediators=False, min_belief=0.1)
    assert provenance["age", "-->", "marker"] == (PROPOSED.id,)
    without, _ = graph_from_store(
        store, COLUMNS, hidden_mediators=False, statuses=["curated", "asserted"], min_belief=0.1
    )
    assert without == graph.without([("age", "-->", "marker")])


def test_belief_sets_the_bar(store):
    graph, provenance = graph_from_store(store, COLUMNS, min_belief=1.0)
    assert not provenance
    assert graph.nodes == ("age", "disease", "drug", "marker")


def test_what_is_measured_decides_what_can_be_answered(store):
    graph, _ = graph_from_store(store, COLUMNS, min_belief=0.1)
    found = identify(graph, "drug", "disease")
    assert found.identified
    without_age = {n: IDS[n] for n in ("drug", "marker", "disease")}
    graph, provenance = graph_from_store(store, without_age, min_belief=0.1)
    assert ("disease", "<->", "marker") in provenance
    refused = identify(graph, "drug", "disease")
    assert isinstance(refused, Refusal)
    assert "measure the hidden common cause of disease and marker" in refused.needs


def test_contradictory_directions_stay_and_are_refused_by_name(store):
    store.write(Batch(statements=(BACK,), evidences=(evidence(BACK),)))
    graph, _ = graph_from_store(store, COLUMNS, min_belief=0.1)
    assert graph.has_cycle
    found = identify(graph, "drug", "disease", loops="refuse")
    assert isinstance(found, Refusal)
    assert found.witness["loop"] == ["disease", "marker"]
    store.decide(Decision(BACK.id, "reject", "a curator", "wrong way round"))
    again, _ = graph_from_store(store, COLUMNS, min_belief=0.1)
    assert not again.has_cycle


def test_wrong_calls_are_named(store):
    with pytest.raises(UsageError, match="at least two"):
        graph_from_store(store, {"a": "mesh:D000001"})
    with pytest.raises(UsageError, match="both measure"):
        graph_from_store(store, {"a": "mesh:D000001", "b": "mesh:D000001"})
    with pytest.raises(UsageError, match="between 0 and 1"):
        graph_from_store(store, COLUMNS, min_belief=2)
