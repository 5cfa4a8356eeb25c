"""From scores to probabilities, and how well they hold.

A score is mapped to the probability that a triple is true rather than one of the untrue ones it was
calibrated among: with ten of those for each true edge, 0.5 means ten times better than a guess. Isotonic
regression for each relation with enough edges (Zadrozny & Elkan 2002), temperature and bias (Platt 1999; Guo
et al. 2017) for one with fewer, all relations together for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from discovery.embeddings.triples import F64, I64
from graph.errors import DataError

__all__ = ["Calibration", "Curve", "calibrate", "ece"]

ISOTONIC, ALONE = 100, 20
"""True edges a relation needs for a curve of its own: isotonic, or temperature and bias."""


@dataclass(frozen=True)
class Curve:
    """A non-decreasing map: between ``x`` by straight lines through ``y``; ``kind`` says how fitted."""

    kind: str
    x: tuple[float, ...]
    y: tuple[float, ...]

    def __call__(self, scores: F64) -> F64:
        """Return probabilities."""
        if self.kind == "temperature":
            slope, bias = self.x[0], self.y[0]
            return np.asarray(1 / (1 + np.exp(-np.clip(slope * scores + bias, -60, 60))))
        return np.asarray(np.interp(scores, self.x, self.y))


@dataclass(frozen=True)
class Calibration:
    """One curve for each relation that has its own, and one for all.

    Attributes:
        curves: by relation's id.
        pooled: for every other relation.
        ratio: untrue triples for each true one where it was fitted.
        error: expected calibration error on the edges that were held back from the fit.
    """

    curves: Mapping[int, Curve]
    pooled: Curve
    ratio: float
    error: float

    def __call__(self, scores: ArrayLike, relations: ArrayLike) -> F64:
        """Return the probability of each triple, float64 ``[n]``."""
        s, r = np.asarray(scores, np.float64), np.asarray(relations)
        out = self.pooled(s)
        for relation, curve in self.curves.items():
            mine = r == relation
            out[mine] = curve(s[mine])
        return np.asarray(out, np.float64)

    def to_json(self) -> dict[str, Any]:
        """Plain data; :meth:`of` reads it back."""
        return {
            "curves": {str(k): vars(c) for k, c in self.curves.items()},
            "pooled": vars(self.pooled), "ratio": self.ratio, "error": self.error,
        }  # fmt: skip

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Calibration:
        """Return the calibration of plain data."""

        def curve(one: Mapping[str, Any]) -> Curve:
            return Curve(one["kind"], tuple(one["x"]), tuple(one["y"]))

        curves = {int(k): curve(c) for k, c in values["curves"].items()}
        return cls(curves, curve(values["pooled"]), values["ratio"], values["error"])


def ece(probability: ArrayLike, truth: ArrayLike, bins: int = 15) -> float:
    """Return the expected calibration error over bins with as many triples each.

    (Naeini et al. 2015; equal mass, as equal width leaves most bins of rare truths empty.)

    Raises:
        DataError: nothing to measure.
    """
    p, y = np.asarray(probability, np.float64), np.asarray(truth, np.float64)
    if not len(p):
        raise DataError("there is nothing to measure the calibration on")
    order = np.argsort(p, kind="stable")
    groups = np.array_split(order, min(bins, len(p)))
    return float(sum(len(g) * abs(p[g].mean() - y[g].mean()) for g in groups) / len(p))


def calibrate(
    scores: ArrayLike, truth: ArrayLike, relations: ArrayLike, seed: int = 0
) -> Calibration:
    """Fit a calibration; its error is measured by fitting on one half and looking at the other, both
    ways.

    Args:
        scores, truth, relations: ``[n]`` each; truth is 0 or 1.

    Raises:
        DataError: a score is NaN, or there are not both true and untrue triples.
    """
    s, y, r = np.asarray(scores, np.float64), np.asarray(truth, np.float64), np.asarray(relations)
    if np.isnan(s).any():
        raise DataError("a score is NaN", hint="Training has diverged, or a feature is NaN.")
    if not 0 < y.sum() < len(y):
        raise DataError(
            "calibration needs true and untrue triples", hint="Hold out a validation part."
        )
    half = np.zeros(len(s), np.int64)
    rng = np.random.default_rng(seed)
    for value in (0, 1):
        places = rng.permutation(np.flatnonzero(y == value))
        half[places[::2]] = 1
    held = np.full(len(s), y.mean())
    for side in (0, 1):
        one, other = half == side, half != side
        if 0 < y[other].sum() < other.sum():
            curves, pooled = _fit(s[other], y[other], r[other])
            held[one] = Calibration(curves, pooled, 1.0, 0.0)(s[one], r[one])
    curves, pooled = _fit(s, y, r)
    return Calibration(curves, pooled, float((y == 0).sum() / y.sum()), ece(held, y))


def _fit(s: F64, y: F64, r: I64) -> tuple[dict[int, Curve], Curve]:
    curves = {}
    for relation in np.unique(r):
        mine = r == relation
        true = int(y[mine].sum())
        if min(true, int(mine.sum()) - true) >= ALONE:
            curves[int(relation)] = _curve(s[mine], y[mine])
    return curves, _curve(s, y)


def _curve(s: F64, y: F64) -> Curve:
    true = int(y.sum())
    if min(true, len(y) - true) >= ISOTONIC:
        from sklearn.isotonic import IsotonicRegression

        fitted = IsotonicRegression(out_of_bounds="clip").fit(s, y)
        return Curve(
            "isotonic",
            tuple(map(float, fitted.X_thresholds_)),
            tuple(map(float, fitted.y_thresholds_)),
        )
    slope, bias = _platt(s, y)
    return Curve("temperature", (slope,), (bias,))


def _platt(s: F64, y: F64) -> tuple[float, float]:
    """Return slope (never negative) and bias, with Platt's targets, by Newton's method on scaled scores."""
    from scipy.optimize import minimize

    true, false = y.sum(), len(y) - y.sum()
    target = np.where(y > 0, (true + 1) / (true + 2), 1 / (false + 2))
    center, scale = float(s.mean()), float(s.std()) or 1.0
    z = (s - center) / scale

    def loss(at: F64) -> tuple[float, F64]:
        logit = at[0] * z + at[1]
        value = float((np.logaddexp(0, logit) - target * logit).sum())
        slack = 1 / (1 + np.exp(-np.clip(logit, -60, 60))) - target
        return value, np.array([slack @ z, slack.sum()])

    found = minimize(
        loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0, None), (None, None)]
    ).x
    return float(found[0] / scale), float(found[1] - found[0] * center / scale)
