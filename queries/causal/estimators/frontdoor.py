"""Front-door: products of regression coefficients for linear relations, and a one-step estimator."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from graph.errors import DataError
from queries.causal.estimators.base import Estimator, Fit, interval, spread_of, summed
from queries.causal.estimators.nuisance import canonical_order, folds_of, means, propensities
from queries.causal.estimators.regression import independent, regress
from queries.causal.results import Estimand
from queries.causal.sample import Sample

__all__ = ["FrontDoorOneStep", "FrontDoorRegression"]

FEWEST = 20
LEAST = 0.01


class FrontDoorRegression(Estimator):
    """Sum over mediators of (mediator per treatment) x (outcome per mediator, treatment held).

    The standard error is that of the two regressions' joint influence functions (delta method).
    """

    name: ClassVar[str] = "frontdoor-linear"
    summary: ClassVar[str] = (
        "product of coefficients through the mediators, HC3-type standard error"
    )

    def unfit(self, estimand: Estimand, sample: Sample) -> str:
        if estimand.method != "frontdoor":
            return "it needs a front-door estimand"
        words = [m for m in estimand.adjustment if sample.is_text(m)]
        return f"the mediator {words[0]!r} holds words" if words else ""

    def fit(self, estimand: Estimand, sample: Sample, seed: int) -> Fit:
        one, x, y = np.ones(sample.n), sample.x, sample.y
        names = list(estimand.adjustment)
        mediators = np.column_stack([sample.column(m) for m in names])
        if len(independent(np.column_stack([x, mediators]))) <= len(names):
            raise DataError(
                f"{', '.join(names)} do not vary at the same value of {sample.treatment!r}, or "
                "repeat each other",
                where=sample.where,
                hint="Without that variation their effect cannot be told from the treatment's.",
            )
        below = regress(
            y, np.column_stack([one, x, mediators]), ["constant", sample.treatment, *names], sample.where,
            sample.weights,
        )  # fmt: skip
        value, pull = 0.0, np.zeros(sample.n)
        parts = {}
        for k, name in enumerate(names):
            above = regress(
                mediators[:, k], np.column_stack([one, x]), ["constant", sample.treatment], sample.where,
                sample.weights,
            )  # fmt: skip
            a, b = float(above.coefficients[1]), float(below.coefficients[2 + k])
            value += a * b
            pull += b * above.influence[:, 1] + a * below.influence[:, 2 + k]
            parts[name] = {"per_treatment": a, "on_outcome": b}
        pulls, groups = summed(pull[:, None], sample)
        std_error = float(np.sqrt(np.sum(pulls**2)))
        low, high, p = interval(value, std_error, below.df if groups is None else groups)
        return Fit(value, std_error, low, high, {"paths": parts, "p_value": p})


class FrontDoorOneStep(Estimator):
    """The front-door formula by its efficient influence function, cross-fitted ensembles (Fulcher et al.
    2020, without covariates). The mediators' densities enter only as the treatment's chance given them
    (Bayes' rule), so that they may be many and of any kind.
    """

    name: ClassVar[str] = "frontdoor-one-step"
    summary: ClassVar[str] = (
        "front-door formula by its influence function, treatment with two values"
    )

    def unfit(self, estimand: Estimand, sample: Sample) -> str:
        if estimand.method != "frontdoor":
            return "it needs a front-door estimand"
        levels, counts = np.unique(sample.x, return_counts=True)
        if len(levels) != 2:
            return f"it needs a treatment with two values, and there are {len(levels)}"
        return f"each arm needs {FEWEST} rows" if counts.min() < FEWEST else ""

    def fit(self, estimand: Estimand, sample: Sample, seed: int) -> Fit:
        labels, m = sample.covariates(estimand.adjustment)
        if not m.shape[1]:
            raise DataError(
                f"{', '.join(estimand.adjustment)} do not vary", where=sample.where,
                hint="Without that variation nothing of the effect is seen to go through them.",
            )  # fmt: skip
        order = canonical_order([sample.x, sample.y, *m.T, sample.w])
        sample, m = sample.take(order), m[order]
        m = (m - m.mean(axis=0)) / m.std(axis=0)
        low, high = np.unique(sample.x)
        t, w = (sample.x == high).astype(np.float64), sample.w
        spread = float(sample.y.std())
        y = (sample.y - sample.y.mean()) / spread
        folds = folds_of(t, seed, sample.clusters)
        share = float(np.average(t, weights=w))
        chance = propensities(m, t, folds, seed, w)
        p = np.clip(chance.values, LEAST, 1 - LEAST)
        upper, lower = means(m, y, t == 1, folds, seed, w), means(m, y, t == 0, folds, seed, w)
        own = np.where(t == 1, upper.values, lower.values)
        both = share * upper.values + (1 - share) * lower.values
        arms = []
        for a in (1, 0):
            rows, part = t == a, share if a else 1 - share
            # p(m | a) / p(m | own treatment), by Bayes' rule
            given_m, own_m = (p if a else 1 - p), np.where(t == 1, p, 1 - p)
            ratio = given_m / part * np.where(t == 1, share, 1 - share) / own_m
            # the mean outcome under each x', with the mediators as they are at a
            at = {
                k: float(np.average(v.values[rows], weights=w[rows]))
                for k, v in ((1, upper), (0, lower))
            }
            settled = np.where(t == 1, at[1], at[0])
            centre = share * at[1] + (1 - share) * at[0]
            arms.append(ratio * (y - own) + rows / part * (both - centre) + settled)
        scores = arms[0] - arms[1]
        value = float(np.average(scores, weights=w))
        std_error, df = spread_of(scores - value, sample)
        scale = spread / float(high - low)
        value, std_error = value * scale, std_error * scale
        ci_low, ci_high, p_value = interval(value, std_error, df)
        told = {
            "p_value": p_value, "mediators": labels,
            "learners": {
                "treatment given mediators": chance.shares, f"outcome at {high:g}": upper.shares,
                f"outcome at {low:g}": lower.shares,
            },
            "chance_given_mediators": {
                "lowest": float(chance.values.min()), "highest": float(chance.values.max()),
            },
        }  # fmt: skip
        return Fit(value, std_error, ci_low, ci_high, told)
