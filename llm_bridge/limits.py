"""What a question says that its answer does not follow, said in the notes at every depth."""

from __future__ import annotations

import re

from llm_bridge.query import Kind, Query

__all__ = ["SAFETY", "limits"]

SAFETY = (
    "This is evidence from publications and data, not advice about a person. Please ask a doctor or "
    "pharmacist before starting, changing or stopping any treatment."
)
_UNIT = (
    "This asks about one individual. What is told here holds for the groups that were studied; what "
    "happens to one individual may differ."
)
_AMONG = "only {!r} were asked for: the graph does not record what is one, so the list is not restricted to them"
_CONTEXT = (
    "The restriction {!r} was understood but is not applied: all evidence in the graph counts."
)
_DOSE = "The dose {} was understood, but this graph records no doses: evidence on any dose counts."
_NEGATED = (
    "The question is put in the negative: what is told, and a yes or no in JSON, is on the question "
    "as it was understood, without it."
)
_UNWEIGHED = (
    "{!r} is not weighed: what is told is what is known on the claim, not how often, how much or "
    "whether nothing else does."
)
_AMOUNTS = re.compile(
    r"\b(?:only|sole|solely|always|invariably|rarely|seldom|often|frequently|usually|entirely|completely"
    r"|safest|doubles?|doubled|triples?|tripled|halves?|halved|twice|(?:most|least) common(?:ly)?|commonest"
    r"|by (?:about |at least |up to |over )?\d+(?:\.\d+)? ?%)(?!\w)",
    re.IGNORECASE,
)
"""How often, how much, or that alone: said in a question, and no part of its typed query."""


def limits(question: str, query: Query) -> tuple[str, ...]:
    """Return the notes on what ``question`` says and its answer does not apply."""
    notes = [SAFETY] if query.personal else []
    if query.qualifiers.unit:
        notes.append(_UNIT)
    if query.negated and query.kind is Kind.EXISTENCE:
        notes.append(_NEGATED)
    if query.among:
        notes.append(_AMONG.format(query.among))
    notes += [_CONTEXT.format(c) for c in query.context]
    if query.qualifiers.dose is not None:
        notes.append(_DOSE.format(query.qualifiers.dose.text))
    if query.kind is not Kind.RANKING:
        for said in [*(t.raw for t in query.terms), *query.context]:
            question = question.replace(said, " ")
        notes += [_UNWEIGHED.format(m[0]) for m in _AMOUNTS.finditer(question)]
    return tuple(notes)
