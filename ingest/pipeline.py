"""From a document to what is written: sentences, mentions, links, relations, then graph objects.

A pipeline is a pure function of a document: the same text gives the same statements and evidences,
whatever the order or the process it is read in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.model import Batch, Evidence, Rung, Statement, content_hash
from ingest.abbreviations import Abbreviation, find_abbreviations
from ingest.document import Document, Mention, Sentence
from ingest.linkers import REGISTRY as LINKERS
from ingest.linkers import Linker
from ingest.recognisers import REGISTRY as RECOGNISERS
from ingest.recognisers import Recogniser
from ingest.relations import REGISTRY as EXTRACTORS
from ingest.relations import Relation, RelationExtractor
from ingest.sentences import split_document

__all__ = ["Extraction", "Pipeline"]

_NOTICES = frozenset({"Retraction of Publication"})


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was read from one document."""

    document: Document
    sentences: tuple[Sentence, ...]
    mentions: tuple[Mention, ...]
    relations: tuple[tuple[str, str, Relation], ...]
    """(extractor, its version, relation)"""

    @property
    def grounded(self) -> int:
        """How many mentions have an entity."""
        return sum(m.entity is not None for m in self.mentions)


class Pipeline:
    """Recognisers, a linker and relation extractors, each by name, class or instance.

    Where mentions of two recognisers overlap, the recogniser named first wins.

    Raises:
        UsageError: for an unknown component.
    """

    def __init__(
        self,
        *,
        recognisers: Sequence[str | type[Recogniser] | Recogniser] = ("dictionary",),
        linker: str | type[Linker] | Linker = "names",
        extractors: Sequence[str | type[RelationExtractor] | RelationExtractor] = ("patterns",),
    ) -> None:
        self.recognisers = tuple(RECOGNISERS.make(r) for r in recognisers)
        self.linker = LINKERS.make(linker)
        self.extractors = tuple(EXTRACTORS.make(e) for e in extractors)

    @property
    def stages(self) -> dict[str, str]:
        """Every stage and its version."""
        found = {"sentences": "1", "abbreviations": "1"}
        found.update({f"recogniser {r.name}": r.version for r in self.recognisers})
        found[f"linker {self.linker.name}"] = self.linker.version
        found.update({f"extractor {e.name}": e.version for e in self.extractors})
        return found

    @property
    def version(self) -> str:
        """A hash of the stages and their versions: when it changes, documents are read again."""
        return content_hash("pl", list(self.stages.items()))[:19]

    def __call__(self, document: Document) -> Extraction:
        """Read one document."""
        sentences = split_document(document)
        if _NOTICES.intersection(document.publication.types):
            # a retraction notice repeats what it takes back
            return Extraction(document, sentences, (), ())
        abbreviations = find_abbreviations(document.text, sentences)
        mentions = self._mentions(document, sentences, abbreviations)
        relations: list[tuple[str, str, Relation]] = []
        for sentence, inside in _by_sentence(sentences, mentions):
            for extractor in self.extractors:
                relations.extend(
                    (extractor.name, extractor.version, relation)
                    for relation in extractor.extract(document, sentence, inside)
                )
        return Extraction(document, sentences, tuple(mentions), tuple(relations))

    def _mentions(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        abbreviations: Sequence[Abbreviation],
    ) -> list[Mention]:
        mentions: list[Mention] = []
        for recogniser in self.recognisers:
            found = recogniser.recognise(document, sentences, abbreviations)
            if mentions:
                found = [
                    m
                    for m in found
                    if not any(m.start < o.end and o.start < m.end for o in mentions)
                ]
            mentions.extend(found)
        mentions.sort(key=lambda m: (m.start, m.end))
        return self.linker.link(document, mentions, abbreviations)

    def batch(self, extraction: Extraction) -> Batch:
        """Return what a document brings to the graph. All claims of texts are of rung ``assertion``."""
        document = extraction.document
        statements: dict[str, Statement] = {}
        evidences: dict[str, Evidence] = {}
        entities: set[str] = set()
        for extractor, version, relation in extraction.relations:
            subject, object = relation.subject.entity, relation.object.entity
            assert subject is not None
            assert object is not None
            statement = Statement(subject, relation.predicate, object, relation.sign)
            statements[statement.id] = statement
            entities.update((subject, object))
            sentence = relation.sentence
            spans = [
                (relation.subject.start, relation.subject.end),
                (relation.object.start, relation.object.end),
            ]
            if statement.subject != subject:
                spans.reverse()  # a symmetric statement has its own order
            base = sentence.start
            evidence = Evidence(
                statement=statement.id,
                rung=Rung.ASSERTION,
                source=document.source,
                extractor=extractor,
                version=version,
                publication=document.id,
                section=sentence.section,
                text=sentence.text,
                start=sentence.start,
                end=sentence.end,
                subject_span=(spans[0][0] - base, spans[0][1] - base),
                object_span=(spans[1][0] - base, spans[1][1] - base),
                trigger_span=(relation.trigger_start - base, relation.trigger_end - base),
                negated=relation.negated,
                hedged=relation.hedged,
                score=relation.score,
                details=(("pattern", relation.pattern),),
            )
            evidences.setdefault(evidence.id, evidence)
        known = [e for i in sorted(entities) if (e := self.linker.entity(i)) is not None]
        return Batch(
            entities=tuple(known),
            publications=(document.publication,),
            statements=tuple(statements[i] for i in sorted(statements)),
            evidences=tuple(evidences[i] for i in sorted(evidences)),
        )


def _by_sentence(
    sentences: Sequence[Sentence], mentions: Sequence[Mention]
) -> list[tuple[Sentence, list[Mention]]]:
    """Sentences with at least two mentions, and those mentions."""
    result: list[tuple[Sentence, list[Mention]]] = []
    index = 0
    for sentence in sentences:
        while index < len(mentions) and mentions[index].start < sentence.start:
            index += 1
        inside: list[Mention] = []
        while index < len(mentions) and mentions[index].end <= sentence.end:
            inside.append(mentions[index])
            index += 1
        if len(inside) >= 2:
            result.append((sentence, inside))
    return result
