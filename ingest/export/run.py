"""From files to an export, without a store: read, extract, write, a few documents at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from graph.errors import InputError
from ingest.document import Document
from ingest.export.base import Writer
from ingest.pipeline import Pipeline
from ingest.sources import Rejected, find, pick

__all__ = ["ExtractReport", "extract"]

Progress = Callable[[int, int | None, str], None]

_BATCH = 32
_BATCH_TEXT = 200_000
"""code points, after which a batch is not filled further"""


@dataclass
class ExtractReport:
    """What was read and written. ``set_aside`` counts records, and parts of records, that could not
    be read; ``failures`` the first hundred of them."""

    files: int = 0
    documents: int = 0
    words: int = 0
    mentions: int = 0
    grounded: int = 0
    relations: int = 0
    set_aside: int = 0
    seconds: float = 0.0
    failures: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the counts as plain values."""
        return asdict(self)


def extract(
    sources: Sequence[Path | str],
    writer: Writer,
    *,
    pipeline: Pipeline,
    progress: Progress | None = None,
) -> ExtractReport:
    """Read documents from files, directories or globs and write what is found in them, in order.

    Memory depends on the longest document, not on the number of documents.

    Raises:
        InputError: if a source does not exist or no file of them can be opened.
    """
    began = time.monotonic()
    report = ExtractReport()
    writer.begin()
    errors: list[InputError] = []
    for file in find(sources):
        report.files += 1
        try:
            for documents in _batches(file.path, report):
                if pipeline.given:
                    documents = [_with_given_ids(d) for d in documents]
                for extraction in pipeline.read(documents):
                    writer.write(extraction)
                    report.documents += 1
                    report.words += extraction.document.text.count(" ") + 1
                    report.mentions += len(extraction.mentions)
                    report.grounded += extraction.grounded
                    report.relations += len(extraction.relations)
                if progress:
                    progress(report.documents, None, file.path.name)
        except InputError as error:
            errors.append(error)
            _set_aside(report, str(file.path), Rejected(str(error), 0, str(file.path)))
    writer.end()
    report.seconds = round(time.monotonic() - began, 3)
    if errors and len(errors) == report.files:
        raise errors[0]
    return report


def _with_given_ids(document: Document) -> Document:
    """Let annotations keep ids that have no CURIE: nothing of this goes into a graph."""
    annotations = []
    for mention in document.annotations:
        given = dict(mention.details).get("given_id", "")
        if mention.entity is None and given:
            mention = replace(mention, entity=f"pubtator:{given}")
        annotations.append(mention)
    return replace(document, annotations=tuple(annotations))


def _batches(path: Path, report: ExtractReport) -> Iterator[list[Document]]:
    batch: list[Document] = []
    size = 0
    for item in pick(path).read(path):
        if isinstance(item, Rejected):
            _set_aside(report, str(path), item)
        elif isinstance(item, Document):
            batch.append(item)
            size += len(item.text)
            if len(batch) >= _BATCH or size >= _BATCH_TEXT:
                yield batch
                batch, size = [], 0
    if batch:
        yield batch


def _set_aside(report: ExtractReport, path: str, item: Rejected) -> None:
    report.set_aside += 1
    if len(report.failures) < 100:
        report.failures.append(
            {
                "file": path, "record": item.record, "where": item.where, "id": item.id,
                "reason": item.reason,
            }
        )  # fmt: skip
