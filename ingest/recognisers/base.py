"""What every recogniser does: find the spans of a document that name something."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from ingest.abbreviations import Abbreviation
from ingest.document import Document, Mention, Sentence

__all__ = ["Recogniser"]


class Recogniser(ABC):
    """Finds mentions. ``name`` and ``version`` are part of the pipeline's version: a change of
    either means that documents are read again.

    A layer above adds its own with ``ingest.recognisers.REGISTRY.register(name, class)``; see
    :class:`ingest.recognisers.naming.NamingRecogniser` for one that has no offsets to give.
    """

    name: str

    @property
    @abstractmethod
    def version(self) -> str:
        """Changes whenever the same text would give other mentions."""

    @abstractmethod
    def recognise(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        abbreviations: Sequence[Abbreviation],
    ) -> list[Mention]:
        """Return mentions in order, none overlapping, each slicing back exactly; grounded where the
        recogniser is sure of the entity, otherwise with ``entity`` None for a linker."""

    def recognise_many(
        self,
        documents: Sequence[tuple[Document, Sequence[Sentence], Sequence[Abbreviation]]],
    ) -> list[list[Mention]]:
        """Return the mentions of several documents at once: the same as one by one, but a recogniser
        that works on arrays can override it to be faster."""
        return [self.recognise(*document) for document in documents]
