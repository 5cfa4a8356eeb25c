"""The notation of counterfactual events."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import UsageError
from queries.causal.counterfactual_terms import Term, parse_terms, terms_text

NAMES = st.sampled_from(["X", "Y", "blood pressure", "a,b", "M[1]", "Z=0", "dose", "ä"])
LABELS = st.sampled_from(["0", "1", "x'", "very high", "1.5", "a]b", ""])


def terms(depth: int = 2) -> st.SearchStrategy[Term]:
    inner = LABELS if depth == 0 else st.one_of(LABELS, st.deferred(lambda: nested(depth - 1)))
    do = st.dictionaries(NAMES, inner, max_size=2)
    return st.builds(Term.make, NAMES, st.none() | LABELS, do)


def nested(depth: int) -> st.SearchStrategy[Term]:
    return terms(depth).map(lambda t: Term(t.variable, None, t.do))


@settings(max_examples=200, deadline=None)
@given(st.lists(terms(), min_size=1, max_size=3))
def test_what_is_written_is_read_back(event):
    # a nested term is set under its own variable's name only by convention: any is allowed
    assert parse_terms(terms_text(event)) == tuple(event)


def test_readings():
    assert parse_terms("Y[X=1]=1, X=0") == (Term.make("Y", 1, {"X": 1}), Term.make("X", 0))
    mixed = Term.make("Y", None, {"X": 1, "M": Term.make("M", None, {"X": 0})})
    assert parse_terms("Y[X=1, M=M[X=0]]") == (mixed,)
    assert parse_terms("Y[M=M[]]") == (Term.make("Y", None, {"M": Term.make("M")}),)
    assert parse_terms([mixed, "X = 0"]) == (mixed, Term.make("X", 0))
    # one value, however it is spelt in Python
    assert Term.make("X", 1) == Term.make("X", 1.0) == Term.make("X", True) == Term.make("X", "1")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Y[X=1", "a ] is missing"),
        ("Y[X=1, X=2]", "set twice"),
        ("Y[X]", "set to nothing"),
        ("Y X, =1", "a variable is missing"),
        ("=1", "a variable is missing"),
        ("Y=", "a value is missing"),
        ('Y="1', "a quote is not closed"),
        ("Y[X=1]=1 ] Z", "a comma is missing"),
    ],
)
def test_what_cannot_be_read_is_named(text, what):
    with pytest.raises(UsageError, match="cannot be read") as error:
        parse_terms(text)
    assert what in error.value.message
