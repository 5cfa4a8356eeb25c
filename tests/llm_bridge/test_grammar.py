"""The grammar: paraphrases, round trips, refusals, and never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.paraphrases import FOLDER, fields, rows, wanted
from llm_bridge import parse
from llm_bridge.claims import Reason, Refusal
from llm_bridge.grammar import MAX_CHARACTERS
from llm_bridge.query import Kind, Query, Relation

ROWS = rows(FOLDER / "paraphrases.tsv")


@pytest.mark.parametrize("row", ROWS, ids=[r["question"] for r in ROWS])
def test_paraphrase(row: dict[str, str]) -> None:
    query = parse(row["question"])
    assert isinstance(query, Query), query
    assert fields(query) == wanted(row)


def test_the_table_covers_every_kind() -> None:
    assert len(ROWS) >= 300
    assert {r["kind"] for r in ROWS} == {k.value for k in Kind}
    assert len({r["question"] for r in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[r["question"] for r in ROWS])
def test_canonical_question_is_read_the_same(row: dict[str, str]) -> None:
    query = parse(row["question"])
    assert isinstance(query, Query)
    again = parse(query.canonical())
    assert isinstance(again, Query), query.canonical()
    one, two = fields(query), fields(again)
    lost = {"relation", "also", "unit", "negated"}  # which the plainest question does not keep
    assert {k: v for k, v in one.items() if k not in lost} == {
        k: v for k, v in two.items() if k not in lost
    }
    if query.kind not in (Kind.MECHANISM, Kind.EFFECT):
        assert again.relation is query.relation


@pytest.mark.parametrize("row", ROWS[::7], ids=[r["question"] for r in ROWS[::7]])
def test_spans_slice_back(row: dict[str, str]) -> None:
    query = parse(row["question"])
    assert isinstance(query, Query)
    for term in query.terms:
        assert row["question"][term.start : term.end] == term.raw
        assert term.text in term.raw
        assert term.ladder[-1] == (term.text, term.direction)


@pytest.mark.parametrize("shout", [str.upper, str.lower, lambda q: f"  {q.rstrip('?')}  ???"])
def test_case_and_punctuation_do_not_matter(shout: object) -> None:
    for row in ROWS[::9]:
        query = parse(shout(row["question"]))  # type: ignore[operator]
        assert isinstance(query, Query)
        assert query.kind.value == row["kind"]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", Reason.EMPTY),
        ("   \n ", Reason.EMPTY),
        ("???", Reason.EMPTY),
        ("asdf qwer zxcv", Reason.UNKNOWN_FORM),
        ("the the the", Reason.UNKNOWN_FORM),
        ("Qu'est-ce qui cause la néphropathie ?", Reason.LANGUAGE),
        ("锂会引起肾病吗？", Reason.LANGUAGE),
        ("Verursacht Lithium bei der Gabe eine Nephropathie?", Reason.LANGUAGE),
        ("What is lithium?", Reason.SCOPE),
        ("Who discovered penicillin?", Reason.SCOPE),
        ("What?", Reason.UNKNOWN_FORM),
        ("What causes?", Reason.UNKNOWN_FORM),
        ("Does cause nephropathy?", Reason.UNKNOWN_FORM),
        ("What time is it?", Reason.UNKNOWN_FORM),
        ("x" * 100_000, Reason.TOO_LONG),
        ("does lithium cause " + "very " * 300 + "nephropathy", Reason.TOO_LONG),
        ("Should I stop my tablets?", Reason.ADVICE),
        ("Can I take these pills?", Reason.ADVICE),
        ("Is it safe to stop my medication?", Reason.ADVICE),
    ],
)
def test_refused(question: str, reason: Reason) -> None:
    refusal = parse(question)
    assert isinstance(refusal, Refusal), refusal
    assert refusal.reason is reason
    assert refusal.message
    assert refusal.nearest


def test_nearest_question_keeps_the_words() -> None:
    refusal = parse("I heard somewhere lithium then increases, well, thirst or what")
    assert isinstance(refusal, Refusal)
    assert any("lithium" in q or "thirst" in q for q in refusal.nearest)
    for question in refusal.nearest:
        assert isinstance(parse(question), Query)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Should I stop lithium?", Kind.EFFECTS),
        ("Is it safe to take aspirin?", Kind.EFFECTS),
        ("Should I take aspirin for stroke?", Kind.EXISTENCE),
        ("Will lithium damage my kidney?", Kind.EXISTENCE),
    ],
)
def test_personal_questions_are_marked(question: str, kind: Kind) -> None:
    query = parse(question)
    assert isinstance(query, Query)
    assert query.kind is kind
    assert query.personal


def test_asking_for_oneself_to_be_told_is_not_personal() -> None:
    query = parse("Tell me what causes nephropathy")
    assert isinstance(query, Query)
    assert not query.personal


def test_context_is_kept_apart() -> None:
    query = parse("Does lithium cause nephropathy in patients with bipolar disorder?")
    assert isinstance(query, Query)
    assert query.object is not None
    assert query.object.text == "nephropathy"
    assert query.context == ("in patients with bipolar disorder",)


def test_level_words_move_into_the_relation() -> None:
    query = parse("Does lithium cause reduced bone density?")
    assert isinstance(query, Query)
    assert query.relation is Relation.DECREASE


def test_negated_questions_are_marked() -> None:
    query = parse("Doesn't lithium cause nephropathy?")
    assert isinstance(query, Query)
    assert query.negated


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_never_raises(text: str) -> None:
    assert isinstance(parse(text), Query | Refusal)


_WORDS = sorted({w for r in ROWS for w in r["question"].split()})


@given(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=40))
@settings(max_examples=150, deadline=2_000)
def test_word_salad_is_read_or_refused_quickly(words: list[str]) -> None:
    question = " ".join(words)
    found = parse(question)
    assert isinstance(found, Query | Refusal)
    if isinstance(found, Query):
        for term in found.terms:
            assert question[term.start : term.end] == term.raw


def test_the_longest_question_allowed_is_read() -> None:
    filler = "hydroxy" * 200
    question = f"Does {filler} cause nephropathy?"
    assert len(question) <= MAX_CHARACTERS
    assert isinstance(parse(question), Query)
