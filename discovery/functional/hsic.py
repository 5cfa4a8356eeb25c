"""Independence of two columns by the Hilbert-Schmidt criterion, in time linear in the rows.

HSIC (Gretton et al. 2008, NIPS 20) with Gaussian kernels and the median heuristic. A Gaussian kernel of one
column has few eigenvalues that matter: an incomplete Cholesky factor (Bach and Jordan 2002, JMLR 3) of some
twenty columns stands for the matrix of n by n. p-values by the gamma approximation with the moments of
Zhang et al. (2011, UAI, theorem 4).
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["KernelFactor", "hsic_p_value", "hsic_test", "kernel_factor"]

Floats = NDArray[np.float64]


@numba.njit(cache=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _cholesky(x: Floats, width: float, rank: int, tolerance: float) -> Floats:
    """Pivoted factor [d, n] of exp(-(x - x')^2 / (2 width^2))."""
    n = len(x)
    factor = np.zeros((rank, n))
    left = np.ones(n)
    scale = -0.5 / (width * width)
    for d in range(rank):
        pivot = 0
        total = 0.0
        for k in range(n):
            total += left[k]
            if left[k] > left[pivot]:
                pivot = k
        if total < tolerance * n:
            return factor[:d]
        root = np.sqrt(left[pivot])
        at = x[pivot]
        row = factor[d]
        for k in range(n):
            step = x[k] - at
            row[k] = np.exp(scale * step * step)
        for e in range(d):
            share = factor[e, pivot]
            old = factor[e]
            for k in range(n):
                row[k] -= share * old[k]
        for k in range(n):
            row[k] /= root
            left[k] = max(left[k] - row[k] * row[k], 0.0)
    return factor


class KernelFactor:
    """A centred kernel matrix K of one column as F F': ``rows`` is F', [d, n]; its trace and that of K^2."""

    __slots__ = ("rows", "square", "trace")

    def __init__(self, rows: Floats) -> None:
        self.rows = rows - rows.mean(axis=1, keepdims=True)
        inner = self.rows @ self.rows.T
        self.trace = float(np.trace(inner))
        self.square = float((inner * inner).sum())


def median_distance(x: Floats) -> float:
    """Return the median distance between different values of about 200 rows spread over [n]."""
    some = np.sort(x)[:: max(1, len(x) // 200)]
    gaps = np.abs(some[:, None] - some[None, :])[np.triu_indices(len(some), 1)]
    gaps = gaps[gaps > 0]
    return float(np.median(gaps)) if len(gaps) else 1.0


def kernel_factor(x: Floats, rank: int = 40, tolerance: float = 1e-6) -> KernelFactor:
    """Return the factor of the Gaussian kernel of a column [n]; scale and shift of x do not matter."""
    width = median_distance(x)
    return KernelFactor(
        _cholesky(np.ascontiguousarray(x, dtype=np.float64), width, rank, tolerance)
    )


def hsic_test(x: KernelFactor, y: KernelFactor, rows: float | None = None) -> tuple[float, float]:
    """Return the p-value of independence and how many standard deviations HSIC is above its mean.

    ``rows`` is how many independent rows there are when some stand several times in the data.
    """
    from scipy.special import gammaincc

    n = x.rows.shape[1]
    cross = x.rows @ y.rows.T
    statistic = float((cross * cross).sum()) / n
    if rows is not None:
        statistic *= rows / n
    mean = x.trace * y.trace / n / n
    variance = 2.0 * x.square * y.square / n / n / n / n
    if mean <= 0 or variance <= 0:
        return 1.0, 0.0
    shape, size = mean * mean / variance, variance / mean
    p_value = float(gammaincc(shape, max(statistic, 0.0) / size))
    return p_value, (statistic - mean) / variance**0.5


def hsic_p_value(x: Floats, y: Floats) -> float:
    """Return the p-value of the independence of two columns [n]."""
    return hsic_test(kernel_factor(x), kernel_factor(y))[0]
