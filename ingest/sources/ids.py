"""Ids of publications, from what a record or a file name says, or from the content itself."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

__all__ = ["content_id", "doi_id", "id_from_name", "pmc_id", "pubmed_id"]

_PMID = re.compile(r"(?:PMID[:\s]*|pubmed:)?0*([1-9]\d{0,8})(?:\.0)?", re.I)
_PMC = re.compile(r"(?:pmc:|PMCID[:\s]*)?(?:PMC)?0*([1-9]\d{0,9})(?:\.\d+)?", re.I)
_DOI = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?(10\.\d{2,9}/\S+)", re.I)
_NAME = re.compile(r"(?:(PMC)|PMID)[-_ ]?([1-9]\d{0,8})|([1-9]\d{6,7})", re.I)
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")


def pubmed_id(text: str) -> str:
    """Return ``pubmed:N`` for a PMID however it is written, empty if it is none."""
    found = _PMID.fullmatch(text.strip())
    return f"pubmed:{found.group(1)}" if found and found.group(1).isascii() else ""


def pmc_id(text: str) -> str:
    """Return ``pmc:PMCN`` for a PMCID, with or without ``PMC`` and version; empty if it is none."""
    found = _PMC.fullmatch(text.strip())
    return f"pmc:PMC{found.group(1)}" if found and found.group(1).isascii() else ""


def doi_id(text: str) -> str:
    """Return ``doi:10...`` in lower case for a DOI or its web address, empty if it is none."""
    found = _DOI.fullmatch(text.strip())
    return f"doi:{found.group(1).lower()}" if found else ""


def content_id(data: bytes) -> str:
    """Return the SWHID of a content (ISO/IEC 18670): ``swh:1:cnt:`` and its Git blob hash.

    It names text that has no other id, the same text always by the same CURIE.
    """
    header = b"blob %d\0" % len(data)
    return f"swh:1:cnt:{hashlib.sha1(header + data, usedforsecurity=False).hexdigest()}"


def id_from_name(path: Path) -> str:
    """Return the id that a file's name states: ``PMC123.txt``, ``PMID_123.pdf``, ``12345678.txt``.

    A bare number counts as a PMID if it has seven or eight digits and is no date (``20240131``).
    """
    name = path.name.removesuffix(".gz").rpartition(".")[0] or path.name
    found = _NAME.fullmatch(name)
    if not found:
        return ""
    if found.group(3):
        return "" if _DATE.fullmatch(name) else f"pubmed:{found.group(3)}"
    number = found.group(2)
    return f"pmc:PMC{number}" if found.group(1) else f"pubmed:{number}"
