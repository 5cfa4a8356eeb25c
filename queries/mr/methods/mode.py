"""Mode estimators (Hartwig et al., Int J Epidemiol 46:1985, 2017): right when the largest group of
variants that agree is the valid one.

The density of the ratio estimates is the usual 512-point one: linear binning, a normal kernel by
Fourier transform on a grid that reaches seven bandwidths beyond the data, read off on a grid that
reaches three (Silverman, Appl Stat 31:93, 1982), so that the numbers are those of the established
software; the maximum is on that grid. Standard errors: scaled median absolute deviation of a seeded
bootstrap.
"""

from __future__ import annotations

import numpy as np

from queries.mr.gwas import Array
from queries.mr.methods.base import Effects, Method, MethodEstimate, Settings, conclude

__all__ = ["PENALISED_MODE", "SIMPLE_MODE", "WEIGHTED_MODE", "density_modes"]

_GRID = 512
_MAD = 1.4826
_CHUNK = 250


def density_modes(values: Array, weights: Array, bandwidth: float = 1.0) -> Array:
    """Return the mode of each row.

    Args:
        values: shape (draws, variants).
        weights: shape (variants,) or (draws, variants), positive.
        bandwidth: factor on the modified Silverman rule.
    """
    w = np.broadcast_to(weights, values.shape)
    pieces = [
        _modes(values[i : i + _CHUNK], w[i : i + _CHUNK], bandwidth)
        for i in range(0, len(values), _CHUNK)
    ]
    return np.concatenate(pieces)


def _modes(values: Array, weights: Array, factor: float) -> Array:
    rows, n = values.shape
    weights = weights / weights.sum(axis=1, keepdims=True)
    middle = np.median(values, axis=1, keepdims=True)
    mad = _MAD * np.median(np.abs(values - middle), axis=1)
    sd = np.std(values, axis=1, ddof=1)
    # with more than half of the values equal the deviation is 0 and the rule has no scale
    spread = np.where(mad > 0, np.minimum(sd, mad), sd)
    h = factor * 0.9 * spread / n**0.2
    result: Array = middle[:, 0].copy()
    usable = np.flatnonzero(h > 0)
    if not len(usable):
        return result
    values, weights, h = values[usable], weights[usable], h[usable]
    low, high = values.min(axis=1) - 7 * h, values.max(axis=1) + 7 * h
    step = (high - low) / (_GRID - 1)
    place = (values - low[:, None]) / step[:, None]
    left = np.floor(place).astype(np.intp)
    part = place - left
    base = 2 * _GRID * np.arange(len(usable))[:, None]
    binned = np.bincount(
        np.concatenate([(base + left).ravel(), (base + left + 1).ravel()]),
        np.concatenate([(weights * (1 - part)).ravel(), (weights * part).ravel()]),
        minlength=2 * _GRID * len(usable),
    ).reshape(len(usable), 2 * _GRID)
    at = np.arange(_GRID + 1) * (2 * (high - low) / (2 * _GRID - 1))[:, None]
    kernel = np.exp(-0.5 * (at / h[:, None]) ** 2)
    around = np.concatenate([kernel, kernel[:, _GRID - 1 : 0 : -1]], axis=1)
    smooth = np.fft.irfft(np.fft.rfft(binned) * np.conj(np.fft.rfft(around)), 2 * _GRID)
    height = np.maximum(0.0, smooth[:, :_GRID])
    grid_from, grid_to = low + 4 * h, high - 4 * h
    for i, row in enumerate(usable):
        x = np.linspace(grid_from[i], grid_to[i], _GRID)
        y = np.interp(x, np.linspace(low[i], high[i], _GRID), height[i])
        result[row] = x[int(np.argmax(y))]
    return result


def _finish(method: Method, e: Effects, settings: Settings, kind: str) -> MethodEstimate:
    weights = np.ones(len(e)) if kind == "simple" else 1 / e.ratio_variance
    beta = density_modes(e.ratio[None, :], weights, settings.bandwidth)
    rng = np.random.default_rng(settings.seed)
    normal = rng.standard_normal((settings.bootstraps, len(e)))
    drawn = e.ratio + np.sqrt(e.ratio_variance) * normal
    modes = density_modes(drawn, weights, settings.bandwidth)
    if kind == "penalised":
        beta = _again(e.ratio[None, :], weights, beta, settings)
        modes = _again(drawn, weights, modes, settings)
    se = _MAD * float(np.median(np.abs(modes - np.median(modes))))
    details = {
        "bootstraps": settings.bootstraps,
        "seed": settings.seed,
        "bandwidth": settings.bandwidth,
    }
    return conclude(
        method.name, method.label, len(e), float(beta[0]), se, df=len(e) - 1, details=details
    )


def _again(values: Array, weights: Array, modes: Array, settings: Settings) -> Array:
    from scipy import special

    outlying = special.chdtrc(1, weights * (values - modes[:, None]) ** 2)
    penalised = weights * np.minimum(1.0, outlying * settings.penalty)
    return density_modes(values, np.maximum(penalised, 1e-300), settings.bandwidth)


_REFERENCE = "Hartwig et al., Int J Epidemiol 46:1985, 2017"
_RELAXES = "most variants may be invalid, if they do not agree on one wrong answer"
SIMPLE_MODE = Method(
    "simple-mode", "Simple mode", 3, lambda e, s: _finish(SIMPLE_MODE, e, s, "simple"),
    relaxes=_RELAXES, assumes="the largest group of variants that agree is the valid one",
    reference=_REFERENCE, random=True,
)  # fmt: skip
WEIGHTED_MODE = Method(
    "weighted-mode", "Weighted mode", 3, lambda e, s: _finish(WEIGHTED_MODE, e, s, "weighted"),
    relaxes=_RELAXES, assumes="the group of variants with the largest weight is the valid one",
    reference=_REFERENCE, random=True,
)  # fmt: skip
PENALISED_MODE = Method(
    "penalised-mode", "Penalised weighted mode", 3,
    lambda e, s: _finish(PENALISED_MODE, e, s, "penalised"),
    relaxes=_RELAXES, assumes="the group of variants with the largest weight is the valid one",
    reference=_REFERENCE, random=True,
)  # fmt: skip
