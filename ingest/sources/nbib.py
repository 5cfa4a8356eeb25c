"""MEDLINE format: the ``.nbib`` files that PubMed's "cite" and "save" buttons write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from graph.errors import InputError
from graph.model import Publication
from ingest.document import make_document
from ingest.sources.base import Item, Rejected, Source
from ingest.sources.corrections import related_of
from ingest.sources.ids import doi_id, pmc_id, pubmed_id
from ingest.sources.languages import code, is_english
from ingest.sources.tagged import YEAR, TaggedRecord, checked_size, tagged_items, tagged_records

__all__ = ["NbibSource"]

_TAG = re.compile(r"^([A-Z]{2,4}) {0,2}- ?(.*)$", re.S)
_SNIFF = re.compile(rb"^PMID- ?\d", re.M)
_RELATED = {
    "RIN": "RetractionIn", "ROF": "RetractionOf", "EIN": "ErratumIn", "EFR": "ErratumFor",
    "CRI": "CorrectedandRepublishedIn", "CRF": "CorrectedandRepublishedFrom",
    "RRI": "RetractedandRepublishedIn", "RRF": "RetractedandRepublishedFrom",
    "PRIN": "PartialRetractionIn", "PROF": "PartialRetractionOf",
    "ECI": "ExpressionOfConcernIn", "ECF": "ExpressionOfConcernFor",
    "RPI": "RepublishedIn", "RPF": "RepublishedFrom", "UIN": "UpdateIn", "UOF": "UpdateOf",
}  # fmt: skip
_PMID = re.compile(r"PMID: ?(\d+)")


class NbibSource(Source):
    """MEDLINE records, with retractions and corrections as in PubMed XML."""

    name: ClassVar[str] = "nbib"
    suffixes: ClassVar[tuple[str, ...]] = (".nbib", ".medline")

    @classmethod
    def sniff(cls, head: bytes) -> bool:
        """Whether a line near the top is ``PMID- `` and a number."""
        return _SNIFF.search(head) is not None

    def read(self, path: Path) -> Iterator[Item]:
        """Yield documents and set-aside records in the file's order."""
        yield from tagged_items(tagged_records(path, _TAG, start="PMID"), _read, path)


def _read(record: TaggedRecord) -> Iterator[Item]:
    pmid = record.first("PMID")
    id = pubmed_id(pmid) or pmc_id(record.first("PMC"))
    if not id:
        raise InputError(f"{pmid[:40]!r} is not a PMID" if pmid else "the record has no PMID")
    title, abstract = record.first("TI", "BTI"), " ".join(record.all("AB"))
    checked_size(title, abstract)
    found = []
    for tag, value in record.items():
        if tag in _RELATED:
            other = _PMID.search(value)
            found.append((_RELATED[tag], f"pubmed:{int(other.group(1))}" if other else ""))
    types = tuple(record.all("PT"))
    related = related_of(found, types)
    year = YEAR.search(record.first("DP"))
    dois = [v.split()[0] for v in record.all("LID") + record.all("AID") if v.endswith("[doi]")]
    publication = Publication(
        id=id,
        title=title,
        year=int(year.group()) if year else None,
        journal=record.first("JT", "TA"),
        doi=next((d.removeprefix("doi:") for v in dois if (d := doi_id(v))), ""),
        types=types,
        retracted=related.retracted,
        retraction=related.notice,
        notices=related.notices,
    )
    yield make_document(
        publication,
        [("title", "", title), ("abstract", "", abstract)],
        source="nbib",
        record=record.number,
        language=code(record.first("LA")),
        retracts=related.retracts,
        related=related.related,
    )
    if record.all("OAB") and not is_english(record.first("OABL")):
        reason = f"an abstract in another language ({record.first('OABL')}) is left out"
        yield Rejected(reason, record.number, f"line {record.line}", id, b"", partial=True)
