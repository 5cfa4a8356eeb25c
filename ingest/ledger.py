"""What has been read: files, documents with their stages, and records set aside (SQLite).

The ledger is written around every graph write: documents are marked ``begun`` before it and
``written`` after its commit. A process killed in between leaves ``begun`` rows; those documents are
read again and whatever the first attempt left in the graph is replaced. One ledger file can serve
several stores: everything in it is kept by store id.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from graph.errors import InputError, StoreError, StoreFullError, StoreLockedError, StoreVersionError
from ingest.jobs.records import TABLES, Records, Run, now
from ingest.sources.base import Rejected

__all__ = ["BEGUN", "WRITTEN", "Failure", "Ledger", "Row", "failures"]

_SCHEMA = 2
BEGUN, WRITTEN = "begun", "written"
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS stages (pipeline TEXT PRIMARY KEY, versions TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (
  store TEXT NOT NULL, path TEXT NOT NULL, hash TEXT NOT NULL, pipeline TEXT NOT NULL,
  pass INTEGER NOT NULL, counts TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (store, path));
CREATE TABLE IF NOT EXISTS documents (
  store TEXT NOT NULL, id TEXT NOT NULL, hash TEXT NOT NULL, pipeline TEXT NOT NULL,
  stage TEXT NOT NULL, path TEXT NOT NULL, record INTEGER NOT NULL, pass INTEGER NOT NULL,
  extractors TEXT NOT NULL, statements INTEGER NOT NULL, PRIMARY KEY (store, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS superseded (
  store TEXT NOT NULL, id TEXT NOT NULL, path TEXT NOT NULL, hash TEXT NOT NULL,
  PRIMARY KEY (store, id, path, hash)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS failures (
  store TEXT NOT NULL, path TEXT NOT NULL, record INTEGER NOT NULL, place TEXT NOT NULL,
  id TEXT NOT NULL, reason TEXT NOT NULL, partial INTEGER NOT NULL, raw BLOB NOT NULL,
  at TEXT NOT NULL, kind TEXT NOT NULL DEFAULT 'record', run INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS failures_path ON failures (store, path);
CREATE TABLE IF NOT EXISTS passes (number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL);
"""


