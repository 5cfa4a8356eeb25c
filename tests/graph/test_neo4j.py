"""What only the Neo4j store does."""

from __future__ import annotations

import io
import socket
from typing import Any

import pytest

from graph.errors import ReadOnlyError, StoreAuthError, StoreUnavailableError
from graph.store import Store
from graph.stores import open_store
from graph.stores.guard import check_plan
from tests.graph.worlds import large, small


def test_a_server_that_is_down() -> None:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    with pytest.raises(StoreUnavailableError, match=f"127.0.0.1:{port}"):
        open_store(uri=f"bolt://127.0.0.1:{port}", user="neo4j", password="x")


@pytest.mark.parametrize("uri", ["localhost", "http://localhost", "bolt://", "odd://x", ""])
def test_an_address_that_is_none(uri: str) -> None:
    with pytest.raises(StoreUnavailableError):
        open_store(uri=uri, password="x")


@pytest.mark.neo4j
def test_a_wrong_password(neo4j_server: dict[str, Any]) -> None:
    with pytest.raises(StoreAuthError, match="NEO4J_PASSWORD"):
        open_store(uri=neo4j_server["uri"], user=neo4j_server["user"], password="not this")


@pytest.mark.neo4j
def test_a_database_that_is_not_there(neo4j_server: dict[str, Any]) -> None:
    with pytest.raises(StoreUnavailableError, match="odd"):
        open_store(
            uri=neo4j_server["uri"],
            user=neo4j_server["user"],
            password=neo4j_server["password"],
            database="odd",
        )


@pytest.mark.neo4j
def test_the_same_graph_in_both(neo4j_store: Store, embedded_store: Store) -> None:
    texts = []
    for store in (neo4j_store, embedded_store):
        store.write(small())
        store.write(large(150))
        store.set_retracted({"pubmed:1": "pubmed:9", "pubmed:999": "pubmed:9"})
        store.remove_publication_evidence(["pubmed:2"])
        out = io.StringIO()
        store.export(out)
        texts.append(out.getvalue())
    assert texts[0] == texts[1]
    for text in ("thing 12", "object number 7", "metformin", "metformim", "diabetes mell"):
        assert neo4j_store.search_entities(text)[:1] == embedded_store.search_entities(text)[:1]
        assert neo4j_store.search_entities(text)


@pytest.mark.neo4j
def test_two_stores_write_at_once(neo4j_store: Store, neo4j_server: dict[str, Any]) -> None:
    neo4j_store.write(small())
    with open_store(
        uri=neo4j_server["uri"], user=neo4j_server["user"], password=neo4j_server["password"]
    ) as other:
        assert other.store_id == neo4j_store.store_id
        assert other.write(small()).total == 0


def test_plans() -> None:
    def plan(kind: str, details: str = "", *children: dict[str, Any]) -> dict[str, Any]:
        return {"operatorType": kind, "args": {"Details": details}, "children": list(children)}

    check_plan(plan("ProduceResults@neo4j", "n", plan("AllNodesScan@neo4j", "n")))
    check_plan(plan("ProcedureCall@neo4j", "db.labels() :: (label :: STRING)"))
    for bad in (
        plan("LoadCSV@neo4j", "row"),
        plan("ProcedureCall@neo4j", "apoc.load.json(x) :: (value :: MAP)"),
        plan("ProcedureCall@neo4j", "`dbms`.`listConfig`()"),
        plan("ProcedureCall@neo4j", ""),
    ):
        with pytest.raises(ReadOnlyError):
            check_plan(plan("ProduceResults@neo4j", "n", plan("Apply@neo4j", "", bad)))
