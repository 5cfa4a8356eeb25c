"""Mode estimators (Hartwig et al., Int J Epidemiol 46:1985, 2017): right when the largest group of
variants that agree is the valid one.

The density of the ratio estimates has a normal kernel; its maximum is looked for on 512 points from
three bandwidths below the smallest to three above the largest estimate, as the established software
does, so that the numbers agree. For the bootstrap it is computed by binning and Fourier transform.
Standard errors: scaled median absolute deviation of a seeded parametric bootstrap.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from queries.mr.gwas import Array
from queries.mr.methods.base import Effects, Method, MethodEstimate, Settings, conclude

__all__ = ["PENALISED_MODE", "SIMPLE_MODE", "WEIGHTED_MODE", "density_mode", "density_modes"]

_GRID = 512
_REACH = 3
_MAD = 1.4826
_CHUNK = 250


def density_mode(values: Array, weights: Array, bandwidth: float = 1.0) -> float:
    """Return the mode of ``values`` (variants,) with positive ``weights`` (variants,), the density
    computed exactly; ``bandwidth`` is a factor on the modified Silverman rule."""
    h = float(_bandwidths(values[None, :], bandwidth)[0])
    if not h > 0:
        return float(np.median(values))
    grid = np.linspace(values.min() - _REACH * h, values.max() + _REACH * h, _GRID)
    height = np.exp(-0.5 * ((grid[:, None] - values) / h) ** 2) @ (weights / weights.sum())
    return float(grid[int(np.argmax(height))])


def density_modes(values: Array, weights: Array, bandwidth: float = 1.0) -> Array:
    """Return the mode of each row, from binned densities.

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


def _bandwidths(values: Array, factor: float) -> Array:
    middle = np.median(values, axis=1, keepdims=True)
    mad = _MAD * np.median(np.abs(values - middle), axis=1)
    sd = np.std(values, axis=1, ddof=1)
    # with more than half of the values equal the deviation is 0 and the rule has no scale
    spread = np.where(mad > 0, np.minimum(sd, mad), sd)
    result: Array = factor * 0.9 * spread / values.shape[1] ** 0.2
    return result


def _modes(values: Array, weights: Array, factor: float) -> Array:
    h = _bandwidths(values, factor)
    result: Array = np.median(values, axis=1)
    usable = np.flatnonzero(h > 0)
    if not len(usable):
        return result
    values, weights, h = values[usable], weights[usable], h[usable]
    weights = weights / weights.sum(axis=1, keepdims=True)
    low, high = values.min(axis=1) - _REACH * h, values.max(axis=1) + _REACH * h
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
    # the kernel is even, so its transform is real; the second half of the bins is padding
    kernel = np.exp(-0.5 * (np.arange(_GRID + 1) * (step / h)[:, None]) ** 2)
    around = np.concatenate([kernel, kernel[:, _GRID - 1 : 0 : -1]], axis=1)
    smooth = np.fft.irfft(np.fft.rfft(binned) * np.fft.rfft(around), 2 * _GRID)[:, :_GRID]
    result[usable] = low + step * np.argmax(smooth, axis=1)
    return result


def _finish(method: Method, e: Effects, settings: Settings, kind: str) -> MethodEstimate:
    weights = np.ones(len(e)) if kind == "simple" else 1 / e.ratio_variance
    beta = density_mode(e.ratio, weights, settings.bandwidth)
    rng = np.random.default_rng(settings.seed)
    normal = rng.standard_normal((settings.bootstraps, len(e)))
    drawn = e.ratio + np.sqrt(e.ratio_variance) * normal
    modes = density_modes(drawn, weights, settings.bandwidth)
    if kind == "penalised":
        beta = density_mode(
            e.ratio, _penalise(e.ratio, weights, np.array(beta), settings), settings.bandwidth
        )
        modes = density_modes(
            drawn, _penalise(drawn, weights, modes[:, None], settings), settings.bandwidth
        )
    se = _MAD * float(np.median(np.abs(modes - np.median(modes))))
    details = {
        "bootstraps": settings.bootstraps,
        "seed": settings.seed,
        "bandwidth": settings.bandwidth,
    }
    return conclude(method.name, method.label, len(e), beta, se, df=len(e) - 1, details=details)


def _penalise(values: Array, weights: Array, modes: Array, settings: Settings) -> Array:
    outlying = special.chdtrc(1, weights * (values - modes) ** 2)
    result: Array = np.maximum(weights * np.minimum(1.0, outlying * settings.penalty), 1e-300)
    return result


_REFERENCE = "Hartwig et al., Int J Epidemiol 46:1985, 2017"
_RELAXES = "most variants may be invalid, if they do not agree on one wrong answer"
SIMPLE_MODE: Method = Method(
    "simple-mode", "Simple mode", 3, lambda e, s: _finish(SIMPLE_MODE, e, s, "simple"),
    relaxes=_RELAXES, assumes="the largest group of variants that agree is the valid one",
    reference=_REFERENCE, random=True,
)  # fmt: skip
WEIGHTED_MODE: Method = Method(
    "weighted-mode", "Weighted mode", 3, lambda e, s: _finish(WEIGHTED_MODE, e, s, "weighted"),
    relaxes=_RELAXES, assumes="the group of variants with the largest weight is the valid one",
    reference=_REFERENCE, random=True,
)  # fmt: skip
PENALISED_MODE: Method = Method(
    "penalised-mode", "Penalised weighted mode", 3,
    lambda e, s: _finish(PENALISED_MODE, e, s, "penalised"),
    relaxes=_RELAXES, assumes="the group of variants with the largest weight is the valid one",
    reference=_REFERENCE, random=True,
)  # fmt: skip
