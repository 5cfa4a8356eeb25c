"""RCD: hidden common causes, and no claim where the data do not tell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import discovery
from discovery import Knowledge
from discovery.algorithms import resolve
from discovery.functional.hsic import hsic_p_value, kernel_factor, median_distance
from discovery.marks import adjacency
from graph.errors import DataError
from tests.discovery.helpers import dataset_of, names, table_of


def skewed(rng: np.random.Generator, n: int, k: int):
    return rng.exponential(size=(k, n)) - 1


def test_hidden_cause_is_a_double_arrow() -> None:
    rng = np.random.default_rng(0)
    hidden, a, b, c = skewed(rng, 1500, 4)
    x, y = hidden + 0.6 * a, hidden + 0.6 * b
    data = dataset_of(np.column_stack([x, y, y + c]), ("x", "y", "z"))
    found = discovery.learn(data, "rcd")
    assert set(found.graph.to_edges()) == {("x", "<->", "y"), ("y", "-->", "z")}


def test_directions_without_hidden_causes() -> None:
    rng = np.random.default_rng(1)
    a, b, c, d = skewed(rng, 1000, 4)
    x = a
    y = x + b
    z = x + y + c
    data = dataset_of(np.column_stack([z, y, x, d]), ("z", "y", "x", "free"))
    found = discovery.learn(data, "rcd")
    assert set(found.graph.to_edges()) == {("x", "-->", "y"), ("x", "-->", "z"), ("y", "-->", "z")}


def test_normal_data_keep_circles_and_say_so() -> None:
    rng = np.random.default_rng(2)
    x, e, f = rng.normal(size=(3, 1000))
    y = x + e
    data = dataset_of(np.column_stack([x, y, y + f]), ("x", "y", "z"))
    found = discovery.learn(data, "rcd")
    # x and z are apart given y
    assert set(found.graph.to_edges()) == {("x", "o-o", "y"), ("y", "o-o", "z")}
    assert any("keep circles" in note for note in found.notes)


def test_tier_does_not_remove_a_hidden_cause() -> None:
    rng = np.random.default_rng(0)
    hidden, a, b = skewed(rng, 1500, 3)
    data = dataset_of(np.column_stack([hidden + 0.6 * a, hidden + 0.6 * b]), ("x", "y"))
    found = discovery.learn(data, "rcd", Knowledge(tiers=[["x"], ["y"]]))
    assert set(found.graph.to_edges()) == {("x", "<->", "y")}
    normal = rng.normal(size=(2, 500))
    data = dataset_of(np.column_stack([normal[0], normal[0] + normal[1]]), ("x", "y"))
    found = discovery.learn(data, "rcd", Knowledge(tiers=[["x"], ["y"]]))
    assert set(found.graph.to_edges()) == {("x", "o->", "y")}


@given(seed=st.integers(0, 10_000))
@settings(max_examples=12, deadline=None)
def test_columns_in_another_order_give_the_same_graph(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b, c, d = skewed(rng, 250, 4)
    values = np.column_stack([a, a + b, a + b - c, d + b])
    turn = rng.permutation(4)
    columns = names(4)
    one = discovery.learn(dataset_of(values, columns), "rcd")
    two = discovery.learn(dataset_of(values[:, turn], tuple(columns[k] for k in turn)), "rcd")
    assert set(one.graph.to_edges()) == set(two.graph.to_edges())


def test_agrees_with_causal_learn_on_clear_data() -> None:
    lingam = pytest.importorskip("causallearn.search.FCMBased.lingam")
    rng = np.random.default_rng(4)
    hidden, a, b, c = skewed(rng, 600, 4)
    values = np.column_stack([hidden + 0.6 * a, hidden + 0.6 * b, hidden + 0.6 * a + c])
    model = lingam.RCD()
    model.fit(values)
    expected = np.isnan(model.adjacency_matrix_) | (np.nan_to_num(model.adjacency_matrix_) != 0)
    marks = resolve("rcd").run(table_of(values), Knowledge()).marks
    assert np.array_equal(adjacency(marks), expected | expected.T)


def test_more_columns_than_rows_are_refused() -> None:
    with pytest.raises(DataError, match="more rows than columns"):
        discovery.learn(dataset_of(np.random.default_rng(0).normal(size=(8, 12))), "rcd")


def test_interrupt_returns_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    from discovery.algorithms.rcd import RCD

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(RCD, "_ancestors", stop)
    rng = np.random.default_rng(4)
    x, e = skewed(rng, 300, 2)
    found = resolve("rcd").run(table_of(np.column_stack([x, x + e])), Knowledge())
    assert not found.complete
    assert found.marks.any()


def test_hsic_is_that_of_the_whole_kernel_matrix() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.laplace(size=(2, 200))
    for low in (x, np.round(x)):
        width = median_distance(low)
        kernel = np.exp(-((low[:, None] - low[None, :]) ** 2) / (2 * width**2))
        centre = np.eye(200) - 1 / 200
        factor = kernel_factor(low)
        assert np.allclose(factor.rows.T @ factor.rows, centre @ kernel @ centre, atol=1e-2)
        assert factor.trace == pytest.approx(np.trace(centre @ kernel @ centre), rel=1e-4)
    p_values = [hsic_p_value(*rng.laplace(size=(2, 150))) for _ in range(200)]
    assert 0.01 < np.mean(np.array(p_values) < 0.05) < 0.11
    assert hsic_p_value(x, y + 0.8 * x**2) < 1e-4
