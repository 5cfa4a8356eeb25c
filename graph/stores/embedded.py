"""The embedded store's engine: ArcadeDB in this process, or joined in the process that owns it."""

from __future__ import annotations

import atexit
import base64
import contextlib
import json
import os
import secrets
import shutil
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import neo4j
from neo4j.exceptions import DriverError, Neo4jError

from graph.errors import (
    EtiographError,
    QueryTimeoutError,
    ReadOnlyError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreUnavailableError,
    UsageError,
)
from graph.store import ReadResult
from graph.stores.engine import BoltTx, Engine, Params, Tx, connect, query_error, store_error
from graph.stores.jvm import JavaServer
from graph.stores.owner import FolderLock, OwnerInfo

__all__ = ["EmbeddedEngine", "is_store_folder"]

T = TypeVar("T")

_MARK = "etiograph.json"
_WAIT_FOR_OWNER = 30.0
_MIN_FREE = 32 * 2**20
_TIMEOUT_CAP = 60.0
"""seconds after which the engine itself ends any command; a read's own limit is enforced here"""
_RETRIES = 10

# expanding from the object is fast: hubs are mostly subjects
_FIND_PROJECTED = (
    "UNWIND $rows AS row MATCH (a:Entity {{id: row.subject}}) MATCH (b:Entity {{id: row.object}}) "
    "MATCH (b)<-[r:{} {{statement: row.statement}}]-(a) "
)
_SET_PROJECTED = "SET r.belief = row.belief, r.status = row.status"


def is_store_folder(path: Path) -> bool:
    """Whether ``path`` holds an embedded store."""
    return (path / _MARK).is_file()


_OPEN: set[EmbeddedEngine] = set()


def _close_all() -> None:
    # at exit: what nobody closed is closed in order
    for engine in list(_OPEN):
        engine.close()


class _Owned:
    """A server run by this process for one folder, shared by every store opened on it here."""

    open: dict[Path, _Owned] = {}  # noqa: RUF012 - one table for the process, guarded by `guard`
    guard = threading.RLock()

    def __init__(self, folder: Path, lock: FolderLock, *, as_server: bool) -> None:
        self.folder = folder
        self.lock = lock
        self.users = 0
        self.pid = os.getpid()
        self.writing = threading.Lock()
        self.unclean = lock.unclean
        lock.announce()
        password, reader = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        logs = folder / "log"
        logs.mkdir(exist_ok=True)
        self.server = JavaServer(folder / "db", logs, password, reader, long=as_server)
        # after the machine is up, so that it runs before the machine's own hook waits for threads
        atexit.register(_close_all)
        self.info = OwnerInfo(
            pid=self.pid,
            bolt_port=self.server.bolt_port,
            http_port=self.server.http_port,
            password=password,
            reader_password=reader,
            server=as_server,
        )

    def close(self) -> None:
        self.users -= 1
        if self.users == 0:
            del _Owned.open[self.folder]
            self.server.stop()
            self.lock.release(clean=True)


