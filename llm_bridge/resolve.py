"""From a name in the question to an entity: the graph first, then the bundled terminology.

The longest reading of a span that names something wins; a name that fits several entities is
settled by the types the verb allows, by whether it is their proper name, and by what the graph
knows of them. What is left open is refused with the candidates, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rapidfuzz import fuzz

from graph import curie
from graph.errors import InputError
from graph.model import Category, Entity
from graph.store import Store
from llm_bridge.claims import Reason, Refusal, Suggestion, Understood
from llm_bridge.query import Kind, Query, Relation, Term

__all__ = ["Grounding", "preferred", "resolve", "scan"]

_CURIE = re.compile(r"[A-Za-z][\w.\-]*:[^\s:]+$")
ACCEPT = 0.9
"""Similarity from which a misspelt name is taken as meant, if no other comes near."""
MARGIN = 0.04
SUGGEST = 0.55

_SICK = (Category.DISEASE, Category.PHENOTYPE)
_REMEDY = (
    Category.CHEMICAL,
    Category.PROCEDURE,
    Category.BEHAVIOR,
    Category.PROTEIN,
    Category.GENE,
)
_TARGET = (Category.GENE, Category.PROTEIN, Category.CHEMICAL)


@dataclass(frozen=True, slots=True)
class Grounding:
    """An entity for a term, what the term's own words do to it, and how it was understood."""

    entity: Entity
    direction: Literal[-1, 1]
    understood: Understood


@dataclass(frozen=True, slots=True)
class _Candidate:
    entity: Entity
    score: float
    matched: str
    in_graph: bool
    proper: bool
    """whether the name that matched is the entity's own"""


def preferred(query: Query) -> tuple[tuple[Category, ...], tuple[Category, ...]]:
    """Return the categories the verb expects of subject and object, best first; () for any."""
    if query.relation in (Relation.TREAT, Relation.PREVENT, Relation.IMPROVE, Relation.WORSEN):
        return _REMEDY, _SICK
    if query.kind is Kind.EFFECT:
        return (_TARGET if query.direction < 0 else _REMEDY), ()
    return (), ()


def _fold(text: str) -> str:
    return re.sub(r"[\s\-_]+", " ", text.replace("’", "'")).strip().casefold()


def _similarity(text: str, entity: Entity) -> tuple[float, str]:
    folded = _fold(text)
    best = max(
        ((fuzz.ratio(folded, _fold(n)) / 100, n) for n in (entity.name, *entity.synonyms) if n),
        default=(0.0, entity.name),
    )
    return round(best[0], 4), best[1]


def _match(text: str, entity: Entity, in_graph: bool) -> _Candidate:
    score, matched = _similarity(text, entity)
    return _Candidate(entity, score, matched, in_graph, _fold(entity.name) == _fold(text))


def _in_graph(store: Store, text: str) -> list[_Candidate]:
    """Entities of the graph with exactly this name, up to spaces and hyphens."""
    found = []
    for entity, score in store.search_entities(text, limit=10):
        candidate = _match(text, entity, True)
        if score >= 0.9999 or candidate.score >= 0.9999:
            found.append(replace(candidate, score=1.0))
    return found


def _in_terms(store: Store, text: str) -> list[_Candidate]:
    """Entities that the terminology knows by this name (up to plural, word order, Greek letters)."""
    from ingest.terms import core

    found = []
    for known in core().exact(text):
        held = store.entity(known.entity.id)
        candidate = _match(text, held or known.entity, held is not None)
        found.append(replace(candidate, score=1.0 if known.score > 0.93 else 0.99))
    return found


def _near(store: Store, text: str) -> list[_Candidate]:
    """Entities with a similar name, in the graph or in the terminology."""
    from ingest.terms import lookup

    found = {e.id: _match(text, e, True) for e, _ in store.search_entities(text, limit=10)}
    for known in lookup(text, 8):
        if known.entity.id not in found:
            held = store.entity(known.entity.id)
            found[known.entity.id] = _match(text, held or known.entity, held is not None)
    return list(found.values())


def _by_id(store: Store, text: str) -> Entity | None:
    from ingest.terms import core

    try:
        id = curie.normalize(text)
    except InputError:
        return None
    return store.entity(id) or core().entity(id)


def _rank(candidate: _Candidate, prefer: Sequence[Category]) -> tuple[bool, int, bool]:
    category = candidate.entity.category
    place = prefer.index(category) if category in prefer else len(prefer)
    return (not candidate.in_graph, place, not candidate.proper)


def _degree(store: Store, id: str, subject: bool) -> int:
    """How many statements the graph holds with the entity in this place."""
    found = (
        store.statements_between([id], None) if subject else store.statements_between(None, [id])
    )
    return len(found)


def _choose(
    store: Store, candidates: list[_Candidate], prefer: Sequence[Category], subject: bool
) -> tuple[_Candidate, list[_Candidate]] | None:
    """Return the candidate meant and those passed over, or None when it cannot be told."""
    ordered = sorted(candidates, key=lambda c: (_rank(c, prefer), c.entity.id))
    first = [c for c in ordered if _rank(c, prefer) == _rank(ordered[0], prefer)]
    if len(first) > 1 and first[0].in_graph:
        degrees = [_degree(store, c.entity.id, subject) for c in first]
        if sum(d > 0 for d in degrees) == 1:
            first = [c for c, d in zip(first, degrees, strict=True) if d]
    if len(first) > 1:
        return None
    return first[0], [c for c in ordered if c is not first[0]]


