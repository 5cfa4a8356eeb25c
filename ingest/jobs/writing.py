"""The one writer of a job: what was read goes to the graph, with the ledger marked around it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from graph.errors import EtiographError
from graph.model import Batch, Publication
from graph.store import Store
from ingest.document import Document
from ingest.jobs.reading import Reading
from ingest.jobs.records import Known, StatementChange
from ingest.jobs.report import JobReport
from ingest.ledger import BEGUN, Ledger, Row
from ingest.sources.corrections import concerned

__all__ = ["Item", "Pending", "Writer"]

_PART = 5_000
_STATES = (
    "UNWIND $ids AS wanted MATCH (s:Statement {id: wanted}) RETURN s.id AS id, "
    "s.subject AS subject, s.predicate AS predicate, s.object AS object, s.sign AS sign, "
    "s.belief AS belief, s.status AS status"
)
_REPORTED = (
    "UNWIND $ids AS wanted MATCH (p:Publication {id: wanted})<-[:REPORTED_IN]-(e:Evidence) "
    "RETURN DISTINCT e.statement AS id"
)
_HAVE_EVIDENCE = (
    "UNWIND $ids AS wanted MATCH (p:Publication {id: wanted})<-[:REPORTED_IN]-(e:Evidence) "
    "RETURN DISTINCT p.id AS id"
)


@dataclass(frozen=True, slots=True)
class Item:
    """A document that was read: its rows in the ledger before and after, the extractors whose
    earlier evidence it replaces, and what is kept of the reading."""

    document: Document
    reading: Reading
    old: Row | None
    new: Row
    replaced: tuple[str, ...]
    known: Known


@dataclass(slots=True)
class Pending:
    """What is read but not written."""

    items: list[Item] = field(default_factory=list)
    deletions: list[str] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    """documents that were seen and stay as they are"""
    evidences: int = 0

    def __bool__(self) -> bool:
        return bool(self.items or self.deletions or self.touched)

    def __len__(self) -> int:
        return len(self.items) + len(self.deletions) + len(self.touched)


class Writer:
    """Writes to one store and its ledger, for one run.

    Args:
        cautious: the store may hold evidence that the ledger knows nothing of: every document
            replaces what it finds.
    """

    def __init__(
        self, store: Store, ledger: Ledger, report: JobReport, *, version: str, cautious: bool
    ) -> None:
        self.store = store
        self.ledger = ledger
        self.report = report
        self.version = version
        self.cautious = cautious
        self.last = time.monotonic()
        """when the last checkpoint was made"""

    def settle(self) -> None:
        """Note in the journal how a write ended in which an earlier job was killed."""
        statements = self.ledger.open_statements()
        if statements:
            after = {s.statement: s for s in self._states(statements)}
            with self.ledger.transaction():
                self._note_after(after, statements)

    def checkpoint(self, pending: Pending, path: str, pass_: int) -> None:
        """Write what is pending: ledger (begun), graph, ledger (written).

        Raises:
            StoreError: if the store fails; the same job can then be run again.
        """
        started = time.perf_counter()
        try:
            if pending:
                self._write(pending, path, pass_)
        except EtiographError as error:
            error.hint = error.hint or "Run the same command again: it resumes."
            raise
        finally:
            self.last = time.monotonic()
            self.report.add_times({"writing": time.perf_counter() - started})
        self.report.checkpoints += 1
        self.ledger.update_run(self.report.run, self.report.counts(), self.report.timings)

    def _write(self, pending: Pending, path: str, pass_: int) -> None:
        store, ledger, report, items = self.store, self.ledger, self.report, pending.items
        removals = self._removals(pending)
        notices = {id: i.document.id for i in items for id in i.document.retracts}
        batch = Batch.merge(i.reading.batch for i in items)
        about = _about(items)
        gained = [*((p.id, p.notices) for p in batch.publications if p.notices), *about.items()]
        earlier = self._notices({id for id, _ in gained})
        before = self._before(batch, removals, notices)
        if before or items or pending.deletions:
            with ledger.transaction():
                ledger.note_before(report.run, before.values())
                # the rows as they are known, so that a killed run still knows what it may replace
                ledger.put_documents(_begun(i) for i in items)
        keep = {e.id for e in batch.evidences}
        for extractor, ids in sorted(removals.items()):
            removed = store.remove_publication_evidence(sorted(ids), keep=keep, extractor=extractor)
            report.evidences_removed += removed.removed
            report.changes += removed.total
        if items:
            counts = store.write(batch)
            report.statements_added += counts.statements
            report.evidences_added += counts.evidences
            report.changes += counts.total
        if about:
            # not with the batch: the publication itself may be in it
            named = tuple(Publication(id, notices=n) for id, n in about.items())
            report.changes += store.write(Batch(publications=named)).total
        if notices:
            retracted = store.set_retracted(dict(sorted(notices.items())))
            report.retractions += len(notices)
            report.changes += retracted.total
        report.deleted += len(pending.deletions)
        after = {s.statement: s for s in self._states(sorted(before))}
        with ledger.transaction():
            self._note_after(after, before)
            ledger.note_events(report.run, _events(pending, notices, path, _new(gained, earlier)))
            ledger.supersede(i.old for i in items if i.old is not None and i.old.hash != i.new.hash)
            ledger.supersede(
                row for id in pending.deletions if (row := ledger.document(id)) is not None
            )
            ledger.forget(pending.deletions)
            ledger.touch(pending.touched, pass_, self.version)
            ledger.put_documents(i.new for i in items)
            ledger.put_known((i.document.id, i.known) for i in items)

    def _removals(self, pending: Pending) -> dict[str, set[str]]:
        """Return extractor -> publications whose evidence by it may go."""
        found: dict[str, set[str]] = {}
        for item in pending.items:
            if item.old is not None or self.cautious:
                for extractor in item.replaced:
                    found.setdefault(extractor, set()).add(item.document.id)
        for id in pending.deletions:
            row = self.ledger.document(id)
            for extractor in row.extractors.split() if row else ():
                found.setdefault(extractor, set()).add(id)
        return found

    # the journal ------------------------------------------------------------------------

    def _before(
        self, batch: Batch, removals: dict[str, set[str]], notices: dict[str, str]
    ) -> dict[str, StatementChange]:
        """Return how every statement stands that the write can touch, those to come included."""
        publications = {id for ids in removals.values() for id in ids} | set(notices)
        touched = {e.statement for e in batch.evidences}
        touched |= {row["id"] for row in self._rows(_REPORTED, sorted(publications))}
        found = {s.statement: s for s in self._states(sorted(touched))}
        for s in batch.statements:
            if s.id not in found:
                found[s.id] = StatementChange(
                    s.id, s.subject, s.predicate.value, s.object, s.sign, None, None, None, None
                )
        return dict(sorted(found.items()))

    def _notices(self, publications: set[str]) -> dict[str, set[str]]:
        """Return the notices that publications have; only of those that have evidence."""
        known = sorted(row["id"] for row in self._rows(_HAVE_EVIDENCE, sorted(publications)))
        found = {id: self.store.publication(id) for id in known}
        return {id: set(p.notices) for id, p in found.items() if p is not None}

    def _states(self, statements: list[str]) -> list[StatementChange]:
        return [
            StatementChange(
                row["id"], row["subject"], row["predicate"], row["object"], row["sign"],
                row["belief"], row["status"], None, None,
            )
            for row in self._rows(_STATES, statements)
        ]  # fmt: skip

    def _rows(self, query: str, ids: list[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for start in range(0, len(ids), _PART):
            part = {"ids": ids[start : start + _PART]}
            found.extend(self.store.read(query, part, max_rows=None, timeout=None).rows)
        return found

    def _note_after(self, after: dict[str, StatementChange], statements: Iterable[str]) -> None:
        states = {
            id: (s.belief_before, s.status_before)
            for id, s in after.items()
            if s.belief_before is not None and s.status_before is not None
        }
        self.ledger.note_after(states, statements)


def _begun(item: Item) -> Row:
    extractors = {*(item.old.extractors.split() if item.old else ()), *item.new.extractors.split()}
    row = item.old or item.new
    return row._replace(stage=BEGUN, extractors=" ".join(sorted(extractors)))


def _about(items: Iterable[Item]) -> dict[str, tuple[str, ...]]:
    """Return publication -> the notices that documents give it."""
    found: dict[str, set[str]] = {}
    for item in items:
        for id, notices in concerned(item.document).items():
            found.setdefault(id, set()).update(notices)
    return {id: tuple(sorted(notices)) for id, notices in sorted(found.items())}


def _new(
    gained: Iterable[tuple[str, tuple[str, ...]]], earlier: dict[str, set[str]]
) -> list[tuple[str, str, str]]:
    """Return (kind, publication, notice) of the notices that a publication with evidence did not have."""
    found: set[tuple[str, str, str]] = set()
    for id, notices in gained:
        for notice in set(notices) - earlier.get(id, set(notices)):
            kind, _, by = notice.rpartition(" ") if ":" in notice else (notice, "", "")
            found.add((kind, id, by))
    return sorted(found)


def _events(
    pending: Pending, notices: dict[str, str], path: str, noticed: list[tuple[str, str, str]]
) -> list[tuple[str, str, str]]:
    events = [*noticed, *(("retraction", id, notice) for id, notice in notices.items())]
    events += [("deletion", id, path) for id in pending.deletions]
    for item in pending.items:
        if item.old is not None and item.old.hash != item.new.hash:
            publication = item.document.publication
            if publication.retracted:
                events.append(("retraction", publication.id, publication.retraction))
            else:
                events.append(("correction", publication.id, path))
    return sorted(events)
