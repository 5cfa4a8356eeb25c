"""Edge marks as a matrix, the form the algorithms work on.

``marks[i, j]`` is the mark at ``j`` of the edge between ``i`` and ``j``: 0 no edge, 1 tail, 2 arrow,
3 circle. ``i -> j`` is ``marks[i, j] == ARROW and marks[j, i] == TAIL``. Shape [p, p], int8.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from graph.causal import CausalGraph

__all__ = [
    "ARROW", "CIRCLE", "TAIL", "Marks", "adjacency", "arrows", "closure", "from_graph", "kind_of",
    "parents", "skeleton_marks", "to_graph", "topological_order",
]  # fmt: skip

Marks = NDArray[np.int8]
TAIL, ARROW, CIRCLE = 1, 2, 3

_KINDS = {
    (TAIL, ARROW): "-->",
    (ARROW, TAIL): "<--",
    (TAIL, TAIL): "---",
    (ARROW, ARROW): "<->",
    (CIRCLE, ARROW): "o->",
    (ARROW, CIRCLE): "<-o",
    (CIRCLE, CIRCLE): "o-o",
    (CIRCLE, TAIL): "o--",
    (TAIL, CIRCLE): "--o",
}
_VALUES = {kind: ends for ends, kind in _KINDS.items()}


def kind_of(marks: Marks, i: int, j: int) -> str:
    """Return the edge read from ``i`` to ``j`` (``-->``, ``<--``, ``---`` ...), "" if there is none."""
    return _KINDS.get((int(marks[j, i]), int(marks[i, j])), "")


def skeleton_marks(adjacent: NDArray[np.bool_], mark: int = TAIL) -> Marks:
    """Return marks [p, p] with ``mark`` at both ends of every adjacent pair."""
    return np.where(adjacent, mark, 0).astype(np.int8)


def adjacency(marks: Marks) -> NDArray[np.bool_]:
    """Return which pairs have an edge, [p, p]."""
    return np.asarray(marks != 0)


def arrows(marks: Marks) -> NDArray[np.bool_]:
    """Return ``[i, j]``: is there a directed edge ``i -> j``, [p, p]."""
    return np.asarray((marks == ARROW) & (marks.T == TAIL))


def parents(marks: Marks, i: int) -> list[int]:
    """Return the parents of ``i``, ascending."""
    return [int(k) for k in np.flatnonzero((marks[:, i] == ARROW) & (marks[i] == TAIL))]


def closure(relation: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the transitive closure of a relation [p, p] (Warshall 1962)."""
    reach = relation.copy()
    for k in range(len(reach)):
        reach |= np.outer(reach[:, k], reach[k])
    return reach


def topological_order(directed: NDArray[np.bool_]) -> list[int] | None:
    """Return the nodes causes first (smallest number first among the free), None if there is a cycle."""
    missing = directed.sum(axis=0)
    order: list[int] = []
    free = [int(i) for i in np.flatnonzero(missing == 0)]
    while free:
        node = free.pop(0)
        order.append(node)
        for child in np.flatnonzero(directed[node]):
            missing[child] -= 1
            if missing[child] == 0:
                free.append(int(child))
        free.sort()
    return order if len(order) == len(directed) else None


def to_graph(marks: Marks, columns: Sequence[str]) -> CausalGraph:
    """Return the shared graph type over column names."""
    edges = []
    for i, j in np.argwhere(np.triu(marks != 0, 1)):
        edges.append(_readable(columns[int(i)], kind_of(marks, int(i), int(j)), columns[int(j)]))
    return CausalGraph.from_edges(edges, nodes=columns)


def _readable(a: str, kind: str, b: str) -> tuple[str, str, str]:
    turned = {"<--": "-->", "<-o": "o->", "--o": "o--"}
    return (b, turned[kind], a) if kind in turned else (a, kind, b)


def from_graph(graph: CausalGraph, columns: Sequence[str]) -> Marks:
    """Return the marks of a graph with at most one edge a pair, in the order of ``columns``."""
    index = {name: i for i, name in enumerate(columns)}
    marks = np.zeros((len(columns), len(columns)), dtype=np.int8)
    for a, kind, b in graph.to_edges():
        i, j = index[a], index[b]
        marks[j, i], marks[i, j] = _VALUES[kind]
    return marks
