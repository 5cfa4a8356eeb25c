"""Question in, certified answer out: parse, ground, gather claims, check, and only then speak."""

from __future__ import annotations

import re
from collections.abc import Callable

from graph.errors import EtiographError
from graph.model import Category
from graph.store import Store
from llm_bridge.answers.draft import Draft
from llm_bridge.answers.tell import tell
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
from llm_bridge.discourse import follow
from llm_bridge.facts import Facts
from llm_bridge.grammar import EXAMPLES, MAX_CHARACTERS, parse
from llm_bridge.limits import SAFETY, limits
from llm_bridge.query import Kind, Query, Term
from llm_bridge.resolve import Grounding, preferred, resolve, scan

__all__ = ["SAFETY", "answer_query", "ask"]

_OWN = re.compile(r"\b(i|my|me|myself)\b", re.IGNORECASE)
"""A question that is not understood and has these words may be about the asker's own health."""


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("etiograph")
    except metadata.PackageNotFoundError:
        return "unknown"


def ask(
    store: Store,
    question: str,
    *,
    previous: Query | None = None,
    reading: Callable[[Answer], None] | None = None,
) -> Answer:
    """Answer a question from the graph and its datasets.

    Args:
        store: the graph.
        question: English text.
        previous: the query of the question before, for "and in mice?" and "does it also ...?".
        reading: called with an answer that holds only how the question was understood, before the
            evidence is gathered.

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
    asked = question
    if previous is not None and len(question) <= MAX_CHARACTERS:
        asked = follow(question, previous, lambda name: _category(store, name))
    parsed = parse(asked, lambda name: _category(store, name) is not None)
    if isinstance(parsed, Refusal):
        return _refuse(store, asked, _offer(store, asked, parsed))
    answer = answer_query(store, asked, parsed, reading)
    if asked != question:
        note = f'{question.strip()!r} was read, with the question before it, as "{asked}"'
        answer = answer.model_copy(update={"notes": (note, *answer.notes)})
    return answer


def _category(store: Store, name: str) -> Category | None:
    """The category of what a phrase names as a whole; None when it names nothing known."""
    found = resolve(store, Term(text=name, raw=name, start=0, end=len(name)))
    if isinstance(found, Refusal) or found.understood.score < 0.99:
        return None
    return found.entity.category


def answer_query(
    store: Store,
    question: str,
    query: Query,
    reading: Callable[[Answer], None] | None = None,
) -> Answer:
    """Answer a typed query, whoever made it from the question; ``reading`` as in :func:`ask`.

    Raises:
        StoreError: if the store cannot be read.
    """
    answer = _answer_one(store, question, query.model_copy(update={"also": ()}), reading)
    parts = tuple(_answer_one(store, question, q, None) for q in query.also)
    if not parts or answer.query is None:
        return answer
    asked = answer.query.model_copy(update={"also": query.also})
    return answer.model_copy(update={"parts": parts, "query": asked})


def _answer_one(
    store: Store, question: str, query: Query, reading: Callable[[Answer], None] | None
) -> Answer:
    grounded: list[Grounding] = []
    prefer = preferred(query)
    for term in query.terms:
        subject = term is not query.object
        found = resolve(store, term, prefer=prefer[0 if subject else 1], subject=subject)
        if isinstance(found, Refusal):
            return _refuse(store, question, _asked_with(query, found, term), query, grounded)
        grounded.append(found)
    clash = _clash(query, grounded)
    if clash is not None:
        return _refuse(store, question, clash, query, grounded)
    draft = Draft(Facts(store))
    if reading is not None:
        reading(_answer(store, question, query, grounded, draft))
    unknown = [g for g in grounded if not g.understood.in_graph]
    if unknown:
        _unknown(draft, unknown)
    else:
        tell(draft, query, grounded)
    draft.add(draft.notes, *limits(question, query))
    return _checked(store, _answer(store, question, query, grounded, draft))


def _clash(query: Query, grounded: list[Grounding]) -> Refusal | None:
    """Refuse where two names are one entity, or one entity is to be raised and lowered at once."""
    seen: dict[str, int] = {}
    for found in grounded:
        id, name = found.entity.id, found.entity.name
        if id not in seen:
            seen[id] = found.direction
            continue
        if query.kind is Kind.WHAT_IF and seen[id] != found.direction:
            return Refusal(
                reason=Reason.CONTRADICTORY,
                message=f"{name} ({id}) cannot be raised and lowered at once",
                nearest=(
                    f"What happens if we give or raise {name}?",
                    f"What happens if we remove or inhibit {name}?",
                ),
            )
        return Refusal(
            reason=Reason.SAME_ENTITY,
            message=f"both names are taken for {name} ({id}), and nothing is asked of one thing",
            nearest=(f"What causes {name}?", f"What are the effects of {name}?"),
        )
    return None


def _answer(
    store: Store, question: str, query: Query, grounded: list[Grounding], draft: Draft
) -> Answer:
    evidence = draft.evidence()
    draft.note_notices(evidence)
    return Answer(
        question=question,
        query=query,
        understood=tuple(g.understood for g in grounded),
        reading=_reading(query, grounded),
        sentences=tuple(draft.sentences),
        numbers=tuple(draft.numbers),
        assumptions=tuple(draft.assumptions),
        evidence=evidence,
        refused=draft.refused,
        would_change=tuple(draft.would_change),
        notes=tuple(draft.notes),
        store_id=store.store_id,
        version=_version(),
        snapshot=draft.facts.snapshot(g.entity.id for g in grounded),
    )


def _reading(query: Query, grounded: list[Grounding]) -> str:
    names: dict[str, str] = {}
    changes: dict[str, object] = {}
    others: list[Term] = []
    told: list[str] = []
    for found, term in zip(grounded, query.terms, strict=False):
        name = found.entity.name or found.entity.id
        taken = term.model_copy(update={"direction": found.direction})
        if term is query.subject or term is query.object:
            place = "subject" if term is query.subject else "object"
            names[place], changes[place] = name, taken
        else:
            told.append(name)
            others.append(taken)
    changes["others"] = tuple(others)
    return query.model_copy(update=changes).canonical(
        names.get("subject"), names.get("object"), told
    )


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
    personal = refusal.reason is Reason.ADVICE or (
        query.personal
        if query is not None
        else refusal.reason is Reason.UNKNOWN_FORM and bool(_OWN.search(question))
    )
    return Answer(
        question=question,
        query=query,
        understood=understood,
        refused=refusal,
        notes=(SAFETY,) if personal else (),
        store_id=store.store_id,
        version=_version(),
    )


def _asked_with(query: Query, refusal: Refusal, term: Term) -> Refusal:
    """The same question with each suggestion in place of the name that was not understood."""
    known = refusal.reason is Reason.AMBIGUOUS  # then only the id tells one from the other
    names = [s.id if known else s.name or s.id for s in refusal.suggestions[:3]]
    nearest = [
        query.canonical(
            subject=name if term is query.subject else None,
            object=name if term is query.object else None,
            others=[name if t is term else t.text for t in query.others],
        )
        for name in names
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
        offers = (f"What are the effects of {names[0]}?", f"What causes {names[0]}?")
        if found[0].category is Category.CHEMICAL:
            offers = (offers[0], f"What does {names[0]} treat?")
    else:
        return refusal
    kept = tuple(n for n in refusal.nearest if n not in EXAMPLES)
    return refusal.model_copy(update={"nearest": (*kept, *offers)})
