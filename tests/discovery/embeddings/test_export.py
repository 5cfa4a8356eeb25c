"""Export from both stores: what counts, what is left out, and vectors that Cypher finds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from discovery.embeddings.export import Selection, export_store, write_parquet
from discovery.embeddings.files import Source
from graph.errors import DataError, InputError, UsageError
from graph.model import (
    Batch,
    Category,
    Entity,
    Evidence,
    Predicate,
    Publication,
    Rung,
    Statement,
    Status,
)
from graph.store import Decision, Store
from graph.stores.vectors import INDEX, drop_vectors, similar, write_vectors

ENTITIES = (
    Entity("chebi:1", "drug", Category.CHEMICAL),
    Entity("hgnc:1", "gene one", Category.GENE),
    Entity("hgnc:2", "gene two", Category.GENE),
    Entity("mesh:D1", "disease", Category.DISEASE),
)
PAPERS = (
    Publication("pubmed:1", year=2001),
    Publication("pubmed:2", year=2010),
    Publication("pubmed:3", year=2005, retracted=True, retraction="pubmed:9"),
)
TREATS = Statement("chebi:1", Predicate.TREATS, "mesh:D1", sign=-1)
RAISES = Statement("chebi:1", Predicate.INCREASES, "hgnc:1", sign=1)
LINKED = Statement("hgnc:1", Predicate.ASSOCIATED_WITH, "mesh:D1")
GUESSED = Statement("hgnc:2", Predicate.AFFECTS, "mesh:D1")


def said(statement: Statement, rung: Rung, publication: str = "", **more: object) -> Evidence:
    return Evidence(statement.id, rung, "test", "test", publication=publication, **more)  # type: ignore[arg-type]


EVIDENCE = (
    said(TREATS, Rung.ASSERTION, "pubmed:1", text="The drug treats it.", start=0, end=19),
    said(
        TREATS, Rung.ASSERTION, "pubmed:2", text="It did not help.", start=3, end=19, negated=True
    ),
    said(TREATS, Rung.INTERVENTION, "pubmed:2"),
    said(RAISES, Rung.CURATED),
    said(RAISES, Rung.ASSERTION, "pubmed:3"),
    said(LINKED, Rung.ASSOCIATION, "pubmed:2", text="The  drug TREATS it.", start=0, end=20),
    said(LINKED, Rung.PREDICTED, score=0.9),
    said(GUESSED, Rung.PREDICTED, score=0.9),
)


@pytest.fixture
def filled(store: Store) -> Store:
    statements = (TREATS, RAISES, LINKED, GUESSED)
    store.write(Batch(ENTITIES, PAPERS, statements, EVIDENCE))
    return store


def edges(source: Source) -> dict[tuple[str, str, str], int]:
    t = source.triples
    return {
        (t.entities[h], t.relations[r], t.entities[e]): i
        for i, (h, r, e) in enumerate(zip(t.heads, t.edges_relation, t.tails, strict=True))
    }


def test_an_export_has_what_is_believed_and_not_what_is_predicted(filled: Store) -> None:
    source = export_store(filled)
    found, t = edges(source), source.triples
    assert set(found) == {
        (s.subject, s.predicate.value, s.object) for s in (TREATS, RAISES, LINKED)
    }
    treats = found["chebi:1", "treats", "mesh:D1"]
    stored = filled.statement(TREATS.id)
    assert stored is not None
    assert t.belief[treats] == pytest.approx(stored.belief, abs=1e-6)
    assert (t.evidence[treats], t.year[treats], t.sign[treats]) == (2, 2001, -1)
    assert t.papers is not None
    assert t.papers[treats] == ("pubmed:1", "pubmed:2")
    # the retracted paper counts nothing
    raises = found["chebi:1", "increases", "hgnc:1"]
    assert (t.evidence[raises], t.year[raises]) == (1, 0)
    # the prediction is not evidence of what is also asserted
    linked = found["hgnc:1", "associated_with", "mesh:D1"]
    assert (t.evidence[linked], t.belief[linked]) == (1, pytest.approx(0.5))
    assert source.labels["hgnc:1"] == "gene one"
    assert t.types[t.index["mesh:D1"]] == "Disease"
    # the same words in two papers are one sentence
    assert t.sentences is not None
    assert set(t.sentences[linked]) <= set(t.sentences[treats])


def test_a_prediction_that_was_accepted_is_exported_and_said(filled: Store) -> None:
    filled.decide(Decision(GUESSED.id, "accept", "a person"))
    source = export_store(filled)
    assert ("hgnc:2", "affects", "mesh:D1") in edges(source)
    assert "1 of them are predictions that a person accepted." in source.notes
    filled.decide(Decision(GUESSED.id, "undo", "a person"))
    assert ("hgnc:2", "affects", "mesh:D1") not in edges(export_store(filled))


def test_a_date_cut_knows_nothing_later(filled: Store) -> None:
    found = export_store(filled, Selection(until=2005))
    assert set(edges(found)) == {("chebi:1", "treats", "mesh:D1")}
    assert found.triples.belief[0] == pytest.approx(0.65)
    assert found.triples.evidence[0] == 1


def test_rungs_categories_predicates_and_beliefs_choose(filled: Store) -> None:
    def keys(selection: Selection) -> set[str]:
        return {predicate for _, predicate, _ in edges(export_store(filled, selection))}

    assert keys(Selection.of(rungs=["curated"])) == {"increases"}
    assert keys(Selection.of(categories=["ChemicalEntity", "Gene"])) == {"increases"}
    assert keys(Selection.of(predicates=["treats"])) == {"treats"}
    assert keys(Selection.of(min_belief=0.9)) == {"increases"}
    assert keys(Selection.of(statuses=["curated"])) == {"increases"}


def test_nothing_chosen_and_wrong_choices_are_said(filled: Store) -> None:
    with pytest.raises(DataError, match="no edge is exported: 0 statements"):
        export_store(filled, Selection.of(statuses=["refuted"]))
    with pytest.raises(DataError, match="no entity"):
        export_store(filled, Selection.of(categories=["Taxon"]))
    with pytest.raises(UsageError, match="predicted"):
        Selection.of(rungs=["predicted"])
    with pytest.raises(UsageError, match="maybe"):
        Selection.of(statuses=["maybe"])


def test_vectors_are_found_by_cypher(filled: Store) -> None:
    ids = [e.id for e in ENTITIES]
    vectors = np.array([[1, 0, 0.1], [0.9, 0.1, 0], [0, 1, 0], [-1, 0, 0]])
    assert write_vectors(filled, [*ids, "hgnc:99"], [*vectors, vectors[0]], model="m") == 4
    found = similar(filled, "chebi:1", most=2)
    assert [i for i, _ in found] == ["hgnc:1", "hgnc:2"]
    cosine = vectors[0] @ vectors[1] / np.linalg.norm(vectors[0]) / np.linalg.norm(vectors[1])
    assert found[0][1] == pytest.approx((1 + cosine) / 2, abs=1e-4)
    rows = filled.read(
        "MATCH (n:Entity {id: 'chebi:1'}) "
        f"CALL db.index.vector.queryNodes('{INDEX[filled.backend]}', 2, n.embedding) "
        "YIELD node, score RETURN node.id AS id, node.embedding_model AS model"
    ).rows
    assert {(r["id"], r["model"]) for r in rows} == {("chebi:1", "m"), ("hgnc:1", "m")}
    # others of another length take their place
    assert write_vectors(filled, ids[:2], [[1.0, 0.0], [0.0, 1.0]]) == 2
    with pytest.raises(InputError, match="has no vector"):
        similar(filled, "mesh:D1")
    assert [i for i, _ in similar(filled, "chebi:1")] == ["hgnc:1"]
    assert filled.check().ok
    drop_vectors(filled)
    with pytest.raises(InputError, match="has no vector"):
        similar(filled, "chebi:1")
    with pytest.raises(InputError, match="no such entity"):
        similar(filled, "hgnc:404")


def test_vectors_that_cannot_be_compared_are_refused(embedded_store: Store) -> None:
    embedded_store.write(Batch(ENTITIES))
    for bad in ([[0.0, 0.0]], [[float("nan"), 1.0]], [[float("inf"), 1.0]]):
        with pytest.raises(InputError, match="hgnc:1"):
            write_vectors(embedded_store, ["hgnc:1"], bad)
    with pytest.raises(InputError, match="1 ids for 2 vectors"):
        write_vectors(embedded_store, ["hgnc:1"], [[1.0], [1.0]])


def test_statements_keep_their_order_whatever_the_store_gives(filled: Store) -> None:
    one, two = export_store(filled), export_store(filled)
    assert one.triples.hash == two.triples.hash
    assert replace(Selection(), statuses=frozenset(Status)) != Selection()


def test_parquet(tmp_path: Path) -> None:
    from pyarrow import parquet

    path = tmp_path / "v.parquet"
    assert write_parquet(path, ["a", "b"], [[1, 2], [3, 4]], model="m") == 2
    table = parquet.read_table(path)
    assert table.to_pydict() == {"id": ["a", "b"], "vector": [[1.0, 2.0], [3.0, 4.0]]}
    assert table.schema.metadata[b"model"] == b"m"
    with pytest.raises(DataError):
        write_parquet(path, ["a"], [[1, 2], [3, 4]])
