"""The effect as a function of what is adjusted for, by learners of means (Kuenzel et al., PNAS 116:4156).

``s``: one regression with the treatment among its columns; ``t``: one in each arm; ``x``: the effects
that the other arm's regression imputes, weighted by the propensity (Kuenzel et al. 2019); ``dr``: a
regression of the doubly robust score (Kennedy 2023); ``r``: what is left of the outcome on what is left of
the treatment (Nie and Wager 2021); ``gp``: a Gaussian process whose effect is a function of its own;
``forest``: a causal forest (Athey, Tibshirani and Wager 2019), where ``econml`` is installed.
Regressions are the ensembles of :mod:`queries.causal.estimators.nuisance`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.errors import DataError, UsageError
from queries.causal.estimators.arms import TRIM, Arms, Nuisances
from queries.causal.estimators.nuisance import (
    FOLDS,
    PROCESS_COLUMNS,
    PROCESS_ROWS,
    convex,
    means,
    mixture,
)
from queries.causal.sample import Array

__all__ = ["NAMES", "UnitFit", "combine", "fits", "refit", "shares_of", "usable"]

Shares = tuple[Mapping[str, float], ...]
"""what the last regressions of a learner are mixed of"""
TREES = 400
LEAST_LEFT = 0.05
"""what is left of the treatment is kept this far from 0 in the pseudo-outcome of ``r``"""


@dataclass(frozen=True, eq=False)
class UnitFit:
    """Effects of each row, in the units of the standardised outcome.

    Attributes:
        values: by a fit on all rows, shape ``(n,)``.
        held_out: by fits without the row's fold.
        spread: standard deviation of what is not known of each, if the learner says so.
    """

    values: Array
    held_out: Array
    spread: Array | None = None


def fits(name: str, arms: Arms, found: Nuisances, seed: int) -> UnitFit:
    """Fit one of :data:`NAMES`."""
    if name == "gp":
        return _gp(arms, found)
    if name == "forest":
        return _forest(arms, found, seed)
    held_out, shares = LEARNERS[name](arms, found, seed)
    return UnitFit(_final(name, arms, found, arms.seen, seed, shares), held_out)


def refit(
    name: str, arms: Arms, found: Nuisances, rows: npt.NDArray[np.bool_], seed: int, shares: Shares
) -> Array:
    """Return the effects of all rows by a learner whose last regressions see some rows only."""
    return _final(name, arms, found, rows & arms.seen, seed, shares)


def shares_of(name: str, arms: Arms, found: Nuisances, seed: int) -> Shares:
    """Return what a learner's regressions are mixed of."""
    return LEARNERS[name](arms, found, seed)[1]


def _final(
    name: str,
    arms: Arms,
    found: Nuisances,
    rows: npt.NDArray[np.bool_],
    seed: int,
    shares: Shares,
) -> Array:
    """Effects of all rows by last regressions on some."""
    z, y, w, t = arms.z, arms.y, arms.w, arms.treated

    def regression(use: npt.NDArray[np.bool_], target: Array, weights: Array, k: int) -> Array:
        return mixture(z[use], target[use], weights[use], seed, shares[k])(z)

    if name == "t":
        return regression(rows & (t == 1), y, w, 0) - regression(rows & (t == 0), y, w, 1)
    if name == "x":
        p = np.clip(found.propensity.values, TRIM, 1 - TRIM)
        upper, lower = found.upper.values, found.lower.values
        if not rows[arms.seen].all():
            # on part of the rows the other arm's means are learned anew, for what they leave open to show
            upper, lower = (regression(rows & (t == a), y, w, k) for a, k in ((1, 2), (0, 3)))
        above, below = y - lower, upper - y
        return (1 - p) * regression(rows & (t == 1), above, w, 0) + p * regression(
            rows & (t == 0), below, w, 1
        )
    if name == "dr":
        return regression(rows, found.scores(arms), w, 0)
    if name == "r":
        target, weights = _quotient(arms, found)
        return regression(rows, target, weights, 0)
    both = np.column_stack([z, t - 0.5])
    predict = mixture(both[rows], y[rows], w[rows], seed, shares[0])
    up, down = (np.column_stack([z, np.full(len(z), v)]) for v in (0.5, -0.5))
    return np.asarray(predict(up) - predict(down))


def _t(arms: Arms, found: Nuisances, seed: int) -> tuple[Array, Shares]:
    shares = []
    for learned in (found.upper, found.lower):
        # a process of both arms is no regression in one
        own = {k: v for k, v in learned.shares.items() if k != "gaussian process"}
        others = {k: v for k, v in learned.losses.items() if k != "gaussian process"}
        best = min(others, key=lambda k: others[k]) if others else "linear"
        shares.append(own or {best: 1.0})
    return found.upper.values - found.lower.values, tuple(shares)


def _s(arms: Arms, found: Nuisances, seed: int) -> tuple[Array, Shares]:
    both = np.column_stack([arms.z, arms.treated - 0.5])
    shares = (means(both, arms.y, arms.seen, found.folds, seed, arms.w).shares,)
    held_out = np.empty(len(both))
    for fold in range(FOLDS):
        out = found.folds == fold
        held_out[out] = _final("s", arms, found, ~out & arms.seen, seed, shares)[out]
    return held_out, shares


