"""Adjustment sets and instruments against enumeration."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from benchmarks import identification_oracle as oracle
from graph.causal import CausalGraph
from graph.errors import UsageError
from queries.causal.adjustment import is_valid
from queries.causal.adjustment_sets import adjustment_sets
from queries.causal.bits import BitGraph
from queries.causal.instrumental import conditional_instruments


def graph_of(p: oracle.Problem) -> CausalGraph:
    return CausalGraph(p.nodes, directed=p.di, bidirected=p.bi)


def valid_sets(graph: CausalGraph, x: tuple[str, ...], y: tuple[str, ...]) -> list[tuple[str, ...]]:
    g = BitGraph.of(graph)
    others = [n for n in graph.nodes if n not in (*x, *y)]
    return [
        s
        for k in range(len(others) + 1)
        for s in itertools.combinations(others, k)
        if is_valid(g, g.mask(x), g.mask(y), g.mask(s))
    ]


@pytest.mark.parametrize("joint", [False, True])
def test_every_kind_is_what_enumeration_finds(joint):
    rng = random.Random(2)
    several = 0
    for p in oracle.random_problems(300, (5, 7), 17, joint=joint, density=(0.45, 0.12)):
        graph = graph_of(p)
        others = [n for n in p.nodes if n not in (*p.X, *p.Y)]
        no = rng.sample(others, min(1, len(others)))
        must = [n for n in rng.sample(others, min(1, len(others))) if n not in no]
        costs = {n: rng.choice((0.5, 1.0, 2.5)) for n in others}
        for forbid, require in (((), ()), (no, ()), (no, must)):
            allowed = [
                s
                for s in valid_sets(graph, p.X, p.Y)
                if not set(s) & set(forbid) and set(require) <= set(s)
            ]
            minimal = [s for s in allowed if not any(set(t) < set(s) for t in allowed)]
            said = {"forbid": forbid, "require": require, "most": 5000}
            every = adjustment_sets(graph, p.X, p.Y, kind="all", **said)
            assert every.complete
            assert sorted(every.sets) == sorted(allowed)
            assert len(set(every.sets)) == len(every.sets)
            found = adjustment_sets(graph, p.X, p.Y, kind="minimal", **said)
            assert sorted(found.sets) == sorted(minimal), (p, forbid, require)
            several += len(minimal) > 1
            for kind, price in (("smallest", {}), ("cheapest", costs)):
                one = adjustment_sets(graph, p.X, p.Y, kind=kind, costs=price, **said)
                assert bool(one.sets) == bool(allowed)
                if allowed:
                    assert one.sets[0] in allowed
                    best = min(sum(price.get(n, 1.0) for n in s) for s in allowed)
                    assert sum(price.get(n, 1.0) for n in one.sets[0]) == pytest.approx(best)
    assert several >= 4


def left_over(cov, i: int, given: list[int]) -> float:
    """Variance of one variable given others."""
    if not given:
        return cov[i, i]
    return cov[i, i] - cov[i, given] @ np.linalg.solve(cov[np.ix_(given, given)], cov[given, i])


def test_the_optimal_set_has_the_smallest_variance():
    rng = np.random.default_rng(4)
    checked = 0
    for p in oracle.random_problems(80, (5, 6), 23, density=(0.5, 0.0)):
        graph = graph_of(p)
        found = adjustment_sets(graph, p.X, p.Y, kind="optimal")
        allowed = valid_sets(graph, p.X, p.Y)
        if not allowed or not graph.descendants(p.X) & set(p.Y):
            continue
        order = graph.topological_order()
        b = np.zeros((len(order), len(order)))
        at = {n: i for i, n in enumerate(order)}
        for a, c in graph.directed:
            b[at[c], at[a]] = rng.uniform(0.4, 1.0)
        settled = np.linalg.inv(np.eye(len(order)) - b)
        cov = settled @ np.diag(rng.uniform(0.5, 2, len(order))) @ settled.T

        def variance(s, cov=cov, at=at, p=p):
            z = [at[n] for n in s]
            x, y = at[p.X[0]], at[p.Y[0]]
            return left_over(cov, y, [x, *z]) / left_over(cov, x, z)

        assert "No other valid set" in found.note
        assert variance(found.sets[0]) <= min(map(variance, allowed)) * (1 + 1e-9)
        checked += len(allowed) > 1
    assert checked > 15


def test_listing_stops_and_says_so():
    names = [f"C{i}" for i in range(12)]
    graph = CausalGraph(directed=[*((n, "X") for n in names), ("X", "Y")])
    found = adjustment_sets(graph, "X", "Y", kind="all", most=50)
    assert len(found.sets) == 50
    assert not found.complete
    assert "there are more" in found.explanation


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"forbid": "C", "require": "C"}, "both forbidden and required"),
        ({"costs": {"C": -1}}, "0 or more"),
        ({"costs": {"Q": 1}}, "no node"),
    ],
)
def test_wrong_calls_are_named(settings, words):
    graph = CausalGraph(directed=[("C", "X"), ("C", "Y"), ("X", "Y")])
    with pytest.raises(UsageError, match=words):
        adjustment_sets(graph, "X", "Y", **settings)


def brute_instruments(graph: CausalGraph, x: str, y: str) -> set[tuple[str, tuple[str, ...]]]:
    without = graph.without_edges(out_of=[x])
    below = graph.descendants([x]) | graph.descendants([y])
    free = [n for n in graph.nodes if n not in below]
    found = set()
    for z in free:
        rest = [n for n in free if n != z]
        for k in range(len(rest) + 1):
            for s in itertools.combinations(rest, k):
                if without.m_separated(z, y, s) and not without.m_separated(z, x, s):
                    found.add((z, s))
    return found


def test_an_instrument_is_found_whenever_there_is_one():
    some = conditional = 0
    for p in oracle.random_problems(400, (5, 6), 31, density=(0.4, 0.25)):
        graph = graph_of(p)
        wanted = brute_instruments(graph, p.X[0], p.Y[0])
        found = {(i.node, i.given) for i in conditional_instruments(graph, p.X[0], p.Y[0])}
        assert found <= wanted
        assert bool(found) == bool(wanted), p
        some += bool(found)
        conditional += bool(found) and not any(not given for _, given in wanted)
    assert some > 100
    assert conditional > 5
