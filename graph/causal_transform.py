"""Causal graphs made from causal graphs: hidden nodes taken out or put back, a member of a class."""

from __future__ import annotations

from collections.abc import Iterable

from graph.causal import CausalGraph
from graph.causal_marks import GraphKind
from graph.errors import InputError, UsageError

__all__ = ["acyclification", "canonical_dag", "consistent_extension", "latent_projection"]


def latent_projection(graph: CausalGraph, hidden: Iterable[str]) -> CausalGraph:
    """Return the ADMG over the other nodes that says the same about them (Verma & Pearl 1990).

    A directed path whose inner nodes are hidden becomes a directed edge; two nodes with a hidden
    common cause get a bidirected edge. The order in which nodes are taken out does not matter.

    Raises:
        UsageError: for an unknown node, or a graph with undirected or circle edges.
        InputError: if a hidden node carries a feedback loop back to one node.
    """
    names = graph._names(graph.indices(hidden))
    if not names:
        return graph
    if graph.undirected or graph.circle:
        raise UsageError(
            f"hidden nodes cannot be projected out of a {graph.kind}",
            hint="Only directed and bidirected edges can be projected.",
        )
    pa = {n: set(graph.parents(n)) for n in graph.nodes}
    ch = {n: set(graph.children(n)) for n in graph.nodes}
    sib = {n: set(graph.siblings(n)) for n in graph.nodes}
    for u in names:
        parents, children, siblings = pa.pop(u), ch.pop(u), sib.pop(u)
        if loop := sorted(parents & children):
            raise InputError(
                f"{loop[0]!r} feeds back on itself through the hidden node {u!r}",
                hint="Keep that node as a variable, or remove one of the two edges.",
            )
        for p in parents:
            ch[p] = (ch[p] - {u}) | children
        for c in children:
            pa[c] = (pa[c] - {u}) | parents
            sib[c] |= (children | siblings) - {c}
        for s in siblings:
            sib[s] = (sib[s] - {u}) | (children - {s})
    return CausalGraph(
        pa,
        directed=((p, n) for n, parents in pa.items() for p in parents),
        bidirected=((n, s) for n, siblings in sib.items() for s in siblings),
    )


def acyclification(graph: CausalGraph) -> CausalGraph:
    """Return the acyclic graph of the model in which every feedback loop has settled.

    The variables of a loop (a strongly connected component) become joint functions of what acts on the
    component from outside: each gets all those parents, and each pair a bidirected edge. If every loop
    has one solution for every value of what acts on it, both models have the same observations, and the
    same response to interventions on variables outside all loops (Forre and Mooij, arXiv:1710.08775,
    definition 2.8.1; Bongers, Forre, Peters and Mooij, Annals of Statistics 49:2885, 2021, section 7).
    An acyclic graph comes back unchanged.

    Raises:
        UsageError: for a graph with undirected or circle edges.
    """
    if graph.undirected or graph.circle:
        raise UsageError(f"a {graph.kind} has no acyclification")
    if not graph.has_cycle:
        return graph
    loops = graph.strongly_connected()
    of = {n: part for part in loops for n in part}
    directed: set[tuple[str, str]] = set()
    bidirected: set[tuple[str, str]] = set()
    for a, b in graph.directed:
        if b not in of or a not in of[b]:
            directed.update((a, n) for n in of.get(b, (b,)))
    for a, b in graph.bidirected:
        ends = [(m, n) for m in of.get(a, (a,)) for n in of.get(b, (b,)) if m != n]
        bidirected.update((min(pair), max(pair)) for pair in ends)
    for part in loops:
        bidirected.update((a, b) for a in part for b in part if a < b)
    return CausalGraph(graph.nodes, directed=sorted(directed), bidirected=sorted(bidirected))


def canonical_dag(graph: CausalGraph) -> tuple[CausalGraph, tuple[str, ...]]:
    """Return a directed graph with one hidden cause for each bidirected edge, and their names.

    Raises:
        UsageError: for a graph with undirected or circle edges.
    """
    if graph.undirected or graph.circle:
        raise UsageError(f"a {graph.kind} has no canonical DAG")
    directed = list(graph.directed)
    hidden: list[str] = []
    for a, b in graph.bidirected:
        name = f"U[{a},{b}]"
        while name in graph or name in hidden:
            name += "'"
        hidden.append(name)
        directed += [(name, a), (name, b)]
    return CausalGraph((*graph.nodes, *hidden), directed=directed), tuple(hidden)


def consistent_extension(graph: CausalGraph) -> CausalGraph:
    """Return a DAG of the class a CPDAG stands for (Dor & Tarsi 1992), always the same one.

    Raises:
        UsageError: for a graph with bidirected or circle edges.
        InputError: if no DAG has these edges without a new collider or a cycle.
    """
    if graph.bidirected or graph.circle:
        raise UsageError(f"a {graph.kind} has no DAG in its class")
    pa = {n: set(graph.parents(n)) for n in graph.nodes}
    ch = {n: set(graph.children(n)) for n in graph.nodes}
    nb = {n: set(graph.neighbors(n)) for n in graph.nodes}
    directed = set(graph.directed)
    left = list(graph.nodes)
    while left:
        for x in left:
            # a sink all of whose undirected neighbours see everything x sees can be last
            near = pa[x] | nb[x]
            if not ch[x] and all(near - {y} <= pa[y] | ch[y] | nb[y] for y in nb[x]):
                break
        else:
            raise InputError(
                f"no DAG has these edges: {', '.join(left[:5])} cannot be oriented without a new "
                "collider or a cycle",
                hint="It is not the CPDAG of any DAG; check how it was learned.",
            )
        directed |= {(y, x) for y in nb[x]}
        for y in pa[x]:
            ch[y].discard(x)
        for y in nb[x]:
            nb[y].discard(x)
        left.remove(x)
    return CausalGraph(graph.nodes, directed=directed, kind=GraphKind.DAG)
