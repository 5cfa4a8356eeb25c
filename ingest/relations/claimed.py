"""What the pattern extractor reads in a document, as features of pairs of entities."""

from __future__ import annotations

from graph.model import Category
from ingest.document import Mention
from ingest.relations.base import by_sentence
from ingest.relations.patterns import PatternExtractor
from ingest.relations.view import View

__all__ = ["CLAIMED", "claimed"]

CLAIMED = ("claim up", "claim down", "claim unsigned", "claim denied")
"""names of the features"""
_CATEGORY = {
    "C": Category.CHEMICAL, "D": Category.DISEASE, "G": Category.GENE, "V": Category.VARIANT,
}  # fmt: skip
_PATTERNS = PatternExtractor()


def claimed(view: View) -> dict[tuple[int, int], list[float]]:
    """Return, for each pair of entities (lower number first) of which a pattern claims something, the
    best scores of claims that raise, lower, do neither, and are denied."""
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
    found: dict[tuple[int, int], list[float]] = {}
    for sentence, inside in by_sentence(view.sentences, mentions):
        if len(inside) < 2:
            continue
        for relation in _PATTERNS.in_sentence(sentence, inside):
            slot = 3 if relation.negated else {1: 0, -1: 1, 0: 2}[relation.sign]
            for a in at[relation.subject.start]:
                for b in at[relation.object.start]:
                    if a != b:
                        row = found.setdefault((min(a, b), max(a, b)), [0.0] * len(CLAIMED))
                        row[slot] = max(row[slot], relation.score)
    return found
