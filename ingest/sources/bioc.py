"""From BioC's passages and annotations, in XML or JSON, to a document."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graph.errors import InputError
from graph.model import Publication
from ingest.document import GivenRelation, Mention, make_document
from ingest.sources.annotations import mentions
from ingest.sources.base import MAX_TEXT, Item, Rejected
from ingest.sources.ids import content_id, doi_id, pmc_id, pubmed_id
from ingest.sources.languages import require_english
from ingest.sources.offsets import Located, locate

__all__ = ["Annotation", "Passage", "Record", "RelationGiven", "build"]

_YEAR = re.compile(r"(?:1[6-9]|2[01])\d\d")
_JOURNAL = re.compile(r"^(.{2,200}?)[.;]?\s*(?:1[6-9]|2[01])\d\d\b")
_SKIPPED = frozenset({"ref", "references", "reference"})
_IDENTIFIERS = ("identifier", "normalized_id", "Identifier", "NormalizedId", "database_id")
_META = frozenset({"type", "relation", "relation type", "score", "novel", "note", "confidence"})


@dataclass(slots=True)
class Annotation:
    """An annotation; ``locations`` are (offset, length) in the document."""

    id: str
    infons: Mapping[str, str]
    text: str
    locations: Sequence[tuple[int, int]]


@dataclass(slots=True)
class Passage:
    """A passage, its offset in the document, and its annotations."""

    infons: Mapping[str, str]
    offset: int
    text: str
    annotations: list[Annotation] = field(default_factory=list)


@dataclass(slots=True)
class RelationGiven:
    """A relation: what it says about itself, and what it joins as (role, id of an annotation)."""

    infons: Mapping[str, str]
    nodes: Sequence[tuple[str, str]] = ()
    ends: Sequence[str] = ()
    """ids of the entities it joins, where the file gives them at once"""


@dataclass(slots=True)
class Record:
    """A BioC document as read from its file."""

    id: str
    infons: Mapping[str, str]
    passages: list[Passage]
    relations: list[RelationGiven] = field(default_factory=list)


def build(record: Record, number: int, source: str, where: str) -> Iterator[Item]:
    """Yield the document of a record and, set aside, the annotations that do not fit it.

    Raises:
        InputError: if there is no text, or if it is too long or in another language.
    """
    parts: list[tuple[str, str, str]] = []
    kept: list[Passage] = []
    for passage in record.passages:
        kind, label = _section(passage.infons)
        if passage.text.strip() and kind:
            parts.append((kind, label, passage.text))
            kept.append(passage)
    size = sum(len(p.text) for p in kept)
    if size > MAX_TEXT:
        raise InputError(f"{size:,} characters of text are more than {MAX_TEXT:,}")
    if not parts:
        raise InputError("no passage has any text")
    stated = record.infons.get("language", "") or kept[0].infons.get("language", "")
    language = require_english("\n".join(p.text for p in kept), stated)
    document = make_document(
        _publication(record, kept), parts, source=source, record=number, language=language
    )
    starts = [section.start for section in document.sections]
    annotations, problems = _annotations(kept, starts, source)
    yield dataclasses.replace(
        document, annotations=annotations, given_relations=_relations(record, kept)
    )
    for problem in problems:
        yield Rejected(problem, number, where, document.id, b"", partial=True)


def _section(infons: Mapping[str, str]) -> tuple[str, str]:
    """(kind, label) of a passage; no kind for a reference."""
    kind = infons.get("type", "").casefold()
    section = infons.get("section_type", infons.get("section", "")).strip()
    known = section.casefold()
    if kind in _SKIPPED or known in ("ref", "references"):
        return "", ""
    if known == "title" or kind in ("title", "t", "front", "article_title"):
        return "title", ""
    if known == "abstract" or kind in ("abstract", "a"):
        return "abstract", "" if known in ("abstract", "") else section
    if known in ("table", "fig") or kind.startswith(("table", "fig_", "figure")):
        return ("table" if "table" in known + kind else "figure"), ""
    if not known and not kind:
        return "abstract", ""
    return "body", section or kind


def _publication(record: Record, passages: Sequence[Passage]) -> Publication:
    merged: dict[str, str] = {}
    for infons in (record.infons, *(p.infons for p in passages[:3])):
        for key, value in infons.items():
            merged.setdefault(key.casefold(), value)
    title = next((p.text.strip() for p in passages if _section(p.infons)[0] == "title"), "")
    year = _YEAR.search(merged.get("year", "") or merged.get("date", ""))
    journal = merged.get("journal-title", "") or merged.get("journal", "")
    named = _JOURNAL.match(journal)
    doi = doi_id(merged.get("article-id_doi", "") or merged.get("doi", ""))
    return Publication(
        id=_id(record.id, merged, doi, passages),
        title=title,
        year=int(year.group()) if year else None,
        journal=(named.group(1) if named else journal).strip().rstrip("."),
        doi=doi.removeprefix("doi:"),
    )


def _id(id: str, infons: Mapping[str, str], doi: str, passages: Sequence[Passage]) -> str:
    pmid = pubmed_id(infons.get("article-id_pmid", "") or infons.get("pmid", ""))
    if pmid:
        return pmid
    pmc = pmc_id(infons.get("article-id_pmc", "") or infons.get("pmcid", ""))
    if id.upper().startswith("PMC") and pmc_id(id):
        return pmc_id(id)
    if pubmed_id(id):
        # PMC's own export writes the number of the PMCID alone
        return pmc if pmc and pmc == pmc_id(id) else pubmed_id(id)
    return pmc or doi_id(id) or doi or content_id("\n".join(p.text for p in passages).encode())


def _identifier(infons: Mapping[str, str]) -> tuple[str, str]:
    """(id, database) of an annotation: the key ``identifier``, or a key named by the database."""
    for key in _IDENTIFIERS:
        if infons.get(key):
            return infons[key], infons.get("database", "")
    for key, value in infons.items():
        if re.sub(r"[^a-z]", "", key.casefold()) in _KEYS and value:
            return value, key
    return "", ""


_KEYS = frozenset(
    {
        "mesh", "ncbigene", "gene", "entrezgene", "geneid", "ncbitaxonomy", "taxonomy", "taxid",
        "omim", "chebi", "dbsnp", "cellosaurus",
    }
)  # fmt: skip


def _annotations(
    passages: Sequence[Passage], starts: Sequence[int], source: str
) -> tuple[tuple[Mention, ...], list[str]]:
    found: list[Mention] = []
    problems: list[str] = []
    items: list[tuple[Located, int, Annotation]] = []
    for passage, start in zip(passages, starts, strict=True):
        for annotation in passage.annotations:
            shown = repr(annotation.text[:60])
            if len(annotation.locations) > 1:
                problems.append(f"the annotation {shown} is in several pieces (discontinuous)")
            elif not annotation.locations:
                problems.append(f"the annotation {shown} has no location")
            else:
                offset, length = annotation.locations[0]
                located = Located(offset, length, annotation.text, passage.text, passage.offset)
                items.append((located, start, annotation))
    spans, converted = locate([located for located, _, _ in items])
    if converted:
        problems.append(f"the offsets count {converted}: every annotation was converted")
    for (located, start, annotation), span in zip(items, spans, strict=True):
        if span is None:
            problems.append(f"the offsets of {annotation.text[:60]!r} do not fit")
            continue
        text = located.passage[span[0] : span[1]]
        identifier, database = _identifier(annotation.infons)
        kind = annotation.infons.get("type", "")
        found.extend(
            mentions(start + span[0], start + span[1], text, kind, identifier, database, source)
        )
    found.sort(key=lambda m: (m.start, m.end, m.category.value, m.entity or ""))
    return tuple(found), problems


def _relations(record: Record, passages: Sequence[Passage]) -> tuple[GivenRelation, ...]:
    ids = {a.id: _identifier(a.infons)[0] or a.id for p in passages for a in p.annotations}
    found: list[GivenRelation] = []
    for relation in record.relations:
        infons = relation.infons
        kind = (
            infons.get("relation", "") or infons.get("type", "") or infons.get("relation type", "")
        )
        ends = list(relation.ends) or [ids[ref] for _, ref in relation.nodes if ref in ids]
        if len(ends) < 2:
            # BC5CDR and BioRED name the two entities by infons of any key
            ends = [v for k, v in infons.items() if k.casefold() not in _META]
        if len(ends) == 2:
            novel = infons.get("novel", "")
            found.append(GivenRelation(kind, ends[0], ends[1], (novel,) if novel else ()))
    return tuple(found)
