"""Search over column orders with a decomposable score: the best order, move by move.

Follows BOSS (Andrews et al. 2023, NeurIPS): every column in turn is moved to its best place in the
order. Given an order, each column's parents are chosen among those before it by growing and shrinking;
grow-shrink trees remember every set ever scored, so that a place in the order costs a walk down a tree.

The score is the Gaussian BIC in units of twice the log-likelihood: a parent set S of y is worth
-n log(var(y | S) / var(y)) - cost * |S|. It depends on correlations only, so rescaling a
column changes nothing. When no move helps, single edges are taken out of the equivalence class as in the
backward phase of GES (Chickering 2002, JMLR 3), and the search goes on from there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from discovery.marks import ARROW, TAIL, Marks, arrows, parents, topological_order
from discovery.orientation import extend, to_cpdag

__all__ = ["GaussianBic", "OrderSearch", "best_order"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_TINY = 1e-9


class GaussianBic:
    """Score of parent sets from correlations [p, p] of ``n`` rows.

    ``gamma`` above 0 gives the extended BIC (Foygel and Drton 2010): with many columns to choose from, an
    edge must be worth 4 gamma log(p) more.
    """

    def __init__(
        self, correlation: Floats, n: int, penalty: float = 1.0, gamma: float = 0.0
    ) -> None:
        self.r = correlation
        self.n = n
        self.p = len(correlation)
        self.cost = penalty * math.log(n) + 4.0 * gamma * math.log(self.p)

    def gains(self, y: int, parents: Sequence[int]) -> Floats:
        """Return for every column what adding it to the parents of ``y`` is worth, [p]; columns that the
        parents determine gain nothing."""
        r = self.r
        if parents:
            s = list(parents)
            weights = np.linalg.solve(r[np.ix_(s, s)], r[s])  # [d, p]
            cover = r[y] - r[y, s] @ weights
            left = 1.0 - np.einsum("dp,dp->p", r[s], weights)
        else:
            cover, left = r[y], np.ones(self.p)
        scale = left * left[y]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(left > _TINY, cover * cover / scale, 0.0)
        return np.asarray(-self.n * np.log1p(-np.minimum(share, 1.0 - 1e-12)) - self.cost)

    def losses(self, y: int, parents: Sequence[int]) -> Floats:
        """Return for each parent what removing it is worth (positive: better without), [d]."""
        nodes = [y, *parents]
        inverse = np.linalg.inv(self.r[np.ix_(nodes, nodes)])
        share = inverse[0, 1:] ** 2 / (inverse[0, 0] * np.diag(inverse)[1:])
        return np.asarray(self.cost + self.n * np.log1p(-np.minimum(share, 1.0 - 1e-12)))


class _Node:
    """A parent set in the tree of one column: what may be added, best first, and the set shrunk."""

    __slots__ = ("branches", "children", "final", "gain_of", "parents", "score")

    def __init__(self, parents: tuple[int, ...], score: float) -> None:
        self.parents = parents
        self.score = score
        self.branches: list[int] | None = None
        self.gain_of: dict[int, float] = {}
        self.children: dict[int, _Node] = {}
        self.final: tuple[float, tuple[int, ...]] | None = None


class _Tree:
    """The grow-shrink tree of column ``y``."""

    def __init__(
        self, score: GaussianBic, y: int, allowed: Bools, required: tuple[int, ...]
    ) -> None:
        self.scorer = score
        self.y = y
        self.allowed = allowed
        self.required = required
        start = 0.0
        for position, parent in enumerate(required):
            start += float(score.gains(y, required[:position])[parent])
        self.root = _Node(required, start)

    def expand(self, node: _Node) -> list[int]:
        gains = self.scorer.gains(self.y, node.parents)
        gains[~self.allowed] = -1.0
        if node.parents:
            gains[list(node.parents)] = -1.0
        good = np.flatnonzero(gains > _TINY)
        # equal gains in order of number, so that the result is the same everywhere
        good = good[np.argsort(-gains[good], kind="stable")]
        node.branches = good.tolist()
        node.gain_of = dict(zip(node.branches, gains[good].tolist(), strict=True))
        return node.branches

    def child(self, node: _Node, u: int) -> _Node:
        found = node.children.get(u)
        if found is None:
            found = _Node((*node.parents, u), node.score + node.gain_of[u])
            node.children[u] = found
        return found

    def finish(self, node: _Node) -> tuple[float, tuple[int, ...]]:
        """Shrink: remove parents while that helps, the best removal first."""
        parents, score = list(node.parents), node.score
        while len(parents) > len(self.required):
            losses = self.scorer.losses(self.y, parents)
            for position, parent in enumerate(parents):
                if parent in self.required:
                    losses[position] = -np.inf
            worst = int(losses.argmax())
            if losses[worst] <= _TINY:
                break
            score += float(losses[worst])
            parents.pop(worst)
        node.final = (score, tuple(sorted(parents)))
        return node.final

    def walk(
        self, node: _Node, before: list[bool], watched: int = -1
    ) -> tuple[_Node, _Node | None]:
        """Grow with the columns in ``before``; return the end and where ``watched`` was first added."""
        fork = None
        while True:
            branches = node.branches
            if branches is None:
                branches = self.expand(node)
            for u in branches:
                if before[u]:
                    if u == watched:
                        fork = node
                    node = node.children.get(u) or self.child(node, u)
                    break
            else:
                return node, fork


@dataclass
class OrderSearch:
    """The best order found: ``dag[i, j]`` is ``i -> j`` [p, p]; ``complete`` False if interrupted."""

    dag: Bools
    score: float
    order: list[int]
    complete: bool = True
    sweeps: int = 0


def best_order(
    score: GaussianBic,
    *,
    starts: Sequence[Sequence[int]],
    allowed: Bools | None = None,
    required: Bools | None = None,
    before: Bools | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> OrderSearch:
    """Return the best graph over orders reached from the given ones.

    Args:
        score: what to raise.
        starts: orders to start from; each is made to respect ``before``.
        allowed: [p, p], ``[i, j]``: may i be a parent of j.
        required: [p, p], ``[i, j]``: i is a parent of j whatever the score says.
        before: [p, p], transitive: i comes before j in every order tried.
        progress: called with the start and the sweep it is in.

    An interrupt returns the best so far, marked incomplete.
    """
    p = score.p
    constrained = allowed is not None or required is not None or before is not None
    allowed = ~np.eye(p, dtype=bool) if allowed is None else allowed
    required = np.zeros((p, p), dtype=bool) if required is None else required
    before = np.zeros((p, p), dtype=bool) if before is None else before
    trees = [
        _Tree(score, y, allowed[:, y], tuple(int(k) for k in np.flatnonzero(required[:, y])))
        for y in range(p)
    ]
    best: OrderSearch | None = None
    for number, start in enumerate(starts):
        order = _respecting(list(start), before)
        sweeps, stopped = 0, False
        try:
            while True:
                if progress is not None:
                    progress(number, sweeps)
                sweeps += 1
                if _sweep(trees, order, before):
                    continue
                thinner = None if constrained else _backward(score, _read(trees, order).dag)
                if thinner is None:
                    break
                order = thinner
        except KeyboardInterrupt:
            stopped = True
        found = _read(trees, order)
        found.sweeps = sweeps
        if best is None or found.score > best.score + _TINY:
            best = found
        if stopped:
            best.complete = False
            break
    assert best is not None
    return best


def _respecting(order: list[int], before: Bools) -> list[int]:
    """Return the order changed as little as needed so that ``before`` holds."""
    if not before.any():
        return order
    sorted_ = topological_order(before[np.ix_(order, order)])
    if sorted_ is None:
        raise ValueError("the order constraints form a cycle")
    return [order[k] for k in sorted_]


def _sweep(trees: list[_Tree], order: list[int], before: Bools) -> bool:
    """Move every column to its best place once; return whether anything moved."""
    moved = False
    for v in list(order):
        moved |= _move(trees, order, v, before)
    return moved


def _final(tree: _Tree, node: _Node) -> float:
    return (node.final or tree.finish(node))[0]


def _move(trees: list[_Tree], order: list[int], v: int, limits: Bools) -> bool:
    old = order.index(v)
    rest = order[:old] + order[old + 1 :]
    p = len(order)
    seen = [False] * p
    own, low, high = [0.0] * p, [0.0] * (p + 1), [0.0] * p
    tree_v = trees[v]
    tree_walk = tree_v.walk
    for k, w in enumerate(rest):
        own[k] = _final(tree_v, tree_walk(tree_v.root, seen)[0])
        tree = trees[w]
        seen[v] = True
        end, fork = tree.walk(tree.root, seen, v)
        seen[v] = False
        high[k] = _final(tree, end)
        low[k] = high[k] if fork is None else _final(tree, tree.walk(fork, seen)[0])
        seen[w] = True
    own[p - 1] = _final(tree_v, tree_walk(tree_v.root, seen)[0])
    # place k: the first k columns of the rest are not below v, the others are
    total = np.array(own)
    total[1:] += np.cumsum(low[: p - 1])
    total[:-1] += np.cumsum(high[p - 2 :: -1])[::-1] if p > 1 else 0.0
    first, last = 0, p - 1
    if limits.any():
        for k, w in enumerate(rest):
            if limits[w, v]:
                first = k + 1
            if limits[v, w]:
                last = min(last, k)
    place = first + int(total[first : last + 1].argmax())
    if total[place] <= total[old] + 1e-7:
        return False
    rest.insert(place, v)
    order[:] = rest
    return True


def _read(trees: list[_Tree], order: list[int]) -> OrderSearch:
    p = len(order)
    dag = np.zeros((p, p), dtype=bool)
    seen = [False] * p
    total = 0.0
    for y in order:
        tree = trees[y]
        node, _ = tree.walk(tree.root, seen)
        score, parents = node.final or tree.finish(node)
        total += score
        dag[list(parents), y] = True
        seen[y] = True
    return OrderSearch(dag, total, list(order))


def _backward(score: GaussianBic, dag: Bools) -> list[int] | None:
    """Take edges out of the equivalence class while that raises the score; return an order of a member
    of the class then, or None if nothing could be taken out."""
    marks = to_cpdag(dag)
    changed = False
    while True:
        found = _best_removal(score, marks)
        if found is None:
            break
        x, y, turned = found
        marks[x, y] = marks[y, x] = 0
        for h in turned:
            marks[y, h], marks[h, y] = ARROW, TAIL
            if marks[x, h] == TAIL and marks[h, x] == TAIL:
                marks[x, h] = ARROW
        member = extend(marks)
        if member is None:
            break
        changed = True
        dag = arrows(member)
        marks = to_cpdag(dag)
    return topological_order(dag) if changed else None


def _best_removal(score: GaussianBic, marks: Marks) -> tuple[int, int, tuple[int, ...]] | None:
    """Return the valid removal (x, y, H) that raises the score most: the edge x - y or x --> y goes, and
    the neighbours H of y that are adjacent to x become children; the others must form a clique."""
    adjacent = marks != 0
    undirected = (marks == TAIL) & (marks.T == TAIL)
    best, found = _TINY, None
    for first, second in np.argwhere(adjacent & (marks.T == TAIL)):
        x, y = int(first), int(second)
        shared = [int(k) for k in np.flatnonzero(undirected[y] & adjacent[x]) if k != x]
        above = [k for k in parents(marks, y) if k != x]
        for size in range(len(shared) + 1):
            for turned in combinations(shared, size):
                kept = [k for k in shared if k not in turned]
                if any(not adjacent[a, b] for a, b in combinations(kept, 2)):
                    continue
                gain = float(score.losses(y, [x, *above, *kept])[0])
                if gain > best:
                    best, found = gain, (x, y, turned)
    return found
