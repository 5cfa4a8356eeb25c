"""Typed parameters of named queries: what a value must be, and how one is read from text.

A type is one word, a word with bounds (``integer 1..4``) or a list of a word (``list of status``).
The words beyond plain JSON types say what a string stands for, so that a command line can look
names up before it calls, and a page can offer a choice.
"""

from __future__ import annotations

import json
import math
import numbers
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from graph.errors import InputError, UsageError
from graph.model import Category, Predicate, Rung, Status

if TYPE_CHECKING:
    from queries.cypher.header import NamedQuery

__all__ = ["CHOICES", "Kind", "Parameter", "did_you_mean", "parse_arguments", "parse_type"]


class Kind(StrEnum):
    """What one value is."""

    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    ENTITY = "entity"
    """the id (CURIE) of an entity"""
    STATEMENT = "statement"
    """the id of a statement"""
    PUBLICATION = "publication"
    """the id (CURIE) of a publication"""
    PREDICATE = "predicate"
    STATUS = "status"
    RUNG = "rung"
    CATEGORY = "category"


CHOICES: Mapping[Kind, tuple[str, ...]] = {
    Kind.PREDICATE: tuple(p.value for p in Predicate),
    Kind.STATUS: tuple(s.value for s in Status),
    Kind.RUNG: tuple(r.value for r in Rung),
    Kind.CATEGORY: tuple(c.value for c in Category),
}
"""The values a kind can take, where they are known."""

