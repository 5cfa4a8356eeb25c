"""What a question says and its answer does not follow: kept in the query, said at every depth."""

from __future__ import annotations

import pytest

from graph.store import Store
from llm_bridge import parse
from llm_bridge.answer import ask
from llm_bridge.query import Kind, Query


def _read(question: str) -> Query:
    query = parse(question)
    assert isinstance(query, Query), query
    return query


@pytest.mark.parametrize(
    ("question", "kind", "context"),
    [
        ("Besides lithium, what causes polyuria?", Kind.CAUSES, ("Besides lithium",)),
        ("Apart from zinc, gold and tin, what treats gout?", Kind.TREATMENTS, ("Apart from zinc, gold and tin",)),
        ("What, other than lithium, causes polyuria?", Kind.CAUSES, ("other than lithium",)),
        ("Which drugs other than lithium raise TSH?", Kind.CAUSES, ("other than lithium",)),
        ("What causes polyuria other than lithium in adults?", Kind.CAUSES, ("in adults", "other than lithium")),
        ("What treats gout, except for colchicine?", Kind.TREATMENTS, ("except for colchicine",)),
        ("What does lithium cause besides polyuria?", Kind.EFFECTS, ("besides polyuria",)),
        ("What confounds coffee and stroke apart from smoking?", Kind.CONFOUNDERS, ("apart from smoking",)),
    ],
)  # fmt: skip
def test_what_a_list_leaves_out_is_kept(
    question: str, kind: Kind, context: tuple[str, ...]
) -> None:
    query = _read(question)
    assert (query.kind, query.context) == (kind, context)
    again = _read(query.canonical())
    assert [c.casefold() for c in again.context] == [c.casefold() for c in context]
    assert [t.text for t in again.terms] == [t.text for t in query.terms]


def test_what_an_effect_leaves_out_is_its_mediator() -> None:
    query = _read("Apart from hypertension, what is the direct effect of obesity on stroke?")
    assert (query.context, [t.text for t in query.others]) == ((), ["hypertension"])


def test_the_size_of_a_change_is_no_dose() -> None:
    query = _read("Does aspirin lower mortality by 20% at 81 mg daily?")
    assert query.qualifiers.dose is not None
    assert query.qualifiers.dose.text == "81 mg/day"
    assert _read("Does aspirin lower mortality by at least 20 %?").qualifiers.dose is None


@pytest.mark.parametrize(
    "question",
    [
        "Does aspirin have no effect on gout?",
        "Does coffee pose no risk of stroke?",
        "Does alcohol play no role in stroke?",
    ],
)
def test_no_denies(question: str) -> None:
    assert _read(question).negated


def test_a_list_of_what_does_nothing_is_refused() -> None:
    assert not isinstance(parse("What has no effect on gout?"), Query)


@pytest.mark.parametrize(
    "turn", ["or vice versa", "or the other way round", ", or is it the reverse"]
)
def test_the_other_way_round_is_a_second_question(turn: str) -> None:
    query = _read(f"Does depression cause insomnia {turn}?")
    assert [[t.text for t in q.terms] for q in (query, *query.also)] == [
        ["depression", "insomnia"],
        ["insomnia", "depression"],
    ]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Besides amiloride, what causes nephropathy?", "'Besides amiloride' was understood but"),
        ("Is lithium the only cause of nephropathy?", "'only' is not weighed"),
        ("Does lithium raise nephropathy by 20 %?", "'by 20 %' is not weighed"),
        ("Does lithium not cause nephropathy?", "put in the negative"),
        ("Does lithium cause nephropathy in rats?", "'in rats' was understood but"),
    ],
)  # fmt: skip
def test_limits_are_said_in_short_answers_too(
    bridge_store: Store, question: str, said: str
) -> None:
    text = " ".join(ask(bridge_store, question).to_text(depth="short").split())
    assert text.count(said) == 1
    assert said not in " ".join(
        ask(bridge_store, "Does lithium cause nephropathy?").to_text().split()
    )


def test_whom_is_not_compared_with_what() -> None:
    query = parse("Does lithium reduce suicide more in men than in women?")
    assert isinstance(query, Query)
    assert query.kind is not Kind.COMPARISON
    women = _read("Is aspirin better than clopidogrel for stroke in women?")
    assert [t.text for t in women.terms] == ["stroke", "aspirin", "clopidogrel"]
    assert women.qualifiers.population == "women"
