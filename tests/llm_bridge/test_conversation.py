"""Questions that lean on others, double questions, qualifiers, and input that is no question."""

from __future__ import annotations

import pytest

from benchmarks.paraphrases import FOLDER, fields, rows, wanted
from graph.store import Store
from llm_bridge import ask, parse
from llm_bridge.claims import ClaimKind, Reason, Refusal
from llm_bridge.discourse import follow, halves
from llm_bridge.explanation import explain_query
from llm_bridge.qualify import doses
from llm_bridge.query import Kind, Query, Rung


def _query(question: str) -> Query:
    found = parse(question)
    assert isinstance(found, Query), found
    return found


@pytest.mark.parametrize(
    ("before", "then", "full"),
    [
        ("Does lithium raise TSH?", "and in mice?", "Does lithium increase TSH in mice?"),
        ("Does lithium raise TSH?", "In rats?", "Does lithium increase TSH in rats?"),
        ("Does lithium raise TSH?", "what about amiloride?", "Does amiloride increase TSH?"),
        (
            "What does lithium do to polyuria?",
            "And to hypertension?",
            "What happens to hypertension if we give or raise lithium?",
        ),
        ("Does lithium raise TSH?", "How sure are you?", "How sure is it that lithium increases TSH?"),
        ("Does lithium raise TSH?", "why?", "Through what does lithium act on TSH?"),
        ("Does lithium raise TSH?", "does it also cause polyuria?", "does lithium also cause polyuria?"),
        ("Does lithium raise TSH?", "What causes it?", "What causes TSH?"),
        ("Does lithium raise TSH?", "Does aspirin cause stroke?", "Does aspirin cause stroke?"),
        ("What is the effect of PKC on P38?", "should we adjust for PKA?",
         "should we adjust for PKA when estimating the effect of PKC on P38?"),
        ("What is the effect of PKC on P38?", "and if we inhibit it?", "What happens to P38 if we inhibit PKC?"),
    ],
)  # fmt: skip
def test_a_question_takes_from_the_one_before(before: str, then: str, full: str) -> None:
    assert follow(then, _query(before)) == full
    assert isinstance(parse(full), Query)


def test_an_answer_says_how_the_question_was_completed(bridge_store: Store) -> None:
    first = ask(bridge_store, "Does stress raise blood pressure?")
    answer = ask(bridge_store, "and in mice?", previous=first.query)
    assert answer.reading == "Does Stress increase Blood Pressure in mice?"
    assert "read, with the question before it" in answer.notes[0]
    assert ClaimKind.SETTING in {c.kind for c in answer.claims}


def test_what_about_changes_the_side_of_its_kind(bridge_store: Store) -> None:
    first = ask(bridge_store, "Does lithium cause nephropathy?")
    about = ask(bridge_store, "what about stroke?", previous=first.query)
    assert [u.name for u in about.understood] == ["Lithium", "Stroke"]


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Does lithium cause polyuria?", 1),
        ("Does lithium cause polyuria, and how?", 2),
        ("Does lithium cause polyuria and does it raise TSH?", 2),
        ("Does aspirin or warfarin prevent stroke?", 2),
        ("Does smoking cause head and neck cancer?", 1),
        ("Is there an association between smoking and stroke?", 1),
        ("Does removing or inhibiting PKC reduce P38?", 1),
    ],
)
def test_double_questions_are_taken_apart(question: str, parts: int) -> None:
    assert len(halves(question)) == parts


def test_a_name_with_and_stays_one_when_it_is_known() -> None:
    asked = "Does smoking cause wear and tear?"
    assert len(halves(asked)) == 2
    assert halves(asked, lambda phrase: phrase == "wear and tear") == [asked]


def test_both_halves_are_answered_and_checked(bridge_store: Store) -> None:
    answer = ask(bridge_store, "Does lithium cause nephropathy, and how?")
    assert [p.query.kind for p in answer.parts if p.query] == [Kind.MECHANISM]
    assert answer.parts[0].sentences


@pytest.mark.parametrize(
    ("text", "dose"),
    [
        ("lithium at 10 mg/kg", "10 mg/kg"),
        ("300 mg of lithium daily", "300 mg/day"),
        ("aspirin 75-100 mg twice daily", "150-200 mg/day"),
        ("2,000 IU of vitamin D", "2000 IU"),
        ("5 µg per kg per day", "5 µg/kg/day"),
        ("type 2 diabetes", ""),
        ("IL-6 and CD4", ""),
        ("10 mg or 20 mg", ""),
    ],
)
def test_doses(text: str, dose: str) -> None:
    found, spans = doses(text)
    assert (found.text if found else "") == dose
    assert bool(spans) is bool(dose)