def _x(arms: Arms, found: Nuisances, seed: int) -> tuple[Array, Shares]:
    p = np.clip(found.propensity.values, TRIM, 1 - TRIM)
    held_out, shares = np.zeros(len(p)), []
    for t, imputed, weight in (
        (1, arms.y - found.lower.values, 1 - p),
        (0, found.upper.values - arms.y, p),
    ):
        rows = (arms.treated == t) & arms.seen
        learned = means(arms.z, imputed, rows, found.folds, seed, arms.w)
        held_out += weight * learned.values
        shares.append(learned.shares)
    return held_out, (*shares, *_t(arms, found, seed)[1])


def _dr(arms: Arms, found: Nuisances, seed: int) -> tuple[Array, Shares]:
    learned = means(arms.z, found.scores(arms), arms.seen, found.folds, seed, arms.w)
    return learned.values, (learned.shares,)


def _r(arms: Arms, found: Nuisances, seed: int) -> tuple[Array, Shares]:
    target, weights = _quotient(arms, found)
    learned = means(arms.z, target, arms.seen, found.folds, seed, weights)
    return learned.values, (learned.shares,)


def _quotient(arms: Arms, found: Nuisances) -> tuple[Array, Array]:
    rest, left = _residuals(arms, found)
    left = np.where(np.abs(left) < LEAST_LEFT, np.copysign(LEAST_LEFT, left), left)
    return rest / left, arms.w * left**2


def _gp(arms: Arms, found: Nuisances) -> UnitFit:
    process = found.process
    if process is None:
        raise DataError(
            f"a Gaussian process is for {PROCESS_ROWS[0]} to {PROCESS_ROWS[1]} rows and up to "
            f"{PROCESS_COLUMNS} columns, and there are {int(arms.seen.sum())} and {arms.z.shape[1]}",
            where=arms.sample.where,
            hint="Use another learner.",
        )
    values, spread = process.effect(None if arms.seen.all() else arms.z)
    held_out = np.empty(len(arms.y))
    upper, lower = process.held_out(found.folds[arms.seen])
    held_out[arms.seen] = upper - lower
    held_out[~arms.seen] = values[~arms.seen]
    return UnitFit(values, held_out, spread)


def _forest(arms: Arms, found: Nuisances, seed: int) -> UnitFit:
    """A forest of the rests of outcome and treatment; its intervals are those of bags of little bags."""
    try:
        from econml.grf import CausalForest
    except ImportError:
        raise UsageError(
            "a causal forest needs econml, which is not installed",
            hint="Install it (pip install econml), or use another learner.",
        ) from None
    rest, left = _residuals(arms, found)
    settings = {
        "n_estimators": TREES, "min_samples_leaf": 5, "honest": True, "inference": True, "n_jobs": 1,
        "random_state": seed,
    }  # fmt: skip

    def forest(rows: npt.NDArray[np.bool_], **changed: Any) -> Any:
        model = CausalForest(**{**settings, **changed})
        return model.fit(arms.z[rows], left[rows], rest[rows], sample_weight=arms.w[rows])

    values, variance = forest(arms.seen).predict_and_var(arms.z)
    held_out = np.empty(len(rest))
    for fold in range(FOLDS):
        out = found.folds == fold
        held_out[out] = forest(~out & arms.seen, n_estimators=TREES // 4).predict(arms.z[out])[:, 0]
    return UnitFit(values[:, 0], held_out, np.sqrt(np.maximum(variance[:, 0, 0], 0.0)))


def _residuals(arms: Arms, found: Nuisances) -> tuple[Array, Array]:
    """What is left of outcome and treatment once both are predicted."""
    p = found.propensity.values
    expected = p * found.upper.values + (1 - p) * found.lower.values
    return arms.y - expected, arms.treated - p


def combine(
    parts: Mapping[str, UnitFit], arms: Arms, found: Nuisances
) -> tuple[UnitFit, dict[str, float]]:
    """Return the mixture of learners whose held-out effects explain best what is left of the outcome by
    what is left of the treatment (the R-loss: Nie and Wager 2021), and the share of each.

    What is not known: the spread within learners that say so and between all of them.
    """
    rest, left = _residuals(arms, found)
    rows = arms.seen
    held = np.column_stack([p.held_out for p in parts.values()])
    shares = convex((held * left[:, None])[rows], rest[rows], arms.w[rows])
    # half of it evenly: shares learned from so noisy a target are themselves noisy
    shares = 0.5 * shares + 0.5 / len(shares)
    values = np.column_stack([p.values for p in parts.values()])
    mean = values @ shares
    between = ((values - mean[:, None]) ** 2) @ shares
    inner = [p.spread for p in parts.values() if p.spread is not None]
    within = np.mean([s**2 for s in inner], axis=0) if inner else 0.0
    mixed = UnitFit(mean, held @ shares, np.sqrt(between + within))
    return mixed, {n: round(float(s), 4) for n, s in zip(parts, shares, strict=True)}


def usable(found: Nuisances) -> tuple[str, ...]:
    """The learners that ``auto`` mixes for these rows."""
    return ("x", "r", "dr") if found.process is None else ("gp", "x", "r")


LEARNERS: Mapping[str, Callable[[Arms, Nuisances, int], tuple[Array, Shares]]] = {
    "s": _s, "t": _t, "x": _x, "dr": _dr, "r": _r,
}  # fmt: skip
NAMES = (*LEARNERS, "gp", "forest")
"""what :func:`fits` takes"""
