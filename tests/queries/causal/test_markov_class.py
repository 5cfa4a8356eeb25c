"""Effects in classes of graphs, against the enumeration of their members."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from graph.causal import CausalGraph, Mark
from graph.causal_classes import dag_members, ends, mag_members, oriented, parent_sets
from graph.errors import InputError, UsageError
from queries.causal import Estimand, Refusal, identify
from queries.causal.adjustment import is_valid
from queries.causal.audit import audit
from queries.causal.bits import BitGraph
from queries.causal.expression import Probability
from queries.causal.markov_class import confounded
from queries.causal.table import Table


def random_dag(rng: random.Random, n: int, density: float) -> CausalGraph:
    names = [chr(65 + i) for i in range(n)]
    rng.shuffle(names)
    pairs = itertools.combinations(names, 2)
    return CausalGraph(names, directed=[e for e in pairs if rng.random() < density])


def cpdag(dag: CausalGraph) -> CausalGraph:
    """The class of a DAG: unshielded colliders directed, then Meek's rules."""
    into = {
        (a, n)
        for n in dag.nodes
        for a, b in itertools.permutations(dag.parents(n), 2)
        if not dag.adjacent(a, b)
    }
    rest = [e for e in dag.directed if e not in into]
    found = oriented(CausalGraph(dag.nodes, directed=sorted(into), undirected=rest))
    assert found is not None
    return CausalGraph(
        found.nodes, directed=found.directed, undirected=found.undirected, kind="CPDAG"
    )


def separations(graph: CausalGraph) -> set[tuple[str, str, tuple[str, ...]]]:
    found = set()
    for a, b in itertools.combinations(graph.nodes, 2):
        rest = [n for n in graph.nodes if n not in (a, b)]
        for size in range(len(rest) + 1):
            for given in itertools.combinations(rest, size):
                if graph.m_separated(a, b, given):
                    found.add((a, b, given))
    return found


def all_dags(skeleton: CausalGraph) -> list[CausalGraph]:
    pairs = skeleton.skeleton()
    found = []
    for ways in itertools.product((0, 1), repeat=len(pairs)):
        edges = [e if w else e[::-1] for e, w in zip(pairs, ways, strict=True)]
        graph = CausalGraph(skeleton.nodes, directed=edges)
        if not graph.has_cycle:
            found.append(graph)
    return found


def test_members_of_classes_of_dags_are_all_and_only_those():
    rng = random.Random(3)
    for _ in range(25):
        dag = random_dag(rng, rng.choice((4, 5)), 0.5)
        wanted = {g.directed for g in all_dags(dag) if separations(g) == separations(dag)}
        found = [g.directed for g in dag_members(cpdag(dag))]
        assert len(found) == len(set(found))
        assert set(found) == wanted
        x = rng.sample(dag.nodes, 2)
        sets = {tuple(tuple(sorted(a for a, b in g if b == n)) for n in sorted(x)) for g in wanted}
        mine = [tuple(p[n] for n in sorted(x)) for p, _ in parent_sets(cpdag(dag), x)]
        assert len(mine) == len(set(mine))
        assert set(mine) == sets


def test_knowledge_is_followed_through_and_contradictions_are_found():
    chain = CausalGraph(undirected=[("A", "B"), ("B", "C")])
    found = oriented(chain, [("A", "B")])
    assert found is not None
    assert found.directed == (("A", "B"), ("B", "C"))
    assert oriented(chain, [("A", "B"), ("C", "B")]) is None
    with pytest.raises(UsageError, match="not joined"):
        oriented(chain, [("A", "C")])
    with pytest.raises(UsageError, match="no class"):
        oriented(CausalGraph(bidirected=[("A", "B")]))
    with pytest.raises(InputError, match="no DAG"):
        identify(CausalGraph(undirected=[("A", "B"), ("B", "C"), ("C", "D"), ("D", "A")]), "A", "B")


def joint_of(dag: CausalGraph, seed: int) -> Table:
    """A random positive distribution that the DAG factorises."""
    rng = np.random.default_rng(seed)
    found = Table.one(1)
    for n in dag.nodes:
        one = 0.1 + 0.8 * rng.random((1, *[2] * len(dag.parents(n))))
        found = found.multiply(Table.make([n, *dag.parents(n)], np.stack([one, 1 - one], axis=1)))
    return found


def truth(dag: CausalGraph, joint: Table, x: list[str], y: list[str]) -> np.ndarray:
    """P(y | do(x)) of one member: its factors without those of x."""
    found = Table.one(1)
    for n in dag.nodes:
        if n not in x:
            found = found.multiply(Probability((n,), dag.parents(n)).evaluate(joint))
    gone = set(found.names) - {*x, *y}
    return found.sum(gone).spread(tuple(sorted({*x, *y}))) * np.ones((1, *[2] * len({*x, *y})))


