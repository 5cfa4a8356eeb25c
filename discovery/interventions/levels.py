"""Cutting continuous columns into few levels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.errors import UsageError

__all__ = ["cut"]

Floats = NDArray[np.float64]


def cut(values: Floats, levels: int = 3, start: int = 20) -> NDArray[np.int64]:
    """Return codes 0 .. levels - 1 of each column, [n, p], neighbouring values merged where that loses
    least of what the columns tell about each other.

    Every column is first cut at its quantiles into ``start`` levels. Then, again and again, the two
    neighbouring levels of each column are merged whose merging loses least of the sum of its mutual
    information with the other columns (Hartemink 2001, PhD thesis, MIT, section 7.2). Ranks only
    matter: rescaling a column changes nothing. A column with fewer distinct values keeps them.

    Args:
        values: [n, p], finite.
        levels: at least 2.
        start: at least ``levels``.

    Raises:
        UsageError: other values of ``levels`` or ``start``.
    """
    if levels < 2 or start < levels:
        raise UsageError(f"cut needs 2 <= levels <= start, not levels={levels}, start={start}")
    n, p = values.shape
    codes = np.empty((n, p), dtype=np.int64)
    for j in range(p):
        edges = np.unique(np.quantile(values[:, j], np.arange(1, start) / start, method="lower"))
        codes[:, j] = np.unique(
            np.searchsorted(edges, values[:, j], side="left"), return_inverse=True
        )[1].ravel()
    sizes = codes.max(axis=0) + 1
    while (sizes > levels).any():
        merges = [(j, _cheapest(codes, sizes, j)) for j in np.flatnonzero(sizes > levels).tolist()]
        for j, at in merges:  # all columns of one round are judged by the same codes
            codes[:, j] -= codes[:, j] > at
            sizes[j] -= 1
    return codes


def _cheapest(codes: NDArray[np.int64], sizes: NDArray[np.int64], j: int) -> int:
    """Return the level of column ``j`` that costs least to merge with the next one."""
    loss = np.zeros(sizes[j] - 1)
    for k in range(codes.shape[1]):
        if k == j:
            continue
        joint = np.bincount(codes[:, j] * sizes[k] + codes[:, k], minlength=sizes[j] * sizes[k])
        table = joint.reshape(sizes[j], sizes[k]).astype(np.float64)
        rows = table.sum(axis=1)
        both = table[:-1] + table[1:]
        # mutual information is a sum over levels of x log x; the columns' own part does not change
        loss += (
            _xlogx(table[:-1]).sum(axis=1) + _xlogx(table[1:]).sum(axis=1)
            - _xlogx(rows[:-1]) - _xlogx(rows[1:])
            - _xlogx(both).sum(axis=1) + _xlogx(rows[:-1] + rows[1:])
        )  # fmt: skip
    return int(loss.argmin())


def _xlogx(x: Floats) -> Floats:
    return np.asarray(x * np.log(np.where(x > 0, x, 1.0)))
