"""A document as the learned relation models see it: words, entities, and where they meet.

Every sentence becomes a row of lower-case words in which a mention is one word, the letter of its kind;
entities know all their places. The cost of everything here is bounded, whatever the document.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from graph.model import Category
from ingest.document import Sentence

__all__ = ["KINDS", "MAX_ENTITIES", "MAX_PAIRS", "EntityView", "Span", "View", "make_view"]

KINDS: dict[Category, str] = {
    Category.CHEMICAL: "C", Category.DISEASE: "D", Category.PHENOTYPE: "D", Category.GENE: "G",
    Category.PROTEIN: "G", Category.VARIANT: "V",
}  # fmt: skip
"""categories that take part, and the letter of their kind"""

MAX_ENTITIES = 80
MAX_PAIRS = 400
_SHORT = 40
"""sentences, up to which every pair of entities is a candidate; in longer documents (full texts) only
those that share a sentence"""
_MAX_PLACES = 60
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")


class Span(NamedTuple):
    """A grounded mention: offsets in the text, kind (a letter of :data:`KINDS`) and id."""

    start: int
    end: int
    kind: str
    id: str


class Place(NamedTuple):
    """Where an entity stands: number of the sentence, of the word in it, and of the span."""

    sentence: int
    word: int
    span: int


@dataclass(slots=True)
class EntityView:
    """An entity of a document and its places, in order."""

    number: int
    id: str
    kind: str
    places: list[Place] = field(default_factory=list)
    by_sentence: dict[int, list[Place]] = field(default_factory=dict)


@dataclass(slots=True)
class View:
    """A document's words and entities.

    ``words[s]`` are the words of sentence ``s`` (mentions as their kind's letter); ``lengths`` the
    number of words before each sentence; ``titles`` how many of the first sentences are the title.
    """

    text: str
    sentences: Sequence[Sentence]
    spans: Sequence[Span]
    words: list[list[str]]
    entities: list[EntityView]
    titles: int

    def pairs(self, kinds: frozenset[str]) -> list[tuple[int, int]]:
        """Return candidate pairs (numbers of entities) of the given kinds (``CD``: the chemical first;
        two of one kind: the one named first), at most :data:`MAX_PAIRS`, those that meet most often
        kept."""
        whole = len(self.sentences) <= _SHORT
        found: list[tuple[int, int, int]] = []
        for a, b in itertools.combinations(self.entities, 2):
            if a.kind + b.kind not in kinds:
                if b.kind + a.kind not in kinds:
                    continue
                a, b = b, a
            few, many = sorted((a.by_sentence, b.by_sentence), key=len)
            together = sum(s in many for s in few)
            if together or whole:
                found.append((together, a.number, b.number))
        if len(found) > MAX_PAIRS:
            size = [len(e.places) for e in self.entities]
            found.sort(key=lambda f: (-f[0], -min(size[f[1]], size[f[2]]), f[1], f[2]))
            found = found[:MAX_PAIRS]
        return sorted((a, b) for _, a, b in found)


def make_view(text: str, sentences: Sequence[Sentence], spans: Sequence[Span]) -> View:
    """Build the view.

    Args:
        text: the document's text.
        sentences: its sentences, in order.
        spans: grounded mentions in order of their offsets; several may have the same offsets (one
            phrase that names several entities), other overlaps and spans that cross the end of a
            sentence are passed over.
    """
    words: list[list[str]] = []
    entities: dict[tuple[str, str], EntityView] = {}
    index = 0
    titles = 0
    for number, sentence in enumerate(sentences):
        titles += sentence.section.startswith("title")
        row: list[str] = []
        position = sentence.start
        last = (-1, -1)
        while index < len(spans) and spans[index].start < sentence.end:
            span = spans[index]
            index += 1
            if span.end > sentence.end or span.start < sentence.start:
                continue
            if (span.start, span.end) != last:
                if span.start < position:
                    continue
                row.extend(_words(text, position, span.start))
                row.append(span.kind)
                last = (span.start, span.end)
                position = span.end
            entity = entities.get((span.kind, span.id))
            if entity is None:
                entity = entities[span.kind, span.id] = EntityView(0, span.id, span.kind)
            if len(entity.places) < _MAX_PLACES:
                place = Place(number, len(row) - 1, index - 1)
                entity.places.append(place)
                entity.by_sentence.setdefault(number, []).append(place)
        row.extend(_words(text, position, sentence.end))
        words.append(row)
    kept = list(entities.values())
    if len(kept) > MAX_ENTITIES:
        often = sorted(kept, key=lambda e: -len(e.places))[:MAX_ENTITIES]
        wanted = {id(e) for e in often}
        kept = [e for e in kept if id(e) in wanted]
    for number, entity in enumerate(kept):
        entity.number = number
    return View(text, sentences, spans, words, kept, titles)


def _words(text: str, start: int, end: int) -> list[str]:
    if start >= end:
        return []
    found = _TOKEN.findall(text[start:end].lower())
    return ["0" if w.isdigit() else w for w in found]
