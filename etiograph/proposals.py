"""Proposals as people see them: what was proposed, on what grounds, and what the literature says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graph.errors import UsageError
from graph.model import Evidence, Statement, Status, sign_symbol
from graph.store import Store

if TYPE_CHECKING:
    from rich.table import Table

    from etiograph.api import KnowledgeGraph

__all__ = [
    "conflicts", "conflicts_text", "full_id", "proposal_text", "proposals_table", "sentence", "show",
    "summarise",
]  # fmt: skip

_RELATIONS = ("agrees", "contradicts", "unsigned", "opposite")
_QUOTES = 3


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

    ``sources`` holds one entry an algorithm's run (rung, algorithm, engine, data hash, seed, stability ...).
    ``literature`` counts the other, not proposed causal statements on the same pair by how they compare:
    ``agrees``, ``contradicts`` (another sign), ``unsigned`` (one of the two has no sign or direction) or
    ``opposite`` (the other direction).
    """
    return [_row(kg.store, statement, evidences) for statement, evidences in kg.proposals()]


def _row(store: Store, statement: Statement, evidences: list[Evidence]) -> dict[str, Any]:
    counts = dict.fromkeys(_RELATIONS, 0)
    for _, relation in _literature(store, statement):
        counts[relation] += 1
    return {
        "statement": statement.id,
        "text": sentence(store, statement),
        "subject": statement.subject,
        "object": statement.object,
        "sign": statement.sign,
        "status": statement.status.value,
        "belief": round(statement.belief, 4),
        "sources": [_source(e) for e in evidences if e.rung.by_algorithm],
        "literature": counts,
    }


def _source(evidence: Evidence) -> dict[str, Any]:
    return {
        "rung": evidence.rung.value,
        "extractor": evidence.extractor,
        "source": evidence.source,
        "score": evidence.score,
        "supports": evidence.supports,
        **dict(evidence.details),
    }


def _literature(store: Store, statement: Statement) -> list[tuple[Statement, str]]:
    """Return the causal statements on the same pair that are no proposals, and how each compares."""
    ends = [statement.subject, statement.object]
    found = []
    for other in store.statements_between(ends, ends):
        if other.status in (Status.PROPOSED, Status.REFUTED) or not other.causal:
            continue
        if other.id == statement.id:
            continue
        if statement.causal and other.subject != statement.subject:
            relation = "opposite"
        elif 0 in (other.sign, statement.sign):
            relation = "unsigned"
        else:
            relation = "agrees" if other.sign == statement.sign else "contradicts"
        found.append((other, relation))
    return found


def show(kg: KnowledgeGraph, statement: str) -> dict[str, Any]:
    """Return everything about one statement that helps to decide: the row of :func:`summarise`, and

    ``support`` and ``against``: the literature's statements on the pair, each with belief, number of
    evidences and its best sentences; ``contradicted_by``: the data that disagree with it; ``decisions``.

    Raises:
        UsageError: if the id fits no statement, or several.
    """
    store = kg.store
    found = store.statement(full_id(kg, statement))
    assert found is not None
    evidences = store.evidences_of(found.id)
    said: dict[str, Any] = _row(store, found, evidences)
    said["support"], said["against"] = [], []
    own = [e for e in evidences if not e.rung.by_algorithm]
    entries = [(found, "agrees")] if own else []
    for other, relation in [*entries, *_literature(store, found)]:
        side = "against" if relation in ("contradicts", "opposite") else "support"
        said[side].append(_reading(store, other, relation))
    said["contradicted_by"] = [
        _source(e) for e in evidences if e.rung.by_algorithm and not e.supports
    ]
    said["decisions"] = [
        {"action": d.action, "who": d.who, "why": d.why, "at": d.at}
        for d in store.decisions(found.id)
    ]
    return said


