"""What every relation extractor does: say what a sentence claims about the entities it names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from graph.model import Predicate
from ingest.document import Document, Mention, Sentence

__all__ = ["Relation", "RelationExtractor"]


@dataclass(frozen=True, slots=True)
class Relation:
    """A claim read in one sentence, between two grounded mentions.

    ``trigger_start`` and ``trigger_end`` are offsets in the document's text; ``negated`` when the
    sentence denies the relation, ``hedged`` when it does not commit itself; ``pattern`` names the
    rule or model that found it; ``score`` is in [0, 1].
    """

    sentence: Sentence
    subject: Mention
    predicate: Predicate
    object: Mention
    sign: int
    trigger_start: int
    trigger_end: int
    negated: bool = False
    hedged: bool = False
    score: float = 1.0
    pattern: str = ""


class RelationExtractor(ABC):
    """Reads relations. ``name`` and ``version`` are recorded with every evidence."""

    name: ClassVar[str]
    version: ClassVar[str]

    @abstractmethod
    def extract(
        self, document: Document, sentence: Sentence, mentions: Sequence[Mention]
    ) -> list[Relation]:
        """Return the relations that a sentence claims, in order of their subjects; only grounded
        mentions of two different entities take part, and one triple comes at most once."""
