"""Doubly robust estimators of a two-valued treatment's effect: AIPW (on all, on the treated), TMLE, and
interactive double machine learning.

Right if either the propensities or the outcome means are. Nuisances are cross-fitted
(Chernozhukov et al. 2018) ensembles (:mod:`queries.causal.estimators.nuisance`). Rows that lack only the
outcome are used: right if it is missing at random given treatment and adjustment set.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from graph.errors import DataError
from queries.causal.estimators.arms import TRIM, Arms, Nuisances, two_arms_unfit
from queries.causal.estimators.base import Estimator, Fit, interval, spread_of
from queries.causal.overlap import arms_report
from queries.causal.results import Estimand
from queries.causal.sample import Array, Sample

__all__ = ["AIPW", "TMLE", "AIPWTreated", "InteractiveDML"]

MOST_TRIMMED = 0.1
"""a larger share of trimmed rows than this means that the arms do not overlap"""


class _DoublyRobust(Estimator):
    models_missing: ClassVar[bool] = True
    repeats: ClassVar[int] = 1
    """how many random splits; the median of their estimates is taken"""

    def unfit(self, estimand: Estimand, sample: Sample) -> str:
        return two_arms_unfit(estimand, sample)

    def fit(self, estimand: Estimand, sample: Sample, seed: int) -> Fit:
        arms = Arms.of(estimand, sample)
        values, errors = [], []
        told: dict[str, Any] = {}
        for k in range(self.repeats):
            nuisances = Nuisances.learn(arms, seed + 1000 * k)
            value, std_error, said = self._once(arms, nuisances)
            values.append(value)
            errors.append(std_error)
            told = told or said
        value = float(np.median(values))
        # the variance over splits as well (Chernozhukov et al. 2018, definition 3.3)
        std_error = float(np.sqrt(np.median(np.square(errors) + (np.array(values) - value) ** 2)))
        df = len(arms.y) - 1.0 if sample.clusters is None else len(np.unique(sample.clusters)) - 1.0
        ci_low, ci_high, p_value = interval(value, std_error, df)
        if self.repeats > 1:
            told["splits"] = {"number": self.repeats, "lowest": min(values), "highest": max(values)}
        return Fit(value, std_error, ci_low, ci_high, {"p_value": p_value, **told})

    def _once(self, arms: Arms, nuisances: Nuisances) -> tuple[float, float, dict[str, Any]]:
        raw = nuisances.propensity.values
        score = np.clip(raw, self._least, 1 - TRIM)
        trimmed = int(np.sum(score != raw))
        if trimmed > MOST_TRIMMED * self._compared(arms.treated):
            raise DataError(
                f"the arms of {arms.sample.treatment!r} do not overlap: {trimmed} of {len(raw)} rows could "
                f"be told apart almost surely (propensity below {self._least} or above {1 - TRIM})",
                where=arms.sample.where,
                hint="Restrict the data to units that could have had either, or adjust for less; "
                "'ipw-trimmed' restricts it.",
            )
        value, influence = self._estimate(arms, nuisances, score)
        std_error = spread_of(influence, arms.sample)[0] * arms.scale
        report = arms_report(
            arms.labels, arms.raw, arms.treated, raw, self._weights(arms.treated, score), arms.levels,
            arms.w,
        )  # fmt: skip
        report["propensity"]["trimmed"] = trimmed
        return value * arms.scale, std_error, {**nuisances.told(arms), **report}

    _least: ClassVar[float] = TRIM

    @staticmethod
    def _compared(treated: Array) -> float:
        """Rows that the share of trimmed ones is of."""
        return float(len(treated))

    @staticmethod
    def _weights(treated: Array, score: Array) -> Array:
        """What each row stands for when the arms are compared."""
        return np.where(treated == 1, 1 / score, 1 / (1 - score))

    @abstractmethod
    def _estimate(self, arms: Arms, found: Nuisances, score: Array) -> tuple[float, Array]:
        """Return the effect and each row's influence on it, for standardised outcomes."""


