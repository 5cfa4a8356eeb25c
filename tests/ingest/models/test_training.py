"""A small model, trained here, does what the shipped one does: learn, keep, find."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graph.errors import InputError
from graph.model import Publication
from ingest.abbreviations import find_abbreviations
from ingest.document import make_document
from ingest.models.bank import Bank
from ingest.models.corpora import GoldDocument, GoldMention
from ingest.models.external import CLASSES
from ingest.models.features import GROUPS
from ingest.models.lexicon import Lexicon
from ingest.models.ner_training import FOLDS, Settings, labels_of, train_ner
from ingest.models.synonyms import learn, load, save
from ingest.models.tagger import NerModel
from ingest.models.train import score_ner
from ingest.recognisers.crf import CrfRecogniser
from ingest.sentences import split_document

pytest.importorskip("pycrfsuite", reason="training needs python-crfsuite")

DRUGS = ("lithium", "aspirin", "naloxone", "clonidine", "ibuprofen", "digoxin")
ILLS = ("nausea", "renal failure", "seizures", "gastric ulcer", "ataxia", "heart block")


def gold(number: int) -> GoldDocument:
    drug, ill = DRUGS[number % 6], ILLS[(number * 5 + 1) % 6]
    title = f"Effect of {drug} in rats"
    abstract = f"Patients given {drug} developed {ill}. The {ill} was due to {drug}."
    text = f"{title}\n{abstract}"
    mentions = []
    for name, kind, id in ((drug, "chemical", "D1"), (ill, "disease", "D2")):
        start = text.find(name)
        while start >= 0:
            mentions.append(GoldMention(start, start + len(name), name, kind, (id,)))
            start = text.find(name, start + 1)
    if number % 2:
        mentions.append(GoldMention(len(title) - 4, len(title), "rats", "species", ("10116",)))
    ordered = tuple(sorted(mentions, key=lambda m: m.start))
    return GoldDocument(str(number), title, abstract, ordered)


@pytest.fixture(scope="module")
def model() -> NerModel:
    documents = [gold(n) for n in range(24)]
    return train_ner(
        {"bc5cdr": documents, "biored": documents},
        Lexicon.of([("lithium", 1), ("nausea", 2)]),
        settings=Settings(epochs=15, minimum=1, c2=0.1),
    )


def test_learns_and_survives_the_file(model: NerModel, tmp_path: Path) -> None:
    documents = [gold(n) for n in range(24, 36)]
    before = score_ner(model, documents, "cdr", ("chemical", "disease"))["micro"]
    assert before.f1 > 95
    path = tmp_path / "ner.npz"
    model.save(path)
    data = path.read_bytes()
    again = NerModel.load(data)
    assert again.classes == CLASSES
    assert score_ner(again, documents, "cdr", ("chemical", "disease"))["micro"] == before
    path.unlink()
    model.save(path)
    assert path.read_bytes() == data
    again.save(path)
    assert NerModel.load(path.read_bytes()).names == again.names


def test_the_bank_agrees_with_the_crf(model: NerModel) -> None:
    crfs = [model.taggers["cdr"].first, model.taggers["six"].first]
    bank = Bank(crfs)
    for number in range(30, 36):
        document = gold(number).document()
        sentences = split_document(document)
        layout = model.layout(
            document.text, sentences, find_abbreviations(document.text, sentences)
        )
        scores = bank.scores(layout, [g.name for g in GROUPS])
        for crf, cut in zip(crfs, bank.cuts, strict=True):
            np.testing.assert_allclose(scores[:, cut], crf.emissions(layout), atol=1e-4)


def test_training_twice_gives_the_same(model: NerModel, tmp_path: Path) -> None:
    documents = [gold(n) for n in range(24)]
    other = train_ner(
        {"bc5cdr": documents[::-1], "biored": documents},
        Lexicon.of([("lithium", 1), ("nausea", 2)]),
        settings=Settings(epochs=15, minimum=1, c2=0.1),
    )
    model.save(tmp_path / "a.npz")
    other.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_damaged_files_are_refused(model: NerModel, tmp_path: Path) -> None:
    model.save(tmp_path / "ner.npz")
    data = (tmp_path / "ner.npz").read_bytes()
    for broken in (b"", b"nonsense", data[: len(data) // 2], data[:-200]):
        with pytest.raises(InputError, match="damaged"):
            NerModel.load(broken, name="x")


def test_recogniser_finds_the_six_types(model: NerModel) -> None:
    document = make_document(
        Publication(id="pubmed:1"), [("title", "", "Effect of aspirin in rats"), ("abstract", "", "Patients given aspirin developed ataxia.")]
    )  # fmt: skip
    sentences = split_document(document)
    abbreviations = find_abbreviations(document.text, sentences)
    recogniser = CrfRecogniser(model, types=("chemical",))
    found = recogniser.recognise(document, sentences, abbreviations)
    assert [m.text for m in found] == ["aspirin", "aspirin"]
    assert all(document.text[m.start : m.end] == m.text and 0 < m.score <= 1 for m in found)
    everything = CrfRecogniser(model).recognise(document, sentences, abbreviations)
    assert {m.text for m in everything} >= {"aspirin", "ataxia"}
    assert CrfRecogniser(model, least=1.01).recognise(document, sentences, abbreviations) == []


def test_labels() -> None:
    assert labels_of(5, [(0, 1, "x"), (1, 4, "y")]) == ["S-x", "B-y", "I-y", "E-y", "O"]
    assert FOLDS > 1


def test_learned_names_survive_the_file(tmp_path: Path) -> None:
    learned = learn([gold(n) for n in range(6)])
    assert learned["chemical"]["lithium"] == ("mesh:D1", 3)
    save(learned, tmp_path / "s.tsv.gz")
    assert load((tmp_path / "s.tsv.gz").read_bytes()) == learned
    with pytest.raises(InputError, match="damaged"):
        load(b"nonsense")
