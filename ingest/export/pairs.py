"""Relations of a document as the corpora state them: once per pair of entities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graph.model import Category, Predicate
from ingest.pipeline import Extraction
from ingest.relations import Relation

__all__ = ["DocumentRelation", "cid_relations", "typed_relations"]

_DISEASE = (Category.DISEASE, Category.PHENOTYPE)
_TYPED = frozenset(
    {
        Category.GENE, Category.PROTEIN, Category.CHEMICAL, Category.DISEASE, Category.PHENOTYPE,
        Category.VARIANT,
    }
)  # fmt: skip
"""what takes part in the relations of BioRED"""


@dataclass(frozen=True, slots=True)
class DocumentRelation:
    """``first`` and ``second`` are ids in native form; ``relation`` is the one that says it best."""

    kind: str
    first: str
    second: str
    relation: Relation
    novel: bool = True


def _stated(extraction: Extraction) -> list[Relation]:
    return [
        r
        for _, _, r in extraction.relations
        if not r.negated and r.subject.entity is not None and r.object.entity is not None
    ]


def cid_relations(extraction: Extraction, native: Callable[[str], str]) -> list[DocumentRelation]:
    """Return chemical-induces-disease relations, as BC5CDR states them (``CID``).

    A chemical that causes or raises a disease or phenotype; every pair of ids once.
    """
    best: dict[tuple[str, str], Relation] = {}
    for relation in _stated(extraction):
        raises = relation.predicate is Predicate.CAUSES or (
            relation.predicate is Predicate.INCREASES and relation.sign > 0
        )
        if not raises or relation.sign < 0:
            continue
        if relation.subject.category is not Category.CHEMICAL:
            continue
        if relation.object.category not in _DISEASE:
            continue
        pair = (native(str(relation.subject.entity)), native(str(relation.object.entity)))
        if pair not in best or best[pair].score < relation.score:
            best[pair] = relation
    return [DocumentRelation("CID", a, b, best[a, b]) for a, b in sorted(best)]


def typed_relations(extraction: Extraction, native: Callable[[str], str]) -> list[DocumentRelation]:
    """Return relations as BioRED states them: every unordered pair once, with its type.

    The type follows from sign and predicate of the relation with the highest score:
    ``Positive_Correlation``, ``Negative_Correlation``, ``Bind`` or ``Association``; an extractor that
    knows better says so in its details (``biored``; ``novelty`` ``known`` or ``novel``).
    """
    best: dict[frozenset[str], Relation] = {}
    for relation in _stated(extraction):
        if relation.subject.category not in _TYPED or relation.object.category not in _TYPED:
            continue
        ends = frozenset(
            (native(str(relation.subject.entity)), native(str(relation.object.entity)))
        )
        if len(ends) == 2 and (ends not in best or best[ends].score < relation.score):
            best[ends] = relation
    found: list[DocumentRelation] = []
    for relation in best.values():
        first, second = native(str(relation.subject.entity)), native(str(relation.object.entity))
        details = dict(relation.details)
        kind = details.get("biored", "") or _kind(relation)
        found.append(
            DocumentRelation(kind, first, second, relation, details.get("novelty") != "known")
        )
    return sorted(found, key=lambda r: (r.first, r.second))


def _kind(relation: Relation) -> str:
    if relation.sign:
        return "Positive_Correlation" if relation.sign > 0 else "Negative_Correlation"
    return "Bind" if relation.predicate is Predicate.BINDS else "Association"
