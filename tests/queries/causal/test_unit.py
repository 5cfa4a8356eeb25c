"""One unit's counterfactuals: bounds against counted models and closed forms, additive noise against truth."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from benchmarks import counterfactual_oracle as oracle
from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError, RefusedError, UsageError
from queries.causal import probabilities_of_causation, unit_counterfactual
from queries.causal.counterfactual_data import DiscreteTable
from queries.causal.table import Table
from queries.causal.unit import changing_nodes
from queries.causal.unit_district import TooManyTypesError
from queries.causal.unit_types import _Problem


def graph_of(text: str) -> CausalGraph:
    return CausalGraph.from_edges([e.split() for e in text.split(";")])


def table_of(joint: np.ndarray, names: str) -> Dataset:
    """Rows in the proportions of a joint distribution whose cells are multiples of 1/200."""
    rows = [
        dict(zip(names, cell, strict=True))
        for cell in np.ndindex(*joint.shape)
        for _ in range(round(200 * joint[cell]))
    ]
    return Dataset(pd.DataFrame(rows))


JOINT = np.array([[0.3, 0.2], [0.15, 0.35]])


@pytest.mark.parametrize("monotone", [False, True])
def test_bounds_are_tian_and_pearls(monotone):
    graph, data = graph_of("X --> Y"), table_of(JOINT, "XY")
    trial = (0.35 / 0.5, 0.2 / 0.5)
    wanted = probabilities_of_causation(JOINT, trial, monotone=monotone)
    pairs = [("X", "Y")] if monotone else []
    ends = {}
    for name, unit, do in (("necessity", 1, 0), ("sufficiency", 0, 1)):
        found = unit_counterfactual(
            graph, data, unit={"X": unit, "Y": unit}, do={"X": do}, outcome="Y", monotone=pairs,
            bootstraps=20,
        )  # fmt: skip
        ends[name] = found.chances[str(do)]
        assert found.method == "response types"
        low, high = found.intervals[str(do)]
        assert low <= ends[name][0] <= ends[name][1] <= high
    assert ends["necessity"] == pytest.approx(wanted.necessity, abs=1e-9)
    assert ends["sufficiency"] == pytest.approx(wanted.sufficiency, abs=1e-9)


def test_bounds_hold_what_is_true_in_random_models():
    rng = random.Random(0)
    seen: Counter[str] = Counter()
    for k in range(120):
        names, di, bi = oracle.random_graph(rng, rng.choice([2, 3, 3]), p=0.7, q=0.25)
        size = {n: rng.choice([2, 2, 3]) if len(names) < 3 else 2 for n in names}
        model = oracle.Model(names, di, bi, size)
        graph = CausalGraph(names, directed=di, bidirected=bi)
        y, x = names[-1], rng.choice(names[:-1])
        weights = model.weights(model.draw(k))
        joint = Table.make(names, model.joint(weights)[None])
        record = {n: rng.randrange(size[n]) for n in names}
        do = {x: rng.randrange(size[x])}
        above = graph.subgraph(graph.ancestors((y,)))
        kept = sorted(above.nodes)
        counts = np.ones([size[n] for n in kept], dtype=np.int64)
        levels = {n: np.arange(size[n]) for n in kept}
        table = DiscreteTable(tuple(kept), levels, counts, counts.size, 0, "")
        changing = changing_nodes(above, do, y)
        known = {n: v for n, v in record.items() if n in kept and rng.random() < 0.9}
        problem = _Problem(above, table, known, {n: v for n, v in do.items() if n in kept}, y, changing, ())  # fmt: skip
        try:
            problem.prepare()
        except TooManyTypesError:
            seen["too wide"] += 1
            continue
        ends, apart = problem.chances(joint.marginal(kept))
        assert apart < 1e-6
        held = {n: np.full(model.number, v) for n, v in do.items()}
        shown = np.ones(model.number, bool)
        fact: dict[str, np.ndarray] = {}
        for n in names:
            fact[n] = model._respond(n, fact)
            held[n] = held[n] if n in held else model._respond(n, held)
            if n in known:
                shown &= fact[n] == known[n]
        for level in range(size[y]):
            truth = weights[shown & (held[y] == level)].sum() / weights[shown].sum()
            low, high = ends[level]
            assert low - 1e-6 <= truth <= high + 1e-6, (graph, known, do, level)
        seen["narrow" if (ends[:, 1] - ends[:, 0]).max() < 1 - 1e-6 else "wide"] += 1
    assert seen["narrow"] > 50


def test_what_the_graph_fixes_is_no_bound():
    graph = graph_of("X --> M; M --> Y; X --> Y")
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, 500)
    m = (rng.random(500) < 0.2 + 0.5 * x).astype(int)
    y = (rng.random(500) < 0.1 + 0.3 * x + 0.4 * m).astype(int)
    data = Dataset(pd.DataFrame({"X": x, "M": m, "Y": y}))
    found = unit_counterfactual(graph, data, unit={"X": 1}, do={"X": 0}, outcome="Y")
    assert found.method == "formula"
    low, high = found.chances["1"]
    assert low == high == pytest.approx(y[x == 0].mean())
    same = unit_counterfactual(graph, data, unit=3, do={"X": int(x[3])}, outcome="Y", bootstraps=5)
    assert same.chances[str(y[3])] == (1.0, 1.0)


def test_a_table_against_monotonicity_is_said_to_be_so():
    data = table_of(JOINT[:, ::-1].copy(), "XY")
    found = unit_counterfactual(
        graph_of("X --> Y"), data, unit={"X": 1, "Y": 0}, do={"X": 0}, outcome="Y",
        monotone=[("X", "Y")], bootstraps=5,
    )  # fmt: skip
    assert found.diagnostics["contradiction"] > 0.05
    assert any("fits no model" in a for a in found.assumptions)


def linear(n: int = 1500, seed: int = 0) -> Dataset:
    rng = np.random.default_rng(seed)
    c, e = rng.normal(size=n), rng.normal(size=n)
    x = c + rng.normal(size=n)
    m = 1.5 * x + rng.normal(size=n)
    return Dataset(pd.DataFrame({"C": c, "X": x, "M": m, "Y": m - x + c + e, "E": e}))


CHAIN = graph_of("C --> X; X --> M; M --> Y; X --> Y; C --> Y")


def test_additive_noise_keeps_the_units_own():
    data = linear(400)
    row = data.frame.iloc[7]
    found = unit_counterfactual(CHAIN, data, unit=7, do={"X": 0}, outcome="Y", model="linear")
    # by the model: M falls by 1.5 x, Y by 1.5 x - x
    truth = row.Y - 0.5 * row.X
    assert found.value == pytest.approx(truth, abs=0.2)
    assert found.ci_low <= found.value <= found.ci_high
    assert found.factual == pytest.approx(row.Y)
    assert found.method == "linear"
    assert "would have been" in found.explanation
    still = unit_counterfactual(
        CHAIN, data, unit=7, do={"X": float(row.X)}, outcome="Y", model="linear"
    )
    assert still.value == pytest.approx(row.Y, abs=1e-9)
    assert still.ci_high - still.ci_low < 1e-9
    downstream = unit_counterfactual(CHAIN, data, unit=7, do={"M": 3.0}, outcome="X")
    assert downstream.value == pytest.approx(row.X)


def test_curved_mechanisms_are_boosted_and_unknown_outcomes_predicted():
    rng = np.random.default_rng(1)
    x = rng.uniform(-2, 2, 600)
    y = np.sin(2 * x) * 2 + 0.2 * rng.normal(size=600)
    data = Dataset(pd.DataFrame({"X": x, "Y": y}))
    graph = graph_of("X --> Y")
    found = unit_counterfactual(graph, data, unit=0, do={"X": 0.7}, outcome="Y", bootstraps=4)
    assert found.method == "boosted"
    truth = 2 * np.sin(1.4) + y[0] - 2 * np.sin(2 * x[0])
    assert found.value == pytest.approx(truth, abs=0.5)
    new = unit_counterfactual(
        graph, data, unit={"X": 0.1}, do={"X": 0.7}, outcome="Y", bootstraps=4
    )
    assert new.factual is None
    assert new.ci_low < 2 * np.sin(1.4) < new.ci_high
    assert new.ci_high - new.ci_low > 0.5


def test_noise_whose_size_depends_on_a_cause_is_reported():
    rng = np.random.default_rng(2)
    x = rng.uniform(0, 2, 1000)
    data = Dataset(pd.DataFrame({"X": x, "Y": x + x * rng.normal(size=1000)}))
    found = unit_counterfactual(graph_of("X --> Y"), data, unit=0, do={"X": 1}, outcome="Y", model="linear")  # fmt: skip
    assert found.diagnostics["noise"]["Y"]["size_depends_on"] == ["X"]


def test_hidden_causes_of_a_mechanism_are_refused():
    tied = graph_of("C --> X; X --> M; M --> Y; X --> Y; C --> Y; M <-> X")
    found = unit_counterfactual(tied, linear(150), unit=0, do={"X": 0}, outcome="Y")
    assert not found.identified
    assert found.witness == {"kind": "confounded", "variable": "M", "cause": "X"}
    with pytest.raises(RefusedError):
        found.raise_()
    # a hidden cause of two effects does not matter
    harmless = graph_of("C --> X; X --> M; M --> Y; X --> Y; C --> Y; C <-> X")
    assert unit_counterfactual(harmless, linear(150), unit=0, do={"X": 0}, outcome="Y").identified
    loop = graph_of("X --> Y; Y --> X")
    assert unit_counterfactual(loop, linear(150), unit=0, do={"X": 0}, outcome="Y").witness["kind"] == "cycle"  # fmt: skip


@pytest.mark.parametrize(
    ("options", "error", "what"),
    [
        ({"do": {}}, UsageError, "something that is set"),
        ({"do": {"Y": 1}}, UsageError, "is set, so"),
        ({"do": {"Q": 1}}, UsageError, "no node 'Q'"),
        ({"model": "magic"}, UsageError, "no unit model"),
        ({"unit": 10_000}, DataError, "no row 10000"),
        ({"unit": {"Q": 1}}, DataError, "no column 'Q'"),
        ({"unit": {"X": 1}}, DataError, "is not known"),
        ({"monotone": [("Y", "X")]}, UsageError, "no edge Y -> X"),
        ({"monotone": [("X", "Y")]}, UsageError, "belongs to the models 'types'"),
        ({"do": {"X": "high"}}, DataError, "is no number"),
    ],
)
def test_what_is_missing_or_wrong_is_named(options, error, what):
    asked = {"unit": 0, "do": {"X": 0}, "outcome": "Y"} | options
    with pytest.raises(error, match=what):
        unit_counterfactual(CHAIN, linear(300), **asked)
