"""The learned extractor with the models of the package. The sentences were written for these tests."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from graph.errors import InputError
from graph.model import Category, Predicate
from ingest.document import Document, Mention
from ingest.models.relation_model import RelationModel, bundled
from ingest.pipeline import Pipeline
from ingest.relations.learned import LearnedExtractor
from ingest.relations.predict import EFFECTS, FIRST, TYPES
from ingest.sentences import split_document

Make = Callable[..., Document]
NAMES = {
    "lithium": ("mesh:D008094", Category.CHEMICAL), "polyuria": ("mesh:D011141", Category.PHENOTYPE),
    "amiloride": ("mesh:D000584", Category.CHEMICAL), "celecoxib": ("mesh:D000068579", Category.CHEMICAL),
    "COX-2": ("hgnc:9605", Category.GENE), "hypertension": ("mesh:D006973", Category.DISEASE),
    "bradycardia": ("mesh:D001919", Category.PHENOTYPE), "IL6": ("hgnc:6018", Category.GENE),
    "ifosfamide": ("mesh:D007069", Category.CHEMICAL), "nausea": ("mesh:D009325", Category.PHENOTYPE),
}  # fmt: skip


def mentions(document: Document) -> list[Mention]:
    text = document.text.lower()
    return sorted(
        (
            Mention(i, i + len(n), document.text[i : i + len(n)], category, id)
            for n, (id, category) in NAMES.items()
            for i in range(len(text))
            if text.startswith(n.lower(), i)
        ),
        key=lambda m: m.start,
    )


def read(document: Document) -> list[tuple[str, str, str]]:
    found = LearnedExtractor().read(document, split_document(document), mentions(document))
    return [(r.subject.text.lower(), r.predicate.value, r.object.text.lower()) for r in found]


CASE = (
    "A woman developed severe polyuria after two weeks of lithium. Polyuria resolved when lithium was "
    "withdrawn and came back on rechallenge. This case shows that lithium can cause polyuria."
)


def test_an_adverse_effect_is_caused(document: Make) -> None:
    made = document(CASE, title="Lithium-induced polyuria.")
    (relation,) = LearnedExtractor().read(made, split_document(made), mentions(made))
    assert (relation.subject.entity, relation.object.entity) == ("mesh:D008094", "mesh:D011141")
    assert (relation.predicate, relation.sign, relation.pattern) == (Predicate.CAUSES, 1, "cid")
    assert relation.score > 0.7
    assert made.text[relation.trigger_start : relation.trigger_end] == "induced"
    assert relation.sentence.text == "Lithium-induced polyuria."


def test_across_sentences(document: Make) -> None:
    made = document(
        "Three patients were given ifosfamide for sarcoma. All of them developed bradycardia within "
        "hours. Bradycardia disappeared when the infusion was stopped.",
        title="Bradycardia: an adverse effect of ifosfamide.",
    )
    assert ("ifosfamide", "causes", "bradycardia") in read(made)


def test_coordinated_arguments_give_all_pairs(document: Make) -> None:
    made = document(
        "Lithium and ifosfamide induced polyuria, nausea and bradycardia in most patients.",
        title="Polyuria, nausea and bradycardia induced by lithium and ifosfamide.",
    )
    causes = {(s, o) for s, p, o in read(made) if p == "causes"}
    assert causes == {
        (s, o) for s in ("lithium", "ifosfamide") for o in ("polyuria", "nausea", "bradycardia")
    }


def test_what_treats_a_disease_does_not_cause_it(document: Make) -> None:
    made = document(
        "Patients with hypertension were treated with amiloride. Amiloride lowered blood pressure and was "
        "effective in the treatment of hypertension.",
        title="Amiloride in the treatment of hypertension.",
    )
    found = read(made)
    assert ("amiloride", "causes", "hypertension") not in found
    assert ("amiloride", "treats", "hypertension") in found


OPPOSITE = (
    "Hypertension increases lithium in serum.",
    "Hypertension raised serum lithium.",
    "Lithium was increased by hypertension.",
    "Polyuria reduces lithium.",
    "Nausea caused elevated lithium.",
)


@pytest.mark.parametrize("sentence", OPPOSITE)
def test_a_pattern_of_the_opposite_direction_overrules_the_document(
    document: Make, sentence: str
) -> None:
    for title in ("", "Serum lithium."):
        found = read(document(sentence, title=title))
        assert not [f for f in found if f[0] == "lithium" and f[1] in ("causes", "treats")]


@pytest.mark.parametrize(
    "support",
    ["Lithium causes hypertension.", "Three patients developed hypertension after lithium."],
)
def test_other_sentences_for_the_pair_keep_it(document: Make, support: str) -> None:
    body = f"{support} Hypertension increases lithium in serum."
    found = read(document(body, title="Lithium-induced hypertension."))
    assert ("lithium", "causes", "hypertension") in found
    found = read(document(body, title="A case report."))
    assert ("lithium", "causes", "hypertension") in found


def test_what_acts_on_a_drug_is_not_acted_on_by_it(document: Make) -> None:
    for sentence in ("IL6 increases celecoxib.", "IL6 inhibits celecoxib."):
        found = read(document(sentence, title="IL6 and celecoxib."))
        assert not [f for f in found if f[1] in ("increases", "decreases")]


def test_what_a_sentence_denies_of_a_compound_is_not_the_compound(document: Make) -> None:
    made = document(
        "Amiloride did not potentiate lithium-induced polyuria in any of the patients.",
        title="Adverse effects of drugs.",
    )
    found = LearnedExtractor().read(made, split_document(made), mentions(made))
    (relation,) = (r for r in found if (r.subject.text, r.object.text) == ("lithium", "polyuria"))
    assert relation.predicate is Predicate.CAUSES
    assert not relation.negated


def test_an_effect_on_a_protein_has_its_aspect(document: Make) -> None:
    made = document(
        "Celecoxib is a selective inhibitor of COX-2. Celecoxib potently inhibited COX-2 activity.",
        title="Inhibition of COX-2 by celecoxib.",
    )
    found = LearnedExtractor().read(made, split_document(made), mentions(made))
    (relation,) = found
    assert relation.predicate is Predicate.DECREASES
    assert relation.qualifiers == (("object_aspect", "activity"),)


def test_cutoffs_can_be_set(document: Make) -> None:
    made = document(CASE, title="Lithium-induced polyuria.")
    strict = LearnedExtractor(cutoffs={"cid": 1.1, "pair": 1.1})
    assert strict.read(made, split_document(made), mentions(made)) == []


def test_it_works_beside_the_patterns(document: Make) -> None:
    pipeline = Pipeline(extractors=("patterns", "learned"))
    extraction = pipeline(document(CASE, title="Lithium-induced polyuria."))
    batch = pipeline.batch(extraction)
    (statement,) = (s for s in batch.statements if s.predicate is Predicate.CAUSES)
    speakers = {e.extractor for e in batch.evidences if e.statement == statement.id}
    assert speakers == {"patterns", "learned"}


# the file -----------------------------------------------------------------------------------


def test_a_model_is_the_same_after_a_round_trip(tmp_path: Path) -> None:
    model = bundled()
    assert model.linear.columns == FIRST
    assert len(model.second["type"].baseline) == len(TYPES)
    assert len(model.second["molecular"].baseline) == 1 + len(EFFECTS)
    model.save(tmp_path / "a.npz")
    model.save(tmp_path / "b.npz")
    data = (tmp_path / "a.npz").read_bytes()
    assert data == (tmp_path / "b.npz").read_bytes()
    assert len(data) <= 8_000_000
    again = RelationModel.load(data)
    assert (again.linear.weights == model.linear.weights).all()
    assert again.thresholds == model.thresholds
    assert again.priors.counts == model.priors.counts
    for name, trees in model.second.items():
        x = np.random.default_rng(0).normal(size=(20, 240))
        np.testing.assert_array_equal(trees(x), again.second[name](x))


@pytest.mark.parametrize("damage", ["cut", "empty", "text"])
def test_damaged_files_are_named(tmp_path: Path, damage: str) -> None:
    bundled().save(tmp_path / "a.npz")
    data = (tmp_path / "a.npz").read_bytes()
    bad = {"cut": data[: len(data) // 2], "empty": b"", "text": b"relations"}[damage]
    with pytest.raises(InputError) as caught:
        RelationModel.load(bad, name="models/x.npz")
    assert caught.value.where == "models/x.npz"


def test_another_format_is_refused() -> None:
    import gzip

    buffer = io.BytesIO()
    header = np.frombuffer(gzip.compress(b'{"format": "other-1"}'), dtype=np.uint8)
    np.savez(buffer, header=header)
    with pytest.raises(InputError, match="other-1"):
        RelationModel.load(buffer.getvalue())
