"""Counterfactual formulas against models whose every counterfactual is counted one by one."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from benchmarks import counterfactual_oracle as oracle
from graph.causal import CausalGraph
from graph.errors import CheckFailedError, RefusedError, UsageError
from queries.causal import counterfactual, identify
from queries.causal.bits import BitGraph
from queries.causal.counterfactual_algorithm import Found, Symbols, identify_counterfactual
from queries.causal.counterfactual_audit import audit_counterfactual
from queries.causal.counterfactual_expression import evaluate
from queries.causal.counterfactual_terms import Term, parse_terms, terms_text
from queries.causal.expression import Probability, Regime
from queries.causal.table import Table

LEVELS = {(n, label): k for n in "ABCDEXYZMW" for k, label in enumerate("ab")}


def graph_of(text: str) -> CausalGraph:
    return CausalGraph.from_edges([e.split() for e in text.split(";")])


def named_values(terms) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for term in terms:
        for part in term.walk():
            if part.value:
                found.setdefault(part.variable, set()).add(part.value)
            for name, value in part.do:
                if isinstance(value, str):
                    found.setdefault(name, set()).add(value)
    return found


def error_of(found, model: oracle.Model, seed: int) -> float:
    """The formula on the model's observed distribution (and experiments), less the truth."""
    weights = model.weights(model.draw(seed))
    joints = {Regime(): Table.make(model.nodes, model.joint(weights)[None])}
    for done in found.experiments:
        sizes = [model.size[n] for n in done]
        shape = [model.size[n] for n in model.nodes]
        whole = np.zeros(shape)
        for values in np.ndindex(*sizes):
            held = dict(zip(done, map(int, values), strict=True))
            whole += model.joint(weights, held)
        joints[Regime(do=done)] = Table.make(model.nodes, whole[None])
    value = evaluate(found.expression, joints, found.variable_of)
    for symbol, (variable, label) in found.symbols.items():
        if label is not None and symbol in value.names:
            value = value.take(symbol, LEVELS[variable, label])
    below = model.indicator(found.given, LEVELS)
    both = below & model.indicator(found.event, LEVELS)
    truth = weights[both].sum() / weights[below].sum()
    return float(np.abs(value.values - truth).max())


def check_random(number: int, seed: int, nodes: int) -> Counter[str]:
    rng = random.Random(seed)
    counts: Counter[str] = Counter()
    for k in range(number):
        names, di, bi = oracle.random_graph(rng, nodes)
        event, given = oracle.random_event(rng, names)
        trials = rng.random() < 0.3
        graph = CausalGraph(names, directed=di, bidirected=bi)
        try:
            found = counterfactual(graph, event, given, experiments="all" if trials else ())
        except UsageError:
            counts["contradiction"] += 1
            continue
        several = {n for n, v in named_values((*event, *given)).items() if len(v) > 1}
        size = {n: 3 if n in several else 2 for n in names}
        try:
            model = oracle.Model(names, di, bi, size)
        except oracle.TooLargeError:
            counts["too large"] += 1
            continue
        about = (graph, terms_text(event), terms_text(given), trials)
        if found.identified:
            assert error_of(found, model, k) < 1e-9, (about, found.formula)
        decided = None if trials and nodes > 3 else model.determined(
            event, given, LEVELS, experiments=trials, seed=k
        )  # fmt: skip
        if decided is not None:
            assert decided == found.identified, about
        counts["answered" if found.identified else "refused"] += 1
    return counts


def test_random_questions_on_three_nodes_are_answered_rightly_and_refused_only_if_they_must_be():
    counts = check_random(60, 0, 3)
    assert counts["answered"] > 30
    assert counts["refused"] >= 5


@pytest.mark.slow
@pytest.mark.parametrize(("number", "seed", "nodes"), [(400, 1, 3), (60, 2, 4)])
def test_many_random_questions(number, seed, nodes):
    counts = check_random(number, seed, nodes)
    assert counts["answered"] > number / 3
    assert counts["refused"] > number / 20


