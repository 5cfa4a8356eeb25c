"""Ingestion jobs: from files to the graph, resumable and idempotent.

For every file: documents are read as a stream, extracted by one or more readers
(:mod:`ingest.jobs.readers`), and written in batches by one writer, in the order of the file. The
ledger is marked around every graph write (see :mod:`ingest.ledger`), so a job may be killed at any
moment; the next run goes on where it stopped and ends with the same graph. What is decided about a
document depends on the ledger alone, and what is read from it on its text, so the graph is the same
whatever the number of readers.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from graph.errors import EtiographError, InputError, UsageError
from graph.store import Store
from ingest.document import Document
from ingest.jobs.readers import Done, Readers, open_readers
from ingest.jobs.reading import Reading, Work, document_record, mention_key
from ingest.jobs.records import Known
from ingest.jobs.report import JobReport
from ingest.jobs.stages import Change, Redo, compare
from ingest.jobs.writing import Item, Pending, Writer
from ingest.ledger import WRITTEN, Ledger, Row
from ingest.pipeline import Pipeline
from ingest.sources import Deletion, InputFile, Rejected, find, pick
from ingest.sources.base import Item as SourceItem
from ingest.sources.files import file_hash

__all__ = ["Job", "JobReport", "Progress", "run"]

Progress = Callable[[int, int | None, str], None]
"""called with (records done, total if known, what is going on)"""

_BATCH_EVIDENCES = 3_000
_BATCH_DOCUMENTS = 1_000
_BATCH_SECONDS = 3.0
"""a checkpoint is due so long after the last one: with the writing itself they stay under 5 s apart"""
_CHUNK_DOCUMENTS = 64
_CHUNK_CHARACTERS = (2_000, 100_000)
_CHUNK_SECONDS = 0.25
"""chunks are cut so that reading one takes about so long"""
_REPORTED = 0.1
_HOPELESS = 50
"""when so many documents in a row cannot be read and none could, the pipeline is to blame"""


def run(
    store: Store,
    sources: Sequence[Path | str],
    *,
    ledger: Path,
    pipeline: Pipeline | None = None,
    progress: Progress | None = None,
    limit: int | None = None,
    workers: int = 1,
    ray: str | None = None,
    again: bool = False,
) -> JobReport:
    """Read files, directories or globs into a store.

    Args:
        store: where statements and evidences go.
        sources: what to read; files found are read in sorted order within each source.
        ledger: the SQLite file that remembers what was done; made if absent.
        pipeline: how documents are read; the default one if None.
        progress: called now and then while reading.
        limit: stop after so many documents (the file is then not marked as read).
        workers: how many processes extract; 1 is this one. The graph is the same for any number.
        ray: the address of a Ray cluster that extracts instead.
        again: look into files that were read to their end, too.

    Returns:
        counts of what was done. Ctrl-C ends the run early with ``interrupted`` set: everything
        written so far is in the ledger and the same call goes on from there.

    Raises:
        InputError: if a source does not exist or has nothing to read, or no file could be read.
        StoreLockedError: if another job is using the ledger.
        StoreError: if the store fails; what was committed before stays and is in the ledger.
        UsageError: if the pipeline cannot be made in other processes, or fails on every document.
    """
    if workers < 1:
        raise UsageError(f"a job needs at least one worker, not {workers}")
    files = find(sources)
    settings = {"sources": [str(s) for s in sources], "workers": workers, "ray": ray or "",
                "limit": limit, "again": again}  # fmt: skip

    def read(job: Job) -> None:
        errors: list[InputError] = []
        for file in files:
            if job.finished:
                break
            try:
                job.read_file(file, again=again)
            except InputError as error:
                errors.append(error)
                job.give_up(file, error)
        if errors and job.report.files_failed == len(files):
            raise errors[0]

    return run_job(
        store, ledger, pipeline or Pipeline(), read, settings, progress=progress, limit=limit,
        workers=workers, ray=ray,
    )  # fmt: skip


def run_job(
    store: Store,
    ledger: Path,
    pipeline: Pipeline,
    read: Callable[[Job], None],
    settings: dict[str, Any],
    *,
    progress: Progress | None = None,
    limit: int | None = None,
    workers: int = 1,
    ray: str | None = None,
) -> JobReport:
    """Do ``read`` with a job: the ledger locked, the readers started and ended, the run recorded."""
    started = time.monotonic()
    report = JobReport(workers=workers)
    with Ledger(ledger, store.store_id) as opened:
        opened.lock()
        opened.remember_stages(pipeline.version, pipeline.stages)
        report.run = opened.start_run(pipeline.version, settings)
        readers: Readers | None = None
        status, reason = "failed", ""
        try:
            readers = open_readers(pipeline, workers, ray)
            job = Job(store, opened, pipeline, readers, report, progress, limit)
            read(job)
            job.drain()
            status = "finished"
        except KeyboardInterrupt:
            report.interrupted = True
            status, reason = "interrupted", "Ctrl-C"
        except EtiographError as error:
            reason = str(error)
            raise
        finally:
            if readers is not None:
                report.restarts = readers.restarts
                readers.close()
            report.seconds = round(time.monotonic() - started, 3)
            report.round_times()
            opened.prune_journal(report.run)
            opened.update_run(report.run, report.counts(), report.timings, status, reason)
    return report


@dataclasses.dataclass(frozen=True, slots=True)
class _Ticket:
    """What the writer has to know of a document that is being read."""

    document: Document
    path: str
    old: Row | None
    new: Row
    redo: Redo
    known: Known | None


class Job:
    """One run: decides what to read, hands it to the readers, writes what comes back in order."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        pipeline: Pipeline,
        readers: Readers,
        report: JobReport,
        progress: Progress | None,
        limit: int | None,
    ) -> None:
        self.ledger = ledger
        self.readers = readers
        self.version = pipeline.version
        self.stages = pipeline.stages
        self.key = mention_key(self.stages)
        self.extractors = tuple(sorted(e.name for e in pipeline.extractors))
        self.report = report
        self.limit = limit
        # a ledger that knows nothing of a store that is not empty: evidences of earlier readings
        # may be there, so every document replaces what it finds
        cautious = (
            ledger.count_documents() == 0 and next(iter(store.publications()), None) is not None
        )
        self.writer = Writer(store, ledger, report, version=self.version, cautious=cautious)
        self.writer.settle()
        self._progress = progress
        self._last_progress = 0.0
        self._pass = 0
        self._path = ""
        self._changes: dict[str, Change] = {}
        self._pending = Pending()
        self._busy: set[str] = set()
        """documents that are on their way: another record of one of them has to wait"""
        self._chunk: list[tuple[Work, _Ticket]] = []
        self._characters = 0
        self._target = float(_CHUNK_CHARACTERS[0])
        self._number = 0
        self._next = 0
        self._flying: dict[int, list[_Ticket]] = {}
        self._landed: dict[int, Done] = {}
        self._hopeless = 0

    @property
    def finished(self) -> bool:
        """Whether the limit is reached."""
        return self.limit is not None and self.report.documents >= self.limit

    def tell(self, message: str, *, force: bool = False) -> None:
        """Report progress, at most ten times a second."""
        now = time.monotonic()
        if self._progress and (force or now - self._last_progress >= _REPORTED):
            self._last_progress = now
            self._progress(self.report.documents, None, message)

    def set_aside(self, path: str, item: Rejected, kind: str = "record") -> None:
        """Record a failure in the ledger and in the report."""
        self.ledger.add_failure(path, item, kind=kind, run=self.report.run)
        self.report.failed(path, item.record, item.where, item.id, item.reason)

    # files ------------------------------------------------------------------------------

    def read_file(self, file: InputFile, *, again: bool = False) -> None:
        """Read one file to its end, unless it is known to be unchanged.

        Raises:
            InputError: if it cannot be opened.
        """
        report = self.report
        path = str(file.path.resolve())
        report.files += 1
        self.tell(f"checking {file.path.name}", force=True)
        digest = file_hash(file.path)
        if not again and self.ledger.file_done(path, digest, self.version) is not None:
            report.files_unchanged += 1
            return
        source = pick(file.path)
        before = report.counts()
        self.begin(path)
        for item in self._timed(source.read(file.path)):
            self.take(item)
            self.tell(file.path.name)
            if self.finished:
                self.drain()
                return
        self.drain()
        if file_hash(file.path) != digest:
            self.set_aside(path, Rejected("the file changed while it was read", 0, path))
            return
        after = report.counts()
        counts = {
            name: after[name] - before[name]
            for name in (
                "documents", "new", "changed", "unchanged", "deleted", "set_aside", "relations",
            )
        }  # fmt: skip
        self.ledger.finish_file(path, digest, self.version, self._pass, counts)
        self.ledger.clear_failures(path, report.run)
        self.tell(f"{file.path.name} done", force=True)

    def begin(self, path: str) -> None:
        """Start to take the items of a file."""
        self._path = path
        self._pass = self.ledger.new_pass()

    def give_up(self, file: InputFile, error: InputError) -> None:
        """Set a file aside; what was read of it before is written."""
        self.drain()
        self.set_aside(str(file.path.resolve()), Rejected(str(error), 0, str(file.path)))
        self.report.files_failed += 1

    def _timed(self, items: Iterator[SourceItem]) -> Iterator[SourceItem]:
        while True:
            started = time.perf_counter()
            item = next(items, None)
            self.report.add_times({"reading": time.perf_counter() - started})
            if item is None:
                return
            yield item

    # items ------------------------------------------------------------------------------

    def take(self, item: SourceItem) -> None:
        """Take what a source yields: read it, sooner or later, or set it aside."""
        if isinstance(item, Document):
            self.report.documents += 1
            self._document(item)
        elif isinstance(item, Deletion):
            self._deletion(item)
        else:
            self.set_aside(self._path, item)
        if self._full():
            self._pump(wait=False)

    def _document(self, document: Document) -> None:
        report, ledger = self.report, self.ledger
        if document.id in self._busy:
            self.drain()
        row = ledger.document(document.id)
        same = row is not None and row.hash == document.hash
        redo: Redo | None = Redo(True, self.extractors, self.extractors)
        known: Known | None = None
        if row is not None and same and row.stage == WRITTEN:
            if row.pipeline == self.version:
                self._unchanged(document.id, moved=row.pass_ != self._pass)
                return
            known = ledger.known(document.id)
            redo = self._change(row.pipeline).redo(known)
            if redo is None:
                report.unaffected += 1
                self._unchanged(document.id, moved=True)
                return
            report.redone[redo.reason] = report.redone.get(redo.reason, 0) + 1
        elif row is not None and not same and (row.path, row.pass_) == (self._path, self._pass):
            report.duplicates += 1
            reason = (
                f"another text for {document.id} than record {row.record}: this later one is used"
            )
            where = f"record {document.record}"
            self.set_aside(
                self._path, Rejected(reason, document.record, where, document.id, partial=True)
            )
        elif not same and ledger.is_superseded(document.id, self._path, document.hash):
            report.stale += 1
            return
        if row is None:
            report.new += 1
        else:
            report.changed += 1
        assert redo is not None
        if redo.everything and row is not None:
            every = sorted({*redo.replaced, *row.extractors.split()})
            redo = dataclasses.replace(redo, replaced=tuple(every))
        work = Work(document)
        if not redo.everything:
            assert known is not None
            work = Work(document, known.data, redo.extractors)
        new = Row(
            document.id, document.hash, self.version, WRITTEN, self._path, document.record,
            self._pass, " ".join(self.extractors), 0,
        )  # fmt: skip
        self._busy.add(document.id)
        self._chunk.append((work, _Ticket(document, self._path, row, new, redo, known)))
        self._characters += len(document.text)
        if len(self._chunk) >= _CHUNK_DOCUMENTS or self._characters >= self._target:
            self._submit()

    def _unchanged(self, id: str, *, moved: bool) -> None:
        self.report.unchanged += 1
        if moved:
            self._pending.touched.append(id)
            self._busy.add(id)

    def _change(self, pipeline: str) -> Change:
        if pipeline not in self._changes:
            self._changes[pipeline] = compare(self.ledger.stages(pipeline), self.stages)
        return self._changes[pipeline]

    def _deletion(self, deletion: Deletion) -> None:
        if deletion.id in self._busy:
            self.drain()
        if self.ledger.document(deletion.id) is not None:
            self._pending.deletions.append(deletion.id)
            self._busy.add(deletion.id)

    # chunks -----------------------------------------------------------------------------

    def _submit(self) -> None:
        chunk, self._chunk, self._characters = self._chunk, [], 0
        while len(self._flying) >= self.readers.capacity:
            self._pump(wait=True)
        self._flying[self._number] = [ticket for _, ticket in chunk]
        self.readers.submit(self._number, [work for work, _ in chunk])
        self._number += 1
        self._pump(wait=False)

    def _pump(self, *, wait: bool) -> None:
        """Take what the readers have done; write when it is time to."""
        done = self.readers.take(0.2 if wait else 0.0)
        while done is not None:
            self._landed[done.number] = done
            done = self.readers.take(0.0) if len(self._landed) < len(self._flying) else None
        while (ready := self._landed.pop(self._next, None)) is not None:
            tickets = self._flying.pop(self._next)
            self._next += 1
            self._received(ready, tickets)
        if self._full():
            self._checkpoint()

    def _full(self) -> bool:
        pending = self._pending
        return bool(pending) and (
            pending.evidences >= _BATCH_EVIDENCES
            or len(pending) >= _BATCH_DOCUMENTS
            or time.monotonic() - self.writer.last > _BATCH_SECONDS
        )

    def _received(self, done: Done, tickets: Iterable[_Ticket]) -> None:
        report = self.report
        report.add_times(done.seconds)
        size = 0
        for ticket, reading in zip(tickets, done.readings, strict=True):
            size += len(ticket.document.text)
            if reading.error:
                self._poison(ticket, reading)
                continue
            self._hopeless = -1
            report.sentences += reading.sentences
            report.words += reading.words
            report.mentions += reading.mentions
            report.ungrounded += reading.ungrounded
            report.relations += sum(reading.relations.values())
            self._pending.items.append(_item(ticket, reading, self.key))
            self._pending.evidences += len(reading.batch.evidences)
        if done.elapsed > 0:
            low, high = _CHUNK_CHARACTERS
            wanted = size / done.elapsed * _CHUNK_SECONDS
            self._target = min(max(wanted, low, self._target / 2), high, self._target * 2)

    def _poison(self, ticket: _Ticket, reading: Reading) -> None:
        document = ticket.document
        raw = document_record(document)
        where = f"record {document.record}"
        item = Rejected(reading.error, document.record, where, document.id, raw)
        self.set_aside(ticket.path, item, kind="document")
        self._busy.discard(document.id)
        if self._hopeless >= 0:
            self._hopeless += 1
            if self._hopeless >= _HOPELESS:
                raise UsageError(
                    f"none of the first {_HOPELESS} documents could be read: {reading.error}",
                    hint="A component of the pipeline does not work here; try it on one document.",
                )

    def _checkpoint(self) -> None:
        pending, self._pending = self._pending, Pending()
        self.writer.checkpoint(pending, self._path, self._pass)
        self._busy.difference_update(i.document.id for i in pending.items)
        self._busy.difference_update(pending.deletions)
        self._busy.difference_update(pending.touched)

    def drain(self) -> None:
        """Wait for everything that is on its way, and write it."""
        if self._chunk:
            self._submit()
        while self._flying:
            self._pump(wait=True)
        if self._pending:
            self._checkpoint()


def _item(ticket: _Ticket, reading: Reading, key: str) -> Item:
    relations = dict(reading.relations)
    if not ticket.redo.everything and ticket.known is not None:
        kept = {n: k for n, k in ticket.known.relations.items() if n not in ticket.redo.replaced}
        relations = kept | relations
    known = Known(key, reading.mentions, reading.entities, relations, reading.packed)
    new = ticket.new._replace(statements=len(reading.batch.statements))
    return Item(ticket.document, reading, ticket.old, new, ticket.redo.replaced, known)
