"""Reworded sentences say what the proved ones say, or are not shown."""

from __future__ import annotations

import re

import pytest

from benchmarks.hostile_model import HostileModel, Request, Say, serve
from graph.store import Store
from llm_bridge.answer import ask
from llm_bridge.claims import Answer
from llm_bridge.providers import Caller, ProviderSpec
from llm_bridge.roles.rephrasing import check_text, differences, rephrase
from llm_bridge.roles.templates import masks

pytest.importorskip("langchain_core")
QUESTIONS = (
    "Does lithium cause kidney disease?",
    "What happens to P38 if we give PKC?",
    "Through what does lithium act on kidney disease?",
    "What confounds smoking and lung cancer?",
    "What treats stroke?",
    "Does valproate prevent stroke?",
)
TEMPLATE = (
    "[[N1]] publications report that [[E1]] increases or causes [[E2]], and none reports otherwise."
)


def caller(server: HostileModel) -> Caller:
    spec = ProviderSpec.parse("openai:m", base_url=server.url("openai"), key="k", retries=0)
    return Caller(spec, sleep=lambda _: None)


@pytest.fixture(scope="module")
def answers(bridge_store: Store) -> list[Answer]:
    return [ask(bridge_store, q) for q in QUESTIONS]


def test_templates_fill_back_to_the_letter_and_hold_no_name_number_or_source(
    answers: list[Answer],
) -> None:
    made = 0
    for answer in answers:
        for sentence, masked in zip(answer.sentences, masks(answer.sentences), strict=True):
            if masked is None:
                continue
            made += 1
            assert masked.fill(masked.template.text) == sentence.text
            rest = re.sub(r"\[\[[A-Z]\d+\]\]", "", masked.template.text)
            assert not re.search(r"\d", rest)
            claim = sentence.claim
            for name in (claim.cause_name, claim.effect_name, *claim.path_names):
                assert not name or name not in rest
    assert made > 12


def test_the_same_words_pass(answers: list[Answer]) -> None:
    for answer in answers:
        for masked in masks(answer.sentences):
            if masked is not None:
                assert differences(masked.template.text, masked.template.text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "In [[N1]] papers, researchers found that [[E1]] raises [[E2]], and none reports otherwise.",
        "[[N1]] studies say [[E1]] boosts [[E2]], and none reports otherwise.",
    ],
)
def test_faithful_rewordings_pass(text: str) -> None:
    assert differences(TEMPLATE, text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "[[N1]] publications report that [[E2]] increases [[E1]], and none reports otherwise.",
        "[[N1]] publications report that [[E1]] decreases [[E2]], and none reports otherwise.",
        "[[N1]] publications report that [[E1]] is increased by [[E2]], and none reports otherwise.",
        "[[N1]] publications prove that [[E1]] increases [[E2]], and none reports otherwise.",
        "[[N1]] trials report that [[E1]] increases [[E2]], and none reports otherwise.",
        "[[N1]] publications report that [[E1]] increases [[E2]].",
        "[[N1]] publications report that [[E1]] increases [[E2]], or not.",
        "7 publications report that [[E1]] increases [[E2]], and none reports otherwise.",
        "[[N1]] publications report that [[E1]] greatly increases [[E2]], and none reports otherwise.",
        "[[N1]] publications report that [[E1]] increases [[E3]], and none reports otherwise.",
        "[[N1]] publications report that [[E1]] increases [[E2]] (PMID 999), and none reports otherwise.",
        "[[N1]] publications report that [[E1]] increases [[E2]], and none reports otherwise. Stop your tablets.",
        "[[N1]] publications report that [[E1]] is associated with [[E2]], and none reports otherwise.",
        "[[N1]] publications report that [[E1]] may increase [[E2]], and none reports otherwise.",
        "Two publications report that [[E1]] increases [[E2]], and none reports otherwise.",
        "[[N1]] publications report that [[E1]] increases [[E2]] twofold, and none reports otherwise.",
        "<b>[[N1]]</b> publications report that [[E1]] increases [[E2]], and none reports otherwise.",
        "[[N1]] publications report that aspirin and [[E1]] increases [[E2]], and none reports otherwise.",
        "Only [[N1]] publications report that [[E1]] increases [[E2]], and none reports otherwise.",
        "",
    ],
)  # fmt: skip
def test_what_changes_the_claim_is_not_shown(text: str) -> None:
    assert differences(TEMPLATE, text)


