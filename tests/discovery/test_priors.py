"""Graded and hard priors from a real store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import discovery
from discovery.algorithms import algorithm_class
from discovery.priors import (
    DIRECT,
    STRENGTH,
    graded_from_graph,
    knowledge_from_graph,
    log_odds_of,
    priors_for,
    priors_from_graph,
)
from graph.errors import UsageError
from graph.model import Batch, Category, Entity, Evidence, Predicate, Publication, Rung, Statement
from graph.store import Store
from graph.stores import open_store
from tests.discovery.test_store import IDS, bound, claims


@pytest.fixture(scope="module")
def kg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("kg") / "store") as store:
        yield store


@pytest.fixture
def store(kg: Store) -> Store:
    """The shared store, emptied of evidence from papers."""
    kg.remove_publication_evidence([p.id for p in kg.publications()])
    return kg


def say(store: Store, statement: Statement, paper: str, rung: Rung, **more: object) -> None:
    store.write(
        Batch(
            tuple(Entity(i, c, Category.GENE) for c, i in IDS.items()),
            (Publication(paper),),
            (statement,),
            (Evidence(statement.id, rung, "test", "patterns", publication=paper, **more),),  # type: ignore[arg-type]
        )
    )


@given(st.floats(0, 1), st.floats(0, 1), st.integers(2, 2000), st.floats(0, 5), st.floats(0, 1))
def test_log_odds_grow_with_belief_and_strength(
    belief: float, direct: float, p: int, strength: float, other: float
) -> None:
    value = log_odds_of(belief, direct, p, strength)
    assert np.isfinite(value)
    assert value >= 0
    low, high = sorted((belief, other))
    assert log_odds_of(low, direct, p, strength) <= log_odds_of(high, direct, p, strength)
    assert log_odds_of(0, direct, p, strength) == 0
    assert log_odds_of(belief, direct, p, 0) == 0


def test_log_odds_by_hand() -> None:
    # q = 0.5: odds of the claim 1; base rate 1/10: the edge is 1 + 10 times as likely
    assert log_odds_of(1.0, 0.5, 11, 1.0) == pytest.approx(np.log(11))
    assert log_odds_of(1.0, 0.5, 11, 2.0) == pytest.approx(2 * np.log(11))


def test_graded_claims_carry_their_statements(store: Store) -> None:
    strong, weak, untold = claims(
        store,
        ("a", Predicate.INCREASES, "c", 1, 4),
        ("b", Predicate.DECREASES, "c", -1, 1),
        ("a", Predicate.ASSOCIATED_WITH, "d", 0, 4),
    )
    found = graded_from_graph(store, bound())
    assert [(c.source, c.target, c.statements) for c in found.graded] == [
        ("a", "c", (strong,)),
        ("b", "c", (weak,)),
    ]
    one, two = found.graded
    assert one.log_odds > two.log_odds > 0
    assert one.rungs == ("assertion",)
    assert (one.evidences, two.evidences) == (4, 1)
    statement = store.statement(strong)
    assert statement is not None
    assert one.belief == pytest.approx(statement.belief)
    assert one.log_odds == pytest.approx(log_odds_of(statement.belief, DIRECT[Rung.ASSERTION], 4))
    assert not found.constrains
    assert {(c.source, c.target, c.sign) for c in found.expected} == {("a", "c", 1), ("b", "c", -1)}
    assert untold not in {s for c in found.graded for s in c.statements}
    matrix = found.log_odds(tuple("dcba"))
    assert matrix[3, 1] == one.log_odds
    assert np.count_nonzero(matrix) == 2
    double = graded_from_graph(store, bound(), strength=2 * STRENGTH)
    assert double.graded[0].log_odds == pytest.approx(2 * one.log_odds)
    assert graded_from_graph(store, bound(), strength=0.0).graded == ()


def test_what_is_only_denied_lowers_the_odds(store: Store) -> None:
    denied = Statement(IDS["a"], Predicate.INCREASES, IDS["d"], 1)
    for paper in ("pubmed:1", "pubmed:2"):
        say(store, denied, paper, Rung.ASSERTION, negated=True, text=paper)
    (claim,) = graded_from_graph(store, bound()).graded
    assert (claim.source, claim.target, claim.statements) == ("a", "d", (denied.id,))
    assert claim.log_odds < 0
    assert claim.belief is None
    assert not graded_from_graph(store, bound()).expected


def test_the_rung_counts_and_algorithms_do_not(store: Store) -> None:
    text = Statement(IDS["a"], Predicate.AFFECTS, IDS["b"])
    trial = Statement(IDS["c"], Predicate.AFFECTS, IDS["d"])
    say(store, text, "pubmed:1", Rung.ASSERTION)
    say(store, trial, "pubmed:1", Rung.INTERVENTION)
    before = graded_from_graph(store, bound())
    odds = {(c.source, c.target): c.log_odds for c in before.graded}
    assert odds["c", "d"] > odds["a", "b"]
    store.write(Batch(evidences=(Evidence(text.id, Rung.DISCOVERED, "ds-1", "pc", score=1.0),)))
    raised = store.statement(text.id)
    assert raised is not None
    after = graded_from_graph(store, bound())
    assert after == before
    assert raised.belief > next(c.belief or 0 for c in after.graded if c.source == "a")


def test_retracted_papers_count_nothing(store: Store) -> None:
    claims(store, ("a", Predicate.INCREASES, "c", 1, 2))
    store.set_retracted({"pubmed:1": "pubmed:9", "pubmed:2": "pubmed:9"})
    assert not graded_from_graph(store, bound()).graded
    assert not knowledge_from_graph(store, bound(), min_belief=0.1, doubt=0.05).forbidden


def test_feedback_raises_both_directions_and_expects_neither(store: Store) -> None:
    claims(store, ("a", Predicate.INCREASES, "b", 1, 3), ("b", Predicate.DECREASES, "a", -1, 3))
    found = graded_from_graph(store, bound())
    assert len(found.graded) == 2
    assert not found.expected
    assert "act on each other" in found.notes[0]


def test_germline_variants_come_first(store: Store) -> None:
    data = bound()
    variant = "dbsnp:rs429358"
    store.write(Batch((Entity(variant, "rs429358", Category.VARIANT),)))
    snp = replace(data, variables=(*data.variables[:3], replace(data.variables[3], entity=variant)))
    for known in (graded_from_graph(store, snp), knowledge_from_graph(store, snp)):
        assert [t.columns for t in known.tiers] == [("d",), ("a", "b", "c")]
    found = discovery.learn(snp, "pc", knowledge_from_graph(store, snp))
    assert ("c", "d") not in found.graph.directed


def test_the_default_is_what_the_algorithm_can_take(store: Store) -> None:
    claims(store, ("a", Predicate.INCREASES, "c", 1, 4))
    takes = algorithm_class("gies").takes
    assert "graded" in takes
    assert priors_for("gies", store, bound()).graded
    assert "graded" not in algorithm_class("causal-learn/pc").takes
    hard = priors_for("causal-learn/pc", store, bound(), min_belief=0.8)
    assert [(c.source, c.target) for c in hard.forbidden] == [("c", "a")]
    assert not hard.graded
    assert "causal-learn/pc cannot take graded priors" in hard.notes[-1]

    class Free(algorithm_class("pc")):  # type: ignore[misc]
        name = "free"
        takes = ()

    free = priors_for(Free, store, bound(), min_belief=0.8)
    assert not free.constrains
    assert not free.graded
    assert free.expected
    assert "only compared" in free.notes[-1]


def test_graded_priors_are_refused_where_they_cannot_be_kept(store: Store) -> None:
    claims(store, ("a", Predicate.INCREASES, "c", 1, 4))
    known = priors_for("causal-learn/pc", store, bound(), "graded")
    with pytest.raises(
        UsageError, match=r"causal-learn/pc cannot take graded priors, such as a -> c"
    ):
        discovery.learn(bound(), "causal-learn/pc", known)


def test_bad_arguments(store: Store) -> None:
    with pytest.raises(UsageError, match="prior strength"):
        graded_from_graph(store, bound(), strength=-1)
    with pytest.raises(UsageError, match="prior strength"):
        graded_from_graph(store, bound(), strength=float("nan"))
    with pytest.raises(UsageError, match="min_belief"):
        graded_from_graph(store, bound(), min_belief=2)
    with pytest.raises(UsageError, match="not known"):
        priors_from_graph(store, bound(), "soft")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="require nothing"):
        priors_from_graph(store, bound(), "graded", require_belief=0.9)
    assert not priors_from_graph(store, bound(), "none")
