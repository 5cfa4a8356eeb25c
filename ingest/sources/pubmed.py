"""PubMed XML: baseline and update files, search results, and the older MEDLINE form."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from lxml import etree

from graph.errors import InputError
from graph.model import Publication
from ingest.document import Document, make_document
from ingest.sources.base import MAX_TEXT, Deletion, Item, Rejected, Source
from ingest.sources.corrections import Related, related_of
from ingest.sources.languages import is_english
from ingest.sources.records import read_records

__all__ = ["PubMedSource"]

_TAGS = ("PubmedArticle", "MedlineCitation", "DeleteCitation", "PubmedBookArticle")
_ROOTS = ("PubmedArticleSet", "MedlineCitationSet", "PubmedBookArticleSet", "DeleteDocument")
_SPACE = re.compile(r"\s+")
_YEAR = re.compile(r"(?:1[6-9]|2[01])\d\d")
# markup and entities that were escaped once too often, and so are shown as text
_MARKUP = re.compile(
    r"</?(?:i|b|u|em|strong|sub|sup|sc|sec|p|br|italic|bold|inf|span|strike)(?: [^<>]{0,80})?/?>",
    re.I,
)
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")


class PubMedSource(Source):
    """``PubmedArticleSet`` and ``MedlineCitationSet`` files, with deletions and retractions.

    The title and each part of the abstract become sections; inner markup is dropped, its text
    kept, also where the record shows it escaped. A retraction is known from the publication types
    and from the comments and corrections, all of which are kept in ``Document.related``.
    ``language`` is that of the paper: PubMed's abstracts are English. An ``OtherAbstract`` is read
    only where it is English and there is no other; one in another language is left out and that is
    reported.
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
        return read_records(
            path, _TAGS, _ROOTS, lambda record, number, _: _read_record(record, number), id_of=_pmid
        )


def _pmid(raw: bytes) -> str:
    found = re.search(rb"<PMID[^>]*>\s*(\d+)\s*</PMID>", raw)
    return f"pubmed:{found.group(1).decode()}" if found else ""


def _text(element: etree._Element | None) -> str:
    """The text of an element and everything in it, white space collapsed."""
    if element is None:
        return ""
    text = "".join(str(piece) for piece in element.itertext())
    if "&" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found.group()), text)
    if "<" in text:
        text = _MARKUP.sub("", text)
    return _SPACE.sub(" ", text).strip()


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
    document = _citation(record, citation, number)
    yield document
    languages = {str(e.get("Language") or "unnamed") for e in citation.iterfind("OtherAbstract")}
    for language in sorted(languages):
        if not is_english(language):
            reason = f"an abstract in another language ({language}) is left out"
            yield Rejected(reason, number, f"record {number}", document.id, b"", partial=True)


def _citation(record: etree._Element, citation: etree._Element, number: int) -> Document:
    pmid = _curie(citation.find("PMID"))
    article = citation.find("Article")
    if article is None:
        raise InputError("the record has no Article")
    types = tuple(
        t for e in article.iterfind("PublicationTypeList/PublicationType") if (t := _text(e))
    )
    related = _related(citation, types)
    title = _text(article.find("ArticleTitle"))
    publication = Publication(
        id=pmid,
        title=title,
        year=_year(article),
        journal=_text(article.find("Journal/Title"))
        or _text(citation.find("MedlineJournalInfo/MedlineTA")),
        doi=_doi(record, article),
        types=types,
        retracted=related.retracted,
        retraction=related.notice,
        notices=related.notices,
    )
    abstract = _abstract(article.find("Abstract"))
    if not any(text for _, _, text in abstract):
        others = citation.iterfind("OtherAbstract")
        english = [e for e in others if e.get("Language") and is_english(e.get("Language") or "")]
        abstract = _abstract(english[0]) if english else []
    parts = [("title", "", title), *abstract]
    return _checked(publication, parts, number, _text(article.find("Language")), related)


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
    return _checked(
        publication, parts, number, _text(document.find("Language")), _related(document, types)
    )


def _checked(
    publication: Publication,
    parts: list[tuple[str, str, str]],
    number: int,
    language: str,
    related: Related,
) -> Document:
    size = sum(len(text) for _, _, text in parts)
    if size > MAX_TEXT:
        raise InputError(f"{size:,} characters of text are more than {MAX_TEXT:,}")
    return make_document(
        publication, parts, source="pubmed", record=number, language=language,
        retracts=related.retracts, related=related.related,
    )  # fmt: skip


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


def _related(citation: etree._Element, types: tuple[str, ...]) -> Related:
    found: list[tuple[str, str]] = []
    for element in citation.iterfind("CommentsCorrectionsList/CommentsCorrections"):
        pmid = _text(element.find("PMID"))
        other = f"pubmed:{int(pmid)}" if pmid.isascii() and pmid.isdigit() else ""
        found.append((str(element.get("RefType") or ""), other))
    return related_of(found, types)
