"""Answers on a real embedded store: what is said, what is refused, and that all of it checks."""

from __future__ import annotations

import json

import bridge_world as world
import pytest
from bridge_world import QUESTIONS

from graph.errors import InputError
from graph.model import Rung
from graph.store import Store
from llm_bridge import ask
from llm_bridge.answer import SAFETY
from llm_bridge.certificates import Certificate
from llm_bridge.checker import check
from llm_bridge.claims import Answer, Claim, ClaimKind, Reason, Verdict
from llm_bridge.render import render


@pytest.fixture(scope="session")
def answers(bridge_store: Store) -> dict[str, Answer]:
    return {q: ask(bridge_store, q) for q in QUESTIONS}


def _kinds(answer: Answer) -> list[ClaimKind]:
    return [c.kind for c in answer.claims]


def _of(answer: Answer, kind: ClaimKind) -> list[Claim]:
    return [c for c in answer.claims if c.kind is kind]


@pytest.mark.parametrize("question", QUESTIONS)
def test_valid_answers_are_never_blocked(bridge_store: Store, question: str) -> None:
    answer = ask(bridge_store, question)
    assert answer.removed == ()
    assert answer.sentences
    result = check(answer, bridge_store)
    assert result.ok, result.to_json()
    assert check(answer.certificate(), bridge_store).ok


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_sentence_is_rendered_from_its_claim(bridge_store: Store, question: str) -> None:
    for sentence in ask(bridge_store, question).sentences:
        assert sentence.text == render(sentence.claim)


def test_the_questions_reach_every_kind_of_claim(answers: dict[str, Answer]) -> None:
    assert {k for a in answers.values() for k in _kinds(a)} == set(ClaimKind)
    verdicts = {c.verdict for a in answers.values() for c in _of(a, ClaimKind.VERDICT)}
    assert verdicts == set(Verdict)


def test_answers_are_deterministic_and_survive_json(
    bridge_store: Store, answers: dict[str, Answer]
) -> None:
    for question in QUESTIONS[::4]:
        again = ask(bridge_store, question)
        assert again == answers[question]
        certificate = again.certificate()
        assert Certificate.loads(certificate.dumps()) == certificate
        assert Answer.model_validate_json(json.dumps(again.to_json())) == again


def test_evidence_by_rung_is_kept_apart(answers: dict[str, Answer]) -> None:
    answer = answers["Does lithium cause nephropathy?"]
    support = _of(answer, ClaimKind.SUPPORT)
    assert [c.rung for c in support] == [Rung.ASSERTION, Rung.INTERVENTION, Rung.ASSOCIATION]
    assert [c.n for c in support] == [4, 1, 1]
    verdict = _of(answer, ClaimKind.VERDICT)[0]
    assert (verdict.verdict, verdict.n, verdict.against) == (Verdict.CONTESTED, 5, 2)
    assert answer.short == "contested"


def test_contradictions_and_retractions_are_told(answers: dict[str, Answer]) -> None:
    answer = answers["Does lithium cause nephropathy?"]
    against = _of(answer, ClaimKind.CONTRADICTION)
    assert [(c.negated, c.opposite, c.publications) for c in against] == [
        (True, False, ("pubmed:105",)),
        (False, True, ("pubmed:106",)),
    ]
    assert _of(answer, ClaimKind.RETRACTED)[0].publications == ("pubmed:107",)
    assert "107" not in "".join(
        s.text for s in answer.sentences if s.claim.kind is not ClaimKind.RETRACTED
    )


def test_association_is_never_worded_as_an_effect(answers: dict[str, Answer]) -> None:
    for answer in answers.values():
        for sentence in answer.sentences:
            if sentence.claim.rung is Rung.ASSOCIATION and sentence.claim.kind is ClaimKind.SUPPORT:
                assert "associated with" in sentence.text
                assert not {"causes", "increases", "treats"} & set(sentence.text.split())


def test_algorithms_only_propose(answers: dict[str, Answer]) -> None:
    answer = answers["Does valproate treat stroke?"]
    assert "Only algorithms propose" in answer.sentences[0].text
    assert answer.short == "unknown"
    assert all("propos" in s.text for s in answer.sentences)


def test_estimate(answers: dict[str, Answer]) -> None:
    answer = answers["What happens to P38 if we give PKC?"]
    claim = _of(answer, ClaimKind.EFFECT)[0]
    assert claim.ci_low is not None
    assert claim.ci_high is not None
    assert claim.ci_low < world.TRUE + 0.2
    assert claim.value is not None
    assert claim.estimand is not None
    assert claim.estimand.adjustment == ("pka",)
    assert claim.unit == "unit of p38 per nM"
    opposite = _of(answers["What happens to P38 if we inhibit PKC?"], ClaimKind.EFFECT)[0]
    assert opposite.value == -claim.value
    assert (opposite.ci_low, opposite.ci_high) == (-claim.ci_high, -claim.ci_low)
    assert answer.numbers[0].value == claim.value
    assert answer.assumptions


def test_not_identified_is_refused_but_the_literature_is_told(answers: dict[str, Answer]) -> None:
    answer = answers["What is the effect of JNK on RAF?"]
    assert answer.refused is not None
    assert answer.refused.reason is Reason.NOT_IDENTIFIED
    assert answer.refused.needs
    assert ClaimKind.UNIDENTIFIED in _kinds(answer)
    assert ClaimKind.SUPPORT in _kinds(answer)
    assert not answer.numbers


