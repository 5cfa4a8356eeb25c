"""Direct, indirect and path-specific effects: formulas against counted models, estimates against truth."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from benchmarks import counterfactual_oracle as oracle
from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError, RefusedError, UsageError
from queries.causal import (
    controlled_direct_effect,
    effect_on_treated,
    estimate_counterfactual,
    estimate_effect_part,
    estimate_natural_effects,
    natural_effects,
    path_specific_effect,
)
from queries.causal.counterfactual_expression import evaluate
from queries.causal.counterfactual_identification import counterfactual
from queries.causal.mediation_results import EffectPart
from queries.causal.table import Table


def graph_of(text: str) -> CausalGraph:
    return CausalGraph.from_edges([e.split() for e in text.split(";")])


SIMPLE = graph_of("X --> M; M --> Y; X --> Y; C --> X; C --> M; C --> Y")
RECANTING = graph_of("X --> W; W --> M; W --> Y; X --> M; M --> Y; X --> Y")


def effect_in(part: EffectPart, model: oracle.Model, weights: np.ndarray) -> float:
    """The formula on the model's observed distribution, two-valued columns."""
    joint = Table.make(model.nodes, model.joint(weights)[None])
    means = []
    for side in (part.more, part.less):
        found = evaluate(side.expression, joint, side.variable_of)
        for symbol, (_, label) in side.symbols.items():
            if label is not None:
                found = found.take(symbol, int(label))
        means.append(float(found.take(part.outcome, 1).values.mean()))
    return means[0] - means[1]


def walked(
    model: oracle.Model, x: str, y: str, edges: set[tuple[str, str]], di: list[tuple[str, str]]
) -> np.ndarray:
    """Y of each combination of types with X = 1 along ``edges`` and 0 otherwise, edge by edge."""
    base: dict[str, np.ndarray] = {x: np.zeros(model.number, int)}
    active: dict[str, np.ndarray] = {x: np.ones(model.number, int)}
    for n in model.nodes:
        if n != x:
            base[n] = model._respond(n, base)
    for n in model.nodes:
        if n != x:
            held = {p: (active if (p, n) in edges else base)[p] for p in model.parents[n]}
            active[n] = model._respond(n, held)
    return active[y] - base[y]


def test_path_specific_effects_are_those_of_edge_interventions():
    rng = random.Random(1)
    seen: Counter[str] = Counter()
    for k in range(150):
        names, di, bi = oracle.random_graph(rng, 4, p=0.7, q=0.15)
        x, y = names[0], names[-1]
        graph = CausalGraph(names, directed=di, bidirected=bi)
        walks = [[x]]
        whole = []
        while walks:
            walk = walks.pop()
            if walk[-1] == y:
                whole.append(walk)
                continue
            walks += [[*walk, b] for a, b in di if a == walk[-1]]
        if not whole:
            continue
        chosen = rng.sample(whole, rng.randint(1, len(whole)))
        try:
            part = path_specific_effect(graph, x, y, chosen)
        except UsageError:
            seen["edges shared"] += 1
            continue
        if not part.identified:
            seen["refused"] += 1
            continue
        try:
            model = oracle.Model(names, di, bi, dict.fromkeys(names, 2))
        except oracle.TooLargeError:
            continue
        weights = model.weights(model.draw(k))
        edges = {e for walk in chosen for e in pairwise(walk)}
        truth = float(weights @ walked(model, x, y, edges, di))
        assert effect_in(part, model, weights) == pytest.approx(truth, abs=1e-9), (graph, chosen)
        seen["answered"] += 1
    assert seen["answered"] > 40
    assert seen["refused"] > 5


def test_natural_effects_of_random_graphs_add_up_and_are_true():
    rng = random.Random(2)
    seen: Counter[bool] = Counter()
    for k in range(100):
        names, di, bi = oracle.random_graph(rng, 4, p=0.7, q=0.2)
        x, m, y = names[0], rng.choice(names[1:3]), names[3]
        graph = CausalGraph(names, directed=di, bidirected=bi)
        parts = natural_effects(graph, x, y, m)
        seen[parts["direct"].identified] += 1
        if not all(p.identified for p in parts.values()):
            continue
        try:
            model = oracle.Model(names, di, bi, dict.fromkeys(names, 2))
        except oracle.TooLargeError:
            continue
        weights = model.weights(model.draw(k))
        found = {n: effect_in(p, model, weights) for n, p in parts.items()}
        assert found["total"] == pytest.approx(found["direct"] + found["indirect"], abs=1e-9)
        zero, one = ({x: np.full(model.number, v)} for v in (0, 1))
        for held in (zero, one):
            for n in names[1:]:
                held[n] = model._respond(n, held)
        mixed = {x: one[x], m: zero[m]}
        for n in names[1:]:
            if n not in mixed:
                mixed[n] = model._respond(n, mixed)
        assert found["direct"] == pytest.approx(weights @ (mixed[y] - zero[y]), abs=1e-9)
    assert min(seen.values()) > 10