@pytest.mark.parametrize(
    ("edges", "event", "given", "formula"),
    [
        ("W --> X; W --> Y; X --> Y", "Y[X=x]", "X=x'", "Σ_W P(Y | W, x) P(W | x')"),
        ("W --> X; W --> Y; X --> Y", "Y[X=x]", "X=x", "P(Y | x)"),
        ("X --> M; M --> Y; X <-> Y", "Y[X=x]", "X=x'", "Σ_M P(Y | x', M) P(M | x)"),
        ("X --> M; M --> Y; X --> Y", "Y[X=x', M=M[X=x]]", "", "Σ_M P(Y | x', M) P(M | x)"),
        # Shpitser and Pearl (2008), figure 9: P(y_x | x', z_d, d)
        ("X --> W; W --> Y; D --> Z; Z --> Y; X <-> Y", "Y[X=x]", "X=x', Z[D=d]=z, D=d",
         "Σ_W P(Y | x', z, W) P(W | x)"),
        ("X --> Y", "Y[X=x]=y, Y=y'", "X=x", "0"),
        ("X --> Y", "Y[X=x]=y", "X=x, Y=y", "1"),
        # what is set where it does not act asks nothing of its world
        ("X --> Y; Y --> M; X <-> M", "Y[X=x, M=M[X=x']]", "", "P(Y | x)"),
    ],
)  # fmt: skip
def test_known_formulas(edges, event, given, formula):
    found = counterfactual(graph_of(edges), event, given)
    assert found.identified, found
    assert found.expression.text([t.variable for t in found.event if not t.value]) == formula
    assert found.audit.performed
    assert found.audit.worst_error < 1e-9


@pytest.mark.parametrize(
    ("edges", "event", "given", "variable"),
    [
        ("X --> Y; X <-> Y", "Y[X=x]", "X=x'", "X"),
        ("X --> Y; X --> M; M --> Y; M <-> Y", "Y[X=x', M=M[X=x]]", "", "X"),
        ("X --> Y", "Y[X=x]=y, Y[X=x']=y'", "", "Y"),
        ("X --> W; W --> M; W --> Y; X --> M; M --> Y", "Y[X=x', M=M[X=x]]", "", "W"),
    ],
)
def test_conflicts_are_named_and_no_experiment_answers_them(edges, event, given, variable):
    graph = graph_of(edges)
    for experiments in ((), "all"):
        found = counterfactual(graph, event, given, experiments=experiments)
        assert not found.identified
        assert found.witness["kind"] == "conflict"
        assert found.witness["variable"] == variable
        assert variable in found.reason
    with pytest.raises(RefusedError):
        found.raise_()


def test_a_hedge_is_answered_by_the_experiment_that_it_asks_for():
    graph = graph_of("X --> Y; X <-> Y; X --> W; W --> Y; X <-> W")
    event = "Y[X=x, W=W[X=x']]"
    found = counterfactual(graph, event)
    assert found.witness["kind"] == "hedge"
    assert any(need.startswith("an experiment that sets") for need in found.needs)
    done = counterfactual(graph, event, experiments=["X", ["X", "W"]])
    assert done.identified
    assert done.expression.text(["Y"]) == "Σ_W P(Y | do(x), W) P(W | do(x'))"
    assert done.experiments == (("X",),)
    whole = counterfactual(graph, event, experiments="all")
    assert whole.expression.text(["Y"]) == "Σ_W P(Y | do(x, W)) P(W | do(x'))"
    assert set(whole.experiments) == {("X",), ("W", "X")}
    assert done.audit.performed


def test_what_is_offered_to_measure_is_enough():
    edges = "W --> Z; Z --> X; X --> Y; W <-> X; W <-> Y"
    found = counterfactual(graph_of(edges), "Y[X=x]", "X=x'")
    assert found.measure
    for pairs in found.measure:
        less = graph_of(edges).without([(a, "<->", b) for a, b in pairs])
        assert counterfactual(less, "Y[X=x]", "X=x'").identified


