"""Gaussian-process regression of an outcome in one arm, or of both arms with the effect as a function of
its own, whose posterior gives the effect of each unit with its uncertainty.

Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), ch. 2 and 5; two arms as in Alaa
and van der Schaar, NeurIPS 2017, with the prior on the effect apart from that on the level (Hahn, Murray
and Carvalho, Bayesian Analysis 15:965, 2020).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.causal.sample import Array

__all__ = ["GaussianProcess"]

TUNING_ROWS = 500
JITTER = 1e-6


@dataclass(eq=False)
class GaussianProcess:
    """Constant, linear part, a smooth part in which each column has its length scale, and a rougher part
    of each column's own (Duvenaud et al., NeurIPS 2011); for two arms twice: the level, and the effect
    times +1/2 or -1/2.

    Inputs are to be standardised, the outcome too. Hyperparameters maximise the marginal likelihood
    with weak priors, on at most 500 rows.

    Attributes:
        theta: logarithms: noise of each arm, then for each part constant, slope, amplitude, length scales, each
            column's own amplitude, and its length scale.
    """

    arms: bool = False
    theta: Array | None = None
    iterations: int = 40
    seed: int = 0

    def fit(self, z: Array, y: Array, treated: Array | None = None, w: Array | None = None) -> None:
        """Learn from ``z`` (shape ``(n, k)``), ``y`` and, with ``arms``, ``treated`` (0 or 1)."""
        from scipy import linalg

        self._z, self._a = z, np.zeros(len(y)) if treated is None else treated - 0.5
        self._w = np.ones(len(y)) if w is None else np.maximum(w, 1e-3)
        self._bent = np.array([len(np.unique(column)) > 2 for column in z.T], dtype=bool)
        self._centre = float(np.average(y, weights=self._w))
        self._y = y - self._centre
        self.theta = self._tune(self._y)
        self._k = [self._kernel(self.theta, part, z, z) for part in range(2 if self.arms else 1)]
        covariance = self._joined(self._k, self._a, self._a)
        covariance[np.diag_indices_from(covariance)] += self._noise(self.theta, self._a, self._w)
        self._factor = linalg.cho_factor(covariance, lower=True)
        self._alpha = linalg.cho_solve(self._factor, self._y)

    def predict(self, z: Array, treated: Array | None = None) -> Array:
        """Return the mean outcome, shape ``(len(z),)``."""
        a = np.zeros(len(z)) if treated is None else treated - 0.5
        assert self.theta is not None
        parts = [self._kernel(self.theta, p, z, self._z) for p in range(2 if self.arms else 1)]
        return np.asarray(self._centre + self._joined(parts, a, self._a) @ self._alpha)

    def effect(self, z: Array | None = None) -> tuple[Array, Array]:
        """Return the posterior mean and standard deviation of the effect at ``z``, or in its own rows."""
        from scipy import linalg

        assert self.theta is not None
        points = self._z if z is None else z
        part = self._part(self.theta, 1)
        k = self._k[1] if z is None else self._kernel(self.theta, 1, z, self._z)
        cross = k * self._a
        prior = _diagonal(part, points, self._bent)
        solved = linalg.solve_triangular(self._factor[0], cross.T, lower=True)
        spread = np.sqrt(np.maximum(prior - np.sum(solved**2, axis=0), 0.0))
        return cross @ self._alpha, spread

    def average(self, w: Array) -> float:
        """Return the posterior standard deviation of the effect's mean over its own rows, weighted."""
        from scipy import linalg

        share = w / w.sum()
        cross = (share @ self._k[1]) * self._a
        variance = float(share @ self._k[1] @ share) - float(
            cross @ linalg.cho_solve(self._factor, cross)
        )
        return float(np.sqrt(max(variance, 0.0)))

    def held_out(self, folds: npt.NDArray[np.intp]) -> tuple[Array, Array]:
        """Return the mean outcome of each of its rows in the upper and the lower arm, learned without the
        row's fold (with the same hyperparameters)."""
        from scipy import linalg

        assert self.theta is not None
        whole = self._joined(self._k, self._a, self._a)
        noise = self._noise(self.theta, self._a, self._w)
        upper, lower = np.empty(len(folds)), np.empty(len(folds))
        for fold in np.unique(folds):
            out, rows = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
            block = whole[np.ix_(rows, rows)] + np.diag(noise[rows])
            alpha = linalg.cho_solve(linalg.cho_factor(block, lower=True), self._y[rows])
            level = self._k[0][np.ix_(out, rows)] @ alpha + self._centre
            effect = self._k[1][np.ix_(out, rows)] @ (self._a[rows] * alpha) / 2
            upper[out], lower[out] = level + effect, level - effect
        return upper, lower

    def _part(self, theta: Array, which: int) -> Array:
        size = 3 + 3 * self._z.shape[1]
        start = (2 if self.arms else 1) + which * size
        return np.asarray(theta[start : start + size])

    def _noise(self, theta: Array, a: Array, w: Array) -> Array:
        level = np.where(a > 0, theta[1 if self.arms else 0], theta[0])
        return np.asarray((np.exp(2 * level) + JITTER) / w)

    def _joined(self, parts: list[Array], a: Array, b: Array) -> Array:
        """The covariance of outcomes from those of level and effect."""
        if len(parts) == 1:
            return parts[0].copy()
        return np.asarray(parts[0] + np.outer(a, b) * parts[1])

    def _kernel(self, theta: Array, which: int, z: Array, other: Array) -> Array:
        scale, length, own, reach = _split(self._part(theta, which), z.shape[1])
        k = np.exp(2 * scale[1]) * (z @ other.T) + np.exp(2 * scale[2]) * _smooth(length, z, other)
        k += np.exp(2 * scale[0])
        for j in np.flatnonzero(self._bent):
            k += np.exp(2 * own[j]) * _rough(float(np.exp(reach[j])), z[:, j], other[:, j])
        return np.asarray(k)

    def _tune(self, y: Array) -> Array:
        from scipy import optimize

        d = self._z.shape[1]
        length = np.log(max(2.0, 1.5 * np.sqrt(d)))
        own, reach = np.log(0.4 / np.sqrt(d)), np.log(2.0)
        level = np.array(
            [np.log(0.7), np.log(0.3), np.log(0.6), *[length] * d, *[own] * d, *[reach] * d]
        )
        effect = level + np.array(
            [*np.log([0.7, 0.7, 0.7]), *[0.0] * d, *[np.log(0.7)] * d, *[0.0] * d]
        )
        noise = [np.log(0.6)] * (2 if self.arms else 1)
        prior = np.concatenate([noise, level, effect] if self.arms else [noise, level])
        rows = np.arange(len(y))
        if len(y) > TUNING_ROWS:
            rows = np.sort(
                np.random.default_rng(self.seed).choice(len(y), TUNING_ROWS, replace=False)
            )
        z, a, w, target = self._z[rows], self._a[rows], self._w[rows], y[rows]

        def loss(theta: Array) -> tuple[float, Array]:
            value, slope = self._evidence(theta, z, a, w, target)
            away = theta - prior
            return -value + float(away @ away) / 2, -slope + away

        start = prior if self.theta is None else self.theta
        found = optimize.minimize(
            loss, start, jac=True, method="L-BFGS-B", bounds=[(-7.0, 5.0)] * len(prior),
            options={"maxiter": self.iterations, "ftol": 1e-5},
        )  # fmt: skip
        return np.asarray(found.x)

    def _evidence(
        self, theta: Array, z: Array, a: Array, w: Array, y: Array
    ) -> tuple[float, Array]:
        """The log marginal likelihood (eq. 2.30) and its gradient (eq. 5.9)."""
        from scipy import linalg

        noise = self._noise(theta, a, w)
        parts, slopes_of = [], []
        for which in range(2 if self.arms else 1):
            k, slope_of = _both(self._part(theta, which), z, self._bent)
            parts.append(k)
            slopes_of.append(slope_of)
        factor = linalg.cho_factor(self._joined(parts, a, a) + np.diag(noise), lower=True)
        alpha = linalg.cho_solve(factor, y)
        value = -0.5 * float(y @ alpha) - float(np.log(np.diag(factor[0])).sum())
        inverse = linalg.lapack.dpotri(factor[0], lower=1)[0]
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        pull = np.outer(alpha, alpha) - inverse
        diagonal = np.diag(pull) * noise
        slope = [float(diagonal[a <= 0].sum()), float(diagonal[a > 0].sum())]
        slopes = [np.array(slope if self.arms else [sum(slope)]), slopes_of[0](pull)]
        if self.arms:
            slopes.append(slopes_of[1](pull * np.outer(a, a)))
        return value, np.concatenate(slopes)


