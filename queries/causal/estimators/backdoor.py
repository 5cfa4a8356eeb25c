"""Back-door adjustment by linear regression: plain, and interacted with the covariates."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from graph.errors import DataError
from queries.causal.estimators.base import Estimator, Fit, interval, summed
from queries.causal.estimators.regression import Regression, independent, regress, shortly
from queries.causal.results import Estimand
from queries.causal.sample import Array, Sample

__all__ = ["InteractedRegression", "LinearRegression"]

ROWS_PER_COEFFICIENT = 5


class LinearRegression(Estimator):
    """Coefficient of the treatment in ``outcome ~ treatment + adjustment``; HC3 standard error.

    The effect is taken to be linear in the treatment and the same for all.
    """

    name: ClassVar[str] = "linear"
    summary: ClassVar[str] = "least squares on treatment and adjustment set, HC3 standard error"
    interacted: ClassVar[bool] = False

    def unfit(self, estimand: Estimand, sample: Sample) -> str:
        if estimand.method != "backdoor":
            return "it needs a back-door estimand"
        return "conditional effects are not estimated yet" if estimand.given else ""

    def fit(self, estimand: Estimand, sample: Sample, seed: int) -> Fit:
        x, y = sample.x, sample.y
        labels, z = sample.covariates(estimand.adjustment)
        kept = independent(z)
        left_out = [label for k, label in enumerate(labels) if k not in kept]
        labels, z = [labels[k] for k in kept], z[:, kept]
        if z.shape[1]:
            z = z - np.average(z, axis=0, weights=sample.weights)
        _overlap(x, z, labels, sample)
        # centred, so that the treatment's coefficient is the effect at the mean of the covariates
        columns, names = (
            [np.ones((sample.n, 1)), x[:, None], z],
            ["constant", sample.treatment, *labels],
        )
        if self.interacted:
            columns.append(x[:, None] * z)
            names += [f"{sample.treatment} x {label}" for label in labels]
        found = regress(y, np.hstack(columns), names, sample.where, sample.weights)
        value = float(found.coefficients[1])
        pulls, groups = summed(self._pull(found, z, sample)[:, None], sample)
        std_error = float(np.sqrt(np.sum(pulls**2)))
        low, high, p = interval(value, std_error, found.df if groups is None else groups)
        diagnostics: dict[str, Any] = {
            "model": f"{sample.outcome} ~ {' + '.join(names[1:])}",
            "p_value": p,
            "r2": found.r2,
            "coefficients": dict(zip(names, map(float, found.coefficients), strict=True)),
        }
        if left_out:
            diagnostics["left_out_as_redundant"] = left_out
        return Fit(value, std_error, low, high, diagnostics)

    def _pull(self, found: Regression, z: Array, sample: Sample) -> Array:
        """Each row's pull on the effect; where effects differ, also by moving the covariates' means."""
        pull = found.influence[:, 1]
        if not self.interacted or not z.shape[1]:
            return pull
        slopes = found.coefficients[2 + z.shape[1] :]
        return pull + sample.w * (z @ slopes) / sample.n


class InteractedRegression(LinearRegression):
    """As :class:`LinearRegression`, with treatment-covariate products (Lin 2013).

    The average effect is right when effects differ linearly with the covariates.
    """

    name: ClassVar[str] = "interacted"
    summary: ClassVar[str] = "least squares with treatment-covariate products, HC3 standard error"
    interacted: ClassVar[bool] = True


def roomy(estimand: Estimand, sample: Sample) -> bool:
    """Whether both arms of a two-valued treatment have rows enough for a regression of their own."""
    levels, counts = np.unique(sample.x, return_counts=True)
    if len(levels) != 2 or not estimand.adjustment:
        return False
    k = 1 + sample.covariates(estimand.adjustment)[1].shape[1]
    return int(counts.min()) >= ROWS_PER_COEFFICIENT * k


def _overlap(x: Array, z: Array, labels: list[str], sample: Sample) -> None:
    if 0 < z.shape[1] < sample.n - 1 and z.shape[1] not in independent(np.column_stack([z, x])):
        raise DataError(
            f"the treatment {sample.treatment!r} is decided by {shortly(labels)}: at the same "
            "values of these it never differs",
            where=sample.where,
            hint="There is nothing to compare; another adjustment set or other data is needed.",
        )
