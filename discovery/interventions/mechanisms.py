"""Which rows share a mechanism: rows by intervention, and for every column the parts that count.

An intervention on a column is hard (its parents are cut: those rows say nothing about them) or soft
(the parents stay, how the column depends on them changes: those rows count on their own). A third kind,
set, is hard, and besides the measured value of the target does not tell what acts on others (an inhibitor
blocks a kinase whose amount is measured): for the columns it acts on, such rows have a level of their
own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from discovery.data import Table
from graph.errors import DataError, UsageError

__all__ = ["Environments", "Mechanisms", "Targets", "mechanisms"]

Targets = Literal["hard", "soft", "set"]
Environments = Literal["targets", "clusters"]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Mechanisms:
    """How rows and interventions lie.

    ``environments`` [k, p]: the distinct sets of columns intervened upon together, the set without any
    first where there is one; ``environment`` [n]: the environment of each row; ``groups[y]``: the sets
    of environments in each of which column ``y`` has one and the same mechanism.
    """

    environments: Bools
    environment: NDArray[np.int64]
    groups: tuple[tuple[tuple[int, ...], ...], ...]
    kind: Targets

    @property
    def interventional(self) -> bool:
        """Whether any column was intervened upon."""
        return bool(self.environments.any())


def mechanisms(
    table: Table, kind: Targets = "hard", environments_by: Environments = "targets"
) -> Mechanisms:
    """Return how the rows of a table share mechanisms, from ``table.targets`` [n, p].

    A table without targets is one environment in which nothing was intervened upon. Rows with the same
    targets are one environment, or, by clusters, those with the same ``table.clusters`` besides.

    Raises:
        DataError: a column that was intervened upon in every row: nothing tells what acts on it.
        UsageError: environments by clusters of a table without clusters, or with as many as rows.
    """
    targets = table.targets
    if targets is None:
        targets = np.zeros((table.n, table.p), dtype=bool)
    always = [table.columns[int(j)] for j in np.flatnonzero(targets.all(axis=0))]
    if always:
        raise DataError(
            f"{', '.join(map(repr, always))} intervened upon in every row",
            where=table.name,
            hint="Add rows without that intervention, or leave the column out.",
        )
    labels = np.zeros((table.n, 1), dtype=np.int64)
    if environments_by == "clusters":
        if table.clusters is None:
            raise UsageError(
                "environments by clusters, but the data have no clusters",
                hint="Name the column that tells the conditions: clusters=...",
            )
        labels[:, 0] = table.clusters
        if len(np.unique(labels)) > table.n // 5:
            raise UsageError(
                f"{len(np.unique(labels))} clusters of {table.n} rows are too many for environments",
                hint="An environment needs at least 5 rows.",
            )
    rows, environment = np.unique(np.hstack([targets, labels]), axis=0, return_inverse=True)
    environments = rows[:, :-1].astype(bool)
    groups = []
    for y in range(table.p):
        free = tuple(int(e) for e in np.flatnonzero(~environments[:, y]))
        parts = [free]
        if kind == "soft":
            parts += [(int(e),) for e in np.flatnonzero(environments[:, y])]
        groups.append(tuple(parts))
    return Mechanisms(
        environments, np.asarray(environment, dtype=np.int64).ravel(), tuple(groups), kind
    )
