"""BioC XML collections."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from lxml import etree

from graph.errors import InputError
from ingest.sources.base import Item, Source
from ingest.sources.bioc import Annotation, Passage, Record, RelationGiven, build
from ingest.sources.records import read_records

__all__ = ["BioCXmlSource"]

_HEADER = ("source", "date", "key", "version", "infon")


class BioCXmlSource(Source):
    """``collection`` files of BioC with their annotations and relations.

    Annotations become ``Document.annotations``, overlapping ones too; one whose offsets do not fit
    or that is in several pieces is set aside.
    """

    name: ClassVar[str] = "bioc-xml"
    suffixes: ClassVar[tuple[str, ...]] = (".xml",)

    @classmethod
    def sniff(cls, head: bytes) -> bool:
        """Whether an XML file has a ``collection`` with a ``document``, or names BioC's DTD."""
        return b"BioC.dtd" in head or (
            b"<collection" in head and (b"<document" in head or b"<source" in head)
        )

    def read(self, path: Path) -> Iterator[Item]:
        """Yield documents and set-aside records in the file's order."""

        def items(element: etree._Element, number: int, _: bytes) -> Iterator[Item]:
            return build(_record(element), number, self.name, f"record {number}")

        return read_records(path, ("document",), ("collection",), items, between=_HEADER)


def _infons(element: etree._Element) -> dict[str, str]:
    return {str(i.get("key") or ""): (i.text or "").strip() for i in element.iterfind("infon")}


def _number(text: str | None, what: str) -> int:
    try:
        return int((text or "").strip())
    except ValueError:
        raise InputError(f"{what} {text!r} is no number") from None


def _record(document: etree._Element) -> Record:
    passages = []
    relations = list(document.iterfind("relation"))
    for element in document.iterfind("passage"):
        offset = _number(element.findtext("offset", "0"), "the offset")
        sentences = list(element.iterfind("sentence"))
        text = element.findtext("text")
        if text is None:
            text = _joined(sentences, offset)
        annotations = [
            _annotation(a)
            for holder in (element, *sentences)
            for a in holder.iterfind("annotation")
        ]
        passages.append(Passage(_infons(element), offset, text, annotations))
        relations += [r for h in (element, *sentences) for r in h.iterfind("relation")]
    given = [
        RelationGiven(
            _infons(r),
            [(str(n.get("role") or ""), str(n.get("refid") or "")) for n in r.iterfind("node")],
        )
        for r in relations
    ]
    id = (document.findtext("id") or "").strip()
    return Record(id, _infons(document), passages, given)


def _joined(sentences: list[etree._Element], offset: int) -> str:
    """The text of a passage that has only sentences, each at its own offset."""
    text = ""
    for sentence in sentences:
        start = _number(sentence.findtext("offset", "0"), "the offset") - offset
        if start - len(text) > 10_000:
            raise InputError("a gap of more than 10,000 characters between two sentences")
        text += " " * max(start - len(text), 1 if text else 0) + (sentence.findtext("text") or "")
    return text


def _annotation(element: etree._Element) -> Annotation:
    locations = [
        (_number(e.get("offset"), "the offset"), _number(e.get("length"), "the length"))
        for e in element.iterfind("location")
    ]
    return Annotation(
        str(element.get("id") or ""), _infons(element), element.findtext("text") or "", locations
    )
