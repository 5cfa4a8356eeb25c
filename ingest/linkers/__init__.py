"""Linkers of mentions to entities: one file and one line in :data:`REGISTRY` each."""

from __future__ import annotations

from ingest.linkers.base import Linker
from ingest.registry import Registry

__all__ = ["REGISTRY", "Linker"]

REGISTRY: Registry[Linker] = Registry(
    "linker",
    Linker,  # type: ignore[type-abstract]
    {
        "minilm": "ingest.linkers.minilm:MinilmLinker",
        "names": "ingest.linkers.names:NameLinker",
        "ngram": "ingest.linkers.ngram:NgramLinker",
        "scispacy:": "ingest.linkers.scispacy:ScispacyLinker",
    },
)
