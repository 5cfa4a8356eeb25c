"""Equivalence classes of causal graphs: what a partly directed graph implies, and its members.

Undirected edges may go either way as long as no directed cycle and no new unshielded collider arises
(a CPDAG, or one with background knowledge: an MPDAG, Meek, UAI 1995). Circle marks may be tails or
arrowheads as long as the maximal ancestral graph has the same separations (a PAG, Zhang 2008).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, product

from graph.causal import CausalGraph
from graph.causal_marks import SYMBOLS, GraphKind, Mark, Pair
from graph.causal_transform import consistent_extension
from graph.errors import UsageError

__all__ = [
    "dag_members", "ends", "mag_member", "mag_members", "oriented", "parent_sets",
]  # fmt: skip

MOST_CIRCLES = 14
"""circle marks up to which the members of a PAG are listed"""


def oriented(graph: CausalGraph, edges: Iterable[Pair] = ()) -> CausalGraph | None:
    """Return the graph with these undirected edges directed and all that follows from it (Meek's four
    rules), or None if no DAG of the class has them.

    Raises:
        UsageError: for a graph with bidirected or circle edges, or an edge that is not there.
    """
    if graph.bidirected or graph.circle:
        raise UsageError(f"a {graph.kind} is no class of DAGs")
    pa = {n: set(graph.parents(n)) for n in graph.nodes}
    ch = {n: set(graph.children(n)) for n in graph.nodes}
    nb = {n: set(graph.neighbors(n)) for n in graph.nodes}
    colliders = _colliders(graph.nodes, pa, _near(pa, ch, nb))

    def point(a: str, b: str) -> None:
        nb[a].discard(b)
        nb[b].discard(a)
        pa[b].add(a)
        ch[a].add(b)

    for a, b in edges:
        if b in nb[a]:
            point(a, b)
        elif a not in pa[b]:
            if b in pa[a]:
                return None
            raise UsageError(f"{a!r} and {b!r} are not joined by an edge that can be directed")
    near = _near(pa, ch, nb)
    changed = True
    while changed:
        changed = False
        for a in graph.nodes:
            for b in sorted(nb[a]):
                if b in nb[a] and _must(a, b, pa, ch, nb, near):
                    point(a, b)
                    changed = True
    found = CausalGraph(
        graph.nodes,
        directed=((a, b) for b, above in pa.items() for a in above),
        undirected=((a, b) for a, beside in nb.items() for b in beside if a < b),
    )
    if found.has_cycle or _colliders(graph.nodes, pa, near) != colliders:
        return None
    return found if found.undirected else _as_class(found)


def _as_class(graph: CausalGraph) -> CausalGraph:
    return CausalGraph(graph.nodes, directed=graph.directed, kind=GraphKind.CPDAG)


Sets = dict[str, set[str]]


def _near(pa: Sets, ch: Sets, nb: Sets) -> Sets:
    return {n: pa[n] | ch[n] | nb[n] for n in pa}


def _colliders(nodes: Iterable[str], pa: Sets, near: Sets) -> set[tuple[str, str, str]]:
    return {(a, n, b) for n in nodes for a, b in combinations(sorted(pa[n]), 2) if b not in near[a]}


def _must(a: str, b: str, pa: Sets, ch: Sets, nb: Sets, near: Sets) -> bool:
    """Whether a --- b has to be a --> b."""
    if any(c not in near[b] for c in pa[a] - {b}):  # else a new collider at a
        return True
    if ch[a] & pa[b]:  # else a cycle
        return True
    between = nb[a] & pa[b]
    if any(d not in near[c] for c, d in combinations(sorted(between), 2)):
        return True
    return any(d in nb[a] and d not in near[b] for c in pa[b] & near[a] for d in pa[c] if d != b)


def dag_members(graph: CausalGraph, most: int = 10_000) -> Iterator[CausalGraph]:
    """Yield the DAGs of a class, at most ``most``; nothing if there is none.

    Raises:
        UsageError: for a graph with bidirected or circle edges.
    """
    start = oriented(graph)
    waiting = [start] if start is not None else []
    number = 0
    while waiting and number < most:
        one = waiting.pop()
        if not one.undirected:
            number += 1
            yield CausalGraph(one.nodes, directed=one.directed, kind=GraphKind.DAG)
            continue
        a, b = one.undirected[0]
        waiting += [g for e in ((b, a), (a, b)) if (g := oriented(one, [e])) is not None]


def parent_sets(
    graph: CausalGraph, nodes: Iterable[str]
) -> Iterator[tuple[dict[str, tuple[str, ...]], CausalGraph]]:
    """Yield what the parents of ``nodes`` are together in some DAG of the class, each possibility once,
    with the class of the DAGs that have them.

    Source: Maathuis, Kalisch and Buehlmann (2009) for one node, Nandy, Maathuis and Richardson (2017) for
    several; with background knowledge Perkovic, Kalisch and Maathuis (2017).
    """
    names = sorted(set(nodes))
    start = oriented(graph)
    waiting = [(0, start)] if start is not None else []
    while waiting:
        k, one = waiting.pop()
        if k == len(names):
            yield {n: one.parents(n) for n in names}, one
            continue
        node = names[k]
        beside = one.neighbors(node)
        if not beside:
            waiting.append((k + 1, one))
            continue
        for ways in product((True, False), repeat=len(beside)):
            edges = [(b, node) if into else (node, b) for b, into in zip(beside, ways, strict=True)]
            if (more := oriented(one, edges)) is not None:
                waiting.append((k + 1, more))


# marks -------------------------------------------------------------------------------------


def ends(graph: CausalGraph) -> dict[Pair, Mark]:
    """Return (a, b) -> the mark at b of the edge between them, both ways. For graphs with at most one
    edge between two nodes."""
    found: dict[Pair, Mark] = {}
    for a, symbol, b in graph.edges:
        found[b, a], found[a, b] = SYMBOLS[symbol]
    return found


def mag_member(graph: CausalGraph) -> CausalGraph:
    """Return a maximal ancestral graph of the class of a PAG without selection, always the same one: circles
    at the tails of ``o->`` become tails, and the rest is oriented as a DAG without new colliders (Zhang
    2008, lemma 3.3.4).

    Raises:
        InputError: if the circles cannot be oriented so: it is no PAG.
    """
    directed = list(graph.directed)
    directed += [(a, b) if at_b is Mark.ARROW else (b, a)
                 for a, at_a, at_b, b in graph.circle if Mark.ARROW in (at_a, at_b)]  # fmt: skip
    # a o-- b cannot be without selection; a tail is certain there
    directed += [(a, b) if at_a is Mark.TAIL else (b, a)
                 for a, at_a, at_b, b in graph.circle if Mark.TAIL in (at_a, at_b)]  # fmt: skip
    open_ = [(a, b) for a, at_a, at_b, b in graph.circle if at_a is at_b]
    if open_:
        part = CausalGraph(undirected=open_)
        directed += consistent_extension(part).directed
    return CausalGraph(
        graph.nodes, directed=directed, bidirected=graph.bidirected, kind=GraphKind.MAG
    )


def mag_members(graph: CausalGraph) -> Iterator[CausalGraph]:
    """Yield the maximal ancestral graphs of a PAG's class, without selection.

    Raises:
        UsageError: for more than :data:`MOST_CIRCLES` circle marks.
        InputError: if the graph is no PAG.
    """
    reference = mag_member(graph)
    at = ends(graph)
    circles = sorted(pair for pair, mark in at.items() if mark is Mark.CIRCLE)
    if len(circles) > MOST_CIRCLES:
        raise UsageError(
            f"the class has {len(circles)} open edge ends, and its members are listed up to {MOST_CIRCLES}",
            hint="Orient some of them by what is known (time order, a trial).",
        )
    pairs = graph.skeleton()
    wanted = _separations(reference)
    for marks in product((Mark.ARROW, Mark.TAIL), repeat=len(circles)):
        mine = at | dict(zip(circles, marks, strict=True))
        if any(mine[a, b] is mine[b, a] is Mark.TAIL for a, b in pairs):
            continue
        directed = [(a, b) for a, b in mine if mine[a, b] is Mark.ARROW and mine[b, a] is Mark.TAIL]
        both = [(a, b) for a, b in pairs if mine[a, b] is mine[b, a] is Mark.ARROW]
        plain = CausalGraph(graph.nodes, directed=directed, bidirected=both)
        if plain.has_cycle or any(
            b in plain.ancestors(a) or a in plain.ancestors(b) for a, b in both
        ):
            continue
        one = CausalGraph(graph.nodes, directed=directed, bidirected=both, kind=GraphKind.MAG)
        if _separations(one) == wanted:
            yield one


def _separations(graph: CausalGraph) -> frozenset[tuple[str, str, tuple[str, ...]]]:
    """Every separation of two nodes: the whole independence model."""
    found = set()
    for a, b in combinations(graph.nodes, 2):
        if graph.adjacent(a, b):
            continue
        rest = [n for n in graph.nodes if n not in (a, b)]
        for size in range(len(rest) + 1):
            for given in combinations(rest, size):
                if graph.m_separated(a, b, given):
                    found.add((a, b, given))
    return frozenset(found)
