"""PubMed XML: baseline and update files, search results, and the older MEDLINE form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from lxml import etree

from graph.errors import InputError
from graph.model import Publication
from ingest.document import Document, make_document
from ingest.sources.base import MAX_RAW, MAX_TEXT, Deletion, Item, Rejected, Source
from ingest.sources.files import open_chunks
from ingest.sources.records import cut_records, parse_record

__all__ = ["PubMedSource"]

_TAGS = ("PubmedArticle", "MedlineCitation", "DeleteCitation", "PubmedBookArticle")
_ROOTS = ("PubmedArticleSet", "MedlineCitationSet", "PubmedBookArticleSet", "DeleteDocument")
_SPACE = re.compile(r"\s+")
_YEAR = re.compile(r"(?:1[6-9]|2[01])\d\d")
_RETRACTED = "Retracted Publication"


class PubMedSource(Source):
    """``PubmedArticleSet`` and ``MedlineCitationSet`` files, with deletions and retractions.

    The title and each part of the abstract become sections; inner markup is dropped, its text
    kept. A retraction is known from the publication types and from ``RetractionIn`` and
    ``RetractionOf`` among the comments and corrections.
    """

    name: ClassVar[str] = "pubmed"
    suffixes: ClassVar[tuple[str, ...]] = (".xml",)

    @classmethod
    def sniff(cls, head: bytes) -> bool:
        """Whether an XML file names one of the PubMed elements near its top."""
        return any(
            b"<" + name.encode() in head or b"<!DOCTYPE " + name.encode() in head
            for name in (*_ROOTS, *_TAGS)
        )

    def read(self, path: Path) -> Iterator[Item]:
        """Yield documents, deletions and set-aside records in the file's order."""
        number = 0
        try:
            for cut in cut_records(open_chunks(path), _TAGS, _ROOTS):
                if cut.tag or cut.data:
                    number += 1
                where = f"byte {cut.offset:,}"
                raw = cut.data[:MAX_RAW]
                if not cut.tag:
                    yield Rejected(cut.problem, number if cut.data else 0, where, _pmid(raw), raw)
                    continue
                try:
                    yield from _read_record(parse_record(cut.data), number)
                except InputError as error:
                    yield Rejected(str(error), number, f"record {number}, {where}", _pmid(raw), raw)
        except InputError as error:
            yield Rejected(str(error), 0, str(path))


def _pmid(raw: bytes) -> str:
    found = re.search(rb"<PMID[^>]*>\s*(\d+)\s*</PMID>", raw)
    return f"pubmed:{found.group(1).decode()}" if found else ""


def _text(element: etree._Element | None) -> str:
    """The text of an element and everything in it, white space collapsed."""
    if element is None:
        return ""
    return _SPACE.sub(" ", "".join(str(piece) for piece in element.itertext())).strip()


def _curie(element: etree._Element | None) -> str:
    pmid = _text(element)
    if not pmid:
        raise InputError("the record has no PMID")
    if not (pmid.isascii() and pmid.isdigit()):
        raise InputError(f"{pmid[:40]!r} is not a PMID")
    return f"pubmed:{int(pmid)}"


def _read_record(record: etree._Element, number: int) -> Iterator[Item]:
    if record.tag == "DeleteCitation":
        for element in record.iter("PMID"):
            yield Deletion(_curie(element), number)
        return
    if record.tag == "PubmedBookArticle":
        yield _book(record, number)
        return
    citation = record if record.tag == "MedlineCitation" else record.find("MedlineCitation")
    if citation is None:
        raise InputError("the record has no MedlineCitation")
    yield _citation(record, citation, number)


def _citation(record: etree._Element, citation: etree._Element, number: int) -> Document:
    pmid = _curie(citation.find("PMID"))
    article = citation.find("Article")
    if article is None:
        raise InputError("the record has no Article")
    types = tuple(
        t for e in article.iterfind("PublicationTypeList/PublicationType") if (t := _text(e))
    )
    retracted, notice, retracts = _retractions(citation, types)
    title = _text(article.find("ArticleTitle"))
    publication = Publication(
        id=pmid,
        title=title,
        year=_year(article),
        journal=_text(article.find("Journal/Title"))
        or _text(citation.find("MedlineJournalInfo/MedlineTA")),
        doi=_doi(record, article),
        types=types,
        retracted=retracted,
        retraction=notice,
    )
    parts = [("title", "", title), *_abstract(article.find("Abstract"))]
    return _checked(publication, parts, number, _text(article.find("Language")), retracts)


def _book(record: etree._Element, number: int) -> Document:
    document = record.find("BookDocument")
    if document is None:
        raise InputError("the record has no BookDocument")
    pmid = _curie(document.find("PMID"))
    title = _text(document.find("ArticleTitle")) or _text(document.find("Book/BookTitle"))
    year = _YEAR.search(_text(document.find("Book/PubDate")))
    types = tuple(t for e in document.iterfind("PublicationType") if (t := _text(e)))
    publication = Publication(
        id=pmid,
        title=title,
        year=int(year.group()) if year else None,
        journal=_text(document.find("Book/BookTitle")),
        types=types,
    )
    parts = [("title", "", title), *_abstract(document.find("Abstract"))]
    return _checked(publication, parts, number, _text(document.find("Language")), ())


def _checked(
    publication: Publication,
    parts: list[tuple[str, str, str]],
    number: int,
    language: str,
    retracts: tuple[str, ...],
) -> Document:
    size = sum(len(text) for _, _, text in parts)
    if size > MAX_TEXT:
        raise InputError(f"{size:,} characters of text are more than {MAX_TEXT:,}")
    return make_document(
        publication, parts, source="pubmed", record=number, language=language, retracts=retracts
    )


def _abstract(abstract: etree._Element | None) -> list[tuple[str, str, str]]:
    if abstract is None:
        return []
    return [
        ("abstract", _SPACE.sub(" ", element.get("Label") or "").strip(), _text(element))
        for element in abstract.iterfind("AbstractText")
    ]


def _year(article: etree._Element) -> int | None:
    for place in ("Journal/JournalIssue/PubDate", "ArticleDate"):
        element = article.find(place)
        if element is not None:
            found = _YEAR.search(_text(element.find("Year")) or _text(element.find("MedlineDate")))
            if found:
                return int(found.group())
    return None


def _doi(record: etree._Element, article: etree._Element) -> str:
    for element in article.iterfind("ELocationID"):
        if element.get("EIdType") == "doi" and element.get("ValidYN", "Y") == "Y":
            return _text(element).lower()
    for element in record.iterfind("PubmedData/ArticleIdList/ArticleId"):
        if element.get("IdType") == "doi":
            return _text(element).lower()
    return ""


def _retractions(
    citation: etree._Element, types: tuple[str, ...]
) -> tuple[bool, str, tuple[str, ...]]:
    """Return whether it is retracted, by which notice, and what it retracts itself."""
    retracted, notice = _RETRACTED in types, ""
    retracts: list[str] = []
    for element in citation.iterfind("CommentsCorrectionsList/CommentsCorrections"):
        kind = element.get("RefType")
        if kind not in ("RetractionIn", "RetractionOf"):
            continue
        pmid = _text(element.find("PMID"))
        other = f"pubmed:{int(pmid)}" if pmid.isascii() and pmid.isdigit() else ""
        if kind == "RetractionIn":
            retracted, notice = True, notice or other
        elif other:
            retracts.append(other)
    return retracted, notice, tuple(sorted(set(retracts)))