def test_a_good_model_rewords_without_knowing_what_it_is_about(bridge_store: Store) -> None:
    def reword(request: Request) -> Say:
        sent = re.findall(r'\\"id\\":\\"(S\d+)\\",\\"text\\":\\"(.*?)\\"\}', request.text)
        lines = [{"id": i, "text": t.replace("report that", "say that")} for i, t in sent]
        return Say(calls=[("RewordedForm", {"sentences": lines})])

    answer = ask(bridge_store, "What happens to P38 if we give PKC?")
    with serve(reword) as server:
        found = rephrase(caller(server), answer, "public")
        assert "PRKCA" not in server.requests[0].text
        assert "P38" not in server.requests[0].text
    assert any(found.changed)
    assert any("say that PRKCA increases or causes MAPK14" in s for s in found.sentences)
    assert found.removed == ()


def test_a_bad_model_changes_nothing(answers: list[Answer]) -> None:
    def lie(request: Request) -> Say:
        ids = re.findall(r'\\"id\\":\\"(S\d+)\\"', request.text)
        lines = [{"id": i, "text": "Everything is proved, PMID 1."} for i in [*ids, "S99"]]
        return Say("By the way, stop your tablets.", [("RewordedForm", {"sentences": lines})])

    for answer in answers:
        with serve(lie) as server:
            found = rephrase(caller(server), answer, "public")
        assert found.sentences == tuple(s.text for s in answer.sentences)
        assert not any(found.changed)
        assert len(found.removed) >= 2


@pytest.mark.parametrize(
    "reply", [Say(status=500), Say(raw=b"x"), Say("no form"), Say(refusal=True)]
)
def test_a_broken_model_changes_nothing(answers: list[Answer], reply: Say) -> None:
    with serve([reply]) as server:
        found = rephrase(caller(server), answers[0], "student")
    assert found.sentences == tuple(s.text for s in answers[0].sentences)


def test_free_text_keeps_only_what_is_proved(answers: list[Answer]) -> None:
    answer = answers[1]
    text = (
        "2 papers say that PRKCA increases or causes MAPK14, and none reports otherwise. "
        "PRKCA decreases MAPK14. 3 publications say that PRKCA increases or causes MAPK14, and none reports "
        "otherwise. See PMID 12345678. You should take it."
    )
    found = check_text(text, answer.sentences)
    assert found.sentences == (
        "2 papers say that PRKCA increases or causes MAPK14, and none reports otherwise.",
    )
    assert len(found.removed) == 4
    assert check_text("Anything at all.", ()).removed


def test_both_parts_of_a_double_question_are_reworded(bridge_store: Store) -> None:
    answer = ask(bridge_store, "Does lithium cause nephropathy and raise TSH?")
    assert len(answer.parts) == 1

    def reword(request: Request) -> Say:
        sent = re.findall(r'\\"id\\":\\"(S\d+)\\",\\"text\\":\\"(.*?)\\"\}', request.text)
        new = [{"id": i, "text": t.replace("publications", "papers")} for i, t in sent]
        return Say(calls=[("RewordedForm", {"sentences": new})])

    with serve(reword) as server:
        found = rephrase(caller(server), answer, "public")
    assert len(found.sentences) == len(answer.sentences) + len(answer.parts[0].sentences)
    assert any(found.changed[len(answer.sentences) :])
    assert any("TSHB" in s for s, c in zip(found.sentences, found.changed, strict=True) if c)
