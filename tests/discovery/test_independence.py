"""The contract every registered independence test keeps, and what each is compared with."""

from __future__ import annotations

import warnings
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import discovery
from discovery.data import Table, prepare
from discovery.data.table import shrinkage
from discovery.independence import TESTS, automatic, class_of, independence_test
from discovery.independence.conditional_gaussian import ConditionalGaussian
from discovery.independence.fisher_z import FisherZ
from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from tests.discovery.helpers import dataset_of, table_of

GAPS = ("fisherz", "gsq", "chisq", "conditional-gaussian")


@pytest.fixture(params=sorted(TESTS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def chain(name: str, n: int, seed: int, effect: float = 1.0) -> np.ndarray:
    """Rows of x <- z -> y and w alone, of the kinds that a test takes; ``effect`` adds x -> y."""
    rng = np.random.default_rng([seed, n])
    z, x, y, w = rng.normal(size=(4, n))
    x += z
    y += z + effect * x
    if name in ("gsq", "chisq"):
        z = rng.integers(0, 3, n)
        x = (z + (rng.random(n) < 0.3)) % 3
        other = rng.random(n) < 0.25
        y = (np.where(rng.random(n) < 0.5 * effect, x, z) + other) % 3
        w = rng.integers(0, 2, n)
    return np.column_stack([x, y, z, w]).astype(float)


def test_is_registered_and_documented(name: str) -> None:
    found = class_of(name)
    assert found.name == name
    assert found.summary
    assert found.__doc__
    assert set(found.columns) <= {"continuous", "discrete"}


def test_dependence_is_found_and_independence_is_not_denied(name: str) -> None:
    test = independence_test(name, table_of(chain(name, 300, 0)))
    assert test.p_value(0, 1) < 1e-6
    assert test.p_value(0, 1, (2,)) < 1e-4
    assert test.p_value(0, 3) > 0.01
    assert test.p_value(0, 3, (2,)) > 0.01


def test_level_is_kept(name: str) -> None:
    n, runs = {"kci": (120, 60), "rcit": (500, 60)}.get(name, (300, 120))
    tests = [independence_test(name, table_of(chain(name, n, k, 0.0))) for k in range(runs)]
    p_values = np.array([t.p_value(0, 1, (2,)) for t in tests])
    assert (p_values < 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)
    assert 0.3 < p_values.mean() < 0.7
    alone = np.array([t.p_value(0, 3) for t in tests])
    assert (alone < 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_order_scale_and_batches_do_not_matter(name: str) -> None:
    values = chain(name, 150, 3)
    one = independence_test(name, table_of(values))
    assert one.p_value(0, 1, (2, 3)) == pytest.approx(one.p_value(1, 0, (3, 2)), abs=1e-12)
    sets = np.array([[2], [3]])
    alone = [one.p_value(0, 1, (2,)), one.p_value(0, 1, (3,))]
    assert one.p_values(0, 1, sets) == pytest.approx(alone, abs=1e-9)
    moved = prepare(
        dataset_of(
            values[:, [2, 0, 3, 1]] * [3.0, 1.0, 2.0, 1.0] + 5.0, ("x02", "x00", "x03", "x01")
        )
    )
    two = independence_test(name, moved)
    assert two.p_value(1, 3, (0, 2)) == pytest.approx(one.p_value(0, 1, (2, 3)), rel=1e-6, abs=1e-9)


def test_missing_values_and_weights_are_used_or_refused(name: str) -> None:
    values = chain(name, 200, 4)
    table = table_of(values)
    gaps = values.copy()
    gaps[::7, 2] = np.nan
    with_gaps = replace(table, values=gaps, gaps=np.isnan(gaps))
    weights = np.random.default_rng(0).uniform(0.2, 1.8, 200)
    weighted = replace(table, weights=weights / weights.mean())
    if name not in GAPS:
        with pytest.raises(UsageError, match="missing values"):
            independence_test(name, with_gaps)
        with pytest.raises(UsageError, match="row weights"):
            independence_test(name, weighted)
        return
    # only the columns of a test count, and of them the complete rows
    complete = replace(table, values=gaps[~np.isnan(gaps[:, 2])])
    one, two = independence_test(name, with_gaps), independence_test(name, complete)
    assert one.p_value(0, 1, (2,)) == pytest.approx(two.p_value(0, 1, (2,)), rel=1e-6)
    assert one.p_value(0, 3) == pytest.approx(
        independence_test(name, table).p_value(0, 3), rel=1e-6
    )
    # equal weights are none; others tell less than so many rows
    equal = replace(table, weights=np.ones(200))
    plain = independence_test(name, table).p_value(0, 1, (2,))
    assert independence_test(name, equal).p_value(0, 1, (2,)) == pytest.approx(plain, rel=1e-6)
    assert independence_test(name, weighted).p_value(0, 1, (2,)) > 2 * plain


def test_unknown_tests_are_refused() -> None:
    with pytest.raises(UsageError, match="no independence test 'fisher'"):
        class_of("fisher")
    assert class_of("fisher-z") is FisherZ
    assert class_of("g2") is class_of("gsq")


def mixed(seed: int, n: int = 400) -> Dataset:
    """group -> level -> score, and noise: text, whole numbers, numbers."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n)
    level = group + rng.normal(size=n)
    score = level + rng.normal(size=n)
    return Dataset(
        pd.DataFrame(
            {
                "group": np.array(["a", "b", "c"])[group],
                "level": level,
                "score": score,
                "noise": rng.integers(0, 2, n),
            }
        )
    )


def test_auto_follows_the_kinds_of_the_columns() -> None:
    rng = np.random.default_rng(0)
    assert automatic(table_of(rng.normal(size=(50, 3)))) == "fisherz"
    assert automatic(table_of(rng.integers(0, 3, (50, 3)).astype(float))) == "gsq"
    table = prepare(mixed(0), categories=True)
    assert automatic(table) == "conditional-gaussian"
    assert independence_test("kernel", table).name == "kci"
    assert independence_test("kernel", table.take(np.arange(800) % 400)).name == "rcit"
    found = discovery.learn(mixed(0), "pc", test="auto")
    assert (
        found.graph.to_edges()
        == discovery.learn(mixed(0), "pc", test="conditional-gaussian").graph.to_edges()
    )
    assert {frozenset(e[::2]) for e in found.graph.to_edges()} == {
        frozenset(("group", "level")),
        frozenset(("level", "score")),
    }
    assert "independence test: conditional-gaussian" in found.notes


@pytest.mark.parametrize("algorithm", ["pc", "fci", "rfci"])
@pytest.mark.parametrize("test", ["auto", "kernel"])
def test_mixed_columns_with_every_algorithm(algorithm: str, test: str) -> None:
    found = discovery.learn(mixed(1, 200), algorithm, test=test)
    assert {frozenset((e.source, e.target)) for e in found.edges} == {
        frozenset(("group", "level")),
        frozenset(("level", "score")),
    }


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_test_wise_deletion_is_that_of_causal_learn(seed: int) -> None:
    from causallearn.utils.cit import CIT

    rng = np.random.default_rng(seed)
    values = rng.normal(size=(80, 5)) @ rng.normal(size=(5, 5))
    values[rng.random(values.shape) < 0.08] = np.nan
    if np.isnan(values).all(axis=0).any():
        return
    table = replace(table_of(rng.normal(size=(80, 5))), values=values)
    ours = FisherZ(table)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = CIT(values, "mv_fisherz")
        for given_ in ((), (2,), (2, 3), (2, 3, 4)):
            expected = float(theirs(0, 1, given_))
            assert ours.p_value(0, 1, given_) == pytest.approx(expected, abs=1e-8)


def test_missing_values_do_not_bias_the_skeleton() -> None:
    """x -> y -> z with y missing where x is large: complete rows of all columns are not needed for x and z."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=3000)
    y = x + rng.normal(size=3000)
    z = y + rng.normal(size=3000)
    y[(x > 0.5) & (rng.random(3000) < 0.7)] = np.nan
    data = dataset_of(np.column_stack([x, y, z]), ("x", "y", "z"))
    found = discovery.learn(data, "pc", missing="testwise")
    assert {frozenset(e[::2]) for e in found.graph.to_edges()} == {
        frozenset("xy"),
        frozenset("yz"),
    }


@pytest.mark.parametrize("name", ["fci", "rfci"])
def test_missing_values_with_hidden_causes(name: str) -> None:
    rng = np.random.default_rng(0)
    a, b, d = rng.normal(size=(3, 2000))
    c = a + b + d
    values = np.column_stack([a, b, c])
    values[rng.random(values.shape) < 0.1] = np.nan
    found = discovery.learn(dataset_of(values, ("a", "b", "c")), name, missing="testwise")
    assert sorted(found.graph.to_edges()) == [("a", "o->", "c"), ("b", "o->", "c")]


def weighted_by_hand(seed: int) -> tuple[Table, Table]:
    """A table with whole weights, and one with its rows repeated so often."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 3, (200, 3)).astype(float)
    values[:, 1] = (values[:, 0] + (rng.random(200) < 0.6)) % 3
    times = rng.integers(1, 4, 200)
    table = table_of(values)
    weights = times / times.mean()
    return replace(table, weights=weights), table_of(np.repeat(values, times, axis=0))


@pytest.mark.parametrize("name", ["gsq", "chisq"])
def test_weighted_counts_are_repeated_rows_at_the_effective_number(name: str) -> None:
    one, two = weighted_by_hand(0)
    a = independence_test(name, one).tests.statistics(0, np.array([1]), np.array([[2]]))  # type: ignore[attr-defined]
    b = independence_test(name, two).tests.statistics(0, np.array([1]), np.array([[2]]))  # type: ignore[attr-defined]
    assert one.weights is not None
    share = one.weights.sum() ** 2 / (one.weights**2).sum() / two.n
    assert a[0] == pytest.approx(b[0] * share)
    assert (a[1] == b[1]).all()


def test_conditional_gaussian_is_the_known_test_where_there_is_one() -> None:
    rng = np.random.default_rng(0)
    group = rng.integers(0, 3, 500)
    values = np.column_stack(
        [rng.normal(size=500) + 0.2 * group, group, rng.normal(size=500), rng.integers(0, 2, 500)]
    )
    test = ConditionalGaussian(table_of(values))
    both = independence_test("fisherz", table_of(values[:, [0, 2]]))
    assert test.p_value(0, 2) == pytest.approx(both.p_value(0, 1))
    counts = independence_test("gsq", table_of(values[:, [1, 3]]))
    assert test.p_value(1, 3) == pytest.approx(counts.p_value(0, 1))
    # one number, one group: means and variances differ between groups (6 parameters against 2)
    x = values[:, 0]
    parts = [x[group == k] for k in range(3)]
    ratio = 500 * np.log(x.var()) - sum(len(p) * np.log(p.var()) for p in parts)
    ratio *= 1 - (6 + 2) / (2 * 500)
    assert test.p_value(0, 1) == pytest.approx(stats.chi2.sf(ratio, 4), rel=1e-4)


def test_conditional_gaussian_lives_with_rare_levels() -> None:
    rng = np.random.default_rng(1)
    many = np.concatenate([np.arange(12), rng.integers(0, 3, 288)])
    values = np.column_stack([rng.normal(size=(300, 2)), rng.integers(0, 2, 300)])
    frame = pd.DataFrame(values, columns=["x", "y", "b"])
    frame["many"] = many.astype(str)
    table = prepare(Dataset(frame), categories=True)
    test = ConditionalGaussian(table)
    index = table.columns.index
    for i, j, given_ in (
        ("x", "many", ("y",)), ("b", "many", ("x",)), ("x", "y", ("many",)), ("x", "b", ("many", "y")),
    ):  # fmt: skip
        p_value = test.p_value(index(i), index(j), [index(k) for k in given_])
        assert 0.001 < p_value <= 1.0
    wide = replace(table, kinds=("discrete",) * 4)
    with pytest.raises(DataError, match="different values"):
        ConditionalGaussian(wide)


def test_kernel_tests_find_what_correlations_do_not() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    z = rng.normal(size=300)
    y = x**2 + z + 0.3 * rng.normal(size=300)
    table = table_of(np.column_stack([x, y, z]))
    assert independence_test("fisherz", table).p_value(0, 1) > 0.05
    for name in ("kci", "rcit"):
        assert independence_test(name, table).p_value(0, 1) < 1e-6
        assert independence_test(name, table).p_value(0, 1, (2,)) < 1e-6
    with pytest.raises(DataError, match="too many for the exact kernel test"):
        independence_test("kci", table_of(rng.normal(size=(2001, 2))))


def test_shrinkage_is_that_of_the_formula() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(20, 40)) @ rng.normal(size=(40, 40))
    table = table_of(values)
    found, intensity = table.shrunk_correlation, table.shrinkage
    n = len(values)
    unit = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    products = unit[:, :, None] * unit[:, None, :]
    mean = products.mean(axis=0)
    variance = n / (n - 1) ** 3 * ((products - mean) ** 2).sum(axis=0)
    correlation = np.corrcoef(values, rowvar=False)
    off = ~np.eye(40, dtype=bool)
    assert intensity == pytest.approx(variance[off].sum() / (correlation[off] ** 2).sum(), rel=0.01)
    assert found[off] == pytest.approx(correlation[off] * (1 - intensity))
    assert np.linalg.eigvalsh(found).min() > 0
    # more rows, less shrinking; equal weights are none
    assert shrinkage(rng.normal(size=(40, 3)) @ np.ones((3, 4))) < intensity
    assert shrinkage(values, np.full(20, 2.0)) == pytest.approx(intensity)


def test_rcit_is_drawn_from_its_seed() -> None:
    table = table_of(chain("rcit", 200, 1))
    p_values = [independence_test("rcit", table, seed=s).p_value(0, 3, (2,)) for s in (0, 0, 1)]
    assert p_values[0] == p_values[1]
    assert p_values[0] != p_values[2]
    assert all(a != b for a, b in pairwise(p_values[1:]))
