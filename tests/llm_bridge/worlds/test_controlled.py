"""Controlled direct effects against models with known truth, and worlds that are not of two values."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from llm_bridge.worlds import ask_world, check_world
from llm_bridge.worlds.forms import WorldKind, read_question

NAMES = {"X": "zory", "M": "glimx", "Y": "muvy", "Z": "kwap"}
SHAPES = {
    "plain": "XM XY MY",
    "common cause": "ZX ZM ZY XM XY MY",
    "cause in between": "XZ ZM ZY XM XY MY",
}


def _group(role: str, value: int) -> str:
    return f"those who are {'' if value else 'not '}{NAMES[role]}"


def _world(
    shape: str, seed: int, hidden: str = ""
) -> tuple[str, str, dict[tuple[int, int], float]]:
    """Background, all rates in sentences, and E[Y | do(x, m)] for a random model."""
    rng = np.random.default_rng(seed)
    edges = SHAPES[shape].split()
    roles = [r for r in ("ZXMY" if "ZX" in edges else "XZMY") if any(r in e for e in edges)]
    parents = {r: [a for a, b in edges if b == r] for r in roles}
    # two digits, as a text has them
    p = {
        r: {v: round(rng.uniform(0.1, 0.9), 2) for v in itertools.product((0, 1), repeat=len(pa))}
        for r, pa in parents.items()
    }
    told = []
    for r, pa in parents.items():
        if r == hidden or hidden in pa:
            continue
        for values, rate in p[r].items():
            groups = " and ".join(_group(q, v) for q, v in zip(pa, values, strict=True))
            head = f"For {groups}, the" if pa else "The overall"
            told.append(f"{head} probability of {NAMES[r]} is {round(100 * rate)}%.")
    ends = {}
    for x, m in itertools.product((0, 1), repeat=2):
        total = 0.0
        for values in itertools.product((0, 1), repeat=len(roles)):
            state = dict(zip(roles, values, strict=True))
            if (state["X"], state["M"], state["Y"]) != (x, m, 1):
                continue
            weight = 1.0
            for r in roles:
                if r not in "XM":
                    rate = p[r][tuple(state[q] for q in parents[r])]
                    weight *= rate if state[r] else 1 - rate
            total += weight
        ends[x, m] = total
    background = " ".join(
        f"{NAMES[a].capitalize()} has a direct effect on {NAMES[b]}." for a, b in edges
    )
    if hidden:
        background += f" {NAMES[hidden].capitalize()} is unobserved."
    return background, " ".join(told), ends


@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("held", [0, 1])
def test_the_value_is_that_of_the_model(shape: str, held: int) -> None:
    for seed in range(4):
        background, given, ends = _world(shape, seed)
        what = f"{'' if held else 'not '}glimx"
        answer = ask_world(
            background, given, f"With {what} held fixed, will zory increase the chance of muvy?"
        )
        truth = ends[1, held] - ends[0, held]
        assert answer.value == pytest.approx(truth, abs=1e-6), answer.explanation
        assert answer.answer == ("yes" if truth >= 0.005 else "no")
        assert answer.query["held"] == {"glimx": held}
        certificate = json.loads(json.dumps(answer.certificate()))
        assert check_world(certificate).ok
        certificate["query"]["held"] = {"glimx": 1 - held}
        other = ends[1, 1 - held] - ends[0, 1 - held]
        if abs(other - truth) > 0.03:
            assert any("a model that shows" in p for p in check_world(certificate).problems)


def test_what_is_not_identified_is_refused() -> None:
    background, given, _ = _world("common cause", 0, hidden="Z")
    given += (
        " For those who are zory and those who are glimx, the probability of muvy is 50%. For those who are not zory "
        "and those who are glimx, the probability of muvy is 20%."
    )
    answer = ask_world(
        background, given, "With glimx held fixed, will zory increase the chance of muvy?"
    )
    assert answer.answer == "refused"
    assert "kwap cannot be adjusted for" in answer.reason


def test_an_effect_that_goes_through_what_is_held_is_none() -> None:
    answer = ask_world(
        "Zory has a direct effect on glimx. Glimx has a direct effect on muvy.",
        "For those who are glimx, the probability of muvy is 50%.",
        "With glimx held fixed, will zory increase the chance of muvy?",
    )
    assert (answer.answer, answer.value) == ("no", 0.0)
    assert "goes through glimx, which is held" in answer.explanation


@pytest.mark.parametrize(
    ("question", "held"),
    [
        ("With tar held at high, will smoking increase the risk of cancer?", "high tar"),
        ("If tar is kept at a high tar level, does smoking raise the chance of cancer?", "a high tar level"),
        ("If we hold the tar low, does smoking lower the probability of cancer?", "the tar low"),
        ("Holding tar fixed at zero, would smoking decrease the chance of cancer?", "zero tar"),
        ("Will smoking increase the chance of cancer if there is no tar held fixed?", "there is no tar"),
        ("What is the controlled direct effect of smoking on cancer with high tar?", "high tar"),
    ],
)  # fmt: skip
def test_forms_of_questions(question: str, held: str) -> None:
    asked = read_question(question)
    assert asked is not None
    assert asked.kind is WorldKind.CONTROLLED
    assert (asked.cause, asked.effect, asked.condition) == ("smoking", "cancer", held)


@pytest.mark.parametrize(
    ("background", "given"),
    [
        ("Dose has a direct effect on stroke. Dose is low, medium or high.", ""),
        ("Dose has a direct effect on stroke. Dose has three levels.", ""),
        ("Dose has a direct effect on stroke.",
         "For low dose patients, the probability of a stroke is 10%. For medium dose patients, the probability of a "
         "stroke is 20%. For high dose patients, the probability of a stroke is 30%."),
    ],
)  # fmt: skip
def test_variables_of_three_values_are_refused(background: str, given: str) -> None:
    answer = ask_world(background, given, "Will a high dose increase the chance of a stroke?")
    assert answer.answer == "refused"
    assert "two" in answer.reason
