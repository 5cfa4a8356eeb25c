"""What every estimator of Mendelian randomization takes and gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import special, stats

from queries.mr.gwas import Array

__all__ = ["Effects", "Intercept", "Method", "MethodEstimate", "Settings", "conclude"]


@dataclass(frozen=True, eq=False)
class Effects:
    """Effects of variants, arrays of shape ``(variants,)``, turned so that ``bx`` is positive.

    ``bx``, ``sx``: effect on the exposure and its standard error; ``by``, ``sy``: on the outcome.
    """

    bx: Array
    sx: Array
    by: Array
    sy: Array

    @classmethod
    def make(cls, bx: Array, sx: Array, by: Array, sy: Array) -> Effects:
        """Turn the effects: which allele is counted must not matter to any estimator."""
        sign = np.where(bx < 0, -1.0, 1.0)
        return cls(bx * sign, sx, by * sign, sy)

    def __len__(self) -> int:
        return len(self.bx)

    @property
    def ratio(self) -> Array:
        """Each variant's own estimate."""
        return self.by / self.bx

    @property
    def ratio_variance(self) -> Array:
        """Its variance, second order: with the error of the effect on the exposure."""
        return (self.sy / self.bx) ** 2 + (self.by * self.sx) ** 2 / self.bx**4

    def drop(self, index: int) -> Effects:
        """Return all variants but one."""
        keep = np.arange(len(self)) != index
        return Effects(self.bx[keep], self.sx[keep], self.by[keep], self.sy[keep])


@dataclass(frozen=True, slots=True)
class Settings:
    """What may be tuned.

    Attributes:
        seed: of every random number.
        bootstraps: draws for the standard errors of medians and modes.
        penalty: a variant's weight in the penalised median is multiplied by its p-value for being an
            outlier times this, at most by 1.
        bandwidth: factor on the modified Silverman bandwidth of the modes.
        loss: of the robust profile score: ``huber``, ``tukey`` or ``l2``.
        overdispersion: whether the profile score allows every variant a small direct effect.
    """

    seed: int = 0
    bootstraps: int = 1000
    penalty: float = 20.0
    bandwidth: float = 1.0
    loss: str = "huber"
    overdispersion: bool = True


@dataclass(frozen=True, slots=True)
class Intercept:
    """Average direct effect of the variants on the outcome, from Egger regression."""

    value: float
    std_error: float
    p_value: float
    ci_low: float
    ci_high: float

    def to_json(self) -> dict[str, float]:
        """Plain data."""
        return {
            "value": self.value,
            "std_error": self.std_error,
            "p_value": self.p_value,
            "ci_low": self.ci_low,
            "ci_high": self.ci_high,
        }


@dataclass(frozen=True, slots=True)
class MethodEstimate:
    """Change of the outcome per unit of the exposure, by one method.

    ``q``, ``q_df``, ``q_p``: Cochran's heterogeneity of the variants around this estimate, if the
    method has one. ``details``: what else it found, plain data.
    """

    method: str
    label: str
    n_snps: int
    beta: float
    std_error: float
    p_value: float
    ci_low: float
    ci_high: float
    intercept: Intercept | None = None
    q: float | None = None
    q_df: int | None = None
    q_p: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.method, self.n_snps, self.beta, self.std_error))

    @property
    def sign(self) -> int:
        """+1 or -1, 0 for an estimate of exactly 0."""
        return int(np.sign(self.beta))

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "method": self.method,
            "label": self.label,
            "n_snps": self.n_snps,
            "beta": self.beta,
            "std_error": self.std_error,
            "p_value": self.p_value,
            "ci_low": self.ci_low,
            "ci_high": self.ci_high,
            "intercept": self.intercept.to_json() if self.intercept else None,
            "q": self.q,
            "q_df": self.q_df,
            "q_p": self.q_p,
            "details": dict(self.details),
        }


@dataclass(frozen=True, slots=True)
class Method:
    """An estimator: its name in the registry, what it needs and what it rests on.

    Attributes:
        minimum: fewest variants it can work with.
        relaxes: which of the assumptions it can do without, in words.
        assumes: what it needs instead.
        reference: where it was published.
        random: whether its standard error is from seeded resampling.
    """

    name: str
    label: str
    minimum: int
    fit: Callable[[Effects, Settings], MethodEstimate]
    relaxes: str
    assumes: str
    reference: str
    random: bool = False


def conclude(
    method: str,
    label: str,
    n: int,
    beta: float,
    se: float,
    *,
    df: int | None = None,
    intercept: tuple[float, float] | None = None,
    q: float | None = None,
    q_df: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> MethodEstimate:
    """Return an estimate with p-value and 95 % interval, normal or (``df``) of Student's t."""
    p, low, high = _test(beta, se, df)
    pleiotropy = None
    if intercept is not None:
        pleiotropy = Intercept(*intercept, *_test(*intercept, df))
    q_p = None
    if q is not None and q_df:
        q_p = float(special.chdtrc(q_df, q))
    return MethodEstimate(
        method, label, n, float(beta), float(se), p, low, high, pleiotropy, q, q_df, q_p, details or {}
    )  # fmt: skip


def _test(value: float, se: float, df: int | None) -> tuple[float, float, float]:
    if not se > 0 or not math.isfinite(se):
        # no spread at all (or none that can be told): no test
        return math.nan, math.nan, math.nan
    z = abs(value) / se
    if df is None:
        p, half = 2 * float(special.ndtr(-z)), float(special.ndtri(0.975))
    else:
        p, half = 2 * float(stats.t.sf(z, df)), float(stats.t.ppf(0.975, df))
    return p, float(value - half * se), float(value + half * se)
