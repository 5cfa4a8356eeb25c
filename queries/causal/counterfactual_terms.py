"""Counterfactual events: variables in worlds that are set differently, in one notation.

``Y[X=1]=1`` says that Y would be 1 if X were set to 1; ``X=0`` that X is 0 as things are;
``Y[X=1, M=M[X=0]]`` is Y with X set to 1 and M at the value that it would have with X set to 0.
Values are labels: one label of a variable always means one value, two labels mean two values. A
term without a value asks for the distribution.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graph.causal import CausalGraph
from graph.errors import UsageError

__all__ = ["Term", "parse_terms", "terms_text"]

_TOKEN = re.compile(r'\s*(?:"([^"]*)"|([\[\],=])|([^\[\],="]+))')


@dataclass(frozen=True, slots=True)
class Term:
    """One variable in one world.

    Attributes:
        variable: a node of the graph.
        value: the label of the value it has, or None to ask for its distribution.
        do: what is set in its world, sorted by variable: a label, or a term without a value, whose
            value in its own world is what is set.
    """

    variable: str
    value: str | None = None
    do: tuple[tuple[str, str | Term], ...] = ()

    @classmethod
    def make(
        cls,
        variable: str,
        value: object = None,
        do: Mapping[str, object] | None = None,
    ) -> Term:
        """Return a term; values that are not terms become labels (``1`` and ``"1"`` are one)."""
        held = {k: v if isinstance(v, Term) else _label(v) for k, v in (do or {}).items()}
        return cls(variable, None if value is None else _label(value), tuple(sorted(held.items(), key=lambda kv: kv[0])))  # fmt: skip

    def __str__(self) -> str:
        text = _quoted(self.variable)
        if self.do:
            text += "[" + ", ".join(f"{_quoted(k)}={_side(v)}" for k, v in self.do) + "]"
        return text if self.value is None else f"{text}={_quoted(self.value)}"

    def walk(self) -> Iterator[Term]:
        """This term and those nested in it."""
        yield self
        for _, held in self.do:
            if isinstance(held, Term):
                yield from held.walk()

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        data: dict[str, Any] = {"variable": self.variable}
        if self.value is not None:
            data["value"] = self.value
        if self.do:
            data["do"] = {k: v.to_json() if isinstance(v, Term) else v for k, v in self.do}
        return data


def terms_text(terms: Iterable[Term]) -> str:
    """Return terms as they are written, with commas."""
    return ", ".join(map(str, terms))


def parse_terms(given: str | Term | Iterable[str | Term]) -> tuple[Term, ...]:
    """Return the terms of an event.

    Args:
        given: text such as ``Y[X=1]=1, X=0`` (names with signs in quotes), terms, or a list of both.

    Raises:
        UsageError: where the text cannot be read.
    """
    if isinstance(given, Term):
        return (given,)
    if isinstance(given, str):
        return _Reader(given).event()
    return tuple(term for part in given for term in parse_terms(part))


def check_terms(graph: CausalGraph, event: tuple[Term, ...], given: tuple[Term, ...]) -> None:
    """Check that terms name nodes, and that only the event leaves values open.

    Raises:
        UsageError: naming the term.
    """
    if not event:
        raise UsageError("a counterfactual question needs an event", hint="Such as Y[X=1]=1.")
    for term in (*event, *given):
        for part in term.walk():
            graph.indices([part.variable, *(k for k, _ in part.do)])
            if part is not term and part.value is not None:
                raise UsageError(
                    f"{part} stands where a value is set, and has a value itself", where=str(term)
                )
    for term in given:
        if term.value is None:
            raise UsageError(f"the condition {term} has no value", hint=f"Write {term}=VALUE.")
    opened = [t.variable for t in event if t.value is None]
    if len(set(opened)) < len(opened):
        raise UsageError("the distribution of one variable is asked for in two worlds", hint="Give them values.")  # fmt: skip


def _label(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _quoted(text: str) -> str:
    return f'"{text}"' if re.search(r"[\[\],=]|^\s|\s$|^$", text) else text


def _side(value: str | Term) -> str:
    if not isinstance(value, Term):
        return _quoted(value)
    return str(value) if value.do else f"{_quoted(value.variable)}[]"


class _Reader:
    """Recursive descent over the notation."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, bool]] = []
        at = 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if not found:
                raise self.wrong("a quote is not closed")
            at = found.end()
            quoted, sign, plain = found.groups()
            if sign:
                self.tokens.append((sign, True))
            else:
                word = quoted if quoted is not None else plain.strip()
                if word or quoted is not None:
                    self.tokens.append((word, False))
        self.at = 0

    def wrong(self, why: str) -> UsageError:
        return UsageError(
            f"the event {self.text!r} cannot be read: {why}",
            hint="Write it like Y[X=1]=1, X=0.",
        )

    def sign(self, sign: str) -> bool:
        """Whether the next token is this sign; it is taken then."""
        if self.at < len(self.tokens) and self.tokens[self.at] == (sign, True):
            self.at += 1
            return True
        return False

    def word(self, what: str) -> str:
        if self.at < len(self.tokens) and not self.tokens[self.at][1]:
            self.at += 1
            return self.tokens[self.at - 1][0]
        raise self.wrong(f"{what} is missing after {self.at} parts")

    def event(self) -> tuple[Term, ...]:
        found = []
        while self.at < len(self.tokens):
            found.append(self.term())
            if self.at < len(self.tokens) and not self.sign(","):
                raise self.wrong(f"a comma is missing before {self.tokens[self.at][0]!r}")
        return tuple(found)

    def term(self) -> Term:
        variable = self.word("a variable")
        do = self.settings() if self.sign("[") else {}
        value = self.word("a value") if self.sign("=") else None
        return Term.make(variable, value, do)

    def settings(self) -> dict[str, object]:
        do: dict[str, object] = {}
        while not self.sign("]"):
            variable = self.word("a variable")
            if variable in do:
                raise self.wrong(f"{variable!r} is set twice in one world")
            if not self.sign("="):
                raise self.wrong(f"{variable!r} is set to nothing")
            value = self.word("a value")
            do[variable] = Term.make(value, None, self.settings()) if self.sign("[") else value
            if not self.sign(",") and self.tokens[self.at : self.at + 1] != [("]", True)]:
                raise self.wrong("a ] is missing")
        return do
