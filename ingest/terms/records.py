"""What the readers of terminology files yield."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.model import Category

__all__ = ["Dropped", "Record", "Replaced", "Same", "Term"]


@dataclass(slots=True)
class Term:
    """One entity of one source.

    ``names`` are its other names; ``xrefs`` ids that its source gives for the same thing;
    ``former`` ids of the same source that it has replaced. Ids may be in any spelling: the builder
    normalises them and sets aside those it cannot. A term that ``adds`` only brings names and
    cross-references to an entity of another source, and is nothing by itself.
    """

    id: str
    category: Category
    name: str
    names: list[str] = field(default_factory=list)
    xrefs: set[str] = field(default_factory=set)
    former: set[str] = field(default_factory=set)
    adds: bool = False


@dataclass(frozen=True, slots=True)
class Same:
    """Two ids of one entity, said by a file of cross-references."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """An id that is no longer in use, and the one in its place (an id, or ``symbol:NAME``)."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A record that could not be read, with the line it is on and why."""

    where: str
    why: str


Record = Term | Same | Replaced | Dropped
