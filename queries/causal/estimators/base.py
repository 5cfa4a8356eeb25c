"""What an estimator is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from queries.causal.results import Estimand
from queries.causal.sample import Array, Sample

__all__ = ["LEVEL", "Estimator", "Fit"]

LEVEL = 0.95
"""coverage of every interval"""


@dataclass(frozen=True, slots=True)
class Fit:
    """A number with its uncertainty. ``diagnostics`` is plain data."""

    value: float
    std_error: float
    ci_low: float
    ci_high: float
    diagnostics: Mapping[str, Any] = field(default_factory=dict)


class Estimator(ABC):
    """One way to get a number for an estimand from data.

    Every implementation stands in :data:`queries.causal.estimators.REGISTRY` and goes through the
    contract tests: coverage in simulation, nothing found in permuted data, the same result after
    columns are renamed, rows shuffled, or values shifted and scaled.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    effect: ClassVar[str] = "average"
    """whose effect it gives: ``average`` or ``on the treated``"""
    models_missing: ClassVar[bool] = False
    """whether rows that lack only the outcome are used: their chance to have it is modelled"""

    @abstractmethod
    def unfit(self, estimand: Estimand, sample: Sample) -> str:
        """Return why it cannot be used here, or an empty text if it can."""

    @abstractmethod
    def fit(self, estimand: Estimand, sample: Sample, seed: int) -> Fit:
        """Return the change of the outcome's mean per unit of treatment.

        Raises:
            DataError: if these rows do not allow it.
        """


def interval(value: float, std_error: float, df: float) -> tuple[float, float, float]:
    """Return the ends of the interval and the p-value of no effect, from Student's t."""
    from scipy import special

    half = float(special.stdtrit(df, 0.5 + LEVEL / 2)) * std_error
    p = (
        float(2 * special.stdtr(df, -abs(value) / std_error))
        if std_error > 0
        else float(value == 0)
    )
    return value - half, value + half, p


def spread_of(influence: Array, sample: Sample) -> tuple[float, float]:
    """Return the standard error of a weighted mean of influences and its degrees of freedom.

    ``influence`` has shape ``(n,)`` and weighted mean zero; rows of a cluster are summed first (Liang
    and Zeger 1986).
    """
    pull = influence * sample.w
    if sample.clusters is not None:
        sums = np.bincount(sample.clusters, pull).astype(np.float64)
        pull = sums[np.bincount(sample.clusters) > 0]
    groups = len(pull)
    variance = float(pull @ pull) * groups / (groups - 1) / sample.n**2
    return float(np.sqrt(variance)), groups - 1.0


def summed(influence: Array, sample: Sample) -> tuple[Array, float | None]:
    """Return rows' influences ``(n, k)`` summed within clusters, and the degrees of freedom that leaves
    (None if rows are independent)."""
    if sample.clusters is None:
        return influence, None
    groups = sample.clusters.max() + 1
    pulls = np.zeros((groups, influence.shape[1]))
    np.add.at(pulls, sample.clusters, influence)
    pulls = pulls[np.bincount(sample.clusters, minlength=groups) > 0]
    return pulls * np.sqrt(len(pulls) / (len(pulls) - 1)), len(pulls) - 1.0
