from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import discovery
from discovery.data import Table, prepare
from discovery.data.table import intraclass
from graph.dataset import Dataset
from graph.errors import DataError, UsageError

RNG = np.random.default_rng(0)


def frame(**columns: object) -> Dataset:
    base = {"a": RNG.normal(size=50), "b": RNG.normal(size=50)}
    return Dataset(pd.DataFrame({**base, **columns}), name="made up")


# weights, groups, targets -------------------------------------------------------------------


def test_weights_count_as_repeated_rows_do() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(40, 3))
    values[:, 1] += values[:, 0]
    times = rng.integers(0, 4, 40)
    weighted = pd.DataFrame(values, columns=list("abc")).assign(w=times)
    table = prepare(Dataset(weighted), weights="w")
    repeated = np.corrcoef(np.repeat(values, times, axis=0), rowvar=False)
    assert np.allclose(table.correlation, repeated)
    assert table.columns == ("a", "b", "c")
    assert table.n == (times > 0).sum()
    assert table.weights is not None
    assert table.weights.mean() == pytest.approx(1)
    kept = times[times > 0]
    assert table.effective_n == int(kept.sum() ** 2 / (kept**2).sum())
    found = next(i for i in table.report.issues if i.kind == "weights")
    assert found.rows == (times == 0).sum()


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ([1.0, -1.0] * 25, "negative in rows 2, 4"),
        ([1.0, np.nan] * 25, "missing"),
        ([0.0] * 50, "every weight"),
        (["x"] * 50, "not numeric"),
    ],
)
def test_wrong_weights_are_refused(column: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        prepare(frame(w=column), weights="w")


def test_roles_have_to_be_columns_of_their_own() -> None:
    with pytest.raises(UsageError, match="weights='u'"):
        prepare(frame(), weights="u")
    with pytest.raises(UsageError, match="both weights and clusters"):
        prepare(frame(w=[1.0] * 50), weights="w", clusters="w")


def test_groups_are_resampled_whole() -> None:
    rng = np.random.default_rng(4)
    group = np.sort(rng.integers(0, 12, 60))
    values = rng.normal(size=(60, 2))
    table = prepare(
        Dataset(pd.DataFrame(values, columns=["a", "b"]).assign(g=[f"g{k:02d}" for k in group])),
        clusters="g",
    )
    assert table.clusters is not None
    assert np.array_equal(table.clusters, np.unique(group, return_inverse=True)[1])
    whole = {tuple(map(tuple, values[group == k])) for k in np.unique(group)}
    for seed in range(10):
        sample = table.resample(np.random.default_rng(seed))
        assert sample.clusters is not None
        labels = np.unique(sample.clusters)
        assert len(labels) == len(whole)
        for label in labels:
            assert tuple(map(tuple, sample.values[sample.clusters == label])) in whole
    with pytest.raises(DataError, match="only one group"):
        prepare(frame(g=["x"] * 50), clusters="g")
    with pytest.raises(DataError, match="no group in row 1"):
        prepare(frame(g=[None, *"ab" * 24, "a"]), clusters="g")


def test_rows_alike_within_groups_count_less() -> None:
    rng = np.random.default_rng(5)
    group = np.repeat(np.arange(40), 10)
    shared = rng.normal(size=(40, 3))[group]
    values = np.column_stack([shared[:, 0], shared[:, 1], shared[:, 2] + 2 * rng.normal(size=400)])
    assert np.allclose(intraclass(values, group), [1, 1, 0.2], atol=0.12)
    data = pd.DataFrame(values, columns=list("abc")).assign(g=group)
    table = prepare(Dataset(data), clusters="g")
    assert table.effective_n == 40  # two columns that are constant within groups: one row each
    apart = prepare(Dataset(data.assign(g=np.arange(400))), clusters="g")
    assert apart.effective_n == 400
    assert "worth 40 independent" in str(table.report)


def test_false_alarms_among_alike_rows_are_as_rare_as_asked() -> None:
    """Independent columns, constant within groups of 8: tests that count rows would be wrong mostly."""
    from discovery.association import partial_test
    from discovery.independence.fisher_z import FisherZ

    wrong = naive = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        group = np.repeat(np.arange(50), 8)
        values = rng.normal(size=(50, 2))[group] + 0.1 * rng.normal(size=(400, 2))
        data = pd.DataFrame(values, columns=["a", "b"]).assign(g=group)
        table = prepare(Dataset(data), clusters="g")
        wrong += FisherZ(table).p_value(0, 1) < 0.05
        naive += partial_test(table.correlation, table.n, 0, 1).p_value < 0.05
    assert wrong <= 20
    assert naive > 60


def test_targets_name_what_was_intervened_upon() -> None:
    cells = ["", "a", "a;b", "none", None] * 10
    table = prepare(frame(t=cells), targets="t")
    assert table.columns == ("a", "b")
    expected = np.array([[0, 0], [1, 0], [1, 1], [0, 0], [0, 0]] * 10, dtype=bool)
    assert table.targets is not None
    assert np.array_equal(table.targets, expected)
    found = next(i for i in table.report.issues if i.kind == "targets")
    assert "20 of 50 rows" in found.text
    marks = expected[:, 1].astype(int)
    by_column = prepare(frame(on_b=marks), targets={"b": "on_b"})
    by_marks = prepare(frame(), targets={"b": marks})
    for other in (by_column, by_marks):
        assert other.columns == ("a", "b")
        assert other.targets is not None
        assert np.array_equal(other.targets[:, 1], expected[:, 1])
        assert not other.targets[:, 0].any()
    resampled = table.resample(np.random.default_rng(0))
    assert resampled.targets is not None
    position = {tuple(row): i for i, row in enumerate(table.values)}
    for row, marked in zip(resampled.values, resampled.targets, strict=True):
        assert np.array_equal(marked, table.targets[position[tuple(row)]])


def test_targets_that_fit_nothing_are_refused_with_their_rows() -> None:
    with pytest.raises(DataError, match="'q' in rows 2, 4"):
        prepare(frame(t=["a", "q"] * 25), targets="t")
    with pytest.raises(DataError, match=r"names? 'q'"):
        prepare(frame(), targets={"q": [0] * 50})
    with pytest.raises(DataError, match="not 0 or 1 in rows 1, 2"):
        prepare(frame(on=[2] * 50), targets={"a": "on"})
    with pytest.raises(DataError, match="marks for 50 rows"):
        prepare(frame(), targets={"a": [0, 1]})


def test_targets_of_a_column_set_aside_are_reported() -> None:
    table = prepare(frame(c=np.ones(50), t=["c", ""] * 25), targets="t")
    assert table.targets is not None
    assert not table.targets.any()
    assert any(
        "set aside" in i.text and i.columns == ("c",)
        for i in table.report.issues
        if i.kind == "targets"
    )


def test_what_an_algorithm_would_ignore_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot use intervention targets"):
        discovery.learn(frame(t=["a", ""] * 25), "causal-learn/ges", targets="t")
    with pytest.raises(UsageError, match="cannot use row weights"):
        discovery.learn(frame(w=[1.0, 2.0] * 25), "causal-learn/ges", weights="w")


# more columns than rows ---------------------------------------------------------------------


def test_shrinkage_is_strong_without_structure_and_weak_with_it() -> None:
    rng = np.random.default_rng(6)
    noise = prepare(Dataset(pd.DataFrame(rng.normal(size=(20, 60)))))
    assert noise.shrinkage > 0.7
    assert np.linalg.eigvalsh(noise.shrunk_correlation).min() > 0.01
    assert np.linalg.eigvalsh(noise.correlation).min() < 1e-10
    common = rng.normal(size=(20, 1)) + 0.3 * rng.normal(size=(20, 60))
    assert prepare(Dataset(pd.DataFrame(common))).shrinkage < 0.1
    long = prepare(
        Dataset(pd.DataFrame(rng.normal(size=(5000, 3)) @ [[1, 1, 0], [0, 1, 1], [0, 0, 1]]))
    )
    assert long.shrinkage < 0.01
    assert np.array_equal(np.diag(long.shrunk_correlation), np.ones(3))


def test_shrunk_correlations_are_nearer_to_the_truth() -> None:
    rng = np.random.default_rng(7)
    true = 0.5 ** np.abs(np.subtract.outer(np.arange(30), np.arange(30)))
    gains = []
    for _ in range(20):
        values = rng.multivariate_normal(np.zeros(30), true, 15)
        table = prepare(Dataset(pd.DataFrame(values)))
        gains.append(
            np.linalg.norm(table.correlation - true)
            - np.linalg.norm(table.shrunk_correlation - true)
        )
    assert min(gains) > 0


def test_a_table_made_by_hand_finds_its_kinds() -> None:
    values = np.column_stack([RNG.normal(size=60), RNG.integers(0, 3, 60)])
    table = Table(values, ("a", "b"), prepare(frame()).report)
    assert table.kinds == ("continuous", "discrete")
    assert table.resample(np.random.default_rng(0)).kinds == table.kinds
