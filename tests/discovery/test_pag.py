from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import discovery
from discovery import ConflictKind, Knowledge
from discovery.algorithms.fci import FCI, finish_pag
from discovery.marks import ARROW, CIRCLE, TAIL
from discovery.pag import orient_pag, possible_d_sep
from discovery.simulate import linear_gaussian, random_dag
from discovery.skeleton import Separations, Skeleton
from tests.discovery.helpers import dataset_of, names, oracle, table_of


def truth(dag: np.ndarray, p: int):
    """Adjacency and ancestry among the first p nodes, and a set that separates each other pair."""
    test = oracle(dag)
    reach = dag | np.eye(len(dag), dtype=bool)
    for _ in range(len(dag)):
        reach = (reach.astype(int) @ reach.astype(int)) > 0
    skeleton = Skeleton(~np.eye(p, dtype=bool), Separations(p), p_values=np.zeros((p, p)))
    for i, j in combinations(range(p), 2):
        rest = [k for k in range(p) if k not in (i, j)]
        for size in range(len(rest) + 1):
            found = next((s for s in combinations(rest, size) if test(i, j, s)), None)
            if found is not None:
                skeleton.separations.add((i, j), found, found, 1.0)
                skeleton.adjacent[i, j] = skeleton.adjacent[j, i] = False
                break
    return skeleton, reach[:p, :p]


def true_knowledge(dag: np.ndarray, cause: np.ndarray, rng: np.random.Generator) -> Knowledge:
    p = len(cause)
    columns = names(p)
    levels = rng.integers(0, 3, p)
    for _ in range(p):  # push effects down until no later tier causes an earlier one
        for i, j in np.argwhere(cause):
            levels[j] = max(levels[j], levels[i])
    tiers = [[columns[i] for i in range(p) if levels[i] == k] for k in range(3)]
    return Knowledge(
        [(columns[i], columns[j]) for i, j in np.argwhere(dag[:p, :p]) if rng.random() < 0.2],
        [(columns[i], columns[j]) for i, j in np.argwhere(~cause) if i != j and rng.random() < 0.2],
        tiers if rng.random() < 0.6 else [],
    )