@pytest.mark.parametrize(
    ("question", "rung"),
    [
        ("Is smoking associated with lung cancer?", Rung.ASSOCIATION),
        ("Does smoking cause lung cancer?", Rung.INTERVENTION),
        ("Would stroke have occurred without hypertension?", Rung.COUNTERFACTUAL),
        ("What is the natural direct effect of PKC on P38 through JNK?", Rung.COUNTERFACTUAL),
    ],
)
def test_rungs(question: str, rung: Rung) -> None:
    assert _query(question).rung is rung


def test_the_explanation_names_every_part(bridge_store: Store) -> None:
    answer = ask(bridge_store, "Does 5 mg of aspirin prevent stroke in dogs?")
    assert answer.query is not None
    told = explain_query(answer.query, answer)
    for part in ("existence", "prevent", "Aspirin (mesh:D001241", "Stroke", "dogs", "5 mg"):
        assert part in told


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", Reason.EMPTY),
        ("x " * 50_000, Reason.TOO_LONG),
        ("Le lithium cause-t-il une maladie dans les reins ?", Reason.LANGUAGE),
        ("Does zzyzzx cause nephropathy?", Reason.UNKNOWN_ENTITY),
        ("Does cold affect stroke?", Reason.AMBIGUOUS),
        ("What is the capital of France?", Reason.SCOPE),
        ("Should I stop my tablets?", Reason.ADVICE),
        ("What happens to P38 if we inhibit PKC and activate PKC?", Reason.CONTRADICTORY),
    ],
)
def test_bad_input_gets_a_helpful_reply(bridge_store: Store, question: str, reason: Reason) -> None:
    answer = ask(bridge_store, question)
    assert not answer.answered
    assert isinstance(answer.refused, Refusal)
    assert answer.refused.reason is reason
    assert answer.refused.nearest or answer.refused.needs or answer.refused.suggestions
    assert len(answer.question) < 4_100


def test_advice_is_never_given(bridge_store: Store) -> None:
    for question in (
        "Should I stop lithium?",
        "Is it safe to take aspirin?",
        "Can I take enalapril?",
    ):
        answer = ask(bridge_store, question)
        assert any("not advice" in n for n in answer.notes)
        assert "you should" not in answer.to_text().lower()


@pytest.mark.parametrize("question", ["How sure are you?", "Why?", "What would change your mind?"])
def test_nothing_to_lean_on_is_said(question: str) -> None:
    refusal = parse(question)
    assert isinstance(refusal, Refusal)
    assert "question before it" in refusal.message


def test_a_part_that_leans_on_the_first_is_read() -> None:
    query = _query("Does lithium cause polyuria, and how sure are you?")
    assert [q.kind for q in query.also] == [Kind.CERTAINTY]
    assert [t.text for t in query.also[0].terms] == ["lithium", "polyuria"]


def test_several_restrictions_are_kept_apart() -> None:
    query = _query("Does lithium raise GSK3B in rats at 10 mg/kg in elderly women?")
    assert query.context == ("in rats", "in elderly women")
    asked = query.qualifiers
    assert asked.dose is not None
    assert (asked.species, asked.population, asked.dose.text) == (
        "rats",
        "elderly women",
        "10 mg/kg",
    )
    assert _query(query.canonical()).qualifiers == asked


def test_an_article_is_no_name() -> None:
    assert isinstance(parse("Which of A and B lowers Y more?"), Refusal)


@pytest.mark.parametrize(("name", "size", "told"), [("apart", 120, 113), ("held", 60, 52)])
def test_the_questions_kept_apart_are_read_as_often_as_is_said(
    name: str, size: int, told: int
) -> None:
    """The shares that docs/ask.md tells: they must not fall below."""
    table = rows(FOLDER / f"paraphrases_{name}.tsv")
    queries = [parse(row["question"]) for row in table]
    right = sum(
        isinstance(query, Query) and fields(query) == wanted(row)
        for row, query in zip(table, queries, strict=True)
    )
    assert len(table) == size
    assert right >= told
