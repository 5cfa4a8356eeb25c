"""How pairs meet, the triangles they close, and how sure entities make sure relations."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from graph.model import Category
from ingest.document import Document, Mention, Sentence
from ingest.relations.claimed import claimed
from ingest.relations.learned import LearnedExtractor, SureExtractor
from ingest.relations.meetings import MEETINGS, meetings
from ingest.relations.second import NOTHING, triangles
from ingest.relations.view import Span, View, make_view
from ingest.sentences import split, split_document

NAMES = {"lithium": "C", "aspirin": "C", "polyuria": "D", "nausea": "D", "aqp": "G"}
TEXT = (
    "Lithium and polyuria. Lithium causes polyuria and nausea. Aspirin was given. "
    "Nausea came. AQP was low in polyuria."
)


def view(text: str = TEXT, titles: int = 1) -> View:
    low = text.lower()
    spans = sorted(
        Span(i, i + len(n), kind, n)
        for n, kind in NAMES.items() for i in range(len(low)) if low.startswith(n, i)
    )  # fmt: skip
    sentences = [
        Sentence(s, e, text[s:e], "title" if k < titles else "abstract")
        for k, (s, e) in enumerate(split(text))
    ]
    return make_view(text, sentences, spans)


def numbers(made: View) -> dict[str, int]:
    return {e.id: e.number for e in made.entities}


def named(made: View, one: str, two: str) -> dict[str, float]:
    at = numbers(made)
    (row,) = meetings(made, [(at[one], at[two])], claimed(made))
    return dict(zip(MEETINGS, row.tolist(), strict=True))


def test_two_that_meet_often() -> None:
    row = named(view(), "lithium", "polyuria")
    assert row["overlap"] == pytest.approx(2 / 3)
    assert row["overlap of rarer"] == 1
    assert row["titles"] == 1
    assert row["in titles"] == 2
    assert row["last meeting"] == pytest.approx(1 / 5)
    assert (row["sentences 1"], row["sentences 2"], row["entities"]) == (2, 3, 5)
    assert (row["claim forward"], row["claim backward"]) == (1, 0)
    assert row["least crowd"] == 2
    assert row["nearest"] == 2
    assert (row["both last"], row["one last"]) == (0, 1)
    # nausea meets both
    assert (row["bridge"], row["bridges"]) == (1, 1)
    assert row["share of 1"] == pytest.approx(2 / 3)


def test_two_that_never_meet() -> None:
    row = named(view(), "aspirin", "nausea")
    assert row["overlap"] == row["last meeting"] + 1 == 0
    assert row["next sentence"] == 1
    assert row["beyond chance"] < 0
    assert row["better 1"] == 1  # lithium meets nausea
    assert row["better 2"] == 0
    assert row["claim forward"] == row["claim backward"] == 0


def test_no_pairs_no_rows() -> None:
    made = view()
    assert meetings(made, [], claimed(made)).shape == (0, len(MEETINGS))
    assert triangles(made, [], np.zeros(0)).shape[0] == 0


def test_rows_do_not_depend_on_their_order() -> None:
    made = view()
    pairs = [(a, b) for a in range(5) for b in range(a + 1, 5)]
    forth = meetings(made, pairs, claimed(made))
    back = meetings(made, pairs[::-1], claimed(made))[::-1]
    np.testing.assert_array_equal(forth, back)
    scores = np.linspace(-3, 3, len(pairs))
    forth = triangles(made, pairs, scores)
    back = triangles(made, pairs[::-1], scores[::-1])[::-1]
    np.testing.assert_allclose(forth, back)


def test_a_third_entity_related_to_both() -> None:
    made = view()
    at = numbers(made)
    pairs = [
        (at["lithium"], at["polyuria"]), (at["lithium"], at["aqp"]), (at["aqp"], at["polyuria"]),
        (at["aspirin"], at["nausea"]),
    ]  # fmt: skip
    rows = triangles(made, pairs, np.array([-2.0, 3.0, 1.0, 4.0]))
    assert rows.shape == (4, 9)
    best, c, d, g, v, many, first, second, every = rows[0]
    assert best == g == 1.0
    assert c == d == v == NOTHING
    assert many == 1
    assert first == pytest.approx(1 / (1 + np.exp(-3)))
    assert second == pytest.approx(1 / (1 + np.exp(-1)))
    assert every == pytest.approx(sum(1 / (1 + np.exp(-s)) for s in (-2, 3, 1, 4)))
    assert rows[3, 0] == NOTHING


def test_a_relation_is_no_surer_than_its_entities(document: Callable[..., Document]) -> None:
    made = document(
        "A woman developed severe polyuria after two weeks of lithium. This case shows that lithium can "
        "cause polyuria.",
        title="Lithium-induced polyuria.",
    )
    ids = {
        "lithium": ("mesh:D008094", Category.CHEMICAL),
        "polyuria": ("mesh:D011141", Category.PHENOTYPE),
    }
    low = made.text.lower()
    sure = sorted(
        (
            Mention(i, i + len(n), made.text[i : i + len(n)], category, id)
            for n, (id, category) in ids.items()
            for i in range(len(low))
            if low.startswith(n, i)
        ),
        key=lambda m: m.start,
    )
    sentences = split_document(made)

    def score(extractor: LearnedExtractor, mentions: list[Mention]) -> float:
        found = [r for r in extractor.read(made, sentences, mentions) if r.pattern == "cid"]
        return found[0].score if found else 0.0

    learned = LearnedExtractor(cutoffs={"cid": 0.1})
    whole = score(learned, sure)
    doubtful = [dataclasses.replace(m, score=0.6) for m in sure]
    assert score(learned, doubtful) == pytest.approx(0.36 * whole, abs=1e-3)
    # one sure mention is enough
    assert score(learned, [*doubtful[:-2], *sure[-2:]]) == pytest.approx(whole, abs=1e-3)
    assert score(SureExtractor(), sure) > 0.7
    assert score(SureExtractor(), doubtful) == 0.0
