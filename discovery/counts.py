"""Tests of conditional independence for categories: G-squared and Pearson's chi-square.

One column ``x``, one conditioning set and all candidates ``y`` are counted together by a compiled loop
(:mod:`discovery.independence.contingency`). Empty rows and columns of a stratum take away degrees of
freedom, as in causal-learn, whose p-values these are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from discovery.data import Table
from discovery.skeleton import LevelCuts, Progress, Separations, Skeleton, all_subsets
from graph.errors import DataError

__all__ = ["CountTests", "Method", "counts_skeleton", "effective_rows", "levels_of"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Method = Literal["gsq", "chisq"]

_MOST_LEVELS = 50
_CHUNK = 4096
"""conditioning sets that are counted in one call"""


def levels_of(table: Table) -> Ints:
    """Code the values of each column as 0, 1, 2 ... in their order, a missing one as -1, [n, p].

    Raises:
        DataError: if a column has more than 50 different values.
    """
    coded = np.full(table.values.shape, -1, dtype=np.int64)
    for j, name in enumerate(table.columns):
        there = ~np.isnan(table.values[:, j])
        levels, coded[there, j] = np.unique(table.values[there, j], return_inverse=True)
        if len(levels) > _MOST_LEVELS:
            raise DataError(
                f"column {name!r} has {len(levels)} different values, too many for a test of counts",
                where=table.name,
                hint='Put it into a few classes first, or use test="fisherz".',
            )
    return coded


def effective_rows(weights: Floats) -> float:
    """Return how many equally weighted rows tell as much: (sum w)^2 / sum w^2 (Kish 1965)."""
    return float(weights.sum() ** 2 / (weights**2).sum())


class CountTests:
    """Tests on codes [n, p], every column coded 0, 1, 2 ... without gaps, a missing value -1.

    A test uses the rows complete in its columns. With row ``weights`` [n] the tables hold weights scaled
    to the effective number of rows (the first-order correction of Rao and Scott 1984).
    """

    def __init__(self, codes: Ints, method: Method = "gsq", weights: Floats | None = None) -> None:
        self.codes = codes
        self.method = method
        self.n, self.p = codes.shape
        self.cards = codes.max(axis=0) + 1
        if self.cards.max() > 254:
            raise DataError(
                f"a column has {self.cards.max()} levels, too many for a test of counts"
            )
        missing = codes < 0
        self._gaps: Bools = missing.any(axis=0)
        self._columns = np.ascontiguousarray(
            np.where(missing, self.cards, codes).T.astype(np.uint8)
        )
        self._weights = (
            None if weights is None else weights * effective_rows(weights) / weights.sum()
        )
        whole = np.arange(self.n + 1, dtype=np.float64)
        self._xlogx = whole * np.log(np.maximum(whole, 1.0))

    def statistics(
        self, x: int, ys: Ints, sets: Ints, skip: Bools | None = None
    ) -> tuple[Floats, Ints]:
        """Return the statistics and degrees of freedom of x and every y given every set.

        Args:
            ys: [m].
            sets: [k, d].
            skip: [k, m], tests to leave out: statistic 0 with 0 degrees of freedom.

        Returns:
            Both [k, m].
        """
        from discovery.independence.contingency import count_tests, weighted_tests

        statistics = np.zeros((len(sets), len(ys)))
        freedoms = np.zeros((len(sets), len(ys)), dtype=np.int64)
        left_out = np.zeros(statistics.shape, dtype=bool) if skip is None else skip
        pearson = self.method == "chisq"
        if self._weights is None:
            count_tests(
                self._columns, self.cards, self._gaps, x, ys, sets, left_out, pearson,
                self._xlogx, statistics, freedoms,
            )  # fmt: skip
        else:
            weighted_tests(
                self._columns, self.cards, self._gaps, self._weights, x, ys, sets, left_out,
                pearson, statistics, freedoms,
            )  # fmt: skip
        return statistics, freedoms

    def p_values(self, x: int, ys: Sequence[int], given: Sequence[int] = ()) -> Floats:
        """Return the p-value of "x and y are independent given these" for every y, [m]."""
        sets = np.array(given, dtype=np.int64).reshape(1, -1)
        found = _tail(*self.statistics(x, np.asarray(ys, dtype=np.int64), sets))
        return np.asarray(found[0])

    def p_values_of_sets(self, x: int, y: int, sets: Ints) -> Floats:
        """Return the p-value of "x and y are independent given this set" for every set [k, d], [k]."""
        found = _tail(*self.statistics(x, np.array([y], dtype=np.int64), sets))
        return np.asarray(found[:, 0])


def _tail(statistics: Floats, freedoms: Ints) -> Floats:
    from scipy.special import gammaincc

    value = gammaincc(np.maximum(freedoms, 1) / 2.0, np.maximum(statistics, 0.0) / 2.0)
    return np.asarray(np.where(freedoms > 0, value, 1.0))


def counts_skeleton(
    tests: CountTests,
    alpha: float | Floats,
    *,
    max_depth: int | None = None,
    protected: Bools | None = None,
    progress: Progress | None = None,
) -> Skeleton:
    """Find the skeleton of PC-stable with tests of counts; see
    :func:`discovery.skeleton.search_skeleton` for the arguments and the result."""
    p = tests.p
    levels = np.broadcast_to(np.asarray(alpha, dtype=np.float64), (p, p))
    result = Skeleton(~np.eye(p, dtype=bool), Separations(p))
    keep = np.zeros((p, p), dtype=bool) if protected is None else protected
    highest = np.zeros((p, p))
    depth = 0
    while result.goes_on(depth, max_depth, progress):
        cuts = LevelCuts()
        with result.interruptible():
            for x in range(p):
                _tests_of(tests, x, result.adjacent, depth, levels, highest, cuts, result)
        cuts.apply(result, keep)
        result.depth = depth
        depth += 1
    result.p_values = np.where(result.adjacent, np.maximum(highest, highest.T), math.nan)
    return result


def _tests_of(
    tests: CountTests,
    x: int,
    adjacent: Bools,
    depth: int,
    levels: Floats,
    highest: Floats,
    cuts: LevelCuts,
    result: Skeleton,
) -> None:
    """Do all tests of one level of x and its neighbours given subsets of its neighbours."""
    near = np.flatnonzero(adjacent[x])
    if len(near) <= depth:
        return
    for chosen, member in all_subsets(len(near), depth, _CHUNK):
        sets = near[chosen]
        # asked before from the other side: y comes first and has the whole set as neighbours
        before = adjacent[near][:, sets].all(axis=2).T & (near < x)
        skip = member | before
        values = _tail(*tests.statistics(x, near, sets, skip))
        result.tests += int((~skip).sum())
        values[skip] = -1.0
        highest[x, near] = np.maximum(highest[x, near], values.max(axis=0))
        for y in np.flatnonzero((values > levels[x, near]).any(axis=0)):
            cuts.add_sets(x, int(near[y]), sets, values[:, y], float(levels[x, near[y]]))
