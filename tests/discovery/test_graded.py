from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import discovery
from discovery import Knowledge
from discovery.algorithms import resolve
from discovery.graded import pair_log_odds, tilted
from discovery.knowledge import GradedClaim
from discovery.simulate import linear_gaussian, random_dag
from tests.discovery.helpers import dataset_of, names, table_of


def test_nothing_graded_moves_nothing() -> None:
    assert tilted(0.01, Knowledge(required=[("a", "b")]), ("a", "b")) == 0.01
    known = Knowledge(graded=[GradedClaim("a", "b", 0.0)])
    assert np.asarray(tilted(0.03, known, ("a", "b"))) == pytest.approx(np.full((2, 2), 0.03))


def test_log_odds_of_a_pair() -> None:
    odds = np.array([[0.0, 2.0, 0.0], [0.0, 0.0, -1.0], [0.0, -1.0, 0.0]])
    found = pair_log_odds(odds)
    assert found[0, 1] == found[1, 0] == pytest.approx(math.log((math.e**2 + 1) / 2))
    assert found[1, 2] == pytest.approx(-1.0)
    assert found[0, 2] == pytest.approx(0.0)


@given(st.floats(-8, 8), st.floats(0.001, 0.3))
@settings(max_examples=60, deadline=None)
def test_the_level_is_the_bayes_decision(size: float, alpha: float) -> None:
    known = Knowledge(graded=[GradedClaim("a", "b", size), GradedClaim("b", "a", size)])
    level = float(np.asarray(tilted(alpha, known, ("a", "b")))[0, 1])
    bound = stats.norm.isf(alpha / 2) ** 2 - 2 * size
    if bound > stats.norm.isf(0.25) ** 2:
        assert level == pytest.approx(2 * stats.norm.sf(math.sqrt(bound)), rel=1e-6)
    else:  # a graded prior alone makes no edge
        assert level == pytest.approx(max(0.5, alpha))
    assert (level > alpha) == (size > 0) or level == pytest.approx(alpha)


@pytest.mark.parametrize("algorithm", ["pc", "fci", "rfci"])
def test_a_weak_edge_follows_its_prior_and_a_strong_one_does_not(algorithm: str) -> None:
    rng = np.random.default_rng(0)
    # columns without any chance correlation, so that the one of a and weak is 0.1 (z = 2)
    raw = np.linalg.qr(np.column_stack([np.ones(400), rng.normal(size=(400, 4))]))[0][:, 1:]
    a, weak, strong, apart = raw.T
    weak, strong = 0.1 * a + math.sqrt(0.99) * weak, a + strong
    data = dataset_of(np.column_stack([a, weak, strong, apart]), ("a", "weak", "strong", "apart"))

    def pairs(*graded: tuple[str, str, float]) -> set[frozenset[str]]:
        known = Knowledge(graded=[GradedClaim(*g) for g in graded])
        found = discovery.learn(data, algorithm, known)
        return {frozenset((e.source, e.target)) for e in found.edges}

    edge = frozenset(("a", "weak"))
    assert edge not in pairs()
    assert edge in pairs(("a", "weak", 3.0))
    assert frozenset(("a", "strong")) in pairs(("a", "strong", -5.0), ("strong", "a", -5.0))
    assert frozenset(("a", "apart")) not in pairs(("a", "apart", 50.0))


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_more_prior_for_a_pair_never_takes_it_away(seed: int) -> None:
    """Of one pair alone: its tests are the same, its level is higher."""
    rng = np.random.default_rng(seed)
    table = table_of(linear_gaussian(random_dag(5, 2, rng), 100, rng, weights=(0.1, 0.5)))
    without = resolve("pc", max_depth=0).run(table, Knowledge()).marks
    known = Knowledge(graded=[GradedClaim(*names(2), 3.0)])
    found = resolve("pc", max_depth=0).run(table, known).marks
    assert ((found != 0) >= (without != 0)).all()
    others = np.ones((5, 5), dtype=bool)
    others[0, 1] = others[1, 0] = False
    assert ((found != 0) == (without != 0))[others].all()


@pytest.mark.parametrize("test", ["gsq", "conditional-gaussian", "kci"])
def test_every_test_can_be_tilted(test: str) -> None:
    rng = np.random.default_rng(2)
    a = rng.integers(0, 2, 300)
    b = np.where(rng.random(300) < 0.07, a, rng.integers(0, 2, 300))
    data = dataset_of(np.column_stack([a, b, rng.integers(0, 3, 300)]).astype(float), tuple("abc"))
    assert not discovery.learn(data, "pc", test=test).edges
    known = Knowledge(graded=[GradedClaim("a", "b", 4.0)])
    found = discovery.learn(data, "pc", known, test=test)
    assert [(e.source, e.target) for e in found.edges] == [("a", "b")]
