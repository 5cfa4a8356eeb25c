"""Negation and speculation: cues and how far they reach. The sentences were written for these tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.claims.cues import Cue, clause_end, clause_start, covers
from ingest.claims.negation import find_negations
from ingest.claims.speculation import find_speculations

# sentence -> (cue, scope), all of them
NEGATIONS: dict[str, list[tuple[str, str]]] = {
    "Lithium did not raise vasopressin in rats.": [("not", "not raise vasopressin in rats")],
    "No effect of amiloride on urine volume was seen.": [("No", "No effect of amiloride on urine volume was seen")],
    "Amiloride lowered urine volume without changing sodium, as expected.": [("without", "without changing sodium")],
    "The drug failed to protect the kidney.": [("failed", "failed to protect the kidney")],
    "Mice lacking AQP2 drank more.": [("lacking", "lacking AQP2 drank more")],
    "Polyuria was not observed in the treated group.": [("not", "Polyuria was not observed in the treated group")],
    "Sodium fell in the absence of the hormone.": [("absence", "absence of the hormone")],
    "Cells were unable to take up glucose.": [("unable", "unable to take up glucose")],
    "The patient denies chest pain.": [("denies", "denies chest pain")],
    "Lithium did not raise sodium, but it lowered potassium.": [("not", "not raise sodium")],
    "The effect was no longer seen after a week.": [("no longer", "no longer seen after a week")],
}  # fmt: skip
NO_NEGATIONS = (
    "Lithium raised vasopressin.",
    "Lithium not only raised sodium but also lowered potassium.",
    "The mechanism is not known.",
    "We asked whether or not lithium is safe.",
    "Plasma NO rose after the drug.",
    "Urine was studied in the presence or absence of the hormone.",
    "Notable and nothingless words.",
)
SPECULATIONS: dict[str, list[str]] = {
    "Lithium may cause polyuria.": ["may"],
    "These data suggest that AQP2 is lost.": ["suggest"],
    "The channel appears to be lost and might recover.": ["appears", "might"],
    "It is unclear whether lithium acts directly.": ["unclear", "whether"],
    "A possible role of the channel was seen.": ["possible"],
    "The protein could contribute to the disease.": ["could"],
    "Our findings indicate that the channel is lost.": ["indicate that"],
    "The cause is not fully understood.": ["not fully understood"],
    "This raises the possibility of a second site.": ["raises the possibility"],
}
NO_SPECULATIONS = (
    "Lithium causes polyuria.",
    "The study was done in May 2001.",
    "A band appeared at 40 kDa.",
    "The potential was recorded in each cell.",
    "Blood was taken as soon as feasible.",
)


@pytest.mark.parametrize("text", NEGATIONS)
def test_what_is_denied(text: str) -> None:
    found = [
        (text[c.start : c.end], text[c.scope_start : c.scope_end]) for c in find_negations(text)
    ]
    assert found == NEGATIONS[text]


@pytest.mark.parametrize("text", NO_NEGATIONS)
def test_what_only_looks_like_a_denial(text: str) -> None:
    assert find_negations(text) == []


@pytest.mark.parametrize("text", SPECULATIONS)
def test_what_is_not_certain(text: str) -> None:
    assert [text[c.start : c.end] for c in find_speculations(text)] == SPECULATIONS[text]


@pytest.mark.parametrize("text", NO_SPECULATIONS)
def test_what_is_certain(text: str) -> None:
    assert find_speculations(text) == []


def test_clause_borders() -> None:
    text = "In mice, the drug (a salt) did not act, whereas water did."
    assert text[clause_start(text, text.index("not")) :].startswith("the drug")
    assert text[: clause_end(text, text.index("act"))].endswith("not act")
    cues = find_negations(text)
    assert covers(cues, text.index("act"), text.index("act") + 3)
    assert not covers(cues, text.index("water"), text.index("water") + 5)
    assert covers([Cue(0, 1, "not", 0, 5)], 2, 5)


def test_a_bracket_closes_a_scope() -> None:
    text = "Two salts (one not soluble in water) were given."
    (cue,) = find_negations(text)
    assert text[cue.scope_start : cue.scope_end] == "not soluble in water"


PIECES = st.lists(
    st.sampled_from(
        ["not", "No", "may", "suggest that", "(", ")", ",", ";", ".", "lithium", "failed to", "whether",
         "neither", "nor", "was", "detected", "𝔘", "\u0301", "possible", "without", "unknown", "n't"]
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.one_of(PIECES.map(" ".join), st.text(max_size=80)))
def test_cues_lie_in_their_scopes(text: str) -> None:
    for find in (find_negations, find_speculations):
        cues = find(text)
        assert cues == find(text)
        position = 0
        for cue in cues:
            assert position <= cue.start < cue.end
            assert 0 <= cue.scope_start <= cue.start
            assert cue.end <= cue.scope_end <= len(text)
            position = cue.end


@pytest.mark.slow
def test_bioscope_and_negex(shared_data: Path) -> None:
    from ingest.models.claim_scoring import score_rules

    scores = score_rules(shared_data, report=lambda _: None)
    assert scores["negation"]["held out"]["sentence"]["f1"] >= 95.5
    assert scores["negation"]["held out"]["cue"]["f1"] >= 95.0
    assert scores["speculation"]["held out"]["sentence"]["f1"] >= 92.0
    assert scores["speculation"]["held out"]["cue"]["f1"] >= 89.5
    assert scores["negex"]["f1"] >= 95.0
    assert scores["strength"]["held out"]["macro_f1"] >= 72.0
    assert scores["strength"]["held out"]["ece"] <= 0.05
