"""CLR: mutual information of two genes against the background of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["context_likelihood", "mutual_information"]

Floats = NDArray[np.float64]


def mutual_information(values: Floats, bins: int = 10) -> Floats:
    """Return the mutual information of all pairs in nats, [p, p], 0 on the diagonal; columns are cut at
    their quantiles."""
    n, p = values.shape
    codes = np.empty((n, p), dtype=np.int64)
    for j in range(p):
        codes[np.argsort(values[:, j], kind="stable"), j] = np.arange(n) * bins // n
    marks = np.zeros((n, p * bins))
    marks[np.arange(n)[:, None], codes + bins * np.arange(p)] = 1.0
    share = (marks.T @ marks / n).reshape(p, bins, p, bins).transpose(0, 2, 1, 3)
    one = np.einsum("iiab->ia", share)
    expected = one[:, None, :, None] * one[None, :, None, :]
    ratio = np.divide(share, expected, out=np.ones_like(share), where=share > 0)
    found = (share * np.log(ratio)).sum(axis=(2, 3))
    np.fill_diagonal(found, 0.0)
    return np.asarray(found)


def context_likelihood(values: Floats, bins: int = 10) -> Floats:
    """Return the context likelihood of relatedness (Faith et al. 2007, PLoS Biology 5:e8), [p, p]: how far a
    pair's mutual information stands out among those of either gene."""
    shared = mutual_information(values, bins)
    spread = np.maximum(shared.std(axis=0), 1e-300)
    z = np.maximum((shared - shared.mean(axis=0)) / spread, 0.0)
    found = np.sqrt(z**2 + z.T**2)
    np.fill_diagonal(found, 0.0)
    return np.asarray(found)