def _reading(store: Store, statement: Statement, relation: str) -> dict[str, Any]:
    human = [e for e in store.evidences_of(statement.id) if not e.rung.by_algorithm]
    best = sorted((e for e in human if e.text), key=lambda e: (e.hedged, -e.score, e.id))
    return {
        "statement": statement.id,
        "text": sentence(store, statement),
        "relation": relation,
        "belief": round(statement.belief, 4),
        "evidences": len(human),
        "against": sum(not e.supports for e in human),
        "quotes": [
            {"publication": e.publication, "text": e.text, "negated": e.negated}
            for e in best[:_QUOTES]
        ],
    }


def conflicts(kg: KnowledgeGraph) -> list[dict[str, Any]]:
    """Return the ledger of conflicts in the store: one row for each statement that data disagree with and
    each run that says so, the most believed statement first."""
    rows = kg.query("conflicts").rows
    found = []
    for row in rows:
        evidence = kg.store.evidence(str(row["evidence"]))
        statement = kg.store.statement(str(row["statement"]))
        if evidence is None or statement is None:
            continue
        found.append(
            {
                "statement": statement.id,
                "text": sentence(kg.store, statement),
                "status": statement.status.value,
                "belief": round(statement.belief, 4),
                "supporting": row["supporting"],
                **_source(evidence),
            }
        )
    return found


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


def conflicts_text(rows: list[dict[str, Any]]) -> str:
    """Return the rows of :func:`conflicts` in words, one paragraph a statement."""
    lines: list[str] = []
    last = ""
    for row in rows:
        if row["statement"] != last:
            last = row["statement"]
            held = row["supporting"]
            lines.append(
                f"{row['text']}  (belief {row['belief']:.2f}, {held} evidence{'s' if held != 1 else ''}; "
                f"{last[:11]})"
            )
        lines.append(
            f"  {row.get('conflict', '')}: {row.get('data', '')} [{row['extractor']} on {row['source'][:11]}, "
            f"sureness {float(row.get('sureness', 0)):.2f}]"
        )
    return "\n".join(lines)


def proposal_text(said: Mapping[str, Any]) -> str:
    """Return what :func:`show` found in words, for a terminal."""
    lines = [
        f"{said['text']}  ({said['status']}, belief {said['belief']:.2f})",
        f"  {said['statement']}",
    ]
    for source in said["sources"]:
        verb = "found by" if source["supports"] else "contradicted by"
        stability = f"stability {source['stability']}" if "stability" in source else "no bootstraps"
        lines += [
            "",
            f"{verb} {source['extractor']} ({source.get('engine', source['rung'])}), {stability}, "
            f"seed {source.get('seed', '-')}",
            f"  data {source['source']}, {source.get('rows', '?')} rows, SHA-256 "
            f"{str(source.get('data_hash', ''))[:12]}",
        ]
        shown = ("edge", "correlation", "p_value", "q_value", "score_difference", "probability")
        numbers = [f"{name} {source[name]}" for name in shown if name in source]
        if numbers:
            lines.append("  " + ", ".join(numbers))
        if "conflict" in source:
            lines.append(f"  {source['conflict']}: {source.get('data', '')}")
    for side, title in (("support", "literature for it"), ("against", "literature against it")):
        lines += ["", f"{title}: {'none' if not said[side] else ''}".rstrip()]
        for one in said[side]:
            lines.append(
                f"  {one['text']}  ({one['relation']}; belief {one['belief']:.2f}, "
                f"{one['evidences']} evidence{'s' if one['evidences'] != 1 else ''}, {one['against']} against; "
                f"{one['statement'][:11]})"
            )
            lines += [f'    {q["publication"]}: "{q["text"]}"' for q in one["quotes"]]
    if said["decisions"]:
        lines += ["", "decisions:"]
        lines += [
            f"  {d['at']} {d['who']}: {d['action']}{': ' + d['why'] if d['why'] else ''}"
            for d in said["decisions"]
        ]
    return "\n".join(lines)
