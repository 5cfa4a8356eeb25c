"""The same effect, estimated in every defensible way (Simonsohn, Simmons and Nelson, Nature Human Behaviour
4:1208, 2020): each valid adjustment set with each estimator that can be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError, RefusedError, UsageError
from queries.causal.adjusting import adjusting
from queries.causal.adjustment_sets import adjustment_sets
from queries.causal.estimation import estimate
from queries.causal.estimators import REGISTRY

__all__ = ["Specification", "SpecificationCurve", "specification_curve"]

MOST_SETS = 6
ELSEWHERE = ("no-effect", "frontdoor-linear", "frontdoor-one-step")
"""for other estimands"""


@dataclass(frozen=True, slots=True)
class Specification:
    """One way to estimate an effect, and what it gives."""

    estimator: str
    adjustment: tuple[str, ...]
    value: float
    std_error: float
    ci_low: float
    ci_high: float
    n: int

    @property
    def made_by(self) -> tuple[str, ...]:
        """Its choices, as :attr:`SpecificationCurve.choices` names them."""
        return self.estimator, _named(self.adjustment)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "estimator": self.estimator, "adjustment": list(self.adjustment), "value": self.value,
            "std_error": self.std_error, "ci_low": self.ci_low, "ci_high": self.ci_high, "n": self.n,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class SpecificationCurve:
    """Estimates of one effect by all ways.

    Attributes:
        rows: those that gave a number; only estimators of the average effect.
        left_out: estimator and adjustment set of those that did not, with the reason.
        complete: whether there were no more adjustment sets than were tried.
    """

    treatment: str
    outcome: str
    rows: tuple[Specification, ...]
    left_out: tuple[tuple[str, str, str], ...]
    complete: bool
    data_hash: str
    assumptions: tuple[str, ...]

    @property
    def choices(self) -> tuple[str, ...]:
        """Every estimator and adjustment set that gave a number."""
        return tuple(dict.fromkeys(r.made_by[k] for k in (0, 1) for r in self.rows))

    @property
    def median(self) -> float:
        """The median of the estimates."""
        return float(np.median([r.value for r in self.rows]))

    @property
    def explanation(self) -> str:
        """One paragraph in plain words."""
        values = [r.value for r in self.rows]
        same = sum(np.sign(v) == np.sign(self.median) for v in values)
        clear = sum(not r.ci_low <= 0 <= r.ci_high for r in self.rows)
        sets = len({r.adjustment for r in self.rows})
        more = "" if self.complete else " (of more)"
        return (
            f"{len(values)} ways to estimate the effect of {self.treatment} on {self.outcome}, {sets} adjustment "
            f"set{'s' if sets > 1 else ''}{more}: {min(values):+.4g} to {max(values):+.4g}, median "
            f"{self.median:+.4g}. {same} of {len(values)} have its sign, {clear} intervals exclude zero."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "treatment": self.treatment, "outcome": self.outcome, "median": self.median,
            "rows": [r.to_json() for r in self.rows],
            "left_out": [
                {"estimator": e, "adjustment": a, "reason": why} for e, a, why in self.left_out
            ],
            "complete": self.complete, "data_hash": self.data_hash,
            "explanation": self.explanation, "assumptions": list(self.assumptions),
        }  # fmt: skip


def specification_curve(
    graph: CausalGraph,
    treatment: str,
    outcome: str,
    data: Dataset,
    *,
    estimators: Sequence[str] = (),
    adjustments: Sequence[Sequence[str]] = (),
    seed: int = 0,
    weights: str | None = None,
    clusters: str | None = None,
) -> SpecificationCurve:
    """Estimate the average effect with each estimator and each adjustment set.

    Args:
        estimators: names in the registry; not given, all that give the average effect by adjustment.
        adjustments: sets to adjust for, each valid in the graph; not given, the minimal ones, the smallest
            first, and the most precise one, at most six.

    Raises:
        UsageError: for an unknown estimator or node, or a set that the graph says is not valid.
        RefusedError: if no set gives the effect by adjustment.
        DataError: if no way gives a number.
    """
    names = tuple(estimators) or tuple(
        n for n, e in REGISTRY.items() if e.effect == "average" and n not in ELSEWHERE
    )
    if unknown := sorted(set(names) - set(REGISTRY)):
        raise UsageError(
            f"there is no estimator {unknown[0]!r}", hint=f"There are {', '.join(REGISTRY)}."
        )
    sets, complete = _sets(graph, treatment, outcome, adjustments)
    if not sets:
        raise RefusedError(
            f"no set of observed variables gives the effect of {treatment} on {outcome} by adjustment",
            hint="Ask next-evidence what to measure.",
        )
    rows, left_out = [], []
    assumptions: tuple[str, ...] = ()
    for names_ in sets:
        estimand = replace(adjusting(treatment, outcome, names_), graph=graph.hash)
        assumptions = assumptions or estimand.assumptions
        for name in names:
            try:
                e = estimate(
                    estimand, data, estimator=name, seed=seed, weights=weights, clusters=clusters
                )
            except DataError as error:
                left_out.append((name, _named(names_), error.message))
                continue
            rows.append(Specification(name, names_, e.value, e.std_error, e.ci_low, e.ci_high, e.n))
    if not rows:
        raise DataError(
            f"no way to estimate the effect gave a number: {left_out[0][2]}",
            where=data.path or data.name,
        )
    return SpecificationCurve(
        treatment, outcome, tuple(rows), tuple(left_out), complete, data.hash,
        ("The graph is right, so that each of the adjustment sets is valid.", *assumptions),
    )  # fmt: skip


def _sets(
    graph: CausalGraph, treatment: str, outcome: str, given: Sequence[Sequence[str]]
) -> tuple[list[tuple[str, ...]], bool]:
    if given:
        valid = []
        for one in given:
            found = adjustment_sets(
                graph, treatment, outcome, kind="all", require=tuple(one),
                forbid=tuple(set(graph.nodes) - {*one, treatment, outcome}),
            )  # fmt: skip
            if not found.sets:
                raise UsageError(
                    f"adjusting for {_named(tuple(one))} does not give the effect in this graph"
                )
            valid.append(tuple(sorted(one)))
        return valid, True
    minimal = adjustment_sets(graph, treatment, outcome, kind="minimal", most=MOST_SETS - 1)
    best = adjustment_sets(graph, treatment, outcome, kind="optimal")
    return list(dict.fromkeys([*minimal.sets, *best.sets])), minimal.complete


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nothing"
