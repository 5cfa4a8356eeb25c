"""The checker: independent by its imports, blind to nothing that was altered."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import bridge_world as world
import pytest
from bridge_world import QUESTIONS
from pydantic import ValidationError

import llm_bridge
from graph.errors import CheckFailedError
from graph.model import Batch, Category, Evidence, Predicate, Rung, Statement
from graph.store import Store
from graph.stores import open_store
from llm_bridge import ask
from llm_bridge.certificates import Certificate
from llm_bridge.checker import check, examine
from llm_bridge.checker.ledger import Ledger
from llm_bridge.claims import Answer, Claim, ClaimKind, EstimandRecord, Sentence
from llm_bridge.render import render

CHECKER = Path(llm_bridge.__file__).parent / "checker"


@pytest.fixture(scope="session")
def checked(bridge_store: Store) -> dict[str, Answer]:
    return {q: ask(bridge_store, q) for q in QUESTIONS}


@pytest.mark.parametrize("module", sorted(CHECKER.glob("*.py")), ids=lambda p: p.name)
def test_the_checker_shares_only_the_data_model(module: Path) -> None:
    allowed = (
        "graph",
        "llm_bridge.claims",
        "llm_bridge.certificates",
        "llm_bridge.query",
        "llm_bridge.signing",
        "llm_bridge.signing",
        "llm_bridge.checker",
    )
    ours = ("graph", "llm_bridge", "queries", "discovery", "ingest", "etiograph")
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [node.module or ""]
        for name in names:
            if name.split(".")[0] in ours:
                assert any(name == a or name.startswith(a + ".") for a in allowed), name


def test_the_answering_path_does_not_use_the_checkers_parts() -> None:
    for module in CHECKER.parent.rglob("*.py"):
        if CHECKER in module.parents:
            continue
        found = re.findall(r"from llm_bridge\.checker\.", module.read_text(encoding="utf-8"))
        assert not found, module


# every field of every claim ---------------------------------------------------------------


def _other(value: object, field: str) -> Iterator[object]:
    """Values that are not the given one, of its type."""
    match value:
        case bool():
            yield not value
        case Enum():
            yield from [m for m in type(value) if m is not value][:3]
        case int():
            yield from (value + 1, value - 1, -value) if value else (1, -1)
        case float():
            yield from (
                value - 0.0002 if field in ("belief", "without") else value * 1.00002,
                -value - 0.001,
            )
            yield from (value + 0.5, value * 1.1 + 0.01)
        case str():
            yield from (value + "x", value[:-1], "") if value else ("x", "pubmed:101")
        case tuple():
            yield from (value[:-1], value[1:]) if value else ()
            yield from ((*value, value[0]), (*value[:-1], _next(value[-1]))) if value else ()
            extra = value[0] if value else "pubmed:101"
            yield (*value, _next(extra))
        case None:
            yield from _FILL.get(field, ())


_FILL: dict[str, tuple[object, ...]] = {
    "predicate": (Predicate.CAUSES, Predicate.ASSOCIATED_WITH),
    "verdict": ("supported",),
    "rung": (Rung.INTERVENTION,),
    "status": ("curated",),
    "category": (Category.GENE,),
    "belief": (0.9,),
    "n": (1,),
    "against": (0,),
    "year": (1999,),
    "value": (1.0,),
    "std_error": (1.0,),
    "ci_low": (1.0,),
    "ci_high": (1.0,),
    "level": (0.95,),
    "estimand": (EstimandRecord(treatment="pkc", outcome="p38"),),
}


def _next(value: object) -> object:
    match value:
        case Enum():
            members = list(type(value))
            return members[(members.index(value) + 1) % len(members)]
        case int():
            return -value if value else 1
        case str():
            return world.TSH.id if ":" in value and value != world.TSH.id else value + "1"
        case tuple() if value:
            return (*value[:-1], _next(value[-1]))
    return value


def mutants(claim: Claim) -> Iterator[tuple[str, Claim]]:
    """Every field of a claim altered, one at a time."""
    for field in Claim.model_fields:
        value = getattr(claim, field)
        if isinstance(value, EstimandRecord):
            for inner in EstimandRecord.model_fields:
                for other in _other(getattr(value, inner), inner):
                    record = _changed(value, inner, other)
                    if record is not None and record != value:
                        yield f"estimand.{inner}", claim.model_copy(update={"estimand": record})
            yield "estimand", claim.model_copy(update={"estimand": None})
            continue
        for other in _other(value, field):
            changed = _changed(claim, field, other)
            if changed is not None and changed != claim:
                yield field, changed


def _changed(model: Any, field: str, value: object) -> Any:
    data = {name: getattr(model, name) for name in type(model).model_fields} | {field: value}
    try:
        return type(model).model_validate(data)
    except ValidationError:
        return None  # the data model already refuses it


def _say(claim: Claim, text: str) -> str:
    """The sentence of an altered claim, as a forger with the renderer would write it."""
    try:
        return render(claim)
    except (KeyError, IndexError, AttributeError):
        return text


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_altered_claim_is_caught(
    bridge_store: Store, checked: dict[str, Answer], question: str
) -> None:
    answer = checked[question]
    ledger = Ledger(bridge_store)
    tried = 0
    for sentence in dict.fromkeys(answer.sentences):
        assert examine(ledger, answer, sentence) == ()
        for field, claim in mutants(sentence.claim):
            for text in {sentence.text, _say(claim, sentence.text)}:
                tried += 1
                forged = Sentence(text=text, claim=claim)
                assert examine(ledger, answer, forged), (field, sentence.claim, claim)
    assert tried > 50 * len(set(answer.sentences)) or not answer.sentences


_SWAPS = (
    ("increases", "decreases"), ("decreases", "increases"), ("causes", "prevents"),
    ("raising", "lowering"), ("lowering", "raising"), ("asserts", "reports"), ("increase", "decrease"),
    ("report", "prove"), ("reports", "proves"), ("associated with", "the cause of"), ("none", "one"),
    ("together", "apart"), ("treats", "causes"), ("affects", "cures"), ("Not counted", "Counted"),
    ("proposes", "shows"), ("denies", "confirms"), ("assert", "doubt"), ("no ", "some "), (".", "!"),
    ("PMID ", "PMID 1"), ("belief 0", "belief 1"), ("nothing", "something"), ("retracted", "approved"),
)  # fmt: skip


def forgeries(text: str) -> Iterator[str]:
    """The sentence with a number, a name or a word altered."""
    for match in re.finditer(r"\d+", text):
        yield text[: match.start()] + str(int(match.group()) + 1) + text[match.end() :]
    for old, new in _SWAPS:
        for match in re.finditer(re.escape(old), text):
            yield text[: match.start()] + new + text[match.end() :]
    for entity in world.ENTITIES:
        if entity.name in text:
            yield text.replace(entity.name, "Placebo")
            yield text.replace(entity.name, "Placebo", 1)
    words = text.split(" ")
    for k in range(len(words)):
        yield " ".join([*words[:k], *words[k + 1 :]])
    yield from (text + " It is safe.", "Certainly: " + text, text.upper(), text + " ", "")


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_altered_sentence_is_caught(
    bridge_store: Store, checked: dict[str, Answer], question: str
) -> None:
    answer = checked[question]
    ledger = Ledger(bridge_store)
    for sentence in dict.fromkeys(answer.sentences):
        for text in set(forgeries(sentence.text)) - {sentence.text}:
            forged = Sentence(text=text, claim=sentence.claim)
            assert examine(ledger, answer, forged), text


def test_claims_of_another_question_are_caught(
    bridge_store: Store, checked: dict[str, Answer]
) -> None:
    ledger = Ledger(bridge_store)
    one, two = checked["Does lithium cause nephropathy?"], checked["What treats hypertension?"]
    for sentence in two.sentences:
        if sentence.claim.cause or sentence.claim.effect:
            assert examine(ledger, one, sentence)


# the answer around the claims ---------------------------------------------------------------


def _first(answer: Answer, **changes: object) -> Answer:
    item = answer.evidence[0].model_copy(update=changes)
    return answer.model_copy(update={"evidence": (item, *answer.evidence[1:])})


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "Lithium is harmless."},
        {"publication": "pubmed:1"},
        {"title": "Another title"},
        {"year": 1901},
        {"start": 11},
        {"end": 9},
        {"negated": True},
        {"hedged": True},
        {"retracted": True},
        {"rung": Rung.INTERVENTION},
        {"statement": "st-0"},
        {"id": "ev-0"},
        {"extractor": "another"},
    ],
    ids=lambda c: next(iter(c)),
)
def test_an_altered_evidence_list_is_caught(
    bridge_store: Store, checked: dict[str, Answer], changes: dict[str, object]
) -> None:
    answer = checked["What is the evidence that lithium raises TSH?"]
    assert check(_first(answer, **changes), bridge_store).problems


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        ("evidence", ()),
        ("understood", ()),
        ("query", None),
        ("sentences", ()),
    ],
)
def test_a_cut_answer_is_caught(
    bridge_store: Store, checked: dict[str, Answer], place: str, changes: object
) -> None:
    answer = checked["What is the evidence that lithium raises TSH?"]
    assert not check(answer.model_copy(update={place: changes}), bridge_store).ok


def test_another_direction_of_the_query_is_caught(
    bridge_store: Store, checked: dict[str, Answer]
) -> None:
    answer = checked["What happens to P38 if we inhibit PKC?"]
    assert answer.query is not None
    query = answer.query.model_copy(update={"direction": 1})
    result = check(answer.model_copy(update={"query": query}), bridge_store)
    assert {f.kind for f in result.failed} >= {ClaimKind.EFFECT, ClaimKind.VERDICT}


def test_altered_figures_are_caught(bridge_store: Store, checked: dict[str, Answer]) -> None:
    answer = checked["What happens to P38 if we inhibit PKC?"]
    for field in ("value", "low", "high"):
        number = answer.numbers[0].model_copy(update={field: 0.123})
        assert check(answer.model_copy(update={"numbers": (number,)}), bridge_store).problems


def test_an_edited_certificate_is_caught(bridge_store: Store, checked: dict[str, Answer]) -> None:
    certificate = checked["Does lithium cause nephropathy?"].certificate()
    text = certificate.dumps().replace("Lithium causes", "Lithium cures", 1)
    edited = Certificate.loads(text)
    assert not edited.intact
    result = check(edited, bridge_store)
    assert "edited" in result.problems[0]
    with pytest.raises(CheckFailedError):
        result.raise_()


def test_a_resealed_forgery_is_caught_by_the_claims(
    bridge_store: Store, checked: dict[str, Answer]
) -> None:
    answer = checked["Does lithium cause nephropathy?"]
    text = answer.model_dump_json().replace("In study 101 we found", "In study 101 we proved")
    forged = Answer.model_validate_json(text).certificate()
    assert forged.intact
    assert not check(forged, bridge_store).ok


def test_result_says_what_is_wrong(bridge_store: Store, checked: dict[str, Answer]) -> None:
    answer = checked["What treats hypertension?"]
    claim = answer.claims[1].model_copy(update={"rung": Rung.INTERVENTION})
    sentence = Sentence(text=render(claim), claim=claim)
    result = check(
        answer.model_copy(update={"sentences": (sentence, *answer.sentences)}), bridge_store
    )
    assert [f.index for f in result.failed] == [0]
    assert result.to_json()["sentences"][0]["reasons"]
    check(answer, bridge_store).raise_()


# the world moves on ---------------------------------------------------------------------------


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "graph") as store:
        world.fill(store, tmp_path)
        yield store


def test_what_changed_since_is_found(own_store: Store, tmp_path: Path) -> None:
    literature = ask(own_store, "What is the evidence that lithium raises TSH?")
    numbers = ask(own_store, "What happens to P38 if we inhibit PKC?")
    none = ask(own_store, "Which genes cause nephropathy?")
    chain = ask(own_store, "Through what does Lonelium act on stroke?")
    assert all(check(a, own_store).ok for a in (literature, numbers, none, chain))

    own_store.set_retracted({"pubmed:121": "pubmed:999"})
    result = check(literature, own_store)
    assert {f.kind for f in result.failed} == {
        ClaimKind.VERDICT,
        ClaimKind.SUPPORT,
        ClaimKind.QUOTE,
    }

    statements = (
        Statement(world.TSH.id, Predicate.CAUSES, world.KIDNEY_DISEASE.id, 1),
        Statement(world.LONELY.id, Predicate.CAUSES, world.HYPERTENSION.id, 1),
        Statement(world.JNK.id, Predicate.INCREASES, world.P38.id, 1),
    )
    evidences = tuple(Evidence(s.id, Rung.CURATED, "another database", "hand") for s in statements)
    own_store.write(Batch(statements=statements, evidences=evidences))
    assert not check(none, own_store).ok
    assert not check(chain, own_store).ok
    # JNK is caused by PKC and now acts on P38: the graph is another one
    assert {f.kind for f in check(numbers, own_store).failed} == {ClaimKind.EFFECT}
    again = ask(own_store, "What happens to P38 if we inhibit PKC?")
    assert check(again, own_store).ok

    path = tmp_path / "signals.csv"
    shutil.copy(path, tmp_path / "kept.csv")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], lines[1]]) + "\n")
    failed = check(again, own_store).failed
    assert any("hash differs" in r for f in failed for r in f.reasons)
    changed = ask(own_store, "What happens to P38 if we inhibit PKC?")
    assert changed.refused is not None
    assert "changed since" in changed.refused.message
    assert not changed.numbers
    path.unlink()
    gone = ask(own_store, "What happens to P38 if we inhibit PKC?")
    assert gone.refused is not None
    assert gone.answered
    shutil.copy(tmp_path / "kept.csv", path)
    assert check(again, own_store).ok


def test_another_store_is_said(bridge_store: Store, own_store: Store) -> None:
    answer = ask(own_store, "Does lithium cause nephropathy?")
    result = check(answer, bridge_store)
    assert result.ok  # the same world
    assert result.changed