def test_recanting_witnesses_and_districts_are_named():
    parts = natural_effects(RECANTING, "X", "Y", "M")
    direct = parts["direct"]
    assert not direct.identified
    assert direct.witness["recanting"] == "witness"
    assert direct.witness["nodes"] == ["W"]
    assert direct.reason.startswith("W is a recanting witness")
    # what it offers is true
    assert any("take W as a mediator too" in need for need in direct.needs)
    assert all(p.identified for p in natural_effects(RECANTING, "X", "Y", ["M", "W"]).values())
    assert parts["total"].identified
    tied = natural_effects(graph_of("X --> M; M --> Y; X --> Y; M <-> Y"), "X", "Y", "M")["direct"]
    assert tied.witness["recanting"] == "district"
    assert tied.witness["nodes"] == ["M", "Y"]
    assert "recanting district" in tied.explanation
    with pytest.raises(RefusedError, match="recanting"):
        tied.raise_()
    through_w = path_specific_effect(RECANTING, "X", "Y", ["X -> W -> Y"])
    assert through_w.witness["nodes"] == ["W"]
    assert path_specific_effect(RECANTING, "X", "Y", ["X -> W -> Y", "X -> W -> M -> Y"]).identified


def test_covariates_are_those_that_the_graph_allows():
    parts = natural_effects(SIMPLE, "X", "Y", "M")
    assert parts["direct"].covariates == ("C",)
    assert parts["direct"].name == "mediation formula"
    # a cause of mediator and outcome only is needed too
    apart = graph_of("X --> M; M --> Y; X --> Y; D --> M; D --> Y")
    assert natural_effects(apart, "X", "Y", "M")["direct"].covariates == ("D",)
    assert natural_effects(apart, "X", "Y", "M")["total"].covariates == ()
    front = effect_on_treated(graph_of("X --> M; M --> Y; X <-> Y"), "X", "Y")
    assert front.identified
    assert front.covariates is None


def linear_table(n: int = 4000, seed: int = 0) -> Dataset:
    """NDE = 1, NIE = (0.8 + 0.4) 0.5 = 0.6, controlled at 1 = 1.4, on the treated by E(C | X = 1)."""
    rng = np.random.default_rng(seed)
    c = rng.normal(size=n)
    x = (rng.random(n) < 1 / (1 + np.exp(-c))).astype(float)
    m = 0.5 * x + 0.7 * c + rng.normal(size=n)
    y = x + 0.8 * m + 0.4 * x * m + c + rng.normal(size=n)
    return Dataset(pd.DataFrame({"X": x, "M": m, "Y": y, "C": c}))


@pytest.mark.parametrize("estimator", ["regression", "doubly-robust"])
def test_estimates_of_continuous_mediation_hold_the_truth(estimator):
    data = linear_table(1500 if estimator == "regression" else 480)
    found = estimate_natural_effects(natural_effects(SIMPLE, "X", "Y", "M"), data, estimator=estimator, bootstraps=100)  # fmt: skip
    assert found.direct.value == pytest.approx(1.0, abs=4 * found.direct.std_error)
    assert found.indirect.value == pytest.approx(0.6, abs=4 * found.indirect.std_error)
    assert 0 < found.direct.std_error < 0.3
    assert abs(found.gap) < 1e-9
    assert found.proportion == pytest.approx(0.375, abs=0.15)
    assert "correlate by" in found.sensitivity
    treated = estimate_effect_part(effect_on_treated(SIMPLE, "X", "Y"), data, estimator=estimator, bootstraps=100)  # fmt: skip
    # 1.6 for all plus 0.4 * 0.7 E(C | X = 1)
    shift = 0.28 * float(data.frame.C[data.frame.X == 1].mean())
    assert treated.value == pytest.approx(1.6 + shift, abs=4 * treated.std_error)


def test_controlled_direct_effects():
    held = controlled_direct_effect(SIMPLE, "X", "Y", {"M": 1})
    found = estimate_effect_part(held, linear_table(1500), estimator="regression", bootstraps=100)
    assert found.value == pytest.approx(1.4, abs=4 * found.std_error)
    # W is caused by X and still held against: a general formula, no regression
    general = controlled_direct_effect(RECANTING, "X", "Y", {"M": 0})
    assert general.identified
    assert general.covariates is None


def discrete_table(n: int = 3000, seed: int = 0) -> Dataset:
    rng = np.random.default_rng(seed)
    c = (rng.random(n) < 0.5).astype(int)
    x = (rng.random(n) < 0.3 + 0.3 * c).astype(int)
    m = (rng.random(n) < 0.2 + 0.4 * x + 0.1 * c).astype(int)
    y = (rng.random(n) < 0.1 + 0.2 * x + 0.3 * m + 0.1 * c).astype(int)
    return Dataset(pd.DataFrame({"C": c, "X": x, "M": m, "Y": y}))


