"""Greedy equivalence search: edges in, edges out, one at a time, from class to class of DAGs.

Chickering 2002 (JMLR 3): the forward phase adds the edge that raises the score most until none does, the
backward phase removes edges likewise. With knowledge the search starts from the required edges, and an
operator must lead to a class with a member that knowledge allows.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from discovery.classes import backward_step, class_of, forward_step
from discovery.marks import topological_order
from discovery.permutation import Limits, OrderSearch
from discovery.scores.base import Score
from discovery.scores.kernels import new_cache

__all__ = ["greedy_equivalence"]

Bools = NDArray[np.bool_]


def greedy_equivalence(
    score: Score,
    limits: Limits,
    *,
    start: Bools | None = None,
    most: int | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> OrderSearch:
    """Return the graph that greedy search over equivalence classes ends in.

    Args:
        score: what to raise.
        limits: ``allowed`` and ``required`` are kept; orders are not looked at.
        start: a graph [p, p] to start from instead of the required edges; it keeps the limits.
        most: parents that an edge may be added to, at most this many with it.
        progress: called with the phase and the number of edges changed in it.

    An interrupt returns the graph so far, marked incomplete.
    """
    p = score.p
    known = limits.known or score.graded
    cache = new_cache(p, score.model.kind)
    dag = (limits.required if start is None else start).copy()
    marks = class_of(dag, limits.allowed, known)
    gain, bits = np.full((p, p), -np.inf), np.zeros((p, p), dtype=np.int64)
    stale = np.ones((p, p), dtype=bool)
    complete, steps, removed = True, 0, 0
    try:
        while forward_step(
            score.model, cache, marks, dag, limits.allowed, known, most or p, gain, bits, stale
        ):
            steps += 1
            if progress is not None:
                progress("adding edges", steps)
        while backward_step(score.model, cache, marks, dag, limits.allowed, limits.required, known):
            removed += 1
            if progress is not None:
                progress("removing edges", removed)
    except KeyboardInterrupt:
        complete = False
    order = topological_order(dag)
    assert order is not None
    return OrderSearch(dag, score.total(dag), order, complete, steps + removed)
