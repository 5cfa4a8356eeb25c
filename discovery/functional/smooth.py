"""Additive regression: one smooth term for each regressor, the smoothness chosen by cross-validation.

Each column gives a straight term and a few curved ones (natural cubic splines with knots at quantiles, each
column's curved terms orthogonal to its straight one); curved terms share one ridge penalty, chosen by
generalised cross-validation (Golub, Heath and Wahba 1979; Hastie and Tibshirani 1990 for additive models).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Smooth", "additive_fit", "smooth_terms"]

Floats = NDArray[np.float64]

_PENALTIES = np.exp(np.linspace(math.log(1e-4), math.log(1e3), 15))


@dataclass(frozen=True)
class Smooth:
    """A fit: residual [n], its mean square, and the degrees of freedom used (without the constant)."""

    rest: Floats
    variance: float
    freedom: float


def smooth_terms(x: Floats, knots: int = 7) -> Floats:
    """Return the terms of one column [n]: [n, k], the straight one first, all with mean 0 and length
    sqrt(n), orthogonal to each other. A column of two values has the straight term only."""
    n = len(x)
    z = (x - x.mean()) / x.std()
    places = np.unique(np.quantile(z, np.linspace(0.0, 1.0, knots)))
    terms = [np.ones(n), z]
    if len(places) >= 3:
        low, high = places[0], places[-1]
        span = high - low

        def piece(at: float) -> Floats:
            bent = np.maximum(z - at, 0.0) ** 3 - np.maximum(z - high, 0.0) ** 3
            return np.asarray(bent / ((high - at) * span * span))

        final = piece(float(places[-2]))
        terms += [piece(float(at)) - final for at in places[:-2]]
    basis, triangle = np.linalg.qr(np.column_stack(terms))
    good = np.abs(np.diag(triangle)) > 1e-6 * math.sqrt(n)
    good[0] = False
    return np.asarray(basis[:, good] * math.sqrt(n))


def additive_fit(y: Floats, terms: list[Floats]) -> Smooth:
    """Regress ``y`` [n] on the terms of its regressors.

    Straight terms carry no penalty; one ridge penalty on all curved terms minimises generalised
    cross-validation.
    """
    n = len(y)
    target = y - y.mean()
    if not terms:
        return Smooth(target, float(target @ target) / n, 0.0)
    straight = np.column_stack([t[:, 0] for t in terms])
    base, _ = np.linalg.qr(straight)
    target = target - base @ (base.T @ target)
    curved = [t[:, 1:] for t in terms if t.shape[1] > 1]
    flat = float(base.shape[1])
    if not curved:
        return Smooth(target, float(target @ target) / n, flat)
    design = np.column_stack(curved)
    design = design - base @ (base.T @ design)
    values, vectors = np.linalg.eigh(design.T @ design / n)
    values = np.maximum(values, 0.0)
    score = vectors.T @ (design.T @ target / n)
    total = float(target @ target) / n
    best, found = math.inf, (total, flat, np.zeros_like(values))
    for penalty in (*_PENALTIES, math.inf):
        shrink = 1.0 / (values + penalty) if penalty < math.inf else np.zeros_like(values)
        slopes = score * shrink
        freedom = flat + float((values * shrink).sum())
        if freedom > 0.5 * n:
            continue
        left = total - float((2.0 * score * slopes - values * slopes * slopes).sum())
        gcv = left / (1.0 - (1.0 + 1.2 * (freedom - flat) + flat) / n) ** 2
        if gcv < best - 1e-12:
            best, found = gcv, (left, freedom, slopes)
    _, freedom, slopes = found
    rest = target - design @ (vectors @ slopes)
    return Smooth(rest, float(rest @ rest) / n, freedom)
