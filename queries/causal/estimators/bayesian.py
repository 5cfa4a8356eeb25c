"""The average effect from a Gaussian process whose effect is a function of its own."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from queries.causal.estimators.arms import TRIM, Arms, Nuisances, two_arms_unfit
from queries.causal.estimators.base import Estimator, Fit, interval
from queries.causal.estimators.nuisance import PROCESS_COLUMNS, PROCESS_ROWS
from queries.causal.overlap import arms_report
from queries.causal.results import Estimand
from queries.causal.sample import Sample

__all__ = ["ProcessMean"]

DOUBT = 2.0
"""how many times the distance to the other estimators is taken as a standard error of what all leave
undone; chosen on simulated draws (the seeds below 1,000 of benchmarks.estimation_suite)"""


class ProcessMean(Estimator):
    """Posterior mean of the average effect by :mod:`queries.causal.estimators.gaussian_process`.

    Under heavy confounding it is nearer to the truth than weighting, but its posterior knows nothing of what its
    prior cannot follow. The standard error therefore has three parts: the posterior's, the sampling of the rows, and
    twice the root mean square distance to AIPW and to the X-learner with the same nuisances.
    """

    name: ClassVar[str] = "gp"
    summary: ClassVar[str] = "Gaussian process of both arms; for few rows and strong confounding"

    def unfit(self, estimand: Estimand, sample: Sample) -> str:
        if reason := two_arms_unfit(estimand, sample):
            return reason
        if sample.clusters is not None:
            return "its posterior takes rows as independent, and there are clusters"
        rows, columns = int(sample.seen.sum()), sample.covariates(estimand.adjustment)[1].shape[1]
        if not (PROCESS_ROWS[0] <= rows <= PROCESS_ROWS[1] and 0 < columns <= PROCESS_COLUMNS):
            return (
                f"it is for {PROCESS_ROWS[0]} to {PROCESS_ROWS[1]} rows and 1 to {PROCESS_COLUMNS} columns, and "
                f"there are {rows} and {columns}"
            )
        return ""

    def fit(self, estimand: Estimand, sample: Sample, seed: int) -> Fit:
        from queries.causal.metalearners import fits

        arms = Arms.of(estimand, sample)
        found = Nuisances.learn(arms, seed)
        assert found.process is not None
        effect = fits("gp", arms, found, seed).values
        value = arms.mean(effect)
        others = {
            "aipw": arms.mean(found.scores(arms)),
            "x-learner": arms.mean(fits("x", arms, found, seed).values),
        }
        parts = {
            "posterior": found.process.average(arms.w[arms.seen]),
            "rows": float(np.sqrt(arms.mean((effect - value) ** 2) / len(effect))),
            "disagreement": DOUBT
            * float(np.sqrt(np.mean([(value - o) ** 2 for o in others.values()]))),
        }
        std_error = float(np.sqrt(sum(p**2 for p in parts.values())))
        low, high, p = interval(value * arms.scale, std_error * arms.scale, len(arms.y) - 1.0)
        score = np.clip(found.propensity.values, TRIM, 1 - TRIM)
        weights = np.where(arms.treated == 1, 1 / score, 1 / (1 - score))
        told: dict[str, Any] = {
            "p_value": p,
            "std_error_parts": {k: v * arms.scale for k, v in parts.items()},
            "others": {k: v * arms.scale for k, v in others.items()},
            **found.told(arms),
            **arms_report(
                arms.labels, arms.raw, arms.treated, found.propensity.values, weights, arms.levels, arms.w
            ),
        }  # fmt: skip
        return Fit(value * arms.scale, std_error * arms.scale, low, high, told)
