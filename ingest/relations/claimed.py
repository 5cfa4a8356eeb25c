"""What the pattern extractor reads in a document, as features of pairs of entities and as directions."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.model import Category
from ingest.document import Mention
from ingest.relations.base import by_sentence
from ingest.relations.patterns import PatternExtractor
from ingest.relations.triggers import CLASSES, classes_of
from ingest.relations.view import View

__all__ = ["CLAIMED", "Claims", "claimed"]

CLAIMED = ("claim up", "claim down", "claim unsigned", "claim denied")
"""names of the features"""
_CATEGORY = {
    "C": Category.CHEMICAL, "D": Category.DISEASE, "G": Category.GENE, "V": Category.VARIANT,
}  # fmt: skip
_PATTERNS = PatternExtractor()
_EFFECT = frozenset(
    n for n, c in enumerate(CLASSES) if c not in ("people", "compare", "combine", "no", "ask")
)
"""classes of words that speak for a relation"""


@dataclass(slots=True)
class Claims:
    """What patterns claim in a document.

    ``scores``: pair of entities (lower number first) -> the best scores of claims that raise, lower, do
    neither, and are denied (:data:`CLAIMED`). ``ways``: (subject, object) of claims that have a direction
    -> the sentences that make them.
    """

    scores: dict[tuple[int, int], list[float]] = field(default_factory=dict)
    ways: dict[tuple[int, int], set[int]] = field(default_factory=dict)

    def against(self, view: View, a: int, b: int) -> bool:
        """Whether all that could speak for the first entity acting on the second says the opposite:
        patterns read the second acting on the first, and they do so in every sentence that names both
        and has a word of an effect."""
        opposed = self.ways.get((b, a))
        if not opposed or (a, b) in self.ways:
            return False
        one, two = view.entities[a].by_sentence, view.entities[b].by_sentence
        return all(
            s in opposed or not any(_EFFECT.intersection(classes_of(w)) for w in view.words[s])
            for s in one
            if s in two
        )


def claimed(view: View) -> Claims:
    """Read a document with the patterns."""
    mentions: list[Mention] = []
    at: dict[int, list[int]] = {}
    for entity in view.entities:
        for place in entity.places:
            at.setdefault(view.spans[place.span].start, []).append(entity.number)
    last = -1
    for span in view.spans:
        if span.start >= last and span.start in at:
            # its offset stands for what is named there: one phrase may name several entities
            text = view.text[span.start : span.end]
            mentions.append(
                Mention(span.start, span.end, text, _CATEGORY[span.kind], str(span.start))
            )
            last = span.end
    found = Claims()
    for number, (sentence, inside) in enumerate(by_sentence(view.sentences, mentions)):
        if len(inside) < 2:
            continue
        for relation in _PATTERNS.in_sentence(sentence, inside):
            slot = 3 if relation.negated else {1: 0, -1: 1, 0: 2}[relation.sign]
            for a in at[relation.subject.start]:
                for b in at[relation.object.start]:
                    if a != b:
                        row = found.scores.setdefault((min(a, b), max(a, b)), [0.0] * len(CLAIMED))
                        row[slot] = max(row[slot], relation.score)
                        if not relation.predicate.info.symmetric:
                            found.ways.setdefault((a, b), set()).add(number)
    return found
