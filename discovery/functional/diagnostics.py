"""Do the assumptions of a linear non-Gaussian model hold: tests on residuals.

Every test is a check, not a proof: it says when an assumption is visibly broken.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["curvature_p_values", "dependence_p_values", "gaussian_p_values", "residuals"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def residuals(values: Floats, dag: Bools, weights: Floats | None = None) -> Floats:
    """Return the least-squares residuals [n, p] of each column of ``values`` on its parents."""
    shares = np.full(len(values), 1.0 / len(values)) if weights is None else weights / weights.sum()
    centred = values - shares @ values
    centred = centred / np.sqrt(shares @ (centred * centred))
    covariance = (centred * shares[:, None]).T @ centred
    found = centred.copy()
    for y in range(values.shape[1]):
        above = np.flatnonzero(dag[:, y])
        if len(above):
            slopes = np.linalg.solve(covariance[np.ix_(above, above)], covariance[above, y])
            found[:, y] -= centred[:, above] @ slopes
    return np.asarray(found)


def gaussian_p_values(values: Floats, weights: Floats | None = None) -> Floats:
    """Return for each column of [n, p] the p-value of the hypothesis that it is normal: [p].

    Twice the smaller of two tests: D'Agostino and Pearson's K2 (skewness and kurtosis) and Anderson and
    Darling's A2 with the p-values of Stephens (1986). With weights only K2, with Kish's number of rows. Rows
    that are there several times, as in a bootstrap sample, count as one row with a weight: else every
    resample of normal data would look non-normal.
    """
    n = len(values)
    shares = np.full(n, 1.0 / n) if weights is None else weights / weights.sum()
    z = values - shares @ values
    spread = np.sqrt(shares @ (z * z))
    z = z / np.where(spread > 0, spread, 1.0)
    # one number for each row stands for the row: equal rows, equal numbers
    _, which = np.unique(z @ np.sqrt(np.arange(2.0, 2.0 + z.shape[1])), return_inverse=True)
    rows = 1.0 / float((np.bincount(which, weights=shares) ** 2).sum())
    found = np.array([_k2(float(shares @ c**3), float(shares @ c**4), rows) for c in z.T])
    if weights is None:
        found = np.minimum(1.0, 2.0 * np.minimum(found, _anderson(z, rows)))
    return found


def _k2(skewness: float, kurtosis: float, n: float) -> float:
    """p-value of K2 (D'Agostino, Belanger and D'Agostino 1990, The American Statistician 44)."""
    if n < 20:
        return 1.0
    y = skewness * math.sqrt((n + 1) * (n + 3) / (6.0 * (n - 2)))
    beta = 3.0 * (n * n + 27 * n - 70) * (n + 1) * (n + 3)
    beta /= (n - 2) * (n + 5) * (n + 7) * (n + 9)
    w2 = math.sqrt(2.0 * (beta - 1.0)) - 1.0
    first = math.asinh(y / math.sqrt(2.0 / (w2 - 1.0))) / math.sqrt(0.5 * math.log(w2))
    mean = 3.0 * (n - 1) / (n + 1)
    variance = 24.0 * n * (n - 2) * (n - 3) / ((n + 1) ** 2 * (n + 3) * (n + 5))
    x = (kurtosis - mean) / math.sqrt(variance)
    third = 6.0 * (n * n - 5 * n + 2) / ((n + 7) * (n + 9))
    third *= math.sqrt(6.0 * (n + 3) * (n + 5) / (n * (n - 2) * (n - 3)))
    a = 6.0 + 8.0 / third * (2.0 / third + math.sqrt(1.0 + 4.0 / third**2))
    root = 1.0 + x * math.sqrt(2.0 / (a - 4.0))
    ratio = (1.0 - 2.0 / a) / root if root != 0 else math.inf
    cube = math.copysign(abs(ratio) ** (1.0 / 3.0), ratio)
    second = (1.0 - 2.0 / (9.0 * a) - cube) / math.sqrt(2.0 / (9.0 * a))
    return math.exp(-0.5 * (first * first + second * second))


def _anderson(z: Floats, rows: float) -> Floats:
    from scipy.special import log_ndtr

    n = len(z)
    if n < 8:
        return np.ones(z.shape[1])
    s = np.sort(z, axis=0) * math.sqrt((n - 1) / n)
    place = (2.0 * np.arange(1, n + 1) - 1.0)[:, None]
    a2 = -n - (place * (log_ndtr(s) + log_ndtr(-s[::-1]))).mean(axis=0)
    a2 = a2 * (rows / n) * (1.0 + 0.75 / n + 2.25 / n**2)
    return np.array([_anderson_p(float(a)) for a in a2])


def _anderson_p(a: float) -> float:
    if a >= 0.6:
        p = math.exp(1.2937 - 5.709 * min(a, 13.0) + 0.0186 * min(a, 13.0) ** 2)
    elif a >= 0.34:
        p = math.exp(0.9177 - 4.279 * a - 1.38 * a * a)
    elif a >= 0.2:
        p = 1.0 - math.exp(-8.318 + 42.796 * a - 59.938 * a * a)
    else:
        p = 1.0 - math.exp(-13.436 + 101.14 * a - 223.73 * a * a)
    return min(1.0, max(0.0, p))


def _correlation_p(r: Floats, n: float) -> Floats:
    from scipy.special import ndtr

    z = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)) * math.sqrt(max(n - 3.0, 1.0))
    return np.asarray(2.0 * ndtr(-np.abs(z)))


def curvature_p_values(values: Floats, dag: Bools, rest: Floats) -> Floats:
    """Return for each column whether its residual still bends with its parents: p-values [p].

    For each parent the ranks' square and cube, without the straight part, are correlated with the residual
    ``rest`` [n, p] (as in Ramsey's RESET, 1969, with bounded terms); the smallest p-value times the number
    of terms. 1 without parents.
    """
    n, p = values.shape
    found = np.ones(p)
    for y in range(p):
        above = np.flatnonzero(dag[:, y])
        if not len(above):
            continue
        base = np.column_stack([np.ones(n), values[:, above]])
        base = base / np.linalg.norm(base, axis=0)
        ranks = (values[:, above].argsort(axis=0).argsort(axis=0) + 0.5) / n - 0.5
        bent = np.column_stack([ranks**2, ranks**3])
        bent = bent - base @ np.linalg.lstsq(base, bent, rcond=None)[0]
        norm = np.linalg.norm(bent, axis=0)
        bent = bent[:, norm > 1e-9 * math.sqrt(n)] / norm[norm > 1e-9 * math.sqrt(n)]
        if not bent.shape[1]:
            continue
        e = rest[:, y] / np.linalg.norm(rest[:, y])
        # robust against unequal spread: each term by its own standard error
        z = (bent * e[:, None]).sum(axis=0) / np.sqrt(((bent * e[:, None]) ** 2).sum(axis=0))
        p_values = _correlation_p(np.tanh(z / math.sqrt(n)), n)
        found[y] = min(1.0, float(p_values.min()) * bent.shape[1])
    return found


def dependence_p_values(rest: Floats) -> Floats:
    """Return for each pair of residuals [n, p] whether they look dependent: p-values [p, p].

    Bounded and squared transforms are correlated in both ways (as the nonlinear correlations of Hyvarinen,
    Karhunen and Oja 2001); the smallest p-value times their number. Hidden common causes, wrong directions
    and nonlinear effects all show here.
    """
    n, p = rest.shape
    z = rest - rest.mean(axis=0)
    z = z / z.std(axis=0)
    bent = [np.tanh(z), np.abs(z)]
    bent = [(b - b.mean(axis=0)) / b.std(axis=0) for b in bent]
    found = np.ones((p, p))
    for left in (z, *bent):
        for right in (z, *bent):
            # studentised: under dependence of the spread the plain test would reject too often
            product = left.T @ right / np.sqrt((left**2).T @ (right**2))
            np.minimum(found, _correlation_p(np.tanh(product / math.sqrt(n)), n), out=found)
    found = np.minimum(1.0, 9.0 * np.minimum(found, found.T))
    np.fill_diagonal(found, 1.0)
    return found