_EXPECTED: Mapping[Kind, str] = {
    Kind.STRING: "a text",
    Kind.INTEGER: "a whole number",
    Kind.FLOAT: "a number",
    Kind.BOOLEAN: "true or false",
    Kind.ENTITY: "the id of an entity, such as mesh:D003924",
    Kind.STATEMENT: "the id of a statement, st- and 32 digits",
    Kind.PUBLICATION: "the id of a publication, such as pubmed:123",
    Kind.PREDICATE: "a predicate",
    Kind.STATUS: "a status",
    Kind.RUNG: "a rung",
    Kind.CATEGORY: "a category",
}
_PLURAL: Mapping[Kind, str] = {
    Kind.STRING: "texts",
    Kind.INTEGER: "whole numbers",
    Kind.FLOAT: "numbers",
    Kind.BOOLEAN: "true or false values",
    Kind.ENTITY: "ids of entities, such as mesh:D003924",
    Kind.STATEMENT: "ids of statements, st- and 32 digits each",
    Kind.PUBLICATION: "ids of publications, such as pubmed:123",
    Kind.PREDICATE: "predicates",
    Kind.STATUS: "statuses",
    Kind.RUNG: "rungs",
    Kind.CATEGORY: "categories",
}
_TYPE = re.compile(
    r"^(?P<list>list of )?(?P<kind>[a-z]+)(?: (?P<low>-?[\d.]+?)\.\.(?P<high>-?[\d.]+))?$"
)
_LARGEST = 2**63 - 1


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """Return ``Did you mean "x"?`` for the closest known words, or ``otherwise``."""
    import difflib

    folded = {k.casefold(): k for k in sorted(known)}
    wanted = word.casefold()
    close = [wanted] if wanted in folded else difflib.get_close_matches(wanted, folded, cutoff=0.6)
    if not close:
        return otherwise
    return "Did you mean " + " or ".join(f'"{folded[c]}"' for c in close) + "?"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a named query.

    ``default`` holds when it is not ``required``. ``low`` and ``high`` bound numbers, both
    inclusive.
    """

    name: str
    kind: Kind
    description: str
    many: bool = False
    required: bool = True
    default: Any = None
    low: float | None = None
    high: float | None = None

    @property
    def type(self) -> str:
        """The type as the header writes it."""
        text = f"list of {self.kind}" if self.many else self.kind.value
        if self.low is not None and self.high is not None:
            text += f" {self.low:g}..{self.high:g}"
        return text

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        text = f"a list of {_PLURAL[self.kind]}" if self.many else _EXPECTED[self.kind]
        if self.low is not None and self.high is not None:
            text += f" from {self.low:g} to {self.high:g}"
        if self.kind in CHOICES:
            text += f" ({', '.join(CHOICES[self.kind])})"
        return text

    def to_json(self) -> dict[str, Any]:
        """Everything about the parameter as JSON values; ``default`` only if it has one."""
        shown: dict[str, Any] = {
            "name": self.name,
            "type": self.type,
            "required": self.required,
            "description": self.description,
        }
        if not self.required:
            shown["default"] = self.default
        if self.kind in CHOICES:
            shown["choices"] = list(CHOICES[self.kind])
        return shown

    def check(self, value: Any) -> Any:
        """Return ``value`` as the query needs it.

        Raises:
            UsageError: saying what is expected.
        """
        if (
            not self.required
            and (value is None or (isinstance(value, str) and not value))
            and value == self.default
        ):
            return value  # "not given"
        if not self.many:
            return self._check_one(value)
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
            raise self._wrong(value)
        return [self._check_one(v) for v in value]

    def parse(self, text: str) -> Any:
        """Return the value ``text`` stands for: lists as JSON or separated by commas.

        Raises:
            UsageError: saying what is expected.
        """
        if not self.many:
            return self.check(self._parse_one(text))
        text = text.strip()
        if text.startswith("["):
            try:
                return self.check(json.loads(text))
            except json.JSONDecodeError:
                raise self._wrong(text) from None
        parts = [part.strip() for part in text.split(",")]
        return self.check([self._parse_one(part) for part in parts if part])

    def _parse_one(self, text: str) -> Any:
        if self.kind is Kind.STRING:
            return text
        text = text.strip()
        match self.kind:
            case Kind.INTEGER | Kind.FLOAT:
                try:
                    return int(text) if self.kind is Kind.INTEGER else float(text)
                except ValueError:
                    raise self._wrong(text) from None
            case Kind.BOOLEAN:
                known = {
                    "true": True,
                    "yes": True,
                    "1": True,
                    "false": False,
                    "no": False,
                    "0": False,
                }
                if text.casefold() not in known:
                    raise self._wrong(text)
                return known[text.casefold()]
            case _:
                return text

    def _check_one(self, value: Any) -> Any:
        match self.kind:
            case Kind.BOOLEAN:
                if not isinstance(value, bool):
                    raise self._wrong(value)
                return value
            case Kind.INTEGER | Kind.FLOAT:
                return self._check_number(value)
        if not isinstance(value, str):
            raise self._wrong(value)
        value = str(value)  # a StrEnum member is sent as plain text
        if self.kind in CHOICES:
            if value not in CHOICES[self.kind]:
                raise self._wrong(value, did_you_mean(value, CHOICES[self.kind]))
        elif self.kind is Kind.STATEMENT:
            if not value.startswith("st-"):
                raise self._wrong(value)
        elif self.kind in (Kind.ENTITY, Kind.PUBLICATION):
            return self._check_curie(value)
        return value

    def _check_number(self, value: Any) -> float | int:
        real = not isinstance(value, bool) and isinstance(value, numbers.Real)
        if self.kind is Kind.INTEGER:
            if not real or not isinstance(value, numbers.Integral) or abs(int(value)) > _LARGEST:
                raise self._wrong(value)
            number: float | int = int(value)
        else:
            if not real or not math.isfinite(value):
                raise self._wrong(value)
            number = float(value)
        if (self.low is not None and number < self.low) or (
            self.high is not None and number > self.high
        ):
            raise self._wrong(value)
        return number

    def _check_curie(self, value: str) -> str:
        prefix, colon, local = value.partition(":")
        if not (prefix and colon and local) or " " in prefix:
            if self.kind is Kind.PUBLICATION:
                hint = f"Write pubmed:{value}." if value.isdigit() else ""
            else:
                hint = 'Names are not looked up here; the query "entities" finds the id of a name.'
            raise self._wrong(value, hint)
        if prefix == prefix.lower():
            return value
        from graph.curie import normalize

        try:
            return normalize(value)
        except InputError as error:
            raise self._wrong(value, error.message[:1].upper() + error.message[1:] + ".") from None

    def _wrong(self, value: Any, hint: str = "") -> UsageError:
        shown = repr(value)
        if len(shown) > 80:
            shown = shown[:77] + "..."
        return UsageError(f"{self.name} must be {self.expected}, not {shown}", hint=hint or None)


def parse_type(text: str) -> tuple[Kind, bool, float | None, float | None]:
    """Return kind, whether a list, and bounds, of a type as a header writes it.

    Raises:
        ValueError: if it is not a type.
    """
    match = _TYPE.match(text.strip())
    if match is None or match["kind"] not in tuple(Kind):
        known = ", ".join(Kind)
        raise ValueError(f"{text!r} is not a type; types are {known} and lists of them")
    kind = Kind(match["kind"])
    if match["low"] is None:
        return kind, bool(match["list"]), None, None
    if kind not in (Kind.INTEGER, Kind.FLOAT):
        raise ValueError(f"only numbers have bounds, not {kind}")
    return kind, bool(match["list"]), float(match["low"]), float(match["high"])


def parse_arguments(query: NamedQuery, arguments: Iterable[str]) -> dict[str, Any]:
    """Return the parameters that ``key=value`` arguments stand for, checked and typed.

    Args:
        query: the query they are for.
        arguments: such as ``["max_hops=2", "statuses=asserted,proposed"]``.

    Raises:
        UsageError: for an argument that is not ``key=value``, given twice, unknown or of the wrong
            type. Missing ones are not looked for here: ``run`` does.
    """
    by_name = {p.name: p for p in query.parameters}
    found: dict[str, Any] = {}
    for argument in arguments:
        name, equals, text = argument.partition("=")
        name = name.strip()
        if not equals or not name:
            raise UsageError(
                f"{argument!r} is not a parameter", where=query.name, hint="Write key=value."
            )
        if name in found:
            raise UsageError(f"{name} is given twice", where=query.name)
        if name not in by_name:
            raise query.unknown(name)
        try:
            found[name] = by_name[name].parse(text)
        except UsageError as error:
            raise query.located(error) from None
    return found
