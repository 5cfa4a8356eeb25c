"""The table every algorithm works on: numbers, kinds of columns, weights, targets, groups of rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from discovery.data.report import DataReport

__all__ = ["Kind", "Table", "correlation", "intraclass", "kinds_of", "pairwise", "shrinkage"]

Kind = Literal["continuous", "discrete"]

_FEW_LEVELS = 10
"""whole numbers with at most this many values are taken as levels"""


def kinds_of(
    values: NDArray[np.float64], nominal: Sequence[bool] | None = None
) -> tuple[Kind, ...]:
    """Return the kind of each column, [p]: discrete for nominal ones and for whole numbers with at
    most 10 values (missing ones not counted)."""
    kinds: list[Kind] = []
    for j in range(values.shape[1]):
        if nominal is not None and nominal[j]:
            kinds.append("discrete")
            continue
        # a few rows tell most continuous columns apart at once
        head = values[:50, j]
        head = head[~np.isnan(head)]
        column = values[:, j]
        if (head != np.round(head)).any():
            kinds.append("continuous")
            continue
        column = column[~np.isnan(column)]
        whole = bool((column == np.round(column)).all())
        few = whole and len(np.unique(column)) <= min(_FEW_LEVELS, max(2, len(column) // 5))
        kinds.append("discrete" if few else "continuous")
    return tuple(kinds)


@dataclass(frozen=True)
class Table:
    """Numbers ready for a search.

    ``values`` is float64 [n rows, p columns], every column varying and none a linear combination of
    those before it; finite, except that ``missing="testwise"`` keeps missing values as NaN
    (:attr:`has_missing`).
    """

    values: NDArray[np.float64]
    columns: tuple[str, ...]
    report: DataReport = field(repr=False)
    name: str = "data"
    nominal: frozenset[str] = frozenset()
    """columns that are codes of text: their order means nothing"""
    weights: NDArray[np.float64] | None = field(default=None, repr=False)
    """[n], positive, mean 1: how much each row counts"""
    targets: NDArray[np.bool_] | None = field(default=None, repr=False)
    """[n, p]: True where this column was intervened upon in this row"""
    clusters: NDArray[np.int64] | None = field(default=None, repr=False)
    """[n]: rows with the same number belong together and are resampled together"""
    kinds: tuple[Kind, ...] = ()
    """[p]; worked out from the values when not given"""
    gaps: NDArray[np.bool_] | None = field(default=None, repr=False)
    """[n, p]: True where the value was missing; ``values`` there is NaN (test-wise) or one imputation
    (see :func:`discovery.data.imputations`)"""

    def __post_init__(self) -> None:
        if not self.kinds:
            names = [c in self.nominal for c in self.columns]
            object.__setattr__(self, "kinds", kinds_of(self.values, names))

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.values.shape[0])

    @property
    def p(self) -> int:
        """Number of columns."""
        return int(self.values.shape[1])

    @cached_property
    def has_missing(self) -> bool:
        """Whether values are missing (NaN), for algorithms with test-wise deletion."""
        return bool(np.isnan(self.values).any())

    @cached_property
    def correlation(self) -> NDArray[np.float64]:
        """Pearson correlations, [p, p], weighted by ``weights``; of the rows complete in both columns
        where values are missing (such a matrix need not be positive definite: tests that condition
        should use :meth:`correlation_of`)."""
        if self.has_missing:
            return pairwise(self.values, self.weights)
        return correlation(self.values, self.weights)

    @cached_property
    def shrinkage(self) -> float:
        """How much :attr:`shrunk_correlation` is drawn towards no correlation, from 0 to 1: the share that
        makes the expected squared error smallest (Schaefer and Strimmer 2005, target D on correlations).
        """
        return shrinkage(self._filled, self.weights)

    @cached_property
    def shrunk_correlation(self) -> NDArray[np.float64]:
        """Correlations drawn towards 0 by :attr:`shrinkage`, [p, p]: positive definite also with more
        columns than rows, where models of many columns need it."""
        shrunk = (1.0 - self.shrinkage) * self.correlation
        np.fill_diagonal(shrunk, 1.0)
        return np.asarray(shrunk)

    @cached_property
    def _filled(self) -> NDArray[np.float64]:
        if not self.has_missing:
            return self.values
        return np.where(np.isnan(self.values), np.nanmean(self.values, axis=0), self.values)

    @cached_property
    def design_effect(self) -> float:
        """By how much alike rows within ``clusters`` raise the variance of a correlation, 1 or more.

        For independent columns x and y it is 1 + (m - 1) r_x r_y, m the mean size of a row's group and r
        the intraclass correlations (Kish 1965, Donner 1986); the two most alike columns decide, so that no
        test is too sure of itself.
        """
        if self.clusters is None or self.p < 2:
            return 1.0
        alike = np.sort(intraclass(self._filled, self.clusters))[-2:]
        _, counts = np.unique(self.clusters, return_counts=True)
        mean = float((counts**2).sum() / counts.sum())
        return 1.0 + (mean - 1.0) * float(alike[0] * alike[1])

    @cached_property
    def effective_n(self) -> int:
        """How many independent, equally weighted rows the rows are worth: (sum w)^2 / sum w^2 (Kish 1965),
        n without weights, divided by the :attr:`design_effect` of groups; rounded down."""
        size = float(self.n)
        if self.weights is not None:
            size = float(self.weights.sum() ** 2 / (self.weights**2).sum())
        return max(1, math.floor(size / self.design_effect + 1e-9))

    def correlation_of(self, nodes: Sequence[int]) -> tuple[NDArray[np.float64], int]:
        """Return the correlations of some columns, [k, k], over the rows complete in all of them, and the
        number of these rows: the basis of a test with test-wise deletion."""
        index = list(nodes)
        if not self.has_missing:
            return self.correlation[np.ix_(index, index)], self.n
        part = self.values[:, index]
        rows = ~np.isnan(part).any(axis=1)
        weights = None if self.weights is None else self.weights[rows]
        return correlation(part[rows], weights), int(rows.sum())

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Table:
        """Return some rows, with their weights, targets and groups; weights get mean 1 again."""
        weights = None if self.weights is None else self.weights[rows]
        return replace(
            self,
            values=self.values[rows],
            weights=None if weights is None else weights / weights.mean(),
            targets=None if self.targets is None else self.targets[rows],
            clusters=None if self.clusters is None else self.clusters[rows],
            gaps=None if self.gaps is None else self.gaps[rows],
        )

    def resample(self, rng: np.random.Generator) -> Table:
        """Return a bootstrap sample: n rows drawn with replacement, or, with ``clusters``, as many whole
        groups as there are (each draw is a group of its own; the number of rows then varies)."""
        if self.clusters is None:
            return self.take(rng.integers(0, self.n, self.n))
        _, group = np.unique(self.clusters, return_inverse=True)
        members = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
        drawn = rng.integers(0, len(members), len(members))
        rows = np.concatenate([members[g] for g in drawn])
        labels = np.repeat(np.arange(len(drawn)), [len(members[g]) for g in drawn])
        return replace(self.take(rows), clusters=labels.astype(np.int64))


def correlation(
    values: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return Pearson correlations, [p, p], of complete values [n, p], weighted by rows if given."""
    if weights is None:
        return np.asarray(np.atleast_2d(np.corrcoef(values, rowvar=False)))
    covariance = np.atleast_2d(np.cov(values, rowvar=False, aweights=weights))
    scale = np.sqrt(np.diag(covariance))
    return np.asarray(np.clip(covariance / scale[:, None] / scale[None, :], -1.0, 1.0))


