"""Time until something happens, with people who are lost before: Kaplan-Meier curves, and the effect on
the mean time without the event up to a horizon (restricted mean survival time)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from graph.extras import needs
from queries.causal.estimators.arms import TRIM, Arms, two_arms_unfit
from queries.causal.estimators.base import interval, spread_of
from queries.causal.estimators.nuisance import FOLDS, folds_of, propensities
from queries.causal.overlap import arms_report
from queries.causal.results import Estimand, Refusal
from queries.causal.sample import Array, prepare

__all__ = ["Curve", "SurvivalEffect", "kaplan_meier", "survival_effect"]

GRID = 200
"""times at which curves are followed"""
LEAST_UNCENSORED = 0.05
PENALTY = 0.01


@dataclass(frozen=True, eq=False)
class Curve:
    """The share without the event after each time.

    Attributes:
        times: of events, ascending, shape ``(m,)``.
        values: the share just after each.
        ci_low, ci_high: 95 % interval (Greenwood, on the log-log scale).
    """

    times: Array
    values: Array
    ci_low: Array
    ci_high: Array

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {k: getattr(self, k).tolist() for k in ("times", "values", "ci_low", "ci_high")}


@dataclass(frozen=True, eq=False)
class SurvivalEffect:
    """The change of the mean time without the event up to ``horizon``.

    Attributes:
        value, std_error, ci_low, ci_high: higher treatment less lower, in the units of time.
        means: the restricted mean under each of the treatment's values.
        curves: Kaplan-Meier, not adjusted, by value of the treatment: what is seen, no effect.
        events, censored: rows with the event up to the horizon, and lost before it.
    """

    value: float
    std_error: float
    ci_low: float
    ci_high: float
    horizon: float
    means: Mapping[str, float]
    curves: Mapping[str, Curve]
    n: int
    events: int
    censored: int
    units: str
    data_hash: str
    estimand: Estimand
    diagnostics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold, in words."""
        return (
            *self.estimand.assumptions,
            "Among units with the same treatment and adjustment set, those lost are like those not lost.",
            "Either the propensities, or the models of time and loss (proportional hazards), are right.",
        )

    @property
    def explanation(self) -> str:
        """One paragraph in plain words."""
        x = self.estimand.treatment[0]
        shown = ", ".join(f"{v:.4g} with {x} = {k}" for k, v in self.means.items())
        return (
            f"Mean time without the event up to {self.horizon:g}: {shown}; difference {self.value:+.4g} "
            f"({self.ci_low:+.4g} to {self.ci_high:+.4g}), {self.events} events, {self.censored} lost before."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "value": self.value, "std_error": self.std_error, "ci_low": self.ci_low,
            "ci_high": self.ci_high, "horizon": self.horizon, "means": dict(self.means),
            "curves": {k: c.to_json() for k, c in self.curves.items()}, "n": self.n,
            "events": self.events, "censored": self.censored, "units": self.units,
            "data_hash": self.data_hash, "estimand": self.estimand.to_json(),
            "assumptions": list(self.assumptions), "explanation": self.explanation,
            "diagnostics": dict(self.diagnostics),
        }  # fmt: skip


