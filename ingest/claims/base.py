"""What every annotator does: say how a text stands to the relations that were read in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from ingest.document import Document, Mention, Sentence
from ingest.relations.base import Relation

__all__ = ["Annotator"]


class Annotator(ABC):
    """Completes relations: negated, hedged, strength of the claim, kind of study, context.

    ``name`` and ``version`` are part of the pipeline's version.
    """

    name: ClassVar[str]

    @property
    @abstractmethod
    def version(self) -> str:
        """Changes whenever the same relations would be completed otherwise."""

    @abstractmethod
    def annotate(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        mentions: Sequence[Mention],
        relations: Sequence[Relation],
    ) -> list[Relation]:
        """Return the relations of one document, in the same order and number, completed.

        ``negated``, ``hedged``, ``score`` and ``details`` may change; the two mentions, the
        predicate, the sign and the rung may not.
        """
