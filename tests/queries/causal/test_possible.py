"""Possible effects against regression in every member of the class."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from graph.causal import CausalGraph
from graph.causal_classes import dag_members
from graph.dataset import Dataset
from graph.errors import DataError, InputError, UsageError
from queries.causal.possible import possible_effects
from tests.queries.causal.test_markov_class import cpdag


def rows(nodes, seed: int, n: int = 400) -> Dataset:
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(n, len(nodes))) @ rng.normal(size=(len(nodes), len(nodes)))
    return Dataset(pd.DataFrame(mixed, columns=list(nodes)))


@pytest.mark.parametrize("x", [["B"], ["A", "C"]])
def test_the_multiset_holds_what_every_member_implies(x):
    graph = CausalGraph(
        undirected=[("A", "B"), ("B", "C"), ("A", "C"), ("C", "Y"), ("B", "Y")], kind="CPDAG"
    )
    data = rows(graph.nodes, 1)
    found = possible_effects(graph, x, "Y", data)
    assert found.complete
    wanted: dict[tuple, int] = {}
    for dag in dag_members(graph):
        parents = tuple((n, dag.parents(n)) for n in x)
        wanted[parents] = wanted.get(parents, 0) + 1
    assert {tuple(e.adjustment.items()): e.members for e in found.effects} == wanted
    assert len(found.effects) > 2
    low, high = found.range(x[0])
    assert low <= high
    assert found.least(x[0]) <= min(abs(low), abs(high))


def test_the_truth_is_one_of_them_when_the_class_is_right():
    rng = np.random.default_rng(5)
    for _ in range(20):
        names = list("ABCY")
        order = list(rng.permutation(names))
        edges = [e for e in itertools.combinations(order, 2) if rng.random() < 0.7]
        dag = CausalGraph(names, directed=edges)
        b = np.zeros((4, 4))
        at = {n: i for i, n in enumerate(dag.nodes)}
        for a, c in edges:
            b[at[c], at[a]] = rng.uniform(0.5, 1.0)
        noise = rng.normal(size=(4000, 4))
        noise = np.linalg.qr(noise - noise.mean(axis=0))[0]  # exactly uncorrelated
        data = Dataset(
            pd.DataFrame(noise @ np.linalg.inv(np.eye(4) - b).T, columns=list(dag.nodes))
        )
        for x in (["A"], ["A", "B"]):
            cut = b.copy()
            cut[[at[n] for n in x]] = 0
            truth = [np.linalg.inv(np.eye(4) - cut)[at["Y"], at[n]] for n in x]
            found = possible_effects(cpdag(dag), x, "Y", data)
            assert any(
                np.allclose([e.values[n] for n in x], truth, atol=1e-8) for e in found.effects
            )


def test_pags_say_where_no_adjustment_does_it():
    open_ = CausalGraph(circle=[("X", "o", "o", "Y")])
    found = possible_effects(open_, "X", "Y", rows("XY", 2))
    assert {None if e.values is None else e.values["X"] for e in found.effects} == {None, 0.0}
    assert "give no number" in found.explanation
    known = CausalGraph.from_edges([("Z", "o->", "X"), ("W", "o->", "X"), ("X", "-->", "Y")])
    sure = possible_effects(known, "X", "Y", rows("WXYZ", 3))
    assert len(sure.effects) == 1
    assert sure.effects[0].values is not None
    assert sure.to_json()["effects"][0]["members"] > 1


def test_wrong_calls_are_named():
    pag = CausalGraph(circle=[("X", "o", ">", "Y"), ("A", "o", ">", "Y")])
    with pytest.raises(UsageError, match="one treatment"):
        possible_effects(pag, ["X", "A"], "Y", rows("AXY", 0))
    with pytest.raises(UsageError, match="not ADMG"):
        possible_effects(CausalGraph(bidirected=[("X", "Y")]), "X", "Y", rows("XY", 0))
    with pytest.raises(DataError, match="too few"):
        possible_effects(CausalGraph(undirected=[("X", "Y")]), "X", "Y", rows("XY", 0, n=3))
    square = CausalGraph(undirected=[("A", "X"), ("X", "B"), ("B", "Y"), ("Y", "A")])
    with pytest.raises(InputError, match="no"):
        possible_effects(square, "X", "Y", rows("ABXY", 0))
