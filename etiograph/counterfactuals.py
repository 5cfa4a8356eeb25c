"""Counterfactual answers as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from queries.causal.counterfactual_results import (
        CounterfactualEstimand,
        CounterfactualRefusal,
    )
    from queries.causal.mediation_results import EffectPart, EffectPartRefusal
    from queries.causal.results import Audit
    from queries.causal.unit_results import UnitCounterfactual, UnitRefusal

__all__ = ["answer_text", "checked_text", "part_text", "rests_on", "unit_text"]


def answer_text(found: CounterfactualEstimand | CounterfactualRefusal) -> str:
    """Return a counterfactual's formula, how it was checked and what it rests on; or why there is none."""
    from queries.causal.counterfactual_results import CounterfactualRefusal

    if isinstance(found, CounterfactualRefusal):
        return _refusal(f"{found.query} cannot be told.", found.reason, found.needs)
    return "\n".join(
        [found.formula, "", found.explanation, checked_text(found.audit), "", *rests_on(found.assumptions)]
    )  # fmt: skip


def part_text(found: EffectPart | EffectPartRefusal) -> str:
    """Return a part of an effect, or why it cannot be told."""
    from queries.causal.mediation_results import EffectPartRefusal

    if isinstance(found, EffectPartRefusal):
        return _refusal(f"{found.query} cannot be told.", found.reason, found.needs)
    return "\n".join([found.formula, "", found.explanation, checked_text(found.more.audit)])


def unit_text(found: UnitCounterfactual | UnitRefusal) -> str:
    """Return what would have been for one unit, or why it cannot be told."""
    from queries.causal.unit_results import UnitRefusal

    if isinstance(found, UnitRefusal):
        return _refusal(f"{found.query} cannot be told.", found.reason, found.needs)
    lines = [found.explanation]
    if found.intervals:
        lines += ["", "With sampling error (95 %):"]
        lines += [f"  {found.outcome} = {k}: {a:.1%} to {b:.1%}" for k, (a, b) in found.intervals.items()]  # fmt: skip
    told = [f"  {name}: {_plain(value)}" for name, value in found.diagnostics.items()]
    return "\n".join([*lines, "", "Diagnostics:", *told, "", *rests_on(found.assumptions)])


def checked_text(audit: Audit) -> str:
    """Return how a formula was checked."""
    if not audit.performed:
        return f"Checked: not numerically: {audit.reason}."
    return (
        f"Checked: against exact counterfactuals in {audit.models} random structural models of this graph; "
        f"largest difference {audit.worst_error:.1e} (seed {audit.seed})."
    )


def rests_on(assumptions: Iterable[str]) -> list[str]:
    """Return the assumptions as a list under a heading."""
    return ["This holds if:", *(f"  - {text}" for text in assumptions)]


def _refusal(first: str, reason: str, needs: Iterable[str]) -> str:
    helps = [f"  - {need}" for need in needs]
    return "\n".join([first, "", reason, *(["", "What would help:", *helps] if helps else [])])


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_plain(v)}" for k, v in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value)) or "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
