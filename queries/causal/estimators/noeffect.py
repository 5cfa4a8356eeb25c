"""Where the graph says that there is no effect: zero, and what the data say to that."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from graph.errors import DataError
from queries.causal.estimators.base import Estimator, Fit, interval
from queries.causal.estimators.regression import independent, regress
from queries.causal.results import Estimand
from queries.causal.sample import Sample

__all__ = ["NoEffect"]


class NoEffect(Estimator):
    """Zero, by the graph alone. The data's association, adjusted where the graph says that this
    leaves none, is a diagnostic: it may show the graph to be wrong, it is no effect."""

    name: ClassVar[str] = "no-effect"
    summary: ClassVar[str] = "zero by the graph; the association in the data is a diagnostic"

    def unfit(self, estimand: Estimand, sample: Sample) -> str:
        return "" if estimand.method == "no-effect" else "the graph has a causal path"

    def fit(self, estimand: Estimand, sample: Sample, seed: int) -> Fit:
        held = (*estimand.adjustment, *estimand.given)
        labels, z = sample.covariates(held)
        kept = independent(np.column_stack([z, sample.x]))
        diagnostics: dict[str, Any] = {"by_the_graph": True}
        if z.shape[1] in kept:
            design = np.column_stack(
                [np.ones(sample.n), sample.x, z[:, [k for k in kept if k < z.shape[1]]]]
            )
            names = ["constant", sample.treatment, *(labels[k] for k in kept if k < z.shape[1])]
            try:
                found = regress(sample.y, design, names, sample.where, sample.weights)
            except DataError as error:
                diagnostics["association"] = str(error)
            else:
                value = float(found.coefficients[1])
                std_error = float(np.sqrt(found.covariance[1, 1]))
                p = interval(value, std_error, found.df)[2]
                diagnostics["association"] = {
                    "adjusted_for": list(held),
                    "value": value,
                    "std_error": std_error,
                    "p_value": p,
                }
        return Fit(0.0, 0.0, 0.0, 0.0, diagnostics)
