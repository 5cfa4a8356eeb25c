"""Triangulation on a real store, and the combination of sizes against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
)  # fmt: skip
from graph.store import Decision, Store
from queries.triangulation import BIASES, Size, combine, triangulate

X = Entity("mesh:D1", "Drug", Category.CHEMICAL)
Y = Entity("mesh:D2", "Illness", Category.DISEASE)
PAPERS = tuple(Publication(f"pubmed:{i}", retracted=i == 9) for i in range(1, 10))
UP = Statement(X.id, Predicate.CAUSES, Y.id, 1)
DOWN = Statement(X.id, Predicate.TREATS, Y.id, -1)
BACK = Statement(Y.id, Predicate.AFFECTS, X.id, 1)
TIED = Statement(X.id, Predicate.ASSOCIATED_WITH, Y.id)


def says(
    statement: Statement,
    rung: Rung,
    paper: int = 0,
    *,
    source: str = "made",
    negated: bool = False,
    text: str = "",
    details: dict[str, str] | None = None,
) -> Evidence:
    return Evidence(
        statement.id, rung, source, "hand", negated=negated, text=text,
        publication=f"pubmed:{paper}" if paper else "", details=tuple((details or {}).items()),
    )  # fmt: skip


def fill(store: Store, *evidences: Evidence) -> None:
    used = {e.statement for e in evidences}
    statements = tuple(s for s in (UP, DOWN, BACK, TIED) if s.id in used)
    store.write(Batch((X, Y), PAPERS, statements, evidences))


def mr(beta: float, error: float, units: str, source: str) -> Evidence:
    numbers = {"beta": str(beta), "std_error": str(error), "units": units}
    return says(UP, Rung.GENETIC, source=source, details=numbers)


def test_rungs_side_by_side(embedded_store: Store) -> None:
    fill(
        embedded_store,
        says(UP, Rung.ASSERTION, 1, text="one"), says(UP, Rung.ASSERTION, 1, text="two"),
        says(UP, Rung.ASSERTION, 2), says(DOWN, Rung.ASSERTION, 3), says(UP, Rung.ASSERTION, 4, negated=True),
        says(UP, Rung.ASSERTION, 9), says(UP, Rung.INTERVENTION, 5), says(BACK, Rung.ASSERTION, 6),
        says(TIED, Rung.ASSOCIATION, 7), mr(0.5, 0.1, "SD", "gwas-a"), mr(0.7, 0.1, "SD", "gwas-b"),
    )  # fmt: skip
    found = triangulate(embedded_store, X.id, Y.id)
    rows = {r.rung: r for r in found.rows}
    assert list(rows) == [Rung.ASSERTION, Rung.INTERVENTION, Rung.GENETIC]
    said = rows[Rung.ASSERTION]
    # two sentences of one paper are one source; the retracted paper is none
    assert said.raises == ("pubmed:1", "pubmed:2")
    assert said.lowers == ("pubmed:3",)
    assert said.denies == ("pubmed:4",)
    assert len(found.retracted) == 1
    assert found.reverse == ("pubmed:6",)
    assert found.associated == ("pubmed:7",)
    assert found.verdict == "agree"
    assert found.told("Drug", "Illness") == (
        "Drug raises Illness by assertion, intervention, genetic, which err in different ways; within "
        "assertion some sources say the opposite; 1 deny an effect; 1 say that Illness acts on Drug."
    )
    (combined,) = found.combined
    assert (combined.n, combined.measure) == (2, "genetic: SD")
    assert combined.value == pytest.approx(0.6)
    assert found.difference_p is not None
    assert found.difference_p <= 1


def test_rungs_that_disagree_are_not_averaged(embedded_store: Store) -> None:
    papers = range(1, 8)
    fill(
        embedded_store,
        *(says(UP, Rung.ASSERTION, i) for i in papers),
        *(says(DOWN, Rung.INTERVENTION, i) for i in papers),
    )
    found = triangulate(embedded_store, X.id, Y.id)
    assert found.verdict == "disagree"
    assert "raises mesh:D2 by assertion, and lowers it by intervention" in found.explanation
    assert found.difference_p is not None
    assert found.difference_p < 0.001


def test_sizes_of_different_measures_stay_apart(embedded_store: Store) -> None:
    fill(embedded_store, mr(0.5, 0.1, "SD", "a"), mr(1.5, 0.1, "log odds", "b"))
    found = triangulate(embedded_store, X.id, Y.id)
    assert found.combined == ()
    assert [s.measure for s in found.rows[0].sizes] == ["genetic: SD", "genetic: log odds"]


def test_one_rung_and_none(embedded_store: Store) -> None:
    fill(
        embedded_store, says(UP, Rung.CURATED, source="base"), says(UP, Rung.DISCOVERED, source="d")
    )
    found = triangulate(embedded_store, X.id, Y.id)
    assert found.verdict == "one rung"
    assert "alone" in found.explanation
    embedded_store.decide(Decision(UP.id, "reject", "me"))
    assert next(iter(embedded_store.statements())).status is Status.REFUTED
    found = triangulate(embedded_store, X.id, Y.id)
    assert (found.verdict, found.rows) == ("nothing", ())
    with pytest.raises(UsageError):
        triangulate(embedded_store, X.id, X.id)


def test_every_rung_says_what_it_is_open_to() -> None:
    assert all(BIASES[rung] for rung in Rung)


NUMBERS = st.lists(
    st.tuples(st.floats(-5, 5), st.floats(0.05, 3)), min_size=2, max_size=12
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(NUMBERS)
def test_combined_as_statsmodels_does(rows: list[tuple[float, float]]) -> None:
    from statsmodels.stats.meta_analysis import combine_effects

    sizes = [Size(v, e, "m", f"{i}") for i, (v, e) in enumerate(rows)]
    found = combine(sizes)
    value, error = np.array(rows).T
    with np.errstate(all="ignore"):
        truth = combine_effects(value, error**2, method_re="dl", use_t=True)
    # statsmodels lets the variance between them fall below 0
    mean = truth.mean_effect_re if truth.tau2 > 0 else truth.mean_effect_fe
    assert found.value == pytest.approx(mean, abs=1e-9)
    assert found.tau2 == pytest.approx(max(0.0, truth.tau2), abs=1e-9)
    assert found.q == pytest.approx(truth.q, abs=1e-9)
    assert found.i2 == pytest.approx(
        max(0.0, 1 - (len(rows) - 1) / truth.q) if truth.q > 0 else 0.0, abs=1e-9
    )
    assert found.ci_low <= found.value <= found.ci_high
    # never narrower than without Hartung and Knapp's correction
    usual = float(np.sqrt(1 / np.sum(1 / (error**2 + found.tau2))))
    assert found.ci_high - found.value >= 1.959 * usual


def test_unlike_sizes_are_refused() -> None:
    with pytest.raises(UsageError):
        combine([Size(1, 1, "a", "1")])
    with pytest.raises(UsageError):
        combine([Size(1, 1, "a", "1"), Size(1, 1, "b", "2")])
