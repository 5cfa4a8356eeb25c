"""Backgrounds as causal graphs, and sentences as forms."""

from __future__ import annotations

import pytest

from graph.errors import InputError
from llm_bridge.worlds.forms import (
    Correlation,
    Law,
    Method,
    Observation,
    Rate,
    WorldKind,
    read_givens,
    read_question,
)
from llm_bridge.worlds.reading import looks_like_world, read_world, sentences


def test_a_background_becomes_the_stated_graph() -> None:
    world = read_world(
        "Imagine a self-contained, hypothetical world: Pipe smoking has a direct effect on tar, cough and "
        "fever. The Tar has a direct effect on cough. Genes have a direct effect on pipe smoking and cough. "
        "Genes is unobserved."
    )
    assert set(world.edges) == {
        ("pipe smoking", "tar"), ("pipe smoking", "cough"), ("pipe smoking", "fever"),
        ("tar", "cough"), ("genes", "pipe smoking"), ("genes", "cough"),
    }  # fmt: skip
    assert world.hidden == {"genes"}
    assert world.parents["cough"] == ("pipe smoking", "tar", "genes")
    assert world.named("The tar") == "tar"
    assert world.named("gene") == "genes"
    assert world.named("soot") is None


def test_an_and_inside_a_name_is_no_list() -> None:
    world = read_world(
        "Bread and butter consumption has a direct effect on weight. Mood has a direct effect on bread and "
        "butter consumption and weight."
    )
    assert set(world.names) == {"bread and butter consumption", "weight", "mood"}
    assert ("mood", "bread and butter consumption") in world.edges


def test_plural_subjects_are_two_causes() -> None:
    world = read_world("Rain and wind have a direct effect on the roof.")
    assert set(world.edges) == {("rain", "roof"), ("wind", "roof")}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Nothing is said.", "states no direct effect"),
        ("A has a direct effect on B. B has a direct effect on A.", "in a circle"),
        ("A has a direct effect on A.", "on itself"),
        ("Aba has a direct effect on cod. Aba has no direct effect on cod.", "stated and denied"),
        ("x" * 30_000, "at most"),
    ],
)
def test_what_is_no_world(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_world(text)


def test_numbers_do_not_end_sentences() -> None:
    assert sentences("The chance is 0.5. It rains 3.25%.") == [
        "The chance is 0.5.",
        "It rains 3.25%.",
    ]
    assert looks_like_world("Well: a thing affects another.")
    assert not looks_like_world("Does lithium do harm?")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("For tall people, the probability of joy is 8%.", Rate("joy", "tall people", 0.08, "")),
        ("The overall probability of joy is 8.5 percent.", Rate("joy", "", 0.085, "")),
        ("The probability of joy given rain is 0.25.", Rate("joy", "rain", 0.25, "")),
        ("Among tall people, the chance of joy is 3%.", Rate("joy", "tall people", 0.03, "")),
        ("P(joy | rain) = 0.25.", Rate("joy", "rain", 0.25, "")),
        ("For cats, the correlation between a and b is -0.37.", Correlation("a", "b", "cats", -0.37, "")),
        ("We know that a and b causes c.", Law("a and b", "c", "")),
        ("We observed the cat sleeps.", Observation("the cat sleeps", "")),
        ("Method 1: We look directly at how a correlates with b in general.", Method("Method 1", "", "")),
        ("Method 2: We look at this correlation case by case according to c.", Method("Method 2", "c", "")),
    ],
)  # fmt: skip
def test_givens(text: str, form: object) -> None:
    (found,), unread = read_givens(text)
    assert not unread
    assert {k: v for k, v in vars(found).items() if k != "text"} == {
        k: v for k, v in vars(form).items() if k != "text"
    }


def test_two_laws_in_one_sentence() -> None:
    found, _ = read_givens("We know that a causes b, and we know that b causes c.")
    assert [(f.causes, f.effects) for f in found if isinstance(f, Law)] == [("a", "b"), ("b", "c")]


def test_what_is_not_understood_is_handed_back() -> None:
    found, unread = read_givens("The moon is made of cheese. The overall probability of a is 3%.")
    assert len(found) == 1
    assert unread == ("The moon is made of cheese.",)


@pytest.mark.parametrize(
    "text",
    ["The overall probability of a is 130%.", "For x, the correlation between a and b is 1.2."],
)
def test_numbers_out_of_range(text: str) -> None:
    with pytest.raises(InputError, match="not between"):
        read_givens(text)


@pytest.mark.parametrize(
    ("text", "kind", "direction"),
    [
        ("Is joy more likely than grief overall?", WorldKind.MARGINAL, 1),
        ("What is the overall probability of joy?", WorldKind.MARGINAL, 0),
        ("Is the chance of joy smaller when observing rain?", WorldKind.CORRELATION, -1),
        ("Will rain increase the chance of joy?", WorldKind.EFFECT, 1),
        ("Does rain lower the probability of joy?", WorldKind.EFFECT, -1),
        ("What is the causal effect of rain on joy?", WorldKind.EFFECT, 0),
        ("For cats, would it be less likely to see joy if the cat had not slept?", WorldKind.TREATED, -1),
        ("If we look at cats, does the chance of joy decrease when rain?", WorldKind.CONDITIONAL, -1),
        ("If we look at cats, does it mean that rain does not affect joy?", WorldKind.COLLIDER_BIAS, 0),
        ("If we disregard the mediation effect through a, would b positively affect c?", WorldKind.DIRECT, 1),
        ("Does a negatively affect b through c?", WorldKind.INDIRECT, -1),
        ("Would the cat sleeps if rain instead of no rain?", WorldKind.COUNTERFACTUAL, 0),
        ("Should we adjust for a when estimating the effect of b on c?", WorldKind.METHOD, 0),
        ("To understand how a affects b, is it more correct to use the Method 1 than Method 2?",
         WorldKind.METHOD, 1),
    ],
)  # fmt: skip
def test_questions(text: str, kind: WorldKind, direction: int) -> None:
    asked = read_question(text)
    assert asked is not None
    assert asked.kind is kind
    if kind is not WorldKind.METHOD:
        assert asked.direction == direction
    assert read_question("Who ate the cheese?") is None
