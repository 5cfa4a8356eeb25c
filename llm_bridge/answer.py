"""Question in, certified answer out: parse, ground, gather claims, check, and only then speak."""

from __future__ import annotations

from typing import Literal

from graph.errors import EtiographError
from graph.model import Entity
from graph.store import Store
from llm_bridge.answers.chains import tell_chains, tell_confounders
from llm_bridge.answers.draft import Draft
from llm_bridge.answers.effect import tell_effect
from llm_bridge.answers.listing import tell_listing
from llm_bridge.answers.pair import tell_pair
from llm_bridge.checker import check
from llm_bridge.claims import (
    Answer,
    Claim,
    ClaimKind,
    Reason,
    Refusal,
    Removed,
    Understood,
)
from llm_bridge.facts import Facts
from llm_bridge.grammar import EXAMPLES, parse
from llm_bridge.query import Kind, Query, Relation
from llm_bridge.resolve import Grounding, preferred, resolve, scan

__all__ = ["SAFETY", "answer_query", "ask"]

SAFETY = (
    "This is evidence from publications and data, not advice about a person. Please ask a doctor or "
    "pharmacist before starting, changing or stopping any treatment."
)
CONTEXT = (
    "The restriction {!r} was understood but is not applied: all evidence in the graph counts."
)


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("etiograph")
    except metadata.PackageNotFoundError:
        return "unknown"


def ask(store: Store, question: str) -> Answer:
    """Answer a question from the graph and its datasets.

    Args:
        store: the graph.
        question: English text.

    Returns:
        An answer whose every sentence was rendered from a claim and has passed the independent
        checker; what did not pass is in ``removed``. ``refused`` says why there is no answer (or
        no number).

    Raises:
        StoreError: if the store cannot be read.
    """
    # half surrogates and control characters can be typed, but stand in no name
    question = question.encode("utf-8", "replace").decode("utf-8")
    question = "".join(c if c.isprintable() or c.isspace() else " " for c in question[:4_001])
    if len(question) > 4_000:
        question = question[:4_000] + " …"
    parsed = parse(question)
    if isinstance(parsed, Refusal):
        return _refuse(store, question, _offer(store, question, parsed))
    return answer_query(store, question, parsed)


def answer_query(store: Store, question: str, query: Query) -> Answer:
    """Answer a typed query, whoever made it from the question.

    Raises:
        StoreError: if the store cannot be read.
    """
    grounded: list[Grounding] = []
    prefer = preferred(query)
    for term in query.terms:
        subject = term is query.subject
        found = resolve(store, term, prefer=prefer[0 if subject else 1], subject=subject)
        if isinstance(found, Refusal):
            return _refuse(store, question, _asked_with(query, found, subject), query, grounded)
        grounded.append(found)
    if len(grounded) == 2 and grounded[0].entity.id == grounded[1].entity.id:
        name = grounded[0].entity.name
        refusal = Refusal(
            reason=Reason.SAME_ENTITY,
            message=f"both names are taken for {name} ({grounded[0].entity.id}), and nothing is asked of one thing",
            nearest=(f"What causes {name}?", f"What are the effects of {name}?"),
        )
        return _refuse(store, question, refusal, query, grounded)
    draft = Draft(Facts(store))
    unknown = [g for g in grounded if not g.understood.in_graph]
    if unknown:
        _unknown(draft, unknown)
    else:
        _tell(draft, query, grounded)
    if query.personal:
        draft.add(draft.notes, SAFETY)
    draft.add(draft.notes, *(CONTEXT.format(c) for c in query.context))
    return _checked(store, _answer(store, question, query, grounded, draft))


def _answer(
    store: Store, question: str, query: Query, grounded: list[Grounding], draft: Draft
) -> Answer:
    return Answer(
        question=question,
        query=query,
        understood=tuple(g.understood for g in grounded),
        reading=_reading(query, grounded),
        sentences=tuple(draft.sentences),
        numbers=tuple(draft.numbers),
        assumptions=tuple(draft.assumptions),
        evidence=draft.evidence(),
        refused=draft.refused,
        would_change=tuple(draft.would_change),
        notes=tuple(draft.notes),
        store_id=store.store_id,
        version=_version(),
    )


def _reading(query: Query, grounded: list[Grounding]) -> str:
    names: dict[str, str] = {}
    changes: dict[str, object] = {}
    for found, term in zip(grounded, query.terms, strict=False):
        place = "subject" if term is query.subject else "object"
        names[place] = found.entity.name or found.entity.id
        changes[place] = term.model_copy(update={"direction": found.direction})
    return query.model_copy(update=changes).canonical(names.get("subject"), names.get("object"))


def _direction(query: Query, grounded: list[Grounding]) -> Literal[-1, 1]:
    """What is done to the subject, after the reading of its span is known."""
    way = query.direction
    if query.subject is not None:
        way = 1 if way * grounded[0].direction > 0 else -1
    return way


def _wanted(query: Query, grounded: list[Grounding]) -> int:
    """The sign asked about, on the scale of statements (the subject raised)."""
    outcome = grounded[-1] if query.object is not None else None
    sign = query.relation.sign(outcome.entity.category if outcome else None)
    sign *= outcome.direction if outcome else 1
    if query.kind in (Kind.EFFECT, Kind.MECHANISM, Kind.CONFOUNDERS):
        return 0
    return sign * _direction(query, grounded) if query.subject is not None else sign


