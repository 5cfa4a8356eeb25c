"""Checking one claim against the store: everything it says is counted or read again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import prod

from graph.model import Category, Predicate, Status
from llm_bridge.checker.ledger import CAUSAL, FIRM, SYMMETRIC, Held, Ledger, Record
from llm_bridge.checker.numbers import effect, unidentified
from llm_bridge.checker.tally import judge, tally
from llm_bridge.claims import Claim, ClaimKind

__all__ = ["CHECKS", "USED", "counted_sides", "differ", "listed", "names_of", "statement_of"]

_PAIR = ("cause", "cause_name", "effect", "effect_name")
_STATEMENT = (*_PAIR, "predicate", "sign", "status", "statement_ids")
_COUNT = ("rung", "belief", "n", "hedged", "publications", "evidence_ids")
_DATA = ("dataset", "dataset_name", "data_hash", "estimand")
USED: Mapping[ClaimKind, frozenset[str]] = {
    ClaimKind.VERDICT: frozenset({*_PAIR, "direction", "wanted", "verdict", "sign", "n", "against", "publications", "evidence_ids", "statement_ids"}),
    ClaimKind.SUPPORT: frozenset({*_STATEMENT, *_COUNT}),
    ClaimKind.CONTRADICTION: frozenset({*_STATEMENT, *_COUNT, "opposite", "negated", "wanted"}),
    ClaimKind.QUOTE: frozenset({"quote", "publication", "year", "rung", "negated", "evidence_ids", "statement_ids"}),
    ClaimKind.RETRACTED: frozenset({"n", "publications", "evidence_ids", "statement_ids"}),
    ClaimKind.REJECTED: frozenset(_STATEMENT),
    ClaimKind.ABSENCE: frozenset({*_PAIR, "wanted", "category", "predicate"}),
    ClaimKind.NO_PATH: frozenset({*_PAIR, "n"}),
    ClaimKind.NO_CONFOUNDER: frozenset(_PAIR),
    ClaimKind.UNKNOWN: frozenset({"cause", "cause_name"}),
    ClaimKind.LISTING: frozenset({*_PAIR, "wanted", "category", "predicate", "n", "statement_ids"}),
    ClaimKind.PATH: frozenset({*_PAIR, "path", "path_names", "predicates", "signs", "sign", "direction", "belief", "statement_ids"}),
    ClaimKind.CONFOUNDER: frozenset({*_PAIR, "path", "path_names", "predicates", "signs", "sign", "belief", "statement_ids"}),
    ClaimKind.EFFECT: frozenset({*_PAIR, *_DATA, "direction", "value", "std_error", "ci_low", "ci_high", "level", "n", "unit"}),
    ClaimKind.UNIDENTIFIED: frozenset({*_PAIR, *_DATA}),
}  # fmt: skip
"""Fields a kind of claim may use; any other must keep its default."""

_GENE_LIKE = {Category.GENE.value, Category.PROTEIN.value}
Wrong = list[str]


def differ(what: str, claimed: object, found: object) -> Wrong:
    return (
        [] if claimed == found else [f"{what} is {found!r} in the store, {claimed!r} in the claim"]
    )


def names_of(ledger: Ledger, claim: Claim) -> Wrong:
    wrong: Wrong = []
    for id, name in ((claim.cause, claim.cause_name), (claim.effect, claim.effect_name)):
        if not id:
            wrong += ["a name without an entity"] if name else []
            continue
        held = ledger.name(id)
        if held is None:
            wrong.append(f"the store has no entity {id}")
        elif held != name:
            wrong.append(f"{id} is named {held!r}, not {name!r}")
    for id, name in zip(claim.path, claim.path_names, strict=False):
        wrong += differ(f"the name of {id}", name, ledger.name(id))
    if len(claim.path) != len(claim.path_names):
        wrong.append("entities and names of the chain differ in number")
    return wrong


def statement_of(ledger: Ledger, claim: Claim) -> tuple[Record | None, Wrong]:
    if len(claim.statement_ids) != 1:
        return None, ["the claim must rest on one statement"]
    record = ledger.record(claim.statement_ids[0])
    if record is None:
        return None, [f"the store has no statement {claim.statement_ids[0]}"]
    s = record.statement
    wrong = [] if record.sound else ["the statement's id is not the hash of its content"]
    wrong += differ("the subject", claim.cause, s.subject)
    wrong += differ("the object", claim.effect, s.object)
    wrong += differ("the predicate", claim.predicate, s.predicate)
    wrong += differ("the sign", claim.sign, s.sign)
    wrong += differ("the status", claim.status, s.status)
    return record, wrong


def _sources(held: Iterable[Held]) -> set[str]:
    return {h.publication or h.evidence.id for h in held}


def _counted(claim: Claim, record: Record, *, supports: bool) -> Wrong:
    held = [h for h in record.counted(supports=supports) if h.evidence.rung is claim.rung]
    firm = _sources(h for h in held if not h.evidence.hedged)
    wrong: Wrong = [] if all(h.sound for h in held) else ["an evidence was edited in the store"]
    if not held:
        wrong.append("the store has no such evidence of this rung")
    wrong += differ("the evidence", sorted(claim.evidence_ids), sorted(h.evidence.id for h in held))
    papers = {h.publication for h in held if h.publication}
    wrong += differ("the publications", sorted(claim.publications), sorted(papers))
    wrong += differ("the number of sources", claim.n, len(_sources(held)))
    wrong += differ("the number of hedged sources", claim.hedged, len(_sources(held) - firm))
    if claim.belief is None or abs(claim.belief - record.belief) > 5e-5:
        wrong.append(f"the belief is {record.belief} when recomputed, {claim.belief} in the claim")
    return wrong


def _support(ledger: Ledger, claim: Claim) -> Wrong:
    record, wrong = statement_of(ledger, claim)
    return wrong if record is None else wrong + _counted(claim, record, supports=True)


def _contradiction(ledger: Ledger, claim: Claim) -> Wrong:
    record, wrong = statement_of(ledger, claim)
    if record is None:
        return wrong
    if claim.negated is claim.opposite:
        wrong.append("a contradiction is either negated or of the opposite sign")
    expected = -record.statement.sign if claim.opposite else 0
    if claim.wanted != expected or (claim.opposite and not claim.wanted):
        wrong.append("the statement is not of the sign opposite to the one asked about")
    return wrong + _counted(claim, record, supports=claim.opposite)


def _quote(ledger: Ledger, claim: Claim) -> Wrong:
    if len(claim.evidence_ids) != 1 or len(claim.statement_ids) != 1:
        return ["a quotation rests on one evidence of one statement"]
    held = ledger.evidence(claim.evidence_ids[0])
    if held is None:
        return [f"the store has no evidence {claim.evidence_ids[0]}"]
    wrong = [] if held.sound else ["the evidence was edited in the store"]
    if held.retracted:
        wrong.append(f"{held.publication} is retracted")
    wrong += differ("the sentence", claim.quote, held.evidence.text)
    wrong += differ("the publication", claim.publication, held.publication)
    wrong += differ("the year", claim.year, held.year)
    wrong += differ("the rung", claim.rung, held.evidence.rung)
    wrong += differ("the statement", claim.statement_ids[0], held.statement)
    return wrong + differ("negation", claim.negated, not held.supports)


def counted_sides(records: Iterable[Record]) -> list[Held]:
    """Evidence on the statements of a pair that a verdict counts."""
    every = list(records)
    used = tally(every).evidence
    return [h for r in every for h in r.held if h.evidence.id in used]


def _retracted(ledger: Ledger, claim: Claim) -> Wrong:
    records = ledger.records(claim.statement_ids)
    held = [h for r in records for h in r.held if h.retracted]
    papers = {h.publication for h in held}
    wrong = differ(
        "the statements", sorted(claim.statement_ids), sorted({h.statement for h in held})
    )
    wrong += differ("the evidence", sorted(claim.evidence_ids), sorted(h.evidence.id for h in held))
    wrong += differ("the retracted publications", sorted(claim.publications), sorted(papers))
    return wrong + differ("the number of retracted publications", claim.n, len(papers))


def _rejected(ledger: Ledger, claim: Claim) -> Wrong:
    record, wrong = statement_of(ledger, claim)
    if record is not None and record.statement.status is not Status.REFUTED:
        wrong.append("nobody rejected this statement")
    return wrong


def _verdict(ledger: Ledger, claim: Claim) -> Wrong:
    records = ledger.pair(claim.cause, claim.effect)
    wrong = (
        []
        if all(r.sound and all(h.sound for h in r.held) for r in records)
        else ["edited nodes in the store"]
    )
    every = sorted(r.statement.id for r in records)
    causal = sorted(r.statement.id for r in records if r.statement.causal)
    claimed = sorted(claim.statement_ids)
    if not claimed or claimed not in (every, causal):
        return [*wrong, "the statements are not those that the store has on this pair"]
    chosen = [r for r in records if r.statement.id in set(claimed)]
    counts = tally(chosen)
    found = [j for j in judge(counts, claim.wanted) if j.verdict is claim.verdict]
    if not found:
        return [*wrong, "the counted evidence gives another verdict"]
    ruling = found[0]
    wrong += differ("the sign", claim.sign, ruling.sign)
    wrong += differ("the number of sources for it", claim.n, len(ruling.yes))
    wrong += differ("the number of sources against it", claim.against, len(ruling.no))
    papers = {h.publication for r in chosen for h in r.held if h.publication} & (
        ruling.yes | ruling.no
    )
    wrong += differ("the publications", sorted(claim.publications), sorted(papers))
    return wrong + differ("the evidence", sorted(claim.evidence_ids), sorted(counts.evidence))


def listed(ledger: Ledger, claim: Claim) -> tuple[list[Record], str]:
    """Statements that a listing (or its absence) speaks of, and the entity they share."""
    onto = bool(claim.effect)
    id = claim.effect or claim.cause
    records = ledger.around(id, subject=not onto)
    association = claim.predicate is not None
    if association:
        records = [*records, *ledger.around(id, subject=onto)]
    kept = []
    for record in records:
        s = record.statement
        other = s.object if s.subject == id else s.subject
        fits = claim.category is None or _is(ledger.category(other), claim.category.value)
        signed = association or claim.wanted in (0, s.sign)
        right = s.predicate.value in (SYMMETRIC if association else CAUSAL)
        if right and signed and fits and s.status.value in FIRM and record.belief > 0:
            kept.append(record)
    return kept, id


def _is(category: str, asked: str) -> bool:
    return category == asked or {category, asked} <= _GENE_LIKE


def _listing(ledger: Ledger, claim: Claim) -> Wrong:
    if bool(claim.cause) is bool(claim.effect):
        return ["a listing is on one entity"]
    kept, id = listed(ledger, claim)
    others = {
        r.statement.object if r.statement.subject == id else r.statement.subject for r in kept
    }
    wrong = differ(
        "the statements", sorted(claim.statement_ids), sorted({r.statement.id for r in kept})
    )
    wrong += _side_fields(claim)
    return wrong + differ("the number of entities", claim.n, len(others))


def _side_fields(claim: Claim) -> Wrong:
    if claim.predicate not in (None, Predicate.ASSOCIATED_WITH):
        return ["a listing names no predicate but association"]
    return ["an association has no sign"] if claim.predicate and claim.wanted else []


def _absence(ledger: Ledger, claim: Claim) -> Wrong:
    if claim.cause and claim.effect:
        extra = claim.wanted or claim.category or claim.predicate
        wrong = ["a pair has no sign, category or predicate to be absent"] if extra else []
        if ledger.pair(claim.cause, claim.effect):
            wrong.append("the store does hold statements on this pair")
        return wrong
    if not claim.cause and not claim.effect:
        return ["nothing is named"]
    kept, _ = listed(ledger, claim)
    return [*_side_fields(claim), *(["the store does hold such statements"] if kept else [])]


def _unknown(ledger: Ledger, claim: Claim) -> Wrong:
    if claim.cause and ledger.name(claim.cause) is not None:
        return [f"the store does hold {claim.cause}"]
    return [] if claim.cause_name else ["nothing is named"]


def _chain(ledger: Ledger, claim: Claim, ends: list[tuple[str, str]]) -> Wrong:
    """Statements in order, each firm, causal, believed, and between the right entities."""
    if not len(ends) == len(claim.statement_ids) == len(claim.signs) == len(claim.predicates):
        return ["the chain is malformed"]
    wrong: Wrong = []
    beliefs = []
    for k, (id, (a, b)) in enumerate(zip(claim.statement_ids, ends, strict=True)):
        record = ledger.record(id)
        if record is None:
            wrong.append(f"the store has no statement {id}")
            continue
        s = record.statement
        beliefs.append(record.belief)
        if not record.sound or (s.subject, s.object) != (a, b):
            wrong.append(f"statement {id} does not lead from {a} to {b}")
        if not s.causal or s.status.value not in FIRM or record.belief <= 0:
            wrong.append(f"statement {id} is no firm causal statement")
        wrong += differ(f"the sign of step {k + 1}", claim.signs[k], s.sign)
        wrong += differ(f"the predicate of step {k + 1}", claim.predicates[k], s.predicate)
    wrong += differ("the product of the signs", claim.sign, prod(claim.signs))
    weakest = min(beliefs, default=0.0)
    if claim.belief is None or abs(claim.belief - weakest) > 5e-5:
        wrong.append(f"the weakest belief is {weakest}, {claim.belief} in the claim")
    return wrong


def _path(ledger: Ledger, claim: Claim) -> Wrong:
    if len(claim.path) < 3 or claim.path[0] != claim.cause or claim.path[-1] != claim.effect:
        return ["the chain does not lead from the cause to the effect"]
    wrong = [] if len(set(claim.path)) == len(claim.path) else ["the chain visits an entity twice"]
    return wrong + _chain(ledger, claim, list(zip(claim.path, claim.path[1:], strict=False)))


def _confounder(ledger: Ledger, claim: Claim) -> Wrong:
    if len(claim.path) != 1 or claim.path[0] in (claim.cause, claim.effect):
        return ["a common cause is one other entity"]
    z = claim.path[0]
    return _chain(ledger, claim, [(z, claim.cause), (z, claim.effect)])


def _no_path(ledger: Ledger, claim: Claim) -> Wrong:
    if claim.n != 3:
        return ["chains of two and three statements are searched"]
    x, y = claim.cause, claim.effect
    heads = ledger.firm(x, out=True) - {x, y}
    tails = ledger.firm(y, out=False) - {x, y}
    if heads & tails or (heads and tails and ledger.joined(heads, tails)):
        return ["the store does hold such a chain"]
    return []


def _no_confounder(ledger: Ledger, claim: Claim) -> Wrong:
    both = ledger.firm(claim.cause, out=False) & ledger.firm(claim.effect, out=False)
    return ["the store does hold a common cause"] if both - {claim.cause, claim.effect} else []


CHECKS: Mapping[ClaimKind, Callable[[Ledger, Claim], Wrong]] = {
    ClaimKind.VERDICT: _verdict,
    ClaimKind.SUPPORT: _support,
    ClaimKind.CONTRADICTION: _contradiction,
    ClaimKind.QUOTE: _quote,
    ClaimKind.RETRACTED: _retracted,
    ClaimKind.REJECTED: _rejected,
    ClaimKind.ABSENCE: _absence,
    ClaimKind.UNKNOWN: _unknown,
    ClaimKind.LISTING: _listing,
    ClaimKind.PATH: _path,
    ClaimKind.NO_PATH: _no_path,
    ClaimKind.CONFOUNDER: _confounder,
    ClaimKind.NO_CONFOUNDER: _no_confounder,
    ClaimKind.EFFECT: effect,
    ClaimKind.UNIDENTIFIED: unidentified,
}
