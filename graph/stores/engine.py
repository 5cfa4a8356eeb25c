"""What a store needs of a database, and the part of it that speaks Bolt.

:class:`Engine` is the seam between :class:`graph.stores.cypher.CypherStore`, which holds all the
Cypher, and a backend, which holds only what differs: starting and stopping, schema and full-text
DDL, read-only enforcement, time limits and the engine's own check.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import neo4j
from neo4j.exceptions import (
    AuthError,
    ClientError,
    DriverError,
    Forbidden,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)
from neo4j.graph import Node, Path, Relationship

from graph.errors import (
    EtiographError,
    QueryError,
    QueryTimeoutError,
    ReadOnlyError,
    StoreAuthError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
)
from graph.store import ReadResult
from graph.stores.rows import HIDDEN

__all__ = ["BoltTx", "Engine", "Params", "Tx", "connect", "store_error", "to_python"]

Params = Mapping[str, Any]
T = TypeVar("T")

_SCHEMES = {f"{kind}{secure}" for kind in ("bolt", "neo4j") for secure in ("", "+s", "+ssc")}
_FULL = ("no space left", "disk full", "not enough space", "out of disk", "file too large")


class Tx(Protocol):
    """One open transaction."""

    def run(self, cypher: str, **params: Any) -> list[dict[str, Any]]:
        """Run one statement and return its rows."""


class BoltTx:
    """A transaction of the driver."""

    def __init__(self, tx: neo4j.ManagedTransaction) -> None:
        self._tx = tx

    def run(self, cypher: str, **params: Any) -> list[dict[str, Any]]:
        """Run one statement and return its rows."""
        result = self._tx.run(cypher, params)
        return [dict(zip(record.keys(), record.values(), strict=True)) for record in result]


def words_of(error: BaseException) -> str:
    """Return what an error of the driver or of Java says, with the causes that Java gives."""
    said = getattr(error, "message", None)
    texts = [said if isinstance(said, str) and said else str(error)]
    cause = error.getCause() if hasattr(error, "getCause") else None
    while cause is not None and len(texts) < 10:
        texts.append(str(cause))
        cause = cause.getCause()
    return ": ".join(dict.fromkeys(texts))


def store_error(error: BaseException, where: str) -> EtiographError:
    """Return the error of the store tree that says what ``error`` means."""
    text = words_of(error)
    code = str(getattr(error, "code", "") or "")
    lowered = text.casefold()
    if any(words in lowered for words in _FULL):
        return StoreFullError(
            "there is no space left to write",
            where=where,
            hint="Free some space and repeat the command: nothing of this write was kept.",
        )
    if isinstance(error, AuthError):
        return StoreAuthError(
            "the store refused the user name or password",
            where=where,
            hint="Check NEO4J_USER and NEO4J_PASSWORD.",
        )
    if isinstance(error, ServiceUnavailable | SessionExpired | OSError):
        return StoreUnavailableError(
            "the store cannot be reached",
            where=where,
            hint="Check that it runs and that the address is right.",
        )
    if "DatabaseNotFound" in code:
        return StoreUnavailableError(f"there is no such database: {text}", where=where)
    return StoreError(f"the store failed: {text}", where=where)


def query_error(error: Neo4jError | DriverError, where: str) -> EtiographError:
    """Return the error of the query tree that says what ``error`` means."""
    text = words_of(error)
    code = str(getattr(error, "code", "") or "")
    if isinstance(error, AuthError | ServiceUnavailable | SessionExpired):
        return store_error(error, where)
    if "TransactionTimedOut" in code or "exceeded the arcadedb.command.timeout" in text:
        return QueryTimeoutError(
            "the query ran longer than allowed",
            hint="Bound its patterns, add a LIMIT, or allow more time.",
        )
    if isinstance(error, Forbidden) or "AccessMode" in code or "Security" in code:
        return ReadOnlyError(
            f"the engine refused it: {text}", hint="Queries are read-only; use the API to write."
        )
    return QueryError(f"the query failed: {text}")


def connect(uri: str, user: str, password: str, **settings: Any) -> neo4j.Driver:
    """Return a driver; nothing is sent yet.

    Raises:
        StoreUnavailableError: if the address is no Bolt address.
    """
    if uri.partition("://")[0] not in _SCHEMES:
        raise StoreUnavailableError(
            f"{uri!r} is not the address of a store",
            hint="Write it as bolt://host:7687 or neo4j://host:7687.",
        )
    # without a handler of its own its retries would be printed on stderr
    logging.getLogger("neo4j").addHandler(logging.NullHandler())
    settings = {"max_transaction_retry_time": 4.0, "telemetry_disabled": True} | settings
    try:
        return neo4j.GraphDatabase.driver(
            uri, auth=(user, password), notifications_min_severity="OFF", **settings
        )
    except (DriverError, ValueError) as error:
        raise StoreUnavailableError(
            f"{uri!r} is not the address of a store: {error}",
            hint="Write it as bolt://host:7687 or neo4j://host:7687.",
        ) from error


def to_python(value: Any) -> Any:
    """Return a value of the driver as plain Python: nodes and relationships as dictionaries with
    ``_labels`` or ``_type``, paths with ``_nodes`` and ``_relationships``, times as ISO strings."""
    if isinstance(value, Node):
        properties = {k: to_python(v) for k, v in sorted(value.items()) if k not in HIDDEN}
        return {"_labels": sorted(value.labels), **properties}
    if isinstance(value, Relationship):
        ends = [n.get("id") if n is not None else None for n in value.nodes]
        found = {"_type": value.type, **{k: to_python(v) for k, v in sorted(value.items())}}
        if any(end is not None for end in ends):
            found |= {"_start": ends[0], "_end": ends[1]}
        return found
    if isinstance(value, Path):
        return {
            "_nodes": [to_python(n) for n in value.nodes],
            "_relationships": [to_python(r) for r in value.relationships],
        }
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return [to_python(v) for v in value]
    if isinstance(value, dict):
        return {k: to_python(v) for k, v in value.items()}
    if hasattr(value, "iso_format"):
        return value.iso_format()
    if isinstance(value, tuple):  # a spatial point
        return [float(v) for v in value]
    return value


class Engine(ABC):
    """A database that speaks Cypher over Bolt."""

    backend: str
    where: str
    """the folder or address, for messages"""
    page: int = 5_000
    """rows a page when streaming"""

    _driver: neo4j.Driver
    _database: str

    # trusted ---------------------------------------------------------------------------------

    def run(self, cypher: str, **params: Any) -> list[dict[str, Any]]:
        """Run one trusted read and return its rows."""
        try:
            with self._driver.session(
                database=self._database, default_access_mode=neo4j.READ_ACCESS, fetch_size=self.page
            ) as session:
                return session.execute_read(lambda tx: BoltTx(tx).run(cypher, **params))
        except (Neo4jError, DriverError) as error:
            raise store_error(error, self.where) from error

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` in one transaction: all of it is kept or nothing. It may be called again
        when another writer was in the way."""
        try:
            with self._driver.session(database=self._database) as session:
                return session.execute_write(lambda tx: work(BoltTx(tx)))
        except (Neo4jError, DriverError) as error:
            raise store_error(error, self.where) from error

    # untrusted -------------------------------------------------------------------------------

    @abstractmethod
    def read(
        self, cypher: str, params: Params, *, max_rows: int | None, timeout: float | None
    ) -> ReadResult:
        """Run untrusted Cypher; see :meth:`graph.store.Store.read`."""

    @classmethod
    def fetch(
        cls,
        session: neo4j.Session,
        cypher: str,
        params: Params,
        max_rows: int | None,
        timeout: float | None,
    ) -> ReadResult:
        """Run a query in a transaction of its own and take at most ``max_rows`` rows of it."""
        with session.begin_transaction(timeout=timeout) as tx, cls.interruptible(session):
            result = tx.run(cypher, dict(params))
            columns = tuple(result.keys())
            rows: list[dict[str, Any]] = []
            truncated = False
            for record in result:
                if max_rows is not None and len(rows) >= max_rows:
                    truncated = True
                    break
                rows.append(dict(zip(columns, map(to_python, record.values()), strict=True)))
        return ReadResult(columns, rows, truncated)

    @staticmethod
    def hang_up(session: neo4j.Session) -> None:
        """Close the connection under a session: whatever waits for it fails now."""
        connection = session._connection
        if connection is not None:
            connection.kill()  # type: ignore[no-untyped-call]

    @classmethod
    @contextmanager
    def interruptible(cls, session: neo4j.Session) -> Iterator[None]:
        """Hang up when interrupted: the driver's own way out waits until the engine is done."""
        try:
            yield
        except KeyboardInterrupt:
            cls.hang_up(session)
            raise

    # what differs ----------------------------------------------------------------------------

    @abstractmethod
    def prepare_schema(
        self, indexes: Sequence[tuple[str, str, bool]], rel_types: Sequence[str]
    ) -> None:
        """Make the indexes ``(label, property, unique)``, the full-text index over entities, and
        the index on ``statement`` of each projected relationship type; those there stay."""

    @abstractmethod
    def search(self, query: str, field: str, limit: int) -> list[str]:
        """Return ids of entities whose ``search_text`` or ``search_keys`` match a Lucene query."""

    @abstractmethod
    def project(self, tx: Tx, rel_type: str, rows: list[dict[str, Any]]) -> None:
        """Set belief and status of projected relationships: rows of ``statement, subject, object,
        belief, status``."""

    @abstractmethod
    def unproject(self, tx: Tx, rel_type: str, rows: list[dict[str, Any]]) -> None:
        """Remove the projected relationships of statements: rows as for :meth:`project`."""

    @abstractmethod
    def engine_check(self) -> list[str]:
        """Return what the engine's own check of its files finds."""

    def ready(self) -> None:
        """Called when the schema is there and others may come."""
        return

    def close(self) -> None:
        """Release connections; safe to call twice."""
        self._driver.close()


__all__ += ["ClientError", "query_error"]
