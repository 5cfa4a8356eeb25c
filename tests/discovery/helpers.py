"""What several discovery tests need: datasets, an independence oracle, all members of a class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from discovery.data import Table, prepare
from discovery.marks import ARROW, TAIL, Marks, skeleton_marks, topological_order
from graph.causal import CausalGraph
from graph.dataset import Dataset, Variable

Bools = NDArray[np.bool_]


def names(p: int) -> tuple[str, ...]:
    return tuple(f"x{i:02d}" for i in range(p))


def table_of(values: NDArray[np.float64]) -> Table:
    return prepare(dataset_of(values))


def dataset_of(
    values: NDArray[np.float64], columns: tuple[str, ...] = (), entities: tuple[str, ...] = ()
) -> Dataset:
    columns = columns or names(values.shape[1])
    bound = tuple(Variable(c, e) for c, e in zip(columns, entities, strict=False))
    return Dataset(pd.DataFrame(values, columns=list(columns)), bound, name="made up")


def linear_uniform(dag: Bools, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Rows of a linear model with uniform noise, [n, p]: what LiNGAM methods need."""
    values = rng.uniform(-1, 1, (n, len(dag)))
    for j in topological_order(dag) or []:
        above = np.flatnonzero(dag[:, j])
        size = rng.uniform(0.5, 1.5, len(above)) * rng.choice([-1.0, 1.0], len(above))
        values[:, j] += values[:, above] @ size
    return values


def oracle(dag: Bools) -> Callable[[int, int, tuple[int, ...]], float]:
    """Return a test that is never wrong: p-value 1 for d-separated nodes, else 0."""
    p = len(dag)
    graph = CausalGraph(
        [str(i) for i in range(p)], directed=[(str(i), str(j)) for i, j in np.argwhere(dag)]
    )

    def test(x: int, y: int, given: tuple[int, ...]) -> float:
        return float(graph.m_separated(str(x), str(y), [str(k) for k in given]))

    return test


def colliders(dag: Bools) -> set[tuple[int, int, int]]:
    return {
        (x, y, z)
        for y in range(len(dag))
        for x in np.flatnonzero(dag[:, y]).tolist()
        for z in np.flatnonzero(dag[:, y]).tolist()
        if x < z and not dag[x, z] and not dag[z, x]
    }


def members(dag: Bools, allowed: Bools) -> Iterator[Bools]:
    """Yield every DAG with the skeleton and colliders of ``dag`` that knowledge allows."""
    pairs = [(int(i), int(j)) for i, j in np.argwhere(np.triu(dag | dag.T, 1))]
    wanted = colliders(dag)
    for turns in product((False, True), repeat=len(pairs)):
        other = np.zeros_like(dag)
        for (i, j), turned in zip(pairs, turns, strict=True):
            other[(j, i) if turned else (i, j)] = True
        if (other & ~allowed).any() or topological_order(other) is None:
            continue
        if colliders(other) == wanted:
            yield other


def common(dags: list[Bools]) -> Marks:
    """Return the marks on which all members agree; undirected where they differ."""
    marks = skeleton_marks(dags[0] | dags[0].T, TAIL)
    marks[np.logical_and.reduce(dags)] = ARROW
    return marks
