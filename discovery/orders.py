"""Column orders and grow-shrink trees, compiled; see :mod:`discovery.permutation`.

A tree of column y holds every parent set that growing has met: a node is its parent's set with one more
column. Its branches are the columns that raise the score, best first; ``final`` is what shrinking leaves.
All trees lie in shared arrays (:class:`Forest`); a function that runs out of room returns -1 and is called
again with larger arrays.
"""

# NumPy scalars stand for Python numbers here: the compiler makes no difference
# mypy: disable-error-code="no-any-return, return-value, assignment, arg-type"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from discovery.scores.kernels import Cache, Model, compiled, fill_gains, inner, local

__all__ = ["Forest", "finish", "grown", "move", "new_forest", "plant", "read", "walk"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Bools = NDArray[np.bool_]
_TINY = 1e-9
_NONE = np.int64(-1)


class Forest(NamedTuple):
    """Nodes: ``added`` column, node ``above`` (-1 for a root), ``depth``, ``score``, ``first`` branch (-1: not
    grown yet) and ``many``, ``final`` score, where the shrunk set begins (``left``, -1: not shrunk yet)
    and its ``size``. Branches: ``column``, ``gain``, ``child`` (-1: none yet). ``sets``: the shrunk sets.
    ``used`` [3] nodes, branches, sets in use. ``allowed`` [p, p] may i be a parent of j;
    ``required`` [p, p]."""

    added: Ints32
    above: Ints32
    depth: Ints32
    score: Floats
    first: Ints
    many: Ints32
    final: Floats
    left: Ints
    size: Ints32
    column: Ints32
    gain: Floats
    child: Ints32
    sets: Ints32
    used: Ints
    allowed: Bools
    required: Bools


def new_forest(allowed: Bools, required: Bools) -> Forest:
    """Return an empty forest; :func:`plant` makes its roots."""
    p = len(allowed)
    nodes, branches, sets = 64 * p + 64, 64 * p + p * p, 64 * p + p * p
    return Forest(
        np.zeros(nodes, np.int32), np.zeros(nodes, np.int32), np.zeros(nodes, np.int32),
        np.zeros(nodes), np.full(nodes, -1, np.int64), np.zeros(nodes, np.int32), np.zeros(nodes),
        np.full(nodes, -1, np.int64), np.zeros(nodes, np.int32), np.zeros(branches, np.int32),
        np.zeros(branches), np.zeros(branches, np.int32), np.zeros(sets, np.int32),
        np.zeros(3, np.int64), np.ascontiguousarray(allowed), np.ascontiguousarray(required),
    )  # fmt: skip


def grown(forest: Forest) -> Forest:
    """Return the same forest with twice the room."""

    arrays = []
    for name in Forest._fields[:-3]:
        old = getattr(forest, name)
        new = np.full(2 * len(old), -1 if name in ("first", "left") else 0, old.dtype)
        new[: len(old)] = old
        arrays.append(new)
    return Forest(*arrays, forest.used, forest.allowed, forest.required)  # type: ignore[call-arg]


@compiled
def plant(model: Model, cache: Cache, forest: Forest) -> None:
    """Make the roots: node y holds the required parents of y."""
    p = len(forest.allowed)
    s = np.empty(p, np.int64)
    for y in range(p):
        d = np.int64(0)
        for k in range(p):
            if forest.required[k, y]:
                s[d] = k
                d += 1
        forest.added[y] = y
        forest.above[y] = -1
        forest.depth[y] = d
        forest.score[y] = local(model, cache, y, s, d)
    forest.used[0] = p


@inner
def _members(forest: Forest, y: int, node: int, s: Ints) -> int:
    """Write the parents of a node of the tree of y: required ones first, then as they were added."""
    d = np.int64(forest.depth[node])
    at = d - 1
    k = node
    while forest.above[k] >= 0:
        s[at] = forest.added[k]
        at -= 1
        k = forest.above[k]
    at = 0
    for u in range(len(forest.allowed)):
        if forest.required[u, y]:
            s[at] = u
            at += 1
    return d


@inner
def _grow(model: Model, cache: Cache, forest: Forest, y: int, node: int) -> bool:
    """Find the branches of a node; False if there is no room."""
    p = len(forest.allowed)
    start = forest.used[1]
    if start + p > len(forest.column):
        return False
    s = np.empty(p + 1, np.int64)
    d = _members(forest, y, node, s)
    open_ = forest.allowed[:, y].copy()
    open_[y] = False
    for k in range(d):
        open_[s[k]] = False
    gains = np.empty(p)
    fill_gains(model, cache, y, s, d, open_, gains)
    good = np.empty(p, np.int32)
    count = 0
    for u in range(p):
        if gains[u] > _TINY:
            # insertion keeps equal gains in order of number
            at = count
            while at > 0 and gains[good[at - 1]] < gains[u]:
                good[at] = good[at - 1]
                at -= 1
            good[at] = u
            count += 1
    for k in range(count):
        forest.column[start + k] = good[k]
        forest.gain[start + k] = gains[good[k]]
        forest.child[start + k] = -1
    forest.first[node] = start
    forest.many[node] = count
    forest.used[1] = start + count
    return True


@inner
def walk(
    model: Model, cache: Cache, forest: Forest, y: int, start: int, before: Bools, watched: int
) -> tuple[int, int]:
    """Grow from a node with the columns in ``before``; return the last node and the one to which
    ``watched`` was first added (-1: never). The last node is -1 if there is no room."""
    node, fork = np.int64(start), np.int64(-1)
    while True:
        if forest.first[node] < 0 and not _grow(model, cache, forest, y, node):
            return -1, -1
        begin = forest.first[node]
        end = begin + forest.many[node]
        at = begin
        while at < end and not before[forest.column[at]]:
            at += 1
        if at == end:
            return node, fork
        u = forest.column[at]
        if u == watched:
            fork = node
        if forest.child[at] < 0:
            new = forest.used[0]
            if new >= len(forest.added):
                return -1, -1
            forest.used[0] = new + 1
            forest.added[new] = u
            forest.above[new] = node
            forest.depth[new] = forest.depth[node] + 1
            forest.score[new] = forest.score[node] + forest.gain[at]
            forest.child[at] = new
        node = forest.child[at]


@inner
def finish(model: Model, cache: Cache, forest: Forest, y: int, node: int) -> bool:
    """Shrink a node's set: remove parents while that helps, the best removal first. False: no room."""
    if forest.left[node] >= 0:
        return True
    p = len(forest.allowed)
    s, t = np.empty(p + 1, np.int64), np.empty(p + 1, np.int64)
    d = _members(forest, y, node, s)
    if forest.used[2] + d > len(forest.sets):
        return False
    now = forest.score[node]
    while d > 0:
        best, worst = now + _TINY, -1
        for k in range(d):
            if forest.required[s[k], y]:
                continue
            at = 0
            for j in range(d):
                if j != k:
                    t[at] = s[j]
                    at += 1
            value = local(model, cache, y, t, d - 1)
            if value > best:
                best, worst = value, k
        if worst < 0:
            break
        now = best
        for k in range(worst, d - 1):
            s[k] = s[k + 1]
        d -= 1
    start = forest.used[2]
    for k in range(d):
        at = start + k
        while at > start and forest.sets[at - 1] > s[k]:
            forest.sets[at] = forest.sets[at - 1]
            at -= 1
        forest.sets[at] = s[k]
    forest.used[2] = start + d
    forest.left[node] = start
    forest.size[node] = d
    forest.final[node] = now
    return True


@inner
def _worth(
    model: Model, cache: Cache, forest: Forest, y: int, start: int, before: Bools, watched: int
) -> tuple[bool, float, int]:
    node, fork = walk(model, cache, forest, y, start, before, watched)
    if node < 0 or not finish(model, cache, forest, y, node):
        return False, 0.0, -1
    return True, forest.final[node], fork


@compiled
def move(
    model: Model, cache: Cache, forest: Forest, order: Ints, v: int, limits: Bools, limited: bool
) -> int:
    """Move v to its best place in the order (changed in place). 1: moved, 0: not, -1: no room."""
    p = len(order)
    rest = np.empty(p, np.int64)
    old, at = 0, 0
    for k in range(p):
        if order[k] == v:
            old = k
        else:
            rest[at] = order[k]
            at += 1
    before = np.zeros(p, np.bool_)
    total, low, high = np.empty(p), np.zeros(p), np.zeros(p)
    for k in range(p):
        room, total[k], _ = _worth(model, cache, forest, v, v, before, _NONE)
        if not room:
            return -1
        if k == p - 1:
            break
        w = rest[k]
        before[v] = True
        room, high[k], fork = _worth(model, cache, forest, w, w, before, v)
        before[v] = False
        if not room:
            return -1
        low[k] = high[k]
        if fork >= 0:
            room, low[k], _ = _worth(model, cache, forest, w, fork, before, _NONE)
            if not room:
                return -1
        before[w] = True
    # place k: the first k of the rest are not below v, the others are
    above, below = 0.0, 0.0
    for k in range(p):
        total[k] += above
        above += low[k]
    for k in range(p - 1, -1, -1):
        below += high[k]
        total[k] += below
    first, last = 0, p - 1
    if limited:
        for k in range(p - 1):
            if limits[rest[k], v]:
                first = k + 1
            if limits[v, rest[k]]:
                last = min(last, k)
    place = first
    for k in range(first, last + 1):
        if total[k] > total[place]:
            place = k
    if total[place] <= total[old] + 1e-7:
        return 0
    for k in range(place):
        order[k] = rest[k]
    order[place] = v
    for k in range(place, p - 1):
        order[k + 1] = rest[k]
    return 1


@compiled
def read(
    model: Model, cache: Cache, forest: Forest, order: Ints, dag: Bools, scores: Floats
) -> bool:
    """Write the graph of an order, ``dag[i, j]`` is i -> j, and each column's score. False: no room."""
    before = np.zeros(len(order), np.bool_)
    dag[:] = False
    for y in order:
        room, scores[y], _ = _worth(model, cache, forest, y, y, before, _NONE)
        if not room:
            return False
        node, _ = walk(model, cache, forest, y, y, before, _NONE)
        start = forest.left[node]
        for k in range(start, start + forest.size[node]):
            dag[forest.sets[k], y] = True
        before[y] = True
    return True
