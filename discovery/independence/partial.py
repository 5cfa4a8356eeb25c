"""Compiled loops over partial correlations of one pair; imported only when they are needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["partial_correlations", "search_sets_of", "testwise_correlations"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_F = TypeVar("_F", bound=Callable[..., object])


def _compiled(function: _F) -> _F:
    return cast(_F, njit(cache=True, nogil=True, error_model="numpy")(function))


@_compiled
def _last_two(block: Floats, size: int) -> float:
    """Return the partial correlation of the last two of ``size`` columns given those before, by a Cholesky
    factor written over the block. A given column that those before determine is left out."""
    for k in range(size - 2):
        pivot = block[k, k]
        if pivot < 1e-10:
            continue
        for i in range(k + 1, size):
            factor = block[i, k] / pivot
            for j in range(k + 1, i + 1):
                block[i, j] -= factor * block[j, k]
    one, two = block[size - 2, size - 2], block[size - 1, size - 1]
    if one < 1e-12 or two < 1e-12:
        return 0.0
    return float(min(1.0, max(-1.0, block[size - 1, size - 2] / np.sqrt(one * two))))


@_compiled
def partial_correlations(correlation: Floats, i: int, j: int, sets: Ints) -> Floats:
    """Return the partial correlation of i and j given each of the sets [k, d], [k]."""
    count, d = sets.shape
    found = np.empty(count)
    block = np.empty((d + 2, d + 2))
    nodes = np.empty(d + 2, dtype=np.int64)
    nodes[d], nodes[d + 1] = i, j
    for k in range(count):
        nodes[:d] = sets[k]
        for a in range(d + 2):
            for b in range(a + 1):
                block[a, b] = correlation[nodes[a], nodes[b]]
        found[k] = _last_two(block, d + 2)
    return found


@_compiled
def search_sets_of(
    correlation: Floats, i: int, j: int, pool: Ints, size: int, limit: float, near_i: Bools,
    near_j: Bools, either: bool, skip_first: bool, first: bool,
) -> tuple[int, float, Ints]:  # fmt: skip
    """Look through the subsets of ``size`` columns of ``pool`` in order for one given which the squared
    partial correlation of i and j is below ``limit``: the first, or the one with the smallest.

    Sets within the neighbours of i (``near_i`` [p]) are left out, as are, with ``either``, those within
    those of j, and with ``skip_first`` the first. Returns how many tests were done, the partial correlation
    found (NaN: none) and the set.
    """
    m = len(pool)
    at = np.arange(size)
    chosen = np.empty(size, dtype=np.int64)
    block = np.empty((size + 2, size + 2))
    nodes = np.empty(size + 2, dtype=np.int64)
    nodes[size], nodes[size + 1] = i, j
    tests = 0
    lowest, found = limit, np.nan
    while True:
        inside_i, inside_j = True, either
        for k in range(size):
            nodes[k] = pool[at[k]]
            inside_i &= near_i[nodes[k]]
            inside_j &= near_j[nodes[k]]
        if not inside_i and not inside_j and not skip_first:
            for a in range(size + 2):
                for b in range(a + 1):
                    block[a, b] = correlation[nodes[a], nodes[b]]
            r = _last_two(block, size + 2)
            tests += 1
            if r * r < lowest:
                lowest, found = r * r, r
                chosen[:] = nodes[:size]
                if first:
                    return tests, found, chosen
        skip_first = False
        k = size - 1
        while k >= 0 and at[k] == m - size + k:
            k -= 1
        if k < 0:
            return tests, found, chosen
        at[k] += 1
        for later in range(k + 1, size):
            at[later] = at[later - 1] + 1


@_compiled
def testwise_correlations(
    filled: Floats, there: Bools, weights: Floats, i: int, j: int, sets: Ints
) -> tuple[Floats, Floats]:
    """Return the partial correlation of i and j given each of the sets [k, d] over the rows complete in
    all of them, [k], and the effective number of these rows, [k].

    Args:
        filled: [p, n], columns near mean 0 and variance 1, anything where missing.
        there: [p, n], False where missing.
        weights: [n], positive.
    """
    count, d = sets.shape
    n = filled.shape[1]
    found = np.zeros(count)
    rows = np.zeros(count)
    block = np.empty((d + 2, d + 2))
    mean = np.empty(d + 2)
    value = np.empty(d + 2)
    nodes = np.empty(d + 2, dtype=np.int64)
    nodes[d], nodes[d + 1] = i, j
    for k in range(count):
        nodes[:d] = sets[k]
        block[:] = 0.0
        mean[:] = 0.0
        total, square = 0.0, 0.0
        for r in range(n):
            whole = True
            for a in range(d + 2):
                whole &= there[nodes[a], r]
            if not whole:
                continue
            w = weights[r]
            total += w
            square += w * w
            for a in range(d + 2):
                value[a] = filled[nodes[a], r]
                mean[a] += w * value[a]
                for b in range(a + 1):
                    block[a, b] += w * value[a] * value[b]
        if total <= 0.0:
            continue
        rows[k] = total * total / square
        varying = True
        for a in range(d + 2):
            for b in range(a + 1):
                block[a, b] -= mean[a] * mean[b] / total
        for a in range(d + 2):
            varying &= block[a, a] > 1e-12 * total
        if not varying or rows[k] < d + 4:
            rows[k] = 0.0
            continue
        for a in range(d + 2):
            mean[a] = 1.0 / np.sqrt(block[a, a])
        for a in range(d + 2):
            for b in range(a + 1):
                block[a, b] *= mean[a] * mean[b]
        found[k] = _last_two(block, d + 2)
    return found, rows
