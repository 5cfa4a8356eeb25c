"""Extractors of relations: one file and one line in :data:`REGISTRY` each."""

from __future__ import annotations

from ingest.registry import Registry
from ingest.relations.base import Relation, RelationExtractor

__all__ = ["REGISTRY", "Relation", "RelationExtractor"]

REGISTRY: Registry[RelationExtractor] = Registry(
    "relation extractor",
    RelationExtractor,  # type: ignore[type-abstract]
    {
        "learned": "ingest.relations.learned:LearnedExtractor",
        "learned-sure": "ingest.relations.learned:SureExtractor",
        "patterns": "ingest.relations.patterns:PatternExtractor",
        "trials": "ingest.relations.trials:TrialExtractor",
    },
)
