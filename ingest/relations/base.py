"""What every relation extractor does: say what a sentence claims about the entities it names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from graph.model import Pairs, Predicate, Rung
from ingest.document import Document, Mention, Sentence

__all__ = ["Relation", "RelationExtractor", "by_sentence"]


@dataclass(frozen=True, slots=True)
class Relation:
    """A claim between two grounded mentions, read in a sentence.

    ``sentence`` is the one that shows it; a relation read from the whole document has the sentence
    that speaks for it most, and its mentions may lie outside of that sentence. ``trigger_start`` and
    ``trigger_end`` are offsets in the document's text, both -1 if no word triggers it; ``negated``
    when the sentence denies the relation, ``hedged`` when it does not commit itself; ``pattern``
    names the rule or model that found it; ``score`` is the probability that the text claims this.
    ``qualifiers`` become part of the statement (``object_aspect`` ...), ``details`` of the evidence
    (strength of the claim, kind of study, species, dose ...).
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
    rung: Rung = Rung.ASSERTION
    qualifiers: Pairs = ()
    details: Pairs = ()


class RelationExtractor(ABC):
    """Reads relations. ``name`` and ``version`` are recorded with every evidence.

    An extractor that looks at single sentences gives :meth:`extract`; one that reads a whole
    document overrides :meth:`read`.
    """

    name: ClassVar[str]
    version: ClassVar[str]

    def read(
        self, document: Document, sentences: Sequence[Sentence], mentions: Sequence[Mention]
    ) -> list[Relation]:
        """Return the relations of a document; only grounded mentions of two different entities take
        part. ``mentions`` are in order of their offsets, none overlapping."""
        found: list[Relation] = []
        for sentence, inside in by_sentence(sentences, mentions):
            if len(inside) >= 2:
                found.extend(self.extract(document, sentence, inside))
        return found

    @abstractmethod
    def extract(
        self, document: Document, sentence: Sentence, mentions: Sequence[Mention]
    ) -> list[Relation]:
        """Return the relations that a sentence claims, in order of their subjects; one triple comes
        at most once."""


def by_sentence(
    sentences: Sequence[Sentence], mentions: Sequence[Mention]
) -> list[tuple[Sentence, list[Mention]]]:
    """Return every sentence with the mentions that lie inside it."""
    result: list[tuple[Sentence, list[Mention]]] = []
    index = 0
    for sentence in sentences:
        while index < len(mentions) and mentions[index].start < sentence.start:
            index += 1
        inside: list[Mention] = []
        while index < len(mentions) and mentions[index].end <= sentence.end:
            inside.append(mentions[index])
            index += 1
        result.append((sentence, inside))
    return result
