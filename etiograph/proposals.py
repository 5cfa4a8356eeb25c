"""Proposals as people see them: what was proposed, on what grounds, and what the literature says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graph.errors import UsageError
from graph.model import Statement, Status, sign_symbol
from graph.store import Store

if TYPE_CHECKING:
    from rich.table import Table

    from etiograph.api import KnowledgeGraph

__all__ = ["full_id", "proposals_table", "sentence", "summarise"]


def sentence(store: Store, statement: Statement) -> str:
    """Return a statement in words: ``RAF1 affects (+) MAP2K1``."""
    subject, object_ = (store.entity(i) for i in (statement.subject, statement.object))
    verb = statement.predicate.value.replace("_", " ")
    sign = f" ({sign_symbol(statement.sign)})" if statement.predicate.info.sign == 0 else ""
    return (
        f"{subject.name if subject else statement.subject} {verb}{sign} "
        f"{object_.name if object_ else statement.object}"
    )


def full_id(kg: KnowledgeGraph, start: str) -> str:
    """Return the one statement id that begins with ``start``.

    Raises:
        UsageError: if none does, or several do.
    """
    if kg.store.statement(start) is not None:
        return start
    found = [
        str(row["id"])
        for row in kg.store.read(
            "MATCH (s:Statement) WHERE s.id STARTS WITH $start RETURN s.id AS id ORDER BY id LIMIT 3",
            {"start": start},
        ).rows
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"several statements begin with {start!r}", hint="Give more of the id.")
    raise UsageError(
        f"no statement has the id {start!r}", hint="etiograph proposals list shows the ids."
    )


def summarise(kg: KnowledgeGraph) -> list[dict[str, Any]]:
    """Return one row a proposal: what, from where, how stable, what the literature says.

    ``literature`` counts the other, not proposed statements on the same pair in the same
    direction by how their sign compares: ``agrees``, ``contradicts`` or ``unsigned``.
    """
    rows = []
    for statement, evidences in kg.proposals():
        agrees = contradicts = unsigned = 0
        for other in kg.store.statements_between([statement.subject], [statement.object]):
            if other.status in (Status.PROPOSED, Status.REFUTED) or not other.causal:
                continue
            if 0 in (other.sign, statement.sign):
                unsigned += 1
            elif other.sign == statement.sign:
                agrees += 1
            else:
                contradicts += 1
        rows.append(
            {
                "statement": statement.id,
                "text": sentence(kg.store, statement),
                "subject": statement.subject,
                "object": statement.object,
                "sign": statement.sign,
                "belief": round(statement.belief, 4),
                "sources": [
                    {
                        "rung": e.rung.value,
                        "extractor": e.extractor,
                        "source": e.source,
                        "score": e.score,
                        **dict(e.details),
                    }
                    for e in evidences
                ],
                "literature": {
                    "agrees": agrees,
                    "contradicts": contradicts,
                    "unsigned": unsigned,
                },
            }
        )
    return rows


def proposals_table(rows: list[dict[str, Any]]) -> Table:
    """Return the rows of :func:`summarise` as a table."""
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for column in ("id", "proposal", "rung", "by", "stability", "belief", "literature"):
        table.add_column(column, justify="right" if column in ("stability", "belief") else "left")
    for row in rows:
        first = row["sources"][0] if row["sources"] else {}
        said = [f"{n} {word}" for word, n in row["literature"].items() if n]
        table.add_row(
            row["statement"][:11],
            row["text"],
            first.get("rung", ""),
            first.get("extractor", ""),
            f"{first['score']:.2f}" if first else "",
            f"{row['belief']:.2f}",
            ", ".join(said) or "silent",
        )
    return table
