"""Between the data model and what the graph holds: properties of nodes, and lines of an export.

A *row* is a dictionary of properties as both databases store them: strings, whole numbers, floats,
booleans and lists of strings or whole numbers. A *record* is the dictionary of one export line.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from graph.dataset import DatasetRecord, Variable
from graph.errors import InputError
from graph.model import (
    Category,
    Entity,
    Evidence,
    Pairs,
    Predicate,
    Publication,
    Rung,
    Statement,
    Status,
)
from graph.store import Decision

__all__ = [
    "HIDDEN",
    "dataset_from",
    "dataset_row",
    "decision_from",
    "decision_row",
    "dumps",
    "entity_from",
    "entity_row",
    "evidence_from",
    "evidence_row",
    "name_key",
    "name_tokens",
    "publication_from",
    "publication_row",
    "require_text",
    "statement_from",
    "statement_row",
    "variable_rows",
]

Row = dict[str, Any]

HIDDEN = frozenset({"search_text", "search_keys"})
"""Properties kept for look-ups only: left out of what :meth:`Store.read` returns of a node."""

_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"[^\W_]+")


def dumps(value: Any) -> str:
    """Return canonical JSON: sorted keys, no spaces, text as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def require_text(value: str, what: str) -> None:
    """Refuse text that is not valid Unicode and that no database can hold.

    Raises:
        InputError: if ``value`` holds half of a surrogate pair.
    """
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"{what} holds half of a surrogate pair at character {error.start}",
            hint="Decode the text as UTF-8 with errors='replace'.",
        ) from None


def name_key(name: str) -> str:
    """Return the form under which names count as equal: case folded, single spaces."""
    return _SPACES.sub(" ", name.strip()).casefold()


def name_tokens(names: Iterable[str]) -> str:
    """Return one word a name that stands for the whole name in a full-text index.

    The word is a hash written in letters only, so that every analyser keeps it whole: an exact
    match on any of many names is then one term look-up on both databases.
    """
    keys = sorted({name_key(n) for n in names} - {""})
    return " ".join(
        "k" + hashlib.sha256(k.encode()).hexdigest()[:20].translate(_LETTERS) for k in keys
    )


def words(text: str) -> list[str]:
    """Return the words of ``text``, case folded."""
    return _WORD.findall(text.casefold())


def _pairs_text(pairs: Pairs) -> str:
    return dumps([list(p) for p in pairs]) if pairs else ""


def _pairs_from(text: str | None) -> Pairs:
    return tuple((k, v) for k, v in json.loads(text)) if text else ()


def entity_row(entity: Entity) -> Row:
    """Properties of an Entity node."""
    names = (entity.name, *entity.synonyms)
    return {
        "id": entity.id,
        "name": entity.name,
        "category": entity.category.value,
        "synonyms": list(entity.synonyms),
        "xrefs": list(entity.xrefs),
        "search_text": " | ".join(n for n in names if n),
        "search_keys": name_tokens(names),
    }


def entity_from(row: Mapping[str, Any]) -> Entity:
    """The entity of a row or record."""
    return Entity(
        id=row["id"],
        name=row.get("name") or "",
        category=Category(row.get("category") or Category.THING),
        synonyms=tuple(row.get("synonyms") or ()),
        xrefs=tuple(row.get("xrefs") or ()),
    )


def publication_row(publication: Publication) -> Row:
    """Properties of a Publication node."""
    return {
        "id": publication.id,
        "title": publication.title,
        "year": publication.year,
        "journal": publication.journal,
        "doi": publication.doi,
        "types": list(publication.types),
        "retracted": publication.retracted,
        "retraction": publication.retraction,
        "notices": list(publication.notices),
    }


def publication_from(row: Mapping[str, Any]) -> Publication:
    """The publication of a row or record."""
    return Publication(
        id=row["id"],
        title=row.get("title") or "",
        year=row.get("year"),
        journal=row.get("journal") or "",
        doi=row.get("doi") or "",
        types=tuple(row.get("types") or ()),
        retracted=bool(row.get("retracted")),
        retraction=row.get("retraction") or "",
        notices=tuple(row.get("notices") or ()),
    )


