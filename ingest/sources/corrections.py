"""Corrections and retractions, in the words of PubMed's ``CommentsCorrections``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.document import Document

__all__ = ["KINDS", "Related", "concerned", "related_of"]

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


_NOTICE = {
    "ErratumIn": "erratum", "CorrectedandRepublishedIn": "erratum",
    "ExpressionOfConcernIn": "expression of concern", "PartialRetractionIn": "partial retraction",
}  # fmt: skip
"""kinds that concern a publication without retracting it -> what it is called in the graph"""
_NOTICE_OF = {
    "ErratumFor": "erratum", "CorrectedandRepublishedFrom": "erratum",
    "ExpressionOfConcernFor": "expression of concern", "PartialRetractionOf": "partial retraction",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Related:
    """Whether a publication is retracted, by which notice, what it retracts, which other notices concern
    it (as in :class:`~graph.model.Publication`), and all of it."""

    retracted: bool
    notice: str
    retracts: tuple[str, ...]
    related: tuple[tuple[str, str], ...]
    notices: tuple[str, ...]


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
        notices=tuple(sorted({_named(_NOTICE[kind], id) for kind, id in kept if kind in _NOTICE})),
    )


def concerned(document: Document) -> dict[str, tuple[str, ...]]:
    """Return what a notice is about: id of a publication -> the notices that it gets by this document."""
    found: dict[str, set[str]] = {}
    for kind, id in document.related:
        if kind in _NOTICE_OF and id and id != document.id:
            found.setdefault(id, set()).add(_named(_NOTICE_OF[kind], document.id))
    return {id: tuple(sorted(notices)) for id, notices in sorted(found.items())}


def _named(kind: str, notice: str) -> str:
    return f"{kind} {notice}".strip()
