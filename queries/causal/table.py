"""Functions of discrete variables as arrays with named axes, many parameterisations at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Table"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """A non-negative function of ``names``.

    ``values`` has shape ``(batch, levels of names[0], levels of names[1], ...)``; ``names`` are
    sorted, so that two tables line up without a search.
    """

    names: tuple[str, ...]
    values: Array

    @classmethod
    def make(cls, names: Sequence[str], values: Array) -> Table:
        """Return a table from axes in any order."""
        order = sorted(range(len(names)), key=lambda i: names[i])
        axes = (0, *(i + 1 for i in order))
        return cls(tuple(names[i] for i in order), np.transpose(values, axes))

    @classmethod
    def one(cls, batch: int) -> Table:
        """Return the constant 1."""
        return cls((), np.ones(batch))

    @property
    def batch(self) -> int:
        """How many parameterisations there are."""
        return int(self.values.shape[0])

    def spread(self, names: tuple[str, ...]) -> Array:
        """Return the values with an axis of length 1 for each of ``names`` that are not its own."""
        have = set(self.names)
        sizes = iter(self.values.shape[1:])
        return self.values.reshape(self.batch, *(next(sizes) if n in have else 1 for n in names))

    def multiply(self, other: Table) -> Table:
        """Return the product."""
        names = tuple(sorted({*self.names, *other.names}))
        return Table(names, self.spread(names) * other.spread(names))

    def divide(self, other: Table) -> Table:
        """Return the quotient, 0 where the divisor is 0."""
        names = tuple(sorted({*self.names, *other.names}))
        top, bottom = self.spread(names), other.spread(names)
        shape = np.broadcast_shapes(top.shape, bottom.shape)
        out = np.zeros(shape)
        np.divide(top, bottom, out=out, where=np.broadcast_to(bottom > 0, shape))
        return Table(names, out)

    def take(self, name: str, level: int) -> Table:
        """Return the values at one level of a variable; the table itself if it has no such axis."""
        if name not in self.names:
            return self
        axis = self.names.index(name)
        kept = (*self.names[:axis], *self.names[axis + 1 :])
        return Table(kept, np.take(self.values, level, axis=axis + 1))

    def sum(self, over: Iterable[str]) -> Table:
        """Return the sum over some variables; a variable it does not depend on is an error."""
        gone = set(over)
        axes = tuple(self.names.index(n) + 1 for n in gone)
        kept = tuple(n for n in self.names if n not in gone)
        return Table(kept, self.values.sum(axis=axes))

    def marginal(self, names: Iterable[str]) -> Table:
        """Return the sum over all variables but these."""
        return self.sum(set(self.names) - set(names))