class Row(NamedTuple):
    """A document as the ledger knows it."""

    id: str
    hash: str
    pipeline: str
    stage: str
    path: str
    record: int
    pass_: int
    extractors: str
    statements: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A record that was set aside; ``partial`` when the rest of its document was read."""

    file: str
    record: int
    where: str
    id: str
    reason: str
    partial: bool
    at: str
    kind: str = "record"
    """``record``: it could not be parsed; ``document``: it was parsed and could not be read"""
    run: int = 0
    row: int = 0
    """where the ledger keeps it"""

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> Failure:
        """Return it from a row of the ledger."""
        file, record, where, id, reason, partial, at, kind, run, number = row
        return cls(file, record, where, id, reason, bool(partial), at, kind, run, number)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


class Ledger(Records):
    """The ledger of one store. Use as a context manager, or call :meth:`close`.

    Raises:
        StoreVersionError: if the file was written by a newer version.
        StoreLockedError: if another job is writing to it.
        InputError: if the file is no ledger.
    """

    def __init__(self, path: Path, store: str, *, write: bool = True) -> None:
        self.path = path
        self.store = store
        self._job_lock: sqlite3.Connection | None = None
        if not write and not path.exists():
            raise InputError(
                "there is no ledger", where=str(path), hint="Nothing was ingested yet."
            )
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=10.0, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_TABLES + TABLES)
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('schema', ?)", (str(_SCHEMA),))
            (found,) = self._db.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
            if int(found) == 1:
                self._second_schema()
        if int(found) > _SCHEMA:
            self.close()
            raise StoreVersionError(
                f"the ledger has schema {found}, this version knows {_SCHEMA}", where=str(path),
                hint="Use the newer version of etiograph that wrote it.",
            )  # fmt: skip

    def _second_schema(self) -> None:
        for column in ("kind TEXT NOT NULL DEFAULT 'record'", "run INTEGER NOT NULL DEFAULT 0"):
            self._db.execute(f"ALTER TABLE failures ADD COLUMN {column}")
        self._db.execute("UPDATE meta SET value='2' WHERE key='schema'")

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            text = str(error)
            if "locked" in text or "busy" in text:
                raise StoreLockedError(
                    "another process is using the ledger", where=str(self.path),
                    hint="Wait until that job has ended.",
                ) from error  # fmt: skip
            if "full" in text:
                raise StoreFullError(
                    "no space left to write the ledger", where=str(self.path),
                    hint="Free some space and run the same command again: it resumes.",
                ) from error  # fmt: skip
            raise StoreError(f"the ledger cannot be used: {text}", where=str(self.path)) from error
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"not a ledger, or a damaged one: {error}", where=str(self.path),
                hint="Move it away; the next run reads everything again and changes nothing twice.",
            ) from error  # fmt: skip
        except OSError as error:
            raise StoreError(f"the ledger cannot be used: {error}", where=str(self.path)) from error

    def lock(self) -> None:
        """Take the right to run a job with this ledger until :meth:`close`; a dead process holds none.

        Raises:
            StoreLockedError: if another process has it.
        """
        with self._errors():
            path = self.path.with_name(self.path.name + ".lock")
            self._job_lock = sqlite3.connect(path, timeout=0.2, isolation_level=None)
            self._job_lock.execute("BEGIN EXCLUSIVE")

    def locked(self) -> bool:
        """Whether a job runs with this ledger now, here or in another process."""
        if self._job_lock is not None:
            return True
        with self._errors():
            path = self.path.with_name(self.path.name + ".lock")
            probe = sqlite3.connect(path, timeout=0.0, isolation_level=None)
            try:
                probe.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                return True
            finally:
                probe.close()
        return False

    def history(self, number: int | None = None) -> list[Run]:
        """Return the runs (or one of them), oldest first; one that was killed is told as such."""
        found = self.runs(number)
        if any(r.status == "running" for r in found) and not self.locked():
            why = "its process ended without a word"
            found = [
                replace(r, status="crashed", reason=why) if r.status == "running" else r
                for r in found
            ]
        return found

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is written together or not at all."""
        with self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    # files ------------------------------------------------------------------------------

    def new_pass(self) -> int:
        """Return a number that no earlier reading of a file had."""
        with self._errors():
            return int(
                self._db.execute("INSERT INTO passes (at) VALUES (?)", (now(),)).lastrowid or 0
            )

    def remember_stages(self, pipeline: str, stages: Mapping[str, str]) -> None:
        """Keep what a pipeline version stands for."""
        with self._errors():
            self._db.execute(
                "INSERT OR IGNORE INTO stages VALUES (?, ?)", (pipeline, json.dumps(dict(stages)))
            )

    def file_done(self, path: str, hash: str, pipeline: str) -> dict[str, int] | None:
        """Return the counts of a file that was read to its end, unchanged since, or None."""
        with self._errors():
            row = self._db.execute(
                "SELECT counts FROM files WHERE store=? AND path=? AND hash=? AND pipeline=?",
                (self.store, path, hash, pipeline),
            ).fetchone()
        return None if row is None else json.loads(row[0])

    def finish_file(
        self, path: str, hash: str, pipeline: str, pass_: int, counts: Mapping[str, int]
    ) -> None:
        """Mark a file as read to its end."""
        with self._errors():
            self._db.execute(
                "INSERT OR REPLACE INTO files VALUES (?,?,?,?,?,?,?)",
                (self.store, path, hash, pipeline, pass_, json.dumps(dict(counts)), now()),
            )

    # documents --------------------------------------------------------------------------

    def document(self, id: str) -> Row | None:
        """Return what is known of a document."""
        with self._errors():
            row = self._db.execute(
                "SELECT id, hash, pipeline, stage, path, record, pass, extractors, statements"
                " FROM documents WHERE store=? AND id=?",
                (self.store, id),
            ).fetchone()
        return None if row is None else Row(*row)

    def count_documents(self) -> int:
        """Return how many documents are known."""
        with self._errors():
            row = self._db.execute(
                "SELECT count(*) FROM documents WHERE store=?", (self.store,)
            ).fetchone()
        return int(row[0])

    def put_documents(self, rows: Iterable[Row]) -> None:
        """Write documents, in the caller's transaction."""
        self._db.executemany(
            "INSERT OR REPLACE INTO documents VALUES (?,?,?,?,?,?,?,?,?,?)",
            [(self.store, *row) for row in rows],
        )

    def touch(self, ids: Iterable[str], pass_: int, pipeline: str) -> None:
        """Note that unchanged documents were seen in this reading, in the caller's transaction."""
        self._db.executemany(
            "UPDATE documents SET pass=?, pipeline=? WHERE store=? AND id=?",
            [(pass_, pipeline, self.store, id) for id in ids],
        )

    def forget(self, ids: Iterable[str]) -> None:
        """Drop documents, in the caller's transaction."""
        gone = [(self.store, i) for i in ids]
        self._db.executemany("DELETE FROM documents WHERE store=? AND id=?", gone)
        self._db.executemany("DELETE FROM readings WHERE store=? AND id=?", gone)

    def supersede(self, rows: Iterable[Row]) -> None:
        """Remember that these versions of documents were replaced or deleted, in the caller's
        transaction: reading their file again does not bring them back."""
        self._db.executemany(
            "INSERT OR IGNORE INTO superseded VALUES (?,?,?,?)",
            [(self.store, r.id, r.path, r.hash) for r in rows],
        )

    def is_superseded(self, id: str, path: str, hash: str) -> bool:
        """Whether this version from this file was already replaced or deleted."""
        with self._errors():
            row = self._db.execute(
                "SELECT 1 FROM superseded WHERE store=? AND id=? AND path=? AND hash=?",
                (self.store, id, path, hash),
            ).fetchone()
        return row is not None

    # failures ---------------------------------------------------------------------------

    def clear_failures(self, path: str, run: int) -> None:
        """Forget the failures that earlier runs had with a file that was read to its end."""
        with self._errors():
            self._db.execute(
                "DELETE FROM failures WHERE store=? AND path=? AND run<?", (self.store, path, run)
            )

    def add_failure(self, path: str, item: Rejected, *, kind: str = "record", run: int = 0) -> None:
        """Keep a record that was set aside, with its bytes; it takes the place of what an earlier
        run said of the same record."""
        with self._errors():
            self._db.execute(
                "DELETE FROM failures WHERE store=? AND path=? AND record=? AND id=? AND run<?",
                (self.store, path, item.record, item.id, run),
            )
            self._db.execute(
                "INSERT INTO failures VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                (
                    self.store, path, item.record, item.where, item.id, item.reason,
                    int(item.partial), zlib.compress(item.raw), now(), kind, run,
                ),
            )  # fmt: skip

    def failures(self, path: str | None = None) -> list[Failure]:
        """Return the records set aside, by file and record."""
        with self._errors():
            rows = self._db.execute(
                "SELECT path, record, place, id, reason, partial, at, kind, run, rowid"
                " FROM failures"
                " WHERE store=? AND (? IS NULL OR path=?) ORDER BY path, record, rowid",
                (self.store, path, path),
            ).fetchall()
        return [Failure.of(row) for row in rows]

    def raw(self, path: str, record: int) -> bytes:
        """Return the bytes of a record that was set aside, empty if they were not kept."""
        with self._errors():
            row = self._db.execute(
                "SELECT raw FROM failures WHERE store=? AND path=? AND record=? ORDER BY rowid",
                (self.store, path, record),
            ).fetchone()
        return zlib.decompress(row[0]) if row else b""

    def raw_of(self, failure: Failure) -> bytes:
        """Return the bytes of one failure, empty if they were not kept."""
        with self._errors():
            row = self._db.execute(
                "SELECT raw FROM failures WHERE store=? AND rowid=?", (self.store, failure.row)
            ).fetchone()
        return zlib.decompress(row[0]) if row else b""

    def drop_failure(self, failure: Failure) -> None:
        """Forget one failure: its record was read. One of a later run stays."""
        with self._errors():
            self._db.execute(
                "DELETE FROM failures WHERE store=? AND rowid=? AND run=?",
                (self.store, failure.row, failure.run),
            )

    def close(self) -> None:
        """Release the files; safe to call twice."""
        self._db.close()
        if self._job_lock is not None:
            self._job_lock.close()
            self._job_lock = None

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def failures(ledger: Path, store: str | None = None) -> list[Failure]:
    """Return the records set aside, for one store id or for all.

    Raises:
        InputError: if there is no ledger.
    """
    with Ledger(ledger, store or "", write=False) as opened:
        if store is not None:
            return opened.failures()
        stores = [
            r[0] for r in opened._db.execute("SELECT DISTINCT store FROM failures ORDER BY store")
        ]
        found: list[Failure] = []
        for opened.store in stores:
            found.extend(opened.failures())
        return found
