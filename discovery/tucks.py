"""Tucks, compiled: the moves of GRaSP (Lam, Andrews and Ramsey 2022, UAI); see :mod:`discovery.grasping`.

A tuck of the edge x -> y moves y and its ancestors that come after x to just before x, so that the edge
turns round. Tucks that leave the score as it is lead through the orders of one equivalence class; they are
followed ``depth`` deep, along covered edges only, and never to the same set of turned pairs twice.
"""

# NumPy scalars stand for Python numbers here: the compiler makes no difference
# mypy: disable-error-code="no-any-return, return-value, assignment, arg-type"

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from discovery.orders import Forest, finish, walk
from discovery.scores.kernels import Cache, Model, compiled, inner

__all__ = ["search_from"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_SAME = 1e-6


@inner
def _tuck(
    order: Ints, place: Ints, dag: Bools, x: int, y: int, limits: Bools, limited: bool
) -> bool:
    """Tuck in place; False (nothing changed) if that goes against the limits."""
    j, i = place[x], place[y]
    above = np.zeros(len(order), np.bool_)
    above[y] = True
    for k in range(i, j, -1):  # ancestors of y, those next to it first
        if above[order[k]]:
            for m in range(j, k):
                if dag[order[m], order[k]]:
                    above[order[m]] = True
    above[x] = False
    if limited:
        for k in range(j, i + 1):
            if above[order[k]]:
                for m in range(j, k):
                    if not above[order[m]] and limits[order[m], order[k]]:
                        return False
    part = order[j : i + 1].copy()
    at = j
    for v in part:
        if above[v]:
            order[at] = v
            place[v] = at
            at += 1
    for v in part:
        if not above[v]:
            order[at] = v
            place[v] = at
            at += 1
    return True


@inner
def _update(
    model: Model,
    cache: Cache,
    forest: Forest,
    order: Ints,
    dag: Bools,
    scores: Floats,
    j: int,
    i: int,
) -> bool:
    """Choose the parents of the columns at places j to i again; False if there is no room."""
    before = np.zeros(len(order), np.bool_)
    for k in range(j):
        before[order[k]] = True
    for k in range(j, i + 1):
        y = order[k]
        node, _ = walk(model, cache, forest, y, y, before, np.int64(-1))
        if node < 0 or not finish(model, cache, forest, y, node):
            return False
        dag[:, y] = False
        start = forest.left[node]
        for m in range(start, start + forest.size[node]):
            dag[forest.sets[m], y] = True
        scores[y] = forest.final[node]
        before[y] = True
    return True


@inner
def _covered(dag: Bools, x: int, y: int) -> bool:
    differ = 0
    for k in range(len(dag)):
        differ += k != x and dag[k, x] != dag[k, y]
    return differ == 0


@inner
def _ranked(dag: Bools, y: int, rank: Ints, out: Ints) -> int:
    """Write the parents of y by rank; return how many."""
    d = 0
    for k in range(len(dag)):
        if dag[k, y]:
            at = d
            while at > 0 and rank[out[at - 1]] > rank[k]:
                out[at] = out[at - 1]
                at -= 1
            out[at] = k
            d += 1
    return d


@compiled
def search_from(
    model: Model,
    cache: Cache,
    forest: Forest,
    order: Ints,
    dag: Bools,
    scores: Floats,
    first: int,
    ranked: Ints,
    depth: int,
    marks: NDArray[np.uint64],
    limits: Bools,
    limited: bool,
) -> int:
    """Look for a better order by up to ``depth`` tucks, the first of an edge into ``first``.

    ``order``, ``dag`` and ``scores`` change in place if one is found. ``ranked`` [p] is the order in which
    columns are tried, ``marks`` [p, p] random numbers that tell sets of turned pairs apart. 1: found,
    0: not, -1: no room.
    """  # fmt: skip
    p = len(order)
    rank = np.empty(p, np.int64)
    for k in range(p):
        rank[ranked[k]] = k
    orders, places = np.empty((depth + 1, p), np.int64), np.empty((depth + 1, p), np.int64)
    dags, values = np.empty((depth + 1, p, p), np.bool_), np.empty((depth + 1, p))
    above, many = np.empty((depth + 1, p), np.int64), np.zeros(depth + 1, np.int64)
    turn, at = np.zeros(depth + 1, np.int64), np.zeros(depth + 1, np.int64)
    turned = np.zeros(depth + 1, np.uint64)
    seen = np.zeros(depth + 1, np.uint64)  # on the way here
    orders[0], dags[0], values[0] = order, dag, scores
    for k in range(p):
        places[0, order[k]] = k
    start = scores.sum()
    level = 0
    many[0] = _ranked(dags[0], first, rank, above[0])
    while level >= 0:
        y = first if level == 0 else ranked[turn[level]]
        if at[level] >= many[level]:
            if level > 0 and turn[level] + 1 < p:
                turn[level] += 1
                at[level] = 0
                many[level] = _ranked(dags[level], ranked[turn[level]], rank, above[level])
                continue
            level -= 1
            continue
        x = above[level, at[level]]
        at[level] += 1
        if level > 0 and not _covered(dags[level], x, y):
            continue
        new = level + 1
        orders[new], places[new] = orders[level], places[level]
        if not _tuck(orders[new], places[new], dags[level], x, y, limits, limited):
            continue
        j, i = places[level, x], places[level, y]
        dags[new], values[new] = dags[level], values[level]
        if not _update(model, cache, forest, orders[new], dags[new], values[new], j, i):
            return -1
        rise = values[new].sum() - start
        if rise > _SAME:
            order[:] = orders[new]
            dag[:] = dags[new]
            scores[:] = values[new]
            return 1
        if rise < -_SAME or new >= depth:
            continue
        pairs = turned[level]
        for k in range(j, i + 1):
            v = orders[level, k]
            for m in range(j, k):
                w = orders[level, m]
                if places[new, v] < places[new, w]:
                    pairs ^= marks[min(v, w), max(v, w)]
        known = pairs == 0
        for k in range(1, new):
            known = known or seen[k] == pairs
        if known:
            continue
        turned[new] = pairs
        seen[new] = pairs
        level = new
        turn[level] = at[level] = 0
        many[level] = _ranked(dags[level], ranked[0], rank, above[level])
    return 0
