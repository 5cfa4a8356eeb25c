"""What untrusted Cypher may not do, read off the engine's own plan, never off its words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from graph.errors import ReadOnlyError

__all__ = ["PROCEDURES", "check_plan"]

PROCEDURES = frozenset(
    {
        "db.index.fulltext.querynodes",
        "db.index.fulltext.queryrelationships",
        "db.index.vector.querynodes",
        "db.labels",
        "db.propertykeys",
        "db.relationshiptypes",
        "db.schema.nodetypeproperties",
        "db.schema.reltypeproperties",
        "db.schema.visualization",
    }
)
"""Procedures that untrusted Cypher may call, in lower case."""


def _refuse(what: str) -> ReadOnlyError:
    return ReadOnlyError(
        f"{what} is not allowed here",
        hint="Queries read the graph only; allowed procedures: " + ", ".join(sorted(PROCEDURES)),
    )


def _operators(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for child in plan.get("children") or ():
        yield from _operators(child)


_CALLED = re.compile(r"^\s*([A-Za-z0-9_.`]+)\s*\(")


def check_plan(plan: Mapping[str, Any]) -> None:
    """Refuse a Neo4j plan that reads a file or URL or calls a procedure not on the list.

    Raises:
        ReadOnlyError: naming what is refused.
    """
    for operator in _operators(plan):
        kind = str(operator.get("operatorType", "")).split("@")[0]
        if "LoadCSV" in kind:
            raise _refuse("LOAD CSV")
        if "ProcedureCall" in kind:
            details = str((operator.get("args") or {}).get("Details", ""))
            match = _CALLED.match(details)
            name = match.group(1).replace("`", "") if match else details
            if name.casefold() not in PROCEDURES:
                raise _refuse(f"the procedure {name}")
