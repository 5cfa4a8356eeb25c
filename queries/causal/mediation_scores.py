"""The arithmetic of effect parts with covariates: regressions with interaction, influence functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.dataset import Dataset
from graph.errors import DataError
from queries.causal.mediation_results import EffectPart
from queries.causal.sample import complete_numbers
from queries.causal.table import Array

__all__ = ["Columns", "doubly_robust", "regression", "zero_correlation"]

FOLDS = 5
BOOSTING_ROWS = 500
FLOOR = 0.01
"""propensities are not taken smaller"""
Rows = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Columns:
    """Numeric columns, complete rows only: treatment, outcome, mediators, covariates."""

    names: tuple[str, ...]
    values: Array
    dropped: int
    where: str
    treatment: str

    @classmethod
    def of(cls, parts: Sequence[EffectPart], data: Dataset) -> Columns:
        """Take what the parts need.

        Raises:
            DataError: for absent columns, words, infinite values.
        """
        needed: dict[str, None] = {}
        for part in parts:
            needed |= dict.fromkeys((part.treatment, part.outcome, *mediators(part), *(part.covariates or ())))  # fmt: skip
        names = tuple(needed)
        values = complete_numbers(data, names)
        return cls(names, values, len(data.frame) - len(values), data.path or data.name, parts[0].treatment)  # fmt: skip

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.values)

    @property
    def two_valued(self) -> bool:
        """Whether the treatment has two values."""
        return len(np.unique(self[self.treatment])) == 2

    def __getitem__(self, name: str) -> Array:
        found: Array = self.values[:, self.names.index(name)]
        return found

    def matrix(self, names: Sequence[str]) -> Array:
        """Columns side by side, shape ``(n, len(names))``."""
        return self.values[:, [self.names.index(n) for n in names]]


def mediators(part: EffectPart) -> tuple[str, ...]:
    """The mediators' names, without the values that they are held at."""
    if part.kind == "controlled direct":
        return tuple(t.partition(" = ")[0] for t in part.through)
    return part.through if part.kind != "path-specific" else ()


def _number(label: str, name: str, where: str) -> float:
    try:
        return float(label)
    except ValueError:
        raise DataError(f"{label!r} of {name!r} is no number", where=where, hint="Regressions need numbers.") from None  # fmt: skip


def _levels(part: EffectPart, columns: Columns) -> tuple[float, float]:
    one = _number(part.active, part.treatment, columns.where)
    zero = _number(part.baseline, part.treatment, columns.where)
    return one, zero


def regression(part: EffectPart, columns: Columns, bootstraps: int, seed: int) -> Array:
    """Return the effect, then those of bootstrap samples of rows, by linear regressions.

    The outcome's has products of the treatment with mediators and covariates; a mediator's of the
    treatment with covariates. The difference is averaged over the rows (the treated ones for the effect
    on the treated).

    Raises:
        DataError: if there are too few rows or the columns are collinear.
    """
    one, zero = _levels(part, columns)
    x, y = columns[part.treatment], columns[part.outcome]
    m, c = columns.matrix(mediators(part)), columns.matrix(part.covariates or ())
    held = [_number(t.partition(" = ")[2], t, columns.where) for t in part.through] if part.kind == "controlled direct" else []  # fmt: skip
    width = 2 + 2 * m.shape[1] + 2 * c.shape[1]
    if columns.n <= width + 1:
        raise DataError(f"{columns.n} complete rows are too few for {width} coefficients", where=columns.where, hint="Give more rows.")  # fmt: skip
    natural = part.kind in ("natural direct", "natural indirect")

    def design(x: Array, c: Array, m: Array | None = None) -> Array:
        parts = [np.ones((len(c), 1)), x[:, None], c, x[:, None] * c]
        if m is not None:
            parts += [m, x[:, None] * m]
        return np.column_stack(parts)

    def effect(rows: npt.NDArray[np.intp]) -> float:
        xs, ys, ms, cs = x[rows], y[rows], m[rows], c[rows]
        n = len(rows)
        with_m = natural or bool(held)
        b = np.linalg.lstsq(design(xs, cs, ms if with_m else None), ys, rcond=None)[0]

        def mean(level: float, mediator: Array | None, use: Rows | slice = slice(None)) -> float:
            level_ = np.full(n, level)
            return float((design(level_, cs, mediator) @ b)[use].mean())

        if part.kind == "controlled direct":
            at = np.tile(held, (n, 1))
            return mean(one, at) - mean(zero, at)
        if not natural:
            use = xs == one if part.kind == "on the treated" else slice(None)
            return mean(one, None, use) - mean(zero, None, use)
        a = np.linalg.lstsq(design(xs, cs), ms, rcond=None)[0]
        below = design(np.full(n, zero), cs) @ a
        if part.kind == "natural direct":
            return mean(one, below) - mean(zero, below)
        return mean(one, design(np.full(n, one), cs) @ a) - mean(one, below)

    if part.kind == "on the treated" and not (x == one).any():
        raise DataError(f"no row has {part.treatment} = {part.active}", where=columns.where)
    rng = np.random.default_rng(seed)
    found = [effect(np.arange(columns.n))]
    found += [effect(rng.integers(0, columns.n, columns.n)) for _ in range(bootstraps)]
    return np.array(found)


