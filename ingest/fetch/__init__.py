"""Fetching literature from NCBI's E-utilities, only ever when asked to.

>>> from ingest import fetch
>>> report = fetch.pubmed("lithium AND kidney", max=500, folder=Path("lithium"))  # doctest: +SKIP

The records are kept as files, which the ordinary sources read.
"""

from __future__ import annotations

from ingest.fetch.client import Limits
from ingest.fetch.entrez import DEFAULT_URL, FetchReport, pubmed

__all__ = ["DEFAULT_URL", "FetchReport", "Limits", "pubmed"]
