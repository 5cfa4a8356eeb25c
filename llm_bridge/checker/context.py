"""Whether a claim answers the question: its entities, its direction and the sign asked about."""

from __future__ import annotations

from itertools import pairwise

from graph.model import Category
from llm_bridge.checker.ledger import Ledger
from llm_bridge.claims import Answer, Claim, ClaimKind, Understood
from llm_bridge.query import Term

__all__ = ["asked_of", "context", "others_of", "pairs_of"]

_UP = {"cause": 1, "increase": 1, "decrease": -1, "prevent": -1, "treat": -1}
_SINGLE_KINDS = {"causes", "effects", "treatments", "ranking"}
_SIGNED = {"existence", "evidence", "contradiction", "certainty", "change", "missing", "comparison"}
_MEDIATED = {"direct", "indirect", "controlled_direct", "path"}
_ON_PAIR = {
    ClaimKind.VERDICT, ClaimKind.ABSENCE, ClaimKind.PATH, ClaimKind.NO_PATH, ClaimKind.CONFOUNDER,
    ClaimKind.NO_CONFOUNDER, ClaimKind.EFFECT, ClaimKind.UNIDENTIFIED, ClaimKind.ADJUSTMENT,
    ClaimKind.ORDER, ClaimKind.CERTAINTY, ClaimKind.INFLUENCE, ClaimKind.GAP, ClaimKind.SETTING,
}  # fmt: skip
_EVIDENCE = {
    ClaimKind.SUPPORT, ClaimKind.CONTRADICTION, ClaimKind.QUOTE, ClaimKind.RETRACTED,
    ClaimKind.REJECTED, ClaimKind.ABSENCE, ClaimKind.UNKNOWN,
}  # fmt: skip
_JUDGED = _EVIDENCE | {
    ClaimKind.VERDICT, ClaimKind.PATH, ClaimKind.NO_PATH, ClaimKind.SETTING,
}  # fmt: skip
_ESTIMATED = {ClaimKind.EFFECT, ClaimKind.UNIDENTIFIED}
_LISTED = _EVIDENCE | {ClaimKind.LISTING}
_FITTING = {
    "existence": _JUDGED,
    "evidence": _JUDGED,
    "contradiction": _JUDGED,
    "mechanism": _JUDGED,
    "effect": _JUDGED | _ESTIMATED,
    "confounders": _EVIDENCE | {ClaimKind.CONFOUNDER, ClaimKind.NO_CONFOUNDER},
    "causes": _LISTED,
    "effects": _LISTED,
    "treatments": _LISTED,
    "ranking": _LISTED | {ClaimKind.RANKED},
    "comparison": _EVIDENCE | {ClaimKind.VERDICT, ClaimKind.COMPARED},
    "what_if": _EVIDENCE | {ClaimKind.VERDICT, ClaimKind.JOINT},
    "adjustment": {ClaimKind.ADJUSTMENT, ClaimKind.UNKNOWN},
    "counterfactual": _JUDGED,
    "order": {ClaimKind.ORDER, ClaimKind.UNKNOWN},
    "certainty": _JUDGED | {ClaimKind.CERTAINTY, ClaimKind.INFLUENCE},
    "change": _JUDGED | {ClaimKind.INFLUENCE},
    "missing": _JUDGED | _ESTIMATED | {ClaimKind.GAP},
}
"""Kinds of claims that can answer a kind of question."""
_ON_ONE = {ClaimKind.LISTING, ClaimKind.ABSENCE, ClaimKind.RANKED}
_DIRECTED = {ClaimKind.VERDICT, ClaimKind.PATH, ClaimKind.EFFECT}


def _place(answer: Answer, term: Term | None) -> Understood | None:
    """What a term of the query was taken for."""
    assert answer.query is not None
    if term is None:
        return None
    terms = answer.query.terms
    return answer.understood[next(k for k, t in enumerate(terms) if t is term or t == term)]


def _turn(answer: Answer, term: Term | None) -> int:
    """What the words of a span do to the entity, in the reading that was taken."""
    if term is None:
        return 1
    found = _place(answer, term)
    for text, direction in term.ladder:
        if found is not None and text == found.text:
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
    return sign * _turn(answer, query.object)


def asked_of(answer: Answer) -> int:
    """The sign of the object that the question asks about, or takes for granted; 0: either."""
    assert answer.query is not None
    last = _place(answer, answer.query.object)
    return _asked(answer, last) if last is not None else 0


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
    if query.kind.value in _SINGLE_KINDS:
        return _single(answer, claim)
    if claim.kind in (ClaimKind.COMPARED, ClaimKind.JOINT):
        return _several(answer, claim)
    return _pair(answer, claim)


