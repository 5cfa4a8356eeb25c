"""From a document to what is written: sentences, mentions, links, relations, then graph objects.

A pipeline is a pure function of a document: the same text gives the same statements and evidences,
whatever the order or the process it is read in.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graph.errors import UsageError
from graph.model import Batch, Evidence, Statement, content_hash, pairs
from ingest.abbreviations import Abbreviation, find_abbreviations
from ingest.claims import REGISTRY as ANNOTATORS
from ingest.claims import Annotator
from ingest.document import Document, Mention, Sentence
from ingest.linkers import REGISTRY as LINKERS
from ingest.linkers import Linker
from ingest.recognisers import REGISTRY as RECOGNISERS
from ingest.recognisers import Recogniser
from ingest.relations import REGISTRY as EXTRACTORS
from ingest.relations import Relation, RelationExtractor
from ingest.sentences import split_document

__all__ = ["Clock", "Extraction", "Pipeline"]

RECOGNISED_BY = ("crf", "dictionary-beside")
LINKED_BY = "ngram"
READ_BY = ("patterns", "learned-sure", "trials")
COMPLETED_BY = ("claims",)
"""what documents are read with unless something else is named"""

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


class Clock:
    """Seconds spent in each stage: :meth:`lap` books the time since the last lap."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = 0.0

    def start(self) -> None:
        """Forget the time since the last lap."""
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Book the time since the last lap, or since the start."""
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last
        self._last = now


class Pipeline:
    """Recognisers, a linker, relation extractors and annotators, each by name, class or instance.

    Where mentions of two recognisers overlap, the recogniser named first wins. With
    ``given="entities"`` the annotations that a file brought are the mentions of its documents
    instead of what recognisers would find; those without an entity are still linked.

    Raises:
        UsageError: for an unknown component or an unknown ``given``.
    """

    def __init__(
        self,
        *,
        recognisers: Sequence[str | type[Recogniser] | Recogniser] = RECOGNISED_BY,
        linker: str | type[Linker] | Linker = LINKED_BY,
        extractors: Sequence[str | type[RelationExtractor] | RelationExtractor] = READ_BY,
        annotators: Sequence[str | type[Annotator] | Annotator] = COMPLETED_BY,
        given: str = "",
    ) -> None:
        if given not in ("", "entities"):
            raise UsageError(f"{given!r} cannot be taken from a file", hint="Known: entities.")
        self.recognisers = tuple(RECOGNISERS.make(r) for r in recognisers)
        self.linker = LINKERS.make(linker)
        self.extractors = tuple(EXTRACTORS.make(e) for e in extractors)
        self.annotators = tuple(ANNOTATORS.make(a) for a in annotators)
        self.given = given
        # as they were named: what another process needs to make the same pipeline
        self.arguments: dict[str, Any] = {
            "recognisers": tuple(recognisers),
            "linker": linker,
            "extractors": tuple(extractors),
            "annotators": tuple(annotators),
            "given": given,
        }
        self.clock = Clock()

    @property
    def stages(self) -> dict[str, str]:
        """Every stage and its version."""
        found = {"sentences": "1", "abbreviations": "1"}
        if self.given:
            found["given"] = self.given
        else:
            found.update({f"recogniser {r.name}": r.version for r in self.recognisers})
        found[f"linker {self.linker.name}"] = self.linker.version
        found.update({f"extractor {e.name}": e.version for e in self.extractors})
        found.update({f"annotator {a.name}": a.version for a in self.annotators})
        return found

    @property
    def version(self) -> str:
        """A hash of the stages and their versions: when it changes, documents are read again."""
        return content_hash("pl", list(self.stages.items()))[:19]

    def __call__(self, document: Document) -> Extraction:
        """Read one document."""
        return self.read([document])[0]

    def read(self, documents: Sequence[Document]) -> list[Extraction]:
        """Read several documents: the same as one by one, but faster."""
        self.clock.start()
        parts: list[tuple[Document, tuple[Sentence, ...], list[Abbreviation]]] = []
        for document in documents:
            sentences = split_document(document)
            if _NOTICES.intersection(document.publication.types):
                # a retraction notice repeats what it takes back
                parts.append((document, sentences, []))
            else:
                parts.append((document, sentences, find_abbreviations(document.text, sentences)))
        self.clock.lap("sentences")
        wanted = [p for p in parts if not _NOTICES.intersection(p[0].publication.types)]
        mentions = dict(zip((id(p) for p in wanted), self._mentions(wanted), strict=True))
        return [
            self._relations(part[0], part[1], mentions[id(part)])
            if id(part) in mentions
            else Extraction(part[0], part[1], (), ())
            for part in parts
        ]

    def relate(
        self,
        document: Document,
        mentions: Sequence[Mention],
        extractors: Sequence[str] | None = None,
    ) -> Extraction:
        """Read the relations between mentions that are known from an earlier reading.

        Args:
            extractors: names of those to ask, all of them if None.
        """
        self.clock.start()
        sentences = split_document(document)
        self.clock.lap("sentences")
        return self._relations(document, sentences, list(mentions), extractors)

    def _relations(
        self,
        document: Document,
        sentences: tuple[Sentence, ...],
        mentions: list[Mention],
        extractors: Sequence[str] | None = None,
    ) -> Extraction:
        relations: list[tuple[str, str, Relation]] = []
        for extractor in self.extractors:
            if extractors is not None and extractor.name not in extractors:
                continue
            found = extractor.read(document, sentences, mentions)
            self.clock.lap("relations")
            for annotator in self.annotators:
                found = annotator.annotate(document, sentences, mentions, found)
            self.clock.lap("claims")
            relations.extend((extractor.name, extractor.version, r) for r in found)
        return Extraction(document, sentences, tuple(mentions), tuple(relations))

    def _mentions(
        self, parts: Sequence[tuple[Document, Sequence[Sentence], Sequence[Abbreviation]]]
    ) -> list[list[Mention]]:
        if self.given:
            found = [list(document.annotations) for document, _, _ in parts]
        else:
            found = [[] for _ in parts]
            for recogniser in self.recognisers:
                for known, new in zip(found, recogniser.recognise_many(parts), strict=True):
                    known.extend(_free(new, known))
        self.clock.lap("recognition")
        linked = [
            self.linker.link(
                document, sorted(mentions, key=lambda m: (m.start, m.end)), abbreviations
            )
            for (document, _, abbreviations), mentions in zip(parts, found, strict=True)
        ]
        self.clock.lap("linking")
        return linked

    def batch(self, extraction: Extraction) -> Batch:
        """Return what a document brings to the graph.

        The claims of texts are of rung ``assertion``; only a reader of trial results says otherwise.
        """
        document = extraction.document
        statements: dict[str, Statement] = {}
        evidences: dict[str, Evidence] = {}
        entities: set[str] = set()
        for extractor, version, relation in extraction.relations:
            subject, object = relation.subject.entity, relation.object.entity
            assert subject is not None
            assert object is not None
            statement = Statement(
                subject, relation.predicate, object, relation.sign, relation.qualifiers
            )
            statements[statement.id] = statement
            entities.update((subject, object))
            sentence = relation.sentence
            spans = [
                _inside(sentence, relation.subject.start, relation.subject.end),
                _inside(sentence, relation.object.start, relation.object.end),
            ]
            if statement.subject != subject:
                spans.reverse()  # a symmetric statement has its own order
            evidence = Evidence(
                statement=statement.id,
                rung=relation.rung,
                source=document.source,
                extractor=extractor,
                version=version,
                publication=document.id,
                section=sentence.section,
                text=sentence.text,
                start=sentence.start,
                end=sentence.end,
                subject_span=spans[0],
                object_span=spans[1],
                trigger_span=_inside(sentence, relation.trigger_start, relation.trigger_end),
                negated=relation.negated,
                hedged=relation.hedged,
                score=relation.score,
                details=pairs((("pattern", relation.pattern), *relation.details)),
            )
            evidences.setdefault(evidence.id, evidence)
        known = [e for i in sorted(entities) if (e := self.linker.entity(i)) is not None]
        return Batch(
            entities=tuple(known),
            publications=(document.publication,),
            statements=tuple(statements[i] for i in sorted(statements)),
            evidences=tuple(evidences[i] for i in sorted(evidences)),
        )


def _inside(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    """Offsets within the sentence, None if the span is not in it."""
    if sentence.start <= start < end <= sentence.end:
        return start - sentence.start, end - sentence.start
    return None


def _free(mentions: Sequence[Mention], known: Sequence[Mention]) -> list[Mention]:
    """The mentions that overlap none of the known ones (which do not overlap each other)."""
    if not known:
        return list(mentions)
    spans = sorted((m.start, m.end) for m in known)
    starts = [start for start, _ in spans]
    free: list[Mention] = []
    for mention in mentions:
        before = bisect_left(starts, mention.end) - 1  # the last known one that starts in time
        if before < 0 or spans[before][1] <= mention.start:
            free.append(mention)
    return free
