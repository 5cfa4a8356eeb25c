"""Median estimators (Bowden et al., Genet Epidemiol 40:304, 2016): right when half of the (weight of
the) variants are valid, whatever the others do. Standard errors by seeded parametric bootstrap."""

from __future__ import annotations

import numpy as np
from scipy import special

from queries.mr.gwas import Array
from queries.mr.methods.base import Effects, Method, MethodEstimate, Settings, conclude

__all__ = ["PENALISED_MEDIAN", "SIMPLE_MEDIAN", "WEIGHTED_MEDIAN", "draws", "weighted_medians"]


def weighted_medians(ratios: Array, weights: Array) -> Array:
    """Return the weighted median of each row.

    Args:
        ratios: shape (draws, variants).
        weights: shape (variants,), not all zero.
    """
    order = np.argsort(ratios, axis=1, kind="stable")
    values = np.take_along_axis(ratios, order, axis=1)
    w = weights[order]
    at = (np.cumsum(w, axis=1) - 0.5 * w) / weights.sum()
    above = np.clip((at < 0.5).sum(axis=1), 1, ratios.shape[1] - 1)[:, None]
    low, high = (np.take_along_axis(values, i, axis=1)[:, 0] for i in (above - 1, above))
    first, last = (np.take_along_axis(at, i, axis=1)[:, 0] for i in (above - 1, above))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(last > first, (0.5 - first) / (last - first), 0.0)
    # a variant that holds all of the weight is the median
    result: Array = low + (high - low) * np.clip(share, 0.0, 1.0)
    return result


def draws(e: Effects, settings: Settings) -> Array:
    """Return ratio estimates of resampled effects, shape (bootstraps, variants)."""
    rng = np.random.default_rng(settings.seed)
    shape = (settings.bootstraps, len(e))
    bx = e.bx + e.sx * rng.standard_normal(shape)
    by = e.by + e.sy * rng.standard_normal(shape)
    result: Array = by / bx
    return result


def _finish(method: Method, e: Effects, weights: Array, settings: Settings) -> MethodEstimate:
    beta = float(weighted_medians(e.ratio[None, :], weights)[0])
    se = float(np.std(weighted_medians(draws(e, settings), weights), ddof=1))
    details = {"bootstraps": settings.bootstraps, "seed": settings.seed}
    return conclude(method.name, method.label, len(e), beta, se, details=details)


def _simple(e: Effects, settings: Settings) -> MethodEstimate:
    return _finish(SIMPLE_MEDIAN, e, np.ones(len(e)), settings)


def _weighted(e: Effects, settings: Settings) -> MethodEstimate:
    return _finish(WEIGHTED_MEDIAN, e, 1 / e.ratio_variance, settings)


def _penalised(e: Effects, settings: Settings) -> MethodEstimate:
    weights = 1 / e.ratio_variance
    middle = weighted_medians(e.ratio[None, :], weights)[0]
    outlying = special.chdtrc(1, weights * (e.ratio - middle) ** 2)
    return _finish(
        PENALISED_MEDIAN, e, weights * np.minimum(1.0, outlying * settings.penalty), settings
    )


_REFERENCE = "Bowden et al., Genet Epidemiol 40:304, 2016"
SIMPLE_MEDIAN = Method(
    "simple-median", "Simple median", 3, _simple,
    relaxes="up to half of the variants may be invalid in any way",
    assumes="more than half of the variants are valid",
    reference=_REFERENCE, random=True,
)  # fmt: skip
WEIGHTED_MEDIAN = Method(
    "weighted-median", "Weighted median", 3, _weighted,
    relaxes="variants with up to half of the weight may be invalid in any way",
    assumes="variants with more than half of the weight are valid",
    reference=_REFERENCE, random=True,
)  # fmt: skip
PENALISED_MEDIAN = Method(
    "penalised-median", "Penalised weighted median", 3, _penalised,
    relaxes="variants with up to half of the weight may be invalid; outliers count less still",
    assumes="variants with more than half of the weight are valid",
    reference=_REFERENCE, random=True,
)  # fmt: skip
