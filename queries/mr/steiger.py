"""Which way the effect runs (Hemani et al., PLoS Genet 13:e1007081, 2017).

Instruments of the exposure explain more of the exposure than of the outcome; if it is the other way
round, the variants act on the outcome first. The variance explained comes from p-value and sample size,
or for a binary trait from the log odds ratio and the allele frequency on the liability scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special, stats

from queries.mr.gwas import Array
from queries.mr.instruments import Harmonised

__all__ = ["Steiger", "steiger"]


@dataclass(frozen=True, slots=True)
class Steiger:
    """Variance explained in both traits, and the test of which is larger.

    ``wrong``: variants that alone explain more of the outcome than of the exposure.
    """

    r2_exposure: float
    r2_outcome: float
    forward: bool
    z: float
    p_value: float
    wrong: tuple[str, ...]
    scale: str

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "r2_exposure": self.r2_exposure,
            "r2_outcome": self.r2_outcome,
            "exposure_to_outcome": self.forward,
            "z": self.z,
            "p_value": self.p_value,
            "wrong": list(self.wrong),
            "scale": self.scale,
        }


def steiger(data: Harmonised) -> Steiger | str:
    """Return the direction test, or in words why it cannot be made."""
    parts = []
    for side, kind in (("exposure", data.exposure_kind), ("outcome", data.outcome_kind)):
        n = data.column(f"n_{side}")
        if not np.isfinite(n).any():
            return f"the sample size of the {side} is not given"
        explained, scale = _explained(data, side, kind, n)
        if not np.isfinite(explained).all():
            return f"the variance of the {side} that a variant explains cannot be told"
        parts.append((explained, float(np.nanmean(n)), scale))
    (first, n1, scale1), (second, n2, scale2) = parts
    r2x, r2y = float(first.sum()), float(second.sum())
    if r2x >= 1 or r2y >= 1 or min(n1, n2) <= 3:
        return "the variants seem to explain all of a trait: check sample sizes and effects"
    gap = np.arctanh(np.sqrt(r2x)) - np.arctanh(np.sqrt(r2y))
    z = float(gap / np.sqrt(1 / (n1 - 3) + 1 / (n2 - 3)))
    wrong = tuple(s for s, a, b in zip(data.snps, first, second, strict=True) if b > a)
    return Steiger(
        r2x, r2y, r2x > r2y, z, 2 * float(special.ndtr(-abs(z))), wrong,
        f"exposure: {scale1}; outcome: {scale2}",
    )  # fmt: skip


def _explained(data: Harmonised, side: str, kind: str, n: Array) -> tuple[Array, str]:
    beta, se, p, eaf = (data.column(f"{c}_{side}") for c in ("beta", "se", "p", "eaf"))
    n = np.where(np.isfinite(n), n, np.nanmean(n))
    if kind == "binary" and np.isfinite(eaf).all():
        # logistic liability: error variance pi^2 / 3
        signal = 2 * eaf * (1 - eaf) * beta**2
        return signal / (signal + np.pi**2 / 3), "liability"
    usable = (p > 1e-300) & (p < 1)
    f = stats.t.isf(np.where(usable, p, 0.5) / 2, np.maximum(n - 1, 1)) ** 2
    # a p-value too small for the quantile to be finite says less than effect and error do
    f = np.where(usable & np.isfinite(f), f, (beta / se) ** 2)
    result: Array = f / (n - 2 + f)
    return result, "observed"