def doubly_robust(part: EffectPart, columns: Columns, seed: int) -> tuple[Array, dict[str, Any]]:
    """Return one score a row, whose mean is the effect, and what to know of the propensities.

    Nuisances are cross-fitted over five folds; for each the better of splines and (from 500 rows on)
    boosted trees is taken, by held-out loss.

    Raises:
        DataError: if the treatment has not the two values asked about.
    """
    one, zero = _levels(part, columns)
    x, y = columns[part.treatment], columns[part.outcome]
    found = np.unique(x)
    if set(found) != {one, zero}:
        raise DataError(
            f"doubly-robust needs a treatment with the values {zero:g} and {one:g} only; {part.treatment!r} "
            f"has {len(found)}",
            where=columns.where, hint="Use regression.",
        )  # fmt: skip
    treated = x == one
    c = _standard(columns.matrix(part.covariates or ()))
    m = _standard(columns.matrix(mediators(part)))
    cm = np.column_stack([c, m])
    folds = _folds(x, seed)
    told: dict[str, Any] = {}

    def chance(z: Array, event: Rows, name: str) -> Array:
        p = _cross_fitted(z, event.astype(float), np.ones(columns.n, bool), folds, seed, True)
        told[f"smallest_{name}"] = round(float(min(p.min(), (1 - p).min())), 4)
        return np.clip(p, FLOOR, 1 - FLOOR)

    def mean_of(z: Array, target: Array, arm: Rows) -> Array:
        return _cross_fitted(z, target, arm, folds, seed, False)

    def plain(arm: Rows, p: Array) -> Array:
        mu = mean_of(c, y, arm)
        return np.asarray(mu + arm / p * (y - mu))

    if part.kind == "controlled direct":
        held = np.ones(columns.n, bool)
        for name, text in zip(mediators(part), part.through, strict=True):
            held &= columns[name] == _number(text.partition(" = ")[2], name, columns.where)
        sides = []
        for arm in (treated & held, ~treated & held):
            if arm.sum() < 20:
                raise DataError(f"{int(arm.sum())} rows have {', '.join(part.through)} in one arm", where=columns.where, hint="Use regression.")  # fmt: skip
            sides.append(plain(arm, chance(c, arm, "chance")))
        return sides[0] - sides[1], told
    p = chance(c, treated, "propensity")
    if part.kind == "on the treated":
        mu = mean_of(c, y, ~treated)
        share = treated.mean()
        score = (treated * (y - mu) - (~treated) * p / (1 - p) * (y - mu)) / share
        # centred, so that the spread of the scores is that of the estimate
        value = score.mean()
        return score - treated / share * value + value, told
    whole, none = plain(treated, p), plain(~treated, 1 - p)
    if part.kind == "total":
        return whole - none, told
    pm = chance(cm, treated, "propensity_with_mediators")
    mu = mean_of(cm, y, treated)
    omega = mean_of(c, mu, ~treated)
    weight = (1 - pm) / (pm * (1 - p))
    mixed = treated * weight * (y - mu) + (~treated) / (1 - p) * (mu - omega) + omega
    return (mixed - none if part.kind == "natural direct" else whole - mixed), told


