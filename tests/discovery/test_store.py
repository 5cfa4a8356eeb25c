"""Priors from a real store and proposals to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import discovery
from discovery import series
from discovery.ledger import quotes
from discovery.priors import graded_from_graph, knowledge_from_graph
from discovery.series.proposing import batch_of
from graph.dataset import Dataset, Variable
from graph.errors import UsageError
from graph.model import (
    Batch,
    Category,
    Entity,
    Evidence,
    Predicate,
    Publication,
    Rung,
    Statement,
    Status,
)
from graph.store import Decision, Store
from graph.stores import open_store
from tests.discovery.helpers import dataset_of

IDS = {"a": "hgnc:9829", "b": "hgnc:6840", "c": "hgnc:6871", "d": "hgnc:391"}


@pytest.fixture(scope="module")
def kg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("kg") / "store") as store:
        yield store


@pytest.fixture
def store(kg: Store) -> Store:
    """The shared store, emptied of evidence."""
    kg.remove_publication_evidence([p.id for p in kg.publications()])
    return kg


def claims(store: Store, *rows: tuple[str, Predicate, str, int, int]) -> list[str]:
    """Write statements, each read in ``papers`` papers; return their ids."""
    batches, ids = [], []
    for subject, predicate, object_, sign, papers in rows:
        statement = Statement(IDS[subject], predicate, IDS[object_], sign)
        ids.append(statement.id)
        publications = tuple(Publication(f"pubmed:{k + 1}") for k in range(papers))
        batches.append(
            Batch(
                tuple(Entity(i, c, Category.GENE) for c, i in IDS.items()),
                publications,
                (statement,),
                tuple(
                    Evidence(
                        statement.id, Rung.ASSERTION, "test", "patterns", publication=p.id, text="t"
                    )
                    for p in publications
                ),
            )
        )
    store.write(Batch.merge(batches))
    return ids


def bound(n: int = 1500) -> Dataset:
    """a -> c <- b, c -> d."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, n))
    c = a - b + rng.normal(size=n)
    return dataset_of(
        np.column_stack([a, b, c, c + rng.normal(size=n)]), tuple("abcd"), tuple(IDS.values())
    )


def test_strong_one_way_belief_forbids_the_reverse(store: Store) -> None:
    one, two, weak = claims(
        store,
        ("a", Predicate.INCREASES, "c", 1, 3),
        ("a", Predicate.AFFECTS, "c", 0, 2),
        ("d", Predicate.INCREASES, "b", 1, 1),
    )
    found = knowledge_from_graph(store, bound(), min_belief=0.8)
    assert found.required == ()
    (forbidden,) = found.forbidden
    assert (forbidden.source, forbidden.target) == ("c", "a")
    assert forbidden.statements == tuple(sorted([one, two]))
    (expected,) = found.expected
    assert (expected.source, expected.target, expected.sign) == ("a", "c", 1)
    assert weak not in expected.statements
    strict = knowledge_from_graph(store, bound(), min_belief=0.8, require_belief=0.9)
    assert [(c.source, c.target) for c in strict.required] == [("a", "c")]
    strict.check(tuple("abcd"))


def test_both_ways_and_feedback_constrain_nothing_but_are_told(store: Store) -> None:
    ids = claims(
        store,
        ("a", Predicate.INCREASES, "b", 1, 4),
        ("b", Predicate.DECREASES, "a", -1, 1),
        ("b", Predicate.INCREASES, "c", 1, 4),
        ("c", Predicate.INCREASES, "d", 1, 4),
        ("d", Predicate.INCREASES, "b", 1, 4),
        ("a", Predicate.ASSOCIATED_WITH, "d", 0, 4),
    )
    found = knowledge_from_graph(store, bound())
    assert not found
    assert ids[0] in found.notes[0]
    assert ids[1] in found.notes[0]
    assert "b -> c, c -> d, d -> b" in found.notes[1]


def test_refuted_statements_and_proposals_are_no_priors(store: Store) -> None:
    (bad,) = claims(store, ("c", Predicate.INCREASES, "a", 1, 5))
    store.decide(Decision(bad, "reject", "me", "wrong", "2024-01-01T00:00:00Z"))
    discovery.learn(bound(), "pc", bootstraps=3).propose(store)
    assert not knowledge_from_graph(store, bound(), min_belief=0.1, doubt=0.05)


