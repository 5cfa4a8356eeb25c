"""Grounding names: the graph first, then the terminology, never a guess."""

from __future__ import annotations

import bridge_world as world
import pytest

from graph.store import Store
from llm_bridge import parse
from llm_bridge.claims import Reason, Refusal
from llm_bridge.query import Query, Term
from llm_bridge.resolve import Grounding, preferred, resolve, scan


def _term(text: str) -> Term:
    return Term(text=text, raw=text, start=0, end=len(text), ladder=((text, 1),))


def _entity(found: Grounding | Refusal) -> str:
    assert isinstance(found, Grounding), found
    return found.entity.id


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("Lithium", world.LITHIUM),
        ("lithium", world.LITHIUM),
        ("nephropathy", world.KIDNEY_DISEASE),
        ("LUNG CANCER", world.CANCER),
        ("gsk-3 beta", world.GSK3B),
        ("GSK 3 beta", world.GSK3B),
        ("mesh:D008094", world.LITHIUM),
        ("MESH:D008094", world.LITHIUM),
        ("HGNC:9393", world.PKC),
        ("lithum", world.LITHIUM),
        ("enalaprill", world.ENALAPRIL),
        ('Factor {X} "reports"; (II), and more', world.ODD),
    ],
)
def test_found(bridge_store: Store, text: str, entity: object) -> None:
    assert _entity(resolve(bridge_store, _term(text))) == entity.id  # type: ignore[attr-defined]


def test_a_misspelt_name_is_said(bridge_store: Store) -> None:
    found = resolve(bridge_store, _term("lithum"))
    assert isinstance(found, Grounding)
    assert "closest name" in found.understood.note
    assert found.understood.score < 1


def test_known_elsewhere_is_not_in_graph(bridge_store: Store) -> None:
    found = resolve(bridge_store, _term("clozapine"))
    assert isinstance(found, Grounding)
    assert found.understood.in_graph is False


@pytest.mark.parametrize("text", ["zzyzzx", "mesh:D999999999", "q", "0"])
def test_unknown_is_refused(bridge_store: Store, text: str) -> None:
    found = resolve(bridge_store, _term(text))
    assert isinstance(found, Refusal)
    assert found.reason is Reason.UNKNOWN_ENTITY


def test_did_you_mean(bridge_store: Store) -> None:
    found = resolve(bridge_store, _term("hypertensive"))
    if isinstance(found, Refusal):
        assert "Hypertension" in [s.name for s in found.suggestions]
        scores = [s.score for s in found.suggestions]
        assert scores == sorted(scores, reverse=True)
    else:
        assert found.entity.name == "Hypertension" or not found.understood.in_graph


def test_ambiguity_is_refused_with_both(bridge_store: Store) -> None:
    found = resolve(bridge_store, _term("cold"))
    assert isinstance(found, Refusal)
    assert found.reason is Reason.AMBIGUOUS
    assert {s.id for s in found.suggestions} == {world.COLD_ILLNESS.id, world.COLD_TEMPERATURE.id}


def test_the_verb_settles_ambiguity(bridge_store: Store) -> None:
    query = parse("What treats cold?")
    assert isinstance(query, Query)
    assert query.object is not None
    found = resolve(bridge_store, query.object, prefer=preferred(query)[1], subject=False)
    assert _entity(found) == world.COLD_ILLNESS.id
    assert isinstance(found, Grounding)
    assert "Cold Temperature" in found.understood.note


def test_what_the_graph_knows_settles_ambiguity(bridge_store: Store) -> None:
    # only the temperature has something done to it ... neither has: still refused
    found = resolve(bridge_store, _term("cold"), subject=False)
    assert isinstance(found, Refusal)


@pytest.mark.parametrize(
    ("question", "entity", "direction"),
    [
        ("Does iron deficiency cause anemia?", world.DEFICIENCY, 1),
        ("Does the removal of iron cause anemia?", world.IRON, -1),
        ("Does high blood pressure cause stroke?", world.HYPERTENSION, 1),
        ("Does inhibiting PKC increase P38?", world.PKC, -1),
        ("Does long-term lithium treatment cause anemia?", world.LITHIUM, 1),
    ],
)
def test_longest_reading_that_names_something_wins(
    bridge_store: Store, question: str, entity: object, direction: int
) -> None:
    query = parse(question)
    assert isinstance(query, Query)
    assert query.subject is not None
    found = resolve(bridge_store, query.subject)
    assert _entity(found) == entity.id  # type: ignore[attr-defined]
    assert isinstance(found, Grounding)
    assert found.direction * query.direction == direction


def test_a_disease_of_lacking_is_not_read_as_the_substance(bridge_store: Store) -> None:
    query = parse("Does vitamin D deficiency cause anemia?")
    assert isinstance(query, Query)
    assert query.subject is not None
    found = resolve(bridge_store, query.subject)
    assert isinstance(found, Grounding)
    assert found.entity.name == "Vitamin D Deficiency"
    assert not found.understood.in_graph


def test_scan_finds_entities_in_order(bridge_store: Store) -> None:
    found = scan(bridge_store, "so, lung cancer ... and Smoking; what of it")
    assert [e.id for e in found] == [world.CANCER.id, world.SMOKING.id]
