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


def balance(x: Array, labels: list[str], covariates: Array) -> dict[str, Any]:
    """Return how a two-valued treatment's arms differ: sizes, standardised mean differences."""
    low, high = np.unique(x)
    upper = x == high
    found: dict[str, Any] = {
        "arms": {f"{low:g}": int((~upper).sum()), f"{high:g}": int(upper.sum())}
    }
    apart = {}
    for label, column in zip(labels, covariates.T, strict=True):
        a, b = column[upper], column[~upper]
        spread = np.sqrt((a.var() + b.var()) / 2)
        apart[label] = round(float((a.mean() - b.mean()) / spread), 4) if spread > 0 else None
    return {**found, "standardised_differences": apart}
