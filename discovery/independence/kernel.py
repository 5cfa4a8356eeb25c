"""The kernel test of conditional independence, exact in the rows: for some hundreds of them."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from discovery.data import Table
from discovery.independence.base import Floats, IndependenceTest
from graph.errors import DataError

__all__ = ["KCI", "embedded", "median_distance"]

_MOST_ROWS = 2000
_KEPT = 256
"""kernels and factors kept for the next tests"""


def embedded(table: Table) -> list[Floats]:
    """Return each column as a point a row, [n, k]: standardised, or, for text columns, one indicator a level,
    scaled to total variance 1."""
    found = []
    for k, name in enumerate(table.columns):
        column = table.values[:, k]
        if name in table.nominal:
            points = (column[:, None] == np.unique(column)[None, :]).astype(np.float64)
        else:
            points = column[:, None]
        points = points - points.mean(axis=0)
        found.append(points / np.sqrt((points**2).sum() / len(points)))
    return found


def median_distance(points: Floats, most: int = 250) -> float:
    """Return the median distance between rows that differ, of evenly spaced rows if there are many."""
    step = max(1, len(points) // most)
    some = points[::step]
    square = _squares(some)
    apart = square[square > 1e-12]
    return float(np.sqrt(np.median(apart))) if len(apart) else 1.0


def _squares(points: Floats) -> Floats:
    norm = (points**2).sum(axis=1)
    return np.asarray(np.maximum(norm[:, None] + norm[None, :] - 2.0 * points @ points.T, 0.0))


def _kernel(points: Floats) -> Floats:
    """Gaussian kernel, its width the median distance, centred: [n, n]."""
    width = median_distance(points)
    found = np.exp(-_squares(points) / (2.0 * width**2))
    mean = found.mean(axis=0)
    return np.asarray(found - mean[:, None] - mean[None, :] + mean.mean())


class KCI(IndependenceTest):
    """The kernel-based test of Zhang, Peters, Janzing and Schoelkopf (2011, UAI), with Gaussian kernels and the
    gamma approximation of the null distribution (section 3.4): finds nonlinear relations, whatever the
    noise. The widths are median distances; the ridge of each regression on the conditioning columns is
    chosen by generalised cross-validation. Time and memory grow with the cube and the square of the rows:
    at most 2,000 rows.
    """

    name: ClassVar[str] = "kci"
    summary: ClassVar[str] = "kernel test, for nonlinear relations and few rows"
    columns: ClassVar[tuple[str, ...]] = ("continuous", "discrete")
    categories: ClassVar[bool] = True

    def __init__(self, table: Table, *, seed: int = 0) -> None:
        super().__init__(table, seed=seed)
        if table.n > _MOST_ROWS:
            raise DataError(
                f"{table.n} rows are too many for the exact kernel test (at most {_MOST_ROWS})",
                where=table.name,
                hint='Use test="rcit", its approximation by random features, or "kernel".',
            )
        self._points = embedded(table)
        # the pair's order by content of the names, so that column order does not matter
        self._rank = [(zlib.crc32(c.encode()), c) for c in table.columns]
        self._kernels: OrderedDict[int, Floats] = OrderedDict()
        self._factors: OrderedDict[tuple[int, ...], tuple[Floats, Floats]] = OrderedDict()

    def p_value(self, i: int, j: int, given: Sequence[int] = ()) -> float:
        """See :meth:`IndependenceTest.p_value`."""
        from scipy.special import gammaincc

        i, j = sorted((i, j), key=lambda k: self._rank[k])
        inside = tuple(sorted(given, key=lambda k: self._rank[k]))
        if not inside:
            one, two = self._one(i), self._one(j)
            mean = float(np.trace(one) * np.trace(two)) / len(one)
            variance = 2.0 * float((one**2).sum() * (two**2).sum()) / len(one) ** 2
            statistic = float((one * two).sum())
        else:
            points = np.hstack([self._points[k] for k in inside])
            both = np.hstack([self._points[i], 0.5 * points])
            product = self._residual(_kernel(both), inside, points)
            product = product * self._residual(self._one(j), inside, points)
            mean = float(np.trace(product))
            variance = 2.0 * float((product**2).sum())
            statistic = float(product.sum())
        if mean <= 0 or variance <= 0:
            return 1.0
        return float(gammaincc(mean**2 / variance, max(statistic, 0.0) * mean / variance))

    def _one(self, k: int) -> Floats:
        found = self._kernels.get(k)
        if found is None:
            found = self._kernels[k] = _kernel(self._points[k])
            if len(self._kernels) > max(16, _KEPT * 250_000 // len(found) ** 2):
                self._kernels.popitem(last=False)
        return found

    def _residual(self, kernel: Floats, inside: tuple[int, ...], points: Floats) -> Floats:
        """Return the kernel of what the conditioning columns do not explain: R K R."""
        found = self._factors.get(inside)
        if found is None:
            values, vectors = np.linalg.eigh(_kernel(points))
            found = self._factors[inside] = (np.maximum(values, 0.0), vectors)
            if len(self._factors) > max(4, _KEPT * 60_000 // len(kernel) ** 2):
                self._factors.popitem(last=False)
        values, vectors = found
        turned = vectors.T @ kernel @ vectors
        own = np.diag(turned)
        best, left = np.inf, np.ones_like(values)
        for ridge in np.logspace(-4, 1, 11):
            shrink = ridge / (values + ridge)
            score = float((shrink**2 * own).sum()) / float(shrink.sum()) ** 2
            if score < best:
                best, left = score, shrink
        return np.asarray((vectors * left) @ turned @ (vectors * left).T)
