"""The store: everything both databases share, which is nearly everything."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, TypeVar

from graph.dataset import DatasetRecord
from graph.errors import InputError, StoreError, UsageError
from graph.model import Batch, Entity, Evidence, Predicate, Publication, Rung, Statement, Status
from graph.store import CheckReport, Decision, ReadResult, Store, WriteCounts
from graph.stores import searching
from graph.stores.engine import Engine
from graph.stores.migrations import ensure_schema
from graph.stores.rows import (
    dataset_from,
    dataset_row,
    decision_from,
    decision_row,
    entity_from,
    evidence_from,
    publication_from,
    statement_from,
    variable_rows,
)
from graph.stores.writing import Writer, chunks, columns, properties

__all__ = ["FIELDS", "CypherStore"]

T = TypeVar("T")

FIELDS: Mapping[str, tuple[str, ...]] = {
    "Entity": ("id", "name", "category", "synonyms", "xrefs"),
    "Publication": ("id", "title", "year", "journal", "doi", "types", "retracted", "retraction", "notices"),
    "Statement": ("id", "subject", "predicate", "object", "sign", "qualifiers", "status", "belief"),
    "Evidence": (
        "id", "statement", "rung", "source", "extractor", "version", "publication", "section",
        "text", "start", "end", "subject_span", "object_span", "trigger_span", "negated", "hedged",
        "score", "details",
    ),
    "Decision": ("id", "statement", "action", "who", "why", "at", "position"),
    "Dataset": ("id", "name", "path", "hash", "rows", "source", "license"),
    "Variable": ("id", "dataset", "position", "column", "entity", "unit", "description"),
    "Notice": ("id", "notice"),
}  # fmt: skip
"""Properties of each kind of node, as they are read."""


def select(label: str) -> str:
    """Return the RETURN list of a node ``n`` with this label."""
    # back-quoted: some names (start, end, column) are words of Cypher
    return ", ".join(f"n.`{name}` AS `{name}`" for name in FIELDS[label])


class CypherStore(Store):
    """A store over an engine. Made by :func:`graph.stores.open_store`.

    Raises:
        StoreVersionError: if a newer etiograph wrote it.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.backend = engine.backend
        self._closed = False
        try:
            self._meta = ensure_schema(engine)
            engine.ready()
        except BaseException:
            engine.close()
            raise

    @property
    def store_id(self) -> str:
        return self._meta.store_id

    @property
    def where(self) -> str:
        """The folder or address of the store."""
        return self.engine.where

    def _write(self, work: Callable[[Writer], T]) -> T:
        self._check_open()
        return self.engine.write(lambda tx: work(Writer(self.engine, tx)))

    def _run(self, cypher: str, **params: Any) -> list[dict[str, Any]]:
        self._check_open()
        return self.engine.run(cypher, **params)

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("the store is closed", where=self.where, hint="Open it again.")

    # writing -----------------------------------------------------------------------------

    def write(self, batch: Batch) -> WriteCounts:
        return self._write(lambda writer: writer.write(batch))

    def remove_publication_evidence(
        self, publications: Sequence[str], *, keep: Iterable[str] = (), extractor: str | None = None
    ) -> WriteCounts:
        kept = frozenset(keep)
        return WriteCounts(
            removed=self._write(lambda w: w.remove_evidence(publications, kept, extractor))
        )

    def set_retracted(self, notices: Mapping[str, str]) -> WriteCounts:
        return WriteCounts(updated=self._write(lambda writer: writer.retract(notices)))

    def decide(self, decision: Decision) -> Statement:
        if decision.action not in ("accept", "reject", "undo"):
            raise UsageError(
                f"a decision is 'accept', 'reject' or 'undo', not {decision.action!r}",
                where=decision.statement,
            )
        at = decision.at or datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        made = Decision(decision.statement, decision.action, decision.who, decision.why, at)

        def work(writer: Writer) -> None:
            if not writer.rows("Statement", [made.statement], []):
                raise InputError(
                    f"there is no statement {made.statement!r}",
                    hint="`etiograph proposals list` shows the ids of proposed statements.",
                )
            if made.action == "undo" and not writer.latest_actions([made.statement]):
                raise InputError(
                    f"nobody has decided about {made.statement}, so there is nothing to undo"
                )
            last = writer.tx.run("MATCH (d:Decision) RETURN max(d.position) AS last")
            row = decision_row(made, int((last[0]["last"] if last else None) or 0) + 1)
            self.create_decisions(writer, [row])

        self._write(work)
        found = self.statement(made.statement)
        if found is None:
            raise StoreError(f"statement {made.statement} went away while it was decided")
        return found

    @staticmethod
    def create_decisions(writer: Writer, rows: list[dict[str, Any]]) -> int:
        """Write decision rows that are not there yet and what follows from them."""
        old = writer.rows("Decision", [r["id"] for r in rows], [])
        new = [r for r in rows if r["id"] not in old]
        for part in chunks(new):
            writer.tx.run(
                f"UNWIND $rows AS row CREATE (d:Decision {properties(part[0])})", rows=part
            )
            writer.tx.run(
                "UNWIND $rows AS row MATCH (d:Decision {id: row.id}) "
                "MATCH (s:Statement {id: row.statement}) CREATE (d)-[:DECIDES]->(s)",
                rows=part,
            )
        writer.refresh({r["statement"] for r in new})
        return len(new)

    def register_dataset(self, record: DatasetRecord) -> None:
        self._write(lambda writer: self.create_dataset(writer, record))

    @staticmethod
    def create_dataset(writer: Writer, record: DatasetRecord) -> bool:
        """Write a dataset and its variables; False if it was there, unchanged."""
        bound = {v.entity for v in record.variables if v.entity}
        missing = bound - set(writer.rows("Entity", bound, []))
        if missing:
            raise InputError(
                f"the bindings of {record.name!r} name entities that are not in the store: "
                + ", ".join(sorted(missing)),
                where=record.path or record.name,
                hint="Write these entities first, or leave their columns unbound.",
            )
        row, variables = dataset_row(record), variable_rows(record)
        old = writer.rows("Dataset", [record.id], FIELDS["Dataset"][1:])
        if old:
            there = writer.tx.run(
                f"MATCH (n:Variable) WHERE n.dataset = $id RETURN {select('Variable')}",
                id=record.id,
            )
            if dataset_from(old[record.id], there) == record:
                return False
            writer.tx.run(
                "MATCH (d:Dataset {id: $id})-[:HAS_VARIABLE]->(v:Variable) DETACH DELETE v",
                id=record.id,
            )
            writer.tx.run("MATCH (d:Dataset {id: $id}) DETACH DELETE d", id=record.id)
        writer.tx.run(f"UNWIND $rows AS row CREATE (d:Dataset {properties(row)})", rows=[row])
        if variables:
            writer.tx.run(
                "UNWIND $rows AS row MATCH (d:Dataset {id: row.dataset}) "
                f"CREATE (v:Variable {properties(variables[0])}) CREATE (d)-[:HAS_VARIABLE]->(v)",
                rows=variables,
            )
        linked = [v for v in variables if v["entity"]]
        if linked:
            writer.tx.run(
                "UNWIND $rows AS row MATCH (v:Variable {id: row.id}) "
                "MATCH (e:Entity {id: row.entity}) CREATE (v)-[:MEASURES]->(e)",
                rows=linked,
            )
        return True

    # reading -----------------------------------------------------------------------------

    def read(
        self,
        cypher: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        max_rows: int | None = 10_000,
        timeout: float | None = 30.0,
    ) -> ReadResult:
        self._check_open()
        return self.engine.read(cypher, parameters or {}, max_rows=max_rows, timeout=timeout)

    def _one(self, label: str, id: str) -> dict[str, Any] | None:
        rows = self._run(f"MATCH (n:{label} {{id: $id}}) RETURN {select(label)}", id=id)
        return rows[0] if rows else None

    def entity(self, id: str) -> Entity | None:
        row = self._one("Entity", id)
        return entity_from(row) if row else None

    def statement(self, id: str) -> Statement | None:
        row = self._one("Statement", id)
        return statement_from(row) if row else None

    def evidence(self, id: str) -> Evidence | None:
        row = self._one("Evidence", id)
        return evidence_from(row) if row else None

    def publication(self, id: str) -> Publication | None:
        row = self._one("Publication", id)
        return publication_from(row) if row else None

    def evidences_of(self, statement: str) -> list[Evidence]:
        rows = self._run(
            "MATCH (s:Statement {id: $id})<-[:SUPPORTS|CONTRADICTS]-(n:Evidence) "
            f"RETURN {select('Evidence')}",
            id=statement,
        )
        return [evidence_from(row) for row in sorted(rows, key=lambda r: str(r["id"]))]

    def statements_between(
        self,
        subjects: Iterable[str] | None = None,
        objects: Iterable[str] | None = None,
        *,
        min_belief: float = 0.0,
        statuses: Iterable[Status] | None = None,
    ) -> list[Statement]:
        wanted = {Status(s) for s in statuses} if statuses is not None else None
        ends = set(objects) if objects is not None else None
        found: Iterable[Statement]
        if subjects is not None:
            found = self._statements_at("SUBJECT", set(subjects))
        elif ends is not None:
            found = self._statements_at("OBJECT", ends)
        else:
            found = self.statements()
        kept = [
            s
            for s in found
            if s.belief >= min_belief
            and (wanted is None or s.status in wanted)
            and (ends is None or s.object in ends)
        ]
        return sorted(kept, key=lambda s: (-s.belief, s.id))

    def _statements_at(self, rel_type: str, ids: Collection[str]) -> Iterator[Statement]:
        for part in chunks(sorted(ids), 500):
            for row in self._run(
                "UNWIND $ids AS wanted "
                f"MATCH (e:Entity {{id: wanted}})<-[:{rel_type}]-(n:Statement) "
                f"RETURN {select('Statement')}",
                ids=part,
            ):
                yield statement_from(row)

    def search_entities(self, text: str, *, limit: int = 10) -> list[tuple[Entity, float]]:
        self._check_open()
        return searching.search(self.engine, text, limit, select("Entity"))

    def datasets(self) -> list[DatasetRecord]:
        variables = self._run(f"MATCH (n:Variable) RETURN {select('Variable')}")
        rows = self._run(f"MATCH (n:Dataset) RETURN {select('Dataset')}")
        return [
            dataset_from(row, [v for v in variables if v["dataset"] == row["id"]])
            for row in sorted(rows, key=lambda r: str(r["id"]))
        ]

    def pages(self, label: str) -> Iterator[list[dict[str, Any]]]:
        """Stream all nodes with a label by id, a page of rows at a time."""
        last = ""
        while True:
            rows = self._run(
                f"MATCH (n:{label}) WHERE n.id > $last RETURN {select(label)} "
                "ORDER BY n.id LIMIT $page",
                last=last, page=self.engine.page,
            )  # fmt: skip
            if rows:
                yield rows
            if len(rows) < self.engine.page:
                return
            last = rows[-1]["id"]

    def _all(self, label: str) -> Iterator[dict[str, Any]]:
        for page in self.pages(label):
            yield from page

    def entities(self) -> Iterator[Entity]:
        return map(entity_from, self._all("Entity"))

    def publications(self) -> Iterator[Publication]:
        return map(publication_from, self._all("Publication"))

    def statements(self) -> Iterator[Statement]:
        return map(statement_from, self._all("Statement"))

    def evidences(self) -> Iterator[Evidence]:
        return map(evidence_from, self._all("Evidence"))

    def decisions(self, statement: str | None = None) -> list[Decision]:
        where = "" if statement is None else " {statement: $statement}"
        rows = self._run(
            f"MATCH (n:Decision{where}) RETURN {select('Decision')}", statement=statement
        )
        return [decision_from(row) for row in sorted(rows, key=lambda r: int(r["position"]))]

    def schema(self) -> dict[str, list[str]]:
        labels = {r["label"] for r in self._run("CALL db.labels() YIELD label RETURN label")}
        types = self._run("CALL db.relationshipTypes() YIELD relationshipType AS type RETURN type")
        names = {name for fields in FIELDS.values() for name in fields}
        return {
            "labels": sorted(labels - {"Meta"}),
            "relationship_types": sorted({r["type"] for r in types}),
            "properties": sorted(names),
        }

    def stats(self) -> dict[str, Any]:
        def count(label: str, *names: str) -> dict[tuple[Any, ...], int]:
            rows = self._run(
                f"MATCH (n:{label}) RETURN " + "".join(columns("n", [x]) + ", " for x in names)
                + "count(*) AS count"
            )  # fmt: skip
            return {tuple(r[x] for x in names): int(r["count"]) for r in rows}

        statements = count("Statement", "predicate", "status")
        publications = count("Publication", "retracted")

        def by(n: int, order: Iterable[str]) -> dict[str, int]:
            sums = {k: sum(c for key, c in statements.items() if key[n] == k) for k in order}
            return {k: c for k, c in sums.items() if c}

        return {
            "entities": dict(sorted((k[0], c) for k, c in count("Entity", "category").items())),
            "statements": {
                "predicate": by(0, (p.value for p in Predicate)),
                "status": by(1, (s.value for s in Status)),
            },
            "evidences": {
                r.value: c for r in Rung if (c := count("Evidence", "rung").get((r.value,), 0))
            },
            "publications": sum(publications.values()),
            "retracted": publications.get((True,), 0),
            "datasets": sum(count("Dataset").values()),
        }

    # moving and checking -----------------------------------------------------------------

    def export(self, out: IO[str]) -> int:
        from graph.stores.transfer import export

        return export(self, out)

    def import_(self, lines: Iterable[str], *, name: str = "<import>") -> WriteCounts:
        from graph.stores.transfer import import_lines

        return import_lines(self, lines, name)

    def check(self) -> CheckReport:
        from graph.stores.checking import check

        return check(self)

    def in_transaction(self, work: Callable[[Writer], T]) -> T:
        """Run ``work`` in one transaction (for the modules beside this one)."""
        return self._write(work)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self.engine.close()
