"""Bounds: they contain the truth, are as tight as published closed forms, and say what contradicts."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal.bounds import bound, instruments, iv_bounds, probabilities_of_causation

IV = CausalGraph(directed=[("Z", "X"), ("X", "Y")], bidirected=[("X", "Y")])
BOW = CausalGraph(directed=[("X", "Y")], bidirected=[("X", "Y")])
SEEDS = st.integers(0, 2**32 - 1)


def model(rng, nz, nx, ny):
    """P(x, y | z) of a random model with an instrument, and its E[Y | do(last)] - E[Y | do(first)]."""
    rx = list(itertools.product(range(nx), repeat=nz))
    ry = list(itertools.product(range(ny), repeat=nx))
    q = rng.dirichlet(np.full(len(rx) * len(ry), 0.3)).reshape(len(rx), len(ry))
    joint, values = np.zeros((nz, nx, ny)), np.sort(rng.normal(size=ny))
    effect = 0.0
    for (i, fx), (j, fy) in itertools.product(enumerate(rx), enumerate(ry)):
        effect += q[i, j] * (values[fy[-1]] - values[fy[0]])
        for z in range(nz):
            joint[z, fx[z], fy[fx[z]]] += q[i, j]
    return joint, values, effect


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from([(2, 2, 2), (3, 2, 2), (2, 2, 3), (2, 3, 2)]))
def test_instrument_bounds_contain_the_truth(seed, sizes):
    joint, values, effect = model(np.random.default_rng(seed), *sizes)
    low, high, contradiction = iv_bounds(joint, values)
    assert low - 1e-7 <= effect <= high + 1e-7
    assert contradiction == pytest.approx(0, abs=1e-7)


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_instrument_bounds_equal_the_closed_form(seed):
    joint, _, _ = model(np.random.default_rng(seed), 2, 2, 2)

    def p(y, x, z):
        return joint[z, x, y]

    lower = max(
        p(1, 1, 1) + p(0, 0, 0) - 1,
        p(1, 1, 0) + p(0, 0, 1) - 1,
        p(1, 1, 0) - p(1, 1, 1) - p(1, 0, 1) - p(0, 1, 0) - p(1, 0, 0),
        p(1, 1, 1) - p(1, 1, 0) - p(1, 0, 0) - p(0, 1, 1) - p(1, 0, 1),
        -p(0, 1, 1) - p(1, 0, 1),
        -p(0, 1, 0) - p(1, 0, 0),
        p(0, 0, 1) - p(0, 1, 1) - p(1, 0, 1) - p(0, 1, 0) - p(0, 0, 0),
        p(0, 0, 0) - p(0, 1, 0) - p(1, 0, 0) - p(0, 1, 1) - p(0, 0, 1),
    )
    upper = min(
        1 - p(0, 1, 1) - p(1, 0, 0),
        1 - p(0, 1, 0) - p(1, 0, 1),
        -p(0, 1, 0) + p(0, 1, 1) + p(0, 0, 1) + p(1, 1, 0) + p(0, 0, 0),
        -p(0, 1, 1) + p(1, 1, 1) + p(0, 0, 1) + p(0, 1, 0) + p(0, 0, 0),
        p(1, 1, 1) + p(0, 0, 1),
        p(1, 1, 0) + p(0, 0, 0),
        -p(1, 0, 1) + p(1, 1, 1) + p(0, 0, 1) + p(1, 1, 0) + p(1, 0, 0),
        -p(1, 0, 0) + p(1, 1, 0) + p(0, 0, 0) + p(1, 1, 1) + p(1, 0, 1),
    )
    low, high, _ = iv_bounds(joint, [0, 1])
    assert (low, high) == pytest.approx((lower, upper), abs=1e-9)


def test_an_impossible_instrument_is_measured():
    # Y is Z although X never moves: no instrument does that
    joint = np.zeros((2, 2, 2))
    joint[0, 0, 0] = joint[1, 0, 1] = 1
    low, high, contradiction = iv_bounds(joint, [0, 1])
    assert contradiction == pytest.approx(0.5, abs=1e-6)
    assert -1 <= low <= high <= 1


@settings(max_examples=80, deadline=None)
@given(SEEDS, st.booleans())
def test_causation_bounds_equal_the_linear_program(seed, monotone):
    rng = np.random.default_rng(seed)
    q = rng.dirichlet(np.full(8, 0.5)).reshape(2, 2, 2)  # x, y without the cause, y with it
    if monotone:
        q[:, 1, 0] = 0
        q /= q.sum()
    joint = np.array([[q[0, 0].sum(), q[0, 1].sum()], [q[1, :, 0].sum(), q[1, :, 1].sum()]])
    a, b = q[:, :, 1].sum(), q[:, 1, :].sum()
    found = probabilities_of_causation(joint, (a, b), monotone=monotone)
    cells = list(itertools.product((0, 1), repeat=3))
    equal = [
        [float(x == i and (y1 if x else y0) == j) for x, y0, y1 in cells]
        for i in (0, 1)
        for j in (0, 1)
    ]
    equal += [[float(y1) for _, _, y1 in cells], [float(y0) for _, y0, _ in cells]]
    right = [*joint.reshape(-1), a, b]
    limits = [(0, 0 if monotone and y0 and not y1 else 1) for _, y0, y1 in cells]
    for want, cost, scale in (
        (found.both, [float(not y0 and y1) for _, y0, y1 in cells], 1.0),
        (found.necessity, [float(x and not y0 and y1) for x, y0, y1 in cells], joint[1, 1]),
        (found.sufficiency, [float(not x and not y0 and y1) for x, y0, y1 in cells], joint[0, 0]),
    ):
        for end, sign in ((0, 1), (1, -1)):
            done = linprog(sign * np.array(cost), A_eq=equal, b_eq=right, bounds=limits)
            if done.status == 0 and scale > 1e-6:
                assert want[end] == pytest.approx(sign * done.fun / scale, abs=2e-6 / scale)


def test_causation_refuses_what_cannot_be():
    joint = [[0.3, 0.2], [0.1, 0.4]]
    with pytest.raises(DataError, match="contradicts the observations"):
        probabilities_of_causation(joint, (0.1, 0.3))
    with pytest.raises(DataError, match="monotonicity"):
        probabilities_of_causation(joint, (0.5, 0.3), monotone=True)
    with pytest.raises(DataError, match="2 x 2"):
        probabilities_of_causation([[1.0]])
    assert probabilities_of_causation(joint).both == pytest.approx((0, 0.7))


def draw(rng, n):
    """A randomised encouragement with one hidden cause; the effect is 0.3."""
    u, z = rng.random(n) < 0.5, rng.random(n) < 0.5
    x = rng.random(n) < 0.1 + 0.6 * z + 0.25 * u
    y = rng.random(n) < 0.1 + 0.3 * x + 0.4 * u
    return Dataset(pd.DataFrame({"Z": z, "X": x, "Y": y}).astype(int))


def test_bound_from_data_uses_the_instrument():
    data = draw(np.random.default_rng(0), 20_000)
    found = bound(IV, "X", "Y", data, bootstraps=20)
    plain = bound(BOW, "X", "Y", data)
    assert found.method == "instrument"
    assert found.instrument == "Z"
    assert found.ci_low <= found.low <= 0.3 <= found.high <= found.ci_high
    assert plain.method == "no-assumptions"
    assert plain.high - plain.low == pytest.approx(1)
    assert found.high - found.low < plain.high - plain.low
    assert "between" in found.explanation
    assert found.to_json()["instrument"] == "Z"


def test_instruments_are_those_the_graph_allows():
    assert instruments(IV, "X", "Y") == ("Z",)
    direct = CausalGraph(directed=[("Z", "X"), ("X", "Y"), ("Z", "Y")], bidirected=[("X", "Y")])
    assert instruments(direct, "X", "Y") == ()
    with pytest.raises(UsageError, match="no instrument"):
        bound(direct, "X", "Y", draw(np.random.default_rng(0), 100), instrument="Z")


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pd.DataFrame({"X": [0, 1]}), "no column"),
        (pd.DataFrame({"X": [0, 1], "Y": [1, 1]}), "one value"),
        (pd.DataFrame({"X": ["a", "b"], "Y": [0, 1]}), "words"),
        (pd.DataFrame({"X": [0, 1], "Y": [np.nan, np.nan]}), "no row"),
        (pd.DataFrame({"X": range(20), "Y": [0, 1] * 10}), "20 values"),
    ],
)
def test_data_that_cannot_be_used_is_named(frame, words):
    with pytest.raises(DataError, match=words):
        bound(BOW, "X", "Y", Dataset(frame))


def test_treatment_as_outcome_and_feedback_are_named_and_an_identified_effect_is_said_to_be_one():
    rng = np.random.default_rng(0)
    c = rng.random(500) < 0.5
    x = rng.random(500) < 0.3 + 0.4 * c
    y = rng.random(500) < 0.2 + 0.3 * x + 0.3 * c
    table = Dataset(pd.DataFrame({"C": c, "X": x, "Y": y}).astype(int))
    with pytest.raises(UsageError, match="both treatment and outcome"):
        bound(BOW, "X", "X", table)
    with pytest.raises(UsageError, match="X -> Y"):
        bound(CausalGraph(directed=[("X", "Y"), ("Y", "X")]), "X", "Y", table)
    seen = CausalGraph(directed=[("C", "X"), ("C", "Y"), ("X", "Y")])
    found = bound(seen, "X", "Y", table)
    assert found.identified_by == "backdoor"
    assert "so estimate it" in found.explanation
    assert bound(BOW, "X", "Y", table).identified_by == ""
    rising = bound(BOW, "X", "Y", table, assume=["increasing-response"])
    assert "does not lower it" in rising.explanation
