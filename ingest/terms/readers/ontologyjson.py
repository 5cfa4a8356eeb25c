"""Ontologies as a JSON list of ``{id, name, namespace, synonyms, xrefs}``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from graph.errors import InputError
from graph.model import Category
from ingest.terms.readers.base import Reader, head, opened
from ingest.terms.readers.categories import CATEGORIES, LICENCES, TITLES
from ingest.terms.records import Dropped, Record, Term

__all__ = ["OntologyJsonReader"]


class OntologyJsonReader(Reader):
    """The Disease Ontology, HPO and EFO in this form, and any other with the same fields."""

    name = "ontology JSON"
    licence = "as its source says"

    def claims(self, path: Path) -> bool:
        """Whether it begins as a list of objects with an id, a name and synonyms."""
        text = " ".join(head(path, 12))[:2000]
        return text.startswith("[") and all(f'"{k}"' in text for k in ("id", "name", "synonyms"))

    def called(self, paths: tuple[Path, ...]) -> str:
        """The ontology named in the first entry."""
        return TITLES.get(_namespace(paths[0]), self.name)

    def licence_of(self, paths: tuple[Path, ...]) -> str:
        """The licence of that ontology."""
        return LICENCES.get(_namespace(paths[0]), self.licence)

    def read(self, paths: tuple[Path, ...]) -> Iterator[Record]:
        """Yield terms whose name is no longer than 60 characters (efo: only those with a synonym or a
        cross-reference, as the others are mostly measurements and samples)."""
        (path,) = paths
        with opened(path) as handle:
            try:
                entries = json.load(handle)
            except (ValueError, RecursionError) as error:
                raise InputError(f"damaged JSON: {error}", where=str(path)) from error
        for number, entry in enumerate(entries, 1):
            where = f"{path}, entry {number}"
            try:
                id, name = str(entry["id"]), str(entry["name"])
                namespace = str(entry.get("namespace", ""))
                synonyms = [str(s) for s in entry.get("synonyms", ())]
                xrefs = {str(x) for x in entry.get("xrefs", ())}
            except (TypeError, KeyError, AttributeError) as error:
                yield Dropped(where, f"not an entry: {type(error).__name__} {error}")
                continue
            if ":" not in id:
                id = f"{namespace}:{id}"
            prefix = id.partition(":")[0].lower()
            if name.startswith("obsolete") or prefix != (namespace or prefix):
                continue
            category = CATEGORIES.get(prefix)
            if category is None:
                diseases = any(x.upper().startswith(("DOID:", "MONDO:", "ICD")) for x in xrefs)
                category = Category.DISEASE if diseases else Category.THING
                if not synonyms and not xrefs:
                    continue
            yield Term(id, category, name, [s for s in synonyms if "|" not in s], xrefs)


def _namespace(path: Path) -> str:
    match = re.search(r'"namespace":\s*"(\w+)"', " ".join(head(path, 40)))
    return match.group(1) if match else ""
