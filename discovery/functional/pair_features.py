"""Published criteria of the direction of two numeric columns, each measured both ways.

Every criterion is a cost of "c causes e": lower speaks for it. What is kept is the difference of both ways, so
that exchanging the columns changes the sign of everything and nothing else. Sources:

- additive noise: dependence of cause and residual (Hoyer et al. 2009; HSIC as in Mooij et al. 2016), and the
  entropies of cause and residual (Mooij et al. 2016, eq. 20: the likelihood ratio);
- location-scale noise (Immer et al. 2023): the same with a residual divided by its smooth spread;
- linear non-Gaussian likelihood ratio (Hyvarinen and Smith 2013);
- IGCI, by slopes and by entropies, uniform and normal reference (Janzing et al. 2012);
- RECI, the regression error after scaling to [0, 1] (Blobaum et al. 2018);
- CDS, how much the distribution of the effect changes with the cause (Fonollosa 2019);
- error of a smooth regression of standardised columns; conditional entropy on a grid.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from discovery.functional.hsic import KernelFactor, hsic_test, kernel_factor
from discovery.functional.pwling import entropies, pair_ratio
from discovery.functional.smooth import additive_fit, smooth_terms

__all__ = ["CONTEXT", "CRITERIA", "dependence", "differences"]

Floats = NDArray[np.float64]

CRITERIA = (
    "anm_hsic", "anm_likelihood", "anm_spacing", "anm_error", "lsnm_hsic", "lsnm_likelihood",
    "lsnm_spacing", "rank_error", "reci", "igci_slope", "igci_uniform", "igci_normal", "cds",
    "cds_moments", "grid_entropy", "linear",
)  # fmt: skip
"""names of the differences, in the order of the model's inputs"""

CONTEXT = (
    "log_rows",
    "correlation",
    "fit",
    "dependence_left",
    "spread_left",
    "levels",
    "least_levels",
)
"""names of what does not change when the columns are exchanged"""

_TINY = 1e-9


def _standard(x: Floats) -> Floats:
    return np.asarray((x - x.mean()) / x.std())


def _spacing_entropy(x: Floats) -> float:
    """Entropy of the different values of [n] by spacings (Kraskov et al. 2004 in one dimension, first
    neighbours), in nats; counts of equal values are left out as in Mooij et al. 2016."""
    from scipy.special import digamma

    values = np.unique(x)
    if len(values) < 3:
        return 0.0
    gaps = np.diff(values)
    return float(np.log(gaps).mean() + digamma(len(values)) - digamma(1))


def _likelihood_entropy(x: Floats) -> float:
    return float(entropies(x[:, None])[0]) + 0.5 * math.log(max(float(x.var()), 1e-12))


def _minmax(x: Floats) -> Floats:
    return np.asarray((x - x.min()) / (x.max() - x.min()))


def _slopes(c: Floats, e: Floats) -> float:
    """Mean log slope of e over c, both in [0, 1], sorted by c; equal neighbours are left out."""
    order = np.lexsort((e, c))
    dc, de = np.diff(c[order]), np.abs(np.diff(e[order]))
    good = (dc > 0) & (de > 0)
    return float(np.log(de[good] / dc[good]).mean()) if good.any() else 0.0


def _conditional_spread(c: Floats, e: Floats, cells: int = 12) -> tuple[float, float]:
    """How much the distribution of e around its mean changes between the cells of c: by histograms (CDS) and
    by spread, skewness and tails."""
    places = np.unique(np.quantile(c, np.linspace(0, 1, cells + 1)[1:-1]))
    cell = np.searchsorted(places, c, side="right")
    rows, moments, weights = [], [], []
    edges = np.linspace(-2.5, 2.5, 12)
    for k in range(len(places) + 1):
        part = e[cell == k]
        if len(part) < 8:
            continue
        rest = part - part.mean()
        spread = float(rest.std())
        count = np.bincount(np.searchsorted(edges, rest), minlength=len(edges) + 1)
        rows.append(count / len(part))
        z = rest / max(spread, _TINY)
        moments.append((spread, float(np.tanh((z**3).mean())), float(np.tanh((np.abs(z)).mean()))))
        weights.append(len(part))
    if len(rows) < 2:
        return 0.0, 0.0
    w = np.array(weights, dtype=np.float64) / sum(weights)
    table, shape = np.array(rows), np.array(moments)
    histogram = float(np.sqrt(w @ ((table - w @ table) ** 2)).sum())
    middle = w @ shape
    scaled = np.sqrt(w @ ((shape - middle) ** 2))
    return histogram, float(scaled[0] / max(middle[0], _TINY) + scaled[1] + scaled[2])


