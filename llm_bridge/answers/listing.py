"""Answers that list: what causes Y, what treats Y, what X does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graph.model import Category, Entity, Predicate, Statement, Status
from llm_bridge.answers.draft import (
    Draft,
    against_claims,
    ends,
    not_counted,
    quote_claims,
    support_claims,
)
from llm_bridge.claims import Claim, ClaimKind
from llm_bridge.query import Kind, Query, Relation

__all__ = ["SHOWN", "tell_listing"]

SHOWN = 8
"""Most entities told one by one; the listing counts all."""

_GENE_LIKE = {Category.GENE, Category.PROTEIN}
_TREATING = (Predicate.TREATS, Predicate.PREVENTS)


def fits(category: Category | None, entity: Entity | None) -> bool:
    """Whether an entity is of the category asked for (genes and their proteins are one)."""
    if category is None:
        return True
    if entity is None:
        return False
    return entity.category is category or {category, entity.category} <= _GENE_LIKE


def tell_listing(draft: Draft, query: Query, entity: Entity, *, wanted: int) -> bool:
    """Add the entities on the other side of ``entity``, strongest first; False when none."""
    facts = draft.facts
    onto = query.kind is not Kind.EFFECTS
    association = query.relation is Relation.ASSOCIATE
    if onto:
        statements = facts.store.statements_between(None, [entity.id])
    else:
        statements = facts.store.statements_between([entity.id], None)
    if association:
        other = (
            facts.store.statements_between([entity.id], None)
            if onto
            else facts.store.statements_between(None, [entity.id])
        )
        statements = [*statements, *other]
    kept = [
        s
        for s in statements
        if s.status in (Status.ASSERTED, Status.CURATED)
        and s.belief > 0
        and (s.predicate.info.symmetric if association else s.causal)
        and (association or wanted == 0 or s.sign == wanted)
        and fits(query.category, facts.entity(_other(s, entity.id)))
    ]
    side = ends(effect=entity) if onto else ends(cause=entity)
    about = {
        **side,
        "wanted": 0 if association else wanted,
        "category": query.category,
        "predicate": Predicate.ASSOCIATED_WITH if association else None,
    }
    if not kept:
        draft.say(Claim.model_validate({"kind": ClaimKind.ABSENCE, **about}))
        draft.say(*not_counted(facts, _void(statements, query, wanted, {})))
        _proposals(draft, statements)
        return False
    others = {_other(s, entity.id) for s in kept}
    draft.say(
        Claim.model_validate(
            {
                "kind": ClaimKind.LISTING,
                **about,
                "n": len(others),
                "statement_ids": tuple(sorted(s.id for s in kept)),
            }
        )
    )
    kept.sort(key=lambda s: _order(s, query.kind))
    told: list[str] = []
    for statement in kept:
        other_id = _other(statement, entity.id)
        if other_id not in told and len(told) == SHOWN:
            continue
        if other_id not in told:
            told.append(other_id)
        for claim, evidences in support_claims(facts, facts.reading(statement)):
            draft.say(claim, *quote_claims(facts, evidences, 1))
        _against(draft, statement, statements if wanted else [])
    if len(others) > SHOWN:
        draft.add(draft.notes, "Only the strongest are told one by one.")
    scope = {s.id: s for s in kept if _other(s, entity.id) in told}
    draft.say(*not_counted(facts, [*scope.values(), *_void(statements, query, wanted, scope)]))
    _proposals(draft, statements)
    draft.add(
        draft.would_change,
        f"More publications on {entity.name}: the list holds what has been read, not all there is.",
    )
    return True


def _against(draft: Draft, statement: Statement, others: Iterable[Statement]) -> None:
    """Contradictions are always told: denials, and statements of the opposite sign."""
    opposing = [
        s
        for s in others
        if (s.subject, s.object, s.sign) == (statement.subject, statement.object, -statement.sign)
        and s.causal
        and s.status is not Status.REFUTED
    ]
    for doubt in (statement, *opposing):
        reading = draft.facts.reading(doubt)
        for claim, evidences in against_claims(draft.facts, reading, statement.sign):
            draft.say(claim, *quote_claims(draft.facts, evidences, 1))


def _void(
    statements: Iterable[Statement], query: Query, wanted: int, told: Mapping[str, Statement]
) -> list[Statement]:
    """Statements that would be listed if they were not rejected or all their papers retracted."""
    if query.relation is Relation.ASSOCIATE:
        return []
    return [
        s
        for s in statements
        if s.causal
        and (wanted == 0 or s.sign == wanted)
        and s.id not in told
        and (s.status is Status.REFUTED or s.belief == 0)
    ][:SHOWN]


def _other(statement: Statement, id: str) -> str:
    return statement.object if statement.subject == id else statement.subject


def _order(statement: Statement, kind: Kind) -> tuple[bool, float, str]:
    plain = kind is Kind.TREATMENTS and statement.predicate not in _TREATING
    return (plain, -statement.belief, statement.id)


def _proposals(draft: Draft, statements: Iterable[Statement]) -> None:
    if any(s.status is Status.PROPOSED for s in statements):
        draft.add(
            draft.notes,
            "Algorithms propose further statements here; they are not listed until somebody accepts them.",
        )
