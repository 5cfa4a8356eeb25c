"""Equivalence classes of DAGs, compiled: class of a DAG, member of a class, one step of greedy search.

Marks as in :mod:`discovery.marks`. The operators and when they are valid are those of Chickering 2002
(JMLR 3, theorems 15 and 17). Under knowledge the graphs are maximally oriented ones (Meek 1995); an
operator then is taken only if the member it leads to is allowed and scores better as a whole.
"""

# NumPy scalars stand for Python numbers here: the compiler makes no difference
# mypy: disable-error-code="no-any-return, return-value, assignment, arg-type"

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from discovery.scores.kernels import Cache, Model, compiled, inner, local

__all__ = ["backward_step", "class_of", "forward_step", "member_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Marks = NDArray[np.int8]
_TAIL, _ARROW = 1, 2
_TINY = 1e-9
_MOST = 60
"""neighbours of a column that fit into the bits of a number"""


@inner
def _lists(marks: Marks) -> tuple[Ints, Ints]:
    """Return adjacent columns [p, widest] ascending and how many [p]."""
    p = len(marks)
    count = np.zeros(p, np.int64)
    for i in range(p):
        for j in range(p):
            if marks[i, j] != 0:
                count[i] += 1
    near = np.zeros((p, max(1, count.max())), np.int64)
    for i in range(p):
        at = 0
        for j in range(p):
            if marks[i, j] != 0:
                near[i, at] = j
                at += 1
    return near, count


@inner
def _forced(marks: Marks, near: Ints, count: Ints, x: int, y: int, known: bool) -> bool:
    """Whether one of Meek's rules directs x - y as x -> y; the fourth is needed under knowledge only."""
    for a in range(count[x]):
        w = near[x, a]
        if w == y:
            continue
        into_x = marks[w, x] == _ARROW and marks[x, w] == _TAIL
        if into_x and marks[w, y] == 0:
            return True
        out_of_x = marks[x, w] == _ARROW and marks[w, x] == _TAIL
        into_y = marks[w, y] == _ARROW and marks[y, w] == _TAIL
        if out_of_x and into_y:
            return True
        if into_y and not out_of_x and not into_x:
            for b in range(a):
                v = near[x, b]
                if (
                    marks[v, y] == _ARROW
                    and marks[y, v] == _TAIL
                    and marks[v, w] == 0
                    and marks[x, v] == _TAIL
                    and marks[v, x] == _TAIL
                ):
                    return True
        if known and marks[w, y] == 0:
            for b in range(count[w]):
                d = near[w, b]
                if (
                    d != x
                    and marks[w, d] == _ARROW
                    and marks[d, w] == _TAIL
                    and marks[d, y] == _ARROW
                    and marks[y, d] == _TAIL
                    and marks[d, x] != 0
                ):
                    return True
    return False


@compiled
def class_of(dag: Bools, allowed: Bools, known: bool) -> Marks:
    """Return the marks of the class of a DAG; with ``known`` those of its members that are ``allowed``."""
    p = len(dag)
    marks = np.zeros((p, p), np.int8)
    for i in range(p):
        for j in range(p):
            if dag[i, j]:
                marks[i, j] = marks[j, i] = _TAIL
    near, count = _lists(marks)
    for y in range(p):
        for a in range(count[y]):
            x = near[y, a]
            if not dag[x, y]:
                continue
            if known and not allowed[y, x]:
                marks[x, y] = _ARROW
            for b in range(a):
                z = near[y, b]
                if dag[z, y] and marks[x, z] == 0:
                    marks[x, y] = marks[z, y] = _ARROW
    changed = True
    while changed:
        changed = False
        for x in range(p):
            for a in range(count[x]):
                y = near[x, a]
                # every forced direction is the one of the member
                if dag[x, y] and marks[x, y] == _TAIL and _forced(marks, near, count, x, y, known):
                    marks[x, y] = _ARROW
                    changed = True
    return marks


@compiled
def member_of(marks: Marks) -> tuple[bool, Bools]:
    """Return a DAG with the same skeleton and colliders (Dor and Tarsi 1992); False if there is none."""
    p = len(marks)
    dag = np.zeros((p, p), np.bool_)
    near, count = _lists(marks)
    gone = np.zeros(p, np.bool_)
    waiting = np.ones(p, np.bool_)  # what may have become a sink since it was last looked at
    for _ in range(p):
        found = -1
        for x in range(p):
            if gone[x] or not waiting[x]:
                continue
            sink = True
            for a in range(count[x]):
                y = near[x, a]
                if not gone[y] and marks[x, y] == _ARROW:
                    sink = False
                    break
            for a in range(count[x]):
                if not sink:
                    break
                y = near[x, a]
                if gone[y] or marks[y, x] == _ARROW:
                    continue
                for b in range(count[x]):
                    z = near[x, b]
                    if z != y and not gone[z] and marks[y, z] == 0:
                        sink = False
                        break
            if sink:
                found = x
                break
            waiting[x] = False
        if found < 0:
            return False, dag
        gone[found] = True
        for a in range(count[found]):
            y = near[found, a]
            if not gone[y]:
                dag[y, found] = True
                waiting[y] = True
    return True, dag


@inner
def _around(marks: Marks, x: int, y: int, neighbours: Ints, above: Ints) -> tuple[int, int]:
    """Write the undirected neighbours of y and its parents, both without x; return how many."""
    m, d = np.int64(0), np.int64(0)
    for k in range(len(marks)):
        if k == x or marks[k, y] == 0:
            continue
        if marks[k, y] == _ARROW:
            above[d] = k
            d += 1
        elif marks[y, k] == _TAIL and m < _MOST:
            neighbours[m] = k
            m += 1
    return m, d


@inner
def _leads(marks: Marks, y: int, x: int, blocked: Bools) -> bool:
    """Whether a path from y to x goes against no arrow and meets nothing blocked."""
    p = len(marks)
    seen = blocked.copy()
    todo = np.empty(p, np.int64)
    todo[0] = y
    size = 1
    seen[y] = True
    while size > 0:
        size -= 1
        a = todo[size]
        for b in range(p):
            if marks[b, a] == _TAIL and not seen[b]:
                if b == x:
                    return True
                seen[b] = True
                todo[size] = b
                size += 1
    return False


@inner
def _next_clique(
    marks: Marks, neighbours: Ints, of: Ints, many: int, chosen: Ints, size: int
) -> int:
    """Move ``chosen[:size]`` (positions in ``of[:many]``, themselves positions in ``neighbours``) to the
    next clique, depth first: one more member, or the last one replaced. Return its size, 0 after the last."""
    following = chosen[size - 1] + 1 if size > 0 else np.int64(0)
    while True:
        while following < many:
            fits = True
            t = neighbours[of[following]]
            for k in range(size):
                if marks[neighbours[of[chosen[k]]], t] == 0:
                    fits = False
                    break
            if fits:
                chosen[size] = following
                return size + 1
            following += 1
        if size == 0:
            return size
        size -= 1
        following = chosen[size] + 1


@inner
def _best_insert(
    model: Model, cache: Cache, marks: Marks, allowed: Bools, x: int, y: int, whole: int, most: int
) -> tuple[float, int]:
    """Return the best gain of the edge x -> y over the sets T of neighbours of y that become parents,
    and T as bits. ``whole`` (0 or 1): with the condition on paths, not only on cliques."""
    p = len(marks)
    neighbours, s = np.empty(p, np.int64), np.empty(p + 1, np.int64)
    m, d = _around(marks, x, y, neighbours, s)
    best, found = -np.inf, np.int64(0)
    if d >= most:
        return best, found
    free = np.empty(p, np.int64)  # positions of neighbours that may be in T
    many = 0
    for a in range(m):
        if marks[neighbours[a], x] != 0:
            for b in range(a):
                if marks[neighbours[b], x] != 0 and marks[neighbours[a], neighbours[b]] == 0:
                    return best, found
            s[d] = neighbours[a]
            d += 1
    for a in range(m):
        t = neighbours[a]
        if marks[t, x] == 0 and allowed[t, y]:
            clique = True
            for b in range(m):
                if marks[neighbours[b], x] != 0 and marks[neighbours[b], t] == 0:
                    clique = False
                    break
            if clique:
                free[many] = a
                many += 1
    # every clique, depth first: chosen[:size] are positions in free
    chosen = np.empty(many + 1, np.int64)
    size = np.int64(0)
    bits = np.int64(0)
    while True:
        # look at the present set
        for k in range(size):
            s[d + k] = neighbours[free[chosen[k]]]
        valid = d + size < most
        if valid and whole:
            blocked = np.zeros(p, np.bool_)
            for k in range(d + size):
                if marks[y, s[k]] == _TAIL and marks[s[k], y] == _TAIL:
                    blocked[s[k]] = True
            valid = not _leads(marks, y, x, blocked)
        if valid:
            now = local(model, cache, y, s, d + size)
            s[d + size] = x
            gain = local(model, cache, y, s, d + size + 1) - now
            if gain > best + _TINY:
                best, found = gain, bits
        size = _next_clique(marks, neighbours, free, many, chosen, size)
        if size == 0:
            return best, found
        bits = np.int64(0)
        for k in range(size):
            bits |= np.int64(1) << free[chosen[k]]


@inner
def _total(model: Model, cache: Cache, dag: Bools) -> float:
    p = len(dag)
    s = np.empty(p, np.int64)
    total = 0.0
    for y in range(p):
        d = np.int64(0)
        for k in range(p):
            if dag[k, y]:
                s[d] = k
                d += 1
        total += local(model, cache, y, s, d)
    return total


@inner
def _settle(
    model: Model,
    cache: Cache,
    marks: Marks,
    changed: Marks,
    dag: Bools,
    allowed: Bools,
    known: bool,
) -> bool:
    """Replace the class by that of the changed graph, unless it has no member that may be."""
    exists, member = member_of(changed)
    if not exists:
        return False
    if known:
        for i in range(len(dag)):
            for j in range(len(dag)):
                if member[i, j] and not allowed[i, j]:
                    return False
        if _total(model, cache, member) <= _total(model, cache, dag) + _TINY:
            return False
    found = class_of(member, allowed, known)
    for i in range(len(dag)):
        for j in range(len(dag)):
            dag[i, j] = member[i, j]
            marks[i, j] = found[i, j]
    return True


@compiled
def forward_step(
    model: Model,
    cache: Cache,
    marks: Marks,
    dag: Bools,
    allowed: Bools,
    known: bool,
    most: int,
    gain: Floats,
    bits: Ints,
    stale: Bools,
) -> bool:
    """Add the best edge; False if none helps.

    ``marks`` and a member ``dag`` change in place. ``gain``, ``bits``, ``stale`` [p, p] carry over: an
    operator's score changes only when something next to its ends does; whether a path forbids it is
    looked at when it would be taken.
    """  # fmt: skip
    p = len(marks)
    for y in range(p):
        for x in range(p):
            if stale[x, y]:
                stale[x, y] = False
                gain[x, y] = -np.inf
                if x != y and marks[x, y] == 0 and allowed[x, y]:
                    gain[x, y], bits[x, y] = _best_insert(
                        model, cache, marks, allowed, x, y, np.int64(0), most
                    )
    left = gain.copy()
    sure = np.zeros((p, p), np.bool_)
    while True:
        at = left.argmax()
        x, y = at // p, at % p
        if left[x, y] <= _TINY:
            return False
        if not sure[x, y]:
            sure[x, y] = True
            left[x, y], found = _best_insert(model, cache, marks, allowed, x, y, np.int64(1), most)
            # a member of the same class with the edge the other way round is as good
            if left[x, y] > _TINY and found != bits[x, y]:
                bits[x, y] = found
                stale[x, y] = True
            continue
        old = marks.copy()
        new = marks.copy()
        neighbours, above = np.empty(p, np.int64), np.empty(p, np.int64)
        m, _ = _around(marks, x, y, neighbours, above)
        new[x, y], new[y, x] = _ARROW, _TAIL
        for a in range(m):
            if bits[x, y] >> a & 1:
                new[neighbours[a], y] = _ARROW
        if not _settle(model, cache, marks, new, dag, allowed, known):
            left[x, y] = -np.inf
            continue
        for j in range(p):
            touched = False
            for i in range(p):
                if old[i, j] != marks[i, j] or old[j, i] != marks[j, i]:
                    touched = True
                    break
            if touched:
                stale[:, j] = True
                stale[j, :] = True
            if marks[x, j] != 0 and marks[y, j] != 0:
                stale[:, j] = True
        return True


@inner
def _best_delete(
    model: Model, cache: Cache, marks: Marks, allowed: Bools, x: int, y: int
) -> tuple[float, int]:
    """Return the best gain of removing x - y or x -> y over the sets H of common neighbours that become
    children, and as bits the neighbours of y that are not in H."""
    p = len(marks)
    neighbours, s = np.empty(p, np.int64), np.empty(p + 1, np.int64)
    m, d = _around(marks, x, y, neighbours, s)
    shared = np.empty(m + 1, np.int64)
    many = 0
    needed = np.int64(0)  # those that may not become children of both
    for a in range(m):
        h = neighbours[a]
        if marks[h, x] != 0:
            shared[many] = a
            many += 1
            loose = marks[x, h] == _TAIL and marks[h, x] == _TAIL
            if not allowed[y, h] or (loose and not allowed[x, h]):
                needed |= np.int64(1) << a
    best, found = -np.inf, np.int64(0)
    chosen = np.empty(many + 1, np.int64)
    size = np.int64(0)
    bits = np.int64(0)
    while True:
        if bits & needed == needed:
            for k in range(size):
                s[d + k] = neighbours[shared[chosen[k]]]
            now = local(model, cache, y, s, d + size)
            s[d + size] = x
            gain = now - local(model, cache, y, s, d + size + 1)
            if gain > best + _TINY:
                best, found = gain, bits
        size = _next_clique(marks, neighbours, shared, many, chosen, size)
        if size == 0:
            return best, found
        bits = np.int64(0)
        for k in range(size):
            bits |= np.int64(1) << shared[chosen[k]]


@compiled
def backward_step(
    model: Model,
    cache: Cache,
    marks: Marks,
    dag: Bools,
    allowed: Bools,
    required: Bools,
    known: bool,
) -> bool:
    """Remove the best edge; False if no removal helps. ``marks`` and a member ``dag`` change in place."""
    p = len(marks)
    gain = np.full((p, p), -np.inf)
    bits = np.zeros((p, p), np.int64)
    for x in range(p):
        for y in range(p):
            if (
                marks[x, y] != 0
                and marks[y, x] == _TAIL
                and not required[x, y]
                and not required[y, x]
            ):
                gain[x, y], bits[x, y] = _best_delete(model, cache, marks, allowed, x, y)
    while True:
        at = gain.argmax()
        x, y = at // p, at % p
        if gain[x, y] <= _TINY:
            return False
        new = marks.copy()
        neighbours, above = np.empty(p, np.int64), np.empty(p, np.int64)
        m, _ = _around(marks, x, y, neighbours, above)
        new[x, y] = new[y, x] = 0
        for a in range(m):
            h = neighbours[a]
            if marks[h, x] != 0 and not bits[x, y] >> a & 1:
                new[y, h] = _ARROW
                if marks[x, h] == _TAIL and marks[h, x] == _TAIL:
                    new[x, h] = _ARROW
        if _settle(model, cache, marks, new, dag, allowed, known):
            return True
        gain[x, y] = -np.inf