def statement_row(statement: Statement) -> Row:
    """Properties of a Statement node."""
    return {
        "id": statement.id,
        "subject": statement.subject,
        "predicate": statement.predicate.value,
        "object": statement.object,
        "sign": statement.sign,
        "qualifiers": _pairs_text(statement.qualifiers),
        "status": statement.status.value,
        "belief": float(statement.belief),
    }


def statement_from(row: Mapping[str, Any]) -> Statement:
    """The statement of a row."""
    return Statement(
        subject=row["subject"],
        predicate=Predicate(row["predicate"]),
        object=row["object"],
        sign=int(row["sign"]),
        qualifiers=_pairs_from(row.get("qualifiers")),
        status=Status(row.get("status") or Status.PROPOSED),
        belief=float(row.get("belief") or 0.0),
    )


def evidence_row(evidence: Evidence) -> Row:
    """Properties of an Evidence node."""
    return {
        "id": evidence.id,
        "statement": evidence.statement,
        "rung": evidence.rung.value,
        "source": evidence.source,
        "extractor": evidence.extractor,
        "version": evidence.version,
        "publication": evidence.publication,
        "section": evidence.section,
        "text": evidence.text,
        "start": evidence.start,
        "end": evidence.end,
        "subject_span": list(evidence.subject_span or ()),
        "object_span": list(evidence.object_span or ()),
        "trigger_span": list(evidence.trigger_span or ()),
        "negated": evidence.negated,
        "hedged": evidence.hedged,
        "score": float(evidence.score),
        "details": _pairs_text(evidence.details),
    }


def _span(value: Any) -> tuple[int, int] | None:
    return (int(value[0]), int(value[1])) if value else None


def evidence_from(row: Mapping[str, Any]) -> Evidence:
    """The evidence of a row."""
    return Evidence(
        statement=row["statement"],
        rung=Rung(row["rung"]),
        source=row["source"],
        extractor=row["extractor"],
        version=row["version"],
        publication=row.get("publication") or "",
        section=row.get("section") or "",
        text=row.get("text") or "",
        start=int(row["start"]),
        end=int(row["end"]),
        subject_span=_span(row.get("subject_span")),
        object_span=_span(row.get("object_span")),
        trigger_span=_span(row.get("trigger_span")),
        negated=bool(row["negated"]),
        hedged=bool(row["hedged"]),
        score=float(row["score"]),
        details=_pairs_from(row.get("details")),
    )


def decision_row(decision: Decision, order: int) -> Row:
    """Properties of a Decision node; ``order`` counts decisions from 1."""
    content = [decision.statement, decision.action, decision.who, decision.why, decision.at, order]
    return {
        "id": "de-" + hashlib.sha256(dumps(content).encode()).hexdigest()[:32],
        "statement": decision.statement,
        "action": decision.action,
        "who": decision.who,
        "why": decision.why,
        "at": decision.at,
        "position": order,
    }


def decision_from(row: Mapping[str, Any]) -> Decision:
    """The decision of a row or record."""
    return Decision(
        statement=row["statement"],
        action=row["action"],
        who=row["who"],
        why=row.get("why") or "",
        at=row.get("at") or "",
    )


def dataset_row(record: DatasetRecord) -> Row:
    """Properties of a Dataset node."""
    return {
        "id": record.id,
        "name": record.name,
        "path": record.path,
        "hash": record.hash,
        "rows": record.rows,
        "source": record.source,
        "license": record.license,
    }


def variable_rows(record: DatasetRecord) -> list[Row]:
    """Properties of a dataset's Variable nodes, in the order of its columns."""
    return [
        {
            "id": f"{record.id}/{variable.column}",
            "dataset": record.id,
            "position": n,
            "column": variable.column,
            "entity": variable.entity,
            "unit": variable.unit,
            "description": variable.description,
        }
        for n, variable in enumerate(record.variables)
    ]


def dataset_from(row: Mapping[str, Any], variables: Iterable[Mapping[str, Any]]) -> DatasetRecord:
    """The dataset of a row (or record) and the rows of its variables."""
    return DatasetRecord(
        id=row["id"],
        name=row["name"],
        path=row.get("path") or "",
        hash=row["hash"],
        rows=int(row["rows"]),
        variables=tuple(
            Variable(
                v["column"], v.get("entity") or "", v.get("unit") or "", v.get("description") or ""
            )
            for v in sorted(variables, key=lambda v: int(v["position"]))
        ),
        source=row.get("source") or "",
        license=row.get("license") or "",
    )
