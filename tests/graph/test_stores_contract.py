"""What every store must do, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph.dataset import DatasetRecord, Variable
from graph.errors import (
    EtiographError,
    InputError,
    StoreVersionError,
    UsageError,
)
from graph.model import Batch, Category, Entity, Predicate, Publication, Rung, Statement, Status
from graph.store import Decision, Store, WriteCounts
from graph.stores.cypher import CypherStore
from tests.graph.worlds import (
    BINDS,
    DIABETES,
    INSULIN,
    METFORMIN,
    OTHER_PAPER,
    PAPER,
    RAISES,
    TREATS,
    evidence,
    exported,
    large,
    small,
)


def test_write_then_read_back(store: Store) -> None:
    batch = small()
    assert store.write(batch) == WriteCounts(3, 2, 3, 4)
    assert {e.id: e for e in store.entities()} == {e.id: e for e in batch.entities}
    assert {p.id: p for p in store.publications()} == {p.id: p for p in batch.publications}
    assert {e.id: e for e in store.evidences()} == {e.id: e for e in batch.evidences}
    for found in batch.evidences:
        stored = store.evidence(found.id)
        assert stored is not None
        assert (stored, stored.id, stored.score) == (found, found.id, found.score)
    statement = store.statement(RAISES.id)
    assert statement == RAISES
    assert statement is not None
    assert statement.qualifiers == RAISES.qualifiers
    assert [s.id for s in store.statements()] == sorted(s.id for s in batch.statements)
    assert store.entity("mesh:D000000") is None
    assert store.statement("st-0") is None
    assert store.evidence("ev-0") is None
    assert store.publication("pubmed:0") is None
    assert [e.id for e in store.evidences_of(TREATS.id)] == sorted(
        e.id for e in batch.evidences if e.statement == TREATS.id
    )


def test_writing_twice_changes_nothing(store: Store) -> None:
    batch = small()
    store.write(batch)
    before = exported(store)
    assert store.write(batch).total == 0
    assert store.write(batch).total == 0
    assert exported(store) == before
    assert store.check().ok


def test_order_of_arrival_does_not_show(store: Store) -> None:
    batch = small()
    store.write(batch)
    before = exported(store)
    store.remove_publication_evidence([PAPER.id, OTHER_PAPER.id])
    for found in reversed(batch.evidences):
        statement = next(s for s in batch.statements if s.id == found.statement)
        store.write(Batch(statements=(statement,), evidences=(found,)))
    assert exported(store) == before


def test_shape_of_the_graph(store: Store) -> None:
    store.write(small())
    row = store.read(
        "MATCH (m:ChemicalEntity:Entity {id: $id})-[r:TREATS]->(d:Disease) "
        "MATCH (s:Statement {id: r.statement})-[:SUBJECT]->(m) MATCH (s)-[:OBJECT]->(d) "
        "MATCH (e:Evidence)-[:SUPPORTS]->(s) MATCH (e)-[:REPORTED_IN]->(p:Publication) "
        "MATCH (c:Evidence)-[:CONTRADICTS]->(s) "
        "RETURN r, s.belief AS belief, s.status AS status, p.year AS year, c.text AS text",
        {"id": METFORMIN.id},
    ).rows
    assert len(row) == 1
    assert row[0]["r"]["_type"] == "TREATS"
    assert row[0]["r"]["belief"] == row[0]["belief"]
    assert row[0]["r"]["status"] == row[0]["status"] == "asserted"
    assert row[0]["r"]["sign"] == -1
    assert row[0]["year"] == 2001
    assert row[0]["text"] == "It does not."
    node = store.read("MATCH (e:Entity {id: $id}) RETURN e", {"id": INSULIN.id}).rows[0]["e"]
    assert node == {
        "_labels": ["Entity", "Gene"],
        "id": INSULIN.id,
        "name": "INS",
        "category": "Gene",
        "synonyms": ["insulin"],
        "xrefs": ["ncbigene:3630"],
    }


def test_status_and_belief_are_derived(store: Store) -> None:
    store.write(small())
    believed = replace(TREATS, status=Status.CURATED, belief=0.99)
    store.write(Batch(statements=(believed,)))
    treats = store.statement(TREATS.id)
    binds = store.statement(BINDS.id)
    assert treats is not None
    assert binds is not None
    assert treats.status is Status.ASSERTED
    assert 0 < treats.belief < 0.9
    assert binds.status is Status.PROPOSED
    more = evidence(BINDS, PAPER, rung=Rung.CURATED, extractor="table", text="row 1")
    store.write(Batch(evidences=(more,)))
    curated = store.statement(BINDS.id)
    assert curated is not None
    assert curated.status is Status.CURATED
    assert curated.belief > binds.belief
    assert store.check().ok


def test_unknown_references_are_refused_and_nothing_is_kept(store: Store) -> None:
    alone = Batch(entities=(METFORMIN,), statements=(TREATS,))
    with pytest.raises(InputError, match=DIABETES.id):
        store.write(alone)
    with pytest.raises(InputError, match=TREATS.id):
        store.write(Batch(publications=(PAPER,), evidences=(evidence(),)))
    with pytest.raises(InputError, match=PAPER.id):
        store.write(
            Batch(entities=(METFORMIN, DIABETES), statements=(TREATS,), evidences=(evidence(),))
        )
    half = evidence(text="half \ud800 a pair")
    with pytest.raises(InputError, match="surrogate"):
        store.write(replace(small(), evidences=(half,)))
    assert list(store.entities()) == []
    assert list(store.publications()) == []


def test_entities_that_arrive_again(store: Store) -> None:
    stub = Entity(METFORMIN.id, METFORMIN.id)
    assert store.write(Batch(entities=(stub, DIABETES), statements=(TREATS,))).entities == 2
    assert store.write(Batch(entities=(METFORMIN,))).updated == 1
    assert store.entity(METFORMIN.id) == METFORMIN
    assert store.write(Batch(entities=(stub,))).total == 0
    renamed = Entity(METFORMIN.id, "Metformin hydrochloride", synonyms=("Glumetza",))
    assert store.write(Batch(entities=(renamed,))).updated == 1
    found = store.entity(METFORMIN.id)
    assert found is not None
    assert found.name == "Metformin hydrochloride"
    assert found.category is Category.CHEMICAL
    assert {"Metformin", "Glumetza", "Glucophage"} <= set(found.synonyms)
    # the label followed the category and the relationships are still there
    assert store.read("MATCH (n:NamedThing) RETURN n").rows == []
    assert len(store.read("MATCH (:ChemicalEntity)-[r:TREATS]->(:Disease) RETURN r").rows) == 1
    assert store.check().ok


def test_publications_that_arrive_again(store: Store) -> None:
    store.write(Batch(publications=(Publication(PAPER.id),)))
    assert store.write(Batch(publications=(PAPER,))).updated == 1
    assert store.publication(PAPER.id) == PAPER
    assert store.write(Batch(publications=(Publication(PAPER.id),))).total == 0


def test_retraction(store: Store) -> None:
    store.write(small())
    before = store.statement(TREATS.id)
    assert before is not None
    assert store.set_retracted({PAPER.id: "pubmed:9", "pubmed:77": "pubmed:78"}).updated == 2
    after = store.statement(TREATS.id)
    assert after is not None
    assert after.belief == 0.0 < before.belief
    paper = store.publication(PAPER.id)
    assert paper is not None
    assert paper.retracted
    assert paper.retraction == "pubmed:9"
    assert store.set_retracted({PAPER.id: "pubmed:9", "pubmed:77": "pubmed:78"}).total == 0
    # the record as it was does not undo it
    assert store.write(small()).total == 0
    # a publication that arrives after its notice
    late = Publication("pubmed:77", "Late")
    more = evidence(TREATS, late, text="It works.")
    store.write(Batch(publications=(late,), evidences=(more,)))
    found = store.publication("pubmed:77")
    assert found is not None
    assert (found.retracted, found.retraction) == (True, "pubmed:78")
    after = store.statement(TREATS.id)
    assert after is not None
    assert after.belief == 0.0
    assert store.stats()["retracted"] == 2
    assert store.check().ok


def test_retraction_that_comes_with_the_record(store: Store) -> None:
    store.write(small())
    retracted = replace(PAPER, retracted=True, retraction="pubmed:9")
    assert store.write(Batch(publications=(retracted,))).updated == 1
    after = store.statement(TREATS.id)
    assert after is not None
    assert after.belief == 0.0


def test_decisions(store: Store) -> None:
    store.write(small())
    assert store.decide(Decision(BINDS.id, "accept", "ada", "seen it")).status is Status.CURATED
    assert store.decide(Decision(BINDS.id, "reject", "bob")).status is Status.REFUTED
    assert [(d.who, d.action, d.why) for d in store.decisions(BINDS.id)] == [
        ("ada", "accept", "seen it"),
        ("bob", "reject", ""),
    ]
    assert all(d.at for d in store.decisions())
    assert store.decisions(TREATS.id) == []
    # writing again does not undo a decision
    store.write(small())
    binds = store.statement(BINDS.id)
    assert binds is not None
    assert binds.status is Status.REFUTED
    row = store.read("MATCH (d:Decision)-[:DECIDES]->(s:Statement) RETURN count(d) AS n").rows[0]
    assert row["n"] == 2
    with pytest.raises(InputError, match="st-0"):
        store.decide(Decision("st-0", "accept", "ada"))
    with pytest.raises(UsageError, match="maybe"):
        store.decide(Decision(BINDS.id, "maybe", "ada"))
    assert store.check().ok


def test_decisions_can_be_undone(store: Store) -> None:
    store.write(small())

    def decide(action: str) -> Status:
        return store.decide(Decision(BINDS.id, action, "ada")).status

    first = store.statement(BINDS.id)
    assert first is not None
    assert decide("accept") is Status.CURATED
    assert decide("reject") is Status.REFUTED
    # each undo takes back the latest decision that still stands
    assert decide("undo") is Status.CURATED
    assert decide("undo") is first.status
    with pytest.raises(InputError, match="nothing to undo"):
        decide("undo")
    assert decide("reject") is Status.REFUTED
    assert [d.action for d in store.decisions(BINDS.id)] == [
        "accept", "reject", "undo", "undo", "reject",
    ]  # fmt: skip
    store.write(small())
    after = store.statement(BINDS.id)
    assert after is not None
    assert after.status is Status.REFUTED
    assert store.check().ok


def test_a_decision_outlives_its_statement(store: Store) -> None:
    store.write(small())
    store.decide(Decision(RAISES.id, "reject", "ada"))
    store.remove_publication_evidence([OTHER_PAPER.id])
    assert store.statement(RAISES.id) is None
    store.write(small())
    raises = store.statement(RAISES.id)
    assert raises is not None
    assert raises.status is Status.REFUTED
    assert store.check().ok


def test_removing_evidence(store: Store) -> None:
    batch = small()
    store.write(batch)
    kept = evidence(TREATS, OTHER_PAPER, text="It does not.", negated=True, score=0.1 + 0.2)
    assert store.remove_publication_evidence([OTHER_PAPER.id], extractor="other").total == 0
    counts = store.remove_publication_evidence([OTHER_PAPER.id], keep=[kept.id])
    assert counts == WriteCounts(removed=2)  # an evidence, and the statement that had no other
    assert store.statement(RAISES.id) is None
    assert store.evidence(kept.id) is not None
    assert store.read("MATCH (:Gene)-[r:DECREASES]->() RETURN r").rows == []
    assert store.remove_publication_evidence(["pubmed:0"]).total == 0
    assert store.check().ok
    assert store.write(batch).evidences == 1


def test_statements_between(store: Store) -> None:
    store.write(small())
    ids = [s.id for s in store.statements_between()]
    assert set(ids) == {TREATS.id, RAISES.id, BINDS.id}
    beliefs = [s.belief for s in store.statements_between()]
    assert beliefs == sorted(beliefs, reverse=True)
    assert {s.id for s in store.statements_between(objects=[DIABETES.id])} == {TREATS.id, RAISES.id}
    assert [s.id for s in store.statements_between([METFORMIN.id], [DIABETES.id])] == [TREATS.id]
    assert store.statements_between([], None) == []
    assert [s.id for s in store.statements_between(statuses=[Status.PROPOSED])] == [BINDS.id]
    assert store.statements_between(min_belief=0.999) == []


def test_search(store: Store) -> None:
    store.write(small())
    many = tuple(
        Entity(f"mesh:D9{i:05d}", f"Diabetes insipidus {i}", Category.DISEASE) for i in range(80)
    )
    store.write(Batch(entities=many))

    def first(text: str) -> tuple[str, float]:
        entity, score = store.search_entities(text)[0]
        return entity.id, score

    assert first("metformin") == (METFORMIN.id, 1.0)
    assert first("  GLUCOPHAGE ") == (METFORMIN.id, 1.0)
    assert first("niddm") == (DIABETES.id, 1.0)
    assert first("Diabetes mellitus, type 2") == (DIABETES.id, 1.0)
    assert first("diabetes melli")[0] == DIABETES.id
    assert first("Diabetes insipidus 7") == ("mesh:D900007", 1.0)
    found = store.search_entities("diabetes", limit=5)
    assert len(found) == 5
    assert all(0 < score < 1 for _, score in found)
    assert [s for _, s in found] == sorted((s for _, s in found), reverse=True)
    assert store.search_entities("metformim")[0][0].id == METFORMIN.id
    assert store.search_entities("zebra crossing") == []
    for odd in ("", "  ", 'a "b', "c:d", "(", "AND OR", "*", "insulin~", "\\", "[1 TO 2]", "/x/"):
        store.search_entities(odd)
    assert store.search_entities("metformin", limit=0) == []


def test_datasets(store: Store) -> None:
    store.write(small())
    variables = (Variable("ins", INSULIN.id, "pg/ml", "serum"), Variable("age"))
    record = DatasetRecord("ds-1", "cohort", "/data/x.csv", "ab", 10, variables, "us", "CC0-1.0")
    store.register_dataset(record)
    store.register_dataset(record)
    assert store.datasets() == [record]
    rebound = replace(record, variables=(Variable("age"), Variable("ins", INSULIN.id)))
    store.register_dataset(rebound)
    assert store.datasets() == [rebound]
    rows = store.read(
        "MATCH (d:Dataset)-[:HAS_VARIABLE]->(v:Variable)-[:MEASURES]->(e:Entity) "
        "RETURN d.name AS name, v.`column` AS variable, e.id AS id"
    ).rows
    assert rows == [{"name": "cohort", "variable": "ins", "id": INSULIN.id}]
    unknown = replace(record, id="ds-2", variables=(Variable("x", "mesh:D000000"),))
    with pytest.raises(InputError, match="mesh:D000000"):
        store.register_dataset(unknown)
    assert len(store.datasets()) == 1


def test_schema_and_stats(store: Store) -> None:
    store.write(small())
    schema = store.schema()
    assert {"Entity", "Gene", "Statement", "Evidence", "Publication"} <= set(schema["labels"])
    assert {"TREATS", "SUBJECT", "SUPPORTS"} <= set(schema["relationship_types"])
    assert {"id", "belief", "statement", "year"} <= set(schema["properties"])
    assert store.stats() == {
        "entities": {"ChemicalEntity": 1, "Disease": 1, "Gene": 1},
        "statements": {
            "predicate": {"treats": 1, "decreases": 1, "binds": 1},
            "status": {"asserted": 2, "proposed": 1},
        },
        "evidences": {"assertion": 3, "discovered": 1},
        "publications": 2,
        "retracted": 0,
        "datasets": 0,
    }


def test_empty_store(store: Store) -> None:
    assert store.check().ok
    assert store.datasets() == []
    assert store.decisions() == []
    assert store.search_entities("x") == []
    assert store.statements_between() == []
    assert exported(store).count("\n") == 1
    assert store.stats()["publications"] == 0
    assert store.store_id == store.store_id != ""


def test_newer_version_is_refused_and_untouched(store: Store) -> None:
    from graph.stores.migrations import VERSION

    assert isinstance(store, CypherStore)
    store.write(small())
    store.engine.write(
        lambda tx: tx.run("MATCH (m:Meta {id: 'etiograph'}) SET m.version = $v", v=VERSION + 1)
    )
    with pytest.raises(StoreVersionError, match=str(VERSION + 1)):
        reopen(store)
    # an older one is migrated
    store.engine.write(lambda tx: tx.run("MATCH (m:Meta {id: 'etiograph'}) SET m.version = 0"))
    with reopen(store) as again:
        assert again.store_id == store.store_id
        assert again.check().ok
        assert len(list(again.entities())) == 3


def reopen(store: Store) -> Store:
    """Open the same store once more."""
    from graph.stores.embedded import EmbeddedEngine
    from graph.stores.neo4j_engine import Neo4jEngine

    assert isinstance(store, CypherStore)
    engine = store.engine
    if isinstance(engine, EmbeddedEngine):
        return CypherStore(EmbeddedEngine(engine.folder))
    assert isinstance(engine, Neo4jEngine)
    again = object.__new__(Neo4jEngine)
    again.__dict__.update(engine.__dict__)
    again.close = lambda: None  # type: ignore[method-assign] # the connection is the fixture's
    return CypherStore(again)


def test_check_finds_damage(store: Store) -> None:
    assert isinstance(store, CypherStore)
    damages = [
        f"MATCH (s:Statement {{id: '{TREATS.id}'}}) SET s.sign = 1",
        f"MATCH (s:Statement {{id: '{TREATS.id}'}})-[r:OBJECT]->() DELETE r",
        "MATCH (:Entity)-[r:TREATS]->(:Entity) DELETE r",
        "MATCH (:Entity)-[r:TREATS]->(:Entity) SET r.belief = 0.123",
        "MATCH (e:Evidence {text: 'It does not.'}) SET e.text = 'It does.'",
        "MATCH (:Evidence {text: 'It does not.'})-[r:CONTRADICTS]->() DELETE r",
        "MATCH (:Evidence {text: 'It does not.'})-[r:REPORTED_IN]->() DELETE r",
    ]
    for damage in damages:
        store.write(small())
        assert store.check().ok
        store.engine.write(lambda tx, damage=damage: tx.run(damage))  # type: ignore[misc]
        report = store.check()
        assert not report.ok, damage
        assert any("st-" in p or "ev-" in p for p in report.problems)
        store.engine.write(lambda tx: tx.run("MATCH (n:Statement) DETACH DELETE n"))
        store.engine.write(lambda tx: tx.run("MATCH (n:Evidence) DETACH DELETE n"))
        store.engine.write(lambda tx: tx.run("MATCH (:Entity)-[r]->(:Entity) DELETE r"))


def test_a_batch_of_some_size(store: Store) -> None:
    batch = large(600)
    counts = store.write(batch)
    assert counts.evidences == 600
    assert store.write(batch).total == 0
    assert store.check().ok
    assert {e.id for e in store.evidences()} == {e.id for e in batch.evidences}
    store.write(large(300, seed=1))
    assert store.check().ok


def test_paging(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(store, CypherStore)
    store.write(large(100))
    whole = exported(store)
    monkeypatch.setattr(store.engine, "page", 7)
    assert exported(store) == whole
    assert store.check().ok


def test_closed_store(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(EtiographError, match="closed"):
        store.entity("x")
    with pytest.raises(EtiographError, match="closed"):
        store.write(small())


def test_symmetric_statements_are_one(store: Store) -> None:
    one = Statement(METFORMIN.id, Predicate.BINDS, INSULIN.id)
    other = Statement(INSULIN.id, Predicate.BINDS, METFORMIN.id)
    store.write(Batch(entities=(METFORMIN, INSULIN), statements=(one, other)))
    assert len(list(store.statements())) == 1
    assert store.check().ok