def pairs_of(answer: Answer) -> dict[tuple[str, str], tuple[int, int]]:
    """The pairs asked about, with what is done to the first and the sign asked about."""
    query = answer.query
    assert query is not None
    last = _place(answer, query.object)
    assert last is not None  # a query on pairs has an object
    asked = _asked(answer, last) if query.kind.value in _SIGNED else 0
    others = [(_place(answer, t), _turn(answer, t)) for t in query.others]
    if query.subject is None:
        return {(o.id, last.id): (way, asked * way) for o, way in others if o is not None}
    first = _place(answer, query.subject)
    assert first is not None
    way = query.direction * _turn(answer, query.subject)
    pairs = {(first.id, last.id): (way, asked * way)}
    if query.kind.value == "effect" and query.measure.value in _MEDIATED:
        chain = [first.id, *(o.id for o, _ in others if o is not None), last.id]
        for k, step in enumerate(pairwise(chain)):
            pairs.setdefault(step, (way if k == 0 else 1, 0))
    return pairs


def _pair(answer: Answer, claim: Claim) -> list[str]:
    query = answer.query
    assert query is not None
    pairs = pairs_of(answer)
    pair = (claim.cause, claim.effect)
    wrong = []
    if claim.kind in _ON_PAIR and pair not in pairs:
        return ["it speaks of another pair than was asked about"]
    if claim.cause and pair not in pairs and pair[::-1] not in pairs and not _step(answer, claim):
        wrong.append("it speaks of entities that were not asked about")
    direction, wanted = pairs.get(pair, (1, 0))
    if claim.kind in _DIRECTED and claim.direction != direction:
        wrong.append("it intervenes in another direction than was asked about")
    if claim.kind is ClaimKind.VERDICT:
        allowed = {wanted}
        if query.relation.value == "associate":
            allowed.add(0)
        if query.kind.value == "mechanism":
            last = _place(answer, query.object)
            allowed.add(_asked(answer, last) * direction if last is not None else 0)
        if claim.wanted not in allowed:
            wrong.append("it judges another sign than was asked about")
    if claim.kind in (ClaimKind.CERTAINTY, ClaimKind.INFLUENCE) and wanted not in (0, claim.sign):
        wrong.append("it speaks of another sign than was asked about")
    if claim.kind is ClaimKind.ADJUSTMENT and list(claim.path) != others_of(answer):
        wrong.append("it adjusts for something else than was asked about")
    if claim.kind is ClaimKind.SETTING:
        asked = query.qualifiers
        words = {*asked.words, *([asked.dose.text] if asked.dose is not None else [])}
        if not {w.casefold() for w in words} & set(claim.quote.split("|")):
            wrong.append("it speaks of a restriction that was not asked about")
    return wrong


def others_of(answer: Answer) -> list[str]:
    """Ids of the further entities of the question, in its order."""
    assert answer.query is not None
    found = [_place(answer, t) for t in answer.query.others]
    return [f.id for f in found if f is not None]


def _several(answer: Answer, claim: Claim) -> list[str]:
    """A claim on all the options of a comparison, or all the interventions."""
    query = answer.query
    assert query is not None
    last = _place(answer, query.object)
    if last is None or claim.effect != last.id or list(claim.path) != others_of(answer):
        return ["it speaks of something else than was asked about"]
    ways = [_turn(answer, t) for t in query.others]
    if claim.kind is ClaimKind.COMPARED:
        ways = [_asked(answer, last) * way for way in ways]
    return [] if list(claim.signs) == ways else ["it asks about another direction"]


def _quoted(answer: Answer, claim: Claim) -> list[str]:
    """A quotation must back a statement that the answer speaks of."""
    told = {id for c in answer.claims if c.kind is not ClaimKind.QUOTE for id in c.statement_ids}
    return [] if set(claim.statement_ids) <= told else ["it quotes what no claim speaks of"]


def _scope(ledger: Ledger, answer: Answer, claim: Claim) -> list[str]:
    """Retracted papers must be about what was asked: both entities, or the one."""
    single = answer.query is not None and answer.query.kind.value in _SINGLE_KINDS
    asked = [{answer.understood[0].id}] if single else [set(pair) for pair in pairs_of(answer)]
    for record in ledger.records(claim.statement_ids):
        ends = {record.statement.subject, record.statement.object}
        if not any(pair <= ends for pair in asked):
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
            else _plain(query.relation.value) * query.direction * _turn(answer, query.subject)
        )
        if query.relation.value == "associate":
            wanted = 0
        if claim.wanted != wanted or claim.category is not query.category:
            wrong.append("it lists something else than was asked for")
    return wrong


def _plain(relation: str) -> int:
    return _UP.get(relation, {"improve": -1, "worsen": 1}.get(relation, 0))
