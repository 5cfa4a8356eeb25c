"""Bounds on mean outcomes that need no instrument and no discrete outcome: only its range, and what may be
assumed of how units answer (Manski, AER 80:319, 1990; Econometrica 65:1311, 1997; Manski and Pepper,
Econometrica 68:997, 2000)."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from graph.errors import DataError, UsageError

__all__ = ["ASSUMPTIONS", "mean_bounds"]

Array = npt.NDArray[np.float64]
ASSUMPTIONS = {
    "increasing-response": "for no unit does more treatment lower the outcome",
    "decreasing-response": "for no unit does more treatment raise the outcome",
    "positive-selection": "units that took more treatment would on average have had outcomes at least as "
    "high under any treatment",
    "negative-selection": "units that took more treatment would on average have had outcomes at most as "
    "high under any treatment",
}


def mean_bounds(
    shares: npt.ArrayLike,
    means: npt.ArrayLike,
    lowest: float,
    highest: float,
    assume: Collection[str] = (),
) -> tuple[Array, Array, float, float]:
    """Return bounds of the mean outcome under each treatment level, and of the change from first to last.

    Args:
        shares: P(treatment = t), shape ``(levels,)``, treatments in increasing order, all above 0.
        means: E[outcome | treatment = t], shape ``(levels,)``.
        lowest: the outcome never is less.
        highest: the outcome never is more.
        assume: names in :data:`ASSUMPTIONS`.

    Returns:
        (lower bounds, upper bounds, lowest effect, highest effect); shapes ``(levels,)`` and numbers.

    Raises:
        UsageError: for an unknown assumption, or two that contradict each other by name.
        DataError: if means are outside the range, or contradict the assumptions.
    """
    p, m = np.asarray(shares, dtype=np.float64), np.asarray(means, dtype=np.float64)
    if unknown := sorted(set(assume) - set(ASSUMPTIONS)):
        raise UsageError(
            f"there is no assumption {unknown[0]!r}", hint=f"There are {', '.join(ASSUMPTIONS)}."
        )
    for what in ("response", "selection"):
        if sum(a.endswith(what) for a in assume) > 1:
            raise UsageError(f"two assumptions about the {what} contradict each other")
    if (m < lowest - 1e-12).any() or (m > highest + 1e-12).any():
        raise DataError(f"the outcome leaves its range {lowest:g} to {highest:g}")
    if "decreasing-response" in assume:
        # turned over: more treatment never lowers minus the outcome
        flip = {"decreasing-response": "increasing-response", "positive-selection": "negative-selection",
                "negative-selection": "positive-selection"}  # fmt: skip
        low, high, a, b = mean_bounds(p, -m, -highest, -lowest, [flip[n] for n in assume])
        return -high, -low, -b, -a
    rises = "increasing-response" in assume
    sorted_up, sorted_down = "positive-selection" in assume, "negative-selection" in assume
    if rises and sorted_up and (np.diff(m) < -1e-9).any():
        raise DataError(
            "the means contradict the assumptions: with increasing response and positive selection they "
            "must not fall as the treatment rises"
        )
    k = len(p)
    low, high = np.empty(k), np.empty(k)
    for t in range(k):
        below, above = np.full(k, lowest), np.full(k, highest)
        below[t] = above[t] = m[t]
        if rises:
            below[:t] = m[:t]
            above[t + 1 :] = m[t + 1 :]
        if sorted_up:
            below[t + 1 :] = np.maximum(below[t + 1 :], m[t])
            above[:t] = np.minimum(above[:t], m[t])
        if sorted_down:
            below[:t] = np.maximum(below[:t], m[t])
            above[t + 1 :] = np.minimum(above[t + 1 :], m[t])
        if (below > above + 1e-9).any():
            raise DataError("the means contradict the assumptions")
        low[t], high[t] = p @ below, p @ above
    least, most = float(low[-1] - high[0]), float(high[-1] - low[0])
    return low, high, max(least, 0.0) if rises else least, most
