"""UBERON tables: anatomy, with cross-references to MeSH and the Cell Ontology."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from graph.model import Category
from ingest.terms.readers.base import Reader, head, rows
from ingest.terms.records import Dropped, Record, Term

__all__ = ["UberonReader"]

_HEADS = {
    "uberon_id\tuberon_name": "names",
    "uberon_id\txref": "xrefs",
    "uberon_id\tsubset": "subsets",
    "uberon_id\tuberon_name\tmesh_id\tmesh_name\tbto_id": "mesh",
    "uberon_id\tuberon_name\tpositive_evidence\tno_negative_evidence": "human",
}
_GENERAL = frozenset({"upper_level", "grouping_class", "non_informative"})
_KEPT = ("UMLS:", "NCIT:", "MESH:", "CL:")


class UberonReader(Reader):
    """Tables of names, cross-references and subsets. Upper-level and grouping terms are left out, and
    terms without evidence in humans where a table says which these are."""

    name = "UBERON"
    licence = "CC BY 3.0"

    def claims(self, path: Path) -> bool:
        """Whether the header is that of one of the tables."""
        return (head(path, 1) or [""])[0] in _HEADS

    def groups(self, paths: Sequence[Path]) -> list[tuple[Path, ...]]:
        """All tables together."""
        return [tuple(sorted(paths))] if paths else []

    def read(self, paths: tuple[Path, ...]) -> Iterator[Record]:
        """Yield anatomical entities."""
        names: dict[str, str] = {}
        xrefs: dict[str, set[str]] = defaultdict(set)
        general: set[str] = set()
        human: dict[str, bool] = {}
        for path in paths:
            kind = _HEADS[head(path, 1)[0]]
            for row in rows(path, columns=2, skip=1):
                if isinstance(row, Dropped):
                    yield row
                    continue
                id, *fields = row[1]
                if kind == "names":
                    names[id] = fields[0]
                elif kind == "xrefs" and fields[0].startswith(_KEPT):
                    xrefs[id].add(fields[0])
                elif kind == "subsets" and fields[0] in _GENERAL:
                    general.add(id)
                elif kind == "mesh" and len(fields) > 1 and fields[1]:
                    xrefs[id].add(f"mesh:{fields[1]}")
                elif kind == "human" and len(fields) > 1:
                    human[id] = fields[1] == "1"
        for id, name in sorted(names.items()):
            if id in general or not human.get(id, not human):
                continue
            if len(name.split()) <= 4 and len(name) > 3:
                yield Term(id, Category.ANATOMY, name, [], xrefs.get(id, set()))
