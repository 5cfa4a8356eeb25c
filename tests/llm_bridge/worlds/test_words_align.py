"""Which variable and value a phrase means."""

from __future__ import annotations

import pytest

from llm_bridge.worlds.align import align
from llm_bridge.worlds.forms import read_givens, read_question
from llm_bridge.worlds.reading import read_world
from llm_bridge.worlds.words import affinity, bag, parity, stem, vocabulary


def _parity(a: str, b: str) -> float:
    words = vocabulary([a, b])
    return parity(bag(a, words), bag(b, words))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("the person recovers", "recovery"),
        ("people who do not smoke", "nonsmokers"),
        ("the wives set the alarm", "alarm set by wife"),
        ("vaccine refusal", "people refusing the vaccine"),
        ("the person has no lung cancer", "absence of lung cancer"),
        ("unemployed people", "the person is unemployed"),
        ("not being zuph", "those who are not zuph"),
    ],
)
def test_the_same(a: str, b: str) -> None:
    assert _parity(a, b) > 0
    words = vocabulary([a, b])
    assert affinity(bag(a, words), bag(b, words)) >= 0.5


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("high salary", "the employee has a low salary"),
        ("smoker", "nonsmoker"),
        ("employed", "unemployed"),
        ("recovering from the disease", "the person dies from the disease"),
        ("the camper lighting a match", "the camper doesn't light a match"),
        ("admission acceptance", "the applicant gets rejected"),
        ("zuph", "not zuph"),
        ("people with a degree", "people without a degree"),
        ("the shop is out of bread", "bread in the shop"),
        ("cloudless sky", "a cloud in the sky"),
    ],
)
def test_opposites(a: str, b: str) -> None:
    assert _parity(a, b) < 0
    assert _parity(b, a) < 0


def test_stems_meet() -> None:
    assert stem("recovering") == stem("recovery") == stem("recovered")
    assert stem("wives") == stem("wife")


def _events(background: str, given: str, question: str) -> dict[str, tuple[str, int]]:
    return align(read_world(background), read_givens(given)[0], read_question(question))[0].events


def test_values_without_a_common_word_find_their_variable() -> None:
    found = _events(
        "Schooling has a direct effect on output. Output has a direct effect on pay.",
        "For those with brimmed hats, the probability of being paid well is 60%. For those with bare heads, the "
        "probability of being paid well is 30%.",
        "Will brimmed hats increase the chance of being paid well?",
    )
    assert found["being paid well"] == ("pay", 1)
    assert found["brimmed hats"] == found["those with brimmed hats"]
    assert found["those with bare heads"] == (
        found["brimmed hats"][0],
        1 - found["brimmed hats"][1],
    )
    assert found["brimmed hats"][0] != "pay"


def test_a_law_names_all_causes_of_its_effect() -> None:
    found = _events(
        "Ada has a direct effect on the drum. Bob has a direct effect on the drum. The drum has a direct effect on "
        "the cat.",
        "We know that ada waving or bob waving causes a loud noise. a loud noise causes running away. We observed "
        "bob waves.",
        "Would running away if ada waving instead of ada not waving?",
    )
    assert found["a loud noise".removeprefix("a ")] == ("drum", 1)
    assert found["running away"][0] == "cat"
    assert found["bob waves"] == found["bob waving"] == ("bob", 1)


def test_and_inside_events_is_found_by_the_whole_table() -> None:
    found = _events(
        "Snacking has a direct effect on mood. Salt and pepper use has a direct effect on snacking and mood.",
        "For people who use salt and pepper and people who snack, the probability of a good mood is 60%. For people "
        "who use salt and pepper and people who do not snack, the probability of a good mood is 50%. For people who "
        "do not use salt and pepper and people who snack, the probability of a good mood is 40%. For people who do "
        "not use salt and pepper and people who do not snack, the probability of a good mood is 20%.",
        "Will snacking increase the chance of a good mood?",
    )
    assert found["people who use salt and pepper"] == ("salt and pepper use", 1)
    assert found["people who do not snack"] == ("snacking", 0)