def test_unbound_data_and_bad_thresholds(store: Store) -> None:
    data = dataset_of(np.random.default_rng(0).normal(size=(50, 2)))
    found = knowledge_from_graph(store, data)
    assert not found
    assert "no column is bound" in found.notes[0]
    with pytest.raises(UsageError):
        knowledge_from_graph(store, bound(), min_belief=1.5)
    with pytest.raises(UsageError):
        knowledge_from_graph(store, bound(), min_belief=0.8, require_belief=0.5)


def test_literature_against_data_ends_in_the_ledger(store: Store) -> None:
    (wrong,) = claims(store, ("c", Predicate.CAUSES, "a", 1, 4))
    found = discovery.learn(bound(), "pc", knowledge_from_graph(store, bound()))
    kinds = {(c.kind, c.statements) for c in found.conflicts}
    assert (discovery.ConflictKind.DIRECTION, (wrong,)) in kinds
    assert ("a", "c") not in found.graph.directed


def test_proposals(tmp_path: Path) -> None:
    data = bound()
    found = discovery.learn(data, "pc", bootstraps=10, seed=4)
    with open_store(tmp_path / "kg") as store:
        store.write(Batch((Entity(IDS["a"], "RAF1", Category.GENE),)))
        counts = found.propose(store)
        assert (counts.entities, counts.statements, counts.evidences) == (3, 3, 3)
        assert found.propose(store).total == 0
        assert discovery.learn(data, "pc", bootstraps=10, seed=4).propose(store).total == 0
        assert [d.id for d in store.datasets()] == [data.record.id]
        raf = store.entity(IDS["a"])
        assert raf is not None
        assert raf.name == "RAF1"  # what is known of an entity is not touched
        for edge, (subject, object_, sign) in zip(
            found.edges,
            [("a", "c", 1), ("b", "c", -1), ("c", "d", 1)],
            strict=True,
        ):
            statement = store.statement(
                Statement(IDS[subject], Predicate.AFFECTS, IDS[object_], sign).id
            )
            assert statement is not None
            assert statement.status is Status.PROPOSED
            (evidence,) = store.evidences_of(statement.id)
            assert evidence.rung is Rung.DISCOVERED
            assert evidence.source == data.record.id
            assert evidence.extractor == "pc"
            assert evidence.score == edge.stability
            details = dict(evidence.details)
            assert details["data_hash"] == data.hash
            assert json.loads(details["settings"])["alpha"] == 0.01
            assert float(details["p_value"]) == pytest.approx(edge.p_value, rel=1e-4)
            assert details["bootstraps"] == "10"


def test_evidence_joins_an_asserted_statement_without_promoting_it(tmp_path: Path) -> None:
    with open_store(tmp_path / "kg") as store:
        (same,) = claims(store, ("a", Predicate.AFFECTS, "c", 1, 1))
        (other,) = claims(store, ("b", Predicate.DECREASES, "c", -1, 1))
        discovery.learn(bound(), "pc").propose(store)
        statement = store.statement(same)
        assert statement is not None
        assert statement.status is Status.ASSERTED
        assert {e.rung for e in store.evidences_of(same)} == {Rung.ASSERTION, Rung.DISCOVERED}
        assert len(store.evidences_of(other)) == 1
        own = store.statement(Statement(IDS["b"], Predicate.AFFECTS, IDS["c"], -1).id)
        assert own is not None
        assert own.status is Status.PROPOSED
        assert store.evidences_of(own.id)[0].score == 0.5


def test_what_knowledge_put_there_is_not_proposed_as_discovered(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=1000)
    data = dataset_of(
        np.column_stack([a, a + rng.normal(size=1000), rng.normal(size=1000)]),
        tuple("abc"),
        tuple(IDS.values())[:3],
    )
    knowledge = discovery.Knowledge(required=[("a", "c")], forbidden=[("b", "a")])
    found = discovery.learn(data, "pc", knowledge)
    assert set(found.graph.directed) == {("a", "b"), ("a", "c")}
    with open_store(tmp_path / "kg") as store:
        found.propose(store)
        (statement,) = store.statements()
        assert statement.predicate is Predicate.ASSOCIATED_WITH
        assert {statement.subject, statement.object} == {IDS["a"], IDS["b"]}
        assert dict(store.evidences_of(statement.id)[0].details)["directed_by"] == "knowledge"


