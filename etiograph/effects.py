"""Causal queries as people read them: the text of an identification and of an estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from queries.causal import Estimand, Estimate, Refusal
    from queries.causal.dose_response import DoseResponse
    from queries.causal.heterogeneity import UnitEffects
    from queries.causal.specification import SpecificationCurve
    from queries.causal.survival import SurvivalEffect
    from queries.causal.worlds import Worlds

__all__ = ["estimate_text", "identification_text", "told_text", "worlds_text"]


def identification_text(found: Estimand | Refusal) -> str:
    """Return the formula, how it was checked and what it rests on; or why there is none."""
    from queries.causal import Refusal

    if isinstance(found, Refusal):
        lines = [f"{found.query} cannot be told from what is observed.", "", found.reason]
        if found.needs:
            lines += ["", "What would help:", *(f"  - {need}" for need in found.needs)]
        return "\n".join(lines)
    audit = found.audit
    if audit.performed:
        checked = (
            f"against exact intervention in {audit.models} random models of this graph; largest "
            f"difference {audit.worst_error:.1e} (seed {audit.seed})."
        )
    else:
        checked = f"not numerically: {audit.reason}"
    return "\n".join(
        [
            found.formula,
            "",
            f"How: {found.method}. {found.explanation}",
            f"Checked: {checked}",
            "",
            "This holds if:",
            *(f"  - {assumption}" for assumption in found.assumptions),
        ]
    )


def estimate_text(found: Estimate) -> str:
    """Return the number with its interval, the data it came from and what it rests on."""
    estimand = found.estimand
    lines = [
        f"{found.value:+.4g} {found.units}  (95 % interval {found.ci_low:+.4g} to {found.ci_high:+.4g})",
        "",
        f"What: mean change{'' if found.effect == 'average' else ' ' + found.effect} under {estimand.query}, {estimand.method}, estimated by "
        f"{found.estimator} from {found.n:,} rows.",
        f"How: {estimand.explanation}",
    ]
    told = _diagnostics(found.diagnostics, estimand.treatment[0])
    if told:
        lines += ["", "Diagnostics:", *told]
    return "\n".join([*lines, "", "This holds if:", *(f"  - {text}" for text in found.assumptions)])


def told_text(found: UnitEffects | DoseResponse | SurvivalEffect | SpecificationCurve) -> str:
    """Return what a result says of itself: its paragraph, its table, how far to trust it, what it rests on."""
    from queries.causal.dose_response import DoseResponse
    from queries.causal.heterogeneity import UnitEffects
    from queries.causal.specification import SpecificationCurve

    rows: list[str] = []
    told: list[str] = []
    if isinstance(found, SpecificationCurve):
        width = max(len(r.estimator) for r in found.rows)
        rows = [
            f"  {r.estimator:<{width}}  {r.value:+9.4g} ({r.ci_low:+.4g} to {r.ci_high:+.4g})  adjusting for "
            f"{', '.join(r.adjustment) or 'nothing'}"
            for r in found.rows
        ]
        told = [f"  left out: {name}, {adjusted}: {why}" for name, adjusted, why in found.left_out]
    else:
        told = _diagnostics(found.diagnostics, found.estimand.treatment[0])
    if isinstance(found, UnitEffects):
        groups = [*found.ranked, *(g for each in found.groups.values() for g in each)]
        width = max(len(g.group) for g in groups)
        rows = [
            f"  {g.group:<{width}}  {g.value:+9.4g} ({g.ci_low:+.4g} to {g.ci_high:+.4g})  {g.n:,} rows"
            for g in groups
        ]
        told.append(f"  learner: {found.learner}; intervals of units: {found.intervals}")
    elif isinstance(found, DoseResponse):
        chosen = range(0, len(found.doses), max(1, len(found.doses) // 8))
        rows = [
            f"  {found.doses[k]:9.4g}  {found.means[k]:9.4g} ({found.ci_low[k]:.4g} to "
            f"{found.ci_high[k]:.4g})"
            for k in chosen
        ]
    parts = [found.explanation, *(["", *rows] if rows else [])]
    if told:
        parts += ["", "Diagnostics:", *told]
    return "\n".join([*parts, "", "This holds if:", *(f"  - {t}" for t in found.assumptions)])


_NOT_SHOWN = (
    "standardised_differences", "differences_after", "effective_rows", "arms", "rows", "missing",
    "coefficients", "dropped", "propensity", "missing_outcome", "correlations", "warnings",
    "held_out_losses", "shares",
)  # fmt: skip
"""told in words of their own, or in JSON only"""


def _diagnostics(told: Mapping[str, Any], treatment: str) -> list[str]:
    """What a reader needs to judge an estimate: rows, arms, overlap, balance, then the rest."""
    lines = []
    if "rows" in told:
        text = f"{told['rows']:,} read, {told['dropped']:,} left out"
        if told["missing"]:
            text += "; missing: " + ", ".join(f"{n} in {k:,}" for n, k in told["missing"].items())
        if "missing_outcome" in told:
            text += f" (rows without the outcome were {told['missing_outcome']['handled']})"
        lines.append(f"  rows: {text}")
    if "arms" in told:
        lines += _arms(told, treatment)
    if told.get("correlations"):
        name, value = max(told["correlations"].items(), key=lambda item: abs(item[1]))
        lines.append(f"  largest correlation of {treatment}: {value:+.2f} with {name}")
    lines += [f"  {k}: {_plain(v)}" for k, v in told.items() if k not in _NOT_SHOWN]
    return [*lines, *(f"  WARNING: {text}" for text in told.get("warnings", ()))]


def _arms(told: Mapping[str, Any], treatment: str) -> list[str]:
    chance, counted = told["propensity"], told["effective_rows"]
    arms = [
        f"{n:,} with {treatment} = {arm} (weighted like {counted[arm]:,.0f})"
        for arm, n in told["arms"].items()
    ]
    lines = [
        f"  arms: {'; '.join(arms)}",
        f"  overlap: propensities from {chance['lowest']:.2g} to {chance['highest']:.2g}, "
        f"{chance['extreme']:,} beyond 0.01 and 0.99",
    ]
    before = {k: v for k, v in told["standardised_differences"].items() if v is not None}
    after = {k: v for k, v in told["differences_after"].items() if v is not None}
    if before and after:
        worst = max(before, key=lambda k: abs(before[k]))
        left = max(after, key=lambda k: abs(after[k]))
        lines.append(
            f"  balance: largest difference {before[worst]:+.2f} standard deviations ({worst}), after weighting "
            f"{after[left]:+.2f} ({left})"
        )
    return lines


def worlds_text(found: Worlds, names: Mapping[str, str]) -> str:
    """Return the distribution of an answer over the worlds, and what is worth checking."""

    def name(id: str) -> str:
        return names.get(id, id)

    cause, effect = name(found.cause), name(found.effect)
    how = "all" if found.error == 0 else f"{found.number:,} drawn"
    lines = [f"{cause} -> {effect}, over {how} worlds that the graph's beliefs allow:", ""]
    lines += [f"  {p:6.1%}  {answer}" for answer, p in found.answers.items() if p > 0]
    if found.error:
        lines.append(f"  (standard error at most {found.error:.1%})")
    if found.adjustment:
        lines += ["", "To estimate it, adjust for (share of worlds where that is right):"]
        lines += [
            f"  {p:6.1%}  {', '.join(map(name, chosen)) or 'nothing'}"
            for chosen, p in found.adjustment[:3]
        ]
    if found.influences:
        lines += ["", "Most worth checking:"]
        for i in found.influences[:5]:
            mark = {1: "raises", -1: "lowers"}.get(i.arc.sign, "acts on")
            turn = f"; if false, the answer turns to '{i.if_false[0]}'" if i.flips else ""
            lines.append(
                f"  {name(i.arc.cause)} {mark} {name(i.arc.effect)} (belief {i.arc.belief:.2f}, "
                f"{i.information:.2f} bits){turn}  [{i.arc.id[:11]}]"
            )
    return "\n".join(lines)


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{k} {_plain(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_plain(v) for v in value) or "none"
    return str(value)