def kaplan_meier(time: Array, event: npt.NDArray[np.bool_], w: Array | None = None) -> Curve:
    """Return the product-limit estimate (Kaplan and Meier 1958).

    Args:
        time: until the event or loss, shape ``(n,)``.
        event: whether it was the event.
        w: what each row counts.
    """
    w = np.ones(len(time)) if w is None else w
    times = np.unique(time[event])
    order = np.argsort(time)
    above = np.append(np.cumsum(w[order][::-1])[::-1], 0.0)
    risk = above[np.searchsorted(time[order], times, side="left")]
    deaths = np.bincount(np.searchsorted(times, time[event]), w[event], len(times))
    values = np.cumprod(1 - deaths / risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(deaths / (risk * (risk - deaths)))
        bent = 1.96 * np.sqrt(greenwood) / np.abs(np.log(values))
        low, high = values ** np.exp(bent), values ** np.exp(-bent)
    unsure = ~np.isfinite(low)
    return Curve(times, values, np.where(unsure, 0.0, low), np.where(unsure, values, high))


def survival_effect(
    estimand: Estimand | Refusal,
    data: Dataset,
    event: str,
    *,
    horizon: float | None = None,
    seed: int = 0,
    weights: str | None = None,
    clusters: str | None = None,
) -> SurvivalEffect:
    """Return the effect on the restricted mean survival time, doubly robust.

    A row's time up to the horizon is replaced by a transformation that is right under loss if either the
    model of the time or that of loss is (Rubin and van der Laan 2007), both Cox regressions on treatment
    and adjustment set; then augmented inverse probability weighting, all cross-fitted in five folds.

    Args:
        estimand: a back-door one, whose outcome is the column of times.
        event: column that is 1 where the time ended with the event, 0 where the unit was lost.
        horizon: in the units of time; not given, the nine-tenths quantile of times in the arm in which
            it is smaller.

    Raises:
        RefusedError: if ``estimand`` is a refusal.
        UsageError: without ``lifelines``, or for an estimand that is no back-door one.
        DataError: for negative times, other events than 0 and 1, too few events, or arms that cannot be
            compared.
    """
    if isinstance(estimand, Refusal):
        estimand.raise_()
    _lifelines()
    where = data.path or data.name
    if event not in data.columns:
        raise DataError(f"the data has no column {event!r}", where=where)
    flagged = data.frame.dropna(subset=[event])
    sample = prepare(
        estimand, Dataset(flagged, (), data.name, data.path), weights=weights, clusters=clusters
    )
    if reason := two_arms_unfit(estimand, sample):
        raise UsageError(f"{estimand.query}: {reason}", where=where)
    needed = list(sample.frame.columns)
    flags = flagged.loc[flagged[needed].notna().all(axis=1), event].to_numpy()
    if len(flags) != sample.n or not set(np.unique(flags).tolist()) <= {0, 1}:
        raise DataError(
            f"column {event!r} is not 0 and 1", where=where, hint="1: the event; 0: lost before it."
        )
    arms = Arms.of(estimand, sample)
    time, died = arms.sample.y, flags.astype(bool)[arms.order]
    if (time < 0).any():
        raise DataError(f"times in {sample.outcome!r} are negative", where=where)
    latest = min(float(np.quantile(time[arms.treated == t], 0.9)) for t in (0, 1))
    horizon = latest if horizon is None else horizon
    reached = min(float(time[arms.treated == t].max()) for t in (0, 1))
    if not 0 < horizon <= reached:
        raise DataError(
            f"the horizon {horizon:g} is not within what is seen in both arms, 0 to {reached:g}",
            where=where, hint="Choose an earlier one.",
        )  # fmt: skip
    ended = died & (time <= horizon)
    for t in (0, 1):
        if (count := int(ended[arms.treated == t].sum())) < 5:
            raise DataError(
                f"only {count} events up to {horizon:g} with {sample.treatment} = {arms.levels[t]:g}",
                where=where, hint="Choose a later horizon, or find more rows.",
            )  # fmt: skip
    scores, models = _scores(arms, time, died, horizon, seed)
    both = [arms.mean(s) for s in scores]
    value = both[0] - both[1]
    std_error, df = spread_of(scores[0] - scores[1] - value, arms.sample)
    low, high, p = interval(value, std_error, df)
    names = [f"{level:g}" for level in arms.levels]
    curves = {
        name: kaplan_meier(time[rows], died[rows], arms.w[rows])
        for name, rows in zip(names, (arms.treated == 0, arms.treated == 1), strict=True)
    }
    unit = {v.column: v.unit for v in data.variables}.get(sample.outcome)
    return SurvivalEffect(
        value, std_error, low, high, float(horizon), dict(zip(names, both[::-1], strict=True)), curves,
        sample.n, int(ended.sum()), int((~died & (time < horizon)).sum()),
        unit or f"unit of {sample.outcome}", data.hash, estimand,
        {**sample.diagnostics, "p_value": p, **models},
    )  # fmt: skip


def _scores(
    arms: Arms, time: Array, died: npt.NDArray[np.bool_], horizon: float, seed: int
) -> tuple[list[Array], dict[str, Any]]:
    """Each row's score for the restricted mean under the higher and the lower treatment."""
    t, z, w = arms.treated, arms.z, arms.w
    ended = died | (time >= horizon)
    held = np.minimum(time, horizon)
    grid = np.unique(np.concatenate([np.quantile(held, np.linspace(0, 1, GRID)), [0.0, horizon]]))
    folds = folds_of(t + 2 * ended, seed, arms.sample.clusters)
    chance = propensities(z, t, folds, seed, w)
    p = np.clip(chance.values, TRIM, 1 - TRIM)
    full = np.empty(len(t))
    means = np.empty((2, len(t)))
    smallest = 1.0
    for fold in range(FOLDS):
        out, rows = folds == fold, folds != fold
        columns = np.column_stack([z, t])
        of_time = _cox(columns[rows], held[rows], (died & (time <= horizon))[rows], w[rows])
        of_loss = _cox(columns[rows], held[rows], ~ended[rows], w[rows])
        for side, level in ((0, 1.0), (1, 0.0)):
            at = np.column_stack([z[out], np.full(int(out.sum()), level)])
            means[side, out] = _area(of_time(at, grid), grid)[:, 0]
        alive, kept = of_time(columns[out], grid), of_loss(columns[out], grid)
        kept = np.maximum(kept, LEAST_UNCENSORED)
        smallest = min(smallest, float(kept.min()))
        full[out] = _uncensored(held[out], ended[out], alive, kept, grid)
    scores = [
        means[0] + t * (full - means[0]) / p,
        means[1] + (1 - t) * (full - means[1]) / (1 - p),
    ]
    report = arms_report(
        arms.labels,
        arms.raw,
        t,
        chance.values,
        np.where(t == 1, 1 / p, 1 / (1 - p)),
        arms.levels,
        w,
    )
    told = {
        "lowest_chance_to_be_seen": smallest,
        "learners": {"propensity": chance.shares},
        **report,
    }
    return scores, told


def _area(alive: Array, grid: Array) -> Array:
    """Mean time left up to the horizon, counted from each time of the grid, given what is true at 0:
    the area under each curve after it, shape ``(n, len(grid))``."""
    steps = alive[:, :-1] * np.diff(grid)
    after = np.cumsum(steps[:, ::-1], axis=1)[:, ::-1]
    return np.column_stack([after, np.zeros(len(alive))])


def _uncensored(held: Array, ended: Array, alive: Array, kept: Array, grid: Array) -> Array:
    """The doubly robust transformation of times that were cut off by loss (Rubin and van der Laan 2007)."""
    last = np.searchsorted(grid, held, side="right") - 1
    rows = np.arange(len(held))
    # what to expect of somebody still there at each time
    expected = grid + _area(alive, grid) / np.maximum(alive, 1e-6)
    hazard = np.column_stack([np.zeros(len(held)), -np.diff(np.log(kept), axis=1)])
    there = np.arange(len(grid)) <= last[:, None]
    drift = np.sum(np.where(there, expected / kept * hazard, 0.0), axis=1)
    lost = np.where(ended, 0.0, expected[rows, last] / kept[rows, last])
    return np.asarray(np.where(ended, held / kept[rows, last], 0.0) + lost - drift)


def _cox(z: Array, time: Array, event: Array, w: Array) -> Any:
    """A Cox regression with a small ridge; returned is the chance to be without the event at each time."""
    import warnings

    import pandas as pd

    if not event.any():
        return lambda at, grid: np.ones((len(at), len(grid)))
    names = [f"c{k}" for k in range(z.shape[1])]
    frame = pd.DataFrame(z, columns=names).assign(time=np.maximum(time, 1e-12), event=event, w=w)
    model = _lifelines()(penalizer=PENALTY)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(frame, "time", "event", weights_col="w", robust=False)
    base = model.baseline_cumulative_hazard_
    hazard = base.iloc[:, 0].to_numpy()
    times = base.index.to_numpy()
    slope = model.params_.to_numpy()
    centre = model._norm_mean.to_numpy()

    def chance(at: Array, grid: Array) -> Array:
        place = np.searchsorted(times, grid, side="right") - 1
        grown = np.where(place >= 0, hazard[np.maximum(place, 0)], 0.0)
        return np.asarray(np.exp(-np.outer(np.exp((at - centre) @ slope), grown)))

    return chance


def _lifelines() -> Any:
    with needs("a survival outcome", "estimation"):
        from lifelines import CoxPHFitter
    return CoxPHFitter
