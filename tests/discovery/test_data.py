from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import discovery
from discovery.data import nonparanormal, prepare
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
    ],
)
def test_unusable_columns_are_set_aside_and_reported(kind: str, column: object) -> None:
    table = prepare(frame(c=column))
    assert table.columns == ("a", "b")
    (issue,) = table.report.issues
    assert (issue.kind, issue.columns) == (kind, ("c",))
    assert "'c'" in str(table.report)


def test_columns_without_any_value_are_refused_until_left_out() -> None:
    for column in (np.full(50, np.nan), [None] * 50):
        data = frame(c=column)
        with pytest.raises(DataError, match="'c' without any value in 50 rows"):
            prepare(data, missing="drop")
        table = prepare(data, leave_out=["c"])
        assert table.columns == ("a", "b")
        assert [(i.kind, i.columns) for i in table.report.issues] == [("left out", ("c",))]
    with pytest.raises(UsageError, match="no such column"):
        prepare(frame(), leave_out=["z"])
    with pytest.raises(UsageError, match="needed to describe rows"):
        prepare(frame(w=[1.0] * 50), weights="w", leave_out=["w"])


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


def test_column_names_have_to_differ() -> None:
    twice = pd.DataFrame(RNG.normal(size=(20, 3)), columns=["a", "b", "a"])
    with pytest.raises(DataError, match="named 'a'"):
        Dataset(twice)


# columns and their kinds --------------------------------------------------------------------


def test_kinds_come_from_types_and_values() -> None:
    table = prepare(
        frame(
            flag=RNG.integers(0, 2, 50).astype(bool),
            few=RNG.integers(0, 4, 50),
            many=np.arange(50)[::-1] ** 2,
            half=RNG.integers(0, 3, 50) / 2,
            word=RNG.choice(["u", "v", "w"], 50),
        ),
        categories=True,
    )
    assert dict(zip(table.columns, table.kinds, strict=True)) == {
        "a": "continuous", "b": "continuous", "flag": "discrete", "few": "discrete",
        "many": "continuous", "half": "continuous", "word": "discrete",
    }  # fmt: skip
    assert table.nominal == {"word"}


def test_text_becomes_indicators_when_asked() -> None:
    word = RNG.choice(["u", "v", "w"], 50)
    table = prepare(frame(word=word), encode="indicators")
    assert table.columns == ("a", "b", "word=v", "word=w")
    assert np.array_equal(table.values[:, 2] == 1, word == "v")
    (issue,) = table.report.issues
    assert "'u' is the base" in issue.action
    with pytest.raises(UsageError, match="encode"):
        prepare(frame(), encode="hash")  # type: ignore[arg-type]


def test_ordered_levels_are_numbers_in_their_order() -> None:
    word = RNG.choice(["low", "mid", "high"], 50)
    order = ["low", "mid", "high"]
    given_ = prepare(frame(word=word), levels={"word": order})
    typed = prepare(frame(word=pd.Categorical(word, order, ordered=True)))
    for table in (given_, typed):
        assert np.array_equal(table.values[:, 2], [order.index(w) for w in word])
        assert table.kinds[2] == "discrete"
        assert not table.nominal
        assert "low < mid < high" in str(table.report)
    with pytest.raises(DataError, match=r"'high', which is none of its levels \(rows \d"):
        prepare(frame(word=["high"] * 50), levels={"word": ["low", "mid"]})
    with pytest.raises(UsageError, match="'size'"):
        prepare(frame(), levels={"size": ["s"]})


def test_names_and_numbers_of_rows_are_set_aside() -> None:
    names = [f"patient {i}" for i in range(50)]
    table = prepare(frame(name=names, index=np.arange(50), week=np.arange(1, 51)), categories=True)
    assert table.columns == ("a", "b", "week")
    found = {i.columns[0]: i.action for i in table.report.issues if i.kind == "identifier"}
    assert found["name"] == found["index"] == "set aside"
    assert found["week"].startswith("kept")


def test_renamed_copies_of_levels_are_set_aside_and_functions_reported() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 3, 400), rng.integers(0, 2, 400)
    table = prepare(
        Dataset(
            pd.DataFrame(
                {
                    "a": a, "b": b, "same": np.array(["x", "y", "z"])[a], "coarse": a // 2,
                    "either": ((a == 1) | (b == 1)).astype(int), "free": rng.integers(0, 2, 400),
                }
            )
        ),
        categories=True,
    )  # fmt: skip
    assert table.columns == ("a", "b", "coarse", "either", "free")
    found = {(i.kind, i.columns) for i in table.report.issues if i.kind in ("copy", "determined")}
    assert ("copy", ("a", "same")) in found
    assert ("determined", ("coarse", "a")) in found
    assert ("determined", ("either", "a", "b")) in found
    assert not any("free" in columns[:1] for _, columns in found)


