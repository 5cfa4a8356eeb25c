"""Annotators of relations: one file and one line in :data:`REGISTRY` each."""

from __future__ import annotations

from ingest.claims.base import Annotator
from ingest.registry import Registry

__all__ = ["REGISTRY", "Annotator"]

REGISTRY: Registry[Annotator] = Registry(
    "annotator",
    Annotator,  # type: ignore[type-abstract]
    {"claims": "ingest.claims.claims:ClaimAnnotator"},
)
