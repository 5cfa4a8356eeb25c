"""Corrections and retractions, in the words of PubMed's ``CommentsCorrections``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["KINDS", "Related", "related_of"]

KINDS = frozenset(
    {
        "RetractionIn", "RetractionOf", "PartialRetractionIn", "PartialRetractionOf",
        "RetractedandRepublishedIn", "RetractedandRepublishedFrom", "ErratumIn", "ErratumFor",
        "CorrectedandRepublishedIn", "CorrectedandRepublishedFrom", "ExpressionOfConcernIn",
        "ExpressionOfConcernFor", "RepublishedIn", "RepublishedFrom", "UpdateIn", "UpdateOf",
    }
)  # fmt: skip
_RETRACTED_IN = ("RetractionIn", "RetractedandRepublishedIn")
_RETRACTS = ("RetractionOf", "RetractedandRepublishedFrom")


@dataclass(frozen=True, slots=True)
class Related:
    """Whether a publication is retracted, by which notice, what it retracts, and all of it."""

    retracted: bool
    notice: str
    retracts: tuple[str, ...]
    related: tuple[tuple[str, str], ...]


def related_of(found: Sequence[tuple[str, str]], types: Sequence[str]) -> Related:
    """Sort out (kind, id or empty) pairs; kinds that are no corrections (``Cites``) are dropped.

    A publication is retracted if its type says so or if a retraction of it, or its retraction and
    republication, is named. A partial retraction and an expression of concern do not retract.
    """
    kept = sorted({(kind, id) for kind, id in found if kind in KINDS})
    notices = [id for kind in _RETRACTED_IN for k, id in found if k == kind]
    return Related(
        retracted="Retracted Publication" in types or bool(notices),
        notice=next((id for id in notices if id), ""),
        retracts=tuple(sorted({id for kind, id in kept if kind in _RETRACTS and id})),
        related=tuple(kept),
    )
