"""What runs changed in the graph: statements before and after, and the papers behind it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from graph.errors import InputError, UsageError
from graph.model import sign_symbol
from graph.store import Store
from ingest.jobs.records import StatementChange
from ingest.ledger import Ledger

__all__ = ["Changes", "changes"]

_PROPOSED = "proposed"
_OTHER_CAUSES = frozenset({"retraction", "correction", "deletion"})
_REPORTED = (
    "UNWIND $ids AS wanted MATCH (p:Publication {id: wanted})<-[:REPORTED_IN]-(e:Evidence) "
    "WITH DISTINCT p.id AS publication, e.statement AS wanted MATCH (s:Statement {id: wanted}) "
    "RETURN publication, s.id AS id, s.subject AS subject, s.predicate AS predicate, "
    "s.object AS object, s.sign AS sign, s.belief AS belief, s.status AS status"
)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a range of runs changed; ``causes`` are (run, kind, publication, detail). Kinds are
    ``retraction``, ``correction`` (another text), ``deletion`` and those of
    :attr:`graph.model.Publication.notices`."""

    runs: tuple[int, ...]
    statements: tuple[StatementChange, ...]
    causes: tuple[tuple[int, str, str, str], ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    """entity id -> name"""
    concerned: tuple[tuple[str, StatementChange], ...] = ()
    """(publication, statement as it stands) of what was reported in papers that got a notice"""

    @property
    def added(self) -> tuple[StatementChange, ...]:
        """Statements that were not there before."""
        return tuple(s for s in self.statements if s.status_before is None)

    @property
    def removed(self) -> tuple[StatementChange, ...]:
        """Statements that are gone: no evidence is left."""
        return tuple(s for s in self.statements if s.status_after is None)

    @property
    def moved(self) -> tuple[StatementChange, ...]:
        """Statements whose belief or status is another."""
        return tuple(
            s for s in self.statements if s.status_before is not None and s.status_after is not None
        )

    @property
    def proposals(self) -> tuple[StatementChange, ...]:
        """Those of the statements that are, or were, proposals."""
        return tuple(s for s in self.statements if _PROPOSED in (s.status_before, s.status_after))

    def sentence(self, change: StatementChange) -> str:
        """Return a statement as people read it."""
        subject = self.names.get(change.subject, change.subject)
        object = self.names.get(change.object, change.object)
        predicate = change.predicate.replace("_", " ")
        return f"{subject} {predicate} {object} ({sign_symbol(change.sign)})"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""

        def plain(s: StatementChange) -> dict[str, Any]:
            def state(belief: float | None, status: str | None) -> dict[str, Any] | None:
                return None if status is None else {"belief": belief, "status": status}

            return {
                "statement": s.statement, "text": self.sentence(s), "subject": s.subject,
                "predicate": s.predicate, "object": s.object, "sign": s.sign,
                "before": state(s.belief_before, s.status_before),
                "after": state(s.belief_after, s.status_after),
            }  # fmt: skip

        return {
            "runs": list(self.runs),
            "causes": [
                {"run": run, "kind": kind, "publication": id, "detail": detail}
                for run, kind, id, detail in self.causes
            ],
            "added": [plain(s) for s in self.added],
            "changed": [plain(s) for s in self.moved],
            "removed": [plain(s) for s in self.removed],
            "proposals": [plain(s) for s in self.proposals],
            "concerned": [{"publication": id, **plain(s)} for id, s in self.concerned],
        }


def changes(
    ledger: Ledger, store: Store, *, run: int | None = None, since: str | None = None
) -> Changes:
    """Return what one run, or every run since a date, changed; by default the last run that changed
    anything or, if none did, the last run.

    Args:
        since: ISO 8601, a date or a time (UTC unless it says otherwise).

    Raises:
        InputError: if there is no such run.
        UsageError: if the date is none, or both are given.
    """
    if run is not None and since is not None:
        raise UsageError("give a run or a date, not both")
    runs = [r.number for r in ledger.runs() if since is None or _at(r.started) >= _at(since)]
    if run is not None:
        if run not in runs:
            raise InputError(f"there is no run {run}", hint="`etiograph jobs list` shows the runs.")
        runs = [run]
    elif since is None:
        for number in reversed(runs):
            if ledger.changes(number, number) or _noticed(ledger.events(number, number)):
                runs = [number]
                break
        else:
            runs = runs[-1:]
    if not runs:
        return Changes((), ())
    found = ledger.changes(runs[0], runs[-1])
    causes = ledger.events(runs[0], runs[-1])
    concerned = _concerned(store, _noticed(causes))
    every = [*found, *(s for _, s in concerned)]
    ids = sorted({id for s in every for id in (s.subject, s.object)})
    return Changes(tuple(runs), tuple(found), tuple(causes), _names(store, ids), tuple(concerned))


def _noticed(causes: Iterable[tuple[int, str, str, str]]) -> list[str]:
    """The publications that got a notice which does not retract them."""
    return sorted({id for _, kind, id, _ in causes if kind not in _OTHER_CAUSES})


def _concerned(store: Store, publications: list[str]) -> list[tuple[str, StatementChange]]:
    found: list[tuple[str, StatementChange]] = []
    for start in range(0, len(publications), 5_000):
        part = {"ids": publications[start : start + 5_000]}
        for row in store.read(_REPORTED, part, max_rows=None, timeout=None).rows:
            now = row["belief"], row["status"]
            statement = StatementChange(
                row["id"], row["subject"], row["predicate"], row["object"], row["sign"], *now, *now
            )
            found.append((row["publication"], statement))
    return sorted(found, key=lambda item: (item[0], item[1].statement))


def _names(store: Store, ids: list[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    query = "UNWIND $ids AS wanted MATCH (n:Entity {id: wanted}) RETURN n.id AS id, n.name AS name"
    for start in range(0, len(ids), 5_000):
        part = {"ids": ids[start : start + 5_000]}
        rows = store.read(query, part, max_rows=None, timeout=None).rows
        names.update({row["id"]: row["name"] for row in rows})
    return names


def _at(text: str) -> datetime.datetime:
    try:
        at = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is not a date", hint="Write 2026-05-01 or 2026-05-01T12:00:00Z."
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=datetime.UTC)
