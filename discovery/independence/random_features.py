"""The kernel test with random Fourier features: for hundreds to many thousands of rows."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from discovery.data import Table
from discovery.independence.base import Floats, IndependenceTest
from discovery.independence.kernel import embedded, median_distance

__all__ = ["RCIT"]

_SMALL = 5
_LARGE = 100


class RCIT(IndependenceTest):
    """The randomised conditional independence test of Strobl, Zhang and Visweswaran (2019, J. Causal Inference 7):
    the kernels of :class:`~discovery.independence.kernel.KCI` replaced by 5 random Fourier features of each of
    the pair and 100 and more (one more for 20 rows) of
    the conditioning columns, on which the former are regressed (ridge chosen by
    generalised cross-validation). The null distribution, a weighted sum of chi-squares, is matched in
    three moments (Buckley and Eagleson 1988).

    The features are drawn from ``seed`` and the column's name, so the order of the columns does not
    matter. Time grows linearly with the rows.
    """

    name: ClassVar[str] = "rcit"
    summary: ClassVar[str] = "kernel test by random features, for nonlinear relations and many rows"
    columns: ClassVar[tuple[str, ...]] = ("continuous", "discrete")
    categories: ClassVar[bool] = True

    def __init__(self, table: Table, *, seed: int = 0) -> None:
        super().__init__(table, seed=seed)
        self._points = embedded(table)
        self._rank = [(zlib.crc32(c.encode()), c) for c in table.columns]
        self._alone = [self._features((k,), _SMALL, "alone") for k in range(table.p)]
        self._held: tuple[tuple[int, ...], tuple[Floats, Floats]] | None = None

    def _features(self, nodes: Sequence[int], count: int, role: str) -> Floats:
        """Return centred random Fourier features of some columns together, [n, count]."""
        points = np.hstack([self._points[k] for k in nodes])
        width = median_distance(points)
        turns = np.zeros((len(points), count))
        phase = np.zeros(count)
        for k in nodes:
            code = zlib.crc32(f"{role}\0{self.table.columns[k]}".encode())
            rng = np.random.default_rng([self.seed, code])
            turns += self._points[k] @ rng.normal(size=(self._points[k].shape[1], count)) / width
            phase += rng.uniform(0, 2 * np.pi, count)
        found = np.sqrt(2.0) * np.cos(turns + phase)
        return np.asarray(found - found.mean(axis=0))

    def p_value(self, i: int, j: int, given: Sequence[int] = ()) -> float:
        """See :meth:`IndependenceTest.p_value`."""
        i, j = sorted((i, j), key=lambda k: self._rank[k])
        inside = tuple(sorted(given, key=lambda k: self._rank[k]))
        one, two = self._alone[i], self._alone[j]
        if inside:
            one = self._residual(self._features((i, *inside), _SMALL, "joint"), inside)
            two = self._residual(two, inside)
        n = len(one)
        products = (one[:, :, None] * two[:, None, :]).reshape(n, -1)
        mean = products.mean(axis=0)
        statistic = n * float(mean @ mean)
        products = products - mean
        weights = np.linalg.eigvalsh(products.T @ products / n)
        return _tail(statistic, np.maximum(weights, 0.0))

    def _residual(self, features: Floats, inside: tuple[int, ...]) -> Floats:
        n = len(features)
        if self._held is None or self._held[0] != inside:
            basis = self._features(inside, min(n // 3, _LARGE + n // 20), "given")
            left, values, _ = np.linalg.svd(basis, full_matrices=False)
            self._held = inside, (left, values**2 / n)
        left, values = self._held[1]
        turned = left.T @ features
        outside = float((features**2).sum() - (turned**2).sum())
        own = (turned**2).sum(axis=1)
        best, kept = np.inf, np.ones_like(values)
        for ridge in np.logspace(-6, 0, 13):
            shrink = ridge / (values + ridge)
            freedom = n - len(values) + float(shrink.sum())
            score = (outside + float((shrink**2 * own).sum())) / freedom**2
            if score < best:
                best, kept = score, shrink
        return np.asarray(features - left @ ((1.0 - kept)[:, None] * turned))


def _tail(statistic: float, weights: Floats) -> float:
    """Return the chance that a sum of chi-squares of one degree with these weights is larger."""
    from scipy.special import gammaincc

    first, second, third = (float((weights**k).sum()) for k in (1, 2, 3))
    if third <= 0:
        return 1.0
    freedom = second**3 / third**2
    value = (statistic - first) * np.sqrt(freedom / second) + freedom
    return float(gammaincc(freedom / 2.0, max(value, 0.0) / 2.0))
