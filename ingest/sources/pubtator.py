"""PubTator text: ``id|t|title``, ``id|a|abstract`` and tab-separated annotation lines."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from graph.errors import InputError
from graph.model import Publication
from ingest.document import Document, GivenRelation, Mention, make_document
from ingest.sources.annotations import mentions
from ingest.sources.base import MAX_RAW, MAX_TEXT, Item, Rejected, Source
from ingest.sources.files import lines, open_chunks, utf8_chunks
from ingest.sources.offsets import Located, locate

__all__ = ["PubTatorSource"]

_MAX_LINE = 16 << 20
_MAX_DOCUMENT = 64 << 20
_TEXT = re.compile(r"^([^|\t\s]{1,64})\|([A-Za-z]{1,12})\|(.*)$", re.S)
_OFFSET = re.compile(r"[0-9]{1,9}")
_SNIFF = re.compile(rb"^\s*[^|\s]{1,64}\|[at]\|", re.M)


@dataclass(slots=True)
class _Pending:
    """The lines of one document while it is being read."""

    number: int
    line: int
    id: str = ""
    title: str = ""
    abstract: list[str] = field(default_factory=list)
    annotations: list[tuple[int, list[str]]] = field(default_factory=list)
    relations: list[GivenRelation] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    fatal: str = ""
    raw: bytearray = field(default_factory=bytearray)
    size: int = 0


class PubTatorSource(Source):
    """PubTator files. The text is title, a line break, abstract: the offsets of the annotations fit.

    Annotations become ``Document.annotations``, with an entity where the id's database is known by
    its form and the annotation's type; one with several ids becomes several mentions. One whose
    offsets do not slice back to its text is set aside, unless all of the document's offsets count
    bytes or UTF-16 units: then they are converted, and that is reported. Relation lines become
    ``Document.given_relations``.
    """

    name: ClassVar[str] = "pubtator"
    suffixes: ClassVar[tuple[str, ...]] = (".pubtator", ".txt")

    @classmethod
    def sniff(cls, head: bytes) -> bool:
        """Whether a line near the top is ``id|t|...`` or ``id|a|...``."""
        return _SNIFF.search(head) is not None

    def read(self, path: Path) -> Iterator[Item]:
        """Yield documents and set-aside records in the file's order."""
        pending: _Pending | None = None
        number = 0
        try:
            for line_number, data, cut in lines(utf8_chunks(open_chunks(path)), _MAX_LINE):
                if not data.strip():
                    if pending:
                        yield from _finish(pending)
                    pending = None
                    continue
                id = data.partition(b"|")[0].partition(b"\t")[0].decode("utf-8", "replace").strip()
                if pending and pending.id and id != pending.id and _SNIFF.match(data):
                    yield from _finish(pending)  # the blank line between documents is missing
                    pending = None
                if pending is None:
                    number += 1
                    pending = _Pending(number, line_number, id)
                _take(pending, line_number, data, cut)
        except InputError as error:
            if pending:
                pending.fatal = pending.fatal or "the file is damaged in the middle of this record"
                yield from _finish(pending)
                pending = None
            yield Rejected(str(error), 0, str(path))
        if pending:
            yield from _finish(pending)


def _take(pending: _Pending, line_number: int, data: bytes, cut: bool) -> None:
    if len(pending.raw) < MAX_RAW:
        pending.raw += data[: MAX_RAW - len(pending.raw)] + b"\n"
    pending.size += len(data)
    if pending.size > _MAX_DOCUMENT:
        pending.fatal = pending.fatal or "a document of more than 64 MB"
        pending.annotations.clear()
        return
    if cut:
        pending.fatal = pending.fatal or f"line {line_number} is longer than 16 MB"
        return
    if b"\0" in data:
        pending.fatal = pending.fatal or f"a NUL byte in line {line_number}"
        return
    try:
        line = data.decode("utf-8")
    except UnicodeDecodeError as error:
        pending.fatal = pending.fatal or (
            f"line {line_number} is not valid UTF-8 at byte {error.start}"
        )
        return
    if found := _TEXT.match(line):
        kind, text = found.group(2), found.group(3)
        if kind == "t" and not pending.title:
            pending.title = text
        elif kind == "a":
            pending.abstract.append(text)
        else:
            pending.problems.append((line_number, f"unexpected section {kind!r}"))
        return
    fields = line.split("\t")
    if len(fields) >= 4 and all(_OFFSET.fullmatch(f) for f in fields[1:3]):
        pending.annotations.append((line_number, fields))
    elif len(fields) >= 4 and fields[1].strip() and not fields[1].isdecimal():
        kind, first, second, *details = (f.strip() for f in fields[1:])
        pending.relations.append(GivenRelation(kind, first, second, tuple(details)))
    else:
        pending.problems.append((line_number, "neither text, nor an annotation, nor a relation"))


def _finish(pending: _Pending) -> Iterator[Item]:
    raw = bytes(pending.raw[:MAX_RAW])
    where = f"line {pending.line}"
    try:
        if pending.fatal:
            raise InputError(pending.fatal)
        document = _document(pending)
    except InputError as error:
        shown = f"pubmed:{pending.id}" if pending.id.isdecimal() else ""
        yield Rejected(str(error), pending.number, where, shown, raw)
        return
    annotations: list[Mention] = []
    items = [
        Located(int(f[1]), int(f[2]) - int(f[1]), f[3], document.text)
        for _, f in pending.annotations
    ]
    spans, converted = locate(items)
    if converted:
        problem = f"the offsets count {converted}: every annotation was converted"
        pending.problems.append((pending.annotations[0][0], problem))
    for (line_number, fields), span in zip(pending.annotations, spans, strict=True):
        if span is None:
            pending.problems.append((line_number, f"the offsets of {fields[3][:60]!r} do not fit"))
            continue
        kind, identifier = (*fields[4:6], "", "")[:2]
        annotations += mentions(*span, fields[3], kind, identifier, "", "pubtator")
    yield dataclasses.replace(
        document, annotations=tuple(annotations), given_relations=tuple(pending.relations)
    )
    for line_number, problem in sorted(pending.problems):
        yield Rejected(
            problem, pending.number, f"line {line_number}", document.id, b"", partial=True
        )


def _document(pending: _Pending) -> Document:
    if not (pending.id.isascii() and pending.id.isdecimal()):
        raise InputError(f"{pending.id[:40]!r} is not a PMID")
    if not pending.title and not pending.abstract:
        raise InputError("neither a title nor an abstract")
    abstract = " ".join(pending.abstract)
    size = len(pending.title) + len(abstract)
    if size > MAX_TEXT:
        raise InputError(f"{size:,} characters of text are more than {MAX_TEXT:,}")
    publication = Publication(id=f"pubmed:{int(pending.id)}", title=pending.title)
    if not pending.title.strip():
        # keep the offsets of the annotations: they count the empty title and its line break
        abstract = " " * (len(pending.title) + 1) + abstract
    return make_document(
        publication,
        [("title", "", pending.title), ("abstract", "", abstract)],
        source="pubtator",
        record=pending.number,
    )
