"""Gold files for :mod:`benchmarks.extraction`: PubTator or BioC XML, read without the project's own
sources, ids kept as the annotators wrote them."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from defusedxml import ElementTree

from graph.errors import InputError
from graph.model import Publication
from ingest.document import Document, Mention, make_document
from ingest.models.corpora import NER_TYPES, read_pubtator
from ingest.recognisers.crf import CATEGORIES

__all__ = ["Gold", "GoldSpan", "curie", "read_gold"]

_UNSIGNED = frozenset({"Association", "Bind", "Cotreatment", "Comparison", "Drug_Interaction", "Conversion"})  # fmt: skip
_TYPED = _UNSIGNED | {"Positive_Correlation", "Negative_Correlation"}
_PREFIX = {"gene": "ncbigene", "species": "ncbitaxon"}


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """A mention: ``type`` is one of the taggers' types, ``ids`` as in the file."""

    start: int
    end: int
    text: str
    type: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gold:
    """An annotated document. ``cid`` holds (chemical, disease), ``typed`` (pair of ids) -> type."""

    document: Document
    spans: tuple[GoldSpan, ...]
    cid: frozenset[tuple[str, str]]
    typed: dict[frozenset[str], str]

    @property
    def given(self) -> Document:
        """The document with its mentions as annotations: one for each id, grounded."""
        found = tuple(
            Mention(s.start, s.end, s.text, CATEGORIES[s.type], curie(i, s.type), 1.0, "gold")
            for s in self.spans
            for i in s.ids
        )
        return dataclasses.replace(self.document, annotations=found)


def bare(id: str) -> str:
    """An id without the prefixes that files of one corpus have and those of another lack."""
    return re.sub(r"^MESH:", "", id.strip(), flags=re.I)


def curie(id: str, type: str) -> str:
    """The CURIE of an annotators' id; ids of variants, which hold bars, get a prefix of their own."""
    if type in _PREFIX and id.isdecimal():
        return f"{_PREFIX[type]}:{id}"
    if re.fullmatch(r"[CD]\d+", id):
        return f"mesh:{id}"
    if id.startswith("CVCL_"):
        return f"cellosaurus:{id.removeprefix('CVCL_')}"
    if re.fullmatch(r"OMIM:\d+", id):
        return id.lower()
    return f"pubtator:{id}"


def _made(document: Document, spans: list[GoldSpan], relations: list[tuple[str, ...]]) -> Gold:
    cid = {(bare(r[1]), bare(r[2])) for r in relations if r[0] == "CID" and len(r) >= 3}
    typed = {
        frozenset((bare(r[1]), bare(r[2]))): r[0]
        for r in relations
        if r[0] in _TYPED and len(r) >= 3 and r[1] != r[2]
    }
    spans.sort(key=lambda s: (s.start, s.end, s.type))
    return Gold(document, tuple(spans), frozenset(cid), typed)


def read_gold(path: Path) -> list[Gold]:
    """Read a gold file.

    Raises:
        InputError: if it cannot be read, or has no annotated document.
    """
    try:
        with path.open("rb") as file:
            xml = file.read(200).lstrip().startswith(b"<")
    except OSError as error:
        raise InputError(f"cannot read it: {error.strerror}", where=str(path)) from error
    found = _bioc(path) if xml else _pubtator(path)
    if not any(g.spans for g in found):
        raise InputError("no annotated document in it", where=str(path))
    return found


def _pubtator(path: Path) -> list[Gold]:
    found: list[Gold] = []
    for gold in read_pubtator(path):
        spans = [
            GoldSpan(m.start, m.end, m.text, m.type, tuple(bare(i) for i in m.ids))
            for m in gold.mentions
        ]
        found.append(_made(gold.document(), spans, list(gold.relations)))
    return found


def _infons(element: Any) -> dict[str, str]:
    return {i.get("key", ""): (i.text or "").strip() for i in element.findall("infon")}


def _bioc(path: Path) -> list[Gold]:
    found: list[Gold] = []
    try:
        for _, element in ElementTree.iterparse(path):
            if element.tag == "document":
                found.append(_bioc_document(element))
                element.clear()
    except (OSError, ElementTree.ParseError) as error:
        raise InputError(f"cannot read it: {error}", where=str(path)) from error
    return found


def _bioc_document(element: Any) -> Gold:
    text = ""
    parts: list[tuple[str, str, str]] = []
    for number, passage in enumerate(element.findall("passage")):
        offset, content = int(passage.findtext("offset") or 0), passage.findtext("text") or ""
        kind = "title" if number == 0 else "abstract"
        gap = max(0, offset - len(text) - 1) if text else offset
        text += " " * gap + ("\n" if text else "") + content
        parts.append((kind, "", content))
    id = (element.findtext("id") or "0").strip()
    document = make_document(Publication(id=f"pubmed:{id}"), parts, source="gold")
    if len(document.text) != len(text):  # passages that are not one line break apart
        document = dataclasses.replace(document, text=text, sections=())
    spans: list[GoldSpan] = []
    relations: list[tuple[str, ...]] = []
    for note in element.iter("annotation"):
        infons, place = _infons(note), note.find("location")
        kind = NER_TYPES.get(infons.get("type", "").lower(), "")
        if place is None or not kind:
            continue
        start = int(place.get("offset"))
        end = start + int(place.get("length"))
        if text[start:end] != (note.findtext("text") or ""):
            continue
        named = infons.get("MESH") or infons.get("identifier") or infons.get("OMIM") or ""
        split = r"," if kind in ("variant", "gene") else r"[|,;+]"
        ids = tuple(i for p in re.split(split, named) if (i := bare(p)) and i not in ("-", "-1"))
        spans.append(GoldSpan(start, end, text[start:end], kind, ids))
    for relation in element.iter("relation"):
        infons = _infons(relation)
        ends = (infons.get("Chemical") or infons.get("entity1"), infons.get("Disease") or infons.get("entity2"))  # fmt: skip
        if ends[0] and ends[1]:
            relations.append((infons.get("relation") or infons.get("type", ""), ends[0], ends[1]))
    return _made(document, spans, relations)
