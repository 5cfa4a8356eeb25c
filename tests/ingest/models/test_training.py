"""A small model, trained here, does what the shipped one does: learn, keep, find."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from graph.errors import InputError
from graph.model import Publication
from ingest.abbreviations import find_abbreviations
from ingest.document import make_document
from ingest.models import engine as engine_module
from ingest.models.calibration import Curve, calibrate
from ingest.models.corpora import GoldDocument, GoldMention
from ingest.models.crf import viterbi
from ingest.models.external import CLASSES
from ingest.models.lexicon import Lexicon
from ingest.models.name_parts import score_ner
from ingest.models.ner_training import FOLDS, Settings, labels_of, train_ner
from ingest.models.second import add_first_pass, label_spans
from ingest.models.synonyms import learn, load, save
from ingest.models.tagger import NerModel, bundled
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


def test_the_engine_agrees_with_the_definition(model: NerModel) -> None:
    """The compiled path against columns, plain inference and the second pass, feature by feature."""
    engine = model.engine()
    texts = [gold(n).text for n in range(30, 33)]
    texts.append(
        "Renal Failure (RF) of aspirin: RF's 3-β-x_y Ω ataxia. Aspirin, RF and (RF) again\nΣ. RF"
    )
    for text in texts:
        document = make_document(Publication(id="pubmed:1"), [("abstract", "", text)])
        sentences = split_document(document)
        abbreviations = find_abbreviations(document.text, sentences)
        layout = model.layout(document.text, sentences, abbreviations)
        tokens = engine.tokens(document.text, sentences)
        assert tokens.words == layout.words
        total, *forms = engine.emissions(tokens, abbreviations)
        cdr, six = model.taggers["cdr"].first, model.taggers["six"]
        assert six.second is not None
        cut = engine.cuts["cdr", 0]
        np.testing.assert_allclose(total[:, cut], cdr.emissions(layout), atol=1e-4)
        first = engine.marginals("cdr", 0, np.ascontiguousarray(total[:, cut]), tokens)
        np.testing.assert_allclose(first, cdr.marginals(layout), atol=1e-4)
        add_first_pass(layout, first, cdr.labels, column="h")
        mine = np.ascontiguousarray(total[:, engine.cuts["six", 0].start :])
        engine.add_first_pass("h", ("cdr", 0), first, tokens, (forms[0], forms[1]), mine)
        size = len(six.first.labels)
        np.testing.assert_allclose(mine[:, :size], six.first.emissions(layout), atol=1e-4)
        first = engine.marginals("six", 0, np.ascontiguousarray(mine[:, :size]), tokens)
        add_first_pass(layout, first, six.first.labels)
        scores = np.ascontiguousarray(mine[:, size:])
        engine.add_first_pass("six", ("six", 0), first, tokens, (forms[0], forms[1]), scores)
        np.testing.assert_allclose(scores, six.second.emissions(layout), atol=1e-4)
        best = viterbi(scores, six.second.transitions, layout.first, layout.last)
        chosen = [six.second.labels[i] for i in best]
        expected = [
            (a + s, a + e, kind)
            for a, b in zip(layout.first, layout.last, strict=True)
            for s, e, kind in label_spans(chosen[a:b])
        ]
        assert [r[:3] for r in engine.run(tokens, abbreviations, ("six",))["six"]] == expected


def test_an_engine_from_the_disk_says_the_same(model: NerModel) -> None:
    engine = model.engine()
    document = gold(31).document()
    sentences = split_document(document)
    tokens = engine.tokens(document.text, sentences)
    expected = engine.run(tokens, (), ("cdr", "six"))
    assert expected["cdr"]
    again = pickle.loads(pickle.dumps(engine))
    words = (set(e.__getstate__()["_norms"]) for e in (again, engine))
    assert len({frozenset(w) for w in words}) == 1  # the words it met are not kept
    tokens = again.tokens(document.text, sentences)
    assert again.run(tokens, (), ("cdr", "six")) == expected


def test_the_bundled_model_is_the_same_from_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "Lithium-induced polyuria in rats with AQP2 p.V600E mutations was not due to naloxone."
    document = make_document(Publication(id="pubmed:1"), [("abstract", "", text)])
    monkeypatch.setenv("ETIOGRAPH_CACHE", str(tmp_path))
    found = []
    for _ in range(2):
        bundled.cache_clear()
        mentions = CrfRecogniser().recognise(document, split_document(document), ())
        found.append([(m.start, m.end, m.category, m.score) for m in mentions])
        assert CrfRecogniser().version == CrfRecogniser(bundled()).version
    bundled.cache_clear()
    assert found[0] == found[1]
    assert {m[:2] for m in found[0]} >= {(0, 7), (16, 24), (28, 32)}
    assert list(tmp_path.glob("tagger-*.table"))


def test_an_engine_that_forgets_says_the_same(
    model: NerModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = [gold(n) for n in range(24, 36)]
    before = score_ner(model, documents, "six", ("chemical", "disease", "species"))
    monkeypatch.setattr(engine_module, "_MAX_WORDS", 5)
    assert score_ner(model, documents, "six", ("chemical", "disease", "species")) == before


def test_curves_survive_the_file_and_keep_the_order(model: NerModel, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(4000)
    rows = [[(float(p) ** 0.5, bool(rng.random() < p)) for p in truth[i::40]] for i in range(40)]
    curve, report = calibrate(rows)
    assert float(report["ece"]) < 0.04 < float(report["raw"])  # type: ignore[arg-type]
    values = [curve(s) for s in np.linspace(0, 1, 101).tolist()]
    assert values == sorted(values)
    assert 0 < values[0] < values[-1] < 1
    assert Curve((), ())(0.3) == 0.3
    model.curves["cdr"] = curve
    model.save(tmp_path / "c.npz")
    model.curves.clear()
    assert NerModel.load((tmp_path / "c.npz").read_bytes()).curves == {"cdr": curve}


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
    assert learned["chemical"]["lithium"] == (("mesh:D1", 3),)
    save(learned, tmp_path / "s.tsv.gz")
    assert load((tmp_path / "s.tsv.gz").read_bytes()) == learned
    with pytest.raises(InputError, match="damaged"):
        load(b"nonsense")
