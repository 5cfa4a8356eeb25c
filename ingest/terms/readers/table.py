"""A user's own table: ``id, category, name, synonyms, xrefs``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from graph.errors import InputError
from graph.model import Category
from ingest.terms.readers.base import Reader, head, opened
from ingest.terms.records import Dropped, Record, Term

__all__ = ["TableReader"]

_CATEGORIES = {c.value.lower(): c for c in Category} | {c.name.lower(): c for c in Category}


class TableReader(Reader):
    """Tab-separated columns under a header with at least ``id`` and ``name``; ``category`` (a Biolink
    class such as ``Gene`` or ``ChemicalEntity``), ``synonyms`` and ``xrefs`` (lists by ``|``) may follow
    in any order. Lines that begin with ``#`` are comments."""

    name = "table"
    licence = "as its source says"

    def claims(self, path: Path) -> bool:
        """Whether the header has the columns."""
        fields = (head(path, 1) or [""])[0].lstrip("#").lower().split("\t")
        return {"id", "name"} <= set(fields) and bool({"category", "synonyms"} & set(fields))

    def read(self, paths: tuple[Path, ...]) -> Iterator[Record]:
        """Yield the rows."""
        (path,) = paths
        with opened(path) as handle:
            header = handle.readline().rstrip("\r\n").lstrip("#").lower().split("\t")
            if not {"id", "name"} <= set(header):
                raise InputError("the columns id and name are missing", where=str(path))
            for number, line in enumerate(handle, 2):
                line = line.rstrip("\r\n")
                if not line or line.startswith("#"):
                    continue
                row = dict(zip(header, line.split("\t"), strict=False))
                category = _CATEGORIES.get(row.get("category", "NamedThing").strip().lower())
                problem = (
                    "no id" if not row["id"].strip()
                    else "no name" if not row.get("name", "").strip()
                    else f"unknown category {row.get('category')!r}" if category is None
                    else ""
                )  # fmt: skip
                if problem or category is None:
                    yield Dropped(f"{path}, line {number}", problem)
                    continue
                yield Term(
                    row["id"].strip(), category, row["name"].strip(),
                    [s.strip() for s in row.get("synonyms", "").split("|") if s.strip()],
                    {x.strip() for x in row.get("xrefs", "").split("|") if x.strip()},
                )  # fmt: skip
