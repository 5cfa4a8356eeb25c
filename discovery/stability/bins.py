"""Reliability: are edges believed with 0.8 true four times out of five?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.errors import UsageError

__all__ = ["ReliabilityBin", "brier_score", "calibration_error", "reliability"]

_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Edges whose belief is in [``low``, ``high``): how many, their mean belief, the share that is true,
    and a 95 % interval of that share (Wilson 1927)."""

    low: float
    high: float
    count: int
    belief: float
    share: float
    share_low: float
    share_high: float


def reliability(
    beliefs: Sequence[float] | NDArray[np.float64],
    truth: Sequence[bool] | NDArray[np.bool_],
    *,
    bins: int = 10,
) -> tuple[ReliabilityBin, ...]:
    """Compare beliefs with the truth in bins of equal width; empty bins are left out.

    Args:
        beliefs: [k], probabilities.
        truth: [k], whether each came true.
        bins: how many between 0 and 1; 1 itself is in the last.

    Raises:
        UsageError: lengths that differ, a belief outside [0, 1], or no bin.
    """
    believed, true = _checked(beliefs, truth)
    if bins < 1:
        raise UsageError(f"bins must be 1 or more, not {bins}")
    place = np.minimum((believed * bins).astype(np.int64), bins - 1)
    found = []
    for b in range(bins):
        inside = place == b
        count = int(inside.sum())
        if count:
            share = float(true[inside].mean())
            low, high = _wilson(share, count)
            found.append(
                ReliabilityBin(
                    b / bins, (b + 1) / bins, count, float(believed[inside].mean()), share, low, high
                )
            )  # fmt: skip
    return tuple(found)


def calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Return the expected calibration error: the mean distance between belief and share true, weighted by
    the edges in each bin; NaN without edges."""
    total = sum(b.count for b in bins)
    if not total:
        return math.nan
    return sum(b.count * abs(b.belief - b.share) for b in bins) / total


def brier_score(
    beliefs: Sequence[float] | NDArray[np.float64], truth: Sequence[bool] | NDArray[np.bool_]
) -> float:
    """Return the mean squared distance between belief and truth (Brier 1950); NaN without edges."""
    believed, true = _checked(beliefs, truth)
    return float(np.mean((believed - true) ** 2)) if len(believed) else math.nan


def _checked(
    beliefs: Sequence[float] | NDArray[np.float64], truth: Sequence[bool] | NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    believed = np.asarray(beliefs, dtype=np.float64)
    true = np.asarray(truth, dtype=bool)
    if believed.shape != true.shape or believed.ndim != 1:
        raise UsageError(
            f"{believed.size} beliefs and {true.size} truths: as many of both are needed"
        )
    if not ((believed >= 0) & (believed <= 1)).all():
        raise UsageError("a belief is not a number between 0 and 1")
    return believed, true


def _wilson(share: float, count: int) -> tuple[float, float]:
    centre = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    half = (
        _Z * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2)) / (1 + _Z**2 / count)
    )
    return max(0.0, centre - half), min(1.0, centre + half)