class AIPW(_DoublyRobust):
    """Augmented inverse probability weighting (Robins, Rotnitzky and Zhao 1994), cross-fitted."""

    name: ClassVar[str] = "aipw"
    summary: ClassVar[str] = "augmented inverse probability weighting, cross-fitted learners"

    def _estimate(self, arms: Arms, found: Nuisances, score: Array) -> tuple[float, Array]:
        parts = found.scores(arms, score)
        value = arms.mean(parts)
        return value, parts - value


class InteractiveDML(AIPW):
    """Double machine learning in the interactive model (Chernozhukov et al. 2018, section 5.1): AIPW
    over three random splits, whose median is taken."""

    name: ClassVar[str] = "dml-interactive"
    summary: ClassVar[str] = "double machine learning, two-valued treatment, median of three splits"
    repeats: ClassVar[int] = 3


class AIPWTreated(_DoublyRobust):
    """Augmented inverse probability weighting for the effect on the treated (Hahn 1998; Chernozhukov et
    al. 2018, equation 5.4): untreated rows are weighted to look like the treated, so that only treated
    rows unlike any other are a problem; untreated rows unlike the treated are not."""

    name: ClassVar[str] = "aipw-treated"
    summary: ClassVar[str] = "the same for the effect on those who were treated"
    effect: ClassVar[str] = "on the treated"
    _least: ClassVar[float] = 0.0

    @staticmethod
    def _compared(treated: Array) -> float:
        return float(treated.sum())

    @staticmethod
    def _weights(treated: Array, score: Array) -> Array:
        return np.where(treated == 1, 1.0, score / (1 - score))

    def _estimate(self, arms: Arms, found: Nuisances, score: Array) -> tuple[float, Array]:
        t, heard = arms.treated, arms.seen / found.observed
        upper, lower = found.upper.values, found.lower.values
        share = arms.mean(t)
        # a treated row without an outcome stands with its mean
        above = arms.y if arms.seen.all() else upper + heard * (arms.y - upper)
        rest = t * (above - lower) - (1 - t) * score / (1 - score) * heard * (arms.y - lower)
        parts = rest / share
        value = arms.mean(parts)
        return value, parts - t * value / share


class TMLE(_DoublyRobust):
    """Targeted maximum likelihood (van der Laan and Rubin 2006), cross-fitted.

    The outcome is mapped to [0, 1] and the initial means are moved along a logistic path (Gruber and
    van der Laan 2010), so that means stay within what was observed.
    """

    name: ClassVar[str] = "tmle"
    summary: ClassVar[str] = "targeted maximum likelihood, cross-fitted learners"

    def _estimate(self, arms: Arms, found: Nuisances, score: Array) -> tuple[float, Array]:
        seen, t = arms.seen, arms.treated
        floor, room = float(arms.y[seen].min()), float(np.ptp(arms.y[seen]))
        outcome = (arms.y - floor) / room
        heard = seen / found.observed
        moved = []
        for values, weight, arm in (
            (found.upper.values, heard / score, (t == 1) & seen),
            (found.lower.values, heard / (1 - score), (t == 0) & seen),
        ):
            start = np.clip((values - floor) / room, 1e-4, 1 - 1e-4)
            moved.append(_targeted(outcome, np.log(start / (1 - start)), arms.w * weight, arm))
        parts = (
            moved[0] - moved[1]
            + heard * t * (outcome - moved[0]) / score
            - heard * (1 - t) * (outcome - moved[1]) / (1 - score)
        )  # fmt: skip
        value = arms.mean(moved[0] - moved[1])
        return value * room, (parts - value) * room


def _targeted(y: Array, offset: Array, weight: Array, arm: Any) -> Array:
    """Means moved so that the weighted residuals of the arm sum to zero: a logistic regression with an
    intercept alone, by Newton's method."""
    epsilon = 0.0
    for _ in range(50):
        mean = 1 / (1 + np.exp(-(offset[arm] + epsilon)))
        slope = float(np.sum(weight[arm] * (y[arm] - mean)))
        curvature = float(np.sum(weight[arm] * mean * (1 - mean)))
        step = slope / max(curvature, 1e-12)
        epsilon += float(np.clip(step, -1, 1))
        if abs(step) < 1e-12:
            break
    return np.asarray(1 / (1 + np.exp(-(offset + epsilon))))
