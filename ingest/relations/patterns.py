"""Relations by lexical patterns over folded sentences: precision first.

Each rule is a regular expression over a sentence whose arguments are single characters (see
:mod:`ingest.relations.chunks`). Between a verb and its arguments only words that cannot change the
meaning are let through, and an argument must be the head of its phrase: ``X reduced Y transporter
number`` says nothing about Y.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from graph.model import Category, Predicate
from ingest.document import Document, Mention, Sentence
from ingest.relations.base import Relation, RelationExtractor
from ingest.relations.chunks import Chunk, Folded, fold_sentence
from ingest.relations.rules import Claim, find_claims
from ingest.relations.scopes import asks, hedges, negates

__all__ = ["PatternExtractor"]

_DISEASE = frozenset({Category.DISEASE, Category.PHENOTYPE})
_ACTORS = frozenset(
    {
        Category.CHEMICAL, Category.GENE, Category.PROTEIN, Category.DISEASE, Category.PHENOTYPE,
        Category.BEHAVIOR, Category.PROCEDURE, Category.PROCESS, Category.VARIANT,
    }
)  # fmt: skip
_TARGETS = _ACTORS - {Category.PROCEDURE, Category.VARIANT}
_REMEDIES = frozenset(
    {Category.CHEMICAL, Category.GENE, Category.PROTEIN, Category.PROCEDURE, Category.BEHAVIOR}
)
_MOLECULES = frozenset({Category.CHEMICAL, Category.GENE, Category.PROTEIN})
_MAX_MENTIONS = 40
_HEDGED = 0.8


@dataclass(frozen=True, slots=True)
class _Meaning:
    predicate: Predicate
    sign: int


class PatternExtractor(RelationExtractor):
    """Verbs (active, passive), nouns (``treatment of Y with X``, ``X inhibitor``), compounds
    (``X-induced Y``), with sign, negation and hedge; questions and aims are passed over."""

    name: ClassVar[str] = "patterns"
    version: ClassVar[str] = "1"

    def extract(
        self, document: Document, sentence: Sentence, mentions: Sequence[Mention]
    ) -> list[Relation]:
        """Return the relations of one sentence, the best-scored of each triple."""
        del document
        return self.in_sentence(sentence, mentions)

    def in_sentence(self, sentence: Sentence, mentions: Sequence[Mention]) -> list[Relation]:
        """Return the same: nothing but the sentence is looked at."""
        # species, organs and cells are only words here: they take no part in a relation
        mentions = [m for m in mentions if m.category in _ACTORS]
        if len(mentions) < 2 or len(mentions) > _MAX_MENTIONS:
            return []
        folded = fold_sentence(sentence, mentions)
        best: dict[tuple[str, str, str, int], Relation] = {}
        for claim in find_claims(folded):
            for relation in self._read(folded, claim, sentence):
                assert relation.subject.entity is not None
                assert relation.object.entity is not None
                ends = [relation.subject.entity, relation.object.entity]
                if relation.predicate.info.symmetric:
                    ends.sort()
                triple = (ends[0], relation.predicate.value, ends[1], relation.sign)
                if triple not in best or best[triple].score < relation.score:
                    best[triple] = relation
        return sorted(
            best.values(),
            key=lambda r: (r.subject.start, r.object.start, r.predicate.value, r.sign),
        )

    def _read(self, folded: Folded, claim: Claim, sentence: Sentence) -> Iterator[Relation]:
        subject_chunk, object_chunk = folded.chunks[claim.subject], folded.chunks[claim.object]
        if (subject_chunk.people or object_chunk.people) and not claim.people:
            return
        negated = hedged = False
        if not claim.presupposed:
            if asks(claim.before, sentence.text):
                return
            negated = negates(claim.before, claim.inside)
            hedged = hedges(claim.before, claim.inside)
        start, end = claim.place or folded.span(*claim.trigger)
        subjects, objects = subject_chunk.mentions, object_chunk.mentions
        if claim.pair:
            subjects, objects = subjects[:1], objects[1:]
        for subject in subjects:
            for object in objects:
                meaning = _meaning(claim, subject_chunk, subject, object_chunk, object)
                if meaning is None or subject.entity == object.entity:
                    continue
                score = claim.weight * min(1.0, (subject.score + object.score) / 1.8)
                yield Relation(
                    sentence, subject, meaning.predicate, object, meaning.sign, start, end,
                    negated, hedged, round(score * (_HEDGED if hedged else 1.0), 4), claim.rule,
                )  # fmt: skip


def _meaning(
    claim: Claim, subject_chunk: Chunk, subject: Mention, object_chunk: Chunk, object: Mention
) -> _Meaning | None:
    """Predicate and sign of a claim for two mentions, or None if it makes no sense for them."""
    if subject.entity is None or object.entity is None:
        return None
    if subject.category not in _ACTORS or object.category not in _TARGETS:
        return None
    predicate = claim.predicate
    flip = subject_chunk.flip * object_chunk.flip * claim.turn
    disease = object.category in _DISEASE
    if predicate is Predicate.ASSOCIATED_WITH:
        sign = claim.sign or int(flip < 0 or bool(object_chunk.noun))
        return _Meaning(predicate, sign * flip)
    if predicate is Predicate.AFFECTS:
        cofactor = claim.rule == "compound" and subject.category is Category.CHEMICAL
        return None if cofactor else _Meaning(predicate, 0)
    if predicate in (Predicate.BINDS, Predicate.INTERACTS_WITH):
        both = subject.category in _MOLECULES and object.category in _MOLECULES
        return _Meaning(predicate, 0) if both and flip > 0 else None
    if predicate is Predicate.TREATS:
        if subject.category not in _REMEDIES:
            return None
        if not disease:
            if object.category is Category.PROCESS and claim.improves:
                return _signed(flip)
            return None
        return _Meaning(predicate, -1) if flip > 0 else None
    if predicate is Predicate.PREVENTS:
        if disease and flip > 0:
            return _Meaning(predicate, -1)
        return _signed(-flip)
    if predicate is Predicate.CAUSES:
        plain = disease and not object_chunk.noun
        return _Meaning(predicate, 1) if plain and flip > 0 else _signed(flip)
    return _signed(predicate.info.sign * flip)


def _signed(sign: int) -> _Meaning:
    return _Meaning(Predicate.INCREASES, 1) if sign > 0 else _Meaning(Predicate.DECREASES, -1)
