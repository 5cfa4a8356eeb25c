"""RIS: the exchange format of reference managers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from graph.model import Publication
from ingest.document import make_document
from ingest.sources.base import Item, Source
from ingest.sources.ids import content_id, doi_id, pmc_id, pubmed_id
from ingest.sources.languages import code, require_english
from ingest.sources.tagged import YEAR, TaggedRecord, checked_size, tagged_items, tagged_records

__all__ = ["RisSource"]

_TAG = re.compile(r"^([A-Z][A-Z0-9])  ?-(?: |$)(.*)$", re.S)
_SNIFF = re.compile(rb"^TY  ?- ?[A-Z]+\s*$", re.M)
_PUBMED = re.compile(r"pubmed(?:\.ncbi\.nlm\.nih\.gov|/)/?(\d+)|ncbi\.nlm\.nih\.gov/pubmed/(\d+)")
_TYPES = {"JOUR": "Journal Article", "CHAP": "Book Chapter", "BOOK": "Book", "CONF": "Congress"}


class RisSource(Source):
    """RIS records. The id is the PMID if the record has one, else the PMCID, the DOI or the SWHID of
    its text."""

    name: ClassVar[str] = "ris"
    suffixes: ClassVar[tuple[str, ...]] = (".ris",)

    @classmethod
    def sniff(cls, head: bytes) -> bool:
        """Whether a line near the top is ``TY  - `` and a type."""
        return _SNIFF.search(head) is not None

    def read(self, path: Path) -> Iterator[Item]:
        """Yield documents and set-aside records in the file's order."""
        yield from tagged_items(tagged_records(path, _TAG, start="TY", end="ER"), _read, path)


def _read(record: TaggedRecord) -> Iterator[Item]:
    title = record.first("TI", "T1")
    abstract = " ".join(record.all("AB", "N2"))
    checked_size(title, abstract)
    # LA is the language of the paper; reference managers keep abstracts as the database has them
    language = require_english(abstract, "")
    year = YEAR.search(record.first("PY", "Y1", "DA"))
    doi = next((d for v in record.all("DO", "M3") if (d := doi_id(v))), "")
    publication = Publication(
        id=_id(record) or doi or content_id(f"{title}\n{abstract}".encode()),
        title=title,
        year=int(year.group()) if year else None,
        journal=record.first("JO", "JF", "T2", "JA"),
        doi=doi.removeprefix("doi:"),
        types=tuple(_TYPES[t] for t in record.all("TY")[:1] if t in _TYPES),
    )
    yield make_document(
        publication,
        [("title", "", title), ("abstract", "", abstract)],
        source="ris",
        record=record.number,
        language=language or code(record.first("LA")),
    )


def _id(record: TaggedRecord) -> str:
    database = " ".join(record.all("DB") + record.all("DP")).casefold()
    for value in record.all("AN"):
        if ("pubmed" in database or "medline" in database or "pmid" in value.casefold()) and (
            id := pubmed_id(value)
        ):
            return id
    for value in record.all("UR") + record.all("L2") + record.all("N1"):
        found = _PUBMED.search(value.casefold())
        if found:
            return f"pubmed:{int(found.group(1) or found.group(2))}"
    for value in record.all("C2") + record.all("AN"):
        if value.upper().startswith("PMC") and (id := pmc_id(value)):
            return id
    return ""
