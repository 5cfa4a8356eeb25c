"""Search over column orders with a decomposable score: the best order, move by move.

Follows BOSS (Andrews et al. 2023, NeurIPS): every column in turn is moved to its best place in the
order. Given an order, each column's parents are chosen among those before it by growing and shrinking;
grow-shrink trees remember every set ever scored, so that a place in the order costs a walk down a tree.
When no move helps, single edges are taken out of the equivalence class as in the backward phase of GES
(Chickering 2002, JMLR 3), and the search goes on from there.

Starts are independent of each other and may run in threads: the kernels do not hold the interpreter's
lock, and the result does not depend on how many run at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.classes import backward_step, class_of
from discovery.marks import topological_order
from discovery.orders import grown, move, new_forest, plant, read
from discovery.scores.base import Score
from discovery.scores.gaussian import GaussianBic
from discovery.scores.kernels import new_cache

__all__ = ["GaussianBic", "Limits", "OrderSearch", "OrderState", "best_order", "respecting"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_TINY = 1e-9
_MOST_ROUNDS = 50


@dataclass(frozen=True)
class Limits:
    """What the search may do: ``allowed`` [p, p] may i be a parent of j; ``required`` [p, p] i is a parent
    of j; ``before`` [p, p], transitive, i comes before j. ``known``: whether any of it limits anything."""

    allowed: Bools
    required: Bools
    before: Bools
    known: bool = False

    @classmethod
    def of(
        cls,
        p: int,
        allowed: Bools | None = None,
        required: Bools | None = None,
        before: Bools | None = None,
    ) -> Limits:
        """Return limits where what is not given limits nothing."""
        known = allowed is not None or required is not None or before is not None
        none = np.zeros((p, p), dtype=bool)
        return cls(
            ~np.eye(p, dtype=bool) if allowed is None else np.ascontiguousarray(allowed),
            none if required is None else np.ascontiguousarray(required),
            none if before is None else np.ascontiguousarray(before),
            known,
        )


@dataclass
class OrderSearch:
    """The best order found: ``dag[i, j]`` is ``i -> j`` [p, p]; ``complete`` False if interrupted."""

    dag: Bools
    score: float
    order: list[int]
    complete: bool = True
    sweeps: int = 0


class OrderState:
    """One search: its trees, and an order that it makes better."""

    def __init__(self, score: Score, limits: Limits) -> None:
        self.score = score
        self.limits = limits
        self.limited = bool(limits.before.any())
        self.cache = new_cache(score.p, score.model.kind)
        self.forest = new_forest(limits.allowed, limits.required)
        plant(score.model, self.cache, self.forest)
        self.known = limits.known or score.graded

    def sweep(self, order: Ints, stop: Callable[[], bool]) -> bool:
        """Move every column to its best place once; return whether anything moved."""
        moved = False
        for v in order.copy():
            if stop():
                return False
            while True:
                done = move(
                    self.score.model, self.cache, self.forest, order, v, self.limits.before,
                    self.limited,
                )  # fmt: skip
                if done >= 0:
                    break
                self.forest = grown(self.forest)
            moved |= done > 0
        return moved

    def read(self, order: Ints) -> tuple[Bools, Floats]:
        """Return the graph of an order and each column's score."""
        dag, scores = np.zeros((self.score.p,) * 2, dtype=bool), np.zeros(self.score.p)
        while not read(self.score.model, self.cache, self.forest, order, dag, scores):
            self.forest = grown(self.forest)
        return dag, scores

    def thinner(self, dag: Bools) -> Ints | None:
        """Take edges out of the class of a graph while that helps; return an order of a member then, None
        if nothing could be taken out."""
        limits = self.limits
        dag = dag.copy()
        marks = class_of(dag, limits.allowed, self.known)
        steps = 0
        while backward_step(
            self.score.model, self.cache, marks, dag, limits.allowed, limits.required, self.known
        ):
            steps += 1
        if not steps:
            return None
        order = topological_order(dag | limits.before)
        return None if order is None else np.array(order, dtype=np.int64)

    def climb(self, order: Ints, stop: Callable[[], bool]) -> tuple[Bools, float, int]:
        """Make an order better (in place) until neither a move nor a removal helps; return its graph, score
        and the number of sweeps."""
        sweeps = 0
        while not stop():
            sweeps += 1
            if self.sweep(order, stop):
                continue
            dag, scores = self.read(order)
            new = self.thinner(dag)
            if new is None or sweeps > _MOST_ROUNDS:
                break
            _, after = self.read(new)
            if after.sum() <= scores.sum() + _TINY:
                break
            order[:] = new
        dag, scores = self.read(order)
        return dag, float(scores.sum()), sweeps