def _grid_entropy(c: Floats, e: Floats, cells: int = 10) -> float:
    """H(e | c) on a grid of equal widths within the middle 98 %, with Miller and Madow's correction."""

    def cut(x: Floats) -> NDArray[np.int64]:
        low, high = np.quantile(x, [0.01, 0.99])
        if high <= low:
            low, high = x.min(), x.max()
        place = ((x - low) / (high - low) * cells).astype(np.int64)
        return np.asarray(np.clip(place, 0, cells - 1))

    joint = np.bincount(cut(c) * cells + cut(e), minlength=cells * cells).reshape(cells, cells)

    def entropy(count: NDArray[np.int64]) -> float:
        share = count[count > 0] / count.sum()
        return float(-(share * np.log(share)).sum() + (len(share) - 1) / (2 * count.sum()))

    return entropy(joint.ravel()) - entropy(joint.sum(axis=1))


class _Way:
    """All costs of one direction, and what the context needs."""

    def __init__(
        self, c: Floats, e: Floats, factor: KernelFactor, ranks: tuple[Floats, Floats]
    ) -> None:
        terms = [smooth_terms(c, 9)]
        fit = additive_fit(e, terms)
        rest = fit.rest
        self.error = fit.variance
        log_size = np.log(np.abs(rest) + 0.1 * math.sqrt(fit.variance) + _TINY)
        level = additive_fit(log_size, terms)
        log_scale = log_size - level.rest
        log_scale = np.clip(log_scale - log_scale.mean(), -2.5, 2.5)
        scaled = rest * np.exp(-log_scale)
        self.left = _dependence(rest, factor)
        self.left_scaled = _dependence(scaled, factor)
        spread, moments = _conditional_spread(c, e)
        unit_c, unit_e = _minmax(c), _minmax(e)
        powers = np.column_stack([unit_c**k for k in range(4)])
        left = unit_e - powers @ np.linalg.lstsq(powers, unit_e, rcond=None)[0]
        rank_c, rank_e = ranks
        rank_fit = additive_fit(rank_e, [smooth_terms(rank_c, 9)])
        self.costs = {
            "anm_hsic": self.left,
            "anm_likelihood": _likelihood_entropy(c) + _likelihood_entropy(rest),
            "anm_spacing": _spacing_entropy(c) + _spacing_entropy(rest),
            "anm_error": math.log(max(fit.variance, _TINY)),
            "lsnm_hsic": self.left_scaled,
            "lsnm_likelihood": _likelihood_entropy(c)
            + _likelihood_entropy(scaled)
            + float(log_scale.mean()),
            "lsnm_spacing": _spacing_entropy(c) + _spacing_entropy(scaled),
            "rank_error": math.log(max(rank_fit.variance, _TINY)),
            "reci": 0.5 * math.log(max(float((left**2).mean()), _TINY)),
            "igci_slope": _slopes(unit_c, unit_e),
            # IGCI: the cause has the larger entropy
            "igci_uniform": -_spacing_entropy(unit_c),
            "igci_normal": -_spacing_entropy(c),
            "cds": spread,
            "cds_moments": moments,
            "grid_entropy": _grid_entropy(c, e),
        }


def _dependence(rest: Floats, factor: KernelFactor) -> float:
    """Log of HSIC in units of what independence would give."""
    spread = float(rest.std())
    if spread < _TINY:
        return 0.0
    _, above = hsic_test(kernel_factor(rest / spread), factor)
    return float(np.arcsinh(above))


def _normal_scores(x: Floats) -> Floats:
    from scipy.special import ndtri
    from scipy.stats import rankdata

    return _standard(ndtri((rankdata(x) - 0.5) / len(x)))


def dependence(x: Floats, y: Floats) -> float:
    """Return the p-value of the independence of two columns [n] (HSIC)."""
    return hsic_test(kernel_factor(x), kernel_factor(y))[0]


def differences(x: Floats, y: Floats) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Return for each of :data:`CRITERIA` the cost of y -> x less that of x -> y (positive speaks for
    x -> y), and the :data:`CONTEXT`; x, y: [n], finite, at least 20 rows, each with two values or more."""
    x, y = _standard(x), _standard(y)
    # the same order of rows and operations for (x, y) and (y, x): each way is computed by itself
    rank_x, rank_y = _normal_scores(x), _normal_scores(y)
    forward = _Way(x, y, kernel_factor(x), (rank_x, rank_y))
    backward = _Way(y, x, kernel_factor(y), (rank_y, rank_x))
    found = {name: backward.costs[name] - cost for name, cost in forward.costs.items()}
    # the ratio one way is exactly minus the other: its sign is fixed by taking both
    found["linear"] = 0.5 * (pair_ratio(x, y) - pair_ratio(y, x))
    n = len(x)
    levels = sorted((len(np.unique(x)), len(np.unique(y))))
    context = {
        "log_rows": math.log(n),
        "correlation": abs(float((x * y).mean())),
        "fit": 0.5 * (math.sqrt(forward.error) + math.sqrt(backward.error)),
        "dependence_left": 0.5 * (forward.left + backward.left),
        "spread_left": 0.5 * (forward.left_scaled + backward.left_scaled),
        "levels": math.log(levels[1]) - math.log(n),
        "least_levels": math.log(levels[0]) - math.log(n),
    }
    return found, context
