"""A test of conditional independence that is never wrong, and what is true of a graph with hidden nodes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from discovery.data import Table
from discovery.independence import IndependenceTest
from tests.discovery.helpers import oracle, table_of

Bools = NDArray[np.bool_]


class Oracle(IndependenceTest):
    """d-separation in a DAG whose first columns are the table's; the others are hidden."""

    name: ClassVar[str] = "oracle"
    summary: ClassVar[str] = "d-separation"
    columns: ClassVar[tuple[str, ...]] = ("continuous", "discrete")

    def __init__(self, table: Table, dag: Bools) -> None:
        super().__init__(table)
        self._separated = oracle(dag)
        self._known: dict[tuple[int, int, tuple[int, ...]], float] = {}

    def p_value(self, i: int, j: int, given: Sequence[int] = ()) -> float:
        key = (min(i, j), max(i, j), tuple(sorted(given)))
        if key not in self._known:
            self._known[key] = self._separated(*key)
        return self._known[key]

    def statistic(self, i: int, j: int, given: Sequence[int] = ()) -> float:
        return math.nan


def any_table(p: int) -> Table:
    """A table of p columns whose values do not matter."""
    return table_of(np.random.default_rng(0).normal(size=(30, p)))


def causes(dag: Bools) -> Bools:
    """[i, j]: i is j or a cause of it."""
    reach = dag | np.eye(len(dag), dtype=bool)
    for _ in range(len(dag)):
        reach = (reach.astype(int) @ reach.astype(int)) > 0
    return reach


def separable(dag: Bools, p: int) -> Bools:
    """[i, j] of the first p nodes: some set of the others separates them. If any does, their ancestors do
    (Richardson and Spirtes 2002)."""
    test, reach = oracle(dag), causes(dag)
    found = np.zeros((p, p), dtype=bool)
    for i in range(p):
        for j in range(i):
            above = [k for k in range(p) if k not in (i, j) and (reach[k, i] or reach[k, j])]
            found[i, j] = found[j, i] = bool(test(i, j, tuple(above)))
    return found
