"""BioC JSON: a collection, a list of collections, or one document on each line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from graph.errors import InputError
from ingest.sources.base import MAX_RAW, Item, Rejected, Source
from ingest.sources.bioc import Annotation, Passage, Record, RelationGiven, build
from ingest.sources.files import open_chunks, utf8_chunks
from ingest.sources.json_records import cut_objects

__all__ = ["BioCJsonSource", "looks_like_pubtator3"]

_PUBTATOR3_ID = re.compile(rb'"_id"\s*:\s*"\d*\|')
_KEYS = re.compile(rb'"(?:passages|documents)"\s*:\s*\[')


def looks_like_pubtator3(head: bytes) -> bool:
    """Whether BioC JSON has a key, an id or an infon that only PubTator3 writes."""
    return b'"PubTator3"' in head or (
        _looks_like_bioc(head)
        and (b'"accession"' in head or _PUBTATOR3_ID.search(head) is not None)
    )


def _looks_like_bioc(head: bytes) -> bool:
    return head.lstrip()[:1] in (b"{", b"[") and _KEYS.search(head) is not None


class BioCJsonSource(Source):
    """BioC JSON with its annotations and relations; see :class:`BioCXmlSource`."""

    name: ClassVar[str] = "bioc-json"
    suffixes: ClassVar[tuple[str, ...]] = (".json", ".jsonl")

    @classmethod
    def sniff(cls, head: bytes) -> bool:
        """Whether it looks like BioC JSON, but not like PubTator3's."""
        return _looks_like_bioc(head) and not looks_like_pubtator3(head)

    def read(self, path: Path) -> Iterator[Item]:
        """Yield documents and set-aside records in the file's order."""
        number = 0
        try:
            for cut in cut_objects(utf8_chunks(open_chunks(path))):
                where = f"byte {cut.offset:,}"
                raw = cut.data[:MAX_RAW]
                if cut.problem:
                    number += bool(raw)
                    yield Rejected(cut.problem, number if raw else 0, where, "", raw)
                    continue
                documents = cut.value.get("documents", cut.value.get("PubTator3"))
                for document in documents if isinstance(documents, list) else [cut.value]:
                    number += 1
                    place = f"record {number}, {where}"
                    try:
                        yield from build(_record(document), number, self.name, place)
                    except InputError as error:
                        yield Rejected(str(error), number, place, "", raw)
        except InputError as error:
            yield Rejected(str(error), 0, str(path))


def _object(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{what} is not a JSON object")
    return value


def _objects(value: object, what: str) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise InputError(f"{what} is not a JSON array")
    return [_object(v, f"a member of {what}") for v in value]


def _text(value: object) -> str:
    text = "" if value is None or isinstance(value, dict | list) else str(value)
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        raise InputError("half of a surrogate pair in the text")
    if "\0" in text:
        raise InputError("a NUL character in the text")
    return text


def _infons(holder: dict[str, Any]) -> dict[str, str]:
    infons = holder.get("infons")
    return {k: _text(v) for k, v in infons.items()} if isinstance(infons, dict) else {}


def _integer(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise InputError(f"{what} {value!r} is no number")
    try:
        return int(value)
    except ValueError:
        raise InputError(f"{what} {str(value)[:40]!r} is no number") from None


def _record(value: object) -> Record:
    document = _object(value, "a document")
    if "passages" not in document:
        keys = ", ".join(sorted(map(str, document))[:8])
        raise InputError(f"a document without passages (its keys: {keys})")
    passages: list[Passage] = []
    relations = _objects(document.get("relations"), "relations")
    for part in _objects(document["passages"], "passages"):
        offset = _integer(part.get("offset", 0), "the offset")
        sentences = _objects(part.get("sentences"), "sentences")
        text = _text(part.get("text"))
        if not text and sentences:
            text = _joined(sentences, offset)
        annotations = [
            _annotation(a)
            for holder in (part, *sentences)
            for a in _objects(holder.get("annotations"), "annotations")
        ]
        passages.append(Passage(_infons(part), offset, text, annotations))
        for holder in (part, *sentences):
            relations = relations + _objects(holder.get("relations"), "relations")
    infons = _infons(document)
    for key in ("pmid", "pmcid", "doi", "journal", "date"):
        if document.get(key):
            infons.setdefault(key, _text(document[key]))
    id = _text(document.get("id")) or _text(document.get("_id")).partition("|")[0]
    return Record(id.strip(), infons, passages, [_relation(r) for r in relations])


def _joined(sentences: list[dict[str, Any]], offset: int) -> str:
    """The text of a passage that has only sentences, each at its own offset."""
    text = ""
    for sentence in sentences:
        start = _integer(sentence.get("offset", 0), "the offset") - offset
        if start - len(text) > 10_000:
            raise InputError("a gap of more than 10,000 characters between two sentences")
        text += " " * max(start - len(text), 1 if text else 0) + _text(sentence.get("text"))
    return text


def _annotation(value: dict[str, Any]) -> Annotation:
    locations = [
        (_integer(x.get("offset"), "the offset"), _integer(x.get("length"), "the length"))
        for x in _objects(value.get("locations"), "locations")
    ]
    return Annotation(_text(value.get("id")), _infons(value), _text(value.get("text")), locations)


def _relation(value: dict[str, Any]) -> RelationGiven:
    infons = value.get("infons")
    roles = [infons.get(key) if isinstance(infons, dict) else None for key in ("role1", "role2")]
    ends = [_text(r.get("identifier")) for r in roles if isinstance(r, dict)]
    nodes = [
        (_text(n.get("role")), _text(n.get("refid"))) for n in _objects(value.get("nodes"), "nodes")
    ]
    return RelationGiven(_infons(value), nodes, ends if len(ends) == 2 else ())
