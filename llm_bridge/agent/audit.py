"""What happened, in order, for ever: an append-only SQLite log whose entries are chained by hashes.

Each entry's hash covers the one before, so that changing, removing or reordering any but the last
entries shows; the database itself refuses UPDATE and DELETE. Whoever keeps :attr:`AuditLog.head`
elsewhere can also tell that the end was cut off.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graph.closing import Closing
from graph.errors import InputError

__all__ = ["AuditLog", "Entry", "questions"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
  seq INTEGER PRIMARY KEY, run TEXT NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL,
  body TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX IF NOT EXISTS entries_by_run ON entries (run, kind);
CREATE TRIGGER IF NOT EXISTS entries_stay BEFORE UPDATE ON entries
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS entries_remain BEFORE DELETE ON entries
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
"""
_START = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened in a run."""

    seq: int
    run: str
    at: str
    kind: str
    body: Mapping[str, Any]
    hash: str


def _hash(previous: str, seq: int, run: str, at: str, kind: str, body: str) -> str:
    text = json.dumps([previous, seq, run, at, kind, body], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def questions(asked: Sequence[Entry]) -> tuple[str, ...]:
    """Return the questions that a model is told of: the last five."""
    return tuple(str(e.body["question"]) for e in asked)[-5:]


class AuditLog(Closing):
    """The log in one file, safe to write from several threads and processes.

    Args:
        path: the SQLite file, made when it is not there.

    Raises:
        InputError: if the file is something else.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        try:
            self._db = sqlite3.connect(
                self.path, timeout=30, isolation_level=None, check_same_thread=False
            )
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            raise InputError(f"the audit log cannot be opened: {error}", where=str(path)) from None

    def close(self) -> None:
        """Release the file; safe to call twice."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def add(self, run: str, kind: str, body: Mapping[str, Any] | None = None) -> str:
        """Append an entry and return its hash; it is on disk when this returns."""
        # lone surrogates can come in a model's reply, but not into UTF-8
        text = json.dumps(dict(body or {}), ensure_ascii=True, sort_keys=True, default=str)
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self._writing():
            last = self._db.execute("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1")
            seq, previous = last.fetchone() or (0, _START)
            digest = _hash(previous, seq + 1, run, at, kind, text)
            row = (seq + 1, run, at, kind, text, previous, digest)
            self._db.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return digest

    @property
    def head(self) -> str:
        """Hash of the last entry."""
        with self._lock:
            row = self._db.execute("SELECT hash FROM entries ORDER BY seq DESC LIMIT 1").fetchone()
        return str(row[0]) if row else _START

    def entries(self, run: str | None = None, kind: str | None = None) -> list[Entry]:
        """Return entries in order, of one run or kind if named."""
        with self._lock:
            rows = self._db.execute(
                "SELECT seq, run, at, kind, body, hash FROM entries "
                "WHERE (?1 IS NULL OR run = ?1) AND (?2 IS NULL OR kind = ?2) ORDER BY seq",
                (run, kind),
            ).fetchall()
        return [Entry(s, r, a, k, json.loads(b), h) for s, r, a, k, b, h in rows]

    def runs(self) -> list[tuple[str, str, str]]:
        """Return (run, when it began, question), oldest first."""
        return [(e.run, e.at, str(e.body.get("question", ""))) for e in self.entries(kind="asked")]

    def asked_before(self, run: str) -> list[Entry]:
        """Return what was asked before a run in its conversation, oldest first."""
        own = self.entries(run, "asked")
        name = own[0].body.get("conversation") if own else ""
        return [e for e in self.asked_in(name) if e.seq < own[0].seq] if name else []

    def asked_in(self, conversation: str) -> list[Entry]:
        """Return what was asked in a conversation, oldest first."""
        asked = self.entries(kind="asked")
        return [e for e in asked if conversation and e.body.get("conversation") == conversation]

    def cancel(self, run: str) -> None:
        """Ask a run to stop, from any process."""
        self.add(run, "cancel")

    def cancelled(self, run: str) -> bool:
        """Whether somebody asked the run to stop and nobody has resumed it since."""
        with self._lock:
            row = self._db.execute(
                "SELECT kind FROM entries WHERE run = ? AND kind IN ('cancel', 'resumed') "
                "ORDER BY seq DESC LIMIT 1",
                (run,),
            ).fetchone()
        return row is not None and row[0] == "cancel"

    def problems(self, head: str | None = None) -> list[str]:
        """Return what is wrong with the chain; empty when it is whole.

        Args:
            head: the hash of an entry that must be there, noted earlier.
        """
        previous, expected, found = _START, 1, []
        seen = set()
        with self._lock:
            rows = self._db.execute(
                "SELECT seq, run, at, kind, body, previous, hash FROM entries ORDER BY seq"
            ).fetchall()
        for seq, run, at, kind, body, before, digest in rows:
            if seq != expected:
                found.append(f"entry {expected} is missing")
            if before != previous or digest != _hash(before, seq, run, at, kind, body):
                found.append(f"entry {seq} was changed")
            previous, expected = digest, seq + 1
            seen.add(digest)
        if head is not None and head not in seen and head != _START:
            found.append("the entry noted earlier is gone: the end of the log was cut off")
        return found
