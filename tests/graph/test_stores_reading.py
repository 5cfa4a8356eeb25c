"""What both stores let a reader do: read, and nothing else."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from graph.errors import (
    QueryError,
    QueryTimeoutError,
    ReadOnlyError,
)
from graph.store import Store
from tests.graph.worlds import (
    DIABETES,
    INSULIN,
    exported,
    small,
)

WRITES = [
    "CREATE (n:X)",
    "CREATE (n:Entity {id: 'x'})",
    "MERGE (n:Entity {id: 'x'})",
    "MATCH (n:Entity) SET n.name = 'x'",
    "MATCH (n:Entity) SET n.name = 'x' RETURN n",
    "MATCH (n:Entity) REMOVE n.name",
    "MATCH (n:Entity) SET n:Odd",
    "MATCH (n:Entity) DETACH DELETE n",
    "MATCH (n) DETACH DELETE n",
    "MATCH ()-[r:TREATS]->() DELETE r",
    "MATCH (a:Entity), (b:Entity) CREATE (a)-[:TREATS]->(b)",
    "FOREACH (x IN [1] | CREATE (:Y))",
    "CALL { CREATE (n:Z) } RETURN 1",
    "MATCH (n:Entity) CALL { WITH n SET n.name = 'x' } RETURN n",
    "CREATE INDEX odd FOR (n:Entity) ON (n.name)",
    "CREATE CONSTRAINT odd FOR (n:Entity) REQUIRE n.name IS UNIQUE",
    "DROP INDEX etiograph_entity_text",
]
READS_OUTSIDE = [
    "LOAD CSV FROM '{file}' AS row RETURN row",
    "LOAD CSV WITH HEADERS FROM '{file}' AS row RETURN row",
    "CALL {{ LOAD CSV FROM '{file}' AS row RETURN row }} RETURN row",
    "LOAD CSV FROM 'http://127.0.0.1:9/x.csv' AS row RETURN row",
    "CALL apoc.merge.node(['Entity'], {{id: 'z'}}, {{}}, {{}}) YIELD node RETURN node",
    "CALL merge.node(['Entity'], {{id: 'z'}}) YIELD node RETURN node",
    "CALL {{ CALL dbms.listConfig() YIELD name RETURN name }} RETURN name",
    "CALL dbms.listConfig() YIELD name RETURN name",
    "CALL db.createLabel('Odd')",
    "CALL tx.setMetaData({{a: 1}})",
    "SHOW USERS",
    "CREATE USER odd SET PASSWORD 'abcdefgh'",
]


def test_read_refuses_to_write(store: Store) -> None:
    store.write(small())
    before = exported(store)
    for cypher in WRITES:
        with pytest.raises(QueryError) as caught:
            store.read(cypher)
        syntax = "DROP INDEX" in cypher or "CREATE IN" in cypher or "CREATE CON" in cypher
        assert isinstance(caught.value, ReadOnlyError) or syntax, (cypher, caught.value)
    assert exported(store) == before
    assert store.check().ok


def test_read_refuses_files_urls_and_procedures(store: Store, tmp_path: object) -> None:
    secret = f"{tmp_path}/secret.csv"
    with open(secret, "w") as file:
        file.write("a,b\n1,2\n")
    store.write(small())
    before = exported(store)
    for template in READS_OUTSIDE:
        cypher = template.format(file=f"file://{secret}")
        with pytest.raises(QueryError) as caught:
            store.read(cypher)
        if "LOAD" in cypher or "dbms" in cypher:
            assert isinstance(caught.value, ReadOnlyError), (cypher, caught.value)
        assert "1,2" not in str(caught.value)
    assert exported(store) == before


def test_read_allows_what_reads(store: Store) -> None:
    store.write(small())
    for cypher in (
        "MATCH (n:Entity) RETURN n",
        "CALL db.labels() YIELD label RETURN label",
        "CALL db.relationshipTypes() YIELD relationshipType RETURN relationshipType",
        "MATCH (n:Entity) WHERE n.name = 'CREATE (n) DELETE LOAD CSV' RETURN n",
        "MATCH p = shortestPath((a:Gene)-[*..3]-(b:ChemicalEntity)) RETURN p",
        "CALL { MATCH (n:Gene) RETURN n } RETURN n",
        "EXPLAIN MATCH (n:Entity) RETURN n",
        "MATCH (e:Evidence) WITH e.rung AS rung, count(*) AS n RETURN rung, n ORDER BY n",
    ):
        store.read(cypher)
    rows = store.read("RETURN date('2020-01-02') AS d, [1, {a: 2.5}] AS l, null AS n").rows
    assert rows == [{"d": "2020-01-02", "l": [1, {"a": 2.5}], "n": None}]
    path = store.read("MATCH p = (:Gene)-[:DECREASES]->(:Disease) RETURN p").rows[0]["p"]
    assert [n["id"] for n in path["_nodes"]] == [INSULIN.id, DIABETES.id]
    assert path["_relationships"][0]["_type"] == "DECREASES"


def test_read_says_what_is_wrong(store: Store) -> None:
    with pytest.raises(QueryError) as caught:
        store.read("MATCH (n RETURN n")
    assert not isinstance(caught.value, ReadOnlyError)
    assert "n RETURN" in str(caught.value) or "RETURN" in str(caught.value)
    with pytest.raises(QueryError):
        store.read("RETURN 1/0 AS x")
    assert store.read("RETURN $x AS x", {"x": "é'\""}).rows == [{"x": "é'\""}]


def test_row_cap(store: Store) -> None:
    result = store.read("UNWIND range(1, 50) AS x RETURN x", max_rows=10)
    assert (len(result.rows), result.truncated, result.columns) == (10, True, ("x",))
    result = store.read("UNWIND range(1, 50) AS x RETURN x", max_rows=50)
    assert (len(result.rows), result.truncated) == (50, False)
    assert len(store.read("UNWIND range(1, 20000) AS x RETURN x", max_rows=None).rows) == 20000
    assert store.read("MATCH (n:Nothing) RETURN n.x AS x").rows == []


SLOW = (
    "UNWIND range(1, 20000) AS a UNWIND range(1, 20000) AS b WITH a, b "
    "WHERE a * b % 7 = 3 RETURN count(*) AS n"
)


def test_timeout(store: Store) -> None:
    with pytest.raises(QueryTimeoutError):
        store.read(SLOW, timeout=0.5)
    assert store.read("RETURN 1 AS x").rows == [{"x": 1}]


def test_interrupted(store: Store) -> None:
    """Ctrl-C does not wait for the query: it would end as one that ran out of time."""
    timer = threading.Timer(2.0, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        store.read(SLOW, timeout=8)
    assert store.read("RETURN 1 AS x").rows == [{"x": 1}]
