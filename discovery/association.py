"""Linear association of two columns given others: sign, size and significance of an edge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from discovery.data import Table

__all__ = ["PartialTest", "bic_gain", "partial_test", "table_test"]


class PartialTest(NamedTuple):
    """Partial correlation, its Fisher z and two-sided p-value."""

    correlation: float
    z: float
    p_value: float


def partial_test(
    correlation: NDArray[np.float64], n: float, i: int, j: int, given: Sequence[int] = ()
) -> PartialTest:
    """Return Fisher's z test of columns ``i`` and ``j`` given others.

    Args:
        correlation: [p, p], Pearson.
        n: number of rows behind it, the effective number if they are weighted.

    Too few rows for the conditioning set (n - len(given) <= 3) give p = 1.
    """
    nodes = [i, j, *given]
    block = correlation[np.ix_(nodes, nodes)]
    inverse = np.linalg.pinv(block, hermitian=True)
    scale = math.sqrt(abs(inverse[0, 0] * inverse[1, 1]))
    r = float(np.clip(-inverse[0, 1] / scale, -1.0, 1.0)) if scale > 0 else 0.0
    freedom = n - len(given) - 3
    if freedom <= 0:
        return PartialTest(r, 0.0, 1.0)
    z = math.sqrt(freedom) * math.atanh(max(-1 + 1e-16, min(1 - 1e-16, r)))
    return PartialTest(r, z, math.erfc(abs(z) / math.sqrt(2.0)))


def table_test(table: Table, i: int, j: int, given: Sequence[int] = ()) -> PartialTest:
    """Return Fisher's z test of two columns of a table given others: over the rows complete in all of
    them, with as many rows as these are worth (row weights, alike rows of a group)."""
    block, rows = table.correlation_of([i, j, *given])
    worth = rows * table.effective_n / table.n
    return partial_test(block, worth, 0, 1, range(2, 2 + len(given)))


def bic_gain(
    correlation: NDArray[np.float64],
    n: float,
    i: int,
    j: int,
    given: Sequence[int] = (),
    penalty: float = 1.0,
) -> float:
    """Return how much the edge ``i -> j`` raises the Gaussian BIC when ``given`` are parents of ``j``:
    -n log(1 - r^2) - penalty log(n), r the partial correlation. Positive: the edge is worth it."""
    r = partial_test(correlation, n, i, j, given).correlation
    return -n * math.log(max(1.0 - r * r, 1e-300)) - penalty * math.log(n)