def test_two_valued_treatments_are_subtracted():
    graph = graph_of("W --> Z; Z --> X; X --> Y; W <-> X; W <-> Y")
    assert not counterfactual(graph, "Y[X=b]=a", "X=a").identified
    found = counterfactual(graph, "Y[X=b]=a", "X=a", binary=["X"])
    assert found.method == "complement"
    assert found.binary == ("X",)
    assert any("two values only" in a for a in found.assumptions)
    model = oracle.Model(
        ["W", "Z", "X", "Y"], [("W", "Z"), ("Z", "X"), ("X", "Y")], [("W", "X"), ("W", "Y")],
        dict.fromkeys("WZXY", 2),
    )  # fmt: skip
    assert error_of(found, model, 3) < 1e-9
    bow = counterfactual(graph_of("X --> Y; X <-> Y"), "Y[X=b]=a", "X=a", binary=["X"])
    assert not bow.identified
    assert any("two values only, and an experiment" in need for need in bow.needs)


def test_one_world_questions_agree_with_identify():
    rng = random.Random(4)
    seen = Counter()
    for _ in range(60):
        names, di, bi = oracle.random_graph(rng, 5)
        graph = CausalGraph(names, directed=di, bidirected=bi)
        x, y, z = rng.sample(names, 3)
        given = (z,) if rng.random() < 0.5 else ()
        plain = identify(graph, x, y, given)
        found = counterfactual(
            graph, Term.make(y, None, {x: "v"}), [Term.make(n, "w", {x: "v"}) for n in given]
        )
        assert plain.identified == found.identified, (graph, x, y, given)
        seen[found.identified] += 1
    assert min(seen[True], seen[False]) > 5


def test_the_audit_finds_wrong_formulas():
    graph = BitGraph.of(graph_of("W --> X; W --> Y; X --> Y"))
    event, given = parse_terms("Y[X=x]"), parse_terms("X=x'")
    symbols = Symbols(graph)
    found = identify_counterfactual(graph, event, given, symbols)
    assert isinstance(found, Found)
    audit = audit_counterfactual(graph, event, given, found.expression, symbols)
    assert audit.performed
    assert audit.models == 3
    for wrong in (Probability(("Y",), ("x",)), Probability(("Y",), ("x'",)), Probability(("Y",))):
        with pytest.raises(CheckFailedError, match="internal error"):
            audit_counterfactual(graph, event, given, wrong, symbols)


def test_results_explain_themselves():
    graph = graph_of("W --> X; W --> Y; X --> Y")
    found = counterfactual(graph, "Y[X=1]=1", "X=0")
    assert found.query == "P(Y[X=1]=1 | X=0)"
    assert found.explanation.startswith("Among units where X is 0: how likely it is that Y would be 1 if X were 1.")  # fmt: skip
    data = found.to_json()
    assert data["symbols"]["X=1"] == {"variable": "X", "value": "1"}
    assert data["audit"]["performed"]
    assert data["assumptions"]
    assert r"Y_{X=1}=1 \mid X=0" in found.latex
    refused = counterfactual(graph, "Y[X=1]=1", "X=0, Y=0")
    assert refused.to_json()["identified"] is False
    assert "Y" in refused.explanation


@pytest.mark.parametrize(
    ("event", "given", "what"),
    [
        ("Q[X=1]", "", "no node 'Q'"),
        ("Y[Q=1]", "", "no node 'Q'"),
        ("", "", "needs an event"),
        ("Y[X=1]", "X", "has no value"),
        ("Y[X=1]=1", "X=0, X=1", "contradicts itself"),
        ("Y[X=1]", "X=1, Y=0", "already says"),
        ("Y[X=1], Y[X=0]", "", "two worlds"),
    ],
)
def test_questions_that_make_no_sense_are_named(event, given, what):
    with pytest.raises(UsageError, match=what):
        counterfactual(graph_of("X --> Y"), event, given)


def test_loops_and_open_edges_are_refused():
    loop = counterfactual(graph_of("X --> Y; Y --> Z; Z --> X"), "Y[X=1]=1")
    assert loop.witness["kind"] == "cycle"
    open_ = counterfactual(graph_of("X --- W; X --> Y"), "Y[X=1]=1", "W=1")
    assert open_.witness["kind"] == "unoriented"
    # below the question they do not matter
    assert counterfactual(graph_of("X --> Y; Y --> A; A --> B; B --> A"), "Y[X=1]=1").identified