def _split(part: Array, d: int) -> tuple[Array, Array, Array, Array]:
    """Constant, slope and amplitude; length scales; amplitude and length scale of each column's own part."""
    return part[:3], part[3 : 3 + d], part[3 + d : 3 + 2 * d], part[3 + 2 * d :]


def _diagonal(part: Array, z: Array, bent: npt.NDArray[np.bool_]) -> Array:
    scale, _, own, _ = _split(part, z.shape[1])
    fixed = np.exp(2 * scale[0]) + np.exp(2 * scale[2]) + np.exp(2 * own[bent]).sum()
    return np.asarray(fixed + np.exp(2 * scale[1]) * np.sum(z**2, axis=1))


def _smooth(length: Array, z: Array, other: Array) -> Array:
    a, b = z / np.exp(length), other / np.exp(length)
    apart = np.sum(a**2, axis=1)[:, None] + np.sum(b**2, axis=1) - 2 * a @ b.T
    return np.asarray(np.exp(-0.5 * np.maximum(apart, 0.0)))


def _rough(length: float, a: Array, b: Array) -> Array:
    """The Matern kernel of order 3/2 of one column."""
    apart = np.abs(np.subtract.outer(a * (np.sqrt(3) / length), b * (np.sqrt(3) / length)))
    return np.asarray((1 + apart) * np.exp(-apart))


