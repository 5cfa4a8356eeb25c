"""Tests of conditional independence for categories: G-squared and Pearson's chi-square.

One column ``x``, one conditioning set and all candidates ``y`` are counted together: the rows' group
(values of the set and of x) is a sparse matrix with one entry a row, and its product with the candidates'
indicator columns is every contingency table at once. Empty rows and columns of a stratum take away
degrees of freedom, as in causal-learn, whose p-values these are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from discovery.data import Table
from discovery.skeleton import LevelCuts, Progress, Separations, Skeleton
from graph.errors import DataError

__all__ = ["CountTests", "Method", "counts_skeleton", "levels_of"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Method = Literal["gsq", "chisq"]

_MOST_LEVELS = 50


def levels_of(table: Table) -> Ints:
    """Code the values of each column as 0, 1, 2 ... in their order, [n, p].

    Raises:
        DataError: if a column has more than 50 different values.
    """
    coded = np.empty(table.values.shape, dtype=np.int64)
    for j, name in enumerate(table.columns):
        levels, coded[:, j] = np.unique(table.values[:, j], return_inverse=True)
        if len(levels) > _MOST_LEVELS:
            raise DataError(
                f"column {name!r} has {len(levels)} different values, too many for a test of counts",
                where=table.name,
                hint='Put it into a few classes first, or use test="fisherz".',
            )
    return coded


class CountTests:
    """Tests on codes [n, p], every column coded 0, 1, 2 ... without gaps."""

    def __init__(self, codes: Ints, method: Method = "gsq") -> None:
        self.codes = codes
        self.method = method
        self.n, self.p = codes.shape
        self.cards = codes.max(axis=0) + 1
        self.widest = int(self.cards.max())
        self._indicators: tuple[tuple[int, ...], NDArray[np.float32]] | None = None
        self._ones = np.ones(self.n, dtype=np.float32)
        self._rows = np.arange(self.n + 1)

    def _indicator(self, ys: tuple[int, ...]) -> NDArray[np.float32]:
        """Return indicator columns of all ``ys``, each padded to the widest, [n, m * widest]."""
        if self._indicators is None or self._indicators[0] != ys:
            found = np.zeros((self.n, len(ys) * self.widest), dtype=np.float32)
            at = self.codes[:, ys] + np.arange(len(ys)) * self.widest
            np.put_along_axis(found, at, 1.0, axis=1)
            self._indicators = (ys, found)
        return self._indicators[1]

    def p_values(self, x: int, ys: Sequence[int], given: Sequence[int] = ()) -> Floats:
        """Return the p-value of "x and y are independent given these" for every y, [m]."""
        from scipy.sparse import csc_matrix
        from scipy.special import gammaincc

        group, size = np.zeros(self.n, dtype=np.int64), 1
        for k in given:
            group = group * self.cards[k] + self.codes[:, k]
            size *= int(self.cards[k])
            if size > 4 * self.n:
                seen, group = np.unique(group, return_inverse=True)
                size = len(seen)
        card = int(self.cards[x])
        group = group * card + self.codes[:, x]
        chooser = csc_matrix((self._ones, group, self._rows), shape=(size * card, self.n))
        product = np.asarray(chooser @ self._indicator(tuple(ys)), dtype=np.float64)
        tables = product.reshape(size, card, len(ys), self.widest)  # [s, x, m, y]
        row = tables.sum(axis=3)  # [s, x, m]
        column = tables.sum(axis=1)  # [s, m, y]
        total = row[:, :, 0].sum(axis=1)  # [s]
        expected = row[..., None] * column[:, None] / np.maximum(total, 1.0)[:, None, None, None]
        safe = np.where(expected > 0, expected, 1.0)
        if self.method == "gsq":
            ratio = np.where(tables > 0, tables / safe, 1.0)
            statistic = 2.0 * (tables * np.log(ratio)).sum(axis=(0, 1, 3))
        else:
            statistic = ((tables - expected) ** 2 / safe).sum(axis=(0, 1, 3))
        rows = np.maximum((row[:, :, 0] > 0).sum(axis=1) - 1, 0)  # [s]
        columns = np.maximum((column > 0).sum(axis=2) - 1, 0)  # [s, m]
        freedom = rows @ columns
        value = gammaincc(np.maximum(freedom, 1) / 2.0, np.maximum(statistic, 0.0) / 2.0)
        return np.where(freedom > 0, value, 1.0)


def counts_skeleton(
    tests: CountTests,
    alpha: float,
    *,
    max_depth: int | None = None,
    protected: Bools | None = None,
    progress: Progress | None = None,
) -> Skeleton:
    """Find the skeleton of PC-stable with tests of counts; see
    :func:`discovery.skeleton.search_skeleton` for the arguments and the result."""
    p = tests.p
    adjacent = ~np.eye(p, dtype=bool)
    result = Skeleton(adjacent, Separations(p))
    keep = np.zeros((p, p), dtype=bool) if protected is None else protected
    highest = np.zeros((p, p))
    depth = 0
    while int(adjacent.sum(axis=1).max(initial=0)) - 1 >= depth:
        if max_depth is not None and depth > max_depth:
            result.notes.append(f"stopped at conditioning sets of {max_depth} columns as asked")
            break
        if progress is not None:
            progress(depth)
        cuts = LevelCuts()
        for x in range(p):
            near = [int(k) for k in np.flatnonzero(adjacent[x])]
            if len(near) <= depth:
                continue
            for given in combinations(near, depth):
                values = tests.p_values(x, near, given)
                result.tests += len(near) - depth
                for y, value in zip(near, values.tolist(), strict=True):
                    if y in given:
                        continue
                    pair = (x, y) if x < y else (y, x)
                    if value > highest[pair]:
                        highest[pair] = value
                    if value > alpha:
                        cuts.add(pair, given, value)
        cuts.apply(result, keep)
        result.depth = depth
        depth += 1
    result.p_values = np.where(adjacent, np.maximum(highest, highest.T), math.nan)
    return result
