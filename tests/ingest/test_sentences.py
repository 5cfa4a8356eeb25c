"""Sentence splitting: where sentences end, and that offsets slice back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InputError
from graph.model import Publication
from ingest.document import make_document
from ingest.sentences import split, split_document


@pytest.mark.parametrize(
    "sentences",
    [
        ["One thing happened.", "Another did not!", "Did it?", "Yes."],
        ["The dose was 3.5 mg/kg (P < .05).", "It rose to 12.7 mmol/L."],
        ["Smith et al. reported a rise of lithium.", "They were right."],
        ["We isolated E. coli and S. Typhimurium from rats.", "Both grew."],
        ["Vitamin D was given to group A.", "Group B had none."],
        ["This was seen by J. R. Smith in 1999.", "Nobody else saw it."],
        ["Several drugs (e.g. amiloride, i.e. a diuretic) were used.", "None helped."],
        ["See Fig. 2 and ref. 14 for details.", "The rest is here."],
        ["Lithium was injected i.p. twice.", "Urine volume rose vs. controls."],
        ["Cells were lysed.", "p38 and mTOR were measured.", "α-Tubulin was not."],
        ['"It works."', "He left (at last.)", "The end."],
        ["Approx. 30 rats died.", "No. 5 lived."],
    ],
)
def test_sentences_end_where_they_should(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [text[a:b] for a, b in split(text)] == sentences


def test_blank_lines_end_sentences() -> None:
    text = "no full stop here\n\nanother paragraph"
    assert [text[a:b] for a, b in split(text)] == ["no full stop here", "another paragraph"]


def test_nothing_in_nothing_out() -> None:
    assert split("") == []
    assert split("  \n\t ") == []


_ALPHABET = st.sampled_from("aA bB.?! \n\t0α-é()𝔘́\u00a0\"'")


@settings(max_examples=150, deadline=None)
@given(st.text(_ALPHABET, max_size=120), st.integers(0, 5), st.integers(0, 5))
def test_spans_cover_everything_but_white_space(text: str, left: int, right: int) -> None:
    start, end = min(left, len(text)), max(0, len(text) - right)
    spans = split(text, start, end)
    position = start
    for a, b in spans:
        assert start <= a < b <= end
        assert text[position:a].strip() == ""
        assert text[a:b] == text[a:b].strip()
        position = b
    assert text[position : max(position, end)].strip() == ""


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=4))
def test_document_sentences_slice_back(parts: list[str]) -> None:
    try:
        document = make_document(Publication("pubmed:1"), [("abstract", "", p) for p in parts])
    except InputError:
        assert all(not p or p.isspace() for p in parts)
        return
    for section in document.sections:
        assert document.text[section.start : section.end] in parts
    for sentence in split_document(document):
        assert document.text[sentence.start : sentence.end] == sentence.text
        assert document.section_at(sentence.start) == "abstract"