@given(st.integers(0, 10**9))
@settings(max_examples=120, deadline=None)
def test_every_mark_is_true_with_hidden_causes_and_true_knowledge(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, hidden = int(rng.integers(2, 6)), int(rng.integers(0, 3))
    dag = random_dag(p + hidden, float(rng.uniform(1, 4)), rng)
    skeleton, cause = truth(dag, p)
    knowledge = true_knowledge(dag, cause, rng) if seed % 3 else Knowledge()
    knowledge.check(names(p))
    adjacent = skeleton.adjacent.copy()
    table = table_of(np.random.default_rng(0).normal(size=(30, p)))
    found = finish_pag(table, knowledge, skeleton)
    assert not found.conflicts
    assert ((found.marks != 0) == adjacent).all()
    for i, j in np.argwhere(adjacent):
        mark = found.marks[i, j]
        assert mark != ARROW or not cause[j, i]
        assert mark != TAIL or cause[j, i]
    for claim in knowledge.required:
        i, j = names(p).index(claim.source), names(p).index(claim.target)
        assert (found.marks[i, j], found.marks[j, i]) == (ARROW, TAIL)


def two(n: int = 2000):
    rng = np.random.default_rng(0)
    z = rng.normal(size=n)
    return dataset_of(np.column_stack([z, z + rng.normal(size=n)]), ("z", "y"))


def test_266_a_tier_gives_an_arrowhead_and_no_tail() -> None:
    """causal-learn's FCI makes z --> y of z o-o y and a tier, and so denies a hidden cause."""
    assert discovery.learn(two(), "fci").graph.to_edges() == [("y", "o-o", "z")]
    found = discovery.learn(two(), "fci", Knowledge(tiers=[["z"], ["y"]]))
    assert found.graph.to_edges() == [("z", "o->", "y")]
    assert found.graph.directed == ()


def test_266_is_still_in_causal_learn() -> None:
    from causallearn.graph.GraphNode import GraphNode
    from causallearn.search.ConstraintBased.FCI import fci
    from causallearn.utils.PCUtils.BackgroundKnowledge import BackgroundKnowledge

    known = BackgroundKnowledge()
    known.add_node_to_tier(GraphNode("X1"), 0)
    known.add_node_to_tier(GraphNode("X2"), 1)
    graph, _ = fci(
        two().frame.to_numpy(), "fisherz", 0.01, background_knowledge=known, show_progress=False
    )
    assert (graph.graph[0, 1], graph.graph[1, 0]) == (-1, 1)


def test_a_pair_that_causes_neither_way_shares_a_hidden_cause() -> None:
    found = discovery.learn(two(), "fci", Knowledge(forbidden=[("z", "y"), ("y", "z")]))
    assert found.graph.bidirected == (("y", "z"),)


def test_a_required_edge_is_kept_with_the_data_against_it() -> None:
    data = dataset_of(np.random.default_rng(1).normal(size=(500, 2)), ("a", "b"))
    found = discovery.learn(data, "fci", Knowledge(required=[("a", "b")]))
    assert found.graph.directed == (("a", "b"),)
    assert [c.kind for c in found.conflicts] == [ConflictKind.REQUIRED_ABSENT]


def test_what_the_data_say_against_knowledge_is_listed() -> None:
    """The Y structure a -> c <- b, c -> d shows that c causes d; knowledge denies it."""
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 3000))
    c = a + b + rng.normal(size=3000)
    data = dataset_of(np.column_stack([a, b, c, c + rng.normal(size=3000)]), tuple("abcd"))
    assert ("c", "d") in discovery.learn(data, "fci").graph.directed
    found = discovery.learn(data, "fci", Knowledge(forbidden=[("c", "d")]))
    assert ("c", "d") not in found.graph.directed
    assert [(c.source, c.target) for c in found.conflicts] == [("c", "d")]


def test_possible_d_sep_removes_an_edge_that_neighbours_do_not() -> None:
    """The example of Spirtes et al. 2000, section 6.3: only a set outside the neighbours separates."""
    p, hidden = 5, 2
    dag = np.zeros((p + hidden, p + hidden), dtype=bool)
    a, b, d, e, f, t1, t2 = range(7)
    for i, j in [(t1, a), (t1, b), (t2, d), (t2, e), (b, e), (d, a), (f, b), (f, d)]:
        dag[i, j] = True
    skeleton, _ = truth(dag, p)
    assert not skeleton.adjacent[a, e]
    separating = skeleton.separations[a, e].nodes
    assert separating <= {b, d, f}
    neighbours = {int(k) for k in np.flatnonzero(skeleton.adjacent[a])}
    assert not separating <= neighbours
    before = skeleton.adjacent.copy()
    before[a, e] = before[e, a] = True
    marks = orient_pag(before, skeleton.separations, colliders_only=True).marks
    assert separating <= set(possible_d_sep(marks, a)) | set(possible_d_sep(marks, e))
    # and from data
    rng = np.random.default_rng(5)
    values = linear_gaussian(dag, 20000, rng)[:, :p]
    table = table_of(values)
    assert FCI(alpha=1e-4).run(table, Knowledge()).marks[a, e] == 0


@pytest.mark.parametrize("seed", range(5))
def test_without_hidden_causes_the_colliders_are_those_of_pc(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = dataset_of(linear_gaussian(random_dag(8, 2, rng), 5000, rng))
    pag = discovery.learn(data, "fci", possible_d_sep=0).graph
    cpdag = discovery.learn(data, "pc").graph
    assert {frozenset(e[::2]) for e in pag.to_edges()} == {
        frozenset(e[::2]) for e in cpdag.to_edges()
    }


def test_circles_are_the_marks_that_are_not_known() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3000))
    table = table_of(np.column_stack([a, b, a + b + rng.normal(size=3000)]))
    marks = FCI().run(table, Knowledge()).marks
    assert (marks[0, 2], marks[2, 0]) == (ARROW, CIRCLE)
