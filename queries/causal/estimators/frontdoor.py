"""Front-door by products of regression coefficients, for linear relations."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from graph.errors import DataError
from queries.causal.estimators.base import Estimator, Fit, interval
from queries.causal.estimators.regression import independent, regress
from queries.causal.results import Estimand
from queries.causal.sample import Sample

__all__ = ["FrontDoorRegression"]


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
            y, np.column_stack([one, x, mediators]), ["constant", sample.treatment, *names], sample.where
        )  # fmt: skip
        value, pull = 0.0, np.zeros(sample.n)
        parts = {}
        for k, name in enumerate(names):
            above = regress(
                mediators[:, k], np.column_stack([one, x]), ["constant", sample.treatment], sample.where
            )  # fmt: skip
            a, b = float(above.coefficients[1]), float(below.coefficients[2 + k])
            value += a * b
            pull += b * above.influence[:, 1] + a * below.influence[:, 2 + k]
            parts[name] = {"per_treatment": a, "on_outcome": b}
        std_error = float(np.sqrt(pull @ pull))
        low, high, p = interval(value, std_error, below.df)
        return Fit(value, std_error, low, high, {"paths": parts, "p_value": p})
