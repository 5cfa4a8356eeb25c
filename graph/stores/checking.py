"""Looking for damage: what the engine finds in its files, and what must hold of every graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from graph.errors import InputError
from graph.model import Predicate
from graph.store import CheckReport
from graph.stores.rows import evidence_from, statement_from

if TYPE_CHECKING:
    from graph.stores.cypher import CypherStore

__all__ = ["check"]

_SHOWN = 100
"""problems reported at most, so that a ruined store does not fill the screen"""


def _ends(
    store: CypherStore, label: str, types: str, other: str, ids: list[str], *, reverse: bool = False
) -> dict[str, list[tuple[str, str]]]:
    """Return (type, id at the other end) of the relationships of nodes, by their id."""
    arrow = f"<-[r:{types}]-" if reverse else f"-[r:{types}]->"
    found: dict[str, list[tuple[str, str]]] = {}
    for row in store.engine.run(
        f"UNWIND $ids AS wanted MATCH (n:{label} {{id: wanted}}){arrow}(m:{other}) "
        "RETURN n.id AS id, type(r) AS type, m.id AS other",
        ids=ids,
    ):
        found.setdefault(row["id"], []).append((row["type"], row["other"]))
    return found


def check(store: CypherStore) -> CheckReport:
    """Check a store; see :meth:`graph.store.Store.check`. Reads everything once, by pages."""
    problems: list[str] = list(store.engine.engine_check())
    counts: Counter[str] = Counter()

    def report(problem: str) -> None:
        if len(problems) < _SHOWN:
            problems.append(problem)

    expected = _statements(store, counts, report)
    _projections(store, expected, counts, report)
    _evidences(store, counts, report)
    for label in ("Entity", "Publication", "Decision", "Dataset", "Variable", "Notice"):
        for page in store.pages(label):
            counts[label] += len(page)
            for row in page:
                if not row["id"]:
                    report(f"a node with the label {label} has no id")
    for label in ("Entity", "Publication", "Statement", "Evidence"):
        row = store.engine.run(f"MATCH (n:{label}) RETURN count(*) AS count")[0]
        if int(row["count"]) != counts[label]:
            report(
                f"the index on {label}.id finds {counts[label]} nodes of {row['count']}: "
                "some have no id or the index is damaged"
            )
    return CheckReport(dict(sorted(counts.items())), tuple(problems))


def _statements(
    store: CypherStore, counts: Counter[str], report: Callable[[str], None]
) -> dict[str, tuple[Any, ...]]:
    expected: dict[str, tuple[Any, ...]] = {}
    for page in store.pages("Statement"):
        counts["Statement"] += len(page)
        ids = [row["id"] for row in page]
        subjects = _ends(store, "Statement", "SUBJECT", "Entity", ids)
        objects = _ends(store, "Statement", "OBJECT", "Entity", ids)
        for row in page:
            id = row["id"]
            try:
                if statement_from(row).id != id:
                    report(f"statement {id}: its id is not the hash of its content")
            except (InputError, ValueError, KeyError, TypeError) as error:
                report(f"statement {id} cannot be read: {error}")
                continue
            for name, ends in (("subject", subjects), ("object", objects)):
                found = [other for _, other in ends.get(id, ())]
                if found != [row[name]]:
                    report(f"statement {id}: its {name} is {row[name]} but it is tied to {found}")
            expected[id] = (
                Predicate(row["predicate"]).relationship,
                row["subject"],
                row["object"],
                row["sign"],
                row["belief"],
                row["status"],
            )
    return expected


def _projections(
    store: CypherStore,
    expected: Mapping[str, tuple[Any, ...]],
    counts: Counter[str],
    report: Callable[[str], None],
) -> None:
    seen: set[str] = set()
    types = "|".join(sorted(p.relationship for p in Predicate))
    for page in store.pages("Entity"):
        for row in store.engine.run(
            f"UNWIND $ids AS wanted MATCH (a:Entity {{id: wanted}})-[r:{types}]->(b:Entity) "
            "RETURN r.statement AS statement, type(r) AS type, a.id AS subject, b.id AS object, "
            "r.sign AS sign, r.belief AS belief, r.status AS status",
            ids=[row["id"] for row in page],
        ):
            counts["projected"] += 1
            id = row["statement"]
            names = ("type", "subject", "object", "sign", "belief", "status")
            found = tuple(row[n] for n in names)
            if id not in expected:
                report(f"a {row['type']} relationship projects statement {id}, which is not there")
            elif found != expected[id]:
                report(f"statement {id} is projected as {found}, not as {expected[id]}")
            if id in seen:
                report(f"statement {id} is projected more than once")
            seen.add(id)
    for id in sorted(set(expected) - seen):
        report(f"statement {id} is not projected")


def _evidences(store: CypherStore, counts: Counter[str], report: Callable[[str], None]) -> None:
    for page in store.pages("Evidence"):
        counts["Evidence"] += len(page)
        ids = [row["id"] for row in page]
        statements = _ends(store, "Evidence", "SUPPORTS|CONTRADICTS", "Statement", ids)
        publications = _ends(store, "Evidence", "REPORTED_IN", "Publication", ids)
        for row in page:
            id = row["id"]
            try:
                if evidence_from(row).id != id:
                    report(f"evidence {id}: its id is not the hash of its content")
            except (InputError, ValueError, KeyError, TypeError) as error:
                report(f"evidence {id} cannot be read: {error}")
                continue
            wanted = [("CONTRADICTS" if row["negated"] else "SUPPORTS", row["statement"])]
            if statements.get(id, []) != wanted:
                report(f"evidence {id} should be tied by {wanted[0]}: {statements.get(id, [])}")
            reported = [other for _, other in publications.get(id, ())]
            if reported != ([row["publication"]] if row["publication"] else []):
                report(f"evidence {id} is of {row['publication']!r} but reported in {reported}")
