"""For whom how much: the effect for each unit and for groups of units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal.estimators.arms import TRIM, Arms, Nuisances, two_arms_unfit
from queries.causal.estimators.base import interval, spread_of
from queries.causal.metalearners import NAMES, UnitFit, combine, fits, refit, shares_of, usable
from queries.causal.overlap import arms_report, need_overlap
from queries.causal.results import Estimand, Refusal
from queries.causal.sample import Array, Sample, prepare

__all__ = ["GroupEffect", "UnitEffects", "effects_by_unit"]

HALVES = 20
"""half-samples from which the spread of a learner that does not tell its own is got"""
MOST_LEVELS = 8
QUANTILES = 4


@dataclass(frozen=True, slots=True)
class GroupEffect:
    """The average effect in a group: mean of its rows' doubly robust scores, so that the interval does not
    rest on the learner of unit effects (Semenova and Chernozhukov 2021)."""

    group: str
    n: int
    value: float
    std_error: float
    ci_low: float
    ci_high: float

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "group": self.group, "n": self.n, "value": self.value, "std_error": self.std_error,
            "ci_low": self.ci_low, "ci_high": self.ci_high,
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class UnitEffects:
    """Effects of units.

    Attributes:
        rows: positions in the data of the units, shape ``(n,)``.
        values: the effect of each, per unit of treatment.
        std_errors: of ``values``: see ``intervals``.
        average: the average effect, doubly robust.
        groups: averages in groups of each column asked for.
        ranked: averages in quarters by held-out predicted effect, lowest first: if the learner found
            something, they rise.
        calibration: ``slope`` of the doubly robust scores on the held-out predicted effects, 1 if they are
            as large as they say (Chernozhukov et al. 2018), its ``std_error``, and ``p_value`` of no
            difference between units that the learner can tell.
        learner: name; ``auto`` mixes several.
        intervals: where ``std_errors`` come from, in words.
    """

    rows: npt.NDArray[np.intp]
    values: Array
    std_errors: Array
    average: GroupEffect
    groups: Mapping[str, tuple[GroupEffect, ...]]
    ranked: tuple[GroupEffect, ...]
    calibration: Mapping[str, float]
    learner: str
    intervals: str
    units: str
    data_hash: str
    estimand: Estimand
    diagnostics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ci_low(self) -> Array:
        """Lower ends of the units' 95 % intervals."""
        return self.values - 1.96 * self.std_errors

    @property
    def ci_high(self) -> Array:
        """Upper ends."""
        return self.values + 1.96 * self.std_errors

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold, in words."""
        return (
            *self.estimand.assumptions,
            "Averages of groups: either the propensities or the outcome's means are right; effects of units: the "
            "learner follows how they differ.",
        )

    @property
    def explanation(self) -> str:
        """One paragraph in plain words."""
        a, p = self.average, self.calibration["p_value"]
        differ = (
            f"Units differ in a way that the data show (p = {p:.2g})."
            if p < 0.05
            else f"That units differ is not shown by these data (p = {p:.2g})."
        )
        low, high = np.quantile(self.values, [0.05, 0.95])
        return (
            f"On average {a.value:+.4g} ({a.ci_low:+.4g} to {a.ci_high:+.4g}); predicted for nine in ten "
            f"units: {low:+.4g} to {high:+.4g}. {differ}"
        )

    def to_json(self, *, units: bool = False) -> dict[str, Any]:
        """Plain data; with ``units`` also the effect of each row."""
        found: dict[str, Any] = {
            "average": self.average.to_json(),
            "groups": {k: [g.to_json() for g in v] for k, v in self.groups.items()},
            "ranked": [g.to_json() for g in self.ranked],
            "calibration": dict(self.calibration),
            "quantiles": {
                f"{q:g}": float(np.quantile(self.values, q)) for q in (0.05, 0.25, 0.5, 0.75, 0.95)
            },
            "learner": self.learner, "intervals": self.intervals, "units": self.units,
            "n": len(self.rows), "data_hash": self.data_hash, "estimand": self.estimand.to_json(),
            "explanation": self.explanation, "assumptions": list(self.assumptions),
            "diagnostics": dict(self.diagnostics),
        }  # fmt: skip
        if units:
            found["effects"] = [
                {"row": int(r), "value": float(v), "ci_low": float(a), "ci_high": float(b)}
                for r, v, a, b in zip(
                    self.rows, self.values, self.ci_low, self.ci_high, strict=True
                )
            ]
        return found


def effects_by_unit(
    estimand: Estimand | Refusal,
    data: Dataset,
    *,
    by: Sequence[str] = (),
    learner: str = "auto",
    seed: int = 0,
    weights: str | None = None,
    clusters: str | None = None,
) -> UnitEffects:
    """Return the effect of a two-valued treatment on each unit, and on groups of them.

    Args:
        by: columns of the data; numbers of more than eight values are cut into quarters. What the
            treatment may have changed makes no groups to be compared: name only what came before it.
        learner: one of :data:`queries.causal.metalearners.NAMES`, or ``auto``, which mixes several by how
            well their held-out effects explain the outcome.

    Raises:
        RefusedError: if ``estimand`` is a refusal.
        UsageError: for an unknown learner, or ``by`` the treatment or outcome.
        DataError: if these data cannot give the numbers.
    """
    if isinstance(estimand, Refusal):
        estimand.raise_()
    if learner != "auto" and learner not in NAMES:
        raise UsageError(
            f"there is no learner {learner!r}", hint=f"There are auto, {', '.join(NAMES)}."
        )
    if wrong := sorted({*estimand.treatment, *estimand.outcome} & set(by)):
        raise UsageError(f"effects cannot be told by {wrong[0]}, which is part of the question")
    if absent := [c for c in by if c not in data.columns]:
        raise DataError(f"the data has no column {absent[0]!r}", where=data.path or data.name)
    rowed, position = _numbered(data)
    sample = prepare(estimand, rowed, weights=weights, clusters=clusters, keep_missing=True)
    if reason := two_arms_unfit(estimand, sample):
        raise DataError(f"{estimand.query}: {reason}", where=sample.where)
    rows = _rows(sample, rowed, position, weights, clusters)
    need_overlap(sample, estimand.adjustment)
    arms = Arms.of(estimand, sample)
    found = Nuisances.learn(arms, seed)
    names = usable(found) if learner == "auto" else (learner,)
    fitted, shares = _fit(names, arms, found, seed)
    spread, said = _spread(fitted, names, arms, found, seed)
    scores = found.scores(arms)
    rows = rows[arms.order]
    frame = data.frame.iloc[rows]
    # a column may be numbered with words or be missing: such rows are in no group
    groups = {c: _groups(c, frame[c], scores, arms) for c in by}
    quarters = np.argsort(np.argsort(fitted.held_out, kind="stable"), kind="stable")
    quarters = quarters * QUANTILES // len(quarters)
    report = arms_report(
        arms.labels, arms.raw, arms.treated, found.propensity.values,
        _weights(arms, found), arms.levels, arms.w,
    )  # fmt: skip
    back = np.argsort(rows, kind="stable")
    return UnitEffects(
        rows=rows[back],
        values=(fitted.values * arms.scale)[back],
        std_errors=(spread * arms.scale)[back],
        average=_group("all", np.ones(len(rows), bool), scores, arms),
        groups=groups,
        ranked=tuple(
            _group(f"quarter {q + 1} of predicted effects", quarters == q, scores, arms)
            for q in range(QUANTILES)
        ),
        calibration=_calibration(fitted, scores, arms),
        learner=learner if learner != "auto" else " + ".join(shares),
        intervals=said,
        units=f"unit of {sample.outcome} per unit of {sample.treatment}",
        data_hash=data.hash,
        estimand=estimand,
        diagnostics={**sample.diagnostics, "shares": shares, **found.told(arms), **report},
    )


def _numbered(data: Dataset) -> tuple[Dataset, str]:
    """The data with a column that numbers its rows, to find them again."""
    name = "__row"
    while name in data.columns:
        name += "_"
    frame = data.frame.reset_index(drop=True)
    return Dataset(frame.assign(**{name: np.arange(len(frame))}), (), data.name, data.path), name


def _rows(
    sample: Sample, data: Dataset, position: str, weights: str | None, clusters: str | None
) -> npt.NDArray[np.intp]:
    """Which rows of the data those of the sample are."""
    needed = [c for c in sample.frame.columns if c != sample.outcome]
    whole = data.frame[needed].notna().all(axis=1).to_numpy()
    rows = data.frame[position].to_numpy()[whole]
    if len(rows) != sample.n:
        raise DataError("some values are neither numbers nor missing", where=sample.where)
    return np.asarray(rows, dtype=np.intp)


def _weights(arms: Arms, found: Nuisances) -> Array:
    p = np.clip(found.propensity.values, TRIM, 1 - TRIM)
    return np.where(arms.treated == 1, 1 / p, 1 / (1 - p))


def _fit(
    names: Sequence[str], arms: Arms, found: Nuisances, seed: int
) -> tuple[UnitFit, dict[str, float]]:
    parts = {name: fits(name, arms, found, seed) for name in names}
    if len(parts) == 1:
        return next(iter(parts.values())), {names[0]: 1.0}
    return combine(parts, arms, found)


def _spread(
    fitted: UnitFit, names: Sequence[str], arms: Arms, found: Nuisances, seed: int
) -> tuple[Array, str]:
    """How far each unit's effect may be off."""
    if names[0] == "forest" and fitted.spread is not None:
        return fitted.spread, "the forest's own (bags of little bags)"
    if fitted.spread is not None and "gp" in names:
        more = "" if len(names) == 1 else " and the learners' disagreement"
        return fitted.spread, f"posterior of a Gaussian process{more}"
    # the variance of estimates from half of the rows, drawn without replacement, is that of the whole's
    rng = np.random.default_rng(seed)
    shares = {name: shares_of(name, arms, found, seed) for name in names}
    parts = dict.fromkeys(names, 1 / len(names))
    estimates = np.empty((HALVES, len(arms.y)))
    for k in range(HALVES):
        rows = np.zeros(len(arms.y), bool)
        rows[rng.permutation(len(arms.y))[: len(arms.y) // 2]] = True
        estimates[k] = sum(
            part * refit(name, arms, found, rows, seed, shares[name])
            for name, part in parts.items()
        )
    inner = estimates.std(axis=0, ddof=1)
    if fitted.spread is not None:
        inner = np.sqrt(inner**2 + fitted.spread**2)
    return inner, f"{HALVES} fits on half of the rows (what is wrong in all of them does not show)"


def _group(name: str, rows: npt.NDArray[np.bool_], scores: Array, arms: Arms) -> GroupEffect:
    share = float(np.average(rows, weights=arms.w))
    value = float(np.average(scores[rows], weights=arms.w[rows]))
    std_error, df = spread_of(np.where(rows, scores - value, 0.0) / share, arms.sample)
    if arms.sample.clusters is None:
        df = max(1.0, float(rows.sum()) - 1)
    value, std_error = value * arms.scale, std_error * arms.scale
    low, high, _ = interval(value, std_error, df)
    return GroupEffect(name, int(rows.sum()), value, std_error, low, high)


def _groups(
    name: str, column: pd.Series[Any], scores: Array, arms: Arms
) -> tuple[GroupEffect, ...]:
    found = []
    for label, rows in _levels(name, column, arms.sample.where):
        counts = [int(np.sum(rows & (arms.treated == t) & arms.seen)) for t in (0, 1)]
        if min(counts) >= 2:
            found.append(_group(label, rows, scores, arms))
    return tuple(found)


def _levels(
    name: str, column: pd.Series[Any], where: str
) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    values = column.to_numpy()
    levels = pd.unique(column.dropna())
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if numeric and len(levels) > MOST_LEVELS:
        cuts = np.unique(np.nanquantile(values, np.linspace(0, 1, QUANTILES + 1)))
        code = np.clip(np.searchsorted(cuts, values, side="right") - 1, 0, len(cuts) - 2)
        return [
            (f"{name} {cuts[k]:.4g} to {cuts[k + 1]:.4g}", (code == k) & ~np.isnan(values))
            for k in range(len(cuts) - 1)
        ]
    if len(levels) > 50:
        raise DataError(
            f"column {name!r} holds {len(levels)} different words", where=where, hint="Group them."
        )
    return [
        (f"{name} = {f'{level:g}' if numeric else level}", np.asarray(column == level, dtype=bool))
        for level in sorted(levels)
    ]


def _calibration(fitted: UnitFit, scores: Array, arms: Arms) -> dict[str, float]:
    """Best linear predictor of the scores by the held-out effects."""
    from scipy import special

    apart = fitted.held_out - arms.mean(fitted.held_out)
    size = arms.mean(apart**2)
    if size < 1e-12:
        return {"slope": 0.0, "std_error": 0.0, "p_value": 1.0}
    slope = arms.mean(apart * scores) / size
    rest = scores - arms.mean(scores) - slope * apart
    std_error = spread_of(apart * rest / size, arms.sample)[0]
    return {
        "slope": slope, "std_error": std_error,
        "p_value": float(special.ndtr(-slope / std_error)) if std_error > 0 else 1.0,
    }  # fmt: skip
