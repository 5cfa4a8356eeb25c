"""JATS full text: articles of PubMed Central and of publishers, one or many in a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from lxml import etree

from graph.errors import InputError
from graph.model import Publication
from ingest.document import make_document
from ingest.sources.base import MAX_TEXT, Item, Rejected, Source
from ingest.sources.corrections import related_of
from ingest.sources.ids import content_id, doi_id, pmc_id, pubmed_id
from ingest.sources.jats_text import Part, back_parts, body_parts, inline, inner_parts
from ingest.sources.languages import code, is_english
from ingest.sources.records import read_records

__all__ = ["JatsSource"]

_SNIFF = re.compile(rb"<(?:article|pmc-articleset)[\s>]|JATS-|archivearticle|journalpublishing")
_YEAR = re.compile(r"(?:1[6-9]|2[01])\d\d")
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_HREF = "{http://www.w3.org/1999/xlink}href"
_TYPES = {
    "research-article": "Journal Article", "brief-report": "Journal Article",
    "rapid-communication": "Journal Article", "review-article": "Review",
    "systematic-review": "Systematic Review", "meta-analysis": "Meta-Analysis",
    "case-report": "Case Reports", "clinical-trial": "Clinical Trial", "editorial": "Editorial",
    "letter": "Letter", "reply": "Letter", "discussion": "Comment",
    "article-commentary": "Comment", "news": "News", "retraction": "Retraction of Publication",
    "correction": "Published Erratum", "addendum": "Published Erratum",
    "expression-of-concern": "Expression of Concern",
}  # fmt: skip
_RELATED = {
    "retracted-article": "RetractionOf", "retraction-forward": "RetractionIn",
    "partial-retraction": "PartialRetractionOf", "corrected-article": "ErratumFor",
    "correction-forward": "ErratumIn", "addended-article": "ErratumFor",
    "object-of-concern": "ExpressionOfConcernFor", "concern-forward": "ExpressionOfConcernIn",
    "expression-of-concern": "ExpressionOfConcernIn",
    "republished-article": "RepublishedFrom", "updated-article": "UpdateOf",
}  # fmt: skip
_DATES = ("ppub", "collection", "pub", "epub", "epub-ppub", "preprint")


class JatsSource(Source):
    """JATS articles: title, abstracts and every paragraph of the body, tables, captions, appendices.

    A paragraph is a section with its headings as label (``body/Methods/Patients``), a table
    ``table/Table 1`` (caption, rows with ``|`` between cells, notes), a figure's caption
    ``figure/Figure 2``. References and citation marks, formulas in TeX, acknowledgements, notes,
    declarations (competing interests, funding) and sub-articles are left out. The id is the PMID, else the PMCID, else the DOI, else the SWHID of
    the record.
    """

    name: ClassVar[str] = "jats"
    suffixes: ClassVar[tuple[str, ...]] = (".nxml", ".xml", ".jats")

    @classmethod
    def sniff(cls, head: bytes) -> bool:
        """Whether an XML file has an ``article`` near its top, or names a JATS DTD."""
        return head.lstrip()[:1] == b"<" and _SNIFF.search(head) is not None

    def read(self, path: Path) -> Iterator[Item]:
        """Yield documents and set-aside records in the file's order."""
        roots = ("pmc-articleset", "articles", "collection")
        return read_records(path, ("article",), roots, _article, bare=True)


def _strip_namespaces(article: etree._Element) -> None:
    """Drop the namespaces of JATS elements, which some publishers declare and others do not."""
    for element in article.iter(etree.Element):
        tag = str(element.tag)
        if tag.startswith("{"):
            space, _, name = tag[1:].partition("}")
            element.tag = "mml-" + name if space.endswith("MathML") else name