def respecting(order: Sequence[int], before: Bools) -> list[int]:
    """Return the order changed as little as needed so that ``before`` holds.

    Raises:
        ValueError: if ``before`` has a cycle.
    """
    if not before.any():
        return list(order)
    sorted_ = topological_order(before[np.ix_(order, order)])
    if sorted_ is None:
        raise ValueError("the order constraints form a cycle")
    return [order[k] for k in sorted_]


def best_order(
    score: Score,
    *,
    starts: Sequence[Sequence[int]],
    limits: Limits | None = None,
    allowed: Bools | None = None,
    required: Bools | None = None,
    before: Bools | None = None,
    kicks: int = 0,
    seed: int = 0,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> OrderSearch:
    """Return the best graph over orders reached from the given ones.

    Args:
        score: what to raise.
        starts: orders to start from; each is made to respect ``before``.
        limits: or ``allowed``, ``required`` and ``before``, see :class:`Limits`.
        kicks: how often each search goes on from its best order with a few columns moved at random.
        seed: of the kicks.
        workers: threads; the result does not depend on it.
        progress: called with the start and the sweep it is in (with one worker), or is done.

    An interrupt returns the best so far, marked incomplete.
    """
    limits = limits or Limits.of(score.p, allowed, required, before)
    halted = False
    orders = [np.array(respecting(list(s), limits.before), dtype=np.int64) for s in starts]
    found: dict[int, OrderSearch] = {}

    def search(number: int, state: OrderState, tell: Callable[[int, int], None] | None) -> None:
        order = orders[number]
        rng = np.random.default_rng([seed, number])
        sweeps = 0
        for kick in range(kicks + 1):
            if halted:
                return
            if kick:
                order[:] = found[number].order
                _kick(order, rng)
                order[:] = respecting(order.tolist(), limits.before)
            if tell is not None:
                tell(number, kick)
            dag, value, more = state.climb(order, lambda: halted)
            sweeps += more
            best = found.get(number)
            if best is None or value > best.score + _TINY:
                found[number] = OrderSearch(dag, value, order.tolist())
            found[number].sweeps = sweeps

    try:
        if workers <= 1 or len(starts) == 1:
            state = OrderState(score, limits)
            for number in range(len(starts)):
                search(number, state, progress)
        else:
            with ThreadPoolExecutor(min(workers, len(starts))) as pool:
                jobs = [
                    pool.submit(search, number, OrderState(score, limits), None)
                    for number in range(len(starts))
                ]
                try:
                    for number, job in enumerate(jobs):
                        job.result()
                        if progress is not None:
                            progress(number, kicks)
                except KeyboardInterrupt:
                    halted = True
                    for job in jobs:
                        job.cancel()
    except KeyboardInterrupt:
        halted = True
    if halted:  # orders on the way count too
        state = OrderState(score, limits)
        for number, order in enumerate(orders):
            dag, scores = state.read(order)
            if number not in found or scores.sum() > found[number].score + _TINY:
                found[number] = OrderSearch(dag, float(scores.sum()), order.tolist())
    best = found[0]
    for number in range(1, len(starts)):
        if number in found and found[number].score > best.score + _TINY:
            best = found[number]
    best.complete = not halted
    return best


def _kick(order: Ints, rng: np.random.Generator) -> None:
    """Move a few columns to random places, in place."""
    p = len(order)
    for _ in range(max(2, p // 10)):
        a, b = (int(k) for k in rng.integers(0, p, 2))
        v = order[a]
        rest = np.delete(order, a)
        order[:] = np.insert(rest, b, v)
