"""Writers of what was read, for other tools and for scoring: one file and one line in
:data:`REGISTRY` each."""

from __future__ import annotations

from ingest.export.base import TYPES, Writer
from ingest.export.run import ExtractReport, extract
from ingest.registry import Registry

__all__ = ["REGISTRY", "TYPES", "ExtractReport", "Writer", "extract"]

REGISTRY: Registry[Writer] = Registry(
    "output format",
    Writer,  # type: ignore[type-abstract]
    {
        "bioc": "ingest.export.bioc:BiocXmlWriter",
        "bioc-json": "ingest.export.bioc:BiocJsonWriter",
        "jsonl": "ingest.export.rows:JsonLinesWriter",
        "pubtator": "ingest.export.pubtator:PubTatorWriter",
        "tsv": "ingest.export.rows:TsvWriter",
    },
)
