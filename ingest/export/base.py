"""What every writer does: put extractions into a text file as they come."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar, TextIO

from graph.errors import UsageError
from graph.model import Category, Entity
from ingest.document import Mention
from ingest.export.native import native
from ingest.pipeline import Extraction

__all__ = ["TYPES", "Writer", "flat"]

_BIORED = {
    Category.GENE: "GeneOrGeneProduct",
    Category.PROTEIN: "GeneOrGeneProduct",
    Category.CHEMICAL: "ChemicalEntity",
    Category.DISEASE: "DiseaseOrPhenotypicFeature",
    Category.PHENOTYPE: "DiseaseOrPhenotypicFeature",
    Category.TAXON: "OrganismTaxon",
    Category.VARIANT: "SequenceVariant",
    Category.CELL_LINE: "CellLine",
}

TYPES: Mapping[str, Mapping[Category, str]] = MappingProxyType(
    {
        "biored": _BIORED,
        "bc5cdr": {
            Category.CHEMICAL: "Chemical",
            Category.DISEASE: "Disease",
            Category.PHENOTYPE: "Disease",
        },
        "all": {**{c: c.value for c in Category}, **_BIORED},
    }
)
"""name of a set of types -> what it calls each category; a category it lacks is not written"""

# everything that some reader takes for the end of a line or column, and what no XML may hold
_FLAT = dict.fromkeys((*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029), " ")
_FLAT |= dict.fromkeys((*range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "�")


def flat(text: str) -> str:
    """Return a text on one line, of the same length: offsets keep their meaning."""
    return text.translate(_FLAT)


class Writer(ABC):
    """Writes extractions to ``out`` one by one; memory does not grow with their number.

    Args:
        out: a text file, open for writing.
        types: a key of :data:`TYPES`.
        entity: gives the entity behind an id, for names and ids of other vocabularies.

    Raises:
        UsageError: for unknown types.
    """

    name: ClassVar[str]

    def __init__(
        self,
        out: TextIO,
        *,
        types: str = "biored",
        entity: Callable[[str], Entity | None] = lambda id: None,
    ) -> None:
        if types not in TYPES:
            raise UsageError(f"unknown types {types!r}", hint=f"Known: {', '.join(sorted(TYPES))}.")
        self.out = out
        self.types = types
        self.entity = entity
        self._native: dict[str, str] = {}

    def begin(self) -> None:  # noqa: B027
        """Write what stands before the first document."""

    @abstractmethod
    def write(self, extraction: Extraction) -> None:
        """Write one document with what was read from it."""

    def end(self) -> None:  # noqa: B027
        """Write what stands after the last document."""

    def type_of(self, category: Category) -> str:
        """Return what the types in use call a category, empty if it is not written."""
        return TYPES[self.types].get(category, "")

    def native(self, id: str) -> str:
        """Return the id as the vocabulary's own files write it (see :func:`ingest.export.native`)."""
        found = self._native.get(id)
        if found is None:
            found = self._native[id] = native(id, self.entity(id))
            if len(self._native) > 200_000:
                self._native.clear()
        return found

    def mentions(self, extraction: Extraction) -> list[Mention]:
        """Return the mentions that are written, in order; none that runs across sections."""
        sections = sorted(extraction.document.sections, key=lambda s: s.start)
        starts = [s.start for s in sections]
        found = [
            m
            for m in extraction.mentions
            if self.type_of(m.category)
            and (not sections or m.end <= sections[bisect_right(starts, m.start) - 1].end)
        ]
        return sorted(found, key=lambda m: (m.start, m.end, m.category.value))
