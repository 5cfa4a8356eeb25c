"""Search over column orders for scores that tell members of an equivalence class apart.

As in BOSS (Andrews et al. 2023, NeurIPS) every column in turn is moved to its best place in the order,
parents being chosen among the columns before it by growing and shrinking. Unlike the purely
observational search this one never leaves the order for an equivalence class: under interventions the
directions themselves are scored. When no single move helps, pairs of neighbouring columns along
an edge are swapped together with what lies between them, and single parents exchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from discovery.interventions.scores import ParentScore
from discovery.marks import closure, topological_order

__all__ = ["Found", "Limits", "search"]

Bools = NDArray[np.bool_]
_TINY = 1e-9


class Limits(NamedTuple):
    """All [p, p]. ``allowed[i, j]``: i may be a parent of j; ``required[i, j]``: it is, whatever the score
    says; ``before[i, j]``, transitive: i comes before j in every order tried."""

    allowed: Bools
    required: Bools
    before: Bools
    contexts: tuple[int, ...] = ()
    """nodes before all others, without parents, that may act on any"""


@dataclass
class Found:
    """``dag[i, j]`` is ``i -> j`` [p, p]; ``complete`` False when it was interrupted."""

    dag: Bools
    score: float
    order: list[int]
    complete: bool = True


class _Parents:
    """The parents of one column given which columns may come before it; every answer is kept."""

    def __init__(
        self,
        score: ParentScore,
        y: int,
        allowed: Bools,
        required: list[int],
        contexts: tuple[int, ...],
    ) -> None:
        self.score = score
        self.y = y
        self.allowed = allowed
        self.free = bool(allowed.any())
        self.required = tuple(required)
        # contexts added one by one lose to a parent that stands for several of them: shrinking from
        # all of them is tried too
        self.starts = [self._total(self.required)]
        if contexts and self.free:
            self.starts.append(self._total((*required, *contexts)))
        self.grown: dict[tuple[int, ...], tuple[list[int], list[float]]] = {}
        self.shrunk: dict[tuple[int, ...], tuple[float, tuple[int, ...]]] = {}
        self.known: dict[int, tuple[float, tuple[int, ...]]] = {}

    def best(self, before: int) -> tuple[float, tuple[int, ...]]:
        """Return score and parents among ``before``, a bit mask of columns."""
        if not self.free:
            return self.starts[0]
        answer = self.known.get(before)
        if answer is not None:
            return answer
        answer = max((self._grow(start, before) for start in self.starts), key=lambda a: a[0])
        self.known[before] = answer
        return answer

    def _total(self, parents: tuple[int, ...]) -> tuple[float, tuple[int, ...]]:
        total = 0.0
        for position, parent in enumerate(parents):
            total += float(self.score.gains(self.y, parents[:position])[parent])
        return total, parents

    def _grow(
        self, start: tuple[float, tuple[int, ...]], before: int
    ) -> tuple[float, tuple[int, ...]]:
        total, parents = start
        while True:
            step = self.grown.get(parents)
            if step is None:
                gains = self.score.gains(self.y, parents)
                gains[~self.allowed] = -1.0
                gains[list(parents)] = -1.0
                good = np.flatnonzero(gains > _TINY)
                good = good[np.argsort(-gains[good], kind="stable")]
                step = self.grown[parents] = good.tolist(), gains[good].tolist()
            for k, gain in zip(*step, strict=True):
                if before >> k & 1:
                    parents, total = (*parents, k), total + gain
                    break
            else:
                return self._shrink(parents, total)

    def _shrink(self, parents: tuple[int, ...], total: float) -> tuple[float, tuple[int, ...]]:
        answer = self.shrunk.get(parents)
        if answer is None:
            left = list(parents)
            while len(left) > len(self.required):
                losses = self.score.losses(self.y, left)
                losses[[k in self.required for k in left]] = -np.inf
                worst = int(losses.argmax())
                if losses[worst] <= _TINY:
                    break
                total += float(losses[worst])
                left.pop(worst)
            answer = self.shrunk[parents] = total, tuple(sorted(left))
        return answer


def search(
    score: ParentScore,
    starts: Sequence[Sequence[int]],
    limits: Limits | None = None,
    *,
    max_sweeps: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Found:
    """Return the best graph over the orders reached from the given ones.

    Args:
        score: what to raise.
        starts: orders to start from; each is made to keep to the limits.
        limits: what knowledge allows; None for anything.
        max_sweeps: stop after so many; 0 takes each order as it is.
        progress: called with the start and the sweep it is in.

    An interrupt returns the best so far, marked incomplete.
    """
    p = score.p
    nothing = np.zeros((p, p), dtype=bool)
    limits = limits or Limits(~np.eye(p, dtype=bool), nothing, nothing)
    allowed, required, before, contexts = limits
    nodes = [
        _Parents(
            score, y, allowed[:, y], [int(k) for k in np.flatnonzero(required[:, y])], contexts
        )
        for y in range(p)
    ]
    best: Found | None = None
    for number, start in enumerate(starts):
        order = list(start)
        if before.any():
            # every order is changed as little as needed
            placed = topological_order(before[np.ix_(order, order)])
            if placed is None:
                raise ValueError("the order constraints form a cycle")
            order = [order[k] for k in placed]
        stopped, sweep = False, 0
        try:
            moved = True
            while moved and (max_sweeps is None or sweep < max_sweeps):
                if progress is not None:
                    progress(number, sweep)
                sweep += 1
                moved = False
                for v in [v for v in order if nodes[v].free]:
                    moved |= _move(nodes, order, v, before)
                if not moved:
                    moved = _tuck(nodes, order, before)
        except KeyboardInterrupt:
            stopped = True
        found = _read(nodes, order)
        if best is None or found.score > best.score + 1e-7:
            best = found
        if stopped:
            best.complete = False
            break
    assert best is not None
    return best


def _read(nodes: list[_Parents], order: list[int]) -> Found:
    dag = np.zeros((len(order), len(order)), dtype=bool)
    total, mask = 0.0, 0
    for y in order:
        score, parents = nodes[y].best(mask)
        total += score
        dag[list(parents), y] = True
        mask |= 1 << y
    return Found(dag, total, list(order))


def _move(nodes: list[_Parents], order: list[int], v: int, before: Bools) -> bool:
    """Put ``v`` at its best place; return whether that is another one."""
    old = order.index(v)
    rest = order[:old] + order[old + 1 :]
    p, bit = len(order), 1 << v
    own, without, within = np.zeros(p), np.zeros(p), np.zeros(p + 1)
    mask = 0
    for k, w in enumerate(rest):
        own[k] = nodes[v].best(mask)[0]
        without[k + 1] = nodes[w].best(mask)[0]  # v comes after w
        within[k] = nodes[w].best(mask | bit)[0]
        mask |= 1 << w
    own[p - 1] = nodes[v].best(mask)[0]
    total = own + np.cumsum(without) + np.cumsum(within[::-1])[::-1][:p]
    first, last = 0, p - 1
    for k, w in enumerate(rest):
        if before[w, v]:
            first = k + 1
        if before[v, w]:
            last = min(last, k)
    place = first + int(total[first : last + 1].argmax())
    if total[place] <= total[old] + 1e-7:
        return False
    rest.insert(place, v)
    order[:] = rest
    return True


def _tuck(nodes: list[_Parents], order: list[int], before: Bools) -> bool:
    """Turn one edge, taking the ancestors of its tail's new parent along, where that helps most.

    The tuck of GRaSP (Lam, Andrews and Ramsey 2022, UAI): for an edge i -> j, j and those of its
    ancestors that lie behind i go before i.
    """
    now = _read(nodes, order)
    place = {v: k for k, v in enumerate(order)}
    reach = closure(now.dag)
    best, chosen = now.score + 1e-7, None
    for i, j in np.argwhere(now.dag):
        middle = order[place[int(i)] : place[int(j)] + 1]
        front = [v for v in middle if v == j or (reach[v, j] and v != i and not reach[i, v])]
        back = [v for v in middle if v not in front]
        if before[np.ix_(back, front)].any():
            continue
        changed = order[: place[int(i)]] + front + back + order[place[int(j)] + 1 :]
        score = _read(nodes, changed).score
        if score > best:
            best, chosen = score, changed
    if chosen is None:
        return False
    order[:] = chosen
    return True
