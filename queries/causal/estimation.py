"""From an estimand and data to a number with an interval."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal.estimators import REGISTRY, Estimator, Fit
from queries.causal.estimators.arms import LEAST_SEEN
from queries.causal.estimators.backdoor import roomy
from queries.causal.estimators.nuisance import canonical_order, folds_of, propensities
from queries.causal.overlap import need_overlap, quick_report
from queries.causal.results import Estimand, Estimate, Refusal
from queries.causal.sample import Sample, prepare

__all__ = ["estimate"]

MISSING = ("auto", "drop", "weight")


def estimate(
    estimand: Estimand | Refusal,
    data: Dataset,
    *,
    estimator: str = "auto",
    seed: int = 0,
    weights: str | None = None,
    clusters: str | None = None,
    missing: str = "auto",
) -> Estimate:
    """Return the change of the outcome's mean per unit of treatment.

    ``auto`` takes, for a back-door estimand, ``interacted`` when the treatment has two values and
    each arm at least five rows per coefficient, else ``linear``; for a front-door one ``plug-in``
    when all its variables are discrete, else ``frontdoor-linear``; for any other ``plug-in``.

    Args:
        estimand: what :func:`queries.causal.identify` returned; its variables are column names.
        data: the table; rows with a missing value in a needed column other than the outcome are left
            out and counted in ``diagnostics``.
        estimator: a name in :data:`queries.causal.estimators.REGISTRY`, or ``auto``.
        seed: for estimators that resample.
        weights: column that says what each row counts (sampling weights), positive.
        clusters: column whose equal values mark rows that belong together: standard errors sum over
            them, and cross-fitting never divides them.
        missing: what is done about rows that lack only the outcome. ``auto``: estimators that can, model
            it, others leave them out (and say so); ``drop``; ``weight``: complete rows stand for rows
            like them, by the cross-fitted chance to have the outcome given treatment and adjustment set.

    Raises:
        RefusedError: if ``estimand`` is a refusal.
        UsageError: for an unknown estimator or way with missing outcomes.
        DataError: if these data cannot give the number, naming columns and what to do.
    """
    if isinstance(estimand, Refusal):
        estimand.raise_()
    if estimator != "auto" and estimator not in REGISTRY:
        raise UsageError(
            f"there is no estimator {estimator!r}", hint=f"There are auto, {', '.join(REGISTRY)}."
        )
    if missing not in MISSING:
        raise UsageError(
            f"missing outcomes cannot be treated by {missing!r}",
            hint=f"There are {', '.join(MISSING)}.",
        )
    sample = prepare(estimand, data, weights=weights, clusters=clusters, keep_missing=True)
    whole = sample.take(sample.seen)
    chosen = _choose(estimand, whole) if estimator == "auto" else REGISTRY[estimator]
    sample, told = _without_outcome(sample, whole, estimand, chosen, missing, seed)
    if reason := chosen.unfit(estimand, sample):
        hint = "Discrete columns can be estimated by plug-in." if estimator == "auto" else None
        raise DataError(
            f"{estimand.query} ({estimand.method}) is not estimable yet from these data: for "
            f"{chosen.name!r}, {reason}",
            where=sample.where,
            hint=hint,
        )
    if estimand.method == "backdoor":
        need_overlap(sample, estimand.adjustment)
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
        diagnostics={
            **sample.diagnostics,
            **told,
            **_compared(estimand, sample, fit),
            **fit.diagnostics,
        },
        effect=chosen.effect,
    )


def _without_outcome(
    sample: Sample, whole: Sample, estimand: Estimand, chosen: Estimator, missing: str, seed: int
) -> tuple[Sample, dict[str, Any]]:
    """The rows to use, and what was done about those that lack only the outcome."""
    lacking = sample.n - whole.n
    if not lacking or (missing == "auto" and chosen.models_missing):
        return sample, {}
    dropped = {"dropped": int(sample.diagnostics["dropped"]) + lacking}
    if missing != "weight":
        told = {"rows": lacking, "handled": "left out"}
        return whole, {**dropped, "missing_outcome": told}
    if estimand.method == "no-effect":
        return whole, dropped
    names = tuple(n for n in estimand.adjustment if n != sample.treatment)
    _, z = sample.covariates((*names, sample.treatment))
    order = canonical_order([*z.T, sample.y])
    z, seen, w = z[order], sample.seen[order], sample.w[order]
    z = (z - z.mean(axis=0)) / z.std(axis=0)
    clusters = None if sample.clusters is None else sample.clusters[order]
    chance = np.empty(sample.n)
    folds = folds_of(seen.astype(np.float64), seed, clusters)
    chance[order] = propensities(z, seen.astype(np.float64), folds, seed, w).values
    chance = np.maximum(chance, LEAST_SEEN)
    weighted = sample.w[sample.seen] / chance[sample.seen]
    told = {
        "rows": lacking, "handled": "weighted", "lowest_chance_to_be_seen": float(chance.min()),
    }  # fmt: skip
    return replace(whole, weights=weighted / weighted.mean()), {**dropped, "missing_outcome": told}


def _compared(estimand: Estimand, sample: Sample, fit: Fit) -> dict[str, Any]:
    """Overlap and balance, where the estimator has not said how they are."""
    if estimand.method != "backdoor" or "differences_after" in fit.diagnostics:
        return {}
    return quick_report(sample, estimand.adjustment)


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