def test_plug_in_is_the_mediation_formula_and_the_estimators_agree():
    data = discrete_table(1500)
    parts = natural_effects(SIMPLE, "X", "Y", "M")
    plug = estimate_natural_effects(parts, data)
    assert plug.direct.estimator == "plug-in"
    f = data.frame
    by_hand = 0.0
    for c in (0, 1):
        for m in (0, 1):
            weight = ((c == f.C) & (f.X == 0) & (m == f.M)).sum() / ((c == f.C) & (f.X == 0)).sum()
            gap = f.Y[(c == f.C) & (f.X == 1) & (m == f.M)].mean() - f.Y[(c == f.C) & (f.X == 0) & (m == f.M)].mean()  # fmt: skip
            by_hand += (c == f.C).mean() * weight * gap
    assert plug.direct.value == pytest.approx(by_hand, abs=1e-12)
    assert plug.indirect.value == pytest.approx(0.12, abs=4 * plug.indirect.std_error)
    # few rows: splines; many: boosted trees too
    robust = estimate_natural_effects(parts, data, estimator="doubly-robust")
    assert robust.direct.value == pytest.approx(plug.direct.value, abs=0.02)
    assert robust.direct.std_error == pytest.approx(plug.direct.std_error, rel=0.3)
    again = estimate_natural_effects(parts, data)
    assert again.to_json() == plug.to_json()


def test_nothing_is_found_where_nothing_is():
    data = discrete_table()
    rng = np.random.default_rng(5)
    shuffled = Dataset(data.frame.assign(X=rng.permutation(data.frame.X), M=rng.permutation(data.frame.M)))  # fmt: skip
    found = estimate_natural_effects(natural_effects(SIMPLE, "X", "Y", "M"), shuffled)
    assert abs(found.indirect.value) < 4 * found.indirect.std_error + 1e-3
    assert found.total.ci_low - 0.02 < 0 < found.total.ci_high + 0.02


@pytest.mark.slow
def test_intervals_cover():
    parts = natural_effects(SIMPLE, "X", "Y", "M")
    hits = Counter()
    rounds = 60
    for seed in range(rounds):
        found = estimate_natural_effects(parts, discrete_table(1000, seed + 50), bootstraps=200)
        # P(M | x, c) moves by 0.4 and Y by 0.2 and 0.3, whatever c is
        hits["direct"] += found.direct.ci_low <= 0.2 <= found.direct.ci_high
        hits["indirect"] += found.indirect.ci_low <= 0.12 <= found.indirect.ci_high
    assert min(hits.values()) >= 0.85 * rounds


def test_counterfactual_probabilities_from_a_table():
    data = discrete_table()
    found = estimate_counterfactual(counterfactual(SIMPLE, "Y[X=1]", "X=0"), data)
    f = data.frame
    by_hand = sum((f.C[f.X == 0] == c).mean() * f.Y[(c == f.C) & (f.X == 1)].mean() for c in (0, 1))
    assert found.values["Y=1"][0] == pytest.approx(by_hand, abs=1e-12)
    assert sum(v[0] for v in found.values.values()) == pytest.approx(1)
    assert found.values["Y=1"][1] < by_hand < found.values["Y=1"][2]
    one = estimate_counterfactual(counterfactual(SIMPLE, "Y[X=1]=1", "X=0"), data)
    assert one.value == pytest.approx(by_hand, abs=1e-12)
    assert "53" in one.explanation or "%" in one.explanation
    with pytest.raises(DataError, match="never is '7'"):
        estimate_counterfactual(counterfactual(SIMPLE, "Y[X=7]=1"), data)
    few = Dataset(data.frame[(f.X == 0) | (f.C == 0)])
    with pytest.raises(DataError, match="no row has"):
        estimate_counterfactual(counterfactual(SIMPLE, "Y[X=1]=1", "X=0"), few)


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: natural_effects(SIMPLE, "X", "Y", "X"), "both treatment and mediator"),
        (lambda: natural_effects(SIMPLE, "X", "Y", "M", active=1, baseline=1), "nothing to compare"),
        (lambda: controlled_direct_effect(SIMPLE, "X", "Y", {}), "held"),
        (lambda: path_specific_effect(SIMPLE, "X", "Y", ["X -> C -> Y"]), "no edge X -> C"),
        (lambda: path_specific_effect(SIMPLE, "X", "Y", ["M -> Y"]), "does not lead"),
        (lambda: path_specific_effect(SIMPLE, "X", "Y", []), "needs a path"),
    ],
)  # fmt: skip
def test_wrong_questions_are_named(call, what):
    with pytest.raises(UsageError, match=what):
        call()


def test_tables_that_cannot_answer_are_named():
    parts = natural_effects(SIMPLE, "X", "Y", "M")
    with pytest.raises(UsageError, match="no estimator"):
        estimate_natural_effects(parts, discrete_table(), estimator="magic")
    with pytest.raises(DataError, match="no column 'M'"):
        estimate_natural_effects(parts, Dataset(discrete_table().frame.drop(columns="M")))
    data = Dataset(discrete_table().frame.assign(X=lambda f: f.X + f.C))
    with pytest.raises(DataError, match=r"two|values"):
        estimate_natural_effects(parts, data, estimator="doubly-robust")
    front = effect_on_treated(graph_of("X --> M; M --> Y; X <-> Y"), "X", "Y")
    with pytest.raises(DataError, match=r"plug-in|regression"):
        estimate_effect_part(front, discrete_table(), estimator="regression")
