"""Link by name: exact, then normalised, then with the abbreviation written out."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from graph.model import Category, Entity
from ingest.abbreviations import Abbreviation
from ingest.document import Document, Mention
from ingest.linkers.base import Linker
from ingest.terms.terminology import Candidate, Terminology, core

__all__ = ["NameLinker"]

_LIKE = {
    Category.DISEASE: {Category.DISEASE, Category.PHENOTYPE},
    Category.PHENOTYPE: {Category.DISEASE, Category.PHENOTYPE},
    Category.GENE: {Category.GENE, Category.PROTEIN},
    Category.PROTEIN: {Category.GENE, Category.PROTEIN},
    Category.CHEMICAL: {Category.CHEMICAL},
}


class NameLinker(Linker):
    """Grounds a mention when exactly one entity of its kind has its name.

    Tried in turn: the text as it stands, its normal form, and the long form if the document
    defines the text as an abbreviation. Two entities that fit equally well ground nothing.
    """

    name: ClassVar[str] = "names"

    def __init__(self, terminology: Terminology | None = None) -> None:
        self._terminology = terminology

    @property
    def terminology(self) -> Terminology:
        """The terminology in use, the bundled one unless another was given."""
        if self._terminology is None:
            self._terminology = core()
        return self._terminology

    @property
    def version(self) -> str:
        """The rules' version and the terminology's content."""
        return f"1+{self.terminology.version}"

    def entity(self, id: str) -> Entity | None:
        """Return an entity of the terminology."""
        return self.terminology.entity(id)

    def link(
        self,
        document: Document,
        mentions: Sequence[Mention],
        abbreviations: Sequence[Abbreviation],
    ) -> list[Mention]:
        """Return the mentions, grounded where the name decides."""
        long_forms = {item.short: item.long for item in abbreviations}
        return [m if m.entity is not None else self._ground(m, long_forms) for m in mentions]

    def _ground(self, mention: Mention, long_forms: dict[str, str]) -> Mention:
        for text, weight in ((mention.text, 1.0), (long_forms.get(mention.text, ""), 0.95)):
            found = self._one(text, mention.category) if text else None
            if found is not None:
                return dataclasses.replace(
                    mention, entity=found.entity.id, score=round(found.score * weight, 4)
                )
        return mention

    def _one(self, text: str, category: Category) -> Candidate | None:
        allowed = _LIKE.get(category, {category})
        found = [
            c
            for c in self.terminology.exact(text)
            if category is Category.THING or c.entity.category in allowed
        ]
        best = [c for c in found if c.score == found[0].score]
        return best[0] if len(best) == 1 else None
