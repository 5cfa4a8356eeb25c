"""A treatment with two values: what all estimators that compare its arms start from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from queries.causal.estimators.gaussian_process import GaussianProcess
from queries.causal.estimators.nuisance import (
    Learned,
    canonical_order,
    folds_of,
    means,
    process_fits,
    propensities,
)
from queries.causal.results import Estimand
from queries.causal.sample import Array, Sample

__all__ = ["FEWEST", "TRIM", "Arms", "Nuisances", "two_arms_unfit"]

TRIM = 0.01
"""propensities are kept this far from 0 and 1"""
FEWEST = 20
"""rows with an outcome that each arm must have"""
LEAST_SEEN = 0.05
"""the chance to have an outcome is kept above this"""


def two_arms_unfit(estimand: Estimand, sample: Sample) -> str:
    """Why a comparison of two arms by adjustment cannot be made here, or an empty text."""
    if estimand.method != "backdoor":
        return "it needs a back-door estimand"
    if estimand.given:
        return "conditional effects are given by effects_by_unit"
    levels, counts = np.unique(sample.x[sample.seen], return_counts=True)
    if len(levels) != 2:
        return f"it needs a treatment with two values, and there are {len(levels)}"
    if counts.min() < FEWEST:
        return f"each arm needs {FEWEST} rows, and one has {counts.min()}"
    return ""


@dataclass(frozen=True, eq=False)
class Arms:
    """Rows in an order that depends on their values only; outcome and covariates standardised.

    Attributes:
        sample: the rows, ordered.
        labels: of the columns of ``z``.
        raw: what is adjusted for, shape ``(n, k)``.
        z: the same, standardised.
        levels: the treatment's two values.
        treated: 0 or 1 a row.
        y: the outcome, standardised; 0 where it is missing.
        centre, spread: of the outcome: ``y * spread + centre`` is in its units.
        order: which row of the sample given each row is.
    """

    sample: Sample
    labels: list[str]
    raw: Array
    z: Array
    levels: tuple[float, float]
    treated: Array
    y: Array
    centre: float
    spread: float
    order: npt.NDArray[np.intp]

    @classmethod
    def of(cls, estimand: Estimand, sample: Sample) -> Arms:
        """Take the rows of a sample."""
        labels, raw = sample.covariates(estimand.adjustment)
        order = canonical_order([sample.x, sample.y, *raw.T, sample.w])
        sample, raw = sample.take(order), raw[order]
        low, high = np.unique(sample.x)
        z = (raw - raw.mean(axis=0)) / raw.std(axis=0) if raw.shape[1] else raw
        seen, y = sample.seen, sample.y
        centre, spread = float(y[seen].mean()), float(y[seen].std())
        return cls(
            sample, labels, raw, z, (float(low), float(high)),
            (sample.x == high).astype(np.float64),
            np.where(seen, (y - centre) / spread, 0.0), centre, spread, order,
        )  # fmt: skip

    @property
    def scale(self) -> float:
        """From a difference of standardised outcomes to the outcome's units per unit of treatment."""
        return self.spread / (self.levels[1] - self.levels[0])

    @property
    def w(self) -> Array:
        """What each row counts, mean 1."""
        return self.sample.w

    @cached_property
    def seen(self) -> npt.NDArray[np.bool_]:
        """Which rows have the outcome."""
        return self.sample.seen

    def mean(self, values: Array) -> float:
        """Weighted mean over the rows."""
        return float(np.average(values, weights=self.w))


@dataclass(frozen=True, eq=False)
class Nuisances:
    """Cross-fitted propensity, outcome means in both arms, and the chance to have an outcome.

    Attributes:
        observed: that chance, shape ``(n,)``, 1 where no outcome is missing.
        folds: of each row.
        process: a Gaussian process of both arms, of the rows with an outcome, if these are neither too few
            nor too many.
    """

    propensity: Learned
    upper: Learned
    lower: Learned
    observed: Array
    folds: npt.NDArray[np.intp]
    process: GaussianProcess | None = None

    @classmethod
    def learn(cls, arms: Arms, seed: int) -> Nuisances:
        """Fit them all."""
        t, seen = arms.treated, arms.seen
        folds = folds_of(t + 2 * seen, seed, arms.sample.clusters)
        observed = np.ones(len(t))
        if not seen.all():
            columns = np.column_stack([arms.z, t])
            found = propensities(columns, seen.astype(np.float64), folds, seed, arms.w).values
            observed = np.maximum(found, LEAST_SEEN)
        process, sides = _process(arms, folds, seed)
        return cls(
            propensities(arms.z, t, folds, seed, arms.w),
            means(arms.z, arms.y, (t == 1) & seen, folds, seed, arms.w, sides[0]),
            means(arms.z, arms.y, (t == 0) & seen, folds, seed, arms.w, sides[1]),
            observed,
            folds,
            process,
        )

    def scores(self, arms: Arms, score: Array | None = None) -> Array:
        """Each row's doubly robust score, whose mean is the effect (Robins, Rotnitzky and Zhao 1994): in
        standardised units; rows without an outcome enter by their means."""
        if score is None:
            score = np.clip(self.propensity.values, TRIM, 1 - TRIM)
        upper, lower, t = self.upper.values, self.lower.values, arms.treated
        heard = arms.seen / self.observed
        return np.asarray(
            upper - lower
            + heard * (t * (arms.y - upper) / score - (1 - t) * (arms.y - lower) / (1 - score))
        )  # fmt: skip

    def told(self, arms: Arms) -> dict[str, Any]:
        """What was learned by what, for diagnostics."""
        low, high = arms.levels
        parts = {
            "propensity": self.propensity, f"outcome at {high:g}": self.upper,
            f"outcome at {low:g}": self.lower,
        }  # fmt: skip
        found: dict[str, Any] = {
            "learners": {name: part.shares for name, part in parts.items()},
            "held_out_losses": {name: part.losses for name, part in parts.items()},
        }
        if not arms.seen.all():
            found["missing_outcome"] = {
                "rows": int((~arms.seen).sum()), "handled": "modelled",
                "lowest_chance_to_be_seen": float(self.observed.min()),
            }  # fmt: skip
        return found


def _process(
    arms: Arms, folds: npt.NDArray[np.intp], seed: int
) -> tuple[GaussianProcess | None, tuple[dict[str, Array], dict[str, Array]]]:
    """A Gaussian process of both arms, and its held-out means in each."""
    seen, k = arms.seen, arms.z.shape[1]
    if not process_fits(int(seen.sum()), k):
        return None, ({}, {})
    process = GaussianProcess(arms=True, seed=seed)
    process.fit(arms.z[seen], arms.y[seen], arms.treated[seen], arms.w[seen])
    found = []
    inside = process.held_out(folds[seen])
    for side, t in zip(inside, (1.0, 0.0), strict=True):
        values = np.empty(len(folds))
        values[seen] = side
        if not seen.all():
            values[~seen] = process.predict(arms.z[~seen], np.full(int((~seen).sum()), t))
        found.append({"gaussian process": values})
    return process, (found[0], found[1])
