"""What a reading process does with a chunk of documents, and how its pipeline gets there.

Nothing here knows of the store or the ledger: worker processes import this module and no database.
"""

from __future__ import annotations

import json
import pickle
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from graph.errors import EtiographError, InputError, UsageError
from graph.model import Batch, Category, Entity, Publication, content_hash
from ingest.claims import REGISTRY as ANNOTATORS
from ingest.document import Document, Mention, Section
from ingest.linkers import REGISTRY as LINKERS
from ingest.pipeline import Extraction, Pipeline
from ingest.recognisers import REGISTRY as RECOGNISERS
from ingest.relations import REGISTRY as EXTRACTORS

__all__ = [
    "BROKEN",
    "Reading",
    "Work",
    "document_from",
    "document_record",
    "made_from",
    "mention_key",
    "pack_mentions",
    "read_chunk",
    "spec_of",
    "unpack_mentions",
]

BROKEN = (
    ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, RuntimeError,
    TypeError, ValueError,
)  # fmt: skip
"""what a defect of a component in the face of one document looks like: that document is set aside,
the others go on. Anything else, and every deliberate error but InputError, ends the job."""

_MENTION_FIELDS = tuple(f.name for f in fields(Mention) if f.name != "text")
_PLAIN_FIELDS = tuple(
    f.name
    for f in fields(Document)
    if f.init and f.name not in ("publication", "sections", "annotations", "given_relations")
)
_MENTION_STAGES = ("sentences", "abbreviations", "given", "recogniser ", "linker ")


