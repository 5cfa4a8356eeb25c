"""Feedback at rest and over time, against the equilibria and the histories of random linear models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError, InputError, UsageError
from queries.causal.equilibrium import (
    Equation,
    EquilibriumEffect,
    equations,
    equilibrium_effect,
    settled_effect,
)
from queries.causal.results import Estimand, Refusal
from queries.causal.unrolled import LaggedGraph, at_time, identify_lagged

MARKET = CausalGraph(
    directed=[("P", "Q"), ("Q", "P"), ("Rain", "Q"), ("Income", "P")], bidirected=[("P", "Q")]
)


def simulate(graph: CausalGraph, rng: np.random.Generator, n: int):
    """Rows at rest of a random linear model of the graph, and its coefficients [to, from]."""
    k, at = len(graph.nodes), {m: i for i, m in enumerate(graph.nodes)}
    while True:
        b = np.zeros((k, k))
        for a, c in graph.directed:
            b[at[c], at[a]] = rng.uniform(0.3, 0.9) * rng.choice([-1, 1])
        if np.abs(np.linalg.eigvals(b)).max() < 0.9:
            break
    noise = rng.normal(size=(n, k))
    for a, c in graph.bidirected:
        shared = rng.normal(size=n)
        noise[:, at[a]] += shared
        noise[:, at[c]] += shared
    rows = noise @ np.linalg.inv(np.eye(k) - b).T
    return rows, b, at


def at_rest(b: np.ndarray, x: int, y: int) -> float:
    """By iterating the equations with the treatment held, not by a matrix inverse."""
    state = np.zeros(len(b))
    for _ in range(3000):
        state = b @ state
        state[x] = 1.0
    return float(state[y])


def test_supply_and_demand():
    found = equations(MARKET, "P", "Q")
    assert found == (Equation("Q", ("P", "Rain"), ("Income", "Rain")),)
    rng = np.random.default_rng(1)
    rows, b, at = simulate(MARKET, rng, 60_000)
    data = Dataset(pd.DataFrame(rows, columns=MARKET.nodes))
    effect = equilibrium_effect(MARKET, "P", "Q", data, bootstraps=50)
    assert isinstance(effect, EquilibriumEffect)
    truth = at_rest(b, at["P"], at["Q"])
    assert effect.value == pytest.approx(truth, abs=0.05)
    assert effect.ci_low < truth < effect.ci_high
    assert effect.loops == (("P", "Q"),)
    assert effect.stable
    assert "settled" in effect.explanation
    assert effect.to_json()["equations"][0]["node"] == "Q"
    # regression alone is far off
    naive = np.cov(rows.T)[at["P"], at["Q"]] / np.var(rows[:, at["P"]])
    assert abs(naive - truth) > 0.1


def test_a_loop_without_instruments_is_refused_by_name():
    found = equations(CausalGraph(directed=[("P", "Q"), ("Q", "P")]), "P", "Q")
    assert isinstance(found, Refusal)
    assert "the feedback loop among P, Q" in found.reason
    assert found.witness["kind"] == "equation"
    assert found.needs


def test_against_the_equilibria_of_random_linear_models():
    rng = np.random.default_rng(3)
    names = list("ABCXY")
    answered = in_loop = refused = 0
    for _ in range(400):
        edges = [(a, b) for a in names for b in names if a != b and rng.random() < 0.22]
        tied = [(a, b) for a in names for b in names if a < b and rng.random() < 0.1]
        graph = CausalGraph(names, directed=edges, bidirected=tied)
        if not graph.has_cycle:
            continue
        found = equations(graph, "X", "Y")
        if isinstance(found, Refusal):
            refused += 1
            continue
        # the exact covariance instead of rows
        _, b, at = simulate(graph, rng, 2)
        noise = np.eye(5)
        for a, c in tied:
            noise[at[a], at[c]] = noise[at[c], at[a]] = 0.2
        settled = np.linalg.inv(np.eye(5) - b)
        cov = settled @ noise @ settled.T
        from queries.causal.equilibrium import _coefficients

        known = _coefficients(cov, graph.nodes, found)
        for (a, c), value in known.items():
            assert value == pytest.approx(b[at[c], at[a]], abs=1e-6)
        if "X" in {n for pair in known for n in pair}:
            assert settled_effect(known, "X", "Y") == pytest.approx(
                at_rest(b, at["X"], at["Y"]), abs=1e-6
            )
        else:
            assert at_rest(b, at["X"], at["Y"]) == pytest.approx(0, abs=1e-9)
        answered += 1
        in_loop += any("X" in loop for loop in graph.strongly_connected()) and bool(found)
    assert answered > 60
    assert in_loop > 10
    assert refused > 60


def test_what_cannot_be_is_named():
    with pytest.raises(DataError, match="no single state"):
        settled_effect({("A", "B"): 1.0, ("B", "A"): 1.0, ("X", "A"): 1.0}, "X", "B")
    with pytest.raises(UsageError, match="no coefficient names 'Q'"):
        settled_effect({("A", "B"): 1.0}, "A", "Q")
    with pytest.raises(UsageError, match="both treatment and outcome"):
        equations(MARKET, "P", "P")
    with pytest.raises(DataError, match="too few"):
        equilibrium_effect(MARKET, "P", "Q", Dataset(pd.DataFrame(np.eye(4), columns=MARKET.nodes)))


# over time ---------------------------------------------------------------------------------

FEEDBACK = LaggedGraph(("X", "Y"), (("X", "X", 1), ("Y", "Y", 1), ("X", "Y", 1), ("Y", "X", 1)))


def test_feedback_with_lags_is_unrolled():
    found = identify_lagged(FEEDBACK, "X", "Y", lag=2)
    assert isinstance(found, Estimand)
    assert found.query == "P(Y[t] | do(X[t-2]))"
    assert found.method == "backdoor"
    assert found.audit.performed
    held = identify_lagged(FEEDBACK, "X", "Y", lag=2, duration=2)
    assert isinstance(held, Estimand)
    assert held.treatment == ("X[t-1]", "X[t-2]")
    hidden = LaggedGraph((), (("X", "Y", 1), ("Y", "X", 1)), (("X", "Y", 1),))
    refused = identify_lagged(hidden, "X", "Y", lag=1)
    assert isinstance(refused, Refusal)
    assert refused.witness["kind"] == "hedge"


def test_the_past_before_the_window_is_a_hidden_cause():
    graph = FEEDBACK.unroll(1)
    assert graph.nodes == ("X[t-1]", "X[t]", "Y[t-1]", "Y[t]")
    assert ("X[t-1]", "Y[t-1]") in graph.bidirected
    slow = LaggedGraph((), (("X", "Y", 3), ("X", "X", 1)))
    tied = slow.unroll(1)
    assert ("Y[t-1]", "Y[t]") in tied.bidirected


def test_unrolled_effects_are_those_of_the_history():
    rng = np.random.default_rng(7)
    checked = 0
    for _ in range(40):
        names = ["A", "X", "Y"]
        lagged = [
            (a, b, int(k)) for a in names for b in names for k in (1, 2) if rng.random() < 0.3
        ]
        now = [("A", "X", 0)] * int(rng.random() < 0.5) + [("X", "Y", 0)] * int(rng.random() < 0.5)
        graph = LaggedGraph(tuple(names), tuple(lagged + now))
        lag = int(rng.integers(1, 3))
        found = identify_lagged(graph, "X", "Y", lag=lag)
        if not isinstance(found, Estimand) or found.method not in ("backdoor", "no-effect"):
            continue
        size = {e: rng.uniform(0.1, 0.3) for e in graph.edges}
        length = 60
        at = {(n, t): i for i, (n, t) in enumerate((n, t) for t in range(length) for n in names)}
        b = np.zeros((len(at), len(at)))
        for (a, c, k), value in size.items():
            for t in range(k, length):
                b[at[c, t], at[a, t - k]] = value
        settled = np.linalg.inv(np.eye(len(at)) - b)
        cov = settled @ settled.T
        end = length - 1
        place = {at_time(n, k): at[n, end - k] for n in names for k in range(8)}
        x, y = place[at_time("X", lag)], place["Y[t]"]
        cut = b.copy()
        cut[x] = 0
        truth = np.linalg.inv(np.eye(len(at)) - cut)[y, x]
        rows = [x, *(place[n] for n in found.adjustment)]
        value = 0.0
        if found.method == "backdoor":
            value = float(np.linalg.solve(cov[np.ix_(rows, rows)], cov[rows, y])[0])
        assert value == pytest.approx(truth, abs=1e-9)
        checked += found.method == "backdoor" and bool(found.adjustment)
    assert checked > 8


def test_lagged_graphs_that_cannot_be_are_named():
    with pytest.raises(InputError, match="at once"):
        LaggedGraph((), (("X", "X", 0),))
    with pytest.raises(InputError, match="form the loop"):
        LaggedGraph((), (("X", "Y", 0), ("Y", "X", 0)))
    with pytest.raises(InputError, match="not a number of steps"):
        LaggedGraph((), (("X", "Y", -1),))
    with pytest.raises(InputError, match="list of"):
        LaggedGraph.from_json({"lagged": [["X", "Y"]]})
    with pytest.raises(UsageError, match="no variable 'Q'"):
        identify_lagged(FEEDBACK, "X", "Q", lag=1)
    with pytest.raises(UsageError, match="do not fit"):
        identify_lagged(FEEDBACK, "X", "Y", lag=1, duration=3)
    with pytest.raises(UsageError, match="does not hold the setting"):
        identify_lagged(FEEDBACK, "X", "Y", lag=3, window=2)
    with pytest.raises(UsageError, match="most"):
        FEEDBACK.unroll(500)
    read = LaggedGraph.from_json({"lagged": [["X", "Y", 1]], "lagged_hidden": [["X", "Y", 2]]})
    assert read.longest == 2