def test_a_monotone_function_of_a_column_is_set_aside() -> None:
    data = frame()
    made = data.frame.assign(
        c=np.exp(data.frame["a"]), d=-(data.frame["b"] ** 3), e=RNG.normal(size=50)
    )
    table = prepare(Dataset(made))
    assert table.columns == ("a", "b", "e")
    assert [i.columns for i in table.report.issues] == [("a", "c"), ("b", "d")]


# outliers, tails, ranks ---------------------------------------------------------------------


def test_outliers_heavy_tails_and_repeated_rows_are_reported_and_kept() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=(300, 3))
    values[7, 1] = 60.0
    values[:, 2] = rng.standard_cauchy(300)
    values[100:105] = values[0:5]
    table = prepare(Dataset(pd.DataFrame(values, columns=list("abc"))))
    found = {i.kind: i for i in table.report.issues}
    assert set(found) == {"outliers", "heavy tails", "repeated rows"}
    assert set(found["outliers"].columns) == {"b", "c"}
    assert "a" not in found["heavy tails"].columns
    assert found["repeated rows"].rows == 5
    assert np.array_equal(table.values, values)


def test_normal_data_have_no_outliers() -> None:
    for seed in range(5):
        values = np.random.default_rng(seed).normal(size=(1000, 20))
        assert prepare(Dataset(pd.DataFrame(values))).report.issues == ()


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=30, deadline=None)
def test_nonparanormal_scores_depend_on_ranks_alone(seed: int, gaps: bool) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(10, 200))
    values = rng.normal(size=(n, 2))
    values[:, 1] = rng.integers(0, 5, n)
    if gaps:
        values[rng.random(n) < 0.2, 0] = np.nan
    scores = nonparanormal(values)
    assert np.allclose(scores, nonparanormal(np.exp(values) - 3), equal_nan=True)
    assert np.allclose(-scores, nonparanormal(-values), equal_nan=True)
    assert np.array_equal(np.isnan(scores), np.isnan(values))
    assert np.allclose(np.nanmean(scores, axis=0), 0)
    assert np.allclose(np.nanvar(scores, axis=0), 1)
    assert np.nanmax(np.abs(scores)) < 4


def test_nonparanormal_brings_back_the_correlation_behind_skewed_columns() -> None:
    rng = np.random.default_rng(0)
    hidden = rng.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], 4000)
    seen = np.column_stack([np.exp(2 * hidden[:, 0]), hidden[:, 1] ** 3])
    data = Dataset(pd.DataFrame(seen, columns=["a", "b"]).assign(level=rng.integers(0, 2, 4000)))
    plain, ranked = prepare(data), prepare(data, transform="nonparanormal")
    assert plain.correlation[0, 1] < 0.5
    assert ranked.correlation[0, 1] == pytest.approx(0.7, abs=0.03)
    assert np.array_equal(ranked.values[:, 2], plain.values[:, 2])
    issue = next(i for i in ranked.report.issues if i.kind == "transform")
    assert issue.columns == ("a", "b")
    assert "'level'" in issue.action
    with pytest.raises(UsageError, match="transform"):
        prepare(data, transform="log")  # type: ignore[arg-type]


def test_columns_that_hardly_vary_and_rare_levels_are_reported() -> None:
    zeros = np.where(np.arange(200) < 8, RNG.normal(size=200), 0.0)
    few = np.where(np.arange(200) < 3, 2, RNG.integers(0, 2, 200))
    rare = (np.arange(200) < 6).astype(int)
    data = pd.DataFrame({"a": RNG.normal(size=200), "zeros": zeros, "few": few, "rare": rare})
    table = prepare(Dataset(data))
    assert table.p == 4
    found = {i.kind: i.columns for i in table.report.issues}
    assert found["nearly constant"] == ("zeros", "rare")
    assert found["rare levels"] == ("few",)


@pytest.mark.parametrize(("kind", "told"), [("mcar", 0), ("mar", 10), ("mnar", 10)])
def test_the_report_says_whether_gaps_depend_on_what_is_seen(kind: str, told: int) -> None:
    from discovery.simulation import simulate

    found = 0
    for seed in range(10):
        made = simulate(10, 2, 500, seed=seed, missing=0.1, missing_kind=kind)  # type: ignore[arg-type]
        report = prepare(made.dataset, missing="testwise").report
        found += any("not missing by chance" in i.text for i in report.issues)
    assert found == told


