"""The conditional-Gaussian likelihood-ratio test for columns of both kinds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from discovery.counts import CountTests, effective_rows
from discovery.data import Table
from discovery.independence.base import Floats, IndependenceTest, Ints
from discovery.independence.fisher_z import FisherZ
from graph.errors import DataError

__all__ = ["ConditionalGaussian"]

_MOST_LEVELS = 50
_RIDGE = 1e-8


class ConditionalGaussian(IndependenceTest):
    """Likelihood ratio under the conditional-Gaussian model: in each cell of the discrete columns the
    continuous ones are Gaussian with their own mean and covariance (Andrews, Ramsey and Cooper
    2018, Int. J. Data Sci. Anal. 6, equations 4 to 7).

    A test of continuous columns alone is Fisher's z, one of discrete columns alone is G-squared. Cells of the
    conditioning columns with too few rows for a covariance are left out; small cells inside the others
    share one. Two-sided small-sample factor 1 - (k1 + k0) / 2n with k1, k0 the parameters of the two
    models, as Bartlett's. With a pair of discrete columns given continuous ones the three factors of the
    model need not agree, and the test is approximate.
    """

    name: ClassVar[str] = "conditional-gaussian"
    summary: ClassVar[str] = "likelihood ratio of the conditional-Gaussian model, for mixed columns"
    columns: ClassVar[tuple[str, ...]] = ("continuous", "discrete")
    categories: ClassVar[bool] = True
    uses: ClassVar[tuple[str, ...]] = ("missing", "weights")

    def __init__(self, table: Table, *, seed: int = 0) -> None:
        super().__init__(table, seed=seed)
        self.discrete = np.array([kind == "discrete" for kind in table.kinds])
        self._there = ~np.isnan(table.values)
        self._codes = np.zeros(table.values.shape, dtype=np.int64)
        self._values = np.zeros(table.values.shape)
        for k in range(table.p):
            there = self._there[:, k]
            column = table.values[there, k]
            if self.discrete[k]:
                levels, codes = np.unique(column, return_inverse=True)
                if len(levels) > _MOST_LEVELS:
                    raise DataError(
                        f"column {table.columns[k]!r} has {len(levels)} different values, too many "
                        "for a discrete column",
                        where=table.name,
                        hint="Put it into a few classes first.",
                    )
                self._codes[there, k] = codes
            else:
                self._values[there, k] = (column - column.mean()) / column.std()
        weights = table.weights
        self._weights = np.ones(table.n) if weights is None else weights
        self._gaussian = FisherZ(table)
        codes = np.where(self._there & self.discrete, self._codes, -1)
        codes[:, ~self.discrete] = 0
        self._counts = CountTests(codes, "gsq", weights)

    def p_value(self, i: int, j: int, given: Sequence[int] = ()) -> float:
        """See :meth:`IndependenceTest.p_value`."""
        i, j = min(i, j), max(i, j)
        kinds = self.discrete[[i, j, *given]]
        if not kinds.any():
            return self._gaussian.p_value(i, j, given)
        if kinds.all():
            return float(self._counts.p_values(i, [j], given)[0])
        statistic, freedom = self._ratio(i, j, list(given))
        if freedom <= 0:
            return 1.0
        from scipy.special import gammaincc

        return float(gammaincc(freedom / 2.0, max(statistic, 0.0) / 2.0))

    def statistic(self, i: int, j: int, given: Sequence[int] = ()) -> float:
        """Return the z statistic of continuous columns, else NaN."""
        if self.discrete[[i, j, *given]].any():
            return math.nan
        return self._gaussian.statistic(i, j, given)

    def _ratio(self, i: int, j: int, given: list[int]) -> tuple[float, int]:
        """Return the statistic and its degrees of freedom."""
        if self.discrete[i] and not self.discrete[j]:
            i, j = j, i  # a continuous one comes first
        inside = [k for k in given if not self.discrete[k]]
        rows = self._there[:, [i, j, *given]].all(axis=1)
        weights = self._weights
        z = self._cells([k for k in given if self.discrete[k]])
        least = 2 * (len(inside) + 2)
        # cells of the conditioning columns: leaving some out keeps the test valid
        full = np.bincount(z[rows], minlength=int(z.max()) + 1)
        rows &= full[z] >= least
        if not rows.any():
            return 0.0, 0
        z = _numbered(z[rows])
        w = weights[rows]
        w = w * effective_rows(w) / w.sum()
        block = self._values[rows]
        if not self.discrete[i] and not self.discrete[j]:
            return _both_continuous(block[:, [*inside, i, j]], z, w)
        first = self._codes[rows, i]
        second = self._codes[rows, j]
        if not self.discrete[i]:
            return _one_discrete(block[:, [*inside, i]], _merged(second, z, least), z, w)
        return _both_discrete(block[:, inside], first, second, z, w, least)

    def _cells(self, columns: list[int]) -> Ints:
        found = np.zeros(len(self._codes), dtype=np.int64)
        for k in columns:
            found = found * (int(self._codes[:, k].max()) + 1) + self._codes[:, k]
            found = _numbered(found)
        return found


def _log_determinants(block: Floats, cells: Ints, w: Floats) -> tuple[Floats, Floats, Floats]:
    """Return of each cell: weight [k], log determinant of the covariance of all columns [k], and of all
    but the last [k]."""
    count = int(cells.max()) + 1
    d = block.shape[1]
    total = np.asarray(np.bincount(cells, w, minlength=count), dtype=np.float64)
    if d == 0:
        return total, np.zeros(count), np.zeros(count)
    covariance = np.zeros((count, d, d))
    centred: list[Floats] = []
    for a in range(d):
        mean = np.bincount(cells, w * block[:, a], minlength=count) / total
        centred.append(block[:, a] - mean[cells])
        weighted = w * centred[a]
        for b in range(a + 1):
            moment = np.bincount(cells, weighted * centred[b], minlength=count) / total
            covariance[:, a, b] = covariance[:, b, a] = moment
    covariance += _RIDGE * np.eye(d)
    whole = np.linalg.slogdet(covariance)[1]
    part = np.linalg.slogdet(covariance[:, :-1, :-1])[1] if d > 1 else np.zeros(count)
    return total, whole, part


def _numbered(cells: Ints) -> Ints:
    """Number the cells that there are 0, 1, 2 ... in their order."""
    there = np.bincount(cells) > 0
    return np.asarray((np.cumsum(there) - 1)[cells])


def _merged(codes: Ints, z: Ints, least: int) -> Ints:
    """Return cells (z, codes), numbered without gaps, the small ones of each z put together, and with
    its largest if they still are small."""
    width = int(codes.max()) + 2
    cells = z * width + codes + 1
    counts = np.bincount(cells, minlength=(int(z.max()) + 1) * width)
    small = counts[cells] < least
    cells = np.where(small, z * width, cells)
    counts = np.bincount(cells, minlength=len(counts)).reshape(-1, width)
    largest = counts.argmax(axis=1)
    rest = (cells == z * width) & (counts[z, 0] < least)
    cells = np.where(rest, z * width + largest[z], cells)
    return _numbered(cells)


def _both_continuous(block: Floats, z: Ints, w: Floats) -> tuple[float, int]:
    """Partial correlations in each cell of z; the last two columns are the pair."""
    d = block.shape[1] - 2
    total, whole, without_j = _log_determinants(block, z, w)
    swapped = block[:, [*range(d), d + 1]]
    _, without_i, inner = _log_determinants(swapped, z, w)
    ratio = without_i + without_j - whole - inner  # -log(1 - r^2)
    return float((np.maximum(total - d - 2.5, 0.0) * ratio).sum()), len(total)


def _one_discrete(block: Floats, cells: Ints, z: Ints, w: Floats) -> tuple[float, int]:
    """Regressions of the last column on the others: one in each cell of z against one in each cell."""
    d = block.shape[1] - 1
    total_z, whole, part = _log_determinants(block, z, w)
    null = whole - part
    total, whole, part = _log_determinants(block, cells, w)
    alternative = whole - part
    of = np.zeros(len(total), dtype=np.int64)
    of[cells] = z
    inside = np.bincount(of, minlength=len(total_z))  # cells of each z
    ratio = total_z * null - np.bincount(of, total * alternative, minlength=len(total_z))
    factor = np.maximum(1.0 - (inside + 1) * (d + 2) / (2.0 * total_z), 0.0)
    return float((ratio * factor).sum()), int((inside - 1).sum()) * (d + 2)


def _both_discrete(
    block: Floats, x: Ints, y: Ints, z: Ints, w: Floats, least: int
) -> tuple[float, int]:
    """Counts of (x, y, z) and Gaussian conditioning columns in each cell."""
    d = block.shape[1]
    width = int(y.max()) + 1
    pair = x * width + y
    statistic, freedom, cells = 0.0, 0, 0
    for codes, sign in ((pair, 1), (x, -1), (y, -1), (np.zeros_like(x), 1)):
        exact = _numbered(z * (int(codes.max()) + 1) + codes)
        counts = np.bincount(exact, w)
        merged = _merged(codes, z, least)
        total, whole, _ = _log_determinants(block, merged, w)
        statistic += sign * (2.0 * float((counts * np.log(counts)).sum()))
        statistic -= sign * float((total * whole).sum())
        freedom += sign * len(total) * d * (d + 3) // 2
        cells += sign * len(counts)
    # empty rows and columns of a stratum take away degrees of freedom, as in G-squared
    xs, ys = (
        (np.bincount(z * m + k, minlength=(int(z.max()) + 1) * m).reshape(-1, m) > 0).sum(axis=1)
        for k, m in ((x, int(x.max()) + 1), (y, width))
    )
    return statistic, max(freedom, 0) + int(((xs - 1) * (ys - 1)).sum())
