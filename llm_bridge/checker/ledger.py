"""The checker's own view of a store: its own Cypher, its own counting.

Everything goes through ``Store.read``, which the engine itself keeps read-only. Ids of statements
and evidences are recomputed from their content, so an edited node is not believed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graph.belief import belief
from graph.model import Evidence, Predicate, Statement, Status, content_hash
from graph.store import Store
from graph.stores.rows import evidence_from, statement_from

__all__ = ["CAUSAL", "FIRM", "SYMMETRIC", "Held", "Ledger", "Record"]

CAUSAL = sorted(p.value for p in Predicate if p.info.causal)
SYMMETRIC = sorted(p.value for p in Predicate if p.info.symmetric)
FIRM = [Status.ASSERTED.value, Status.CURATED.value]

_PAIR = (
    "MATCH (a:Entity {id: $a})<-[:SUBJECT]-(s:Statement)-[:OBJECT]->(b:Entity {id: $b}) "
    "RETURN s.id AS id"
)


@dataclass(frozen=True, slots=True)
class Held:
    """One piece of evidence as the store holds it now."""

    evidence: Evidence
    supports: bool
    statement: str
    publication: str
    year: int | None
    retracted: bool
    sound: bool
    """whether its id is the hash of its content and its edges agree with its properties"""


@dataclass(frozen=True, slots=True)
class Record:
    """A statement as the store holds it now, with all of its evidence."""

    statement: Statement
    held: tuple[Held, ...]
    sound: bool

    @property
    def belief(self) -> float:
        """Belief recomputed from the evidence."""
        gone = {h.publication for h in self.held if h.retracted}
        return round(belief((h.evidence for h in self.held), gone), 4)

    def counted(self, *, supports: bool) -> list[Held]:
        """Evidence on one side, retracted publications left out."""
        return [h for h in self.held if h.supports is supports and not h.retracted]


class Ledger:
    """Reads of one store for the length of one check."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._records: dict[str, Record] = {}
        self._names: dict[str, str | None] = {}
        self._evidence: dict[str, Held] = {}
        self._titles: dict[str, str] = {}
        self._read: dict[str, list[dict[str, Any]]] = {}

    def _rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        key = query + json.dumps(parameters, sort_keys=True)
        if key not in self._read:
            found = self.store.read(query, parameters, max_rows=None, timeout=60.0)
            self._read[key] = found.rows
        return self._read[key]

    def name(self, id: str) -> str | None:
        """Return an entity's name (its id if it has none), or None if the store lacks it."""
        if id not in self._names:
            rows = self._rows("MATCH (e:Entity {id: $id}) RETURN e.name AS name", id=id)
            self._names[id] = (rows[0]["name"] or id) if rows else None
        return self._names[id]

    def title(self, publication: str) -> str:
        """Return a publication's title, or an empty text."""
        if publication in self._titles:
            return self._titles[publication]
        if not publication:
            return ""
        rows = self._rows("MATCH (p:Publication {id: $id}) RETURN p.title AS title", id=publication)
        return str(rows[0]["title"] or "") if rows else ""

    def category(self, id: str) -> str:
        """Return an entity's category, or an empty text."""
        rows = self._rows("MATCH (e:Entity {id: $id}) RETURN e.category AS category", id=id)
        return str(rows[0]["category"] or "") if rows else ""

    def records(self, ids: Iterable[str]) -> list[Record]:
        """Return the statements that exist, with their evidence, by id."""
        wanted = sorted(set(ids))
        fresh = [i for i in wanted if i not in self._records]
        if fresh:
            self._load(fresh)
        return [self._records[i] for i in wanted if i in self._records]

    def record(self, id: str) -> Record | None:
        """Return one statement."""
        found = self.records([id])
        return found[0] if found else None

    def _load(self, ids: list[str]) -> None:
        evidence: dict[str, list[Held]] = {}
        rows = self._rows(
            "UNWIND $ids AS wanted MATCH (s:Statement {id: wanted})<-[r:SUPPORTS|CONTRADICTS]-(e:Evidence) "
            "OPTIONAL MATCH (e)-[:REPORTED_IN]->(p:Publication) "
            "RETURN wanted, type(r) AS side, e, p.id AS paper, p.year AS year, p.retracted AS retracted, p.title AS title",
            ids=ids,
        )
        for row in rows:
            held_one = _held(row)
            evidence.setdefault(row["wanted"], []).append(held_one)
            self._evidence[row["e"]["id"]] = held_one
            self._titles[held_one.publication] = row["title"] or ""
        rows = self._rows(
            # from the statement outwards: a pattern that begins at an entity scans every entity
            "UNWIND $ids AS wanted MATCH (s:Statement {id: wanted})-[:SUBJECT]->(a:Entity) "
            "MATCH (s)-[:OBJECT]->(b:Entity) "
            "RETURN wanted, s, a.id AS subject, b.id AS object",
            ids=ids,
        )
        for row in rows:
            statement = statement_from(row["s"])
            ends = {row["subject"], row["object"]}
            sound = statement.id == row["wanted"] and ends == {statement.subject, statement.object}
            held = tuple(sorted(evidence.get(row["wanted"], ()), key=lambda h: h.evidence.id))
            self._records[row["wanted"]] = Record(statement, held, sound)

    def evidence(self, id: str) -> Held | None:
        """Return one piece of evidence."""
        if id in self._evidence:
            return self._evidence[id]
        rows = self._rows(
            "MATCH (e:Evidence {id: $id})-[r:SUPPORTS|CONTRADICTS]->(s:Statement) "
            "OPTIONAL MATCH (e)-[:REPORTED_IN]->(p:Publication) "
            "RETURN s.id AS wanted, type(r) AS side, e, p.id AS paper, p.year AS year, p.retracted AS retracted",
            id=id,
        )
        return _held(rows[0]) if rows else None

    def pair(self, a: str, b: str) -> list[Record]:
        """Return the statements from a to b, and symmetric ones from b to a."""
        ids = {r["id"] for r in self._rows(_PAIR, a=a, b=b)}
        ids |= {
            r["id"]
            for r in self._rows(_PAIR + ", s.predicate AS p", a=b, b=a)
            if r["p"] in SYMMETRIC
        }
        return self.records(ids)

    def around(self, id: str, *, subject: bool) -> list[Record]:
        """Return all statements that have the entity as their subject (or object)."""
        role = "SUBJECT" if subject else "OBJECT"
        rows = self._rows(
            f"MATCH (:Entity {{id: $id}})<-[:{role}]-(s:Statement) RETURN s.id AS id", id=id
        )
        return self.records(r["id"] for r in rows)

    def firm(self, id: str, *, out: bool) -> set[str]:
        """Entities one firm causal statement away, believed at all."""
        near, far = ("SUBJECT", "OBJECT") if out else ("OBJECT", "SUBJECT")
        rows = self._rows(
            f"MATCH (:Entity {{id: $id}})<-[:{near}]-(s:Statement)-[:{far}]->(b:Entity) "
            "WHERE s.predicate IN $causal AND s.status IN $firm AND s.belief > 0 RETURN DISTINCT b.id AS id",
            id=id,
            causal=CAUSAL,
            firm=FIRM,
        )
        return {r["id"] for r in rows}

    def links(
        self, starts: Iterable[str] | None, ends: Iterable[str] | None
    ) -> dict[tuple[str, str], int]:
        """Pairs with a firm causal statement, and of how many signs; one side may be left open."""
        near, far = ("SUBJECT", "OBJECT") if starts is not None else ("OBJECT", "SUBJECT")
        rows = self._rows(
            f"UNWIND $ids AS wanted MATCH (:Entity {{id: wanted}})<-[:{near}]-(s:Statement)-[:{far}]->(b:Entity) "
            "WHERE s.predicate IN $causal AND s.status IN $firm AND s.belief > 0 "
            "RETURN DISTINCT wanted, b.id AS other, s.sign AS sign",
            ids=sorted(starts if starts is not None else ends or ()),
            causal=CAUSAL,
            firm=FIRM,
        )
        found: dict[tuple[str, str], int] = {}
        kept = set(ends) if starts is not None and ends is not None else None
        for row in rows:
            if kept is None or row["other"] in kept:
                a, b = row["wanted"], row["other"]
                pair = (a, b) if starts is not None else (b, a)
                found[pair] = found.get(pair, 0) + 1
        return found

    def measuring(self, x: str, y: str) -> bool:
        """Whether a registered dataset has columns for both entities."""
        rows = self._rows(
            "MATCH (v:Variable) WHERE v.entity IN $both RETURN v.dataset AS dataset, v.entity AS entity",
            both=sorted({x, y}),
        )
        sides = [{r["dataset"] for r in rows if r["entity"] == id} for id in (x, y)]
        return bool(sides[0] & sides[1])

    def joined(self, starts: Iterable[str], ends: set[str]) -> bool:
        """Whether a firm causal statement leads from one of ``starts`` to one of ``ends``."""
        return any(self.firm(start, out=True) & ends - {start} for start in sorted(starts))

    def onto(self, ids: Iterable[str], *, min_belief: float) -> list[tuple[str, str, str]]:
        """Return (statement, subject, object) of the firm causal statements on these entities."""
        rows = self._rows(
            "UNWIND $ids AS wanted "
            "MATCH (b:Entity {id: wanted})<-[:OBJECT]-(s:Statement)-[:SUBJECT]->(a:Entity) "
            "WHERE s.predicate IN $causal AND s.status IN $firm AND s.belief >= $least "
            "RETURN s.id AS id, a.id AS a, b.id AS b",
            ids=sorted(set(ids)),
            causal=CAUSAL,
            firm=FIRM,
            least=min_belief,
        )
        return sorted((r["id"], r["a"], r["b"]) for r in rows)

    def snapshot(self, ids: Iterable[str]) -> str:
        """Return a hash of the statements around some entities, with their status and belief."""
        seen: dict[str, list[Any]] = {}
        for id in sorted(set(ids)):
            for role in ("SUBJECT", "OBJECT"):
                rows = self._rows(
                    f"MATCH (:Entity {{id: $id}})<-[:{role}]-(s:Statement) "
                    "RETURN s.id AS id, s.status AS status, s.belief AS belief",
                    id=id,
                )
                seen.update(
                    (r["id"], [r["id"], r["status"], round(float(r["belief"] or 0), 4)])
                    for r in rows
                )
        return content_hash("snap", [seen[k] for k in sorted(seen)])

    def dataset(self, id: str) -> Mapping[str, Any] | None:
        """Return a registered dataset with its variables."""
        rows = self._rows(
            "MATCH (d:Dataset {id: $id}) RETURN d.name AS name, d.path AS path, d.hash AS hash, d.rows AS rows",
            id=id,
        )
        if not rows:
            return None
        variables = self._rows(
            "MATCH (v:Variable {dataset: $id}) "
            "RETURN v.`column` AS `column`, v.entity AS entity, v.unit AS unit ORDER BY v.n",
            id=id,
        )
        return {**rows[0], "variables": variables}


def _held(row: Mapping[str, Any]) -> Held:
    evidence = evidence_from(row["e"])
    supports = row["side"] == "SUPPORTS"
    paper = row["paper"] or ""
    sound = (
        evidence.id == row["e"]["id"]
        and evidence.statement == row["wanted"]
        and evidence.negated is not supports
        and evidence.publication == paper
    )
    for span in (evidence.subject_span, evidence.object_span, evidence.trigger_span):
        sound = sound and (span is None or 0 <= span[0] < span[1] <= len(evidence.text))
    year = row["year"]
    return Held(
        evidence,
        supports,
        row["wanted"],
        evidence.publication,
        int(year) if year is not None else None,
        bool(row["retracted"]),
        sound,
    )
