"""GRaSP: greedy relaxations of the sparsest permutation (Lam, Andrews and Ramsey 2022, UAI).

From one order to the next by tucks (:mod:`discovery.tucks`), each of which turns an edge round; parents
are chosen by the same grow-shrink trees as in :mod:`discovery.permutation`. When no tuck helps, single
edges are taken out of the equivalence class where that raises the score, and the search goes on. Under
knowledge single columns are moved then too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from discovery.orders import grown
from discovery.permutation import Limits, OrderSearch, OrderState, respecting
from discovery.scores.base import Score
from discovery.tucks import search_from

__all__ = ["best_tucks"]

Ints = NDArray[np.int64]
_TINY = 1e-9


def best_tucks(
    score: Score,
    *,
    starts: Sequence[Sequence[int]],
    limits: Limits | None = None,
    depth: int = 3,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> OrderSearch:
    """Return the best graph over orders that tucks reach from the given ones.

    Args:
        score: what to raise.
        starts: orders to start from; each is made to respect the limits.
        limits: what the search may do.
        depth: tucks in a row that may leave the score as it is, the last one included.
        seed: of the order in which edges are tried.
        progress: called with the start and the number of better orders found from it.

    An interrupt returns the best so far, marked incomplete.
    """
    limits = limits or Limits.of(score.p)
    state = OrderState(score, limits)
    best: OrderSearch | None = None
    for number, start in enumerate(starts):
        order = np.array(respecting(list(start), limits.before), dtype=np.int64)
        rng = np.random.default_rng([seed, number])
        complete = _climb(state, order, depth, rng, number, progress)
        dag, scores = state.read(order)
        if best is None or scores.sum() > best.score + _TINY:
            best = OrderSearch(dag, float(scores.sum()), order.tolist())
        if not complete:
            best.complete = False
            break
    assert best is not None
    return best


def _climb(
    state: OrderState,
    order: Ints,
    depth: int,
    rng: np.random.Generator,
    number: int,
    progress: Callable[[int, int], None] | None,
) -> bool:
    """Make an order better in place; False if interrupted."""
    p = len(order)
    marks = rng.integers(1, 2**63, (p, p), dtype=np.uint64)
    better = 0
    try:
        while True:
            dag, scores = state.read(order)
            idle = 0
            ranked = rng.permutation(p)
            turn = 0
            while idle < p:
                if turn == p:
                    ranked, turn = rng.permutation(p), 0
                found = search_from(
                    state.score.model, state.cache, state.forest, order, dag, scores,
                    int(ranked[turn]), ranked, depth, marks, state.limits.before, state.limited,
                )  # fmt: skip
                if found < 0:
                    state.forest = grown(state.forest)
                    continue
                turn += 1
                idle = 0 if found else idle + 1
                better += found
                if found and progress is not None:
                    progress(number, better)
            # where knowledge forbids edges in this order there is none to turn round: move columns
            if state.known and state.sweep(order, lambda: False):
                continue
            new = state.thinner(dag)
            if new is None:
                return True
            _, after = state.read(new)
            if after.sum() <= scores.sum() + _TINY:
                return True
            order[:] = new
    except KeyboardInterrupt:
        return False
