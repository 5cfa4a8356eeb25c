"""Trial results: the model, its training, and the extractor. The sentences were written for these tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InputError
from graph.model import Category, Predicate, Publication, Rung
from ingest.document import Document, Mention, make_document
from ingest.models.claim_features import Question, features, p_values
from ingest.models.claim_training import calibration, fit, macro_f1, out_of_fold, read_examples
from ingest.models.claim_trials import OUTCOMES, TrialModel
from ingest.relations.base import Relation
from ingest.relations.trials import TrialExtractor, is_randomised
from ingest.sentences import split_document

NAMES = {
    "amiloride": Category.CHEMICAL, "lithium": Category.CHEMICAL, "headache": Category.PHENOTYPE,
    "thirst": Category.PHENOTYPE, "gout": Category.DISEASE,
}  # fmt: skip
OPENING = "Sixty people were randomly assigned to amiloride or placebo in a double-blind trial. "
QUESTION = Question("amiloride", "placebo", "thirst")


def trial(result: str, *, types: tuple[str, ...] = (), opening: str = OPENING) -> Document:
    return make_document(
        Publication("pubmed:1", types=types),
        [("title", "", "A salt"), ("abstract", "", opening + result)],
    )


def read(document: Document) -> list[Relation]:
    mentions = []
    for name, category in NAMES.items():
        start = document.text.lower().find(name)
        while start >= 0:
            text = document.text[start : start + len(name)]
            mentions.append(Mention(start, start + len(name), text, category, f"mesh:{name}"))
            start = document.text.lower().find(name, start + 1)
    mentions.sort(key=lambda m: m.start)
    return TrialExtractor().read(document, split_document(document), mentions)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Thirst was significantly lower in the amiloride group than in the placebo group (P < 0.001).", "decreased"),
        ("Thirst was significantly higher with amiloride than with placebo (p = 0.01).", "increased"),
        ("There was no significant difference in thirst between amiloride and placebo (p = 0.4).", "no difference"),
        ("Thirst did not differ between groups.", "no difference"),
        ("Compared with placebo, amiloride significantly reduced thirst (p < 0.01).", "decreased"),
    ],
)  # fmt: skip
def test_the_model(text: str, answer: str) -> None:
    found = TrialModel.load().predict(text, QUESTION)
    assert found.shape == (3,)
    assert found.sum() == pytest.approx(1.0)
    assert OUTCOMES[int(found.argmax())] == answer


def test_p_values() -> None:
    text = "(P < 0.05), p=0·3, P = NS, p-value of 0.01 less"
    assert [(v, s) for _, v, s in p_values(text)][:3] == [(0.05, "<"), (0.3, "="), (1.0, "=")]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.text(max_size=20), st.text(max_size=20))
def test_features_of_anything(text: str, arm: str, outcome: str) -> None:
    question = Question(arm, "placebo", outcome)
    found = features(text, question)
    assert found == features(text, question)
    assert all(np.isfinite(v) for v in found.values())


def test_a_result_becomes_evidence_of_an_intervention() -> None:
    document = trial("Thirst was significantly lower with amiloride than with placebo (P < 0.001).")
    (found,) = read(document)
    assert found.rung is Rung.INTERVENTION
    assert found.predicate is Predicate.DECREASES
    assert (found.subject.text, found.object.text, found.sign) == ("amiloride", "Thirst", -1)
    assert not found.negated
    details = dict(found.details)
    assert details["comparator"] == "placebo"
    assert details["study"] == "trial"
    assert details["p"] == "<0.001"
    assert document.text[found.trigger_start : found.trigger_end] == "lower"
    assert 0.0 < found.score <= 1.0


def test_no_difference_denies_an_effect() -> None:
    (found,) = read(
        trial(
            "There was no significant difference in thirst between amiloride and placebo (P = 0.4)."
        )
    )
    assert found.predicate is Predicate.AFFECTS
    assert found.negated
    assert found.sign == 0


@pytest.mark.parametrize(
    "result",
    [
        "We aimed to test whether amiloride lowers thirst.",
        "Thirst was significantly lower with amiloride than with lithium (P < 0.001).",
        "In patients with gout, amiloride was given for a week.",
        "Amiloride lowered weight in patients with gout (P < 0.001).",
        "Thirst fell from baseline and was lower with amiloride than before it.",
        "Amiloride levels were lower in thirst.",
        "Was thirst lower with amiloride than with placebo?",
    ],
)
def test_it_abstains(result: str) -> None:
    assert read(trial(result)) == []


def test_only_randomised_trials() -> None:
    result = "Thirst was significantly lower with amiloride than with placebo (P < 0.001)."
    plain = trial(result, opening="Sixty people took amiloride or placebo. ")
    assert not is_randomised(plain)
    assert read(plain) == []
    assert is_randomised(trial(result, types=("Randomized Controlled Trial",), opening=""))
    rats = "Rats were randomized to amiloride or placebo. The rats drank; each rat was weighed. "
    assert not is_randomised(trial(result, opening=rats))
    assert not is_randomised(trial(result, types=("Review",)))
    assert read(trial(result)) == read(trial(result))


def test_model_files(tmp_path: Path) -> None:
    model = TrialModel(
        {"a": 0, "bias": 1}, np.ones((2, 3), np.float32), np.zeros(3, np.float32), 2.0
    )
    model.save(tmp_path / "m.npz")
    model.save(tmp_path / "n.npz")
    assert (tmp_path / "m.npz").read_bytes() == (tmp_path / "n.npz").read_bytes()
    again = TrialModel.load(tmp_path / "m.npz")
    assert again.names == model.names
    assert again.temperature == 2.0
    assert np.array_equal(again.weights, model.weights)
    with pytest.raises(InputError, match="no model of trial results"):
        TrialModel.load(tmp_path / "missing.npz")
    np.savez(tmp_path / "other.npz", format=np.array("x"))
    with pytest.raises(InputError, match="not a model"):
        TrialModel.load(tmp_path / "other.npz")


def test_training_learns_and_repeats() -> None:
    pytest.importorskip("sklearn")
    rows = [{"bias": 1.0, "up": float(i % 3 == 1), "down": float(i % 3 == 2)} for i in range(60)]
    labels = np.array([i % 3 for i in range(60)])
    model = fit(rows, labels)
    assert [int(model.of_features(r).argmax()) for r in rows[:3]] == [0, 1, 2]
    again = fit(rows, labels)
    assert np.array_equal(model.weights, again.weights)


def test_measures() -> None:
    labels = np.array([0, 1, 2, 2])
    assert macro_f1(labels, labels, 3) == pytest.approx(100.0)
    error, table = calibration(
        np.array([0.75, 0.75, 0.75, 0.75]), np.array([True, True, True, False])
    )
    assert error == pytest.approx(0.0)
    assert table == [(0.75, 0.75, 0.8, 4)]
    with pytest.raises(InputError, match="Evidence Inference"):
        read_examples(Path("/nowhere"))


@pytest.mark.slow
def test_figures_on_evidence_inference(shared_data: Path) -> None:
    pytest.importorskip("sklearn")
    examples = read_examples(shared_data)
    labels = np.array([e.label for e in examples])
    found, fold = out_of_fold(examples)
    articles = [e.article for e in examples]
    assert len(set(zip(articles, fold, strict=True))) == len(
        set(articles)
    )  # no article in two folds
    assert macro_f1(labels, found.argmax(axis=1), 3) >= 70.0
