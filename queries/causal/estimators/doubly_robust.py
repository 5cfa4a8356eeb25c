"""Doubly robust estimators of a two-valued treatment's effect: AIPW (on all, on the treated) and TMLE.

Right if either the propensities or the outcome means are. Nuisances are cross-fitted
(Chernozhukov et al. 2018) by the best of several learners (:mod:`queries.causal.estimators.nuisance`).
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from graph.errors import DataError
from queries.causal.estimators.base import Estimator, Fit, balance, interval
from queries.causal.estimators.nuisance import canonical_order, folds_of, means, propensities
from queries.causal.results import Estimand
from queries.causal.sample import Array, Sample

__all__ = ["AIPW", "TMLE", "AIPWTreated"]

TRIM = 0.01
"""propensities are kept this far from 0 and 1"""
FEWEST = 20
"""rows that each arm must have"""
MOST_TRIMMED = 0.1
"""a larger share of trimmed rows than this means that the arms do not overlap"""


class _DoublyRobust(Estimator):
    def unfit(self, estimand: Estimand, sample: Sample) -> str:
        if estimand.method != "backdoor":
            return "it needs a back-door estimand"
        if estimand.given:
            return "conditional effects are not estimated yet"
        levels, counts = np.unique(sample.x, return_counts=True)
        if len(levels) != 2:
            return f"it needs a treatment with two values, and there are {len(levels)}"
        if counts.min() < FEWEST:
            return f"each arm needs {FEWEST} rows, and one has {counts.min()}"
        return ""

    def fit(self, estimand: Estimand, sample: Sample, seed: int) -> Fit:
        labels, z = sample.covariates(estimand.adjustment)
        low, high = np.unique(sample.x)
        order = canonical_order([sample.x, sample.y, *z.T])
        z, y, x = z[order], sample.y[order], sample.x[order]
        told = balance(x, labels, z)
        treated = (x == high).astype(np.float64)
        if z.shape[1]:
            z = (z - z.mean(axis=0)) / z.std(axis=0)
        centre, spread = float(y.mean()), float(y.std())
        y = (y - centre) / spread
        folds = folds_of(treated, seed)
        p = propensities(z, treated, folds, seed)
        upper = means(z, y, treated == 1, folds, seed)
        lower = means(z, y, treated == 0, folds, seed)
        score = np.clip(p.values, self._least, 1 - TRIM)
        trimmed = int(np.sum(score != p.values))
        if trimmed > MOST_TRIMMED * self._compared(treated):
            raise DataError(
                f"the arms of {sample.treatment!r} do not overlap: {trimmed} of {len(y)} rows could "
                f"be told apart almost surely (propensity below {self._least} or above {1 - TRIM})",
                where=sample.where,
                hint="Restrict the data to units that could have had either, or adjust for less.",
            )
        value, influence = self._estimate(y, treated, score, upper.values, lower.values)
        scale = spread / (high - low)
        std_error = float(np.std(influence, ddof=1) / np.sqrt(len(y))) * scale
        value *= scale
        ci_low, ci_high, p_value = interval(value, std_error, len(y) - 1)
        weights = self._weights(treated, score)
        diagnostics: dict[str, Any] = {
            "p_value": p_value,
            "learners": {
                "propensity": p.learner, f"outcome at {high:g}": upper.learner,
                f"outcome at {low:g}": lower.learner,
            },
            "held_out_losses": {
                "propensity": p.losses, f"outcome at {high:g}": upper.losses,
                f"outcome at {low:g}": lower.losses,
            },
            "propensity": {
                "lowest": float(p.values.min()), "highest": float(p.values.max()), "trimmed": trimmed,
            },
            "effective_rows": {
                f"{level:g}": float(w.sum() ** 2 / (w**2).sum())
                for level, w in ((low, weights[treated == 0]), (high, weights[treated == 1]))
            },
            **told,
        }  # fmt: skip
        return Fit(value, std_error, ci_low, ci_high, diagnostics)

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
    def _estimate(
        self, y: Array, treated: Array, score: Array, upper: Array, lower: Array
    ) -> tuple[float, Array]:
        """Return the effect and each row's influence on it, for standardised outcomes."""


class AIPW(_DoublyRobust):
    """Augmented inverse probability weighting (Robins, Rotnitzky and Zhao 1994), cross-fitted."""

    name: ClassVar[str] = "aipw"
    summary: ClassVar[str] = "augmented inverse probability weighting, cross-fitted learners"

    def _estimate(
        self, y: Array, treated: Array, score: Array, upper: Array, lower: Array
    ) -> tuple[float, Array]:
        parts = (
            upper
            - lower
            + treated * (y - upper) / score
            - (1 - treated) * (y - lower) / (1 - score)
        )
        value = float(parts.mean())
        return value, parts - value


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

    def _estimate(
        self, y: Array, treated: Array, score: Array, upper: Array, lower: Array
    ) -> tuple[float, Array]:
        share = float(treated.mean())
        rest = y - lower
        parts = (treated * rest - (1 - treated) * score / (1 - score) * rest) / share
        value = float(parts.mean())
        return value, parts - treated * value / share


class TMLE(_DoublyRobust):
    """Targeted maximum likelihood (van der Laan and Rubin 2006), cross-fitted.

    The outcome is mapped to [0, 1] and the initial means are moved along a logistic path (Gruber and
    van der Laan 2010), so that means stay within what was observed.
    """

    name: ClassVar[str] = "tmle"
    summary: ClassVar[str] = "targeted maximum likelihood, cross-fitted learners"

    def _estimate(
        self, y: Array, treated: Array, score: Array, upper: Array, lower: Array
    ) -> tuple[float, Array]:
        floor, room = float(y.min()), float(np.ptp(y))
        outcome = (y - floor) / room
        moved = []
        for values, weight, arm in (
            (upper, 1 / score, treated == 1),
            (lower, 1 / (1 - score), treated == 0),
        ):
            start = np.clip((values - floor) / room, 1e-4, 1 - 1e-4)
            offset = np.log(start / (1 - start))
            moved.append(_targeted(outcome, offset, weight, arm))
        parts = (
            moved[0]
            - moved[1]
            + treated * (outcome - moved[0]) / score
            - (1 - treated) * (outcome - moved[1]) / (1 - score)
        )
        value = float(np.mean(moved[0] - moved[1]))
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