def _understood(text: str, chosen: _Candidate, note: str) -> Understood:
    entity = chosen.entity
    return Understood(
        text=text,
        id=entity.id,
        name=entity.name,
        category=entity.category,
        score=chosen.score,
        in_graph=chosen.in_graph,
        note=note,
    )


def _suggestions(text: str, candidates: Sequence[_Candidate]) -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion(
            text=text, id=c.entity.id, name=c.entity.name, category=c.entity.category, score=c.score
        )
        for c in candidates[:5]
    )


def _labelled(candidates: Sequence[_Candidate]) -> str:
    return ", ".join(f"{c.entity.name} ({c.entity.id})" for c in candidates[:3])


def resolve(
    store: Store, term: Term, *, prefer: Sequence[Category] = (), subject: bool = True
) -> Grounding | Refusal:
    """Ground a term.

    Args:
        store: the graph.
        term: what the question says.
        prefer: categories the verb expects, best first.
        subject: whether the term stands where statements have their subject.

    Returns:
        The entity (perhaps one that only the terminology knows: ``understood.in_graph`` is False),
        or a refusal with suggestions: unknown or ambiguous.
    """
    ladder = term.ladder or ((term.text, term.direction),)
    for text, direction in ladder:
        if _CURIE.match(text):
            return _grounded_id(store, text, direction)
    for k, (text, direction) in enumerate(ladder):
        inside = _in_graph(store, text)
        if not inside:
            continue
        # "iron deficiency" must not become iron, lowered, because the graph lacks the disease
        for longer, other in ladder[:k]:
            known = _in_terms(store, longer) if other != direction else []
            if known:
                return _picked(store, longer, other, known, prefer, subject)
        return _picked(store, text, direction, inside, prefer, subject)
    for text, direction in ladder:
        known = _in_terms(store, text)
        if known:
            inside = [c for c in known if c.in_graph]
            return _picked(store, text, direction, inside or known, prefer, subject)
    near: dict[str, _Candidate] = {}
    for text, _ in ladder:
        for candidate in _near(store, text):
            best = near.get(candidate.entity.id)
            if best is None or best.score < candidate.score:
                near[candidate.entity.id] = candidate
    return _nearest(
        term, sorted(near.values(), key=lambda c: (-c.score, not c.in_graph, c.entity.id))
    )


def _grounded_id(store: Store, text: str, direction: Literal[-1, 1]) -> Grounding | Refusal:
    entity = _by_id(store, text)
    if entity is None:
        return Refusal(
            reason=Reason.UNKNOWN_ENTITY,
            message=f"neither the graph nor the terminology has an entity with the id {text}",
        )
    chosen = _Candidate(entity, 1.0, text, store.entity(entity.id) is not None, True)
    return Grounding(entity, direction, _understood(text, chosen, ""))


def _picked(
    store: Store,
    text: str,
    direction: Literal[-1, 1],
    candidates: list[_Candidate],
    prefer: Sequence[Category],
    subject: bool,
) -> Grounding | Refusal:
    """Settle which of several entities with the same name is meant, or refuse."""
    picked = _choose(store, candidates, prefer, subject)
    if picked is None and candidates[0].in_graph:
        return _ambiguous(text, candidates)
    first, others = picked or (candidates[0], candidates[1:])
    note = f"it is also a name of {_labelled(others)}" if others else ""
    return Grounding(first.entity, direction, _understood(text, first, note))


def _ambiguous(text: str, candidates: list[_Candidate]) -> Refusal:
    return Refusal(
        reason=Reason.AMBIGUOUS,
        message=f"{text!r} is a name of {len(candidates)} entities in the graph: {_labelled(candidates)}; "
        "give the id of the one you mean",
        suggestions=_suggestions(text, candidates),
    )


def _nearest(term: Term, near: list[_Candidate]) -> Grounding | Refusal:
    """Take a misspelt name if one entity is clearly meant, else refuse with suggestions."""
    text = term.text
    near = [c for c in near if c.score >= SUGGEST]
    if near and len(text) >= 5 and near[0].score >= ACCEPT and near[0].in_graph:
        rivals = [c for c in near[1:] if c.score > near[0].score - MARGIN]
        if not rivals:
            note = f"the closest name ({near[0].matched!r}, similarity {near[0].score:.2f})"
            return Grounding(near[0].entity, term.direction, _understood(text, near[0], note))
    several = bool(re.search(r"\s(and|or|versus|vs|/)\s", text))
    return Refusal(
        reason=Reason.UNKNOWN_ENTITY,
        message=f"{text!r} names nothing known here"
        + ("; ask about one thing at a time" if several else ""),
        suggestions=_suggestions(text, near),
        needs=() if near else (f"ingest publications that speak of {text}",),
    )


def scan(store: Store, question: str, *, longest: int = 4) -> list[Entity]:
    """Return the entities that a question of unknown form names exactly, in their order."""
    from llm_bridge.lexicon import STOP_WORDS
    from llm_bridge.patterns import tokenize

    tokens = tokenize(question[:400])[:30]
    found: list[Entity] = []
    i = 0
    while i < len(tokens):
        for n in range(min(longest, len(tokens) - i), 0, -1):
            part = tokens[i : i + n]
            if part[0].low in STOP_WORDS or part[-1].low in STOP_WORDS:
                continue
            hits = store.search_entities(question[part[0].start : part[-1].end], limit=1)
            if hits and hits[0][1] >= 0.9999:
                if hits[0][0].id not in {e.id for e in found}:
                    found.append(hits[0][0])
                i += n - 1
                break
        i += 1
    return found[:2]