def test_the_report_comes_before_the_search() -> None:
    seen: list[object] = []
    learned = discovery.learn(frame(c=np.ones(50)), "pc", on_report=seen.append)
    assert seen == [learned.report]


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_nothing_is_changed_without_being_named(seed: int) -> None:
    """Whatever the table: every column and row is used as it came, or the report names it."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(12, 60))
    makers = [
        lambda: rng.normal(size=n), lambda: rng.integers(0, 3, n), lambda: np.full(n, 2.0),
        lambda: rng.choice(["u", "v"], n), lambda: np.arange(n), lambda: rng.standard_cauchy(n),
        lambda: np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n)), lambda: rng.random(n) < 0.5,
    ]  # fmt: skip
    data = {f"c{k}": makers[int(rng.integers(len(makers)))]() for k in range(6)}
    data |= {"x": rng.normal(size=n), "y": rng.normal(size=n)}
    data["z"] = data["x"] * 2.0 if rng.random() < 0.5 else rng.normal(size=n)
    made = pd.DataFrame(data)
    table = prepare(Dataset(made), missing="drop", categories=bool(rng.random() < 0.5))
    named = {c for i in table.report.issues for c in i.columns}
    assert set(made.columns) - set(table.columns) <= named
    rows = np.ones(n, dtype=bool)
    if table.n < n:
        gone = [
            i.rows for i in table.report.issues if i.kind == "missing" and "left out" in i.action
        ]
        assert gone == [n - table.n]
        rows = made.notna().all(axis=1).to_numpy()
    for j, column in enumerate(table.columns):
        if made[column].dtype != object:
            assert np.array_equal(table.values[:, j], made[column].to_numpy(dtype=float)[rows])
        else:
            assert column in table.nominal


@pytest.mark.parametrize(("n", "p"), [(12, 30), (30, 12), (20, 19), (20, 20), (40, 30)])
def test_copies_are_found_whatever_the_shape(n: int, p: int) -> None:
    rng = np.random.default_rng(n * p)
    values = rng.normal(size=(n, p))
    assert prepare(Dataset(pd.DataFrame(values))).p == p
    values[:, 7] = values[:, 1] - 2 * values[:, 3]
    values[:, 9] = -values[:, 4]
    table = prepare(Dataset(pd.DataFrame(values)))
    assert table.columns == tuple(str(j) for j in range(p) if j not in (7, 9))
    assert {i.columns for i in table.report.issues if i.kind in ("copy", "determined")} == {
        ("7", "1", "3"), ("4", "9"),
    }  # fmt: skip


def test_copies_beyond_the_number_of_rows_are_found() -> None:
    values = np.random.default_rng(0).normal(size=(10, 40))
    values[:, 35] = 3 - 2 * values[:, 30]
    table = prepare(Dataset(pd.DataFrame(values)))
    assert table.p == 39
    assert table.report.issues[0].columns == ("30", "35")


def test_a_test_of_columns_counts_the_rows_that_it_has() -> None:
    from discovery.association import partial_test, table_test

    rng = np.random.default_rng(8)
    values = rng.normal(size=(80, 4)) @ rng.normal(size=(4, 4))
    plain = prepare(Dataset(pd.DataFrame(values, columns=list("abcd"))))
    expected = partial_test(plain.correlation, 80, 0, 2, (1, 3))
    assert table_test(plain, 0, 2, (1, 3)) == pytest.approx(expected)
    holes = values.copy()
    holes[:20, 1] = np.nan
    gappy = prepare(Dataset(pd.DataFrame(holes, columns=list("abcd"))), missing="testwise")
    part = partial_test(np.corrcoef(values[20:], rowvar=False), 60, 0, 2, (1, 3))
    assert table_test(gappy, 0, 2, (1, 3)) == pytest.approx(part)
    full = partial_test(np.corrcoef(values, rowvar=False), 80, 0, 2, (3,))
    assert table_test(gappy, 0, 2, (3,)) == pytest.approx(full)


def test_numbers_with_words_among_them_are_named() -> None:
    age = [str(v) for v in RNG.integers(20, 90, 50)]
    age[2] = age[40] = "?"
    table = prepare(frame(age=age))
    mixed, aside = table.report.issues
    assert "'age' holds numbers, but '?' in rows 3, 41" in mixed.text
    assert aside.action == "set aside"
    # a text that happens to be numbers is a text, and one of words has no need of numbers
    plain = prepare(frame(a2=["1", "2"] * 25, b2=["x"] * 20 + ["y"] * 30), categories=True)
    assert [i.kind for i in plain.report.issues] == ["codes"]
