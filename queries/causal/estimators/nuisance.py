"""Nuisance functions: propensities and outcome means, cross-fitted, by an ensemble of learners.

Each learner predicts every row from the folds that do not hold it; their mixture with the smallest
held-out loss is taken (the super learner: van der Laan, Polley and Hubbard 2007).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from queries.causal.sample import Array

__all__ = [
    "FOLDS",
    "Learned",
    "Learner",
    "canonical_order",
    "convex",
    "folds_of",
    "means",
    "mixture",
    "process_fits",
    "propensities",
    "quick",
]

FOLDS = 5
BOOSTING_ROWS = 500
"""fewer rows than this are too few for boosted trees"""
PROCESS_ROWS = (200, 2500)
"""rows between which a Gaussian process is one of the learners ..."""
PROCESS_COLUMNS = 40
"""... up to this many columns"""
MOST_PRODUCTS = 40
"""with more columns than this their products are too many"""
LEAST_WEIGHT = 0.02
"""a learner with a smaller share than this is left out of a mixture"""
Index = npt.NDArray[np.intp]
Rows = npt.NDArray[np.bool_]
Learner = Callable[[Array, Array, Array], Callable[[Array], Array]]
"""from columns, target and what rows count to a function that predicts"""


_quick: ContextVar[bool] = ContextVar("quick", default=False)


@contextmanager
def quick() -> Iterator[None]:
    """Inside, ensembles go without Gaussian process and boosted trees: for refits by the dozen."""
    token = _quick.set(True)
    try:
        yield
    finally:
        _quick.reset(token)


def process_fits(rows: int, columns: int) -> bool:
    """Whether a Gaussian process is one of the learners of so many rows and columns."""
    return (
        not _quick.get()
        and PROCESS_ROWS[0] <= rows <= PROCESS_ROWS[1]
        and 0 < columns <= PROCESS_COLUMNS
    )


@dataclass(frozen=True, slots=True)
class Learned:
    """Cross-fitted predictions, shape ``(n,)``, the share of each learner in them, and the held-out
    loss of each learner."""

    values: Array
    shares: dict[str, float]
    losses: dict[str, float] = field(default_factory=dict)


def canonical_order(columns: Sequence[Array]) -> Index:
    """Return an order of the rows that depends on their values only, so that folds do not change when
    rows are shuffled or columns rescaled."""
    order: Index = np.lexsort(tuple(reversed(columns)))
    return order


def folds_of(x: Array, seed: int, clusters: Index | None = None) -> Index:
    """Return the fold of each row, the levels of ``x`` spread evenly over the folds; rows of one
    cluster are in one fold."""
    rng = np.random.default_rng(seed)
    folds = np.empty(len(x), dtype=np.intp)
    if clusters is not None:
        # named by their first row, so that what clusters are called does not matter
        first, code = np.unique(clusters, return_index=True, return_inverse=True)[1:]
        rank = np.empty(len(first), dtype=np.intp)
        rank[np.argsort(first)] = rng.permutation(len(first)) % FOLDS
        return np.asarray(rank[code], dtype=np.intp)
    for level in np.unique(x):
        rows = rng.permutation(np.flatnonzero(x == level))
        folds[rows] = np.arange(len(rows)) % FOLDS
    return folds


def propensities(
    z: Array, treated: Array, folds: Index, seed: int, w: Array | None = None
) -> Learned:
    """Return P(treated | z), by log loss. ``z`` has shape ``(n, k)``, standardised; ``w`` is what each
    row counts."""
    w = np.ones(len(treated)) if w is None else w
    use = np.ones(len(z), bool)
    if not z.shape[1]:
        return Learned(_plain(treated, use, folds, w), {"mean": 1.0})
    found = {
        name: np.clip(values, 1e-6, 1 - 1e-6)
        for name, values in _held_out(_classifiers(z, seed), z, treated, folds, use, w).items()
    }
    chances = np.column_stack([np.where(treated == 1, p, 1 - p) for p in found.values()])
    losses = {
        name: round(float(-np.average(np.log(c), weights=w)), 6)
        for name, c in zip(found, chances.T, strict=True)
    }
    # the mixture with the highest likelihood, by expectation-maximisation
    shares = np.full(len(found), 1 / len(found))
    for _ in range(200):
        parts = chances * shares
        shares = np.average(parts / parts.sum(axis=1, keepdims=True), axis=0, weights=w)
    return _mixed(found, shares, losses)


def means(
    z: Array,
    y: Array,
    arm: Rows,
    folds: Index,
    seed: int,
    w: Array | None = None,
    others: Mapping[str, Array] | None = None,
    process: bool = False,
) -> Learned:
    """Return E(y | z) in the rows of ``arm``, for every row, by squared error.

    ``others`` are held-out predictions that came about elsewhere and may have a share too; with
    ``process`` a Gaussian process is one of the learners where its rows and columns allow."""
    w = np.ones(len(y)) if w is None else w
    if not z.shape[1]:
        return Learned(_plain(y, arm, folds, w), {"mean": 1.0})
    found = _held_out(_regressors(z[arm], seed, process), z, y, folds, arm, w) | dict(others or {})
    size = max(
        float(np.average((y[arm] - np.average(y[arm], weights=w[arm])) ** 2, weights=w[arm])),
        1e-300,
    )
    low, high = float(y[arm].min()), float(y[arm].max())
    room = 0.5 * (high - low)
    found = {name: np.clip(values, low - room, high + room) for name, values in found.items()}
    losses = {
        name: round(float(np.average((y - p)[arm] ** 2, weights=w[arm])) / size, 6)
        for name, p in found.items()
    }
    return _mixed(
        found, _convex(np.column_stack(list(found.values()))[arm], y[arm], w[arm]), losses
    )


def _plain(y: Array, use: Rows, folds: Index, w: Array) -> Array:
    values = np.empty(len(y))
    for fold in range(FOLDS):
        rows = (folds != fold) & use
        values[folds == fold] = np.average(y[rows], weights=w[rows])
    return values


def _mixed(found: dict[str, Array], shares: Array, losses: dict[str, float]) -> Learned:
    shares = np.where(shares < LEAST_WEIGHT, 0.0, shares)
    shares /= shares.sum()
    values = np.column_stack(list(found.values())) @ shares
    told = {n: round(float(s), 4) for n, s in zip(found, shares, strict=True) if s > 0}
    return Learned(np.asarray(values), told, losses)


def _convex(predictions: Array, y: Array, w: Array) -> Array:
    """The shares, summing to one, whose mixture is nearest to ``y``: non-negative least squares."""
    from scipy.optimize import nnls

    scale = np.sqrt(w)[:, None]
    apart = (predictions - y[:, None]) * scale
    # sum to one: minimise |apart @ s| over the simplex, by a heavy row that says so
    heavy = 1e3 * max(float(np.abs(apart).max()), 1e-12) * np.sqrt(len(y))
    found, _ = nnls(
        np.vstack([apart, np.full((1, apart.shape[1]), heavy)]), np.append(np.zeros(len(y)), heavy)
    )
    total = found.sum()
    return np.asarray(found / total if total > 0 else np.full(len(found), 1 / len(found)))


def _held_out(
    learners: dict[str, Learner], z: Array, target: Array, folds: Index, use: Rows, w: Array
) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for name, learner in learners.items():
        values = np.empty(len(target))
        for fold in range(FOLDS):
            out = folds == fold
            rows = ~out & use
            with warnings.catch_warnings():
                # a learner that does not converge loses by its loss
                warnings.simplefilter("ignore")
                values[out] = learner(z[rows], target[rows], w[rows])(z[out])
        found[name] = values
    return found


def _classifiers(z: Array, seed: int) -> dict[str, Learner]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    def learner(make: Callable[[], Any]) -> Learner:
        def fit(z: Array, y: Array, w: Array) -> Callable[[Array], Array]:
            model = _fitted(make(), z, y, w)
            return lambda rows: np.asarray(model.predict_proba(rows)[:, 1], dtype=np.float64)

        return fit

    learners = {
        "logistic": learner(lambda: LogisticRegression(C=1e3, max_iter=500)),
        "splines": learner(
            lambda: make_pipeline(_splines(), LogisticRegression(C=1.0, max_iter=500))
        ),
    }
    if len(z) >= BOOSTING_ROWS and not _quick.get():
        learners["boosting"] = learner(
            lambda: HistGradientBoostingClassifier(
                max_iter=100, learning_rate=0.06, max_leaf_nodes=8, l2_regularization=1.0,
                random_state=seed,
            )
        )  # fmt: skip
        if z.shape[1] <= MOST_PRODUCTS:
            learners["products"] = learner(
                lambda: make_pipeline(_products(), LogisticRegression(C=0.05, max_iter=200))
            )
    return learners


def _regressors(z: Array, seed: int, process: bool = False) -> dict[str, Learner]:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.linear_model import LinearRegression, Ridge
    from sklearn.pipeline import make_pipeline

    def learner(make: Callable[[], Any]) -> Learner:
        def fit(z: Array, y: Array, w: Array) -> Callable[[Array], Array]:
            model = _fitted(make(), z, y, w)
            return lambda rows: np.asarray(model.predict(rows), dtype=np.float64)

        return fit

    learners = {
        "linear": learner(LinearRegression),
        "splines": learner(lambda: make_pipeline(_splines(), Ridge(1.0))),
    }
    if z.shape[1] <= MOST_PRODUCTS:
        learners["products"] = learner(lambda: make_pipeline(_products(), Ridge(1.0)))
    if process and process_fits(*z.shape):
        learners["gaussian process"] = _process(seed)
    if len(z) >= BOOSTING_ROWS and not _quick.get():
        learners["boosting"] = learner(
            lambda: HistGradientBoostingRegressor(
                max_iter=150, learning_rate=0.06, max_leaf_nodes=8, l2_regularization=1.0,
                random_state=seed,
            )
        )  # fmt: skip
    return learners


def _process(seed: int, first: int = 25) -> Learner:
    """A Gaussian process that starts each fold's search where the last fold's ended."""
    from queries.causal.estimators.gaussian_process import GaussianProcess

    last: list[Array] = []

    def fit(z: Array, y: Array, w: Array) -> Callable[[Array], Array]:
        model = GaussianProcess(
            theta=last[0] if last else None, iterations=4 if last else first, seed=seed
        )
        model.fit(z, y, None, w)
        assert model.theta is not None
        last[:] = [model.theta]
        return model.predict

    return fit


def _fitted(model: Any, z: Array, y: Array, w: Array) -> Any:
    if np.ptp(w) == 0:
        return model.fit(z, y)
    steps = getattr(model, "steps", None)
    return model.fit(z, y, **{f"{steps[-1][0]}__sample_weight" if steps else "sample_weight": w})


def _splines() -> Any:
    from sklearn.preprocessing import SplineTransformer

    return SplineTransformer(
        n_knots=5, degree=3, knots="quantile", extrapolation="linear", include_bias=False
    )


def _products() -> Any:
    from sklearn.preprocessing import PolynomialFeatures

    return PolynomialFeatures(2, include_bias=False)


def mixture(
    z: Array, y: Array, w: Array, seed: int, shares: Mapping[str, float]
) -> Callable[[Array], Array]:
    """Fit the learners of a mixture on all rows given and return what predicts."""
    if not z.shape[1]:
        mean = float(np.average(y, weights=w))
        return lambda rows: np.full(len(rows), mean)
    learners = _regressors(z, seed, "gaussian process" in shares)
    if "gaussian process" in learners:
        learners["gaussian process"] = _process(seed, 10)
    parts: list[tuple[float, Callable[[Array], Array]]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, share in shares.items():
            # with rows left out a learner may have become too large for them
            parts.append((share, learners.get(name, learners["linear"])(z, y, w)))
    total = sum(share for share, _ in parts)
    return lambda rows: np.asarray(sum(share / total * predict(rows) for share, predict in parts))


def convex(predictions: Array, y: Array, w: Array) -> Array:
    """The shares, summing to one, of the columns of ``predictions`` whose mixture is nearest to ``y``."""
    return _convex(predictions, y, w)
