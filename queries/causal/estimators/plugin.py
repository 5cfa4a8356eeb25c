"""Any estimand on discrete data: the formula evaluated on the observed frequencies, bootstrapped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from graph.errors import DataError
from queries.causal.estimators.base import LEVEL, Estimator, Fit
from queries.causal.results import Estimand
from queries.causal.sample import Array, Sample
from queries.causal.table import Table

__all__ = ["PlugIn"]

MOST_LEVELS = 12
MOST_CELLS = 100_000
BOOTSTRAPS = 400
CHUNK = 2_000_000
"""cells evaluated at once"""


class PlugIn(Estimator):
    """The formula on the table of frequencies; standard error and percentile interval from 400
    bootstraps, multinomial, or of rows with their weights, or of whole clusters. No model is assumed; every cell the formula needs must hold rows.

    With more than two treatment levels the value is the slope over them, weighted by their share.
    """

    name: ClassVar[str] = "plug-in"
    summary: ClassVar[str] = (
        "the formula on observed frequencies (discrete data), bootstrap interval"
    )

    def unfit(self, estimand: Estimand, sample: Sample) -> str:
        if estimand.method == "no-effect":
            return "there is nothing to evaluate"
        if estimand.given:
            return "conditional effects are not estimated yet"
        cells = 1
        for name in sorted(estimand.expression.variables):
            levels = sample.frame[name].nunique()
            if levels > MOST_LEVELS:
                return f"{name!r} has {levels} values, more than {MOST_LEVELS}"
            cells *= levels
        return f"the table would have {cells} cells" if cells > MOST_CELLS else ""

    def fit(self, estimand: Estimand, sample: Sample, seed: int) -> Fit:
        names = tuple(sorted(estimand.expression.variables))
        codes, shape = [], []
        for name in names:
            levels, code = np.unique(sample.frame[name].to_numpy(), return_inverse=True)
            codes.append(code)
            shape.append(len(levels))
        flat = np.ravel_multi_index(tuple(codes), tuple(shape))
        size = int(np.prod(shape))
        counts = np.bincount(flat, minlength=size)
        shares = np.bincount(flat, sample.w, size).reshape(1, *shape) / sample.n
        value, short = self._values(estimand, sample, Table(names, shares))
        if short[0] > 1e-9:
            raise DataError(
                f"the formula needs combinations of values that no row has (they carry "
                f"{short[0]:.1%} of the weight)",
                where=sample.where,
                hint="Join rare levels, or give more rows.",
            )
        step = max(1, CHUNK // counts.size)
        found: list[Array] = []
        lost = 0
        for draws in _resampled(sample, flat, size, step, seed):
            again, missing = self._values(estimand, sample, Table(names, draws.reshape(-1, *shape)))
            # a resample without a needed combination says nothing about the effect
            found.append(again[missing <= 1e-9])
            lost += int((missing > 1e-9).sum())
        values = np.concatenate(found)
        if len(values) < BOOTSTRAPS / 2:
            raise DataError(
                "in most resamples a combination of values that the formula needs is missing",
                where=sample.where,
                hint="The rows are too few for this formula; join rare levels, or give more rows.",
            )
        tail = 100 * (1 - LEVEL) / 2
        low, high = np.percentile(values, [tail, 100 - tail])
        diagnostics = {
            "cells": int(counts.size),
            "empty_cells": int((counts == 0).sum()),
            "smallest_filled_cell": int(counts[counts > 0].min()),
            "bootstraps": len(values),
            "bootstraps_without_support": lost,
            "seed": seed,
        }
        return Fit(float(value[0]), float(values.std(ddof=1)), float(low), float(high), diagnostics)

    def _values(self, estimand: Estimand, sample: Sample, joint: Table) -> tuple[Array, Array]:
        """Return the effect in each distribution of a batch, and the weight left without support."""
        x, y = sample.treatment, sample.outcome
        table = estimand.expression.evaluate(joint)
        if estimand.anywhere:
            # the formula is the same at every value: average it, so that all rows count
            table = table.multiply(joint.marginal(estimand.anywhere)).sum(estimand.anywhere)
        mass = table.marginal([x]).values
        outcomes = np.tile(np.unique(sample.y), (joint.batch, 1))
        by_level = table.multiply(Table((y,), outcomes)).marginal([x]).values
        weights = joint.marginal([x]).values
        levels = np.unique(sample.x)[None, :]
        centred = levels - (weights * levels).sum(axis=1, keepdims=True)
        spread = (weights * centred**2).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            slope = (weights * centred * by_level).sum(axis=1) / spread
        short = np.max(np.where(weights > 0, 1 - mass, 0.0), axis=1)
        short = np.where(spread > 0, short, 1.0)
        return slope, short


def _resampled(
    sample: Sample, flat: npt.NDArray[np.intp], size: int, step: int, seed: int
) -> Iterator[Array]:
    """Tables of shares, shape ``(up to step, size)``, from resampled rows or clusters."""
    rng = np.random.default_rng(seed)
    if sample.weights is None and sample.clusters is None:
        shares = np.bincount(flat, minlength=size) / sample.n
        for start in range(0, BOOTSTRAPS, step):
            yield rng.multinomial(sample.n, shares, size=min(step, BOOTSTRAPS - start)) / sample.n
        return
    # in an order that depends on what the rows hold only
    order = np.lexsort((sample.w, flat))
    groups = np.arange(sample.n)
    if sample.clusters is not None:
        first, code = np.unique(sample.clusters[order], return_index=True, return_inverse=True)[1:]
        groups = np.empty(sample.n, dtype=np.intp)
        groups[order] = np.argsort(np.argsort(first))[code]
    else:
        groups[order] = np.arange(sample.n)
    number = int(groups.max()) + 1
    for _ in range(BOOTSTRAPS):
        times = rng.multinomial(number, np.full(number, 1 / number))
        table = np.bincount(flat, sample.w * times[groups], size)
        yield (table / table.sum())[None, :]
