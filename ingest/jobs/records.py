"""What the ledger keeps of runs, of mentions, and of what changed in the graph."""

from __future__ import annotations

import datetime
import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

__all__ = ["TABLES", "Known", "Records", "Run", "StatementChange", "now"]

TABLES = """
CREATE TABLE IF NOT EXISTS runs (
  number INTEGER PRIMARY KEY AUTOINCREMENT, store TEXT NOT NULL, started TEXT NOT NULL,
  ended TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL, pipeline TEXT NOT NULL,
  settings TEXT NOT NULL, counts TEXT NOT NULL, timings TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS readings (
  store TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, mentions INTEGER NOT NULL,
  entities INTEGER NOT NULL, relations TEXT NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (store, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal (
  store TEXT NOT NULL, run INTEGER NOT NULL, statement TEXT NOT NULL, subject TEXT NOT NULL,
  predicate TEXT NOT NULL, object TEXT NOT NULL, sign INTEGER NOT NULL,
  belief_before REAL, status_before TEXT, belief_after REAL, status_after TEXT,
  settled INTEGER NOT NULL, PRIMARY KEY (store, run, statement)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS journal_open ON journal (store, settled) WHERE settled = 0;
CREATE TABLE IF NOT EXISTS events (
  store TEXT NOT NULL, run INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
  detail TEXT NOT NULL, PRIMARY KEY (store, run, kind, id)) WITHOUT ROWID;
"""


def now() -> str:
    """Return the time as ISO 8601, UTC, in seconds."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


class Known(NamedTuple):
    """What is kept of an earlier reading of a document."""

    key: str
    mentions: int
    entities: int
    relations: dict[str, int]
    data: bytes


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a job.

    ``status`` is ``running``, ``finished``, ``interrupted``, ``failed`` (with its ``reason``) or
    ``crashed``; ``ended`` is the last checkpoint while it runs.
    """

    number: int
    started: str
    ended: str
    status: str
    reason: str
    pipeline: str
    stages: dict[str, str]
    settings: dict[str, Any]
    counts: dict[str, int]
    timings: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


class StatementChange(NamedTuple):
    """A statement before and after one or more runs; None where it was not there."""

    statement: str
    subject: str
    predicate: str
    object: str
    sign: int
    belief_before: float | None
    status_before: str | None
    belief_after: float | None
    status_after: str | None

    @property
    def changed(self) -> bool:
        """Whether before and after differ."""
        return (self.belief_before, self.status_before) != (self.belief_after, self.status_after)


