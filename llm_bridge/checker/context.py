"""Whether a claim answers the question: its entities, its direction and the sign asked about."""

from __future__ import annotations

from graph.model import Category
from llm_bridge.checker.ledger import Ledger
from llm_bridge.claims import Answer, Claim, ClaimKind, Understood

__all__ = ["context"]

_UP = {"cause": 1, "increase": 1, "decrease": -1, "prevent": -1, "treat": -1}
_PAIR_KINDS = {"existence", "evidence", "contradiction", "effect", "mechanism", "confounders"}
_ON_PAIR = {
    ClaimKind.VERDICT, ClaimKind.ABSENCE, ClaimKind.PATH, ClaimKind.NO_PATH, ClaimKind.CONFOUNDER,
    ClaimKind.NO_CONFOUNDER, ClaimKind.EFFECT, ClaimKind.UNIDENTIFIED,
}  # fmt: skip
_EVIDENCE = {
    ClaimKind.SUPPORT, ClaimKind.CONTRADICTION, ClaimKind.QUOTE, ClaimKind.RETRACTED,
    ClaimKind.REJECTED, ClaimKind.ABSENCE, ClaimKind.UNKNOWN,
}  # fmt: skip
_JUDGED = _EVIDENCE | {ClaimKind.VERDICT, ClaimKind.PATH, ClaimKind.NO_PATH}
_FITTING = {
    "existence": _JUDGED,
    "evidence": _JUDGED,
    "contradiction": _JUDGED,
    "mechanism": _JUDGED,
    "effect": _JUDGED | {ClaimKind.EFFECT, ClaimKind.UNIDENTIFIED},
    "confounders": _EVIDENCE | {ClaimKind.CONFOUNDER, ClaimKind.NO_CONFOUNDER},
    "causes": _EVIDENCE | {ClaimKind.LISTING},
    "effects": _EVIDENCE | {ClaimKind.LISTING},
    "treatments": _EVIDENCE | {ClaimKind.LISTING},
}
"""Kinds of claims that can answer a kind of question."""
_ON_ONE = {ClaimKind.LISTING, ClaimKind.ABSENCE}
_DIRECTED = {ClaimKind.VERDICT, ClaimKind.PATH, ClaimKind.EFFECT}


def _turn(answer: Answer, place: str) -> int:
    """What the words of a span do to the entity, in the reading that was taken."""
    assert answer.query is not None
    terms = answer.query.terms
    term = answer.query.subject if place == "subject" else answer.query.object
    if term is None:
        return 1
    taken = answer.understood[terms.index(term)].text
    for text, direction in term.ladder:
        if text == taken:
            return direction
    return term.direction


def _asked(answer: Answer, outcome: Understood) -> int:
    query = answer.query
    assert query is not None
    relation = query.relation.value
    sign = _UP.get(relation, 0)
    if relation in ("improve", "worsen"):
        sick = outcome.category in (Category.DISEASE, Category.PHENOTYPE)
        sign = (-1 if sick else 1) * (1 if relation == "improve" else -1)
    return sign * _turn(answer, "object")


def context(ledger: Ledger, answer: Answer, claim: Claim) -> list[str]:
    """Return how the claim misses the question; empty when it answers it, or none is given."""
    query = answer.query
    if query is None or len(answer.understood) != len(query.terms):
        return (
            ["there is no question that this answers"]
            if query is None
            else ["a name was not understood"]
        )
    if claim.kind not in _FITTING[query.kind.value]:
        return ["a claim of this kind does not answer the question"]
    if claim.kind is ClaimKind.QUOTE:
        return _quoted(answer, claim)
    if claim.kind is ClaimKind.RETRACTED:
        return _scope(ledger, answer, claim)
    if claim.kind is ClaimKind.UNKNOWN:
        pair = (claim.cause, claim.cause_name)
        known = {(u.id, u.text) for u in answer.understood if not u.in_graph}
        return [] if pair in known else ["it speaks of something that was not asked about"]
    if query.kind.value in _PAIR_KINDS:
        return _pair(answer, claim)
    return _single(answer, claim)


def _pair(answer: Answer, claim: Claim) -> list[str]:
    query = answer.query
    assert query is not None
    first, last = answer.understood[0], answer.understood[-1]
    wrong = []
    ends = {claim.cause, claim.effect}
    if claim.kind in _ON_PAIR and (claim.cause, claim.effect) != (first.id, last.id):
        wrong.append("it speaks of another pair than was asked about")
    elif claim.cause and ends != {first.id, last.id} and not _step(answer, claim):
        wrong.append("it speaks of entities that were not asked about")
    direction = query.direction * _turn(answer, "subject")
    if claim.kind in _DIRECTED and claim.direction != direction:
        wrong.append("it intervenes in another direction than was asked about")
    if claim.kind is ClaimKind.VERDICT:
        wanted = 0
        if query.kind.value in ("existence", "evidence", "contradiction"):
            wanted = _asked(answer, last) * direction
        loose = query.relation.value == "associate"
        if claim.wanted != wanted and not (loose and claim.wanted == 0):
            wrong.append("it judges another sign than was asked about")
    return wrong


def _quoted(answer: Answer, claim: Claim) -> list[str]:
    """A quotation must back a statement that the answer speaks of."""
    told = {id for c in answer.claims if c.kind is not ClaimKind.QUOTE for id in c.statement_ids}
    return [] if set(claim.statement_ids) <= told else ["it quotes what no claim speaks of"]


def _scope(ledger: Ledger, answer: Answer, claim: Claim) -> list[str]:
    """Retracted papers must be about what was asked: both entities, or the one."""
    asked = {u.id for u in answer.understood}
    for record in ledger.records(claim.statement_ids):
        if not asked <= {record.statement.subject, record.statement.object}:
            return ["it speaks of papers on something else"]
    return []


def _step(answer: Answer, claim: Claim) -> bool:
    """Whether the claim is on a step of a chain or common cause that the answer tells."""
    chains = (ClaimKind.PATH, ClaimKind.CONFOUNDER)
    told = {id for c in answer.claims if c.kind in chains for id in c.statement_ids}
    return claim.kind is ClaimKind.CONTRADICTION and set(claim.statement_ids) <= told


def _single(answer: Answer, claim: Claim) -> list[str]:
    query = answer.query
    assert query is not None
    entity = answer.understood[0]
    onto = query.object is not None
    wrong = []
    if claim.cause or claim.effect:
        mine = claim.effect if onto else claim.cause
        loose = query.relation.value == "associate" and entity.id in (claim.cause, claim.effect)
        if mine != entity.id and not loose:
            wrong.append("it speaks of another entity than was asked about")
    if claim.kind in _ON_ONE:
        wanted = (
            _asked(answer, entity)
            if onto
            else _plain(query.relation.value) * query.direction * _turn(answer, "subject")
        )
        if query.relation.value == "associate":
            wanted = 0
        if claim.wanted != wanted or claim.category is not query.category:
            wrong.append("it lists something else than was asked for")
    return wrong


def _plain(relation: str) -> int:
    return _UP.get(relation, {"improve": -1, "worsen": 1}.get(relation, 0))
