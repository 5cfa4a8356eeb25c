"""Tables of abstracts: CSV, TSV, JSON lines and Parquet, one row a document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from graph.errors import InputError
from graph.model import Publication
from ingest.document import Document, make_document
from ingest.sources.base import MAX_RAW, MAX_TEXT, Item, Rejected, Source
from ingest.sources.files import head, lines, open_chunks, utf8_chunks
from ingest.sources.ids import content_id, doi_id, pmc_id, pubmed_id
from ingest.sources.languages import require_english
from ingest.sources.rows import Row, csv_rows

__all__ = ["TableSource"]

_MAX_LINE = 16 << 20
_YEAR = re.compile(r"(?:1[6-9]|2[01])\d\d")
_PARQUET = b"PAR1"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_NAMES = {
    "pmid": ("pmid", "pubmedid"),
    "pmcid": ("pmcid", "pmc"),
    "doi": ("doi",),
    "id": ("id", "publication", "publicationid", "documentid", "docid"),
    "title": ("title", "articletitle", "ti"),
    "text": ("abstract", "text", "abstracttext", "ab", "body", "content", "sentence"),
    "year": ("year", "publicationyear", "pubyear", "py", "date", "publicationdate"),
    "journal": ("journal", "journaltitle", "journalname", "source"),
    "language": ("language", "lang"),
    "types": ("publicationtypes", "publicationtype", "types"),
}


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which column of the table plays which part."""

    by_role: Mapping[str, str]

    def get(self, row: Mapping[str, Any], role: str) -> str:
        value = row.get(self.by_role.get(role, ""))
        if value is None or value != value or isinstance(value, dict):
            return ""
        if isinstance(value, list | tuple):
            return "; ".join(str(v) for v in value)
        return str(value).strip()


class TableSource(Source):
    """Rows with a title or a text; columns are found by name, whatever the case and the separators.

    The id is the PMID (column ``pmid``), else the PMCID (``pmcid``), the DOI (``doi``) or a CURIE of
    these in ``id``, else the SWHID of title and text. A bare number in ``id`` is no PMID: it may
    count rows.
    """

    name: ClassVar[str] = "table"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".parquet")
    weak: ClassVar[bool] = True

    @classmethod
    def sniff(cls, head: bytes) -> bool:
        """Whether it is Parquet, an object on a line, or a line with a column of text."""
        start = head.lstrip()
        if start.startswith((_PARQUET, b"{")):
            return True
        first = start.split(b"\n")[0].decode("utf-8", "replace")
        if "\ufffd" in first or _CONTROL.search(first):
            return False
        return not start.startswith((b"<", b"[", b"%PDF")) and any(c in first for c in ",;\t|")

    def read(self, path: Path) -> Iterator[Item]:
        """Yield documents and set-aside rows in the file's order.

        Raises:
            InputError: if the file cannot be opened, or is Parquet and pyarrow does not work here.
        """
        start = head(path)
        if start.startswith(_PARQUET):
            _need_pyarrow(path)
        try:
            if start.startswith(_PARQUET):
                rows = _parquet_rows(path)
            elif start.lstrip().startswith(b"{"):
                rows = _json_rows(path)
            else:
                rows = csv_rows(path)
            yield from _read(rows)
        except InputError as error:
            yield Rejected(str(error), 0, str(path))


def _read(rows: Iterator[Row]) -> Iterator[Item]:
    columns: dict[tuple[str, ...], _Columns] = {}
    for row in rows:
        try:
            if row.problem:
                raise InputError(row.problem)
            key = tuple(row.values)
            if key not in columns:
                if len(columns) > 1_000:
                    columns.clear()
                columns[key] = _columns(key)
            document = _document(row, columns[key])
        except _ColumnsError as error:
            if row.fixed:
                raise  # every row has the same columns
            yield Rejected(str(error), row.number, row.where, "", row.raw[:MAX_RAW])
        except InputError as error:
            yield Rejected(str(error), row.number, row.where, "", row.raw[:MAX_RAW])
        else:
            yield document


class _ColumnsError(InputError):
    """No column holds any text."""


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.casefold())