class Records:
    """The part of the ledger (:class:`ingest.ledger.Ledger`) that speaks of runs."""

    store: str
    _db: sqlite3.Connection

    def _errors(self) -> AbstractContextManager[None]:
        raise NotImplementedError

    # runs -------------------------------------------------------------------------------

    def start_run(self, pipeline: str, settings: Mapping[str, Any]) -> int:
        """Note that a run starts, and that those which seem to run have crashed (the caller holds
        the lock); return its number."""
        with self._errors():
            self._db.execute(
                "UPDATE runs SET status='crashed', reason='its process ended without a word'"
                " WHERE store=? AND status='running'",
                (self.store,),
            )
            at = now()
            row = self._db.execute(
                "INSERT INTO runs (store, started, ended, status, reason, pipeline, settings,"
                " counts, timings) VALUES (?,?,?,'running','',?,?,'{}','{}')",
                (self.store, at, at, pipeline, json.dumps(dict(settings))),
            )
            return int(row.lastrowid or 0)

    def update_run(
        self,
        number: int,
        counts: Mapping[str, int],
        timings: Mapping[str, float],
        status: str = "running",
        reason: str = "",
    ) -> None:
        """Note how far a run is, or how it ended."""
        with self._errors():
            self._db.execute(
                "UPDATE runs SET ended=?, status=?, reason=?, counts=?, timings=? WHERE number=?",
                (
                    now(),
                    status,
                    reason,
                    json.dumps(dict(counts)),
                    json.dumps(dict(timings)),
                    number,
                ),
            )

    def runs(self, number: int | None = None) -> list[Run]:
        """Return the runs of this store (or one of them), oldest first, as they were noted."""
        with self._errors():
            rows = self._db.execute(
                "SELECT number, started, ended, status, reason, pipeline, versions, settings,"
                " counts, timings FROM runs LEFT JOIN stages USING (pipeline)"
                " WHERE store=? AND (? IS NULL OR number=?) ORDER BY number",
                (self.store, number, number),
            ).fetchall()
        return [Run(*r[:6], *(json.loads(x) if x else {} for x in r[6:])) for r in rows]

    def stages(self, pipeline: str) -> dict[str, str] | None:
        """Return what a pipeline version stands for."""
        with self._errors():
            row = self._db.execute(
                "SELECT versions FROM stages WHERE pipeline=?", (pipeline,)
            ).fetchone()
        return None if row is None else json.loads(row[0])

    # readings ---------------------------------------------------------------------------

    def known(self, id: str) -> Known | None:
        """Return what is kept of the last reading of a document."""
        with self._errors():
            row = self._db.execute(
                "SELECT key, mentions, entities, relations, data FROM readings"
                " WHERE store=? AND id=?",
                (self.store, id),
            ).fetchone()
        return None if row is None else Known(row[0], row[1], row[2], json.loads(row[3]), row[4])

    def put_known(self, items: Iterable[tuple[str, Known]]) -> None:
        """Keep readings, in the caller's transaction."""
        self._db.executemany(
            "INSERT OR REPLACE INTO readings VALUES (?,?,?,?,?,?,?)",
            [
                (self.store, id, k.key, k.mentions, k.entities, json.dumps(k.relations), k.data)
                for id, k in items
            ],
        )

    # the journal ------------------------------------------------------------------------

    def note_before(self, run: int, rows: Iterable[StatementChange]) -> None:
        """Note how statements stand before a write, in the caller's transaction; what a run noted
        first stays."""
        self._db.executemany(
            "INSERT INTO journal VALUES (?,?,?,?,?,?,?,?,?,NULL,NULL,0)"
            " ON CONFLICT (store, run, statement) DO UPDATE SET settled=0",
            [(self.store, run, *row[:7]) for row in rows],
        )

    def note_after(
        self, after: Mapping[str, tuple[float, str]], statements: Iterable[str] | None = None
    ) -> None:
        """Note how statements (all that are open if None) stand after a write, in the caller's
        transaction: those not in ``after`` are gone. What did not change is dropped."""
        wanted = self.open_statements() if statements is None else sorted(set(statements))
        self._db.executemany(
            "UPDATE journal SET belief_after=?, status_after=?, settled=1"
            " WHERE store=? AND statement=? AND settled=0",
            [(*after.get(s, (None, None)), self.store, s) for s in wanted],
        )

    def open_statements(self) -> list[str]:
        """Return statements whose state after a write is not noted: the job was killed in it."""
        with self._errors():
            rows = self._db.execute(
                "SELECT DISTINCT statement FROM journal WHERE store=? AND settled=0"
                " ORDER BY statement",
                (self.store,),
            ).fetchall()
        return [row[0] for row in rows]

    def prune_journal(self, run: int) -> None:
        """Drop what a run touched without changing it."""
        with self._errors():
            self._db.execute(
                "DELETE FROM journal WHERE store=? AND run=? AND settled=1"
                " AND belief_before IS belief_after AND status_before IS status_after",
                (self.store, run),
            )

    def note_events(self, run: int, events: Iterable[tuple[str, str, str]]) -> None:
        """Note (kind, publication, detail), in the caller's transaction."""
        self._db.executemany(
            "INSERT OR REPLACE INTO events VALUES (?,?,?,?,?)",
            [(self.store, run, *event) for event in events],
        )

    def events(self, first: int, last: int) -> list[tuple[int, str, str, str]]:
        """Return (run, kind, publication, detail) of a range of runs."""
        with self._errors():
            return self._db.execute(
                "SELECT run, kind, id, detail FROM events WHERE store=? AND run BETWEEN ? AND ?"
                " ORDER BY run, kind, id",
                (self.store, first, last),
            ).fetchall()

    def changes(self, first: int, last: int) -> list[StatementChange]:
        """Return the statements that differ before and after a range of runs, by id."""
        found: dict[str, StatementChange] = {}
        with self._errors():
            rows = self._db.execute(
                "SELECT statement, subject, predicate, object, sign, belief_before, status_before,"
                " belief_after, status_after FROM journal WHERE store=? AND run BETWEEN ? AND ?"
                " ORDER BY statement, run",
                (self.store, first, last),
            )
            for row in rows:
                change = StatementChange(*row)
                earlier = found.get(change.statement)
                if earlier is not None:
                    change = change._replace(
                        belief_before=earlier.belief_before, status_before=earlier.status_before
                    )
                found[change.statement] = change
        return [c for c in found.values() if c.changed]
