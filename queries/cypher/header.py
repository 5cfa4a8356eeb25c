"""Headers of ``.cypher`` files: parsed, checked and held against the query below them.

::

    // purpose: one sentence
    // parameters:
    //   entity (entity): what is asked about
    //   max_hops (integer 1..3) = 2: the longest chain
    // columns:
    //   name: what it holds
    // example: entity=mesh:D003924

A parameter without a default is required; defaults are JSON. A line indented deeper than the one
before it goes on with its text. ``// parameters: none`` if there are none; ``example`` may be left
out. The header ends with the first line that is not a comment.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from graph.errors import InputError, UsageError
from queries.cypher.parameters import Parameter, did_you_mean, parse_arguments, parse_type

__all__ = ["RESERVED", "Column", "NamedQuery", "parse_header"]

RESERVED = frozenset({"extra", "max_rows", "timeout"})
"""Names a parameter cannot have, because ``run`` uses them itself."""

_KEY = re.compile(r"^(purpose|parameters|columns|example):\s*(.*)$")
_PARAMETER = re.compile(r"^(\w+) \(([^)]*)\)(.*)$")
_COLUMN = re.compile(r"^(\w+): +(\S.*)$")
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_NOISE = re.compile(r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`[^`]*`", re.DOTALL)
_USED = re.compile(r"\$(\w+)")


class Column(NamedTuple):
    """One column of the result."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query of the library: what it is for, what it takes, what it returns, and its Cypher."""

    name: str
    purpose: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    cypher: str
    """the query without its header"""
    path: Path
    example: str = ""
    """arguments of a call, as ``key=value`` separated by spaces"""

    @property
    def signature(self) -> str:
        """The parameters in one line: ``source, target, max_hops=3``."""
        return ", ".join(
            p.name if p.required else f"{p.name}={json.dumps(p.default, ensure_ascii=False)}"
            for p in self.parameters
        )

    def to_json(self) -> dict[str, Any]:
        """Everything about the query as JSON values."""
        return {
            "name": self.name,
            "purpose": self.purpose,
            "parameters": [p.to_json() for p in self.parameters],
            "columns": [c._asdict() for c in self.columns],
            "example": self.example,
            "cypher": self.cypher,
        }

    def check(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return every parameter, checked, defaults filled in.

        Raises:
            UsageError: if one is missing, unknown or of the wrong type, saying what is expected.
        """
        by_name = {p.name: p for p in self.parameters}
        for name in values:
            if name not in by_name:
                raise self.unknown(name)
        missing = [p for p in self.parameters if p.required and p.name not in values]
        if missing:
            needs = "; ".join(f"{p.name}: {p.expected}" for p in missing)
            hint = f"For example: {self.example}" if self.example else None
            raise UsageError(
                f"the query needs {', '.join(p.name for p in missing)} ({needs})",
                where=self.name,
                hint=hint,
            )
        found: dict[str, Any] = {}
        for p in self.parameters:
            try:
                found[p.name] = p.check(values.get(p.name, p.default))
            except UsageError as error:
                raise self.located(error) from None
        return found

    def unknown(self, name: str) -> UsageError:
        """Return the error for a parameter the query does not have."""
        names = [p.name for p in self.parameters]
        takes = f"It takes {', '.join(names)}." if names else "It takes no parameters."
        hint = did_you_mean(name, names)
        return UsageError(
            f"there is no parameter {name!r}",
            where=self.name,
            hint=f"{hint} {takes}" if hint else takes,
        )

    def located(self, error: UsageError) -> UsageError:
        """Return ``error`` with this query as the place where it happened."""
        return UsageError(error.message, where=self.name, hint=error.hint)


@dataclass(slots=True)
class _Line:
    """One entry of the header: the line it begins on, its indent and its text."""

    number: int
    indent: int
    text: str


def parse_header(path: Path, text: str) -> NamedQuery:
    """Read a named query from the text of its file.

    Args:
        path: the file, for its name and for messages.
        text: what it holds.

    Raises:
        InputError: naming file and line, if the header is wrong, or declares other parameters than
            the query uses.
    """
    if not _NAME.match(path.stem):
        raise InputError(
            f"{path.stem!r} cannot be the name of a query",
            where=str(path),
            hint="Use small letters, digits and underscores, a letter first.",
        )
    lines = text.removeprefix("\ufeff").splitlines()
    end = next((n for n, line in enumerate(lines) if not line.startswith("//")), len(lines))
    cypher = "\n".join(lines[end:]).strip().removesuffix(";").rstrip()
    sections, first = _sections(path, lines[:end])
    if not cypher:
        raise _bad(path, end + 1, "there is no query below the header")
    query = NamedQuery(
        name=path.stem,
        purpose=" ".join(line.text for line in sections["purpose"]),
        parameters=_parameters(path, sections["parameters"]),
        columns=_columns(path, sections["columns"]),
        cypher=cypher,
        path=path,
        example=" ".join(line.text for line in sections.get("example", [])),
    )
    _check_use(query, first["parameters"])
    if query.example:
        try:
            query.check(parse_arguments(query, shlex.split(query.example)))
        except (UsageError, ValueError) as error:
            raise _bad(path, first["example"], f"the example does not hold: {error}") from None
    return query


def _bad(path: Path, number: int, message: str, hint: str | None = None) -> InputError:
    return InputError(message, where=f"{path}:{number}", hint=hint)


def _sections(path: Path, lines: list[str]) -> tuple[dict[str, list[_Line]], dict[str, int]]:
    """Return the entries of each section and the line each section begins on."""
    sections: dict[str, list[_Line]] = {}
    first: dict[str, int] = {}
    current = ""
    for number, line in enumerate(lines, 1):
        body = line[2:].rstrip()
        stripped = body.strip()
        if not stripped:
            continue
        indent = len(body) - len(body.lstrip())
        key = _KEY.match(stripped) if indent <= 1 else None
        if key is not None:
            current = key[1]
            if current in sections:
                raise _bad(path, number, f"{current} is there twice")
            first[current] = number
            sections[current] = [_Line(number, indent, key[2])] if key[2] else []
        elif not current:
            raise _bad(path, number, "the header must begin with // purpose:")
        elif sections[current] and indent > sections[current][-1].indent:
            sections[current][-1].text += " " + stripped
        elif indent <= 1:
            raise _bad(
                path, number, f"{stripped!r} is neither a section nor part of one",
                "Indent what belongs to a section; leave a blank line before other comments.",
            )  # fmt: skip
        else:
            sections[current].append(_Line(number, indent, stripped))
    for key_name in ("purpose", "parameters", "columns"):
        if not sections.get(key_name):
            raise _bad(path, 1, f"the header does not say {key_name}")
    return sections, first


def _parameters(path: Path, lines: list[_Line]) -> tuple[Parameter, ...]:
    if [line.text for line in lines] == ["none"]:
        return ()
    found: dict[str, Parameter] = {}
    for line in lines:
        match = _PARAMETER.match(line.text)
        if match is None:
            raise _bad(
                path, line.number, f"{line.text!r} is not a parameter",
                "Write name (type) = default: description.",
            )  # fmt: skip
        name, rest = match[1], match[3].strip()
        if name in RESERVED or name in found:
            why = "is there twice" if name in found else "is a name run uses itself"
            raise _bad(path, line.number, f"the parameter {name} {why}")
        required, default = True, None
        try:
            kind, many, low, high = parse_type(match[2])
            if rest.startswith("="):
                rest = rest[1:].lstrip()
                default, stop = json.JSONDecoder().raw_decode(rest)
                required, rest = False, rest[stop:].lstrip()
        except ValueError as error:
            raise _bad(path, line.number, f"the parameter {name}: {error}") from None
        if not rest.startswith(":") or not rest[1:].strip():
            raise _bad(path, line.number, f"the parameter {name} has no description")
        # null and "" stand for "not given" and need not be values of the type
        if not required and default is not None and default != "":
            try:
                default = Parameter(name, kind, "", many, low=low, high=high).check(default)
            except UsageError as error:
                raise _bad(path, line.number, f"the default does not hold: {error}") from None
        parameter = Parameter(name, kind, rest[1:].strip(), many, required, default, low, high)
        found[name] = parameter
    return tuple(found.values())


def _columns(path: Path, lines: list[_Line]) -> tuple[Column, ...]:
    found: dict[str, Column] = {}
    for line in lines:
        match = _COLUMN.match(line.text)
        if match is None or match[1] in found:
            raise _bad(
                path, line.number, f"{line.text!r} is not a new column",
                "Write name: description, each name once.",
            )  # fmt: skip
        found[match[1]] = Column(match[1], match[2])
    return tuple(found.values())


def _check_use(query: NamedQuery, line: int) -> None:
    """Refuse parameters declared and not used, or used and not declared."""
    used = set(_USED.findall(_NOISE.sub(" ", query.cypher)))
    declared = {p.name for p in query.parameters}
    for names, what in ((used - declared, "uses"), (declared - used, "does not use")):
        if names:
            listed = ", ".join(f"${n}" for n in sorted(names))
            also = (
                "but the header does not declare it"
                if what == "uses"
                else "which the header declares"
            )
            raise _bad(query.path, line, f"the query {what} {listed}, {also}")
