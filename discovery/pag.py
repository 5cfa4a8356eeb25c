"""Orienting a partial ancestral graph: hidden common causes are allowed.

Rules R0 to R4 and R8 to R10 of Zhang 2008 (Artificial Intelligence 172), the complete set when there is
no selection bias. Knowledge enters as marks that are true of every graph it allows: "i does not cause
j" is an arrowhead at i, never a tail at j. So a tier never removes a hidden common cause, which is
what goes wrong in causal-learn's issue 266 (``Z o-> Y`` made ``Z --> Y``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Set
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from discovery.marks import ARROW, CIRCLE, TAIL, Marks, skeleton_marks
from discovery.skeleton import Separations

__all__ = ["OrientedPag", "orient_pag", "possible_d_sep"]

Bools = NDArray[np.bool_]
Triple = tuple[int, int, int]
PathCheck = Callable[[list[int]], bool]
"""nodes of a discriminating path, the last two b and c -> whether it may be used"""


@dataclass
class OrientedPag:
    """Marks [p, p]; ``blocked`` are orientations of the data that knowledge does not allow."""

    marks: Marks
    blocked: list[Triple] = field(default_factory=list)
    stopped: bool = False


class _Pag:
    def __init__(self, adjacent: Bools) -> None:
        self.p = len(adjacent)
        self.marks = skeleton_marks(adjacent, CIRCLE)
        self.near = [[int(k) for k in np.flatnonzero(row)] for row in adjacent]
        self.blocked: list[Triple] = []
        self.changed = False

    def at(self, i: int, j: int) -> int:
        """The mark at j of the edge i, j."""
        return int(self.marks[i, j])

    def put(self, i: int, j: int, mark: int) -> bool:
        """Turn a circle at j into a mark; False if another mark stands there."""
        old = self.marks[i, j]
        if old == CIRCLE:
            if self._closes_cycle(i, j, mark):
                return False
            self.marks[i, j] = mark
            self.changed = True
            return True
        return bool(old == mark)

    def _closes_cycle(self, i: int, j: int, mark: int) -> bool:
        """Whether the mark at j makes a directed edge that ends a directed cycle: no graph has one, so
        tests contradict each other or what is known."""
        other = self.marks[j, i]
        if mark == ARROW and other == TAIL:
            return self.reaches(j, i)
        return bool(mark == TAIL and other == ARROW) and self.reaches(i, j)

    def reaches(self, start: int, end: int) -> bool:
        """Whether a directed path leads from start to end."""
        seen, todo = {start}, [start]
        while todo:
            node = todo.pop()
            if node == end:
                return True
            for k in self.near[node]:
                if k not in seen and self.parent(node, k):
                    seen.add(k)
                    todo.append(k)
        return False

    def parent(self, i: int, j: int) -> bool:
        return bool(self.marks[i, j] == ARROW and self.marks[j, i] == TAIL)

    def adjacent(self, i: int, j: int) -> bool:
        return bool(self.marks[i, j])


def orient_pag(
    adjacent: Bools,
    separations: Separations,
    *,
    not_cause: Bools | None = None,
    required: Bools | None = None,
    unknown_edges: Bools | None = None,
    colliders_only: bool = False,
    triples: Set[Triple] | None = None,
    check: PathCheck | None = None,
) -> OrientedPag:
    """Orient a skeleton.

    Args:
        adjacent: [p, p], symmetric.
        separations: the separating sets of the pairs that are not adjacent.
        not_cause: [p, p], ``[i, j]``: i is known not to be a cause of j, direct or not.
        required: [p, p], ``[i, j]``: i is known to be a direct cause of j; the pair is adjacent.
        unknown_edges: [p, p], symmetric, edges there only by knowledge: triples over them are not used.
        colliders_only: stop after the unshielded colliders.
        triples: the unshielded triples (x, y, z), x < z, that are used; None for all.
        check: asked before a discriminating path is used; if it says no, orienting stops there and
            ``stopped`` is True in the result.
    """
    pag = _Pag(adjacent)
    if not_cause is not None:
        for j, i in np.argwhere(not_cause.T & adjacent):
            pag.put(int(j), int(i), ARROW)
    if required is not None:
        for i, j in np.argwhere(required & adjacent):
            pag.put(int(i), int(j), ARROW)
            pag.put(int(j), int(i), TAIL)
    inner: dict[Triple, bool] = {}  # unshielded triple (x < z) -> is y a collider
    for y in range(pag.p):
        for x in pag.near[y]:
            for z in pag.near[y]:
                if z <= x or pag.adjacent(x, z):
                    continue
                if unknown_edges is not None and (unknown_edges[x, y] or unknown_edges[z, y]):
                    continue
                if triples is not None and (x, y, z) not in triples:
                    continue
                collider = separations.is_collider(x, y, z)
                if collider is None:
                    continue
                if collider and TAIL in (pag.at(x, y), pag.at(z, y)):
                    pag.blocked.append((x, y, z))
                    continue
                inner[x, y, z] = collider
                if collider:
                    pag.put(x, y, ARROW)
                    pag.put(z, y, ARROW)
    going = colliders_only or _close(pag, inner, separations, check)
    return OrientedPag(pag.marks, pag.blocked, not going)


def _close(
    pag: _Pag, inner: dict[Triple, bool], separations: Separations, check: PathCheck | None
) -> bool:
    """Apply the rules until nothing changes; False if a check of a path said no."""
    chains = [triple for triple, collider in inner.items() if not collider]
    pag.changed = True
    while pag.changed:
        pag.changed = False
        for x, y, z in chains:
            _rule1(pag, x, y, z)
            _rule1(pag, z, y, x)
        _rule2(pag)
        _rule3(pag, chains)
        if not _rule4(pag, separations, check):
            return False
        _rule8(pag)
        for a, c in np.argwhere((pag.marks == ARROW) & (pag.marks.T == CIRCLE)):
            if _rule9(pag, int(a), int(c)) or _rule10(pag, int(a), int(c)):
                pag.put(int(c), int(a), TAIL)
    return True


def _rule1(pag: _Pag, a: int, b: int, c: int) -> None:
    """a *-> b o-* c, not a collider: b --> c."""
    if pag.at(a, b) == ARROW and pag.at(c, b) == CIRCLE and pag.at(b, c) != TAIL:
        if pag.reaches(c, b):
            return
        pag.put(c, b, TAIL)
        pag.put(b, c, ARROW)


def _rule2(pag: _Pag) -> None:
    """a --> b *-> c or a *-> b --> c, and a *-o c: a *-> c."""
    for a, c in np.argwhere(pag.marks == CIRCLE):
        i, k = int(a), int(c)
        for b in pag.near[k]:
            if (
                pag.adjacent(i, b)
                and pag.at(i, b) == ARROW
                and pag.at(b, k) == ARROW
                and (pag.at(b, i) == TAIL or pag.at(k, b) == TAIL)
            ):
                pag.put(i, k, ARROW)
                break


def _rule3(pag: _Pag, chains: list[Triple]) -> None:
    """a *-> b <-* c, a *-o d o-* c not a collider, d *-o b: d *-> b."""
    for a, d, c in chains:
        if pag.at(a, d) != CIRCLE or pag.at(c, d) != CIRCLE:
            continue
        for b in pag.near[d]:
            if (
                pag.at(d, b) == CIRCLE
                and pag.adjacent(a, b)
                and pag.adjacent(c, b)
                and pag.at(a, b) == ARROW
                and pag.at(c, b) == ARROW
            ):
                pag.put(d, b, ARROW)


def _rule4(pag: _Pag, separations: Separations, check: PathCheck | None) -> bool:
    """A discriminating path d ... a, b, c for b tells whether b is a collider on it."""
    for c, b in np.argwhere(pag.marks == CIRCLE):
        k, j = int(c), int(b)
        path = _discriminating(pag, j, k)
        if path is None or pag.at(k, j) != CIRCLE:
            continue
        start, a = path[0], path[-3]
        pair = (start, k) if start < k else (k, start)
        if pair not in separations:
            continue
        if check is not None and not check(path):
            return False
        if j in separations[pair].nodes:
            if pag.at(j, k) != TAIL and not pag.reaches(k, j):
                pag.put(k, j, TAIL)
                pag.put(j, k, ARROW)
        elif pag.at(a, j) != TAIL and pag.at(j, k) != TAIL:
            pag.put(a, j, ARROW)
            pag.put(k, j, ARROW)
            pag.put(j, k, ARROW)
    return True


def _discriminating(pag: _Pag, b: int, c: int) -> list[int] | None:
    """Return a shortest discriminating path for b, from its first node to b and c.

    Every node between the first and b is a collider on the path and a parent of c.
    """
    queue: deque[list[int]] = deque()  # paths, b first
    seen = {b, c}
    for a in pag.near[b]:
        if pag.at(b, a) == ARROW and pag.adjacent(a, c) and pag.parent(a, c):
            queue.append([b, a])
            seen.add(a)
    while queue:
        path = queue.popleft()
        node = path[-1]
        for new in pag.near[node]:
            if new in seen or pag.at(new, node) != ARROW:
                continue
            if not pag.adjacent(new, c):
                return [new, *path[::-1], c]
            if pag.parent(new, c) and pag.at(node, new) == ARROW:
                seen.add(new)
                queue.append([*path, new])
    return None


def _rule8(pag: _Pag) -> None:
    """a --> b --> c and a o-> c: a --> c."""
    for a, c in np.argwhere((pag.marks == ARROW) & (pag.marks.T == CIRCLE)):
        i, k = int(a), int(c)
        if any(pag.adjacent(i, b) and pag.parent(i, b) and pag.parent(b, k) for b in pag.near[k]):
            pag.put(k, i, TAIL)


def _may_lead(pag: _Pag, i: int, j: int) -> bool:
    """Whether the edge may be i --> j: no arrowhead at i, no tail at j."""
    return pag.at(j, i) != ARROW and pag.at(i, j) != TAIL


def _uncovered(pag: _Pag, a: int, b: int, goal: int) -> bool:
    """Whether an uncovered, possibly directed path a, b, ... goal exists (b may be the goal)."""
    if b == goal:
        return True
    queue, seen = deque([(a, b)]), {(a, b)}
    while queue:
        before, node = queue.popleft()
        for new in pag.near[node]:
            if (
                new in (a, before)
                or pag.adjacent(before, new)
                or not _may_lead(pag, node, new)
                or (node, new) in seen
            ):
                continue
            if new == goal:
                return True
            seen.add((node, new))
            queue.append((node, new))
    return False


def _rule9(pag: _Pag, a: int, c: int) -> bool:
    """a o-> c and an uncovered possibly directed path a, b, ... c with b, c not adjacent."""
    return any(
        b != c and not pag.adjacent(b, c) and _may_lead(pag, a, b) and _uncovered(pag, a, b, c)
        for b in pag.near[a]
    )


def _rule10(pag: _Pag, a: int, c: int) -> bool:
    """a o-> c, b --> c <-- d, uncovered possibly directed paths from a to b and to d whose first steps
    are different and not adjacent."""
    ends = [b for b in pag.near[c] if b != a and pag.parent(b, c)]
    if len(ends) < 2:
        return False
    steps = [s for s in pag.near[a] if s != c and _may_lead(pag, a, s)]
    reach = {s: {e for e in ends if _uncovered(pag, a, s, e)} for s in steps}
    return any(
        first != second
        and not pag.adjacent(first, second)
        and len(reach[first] | reach[second]) > 1
        for first in steps
        if reach[first]
        for second in steps
        if reach[second]
    )


def possible_d_sep(marks: Marks, x: int) -> list[int]:
    """Return the nodes that a path from x reaches whose every inner triple is a collider or a triangle
    (Spirtes et al. 2000, section 6.7), ascending, without x."""
    near = [[int(k) for k in np.flatnonzero(row)] for row in marks]
    queue = deque((x, y) for y in near[x])
    seen = set(queue)
    found = set(near[x])
    while queue:
        a, b = queue.popleft()
        for c in near[b]:
            if c in (a, x) or (b, c) in seen:
                continue
            if (marks[a, b] == ARROW and marks[c, b] == ARROW) or marks[a, c]:
                seen.add((b, c))
                found.add(c)
                queue.append((b, c))
    return sorted(found - {x})
