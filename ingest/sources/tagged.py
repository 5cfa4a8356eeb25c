"""Records of tagged lines (``TI  - A title``): what MEDLINE's ``.nbib`` and RIS have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from graph.errors import InputError
from ingest.sources.base import MAX_RAW, MAX_TEXT, Item, Rejected
from ingest.sources.files import lines, open_chunks, utf8_chunks

__all__ = ["YEAR", "Reader", "TaggedRecord", "checked_size", "tagged_items", "tagged_records"]

_MAX_LINE = 16 << 20
_MAX_RECORD = 32 << 20
YEAR = re.compile(r"(?:1[6-9]|2[01])\d\d")


@dataclass(slots=True)
class TaggedRecord:
    """The fields of a record in their order, each as the lines of its value; ``problem`` when it
    cannot be read."""

    number: int
    line: int
    fields: list[tuple[str, list[str]]] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    size: int = 0
    problem: str = ""

    def items(self) -> list[tuple[str, str]]:
        """(tag, value) in their order."""
        return [(tag, " ".join(parts)) for tag, parts in self.fields]

    def all(self, *tags: str) -> list[str]:
        """The values of the first of the tags that has any."""
        for tag in tags:
            if values := [v for t, p in self.fields if t == tag and (v := " ".join(p).strip())]:
                return values
        return []

    def first(self, *tags: str) -> str:
        """The first value of the first of the tags that has any, empty if none has."""
        return next(iter(self.all(*tags)), "")


Reader = Callable[[TaggedRecord], Iterator[Item]]


def tagged_records(
    path: Path, tag: re.Pattern[str], *, end: str = "", start: str = ""
) -> Iterator[TaggedRecord]:
    """Yield records. ``tag`` matches a line with a tag (1) and a value (2); other lines go on with
    the value before. A record ends with the tag ``end``, or before the tag ``start``.

    Raises:
        InputError: if the file is damaged, after what was before the damage.
    """
    record: TaggedRecord | None = None
    number = 0
    damage: InputError | None = None
    stream = lines(utf8_chunks(open_chunks(path)), _MAX_LINE)
    while True:
        try:
            line_number, data, cut = next(stream)
        except StopIteration:
            break
        except InputError as error:
            damage = error
            break
        if not data.strip() and record is None:
            continue
        text, problem = _decoded(data, line_number, cut)
        found = tag.match(text)
        name = found.group(1) if found else ""
        if record is not None and start and name == start:
            yield record
            record = None
        if record is None:
            if not text.strip() and not problem:
                continue
            number += 1
            record = TaggedRecord(number, line_number)
        if len(record.raw) < MAX_RAW:
            record.raw += data[: MAX_RAW - len(record.raw)] + b"\n"
        record.size += len(data)
        if record.size > _MAX_RECORD:
            problem = "a record of more than 32 MB"
        record.problem = record.problem or problem
        if record.problem:
            record.fields.clear()
        elif found:
            record.fields.append((name, [found.group(2).strip()]))
        elif record.fields and text.strip():
            record.fields[-1][1].append(text.strip())
        elif text.strip():
            record.problem = f"line {line_number} has no tag: {text.strip()[:60]!r}"
        if end and name == end:
            yield record
            record = None
    if record is not None:
        if damage is not None:
            record.problem = "the file is damaged in the middle of this record"
        elif end and record.fields:
            record.problem = f"the file ends before the record's {end} line"
        yield record
    if damage is not None:
        raise damage


def _decoded(data: bytes, line: int, cut: bool) -> tuple[str, str]:
    if cut:
        return "", f"line {line} is longer than 16 MB"
    if b"\0" in data:
        return "", f"a NUL byte in line {line}"
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        # the tag still says where the next record starts
        return data[:6].decode("ascii", "replace"), (
            f"line {line} is not valid UTF-8 at byte {error.start}"
        )


def tagged_items(records: Iterator[TaggedRecord], read: Reader, path: Path) -> Iterator[Item]:
    """Yield what ``read`` makes of each record; what it cannot read is set aside."""
    try:
        for record in records:
            where = f"line {record.line}"
            try:
                if record.problem:
                    raise InputError(record.problem)
                items = list(read(record))
            except InputError as error:
                yield Rejected(str(error), record.number, where, "", bytes(record.raw[:MAX_RAW]))
                continue
            yield from items
    except InputError as error:
        yield Rejected(str(error), 0, str(path))


def checked_size(*texts: str) -> None:
    """Raise an InputError for more text than a document may have."""
    size = sum(map(len, texts))
    if size > MAX_TEXT:
        raise InputError(f"{size:,} characters of text are more than {MAX_TEXT:,}")
