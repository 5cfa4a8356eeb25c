from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from discovery.algorithms import resolve
from discovery.association import partial_test
from discovery.knowledge import Knowledge
from discovery.marks import adjacency, arrows, topological_order
from discovery.simulate import linear_gaussian, random_dag
from discovery.skeleton import gaussian_skeleton, search_skeleton
from tests.discovery.helpers import table_of


def case(seed: int, most: int = 14):
    rng = np.random.default_rng(seed)
    p, n = int(rng.integers(2, most)), int(rng.integers(40, 1500))
    dag = random_dag(p, float(rng.uniform(0.5, 5)), rng)
    return table_of(linear_gaussian(dag, n, rng, weights=(0.1, 1.0))), float(
        rng.choice([0.001, 0.01, 0.05, 0.2])
    )


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_batched_search_equals_one_pair_at_a_time(seed: int) -> None:
    table, alpha = case(seed, 10)

    def test(i: int, j: int, given: tuple[int, ...]) -> float:
        return partial_test(table.correlation, table.n, i, j, given).p_value

    fast = gaussian_skeleton(table.correlation, table.n, alpha)
    slow = search_skeleton(table.p, test, alpha)
    assert (fast.adjacent == slow.adjacent).all()
    assert dict(fast.separations).keys() == dict(slow.separations).keys()
    for pair, found in fast.separations.items():
        other = slow.separations[pair]
        assert found.nodes == other.nodes
        assert found.p_value == pytest.approx(other.p_value, abs=1e-6)
        assert partial_test(table.correlation, table.n, *pair, found.best).p_value == pytest.approx(
            found.p_value, abs=1e-6
        )
    edges = fast.adjacent
    assert fast.p_values[edges] == pytest.approx(slow.p_values[edges], abs=1e-6)


@pytest.mark.parametrize("seed", range(25))
def test_same_skeleton_and_cpdag_as_causal_learn(seed: int) -> None:
    table, alpha = case(seed)
    ours = resolve("pc", alpha=alpha).run(table, Knowledge()).marks
    theirs = resolve("causal-learn/pc", alpha=alpha).run(table, Knowledge()).marks
    assert (adjacency(ours) == adjacency(theirs)).all()
    if topological_order(arrows(theirs)) is not None:  # ours does not close its directed cycles
        assert (ours == theirs).all()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_same_as_causal_learn_at_fifty_columns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = table_of(linear_gaussian(random_dag(50, 3, rng), 1000, rng))
    ours = resolve("pc").run(table, Knowledge()).marks
    theirs = resolve("causal-learn/pc").run(table, Knowledge()).marks
    assert (adjacency(ours) == adjacency(theirs)).all()
    differ = np.argwhere(np.triu((ours != theirs) | (ours != theirs).T))
    if topological_order(arrows(theirs)) is None:
        # causal-learn closed a directed cycle; ours leaves that edge undirected
        assert len(differ) <= 1
        assert topological_order(arrows(ours)) is not None
    else:
        assert len(differ) == 0


def test_small_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    table, alpha = case(3, 30)
    whole = gaussian_skeleton(table.correlation, table.n, alpha)
    monkeypatch.setattr("discovery.skeleton._BATCH", 50)
    parts = gaussian_skeleton(table.correlation, table.n, alpha)
    assert (whole.adjacent == parts.adjacent).all()
    assert dict(whole.separations) == pytest.approx(dict(parts.separations)) or all(
        whole.separations[k].nodes == parts.separations[k].nodes for k in whole.separations
    )
    assert whole.tests == parts.tests


def test_column_order_and_scale_do_not_matter() -> None:
    table, alpha = case(8)
    order = np.random.default_rng(0).permutation(table.p)
    scaled = table.values[:, order] * np.logspace(-6, 6, table.p) + 5.0
    one = gaussian_skeleton(table.correlation, table.n, alpha).adjacent
    two = gaussian_skeleton(table_of(scaled).correlation, table.n, alpha).adjacent
    assert (one[np.ix_(order, order)] == two).all()


def test_limits_are_noted() -> None:
    table, _ = case(5)
    assert "as asked" in gaussian_skeleton(table.correlation, table.n, 0.05, max_depth=0).notes[0]
    few = gaussian_skeleton(np.full((5, 5), 0.9) + 0.1 * np.eye(5), 4, 0.9)
    assert any("too few" in n for n in few.notes)


def test_protected_pairs_stay_and_say_what_denied_them() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(500, 3))
    keep = np.zeros((3, 3), dtype=bool)
    keep[0, 1] = keep[1, 0] = True
    found = gaussian_skeleton(table_of(values).correlation, 500, 0.01, protected=keep)
    assert found.adjacent[0, 1]
    assert found.denied == {(0, 1)}
    assert found.separations[0, 1].p_value > 0.01


def test_partial_test_equals_regression() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4))
    found = partial_test(np.corrcoef(values, rowvar=False), 200, 0, 1, (2, 3))
    design = np.column_stack([np.ones(200), values[:, 2:]])

    def residual(y):
        return y - design @ np.linalg.lstsq(design, y, rcond=None)[0]

    r = stats.pearsonr(residual(values[:, 0]), residual(values[:, 1]))[0]
    assert found.correlation == pytest.approx(r)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(np.sqrt(195) * abs(np.arctanh(r))))
