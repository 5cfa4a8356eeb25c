"""The engine of a Neo4j server, 5.26 or newer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import neo4j
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from graph.errors import ReadOnlyError, StoreAuthError
from graph.store import ReadResult
from graph.stores.engine import Engine, Params, Tx, connect, query_error, store_error
from graph.stores.guard import check_plan

__all__ = ["Neo4jEngine"]

T = TypeVar("T")

_FULLTEXT = {"search_text": "etiograph_entity_text", "search_keys": "etiograph_entity_keys"}


class Neo4jEngine(Engine):
    """A database of a Neo4j server.

    Args:
        uri: its Bolt address.
        user: user name.
        password: password.
        database: database name; the user's home database when None.

    Raises:
        StoreUnavailableError: if it cannot be reached.
        StoreAuthError: if it refuses the user name or password.
    """

    backend = "neo4j"

    def __init__(self, uri: str, user: str, password: str, database: str | None = None) -> None:
        self.where = uri
        self._driver = connect(uri, user, password, connection_timeout=10.0)
        try:
            if database is None:
                # asked once: a session without a name asks again every time
                with self._driver.session() as session:
                    record = session.run("CALL db.info() YIELD name RETURN name").single(
                        strict=True
                    )
                    database = str(record["name"])
            self._database = database
            with self._driver.session(database=database) as session:
                session.run("RETURN 1").consume()
        except AuthError as error:
            self._driver.close()
            raise StoreAuthError(
                f"the store refused the password of the user {user!r}",
                where=uri,
                hint="Check NEO4J_USER and NEO4J_PASSWORD.",
            ) from error
        except (Neo4jError, DriverError) as error:
            self._driver.close()
            raise store_error(error, uri) from error
        self._writing = threading.Lock()

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` in one transaction."""
        with self._writing:
            return super().write(work)

    def read(
        self, cypher: str, params: Params, *, max_rows: int | None, timeout: float | None
    ) -> ReadResult:
        """Run untrusted Cypher in READ access mode, after a look at its plan."""
        try:
            session = self._driver.session(
                database=self._database, default_access_mode=neo4j.READ_ACCESS, fetch_size=1000
            )
            with session, self.interruptible(session):
                # The plan of a query that is itself an EXPLAIN or PROFILE is the query's own.
                plan = session.run(f"EXPLAIN {cypher}", dict(params)).consume()
                if plan.query_type not in ("r", None):
                    raise ReadOnlyError(
                        "the engine plans it as a write",
                        hint="Queries are read-only; use the API to write.",
                    )
                if plan.plan is not None:
                    check_plan(plan.plan)
                return self.fetch(session, cypher, params, max_rows, timeout)
        except (Neo4jError, DriverError) as error:
            raise query_error(error, self.where) from error

    def project(self, tx: Tx, rel_type: str, rows: list[dict[str, Any]]) -> None:
        """Set belief and status of projected relationships, found by their index."""
        tx.run(
            f"UNWIND $rows AS row MATCH (:Entity)-[r:{rel_type} {{statement: row.statement}}]->"
            "(:Entity) SET r.belief = row.belief, r.status = row.status",
            rows=rows,
        )

    def unproject(self, tx: Tx, rel_type: str, rows: list[dict[str, Any]]) -> None:
        """Remove projected relationships."""
        tx.run(
            f"UNWIND $rows AS row MATCH (:Entity)-[r:{rel_type} {{statement: row.statement}}]->"
            "(:Entity) DELETE r",
            rows=rows,
        )

    def prepare_schema(
        self, indexes: Sequence[tuple[str, str, bool]], rel_types: Sequence[str]
    ) -> None:
        """Make constraints and indexes and wait until they serve."""
        statements: list[str] = []
        for label, name, unique in indexes:
            title = f"etiograph_{label}_{name}".lower()
            statements.append(
                f"CREATE CONSTRAINT {title} IF NOT EXISTS FOR (n:{label}) REQUIRE n.{name} IS UNIQUE"
                if unique
                else f"CREATE INDEX {title} IF NOT EXISTS FOR (n:{label}) ON (n.{name})"
            )
        for rel_type in rel_types:
            title = f"etiograph_{rel_type}_statement".lower()
            statements.append(
                f"CREATE INDEX {title} IF NOT EXISTS FOR ()-[r:{rel_type}]-() ON (r.statement)"
            )
        for name, title in _FULLTEXT.items():
            statements.append(
                f"CREATE FULLTEXT INDEX {title} IF NOT EXISTS FOR (n:Entity) ON EACH [n.{name}] "
                "OPTIONS {indexConfig: {`fulltext.analyzer`: 'standard-no-stop-words'}}"
            )
        try:
            with self._driver.session(database=self._database) as session:
                for statement in statements:
                    session.run(statement).consume()
                session.run("CALL db.awaitIndexes(120)").consume()
        except (Neo4jError, DriverError) as error:
            raise store_error(error, self.where) from error

    def search(self, query: str, field: str, limit: int) -> list[str]:
        """Return ids of entities that match a Lucene query."""
        rows = self.run(
            "CALL db.index.fulltext.queryNodes($index, $query) YIELD node, score "
            "RETURN node.id AS id, score ORDER BY score DESC, id LIMIT $limit",
            index=_FULLTEXT[field], query=query, limit=limit,
        )  # fmt: skip
        return [row["id"] for row in rows]

    def engine_check(self) -> list[str]:
        """Return indexes that do not serve: the server checks its own files offline."""
        rows = self.run("SHOW INDEXES YIELD name, state WHERE state <> 'ONLINE' RETURN name, state")
        return [f"the index {row['name']} is {row['state']}" for row in rows]
