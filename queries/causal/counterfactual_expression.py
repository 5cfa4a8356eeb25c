"""Formulas that name several values of one variable: trees whose names are symbols of values.

A symbol stands for one value of one variable (``x'`` of X); what it belongs to is kept beside the
tree, so that the laws of :mod:`queries.causal.simplify` apply as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from queries.causal.expression import (
    OBSERVED,
    Expression,
    Probability,
    Product,
    Quotient,
    Regime,
    Sum,
)
from queries.causal.simplify import product, quotient, summed
from queries.causal.table import Table

if TYPE_CHECKING:
    from queries.causal.expression import Names, _Style

__all__ = ["ZERO", "Difference", "Zero", "divided", "evaluate", "renamed", "subtracted"]


@dataclass(frozen=True)
class Zero(Expression):
    """The number 0: what cannot happen."""

    @property
    def free(self) -> frozenset[str]:
        return frozenset()

    @property
    def variables(self) -> frozenset[str]:
        return frozenset()

    @property
    def size(self) -> int:
        return 0

    @property
    def regimes(self) -> frozenset[Regime]:
        return frozenset()

    def to_json(self) -> dict[str, Any]:
        return {"number": 0}

    def _needs(self, joints: Mapping[Regime, Table]) -> set[str]:
        return set()

    def _evaluate(self, joints: Mapping[Regime, Table]) -> Table:
        return Table((), np.zeros(next(iter(joints.values())).batch))

    def _write(self, style: _Style, names: Names, inner: bool) -> str:
        return "0"


ZERO = Zero()


@dataclass(frozen=True)
class Difference(Expression):
    """``whole - part``."""

    whole: Expression
    part: Expression

    @property
    def free(self) -> frozenset[str]:
        return self.whole.free | self.part.free

    @property
    def variables(self) -> frozenset[str]:
        return self.whole.variables | self.part.variables

    @property
    def size(self) -> int:
        return self.whole.size + self.part.size

    @property
    def regimes(self) -> frozenset[Regime]:
        return self.whole.regimes | self.part.regimes

    def to_json(self) -> dict[str, Any]:
        return {"difference": [self.whole.to_json(), self.part.to_json()]}

    def _needs(self, joints: Mapping[Regime, Table]) -> set[str]:
        return self.whole._needs(joints) | self.part._needs(joints)

    def _evaluate(self, joints: Mapping[Regime, Table]) -> Table:
        return subtracted(self.whole._evaluate(joints), self.part._evaluate(joints))

    def _write(self, style: _Style, names: Names, inner: bool) -> str:
        # brackets, as a sum reaches to the end of the line
        whole, part = (p._write(style, names, True) for p in (self.whole, self.part))
        return style.brackets(f"{whole} - {part}") if inner else f"{whole} - {part}"


def subtracted(whole: Table, part: Table) -> Table:
    """Return the difference of two tables."""
    names = tuple(sorted({*whole.names, *part.names}))
    return Table(names, whole.spread(names) - part.spread(names))


def renamed(tree: Expression, names: Mapping[str, str]) -> Expression:
    """Return the tree with its free names exchanged; no new name may be bound in it."""
    if isinstance(tree, Probability):
        done = Regime(tree.regime.population, tuple(names.get(n, n) for n in tree.regime.do))
        return Probability(
            tuple(names.get(n, n) for n in tree.children),
            tuple(names.get(n, n) for n in tree.given),
            done,
            tree.at,
        )
    if isinstance(tree, Sum):
        left = {k: v for k, v in names.items() if k not in tree.over}
        return Sum(tree.over, renamed(tree.of, left))
    if isinstance(tree, Product):
        return Product(tuple(renamed(f, names) for f in tree.factors))
    if isinstance(tree, Quotient):
        return Quotient(renamed(tree.top, names), renamed(tree.bottom, names))
    if isinstance(tree, Difference):
        return Difference(renamed(tree.whole, names), renamed(tree.part, names))
    return tree


def divided(top: Expression, bottom: Expression) -> Expression:
    """Return the quotient; a divisor without the summed names goes into the sum where it cancels."""
    if top == bottom:
        return Product(())
    if isinstance(top, Sum) and not bottom.free & set(top.over):
        inner = quotient(top.of, bottom)
        if not isinstance(inner, Quotient):
            return summed(top.over, inner)
    found = quotient(top, bottom)
    return product(found.factors) if isinstance(found, Product) else found


def evaluate(
    tree: Expression, joints: Table | Mapping[Regime, Table], variable_of: Mapping[str, str]
) -> Table:
    """Return the value for every value of the free symbols: one axis a symbol.

    Args:
        joints: the observed joint distribution, or one for each regime, axes named by variables.
        variable_of: symbol -> variable; a symbol that is not there is its own variable.
    """
    if isinstance(joints, Table):
        joints = {OBSERVED: joints}

    def variables(symbols: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(variable_of.get(s, s) for s in symbols)

    def value(part: Expression) -> Table:
        if isinstance(part, Probability):
            regime = Regime(part.regime.population, tuple(sorted(variables(part.regime.do))))
            plain = Probability(variables(part.children), variables(part.given), regime, part.at)
            found = plain.evaluate(joints)
            back = {variable_of.get(s, s): s for s in part.variables}
            return Table.make([back[n] for n in found.names], found.values)
        if isinstance(part, Sum):
            return value(part.of).sum(part.over)
        if isinstance(part, Product):
            product_ = Table.one(next(iter(joints.values())).batch)
            for factor in part.factors:
                product_ = product_.multiply(value(factor))
            return product_
        if isinstance(part, Quotient):
            return value(part.top).divide(value(part.bottom))
        if isinstance(part, Difference):
            return subtracted(value(part.whole), value(part.part))
        return part.evaluate(joints)

    return value(tree)
