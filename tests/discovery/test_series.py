"""Series: times and gaps, planted lagged links, links within a step, panels, refusals."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from discovery import Knowledge, series
from discovery.algorithms.base import Algorithm
from discovery.association import PartialTest
from discovery.series.frame import read_series, windows
from discovery.series.learning import resolve as resolve_series
from discovery.series.pcmci import Node
from discovery.series.result import benjamini_hochberg
from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from tests.discovery.helpers import table_of

Floats = NDArray[np.float64]


def simulated(
    seed: int, steps: int = 1500, within: bool = False, normal: bool = True
) -> tuple[pd.DataFrame, set[tuple[str, str, int]]]:
    """Four columns with lags up to 2 and, if asked, effects within a step; values and the links."""
    rng = np.random.default_rng(seed)
    p, names = 4, ["a", "b", "c", "d"]
    lagged = np.zeros((3, p, p))
    order = rng.permutation(p)
    links = set()
    for j in range(p):
        lagged[1, j, j] = rng.uniform(0.2, 0.6)
        links.add((names[j], names[j], 1))
    for _ in range(3):
        i, j = rng.choice(p, 2, replace=False)
        lag = int(rng.integers(1, 3))
        if lagged[:, i, j].any() or lagged[:, j, i].any():
            continue
        lagged[lag, i, j] = 0.35 * rng.choice([-1, 1])
        links.add((names[i], names[j], lag))
    if within:
        for k in range(2):
            i, j = order[k], order[k + 1]
            lagged[0, i, j] = 0.7
            links.add((names[i], names[j], 0))
    # make it stationary: shrink the past until no root is near the unit circle
    now = np.linalg.inv(np.eye(p) - lagged[0])
    while True:
        companion = np.zeros((2 * p, 2 * p))
        companion[:p] = np.hstack([(lagged[1] @ now).T, (lagged[2] @ now).T])
        companion[p:, :p] = np.eye(p)
        if np.abs(np.linalg.eigvals(companion)).max() < 0.9:
            break
        lagged[1:] *= 0.9
    noise = rng.normal(size=(steps + 100, p))
    if not normal:
        noise = np.sign(noise) * np.abs(rng.uniform(-1.7, 1.7, noise.shape))
    x = np.zeros_like(noise)
    for t in range(2, len(x)):
        x[t] = noise[t] + x[t - 1] @ lagged[1] + x[t - 2] @ lagged[2]
        for j in order:
            x[t, j] += x[t] @ lagged[0][:, j]
    frame = pd.DataFrame(x[100:], columns=names)
    frame.insert(0, "time", np.arange(steps))
    return frame, links


def links_of(found: series.SeriesDiscovery) -> set[tuple[str, str, int]]:
    return {(e.source, e.target, e.lag) for e in found.edges}


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_pcmci_finds_the_lagged_links(seed: int) -> None:
    frame, links = simulated(seed)
    found = series.learn(Dataset(frame), "pcmci", time="time", max_lag=2, level=0.01)
    assert links <= links_of(found)
    assert len(links_of(found) - links) <= 1  # a false discovery is allowed, not two
    assert {(a, b) for a, b, _ in links if a != b} <= set(found.graph.directed)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_var_lingam_directs_effects_within_a_step(seed: int) -> None:
    frame, links = simulated(seed, steps=3000, within=True, normal=False)
    found = series.learn(Dataset(frame), "var-lingam", time="time", max_lag=2, level=0.01)
    assert {k for k in links if k[2] == 0} <= links_of(found)
    assert len(links - links_of(found)) <= 1
    assert len(links_of(found) - links) <= 2


class Oracle:
    """d-separation in a graph over columns and steps, unrolled far enough into the past."""

    n = 1000

    def __init__(self, links: list[tuple[int, int, int]], p: int, steps: int) -> None:
        self.p = p
        self.graph = CausalGraph(
            [f"{k}@{t}" for k in range(p) for t in range(steps)],
            directed=[
                (f"{i}@{t + lag}", f"{j}@{t}") for i, j, lag in links for t in range(steps - lag)
            ],
        )

    def __call__(self, x: Node, y: Node, given: set[Node]) -> PartialTest:
        names = [f"{k}@{t}" for k, t in (x, y, *sorted(given - {x, y}))]
        apart = self.graph.m_separated(names[0], names[1], names[2:])
        return PartialTest(float(not apart), 0.0, float(apart))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 4))
def test_with_a_perfect_test_every_link_is_true(seed: int, p: int) -> None:
    rng = np.random.default_rng(seed)
    order = rng.permutation(p)
    links = [(k, k, 1) for k in range(p)]
    for a in range(p):
        for b in range(p):
            if a < b and rng.random() < 0.4:
                links.append((int(order[a]), int(order[b]), 0))
            if a != b and rng.random() < 0.3:
                links.append((a, b, int(rng.integers(1, 3))))
    oracle, allowed = Oracle(links, p, 9), ~np.eye(p, dtype=bool)
    found = [k for k in resolve_series("pcmci+").links_by(oracle, 2, allowed).links if k.there]
    assert {(k.source, k.target, k.lag) for k in found if k.lag} == {k for k in links if k[2]}
    now = {frozenset(k[:2]) for k in links if k[2] == 0}
    assert {frozenset(k[:2]) for k in found if k.lag == 0} == now
    for k in found:
        if k.lag == 0 and k.kind == "-->":
            assert (k.source, k.target, 0) in links
    if not now:  # without links within a step plain PCMCI is right too
        plain = [k for k in resolve_series("pcmci").links_by(oracle, 2, allowed).links if k.there]
        assert {k[:3] for k in plain} == set(links)


def test_pcmci_plus_directs_by_the_past() -> None:
    # autocorrelation of a, a -> b within the step: a before -> a - b, no link a before - b
    rng = np.random.default_rng(0)
    a, b = np.zeros(3000), np.zeros(3000)
    for t in range(1, 3000):
        a[t] = 0.6 * a[t - 1] + rng.normal()
        b[t] = 0.8 * a[t] + rng.normal()
    data = Dataset(pd.DataFrame({"a": a, "b": b}))
    plus = series.learn(data, "pcmci+", max_lag=2, level=0.001)
    assert ("a", "b") in plus.graph.directed
    assert plus.graph.undirected == ()
    plain = series.learn(data, "pcmci", max_lag=2, level=0.001)
    assert plain.graph.undirected == (("a", "b"),)
    assert any("no time column" in n for n in plain.notes)


def test_autocorrelation_alone_gives_no_links_between_columns() -> None:
    false = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = np.zeros((300, 3))
        for t in range(1, 300):
            x[t] = 0.9 * x[t - 1] + rng.normal(size=3)
        found = series.learn(Dataset(pd.DataFrame(x, columns=list("abc"))), "pcmci", max_lag=3)
        false += sum(e.source != e.target for e in found.edges)
        assert {("a", "a", 1), ("b", "b", 1), ("c", "c", 1)} <= links_of(found)
    assert false <= 4  # plain lagged correlations would give dozens


@pytest.mark.parametrize("name", sorted(series.ALGORITHMS))
def test_contract(name: str) -> None:
    frame, _ = simulated(3, steps=400)
    data, before = Dataset(frame), frame.copy()
    found = series.learn(data, name, time="time", max_lag=2)
    one, two = found.to_json(), series.learn(data, name, time="time", max_lag=2).to_json()
    one.pop("timings"), two.pop("timings")
    assert json.dumps(one) == json.dumps(two)
    assert data.frame.equals(before)
    assert list(found.frame.columns) == [
        "source", "target", "lag", "kind", "strength", "p_value", "q_value",
    ]  # fmt: skip
    assert len(found.tests) >= len(found.frame) > 0
    assert found.tests["q_value"].between(0, 1).all()
    assert name in found.to_text()
    moved = frame.assign(a=frame["a"] * 1e4 - 7, b=frame["b"] * 1e-3 + 100)
    again = series.learn(Dataset(moved), name, time="time", max_lag=2)
    assert links_of(again) == links_of(found)
    shuffled = frame.sample(frac=1, random_state=0).reset_index(drop=True)
    sorted_ = series.learn(Dataset(shuffled), name, time="time", max_lag=2)
    assert links_of(sorted_) == links_of(found)
    assert any(i.kind == "order" for i in sorted_.report.issues)
    cls = type(resolve_series(name))
    assert issubclass(cls, Algorithm)
    assert cls.name == name
    assert all(f.description for f in cls.settings_type.model_fields.values())
    with pytest.raises(UsageError, match="no setting 'lvel'"):
        series.learn(data, name, lvel=0.1)
    with pytest.raises(UsageError, match="learns from series"):
        resolve_series(name).run(table_of(frame.to_numpy()), Knowledge())


@pytest.mark.parametrize("name", sorted(series.ALGORITHMS))
def test_knowledge_holds_or_is_refused(name: str) -> None:
    frame, _ = simulated(11, steps=600, within=True)
    data = Dataset(frame)
    known = Knowledge(
        forbidden=[("a", "b"), ("b", "a")], tiers=[["a", "c"], ["b", "d"]], expected=[("a", "b")]
    )
    found = series.learn(data, name, known, time="time", max_lag=2)
    for e in found.tested:
        assert {e.source, e.target} != {"a", "b"}
        assert not (e.source in "bd" and e.target in "ac")
    assert [c.kind.value for c in found.conflicts] == ["claimed edge not in the data"]
    for bad, word in (
        (Knowledge(required=[("a", "b")]), "required edges"),
        (Knowledge(graded=[("a", "b", 1.0)]), "graded priors"),
    ):
        with pytest.raises(UsageError, match=word):
            series.learn(data, name, bad, time="time")


@pytest.mark.parametrize("name", ["pcmci", "pcmci+"])
def test_an_interrupt_returns_what_there_is(name: str) -> None:
    frame, _ = simulated(0, steps=300)

    def stop(done: int, total: int | None, text: str) -> None:
        if text.startswith("links") and done:
            raise KeyboardInterrupt

    found = series.learn(Dataset(frame), name, time="time", max_lag=1, progress=stop)
    assert not found.complete
    assert "INCOMPLETE" in found.to_text()


def test_a_panel_keeps_units_apart() -> None:
    parts = []
    for k in range(8):
        frame, links = simulated(5, steps=1500)
        part = frame.iloc[k * 150 : (k + 1) * 150].copy()
        part["time"] -= part["time"].min()
        part["who"] = f"u{k}"
        part[["a", "b"]] += 50 * k  # means that differ between units are no link
        parts.append(part)
    data = Dataset(pd.concat(parts, ignore_index=True))
    found = series.learn(data, "pcmci", time="time", unit="who", max_lag=2, level=0.01)
    assert found.windows == 8 * (150 - 4)
    assert links <= links_of(found)
    assert len(links_of(found) - links) <= 1


def test_gaps_are_reported_and_not_bridged() -> None:
    frame, _ = simulated(0, steps=200)
    holes = frame.drop(index=[50, 120, 121]).reset_index(drop=True)
    read = read_series(Dataset(holes), "time")
    assert [len(s) for s in read.stretches] == [50, 69, 78]
    assert any(i.kind == "gaps" and i.rows == 2 for i in read.report.issues)
    assert len(windows(read, 3)) == 48 + 67 + 76
    empty = frame.copy()
    empty.loc[50, "a"] = np.nan
    empty.loc[[120, 121], ["a", "b", "c", "d"]] = np.nan
    same = read_series(Dataset(empty), "time", missing="drop")
    assert [len(s) for s in same.stretches] == [50, 69, 78]
    with pytest.raises(DataError, match="missing values in 'a'"):
        read_series(Dataset(empty), "time")
    first = windows(read, 3)[0] * read.scale
    raw = holes[["a", "b", "c", "d"]].to_numpy()
    assert np.allclose(first, raw[[2, 1, 0]] - raw.mean(axis=0))


@pytest.mark.parametrize(
    ("times", "step"),
    [
        (pd.date_range("2020-01-31", periods=60, freq="ME"), "month"),
        (pd.date_range("2020-01-01", periods=60, freq="QS"), "3 months"),
        (pd.date_range("2020-01-01", periods=60, freq="D"), "1 days 00:00:00"),
        (pd.date_range("2020-01-01", periods=60, freq="D").strftime("%Y-%m-%d"), "1 days 00:00:00"),
        (np.arange(60) * 0.1 + 3, "0.1"),
    ],
)
def test_steps_of_dates_and_numbers(times: object, step: str) -> None:
    frame, _ = simulated(0, steps=60)
    read = read_series(Dataset(frame.assign(time=times)), "time")
    assert read.step == step
    assert len(read.stretches) == 1


def test_times_that_cannot_be_used_are_refused() -> None:
    frame, _ = simulated(0, steps=60)
    twice = frame.copy()
    twice.loc[7, "time"] = 6
    with pytest.raises(DataError, match="same time twice in 'time' \\(rows 8\\)"):
        series.learn(Dataset(twice), time="time")
    uneven = frame.assign(time=frame["time"].astype(float))
    uneven.loc[59, "time"] = 60.4
    with pytest.raises(DataError, match="not in equal steps of 1 \\(rows 60\\)"):
        series.learn(Dataset(uneven), time="time")
    uneven.loc[3, "time"] = np.nan
    with pytest.raises(DataError, match="no usable time in 'time' in rows 4"):
        series.learn(Dataset(uneven), time="time")
    with pytest.raises(UsageError, match="no column 'day'"):
        series.learn(Dataset(frame), time="day")
    with pytest.raises(UsageError, match="both time and unit"):
        series.learn(Dataset(frame), time="time", unit="time")
    with pytest.raises(DataError, match="only 16 windows"):
        series.learn(Dataset(frame.head(20)), time="time", max_lag=2)
    with pytest.raises(UsageError, match="max_lag must be"):
        series.learn(Dataset(frame), time="time", max_lag=0)
    with pytest.raises(UsageError, match="Did you mean 'pcmci'"):
        series.learn(Dataset(frame), "pcmc", time="time")
    units = frame.assign(who=["x"] * 59 + [None])
    with pytest.raises(DataError, match="no unit in 'who' in rows 60"):
        series.learn(Dataset(units), time="time", unit="who")
    fixed = frame.assign(who=["x", "y"] * 30, level=[1.0, 2.0] * 30)
    with pytest.raises(DataError, match="'level' does not change over time"):
        series.learn(Dataset(fixed), time="time", unit="who")


def test_adjusted_p_values() -> None:
    found = benjamini_hochberg(np.array([0.04, 0.01, 0.03, 0.8]))
    assert found.tolist() == pytest.approx([0.16 / 3, 0.04, 0.16 / 3, 0.8])
    assert len(benjamini_hochberg(np.array([]))) == 0


def test_a_random_walk_is_noted() -> None:
    walk = np.cumsum(np.random.default_rng(0).laplace(size=(800, 2)), axis=0)
    found = series.learn(Dataset(pd.DataFrame(walk, columns=["a", "b"])), "var-lingam", max_lag=1)
    assert any("non-stationary" in n for n in found.notes)
    frame, _ = simulated(0, normal=False)
    calm = series.learn(Dataset(frame), "var-lingam", time="time")
    assert not any("non-stationary" in n for n in calm.notes)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_var_lingam_agrees_with_causal_learn() -> None:
    from causallearn.search.FCMBased.lingam import VARLiNGAM

    for seed in range(3):
        frame, _ = simulated(seed, steps=3000, within=True, normal=False)
        values = frame[["a", "b", "c", "d"]].to_numpy()
        reference = VARLiNGAM(lags=2, criterion=None, prune=False)
        reference.fit((values - values.mean(axis=0)) / values.std(axis=0))
        found = series.learn(Dataset(frame), "var-lingam", time="time", max_lag=2, lags=2)
        ours = np.zeros((3, 4, 4))
        for e in found.tested:
            ours[e.lag, "abcd".index(e.target), "abcd".index(e.source)] = e.strength
        # the reference shrinks effects within a step (adaptive lasso), hence not nearer
        assert np.abs(ours - reference.adjacency_matrices_).max() < 0.1
        order = list(reference.causal_order_)
        for e in found.tested:
            if e.lag == 0:
                assert order.index("abcd".index(e.source)) < order.index("abcd".index(e.target))
