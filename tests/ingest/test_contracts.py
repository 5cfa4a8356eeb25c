"""Contracts that every registered recogniser, linker and relation extractor keeps.

A new implementation adds its case here; one without a case fails.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graph.errors import UsageError
from graph.model import Category
from ingest import linkers, recognisers, relations
from ingest.abbreviations import find_abbreviations
from ingest.document import Document, Mention
from ingest.pipeline import Pipeline
from ingest.registry import Registry
from ingest.sentences import split_document

TEXTS = (
    "Lithium causes nephrogenic diabetes insipidus (NDI). NDI was prevented by amiloride.",
    "The α-subunit 𝔘 of İL-6 … in 3 µM Ménière’s disease; TNF-α-induced apoptosis.",
    "No names here.",
    "()[]{}!? \t \u00a0 \u200b",
    "x" * 5000,
)
RECOGNISERS = {
    "crf": ("Lithium causes polyuria.", {"Lithium", "polyuria"}),
    "crf-biored": ("Lithium causes polyuria.", {"Lithium", "polyuria"}),
    "dictionary": ("Lithium causes polyuria.", {"Lithium", "polyuria"}),
    "dictionary-beside": ("Lithium causes polyuria.", {"polyuria"}),
}
LINKERS = {
    "minilm": ("polyuric", Category.PHENOTYPE, "mesh:D011141"),
    "names": ("polyuria", Category.PHENOTYPE, "mesh:D011141"),
    "ngram": ("polyuric", Category.PHENOTYPE, "mesh:D011141"),
}
EXTRACTORS = {
    "learned": ("Lithium causes polyuria.", ("Lithium", "causes", "polyuria")),
    "learned-sure": ("Lithium causes polyuria.", ("Lithium", "causes", "polyuria")),
    "patterns": ("Lithium causes polyuria.", ("Lithium", "causes", "polyuria")),
    "trials": (
        "Sixty people were randomly assigned to lithium or placebo in a double-blind trial. Polyuria"
        " was significantly more frequent with lithium than with placebo (P < 0.001).",
        ("lithium", "increases", "Polyuria"),
    ),
}

Make = Callable[..., Document]


@pytest.mark.parametrize("name", list(recognisers.REGISTRY))
def test_every_recogniser(name: str, document: Make) -> None:
    assert name in RECOGNISERS, f"the recogniser {name!r} has no test case"
    recogniser = recognisers.REGISTRY.make(name)
    assert recogniser.name == name
    assert recogniser.version
    for text in (*TEXTS, RECOGNISERS[name][0]):
        made = document(text)
        sentences = split_document(made)
        abbreviations = find_abbreviations(made.text, sentences)
        mentions = recogniser.recognise(made, sentences, abbreviations)
        assert mentions == recogniser.recognise(made, sentences, abbreviations)
        position = 0
        for mention in mentions:
            assert position <= mention.start < mention.end
            assert made.text[mention.start : mention.end] == mention.text
            assert 0.0 <= mention.score <= 1.0
            position = mention.end
    assert {m.text for m in mentions} >= RECOGNISERS[name][1]


@pytest.mark.parametrize("name", list(linkers.REGISTRY))
def test_every_linker(name: str, document: Make) -> None:
    assert name in LINKERS, f"the linker {name!r} has no test case"
    linker = linkers.REGISTRY.make(name)
    assert linker.name == name
    assert linker.version
    text, category, id = LINKERS[name]
    made = document(f"{text} and qqxxyyzz and lithium")
    mentions = [
        Mention(0, len(text), text, category),
        Mention(len(text) + 5, len(text) + 13, "qqxxyyzz", Category.DISEASE),
        Mention(len(text) + 18, len(text) + 25, "lithium", Category.CHEMICAL, "mesh:D1"),
    ]
    linked = linker.link(made, mentions, [])
    assert [m.entity for m in linked] == [id, None, "mesh:D1"]
    assert [(m.start, m.end, m.text) for m in linked] == [
        (m.start, m.end, m.text) for m in mentions
    ]
    entity = linker.entity(id)
    assert entity is not None
    assert entity.id == id
    assert linker.entity("mesh:nosuch") is None


@pytest.mark.parametrize("name", list(relations.REGISTRY))
def test_every_relation_extractor(name: str, document: Make) -> None:
    assert name in EXTRACTORS, f"the relation extractor {name!r} has no test case"
    pipeline = Pipeline(extractors=(name,))
    for text in (*TEXTS, EXTRACTORS[name][0]):
        extraction = pipeline(document(text))
        seen = set()
        for extractor, version, relation in extraction.relations:
            assert (extractor, version) == (name, pipeline.extractors[0].version)
            assert relation.subject.entity
            assert relation.object.entity
            assert relation.subject.entity != relation.object.entity
            sentence = relation.sentence
            for mention in (relation.subject, relation.object):
                assert sentence.start <= mention.start < mention.end <= sentence.end
            assert relation.trigger_start == relation.trigger_end == -1 or (
                sentence.start <= relation.trigger_start < relation.trigger_end <= sentence.end
            )
            assert relation.sign in (-1, 0, 1)
            assert 0.0 <= relation.score <= 1.0
            triple = (
                sentence,
                relation.subject.entity,
                relation.predicate,
                relation.object.entity,
                relation.sign,
            )
            assert triple not in seen
            seen.add(triple)
    subject, predicate, object = EXTRACTORS[name][1]
    assert (subject, predicate, object) in {
        (r.subject.text, r.predicate.value, r.object.text) for _, _, r in extraction.relations
    }


def test_a_resolver_takes_names_classes_and_instances() -> None:
    registry = recognisers.REGISTRY
    cls = registry.lookup("dictionary")
    one = registry.make(cls)
    assert registry.make(one) is one
    assert isinstance(registry.make("dictionary"), cls)
    assert "dictionary" in registry
    assert len(registry) >= 1
    with pytest.raises(UsageError, match="Known: "):
        registry.make("nosuch")
    with pytest.raises(UsageError, match="is not a"):
        registry.make(3)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="settings"):
        registry.make(one, matcher=None)


def test_registering_from_outside() -> None:
    registry: Registry[recognisers.Recogniser] = Registry("recogniser", recognisers.Recogniser, {})  # type: ignore[type-abstract]
    cls = recognisers.REGISTRY.lookup("dictionary")
    registry.register("mine", cls)
    assert isinstance(registry.make("mine"), cls)
    with pytest.raises(UsageError, match="already"):
        registry.register("mine", cls)
    with pytest.raises(UsageError, match="is not a"):
        registry.register("other", int)  # type: ignore[arg-type]


def test_the_pipeline_version_follows_its_parts() -> None:
    first = Pipeline()
    assert first.version == Pipeline().version
    assert first.version != Pipeline(extractors=()).version
    assert set(first.stages) >= {
        "sentences",
        "recogniser crf",
        "linker ngram",
        "extractor learned-sure",
        "annotator claims",
    }
