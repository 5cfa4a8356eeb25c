"""The whole graph as JSON Lines, out and in.

The first line is ``{"format":"etiograph-graph","version":1}``. Every other line is one record with
its ``kind`` (entities first, so that a reader never meets a name before what it names) and within
a kind the lines are sorted by id. Derived values (belief, status) are written for the reader's use
and derived anew on import.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from graph.errors import EtiographError, InputError, StoreVersionError
from graph.model import Batch
from graph.store import WriteCounts
from graph.stores.rows import (
    dataset_from,
    decision_from,
    decision_row,
    dumps,
    entity_from,
    evidence_from,
    publication_from,
    statement_from,
)

if TYPE_CHECKING:
    from graph.stores.cypher import CypherStore
    from graph.stores.writing import Writer

__all__ = ["FORMAT", "FORMAT_VERSION", "KINDS", "export", "import_lines"]

FORMAT = "etiograph-graph"
FORMAT_VERSION = 1
KINDS: tuple[tuple[str, str], ...] = (
    ("entity", "Entity"),
    ("publication", "Publication"),
    ("statement", "Statement"),
    ("evidence", "Evidence"),
    ("decision", "Decision"),
    ("dataset", "Dataset"),
    ("notice", "Notice"),
)
"""Kinds of lines in the order they are written, and the label of their nodes."""

_PAIRS = ("qualifiers", "details")
_SPANS = ("subject_span", "object_span", "trigger_span")
_BATCH = 2_000
# characters that some readers take for the end of a line, though JSON does not
_LINE_ENDS = str.maketrans({c: f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"})


def _record(row: Mapping[str, Any]) -> dict[str, Any]:
    record = dict(row)
    for name in _PAIRS:
        if name in record:
            record[name] = json.loads(record[name]) if record[name] else []
    for name in _SPANS:
        if name in record:
            record[name] = list(record[name]) if record[name] else None
    return record


def _row(record: Mapping[str, Any]) -> dict[str, Any]:
    row = dict(record)
    for name in _PAIRS:
        if name in row:
            row[name] = dumps(row[name]) if row[name] else ""
    return row


def export(store: CypherStore, out: IO[str]) -> int:
    """Write everything; return the number of lines."""
    out.write(dumps({"format": FORMAT, "version": FORMAT_VERSION}) + "\n")
    count = 1
    variables: dict[str, list[dict[str, Any]]] = {}
    for page in store.pages("Variable"):
        for row in page:
            variables.setdefault(row["dataset"], []).append(row)
    for kind, label in KINDS:
        for page in store.pages(label):
            for row in page:
                record = {"kind": kind, **_record(row)}
                if kind == "dataset":
                    members = sorted(variables.get(row["id"], ()), key=lambda v: int(v["position"]))
                    names = ("position", "column", "entity", "unit", "description")
                    record["variables"] = [{k: m[k] for k in names} for m in members]
                out.write(dumps(record).translate(_LINE_ENDS) + "\n")
                count += 1
    return count


def _records(lines: Iterable[str], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    number = 0
    for number, line in enumerate(lines, 1):
        where = f"{name}, line {number}"
        try:
            record = json.loads(line)
        except ValueError as error:
            raise InputError(
                f"the line is not JSON: {error}",
                where=where,
                hint="The file may be cut short: export it again.",
            ) from None
        if not isinstance(record, dict):
            raise InputError("the line is not a JSON object", where=where)
        if number == 1:
            if record.get("format") != FORMAT:
                raise InputError(
                    "the file does not start with etiograph's export header",
                    where=where,
                    hint="Give a file written by `etiograph store export`.",
                )
            if record.get("version") != FORMAT_VERSION:
                raise StoreVersionError(
                    f"the export has format version {record.get('version')!r}, "
                    f"this etiograph reads {FORMAT_VERSION}",
                    where=where,
                    hint="Update etiograph.",
                )
            continue
        yield number, record
    if number == 0:
        raise InputError("the file is empty", where=name)


def _make(kind: str, record: Mapping[str, Any]) -> Any:
    row = _row(record)
    makers: Mapping[str, Callable[[], Any]] = {
        "entity": lambda: entity_from(row),
        "publication": lambda: publication_from(row),
        "statement": lambda: statement_from(row),
        "evidence": lambda: evidence_from(row),
        "decision": lambda: decision_row(decision_from(row), int(row["position"])),
        "dataset": lambda: dataset_from(row, row["variables"]),
        "notice": lambda: (str(row["id"]), str(row["notice"])),
    }
    return makers[kind]()


def _write(store: CypherStore, kind: str, items: list[Any]) -> WriteCounts:
    if kind == "entity":
        return store.write(Batch(entities=tuple(items)))
    if kind == "publication":
        return store.write(Batch(publications=tuple(items)))
    if kind == "statement":
        return store.write(Batch(statements=tuple(items)))
    if kind == "evidence":
        return store.write(Batch(evidences=tuple(items)))
    if kind == "notice":
        return store.set_retracted(dict(items))

    def work(writer: Writer) -> WriteCounts:
        if kind == "decision":
            return WriteCounts(updated=store.create_decisions(writer, items))
        return WriteCounts(updated=sum(store.create_dataset(writer, item) for item in items))

    return store.in_transaction(work)


def import_lines(store: CypherStore, lines: Iterable[str], name: str) -> WriteCounts:
    """Read what :func:`export` wrote into a store, which may hold other things already.

    Raises:
        InputError: naming the file and line; batches before it are kept, its own is not.
        StoreVersionError: if a newer etiograph wrote the file.
    """
    total = WriteCounts()
    known = {kind for kind, _ in KINDS}
    batch: list[Any] = []
    kind, first, last = "", 0, 0

    def flush() -> None:
        nonlocal total
        if not batch:
            return
        try:
            counts = _write(store, kind, batch)
        except InputError as error:
            where = f"{name}, lines {first} to {last}"
            raise InputError(error.message, where=where, hint=error.hint) from error
        total = WriteCounts(*(a + b for a, b in zip(total, counts, strict=True)))
        batch.clear()

    for number, record in _records(lines, name):
        where = f"{name}, line {number}"
        this = record.get("kind")
        if this not in known:
            raise InputError(f"unknown kind of line: {this!r}", where=where)
        if this != kind or len(batch) >= _BATCH:
            flush()
            kind, first = str(this), number
        try:
            item = _make(kind, record)
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise InputError(f"the {kind} lacks or misstates {error}", where=where) from error
        except EtiographError as error:
            raise InputError(error.message, where=where, hint=error.hint) from error
        id = item["id"] if isinstance(item, dict) else getattr(item, "id", record.get("id"))
        if id != record.get("id"):
            raise InputError(
                f"the id {record.get('id')!r} is not the hash of the {kind}'s content ({id})",
                where=where,
                hint="The line was changed after it was written.",
            )
        batch.append(item)
        last = number
    flush()
    return total
