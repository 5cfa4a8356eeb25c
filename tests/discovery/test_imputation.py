from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import discovery
from discovery.data import Table, imputations, prepare
from discovery.simulation import delete, simulate
from graph.dataset import Dataset
from graph.errors import UsageError


def gappy(seed: int, n: int = 1500) -> tuple[Dataset, pd.DataFrame]:
    """x causes y and the levels g, y causes z; y is missing more often where x is high."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = 0.8 * x + 0.6 * rng.normal(size=n)
    z = -0.7 * y + 0.7 * rng.normal(size=n)
    g = (x + 0.5 * rng.normal(size=n) > 0).astype(float) + (x > 1)
    full = pd.DataFrame({"x": x, "y": y, "z": z, "g": g})
    frame = full.copy()
    chance = 1 / (1 + np.exp(-(2 * x - 0.5)))
    frame.loc[rng.random(n) < 0.7 * chance, "y"] = np.nan
    frame.loc[rng.random(n) < 0.5 * chance, "g"] = np.nan
    return Dataset(frame), full


def test_imputations_bring_back_what_complete_rows_distort() -> None:
    dataset, full = gappy(0)
    tables = imputations(prepare(dataset, missing="impute"), 5, 1)
    dropped = prepare(dataset, missing="drop")
    mean = np.mean([t.values.mean(axis=0) for t in tables], axis=0)
    correlation = np.mean([t.correlation for t in tables], axis=0)
    true = full.corr().to_numpy()
    assert abs(dropped.values[:, 1].mean() - full["y"].mean()) > 0.2
    assert np.abs(mean - full.mean().to_numpy()).max() < 0.04
    assert np.abs(correlation - true).max() < 0.04
    assert np.abs(dropped.correlation - true).max() > 0.07


def test_draws_are_values_that_occur_and_differ_between_tables() -> None:
    dataset, _ = gappy(1, 300)
    table = prepare(dataset, missing="impute")
    assert table.gaps is not None
    first, second = imputations(table, 2, 0)
    for j, column in enumerate(table.columns):
        seen = dataset.frame[column].dropna().to_numpy()
        assert np.isin(first.values[:, j], seen).all()
        known = ~table.gaps[:, j]
        assert np.array_equal(first.values[known, j], dataset.frame[column].to_numpy()[known])
    assert not np.array_equal(first.values, second.values)
    assert not first.has_missing


def test_the_same_seed_gives_the_same_draws_and_more_draws_begin_with_the_fewer() -> None:
    table = prepare(gappy(2, 200)[0], missing="impute")
    three, two = imputations(table, 3, 5), imputations(table, 2, 5)
    assert all(np.array_equal(a.values, b.values) for a, b in zip(two, three, strict=False))
    assert not np.array_equal(imputations(table, 1, 6)[0].values, three[0].values)
    # what prepare filled in is the first draw of seed 0
    assert np.array_equal(imputations(table, 1, 0)[0].values, table.values)


def test_draws_do_not_depend_on_units_or_the_order_of_columns() -> None:
    dataset, _ = gappy(3, 250)
    other = dataset.frame[["g", "z", "x", "y"]].assign(z=lambda f: f["z"] * 1024.0)
    one = prepare(dataset, missing="impute")
    two = prepare(Dataset(other), missing="impute")
    back = pd.DataFrame(two.values, columns=list(two.columns)).assign(z=lambda f: f["z"] / 1024.0)
    assert np.allclose(back[list(one.columns)].to_numpy(), one.values)


def test_a_table_without_gaps_is_returned_alone() -> None:
    table = prepare(Dataset(gappy(0, 50)[1]), missing="impute")
    assert imputations(table, 7) == [table]
    with pytest.raises(UsageError):
        imputations(table, 0)


@given(st.integers(0, 10**6), st.sampled_from(["mcar", "mar", "mnar"]), st.booleans())
@settings(max_examples=8, deadline=None)
def test_any_table_is_completed_within_its_levels(seed: int, kind: str, wide: bool) -> None:
    p, n = (45, 40) if wide else (6, 60)
    made = simulate(
        p, 2, n, mechanism="mixed", seed=seed, missing=0.2, missing_kind=kind  # type: ignore[arg-type]
    )  # fmt: skip
    try:
        table = prepare(made.dataset, missing="impute", categories=True)
    except discovery.data.prepare.DataError:  # everything constant where little was left
        return
    assert np.isfinite(table.values).all()
    for j, kind_ in enumerate(table.kinds):
        if kind_ == "discrete":
            seen = made.frame[table.columns[j]].dropna().unique()
            assert np.isin(table.values[:, j], seen.astype(float)).all()


def test_weights_enter_the_models() -> None:
    rng = np.random.default_rng(0)
    n = 4000
    x = rng.normal(size=n)
    half = np.arange(n) < n // 2
    y = np.where(half, 1.0, -1.0) * 0.9 * x + 0.3 * rng.normal(size=n)
    gone = rng.random(n) < 0.3
    frame = pd.DataFrame({"x": x, "y": np.where(gone, np.nan, y), "w": np.where(half, 1.0, 0.01)})
    table = prepare(Dataset(frame), missing="impute", weights="w")
    drawn = table.values[gone]
    assert np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1] > 0.8


def test_what_was_intervened_upon_enters_the_models() -> None:
    rng = np.random.default_rng(1)
    n = 1000
    pushed = np.arange(n) < n // 2
    x = rng.normal(size=n) + np.where(pushed, 8.0, 0.0)
    z = rng.normal(size=n)
    gone = rng.random(n) < 0.3
    frame = pd.DataFrame({"x": np.where(gone, np.nan, x), "z": z, "t": np.where(pushed, "x", "")})
    table = prepare(Dataset(frame), missing="impute", targets="t")
    assert table.values[gone & pushed, 0].min() > 4 > table.values[gone & ~pushed, 0].max()


def test_test_wise_tables_hold_the_gaps_and_say_how_many_rows_a_test_has() -> None:
    dataset, full = gappy(4)
    table = prepare(dataset, missing="testwise")
    assert table.has_missing
    known = dataset.frame[["x", "y"]].dropna()
    part, n = table.correlation_of([0, 1])
    assert n == len(known)
    assert np.allclose(part, known.corr().to_numpy())
    assert np.allclose(table.correlation, dataset.frame.corr().to_numpy())
    assert isinstance(table, Table)
    assert table.report.issues[0].action.startswith("kept")
    with pytest.raises(UsageError, match="cannot use missing values"):
        discovery.learn(dataset, "causal-learn/ges", missing="testwise")
    assert np.isfinite(full.to_numpy()).all()


def test_pairwise_correlations_respect_weights() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(60, 3))
    values[:, 1] += values[:, 0]
    weights = rng.uniform(0.2, 3, 60)
    holes = values.copy()
    holes[:7, 2] = np.nan
    frame = pd.DataFrame(holes, columns=list("abc")).assign(w=weights)
    table = prepare(Dataset(frame), missing="testwise", weights="w")
    covariance = np.cov(values[:, :2], rowvar=False, aweights=weights)
    expected = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert table.correlation[0, 1] == pytest.approx(expected)
    covariance = np.cov(values[7:, 1:], rowvar=False, aweights=weights[7:])
    expected = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert table.correlation[1, 2] == pytest.approx(expected)


@pytest.mark.parametrize("kind", ["mcar", "mar", "mnar"])
def test_values_go_missing_as_asked(kind: str) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(4000, 6))
    gone = np.isnan(delete(values, 0.2, np.random.default_rng(1), kind))  # type: ignore[arg-type]
    assert gone.mean() == pytest.approx(0.2, abs=0.01)
    touched = np.flatnonzero(gone.any(axis=0))
    assert len(touched) == (3 if kind == "mar" else 6)
    # does being missing depend on the value itself, or on a column that is complete?
    own = max(abs(np.corrcoef(gone[:, j], values[:, j])[0, 1]) for j in touched)
    rest = [k for k in range(6) if k not in touched]
    other = max(
        (abs(np.corrcoef(gone[:, j], values[:, k])[0, 1]) for j in touched for k in rest),
        default=0.0,
    )
    assert (own > 0.2) == (kind == "mnar")
    assert (other > 0.2) == (kind == "mar")
