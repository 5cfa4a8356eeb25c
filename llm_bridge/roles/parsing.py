"""A hard question read by a language model into the same typed Query that the grammar makes.

The model names the kind, the relation and copies words; positions, what the words do to the entity
("lack of") and everything else are made here from the question itself. A reading that goes against
plain words of the question (a direction, a negation) is not taken.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.model import Category
from llm_bridge.patterns import tokenize
from llm_bridge.providers.calling import Caller
from llm_bridge.providers.outgoing import Outgoing
from llm_bridge.query import Kind, Measure, Query, Relation, Term
from llm_bridge.roles.forms import TRIES, Filled, UnfitError, fill, spans
from llm_bridge.terms import make_term

__all__ = ["QueryForm", "read_question", "to_query"]

_UP = r"rais|increas|induc|caus|trigger|promot|activat|stimulat|worsen|provok|elevat|enhanc|upregulat|higher|more"
_DOWN = r"lower|decreas|reduc|prevent|treat|inhibit|block|suppress|attenuat|improv|cure|protect|alleviat|relie|ameliorat|remov|stop|knock|silenc|delet|without|lack|less|absen|downregulat|diminish|antagoni|withdraw|no longer"
_NOT = r"\b(not|never|no|nor|fail\w*|without|lack\w*)\b|n't\b"
_PERSONAL = re.compile(r"\b(i|me|my|mine|myself)\b", re.IGNORECASE)
_RAISES = (Relation.CAUSE, Relation.INCREASE, Relation.WORSEN)
_LOWERS = (Relation.DECREASE, Relation.PREVENT, Relation.TREAT, Relation.IMPROVE)


class QueryForm(BaseModel):
    """What a biomedical question asks."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind = Field(description="What is asked.")
    relation: Relation = Field(Relation.AFFECT, description="The relation the question names.")
    subject: str | None = Field(
        None,
        max_length=300,
        description="The cause or what is acted with, copied from the question.",
    )
    object: str | None = Field(
        None, max_length=300, description="The outcome, copied from the question."
    )
    others: list[str] = Field(
        default_factory=list,
        max_length=10,
        description="Further things copied from the question: those compared, adjusted for, or done together.",
    )
    direction: Literal[-1, 1] = Field(
        1,
        description="1: the subject is given, raised or present; -1: removed, lowered, inhibited.",
    )
    category: Category | None = Field(
        None, description="Which kind of thing a 'which ...' question asks for."
    )
    context: list[str] = Field(
        default_factory=list,
        max_length=5,
        description="Restrictions such as 'in rats', copied from the question.",
    )
    measure: Measure = Field(Measure.TOTAL, description="Which effect, if one is named.")
    negated: bool = Field(False, description="Whether the question is put with 'not'.")


def read_question(
    caller: Caller, question: str, *, tries: int = TRIES, earlier: tuple[str, ...] = ()
) -> Filled[Query]:
    """Read a question with a model; ``made`` is None when no reading of it held."""
    outgoing = Outgoing(question, earlier)
    return fill(
        caller,
        outgoing,
        "parse",
        QueryForm,
        lambda form: to_query(form, outgoing.question),
        tries=tries,
    )


def to_query(form: QueryForm, question: str) -> Query:
    """Turn a form into a query whose every term stands in the question.

    Raises:
        UnfitError: naming the field that does not hold.
    """
    subject = _term("subject", form.subject, question)
    outcome = _term("object", form.object, question)
    others = tuple(t for o in form.others if (t := _term("others", o, question)) is not None)
    named = [t for t in (subject, outcome, *others) if t is not None]
    for k, one in enumerate(named):
        if any(one.start < o.end and o.start < one.end for o in named[:k]):
            raise UnfitError("object", "overlapping_words")
    _agrees(form, question, named)
    for words in form.context:
        if spans(words, question) is None:
            raise UnfitError("context", "not_in_question")
    try:
        return Query(
            kind=form.kind,
            relation=form.relation,
            subject=subject,
            object=outcome,
            others=others,
            direction=form.direction,
            category=form.category,
            context=tuple(form.context),
            measure=form.measure,
            negated=form.negated,
            # never left to a model: it decides whether the safety line is shown
            personal=_PERSONAL.search(question) is not None,
        )
    except ValidationError:
        raise UnfitError("kind", "incomplete_for_this_kind") from None


def _term(field: str, words: str | None, question: str) -> Term | None:
    if words is None:
        return None
    found = spans(words, question)
    if found is None:
        raise UnfitError(field, "not_in_question")
    tokens = [t for t in tokenize(question) if t.start >= found[0] and t.end <= found[1]]
    term = make_term(question, tokens) if tokens else None
    if term is None:
        raise UnfitError(field, "names_nothing")
    return term


def _agrees(form: QueryForm, question: str, named: list[Term]) -> None:
    """Refuse a sense that no word of the question outside the names speaks for."""
    rest = list(question)
    for term in named:
        rest[term.start : term.end] = " " * (term.end - term.start)
    text = "".join(rest).lower()
    up, down = (re.search(rf"\b(?:{words})", text) is not None for words in (_UP, _DOWN))
    if form.relation in _RAISES and down and not up:
        raise UnfitError("relation", "against_the_words")
    if form.relation in _LOWERS and not down:
        raise UnfitError("relation", "against_the_words")
    if form.direction < 0 and not down:
        raise UnfitError("direction", "against_the_words")
    if form.negated and not re.search(_NOT, text):
        raise UnfitError("negated", "against_the_words")
