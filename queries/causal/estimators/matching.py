"""Nearest-neighbour matching with bias correction."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from queries.causal.estimators.arms import Arms, two_arms_unfit
from queries.causal.estimators.base import Estimator, Fit, interval, spread_of
from queries.causal.overlap import arms_report, logistic
from queries.causal.results import Estimand
from queries.causal.sample import Array, Sample

__all__ = ["Matching", "PropensityMatching", "regression_of_rows"]

NEIGHBOURS = 3
Index = npt.NDArray[np.intp]


class Matching(Estimator):
    """Each row against its three nearest of the other arm, by Mahalanobis distance; what the distance
    leaves is corrected by a linear regression in each arm (Abadie and Imbens 2011).

    Variance: Abadie and Imbens (2006), theorem 7, with the nearest rows of the same arm for the outcome's
    noise; with clusters, the estimator's linear form (Otsu and Rai 2017) summed within them.
    """

    name: ClassVar[str] = "matching"
    summary: ClassVar[str] = "three nearest neighbours by Mahalanobis distance, bias-corrected"

    def unfit(self, estimand: Estimand, sample: Sample) -> str:
        return two_arms_unfit(estimand, sample)

    def fit(self, estimand: Estimand, sample: Sample, seed: int) -> Fit:
        arms = Arms.of(estimand, sample)
        t, y, n = arms.treated, arms.y, len(arms.y)
        space, score = self._space(arms)
        predicted = {a: regression_of_rows(arms, t == a) for a in (0.0, 1.0)}
        other = np.empty((n, NEIGHBOURS), dtype=np.intp)
        for a in (0.0, 1.0):
            mine, theirs = np.flatnonzero(t == a), np.flatnonzero(t != a)
            other[mine] = theirs[_nearest(space[mine], space[theirs], NEIGHBOURS)]
        own, opposite = _chosen(predicted, t), _chosen(predicted, 1 - t)
        filled = np.mean(y[other] - _chosen(predicted, t[other], other), axis=1) + opposite
        units = np.where(t == 1, y - filled, filled - y)
        value = arms.mean(units)
        # how much each row stands for as a neighbour, in its own weight
        used = np.bincount(other.ravel(), np.repeat(arms.w, NEIGHBOURS), n) / NEIGHBOURS / arms.w
        if sample.clusters is None:
            noise = _noise(arms, space)
            extra = used**2 + (2 * NEIGHBOURS - 1) / NEIGHBOURS * used
            variance = (
                float(np.sum(arms.w**2 * (units - value) ** 2) + np.sum(arms.w**2 * extra * noise))
                / n**2
            )
            std_error, df = float(np.sqrt(variance)), n - 1.0
        else:
            sides = np.where(t == 1, own - opposite, opposite - own)
            pull = sides - value + (2 * t - 1) * (1 + used) * (y - own)
            std_error, df = spread_of(pull - arms.mean(pull), arms.sample)
        value, std_error = value * arms.scale, std_error * arms.scale
        low, high, p = interval(value, std_error, df)
        apart = np.sqrt(np.mean((space[other] - space[:, None]) ** 2, axis=(1, 2)))
        report = arms_report(arms.labels, arms.raw, t, score, 1 + used, arms.levels, arms.w)
        told: dict[str, Any] = {
            "p_value": p, "neighbours": NEIGHBOURS,
            "matches": {
                "used_most": float(used.max() * NEIGHBOURS), "never_used": int((used == 0).sum()),
                "median_distance": float(np.median(apart)), "largest_distance": float(apart.max()),
            },
            **report,
        }  # fmt: skip
        return Fit(value, std_error, low, high, told)

    def _space(self, arms: Arms) -> tuple[Array, Array]:
        """Coordinates whose Euclidean distance is to be small, and the propensity of each row."""
        score = logistic(arms.raw, arms.treated, arms.w)[0]
        if not arms.z.shape[1]:
            return np.zeros((len(arms.y), 1)), score
        covariance = np.atleast_2d(np.cov(arms.z.T))
        values, vectors = np.linalg.eigh(covariance)
        kept = values > 1e-9 * values.max()
        return arms.z @ (vectors[:, kept] / np.sqrt(values[kept])), score


class PropensityMatching(Matching):
    """As :class:`Matching`, near by the logit of a logistic regression's propensity."""

    name: ClassVar[str] = "matching-propensity"
    summary: ClassVar[str] = "three nearest neighbours by propensity, bias-corrected"

    def _space(self, arms: Arms) -> tuple[Array, Array]:
        score = logistic(arms.raw, arms.treated, arms.w)[0]
        clipped = np.clip(score, 1e-9, 1 - 1e-9)
        return np.log(clipped / (1 - clipped))[:, None], score


def _chosen(predicted: dict[float, Array], t: Array, rows: Index | None = None) -> Array:
    values = (
        (predicted[0.0], predicted[1.0])
        if rows is None
        else (predicted[0.0][rows], predicted[1.0][rows])
    )
    return np.where(t == 1, values[1], values[0])


def regression_of_rows(arms: Arms, rows: Any) -> Array:
    """Return predictions for all rows by a linear regression of the standardised outcome on some rows."""
    root = np.sqrt(arms.w[rows])
    design = np.column_stack([np.ones(len(arms.y)), arms.z])
    inside = design[rows] * root[:, None]
    # a ridge too small to matter, but for columns that do not vary within the arm
    gram = inside.T @ inside + 1e-8 * len(root) * np.eye(design.shape[1])
    return np.asarray(design @ np.linalg.solve(gram, inside.T @ (arms.y[rows] * root)))


def _nearest(points: Array, among: Array, k: int) -> Index:
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(among).query(points, k=k)[1], dtype=np.intp).reshape(len(points), k)


def _noise(arms: Arms, space: Array) -> Array:
    """The outcome's variance given covariates and arm, by the nearest rows of the same arm (Abadie and
    Imbens 2006, eq. 13), both adjusted by the arm's regression."""
    t = arms.treated
    found = np.empty(len(t))
    for a in (0.0, 1.0):
        rows = np.flatnonzero(t == a)
        rest = arms.y[rows] - regression_of_rows(arms, t == a)[rows]
        near = _nearest(space[rows], space[rows], NEIGHBOURS + 1)
        mates = np.where(near == np.arange(len(rows))[:, None], -1, near)
        others = np.array([row[row >= 0][:NEIGHBOURS] for row in mates])
        found[rows] = NEIGHBOURS / (NEIGHBOURS + 1) * (rest - rest[others].mean(axis=1)) ** 2
    return found
