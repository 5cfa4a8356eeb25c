"""PubTator3's JSON export: ``{"PubTator3": [...]}``, or one document on each line."""

from __future__ import annotations

from typing import ClassVar

from ingest.sources.bioc_json import BioCJsonSource, looks_like_pubtator3

__all__ = ["PubTator3Source"]


class PubTator3Source(BioCJsonSource):
    """BioC JSON as PubTator3 writes it, with the ids of its annotations."""

    name: ClassVar[str] = "pubtator3"
    suffixes: ClassVar[tuple[str, ...]] = (".json", ".jsonl")

    @classmethod
    def sniff(cls, head: bytes) -> bool:
        """Whether it is BioC JSON with a key, an id or an infon that only PubTator3 writes."""
        return head.lstrip()[:1] in (b"{", b"[") and looks_like_pubtator3(head)
