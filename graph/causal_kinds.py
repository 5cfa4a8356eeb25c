"""Which kind of graph a set of edges is, and whether a declared kind allows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.causal_marks import GraphKind, Pair
from graph.errors import InputError

if TYPE_CHECKING:
    from graph.causal import CausalGraph

__all__ = ["check", "infer", "named"]

ALLOWED = {
    GraphKind.DAG: ("directed",),
    GraphKind.ADMG: ("directed", "bidirected"),
    GraphKind.CPDAG: ("directed", "undirected"),
    GraphKind.MAG: ("directed", "bidirected", "undirected"),
}
SIMPLE = (GraphKind.CPDAG, GraphKind.MAG, GraphKind.PAG)
"""Kinds with at most one edge between two nodes."""


def named(kind: GraphKind | str) -> GraphKind:
    """Return the kind of this name; :class:`~graph.errors.InputError` if there is none."""
    try:
        return GraphKind(kind)
    except ValueError:
        raise InputError(
            f"there is no kind of graph {kind!r}", hint=f"There are {', '.join(GraphKind)}."
        ) from None


def infer(graph: CausalGraph) -> GraphKind:
    """Return the kind that the edges alone tell."""
    if graph.has_cycle:
        return GraphKind.MIXED
    if graph.circle:
        return GraphKind.PAG if _double(graph) is None else GraphKind.MIXED
    if graph.undirected:
        simple = not graph.bidirected and _double(graph) is None
        return GraphKind.CPDAG if simple else GraphKind.MIXED
    return GraphKind.ADMG if graph.bidirected else GraphKind.DAG


def check(graph: CausalGraph, kind: GraphKind) -> None:
    """Raise :class:`~graph.errors.InputError` naming the first edge that ``kind`` does not allow."""
    wrong = ""
    for name in ("directed", "bidirected", "undirected", "circle"):
        edges = getattr(graph, name)
        if edges and name not in ALLOWED.get(kind, (name,)):
            wrong = f"the {name} edge {edges[0][0]!r}, {edges[0][-1]!r}"
            break
    if not wrong and kind is not GraphKind.MIXED and (loop := graph.find_cycle()):
        wrong = f"the directed cycle {' -> '.join([*loop, loop[0]])}"
    if not wrong and kind in SIMPLE and (double := _double(graph)):
        wrong = f"two edges between {double[0]!r} and {double[1]!r}"
    if wrong:
        raise InputError(f"a {kind} cannot have {wrong}")


def _double(graph: CausalGraph) -> Pair | None:
    """The first pair of nodes with more than one edge."""
    seen: set[Pair] = set()
    for a, _, b in graph.edges:
        pair = (min(a, b), max(a, b))
        if pair in seen:
            return pair
        seen.add(pair)
    return None