def _folds(x: Array, seed: int) -> npt.NDArray[np.intp]:
    rng = np.random.default_rng(seed)
    folds = np.empty(len(x), dtype=np.intp)
    for level in np.unique(x):
        rows = rng.permutation(np.flatnonzero(x == level))
        folds[rows] = np.arange(len(rows)) % FOLDS
    return folds


def _cross_fitted(
    z: Array, target: Array, use: Rows, folds: npt.NDArray[np.intp], seed: int, classify: bool
) -> Array:
    """Predictions of each fold from the rows of ``use`` in the others, by the better learner."""
    from threadpoolctl import threadpool_limits

    # fits this small take longer in several threads than in one
    with threadpool_limits(1):
        return _best(_learners(z, int(use.sum()), seed, classify), z, target, use, folds, classify)


def _best(
    learners: Sequence[Callable[[], Any] | None],
    z: Array,
    target: Array,
    use: Rows,
    folds: npt.NDArray[np.intp],
    classify: bool,
) -> Array:
    tried: list[tuple[float, Array]] = []
    for make in learners:
        values = np.empty(len(target))
        for fold in range(FOLDS):
            out, fit = folds == fold, (folds != fold) & use
            if make is None:
                values[out] = target[fit].mean()
                continue
            model = make().fit(z[fit], target[fit])
            values[out] = model.predict_proba(z[out])[:, 1] if classify else model.predict(z[out])
        if classify:
            p = np.clip(values, 1e-6, 1 - 1e-6)
            loss = -np.mean(target * np.log(p) + (1 - target) * np.log(1 - p))
        else:
            loss = np.mean((target - values)[use] ** 2)
        tried.append((float(loss), values))
    return min(tried, key=lambda t: t[0])[1]


def _learners(z: Array, rows: int, seed: int, classify: bool) -> list[Callable[[], Any] | None]:
    if not z.shape[1]:
        return [None]
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import SplineTransformer

    curved = [k for k in range(z.shape[1]) if len(np.unique(z[:, k])) > 8]

    def splines() -> Any:
        from sklearn.compose import ColumnTransformer

        bend = SplineTransformer(n_knots=4, knots="quantile", extrapolation="linear", include_bias=False)  # fmt: skip
        columns = ColumnTransformer([("bend", bend, curved)], remainder="passthrough")
        last = LogisticRegression(C=10.0, max_iter=500) if classify else Ridge(0.1)
        return make_pipeline(columns, last)

    def trees() -> Any:
        kind = HistGradientBoostingClassifier if classify else HistGradientBoostingRegressor
        return kind(max_iter=80, learning_rate=0.07, max_leaf_nodes=8, l2_regularization=1.0, random_state=seed)  # fmt: skip

    return [splines, trees] if rows >= BOOSTING_ROWS else [splines]


def _standard(columns: Array) -> Array:
    spread = columns.std(axis=0)
    kept = columns[:, spread > 0]
    return np.asarray((kept - kept.mean(axis=0)) / spread[spread > 0])


def zero_correlation(part: EffectPart, data: Dataset) -> float | None:
    """Return the correlation of the residuals of mediator and outcome, given treatment and covariates:
    that which a hidden common cause would have to make for the indirect effect to vanish in a linear
    model (Imai, Keele and Yamamoto 2010, theorem 4). None for several mediators, or words."""
    m = mediators(part)
    if len(m) != 1 or part.covariates is None:
        return None
    try:
        columns = Columns.of([part], data)
    except DataError:
        return None
    base = np.column_stack(
        [np.ones(columns.n), columns[part.treatment], columns.matrix(part.covariates)]
    )
    both = columns.matrix((m[0], part.outcome))
    if columns.n <= base.shape[1] + 2:
        return None
    left = both - base @ np.linalg.lstsq(base, both, rcond=None)[0]
    size = left.std(axis=0)
    return float((left[:, 0] * left[:, 1]).mean() / size.prod()) if size.all() else None
