"""Standardisation (the g-formula): an outcome regression, averaged over all rows at both treatments."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from graph.errors import DataError
from queries.causal.estimators.arms import Arms, two_arms_unfit
from queries.causal.estimators.base import Estimator, Fit, interval, spread_of
from queries.causal.estimators.regression import independent
from queries.causal.overlap import logistic
from queries.causal.results import Estimand
from queries.causal.sample import Array, Sample

__all__ = ["Standardisation"]

ROWS_PER_COEFFICIENT = 4


class Standardisation(Estimator):
    """The mean, over all rows, of the outcome predicted at one treatment less that at the other (Robins
    1986): for each arm a regression on the adjustment set and the squares of its numeric columns, linear,
    or logistic for an outcome with two values. Standard error by the joint estimating equations.

    Right if the outcome regressions are, also where the outcome is missing at random given treatment and
    adjustment set: predictions are averaged over all rows.
    """

    name: ClassVar[str] = "standardisation"
    summary: ClassVar[str] = (
        "g-formula: a regression in each arm (logistic for two values), averaged"
    )
    models_missing: ClassVar[bool] = True

    def unfit(self, estimand: Estimand, sample: Sample) -> str:
        return two_arms_unfit(estimand, sample)

    def fit(self, estimand: Estimand, sample: Sample, seed: int) -> Fit:
        arms = Arms.of(estimand, sample)
        many = [k for k in range(arms.z.shape[1]) if len(np.unique(arms.z[:, k])) > 2]
        columns = np.column_stack([arms.z, arms.z[:, many] ** 2]) if many else arms.z
        outcomes = np.unique(arms.y[arms.seen])
        two = len(outcomes) == 2
        y = (arms.y - outcomes[0]) / (outcomes[1] - outcomes[0]) if two else arms.y
        predicted, pull = [], np.zeros(len(y))
        for t, sign in ((1, 1.0), (0, -1.0)):
            rows = (arms.treated == t) & arms.seen
            kept = independent(columns[rows])
            if rows.sum() < ROWS_PER_COEFFICIENT * (1 + len(kept)):
                raise DataError(
                    f"{rows.sum()} rows with {sample.treatment} = {arms.levels[t]:g} are too few for "
                    f"{1 + len(kept)} coefficients",
                    where=sample.where,
                    hint="Give more rows, adjust for less, or use linear regression.",
                )
            values, moved = _arm(columns[:, kept], y, rows, arms.w, two)
            predicted.append(values)
            pull += sign * moved
        value = arms.mean(predicted[0] - predicted[1])
        pull += predicted[0] - predicted[1] - value
        scale = arms.scale * (float(outcomes[1] - outcomes[0]) if two else 1.0)
        std_error, df = spread_of(pull, arms.sample)
        value, std_error = value * scale, std_error * scale
        low, high, p = interval(value, std_error, df)
        told: dict[str, Any] = {"p_value": p, "model": "logistic" if two else "linear"}
        if not arms.seen.all():
            told["missing_outcome"] = {"rows": int((~arms.seen).sum()), "handled": "predicted"}
        return Fit(value, std_error, low, high, told)


def _arm(z: Array, y: Array, rows: Any, w: Array, two: bool) -> tuple[Array, Array]:
    """Predictions for all rows by a regression in some, and how each of these moves their mean."""
    mean, scale = z[rows].mean(axis=0), z[rows].std(axis=0)
    design = np.column_stack([np.ones(len(y)), (z - mean) / scale])
    inside, weight = design[rows], w[rows]
    if two:
        inverse = logistic(z[rows], y[rows], weight, ridge=1e-6)[2]
        beta = _coefficients(inside, y[rows], weight)
        values = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        bend = values * (1 - values)
    else:
        inverse = np.linalg.pinv(inside.T @ (inside * weight[:, None]))
        beta = inverse @ (inside.T @ (weight * y[rows]))
        values, bend = design @ beta, np.ones(len(y))
    slope = np.average(design * bend[:, None], axis=0, weights=w)
    residual = np.where(rows, y - values, 0.0)
    if not two:
        # residuals of rows that decide their own fit are too small (MacKinnon and White 1985, HC3)
        leverage = np.einsum("ij,jk,ik->i", inside, inverse, inside) * weight
        residual[rows] /= np.maximum(1 - leverage, 0.05)
    return values, residual * (design @ (inverse * len(y)) @ slope)


def _coefficients(design: Array, y: Array, w: Array) -> Array:
    beta = np.zeros(design.shape[1])
    penalty = 1e-6 * len(y) * np.eye(len(beta))
    penalty[0, 0] = 0.0
    for _ in range(60):
        chance = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        information = design.T @ (design * (w * chance * (1 - chance))[:, None]) + penalty
        step = np.linalg.lstsq(
            information, design.T @ (w * (y - chance)) - penalty @ beta, rcond=None
        )[0]
        beta += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    return beta
