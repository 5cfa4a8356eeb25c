"""Cypher as it is typed: where a statement ends, and what may come next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from queries.cypher import CHOICES, NamedQuery

__all__ = ["COMMANDS", "Words", "complete", "split_statements"]

COMMANDS: Mapping[str, str] = {
    ":help": "this list",
    ":queries": "named queries; :queries NAME shows one",
    ":run": ":run NAME key=value ... runs a named query",
    ":schema": "labels, relationship types and properties in use",
    ":param": ":param key=value sets $key (JSON or text); :param alone lists them",
    ":json": "switch between tables and JSON",
    ":exit": "leave (Ctrl-D does too)",
}
"""What the prompt understands besides Cypher."""

KEYWORDS = (
    "ALL", "AND", "AS", "ASC", "BY", "CALL", "CASE", "CONTAINS", "COUNT", "DESC", "DISTINCT", "ELSE", "END",
    "ENDS WITH", "EXISTS", "FALSE", "IN", "IS NOT NULL", "IS NULL", "LIMIT", "MATCH", "NOT", "NULL",
    "OPTIONAL MATCH", "OR", "ORDER BY", "RETURN", "SKIP", "STARTS WITH", "THEN", "TRUE", "UNION",
    "UNION ALL", "UNWIND", "WHEN", "WHERE", "WITH", "XOR",
)  # fmt: skip
FUNCTIONS = (
    "abs(", "allShortestPaths(", "any(", "avg(", "coalesce(", "collect(", "count(", "endNode(",
    "head(", "keys(", "labels(", "last(", "length(", "max(", "min(", "nodes(", "none(",
    "properties(", "range(", "reduce(", "relationships(", "round(", "shortestPath(", "single(", "size(",
    "split(", "startNode(", "substring(", "sum(", "toFloat(", "toInteger(", "toLower(",
    "toString(", "toUpper(", "type(",
)  # fmt: skip

_TOKEN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<quoted>'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`[^`]*`)"
    r"|(?P<open>/\*.*|'(?:\\.|[^'\\])*\\?|\"(?:\\.|[^\"\\])*\\?|`[^`]*)|(?P<end>;)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Words:
    """What the prompt can complete."""

    labels: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    queries: Mapping[str, NamedQuery] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()


def split_statements(text: str) -> tuple[list[str], str]:
    """Split text at the semicolons that end statements, those in quotes and comments aside.

    A line that begins with a colon where a statement could begin is one by itself.

    Returns:
        Statements that are complete, without their semicolon, and the rest. Blank ones, and those
        of comments only, are left out.
    """
    done: list[str] = []
    start = 0
    while True:
        while start < len(text) and text[start].isspace():
            start += 1
        if text.startswith(":", start):
            stop = text.find("\n", start)
            if stop < 0:
                return done, text[start:]
            done.append(text[start:stop].strip().rstrip(";").rstrip())
            start = stop + 1
            continue
        end = next((m.start() for m in _TOKEN.finditer(text, start) if m["end"]), -1)
        if end < 0:
            return done, "" if _blank(text[start:]) else text[start:]
        statement = text[start:end].strip()
        if not _blank(statement):
            done.append(statement)
        start = end + 1


def _blank(text: str) -> bool:
    return not _TOKEN.sub(lambda m: "" if m["comment"] else m[0], text).strip()


def _inside(text: str) -> str:
    """Return the innermost bracket left open at the end: one of ``([{``, or nothing."""
    bare = _TOKEN.sub(" ", text)
    still: list[str] = []
    for c in bare:
        if c in "([{":
            still.append(c)
        elif c in ")]}" and still:
            still.pop()
    return still[-1] if still else ""


def _starting(prefix: str, words: Iterable[str]) -> list[str]:
    folded = prefix.casefold()
    return sorted({w for w in words if w.casefold().startswith(folded)}, key=str.casefold)


def complete(before: str, words: Words) -> tuple[int, list[str]]:
    """Return what could follow the text before the cursor.

    Args:
        before: the text so far.
        words: what there is to complete.

    Returns:
        How many characters at the end are replaced, and the candidates, sorted.
    """
    _, statement = split_statements(before)
    if statement.startswith(":"):
        return _complete_command(statement, words)
    last = _TOKEN.sub(lambda m: "" if m["open"] else " ", statement)
    if any(m["open"] for m in _TOKEN.finditer(statement)):
        return 0, []
    match = re.search(r"([:|&!.$]?)\s*(\w*)$", last)
    lead, word = (match[1], match[2]) if match else ("", "")
    if lead in ":|&!" and lead:
        inside = _inside(last)
        if inside == "[":
            return len(word), _starting(word, words.types)
        if inside == "{":  # a value in a map
            return 0, []
        return len(word), _starting(word, words.labels)
    if lead == ".":
        return len(word), _starting(word, words.properties)
    if lead == "$":
        return len(word), _starting(word, words.parameters)
    if _inside(last) == "{" and re.search(r"[{,]\s*\w*$", last):
        return len(word), _starting(word, words.properties)
    if not word:
        return 0, []
    used = set(re.findall(r"\b[A-Za-z_]\w*\b", last[: len(last) - len(word)]))
    return len(word), _starting(word, {*KEYWORDS, *FUNCTIONS, *(u for u in used if len(u) > 1)})


def _complete_command(statement: str, words: Words) -> tuple[int, list[str]]:
    parts = statement.split(" ")
    if len(parts) == 1:
        return len(statement), _starting(statement, COMMANDS)
    command, name, word = parts[0], parts[1], parts[-1]
    if command not in (":run", ":queries"):
        return 0, []
    if len(parts) == 2:
        return len(name), _starting(name, words.queries)
    query = words.queries.get(name)
    if command == ":queries" or query is None:
        return 0, []
    key, equals, value = word.partition("=")
    if not equals:
        given = {p.partition("=")[0] for p in parts[2:-1]}
        return len(word), _starting(
            word, (f"{p.name}=" for p in query.parameters if p.name not in given)
        )
    parameter = next((p for p in query.parameters if p.name == key), None)
    if parameter is None:
        return 0, []
    if parameter.many:
        value = value.rpartition(",")[2]
    choices = CHOICES.get(parameter.kind, ("false", "true") if parameter.kind == "boolean" else ())
    return len(value), _starting(value, choices)
