"""Stability selection: the edges that keep coming back, and how many chance ones to expect among them.

The bounds are about edges that half-samples find no more often than an average candidate: edges found by
chance. An edge that is wrong for a systematic reason (a hidden cause, a direction that follows from
an edge missed everywhere) comes back like a true one. On simulated linear data (``pc``, 40 columns, 1,000 rows,
12 graphs) adjacent pairs kept were false less often than the bound of 1 with coefficients of 0.2 to 0.8
(0.0 a graph), not with 0.5 to 1.5, where paths cancel (2.0); directions were wrong far more often (4.3 a
graph where the bound said 0.2). The calibrated ``belief`` of an edge is about both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from graph.errors import UsageError

if TYPE_CHECKING:
    from discovery.result import Discovery

__all__ = ["Bound", "Selected", "SelectedEdge", "expected_false", "selection", "tail_bound"]

Bound = Literal["r-concave", "unimodal", "worst-case", "meinshausen"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SelectedEdge:
    """An edge that was kept: ``source`` acts on ``target`` if directed edges were asked for, otherwise the
    pair in the order of names; ``share`` of the samples that have it."""

    source: str
    target: str
    share: float


@dataclass(frozen=True, slots=True)
class Selected:
    """Edges kept by stability selection.

    Attributes:
        edges: those found in at least ``threshold`` of the samples, most frequent first.
        threshold: share of the samples, above a half.
        average: edges a sample has on average (q).
        candidates: pairs, or ordered pairs, that there are.
        expected_false: upper bound on the expected number of edges kept that a sample finds no more often
            than an average candidate; infinite where the bound says nothing.
        bound: which bound.
    """

    edges: tuple[SelectedEdge, ...]
    threshold: float
    average: float
    candidates: int
    expected_false: float
    bound: Bound

    def __str__(self) -> str:
        return (
            f"{len(self.edges)} edges in at least {self.threshold:.2f} of the samples; at most "
            f"{self.expected_false:.3g} false ones expected ({self.bound} bound, {self.average:.1f} of "
            f"{self.candidates} candidates a sample)"
        )


def selection(
    discovery: Discovery,
    *,
    threshold: float | None = None,
    expected: float = 1.0,
    directed: bool = False,
    bound: Bound = "r-concave",
) -> Selected:
    """Keep the edges that come back in many half-samples.

    Args:
        discovery: learned with ``resample="subsample"`` and bootstraps (100 are usual).
        threshold: keep edges in at least this share of the samples, between 0.5 and 1. When not given,
            the smallest one whose bound is at most ``expected``.
        expected: the number of false edges accepted.
        directed: count ``-->`` edges with their direction, instead of adjacent pairs.
        bound: on the expected number of false edges kept, see :func:`expected_false`.

    Raises:
        UsageError: bootstraps or none instead of half-samples; a threshold outside (0.5, 1]; an
            ``expected`` that is not positive; or no threshold that reaches it.
    """
    if discovery.resample != "subsample" or discovery.bootstraps_done == 0:
        raise UsageError(
            "the error bounds of stability selection are for half-samples",
            hint='Learn with resample="subsample" and bootstraps=100.',
        )
    columns = len(discovery.graph.nodes)
    candidates = columns * (columns - 1) // (1 if directed else 2)
    found = _frequencies(discovery, directed)
    average = sum(found.values())
    pairs = discovery.bootstraps_done // 2
    if threshold is None:
        if expected <= 0:
            raise UsageError(f"expected must be positive, not {expected}")
        for step in range(pairs + 1, 2 * pairs + 1):
            threshold = step / (2 * pairs)
            number = expected_false(threshold, average, candidates, pairs, bound)
            if number <= expected:
                break
        else:
            raise UsageError(
                f"no threshold keeps the bound on false edges at {expected:g}: even edges in every "
                f"sample have {number:.3g}",
                hint="Use a smaller alpha or a larger penalty, so that a sample has fewer edges, or "
                "more bootstraps.",
            )
    elif not 0.5 < threshold <= 1:
        raise UsageError(f"threshold must be above 0.5 and at most 1, not {threshold}")
    kept = sorted(
        (
            SelectedEdge(a, b, share)
            for (a, b), share in found.items()
            if share >= threshold - 1e-12
        ),
        key=lambda e: (-e.share, e.source, e.target),
    )
    number = expected_false(threshold, average, candidates, pairs, bound)
    return Selected(tuple(kept), threshold, average, candidates, number, bound)


def _frequencies(discovery: Discovery, directed: bool) -> dict[tuple[str, str], float]:
    found = {}
    for (a, b), kinds in discovery.stability.items():
        if directed:
            found[a, b] = kinds.get("-->", 0.0)
            found[b, a] = kinds.get("<--", 0.0)
        else:
            found[a, b] = min(1.0, sum(kinds.values()))
    return {pair: share for pair, share in found.items() if share > 0}


def expected_false(
    threshold: float, average: float, candidates: int, pairs: int, bound: Bound = "r-concave"
) -> float:
    """Bound the expected number of edges kept that are found no more often than by chance.

    With theta = ``average`` / ``candidates``, these are the candidates whose probability of being found in
    a half-sample is at most theta. Without further assumption about the algorithm
    that is a bound on them; it is one on the false edges if false ones are found no more
    often than an average candidate.

    Args:
        threshold: share of the 2 ``pairs`` half-samples, above 0.5.
        average: edges a sample has on average.
        candidates: pairs that could have an edge.
        pairs: complementary pairs of half-samples.
        bound: ``meinshausen``, average^2 / ((2 threshold - 1) candidates) (Meinshausen and Buehlmann
            2010, JRSS B 72, equation 9; exchangeable false edges); ``worst-case``, the same number, without
            exchangeability (Shah and Samworth 2013, JRSS B 75, theorem 1); ``unimodal`` (their theorem 2: the
            shares of simultaneous selection are unimodal); ``r-concave`` (their section 3.3: they are
            -1/2-concave and the shares themselves -1/4-concave), the sharpest.

    Infinite where a bound says nothing.
    """
    if candidates < 1 or average <= 0:
        return 0.0
    theta = average / candidates
    worst = theta * average / (2 * threshold - 1)
    if bound in ("worst-case", "meinshausen"):
        return min(worst, average)
    if bound == "unimodal":
        return min(_unimodal(threshold, theta, pairs) * theta * average, worst, average)
    if bound != "r-concave":
        raise UsageError(
            f"bound={bound!r} is not known",
            hint="Known: r-concave, unimodal, worst-case, meinshausen.",
        )
    tail = min(
        tail_bound(theta**2, 2 * threshold - 1, pairs, -0.5),
        tail_bound(theta, threshold, 2 * pairs, -0.25),
    )
    return min(tail * candidates, worst, average)


def _unimodal(threshold: float, theta: float, pairs: int) -> float:
    """The factor C(threshold, pairs) of theorem 2 of Shah and Samworth."""
    if theta > 1 / 3**0.5:
        return np.inf
    lowest = min(0.5 + theta**2, 0.5 + 1 / (2 * pairs) + 0.75 * theta**2)
    if threshold <= lowest:
        return np.inf
    step = 1 / (2 * pairs)
    if threshold <= 0.75:
        return 1 / (2 * (2 * threshold - 1 - step))
    return 4 * (1 - threshold + step) / (1 + 2 * step)


@lru_cache(maxsize=4096)
def tail_bound(mean: float, share: float, steps: int, r: float) -> float:
    """Return the largest P(X >= ``share``) of an r-concave X on {0, 1/steps, ..., 1} with that mean.

    The distribution that reaches it is proportional to (a + i)^(1/r) at i = 0 ... k and has a smaller
    rest at k + 1 (Shah and Samworth 2013, section 3.3): for each a the mean fixes k and the rest, so a
    search over the one number a remains.

    Args:
        mean: at most this; 0 to 1.
        share: 0 to 1.
        steps: positions after 0.
        r: below 0.
    """
    mean_steps = mean * steps
    first = int(np.ceil(share * steps - 1e-9))  # the smallest count that reaches the share
    # near its mean X can have other shapes; nothing is said there
    if first <= np.ceil(2 * mean_steps - 1e-9):
        return 1.0
    low, high = -14.0, 14.0
    best = 0.0
    for _ in range(4):  # finer and finer around the best
        grid = np.linspace(low, high, 400)
        tails = _tails(np.exp(grid), mean_steps, first, steps, 1.0 / r)
        top = int(np.argmax(tails))
        best = max(best, float(tails[top]))
        low, high = grid[max(0, top - 1)], grid[min(len(grid) - 1, top + 1)]
    return min(1.0, best)


def _tails(a: Floats, mean: float, first: int, steps: int, power: float) -> Floats:
    """Return P(X >= first) for each a [g], X in 0 ... steps as in :func:`tail_bound`."""
    counts = np.arange(steps + 1)
    weight = ((a[:, None] + counts) / a[:, None]) ** power  # [g, steps + 1]
    total = np.cumsum(weight, axis=1)
    moment = np.cumsum(weight * counts, axis=1)
    below = moment <= mean * total  # the mean of 0 ... k alone is not too large
    k = below.sum(axis=1) - 1
    rows = np.arange(len(a))
    # with mass c w_0 ... c w_k and the rest at k + 1: c sum (k + 1 - i) w_i = k + 1 - mean
    room = (k + 1) * total[rows, k] - moment[rows, k]
    scale = np.where(k < steps, (k + 1 - mean) / room, 1.0 / total[rows, k])
    under = total[rows, np.minimum(k, first - 1)]
    tails = np.where(k + 1 < first, 0.0, 1.0 - scale * under)
    return np.asarray(np.maximum(tails, 0.0))