def _tell(draft: Draft, query: Query, grounded: list[Grounding]) -> None:
    first, last = grounded[0].entity, grounded[-1].entity
    direction, wanted = _direction(query, grounded), _wanted(query, grounded)
    match query.kind:
        case Kind.EXISTENCE | Kind.EVIDENCE | Kind.CONTRADICTION:
            if not tell_pair(draft, query, first, last, wanted=wanted, direction=direction):
                _indirect(draft, query, first, last, direction)
        case Kind.EFFECT:
            tell_effect(draft, first, last, direction=direction)
            if not tell_pair(draft, query, first, last, wanted=0, direction=direction):
                _indirect(draft, query, first, last, direction)
            _compare(draft)
        case Kind.CAUSES | Kind.TREATMENTS | Kind.EFFECTS:
            tell_listing(draft, query, last, wanted=wanted)
        case Kind.MECHANISM:
            if not tell_chains(draft, first, last, direction=direction):
                tell_pair(draft, query, first, last, wanted=0, direction=direction)
        case Kind.CONFOUNDERS:
            tell_confounders(draft, first, last)


def _compare(draft: Draft) -> None:
    """Say so where the data and the literature point in opposite directions."""
    claims = [s.claim for s in draft.sentences]
    literature = next((c.sign for c in claims if c.kind is ClaimKind.VERDICT), 0)
    for claim in claims:
        if (
            claim.kind is ClaimKind.EFFECT
            and claim.ci_low is not None
            and claim.ci_high is not None
        ):
            slope = (claim.ci_low > 0) - (claim.ci_high < 0)
            if slope * claim.direction * literature < 0:
                draft.add(
                    draft.notes,
                    f"The estimate from {claim.dataset_name} and the literature point in opposite directions.",
                )


def _indirect(draft: Draft, query: Query, x: Entity, y: Entity, direction: Literal[-1, 1]) -> None:
    """Nothing links the two directly: chains are the next best thing."""
    if query.relation is not Relation.ASSOCIATE:
        tell_chains(draft, x, y, direction=direction, most=3)


def _unknown(draft: Draft, unknown: list[Grounding]) -> None:
    for found in unknown:
        text = found.understood.text
        draft.say(Claim(kind=ClaimKind.UNKNOWN, cause=found.entity.id, cause_name=text))
        draft.add(
            draft.would_change, f"Publications on {found.entity.name}, once they are ingested."
        )
        near = draft.facts.store.search_entities(found.entity.name or text, limit=3)
        names = [f"{e.name} ({e.id})" for e, score in near if score >= 0.5]
        if names:
            draft.add(draft.notes, f"Names in this graph that come near: {', '.join(names)}.")


def _checked(store: Store, answer: Answer) -> Answer:
    """Take out what the checker does not confirm, and say so."""
    result = check(answer, store)
    if result.ok:
        return answer
    failed = {f.index: f.reasons for f in result.findings if not f.ok}
    kept = tuple(s for k, s in enumerate(answer.sentences) if k not in failed)
    removed = tuple(
        Removed(sentence=answer.sentences[k], reasons=reasons) for k, reasons in failed.items()
    )
    refused = answer.refused
    if not kept and refused is None:
        refused = Refusal(
            reason=Reason.CHECK,
            message="no sentence of the answer survived the independent check",
            needs=("run `etiograph store check`: the graph may be damaged",),
        )
    values = {s.claim.value for s in kept if s.claim.kind is ClaimKind.EFFECT}
    named = {id for s in kept for id in s.claim.evidence_ids}
    return answer.model_copy(
        update={
            "sentences": kept,
            "removed": removed,
            "refused": refused,
            "numbers": tuple(n for n in answer.numbers if n.value in values),
            "evidence": tuple(e for e in answer.evidence if e.id in named),
        }
    )


def _refuse(
    store: Store,
    question: str,
    refusal: Refusal,
    query: Query | None = None,
    grounded: list[Grounding] | None = None,
) -> Answer:
    understood: tuple[Understood, ...] = tuple(g.understood for g in grounded or ())
    personal = refusal.reason is Reason.ADVICE or (query is not None and query.personal)
    return Answer(
        question=question,
        query=query,
        understood=understood,
        refused=refusal,
        notes=(SAFETY,) if personal else (),
        store_id=store.store_id,
        version=_version(),
    )


def _asked_with(query: Query, refusal: Refusal, subject: bool) -> Refusal:
    """The same question with each suggestion in place of the name that was not understood."""
    nearest = [
        query.canonical(subject=s.id if subject else None, object=None if subject else s.id)
        for s in refusal.suggestions[:3]
    ]
    return refusal.model_copy(update={"nearest": (*nearest, *refusal.nearest)})


def _offer(store: Store, question: str, refusal: Refusal) -> Refusal:
    """Fill the nearest questions with entities that the question names and the graph knows."""
    if refusal.reason not in (Reason.UNKNOWN_FORM, Reason.NOT_A_QUESTION):
        return refusal
    try:
        found = scan(store, question)
    except EtiographError:
        return refusal  # an offer is a courtesy: the refusal itself stands
    names = [e.name or e.id for e in found]
    offers: tuple[str, ...]
    if len(names) == 2:
        x, y = names
        offers = (
            f"Does {x} cause {y}?",
            f"What happens to {y} if we give or raise {x}?",
            f"Through what does {x} act on {y}?",
        )
    elif names:
        offers = (f"What causes {names[0]}?", f"What are the effects of {names[0]}?")
    else:
        return refusal
    kept = tuple(n for n in refusal.nearest if n not in EXAMPLES)
    return refusal.model_copy(update={"nearest": (*kept, *offers)})
