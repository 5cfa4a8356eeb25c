"""Correlations of few rows, shrunk towards independence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["shrunk_correlation"]

Floats = NDArray[np.float64]


def shrunk_correlation(values: Floats, weights: Floats | None = None) -> tuple[Floats, float]:
    """Return correlations shrunk towards the identity, [p, p], and how much, from 0 to 1.

    The analytic intensity of Schaefer and Strimmer (2005, Stat. Appl. Genet. Mol. Biol. 4:32, target D with
    unit variances): the sum of the variances of the correlations over the sum of their squares. The
    result is positive definite however few the rows are, if the intensity is above 0.

    Args:
        values: [n, p], complete.
        weights: [n], positive; their mean does not matter.
    """
    n, p = values.shape
    share = np.full(n, 1.0 / n) if weights is None else weights / weights.sum()
    centred = values - share @ values
    unit = centred / np.sqrt(share @ centred**2)
    correlation = (unit * share[:, None]).T @ unit
    if p < 2:
        return correlation, 0.0
    # variance of the mean of the products w_kij = u_ki u_kj
    squares = ((unit**2 * share[:, None]).T @ unit**2) - correlation**2
    rest = float((share**2).sum())
    variance = squares * rest / (1.0 - rest)
    off = ~np.eye(p, dtype=bool)
    total = float((correlation[off] ** 2).sum())
    intensity = min(1.0, max(0.0, float(variance[off].sum()) / total)) if total > 0 else 1.0
    shrunk = correlation * (1.0 - intensity)
    np.fill_diagonal(shrunk, 1.0)
    return shrunk, intensity
