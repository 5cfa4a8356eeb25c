"""Formulas over observed distributions, as trees: probabilities, sums, products, quotients.

A tree is a function of its free variables: ``Sum((z,), ...)`` binds ``z``, and an outer variable of
the same name is another one (shown with a prime). Every probability says which distribution it is of
(:class:`Regime`): the observed one, an experiment's, another population's. Rendered to text, LaTeX and
JSON, and evaluated on any discrete distributions, many at once.
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
    "OBSERVED",
    "ONE",
    "Expression",
    "Probability",
    "Product",
    "Quotient",
    "Regime",
    "Sum",
    "expression_from_json",
    "latex_name",
]

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True, order=True)
class Regime:
    """Which distribution a probability is of: what an experiment sets, and in which population.

    The empty population is the one asked about.
    """

    population: str = ""
    do: tuple[str, ...] = ()

    def __str__(self) -> str:
        what = f"an experiment that sets {' and '.join(self.do)}" if self.do else "observation"
        return f"{what} in {self.population}" if self.population else what


OBSERVED = Regime()
"""What is seen, without an experiment, in the population asked about."""
Joints = Mapping[Regime, Table]


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

    @property
    @abstractmethod
    def regimes(self) -> frozenset[Regime]:
        """The distributions it is made of."""

    @abstractmethod
    def _needs(self, joints: Joints) -> set[str]: ...

    @abstractmethod
    def _evaluate(self, joints: Joints) -> Table: ...

    @abstractmethod
    def _write(self, style: _Style, names: Names, inner: bool) -> str: ...

    def evaluate(self, joint: Table | Joints) -> Table:
        """Return the value for every value of the free variables.

        Args:
            joint: the joint distribution of at least :attr:`variables`, or one for each of
                :attr:`regimes` (that of an experiment also has the variables that it sets as axes, and
                sums to 1 for each of their values). Batched tables give batched results. Where a
                condition has probability 0 the conditional is taken as 0, so that cells of no weight
                do not matter; a formula whose sum over the outcomes falls short of 1 has met a
                condition that does.

        Raises:
            InputError: if a distribution or a variable is missing.
        """
        joints = {OBSERVED: joint} if isinstance(joint, Table) else joint
        if absent := sorted(self.regimes - set(joints)):
            raise InputError(f"the distribution of {absent[0]} is missing")
        if missing := sorted(self._needs(joints)):
            raise InputError(f"the distribution lacks {', '.join(missing)}")
        return self._evaluate(joints)

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
    """``P(children | given)`` of one distribution, with some variables held at one level.

    Attributes:
        regime: which distribution.
        at: (variable, level) of children or conditions that are not free, such as a selection
            indicator: ``P(Y | X, S=1)``. A distribution without that variable is taken as one of
            units that all have the level.
    """

    children: tuple[str, ...]
    given: tuple[str, ...] = ()
    regime: Regime = OBSERVED
    at: tuple[tuple[str, int], ...] = ()

    @cached_property
    def free(self) -> frozenset[str]:
        return self.variables - {n for n, _ in self.at}

    @property
    def variables(self) -> frozenset[str]:
        return frozenset((*self.children, *self.given, *self.regime.do))

    @property
    def size(self) -> int:
        return len(self.children) + len(self.given) + len(self.regime.do)

    @property
    def regimes(self) -> frozenset[Regime]:
        return frozenset((self.regime,))

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {"p": list(self.children)}
        if self.given:
            data["given"] = list(self.given)
        if self.regime.do:
            data["do"] = list(self.regime.do)
        if self.regime.population:
            data["population"] = self.regime.population
        if self.at:
            data["at"] = dict(self.at)
        return data

    def _needs(self, joints: Joints) -> set[str]:
        fixed = {n for n, _ in self.at}
        return {*self.children, *self.given} - fixed - set(joints[self.regime].names)

    def _evaluate(self, joints: Joints) -> Table:
        joint = joints[self.regime]
        both = joint.marginal(self.variables)
        below = joint.marginal({*self.given, *self.regime.do}) if self.given else None
        for name, level in self.at:
            both = both.take(name, level)
            below = below and below.take(name, level)
        return both.divide(below) if below else both

    def _write(self, style: _Style, names: Names, inner: bool) -> str:
        levels = dict(self.at)

        def shown(name: str) -> str:
            return f"{style.name(name)}={levels[name]}" if name in levels else names[name]

        text = ", ".join(map(shown, self.children))
        conditions = list(map(shown, self.given))
        if self.regime.do:
            conditions.insert(0, style.do(", ".join(map(shown, self.regime.do))))
        if conditions:
            text += style.bar + ", ".join(conditions)
        return f"{style.population(self.regime.population)}({text})"


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

    @property
    def regimes(self) -> frozenset[Regime]:
        return self.of.regimes

    def _needs(self, joints: Joints) -> set[str]:
        return self.of._needs(joints)

    def to_json(self) -> dict[str, Any]:
        return {"sum": list(self.over), "of": self.of.to_json()}

    def _evaluate(self, joints: Joints) -> Table:
        return self.of._evaluate(joints).sum(self.over)

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

    @property
    def regimes(self) -> frozenset[Regime]:
        return frozenset().union(*(f.regimes for f in self.factors))

    def _needs(self, joints: Joints) -> set[str]:
        return set().union(*(f._needs(joints) for f in self.factors))

    def to_json(self) -> dict[str, Any]:
        return {"product": [f.to_json() for f in self.factors]}

    def _evaluate(self, joints: Joints) -> Table:
        found = Table.one(next(iter(joints.values())).batch)
        for factor in self.factors:
            found = found.multiply(factor._evaluate(joints))
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

    @property
    def regimes(self) -> frozenset[Regime]:
        return self.top.regimes | self.bottom.regimes

    def _needs(self, joints: Joints) -> set[str]:
        return self.top._needs(joints) | self.bottom._needs(joints)

    def to_json(self) -> dict[str, Any]:
        return {"quotient": [self.top.to_json(), self.bottom.to_json()]}

    def _evaluate(self, joints: Joints) -> Table:
        return self.top._evaluate(joints).divide(self.bottom._evaluate(joints))

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

    def do(self, names: str) -> str:
        return f"do({names})"

    def population(self, name: str) -> str:
        return f"P_{name}" if name else "P"

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

    def do(self, names: str) -> str:
        return rf"\mathrm{{do}}({names})"

    def population(self, name: str) -> str:
        return rf"P^{{({latex_name(name)})}}" if name else "P"

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
            regime = Regime(str(data.get("population", "")), names(data.get("do", [])))
            at = data.get("at", {})
            if not isinstance(at, Mapping) or not all(isinstance(v, int) for v in at.values()):
                raise InputError(f"levels of a formula are name: number, not {at!r}")
            return Probability(
                names(data["p"]), names(data.get("given", [])), regime, tuple(at.items())
            )
        if "sum" in data and "of" in data:
            return Sum(names(data["sum"]), expression_from_json(data["of"]))
        if isinstance(data.get("product"), list):
            return Product(tuple(expression_from_json(f) for f in data["product"]))
        if isinstance(data.get("quotient"), list) and len(data["quotient"]) == 2:
            return Quotient(*(expression_from_json(part) for part in data["quotient"]))
    raise InputError("a formula must be one of p, sum, product or quotient")
