"""Stability selection and its bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import discovery
from discovery.simulate import linear_gaussian, random_dag
from discovery.stability import expected_false, selection
from discovery.stability.selecting import tail_bound
from graph.errors import UsageError
from tests.discovery.helpers import dataset_of


@settings(max_examples=150, deadline=None)
@given(
    st.integers(4, 30),
    st.integers(0, 2**32 - 1),
    st.sampled_from([-0.5, -0.25]),
    st.sampled_from([0.1, 1.0, 10.0]),
    st.floats(0.05, 1.0),
)
def test_no_r_concave_distribution_exceeds_the_tail_bound(
    steps: int, seed: int, r: float, spread: float, share: float
) -> None:
    rng = np.random.default_rng(seed)
    # f^r convex: slopes that rise, above zero
    curve = np.cumsum(np.r_[0.0, np.sort(rng.normal(0, spread, steps))])
    curve += rng.exponential(0.3) - curve.min()
    mass = np.where(np.arange(steps + 1) <= rng.integers(1, steps + 1), curve ** (1 / r), 0.0)
    mass /= mass.sum()
    mean = float(mass @ np.arange(steps + 1)) / steps
    first = int(np.ceil(share * steps - 1e-9))
    assert mass[first:].sum() <= tail_bound(mean, share, steps, r) + 1e-6


@pytest.mark.parametrize("r", [-0.5, -0.25])
def test_the_tail_bound_is_reached(r: float) -> None:
    steps, k, a = 20, 20, 0.05
    mass = (a + np.arange(k + 1)) ** (1 / r)
    mass /= mass.sum()
    mean = float(mass @ np.arange(k + 1)) / steps
    best = max(
        mass[first:].sum() / tail_bound(mean, first / steps, steps, r)
        for first in range(int(2 * mean * steps) + 2, steps)
    )
    assert 0.3 < best <= 1 + 1e-6


def test_bounds_are_ordered_and_fall_with_the_threshold() -> None:
    before = dict.fromkeys(("r-concave", "unimodal", "worst-case"), np.inf)
    for threshold in (0.6, 0.7, 0.8, 0.9, 1.0):
        now = {b: expected_false(threshold, 50, 1000, 50, b) for b in before}
        assert now["r-concave"] <= now["unimodal"] <= now["worst-case"]
        assert all(now[b] <= before[b] for b in before)
        before = now
    assert expected_false(0.9, 50, 1000, 50, "meinshausen") == pytest.approx(50**2 / 0.8 / 1000)
    assert expected_false(0.9, 0, 1000, 50) == 0


def test_bound_holds_for_edges_by_chance() -> None:
    """Selections of 5 of 60 at random, a pair's halves alike or not, exceed the bound never on average."""
    pairs, candidates, runs = 25, 60, 400
    for threshold in (0.56, 0.6, 0.7):
        kept = []
        for seed in range(runs):
            rng = np.random.default_rng([seed, 9])
            count = np.zeros(candidates)
            for _ in range(2 * pairs):
                count[rng.choice(candidates, 5, replace=False)] += 1
            kept.append((count >= threshold * 2 * pairs - 1e-9).sum())
        assert np.mean(kept) <= expected_false(threshold, 5, candidates, pairs)


def learned(seed: int = 0, **more: object) -> tuple[np.ndarray, discovery.Discovery]:
    rng = np.random.default_rng([seed, 1])
    dag = random_dag(15, 2, rng)
    data = dataset_of(linear_gaussian(dag, 400, rng, weights=(0.2, 0.8)))
    return dag, discovery.learn(data, "pc", **{"bootstraps": 40, "resample": "subsample", **more})


def test_selection_keeps_what_comes_back() -> None:
    _, found = learned()
    fixed = selection(found, threshold=0.9)
    assert fixed.candidates == 105
    assert fixed.average == pytest.approx(sum(sum(k.values()) for k in found.stability.values()))
    assert [e.share for e in fixed.edges] == sorted((e.share for e in fixed.edges), reverse=True)
    for edge in fixed.edges:
        assert edge.share == pytest.approx(sum(found.stability[edge.source, edge.target].values()))
        assert edge.share >= 0.9
    chosen = selection(found, expected=1.0)
    assert chosen.expected_false <= 1
    assert len(chosen.edges) >= len(fixed.edges) or chosen.threshold >= 0.9
    step = 1 / 40
    if chosen.threshold > 0.5 + step:
        lower = expected_false(chosen.threshold - step, chosen.average, 105, 20)
        assert lower > 1
    assert "false ones expected" in str(chosen)
    directed = selection(found, threshold=0.6, directed=True)
    assert directed.candidates == 210
    assert {(e.source, e.target) for e in directed.edges} == {
        pair
        for (a, b), kinds in found.stability.items()
        for pair, kind in (((a, b), "-->"), ((b, a), "<--"))
        if kinds.get(kind, 0) >= 0.6
    }


def test_bad_calls() -> None:
    _, found = learned()
    with pytest.raises(UsageError, match="for half-samples"):
        selection(learned(resample="bootstrap")[1])
    with pytest.raises(UsageError, match="for half-samples"):
        selection(learned(bootstraps=0)[1])
    with pytest.raises(UsageError, match=r"threshold must be above 0.5"):
        selection(found, threshold=0.5)
    with pytest.raises(UsageError, match="expected must be positive"):
        selection(found, expected=0)
    with pytest.raises(UsageError, match="no threshold keeps the bound"):
        selection(learned(alpha=0.5)[1], expected=1e-6)
    with pytest.raises(UsageError, match="bound='tight'"):
        selection(found, threshold=0.9, bound="tight")  # type: ignore[arg-type]


@pytest.mark.slow
def test_bound_holds_on_simulations() -> None:
    false, bound = [], []
    for seed in range(30):
        dag, found = learned(seed, alpha=0.02)
        true = dag | dag.T
        kept = selection(found, expected=1.0)
        false.append(sum(not true[int(e.source[1:]), int(e.target[1:])] for e in kept.edges))
        bound.append(kept.expected_false)
    assert np.mean(false) <= np.mean(bound)
