"""Records that were set aside: read again, or given out to be mended.

A record whose file is still there is read again with its file (documents that are known are passed
over by their hash). Otherwise the bytes that the ledger kept are read by themselves.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from graph.errors import InputError
from graph.store import Store
from ingest.document import Document
from ingest.job import Job, JobReport, Progress, run_job
from ingest.jobs.reading import document_from
from ingest.ledger import Failure, Ledger
from ingest.pipeline import Pipeline
from ingest.sources import Deletion, InputFile, Rejected, pick
from ingest.sources.base import MAX_RAW
from ingest.sources.base import Item as SourceItem

__all__ = ["RetryReport", "export_failures", "retry"]


@dataclass(frozen=True, slots=True)
class RetryReport:
    """What a second try did: how many records were set aside before and after, and the run."""

    before: int
    after: int
    job: JobReport

    @property
    def passed(self) -> int:
        """How many records are set aside no more."""
        return self.before - self.after

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {"before": self.before, "after": self.after, "passed": self.passed,
                "job": self.job.to_json()}  # fmt: skip


def retry(
    store: Store,
    *,
    ledger: Path,
    pipeline: Pipeline | None = None,
    files: Sequence[Path | str] = (),
    progress: Progress | None = None,
    workers: int = 1,
    ray: str | None = None,
) -> RetryReport:
    """Read what was set aside again; what passes now is set aside no more.

    Args:
        files: only the records of these files; all if empty.

    Raises:
        InputError: if there is no ledger.
        StoreLockedError: if a job is running.
    """
    wanted = {str(Path(f).expanduser().resolve()) for f in files}
    with Ledger(ledger, store.store_id, write=False) as opened:
        found = [f for f in opened.failures() if not wanted or f.file in wanted]
    by_file: dict[str, list[Failure]] = {}
    for failure in found:
        by_file.setdefault(failure.file, []).append(failure)

    def read(job: Job) -> None:
        for path, kept in sorted(by_file.items()):
            file = InputFile(Path(path))
            if file.path.is_file():
                try:
                    job.read_file(file, again=True)
                except InputError as error:
                    job.give_up(file, error)
            else:
                _read_kept(job, path, kept)

    settings = {"retry": sorted(by_file), "workers": workers, "ray": ray or ""}
    report = run_job(
        store, ledger, pipeline or Pipeline(), read, settings, progress=progress,
        workers=workers, ray=ray,
    )  # fmt: skip
    with Ledger(ledger, store.store_id, write=False) as opened:
        after = sum(f.file in by_file for f in opened.failures())
    return RetryReport(len(found), after, report)


def _read_kept(job: Job, path: str, failures: Sequence[Failure]) -> None:
    """Read the kept bytes of records whose file has gone."""
    job.begin(path)
    passed: list[Failure] = []
    for failure in failures:
        raw = job.ledger.raw_of(failure)
        items = list(_items(failure, raw)) if raw and len(raw) < MAX_RAW else []
        # what is wrong with a file (number 0) does not count: a record alone is no whole file
        items = [i for i in items if not (isinstance(i, Rejected) and i.record == 0)]
        if not items or any(isinstance(item, Rejected) for item in items):
            continue  # nothing to read, or no better than before: it stays as it is
        for item in items:
            if isinstance(item, Document | Deletion):
                job.take(dataclasses.replace(item, record=failure.record))
        passed.append(failure)
    job.drain()
    # one that a reader could not read was set aside anew, in the place of the old entry
    for failure in passed:
        job.ledger.drop_failure(failure)


def _items(failure: Failure, raw: bytes) -> Iterator[SourceItem]:
    try:
        if failure.kind == "document":
            yield document_from(raw)
            return
        name = Path(failure.file).name.removesuffix(".gz")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(raw)
            yield from pick(path).read(path)
    except InputError as error:
        yield Rejected(str(error), 1)


def export_failures(ledger: Ledger, out: IO[str]) -> int:
    """Write every record that was set aside as a line of JSON, with its bytes as ``raw`` (text, or
    base64 when ``encoding`` says so); return how many."""
    count = 0
    for failure in ledger.failures():
        raw = ledger.raw_of(failure)
        line = failure.to_json() | {"bytes": len(raw), "cut": len(raw) >= MAX_RAW}
        try:
            line |= {"encoding": "utf-8", "raw": raw.decode("utf-8")}
        except UnicodeDecodeError:
            line |= {"encoding": "base64", "raw": base64.b64encode(raw).decode("ascii")}
        out.write(json.dumps(line, ensure_ascii=False) + "\n")
        count += 1
    return count
