"""Background knowledge that causal-learn 0.1.4.8 loses, and ours must not (its issues 224, 76)."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import discovery
from discovery import ConflictKind, Knowledge
from graph.dataset import Dataset
from graph.errors import DataError
from tests.discovery.helpers import dataset_of

THEIRS = ["causal-learn/pc", "causal-learn/ges", "causal-learn/boss", "causal-learn/grasp"]
ALGORITHMS = ["boss", "ges", "grasp", "pc", *THEIRS, "causal-learn/exact-search"]
"""those that return a CPDAG; for hidden causes see test_pag.py"""


def chain(n: int = 2000) -> Dataset:
    rng = np.random.default_rng(0)
    x1 = rng.normal(size=n)
    x2 = x1 + rng.normal(size=n)
    x3 = x2 + rng.normal(size=n)
    return dataset_of(np.column_stack([x1, x2, x3]), ("x1", "x2", "x3"))


def independent(n: int = 2000) -> Dataset:
    rng = np.random.default_rng(1)
    x = rng.normal(size=n)
    return dataset_of(
        np.column_stack([x, x + rng.normal(size=n), rng.normal(size=n)]), ("x1", "x2", "x3")
    )


def _reference(dataset, *, forbidden=(), required=()):
    """causal-learn itself with its own background knowledge."""
    from causallearn.graph.GraphNode import GraphNode
    from causallearn.search.ConstraintBased.PC import pc
    from causallearn.utils.PCUtils.BackgroundKnowledge import BackgroundKnowledge

    known = BackgroundKnowledge()
    for a, b in forbidden:
        known.add_forbidden_by_node(GraphNode(a), GraphNode(b))
    for a, b in required:
        known.add_required_by_node(GraphNode(a), GraphNode(b))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pc(
            dataset.frame.to_numpy(), 0.01, background_knowledge=known, show_progress=False,
            node_names=list(dataset.columns),
        ).G.graph  # fmt: skip


def test_224_is_still_in_causal_learn() -> None:
    graph = _reference(chain(), forbidden=[("x1", "x3"), ("x3", "x1")])
    assert graph[1, 0] == 1  # x1 -> x2
    assert graph[1, 2] == 1  # x3 -> x2: the false collider


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_224_forbidding_both_ways_makes_no_collider(algorithm: str) -> None:
    knowledge = Knowledge(forbidden=[("x1", "x3"), ("x3", "x1")])
    found = discovery.learn(chain(), algorithm, knowledge)
    assert found.graph.undirected == (("x1", "x2"), ("x2", "x3"))
    assert found.graph.directed == ()
    assert found.conflicts == ()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_224_a_forbidden_pair_that_the_data_tie_gives_no_collider_either(algorithm: str) -> None:
    """x1 -> x3 is real, but forbidden: no edge, no collider from its absence, and a conflict."""
    rng = np.random.default_rng(2)
    x1 = rng.normal(size=2000)
    x2 = x1 + rng.normal(size=2000)
    x3 = -0.5 * x1 + 1.5 * x2 + rng.normal(size=2000)
    data = dataset_of(np.column_stack([x1, x2, x3]), ("x1", "x2", "x3"))
    found = discovery.learn(data, algorithm, Knowledge(forbidden=[("x1", "x3"), ("x3", "x1")]))
    assert found.graph.undirected == (("x1", "x2"), ("x2", "x3"))
    (conflict,) = found.conflicts
    assert conflict.kind is ConflictKind.FORBIDDEN_ADJACENT
    assert (conflict.source, conflict.target) == ("x1", "x3")
    assert conflict.p_value is not None
    assert conflict.p_value < 1e-6


def test_76_is_still_in_causal_learn() -> None:
    graph = _reference(independent(), required=[("x1", "x3")])
    assert graph[0, 2] == 0


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_76_a_required_edge_is_kept_and_the_data_against_it_are_shown(algorithm: str) -> None:
    knowledge = Knowledge(required=[discovery.EdgeClaim("x1", "x3", ("st-7",), 0.95)])
    found = discovery.learn(independent(), algorithm, knowledge, bootstraps=3)
    assert ("x1", "x3") in found.graph.directed
    (conflict,) = [c for c in found.conflicts if c.kind is ConflictKind.REQUIRED_ABSENT]
    assert conflict.statements == ("st-7",)
    assert conflict.p_value is not None
    assert conflict.p_value > 0.01
    (edge,) = [e for e in found.edges if e.target == "x3"]
    assert edge.required
    assert edge.conflicts == (conflict,)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_collider_against_knowledge_is_a_conflict_with_its_test(algorithm: str) -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 2000))
    data = dataset_of(np.column_stack([a, b, a + b + rng.normal(size=2000)]), ("a", "b", "c"))
    knowledge = Knowledge(forbidden=[discovery.EdgeClaim("a", "c", ("st-1",), 0.9)])
    found = discovery.learn(data, algorithm, knowledge)
    assert ("c", "a") in found.graph.directed
    (conflict,) = found.conflicts
    assert conflict.kind is ConflictKind.DIRECTION
    assert conflict.statements == ("st-1",)
    assert "collider a -> c <- b" in conflict.data
    # the other arm of the refused collider is not concluded from it
    assert ("b", "c") not in found.graph.directed


@pytest.mark.parametrize("algorithm", ["pc", *THEIRS])
def test_directions_that_force_a_cycle_are_refused(algorithm: str) -> None:
    rng = np.random.default_rng(4)
    h = rng.normal(size=(2000, 1))
    data = dataset_of(h + 0.3 * rng.normal(size=(2000, 3)), ("a", "b", "c"))
    knowledge = Knowledge(forbidden=[("b", "a"), ("c", "b"), ("a", "c")])
    with pytest.raises(DataError, match="cycle: a -> b -> c -> a"):
        discovery.learn(data, algorithm, knowledge)


def test_a_search_under_such_directions_drops_an_edge_and_says_so() -> None:
    rng = np.random.default_rng(4)
    h = rng.normal(size=(2000, 1))
    data = dataset_of(h + 0.3 * rng.normal(size=(2000, 3)), ("a", "b", "c"))
    knowledge = Knowledge(forbidden=[("b", "a"), ("c", "b"), ("a", "c")])
    found = discovery.learn(data, "boss", knowledge)
    assert not found.graph.has_cycle
    assert len(found.graph.directed) == 2
    (lost,) = {("a", "b"), ("b", "c"), ("a", "c")} - {
        tuple(sorted((e.source, e.target))) for e in found.edges
    }
    assert any(
        (c.source, c.target) == lost and c.kind is ConflictKind.FORBIDDEN_ADJACENT
        for c in found.conflicts
    )


def test_a_column_without_a_tier_is_not_taken_for_one_of_the_first() -> None:
    knowledge = Knowledge(forbidden=[("a", "c")], tiers=[["b"], ["a"]])
    assert knowledge.against("a", "c")[0] == "a -> c is forbidden"
    assert knowledge.against("a", "d") == ("", ())
    assert "tier 2" in knowledge.against("a", "b")[0]