def _columns(names: Sequence[str]) -> _Columns:
    squeezed: dict[str, str] = {}
    for name in names:
        squeezed.setdefault(_squeezed(name), name)
    by_role = {
        role: squeezed[name]
        for role, wanted in _NAMES.items()
        for name in reversed(wanted)
        if name in squeezed
    }
    if "title" not in by_role and "text" not in by_role:
        shown = ", ".join(repr(n[:40]) for n in list(names)[:20])
        raise _ColumnsError(
            f"no column holds a title or a text; the columns are {shown}",
            hint="Name the columns pmid or doi, title, abstract (or text), year, journal.",
        )
    return _Columns(by_role)


def _document(row: Row, columns: _Columns) -> Document:
    values = row.values
    title, text = columns.get(values, "title"), columns.get(values, "text")
    size = len(title) + len(text)
    if size > MAX_TEXT:
        raise InputError(f"{size:,} characters of text are more than {MAX_TEXT:,}")
    for value in (title, text):
        if "\0" in value:
            raise InputError("a NUL character in the text")
        if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            raise InputError("half of a surrogate pair in the text")
    if not title and not text:
        raise InputError("neither a title nor an abstract")
    language = require_english(f"{title}\n{text}", columns.get(values, "language"))
    doi = doi_id(columns.get(values, "doi"))
    year = _YEAR.search(columns.get(values, "year"))
    types = columns.get(values, "types")
    publication = Publication(
        id=_id(values, columns) or content_id(f"{title}\n{text}".encode()),
        title=title,
        year=int(year.group()) if year else None,
        journal=columns.get(values, "journal"),
        doi=doi.removeprefix("doi:"),
        types=tuple(t for part in re.split(r"[;|]", types) if (t := part.strip())),
        retracted="Retracted Publication" in types,
    )
    return make_document(
        publication,
        [("title", "", title), ("abstract", "", text)],
        source="table",
        record=row.number,
        language=language,
    )


def _id(values: Mapping[str, Any], columns: _Columns) -> str:
    checks = {"pmid": pubmed_id, "pmcid": pmc_id, "doi": doi_id}
    for role, check in checks.items():
        text = columns.get(values, role)
        if text and not (found := check(text)):
            raise InputError(f"{text[:60]!r} is no {role.upper()}")
        if text:
            return found
    text = columns.get(values, "id")
    if text.isdigit() or not text:
        return ""
    if text.upper().startswith("PMC"):
        return pmc_id(text)
    return pubmed_id(text) or doi_id(text)


def _json_rows(path: Path) -> Iterator[Row]:
    number = 0
    for line, data, cut in lines(utf8_chunks(open_chunks(path)), _MAX_LINE):
        if not data.strip():
            continue
        number += 1
        where = f"line {line}"
        values: dict[str, Any] = {}
        problem = ""
        try:
            if cut:
                raise InputError("a line of more than 16 MB")
            found = json.loads(data.decode("utf-8"))
            if not isinstance(found, dict):
                raise InputError("the line is not a JSON object")
            values = found
        except UnicodeDecodeError as error:
            problem = f"not valid UTF-8 at byte {error.start} of the line"
        except json.JSONDecodeError as error:
            problem = f"malformed JSON: {error.msg} at character {error.pos + 1} of the line"
        except RecursionError:
            problem = "JSON nested too deeply"
        except ValueError as error:
            problem = f"malformed JSON: {str(error)[:100]}"
        except InputError as error:
            problem = str(error)
        yield Row(number, where, values, data, problem)


def _need_pyarrow(path: Path) -> None:
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        # not a fault of the file: it is to be read when pyarrow works
        raise InputError(
            f"reading Parquet needs a pyarrow that works here: {error}",
            where=str(path),
            hint="Install one that fits the installed NumPy, or convert the file to CSV.",
        ) from None


def _parquet_rows(path: Path) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with path.open("rb") as handle:
            if not handle.read(4) == _PARQUET:
                raise InputError("a Parquet file inside gzip cannot be read", hint="Unpack it.")
        file = pq.ParquetFile(path)
        names = list(file.schema_arrow.names)
        columns = sorted(set(_columns(names).by_role.values()), key=names.index)
        number = 0
        for group in range(file.num_row_groups):
            where = f"row group {group + 1}"
            try:
                for batch in file.iter_batches(256, row_groups=[group], columns=columns):
                    for values in batch.to_pylist():
                        number += 1
                        yield Row(number, f"row {number}", values, b"", "", True)
            except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
                number += 1
                yield Row(
                    number, where, {}, b"", f"the row group cannot be read: {str(error)[:200]}"
                )
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"the Parquet file cannot be read: {str(error)[:200]}") from None
