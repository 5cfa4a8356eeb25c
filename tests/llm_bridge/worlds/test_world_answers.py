"""Answers on worlds with known truth, refusals, and what the check finds."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.questions_made import make_questions
from benchmarks.questions_stories import WRITTEN_FIRST, WRITTEN_LAST
from llm_bridge.worlds import ask_world, check_world
from llm_bridge.worlds.rates import Fact, Rates
from llm_bridge.worlds.reading import read_world

STORIES = (*WRITTEN_FIRST, *(s for s in WRITTEN_LAST if s.nonsense))


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.id)
def test_every_kind_of_question_on_written_stories(story: Any) -> None:
    for question in make_questions(story, 2, seed=11):
        answer = ask_world(question["background"], question["given_info"], question["question"])
        assert answer.answer == question["answer"], question


@pytest.mark.slow
@pytest.mark.parametrize("story", STORIES[::3], ids=lambda s: s.id)
def test_the_check_agrees_and_finds_turned_answers(story: Any) -> None:
    for question in make_questions(story, 1, seed=12):
        answer = ask_world(question["background"], question["given_info"], question["question"])
        certificate = json.loads(json.dumps(answer.certificate()))
        assert check_world(certificate).ok, question
        turned = "no" if answer.answer == "yes" else "yes"
        certificate["answer"] = turned
        certificate["claims"][-1]["answer"] = turned
        assert not check_world(_sealed(certificate)).ok


def _sealed(certificate: dict[str, Any]) -> dict[str, Any]:
    body = {k: v for k, v in certificate.items() if k != "hash"}
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return {**body, "hash": hashlib.sha256(text.encode()).hexdigest()}


WORLD = "Rain has a direct effect on mud and crop. Mud has a direct effect on crop."
TABLE = (
    "For rainy fields and muddy fields, the probability of a good crop is 70%. For rainy fields and dry fields, the "
    "probability of a good crop is 50%. For rainless fields and muddy fields, the probability of a good crop is 40%. "
    "For rainless fields and dry fields, the probability of a good crop is 10%. The overall probability of rain is 30%."
)


def _certificate() -> dict[str, Any]:
    answer = ask_world(WORLD, TABLE, "Will mud increase the chance of a good crop?")
    assert answer.answer == "yes"
    assert answer.value == pytest.approx(0.3 * 0.2 + 0.7 * 0.3)
    certificate: dict[str, Any] = json.loads(json.dumps(answer.certificate()))
    assert check_world(certificate).ok
    return certificate


@pytest.mark.parametrize("change", ["value", "adjustment", "edge", "fact", "hash"])
def test_tampering_is_found(change: str) -> None:
    certificate = _certificate()
    claims = {c["kind"]: c for c in certificate["claims"]}
    if change == "value":
        claims["value"]["value"] = 0.35
    elif change == "edge":
        # without this edge the crop would not depend on rain and the givens could not be
        certificate["world"]["graph"]["edges"].remove(["rain", "mud"])
        certificate["world"]["graph"]["edges"].append(["mud", "rain"])
    elif change == "fact":
        certificate["world"]["facts"][0]["probability"] = 0.1
    elif change == "adjustment":
        # the number that no adjustment would have given
        claims["value"]["value"] = 0.2
    if change != "hash":
        certificate = _sealed(certificate)
    else:
        certificate["explanation"] = "Trust me."
    assert not check_world(certificate).ok


def test_a_certificate_of_nothing_is_not_ok() -> None:
    assert not check_world({}).ok
    assert not check_world({"answer": "yes", "claims": [], "query": {}}).ok


@pytest.mark.parametrize(
    ("given", "question", "told"),
    [
        ("The overall probability of rain is 30%.", "Will mud increase the chance of a good crop?",
         "would settle it"),
        ("", "Is a good crop more likely than a bad crop overall?", "does not follow"),
        ("For muddy fields, the probability of a good crop is 20%. For muddy fields, the probability of a good "
         "crop is 80%.", "Is the chance of a good crop larger when observing mud?", "contradict"),
        ("The overall probability of rain is 10%. The probability of rain and a good crop is 60%. The probability "
         "of no rain and a good crop is 10%.", "Is the chance of a good crop larger when observing rain?",
         "contradict"),
        ("The overall probability of rain is 400%.", "Is rain more likely than no rain overall?", "not between"),
        (TABLE, "Who let the dogs out?", "none of the forms"),
        ("We know that rain causes mud. We observed the field is muddy. rain and mud causes a good crop. We "
         "observed there is no rain.", "Would a good crop if mud instead of no mud?", "contradicts the laws"),
        ("We know that rain causes mud.", "Would a good crop if mud instead of no mud?", "no law says"),
    ],
)  # fmt: skip
def test_refusals_say_why(given: str, question: str, told: str) -> None:
    answer = ask_world(WORLD, given, question)
    assert answer.answer == "refused"
    assert told in answer.reason
    assert answer.explanation == answer.reason
    assert not answer.answered


@pytest.mark.parametrize(
    "background", ["", "   ", "Hello there.", "\x00\x01", "A has a direct effect on A."]
)
def test_no_world_is_refused_not_raised(background: str) -> None:
    assert (
        ask_world(background, TABLE, "Will mud increase the chance of a good crop?").answer
        == "refused"
    )


@given(st.text(max_size=80), st.text(max_size=120), st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_text_gets_an_answer(background: str, given_: str, question: str) -> None:
    answer = ask_world("Rain affects mud. " + background, given_, question)
    assert answer.answer in ("yes", "no", "refused") or float(answer.answer) == answer.value
    json.dumps(answer.certificate())


def test_the_stated_graph_overrules_what_is_known() -> None:
    world = "Umbrellas has a direct effect on rain."
    given_ = (
        "For people with umbrellas, the probability of rain is 90%. For people without umbrellas, the probability "
        "of rain is 20%."
    )
    assert ask_world(world, given_, "Will umbrellas increase the chance of rain?").answer == "yes"
    backwards = ask_world(world, given_, "Will rain increase the chance of umbrellas?")
    assert backwards.answer == "no"
    assert "no stated effect leads" in backwards.explanation.lower()


def test_numbers_are_answered_when_asked_for() -> None:
    answer = ask_world(WORLD, TABLE, "What is the causal effect of mud on a good crop?")
    assert answer.value == pytest.approx(0.27)
    assert float(answer.answer) == pytest.approx(0.27)


IV = (
    "Draft has a direct effect on service. Zeal has a direct effect on service and pay. Service has a direct effect "
    "on pay. Zeal is unobserved."
)
IV_RATES = (
    "For drafted men, the probability of high pay is 40%. For men who are not drafted, the probability of high pay is "
    "60%. For drafted men, the probability of service is 80%. For men who are not drafted, the probability of service "
    "is 30%."
)


def test_an_assumption_is_said_or_refused() -> None:
    question = "Will service increase the chance of high pay?"
    answer = ask_world(IV, IV_RATES, question)
    assert answer.answer == "no"
    assert answer.value == pytest.approx(-0.4)
    assert [c for c in answer.claims if c["kind"] == "assumption"]
    assert "Assumed" in answer.explanation
    strict = ask_world(IV, IV_RATES, question, strict=True)
    assert strict.answer == "refused"
    assert "assumption" in strict.reason


def test_a_sign_that_all_cases_share_needs_no_weights() -> None:
    rates = TABLE.replace("The overall probability of rain is 30%.", "")
    answer = ask_world(WORLD, rates, "Will mud increase the chance of a good crop?", strict=True)
    assert answer.answer == "yes"
    mixed = rates.replace("is 50%", "is 90%")
    assert (
        ask_world(WORLD, mixed, "Will mud increase the chance of a good crop?").answer == "refused"
    )


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_derived_rates_are_those_of_the_model(seed: int) -> None:
    """Facts of a random joint distribution, then every probability that they settle."""
    rng = np.random.default_rng(seed)
    world = read_world("Aaa affects bbb and ccc. Bbb affects ccc.")
    joint = rng.dirichlet(np.ones(8)).reshape(2, 2, 2)
    names = ("aaa", "bbb", "ccc")

    def truth(target: dict[str, int], given: dict[str, int]) -> float:
        def mass(event: dict[str, int]) -> float:
            return float(joint[tuple(event.get(n, slice(None)) for n in names)].sum())

        return mass({**given, **target}) / mass(given)

    def fact(target: dict[str, int], given: dict[str, int]) -> Fact:
        p = truth(target, given)
        return Fact(frozenset(target.items()), frozenset(given.items()), p, f"{target}|{given}")

    facts = [fact({"aaa": 1}, {})]
    facts += [fact({"bbb": 1}, {"aaa": a}) for a in (0, 1)]
    facts += [fact({"ccc": 1}, {"aaa": a, "bbb": b}) for a in (0, 1) for b in (0, 1)]
    rates = Rates(world, facts)
    rates.check()
    for target, condition in (
        ({"ccc": 1}, {}), ({"ccc": 0}, {"bbb": 1}), ({"aaa": 1}, {"ccc": 1}),
        ({"aaa": 0, "ccc": 1}, {"bbb": 0}), ({"bbb": 1}, {"aaa": 0, "ccc": 0}),
    ):  # fmt: skip
        found = rates(target, condition)
        assert found == pytest.approx(truth(target, condition), abs=1e-9)
    sparse = Rates(world, facts[1:3])
    assert sparse({"ccc": 1}, {}) is None
    assert sparse({"bbb": 0}, {"aaa": 1}) == pytest.approx(truth({"bbb": 0}, {"aaa": 1}))


def test_the_given_questions(shared_data: Any) -> None:
    """A part of the CLadder-style questions: all kinds but those that rounding decides."""
    lines = (shared_data / "questions" / "cladder_dev.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines][::12]
    right = sum(
        ask_world(r["background"], r["given_info"], r["question"]).answer == r["answer"]
        for r in records
    )
    assert right / len(records) > 0.96


WALK = (
    "Imagine a self-contained, hypothetical world with only the following conditions, and without any "
    "unmentioned factors or causal relationships: Walking has a direct effect on tiredness."
)


def test_wordings_with_nothing_in_common_leave_open_which_value_is_meant() -> None:
    asked = (
        WALK, "We know that climbing a hill causes falling asleep early.",
        "Would the hiker yawns all evening if climbing a hill instead of resting on a bench?",
    )  # fmt: skip
    answer = ask_world(*asked)
    assumed = [c["text"] for c in answer.claims if c["kind"] == "assumption"]
    assert len(assumed) == 1
    assert "falling asleep early" in assumed[0]
    assert "yawns" in assumed[0]
    assert assumed[0] in answer.explanation
    assert check_world(answer.certificate()).ok
    refused = ask_world(*asked, strict=True)
    assert not refused.answered
    assert "open" in refused.reason
    plain = ask_world(
        *asked[:2], asked[2].replace("yawns all evening", "falls asleep early"), strict=True
    )
    assert plain.answer == "yes"


def test_of_readings_the_one_that_answers() -> None:
    """ "Cafes that stay unknown" could be of guests; then nothing given would answer."""
    answer = ask_world(
        WALK.partition(":")[0]
        + ": Advertising has a direct effect on number of guests and cake sales. "
        "Number of guests has a direct effect on cake sales.",
        "The overall probability of handing out leaflets is 30%. For cafes that stay unknown, the probability "
        "of selling every cake is 30%. For cafes that advertise, the probability of selling every cake is 60%.",
        "Is selling every cake more likely than keeping old cakes overall?",
    )
    assert answer.answer == "no"
    assert answer.value == pytest.approx(0.39)
    assert "is read as a value of advertising" in answer.explanation