def pairwise(
    values: NDArray[np.float64], weights: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Return correlations over the rows that both columns have, [p, p], by products of masked matrices."""
    there = ~np.isnan(values)
    centred = np.where(there, values - np.nanmean(values, axis=0), 0.0)
    scale = np.sqrt((centred**2).sum(axis=0) / np.maximum(there.sum(axis=0), 1))
    centred = centred / np.where(scale > 0, scale, 1.0)
    mask = there.astype(np.float64)
    weighted = mask if weights is None else mask * weights[:, None]
    total = weighted.T @ mask
    product = (weighted * centred).T @ centred
    first = (weighted * centred).T @ mask  # [i, j]: sum of i over the rows that j has
    square = (weighted * centred**2).T @ mask
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = first / total
        variance = square / total - mean**2
        result = (product / total - mean * mean.T) / np.sqrt(variance * variance.T)
    result = np.clip(np.nan_to_num(result), -1.0, 1.0)
    np.fill_diagonal(result, 1.0)
    return np.asarray((result + result.T) / 2)


def shrinkage(values: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> float:
    """Return the shrinkage intensity for correlations of complete values [n, p] (Schaefer and Strimmer 2005,
    eq. 8: the summed variances of the correlations over their summed squares), 0 to 1."""
    n, p = values.shape
    if p < 2 or n < 4:
        return 1.0 if n < 4 else 0.0
    share = np.full(n, 1.0 / n) if weights is None else weights / weights.sum()
    centred = values - share @ values
    scale = np.sqrt(share @ centred**2)
    z = centred / np.where(scale > 0, scale, 1.0)
    r = (z * share[:, None]).T @ z
    square = (z**2 * share[:, None]).T @ z**2
    # the variance of a weighted mean of the products z_i z_j
    kish = float((share**2).sum())
    variance = (square - r**2) * kish / (1.0 - kish)
    away = ~np.eye(p, dtype=bool)
    total = float((r[away] ** 2).sum())
    return float(np.clip(variance[away].sum() / total, 0.0, 1.0)) if total > 0 else 1.0


def intraclass(values: NDArray[np.float64], clusters: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the intraclass correlation of each column within groups of rows, [p], 0 to 1 (the analysis of
    variance estimate with unequal groups, Donner 1986)."""
    _, group, counts = np.unique(clusters, return_inverse=True, return_counts=True)
    n, k = len(values), len(counts)
    if k < 2 or n <= k:
        return np.zeros(values.shape[1])
    sums = np.zeros((k, values.shape[1]))
    centred = values - values.mean(axis=0)
    np.add.at(sums, group, centred)
    between = (sums**2 / counts[:, None]).sum(axis=0) / (k - 1)
    within = ((centred**2).sum(axis=0) - (sums**2 / counts[:, None]).sum(axis=0)) / (n - k)
    size = (n - float((counts**2).sum()) / n) / (k - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (between - within) / (between + (size - 1) * within)
    return np.asarray(np.clip(np.nan_to_num(found), 0.0, 1.0))
