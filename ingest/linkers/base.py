"""What every linker does: say which entity a mention means, or leave it ungrounded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from graph.model import Entity
from ingest.abbreviations import Abbreviation
from ingest.document import Document, Mention

__all__ = ["Linker"]


class Linker(ABC):
    """Grounds mentions. ``name`` and ``version`` are part of the pipeline's version."""

    name: ClassVar[str]

    @property
    @abstractmethod
    def version(self) -> str:
        """Changes whenever the same mentions would be linked otherwise."""

    @abstractmethod
    def link(
        self,
        document: Document,
        mentions: Sequence[Mention],
        abbreviations: Sequence[Abbreviation],
    ) -> list[Mention]:
        """Return the same spans in the same order; those that had an entity keep it, those that
        cannot be grounded stay with ``entity`` None."""

    @abstractmethod
    def entity(self, id: str) -> Entity | None:
        """Return the entity behind an id that this linker or its terminology gave out."""
