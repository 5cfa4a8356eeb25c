"""Compiled loops over contingency tables; imported only when counts are tested.

One column ``x`` and one conditioning set give every row a cell; each candidate ``y`` is then counted over
these cells in one pass. With whole counts k the G-squared statistic needs only k log k, which is looked
up, so that no logarithm is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["count_tests", "weighted_tests"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_F = TypeVar("_F", bound=Callable[..., object])


def _compiled(function: _F) -> _F:
    return cast(_F, njit(cache=True, nogil=True, error_model="numpy")(function))


@_compiled
def _cells(
    codes: NDArray[np.uint8],
    cards: Ints,
    x: int,
    given: Ints,
    gaps: Bools,
    cell: NDArray[np.int32],
    rows: NDArray[np.int32],
) -> tuple[int, int, bool]:
    """Write the cell (group of ``given``, value of x) of each row that has them all; return how many groups
    and rows there are, and whether these are fewer and listed in ``rows``."""
    n = codes.shape[1]
    used = n
    some = gaps[x]
    for k in given:
        some |= gaps[k]
    if some:
        used = 0
        for r in range(n):
            whole = codes[x, r] < cards[x]
            for k in given:
                whole &= codes[k, r] < cards[k]
            if whole:
                rows[used] = r
                used += 1
    size = 1
    cell[:used] = 0
    for k in given:
        column, card = codes[k], cards[k]
        if some:
            for r in range(used):
                cell[r] = cell[r] * card + column[rows[r]]
        else:
            for r in range(n):
                cell[r] = cell[r] * card + column[r]
        size *= card
        if size > 64 and size * 16 > n:
            # empty groups are left out, so that tables stay small
            number = np.full(size, -1, dtype=np.int32)
            found = 0
            for r in range(used):
                old = cell[r]
                if number[old] < 0:
                    number[old] = found
                    found += 1
                cell[r] = number[old]
            size = max(found, 1)
    column, card = codes[x], cards[x]
    if some:
        for r in range(used):
            cell[r] = cell[r] * card + column[rows[r]]
    else:
        for r in range(n):
            cell[r] = cell[r] * card + column[r]
    return size, used, some


@_compiled
def _summed(
    table: Floats, groups: int, cx: int, cy: int, width: int, pearson: bool
) -> tuple[float, int]:
    """Return the statistic and its degrees of freedom of stacked tables [groups, cx, width]."""
    statistic = 0.0
    freedom = 0
    column = np.zeros(cy)
    row = np.zeros(cx)
    for s in range(groups):
        column[:] = 0.0
        total = 0.0
        filled_x = 0
        for a in range(cx):
            at = (s * cx + a) * width
            here = 0.0
            for b in range(cy):
                value = table[at + b]
                here += value
                column[b] += value
            row[a] = here
            total += here
            filled_x += here > 0
        if total == 0.0:
            continue
        filled_y = 0
        for b in range(cy):
            filled_y += column[b] > 0
        freedom += (filled_x - 1) * (filled_y - 1)
        part = 0.0
        if pearson:
            for a in range(cx):
                if row[a] > 0:
                    at = (s * cx + a) * width
                    inner = 0.0
                    for b in range(cy):
                        if column[b] > 0:
                            inner += table[at + b] * table[at + b] / column[b]
                    part += inner / row[a]
            statistic += total * part - total
        else:
            for a in range(cx):
                at = (s * cx + a) * width
                for b in range(cy):
                    value = table[at + b]
                    if value > 0:
                        part += value * np.log(value * total / (row[a] * column[b]))
            statistic += 2.0 * part
    return statistic, freedom


@_compiled
def count_tests(
    codes: NDArray[np.uint8], cards: Ints, gaps: Bools, x: int, ys: Ints, sets: Ints, skip: Bools,
    pearson: bool, xlogx: Floats, statistics: Floats, freedoms: Ints,
) -> None:  # fmt: skip
    """Test x against every y given every set: ``statistics`` and ``freedoms`` [k sets, m ys].

    ``codes`` [p, n], a missing value coded as the number of levels ``cards`` [p] (``gaps`` [p]: the column
    has some); ``sets`` [k, d]; ``skip`` [k, m] is left out; ``xlogx`` [n + 1].
    """
    n = codes.shape[1]
    cell = np.empty(n, dtype=np.int32)
    rows = np.empty(n, dtype=np.int32)
    counts = np.empty(0, dtype=np.int32)
    cx = cards[x]
    for k in range(len(sets)):
        groups, used, some = _cells(codes, cards, x, sets[k], gaps, cell, rows)
        for m in range(len(ys)):
            if skip[k, m]:
                continue
            y = ys[m]
            cy = cards[y]
            width = cy + 1 if gaps[y] else cy
            size = groups * cx * width
            if size > len(counts):
                counts = np.empty(size, dtype=np.int32)
            counts[:size] = 0
            column = codes[y]
            if not some:
                for r in range(n):
                    counts[cell[r] * width + column[r]] += 1
            else:
                for r in range(used):
                    counts[cell[r] * width + column[rows[r]]] += 1
            statistics[k, m], freedoms[k, m] = _summed_counts(
                counts, groups, cx, cy, width, pearson, xlogx
            )


@_compiled
def _summed_counts(
    table: NDArray[np.int32],
    groups: int,
    cx: int,
    cy: int,
    width: int,
    pearson: bool,
    xlogx: Floats,
) -> tuple[float, int]:
    """:func:`_summed` for whole counts: every logarithm is looked up."""
    statistic = 0.0
    freedom = 0
    column = np.zeros(cy, dtype=np.int64)
    for s in range(groups):
        column[:] = 0
        total = 0
        filled_x = 0
        part = 0.0
        for a in range(cx):
            at = (s * cx + a) * width
            here = 0
            for b in range(cy):
                value = table[at + b]
                here += value
                column[b] += value
                part += xlogx[value]
            part -= xlogx[here]
            total += here
            filled_x += here > 0
        if total == 0:
            continue
        filled_y = 0
        for b in range(cy):
            filled_y += column[b] > 0
            part -= xlogx[column[b]]
        freedom += (filled_x - 1) * (filled_y - 1)
        if not pearson:
            statistic += 2.0 * (part + xlogx[total])
            continue
        part = 0.0
        for a in range(cx):
            at = (s * cx + a) * width
            here = 0
            inner = 0.0
            for b in range(cy):
                value = table[at + b]
                here += value
                if value > 0:
                    inner += float(value) * value / column[b]
            if here > 0:
                part += inner / here
        statistic += total * part - total
    return statistic, freedom


@_compiled
def weighted_tests(
    codes: NDArray[np.uint8], cards: Ints, gaps: Bools, weights: Floats, x: int, ys: Ints,
    sets: Ints, skip: Bools, pearson: bool, statistics: Floats, freedoms: Ints,
) -> None:  # fmt: skip
    """:func:`count_tests` with a weight for each row [n]."""
    n = codes.shape[1]
    cell = np.empty(n, dtype=np.int32)
    rows = np.empty(n, dtype=np.int32)
    cx = cards[x]
    for k in range(len(sets)):
        groups, used, some = _cells(codes, cards, x, sets[k], gaps, cell, rows)
        for m in range(len(ys)):
            if skip[k, m]:
                continue
            y = ys[m]
            cy = cards[y]
            width = cy + 1 if gaps[y] else cy
            table = np.zeros(groups * cx * width)
            column = codes[y]
            for r in range(used):
                row = rows[r] if some else r
                table[cell[r] * width + column[row]] += weights[row]
            statistics[k, m], freedoms[k, m] = _summed(table, groups, cx, cy, width, pearson)
