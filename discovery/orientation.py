"""Edge directions: unshielded colliders, Meek's rules, background knowledge.

Without knowledge the steps and their order are causal-learn's (``uc_sepset`` with priority 2, then
rules 1 to 3), so that the same skeleton and separating sets give the same CPDAG. With knowledge rule
4 is needed too (Meek 1995), and a triple whose separating set is not known from the data (a pair
removed or kept only by knowledge) is used neither as a collider nor as a non-collider: that is what
goes wrong in causal-learn's issue 224.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from discovery.marks import ARROW, TAIL, Marks, arrows, parents, topological_order
from discovery.skeleton import Pair

__all__ = ["Oriented", "Reason", "extend", "orient", "reasons_of", "to_cpdag"]

Bools = NDArray[np.bool_]
TripleStatus = Callable[[int, int, int], bool | None]
"""(x, y, z), x and z not adjacent -> is y a collider: True, False, or None when not known."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an edge points as it does: ``collider``, ``knowledge`` or ``meek 1`` to ``meek 4``; the nodes
    of the triple or larger pattern."""

    rule: str
    nodes: tuple[int, ...] = ()


@dataclass
class Oriented:
    """Marks [p, p] and, for each directed edge, the reason."""

    marks: Marks
    reasons: dict[Pair, Reason] = field(default_factory=dict)
    blocked: list[tuple[int, int, int]] = field(default_factory=list)
    """colliders in the data that knowledge does not allow"""


class _Pdag:
    """A partially directed graph while it is being oriented."""

    def __init__(self, adjacent: Bools) -> None:
        self.p = len(adjacent)
        self.near = [set(map(int, np.flatnonzero(row))) for row in adjacent]
        self.directed: set[Pair] = set()
        self.children: list[set[int]] = [set() for _ in range(self.p)]
        self.reasons: dict[Pair, Reason] = {}

    def undirected(self, i: int, j: int) -> bool:
        return j in self.near[i] and (i, j) not in self.directed and (j, i) not in self.directed

    def point(self, i: int, j: int, reason: Reason) -> None:
        if (i, j) not in self.directed:
            self.directed.add((i, j))
            self.children[i].add(j)
            self.reasons[i, j] = reason

    def reaches(self, start: int, end: int) -> bool:
        """Whether a directed path leads from start to end."""
        seen, todo = {start}, [start]
        while todo:
            node = todo.pop()
            if node == end:
                return True
            new = self.children[node] - seen
            seen |= new
            todo.extend(new)
        return False

    def marks(self) -> Marks:
        marks = np.zeros((self.p, self.p), dtype=np.int8)
        for i, near in enumerate(self.near):
            for j in near:
                marks[i, j] = TAIL
        for i, j in self.directed:
            marks[i, j] = ARROW
        return marks


def orient(
    adjacent: Bools,
    status: TripleStatus,
    allowed: Bools | None = None,
) -> Oriented:
    """Orient a skeleton.

    Args:
        adjacent: [p, p], symmetric.
        status: collider status of an unshielded triple.
        allowed: [p, p], which directions knowledge allows; None for no knowledge. An adjacent pair
            must be allowed in at least one direction.

    Sound: if the skeleton, the known statuses and the knowledge are true of a DAG, so is every
    orientation. Complete with knowledge when every status is known (Meek 1995).
    """
    pdag = _Pdag(adjacent)
    blocked: list[tuple[int, int, int]] = []
    if allowed is not None:
        for i in range(pdag.p):
            for j in sorted(pdag.near[i]):
                if not allowed[j, i]:
                    pdag.point(i, j, Reason("knowledge"))
    unknown: set[tuple[int, int, int]] = set()
    for y in range(pdag.p):
        near = sorted(pdag.near[y])
        for position, x in enumerate(near):
            for z in near[position + 1 :]:
                if z in pdag.near[x]:
                    continue
                collider = status(x, y, z)
                if collider is None:
                    unknown.add((x, y, z))
                elif collider:
                    if allowed is not None and not (allowed[x, y] and allowed[z, y]):
                        unknown.add((x, y, z))
                        blocked.append((x, y, z))
                    elif (y, x) not in pdag.directed and (y, z) not in pdag.directed:
                        if allowed is not None and (pdag.reaches(y, x) or pdag.reaches(y, z)):
                            unknown.add((x, y, z))
                            blocked.append((x, y, z))
                            continue
                        reason = Reason("collider", (x, y, z))
                        pdag.point(x, y, reason)
                        pdag.point(z, y, reason)
    _meek(pdag, unknown, allowed)
    return Oriented(pdag.marks(), pdag.reasons, blocked)


def _ranked(pdag: _Pdag) -> list[Pair]:
    """Ordered pairs of adjacent nodes in causal-learn's order: tails row by row, then arrows."""
    tails: list[Pair] = []
    heads: list[Pair] = []
    for j in range(pdag.p):
        for i in sorted(pdag.near[j]):
            (heads if (i, j) in pdag.directed else tails).append((i, j))
    return tails + heads


