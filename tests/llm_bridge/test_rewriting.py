"""Predicates: what is said of two things becomes one plain verb, in its place and form."""

from __future__ import annotations

import pytest

from benchmarks.paraphrases import fields
from llm_bridge import parse
from llm_bridge.patterns import tokenize
from llm_bridge.query import Kind, Query, Relation
from llm_bridge.rewriting import plainly


def _plain(question: str) -> str:
    return " ".join(t.low for t in plainly(tokenize(question), question))


@pytest.mark.parametrize(
    ("question", "plain"),
    [
        ("Is gout a recognised complication of furosemide?", "is gout due to furosemide"),
        ("Might zinc be a contributor to anaemia?", "might zinc cause anaemia"),
        ("Does zinc tend to raise copper?", "does zinc raise copper"),
        ("Does zinc bring about a drop in copper?", "does zinc decrease copper"),
        ("What keeps malaria at bay?", "what prevents malaria"),
        ("Does salt play a part in stroke?", "does salt affect stroke"),
        ("Is zinc known to be caused by copper?", "does zinc be caused by copper"),
        ("Do people who take zinc get more colds?", "do zinc increase colds"),
        ("What has been shown to lower zinc?", "what lowers zinc"),
        ("Is depression a precursor of dementia?", "does depression precede dementia"),
        ("Does zinc cure colds?", "does zinc cure colds"),
    ],
)
def test_predicates_become_plain_verbs(question: str, plain: str) -> None:
    assert _plain(question) == plain


@pytest.mark.parametrize(
    ("said", "relation"),
    [
        ("{} is a cause of {}", Relation.CAUSE),
        ("{} is to blame for {}", Relation.CAUSE),
        ("{} raises the risk of {}", Relation.CAUSE),
        ("{} lowers the risk of {}", Relation.PREVENT),
        ("{} has a hand in {}", Relation.AFFECT),
        ("{} seems to worsen {}", Relation.WORSEN),
        ("{} is capable of preventing {}", Relation.PREVENT),
    ],
)
@pytest.mark.parametrize(
    ("around", "kind"),
    [
        ("Is it true that {}?", Kind.EXISTENCE),
        ("How sure are you that {}?", Kind.CERTAINTY),
        ("What is the evidence that {}?", Kind.EVIDENCE),
        ("What would overturn the claim that {}?", Kind.CHANGE),
        ("My aunt swears that {}. True?", Kind.EXISTENCE),
    ],
)
def test_every_predicate_in_every_surrounding(
    said: str, relation: Relation, around: str, kind: Kind
) -> None:
    query = parse(around.format(said.format("lithium", "gout")))
    assert isinstance(query, Query), query
    assert (query.kind, query.relation) == (kind, relation)
    assert [t.text for t in query.terms] == ["lithium", "gout"]


@pytest.mark.parametrize(
    ("question", "among"),
    [
        ("Which opioids lower blood pressure?", "opioids"),
        ("Among dietary polyphenols, which one raises NRF2 most?", "dietary polyphenols"),
        ("Which organs does lithium damage?", "organs"),
        ("Which vaccines or antibodies prevent measles?", "vaccines or antibodies"),
    ],
)
def test_the_class_asked_for_is_kept(question: str, among: str) -> None:
    query = parse(question)
    assert isinstance(query, Query), query
    assert query.among == among
    again = parse(query.canonical())
    assert isinstance(again, Query), query.canonical()
    assert (again.among, again.kind) == (among, query.kind)


def test_a_class_that_is_a_category_filters() -> None:
    query = parse("Which oral drugs lower blood pressure?")
    assert isinstance(query, Query), query
    assert query.category is not None
    assert query.among == "oral drugs"


@pytest.mark.parametrize(
    ("question", "population"),
    [
        ("Does zinc protect older men against gout?", "older men"),
        ("Do women taking zinc have a higher risk of gout?", "women"),
        ("Does zinc cause gout in never-smokers?", "never-smokers"),
        ("Does zinc affect children's IQ?", "children"),
    ],
)
def test_for_whom_is_kept(question: str, population: str) -> None:
    query = parse(question)
    assert isinstance(query, Query), query
    assert query.qualifiers.population == population


@pytest.mark.parametrize(
    "around",
    [
        "Hi! {}",
        "Quick question: {} Thanks!",
        "My professor asked me this - {}",
        "I have a question. {}",
    ],
)
@pytest.mark.parametrize(
    "question",
    [
        "Does zinc prevent colds, and how?",
        "What data are missing to know whether zinc prevents gout?",
        "But for zinc, would the patient have had gout?",
    ],
)
def test_a_greeting_changes_nothing(around: str, question: str) -> None:
    plain, wrapped = parse(question), parse(around.format(question))
    assert isinstance(plain, Query), plain
    assert isinstance(wrapped, Query), wrapped
    assert fields(wrapped) == fields(plain)
    for term in wrapped.terms:
        assert around.format(question)[term.start : term.end] == term.raw
