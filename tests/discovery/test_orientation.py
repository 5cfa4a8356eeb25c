from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.algorithms.pc import finish
from discovery.knowledge import Knowledge
from discovery.marks import adjacency, arrows, from_graph, to_graph, topological_order
from discovery.orientation import extend, to_cpdag
from discovery.simulate import random_dag
from discovery.skeleton import search_skeleton
from tests.discovery.helpers import colliders, common, members, names, oracle, table_of


def true_knowledge(dag: np.ndarray, rng: np.random.Generator) -> Knowledge:
    """Random knowledge that holds in the graph."""
    columns = names(len(dag))
    edges = [(columns[i], columns[j]) for i, j in np.argwhere(dag)]
    absent = [(columns[i], columns[j]) for i, j in np.argwhere(~dag) if i != j]
    tiers: list[list[str]] = []
    if rng.random() < 0.4:
        order = topological_order(dag) or []
        cut = sorted(rng.integers(0, len(order) + 1, 2).tolist())
        rows = [order[: cut[0]], order[cut[0] : cut[1]], order[cut[1] :]]
        tiers = [[columns[i] for i in row if rng.random() < 0.8] for row in rows]
    return Knowledge(
        [e for e in edges if rng.random() < 0.25],
        [e for e in absent if rng.random() < 0.25],
        tiers,
    )


def learn_with_oracle(dag: np.ndarray, knowledge: Knowledge):
    p = len(dag)
    table = table_of(np.random.default_rng(0).normal(size=(30, p)))
    index = {name: i for i, name in enumerate(table.columns)}
    protected = np.zeros((p, p), dtype=bool)
    for claim in knowledge.required:
        i, j = index[claim.source], index[claim.target]
        protected[i, j] = protected[j, i] = True
    return finish(table, knowledge, search_skeleton(p, oracle(dag), 0.5, protected=protected))


@given(st.integers(0, 10**9))
@settings(max_examples=150, deadline=None)
def test_true_knowledge_is_kept_and_every_orientation_is_true(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dag = random_dag(int(rng.integers(2, 7)), float(rng.uniform(0.5, 4)), rng)
    knowledge = true_knowledge(dag, rng)
    knowledge.check(names(len(dag)))
    found = learn_with_oracle(dag, knowledge)
    assert not found.conflicts
    assert (adjacency(found.marks) == (dag | dag.T)).all()
    assert not (arrows(found.marks) & ~dag).any()
    # complete too: exactly what all members of the class that knowledge allows have in common
    assert (found.marks == common(list(members(dag, knowledge.allowed(names(len(dag))))))).all()


@given(st.integers(0, 10**9))
@settings(max_examples=80, deadline=None)
def test_cpdag_and_extension_are_inverse(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dag = random_dag(int(rng.integers(2, 8)), float(rng.uniform(0.5, 4)), rng)
    cpdag = to_cpdag(dag)
    if len(dag) < 6:
        assert (cpdag == common(list(members(dag, np.ones_like(dag))))).all()
    member = extend(cpdag)
    assert member is not None
    assert topological_order(arrows(member)) is not None
    assert colliders(arrows(member)) == colliders(dag)
    assert (to_cpdag(arrows(member)) == cpdag).all()


def test_no_extension_of_a_chordless_undirected_square() -> None:
    square = np.zeros((4, 4), dtype=np.int8)
    for i in range(4):
        square[i, (i + 1) % 4] = square[(i + 1) % 4, i] = 1
    assert extend(square) is None


def test_a_cyclic_graph_has_no_class() -> None:
    dag = np.array([[0, 1], [1, 0]], dtype=bool)
    with pytest.raises(ValueError):
        to_cpdag(dag)


@given(st.integers(0, 10**9))
@settings(max_examples=50, deadline=None)
def test_marks_survive_the_graph_type(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p = int(rng.integers(2, 6))
    columns = names(p)
    marks = np.zeros((p, p), dtype=np.int8)
    for i in range(p):
        for j in range(i):
            if rng.random() < 0.6:
                marks[i, j], marks[j, i] = rng.integers(1, 4, 2)
    assert (from_graph(to_graph(marks, columns), columns) == marks).all()