def _both(
    part: Array, z: Array, bent: npt.NDArray[np.bool_]
) -> tuple[Array, Callable[[Array], Array]]:
    """The kernel, and what gives half the trace of a matrix times its derivative by each logarithm."""
    scale, length, own, reach = _split(part, z.shape[1])
    columns = np.flatnonzero(bent)
    smooth = _smooth(length, z, z)
    k = np.exp(2 * scale[1]) * (z @ z.T) + np.exp(2 * scale[2]) * smooth + np.exp(2 * scale[0])
    rough, bend = [], []
    for j in columns:
        scaled = z[:, j] * (np.sqrt(3) / np.exp(reach[j]))
        apart = np.abs(np.subtract.outer(scaled, scaled))
        fall = np.exp(-apart)
        bend.append(apart * apart * fall)
        rough.append(fall + apart * fall)
        k += np.exp(2 * own[j]) * rough[-1]

    def slope(pull: Array) -> Array:
        weighted = pull * smooth
        rows = weighted.sum(axis=1)
        # the sum over pairs of weighted (z_id - z_jd)^2, without an array of pairs by columns
        apart = 2 * (rows @ z**2) - 2 * np.einsum("id,id->d", z, weighted @ z)
        of_own, of_reach = np.zeros(len(own)), np.zeros(len(own))
        for j, kernel, bent_kernel in zip(columns, rough, bend, strict=True):
            size = np.exp(2 * own[j])
            of_own[j] = size * np.vdot(pull, kernel)
            of_reach[j] = 0.5 * size * np.vdot(pull, bent_kernel)
        return np.concatenate(
            [
                [np.exp(2 * scale[0]) * pull.sum(), np.exp(2 * scale[1]) * np.sum((pull @ z) * z)],
                [np.exp(2 * scale[2]) * weighted.sum()],
                0.5 * np.exp(2 * scale[2]) * np.exp(-2 * length) * apart,
                of_own,
                of_reach,
            ]
        )

    return k, slope
