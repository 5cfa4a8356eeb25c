"""The annotator ``claims``: what every relation's sentence and document say about it."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from graph.model import Category, Predicate, pairs
from ingest.claims.base import Annotator
from ingest.claims.context import Found, doses, nearest, populations, species, tissues
from ingest.claims.cues import Cue
from ingest.claims.negation import find_negations
from ingest.claims.speculation import find_speculations
from ingest.claims.strength import CAUSAL, Strength, classify
from ingest.claims.study import study_of
from ingest.document import Document, Mention, Sentence
from ingest.relations.base import Relation, by_sentence

__all__ = ["ClaimAnnotator"]

_DENIES = frozenset({"not", "no", "neither", "fail", "unable", "without", "deny"})
_WEAKENS = frozenset({"modal", "belief", "question", "unknown"})
# the sentence takes these for granted: X-induced Y, Y caused by X is what happened
_PRESUPPOSED = frozenset({"compound", "toxicity", "inhibitor"})
_GLUE = re.compile(r"-\s*$")


@dataclasses.dataclass(slots=True)
class _Reading:
    """What one sentence says, read once however many relations it shows."""

    negations: list[Cue]
    speculations: list[Cue]
    strength: Strength
    species: list[Found]
    populations: list[Found]
    doses: list[Found]
    tissues: list[Found]


class ClaimAnnotator(Annotator):
    """Negation and hedge by scopes, strength of the claim, kind of study, species, population, dose
    and tissue.

    It adds and never takes back: a relation that its extractor found negated or hedged stays so, a
    detail that is there already is kept, and predicate, sign, score and rung are not touched.
    """

    name: ClassVar[str] = "claims"

    @property
    def version(self) -> str:
        """Changes with the rules."""
        return "1"

    def annotate(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        mentions: Sequence[Mention],
        relations: Sequence[Relation],
    ) -> list[Relation]:
        """Return the relations in the same order, completed."""
        if not relations:
            return []
        wanted = {(r.sentence.start, r.sentence.end) for r in relations}
        inside = {
            (s.start, s.end): found
            for s, found in by_sentence(sentences, mentions)
            if (s.start, s.end) in wanted
        }
        taxa = _taxa(document, mentions)
        study = study_of(document.publication.types, _title(document), document.text, taxa=taxa)
        readings: dict[tuple[int, int], _Reading] = {}
        result: list[Relation] = []
        for relation in relations:
            key = (relation.sentence.start, relation.sentence.end)
            if key not in readings:
                readings[key] = _read(relation.sentence, inside.get(key, []))
            result.append(_complete(relation, readings[key], study, taxa))
        return result


def _read(sentence: Sentence, mentions: Sequence[Mention]) -> _Reading:
    text = sentence.text
    return _Reading(
        find_negations(text), find_speculations(text), classify(text), species(text),
        populations(text), doses(text), tissues(sentence, mentions),
    )  # fmt: skip


def _complete(relation: Relation, reading: _Reading, study: str, taxa: Sequence[str]) -> Relation:
    base = relation.sentence.start
    negated, hedged = relation.negated, relation.hedged
    if not _presupposed(relation):
        negated = negated or _denied(relation, reading.negations, base)
        hedged = hedged or any(
            c.kind in _WEAKENS and _reaches(c, relation, base) for c in reading.speculations
        )
    level, probability = _strength(relation, reading.strength, hedged)
    first = min(relation.subject.start, relation.object.start) - base
    last = max(relation.subject.end, relation.object.end) - base
    ends = {
        (relation.subject.start - base, relation.subject.end - base),
        (relation.object.start - base, relation.object.end - base),
    }
    where = [t for t in reading.tissues if (t.start, t.end) not in ends]
    of_whom = nearest(reading.species, first, last, within=1000)
    subject = (relation.subject.start - base, relation.subject.end - base)
    new = {
        "strength": level,
        "strength_p": f"{probability:.2f}",
        "study": study,
        "species": of_whom or (taxa[0] if len(taxa) == 1 else ""),
        "population": nearest(reading.populations, first, last, within=1000),
        "dose": nearest(reading.doses, *subject, within=60),
        "tissue": nearest(where, first, last, within=60),
    }
    known = dict(relation.details)
    details = pairs({**{k: v for k, v in new.items() if v}, **known})
    return dataclasses.replace(relation, negated=negated, hedged=hedged, details=details)


def _presupposed(relation: Relation) -> bool:
    if relation.pattern in _PRESUPPOSED:
        return True
    place = relation.trigger_start - relation.sentence.start
    return place > 0 and _GLUE.search(relation.sentence.text[:place]) is not None


def _denied(relation: Relation, cues: Sequence[Cue], base: int) -> bool:
    """An odd number of denials reach the relation: ``did not fail to`` denies nothing."""
    reaching = [c for c in cues if c.kind in _DENIES and _reaches(c, relation, base)]
    return len(reaching) % 2 == 1


def _reaches(cue: Cue, relation: Relation, base: int) -> bool:
    """Whether a cue stands before the relation's trigger and its scope holds it; without a trigger
    it must stand before the later mention and hold it, and not lie outside of the two unless its
    scope holds both."""
    spans = sorted((m.start - base, m.end - base) for m in (relation.subject, relation.object))
    (first, _), (last, last_end) = spans
    length = relation.sentence.end - base
    if relation.trigger_start >= 0:
        start, end = relation.trigger_start - base, relation.trigger_end - base
        # the words denied must include an argument, or the trigger belongs to another clause
        holds = cue.start <= start and cue.scope_start <= start and end <= cue.scope_end
        return holds and (cue.start >= first or cue.scope_end >= last_end)
    if first < 0 or last_end > length:
        return False  # read from the whole document: one sentence does not decide
    if not (cue.start < last and cue.scope_start <= last and last_end <= cue.scope_end):
        return False
    return cue.start >= first or cue.scope_start <= first


def _strength(relation: Relation, read: Strength, hedged: bool) -> tuple[str, float]:
    level, probability = read.level, read.probability
    if relation.predicate is Predicate.ASSOCIATED_WITH:
        return ("correlational", max(probability, 0.6)) if level != "none" else (level, probability)
    if hedged and level == "direct":
        return "conditional", min(probability, 0.6)
    if level == "none" and read.rule == "nothing" and relation.predicate.info.causal:
        place = relation.trigger_start - relation.sentence.start
        trigger = relation.sentence.text[place : relation.trigger_end - relation.sentence.start]
        if place >= 0 and CAUSAL.search(trigger):
            return ("conditional" if hedged else "direct"), 0.5
    return level, probability


def _title(document: Document) -> str:
    for section in document.sections:
        if section.kind == "title":
            return document.text[section.start : section.end]
    return document.publication.title


def _taxa(document: Document, mentions: Sequence[Mention]) -> list[str]:
    """Species of the document, most frequent first: by words, with what was recognised besides."""
    named = [f.value for f in species(document.text)]
    known = [
        m.text.lower() for m in mentions if m.category is Category.TAXON and not species(m.text)
    ]
    counts = Counter(named + known)
    return [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
