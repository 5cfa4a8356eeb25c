"""Any ontology that the optional library ``pronto`` reads: OWL in RDF/XML, OBO Graphs in JSON."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

from graph.errors import InputError
from graph.model import Category
from ingest.terms.readers.base import Reader, head
from ingest.terms.readers.categories import BY_NAMESPACE, CATEGORIES
from ingest.terms.records import Record, Replaced, Term

__all__ = ["OwlReader"]

_LARGEST = 400_000_000


class OwlReader(Reader):
    """``.owl`` files and OBO Graphs. ``pronto`` keeps the ontology in memory, so very large files are
    refused: their OBO edition is streamed."""

    name = "OWL"
    licence = "as its source says"

    def claims(self, path: Path) -> bool:
        """Whether it begins as OWL or as an OBO Graph."""
        text = "\n".join(head(path, 30))[:4000]
        return (text.lstrip().startswith("<") and "owl" in text and "rdf" in text) or (
            text.lstrip().startswith("{") and '"graphs"' in text
        )

    def read(self, paths: tuple[Path, ...]) -> Iterator[Record]:
        """Yield terms and replaced ids."""
        (path,) = paths
        import pronto

        if path.stat().st_size > _LARGEST:
            raise InputError(
                "too large to be held in memory", where=str(path),
                hint="Use the ontology's OBO file, which is streamed.",
            )  # fmt: skip
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # no imports: nothing is fetched from the network
                ontology = pronto.Ontology(str(path), import_depth=0)
                found = list(ontology.terms())
        except (ValueError, KeyError, TypeError, AttributeError, SyntaxError, OSError, RecursionError) as error:  # fmt: skip
            raise InputError(f"pronto cannot read it: {error}", where=str(path)) from error
        for term in found:
            if term.obsolete:
                new = list(term.replaced_by) or list(term.consider)
                if len(new) == 1:
                    yield Replaced(term.id, new[0].id)
                continue
            if not term.name or ":" not in term.id:
                continue
            category = CATEGORIES.get(term.id.partition(":")[0].lower())
            if category is None:
                category = BY_NAMESPACE.get(term.namespace or "")
            yield Term(
                term.id, category or CATEGORIES.get(term.namespace or "") or Category.THING, str(term.name),
                sorted(s.description for s in term.synonyms if s.scope == "EXACT"),
                {x.id for x in term.xrefs if ":" in x.id}, set(term.alternate_ids),
            )  # fmt: skip
