"""A residual-sum outlier test (Verbanck et al., Nature Genetics 50:693, 2018: MR-PRESSO).

Each variant is predicted from the others; the weighted sum of squared errors is compared with what
seeded simulation gives when no variant has a direct effect (global test). Variants whose own error is
too large for chance (Bonferroni) are outliers; the estimate is given without them, and whether it
moved more than by leaving out as many others (distortion test). A simulated p-value is
``(1 + exceedances) / (1 + simulations)``: never 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.errors import DataError
from queries.mr.gwas import Array
from queries.mr.methods import MethodEstimate
from queries.mr.methods.base import Effects, Settings
from queries.mr.methods.regression import IVW, ivw_slope

__all__ = ["MINIMUM", "OutlierTest", "outlier_test"]

MINIMUM = 4
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class OutlierTest:
    """What the test found.

    Attributes:
        rss: observed weighted sum of squared leave-one-out errors.
        p_value: of the global test.
        outliers: variants, sorted.
        snp_p_values: (variant, Bonferroni p-value) of each, by variant; empty if the global test saw
            nothing.
        corrected: the estimate without the outliers, None if there are none (or too few are left).
        distortion: (with - without) / abs(without).
        distortion_p: its p-value.
    """

    rss: float
    p_value: float
    outliers: tuple[str, ...]
    snp_p_values: tuple[tuple[str, float], ...]
    corrected: MethodEstimate | None
    distortion: float | None
    distortion_p: float | None
    simulations: int
    seed: int
    alpha: float

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "rss": self.rss,
            "p_value": self.p_value,
            "outliers": list(self.outliers),
            "snp_p_values": dict(self.snp_p_values),
            "corrected": self.corrected.to_json() if self.corrected else None,
            "distortion": self.distortion,
            "distortion_p": self.distortion_p,
            "simulations": self.simulations,
            "seed": self.seed,
            "alpha": self.alpha,
        }


def outlier_test(
    e: Effects,
    snps: Sequence[str],
    *,
    simulations: int | None = None,
    seed: int = 0,
    alpha: float = 0.05,
) -> OutlierTest:
    """Test for variants with a direct effect on the outcome.

    Args:
        simulations: by default 1000, or as many as let one variant of ``len(e)`` stand out at
            ``alpha`` if that is more.

    Raises:
        DataError: with fewer than four variants.
    """
    n = len(e)
    if n < MINIMUM:
        raise DataError(
            f"the outlier test needs at least {MINIMUM} variants, not {n}",
            hint="Use more instruments (a larger p-value threshold), or leave the test out.",
        )
    times = simulations or max(1000, int(np.ceil(2 * n / alpha)))
    slopes = _others(e.bx[None, :], e.by[None, :], e.sy)[0]
    errors = (e.by - slopes * e.bx) ** 2
    rss = float((errors / e.sy**2).sum())
    rng = np.random.default_rng(seed)
    larger, beyond = 0, np.zeros(n)
    for start in range(0, times, _CHUNK):
        shape = (min(_CHUNK, times - start), n)
        bx = e.bx + e.sx * rng.standard_normal(shape)
        by = slopes * e.bx + e.sy * rng.standard_normal(shape)
        expected = ((by - _others(bx, by, e.sy) * bx) ** 2 / e.sy**2).sum(axis=1)
        larger += int((expected >= rss).sum())
        beyond += ((by - slopes * bx) ** 2 >= errors).sum(axis=0)
    p = (1 + larger) / (1 + times)
    if p >= alpha:
        return OutlierTest(rss, p, (), (), None, None, None, times, seed, alpha)
    each = np.minimum(1.0, n * (1 + beyond) / (1 + times))
    out = each < alpha
    corrected, distortion, distortion_p = _distortion(e, out, times, rng)
    return OutlierTest(
        rss,
        p,
        tuple(sorted(s for s, o in zip(snps, out, strict=True) if o)),
        tuple(sorted((s, float(q)) for s, q in zip(snps, each, strict=True))),
        corrected,
        distortion,
        distortion_p,
        times,
        seed,
        alpha,
    )


def _others(bx: Array, by: Array, sy: Array) -> Array:
    # the slope of all variants but each, per draw: (draws, variants)
    top, bottom = bx * by / sy**2, bx**2 / sy**2
    result: Array = (top.sum(axis=1, keepdims=True) - top) / (
        bottom.sum(axis=1, keepdims=True) - bottom
    )
    return result


def _distortion(
    e: Effects, out: npt.NDArray[np.bool_], times: int, rng: np.random.Generator
) -> tuple[MethodEstimate | None, float | None, float | None]:
    kept = np.flatnonzero(~out)
    if not out.any() or len(kept) < 2:
        return None, None, None
    clean = Effects(e.bx[kept], e.sx[kept], e.by[kept], e.sy[kept])
    corrected = IVW.fit(clean, Settings())
    whole = ivw_slope(e)
    observed = (whole - corrected.beta) / abs(corrected.beta)
    # the same number of variants left out, drawn from those that are no outliers
    size = len(kept)
    drawn = kept[rng.integers(0, size, (times, size))]
    x, y, w = e.bx[drawn], e.by[drawn], 1 / e.sy[drawn] ** 2
    slopes = (w * x * y).sum(axis=1) / (w * x**2).sum(axis=1)
    expected = (corrected.beta - slopes) / np.abs(slopes)
    exceed = int((np.abs(expected) >= abs(observed)).sum())
    return corrected, float(observed), (1 + exceed) / (1 + times)