def _meek(pdag: _Pdag, unknown: set[tuple[int, int, int]], allowed: Bools | None) -> None:
    pairs = _ranked(pdag)
    after: list[list[int]] = [[] for _ in range(pdag.p)]
    for j, k in pairs:
        after[j].append(k)
    triples = [
        (i, j, k)
        for i, j in pairs
        for k in after[j]
        if k != i and k not in pdag.near[i] and _key(i, j, k) not in unknown
    ]
    triangles = [(i, j, k) for i, j in pairs for k in after[j] if k != i and k in pdag.near[i]]
    kites = _kites(pdag, triangles, unknown)
    fourth = _fourth(pdag, triples) if allowed is not None else []

    def turn(i: int, j: int, reason: Reason) -> bool:
        if (allowed is not None and not allowed[i, j]) or pdag.reaches(j, i):
            return False
        pdag.point(i, j, reason)
        return True

    directed, changed = pdag.directed, True
    while changed:
        changed = False
        for i, j, k in triples:
            if (i, j) in directed and pdag.undirected(j, k):
                changed |= turn(j, k, Reason("meek 1", (i, j, k)))
        for i, j, k in triangles:
            if (i, j) in directed and (j, k) in directed and pdag.undirected(i, k):
                changed |= turn(i, k, Reason("meek 2", (i, j, k)))
        for i, j, k, m in kites:
            if (
                (j, m) in directed
                and (k, m) in directed
                and pdag.undirected(i, j)
                and pdag.undirected(i, k)
                and pdag.undirected(i, m)
            ):
                changed |= turn(i, m, Reason("meek 3", (i, j, k, m)))
        for a, b, c, d in fourth:
            if (c, d) in directed and (d, b) in directed and pdag.undirected(a, b):
                changed |= turn(a, b, Reason("meek 4", (a, b, c, d)))


def _key(x: int, y: int, z: int) -> tuple[int, int, int]:
    return (x, y, z) if x < z else (z, y, x)


def _kites(
    pdag: _Pdag, triangles: list[tuple[int, int, int]], unknown: set[tuple[int, int, int]]
) -> list[tuple[int, int, int, int]]:
    """(i, j, k, m): i adjacent to all, j and k adjacent to m but not to each other, j < k."""
    by_ends: dict[Pair, list[int]] = {}
    for i, j, m in triangles:
        by_ends.setdefault((i, m), []).append(j)
    return [
        (i, j, k, m)
        for i, j, m in triangles
        for k in by_ends[i, m]
        if j < k and k not in pdag.near[j] and _key(j, i, k) not in unknown
    ]


def _fourth(pdag: _Pdag, triples: list[tuple[int, int, int]]) -> list[tuple[int, int, int, int]]:
    """(a, b, c, d) for rule 4: a adjacent to b, c, d; c and b not adjacent; c - d and d - b adjacent.

    If b -> a, the non-collider c - a - b makes a -> c, and a -> c -> d -> b -> a is a cycle.
    """
    return [
        (a, b, c, d)
        for c, a, b in triples
        for d in sorted(pdag.near[a] & pdag.near[b] & pdag.near[c])
    ]


def extend(marks: Marks) -> Marks | None:
    """Return a DAG with the same skeleton and colliders (Dor and Tarsi 1992), None if there is none."""
    p = len(marks)
    todo = set(range(p))
    near = [set(map(int, np.flatnonzero(row))) for row in marks != 0]
    out = marks.copy()
    work = arrows(marks)
    while todo:
        for x in sorted(todo):
            neighbours = near[x] & todo
            if any(work[x, y] for y in neighbours):
                continue
            loose = [y for y in neighbours if not work[y, x]]
            if all(neighbours - {y} <= near[y] for y in loose):
                for y in loose:
                    out[y, x], out[x, y] = ARROW, TAIL
                todo.remove(x)
                break
        else:
            return None
    return out


def to_cpdag(dag: Bools) -> Marks:
    """Return the marks of the equivalence class of a DAG; ``dag[i, j]`` is ``i -> j``.

    Raises:
        ValueError: if it has a cycle.
    """
    if topological_order(dag) is None:
        raise ValueError("not acyclic")
    return orient(dag | dag.T, lambda x, y, z: bool(dag[x, y] and dag[z, y])).marks


def reasons_of(marks: Marks) -> dict[Pair, Reason]:
    """Return for each directed edge whether a collider or the rules direct it."""
    directed = arrows(marks)
    reasons: dict[Pair, Reason] = {}
    for i, j in np.argwhere(directed):
        x, y = int(i), int(j)
        partner = next((z for z in parents(marks, y) if z != x and marks[x, z] == 0), None)
        if partner is None:
            near = [int(k) for k in np.flatnonzero(directed[:, x])] or [x]
            reasons[x, y] = Reason("meek", (near[0], x, y))
        else:
            reasons[x, y] = Reason("collider", (min(x, partner), y, max(x, partner)))
    return reasons
