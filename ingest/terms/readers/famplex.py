"""FamPlex: families and complexes of genes, and names that papers use for proteins."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from graph.model import Category
from ingest.terms.readers.base import Reader, head, opened
from ingest.terms.records import Dropped, Record, Term

__all__ = ["FamplexReader"]

_FILES = {"entities.csv", "equivalences.csv", "grounding_map.csv"}
_EQUIVALENT = {"MESH": "mesh", "NCIT": "ncit", "GO": "go"}


class FamplexReader(Reader):
    """``entities.csv``, ``equivalences.csv`` and ``grounding_map.csv`` of FamPlex."""

    name = "FamPlex"
    licence = "CC0 1.0"

    def claims(self, path: Path) -> bool:
        """Whether it has the name of one of the tables and FamPlex's form."""
        if path.name not in _FILES:
            return False
        lines = head(path, 3)
        columns = {line.count(",") for line in lines}
        return bool(lines) and (
            columns == {0} if path.name == "entities.csv" else min(columns) >= 2
        )

    def groups(self, paths: Sequence[Path]) -> list[tuple[Path, ...]]:
        """The tables of one folder together."""
        folders: dict[Path, list[Path]] = defaultdict(list)
        for path in sorted(paths):
            folders[path.parent].append(path)
        return [tuple(found) for _, found in sorted(folders.items())]

    def read(self, paths: tuple[Path, ...]) -> Iterator[Record]:
        """Yield families, then names of single proteins."""
        families: list[str] = []
        names: dict[str, list[str]] = defaultdict(list)
        proteins: dict[str, list[str]] = defaultdict(list)
        xrefs: dict[str, set[str]] = defaultdict(set)
        for path in paths:
            with opened(path) as handle:
                for number, row in enumerate(csv.reader(handle), 1):
                    if path.name == "entities.csv":
                        families += row[:1]
                    elif len(row) < 3:
                        yield Dropped(f"{path}, line {number}", f"{len(row)} columns, not 3")
                    elif path.name == "equivalences.csv":
                        if row[0] in _EQUIVALENT:
                            other = row[1].rpartition(":")[2]
                            xrefs[row[2]].add(f"{_EQUIVALENT[row[0]]}:{other}")
                    elif not any(row[3:]):  # one meaning only
                        if row[1] == "FPLX":
                            names[row[2]].append(row[0])
                        elif row[1] == "UP":
                            proteins[f"uniprot:{row[2]}"].append(row[0])
        for id in families:
            own = id.replace("_", " ")
            yield Term(f"fplx:{id}", Category.PROTEIN, own, names[id], xrefs[id])
        for id, found in sorted(proteins.items()):
            yield Term(id, Category.GENE, found[0], found[1:], adds=True)
