"""Causal queries as people read them: the text of an identification and of an estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from queries.causal import Estimand, Estimate, Refusal
    from queries.causal.worlds import Worlds

__all__ = ["estimate_text", "identification_text", "worlds_text"]


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
    told = [f"  {name}: {_plain(value)}" for name, value in found.diagnostics.items()]
    if told:
        lines += ["", "Diagnostics:", *told]
    return "\n".join(
        [*lines, "", "This holds if:", *(f"  - {text}" for text in estimand.assumptions)]
    )


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
