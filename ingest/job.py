"""Ingestion jobs: from files to the graph, resumable and idempotent.

For every file: documents are read as a stream, extracted, and written in batches of evidences. The
ledger is marked around every graph write (see :mod:`ingest.ledger`), so a job may be killed at any
moment; the next run goes on where it stopped and ends with the same graph.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from graph.errors import EtiographError, InputError
from graph.model import Batch
from graph.store import Store
from ingest.document import Document
from ingest.ledger import BEGUN, WRITTEN, Ledger, Row
from ingest.pipeline import Extraction, Pipeline
from ingest.sources import Deletion, InputFile, Rejected, find, pick
from ingest.sources.files import file_hash

__all__ = ["JobReport", "Progress", "run"]

Progress = Callable[[int, int | None, str], None]
"""called with (records done, total if known, what is going on)"""

_BATCH_EVIDENCES = 3_000
_BATCH_DOCUMENTS = 1_000
_BATCH_SECONDS = 5.0
_REPORTED = 0.1


@dataclass
class JobReport:
    """What a job did. ``interrupted`` when it was stopped by Ctrl-C; the same call resumes it."""

    files: int = 0
    files_unchanged: int = 0
    files_failed: int = 0
    documents: int = 0
    """read in this run, of which:"""
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    stale: int = 0
    """older versions of documents that were replaced before"""
    deleted: int = 0
    duplicates: int = 0
    """records that had another text for a PMID of the same file; the later one is used"""
    retractions: int = 0
    set_aside: int = 0
    sentences: int = 0
    words: int = 0
    mentions: int = 0
    ungrounded: int = 0
    relations: int = 0
    statements_added: int = 0
    evidences_added: int = 0
    evidences_removed: int = 0
    changes: int = 0
    """everything that changed in the graph; 0 when nothing was new"""
    seconds: float = 0.0
    interrupted: bool = False
    failures: list[dict[str, Any]] = field(default_factory=list)
    """the first hundred records set aside in this run"""

    def to_json(self) -> dict[str, Any]:
        """Return the counts as plain values."""
        return asdict(self)


@dataclass(slots=True)
class _Pending:
    """Documents that are extracted but not written."""

    extractions: list[tuple[Extraction, Batch, Row | None, Row]] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    deletions: list[str] = field(default_factory=list)
    evidences: int = 0
    since: float = field(default_factory=time.monotonic)

    def full(self) -> bool:
        """Whether it is time to write."""
        return (
            self.evidences >= _BATCH_EVIDENCES
            or len(self.extractions) + len(self.deletions) >= _BATCH_DOCUMENTS
            or time.monotonic() - self.since > _BATCH_SECONDS
        )


def run(
    store: Store,
    sources: Sequence[Path | str],
    *,
    ledger: Path,
    pipeline: Pipeline | None = None,
    progress: Progress | None = None,
    limit: int | None = None,
) -> JobReport:
    """Read files, directories or globs into a store.

    Args:
        store: where statements and evidences go.
        sources: what to read; files found are read in sorted order within each source.
        ledger: the SQLite file that remembers what was done; made if absent.
        pipeline: how documents are read; the default one if None.
        progress: called now and then while reading.
        limit: stop after so many documents (the file is then not marked as read).

    Returns:
        counts of what was done. Ctrl-C ends the run early with ``interrupted`` set: everything
        written so far is in the ledger and the same call goes on from there.

    Raises:
        InputError: if a source does not exist or has nothing to read, or no file could be read.
        StoreLockedError: if another job is using the ledger.
        StoreError: if the store fails; what was committed before stays and is in the ledger.
    """
    started = time.monotonic()
    files = find(sources)
    report = JobReport()
    with Ledger(ledger, store.store_id) as opened:
        opened.lock()
        job = _Job(store, opened, pipeline or Pipeline(), progress, report, limit)
        errors: list[InputError] = []
        try:
            for file in files:
                if job.finished:
                    break
                try:
                    job.read_file(file)
                except InputError as error:
                    errors.append(error)
                    job.set_aside(str(file.path), Rejected(str(error), 0, str(file.path)))
                    report.files_failed += 1
        except KeyboardInterrupt:
            report.interrupted = True
        report.seconds = round(time.monotonic() - started, 3)
        if errors and report.files_failed == len(files):
            raise errors[0]
    return report


class _Job:
    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        pipeline: Pipeline,
        progress: Progress | None,
        report: JobReport,
        limit: int | None,
    ) -> None:
        self.store = store
        self.ledger = ledger
        self.pipeline = pipeline
        self.version = pipeline.version
        self.extractors = sorted(e.name for e in pipeline.extractors)
        self.report = report
        self.limit = limit
        self._progress = progress
        self._last_progress = 0.0
        self._pass = 0
        self._path = ""
        self._pending = _Pending()
        # a ledger that knows nothing of a store that is not empty: evidences of earlier readings
        # may be there, so every document replaces what it finds
        self._cautious = (
            ledger.count_documents() == 0 and next(iter(store.publications()), None) is not None
        )
        ledger.remember_stages(self.version, pipeline.stages)

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

    def set_aside(self, path: str, item: Rejected) -> None:
        """Record a failure in the ledger and in the report."""
        self.ledger.add_failure(path, item)
        self.report.set_aside += 1
        if len(self.report.failures) < 100:
            self.report.failures.append(
                {
                    "file": path,
                    "record": item.record,
                    "where": item.where,
                    "id": item.id,
                    "reason": item.reason,
                }
            )

    def read_file(self, file: InputFile) -> None:
        """Read one file to its end, unless it is known to be unchanged."""
        report = self.report
        path = self._path = str(file.path.resolve())
        report.files += 1
        self.tell(f"checking {file.path.name}", force=True)
        digest = file_hash(file.path)
        if self.ledger.file_done(path, digest, self.version) is not None:
            report.files_unchanged += 1
            return
        source = pick(file.path)
        self._pass = self.ledger.new_pass()
        self.ledger.clear_failures(path)
        self._pending = _Pending()
        before = asdict(report)
        damaged = False
        for item in source.read(file.path):
            if isinstance(item, Document):
                report.documents += 1
                self._document(item)
            elif isinstance(item, Deletion):
                self._deletion(item)
            else:
                self.set_aside(path, item)
                damaged = damaged or (item.record == 0 and not item.partial)
            if self._pending.full():
                self._flush()
            self.tell(file.path.name)
            if self.finished:
                self._flush()
                return
        self._flush()
        if file_hash(file.path) != digest:
            self.set_aside(path, Rejected("the file changed while it was read", 0, path))
            return
        after = asdict(report)
        counts = {
            k: after[k] - before[k]
            for k in (
                "documents",
                "new",
                "changed",
                "unchanged",
                "deleted",
                "set_aside",
                "relations",
            )
        }
        self.ledger.finish_file(path, digest, self.version, self._pass, counts)
        self.tell(f"{file.path.name} done", force=True)

    # documents --------------------------------------------------------------------------

    def _document(self, document: Document) -> None:
        report = self.report
        if document.id in self._pending.ids:
            self._flush()
        row = self.ledger.document(document.id)
        same = row is not None and row.hash == document.hash
        if row is not None and same and row.stage == WRITTEN and row.pipeline == self.version:
            report.unchanged += 1
            if row.pass_ != self._pass:
                self.ledger.touch(document.id, self._pass)
            return
        if row is not None and not same and row.path == self._path and row.pass_ == self._pass:
            report.duplicates += 1
            reason = (
                f"another text for {document.id} than record {row.record}: this later one is used"
            )
            where = f"record {document.record}"
            self.set_aside(
                self._path, Rejected(reason, document.record, where, document.id, partial=True)
            )
        elif not same and self.ledger.is_superseded(document.id, self._path, document.hash):
            report.stale += 1
            return
        if row is None:
            report.new += 1
        else:
            report.changed += 1
        extraction = self.pipeline(document)
        batch = self.pipeline.batch(extraction)
        report.sentences += len(extraction.sentences)
        report.words += document.text.count(" ") + 1
        report.mentions += len(extraction.mentions)
        report.ungrounded += len(extraction.mentions) - extraction.grounded
        report.relations += len(extraction.relations)
        old = set(row.extractors.split()) if row else set()
        new_row = Row(
            document.id, document.hash, self.version, WRITTEN, self._path, document.record,
            self._pass, " ".join(sorted(old | set(self.extractors))), len(batch.statements),
        )  # fmt: skip
        self._pending.extractions.append((extraction, batch, row, new_row))
        self._pending.ids.add(document.id)
        self._pending.evidences += len(batch.evidences)

    def _deletion(self, deletion: Deletion) -> None:
        if deletion.id in self._pending.ids:
            self._flush()
        row = self.ledger.document(deletion.id)
        if row is not None:
            self._pending.deletions.append(deletion.id)
            self._pending.ids.add(deletion.id)

    def _flush(self) -> None:
        """Write what is pending: ledger (begun), graph, ledger (written)."""
        pending, self._pending = self._pending, _Pending()
        if not pending.extractions and not pending.deletions:
            return
        try:
            self._write(pending)
        except EtiographError as error:
            error.hint = error.hint or "Run the same command again: it resumes."
            raise

    def _write(self, pending: _Pending) -> None:
        store, ledger, report = self.store, self.ledger, self.report
        items = pending.extractions
        with ledger.transaction():
            # the rows as they are known, so that a killed run still knows what it may have replaced
            ledger.put_documents(
                (old or new)._replace(stage=BEGUN, extractors=new.extractors)
                for _, _, old, new in items
            )
        replaced = [
            (batch, old, new) for _, batch, old, new in items if old is not None or self._cautious
        ]
        keep = {e.id for _, batch, _, _ in items for e in batch.evidences}
        by_extractor: dict[str, list[str]] = {}
        for _, _, new in replaced:
            for extractor in new.extractors.split():
                by_extractor.setdefault(extractor, []).append(new.id)
        for id in pending.deletions:
            row = ledger.document(id)
            for extractor in row.extractors.split() if row else ():
                by_extractor.setdefault(extractor, []).append(id)
        for extractor, ids in sorted(by_extractor.items()):
            removed = store.remove_publication_evidence(sorted(ids), keep=keep, extractor=extractor)
            report.evidences_removed += removed.removed
            report.changes += removed.total
        if items:
            counts = store.write(Batch.merge(batch for _, batch, _, _ in items))
            report.statements_added += counts.statements
            report.evidences_added += counts.evidences
            report.changes += counts.total
        notices = {id: x.document.id for x, _, _, _ in items for id in x.document.retracts}
        if notices:
            retracted = store.set_retracted(dict(sorted(notices.items())))
            report.retractions += len(notices)
            report.changes += retracted.total
        report.deleted += len(pending.deletions)
        with ledger.transaction():
            ledger.supersede(
                old for _, _, old, new in items if old is not None and old.hash != new.hash
            )
            gone = [row for id in pending.deletions if (row := ledger.document(id)) is not None]
            ledger.supersede(gone)
            ledger.forget(pending.deletions)
            ledger.put_documents(new for _, _, _, new in items)