@dataclass(frozen=True, slots=True)
class Work:
    """A document to read; ``mentions`` (packed) when they are known from an earlier reading and only
    the relations of ``extractors`` (all if None) are wanted."""

    document: Document
    mentions: bytes | None = None
    extractors: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from one document, or ``error``, why it could not be."""

    id: str
    batch: Batch = field(default_factory=Batch)
    sentences: int = 0
    words: int = 0
    mentions: int = 0
    ungrounded: int = 0
    entities: int = 0
    """different entities among the mentions"""
    relations: Mapping[str, int] = field(default_factory=dict)
    """extractor -> number of relations"""
    packed: bytes = b""
    """the mentions, for a later reading of the relations alone"""
    error: str = ""


# mentions ---------------------------------------------------------------------------------


def mention_key(stages: Mapping[str, str]) -> str:
    """Return a hash of the stages that mentions depend on, and of how mentions are kept."""
    used = [item for item in stages.items() if item[0].startswith(_MENTION_STAGES)]
    return content_hash("mk", [used, _MENTION_FIELDS])[:19]


def pack_mentions(mentions: Sequence[Mention]) -> bytes:
    """Return mentions as compressed JSON, without their text (the document has it)."""
    rows = [[getattr(m, name) for name in _MENTION_FIELDS] for m in mentions]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode("utf-8"), 1)


def unpack_mentions(data: bytes, document: Document) -> list[Mention]:
    """Return the mentions that :func:`pack_mentions` wrote of this document."""
    found = []
    for row in json.loads(zlib.decompress(data)):
        values = dict(zip(_MENTION_FIELDS, row, strict=True))
        values["category"] = Category(values["category"])
        values = {n: _tuples(v) for n, v in values.items()}
        text = document.text[values["start"] : values["end"]]
        found.append(Mention(text=text, **values))
    return found


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value


# documents as records ---------------------------------------------------------------------


def document_record(document: Document) -> bytes:
    """Return a document as JSON: what is kept of one that could be parsed but not be read."""
    record = {n: getattr(document, n) for n in _PLAIN_FIELDS}
    record["publication"] = {
        f.name: getattr(document.publication, f.name) for f in fields(Publication)
    }
    record["sections"] = [
        [getattr(section, f.name) for f in fields(Section)] for section in document.sections
    ]
    record["annotations"] = pack_mentions(document.annotations).hex()
    return json.dumps(record).encode("ascii")


def document_from(data: bytes) -> Document:
    """Return the document that :func:`document_record` wrote.

    Raises:
        InputError: if the record is none, or was cut.
    """
    try:
        record = json.loads(data)
        publication = {n: _tuples(v) for n, v in record["publication"].items()}
        document = Document(
            publication=Publication(**publication),
            sections=tuple(Section(*_tuples(s)) for s in record["sections"]),
            **{n: _tuples(record[n]) for n in _PLAIN_FIELDS},
        )
        annotations = unpack_mentions(bytes.fromhex(record["annotations"]), document)
    except (ValueError, LookupError, TypeError, zlib.error) as error:
        raise InputError(f"not a kept document: {error}") from error
    return replace(document, annotations=tuple(annotations))


# the pipeline -----------------------------------------------------------------------------


def spec_of(pipeline: Pipeline) -> bytes:
    """Return what another process needs to make the same pipeline.

    Names become the classes behind them (a name may be registered in this process only);
    components that were given as instances are pickled as they are.

    Raises:
        UsageError: naming the component that cannot be moved to another process.
    """
    if type(pipeline) is not Pipeline:
        return _pickled(pipeline, f"the pipeline {type(pipeline).__name__}")
    arguments = dict(pipeline.arguments)
    for name, registry in (
        ("recognisers", RECOGNISERS), ("extractors", EXTRACTORS), ("annotators", ANNOTATORS),
    ):  # fmt: skip
        given = arguments[name]
        arguments[name] = tuple(
            x if not isinstance(x, str)
            else registry.lookup(x) if x in tuple(registry)
            else registry.make(x)  # of a family: spacy:NAME
            for x in given
        )  # fmt: skip
        for item in arguments[name]:
            _pickled(item, f"{registry.kind} {_called(item)}")
    linker = arguments["linker"]
    if isinstance(linker, str):
        known = linker in tuple(LINKERS)
        arguments["linker"] = LINKERS.lookup(linker) if known else LINKERS.make(linker)
    _pickled(arguments["linker"], f"linker {_called(arguments['linker'])}")
    return pickle.dumps(arguments)


def made_from(spec: bytes) -> Pipeline:
    """Return the pipeline that :func:`spec_of` describes."""
    found = pickle.loads(spec)
    return found if isinstance(found, Pipeline) else Pipeline(**found)


def _called(item: object) -> str:
    return str(getattr(item, "name", type(item).__name__))


def _pickled(item: object, what: str) -> bytes:
    kind = item if isinstance(item, type) else type(item)
    hint = "Give it by name, make it picklable, or read with one worker."
    if kind.__module__ == "__main__" or "<locals>" in kind.__qualname__:
        raise UsageError(
            f"{what} cannot be made in another process: its class is not in a module", hint=hint
        )
    try:
        return pickle.dumps(item)
    except (pickle.PicklingError, TypeError, AttributeError, ValueError) as error:
        raise UsageError(f"{what} cannot be made in another process: {error}", hint=hint) from error


# reading ----------------------------------------------------------------------------------


def read_chunk(pipeline: Pipeline, chunk: Sequence[Work]) -> list[Reading]:
    """Read documents, in order. One on which a component fails gets an error and no batch."""
    found: dict[int, Reading] = {}
    known: dict[str, Entity] = {}
    fresh = [(i, w.document) for i, w in enumerate(chunk) if w.mentions is None]
    try:
        extractions = pipeline.read([document for _, document in fresh]) if fresh else []
        for (index, _), extraction in zip(fresh, extractions, strict=True):
            found[index] = _reading(pipeline, extraction, known)
    except (*BROKEN, InputError):
        found.clear()  # one of them is to blame: each by itself
        for index, document in fresh:
            found[index] = _alone(pipeline, Work(document), known)
    for index, work in enumerate(chunk):
        if index not in found:
            found[index] = _alone(pipeline, work, known)
    return [found[i] for i in range(len(chunk))]


def _alone(pipeline: Pipeline, work: Work, known: dict[str, Entity]) -> Reading:
    document = work.document
    try:
        if work.mentions is None:
            return _reading(pipeline, pipeline.read([document])[0], known)
        mentions = unpack_mentions(work.mentions, document)
        return _reading(pipeline, pipeline.relate(document, mentions, work.extractors), known)
    except InputError as error:
        return Reading(document.id, error=f"it cannot be read: {error}")
    except EtiographError:
        raise
    except BROKEN as error:
        said = str(error).strip() or "no message"
        return Reading(
            document.id, error=f"reading it failed: {type(error).__name__}: {said[:300]}"
        )


def _reading(pipeline: Pipeline, extraction: Extraction, known: dict[str, Entity]) -> Reading:
    document = extraction.document
    try:
        (document.text + document.publication.title).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(f"its text has a lone surrogate at offset {error.start}") from None
    batch = pipeline.batch(extraction)
    # one object per entity and chunk, so that it crosses to the writer once
    entities = tuple(known.setdefault(e.id, e) for e in batch.entities)
    relations: dict[str, int] = {}
    for extractor, _, _ in extraction.relations:
        relations[extractor] = relations.get(extractor, 0) + 1
    return Reading(
        id=document.id,
        batch=replace(batch, entities=entities),
        sentences=len(extraction.sentences),
        words=document.text.count(" ") + 1,
        mentions=len(extraction.mentions),
        ungrounded=len(extraction.mentions) - extraction.grounded,
        entities=len({m.entity for m in extraction.mentions if m.entity is not None}),
        relations=relations,
        packed=pack_mentions(extraction.mentions),
    )
