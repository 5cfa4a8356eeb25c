"""What every registered relation extractor keeps, whatever document it is given."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from graph.model import Category, Publication, Statement
from ingest import relations
from ingest.document import Document, Mention, make_document
from ingest.pipeline import Pipeline
from ingest.relations import RelationExtractor
from ingest.sentences import split_document

KINDS = (Category.CHEMICAL, Category.DISEASE, Category.GENE, Category.VARIANT, Category.TAXON)
WORDS = [
    "causes",
    "inhibits",
    "after",
    "patients",
    "with",
    "treated",
    "no",
    "increased",
    "binds",
    ",",
    ".",
    "(",
    ")",
    "12",
    "β",
    "and",
]


def made(number: int, seed: int, entities: int) -> tuple[Document, list[Mention]]:
    """A document of random words with so many mentions."""
    rng = random.Random(seed)
    pieces: list[str] = []
    marks: list[tuple[int, str, Category, str]] = []
    length = 0
    for n in range(number):
        for _ in range(rng.randrange(4)):
            word = rng.choice(WORDS)
            pieces.append(word)
            length += len(word) + 1
        entity = rng.randrange(entities)
        name = f"Name{entity}"
        marks.append((length, name, KINDS[entity % len(KINDS)], f"x:{entity}"))
        pieces.append(name)
        length += len(name) + 1
        if n % 5 == 4:
            pieces.append("was seen.")
            length += len("was seen.") + 1
    text = " ".join(pieces) or "Nothing."
    document = make_document(Publication("pubmed:1"), [("abstract", "", text)], source="test")
    mentions = [
        Mention(start, start + len(name), name, category, id) for start, name, category, id in marks
    ]
    return document, mentions


@pytest.fixture(params=list(relations.REGISTRY), scope="module")
def extractor(request: pytest.FixtureRequest) -> RelationExtractor:
    one: RelationExtractor = relations.REGISTRY.make(request.param)
    return one


@pytest.mark.parametrize(("number", "entities"), [(0, 1), (1, 1), (2, 2), (12, 5), (200, 200)])
def test_relations_of_any_document(
    extractor: RelationExtractor, number: int, entities: int
) -> None:
    document, mentions = made(number, 7 * number + entities, entities)
    sentences = split_document(document)
    found = extractor.read(document, sentences, mentions)
    assert found == extractor.read(document, sentences, mentions)
    assert len(found) <= 2000
    if number < 2:
        assert found == []
    seen = set()
    for relation in found:
        assert relation.sentence in sentences
        assert relation.subject in mentions
        assert relation.object in mentions
        assert relation.subject.entity
        assert relation.object.entity
        assert 0.0 <= relation.score <= 1.0
        start, end = relation.trigger_start, relation.trigger_end
        assert (start, end) == (-1, -1) or (
            relation.sentence.start <= start < end <= relation.sentence.end
        )
        statement = Statement(
            relation.subject.entity, relation.predicate, relation.object.entity, relation.sign,
            relation.qualifiers,
        )  # fmt: skip
        assert (statement.id, relation.sentence) not in seen
        seen.add((statement.id, relation.sentence))


def test_mentions_without_an_entity_take_no_part(extractor: RelationExtractor) -> None:
    document, mentions = made(12, 3, 6)
    bare = [Mention(m.start, m.end, m.text, m.category) for m in mentions]
    assert extractor.read(document, split_document(document), bare) == []


def test_what_is_read_can_be_written(
    extractor: RelationExtractor, document: Callable[..., Document]
) -> None:
    pipeline = Pipeline(extractors=(extractor,))
    text = "Lithium-induced polyuria was treated with amiloride. Polyuria began after lithium."
    extraction = pipeline(document(text, title="Polyuria caused by lithium."))
    batch = pipeline.batch(extraction)
    ids = {s.id for s in batch.statements}
    assert batch.evidences or extractor.name == "trials"  # it reads results of trials only
    for evidence in batch.evidences:
        assert evidence.statement in ids
        assert extraction.document.text[evidence.start : evidence.end] == evidence.text
        assert evidence.extractor == extractor.name