class EmbeddedEngine(Engine):
    """ArcadeDB over one folder.

    The first process to open the folder owns it and runs the database; others join it over Bolt.

    Args:
        folder: where the store is or shall be.
        create: make it if it is not there.
        as_server: say in the owner file that this is a background server.

    Raises:
        StoreUnavailableError: if there is no store and ``create`` is false, or it does not start.
        StoreLockedError: if another process has it open and cannot be joined.
        StoreDamagedError: if the files are damaged.
    """

    backend = "embedded"

    def __init__(self, folder: Path, *, create: bool = True, as_server: bool = False) -> None:
        self.folder = folder = folder.expanduser().absolute()
        self.where = str(folder)
        self._owned: _Owned | None = None
        self._closed = False
        if not is_store_folder(folder):
            if not create:
                raise StoreUnavailableError(
                    "there is no store here",
                    where=self.where,
                    hint="Ingest something first, or give the folder of a store.",
                )
            self._create_folder()
        with _Owned.guard:
            self._open(as_server)
        self._database = JavaServer.DATABASE
        self._connect()
        _OPEN.add(self)

    def _connect(self) -> None:
        info = self._info
        settings: dict[str, Any] = {"connection_timeout": 10.0, "telemetry_disabled": True}
        self._driver = connect(info.uri, "root", info.password, **settings)
        self._reader = connect(info.uri, "reader", info.reader_password, **settings)

    def _again(self, work: Callable[[], T]) -> T:
        """Do ``work``; if the owner has gone meanwhile, open the folder anew and do it once more."""
        try:
            return work()
        except StoreUnavailableError:
            if self._owned is not None or self._closed:
                raise
            for driver in (self._driver, self._reader):
                driver.close()
            with _Owned.guard:
                self._open(as_server=False)
            self._connect()
            self.ready()
            return work()

    def _create_folder(self) -> None:
        folder = self.folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            others = [p.name for p in folder.iterdir() if p.name not in {"owner.lock", "log"}]
            if others:
                raise UsageError(
                    "the folder holds other files and is no etiograph store",
                    where=self.where,
                    hint="Give an empty or new folder.",
                )
            folder.chmod(0o700)
            draft = folder / (_MARK + ".new")
            draft.write_text(json.dumps({"format": "etiograph-store", "backend": "embedded"}))
            draft.replace(folder / _MARK)
        except OSError as error:
            raise StoreUnavailableError(
                f"the store folder cannot be made: {error.strerror}",
                where=self.where,
                hint="Check the path and its permissions.",
            ) from error

    def _open(self, as_server: bool) -> None:
        owned = _Owned.open.get(self.folder)
        if owned is not None and owned.pid == os.getpid():
            owned.users += 1
            self._owned, self._info = owned, owned.info
            return
        lock = FolderLock(self.folder)
        deadline = time.monotonic() + _WAIT_FOR_OWNER
        while not lock.acquire():
            info = lock.read()
            if info is not None and self._answers(info):
                self._info = info
                return
            if time.monotonic() > deadline:
                pid = f" (process {info.pid})" if info else ""
                raise StoreLockedError(
                    f"another process{pid} has this store open and does not answer",
                    where=self.where,
                    hint="Wait for it to end, or stop it.",
                )
            time.sleep(0.1)
        try:
            owned = _Owned(self.folder, lock, as_server=as_server)
        except EtiographError:
            lock.release(clean=False)
            raise
        owned.users = 1
        self._owned, self._info = owned, owned.info
        _Owned.open[self.folder] = owned
        try:
            if owned.unclean and (problems := self.engine_check()):
                raise StoreDamagedError(
                    f"the store was not closed and its files are damaged: {problems[0]}",
                    where=self.where,
                    hint="Restore it from an export: `etiograph store import`.",
                )
            self._settle(owned)
        except BaseException:
            owned.server.stop()
            del _Owned.open[self.folder]
            lock.release(clean=False)
            raise

    @staticmethod
    def _settle(owned: _Owned) -> None:
        cap = int(_TIMEOUT_CAP * 1000)
        for name, value in (
            ("arcadedb.command.timeout", cap),
            ("arcadedb.txWalFlush", 1),
            ("arcadedb.opencypher.loadCsv.allowFileUrls", False),
            ("arcadedb.opencypher.loadCsv.allowRemoteUrls", False),
        ):
            owned.server.set_setting(name, value)

    @staticmethod
    def _answers(info: OwnerInfo) -> bool:
        driver = connect(info.uri, "root", info.password, connection_timeout=5.0)
        try:
            driver.verify_connectivity()
        except (DriverError, Neo4jError):
            return False
        finally:
            driver.close()
        return True

    @property
    def owner(self) -> bool:
        """Whether this process runs the database."""
        return self._owned is not None

    @property
    def info(self) -> OwnerInfo:
        """How the owner is reached."""
        return self._info

    def run(self, cypher: str, **params: Any) -> list[dict[str, Any]]:
        """Run one trusted read and return its rows."""
        bolt = super().run
        return self._again(lambda: bolt(cypher, **params))

    def ready(self) -> None:
        """Let other processes join."""
        if self._owned is not None:
            self._owned.lock.publish(self._owned.info)

    # writing ---------------------------------------------------------------------------------

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` in one transaction; in process when this is the owner."""
        try:
            free = shutil.disk_usage(self.folder).free
        except OSError as error:
            raise StoreUnavailableError(
                f"the store folder is gone: {error.strerror}", where=self.where
            ) from error
        if free < _MIN_FREE:
            raise StoreFullError(
                f"there is no space left to write ({free // 2**20} MiB free)",
                where=self.where,
                hint="Free some space and repeat the command: nothing of this write was kept.",
            )
        if self._owned is None or self._closed:
            bolt = super().write
            return self._again(lambda: bolt(work))
        server = self._owned.server
        with self._owned.writing:
            for attempt in range(_RETRIES):
                try:
                    server.begin()
                    result = work(_NativeTx(server))
                    server.commit()
                except server.error_type as error:
                    server.rollback()
                    if server.is_conflict(error) and attempt + 1 < _RETRIES:
                        time.sleep(0.01 * 2**attempt)
                        continue
                    raise store_error(error, self.where) from error
                except BaseException:
                    server.rollback()
                    raise
                return result
        raise StoreError("another writer was in the way too often", where=self.where)

    def project(self, tx: Tx, rel_type: str, rows: list[dict[str, Any]]) -> None:
        """Set belief and status of projected relationships."""
        if isinstance(tx, _NativeTx):
            # by the index on `statement`, which ArcadeDB's Cypher does not use
            for row in rows:
                tx.sql(
                    f"UPDATE {rel_type} SET belief = :belief, status = :status "
                    "WHERE statement = :statement",
                    {n: row[n] for n in ("statement", "belief", "status")},
                )
            return
        tx.run(_FIND_PROJECTED.format(rel_type) + _SET_PROJECTED, rows=rows)

    def unproject(self, tx: Tx, rel_type: str, rows: list[dict[str, Any]]) -> None:
        """Remove projected relationships."""
        tx.run(_FIND_PROJECTED.format(rel_type) + "DELETE r", rows=rows)

    # reading ---------------------------------------------------------------------------------

    def read(
        self, cypher: str, params: Params, *, max_rows: int | None, timeout: float | None
    ) -> ReadResult:
        """Run untrusted Cypher as a user who may read records and nothing else."""
        return self._again(lambda: self._read(cypher, params, max_rows, timeout))

    def _read(
        self, cypher: str, params: Params, max_rows: int | None, timeout: float | None
    ) -> ReadResult:
        abandoned = threading.Event()
        session = self._reader.session(
            database=self._database, default_access_mode=neo4j.READ_ACCESS, fetch_size=1000
        )
        timer = None
        if timeout is not None:

            def abandon() -> None:
                # The engine's own limit is one for all; a shorter one is kept by hanging up.
                abandoned.set()
                self.hang_up(session)

            timer = threading.Timer(timeout, abandon)
            timer.daemon = True
            timer.start()
        try:
            with session, self.interruptible(session):
                return self.fetch(session, cypher, params, max_rows, timeout)
        except (Neo4jError, DriverError, OSError) as error:
            if abandoned.is_set():
                raise QueryTimeoutError(
                    f"the query ran longer than {timeout:g} s",
                    hint="Bound its patterns, add a LIMIT, or allow more time.",
                ) from error
            if isinstance(error, OSError):
                raise store_error(error, self.where) from error
            text = str(error)
            if "LOAD CSV" in text or "Unknown procedure" in text:
                # the engine's own words for what is switched off in it
                raise ReadOnlyError(
                    f"the engine refused it: {getattr(error, 'message', None) or text}",
                    hint="Queries read the graph only.",
                ) from error
            raise query_error(error, self.where) from error
        finally:
            if timer is not None:
                timer.cancel()

    # schema, search, check -------------------------------------------------------------------

    def prepare_schema(
        self, indexes: Sequence[tuple[str, str, bool]], rel_types: Sequence[str]
    ) -> None:
        """Make types and indexes."""
        done: set[str] = set()
        statements: list[str] = []
        for label, name, unique in indexes:
            if label not in done:
                statements.append(f"CREATE VERTEX TYPE {label} IF NOT EXISTS")
                done.add(label)
            statements.append(f"CREATE PROPERTY {label}.{name} IF NOT EXISTS STRING")
            kind = "UNIQUE" if unique else "NOTUNIQUE"
            statements.append(f"CREATE INDEX IF NOT EXISTS ON {label} ({name}) {kind}")
        for name in ("search_text", "search_keys"):
            statements.append(f"CREATE PROPERTY Entity.{name} IF NOT EXISTS STRING")
            statements.append(f"CREATE INDEX IF NOT EXISTS ON Entity ({name}) FULL_TEXT")
        for label, name in (("Statement", "belief"), ("Evidence", "score")):
            statements.append(f"CREATE PROPERTY {label}.{name} IF NOT EXISTS DOUBLE")
        for rel_type in rel_types:
            statements.append(f"CREATE EDGE TYPE {rel_type} IF NOT EXISTS")
            statements.append(f"CREATE PROPERTY {rel_type}.statement IF NOT EXISTS STRING")
            statements.append(f"CREATE PROPERTY {rel_type}.belief IF NOT EXISTS DOUBLE")
            statements.append(f"CREATE INDEX IF NOT EXISTS ON {rel_type} (statement) UNIQUE")
        for statement in statements:
            self.sql(statement)

    def sql(self, statement: str) -> list[dict[str, Any]]:
        """Run a statement of the database's own SQL: in process, or at the owner over HTTP."""
        if self._owned is not None:
            server = self._owned.server
            try:
                return server.command("sql", statement)
            except server.error_type as error:
                raise store_error(error, self.where) from error
        token = base64.b64encode(f"root:{self._info.password}".encode()).decode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._info.http_port}/api/v1/command/{JavaServer.DATABASE}",
            data=json.dumps({"language": "sql", "command": statement}).encode(),
            headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=600) as reply:
                rows: list[dict[str, Any]] = json.load(reply)["result"]
                return rows
        except (urllib.error.URLError, OSError, ValueError, KeyError) as error:
            raise StoreError(
                f"the store's owner does not answer: {error}", where=self.where
            ) from error

    def search(self, query: str, field: str, limit: int) -> list[str]:
        """Return ids of entities that match a Lucene query."""
        rows = self.run(
            f"CALL db.index.fulltext.queryNodes('Entity[{field}]', $query) YIELD node, score "
            "RETURN node.id AS id, score ORDER BY score DESC, id LIMIT $limit",
            query=query, limit=limit,
        )  # fmt: skip
        return [row["id"] for row in rows]

    def engine_check(self) -> list[str]:
        """Run CHECK DATABASE."""
        problems: list[str] = []
        for row in self.sql("CHECK DATABASE"):
            for key in ("warnings", "corruptedRecords", "missingReferenceBack"):
                found = row.get(key)
                if isinstance(found, list):
                    problems.extend(f"{key}: {item}" for item in found)
            problems.extend(
                f"{key}: {row[key]}" for key in ("totalErrors", "invalidLinks") if row.get(key)
            )
        return problems

    def close(self) -> None:
        """Hang up, and stop the database if nothing else here uses it."""
        if self._closed:
            return
        self._closed = True
        _OPEN.discard(self)
        for driver in (self._driver, self._reader):
            with contextlib.suppress(DriverError):
                driver.close()
        if self._owned is not None:
            with _Owned.guard:
                self._owned.close()


class _NativeTx:
    """A transaction in the owner's process: the same Cypher without the wire."""

    def __init__(self, server: JavaServer) -> None:
        self._server = server

    def run(self, cypher: str, **params: Any) -> list[dict[str, Any]]:
        """Run one statement and return its rows."""
        return self._server.command("opencypher", cypher, params)

    def sql(self, statement: str, params: Params) -> list[dict[str, Any]]:
        """Run one statement of the database's own SQL."""
        return self._server.command("sql", statement, params)


__all__ += ["BoltTx"]
