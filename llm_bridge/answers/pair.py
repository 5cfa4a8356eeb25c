"""Answers on one pair: does X do something to Y, with what evidence, and what speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from graph.model import Entity, Rung, Statement, Status
from llm_bridge.answers.draft import (
    MOST_QUOTES,
    Draft,
    against_claims,
    ends,
    not_counted,
    quote_claims,
    support_claims,
)
from llm_bridge.claims import Claim, ClaimKind, Verdict
from llm_bridge.facts import Facts, Tally
from llm_bridge.query import Kind, Query, Relation

__all__ = ["tell_pair", "verdict_claim"]


def _judge(tally: Tally, wanted: int) -> tuple[Verdict, int, set[str], set[str]]:
    """Return the verdict, the sign it speaks of, and the sources for and against."""
    sign = wanted
    if wanted == 0:
        balance = len(tally.up) - len(tally.down)
        sign = (balance > 0) - (balance < 0)
        if balance == 0 and tally.up:
            return Verdict.CONTESTED, 0, set(tally.up), set(tally.down)
    yes = tally.says(sign) if sign else set(tally.unsigned)
    no = tally.denies(sign)
    if yes and sign == 0:
        return (Verdict.CONTESTED if no else Verdict.UNSIGNED), 0, yes, no
    if yes:
        return (Verdict.CONTESTED if no else Verdict.SUPPORTED), sign, yes, no
    if no:
        return Verdict.OPPOSED, sign, set(), no
    if tally.unsigned:
        return Verdict.UNSIGNED, 0, set(tally.unsigned), set()
    if tally.associated:
        return Verdict.ASSOCIATION, 0, set(tally.associated), set()
    proposed = tally.proposes(wanted)
    if wanted == 0 and proposed:
        balance = len(tally.proposed_up) - len(tally.proposed_down)
        return Verdict.PROPOSED, (balance > 0) - (balance < 0), proposed, set()
    if proposed:
        return Verdict.PROPOSED, wanted, proposed, set()
    return Verdict.NOTHING, 0, set(), set()


def verdict_claim(
    facts: Facts,
    x: Entity,
    y: Entity,
    statements: Sequence[Statement],
    *,
    wanted: int,
    direction: Literal[-1, 1],
    association: bool = False,
) -> Claim:
    """Say how the evidence on a pair stands."""
    tally, counted = facts.tally(statements)
    verdict, sign, yes, no = _judge(tally, wanted)
    if association and tally.associated:
        verdict, sign, yes, no = Verdict.ASSOCIATION, 0, set(tally.associated), set()
    if verdict in (Verdict.CONTESTED, Verdict.UNSIGNED) and sign == 0 and not tally.up:
        verdict = Verdict.UNSIGNED if not no else Verdict.CONTESTED
    papers = {s for s in yes | no if not s.startswith("ev-")}
    return Claim.model_validate(
        {
            "kind": ClaimKind.VERDICT,
            **ends(x, y),
            "direction": direction,
            "wanted": wanted,
            "verdict": verdict,
            "sign": sign,
            "n": len(yes),
            "against": len(no),
            "publications": tuple(sorted(papers)),
            "evidence_ids": tuple(sorted(counted)),
            "statement_ids": tuple(sorted(s.id for s in statements)),
        }
    )


def tell_pair(
    draft: Draft,
    query: Query,
    x: Entity,
    y: Entity,
    *,
    wanted: int,
    direction: Literal[-1, 1],
) -> bool:
    """Add what the graph says on the pair; return whether it says anything at all."""
    facts = draft.facts
    statements = facts.between(x.id, y.id)
    if not statements:
        draft.say(Claim.model_validate({"kind": ClaimKind.ABSENCE, **ends(x, y)}))
        _reverse(draft, x, y)
        draft.add(
            draft.notes,
            f'What the graph does know can be asked: "What are the effects of {x.name}?", '
            f'"What causes {y.name}?"',
        )
        return False
    association = query.relation is Relation.ASSOCIATE
    verdict = verdict_claim(
        facts, x, y, statements, wanted=wanted, direction=direction, association=association
    )
    draft.say(verdict)
    if association and any(s.causal for s in statements):
        causal = [s for s in statements if s.causal]
        more = verdict_claim(facts, x, y, causal, wanted=0, direction=direction)
        if more.verdict not in (Verdict.NOTHING, Verdict.ASSOCIATION):
            draft.say(more)
    sign = verdict.sign or wanted
    against = _against(draft, statements, sign, query.kind)
    if query.kind is Kind.CONTRADICTION:
        draft.say(*against)
    most = 5 if query.kind is Kind.EVIDENCE else MOST_QUOTES
    for statement in sorted(statements, key=lambda s: _order(s, sign)):
        if (sign and statement.sign == -sign) or statement.status is Status.REFUTED:
            continue
        for claim, evidences in support_claims(facts, facts.reading(statement)):
            draft.say(claim, *quote_claims(facts, evidences, most))
    draft.say(*against)
    draft.say(*not_counted(facts, statements))
    _advise(draft, verdict, statements, x, y)
    return True


def _order(statement: Statement, sign: int) -> tuple[bool, bool, float, str]:
    return (
        not statement.causal,
        bool(sign) and statement.sign != sign,
        -statement.belief,
        statement.id,
    )


def _against(draft: Draft, statements: Sequence[Statement], sign: int, kind: Kind) -> list[Claim]:
    """Contradictions are always told, whatever was asked."""
    most = 5 if kind is Kind.CONTRADICTION else 1
    found: list[Claim] = []
    for statement in statements:
        if statement.status is Status.REFUTED:
            continue
        reading = draft.facts.reading(statement)
        for claim, evidences in against_claims(draft.facts, reading, sign):
            found += [claim, *quote_claims(draft.facts, evidences, most)]
    return found


def _reverse(draft: Draft, x: Entity, y: Entity) -> None:
    """Where nothing leads from X to Y, say what leads from Y to X."""
    back = [s for s in draft.facts.store.statements_between([y.id], [x.id]) if s.causal]
    for statement in back[:2]:
        if statement.status is Status.REFUTED:
            continue
        for claim, evidences in support_claims(draft.facts, draft.facts.reading(statement)):
            draft.say(claim, *quote_claims(draft.facts, evidences, 1))
            draft.add(
                draft.notes,
                f"What is known goes the other way: from {y.name} to {x.name}, not from {x.name} to {y.name}.",
            )


def _advise(
    draft: Draft, verdict: Claim, statements: Sequence[Statement], x: Entity, y: Entity
) -> None:
    rungs = {e.rung for s in statements for e in draft.facts.reading(s).support}
    if Rung.INTERVENTION not in rungs:
        draft.add(
            draft.would_change,
            f"An experiment or trial that sets {x.name} and measures {y.name}: nothing counted here is one.",
        )
    if verdict.n == 1 and verdict.verdict in (Verdict.SUPPORTED, Verdict.UNSIGNED):
        draft.add(
            draft.would_change, "A second, independent source: a single one stands behind this."
        )
    if verdict.against:
        draft.add(
            draft.would_change,
            "What tells the disagreeing sources apart (species, dose, population): the graph does not say.",
        )
    if verdict.direction < 0 and verdict.sign:
        draft.add(
            draft.assumptions,
            f"Removing or inhibiting {x.name} does the opposite of raising it.",
        )
