"""What every test of conditional independence is."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from discovery.data import Table
from discovery.skeleton import Progress, Skeleton, search_sets
from graph.errors import UsageError

__all__ = ["IndependenceTest"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_WORDS = {"missing": "missing values", "weights": "row weights"}


class IndependenceTest(ABC):
    """A test of "columns i and j are independent given others" on one table.

    A p-value is the same whichever of i and j comes first, and whatever the scale of the columns.
    """

    name: ClassVar[str]
    """its name in the registry"""
    summary: ClassVar[str]
    """one line for people"""
    columns: ClassVar[tuple[str, ...]]
    """the kinds of columns it takes: continuous, discrete"""
    categories: ClassVar[bool] = False
    """whether text columns, coded, can be tested"""
    uses: ClassVar[tuple[str, ...]] = ()
    """what it takes into account beside complete rows: missing (test-wise deletion), weights"""

    def __init__(self, table: Table, *, seed: int = 0) -> None:
        self.table = table
        self.p = table.p
        self.seed = seed

    @classmethod
    def check(cls, table: Table) -> None:
        """Refuse a table whose missing values or weights this test would ignore.

        Raises:
            UsageError: naming what it cannot use.
        """
        held = {"missing": table.has_missing, "weights": table.weights is not None}
        for part, there in held.items():
            if there and part not in cls.uses:
                raise UsageError(
                    f"the test {cls.name} cannot use {_WORDS[part]}",
                    hint='Choose test="fisherz", "gsq" or "conditional-gaussian".',
                )

    @abstractmethod
    def p_value(self, i: int, j: int, given: Sequence[int] = ()) -> float:
        """Return the p-value of "i and j are independent given these"; 1 if the rows are too few."""

    def p_values(self, i: int, j: int, sets: Ints) -> Floats:
        """Return the p-value given each of the sets [k, d], [k]."""
        return np.array([self.p_value(i, j, tuple(given)) for given in sets.tolist()])

    def statistic(self, i: int, j: int, given: Sequence[int] = ()) -> float:
        """Return the z statistic, NaN where the test has none."""
        return math.nan

    def skeleton(
        self,
        alpha: float | Floats,
        *,
        max_depth: int | None = None,
        protected: Bools | None = None,
        progress: Progress | None = None,
    ) -> Skeleton:
        """Return the skeleton of PC-stable by this test; see
        :func:`discovery.skeleton.search_skeleton`."""
        return search_sets(
            self.p,
            self.p_values,
            alpha,
            max_depth=max_depth,
            protected=protected,
            progress=progress,
        )
