"""Double machine learning in the partially linear model: a treatment of any numeric kind."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from graph.errors import DataError
from queries.causal.estimators.arms import LEAST_SEEN
from queries.causal.estimators.base import Estimator, Fit, interval, spread_of
from queries.causal.estimators.nuisance import canonical_order, folds_of, means, propensities
from queries.causal.results import Estimand
from queries.causal.sample import Sample

__all__ = ["PartiallyLinear"]

REPEATS = 3
FEWEST = 40


class PartiallyLinear(Estimator):
    """What is left of the outcome on what is left of the treatment, once both are predicted from the
    adjustment set by cross-fitted ensembles (Robinson 1988; Chernozhukov et al. 2018, section 4.1), median
    of three splits.

    If effects differ, their mean weighted by how much the treatment varies given the adjustment set.
    """

    name: ClassVar[str] = "dml"
    summary: ClassVar[str] = (
        "double machine learning, linear in the treatment, median of three splits"
    )
    models_missing: ClassVar[bool] = True

    def unfit(self, estimand: Estimand, sample: Sample) -> str:
        if estimand.method != "backdoor":
            return "it needs a back-door estimand"
        if estimand.given:
            return "conditional effects are given by effects_by_unit"
        rows = int(sample.seen.sum())
        return f"it needs {FEWEST} rows, and there are {rows}" if rows < FEWEST else ""

    def fit(self, estimand: Estimand, sample: Sample, seed: int) -> Fit:
        _, z = sample.covariates(estimand.adjustment)
        order = canonical_order([sample.x, sample.y, *z.T, sample.w])
        sample, z = sample.take(order), z[order]
        z = (z - z.mean(axis=0)) / z.std(axis=0) if z.shape[1] else z
        seen = sample.seen
        units = float(sample.x.std()), float(sample.y[seen].std())
        x = (sample.x - sample.x.mean()) / units[0]
        y = np.where(seen, (sample.y - sample.y[seen].mean()) / units[1], 0.0)
        values, errors = [], []
        told: dict[str, Any] = {}
        for k in range(REPEATS):
            value, std_error, said = _once(sample, z, x, y, seed + 1000 * k)
            values.append(value)
            errors.append(std_error)
            told = told or said
        value = float(np.median(values))
        std_error = float(np.sqrt(np.median(np.square(errors) + (np.array(values) - value) ** 2)))
        scale = units[1] / units[0]
        df = len(y) - 1.0 if sample.clusters is None else len(np.unique(sample.clusters)) - 1.0
        low, high, p = interval(value * scale, std_error * scale, df)
        told["splits"] = {
            "number": REPEATS, "lowest": min(values) * scale, "highest": max(values) * scale
        }  # fmt: skip
        return Fit(value * scale, std_error * scale, low, high, {"p_value": p, **told})


def _once(sample: Sample, z: Any, x: Any, y: Any, seed: int) -> tuple[float, float, dict[str, Any]]:
    seen, w, n = sample.seen, sample.w, len(x)
    levels = np.unique(x)
    two = len(levels) == 2
    folds = folds_of((x == levels[-1]) * two + 2.0 * seen, seed, sample.clusters)
    everyone = np.ones(n, bool)
    if two:
        chance = propensities(z, (x == levels[1]).astype(np.float64), folds, seed, w)
        expected = levels[0] + (levels[1] - levels[0]) * chance.values
        learned = chance
    else:
        learned = means(z, x, everyone, folds, seed, w, process=True)
        expected = learned.values
    heard = np.ones(n)
    if not seen.all():
        columns = np.column_stack([z, x])
        found = propensities(columns, seen.astype(np.float64), folds, seed, w).values
        heard = seen / np.maximum(found, LEAST_SEEN)
    outcome = means(z, y, seen, folds, seed, w * np.maximum(heard, 1e-3), process=True)
    left, rest = x - expected, y - outcome.values
    information = float(np.average(heard * left**2, weights=w))
    if information < 1e-6:
        raise DataError(
            f"what is adjusted for decides {sample.treatment!r}: nothing of it is left to compare",
            where=sample.where,
            hint="Another adjustment set or other data is needed.",
        )
    value = float(np.average(heard * left * rest, weights=w)) / information
    std_error, _ = spread_of(heard * left * (rest - value * left) / information, sample)
    told: dict[str, Any] = {
        "learners": {"treatment": learned.shares, "outcome": outcome.shares},
        "held_out_losses": {"treatment": learned.losses, "outcome": outcome.losses},
        "left_of_treatment": float(np.average(left**2, weights=w)),
    }
    if not seen.all():
        told["missing_outcome"] = {"rows": int((~seen).sum()), "handled": "weighted"}
    return value, std_error, told
