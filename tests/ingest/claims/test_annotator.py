"""Annotators: contracts that every registered one keeps, and what ``claims`` adds."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import Category, Predicate, Publication, Rung
from ingest import claims
from ingest.claims.claims import ClaimAnnotator
from ingest.document import Document, Mention, Sentence, make_document
from ingest.pipeline import Pipeline
from ingest.relations.base import Relation
from ingest.sentences import split_document

Make = Callable[..., Document]
CASES = {
    "claims": "Lithium may cause polyuria in rats at 10 mg/kg. Lithium does not cause depression."
}


def relate(
    text: str, subject: str, object: str, trigger: str = "", **more: object
) -> tuple[Document, tuple[Sentence, ...], list[Mention], Relation]:
    """A document of one abstract and a relation between two of its words."""
    document = make_document(Publication("pubmed:1"), [("abstract", "", text)], source="test")
    sentences = split_document(document)
    ends = []
    for number, name in enumerate((subject, object)):
        start = text.index(name)
        category = Category.CHEMICAL if number == 0 else Category.PHENOTYPE
        ends.append(Mention(start, start + len(name), name, category, f"mesh:{number}"))
    place = text.index(trigger) if trigger else -1
    sentence = next(s for s in sentences if s.start <= ends[0].start < s.end)
    relation = Relation(
        sentence, ends[0], Predicate.CAUSES, ends[1], 1, place, place + len(trigger) if trigger else -1,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip
    return document, sentences, sorted(ends, key=lambda m: m.start), relation


def annotate(text: str, subject: str, object: str, trigger: str = "", **more: object) -> Relation:
    document, sentences, mentions, relation = relate(text, subject, object, trigger, **more)
    (found,) = ClaimAnnotator().annotate(document, sentences, mentions, [relation])
    return found


@pytest.mark.parametrize("name", list(claims.REGISTRY))
def test_every_annotator(name: str, document: Make) -> None:
    assert name in CASES, f"the annotator {name!r} has no test case"
    annotator = claims.REGISTRY.make(name)
    assert annotator.name == name
    assert annotator.version
    made = document(CASES[name])
    plain = Pipeline(annotators=())(made)
    before = [r for _, _, r in plain.relations]
    after = annotator.annotate(made, plain.sentences, plain.mentions, before)
    assert after == annotator.annotate(made, plain.sentences, plain.mentions, before)
    assert len(after) == len(before) > 0
    for old, new in zip(before, after, strict=True):
        fixed = (
            "sentence",
            "subject",
            "predicate",
            "object",
            "sign",
            "rung",
            "trigger_start",
            "qualifiers",
        )
        assert all(getattr(old, f) == getattr(new, f) for f in fixed)
        assert 0.0 <= new.score <= 1.0
        assert all(isinstance(v, str) for pair in new.details for v in pair)
        assert list(new.details) == sorted(new.details)
    assert annotator.annotate(made, plain.sentences, plain.mentions, []) == []
    completed = Pipeline(annotators=(name,))(made)
    assert [r for _, _, r in completed.relations] == after


@pytest.mark.parametrize(
    ("text", "trigger", "negated", "hedged"),
    [
        ("Lithium causes thirst.", "causes", False, False),
        ("Lithium does not cause thirst.", "cause", True, False),
        ("Lithium did not fail to cause thirst.", "cause", False, False),
        ("There is no evidence that Lithium causes thirst.", "causes", True, False),
        ("Lithium may cause thirst.", "cause", False, True),
        ("These data suggest that Lithium causes thirst.", "causes", False, True),
        ("These data indicate that Lithium causes thirst.", "causes", False, False),
        ("Lithium causes thirst but does not lower sodium.", "causes", False, False),
        ("Amiloride was not safe; Lithium causes thirst.", "causes", False, False),
        ("Lithium-induced thirst was not lasting.", "induced", False, False),
        ("It is unclear whether Lithium causes thirst.", "causes", False, True),
    ],
)
def test_negated_and_hedged(text: str, trigger: str, negated: bool, hedged: bool) -> None:
    found = annotate(text, "Lithium", "thirst", trigger)
    assert (found.negated, found.hedged) == (negated, hedged)


def test_without_a_trigger() -> None:
    assert annotate("Lithium was not linked to thirst.", "Lithium", "thirst").negated
    assert not annotate("Lithium was linked to thirst, not to hunger.", "Lithium", "thirst").negated
    text = "Lithium was given. Some were not seen with thirst."
    assert not annotate(text, "Lithium", "thirst").negated  # one sentence does not decide


def test_nothing_is_taken_back() -> None:
    kept = annotate(
        "Lithium causes thirst.", "Lithium", "thirst", "causes", negated=True, hedged=True, score=0.4,
        rung=Rung.INTERVENTION, details=(("study", "trial"), ("strength", "none")),
    )  # fmt: skip
    assert kept.negated
    assert kept.hedged
    assert kept.score == 0.4
    assert kept.rung is Rung.INTERVENTION
    assert dict(kept.details)["study"] == "trial"
    assert dict(kept.details)["strength"] == "none"


def test_details() -> None:
    text = "Lithium (10 mg/kg) increased thirst in the kidney of rats."
    details = dict(annotate(text, "Lithium", "thirst", "increased").details)
    assert details["strength"] == "direct"
    assert float(details["strength_p"]) > 0.4
    assert details["species"] == "rat"
    assert details["dose"] == "10 mg/kg"
    assert details["tissue"] == "kidney"
    text = "In elderly patients with gout, Lithium was associated with thirst."
    document, sentences, mentions, relation = relate(text, "Lithium", "thirst")
    linked = dataclasses.replace(relation, predicate=Predicate.ASSOCIATED_WITH, sign=0)
    (found,) = ClaimAnnotator().annotate(document, sentences, mentions, [linked])
    details = dict(found.details)
    assert details["strength"] == "correlational"
    assert details["population"] == "elderly patients with gout"


WORDS = st.lists(
    st.sampled_from(["not", "may", "causes", "in rats", "5 mg/kg", ",", "no", "whether", "α", "\u0301", ";"]),
    max_size=10,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(WORDS, WORDS, WORDS, st.integers(1, 4))
def test_number_and_order_are_kept(a: list[str], b: list[str], c: list[str], count: int) -> None:
    text = " ".join([*a, "Lithium", *b, "thirst", *c])
    document, sentences, mentions, relation = relate(text, "Lithium", "thirst")
    given = [dataclasses.replace(relation, pattern=str(i)) for i in range(count)]
    found = ClaimAnnotator().annotate(document, sentences, mentions, given)
    assert [r.pattern for r in found] == [r.pattern for r in given]
    assert all(r.subject is relation.subject and r.object is relation.object for r in found)
    assert found == ClaimAnnotator().annotate(document, sentences, mentions, given)
