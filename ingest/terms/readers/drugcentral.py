"""DrugCentral: drugs and their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from graph.model import Category
from ingest.terms.readers.base import Reader, head, rows
from ingest.terms.records import Dropped, Record, Term

__all__ = ["DrugCentralReader"]

_TERMS = "identifier\tname\tdefinition\tsynonyms"
_NAMES = "text\tcurie\tname\tpredicate"


class DrugCentralReader(Reader):
    """The nodes table and the synonyms table. Free to use, but share-alike: never in the core pack."""

    name = "DrugCentral"
    licence = "CC BY-SA 4.0"

    def claims(self, path: Path) -> bool:
        """Whether the header is that of one of the tables."""
        first = (head(path, 1) or [""])[0]
        if first.startswith(_TERMS):
            return "drugcentral" in path.name.lower()
        return first.startswith(_NAMES) and any("\tdrugcentral:" in x for x in head(path, 3))

    def groups(self, paths: Sequence[Path]) -> list[tuple[Path, ...]]:
        """Both tables together."""
        return [tuple(sorted(paths))] if paths else []

    def read(self, paths: tuple[Path, ...]) -> Iterator[Record]:
        """Yield drugs, by id."""
        names: dict[str, str] = {}
        others: dict[str, list[str]] = defaultdict(list)
        for path in paths:
            terms = head(path, 1)[0].startswith(_TERMS)
            for row in rows(path, columns=3, skip=1):
                if isinstance(row, Dropped):
                    yield row
                    continue
                fields = row[1]
                if terms:
                    id = f"drugcentral:{fields[0]}"
                    names[id] = fields[1]
                    others[id] += (fields[3] if len(fields) > 3 else "").split("|")
                else:
                    names.setdefault(fields[1], fields[2])
                    others[fields[1]].append(fields[0])
        for id, name in sorted(names.items()):
            yield Term(id, Category.CHEMICAL, name, sorted({n for n in others[id] if n} - {name}))
