"""Rank-based Gaussian scores for skewed and heavy-tailed columns."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["nonparanormal"]

Floats = NDArray[np.float64]


def nonparanormal(values: Floats, weights: Floats | None = None) -> Floats:
    """Return the normal scores of each column's truncated empirical distribution (Liu, Lafferty and
    Wasserman 2009, eq. 18 to 20), mean 0 and variance 1.

    Args:
        values: [n, p]; missing values (NaN) stay missing.
        weights: [n], of rows.

    Ties get the score of their middle rank. The truncation is 1 / (4 n^(1/4) sqrt(pi log n)), so that no
    single value gets far out. Any increasing change of a column leaves the result as it is.
    """
    from scipy.stats import norm

    result = np.full(values.shape, np.nan)
    for j in range(values.shape[1]):
        there = ~np.isnan(values[:, j])
        column = values[there, j]
        n = len(column)
        if n < 2:
            continue
        w = np.ones(n) if weights is None else weights[there]
        _, place = np.unique(column, return_inverse=True)
        mass = np.bincount(place, w)
        share = (np.cumsum(mass) - mass / 2) / mass.sum()
        cut = 1.0 / (4.0 * n**0.25 * math.sqrt(math.pi * math.log(n)))
        scores = norm.ppf(np.clip(share, cut, 1 - cut))[place]
        mean = float(np.average(scores, weights=w))
        spread = math.sqrt(float(np.average((scores - mean) ** 2, weights=w)))
        result[there, j] = (scores - mean) / (spread if spread > 0 else 1.0)
    return result
