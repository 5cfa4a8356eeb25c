"""What tells whether an estimate can be believed: heterogeneity, strength, single variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from queries.mr.gwas import Array
from queries.mr.methods import MethodEstimate
from queries.mr.methods.base import Effects, Settings, conclude
from queries.mr.methods.regression import IVW

__all__ = [
    "Heterogeneity", "SnpEstimate", "Strength", "heterogeneity", "i_squared", "leave_one_out",
    "single_snps", "strength",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """Cochran's Q of the variants around one method's estimate; ``i2`` is the share of their spread
    that is more than chance, in [0, 1]."""

    method: str
    q: float
    df: int
    p_value: float
    i2: float

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "method": self.method,
            "q": self.q,
            "df": self.df,
            "p_value": self.p_value,
            "i2": self.i2,
        }


@dataclass(frozen=True, slots=True)
class Strength:
    """How strong the instruments are.

    Attributes:
        mean_f: mean of ``(bx / sx)**2``; below 10 is weak.
        min_f: the weakest one's.
        i2_gx: share of the spread of the effects on the exposure that is not error (Bowden et al.,
            Int J Epidemiol 45:1961, 2016); below 0.9 Egger regression is pulled towards zero. None
            with fewer than 3 variants.
        i2_gx_weighted: the same with effects divided by the error of the effect on the outcome.
    """

    mean_f: float
    min_f: float
    i2_gx: float | None
    i2_gx_weighted: float | None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "mean_f": self.mean_f,
            "min_f": self.min_f,
            "i2_gx": self.i2_gx,
            "i2_gx_weighted": self.i2_gx_weighted,
        }


@dataclass(frozen=True, slots=True)
class SnpEstimate:
    """An estimate from one variant alone, or from all but one."""

    snp: str
    beta: float
    std_error: float
    p_value: float
    ci_low: float
    ci_high: float

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "snp": self.snp,
            "beta": self.beta,
            "std_error": self.std_error,
            "p_value": self.p_value,
            "ci_low": self.ci_low,
            "ci_high": self.ci_high,
        }


def i_squared(q: float, df: int) -> float:
    """Return ``max(0, (Q - df) / Q)``."""
    return max(0.0, (q - df) / q) if q > 0 else 0.0


def heterogeneity(estimates: Sequence[MethodEstimate]) -> tuple[Heterogeneity, ...]:
    """Return Q and I2 of the estimates that have a Q, each model once."""
    found: dict[str, Heterogeneity] = {}
    for e in estimates:
        if e.q is not None and e.q_df and e.q_p is not None:
            name = "ivw" if e.method.startswith("ivw") else e.method
            found.setdefault(name, Heterogeneity(name, e.q, e.q_df, e.q_p, i_squared(e.q, e.q_df)))
    return tuple(found.values())


def strength(e: Effects) -> Strength:
    """Return F statistics and I2_GX."""
    f = (e.bx / e.sx) ** 2
    plain = weighted = None
    if len(e) >= 3:
        plain, weighted = _i2_gx(e.bx, e.sx), _i2_gx(e.bx / e.sy, e.sx / e.sy)
    return Strength(float(f.mean()), float(f.min()), plain, weighted)


def _i2_gx(effect: Array, error: Array) -> float:
    w = 1 / error**2
    mean = float(w @ effect / w.sum())
    return i_squared(float(w @ (effect - mean) ** 2), len(effect) - 1)


def single_snps(e: Effects, snps: Sequence[str]) -> tuple[SnpEstimate, ...]:
    """Return each variant's Wald ratio."""
    rows = []
    for i, snp in enumerate(snps):
        fit = conclude("wald", "", 1, float(e.ratio[i]), float(e.sy[i] / e.bx[i]))
        rows.append(_of(snp, fit))
    return tuple(rows)


def leave_one_out(e: Effects, snps: Sequence[str]) -> tuple[SnpEstimate, ...]:
    """Return the inverse-variance weighted estimate without each variant in turn; empty with fewer
    than three."""
    if len(e) < 3:
        return ()
    settings = Settings()
    return tuple(_of(snp, IVW.fit(e.drop(i), settings)) for i, snp in enumerate(snps))


def _of(snp: str, fit: MethodEstimate) -> SnpEstimate:
    return SnpEstimate(snp, fit.beta, fit.std_error, fit.p_value, fit.ci_low, fit.ci_high)


def influential(rows: Sequence[SnpEstimate], main: MethodEstimate) -> tuple[str, ...]:
    """Return variants whose omission alone changes the sign, or whether the interval holds zero."""

    def verdict(low: float, high: float) -> int:
        return int(np.sign(low)) if np.sign(low) == np.sign(high) else 0

    whole = verdict(main.ci_low, main.ci_high)
    return tuple(r.snp for r in rows if verdict(r.ci_low, r.ci_high) != whole)
