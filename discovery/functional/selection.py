"""Parents among the columns that come before, compiled: BIC over correlations.

The score is that of :class:`discovery.permutation.GaussianBic`: a parent set S of y is worth
-n log(var(y | S) / var(y)) less the cost of each parent.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["adaptive_lasso", "parents_by_bic"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_TINY = 1e-10
_MOST = 40


@numba.njit(cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _sweep(g: Floats, u: int) -> None:
    """Take column u out of the covariance g, in place."""
    d = len(g)
    pivot = g[u, u]
    column = g[:, u].copy()
    for a in range(d):
        share = column[a] / pivot
        for b in range(d):
            g[a, b] -= share * column[b]


@numba.njit(cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _shrink(r: Floats, n: int, y: int, chosen: Bools, required: Bools, cost: Floats) -> None:
    """Take parents of y out of ``chosen`` while that raises the score, the best removal first."""
    nodes = np.empty(1 + int(chosen.sum()), np.int64)
    nodes[0] = y
    d = 1
    for k in range(len(chosen)):
        if chosen[k]:
            nodes[d] = k
            d += 1
    small = np.empty((d, d))
    for a in range(d):
        for b in range(d):
            small[a, b] = r[nodes[a], nodes[b]]
    inverse = np.linalg.inv(small)
    alive = np.ones(d, np.bool_)
    while True:
        best = 1e-9
        worst = -1
        for a in range(1, d):
            if not alive[a] or required[nodes[a]]:
                continue
            share = inverse[0, a] * inverse[0, a] / (inverse[0, 0] * inverse[a, a])
            gain = cost[nodes[a]] + n * math.log1p(-min(share, 1.0 - 1e-12))
            if gain > best:
                best = gain
                worst = a
        if worst < 0:
            break
        chosen[nodes[worst]] = False
        alive[worst] = False
        _sweep(inverse, worst)


@numba.njit(cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _grow(
    r: Floats, n: int, y: int, allowed: Bools, chosen: Bools, cost: Floats, limit: int
) -> None:
    """Add parents of y to ``chosen`` while that raises the score, the best first."""
    g = r.copy()
    number = 0
    for k in range(len(chosen)):
        if chosen[k]:
            _sweep(g, k)
            number += 1
    while number < limit:
        best = 1e-9
        found = -1
        for k in range(len(chosen)):
            if not allowed[k] or chosen[k] or g[k, k] < _TINY or g[y, y] < _TINY:
                continue
            share = g[y, k] * g[y, k] / (g[y, y] * g[k, k])
            gain = -n * math.log1p(-min(share, 1.0 - 1e-12)) - cost[k]
            if gain > best:
                best = gain
                found = k
        if found < 0:
            break
        chosen[found] = True
        _sweep(g, found)
        number += 1


@numba.njit(cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _select(
    r: Floats,
    n: int,
    order: NDArray[np.int64],
    allowed: Bools,
    required: Bools,
    cost: Floats,
    most: int,
) -> Bools:
    p = len(order)
    dag = np.zeros((p, p), np.bool_)
    ahead = np.zeros(p, np.bool_)
    for y in order:
        may = ahead & allowed[:, y]
        must = required[:, y].copy()
        chosen = may | must
        if int(chosen.sum()) > most:
            chosen = must.copy()
            # generous at first: what only helps together with others is kept until the others are in
            _grow(r, n, y, may, chosen, 0.2 * cost[:, y], n // 3)
        if chosen.any():
            _shrink(r, n, y, chosen, must, cost[:, y])
        dag[:, y] = chosen
        ahead[y] = True
    return dag


def parents_by_bic(
    correlation: Floats,
    n: int,
    order: list[int],
    *,
    cost: Floats,
    allowed: Bools,
    required: Bools,
) -> Bools:
    """Return the graph [p, p] with parents chosen among the columns before each in ``order``.

    All columns before are taken in and then removed one by one while the score rises; where they are more
    than 40 or a third of the rows, the promising ones are added one by one first, at a fifth of the cost.

    Args:
        correlation: [p, p], positive definite.
        n: number of rows.
        order: causes first.
        cost: [p, p], ``[i, j]``: what i as a parent of j must be worth in twice the log-likelihood.
        allowed: [p, p], ``[i, j]``: may i be a parent of j.
        required: [p, p], ``[i, j]``: i is a parent of j; i must come before j in ``order``.
    """
    found = _select(
        np.ascontiguousarray(correlation), n, np.asarray(order, dtype=np.int64),
        allowed, required, np.ascontiguousarray(cost), min(_MOST, n // 3),
    )  # fmt: skip
    return np.asarray(found)


def adaptive_lasso(values: Floats, order: list[int], *, allowed: Bools, required: Bools) -> Bools:
    """Return the graph [p, p] of an adaptive lasso (Zou 2006, JASA 101) for each column on those before.

    Weights are least-squares coefficients, the penalty is chosen by BIC: what the LiNGAM implementations
    of its authors do. ``values`` is [n, p].
    """
    from sklearn.linear_model import LassoLarsIC, LinearRegression

    dag = required.copy()
    for position, y in enumerate(order):
        above = [k for k in order[:position] if allowed[k, y]]
        if not above:
            continue
        x = values[:, above]
        size = np.abs(LinearRegression().fit(x, values[:, y]).coef_)
        coef = LassoLarsIC(criterion="bic").fit(x * size, values[:, y]).coef_ * size
        dag[[k for k, c in zip(above, coef, strict=True) if c != 0], y] = True
    return dag
