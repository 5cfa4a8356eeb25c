"""RESIT: nonlinear directions, and none where lines and normal noise show none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import discovery
from discovery import Knowledge
from discovery.algorithms import resolve
from discovery.functional.smooth import additive_fit, smooth_terms
from graph.errors import DataError, UsageError
from tests.discovery.helpers import dataset_of, names, table_of


def bent(seed: int, n: int = 500):
    rng = np.random.default_rng(seed)
    e = rng.normal(size=(4, n))
    x = e[0]
    y = np.tanh(2 * x) * 2 + 0.5 * e[1]
    z = x**2 + np.sin(2 * y) + 0.5 * e[2]
    return np.column_stack([z, y, x, e[3]])


def test_finds_nonlinear_directions() -> None:
    found = discovery.learn(dataset_of(bent(0), ("z", "y", "x", "free")), "resit")
    assert set(found.graph.to_edges()) == {("x", "-->", "y"), ("x", "-->", "z"), ("y", "-->", "z")}
    assert {e.reason for e in found.edges} == {"independent residuals"}
    assert all((e.score_difference or 0) > 10 for e in found.edges)


@given(seed=st.integers(0, 10_000))
@example(seed=6971)  # a column that depends on nothing ties with another
@settings(max_examples=8, deadline=None)
def test_order_and_scale_of_columns_do_not_matter(seed: int) -> None:
    values = bent(seed, 200)
    rng = np.random.default_rng(seed)
    turn, columns = rng.permutation(4), names(4)
    one = discovery.learn(dataset_of(values, columns), "resit")
    moved = values[:, turn] * np.exp(rng.normal(size=4) * 3) + rng.normal(size=4)
    two = discovery.learn(dataset_of(moved, tuple(columns[k] for k in turn)), "resit")
    assert set(one.graph.to_edges()) == set(two.graph.to_edges())


def test_too_many_columns_or_too_few_rows_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(UsageError, match="at most 20 columns"):
        discovery.learn(dataset_of(rng.normal(size=(500, 21))), "resit")
    with pytest.raises(DataError, match="too few"):
        discovery.learn(dataset_of(rng.normal(size=(25, 3))), "resit")


def test_noise_that_is_not_additive_is_noted() -> None:
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=800)
    a, b = rng.normal(size=(2, 800))
    data = dataset_of(np.column_stack([hidden**2 + 0.1 * a, hidden + 0.1 * b, hidden * b]))
    assert any("not independent" in n for n in discovery.learn(data, "resit").notes)


def test_interrupt_returns_a_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    from discovery.algorithms import resit

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(resit, "_prune", stop)
    found = resolve("resit").run(table_of(bent(0, 100)), Knowledge(required=[("x00", "x01")]))
    assert not found.complete
    assert found.marks[0, 1] == 2


def test_smooth_terms_are_orthogonal_and_fit_curves() -> None:
    rng = np.random.default_rng(0)
    x = rng.exponential(size=400)
    terms = smooth_terms(x)
    assert np.allclose(terms.T @ terms / 400, np.eye(terms.shape[1]), atol=1e-9)
    assert abs(np.corrcoef(terms[:, 0], x)[0, 1]) == pytest.approx(1)
    y = np.sqrt(x) + 0.1 * rng.normal(size=400)
    fit = additive_fit(y, [terms])
    assert fit.variance < 0.02
    assert 2 < fit.freedom < 8
    line = additive_fit(2 * x + rng.normal(size=400), [terms])
    assert line.freedom < 2.5
    assert smooth_terms((x > 1).astype(float)).shape == (400, 1)
