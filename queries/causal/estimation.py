"""From an estimand and data to a number with an interval."""

from __future__ import annotations

import numpy as np

from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal.estimators import REGISTRY, Estimator
from queries.causal.estimators.backdoor import roomy
from queries.causal.results import Estimand, Estimate, Refusal
from queries.causal.sample import Sample, prepare

__all__ = ["estimate"]


def estimate(
    estimand: Estimand | Refusal, data: Dataset, *, estimator: str = "auto", seed: int = 0
) -> Estimate:
    """Return the change of the outcome's mean per unit of treatment.

    ``auto`` takes, for a back-door estimand, ``interacted`` when the treatment has two values and
    each arm at least five rows per coefficient, else ``linear``; for a front-door one ``plug-in``
    when all its variables are discrete, else ``frontdoor-linear``; for any other ``plug-in``.

    Args:
        estimand: what :func:`queries.causal.identify` returned; its variables are column names.
        data: the table; rows with a missing value in a needed column are left out and counted in
            ``diagnostics``.
        estimator: a name in :data:`queries.causal.estimators.REGISTRY`, or ``auto``.
        seed: for estimators that resample.

    Raises:
        RefusedError: if ``estimand`` is a refusal.
        UsageError: for an unknown estimator.
        DataError: if these data cannot give the number, naming columns and what to do.
    """
    if isinstance(estimand, Refusal):
        estimand.raise_()
    if estimator != "auto" and estimator not in REGISTRY:
        raise UsageError(
            f"there is no estimator {estimator!r}", hint=f"There are auto, {', '.join(REGISTRY)}."
        )
    sample = prepare(estimand, data)
    chosen = _choose(estimand, sample) if estimator == "auto" else REGISTRY[estimator]
    if reason := chosen.unfit(estimand, sample):
        hint = "Discrete columns can be estimated by plug-in." if estimator == "auto" else None
        raise DataError(
            f"{estimand.query} ({estimand.method}) is not estimable yet from these data: for "
            f"{chosen.name!r}, {reason}",
            where=sample.where,
            hint=hint,
        )
    fit = chosen.fit(estimand, sample, seed)
    numbers = (fit.value, fit.std_error, fit.ci_low, fit.ci_high)
    if not all(np.isfinite(numbers)):
        raise DataError(
            f"the estimate of {estimand.query} is not a finite number",
            where=sample.where,
            hint="The columns' values are too large or vary too little.",
        )
    return Estimate(
        *numbers,
        n=sample.n,
        units=_units(sample, data),
        data_hash=data.hash,
        estimand=estimand,
        estimator=chosen.name,
        diagnostics={**sample.diagnostics, **fit.diagnostics},
        effect=chosen.effect,
    )


def _choose(estimand: Estimand, sample: Sample) -> Estimator:
    if estimand.method == "no-effect":
        return REGISTRY["no-effect"]
    if estimand.method == "backdoor":
        return REGISTRY["interacted" if roomy(estimand, sample) else "linear"]
    plug_in = REGISTRY["plug-in"]
    if estimand.method == "frontdoor" and plug_in.unfit(estimand, sample):
        return REGISTRY["frontdoor-linear"]
    return plug_in


def _units(sample: Sample, data: Dataset) -> str:
    units = {v.column: v.unit for v in data.variables}
    above = units.get(sample.outcome) or f"unit of {sample.outcome}"
    below = units.get(sample.treatment) or f"unit of {sample.treatment}"
    return f"{above} per {below}"
