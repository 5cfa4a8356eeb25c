"""Missing values put into complete data, by the three mechanisms of Rubin 1976."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from graph.errors import UsageError

__all__ = ["MissingKind", "delete"]

Floats = NDArray[np.float64]
MissingKind = Literal["mcar", "mar", "mnar"]


def delete(
    values: Floats, share: float, rng: np.random.Generator, kind: MissingKind = "mcar"
) -> Floats:
    """Return a copy of ``values`` [n, p] with about ``share`` of all entries missing (NaN).

    Args:
        kind: ``mcar``: by chance alone. ``mar``: in half of the columns, depending on one complete column
            each. ``mnar``: depending on the missing value itself.

    Raises:
        UsageError: a share outside [0, 0.9] (``mar``: 0.45), or another kind.
    """
    n, p = values.shape
    result = values.copy()
    if kind not in ("mcar", "mar", "mnar"):
        raise UsageError(f"missing_kind={kind!r} is not known", hint="Choose mcar, mar or mnar.")
    if kind == "mar" and p < 2:
        raise UsageError("values missing at random need a second column to depend on")
    holes = np.sort(rng.permutation(p)[: p // 2]) if kind == "mar" else np.arange(p)
    chance = share * p / len(holes)
    if not 0.0 <= chance <= 0.9:
        limit = 0.9 * len(holes) / p
        raise UsageError(f"the share of missing values must be in [0, {limit:.2g}], not {share}")
    if chance == 0.0:
        return result
    scale = values.std(axis=0)
    z = (values - values.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    complete = np.setdiff1d(np.arange(p), holes)
    for j in holes:
        if kind == "mcar":
            odds = np.full(n, chance)
        else:
            driver = int(rng.choice(complete)) if kind == "mar" else int(j)
            odds = _logistic(2.0 * z[:, driver], chance)
        result[rng.random(n) < odds, j] = np.nan
    return result


def _logistic(score: Floats, mean: float) -> Floats:
    """Return chances that rise with ``score`` and have this mean."""
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        if float((1 / (1 + np.exp(-(score + middle)))).mean()) < mean:
            low = middle
        else:
            high = middle
    return np.asarray(1 / (1 + np.exp(-(score + high))))