def test_unbound_columns_are_not_proposed(tmp_path: Path) -> None:
    data = bound()
    partly = Dataset(data.frame, data.variables[:2])
    with open_store(tmp_path / "kg") as store:
        assert discovery.learn(partly, "pc").propose(store).statements == 0
        assert len(store.datasets()) == 1


def test_the_ledger_is_in_the_store_and_moves_no_belief(tmp_path: Path) -> None:
    with open_store(tmp_path / "kg") as store:
        wrong, sign, away = claims(
            store,
            ("c", Predicate.CAUSES, "a", 1, 4),
            ("b", Predicate.INCREASES, "c", 1, 4),
            ("b", Predicate.INCREASES, "a", 1, 4),
        )
        before = {s.id: (s.belief, s.status) for s in store.statements()}
        known = graded_from_graph(store, bound())
        found = discovery.learn(bound(), "gies", known, bootstraps=4)
        found.propose(store)
        for id_, kind in (
            (wrong, discovery.ConflictKind.DIRECTION),
            (sign, discovery.ConflictKind.SIGN),
            (away, discovery.ConflictKind.ABSENT),
        ):
            (conflict,) = [c for c in found.conflicts if id_ in c.statements and c.kind is kind]
            assert conflict.evidences == 4
            assert conflict.belief == pytest.approx(before[id_][0])
            assert len(quotes(store, conflict, most=9)) == 4
            (against,) = [
                e
                for e in store.evidences_of(id_)
                if not e.supports and dict(e.details)["conflict"] == kind.value
            ]
            details = dict(against.details)
            assert against.rung is Rung.DISCOVERED
            assert against.source == bound().record.id
            assert details["data"] == conflict.data
            assert details["literature"] == conflict.literature
            assert float(details["statistic"]) == pytest.approx(conflict.statistic, rel=1e-4)
            assert 0 < float(details["sureness"]) <= 1
            statement = store.statement(id_)
            assert statement is not None
            assert (statement.belief, statement.status) == before[id_]
        rows = store.read(
            "MATCH (e:Evidence {rung: 'discovered'})-[:CONTRADICTS]->(s:Statement) "
            "RETURN DISTINCT s.id AS id"
        ).rows
        assert {r["id"] for r in rows} == {wrong, sign, away}
        assert found.propose(store).total == 0
        assert store.check().ok


def test_links_over_time_become_proposals(store: Store) -> None:
    claims(store, ("d", Predicate.INCREASES, "a", 1, 3))
    rng = np.random.default_rng(0)
    a, d = rng.normal(size=(2, 500))
    b, c = rng.normal(size=(2, 500))
    b[1:] += 0.8 * a[:-1]
    b[2:] += 0.8 * a[:-2]
    c[1:] += 0.8 * a[:-1]
    c[2:] -= 0.8 * a[:-2]
    frame = pd.DataFrame({"a": a, "b": b, "c": c, "d": d})
    data = Dataset(frame, tuple(Variable(k, IDS[k]) for k in "abd"), name="weeks")
    known = knowledge_from_graph(store, data, min_belief=0.5)
    found = series.learn(data, "pcmci", known, max_lag=2)
    found.propose(store)
    right = Statement(IDS["a"], Predicate.AFFECTS, IDS["b"], 1)
    row = store.statement(right.id)
    assert row is not None
    assert row.status is Status.PROPOSED
    (evidence,) = store.evidences_of(right.id)
    assert evidence.rung is Rung.DISCOVERED
    details = dict(evidence.details)
    assert [part.split(":")[0] for part in details["lags"].split("; ")] == ["1", "2"]
    # the literature's claim that the series do not show keeps its belief, and is contradicted in writing
    claimed = Statement(IDS["d"], Predicate.INCREASES, IDS["a"], 1)
    negated = [e for e in store.evidences_of(claimed.id) if e.negated]
    assert [dict(e.details)["conflict"] for e in negated] == ["claimed edge not in the data"]
    assert found.propose(store).total == 0
    # lags that disagree in sign leave none, and columns that are bound to nothing are not proposed
    both = replace(data, variables=tuple(Variable(k, IDS[k]) for k in "abcd"))
    signs = {s.object: s.sign for s in batch_of(series.learn(both, "pcmci", max_lag=2)).statements}
    assert (signs[IDS["b"]], signs[IDS["c"]]) == (1, 0)
