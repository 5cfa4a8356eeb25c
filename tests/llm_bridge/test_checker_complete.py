"""What an answer leaves out is found, sentence by sentence, over questions of every kind."""

from __future__ import annotations

import pytest
from bridge_world import QUESTIONS

from graph.store import Store
from llm_bridge import ask
from llm_bridge.checker import check
from llm_bridge.checker.ledger import Ledger
from llm_bridge.claims import Answer, ClaimKind, Reason, Refusal, Removed
from llm_bridge.text import told

MORE = (
    "What is the controlled direct effect of PKC on P38?",
    "Does lithium cause nephropathy, and what treats hypertension?",
    "How does lithium prevent nephropathy?",
)


@pytest.fixture(scope="module")
def ledger(bridge_store: Store) -> Ledger:
    return Ledger(bridge_store)


def _without(answer: Answer, index: int) -> Answer:
    """The answer less one sentence and all that only this sentence rests on."""
    kept = tuple(s for k, s in enumerate(answer.sentences) if k != index)
    named = {id for s in kept for id in s.claim.evidence_ids}
    values = {s.claim.value for s in kept}
    return answer.model_copy(
        update={
            "sentences": kept,
            "evidence": tuple(e for e in answer.evidence if e.id in named),
            "numbers": tuple(n for n in answer.numbers if n.value in values),
        }
    )


@pytest.mark.parametrize("question", [*QUESTIONS, *MORE])
def test_no_sentence_can_be_left_out(bridge_store: Store, ledger: Ledger, question: str) -> None:
    answer = ask(bridge_store, question)
    whole = check(answer, bridge_store, ledger=ledger)
    assert whole.ok, whole.problems
    for index, sentence in enumerate(answer.sentences):
        result = check(_without(answer, index).certificate(), bridge_store, ledger=ledger)
        assert not result.ok, sentence.text
    if answer.refused is not None and answer.sentences:
        open_ = answer.model_copy(update={"refused": None})
        assert not check(open_, bridge_store, ledger=ledger).ok


def test_the_reason_says_what_is_left_out(bridge_store: Store, ledger: Ledger) -> None:
    answer = ask(bridge_store, "Does lithium cause nephropathy?")
    kinds = [c.kind for c in answer.claims]
    cases = {
        ClaimKind.VERDICT: "how the evidence on Lithium and Kidney Diseases stands",
        ClaimKind.CONTRADICTION: "what speaks against it",
        ClaimKind.RETRACTED: "papers that were retracted",
        ClaimKind.QUOTE: "sentences of the papers",
    }
    for kind, told_ in cases.items():
        result = check(_without(answer, kinds.index(kind)), bridge_store, ledger=ledger)
        assert any(told_ in p for p in result.problems), (kind, result.problems)


def test_half_of_a_double_question_can_not_be_left_out(bridge_store: Store, ledger: Ledger) -> None:
    answer = ask(bridge_store, MORE[1])
    assert len(answer.parts) == 1
    for parts in ((), answer.parts * 2):
        result = check(answer.model_copy(update={"parts": parts}), bridge_store, ledger=ledger)
        assert "it does not answer all that was asked" in result.problems


def test_the_safety_line_can_not_be_left_out(bridge_store: Store, ledger: Ledger) -> None:
    answer = ask(bridge_store, "Should I stop lithium?")
    assert check(answer, bridge_store, ledger=ledger).ok
    bare = answer.model_copy(update={"notes": ()})
    assert not check(bare, bridge_store, ledger=ledger).ok


@pytest.mark.parametrize(
    "question",
    [
        "Does stress raise blood pressure in mice?",
        "Does aspirin prevent stroke in dogs at 5 mg/kg?",
    ],
)
def test_a_restriction_that_is_not_applied_is_told(
    bridge_store: Store, ledger: Ledger, question: str
) -> None:
    answer = ask(bridge_store, question)
    assert answer.notes
    bare = answer.model_copy(update={"notes": ()})
    assert any("is not applied" in p for p in check(bare, bridge_store, ledger=ledger).problems)


def test_a_true_sentence_is_not_hidden_among_the_removed(
    bridge_store: Store, ledger: Ledger
) -> None:
    answer = ask(bridge_store, "Does lithium cause nephropathy?")
    kinds = [c.kind for c in answer.claims]
    index = kinds.index(ClaimKind.CONTRADICTION)
    hidden = Removed(sentence=answer.sentences[index], reasons=("it was not confirmed",))
    result = check(
        _without(answer, index).model_copy(update={"removed": (hidden,)}),
        bridge_store,
        ledger=ledger,
    )
    assert any("speaks against" in p for p in result.problems)


def test_silence_and_refusals_without_a_reason_do_not_pass(
    bridge_store: Store, ledger: Ledger
) -> None:
    answer = ask(bridge_store, "Does lithium cause nephropathy?")
    nothing = {"sentences": (), "evidence": (), "numbers": ()}
    for refused in (None, *(Refusal(reason=r, message="no") for r in Reason)):
        silent = answer.model_copy(update={**nothing, "refused": refused})
        assert not check(silent, bridge_store, ledger=ledger).ok, refused
    refusal = ask(bridge_store, "Does lithium cause lithium?")
    assert refusal.refused is not None
    assert check(refusal, bridge_store, ledger=ledger).ok


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_short_answer_tells_what_speaks_against_it(bridge_store: Store, question: str) -> None:
    answer = ask(bridge_store, question)
    short = told(answer, "short")
    always = {ClaimKind.VERDICT, ClaimKind.CONTRADICTION, ClaimKind.RETRACTED, ClaimKind.REJECTED}
    assert [s for s in answer.sentences if s.claim.kind in always] == [
        s for s in short if s.claim.kind in always
    ]
