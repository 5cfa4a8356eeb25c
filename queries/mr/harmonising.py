"""Making two studies speak of the same allele of each variant.

Letters are compared first: same, exchanged, on the other strand, or both; what fits in no way is
dropped. The strand of a palindrome (A/T, C/G) is told by the allele frequencies where they are clear
(away from one half by more than ``tolerance`` in both studies), as the usual two-sample practice has it
(Hartwig et al., Int J Epidemiol 45:1717, 2016). Every action is counted and listed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from graph.errors import DataError, UsageError
from queries.mr.alleles import Relation, align, is_palindrome
from queries.mr.gwas import GWAS
from queries.mr.instruments import Action, Harmonised

__all__ = ["PALINDROMES", "TOLERANCE", "harmonise"]

PALINDROMES: Mapping[str, str] = {
    "infer": "tell the strand by allele frequencies; drop where they do not decide",
    "drop": "drop every palindrome",
    "trust": "take both studies to be on the same strand",
}
"""What may be done with A/T and C/G variants."""

TOLERANCE = 0.08
"""A frequency within this of one half does not tell the strand."""

_FAR = 0.2


def harmonise(
    exposure: GWAS,
    outcome: GWAS,
    *,
    palindromes: str = "infer",
    tolerance: float = TOLERANCE,
    max_frequency_difference: float | None = None,
    keep_zero: bool = False,
) -> Harmonised:
    """Return the effects of the shared variants on both traits, for the exposure's effect allele.

    Variants are matched by identifier; if the studies share none and both give positions, by
    chromosome and position. Of a variant that stands several times with other alleles, the exposure's
    row with the smallest p-value is used, and the outcome's row whose alleles fit.

    Args:
        palindromes: a key of :data:`PALINDROMES`.
        tolerance: how far from one half a frequency must be to tell the strand.
        max_frequency_difference: drop variants whose effect allele frequencies differ by more; by
            default they are only told.
        keep_zero: keep variants whose effect on the exposure is exactly 0, which are no instruments
            of it alone.

    Raises:
        UsageError: for an unknown ``palindromes``.
        DataError: if no variant is shared, or none is left.
    """
    if palindromes not in PALINDROMES:
        raise UsageError(
            f"palindromes cannot be treated by {palindromes!r}",
            hint=f"Say one of {', '.join(PALINDROMES)}.",
        )
    if not 0 <= tolerance < 0.5:
        raise UsageError(f"a tolerance must lie between 0 and 0.5, not {tolerance}")
    by_position, candidates = _match(exposure, outcome)
    actions: list[Action] = []
    if by_position:
        actions.append(Action("", "matched by position", "the studies share no identifier"))
    rows: list[dict[str, Any]] = []
    for snp, first, seconds in candidates:
        if first["beta"] == 0 and not keep_zero:
            what = "dropped: no effect on the exposure"
            actions.append(Action(snp, what, "its effect is exactly 0"))
            continue
        row = _one(snp, first, seconds, actions, palindromes, tolerance, max_frequency_difference)
        if row is not None:
            rows.append(row)
    absent = len(set(exposure.text("snp"))) - len(candidates)
    if absent:
        actions.append(Action("", "not in the outcome", f"{absent} of the exposure's variants"))
    if not rows:
        counts = Counter(a.action for a in actions if a.snp)
        told = ", ".join(f"{a}: {n}" for a, n in counts.most_common())
        raise DataError(
            f"none of {len(candidates)} shared variants could be harmonised ({told})",
            where=f"{exposure.trait} and {outcome.trait}",
            hint=(
                "Check which column is the effect allele and which the other allele; allele "
                "frequencies, if there are any, let palindromes be used."
            ),
        )
    return Harmonised.from_rows(rows, exposure, outcome, tuple(actions), absent)


def _match(
    exposure: GWAS, outcome: GWAS
) -> tuple[bool, list[tuple[str, dict[str, Any], list[dict[str, Any]]]]]:
    for by_position in (False, True):
        mine, theirs = _index(exposure, by_position), _index(outcome, by_position)
        shared = sorted(mine.keys() & theirs.keys())
        if shared:
            found = []
            for name in shared:
                best = min(mine[name], key=lambda r: (r["p"], -abs(r["beta"] / r["se"])))
                found.append((str(best["snp"]), best, theirs[name]))
            return by_position, sorted(found, key=lambda f: f[0])
    names = [next(iter(g.text("snp")), "none") for g in (exposure, outcome)]
    raise DataError(
        "the two studies share no variant",
        where=f"{exposure.trait} ({len(exposure)}) and {outcome.trait} ({len(outcome)})",
        hint=(
            f"Identifiers look like {names[0]!r} and {names[1]!r}. Use files of the same kind of "
            "identifier, or with chromosome and position of the same genome build."
        ),
    )


def _index(study: GWAS, by_position: bool) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    records: list[dict[str, Any]] = study.frame.to_dict("records")  # type: ignore[assignment]
    for record in records:
        name = str(record["snp"])
        if by_position:
            if not record["chromosome"] or not math.isfinite(record["position"]):
                continue
            name = f"{record['chromosome']}:{int(record['position'])}"
        found.setdefault(name, []).append(record)
    return found


def _one(
    snp: str,
    a: Mapping[str, Any],
    candidates: Sequence[Mapping[str, Any]],
    actions: list[Action],
    palindromes: str,
    tolerance: float,
    far: float | None,
) -> dict[str, Any] | None:
    a1, a2 = str(a["effect_allele"]), str(a["other_allele"])
    b, fit = candidates[0], align(a1, a2, *_letters(candidates[0]))
    for other in candidates[1:]:
        if fit.relation not in (Relation.MISMATCH, Relation.UNKNOWN):
            break
        b, fit = other, align(a1, a2, *_letters(other))
    spelled = f"{a1}/{a2 or '?'} and {b['effect_allele']}/{b['other_allele'] or '?'}"
    if fit.relation is Relation.MISMATCH:
        actions.append(Action(snp, "dropped: alleles do not match", spelled))
        return None
    fa, fb, beta = float(a["eaf"]), float(b["eaf"]), float(b["beta"])
    if fit.relation.reverses:
        fb, beta = 1 - fb, -beta
    palindrome = is_palindrome(fit.effect, fit.other)
    if not fit.other or fit.relation is Relation.UNKNOWN:
        # one letter in each study: only frequencies on the same clear side make it the same allele
        if fit.relation is Relation.UNKNOWN or not _same_side(fa, fb, tolerance):
            actions.append(Action(snp, "dropped: other alleles not given", spelled))
            return None
    elif palindrome:
        turned = _palindrome(snp, fa, fb, spelled, actions, palindromes, tolerance)
        if turned is None:
            return None
        if turned:
            fb, beta = 1 - fb, -beta
    if fit.relation is not Relation.SAME:
        actions.append(Action(snp, str(fit.relation), spelled))
    if abs(fa - fb) > (_FAR if far is None else far):
        said = f"{fa:.3g} and {fb:.3g}"
        if far is not None:
            actions.append(Action(snp, "dropped: frequencies differ", said))
            return None
        actions.append(Action(snp, "kept: frequencies differ", said))
    return {
        "snp": snp,
        "effect_allele": fit.effect,
        "other_allele": fit.other,
        "chromosome": str(a["chromosome"] or b["chromosome"]),
        "position": a["position"] if math.isfinite(a["position"]) else b["position"],
        "palindromic": palindrome,
        "beta_exposure": float(a["beta"]),
        "se_exposure": float(a["se"]),
        "p_exposure": float(a["p"]),
        "n_exposure": float(a["n"]),
        "eaf_exposure": fa,
        "beta_outcome": beta,
        "se_outcome": float(b["se"]),
        "p_outcome": float(b["p"]),
        "n_outcome": float(b["n"]),
        "eaf_outcome": fb,
    }


def _letters(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row["effect_allele"]), str(row["other_allele"])


def _palindrome(
    snp: str,
    fa: float,
    fb: float,
    spelled: str,
    actions: list[Action],
    palindromes: str,
    tolerance: float,
) -> bool | None:
    # True: on opposite strands; None: dropped
    if palindromes == "trust":
        return False
    if palindromes == "drop":
        actions.append(Action(snp, "dropped: palindrome", spelled))
        return None
    if not (_clear(fa, tolerance) and _clear(fb, tolerance)):
        said = f"{spelled}, frequencies {_shown(fa)} and {_shown(fb)}"
        actions.append(Action(snp, "dropped: ambiguous palindrome", said))
        return None
    opposite = (fa < 0.5) != (fb < 0.5)
    action = "palindrome turned by frequency" if opposite else "palindrome kept by frequency"
    actions.append(Action(snp, action, f"{spelled}, frequencies {fa:.3g} and {fb:.3g}"))
    return opposite


def _clear(frequency: float, tolerance: float) -> bool:
    return frequency <= 0.5 - tolerance or frequency >= 0.5 + tolerance


def _same_side(fa: float, fb: float, tolerance: float) -> bool:
    return _clear(fa, tolerance) and _clear(fb, tolerance) and (fa < 0.5) == (fb < 0.5)


def _shown(frequency: float) -> str:
    return f"{frequency:.3g}" if math.isfinite(frequency) else "not given"
