"""Rows of delimited text, where damage to one row does not swallow the next ones."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.errors import InputError
from ingest.sources.base import MAX_TEXT
from ingest.sources.files import lines, open_chunks, utf8_chunks

__all__ = ["Row", "csv_rows"]

_MAX_LINE = 16 << 20
_MAX_ROW_LINES = 500
_DELIMITERS = "\t,;|"


@dataclass(frozen=True, slots=True)
class Row:
    """A row: column -> value; ``problem`` if it cannot be read; ``fixed`` if all rows of the file
    have the same columns."""

    number: int
    where: str
    values: Mapping[str, Any]
    raw: bytes = b""
    problem: str = ""
    fixed: bool = False


def csv_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a CSV or TSV file with a header line.

    A quoted field may hold line breaks. One that is not closed within 500 lines costs its own line.

    Raises:
        InputError: for a header that cannot be read, or if the file is damaged, after what was
            before the damage.
    """
    csv.field_size_limit(max(csv.field_size_limit(), 4 * MAX_TEXT))
    reader = _Lines(path)
    first = reader.next()
    while first is not None and not first[1].strip():
        first = reader.next()
    if first is None:
        return
    if first[2]:
        raise InputError(f"the header line: {first[2]}")
    header_line = first[1]
    delimiter = max(_DELIMITERS, key=lambda d: (header_line.count(d), -_DELIMITERS.index(d)))
    header = [name.strip() for name in next(csv.reader([header_line], delimiter=delimiter))]
    number = 0
    while (line := reader.next()) is not None:
        if not line[1].strip() and not line[2]:
            continue
        number += 1
        yield _row(reader, line, number, header, delimiter)


class _Lines:
    """Decoded lines that can be put back: (line number, text, problem)."""

    def __init__(self, path: Path) -> None:
        self.stream = lines(utf8_chunks(open_chunks(path)), _MAX_LINE)
        self.back: deque[tuple[int, str, str]] = deque()

    def next(self) -> tuple[int, str, str] | None:
        """The next line, None at the end."""
        if self.back:
            return self.back.popleft()
        found = next(self.stream, None)
        if found is None:
            return None
        number, data, cut = found
        if cut:
            return number, data[:1000].decode("utf-8", "replace"), "a line of more than 16 MB"
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            shown = data.decode("utf-8", "replace")
            return number, shown, f"not valid UTF-8 at byte {error.start} of the line"
        return number, text, "a NUL byte in the line" if "\0" in text else ""


def _row(
    reader: _Lines, line: tuple[int, str, str], number: int, header: list[str], delimiter: str
) -> Row:
    where = f"line {line[0]}"
    text, problem = line[1], line[2]
    taken: list[tuple[int, str, str]] = []
    size = len(text)
    closed = _quoting(text, delimiter) != "open"
    while not closed and not problem and len(taken) < _MAX_ROW_LINES and size < 4 * MAX_TEXT:
        more = reader.next()
        if more is None:
            break
        taken.append(more)
        size += len(more[1])
        if '"' in more[1]:
            text = "\n".join([line[1], *(t[1] for t in taken)])
            state = _quoting(text, delimiter)
            if state == "broken":
                break
            closed = state == "closed"
    if closed:
        problem = problem or next((t[2] for t in taken if t[2]), "")
    else:
        # give the lines back: they are rows of their own
        reader.back.extendleft(reversed(taken))
        text = line[1]
    if not problem and not closed:
        fields = text.split(delimiter)
        if len(fields) != len(header):
            problem = "a quotation mark is opened and not closed"
    elif not problem:
        try:
            # only "\n" ends a line here: str.splitlines would also cut at U+2028
            pieces = re.findall(r"[^\n]*\n|[^\n]+$", text)
            fields = next(csv.reader(pieces, delimiter=delimiter), [])
        except csv.Error as error:
            problem = f"malformed row: {error}"
    raw = text.encode("utf-8", "replace")
    if problem:
        return Row(number, where, {}, raw, problem)
    if len(fields) > len(header) and any(f.strip() for f in fields[len(header) :]):
        problem = f"{len(fields)} fields, but the header names {len(header)} columns"
    elif len(fields) < len(header):
        problem = f"{len(fields)} fields of {len(header)}"
    if problem:
        return Row(number, where, {}, raw, problem)
    return Row(number, where, dict(zip(header, fields, strict=False)), raw, "", True)


def _quoting(text: str, delimiter: str) -> str:
    """``closed``, ``open`` if a quoted field begins and does not end, ``broken`` if something but
    a delimiter follows its end."""
    if '"' not in text:
        return "closed"
    field = re.compile(rf'(?:^|(?<=[{re.escape(delimiter)}])) *"((?:[^"]|"")*+)("?)')
    state, position = "closed", 0
    while found := field.search(text, position):
        if not found.group(2):
            return "open"
        position = max(found.end(), position + 1)
        following = text[found.end() : found.end() + 1]
        if following and following not in (delimiter, " "):
            state = "broken"
    return state
