"""Bounds from structure, from assumptions, and probabilities of causation from rows."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import identification_oracle as oracle
from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal.attribution import attribution
from queries.causal.bounds import bound, iv_bounds
from queries.causal.manski import mean_bounds
from queries.causal.response_types import confounded_part, response_bounds

SEEDS = st.integers(0, 2**32 - 1)
IV = CausalGraph(directed=[("Z", "X"), ("X", "Y")], bidirected=[("X", "Y")])
BOW = CausalGraph(directed=[("X", "Y")], bidirected=[("X", "Y")])


def test_parts_are_those_that_no_hidden_cause_joins():
    graph = CausalGraph(
        directed=[("C", "X"), ("C", "Y"), ("X", "M"), ("M", "Y"), ("Z", "X"), ("Y", "D")],
        bidirected=[("X", "Y"), ("C", "Z")],
    )
    given_, part = confounded_part(graph, "X", "Y")
    assert sorted(given_) == ["C", "Z"]
    assert part == ["X", "M", "Y"]


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_the_general_program_equals_that_of_an_instrument(seed):
    rng = np.random.default_rng(seed)
    p = oracle.Problem("iv", IV.nodes, IV.directed, IV.bidirected, ("X",), ("Y",))
    joint = oracle.Model(p, seed=seed, levels=4).observed()  # axes X, Y, Z
    values = np.sort(rng.normal(size=2))
    table = np.moveaxis(joint / joint.sum(axis=(0, 1)), 2, 0)
    for options in ({}, {"increasing": True}):
        low, high, gap = iv_bounds(table, values, **options)
        if gap < 1e-9:
            found = response_bounds(IV, "X", "Y", joint, IV.nodes, values, **options)
            assert found == pytest.approx((low, high, 0), abs=1e-8)
    low, high, gap = iv_bounds(table, values, no_defiers=True)
    if gap < 1e-9:
        found = response_bounds(IV, "X", "Y", joint, IV.nodes, values, no_defiers="Z")
        assert found == pytest.approx((low, high, 0), abs=1e-8)


def test_random_graphs_contain_the_truth():
    tight = tried = 0
    for k, p in enumerate(oracle.random_problems(60, (3, 5), 3, density=(0.5, 0.35))):
        graph = CausalGraph(p.nodes, directed=p.di, bidirected=p.bi)
        model = oracle.Model(p, seed=k)
        truth = model.truth()
        effect = truth[1, 1] - truth[0, 1]
        try:
            low, high, gap = response_bounds(
                graph, p.X[0], p.Y[0], model.observed(), p.nodes, [0.0, 1.0]
            )
        except DataError:
            continue
        tried += 1
        assert gap < 1e-6
        assert low - 1e-7 <= effect <= high + 1e-7, p
        tight += high - low < 0.99
    assert tried > 25
    assert tight > 10


def test_a_program_that_is_too_large_is_named():
    graph = CausalGraph(
        directed=[*((f"C{i}", "Y") for i in range(5)), ("X", "Y")], bidirected=[("X", "Y")]
    )
    joint = np.full([2] * 7, 1 / 128)
    with pytest.raises(DataError, match="too many"):
        response_bounds(graph, "X", "Y", joint, graph.nodes, [0, 1])
    with pytest.raises(DataError, match="distribution of Z"):
        response_bounds(IV, "X", "Y", np.full((2, 2), 0.25), ["X", "Y"], [0, 1])


# assumptions of how units answer ------------------------------------------------------------


def brute(shares, means, low, high, assume):
    """The same by a linear program over the mean of every potential outcome of every group."""
    from scipy.optimize import linprog

    k = len(shares)
    index = {(t, s): t * k + s for t in range(k) for s in range(k)}
    rows, right = [], []
    for t, s in itertools.product(range(k), range(k)):
        for kind, pair in (("response", ((t, s), (t + 1, s))), ("selection", ((t, s), (t, s + 1)))):
            names = [a for a in assume if a.endswith(kind)]
            if names and pair[1] in index:
                row = np.zeros(k * k)
                up = names[0].startswith(("increasing", "positive"))
                row[index[pair[0]]] = 1 if up else -1
                row[index[pair[1]]] = -1 if up else 1
                rows.append(row)
                right.append(0.0)
    limits = [(means[s], means[s]) if t == s else (low, high) for t in range(k) for s in range(k)]
    found = []
    for t in range(k):
        cost = np.zeros(k * k)
        for s in range(k):
            cost[index[t, s]] = shares[s]
        for sign in (1, -1):
            done = linprog(sign * cost, A_ub=rows or None, b_ub=right or None, bounds=limits)
            found.append(sign * done.fun if done.status == 0 else None)
    return found


@settings(max_examples=40, deadline=None)
@given(
    SEEDS,
    st.sampled_from([(), ("increasing-response",), ("decreasing-response",), ("positive-selection",),
                     ("negative-selection",), ("increasing-response", "positive-selection")]),
)  # fmt: skip
def test_bounds_of_means_equal_the_program(seed, assume):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(3))
    means = rng.random(3)
    if len(assume) == 2:
        means = np.sort(means)
    wanted = brute(shares, means, 0.0, 1.0, assume)
    if None in wanted:
        return
    low, high, least, most = mean_bounds(shares, means, 0.0, 1.0, assume)
    assert [v for pair in zip(low, high, strict=True) for v in pair] == pytest.approx(
        wanted, abs=1e-8
    )
    assert least <= most


def test_data_that_contradict_an_assumption_are_named():
    with pytest.raises(DataError, match="must not fall"):
        mean_bounds([0.5, 0.5], [0.9, 0.1], 0, 1, ["increasing-response", "positive-selection"])
    with pytest.raises(DataError, match="leaves its range"):
        mean_bounds([0.5, 0.5], [0.9, 2], 0, 1)
    with pytest.raises(UsageError, match="contradict each other"):
        mean_bounds([0.5, 0.5], [0.1, 0.2], 0, 1, ["increasing-response", "decreasing-response"])


def test_bound_uses_structure_and_ranges():
    rng = np.random.default_rng(1)
    n = 20_000
    u, c = rng.random(n) < 0.5, rng.random(n) < 0.5
    z = rng.random(n) < 0.2 + 0.6 * c
    x = rng.random(n) < 0.1 + 0.6 * z + 0.2 * u
    y = rng.random(n) < 0.1 + 0.3 * x + 0.3 * u + 0.2 * c
    frame = pd.DataFrame({"C": c, "Z": z, "X": x, "Y": y}).astype(int)
    graph = CausalGraph(
        directed=[("C", "Z"), ("Z", "X"), ("X", "Y"), ("C", "Y")], bidirected=[("X", "Y")]
    )
    # an instrument given C: no instrument by itself, but the structure bounds more than nothing does
    found = bound(graph, "X", "Y", Dataset(frame))
    assert found.method == "response-types"
    assert found.low <= 0.3 <= found.high
    assert found.high - found.low < 0.7
    assert found.contradiction < 0.02
    wages = Dataset(frame.assign(Y=frame["Y"] + rng.random(n)))
    ranged = bound(BOW, "X", "Y", wages, outcome_range=(0, 3), assume=["increasing-response"])
    assert ranged.method == "assumptions"
    assert ranged.low == 0
    assert "Assumed" in ranged.assumptions[-1]


def test_attribution_uses_a_formula_where_there_is_one():
    rng = np.random.default_rng(2)
    n = 40_000
    c = rng.random(n) < 0.5
    x = rng.random(n) < 0.2 + 0.5 * c
    y = rng.random(n) < 0.1 + 0.4 * x + 0.3 * c
    data = Dataset(pd.DataFrame({"C": c, "X": x, "Y": y}).astype(int))
    graph = CausalGraph(directed=[("C", "X"), ("C", "Y"), ("X", "Y")])
    found = attribution(graph, "X", "Y", data, bootstraps=20)
    assert found.source == "backdoor"
    assert found.risks == pytest.approx((0.65, 0.25), abs=0.02)
    assert found.bounds.both[0] == pytest.approx(0.4, abs=0.02)
    assert found.intervals.both[0] <= found.bounds.both[0]
    assert "(necessity)" in found.explanation
    turned = attribution(CausalGraph(directed=[("C", "Y"), ("C", "X"), ("Y", "X")]), "Y", "X", data)
    assert turned.source == "backdoor"
    unknown = attribution(BOW, "X", "Y", data)
    assert unknown.risks is None
    with pytest.raises(DataError, match="not two"):
        attribution(BOW, "X", "Y", Dataset(data.frame.assign(X=rng.integers(0, 3, n))))
