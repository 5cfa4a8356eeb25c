"""Strength of a claim, kind of study, and context. The sentences were written for these tests."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import Category
from ingest.claims.context import doses, nearest, populations, species, tissues
from ingest.claims.strength import LEVELS, classify, features
from ingest.claims.study import STUDIES, study_of
from ingest.document import Mention, Sentence

STRENGTHS = {
    "Lithium lowers the concentrating ability of the kidney.": "direct",
    "Treatment with amiloride led to less thirst.": "direct",
    "Smoking increases the risk of stroke.": "direct",
    "Exercise had a beneficial effect on sleep.": "direct",
    "Lithium may reduce thirst.": "conditional",
    "Coffee might have a protective effect.": "conditional",
    "Salt appears to raise pressure in some families.": "conditional",
    "Coffee intake was associated with longer life.": "correlational",
    "Serum sodium correlated with age.": "correlational",
    "Pressure was higher in men than in women.": "correlational",
    "Obesity is a risk factor for gout.": "correlational",
    "Further studies are needed.": "none",
    "Clinicians should measure sodium each year.": "none",
    "We enrolled eighty people.": "none",
    "This trial is registered as NCT00000000.": "none",
}
TITLES = {
    "Lithium for mania: a systematic review and meta-analysis": "meta-analysis",
    "Lithium and the kidney: a review": "review",
    "Amiloride in lithium users: a randomized placebo-controlled trial": "trial",
    "Coffee and stroke: a prospective cohort": "cohort",
    "Coffee and stroke: a case-control study": "case-control",
    "Salt intake of cooks: a cross-sectional survey": "cross-sectional",
    "Thirst after lithium: a case report": "case-report",
    "Lithium lowers AQP2 in rats": "animal",
    "Lithium enters cultured tubule cells": "in-vitro",
    "Coffee and gout: a Mendelian randomization study": "mendelian-randomization",
    "European guidelines on gout": "guideline",
    "Lithium and thirst": "",
}


@pytest.mark.parametrize("text", STRENGTHS)
def test_strength(text: str) -> None:
    assert classify(text).level == STRENGTHS[text]


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=100))
def test_strength_of_anything(text: str) -> None:
    found = classify(text)
    assert found == classify(text)
    assert found.level in LEVELS
    assert 0.0 < found.probability <= 1.0
    assert features(text)["level " + found.level] == 1.0


@pytest.mark.parametrize("title", TITLES)
def test_study_by_title(title: str) -> None:
    found = study_of((), title, title)
    assert found == TITLES[title]
    assert found in (*STUDIES, "")


def test_study_by_types_and_text() -> None:
    assert (
        study_of(("Journal Article", "Randomized Controlled Trial"), "A salt", "Patients ate it.")
        == "trial"
    )
    assert study_of(("Review", "Meta-Analysis"), "A", "B") == "meta-analysis"
    assert study_of(("Case Reports",), "A", "B") == "case-report"
    rats = (
        "Rats were randomized to lithium or water. The rats drank more. Rat kidneys were weighed."
    )
    assert study_of(("Randomized Controlled Trial",), "A salt", rats) == "animal"
    assert study_of((), "A salt", rats) == "animal"
    trial = "Patients were randomly assigned to a salt or placebo in a double-blind design."
    assert study_of((), "A salt", trial) == "trial"
    case = "We report a 40-year-old woman with thirst. The patient took lithium."
    assert study_of((), "Thirst", case) == "case-report"
    assert study_of((), "Thirst", "Thirst is common.") == ""
    assert study_of((), "Thirst", "It was weighed in vivo.", taxa=("rat",)) == "animal"


def test_doses() -> None:
    found = [
        d.value
        for d in doses("Lithium (10 mg/kg) and 5 µM amiloride, then 20-40 mg/day for 3 days.")
    ]
    assert found == ["10 mg/kg", "5 µM", "20-40 mg/day"]
    assert doses("Serum glucose of 120 mg/dL was noted in 40 people aged 30.") == []
    assert doses("no digits") == []


def test_populations() -> None:
    assert (
        populations("It was given to elderly patients with heart failure.")[0].value
        == "elderly patients with heart failure"
    )
    assert [p.value for p in populations("Thirst was seen in women.")] == ["women"]
    assert populations("The patients were seen.") == []
    assert [p.value for p in populations("It is unsafe in the elderly.")] == ["the elderly"]


def test_species() -> None:
    assert [s.value for s in species("Mice and a patient; murine cells.")] == [
        "mouse",
        "human",
        "mouse",
    ]
    assert species("Ratio and micelle, rat-like.") == []


def test_tissues_and_nearest() -> None:
    text = "Lithium lowered AQP2 in the kidney and in serum of rats with liver disease."
    sentence = Sentence(100, 100 + len(text), text)
    found = tissues(sentence, [])
    assert [t.value for t in found] == ["kidney", "serum"]
    assert nearest(found, 0, 20) == "kidney"
    assert nearest(found, 0, 5, within=3) == ""
    known = Mention(124, 130, "kidney", Category.ANATOMY)
    assert [t.value for t in tissues(sentence, [known])] == ["kidney"]
