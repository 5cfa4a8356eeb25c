"""Several sources, against published graphs and a decision of another kind."""

from __future__ import annotations

import random

import pytest

from benchmarks import identification_oracle as oracle
from graph.causal import CausalGraph
from graph.errors import CheckFailedError, InputError, UsageError
from queries.causal import identify
from queries.causal.audit import audit
from queries.causal.bits import BitGraph
from queries.causal.evidence import reachable
from queries.causal.expression import Probability, Regime, Sum, expression_from_json
from queries.causal.results import Estimand, Refusal
from queries.causal.table import Table
from queries.causal.transport import Population, transport


def graph_of(p: oracle.Problem) -> CausalGraph:
    return CausalGraph(p.nodes, directed=p.di, bidirected=p.bi)


def test_experiments_on_another_variable():
    graph = CausalGraph(directed=[("Z", "X"), ("X", "Y")], bidirected=[("Z", "X"), ("Z", "Y")])
    assert not identify(graph, "X", "Y").identified
    found = identify(graph, "X", "Y", experiments=["Z"])
    assert isinstance(found, Estimand)
    assert found.method == "experiments"
    assert found.formula == "P(Y | do(X)) = P(Y | do(Z), X)  (the same for every value of Z)"
    assert found.latex.endswith(r"P(Y \mid \mathrm{do}(Z), X)")
    assert "an experiment that sets Z" in found.explanation
    assert found.audit.performed
    again = expression_from_json(found.to_json()["expression"])
    assert again == found.expression
    with pytest.raises(InputError, match="experiment that sets Z"):
        again.evaluate(Table.one(1))


def test_a_joint_experiment_is_used_where_single_ones_are_not_enough():
    graph = CausalGraph(
        directed=[("X1", "X2"), ("X2", "Y"), ("X1", "Y")],
        bidirected=[("X1", "X2"), ("X1", "Y"), ("X2", "Y")],
    )
    for one in ("X1", "X2"):
        assert not identify(graph, ["X1", "X2"], "Y", experiments=[one]).identified
    assert identify(graph, ["X1", "X2"], "Y", experiments=[["X1", "X2"]]).identified


def test_what_is_known_without_experiments_is_given_without_them():
    graph = CausalGraph(directed=[("C", "X"), ("C", "Y"), ("X", "Y")])
    assert identify(graph, "X", "Y", experiments=["X"]) == identify(graph, "X", "Y")


def test_transport_formulas_of_the_literature():
    trial = Population("trial", ("A",), (("X",),))
    bow = CausalGraph(directed=[("X", "Y"), ("A", "Y")], bidirected=[("X", "Y")])
    found = transport(bow, "X", "Y", populations=[trial])
    assert isinstance(found, Estimand)
    assert found.formula == "P(Y | do(X)) = Σ_A P(A) P_trial(Y | do(X), A)"
    assert found.latex.endswith(r"\sum_{A} P(A) P^{(\mathit{trial})}(Y \mid \mathrm{do}(X), A)")
    assert any("trial every variable answers" in a for a in found.assumptions)
    # a surrogate: the mechanism of the mediator differs (Pearl and Bareinboim 2011, figure 4c)
    way = CausalGraph(directed=[("X", "Z"), ("Z", "Y")], bidirected=[("X", "Y")])
    found = transport(way, "X", "Y", populations=[Population("trial", ("Z",), (("X",),))])
    assert found.formula == "P(Y | do(X)) = Σ_Z P(Z | X) P_trial(Y | do(X), Z)"
    refused = transport(bow, "X", "Y", populations=[Population("trial", ("Y",), (("X",),))])
    assert isinstance(refused, Refusal)
    assert "trial has other mechanisms of Y" in refused.reason
    assert refused.witness["kind"] == "sources"
    assert refused.needs


def test_conditions_make_an_effect_transportable():
    graph = CausalGraph(directed=[("X", "Y"), ("A", "Y")], bidirected=[("X", "Y")])
    trial = Population("trial", ("A",), (("X",),))
    found = transport(graph, "X", "Y", "A", populations=[trial], observed=False)
    assert found.formula == "P(Y | do(X), A) = P_trial(Y | do(X), A)"
    assert not transport(graph, "X", "Y", populations=[trial], observed=False).identified


def test_decisions_equal_general_identifiability_and_formulas_the_truth():
    rng = random.Random(1)
    kinds = {"observed": 0, "experiments": 0, "refused": 0}
    for p in oracle.random_problems(150, (4, 6), 41, density=(0.45, 0.35)):
        graph = graph_of(p)
        trials = [rng.sample(p.nodes, rng.choice((1, 2))) for _ in range(2)]
        found = identify(graph, p.X, p.Y, experiments=trials)
        g = BitGraph.of(graph)
        stuck = reachable(g, g.mask(p.X), g.mask(p.Y), [g.mask(t) for t in trials])
        assert found.identified == (stuck is None)
        if isinstance(found, Estimand):
            assert found.audit.performed
            assert found.audit.worst_error < 1e-9
            kinds["experiments" if found.method == "experiments" else "observed"] += 1
            told = {r.do for r in found.expression.regimes}
            assert told <= {(), *(tuple(sorted(t)) for t in trials)}
        else:
            kinds["refused"] += 1
    assert min(kinds.values()) > 10


def test_populations_on_random_graphs_are_audited():
    rng = random.Random(3)
    transported = refused = 0
    for p in oracle.random_problems(150, (4, 6), 43, density=(0.45, 0.3)):
        populations = [
            Population(name, tuple(rng.sample(p.nodes, 1)), (tuple(rng.sample(p.nodes, 1)), p.X))
            for name in ("one", "two")
        ]
        found = transport(graph_of(p), p.X, p.Y, populations=populations)
        if isinstance(found, Estimand):
            assert found.audit.performed
            transported += found.method == "transport"
        else:
            refused += 1
    assert transported > 15
    assert refused > 3


def test_the_audit_sees_that_a_population_differs():
    graph = CausalGraph(directed=[("X", "Y"), ("A", "Y")], bidirected=[("X", "Y")])
    g = BitGraph.of(graph)
    x, y, a = g.mask("X"), g.mask("Y"), g.mask("A")
    trial = Regime("trial", ("X",))
    right = Sum(("A",), Probability(("Y", "A"), (), trial))
    assert audit(g, x, y, 0, right, differs={"trial": 0}).performed
    with pytest.raises(CheckFailedError):
        audit(g, x, y, 0, right, differs={"trial": a})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"observed": False}, "no distribution"),
        ({"populations": [Population("a"), Population("a")]}, "same name"),
        ({"populations": [Population("a", ("Q",))]}, "no node 'Q'"),
        ({"experiments": ["Q"]}, "no node 'Q'"),
    ],
)
def test_wrong_calls_are_named(settings, words):
    with pytest.raises(UsageError, match=words):
        transport(CausalGraph(directed=[("X", "Y")]), "X", "Y", **settings)
    with pytest.raises(UsageError, match="needs a name"):
        Population(" ")


def test_a_loop_that_is_set_is_refused():
    graph = CausalGraph(
        directed=[("A", "B"), ("B", "A"), ("A", "X"), ("X", "Y")], bidirected=[("X", "Y")]
    )
    found = identify(graph, "X", "Y", experiments=["A"])
    assert isinstance(found, Refusal)
    assert found.witness["kind"] == "cycle"
