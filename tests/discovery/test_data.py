from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from discovery.data import prepare
from graph.dataset import Dataset
from graph.errors import DataError, UsageError

RNG = np.random.default_rng(0)


def frame(**columns: object) -> Dataset:
    base = {"a": RNG.normal(size=50), "b": RNG.normal(size=50)}
    return Dataset(pd.DataFrame({**base, **columns}), name="made up")


def test_clean_data_pass_without_issue() -> None:
    table = prepare(frame(c=RNG.integers(0, 2, 50).astype(bool)))
    assert table.columns == ("a", "b", "c")
    assert table.report.issues == ()
    assert table.values.dtype == np.float64


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("text", ["x", "y"] * 25),
        ("text", pd.Categorical(["x", "y"] * 25)),
        ("text", pd.to_datetime(["2020-01-01", "2021-01-01"] * 25)),
        ("constant", np.full(50, 3.0)),
        ("constant", np.full(50, 1e9) + np.arange(50) * 1e-6),
        ("empty", np.full(50, np.nan)),
    ],
)
def test_unusable_columns_are_set_aside_and_reported(kind: str, column: object) -> None:
    table = prepare(frame(c=column))
    assert table.columns == ("a", "b")
    (issue,) = table.report.issues
    assert (issue.kind, issue.columns) == (kind, ("c",))
    assert "'c'" in str(table.report)


def test_copies_and_sums_are_set_aside_and_name_their_partners() -> None:
    data = frame()
    values = data.frame.assign(
        c=lambda f: -2.5 * f["a"] + 7, d=lambda f: f["a"] + 3 * f["b"], e=RNG.normal(size=50)
    )
    table = prepare(Dataset(values))
    assert table.columns == ("a", "b", "e")
    assert {i.kind: i.columns for i in table.report.issues} == {
        "copy": ("a", "c"),
        "determined": ("d", "a", "b"),
    }


def test_missing_values_are_refused_or_counted() -> None:
    gaps = RNG.normal(size=50)
    gaps[[3, 7]] = np.nan
    with pytest.raises(DataError, match=r"'c' \(2\); 48 of 50 rows.*rows: 4, 8"):
        prepare(frame(c=gaps))
    table = prepare(frame(c=gaps), missing="drop")
    assert table.n == 48
    assert table.report.rows == 50
    assert table.report.issues[0].rows == 2
    with pytest.raises(UsageError):
        prepare(frame(), missing="guess")  # type: ignore[arg-type]


def test_nullable_integers_with_gaps() -> None:
    column = pd.array([1, 2, None, *range(47)], dtype="Int64")
    assert prepare(frame(c=column), missing="drop").n == 49


def test_infinite_values_are_refused_with_their_rows() -> None:
    column = RNG.normal(size=50)
    column[[0, 9]] = np.inf, -np.inf
    with pytest.raises(DataError, match="'c' in rows 1, 10"):
        prepare(frame(c=column))


def test_too_little_is_refused() -> None:
    with pytest.raises(DataError, match="only one usable column"):
        prepare(Dataset(pd.DataFrame({"a": RNG.normal(size=9), "b": ["x"] * 9})))
    with pytest.raises(DataError, match="no usable column"):
        prepare(Dataset(pd.DataFrame({"a": ["y"] * 9, "b": ["x"] * 9})))
    with pytest.raises(DataError, match="only 3 usable rows"):
        prepare(Dataset(pd.DataFrame({"a": [1.0, 2, 4], "b": [0.0, 2, 1]})))


def test_more_columns_than_rows_is_said_but_allowed() -> None:
    table = prepare(Dataset(pd.DataFrame(RNG.normal(size=(8, 12)))))
    assert table.p == 12
    assert [i.kind for i in table.report.issues] == ["more columns than rows"]


def test_many_columns_with_a_late_copy() -> None:
    values = RNG.normal(size=(100, 30))
    values[:, 29] = values[:, 4]
    table = prepare(Dataset(pd.DataFrame(values)))
    assert table.p == 29
    assert table.report.issues[0].columns == ("4", "29")