@pytest.mark.parametrize("joint", [False, True])
def test_effects_in_classes_of_dags_against_all_members(joint):
    rng = random.Random(7 + joint)
    kinds = {"identified": 0, "open": 0}
    for seed in range(120):
        dag = random_dag(rng, rng.choice((4, 5)), 0.55)
        graph = cpdag(dag)
        picked = rng.sample(dag.nodes, 3)
        x, y = (picked[:2], picked[2:]) if joint else (picked[:1], picked[1:2])
        seen = joint_of(dag, seed)
        answers = [truth(g, seen, x, y) for g in dag_members(graph)]
        same = max(np.abs(a - answers[0]).max() for a in answers) < 1e-9
        found = identify(graph, x, y)
        assert found.identified == same, (graph, x, y, found)
        if isinstance(found, Estimand):
            kinds["identified"] += bool(graph.undirected)
            assert found.audit.performed
            names = tuple(sorted({*x, *y}))
            mine = found.expression.evaluate(seen).spread(names)
            assert np.abs(mine - answers[0]).max() < 1e-9
        else:
            kinds["open"] += 1
            assert found.witness["complete"]
            assert len({a["formula"] for a in found.witness["answers"]}) > 1
            assert found.needs
    assert min(kinds.values()) > 10


def test_conditional_effects_in_classes_of_dags():
    rng = random.Random(5)
    identified = 0
    for seed in range(60):
        dag = random_dag(rng, 4, 0.55)
        graph = cpdag(dag)
        x, y, z = rng.sample(dag.nodes, 3)
        seen = joint_of(dag, seed)
        names = tuple(sorted((x, y, z)))
        found = identify(graph, x, y, z)
        if not isinstance(found, Estimand):
            continue
        identified += 1
        mine = found.expression.evaluate(seen).spread(names)
        for member in dag_members(graph):
            both = truth(member, seen, [x], [y, z])
            both = both / both.sum(axis=1 + names.index(y), keepdims=True)
            assert np.abs(mine - both).max() < 1e-9
    assert identified > 15


def mags(skeleton: CausalGraph) -> list[CausalGraph]:
    """All maximal ancestral graphs without undirected edges on a skeleton."""
    pairs = skeleton.skeleton()
    found = []
    for ways in itertools.product(("-->", "<--", "<->"), repeat=len(pairs)):
        graph = CausalGraph.from_edges(
            [(a, w, b) for (a, b), w in zip(pairs, ways, strict=True)], nodes=skeleton.nodes
        )
        if graph.has_cycle:
            continue
        if any(b in graph.ancestors(a) or a in graph.ancestors(b) for a, b in graph.bidirected):
            continue
        apart = {(a, b) for a, b, _ in separations(graph)}
        if all(
            graph.adjacent(a, b) or (a, b) in apart
            for a, b in itertools.combinations(graph.nodes, 2)
        ):
            found.append(CausalGraph.from_edges(graph.edges, nodes=graph.nodes, kind="MAG"))
    return found


def pag_of(members: list[CausalGraph]) -> CausalGraph:
    marks = [ends(m) for m in members]
    edges = []
    for a, b in members[0].skeleton():
        left, right = ({m[pair] for m in marks} for pair in ((b, a), (a, b)))
        edges.append(
            (a, *(next(iter(s)) if len(s) == 1 else Mark.CIRCLE for s in (left, right)), b)
        )
    return CausalGraph(members[0].nodes, circle=edges, kind="PAG")


def test_adjustment_in_pags_against_all_members():
    rng = random.Random(11)
    tried, identified, refused = 0, 0, 0
    while tried < 40:
        start = random_dag(rng, 4, 0.6)
        every = mags(start)
        if not every:
            continue
        tried += 1
        one = rng.choice(every)
        wanted = separations(one)
        members = [m for m in every if separations(m) == wanted]
        pag = pag_of(members)
        assert {m.edges for m in mag_members(pag)} == {m.edges for m in members}
        x, y = rng.sample(pag.nodes, 2)
        graphs = []
        for m in members:
            graphs += [BitGraph.of(confounded(m, order)) for order in ((), m.directed)]
        found = identify(pag, x, y)
        if isinstance(found, Estimand):
            identified += 1
            for g in graphs:
                audit(g, g.mask([x]), g.mask([y]), 0, found.expression)
        else:
            refused += 1
            others = [n for n in pag.nodes if n not in (x, y)]
            sets = [s for k in range(3) for s in itertools.combinations(others, k)]
            assert not any(
                all(is_valid(g, g.mask([x]), g.mask([y]), g.mask(s)) for g in graphs) for s in sets
            )
    assert identified > 10
    assert refused > 5


def test_a_cpdag_file_is_answered_or_gives_the_set_of_answers():
    known = CausalGraph(directed=[("A", "X"), ("B", "X"), ("X", "Y")], kind="CPDAG")
    found = identify(known, "X", "Y")
    assert isinstance(found, Estimand)
    assert "CPDAG" in found.assumptions[0]
    open_ = identify(CausalGraph(undirected=[("X", "Y")]), "X", "Y")
    assert isinstance(open_, Refusal)
    assert {a["formula"] for a in open_.witness["answers"]} == {"P(Y)", "P(Y | X)"}
    assert "P(Y | X)" in open_.reason
