"""Readings by cue families: wrappings come off, what is asked is told by the words around it."""

from __future__ import annotations

import pytest

from benchmarks.paraphrases import fields
from llm_bridge import parse
from llm_bridge.claims import Refusal
from llm_bridge.query import Query

WRAPPED = (
    "{}",
    "Could you kindly tell me whether {}",
    "I was wondering whether, in your opinion, {}?",
    "My aunt asked me this - is it true that {}?",
    "I would be grateful to know if {}, please.",
    "Is it the case that {} or not?",
)


@pytest.mark.parametrize("wrapping", WRAPPED)
@pytest.mark.parametrize(
    ("claim", "names"),
    [
        ("lithium causes nephropathy", ("lithium", "nephropathy")),
        ("silencing of KRAS slows tumour growth", ("KRAS", "tumour growth")),
    ],
)
def test_wrapping_changes_nothing(wrapping: str, claim: str, names: tuple[str, str]) -> None:
    query = parse(wrapping.format(claim))
    assert isinstance(query, Query), query
    assert query.kind.value == "existence"
    assert tuple(t.text for t in query.terms) == names


@pytest.mark.parametrize(
    ("around", "kind"),
    [
        ("What would make you abandon the claim that {}?", "change"),
        ("By what sort of finding could the idea that {} be overturned?", "change"),
        ("Have the findings that {} been contradicted?", "contradiction"),
        ("Where do the sources clash over whether {}?", "contradiction"),
        ("To what degree of certainty is it known that {}?", "certainty"),
        ("What are the odds that {}?", "certainty"),
        ("By which trials is it supported that {}?", "evidence"),
        ("I'd like to see the literature for the statement that {}.", "evidence"),
        ("What further information would be required to determine whether {}?", "missing"),
        ("What is the molecular explanation for why {}?", "mechanism"),
    ],
)
def test_the_words_around_a_claim_tell_the_kind(around: str, kind: str) -> None:
    query = parse(around.format("valproate causes hair loss"))
    assert isinstance(query, Query), query
    assert query.kind.value == kind
    assert [t.text for t in query.terms] == ["valproate", "hair loss"]


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("When I estimate the effect of salt on stroke, should sex be controlled for?",
         {"kind": "adjustment", "subject": "salt", "object": "stroke", "others": "sex"}),
        ("What confounding might there be between salt and stroke?",
         {"kind": "confounders", "subject": "salt", "object": "stroke"}),
        ("morphine or fentanyl for renal colic, which works better",
         {"kind": "comparison", "object": "renal colic", "others": "morphine|fentanyl"}),
        ("Does fibrosis come later than inflammation?",
         {"kind": "order", "subject": "inflammation", "object": "fibrosis"}),
        ("By which drug is uric acid lowered the most?", {"kind": "ranking", "object": "uric acid"}),
        ("Is there anything that can be given for croup?", {"kind": "treatments", "object": "croup"}),
        ("lisinopril side effects", {"kind": "effects", "subject": "lisinopril"}),
        ("Which vaccines protect against mumps?", {"kind": "treatments", "object": "mumps"}),
        ("If my wife had not been given penicillin, would she have had anaphylaxis?",
         {"kind": "counterfactual", "subject": "penicillin", "object": "anaphylaxis", "direction": "-1", "unit": "1"}),
        ("Would gout have happened anyway had allopurinol been given?",
         {"kind": "counterfactual", "subject": "allopurinol", "object": "gout", "direction": "1"}),
    ],
)  # fmt: skip
def test_names_and_kind(question: str, wanted: dict[str, str]) -> None:
    query = parse(question)
    assert isinstance(query, Query), query
    found = fields(query)
    assert {k: found.get(k) for k in wanted} == wanted


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of France?",
        "How much does insulin cost?",
        "What is the half-life of warfarin?",
        "Is metformin cheaper than insulin for diabetes?",
        "How long does it take for aspirin to work?",
        "What is the dose of metformin for type 2 diabetes?",
        "Which hospital should I go to for a broken arm?",
        "How is melanoma diagnosed?",
        "Would the patient have been admitted if the bed had been free?",
        "What data were used in the study of aspirin on stroke?",
        "What is the evidence?",
        "Is aspirin or warfarin older?",
        "Had the patient received alteplase, would he have recovered from stroke?",
        "The weather is better in Spain than in England",
    ],
)
def test_what_asks_for_something_else_is_refused(question: str) -> None:
    assert isinstance(parse(question), Refusal)


def test_the_other_answer_is_no_second_question() -> None:
    query = parse("Does gout precede obesity, or does obesity precede gout?")
    assert isinstance(query, Query)
    assert query.also == ()