def test_no_chain_is_not_an_estimate_of_zero(answers: dict[str, Answer]) -> None:
    answer = answers["What is the effect of RAF on JNK?"]
    assert answer.refused is not None
    assert not answer.numbers
    assert any("other way" in n for n in answer.notes)


def test_mechanism_signs(answers: dict[str, Answer]) -> None:
    given = _of(answers["Through what does lithium act on nephropathy?"], ClaimKind.PATH)
    assert [(len(c.path), c.sign) for c in given] == [(3, 1), (4, 1)]
    removed = answers["By what mechanism does removing lithium affect nephropathy?"]
    assert "lowering Lithium decreases Kidney Diseases" in removed.sentences[0].text


def test_confounders(answers: dict[str, Answer]) -> None:
    claim = _of(answers["What confounds lithium and nephropathy?"], ClaimKind.CONFOUNDER)[0]
    assert (claim.path, claim.sign) == ((world.AGE.id,), -1)


def test_listing_counts_all_and_keeps_the_category(answers: dict[str, Answer]) -> None:
    assert _of(answers["What causes nephropathy?"], ClaimKind.LISTING)[0].n == 3
    assert _kinds(answers["Which genes cause nephropathy?"])[0] is ClaimKind.ABSENCE


def test_known_but_absent_is_no_evidence(answers: dict[str, Answer]) -> None:
    answer = answers["Does clozapine cause nephropathy?"]
    assert _kinds(answer) == [ClaimKind.UNKNOWN]
    assert answer.short == "unknown"
    assert 'nothing on "clozapine"' in answer.sentences[0].text


def test_how_the_question_was_understood_is_said(answers: dict[str, Answer]) -> None:
    text = answers["Does lithium cause nephropathy?"].to_text()
    assert "'nephropathy' is understood as Kidney Diseases (mesh:D007674)" in text


def test_personal_questions_get_the_safety_line(answers: dict[str, Answer]) -> None:
    assert SAFETY in answers["Should I stop lithium?"].notes


def test_context_is_said_not_to_be_applied(bridge_store: Store) -> None:
    answer = ask(bridge_store, "Does lithium cause nephropathy in rats?")
    assert any("'in rats'" in n for n in answer.notes)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", Reason.EMPTY),
        ("blah blah", Reason.UNKNOWN_FORM),
        ("z" * 100_000, Reason.TOO_LONG),
        ("Does zzyzzx cause nephropathy?", Reason.UNKNOWN_ENTITY),
        ("Does cold affect stroke?", Reason.AMBIGUOUS),
        ("Does lithium cause lithium?", Reason.SAME_ENTITY),
        ("Does Li+ cause lithium?", Reason.SAME_ENTITY),
        ("Should I stop my tablets?", Reason.ADVICE),
    ],
)
def test_refusals(bridge_store: Store, question: str, reason: Reason) -> None:
    answer = ask(bridge_store, question)
    assert answer.refused is not None
    assert answer.refused.reason is reason
    assert answer.sentences == ()
    assert answer.short == "refused"
    assert len(answer.question) < 5_000
    assert answer.to_text().startswith(("No answer", "'", "  '"))
    assert check(answer, bridge_store).ok
    if reason is Reason.ADVICE:
        assert SAFETY in answer.notes


@pytest.mark.parametrize(
    "question",
    [
        "Does \ud800lithium cause nephropathy?",
        "Does lithium\x00 cause nephropathy?",
        'Does (lithium AND * OR ~) cause "nephropathy?',
        "Does lithium' OR 1=1 // cause nephropathy?",
        "Does 锂 cause 肾病?",
        "Does `MATCH (n) DETACH DELETE n` cause nephropathy?",
        "Does TNF-α cause 😀?",
    ],
)
def test_odd_characters_are_answered_or_refused(bridge_store: Store, question: str) -> None:
    answer = ask(bridge_store, question)
    assert answer.answered or answer.refused is not None
    assert check(answer, bridge_store).ok
    answer.certificate().dumps().encode("utf-8")


def test_a_refused_form_offers_questions_on_what_it_names(bridge_store: Store) -> None:
    answer = ask(bridge_store, "lithium nephropathy, hm")
    assert answer.refused is not None
    assert "Does Lithium cause Kidney Diseases?" in answer.refused.nearest
    for question in answer.refused.nearest:
        assert ask(bridge_store, question).answered


def test_ambiguous_offers_can_be_asked(bridge_store: Store) -> None:
    answer = ask(bridge_store, "Does cold cause cough?")
    assert answer.refused is not None
    assert answer.refused.nearest
    for question in answer.refused.nearest:
        assert ask(bridge_store, question).answered


def test_text_is_plain_and_fits(answers: dict[str, Answer]) -> None:
    for answer in answers.values():
        text = answer.to_text(80)
        assert "Understood as:" in text
        assert max(len(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "etiograph-certificate"}', "\x00"])
def test_what_is_no_certificate_is_named(text: str) -> None:
    with pytest.raises(InputError):
        Certificate.loads(text)


def test_a_newer_certificate_is_refused(answers: dict[str, Answer]) -> None:
    data = answers[QUESTIONS[0]].certificate().to_json() | {"version": 99}
    with pytest.raises(InputError, match="version 99"):
        Certificate.loads(json.dumps(data))
