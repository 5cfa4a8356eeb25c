"""What the graph says about one pair or one entity, read once and tallied.

A *source* is a publication, or a piece of evidence that names none. Retracted publications,
rejected statements and what algorithms made are kept apart: they never count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from graph.model import Entity, Evidence, Publication, Rung, Statement, Status, content_hash
from graph.store import Store

__all__ = ["Facts", "Reading", "Tally", "sources"]


def sources(evidences: Iterable[Evidence]) -> frozenset[str]:
    """Return the sources of some evidence: publication ids, or evidence ids where there is none."""
    return frozenset(e.publication or e.id for e in evidences)


@dataclass(frozen=True, slots=True)
class Reading:
    """A statement with its evidence, split by what it is worth."""

    statement: Statement
    support: tuple[Evidence, ...]
    against: tuple[Evidence, ...]
    retracted: tuple[Evidence, ...]

    def rungs(self) -> list[tuple[Rung, list[Evidence]]]:
        """Supporting evidence by rung, in the order of :class:`Rung`."""
        return _by_rung(self.support)

    def rungs_against(self) -> list[tuple[Rung, list[Evidence]]]:
        """Contradicting evidence by rung."""
        return _by_rung(self.against)


def _by_rung(evidences: Iterable[Evidence]) -> list[tuple[Rung, list[Evidence]]]:
    every = list(evidences)
    return [(r, [e for e in every if e.rung is r]) for r in Rung if any(e.rung is r for e in every)]


@dataclass(slots=True)
class Tally:
    """Sources on one ordered pair, by what they say of the effect of the first on the second."""

    up: set[str] = field(default_factory=set)
    down: set[str] = field(default_factory=set)
    unsigned: set[str] = field(default_factory=set)
    deny_up: set[str] = field(default_factory=set)
    deny_down: set[str] = field(default_factory=set)
    deny_any: set[str] = field(default_factory=set)
    associated: set[str] = field(default_factory=set)
    proposed_up: set[str] = field(default_factory=set)
    proposed_down: set[str] = field(default_factory=set)
    proposed_any: set[str] = field(default_factory=set)

    def says(self, sign: int) -> set[str]:
        """Sources for an effect of this sign (0: any)."""
        if sign == 0:
            return self.up | self.down | self.unsigned
        return self.up if sign > 0 else self.down

    def denies(self, sign: int) -> set[str]:
        """Sources against an effect of this sign: they deny it, or say the opposite."""
        if sign == 0:
            return self.deny_up | self.deny_down | self.deny_any
        own = self.deny_up if sign > 0 else self.deny_down
        return own | self.deny_any | self.says(-sign)

    def proposes(self, sign: int) -> set[str]:
        """Evidence of algorithms for this sign (0: any)."""
        if sign == 0:
            return self.proposed_up | self.proposed_down | self.proposed_any
        return self.proposed_up if sign > 0 else self.proposed_down


class Facts:
    """Reads of one store, remembered for the length of one answer."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._entities: dict[str, Entity | None] = {}
        self._publications: dict[str, Publication | None] = {}
        self._readings: dict[str, Reading] = {}

    def entity(self, id: str) -> Entity | None:
        """Return an entity."""
        if id not in self._entities:
            self._entities[id] = self.store.entity(id)
        return self._entities[id]

    def name(self, id: str) -> str:
        """Return an entity's name, or its id where it has none."""
        entity = self.entity(id)
        return entity.name if entity is not None and entity.name else id

    def publication(self, id: str) -> Publication | None:
        """Return a publication, if the store knows it."""
        if not id:
            return None
        if id not in self._publications:
            self._publications[id] = self.store.publication(id)
        return self._publications[id]

    def retracted(self, evidence: Evidence) -> bool:
        """Whether the evidence comes from a retracted publication."""
        publication = self.publication(evidence.publication)
        return publication is not None and publication.retracted

    def reading(self, statement: Statement) -> Reading:
        """Return a statement's evidence, split."""
        if statement.id not in self._readings:
            every = sorted(self.store.evidences_of(statement.id), key=lambda e: e.id)
            gone = [e for e in every if self.retracted(e)]
            kept = [e for e in every if not self.retracted(e)]
            self._readings[statement.id] = Reading(
                statement,
                tuple(e for e in kept if e.supports),
                tuple(e for e in kept if not e.supports),
                tuple(gone),
            )
        return self._readings[statement.id]

    def snapshot(self, ids: Iterable[str]) -> str:
        """Return a hash of the statements around some entities, with their status and belief."""
        rows = self.store.read(
            "UNWIND $ids AS wanted MATCH (e:Entity {id: wanted})<-[:SUBJECT|OBJECT]-(s:Statement) "
            "RETURN DISTINCT s.id AS id, s.status AS status, s.belief AS belief",
            {"ids": sorted(set(ids))},
            max_rows=None,
        ).rows
        kept = sorted([r["id"], r["status"], round(float(r["belief"] or 0), 4)] for r in rows)
        return content_hash("snap", kept)

    def between(self, subject: str, object: str) -> list[Statement]:
        """Return the statements from one entity to another, and symmetric ones either way round,
        strongest first."""
        there = self.store.statements_between([subject], [object])
        back = self.store.statements_between([object], [subject])
        found = there + [s for s in back if s.predicate.info.symmetric]
        return sorted(found, key=lambda s: (-s.belief, s.id))

    def tally(self, statements: Iterable[Statement]) -> tuple[Tally, set[str]]:
        """Count the sources of the statements of one pair; also return the evidence counted."""
        tally, counted = Tally(), set()
        for statement in statements:
            if statement.status is Status.REFUTED:
                continue
            reading = self.reading(statement)
            for evidence in (*reading.support, *reading.against):
                if _count(tally, statement, evidence):
                    counted.add(evidence.id)
        return tally, counted


def _count(tally: Tally, statement: Statement, evidence: Evidence) -> bool:
    source = evidence.publication or evidence.id
    sign = statement.sign
    if evidence.rung.by_algorithm:
        if evidence.supports and statement.causal:
            box = {1: tally.proposed_up, -1: tally.proposed_down}.get(sign, tally.proposed_any)
            box.add(evidence.id)
            return True
        return False
    if not statement.causal or evidence.rung is Rung.ASSOCIATION:
        if evidence.supports:
            tally.associated.add(source)
        return evidence.supports
    if evidence.supports:
        box = {1: tally.up, -1: tally.down}.get(sign, tally.unsigned)
    else:
        box = {1: tally.deny_up, -1: tally.deny_down}.get(sign, tally.deny_any)
    box.add(source)
    return True
