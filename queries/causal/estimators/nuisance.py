"""Nuisance functions: propensities and outcome means, cross-fitted, the best of several learners.

Each learner predicts every row from the folds that do not hold it; the one whose held-out loss is
smallest is taken (the discrete super learner: van der Laan, Polley and Hubbard 2007).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from queries.causal.sample import Array

__all__ = ["FOLDS", "Learned", "canonical_order", "folds_of", "means", "propensities"]

FOLDS = 5
BOOSTING_ROWS = 500
"""fewer rows than this are too few for boosted trees"""
Index = npt.NDArray[np.intp]
Rows = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Learned:
    """Cross-fitted predictions, shape ``(n,)``, and the learner that made them with the held-out
    loss of each."""

    values: Array
    learner: str
    losses: dict[str, float]


def canonical_order(columns: Sequence[Array]) -> Index:
    """Return an order of the rows that depends on their values only, so that folds do not change when
    rows are shuffled or columns rescaled."""
    order: Index = np.lexsort(tuple(reversed(columns)))
    return order


def folds_of(x: Array, seed: int) -> Index:
    """Return the fold of each row, the levels of ``x`` spread evenly over the folds."""
    rng = np.random.default_rng(seed)
    folds = np.empty(len(x), dtype=np.intp)
    for level in np.unique(x):
        rows = rng.permutation(np.flatnonzero(x == level))
        folds[rows] = np.arange(len(rows)) % FOLDS
    return folds


def propensities(z: Array, treated: Array, folds: Index, seed: int) -> Learned:
    """Return P(treated | z), by log loss. ``z`` has shape ``(n, k)``, standardised."""
    if not z.shape[1]:
        values = np.empty(len(treated))
        for fold in range(FOLDS):
            values[folds == fold] = treated[folds != fold].mean()
        return Learned(values, "mean", {})

    def loss(p: Array) -> float:
        p = np.clip(p, 1e-6, 1 - 1e-6)
        return float(-np.mean(treated * np.log(p) + (1 - treated) * np.log(1 - p)))

    def predict(model: Any, rows: Array) -> Array:
        return np.asarray(model.predict_proba(rows)[:, 1], dtype=np.float64)

    return _best(
        _classifiers(len(z), seed), z, treated, folds, np.ones(len(z), bool), loss, predict
    )


def means(z: Array, y: Array, arm: Rows, folds: Index, seed: int) -> Learned:
    """Return E(y | z) in the rows of ``arm``, for every row, by squared error."""
    if not z.shape[1]:
        values = np.empty(len(y))
        for fold in range(FOLDS):
            values[folds == fold] = y[(folds != fold) & arm].mean()
        return Learned(values, "mean", {})

    def loss(p: Array) -> float:
        return float(np.mean((y - p)[arm] ** 2))

    def predict(model: Any, rows: Array) -> Array:
        return np.asarray(model.predict(rows), dtype=np.float64)

    return _best(_regressors(int(arm.sum()), seed), z, y, folds, arm, loss, predict)


def _best(
    learners: dict[str, Callable[[], Any]],
    z: Array,
    target: Array,
    folds: Index,
    use: Rows,
    loss: Callable[[Array], float],
    predict: Callable[[Any, Array], Array],
) -> Learned:
    found: dict[str, Array] = {}
    for name, make in learners.items():
        values = np.empty(len(target))
        for fold in range(FOLDS):
            out = folds == fold
            with warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore"
                )  # a learner that does not converge loses by its loss
                model = make().fit(z[~out & use], target[~out & use])
            values[out] = predict(model, z[out])
        found[name] = values
    losses = {name: loss(values) for name, values in found.items()}
    best = min(losses, key=lambda name: losses[name])
    return Learned(found[best], best, {name: round(v, 6) for name, v in losses.items()})


def _classifiers(n: int, seed: int) -> dict[str, Callable[[], Any]]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    learners: dict[str, Callable[[], Any]] = {
        "logistic": lambda: LogisticRegression(C=1e3, max_iter=500),
        "splines": lambda: make_pipeline(_splines(), LogisticRegression(C=1.0, max_iter=500)),
    }
    if n >= BOOSTING_ROWS:
        learners["boosting"] = lambda: HistGradientBoostingClassifier(
            max_iter=100,
            learning_rate=0.06,
            max_leaf_nodes=8,
            l2_regularization=1.0,
            random_state=seed,
        )
    return learners


def _regressors(n: int, seed: int) -> dict[str, Callable[[], Any]]:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.linear_model import LinearRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures

    learners: dict[str, Callable[[], Any]] = {
        "linear": lambda: LinearRegression(),
        "splines": lambda: make_pipeline(_splines(), Ridge(1.0)),
        "products": lambda: make_pipeline(PolynomialFeatures(2, include_bias=False), Ridge(1.0)),
    }
    if n >= BOOSTING_ROWS:
        learners["boosting"] = lambda: HistGradientBoostingRegressor(
            max_iter=150,
            learning_rate=0.06,
            max_leaf_nodes=8,
            l2_regularization=1.0,
            random_state=seed,
        )
    return learners


def _splines() -> Any:
    from sklearn.preprocessing import SplineTransformer

    return SplineTransformer(
        n_knots=5, degree=3, knots="quantile", extrapolation="linear", include_bias=False
    )
