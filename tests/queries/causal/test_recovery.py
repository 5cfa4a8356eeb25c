"""Selected and incomplete rows: published results, theorems on random graphs, and the audit."""

from __future__ import annotations

import random

import pytest

from benchmarks import identification_oracle as oracle
from graph.causal import CausalGraph
from graph.errors import UsageError
from queries.causal import identify
from queries.causal.expression import Expression, Probability, Product, Quotient, Sum
from queries.causal.recovery import recover
from queries.causal.results import Estimand, Refusal


def leaves(of: Expression) -> list[Probability]:
    if isinstance(of, Probability):
        return [of]
    if isinstance(of, Sum):
        return leaves(of.of)
    if isinstance(of, Product):
        return [p for f in of.factors for p in leaves(f)]
    assert isinstance(of, Quotient)
    return [*leaves(of.top), *leaves(of.bottom)]


def formula(*arguments, **settings) -> str:
    found = recover(*arguments, **settings)
    assert isinstance(found, Estimand), found.reason
    assert found.audit.performed
    return found.formula.split(" = ", 1)[1]


def test_selection_by_the_cause_and_by_the_effect():
    cause = CausalGraph(directed=[("X", "Y"), ("X", "S")])
    assert formula(cause, "X", "Y", selection="S") == "P(Y | S=1, X)"
    assert formula(cause, (), "Y", "X", selection="S") == "P(Y | S=1, X)"
    effect = CausalGraph(directed=[("X", "Y"), ("Y", "S")])
    refused = identify(effect, "X", "Y", selection="S")
    assert isinstance(refused, Refusal)
    assert "whether a unit is seen (S) answers to Y" in refused.reason
    assert refused.witness["exhaustive"]
    assert refused.needs == ("the distribution of Y among all units (a census)",)


def test_a_census_of_the_covariate_recovers_the_effect():
    graph = CausalGraph(directed=[("X", "Y"), ("Z", "X"), ("Z", "Y"), ("Z", "S"), ("X", "S")])
    assert not recover(graph, "X", "Y", selection="S").identified
    assert formula(graph, "X", "Y", selection="S", unbiased=["Z"]) == "Σ_Z P(Y | S=1, Z, X) P(Z)"


def test_missing_at_random_and_not():
    assert (
        formula(CausalGraph(["R"], directed=[("X", "Y")]), (), ["X", "Y"], missing={"Y": "R"})
        == "P(X, Y | R=1)"
    )
    at_random = CausalGraph(directed=[("X", "Y"), ("X", "R")])
    assert formula(at_random, (), ["X", "Y"], missing={"Y": "R"}) == "P(Y | X, R=1) P(X)"
    assert identify(at_random, "X", "Y", missing={"Y": "R"}).identified
    itself = CausalGraph(directed=[("X", "Y"), ("Y", "R")])
    refused = recover(itself, (), ["X", "Y"], missing={"Y": "R"})
    assert isinstance(refused, Refusal)
    assert "record Y for a random sample" in refused.needs[0]
    # each variable's record answers to the other: not at random, and recoverable (Mohan and Pearl)
    crossed = CausalGraph(directed=[("X", "Y"), ("X", "RY"), ("Y", "RX")])
    found = recover(crossed, (), ["X", "Y"], missing={"X": "RX", "Y": "RY"})
    assert isinstance(found, Estimand)
    assert found.audit.worst_error < 1e-9


def test_conditionals_are_recovered_exactly_when_selection_does_not_matter():
    """Bareinboim, Tian and Pearl 2014, theorem 1."""
    rng = random.Random(2)
    recovered = 0
    for p in oracle.random_problems(80, (3, 4), 3, density=(0.5, 0.15)):
        causes = rng.sample(p.nodes, rng.choice((1, 2)))
        graph = CausalGraph(
            [*p.nodes, "S"], directed=[*p.di, *((c, "S") for c in causes)], bidirected=p.bi
        )
        x, y = p.X[0], p.Y[0]
        found = recover(graph, (), y, x, selection="S")
        wanted = graph.m_separated(y, "S", x)
        assert found.identified == wanted, (graph.edges, x, y)
        recovered += wanted
    assert 10 < recovered < 70


def test_only_what_was_recorded_is_used_and_it_is_right():
    rng = random.Random(6)
    found_some = refused = 0
    for p in oracle.random_problems(60, (3, 3), 5, density=(0.6, 0.1)):
        gaps = dict(zip(rng.sample(p.nodes, 2), ("R1", "R2"), strict=True))
        edges = [(rng.choice(p.nodes), r) for r in gaps.values()]
        graph = CausalGraph([*p.nodes, "R1", "R2"], directed=[*p.di, *edges], bidirected=p.bi)
        x = p.X if rng.random() < 0.5 else ()
        y = p.Y if x else p.nodes
        found = recover(graph, x, y, missing=gaps, budget=6000)
        if not isinstance(found, Estimand):
            refused += 1
            continue
        found_some += 1
        assert found.audit.performed
        for leaf in leaves(found.expression):
            levels = dict(leaf.at)
            for variable, indicator in gaps.items():
                if variable in leaf.variables:
                    assert levels.get(indicator) == 1, (graph.edges, found.formula)
        if not x:
            # a variable whose record answers to itself cannot be recovered with the rest
            assert not any((v, r) in edges for v, r in gaps.items())
    assert found_some > 15
    assert refused > 5


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "question for identify"),
        ({"selection": "X"}, "indicator and something else"),
        ({"selection": "S", "missing": {"Y": "S"}}, "indicator of its own"),
        ({"selection": "C"}, "indicator 'C' causes 'X'"),
        ({"selection": "Q"}, "no node"),
    ],
)
def test_wrong_calls_are_named(settings, words):
    graph = CausalGraph(directed=[("X", "Y"), ("X", "S"), ("C", "X")])
    with pytest.raises(UsageError, match=words):
        recover(graph, "X", "Y", **settings)


def test_a_search_that_ends_early_says_so():
    graph = CausalGraph(
        directed=[("A", "X"), ("X", "Y"), ("A", "Y"), ("B", "Y"), ("Y", "S"), ("B", "A")]
    )
    found = recover(graph, "X", "Y", selection="S", budget=20)
    assert isinstance(found, Refusal)
    assert not found.witness["exhaustive"]
    assert "where the search ended" in found.reason
