"""Formulas over one observed distribution, as trees: probabilities, sums, products, quotients.

A tree is a function of its free variables: ``Sum((z,), ...)`` binds ``z``, and an outer variable of
the same name is another one (shown with a prime). Rendered to text, LaTeX and JSON, and evaluated
on any discrete joint distribution, many at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graph.errors import InputError
from queries.causal.table import Table

__all__ = [
    "ONE",
    "Expression",
    "Probability",
    "Product",
    "Quotient",
    "Sum",
    "expression_from_json",
    "latex_name",
]

Names = Mapping[str, str]


class Expression(ABC):
    """A formula. Immutable and hashable; equal trees are equal."""

    @property
    @abstractmethod
    def free(self) -> frozenset[str]:
        """Variables whose values the formula depends on."""

    @property
    @abstractmethod
    def variables(self) -> frozenset[str]:
        """All variables named, bound ones too."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many times a variable is written: the length a reader feels."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The tree as plain data; :func:`expression_from_json` reads it."""

    @abstractmethod
    def _evaluate(self, joint: Table) -> Table: ...

    @abstractmethod
    def _write(self, style: _Style, names: Names, inner: bool) -> str: ...

    def evaluate(self, joint: Table) -> Table:
        """Return the value for every value of the free variables.

        Args:
            joint: the joint distribution of at least :attr:`variables`; batched tables give batched
                results. Where a condition has probability 0 the conditional is taken as 0, so that
                cells of no weight do not matter; a formula whose sum over the outcomes falls short
                of 1 has met a condition that does.

        Raises:
            InputError: if a variable is not in ``joint``.
        """
        missing = sorted(self.variables - set(joint.names))
        if missing:
            raise InputError(f"the distribution lacks {', '.join(missing)}")
        return self._evaluate(joint)

    def text(self, reserved: Iterable[str] = ()) -> str:
        """Return one line of Unicode text; bound variables in ``reserved`` get a prime too."""
        return self._write(_TEXT, {n: n for n in self.free | set(reserved)}, False)

    def latex(self, reserved: Iterable[str] = ()) -> str:
        """Return LaTeX for math mode; bound variables in ``reserved`` get a prime too."""
        return self._write(_LATEX, {n: latex_name(n) for n in self.free | set(reserved)}, False)

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class Probability(Expression):
    """``P(children | given)`` of the observed distribution."""

    children: tuple[str, ...]
    given: tuple[str, ...] = ()

    @cached_property
    def free(self) -> frozenset[str]:
        return frozenset((*self.children, *self.given))

    @property
    def variables(self) -> frozenset[str]:
        return self.free

    @property
    def size(self) -> int:
        return len(self.children) + len(self.given)

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {"p": list(self.children)}
        return {**data, "given": list(self.given)} if self.given else data

    def _evaluate(self, joint: Table) -> Table:
        both = joint.marginal(self.free)
        return both.divide(joint.marginal(self.given)) if self.given else both

    def _write(self, style: _Style, names: Names, inner: bool) -> str:
        text = ", ".join(names[n] for n in self.children)
        if self.given:
            text += style.bar + ", ".join(names[n] for n in self.given)
        return f"P({text})"


@dataclass(frozen=True)
class Sum(Expression):
    """The sum of ``of`` over all values of ``over``."""

    over: tuple[str, ...]
    of: Expression

    @cached_property
    def free(self) -> frozenset[str]:
        return self.of.free - set(self.over)

    @property
    def variables(self) -> frozenset[str]:
        return self.of.variables | set(self.over)

    @property
    def size(self) -> int:
        return len(self.over) + self.of.size

    def to_json(self) -> dict[str, Any]:
        return {"sum": list(self.over), "of": self.of.to_json()}

    def _evaluate(self, joint: Table) -> Table:
        return self.of._evaluate(joint).sum(self.over)

    def _write(self, style: _Style, names: Names, inner: bool) -> str:
        bound = dict(names)
        taken = set(names.values())
        for n in self.over:
            shown = style.name(n)
            while shown in taken:
                shown += "'"
            taken.add(shown)
            bound[n] = shown
        text = style.sum(", ".join(bound[n] for n in self.over)) + self.of._write(
            style, bound, False
        )
        return style.brackets(text) if inner else text


@dataclass(frozen=True)
class Product(Expression):
    """The product of ``factors``; of none, 1."""

    factors: tuple[Expression, ...]

    @cached_property
    def free(self) -> frozenset[str]:
        return frozenset().union(*(f.free for f in self.factors))

    @property
    def variables(self) -> frozenset[str]:
        return frozenset().union(*(f.variables for f in self.factors))

    @property
    def size(self) -> int:
        return sum(f.size for f in self.factors)

    def to_json(self) -> dict[str, Any]:
        return {"product": [f.to_json() for f in self.factors]}

    def _evaluate(self, joint: Table) -> Table:
        found = Table.one(joint.batch)
        for factor in self.factors:
            found = found.multiply(factor._evaluate(joint))
        return found

    def _write(self, style: _Style, names: Names, inner: bool) -> str:
        last = len(self.factors) - 1
        # a sum reaches to the end of the line, so only the last factor may be one without brackets
        return " ".join(f._write(style, names, i < last) for i, f in enumerate(self.factors)) or "1"


@dataclass(frozen=True)
class Quotient(Expression):
    """``top / bottom``."""

    top: Expression
    bottom: Expression

    @cached_property
    def free(self) -> frozenset[str]:
        return self.top.free | self.bottom.free

    @property
    def variables(self) -> frozenset[str]:
        return self.top.variables | self.bottom.variables

    @property
    def size(self) -> int:
        return self.top.size + self.bottom.size

    def to_json(self) -> dict[str, Any]:
        return {"quotient": [self.top.to_json(), self.bottom.to_json()]}

    def _evaluate(self, joint: Table) -> Table:
        return self.top._evaluate(joint).divide(self.bottom._evaluate(joint))

    def _write(self, style: _Style, names: Names, inner: bool) -> str:
        return style.fraction(
            self.top._write(style, names, False), self.bottom._write(style, names, False)
        )


ONE = Product(())
"""The number 1."""


class _Style:
    """Plain text."""

    bar = " | "

    def name(self, name: str) -> str:
        return name

    def sum(self, over: str) -> str:
        return f"Σ_{over} " if "," not in over and " " not in over else f"Σ_{{{over}}} "

    def brackets(self, text: str) -> str:
        return f"[{text}]"

    def fraction(self, top: str, bottom: str) -> str:
        return f"[{top}] / [{bottom}]"


class _Latex(_Style):
    bar = r" \mid "

    def name(self, name: str) -> str:
        return latex_name(name)

    def sum(self, over: str) -> str:
        return rf"\sum_{{{over}}} "

    def brackets(self, text: str) -> str:
        return rf"\left[{text}\right]"

    def fraction(self, top: str, bottom: str) -> str:
        return rf"\frac{{{top}}}{{{bottom}}}"


_TEXT, _LATEX = _Style(), _Latex()
_ESCAPES = str.maketrans(
    {c: "\\" + c for c in "#$%&_{}"} | {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}"}
)


def latex_name(name: str) -> str:
    """Return a variable name for LaTeX's math mode."""
    if len(name) == 1 and name.isalpha():
        return name
    return rf"\mathit{{{name.translate(_ESCAPES).replace(' ', chr(92) + ' ')}}}"


def expression_from_json(data: Mapping[str, Any]) -> Expression:
    """Return the tree that :meth:`Expression.to_json` wrote.

    Raises:
        InputError: if ``data`` is no such tree.
    """

    def names(value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise InputError(f"a formula needs a list of variable names, not {value!r}")
        return tuple(value)

    if isinstance(data, Mapping):
        if "p" in data:
            return Probability(names(data["p"]), names(data.get("given", [])))
        if "sum" in data and "of" in data:
            return Sum(names(data["sum"]), expression_from_json(data["of"]))
        if isinstance(data.get("product"), list):
            return Product(tuple(expression_from_json(f) for f in data["product"]))
        if isinstance(data.get("quotient"), list) and len(data["quotient"]) == 2:
            return Quotient(*(expression_from_json(part) for part in data["quotient"]))
    raise InputError("a formula must be one of p, sum, product or quotient")
