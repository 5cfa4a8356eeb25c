"""ChEBI: names of chemicals, and secondary ids."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from graph.model import Category
from ingest.terms.readers.base import Reader, head, rows
from ingest.terms.records import Dropped, Record, Replaced, Term

__all__ = ["ChebiReader"]


class ChebiReader(Reader):
    """``names.tsv`` (names and international non-proprietary names) and the table of secondary ids."""

    name = "ChEBI"
    licence = "CC BY 4.0"

    def claims(self, path: Path) -> bool:
        """Whether the header is that of one of the tables."""
        first = (head(path, 1) or [""])[0]
        return first in ("Secondary\tPrimary",) or first.startswith("ID\tCOMPOUND_ID\tTYPE\t")

    def read(self, paths: tuple[Path, ...]) -> Iterator[Record]:
        """Yield chemicals by id, or replaced ids."""
        (path,) = paths
        header = head(path, 1)[0].split("\t")
        if header[0] == "Secondary":
            for row in rows(path, columns=2, skip=1):
                if isinstance(row, Dropped):
                    yield row
                else:
                    yield Replaced(f"chebi:{row[1][0]}", f"chebi:{row[1][1]}")
            return
        place = header.index("NAME")
        names: dict[str, list[str]] = {}
        for row in rows(path, columns=place + 1, skip=1):
            if isinstance(row, Dropped):
                yield row
            elif row[1][2] in ("NAME", "INN") and "|" not in row[1][place]:
                names.setdefault(row[1][1], []).append(row[1][place])
        for id, own in sorted(names.items()):
            yield Term(f"chebi:{id}", Category.CHEMICAL, own[0], own[1:])
