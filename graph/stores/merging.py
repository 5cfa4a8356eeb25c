"""What is kept of a thing that arrives again, and what follows from a statement's evidences."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from graph.model import Category, Entity, Evidence, Publication, Rung, Status
from graph.stores.rows import name_key

__all__ = ["derive_status", "merge_entity", "merge_publication"]


def derive_status(evidences: Collection[Evidence], action: str | None) -> Status:
    """Return a statement's status from its evidences and the latest decision about it that
    was not undone."""
    if action == "accept":
        return Status.CURATED
    if action == "reject":
        return Status.REFUTED
    if any(e.rung is Rung.CURATED and e.supports for e in evidences):
        return Status.CURATED
    if any(not e.rung.by_algorithm for e in evidences):
        return Status.ASSERTED
    return Status.PROPOSED


def merge_entity(old: Entity | None, new: Entity) -> Entity:
    """Return what is kept of an entity that arrives again.

    A name that says something replaces an old one, which stays as a synonym; synonyms and xrefs
    are gathered, sorted; a category gives way only to a more specific one than ``NamedThing``.
    """
    if old is None:
        old = replace(new, synonyms=(), xrefs=())
    name = new.name if new.name not in ("", new.id) else old.name or new.name
    category = new.category if new.category is not Category.THING else old.category
    synonyms = {*old.synonyms, *new.synonyms}
    if old.name != name and old.name not in ("", old.id):
        synonyms.add(old.name)
    known = {name_key(name), ""}
    return Entity(
        id=new.id,
        name=name,
        category=category,
        synonyms=tuple(
            sorted(s for s in synonyms if name_key(s) not in known or (s != name and s))
        ),
        xrefs=tuple(sorted({*old.xrefs, *new.xrefs})),
    )


def _notices(found: set[str]) -> tuple[str, ...]:
    """Sorted, without those whose notice is unknown where one of the same kind is known."""
    known = {notice.rpartition(" ")[0] for notice in found if ":" in notice}
    return tuple(sorted(notice for notice in found if ":" in notice or notice not in known))


def merge_publication(old: Publication | None, new: Publication) -> Publication:
    """Return what is kept of a publication that arrives again: what the new record says, where it
    says anything. A retraction stays, and so do notices."""
    if old is None:
        return new
    return Publication(
        id=new.id,
        title=new.title or old.title,
        year=new.year if new.year is not None else old.year,
        journal=new.journal or old.journal,
        doi=new.doi or old.doi,
        types=new.types or old.types,
        retracted=old.retracted or new.retracted,
        retraction=old.retraction or new.retraction,
        notices=_notices({*old.notices, *new.notices}),
    )
