"""Answers about an answer: how sure, what it rests on, what is missing, in what order, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from graph.belief import belief as believed
from graph.model import Entity, Evidence, Rung, Statement, Status
from llm_bridge.answers.draft import Draft, belief, ends, publications
from llm_bridge.claims import Claim, ClaimKind
from llm_bridge.query import Qualifiers

__all__ = ["tell_certainty", "tell_gap", "tell_influence", "tell_order", "tell_settings"]

LEAST = 0.01
_ASKED = (Rung.ASSERTION, Rung.ASSOCIATION, Rung.INTERVENTION, Rung.GENETIC, Rung.CURATED)
_SAME = (
    ("mice", "mouse", "murine"), ("rats", "rat"), ("humans", "human", "patients"), ("dogs", "dog", "canine"),
    ("pigs", "pig", "porcine"), ("rabbits", "rabbit"), ("women", "female"), ("men", "male"),
    ("children", "child", "pediatric", "paediatric"), ("monkeys", "monkey"), ("rodents", "rodent"),
)  # fmt: skip


def _strongest(statements: Iterable[Statement], sign: int) -> Statement | None:
    found = [
        s
        for s in statements
        if s.causal and s.status is not Status.REFUTED and s.belief > 0 and sign in (0, s.sign)
    ]
    return min(found, key=lambda s: (-belief(s.belief), s.id), default=None)


def _about(draft: Draft, statement: Statement) -> dict[str, object]:
    return {
        "cause": statement.subject,
        "cause_name": draft.facts.name(statement.subject),
        "effect": statement.object,
        "effect_name": draft.facts.name(statement.object),
        "predicate": statement.predicate,
        "sign": statement.sign,
        "status": statement.status,
        "statement_ids": (statement.id,),
        "belief": belief(statement.belief),
    }


def tell_certainty(draft: Draft, statements: Sequence[Statement], sign: int) -> None:
    """Add the belief in the best statement of a sign, with the sources on both sides."""
    best = _strongest(statements, sign)
    if best is None:
        return
    reading = draft.facts.reading(best)
    claim = {
        "kind": ClaimKind.CERTAINTY,
        **_about(draft, best),
        "n": len({e.publication or e.id for e in reading.support}),
        "against": len({e.publication or e.id for e in reading.against}),
    }
    draft.say(Claim.model_validate(claim))
    draft.add(
        draft.assumptions,
        "A belief is the calibrated probability that a statement holds, computed from its evidence.",
    )


def tell_influence(draft: Draft, statements: Sequence[Statement], sign: int) -> None:
    """Add the source whose loss changes the belief in the best statement most."""
    best = _strongest(statements, sign)
    if best is None:
        return
    facts = draft.facts
    every = facts.store.evidences_of(best.id)
    gone = {e.publication for e in facts.reading(best).retracted if e.publication}
    now = belief(best.belief)
    found: list[tuple[float, str, float]] = []
    for paper in sorted({e.publication for e in every if e.publication} - gone):
        left = belief(believed(every, gone | {paper}))
        found.append((-abs(now - left), paper, left))
    if not found:
        return
    _, paper, left = min(found)
    if abs(now - left) < LEAST:
        draft.add(draft.notes, "No single publication moves the belief by as much as 0.01.")
        return
    draft.say(
        Claim.model_validate(
            {
                "kind": ClaimKind.INFLUENCE,
                **_about(draft, best),
                "publication": paper,
                "without": left,
            }
        )
    )


def tell_gap(draft: Draft, x: Entity, y: Entity, statements: Sequence[Statement]) -> None:
    """Add which rungs no counted evidence on the pair stands on."""
    _, counted = draft.facts.tally(statements)
    there = {
        e.rung
        for s in statements
        for e in (*draft.facts.reading(s).support, *draft.facts.reading(s).against)
        if e.id in counted
    }
    missing = tuple(r for r in _ASKED if r not in there)
    if missing:
        draft.say(
            Claim.model_validate(
                {
                    "kind": ClaimKind.GAP,
                    **ends(x, y),
                    "rungs": missing,
                    "statement_ids": tuple(sorted(s.id for s in statements)),
                }
            )
        )


def tell_order(draft: Draft, x: Entity, y: Entity) -> None:
    """Add how many sources say that X acts on Y, and that Y acts on X."""
    facts = draft.facts
    sides: list[set[str]] = []
    used: list[Statement] = []
    evidence: set[str] = set()
    for a, b in ((x, y), (y, x)):
        found = [
            s
            for s in facts.store.statements_between([a.id], [b.id])
            if s.causal and s.status is not Status.REFUTED
        ]
        kept = [
            e for s in found for e in facts.reading(s).support if not e.rung.by_algorithm
            and e.rung is not Rung.ASSOCIATION
        ]  # fmt: skip
        used += found
        evidence |= {e.id for e in kept}
        sides.append({e.publication or e.id for e in kept})
    draft.say(
        Claim.model_validate(
            {
                "kind": ClaimKind.ORDER,
                **ends(x, y),
                "n": len(sides[0]),
                "against": len(sides[1]),
                "statement_ids": tuple(sorted(s.id for s in used)),
                "evidence_ids": tuple(sorted(evidence)),
            }
        )
    )
    draft.add(
        draft.would_change,
        f"A study that follows {x.name} and {y.name} over time, with dates for both.",
    )


def tell_settings(
    draft: Draft, x: Entity, y: Entity, statements: Sequence[Statement], asked: Qualifiers
) -> None:
    """Add how many counted sources name each restriction of the question in their sentences."""
    _, counted = draft.facts.tally(statements)
    evidence = [
        e
        for s in statements
        for e in (*draft.facts.reading(s).support, *draft.facts.reading(s).against)
        if e.id in counted
    ]
    if not evidence:
        return
    dose = (asked.dose.text,) if asked.dose is not None else ()
    for word in dict.fromkeys((*asked.words, *dose)):
        words = _words(word)
        kept = [e for e in evidence if e.text and named(e.text, words)]
        draft.say(_setting(x, y, words, kept, evidence))


def _words(word: str) -> tuple[str, ...]:
    low = word.casefold()
    return next((group for group in _SAME if low in group), (low,))


def named(text: str, words: Sequence[str]) -> bool:
    """Whether a sentence holds one of the words as a whole word."""
    return any(re.search(rf"(?<!\w){re.escape(w)}(?!\w)", text.casefold()) for w in words)


def _setting(
    x: Entity, y: Entity, words: Sequence[str], kept: list[Evidence], every: list[Evidence]
) -> Claim:
    return Claim.model_validate(
        {
            "kind": ClaimKind.SETTING,
            **ends(x, y),
            "quote": "|".join(words),
            "n": len({e.publication or e.id for e in kept}),
            "against": len({e.publication or e.id for e in every}),
            "publications": publications(kept),
            "evidence_ids": tuple(sorted(e.id for e in kept)),
        }
    )