def _article(article: etree._Element, number: int, data: bytes) -> Iterator[Item]:
    where = f"record {number}"
    _strip_namespaces(article)
    meta = article.find("front/article-meta")
    if meta is None:
        raise InputError("the article has no front matter (article-meta)")
    left_out = [
        f"a sub-article ({e.get('article-type') or e.tag}) is left out"
        for e in article
        if e.tag in ("sub-article", "response")
    ]
    language = article.get(_LANG) or ""
    title = inline(meta.find("title-group/article-title"))
    if is_english(language):
        parts = [Part("title", "", title), *_abstracts(meta, "abstract")]
        parts += body_parts(article)
        parts += back_parts(article)
        foreign = sorted(
            {str(e.get(_LANG) or "unnamed") for e in meta.iter("trans-abstract") if not _english(e)}
        )
        left_out += [f"an abstract in another language ({x}) is left out" for x in foreign]
    else:
        title, parts = _translation(meta, language)
        left_out.append(
            f"the text is in another language ({language}): only its English abstract is read"
        )
    size = sum(len(p.text) for p in parts)
    if size > MAX_TEXT:
        raise InputError(f"{size:,} characters of text are more than {MAX_TEXT:,}")
    found = [
        (_RELATED[kind], _link(e))
        for e in article.iter("related-article", "related-object")
        if (kind := str(e.get("related-article-type") or "")) in _RELATED
    ]
    types = _types(article, meta)
    if title.upper().startswith(("RETRACTED:", "RETRACTED ARTICLE:")):
        found.append(("RetractionIn", ""))
    related = related_of(found, types)
    doi = next((d for e in meta.iterfind("article-id") if e.get("pub-id-type") == "doi"
                and (d := doi_id(inline(e)))), "")  # fmt: skip
    id = _id(meta) or doi or content_id(data)
    publication = Publication(
        id=id,
        title=title,
        year=_year(meta),
        journal=inline(article.find("front/journal-meta//journal-title"))
        or inline(article.find("front/journal-meta/journal-id")),
        doi=doi.removeprefix("doi:"),
        types=types,
        retracted=related.retracted,
        retraction=related.notice,
        notices=related.notices,
    )
    yield make_document(
        publication,
        [(p.kind, p.label, p.text) for p in parts],
        source="jats",
        record=number,
        language=code(language),
        retracts=related.retracts,
        related=related.related,
    )
    for reason in left_out:
        yield Rejected(reason, number, where, id, b"", partial=True)


def _english(element: etree._Element) -> bool:
    return bool(element.get(_LANG)) and is_english(str(element.get(_LANG)))


def _translation(meta: etree._Element, language: str) -> tuple[str, list[Part]]:
    """The English title and abstract of an article in another language."""
    titles = [
        inline(g.find("trans-title"))
        for g in meta.iterfind("title-group/trans-title-group")
        if _english(g)
    ]
    titles += [inline(e) for e in meta.iterfind("title-group/trans-title") if _english(e)]
    parts = [
        part
        for name in ("abstract", "trans-abstract")
        for e in meta.iterfind(name)
        if _english(e)
        for part in inner_parts(e, "abstract", "")
    ]
    if not parts:
        raise InputError(
            f"the text is in another language ({language}) and has no English abstract",
            hint="Only English is read.",
        )
    title = next(iter(titles), "")
    return title, [Part("title", "", title), *parts]


def _abstracts(meta: etree._Element, name: str) -> list[Part]:
    """Every abstract; graphical ones and tables of contents lose to nothing, they have no claims."""
    return [
        part
        for element in meta.iterfind(name)
        if element.get("abstract-type") not in ("toc", "graphical", "teaser", "web-summary")
        if is_english(str(element.get(_LANG) or ""))
        for part in inner_parts(element, "abstract", "")
    ]


def _id(meta: etree._Element) -> str:
    found: dict[str, str] = {}
    for element in meta.iterfind("article-id"):
        found.setdefault(str(element.get("pub-id-type") or ""), inline(element))
    return (
        pubmed_id(found.get("pmid", ""))
        or pmc_id(found.get("pmcid", ""))
        or pmc_id(found.get("pmc", ""))
    )


def _link(element: etree._Element) -> str:
    """The id of a related article: what its link says, empty if it is none that is known."""
    target = str(element.get(_HREF) or "").strip()
    kind = str(element.get("ext-link-type") or "")
    if kind in ("pmid", "pubmed"):
        return pubmed_id(target)
    if kind in ("pmc", "pmcid"):
        return pmc_id(target)
    return doi_id(target)


def _types(article: etree._Element, meta: etree._Element) -> tuple[str, ...]:
    kind = str(article.get("article-type") or "")
    names = [_TYPES.get(kind, kind)]
    for group in meta.iterfind("article-categories/subj-group"):
        if group.get("subj-group-type") in ("heading", None):
            names += [inline(e) for e in group.iterfind("subject")]
    return tuple(dict.fromkeys(n for n in names if n))


def _year(meta: etree._Element) -> int | None:
    years: dict[str, int] = {}
    for element in meta.iterfind("pub-date"):
        kind = str(element.get("pub-type") or element.get("date-type") or "")
        found = _YEAR.search(inline(element.find("year")))
        if found:
            years.setdefault(kind, int(found.group()))
    for kind in _DATES:
        if kind in years:
            return years[kind]
    return min(years.values(), default=None)
