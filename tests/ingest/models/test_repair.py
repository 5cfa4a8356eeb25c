"""What rules add to a tagger's spans."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.document import Sentence
from ingest.models.repair import Span, consistent, with_variants
from ingest.models.windows import WINDOW, windows


@pytest.mark.parametrize(
    "name",
    [
        "rs17015215", "V600E", "Val600Glu", "p.Val600Glu", "c.1799T>A", "c.35delG", "R97X", "Q12fs",
        "valine 600 to glutamic acid", "glycine-594-valine", "c.1093-1G>T", "g.80_87delTA",
    ],
)  # fmt: skip
def test_notation(name: str) -> None:
    text = f"The {name} mutation of BRAF."
    found = with_variants(text, [Span(len(text) - 5, len(text) - 1, "gene", 0.8)], 0, len(text))
    assert [(text[s.start : s.end], s.type) for s in found] == [(name, "variant"), ("BRAF", "gene")]


@pytest.mark.parametrize("name", ["T47D", "CD4", "IL6", "HBsP120T", "section c.1", "B12", "rs12"])
def test_what_only_looks_like_it(name: str) -> None:
    text = f"The {name} here."
    assert with_variants(text, [], 0, len(text)) == []


def test_a_span_that_reaches_further_stays() -> None:
    text = "BRAF V600E-positive"
    wide = Span(0, 10, "gene", 0.5)
    assert with_variants(text, [wide], 0, len(text)) == [wide]
    inner = Span(5, 9, "gene", 0.5)
    assert [(s.start, s.end, s.type) for s in with_variants(text, [inner], 0, len(text))] == [
        (5, 10, "variant")
    ]


def test_names_found_nearly_everywhere() -> None:
    text = "DEN and DEN and DEN, but DEN-2 and xDEN; AB, AB."
    twice = [Span(0, 3, "chemical", 0.9), Span(8, 11, "chemical", 0.7), Span(41, 43, "gene", 0.9)]
    found = consistent(text, twice, 0, len(text))
    assert [(s.start, s.type, s.score) for s in found] == [
        (0, "chemical", 0.9), (8, "chemical", 0.7), (16, "chemical", 0.7), (41, "gene", 0.9),
    ]  # fmt: skip
    assert consistent(text, twice[:1], 0, len(text)) == twice[:1]


@settings(max_examples=40, deadline=None)
@given(st.text(st.sampled_from("DENx -.V600E("), max_size=60))
def test_spans_never_overlap(text: str) -> None:
    first = [Span(0, 3, "gene", 0.5)] if len(text) >= 3 else []
    found = consistent(text, with_variants(text, first, 0, len(text)), 0, len(text))
    assert all(0 <= s.start < s.end <= len(text) for s in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


def test_windows_cover_everything() -> None:
    long = "ab " * WINDOW
    parts = ["x" * 10, long, "y" * (WINDOW + 5), "z"]
    sentences, at = [], 0
    for part in parts:
        sentences.append(Sentence(at, at + len(part), part))
        at += len(part)
    text = "".join(parts)
    pieces = [s for window in windows(sentences) for s in window]
    assert "".join(s.text for s in pieces) == text
    assert all(text[s.start : s.end] == s.text for s in pieces)
    assert all(sum(len(s.text) for s in w) <= WINDOW for w in windows(sentences))
    assert list(windows(())) == []
