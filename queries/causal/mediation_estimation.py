"""Parts of an effect from a table: plug-in, regression with interaction, doubly robust.

The doubly robust mean of Y with X set to one value and the mediators as under the other is Tchetgen
Tchetgen and Shpitser's (Annals of Statistics 40:1816, 2012) with the mediators' densities turned
into propensities (Zheng and van der Laan, Int. J. Biostatistics 8(1), 2012), cross-fitted. Sensitivity to
a hidden cause of mediator and outcome: Imai, Keele and Yamamoto, Statistical Science 25:51 (2010).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal.counterfactual_data import DiscreteTable, distribution
from queries.causal.mediation_results import EffectPart, EffectPartRefusal
from queries.causal.mediation_scores import Columns, doubly_robust, regression, zero_correlation
from queries.causal.table import Array, Table

__all__ = ["ESTIMATORS", "PartEstimate", "estimate_effect_part", "estimate_natural_effects"]

ESTIMATORS = ("plug-in", "regression", "doubly-robust")
BOOTSTRAPS = 400
SHORT = 1e-9
ROWS_PER_CELL = 5


@dataclass(frozen=True, slots=True)
class PartEstimate:
    """A number for a part of an effect.

    Attributes:
        value: in units of the outcome.
        std_error, ci_low, ci_high: its standard error and 95 % interval.
        estimator: ``plug-in`` (bootstrap percentiles), ``regression`` (bootstrap percentiles) or
            ``doubly-robust`` (from the influence function).
        part: what is estimated.
        diagnostics: rows dropped, overlap ...
    """

    value: float
    std_error: float
    ci_low: float
    ci_high: float
    n: int
    estimator: str
    data_hash: str
    part: EffectPart
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    identified: ClassVar[bool] = True

    def __hash__(self) -> int:
        return hash((self.value, self.n, self.data_hash, self.estimator))

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold."""
        if self.estimator != "regression":
            return self.part.assumptions
        line = "The mean of the outcome is linear in the mediators, with a slope that may depend on the treatment, and the covariates."
        return (*self.part.assumptions, line)

    @property
    def explanation(self) -> str:
        """One paragraph for people."""
        return (
            f"{self.part.explanation} Estimated by {self.estimator} from {self.n:,} rows: {self.value:+.4g} "
            f"(95 % interval {self.ci_low:+.4g} to {self.ci_high:+.4g})."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "kind": self.part.kind, "value": self.value, "std_error": self.std_error,
            "ci_low": self.ci_low, "ci_high": self.ci_high, "n": self.n, "estimator": self.estimator,
            "data_hash": self.data_hash, "explanation": self.explanation,
            "assumptions": list(self.assumptions), "diagnostics": dict(self.diagnostics),
            "estimand": self.part.to_json(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class MediationEstimate:
    """Natural direct and indirect effects with what they add up to.

    Attributes:
        gap: total - direct - indirect, each by itself; what is more than rounding is an error of the
            nuisances, not of the world.
        proportion: indirect / total, None where the total's interval holds 0.
        sensitivity: a note on what the split rests on.
    """

    direct: PartEstimate
    indirect: PartEstimate
    total: PartEstimate
    gap: float
    proportion: float | None
    sensitivity: str

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold."""
        return tuple(dict.fromkeys((*self.direct.assumptions, *self.indirect.assumptions)))

    @property
    def explanation(self) -> str:
        """One paragraph for people."""
        d, i, t = self.direct, self.indirect, self.total
        share = f", {self.proportion:.0%} of the total" if self.proportion is not None else ""
        return (
            f"Of the total effect of {t.part.treatment} on {t.part.outcome} ({t.value:+.4g}, 95 % interval "
            f"{t.ci_low:+.4g} to {t.ci_high:+.4g}), {i.value:+.4g} ({i.ci_low:+.4g} to {i.ci_high:+.4g}) goes "
            f"through {', '.join(d.part.through)}{share}, and {d.value:+.4g} ({d.ci_low:+.4g} to "
            f"{d.ci_high:+.4g}) does not. {self.sensitivity}"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "direct": self.direct.to_json(), "indirect": self.indirect.to_json(),
            "total": self.total.to_json(), "gap": self.gap, "proportion": self.proportion,
            "sensitivity": self.sensitivity, "explanation": self.explanation,
            "assumptions": list(self.assumptions),
        }  # fmt: skip


def estimate_effect_part(
    part: EffectPart | EffectPartRefusal,
    data: Dataset,
    *,
    estimator: str = "auto",
    bootstraps: int = BOOTSTRAPS,
    seed: int = 0,
) -> PartEstimate:
    """Estimate a total, direct, indirect or path-specific effect, or that on the treated.

    ``auto`` takes ``plug-in`` where all columns are discrete and its cells hold five rows on average,
    else ``doubly-robust`` for a two-valued treatment, else ``regression``. The last two need covariates
    that the graph allows (:attr:`EffectPart.covariates`).

    Raises:
        RefusedError: for a refusal.
        UsageError: for an unknown estimator.
        DataError: if these data cannot give the number.
    """
    if isinstance(part, EffectPartRefusal):
        part.raise_()
    return _estimates([part], data, estimator, bootstraps, seed)[0]


def estimate_natural_effects(
    parts: Mapping[str, EffectPart | EffectPartRefusal],
    data: Dataset,
    *,
    estimator: str = "auto",
    bootstraps: int = BOOTSTRAPS,
    seed: int = 0,
) -> MediationEstimate:
    """Estimate direct, indirect and total effect together, on the same resamples.

    Args:
        parts: what :func:`queries.causal.mediation.natural_effects` returned.

    Raises:
        as :func:`estimate_effect_part`.
    """
    asked: list[EffectPart] = []
    for name in ("direct", "indirect", "total"):
        part = parts[name]
        if isinstance(part, EffectPartRefusal):
            part.raise_()
        asked.append(part)
    direct, indirect, total = _estimates(asked, data, estimator, bootstraps, seed)
    share = None
    if total.ci_low > 0 or total.ci_high < 0:
        share = indirect.value / total.value
    note = (
        "The split assumes that nothing hidden acts on both mediator and outcome, which randomising the "
        "treatment does not ensure."
    )
    rho = zero_correlation(asked[0], data)
    if rho is not None:
        note += (
            f" In a linear model the indirect effect would vanish if such a cause made their residuals "
            f"correlate by {rho:+.2f}."
        )
    gap = total.value - direct.value - indirect.value
    return MediationEstimate(direct, indirect, total, gap, share, note)


def _estimates(
    parts: list[EffectPart], data: Dataset, estimator: str, bootstraps: int, seed: int
) -> list[PartEstimate]:
    if estimator not in ("auto", *ESTIMATORS):
        raise UsageError(f"there is no estimator {estimator!r} for parts of effects", hint=f"There are auto, {', '.join(ESTIMATORS)}.")  # fmt: skip
    chosen = _choose(parts, data) if estimator == "auto" else estimator
    if chosen == "plug-in":
        return _plug_in(parts, data, bootstraps, seed)
    if lacking := [p for p in parts if p.covariates is None or p.kind == "path-specific"]:
        raise DataError(
            f"no covariates make the {lacking[0].kind} effect a regression ({lacking[0].name})",
            where=data.path or data.name,
            hint="Its formula is evaluated by plug-in on discrete columns.",
        )
    columns = Columns.of(parts, data)
    found = []
    for part in parts:
        if chosen == "regression":
            drawn = regression(part, columns, bootstraps, seed)
            low, high = np.percentile(drawn[1:], [2.5, 97.5])
            value, error = float(drawn[0]), float(drawn[1:].std(ddof=1))
            diagnostics: dict[str, Any] = {"bootstraps": bootstraps, "seed": seed}
        else:
            scores, told = doubly_robust(part, columns, seed)
            value = float(scores.mean())
            error = float(scores.std(ddof=1) / np.sqrt(len(scores)))
            low, high = value - 1.959964 * error, value + 1.959964 * error
            diagnostics = {**told, "seed": seed}
        diagnostics["dropped"] = columns.dropped
        found.append(PartEstimate(value, error, float(low), float(high), columns.n, chosen, data.hash, part, diagnostics))  # fmt: skip
    return found


def _choose(parts: list[EffectPart], data: Dataset) -> str:
    try:
        table = DiscreteTable.of(data, _named(parts))
    except DataError:
        table = None
    usable = all(p.covariates is not None and p.kind != "path-specific" for p in parts)
    if not usable or (table and table.n >= ROWS_PER_CELL * table.counts.size):
        return "plug-in"
    columns = Columns.of(parts, data)
    return "doubly-robust" if columns.two_valued and columns.n >= 200 else "regression"


def _named(parts: list[EffectPart]) -> set[str]:
    return {
        v
        for p in parts
        for side in (p.more, p.less)
        for v in (p.treatment, p.outcome, *(n for n, _ in side.symbols.values()))
    }


def _plug_in(
    parts: list[EffectPart], data: Dataset, bootstraps: int, seed: int
) -> list[PartEstimate]:
    table = DiscreteTable.of(data, _named(parts))
    outcome = parts[0].outcome
    values = table.levels[outcome]
    if values.dtype.kind not in "fi":
        raise DataError(f"column {outcome!r} holds words, and an effect is a number", where=table.where, hint="Code it with numbers.")  # fmt: skip

    def effects(joint: Table) -> tuple[Array, Array]:
        means, short = [], np.zeros(joint.batch)
        for part in parts:
            each = []
            for side in (part.more, part.less):
                found = distribution(side, table, joint)
                shares = np.broadcast_to(found.spread((outcome,)), (joint.batch, len(values)))
                short = np.maximum(short, np.abs(1 - shares.sum(axis=1)))
                each.append(shares @ values)
            means.append(each[0] - each[1])
        return np.column_stack(means), short

    point, short = effects(table.shares())
    if short[0] > SHORT:
        raise DataError(
            f"the formula needs combinations of values that no row has (they carry {short[0]:.1%} of the weight)",
            where=table.where, hint="Join rare levels, give more rows, or estimate by regression.",
        )  # fmt: skip
    kept = []
    for joint in table.resamples(bootstraps, seed):
        drawn, missing = effects(joint)
        kept.append(drawn[missing <= SHORT])
    all_ = np.concatenate(kept)
    if len(all_) < max(2, bootstraps / 2):
        raise DataError(
            "in most resamples a combination of values that the formula needs is missing",
            where=table.where, hint="Join rare levels, give more rows, or estimate by regression.",
        )  # fmt: skip
    low, high = np.percentile(all_, [2.5, 97.5], axis=0)
    told = {"dropped": table.dropped, "cells": int(table.counts.size), "empty_cells": int((table.counts == 0).sum()), "bootstraps": len(all_), "seed": seed}  # fmt: skip
    return [
        PartEstimate(
            float(point[0, k]), float(all_[:, k].std(ddof=1)), float(low[k]), float(high[k]), table.n,
            "plug-in", data.hash, part, told,
        )
        for k, part in enumerate(parts)
    ]  # fmt: skip
