"""BOSS: a search over column orders with the extended Gaussian BIC."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Algorithm, Learned, Progress, Settings
from discovery.association import bic_gain
from discovery.constrain import disagreements
from discovery.data import Table
from discovery.knowledge import Conflict, Knowledge
from discovery.orientation import Oriented, orient, reasons_of, to_cpdag
from discovery.permutation import GaussianBic, OrderSearch, best_order

__all__ = ["BOSS", "BOSSSettings"]

Bools = NDArray[np.bool_]


class BOSSSettings(Settings):
    """Settings of :class:`BOSS`."""

    penalty: Annotated[
        float,
        Field(gt=0, description="multiple of the BIC's log(n) for an edge; 1 is the standard"),
    ] = 1.0
    gamma: Annotated[
        float, Field(ge=0, le=1, description="extended BIC: 4 gamma log(p) more for an edge")
    ] = 0.5
    starts: Annotated[
        int | None,
        Field(
            ge=1, description="orders to start from; by default 3, over 60 columns 2, over 120 one"
        ),
    ] = None
    seed: Annotated[int, Field(ge=0, description="of the random orders to start from")] = 0


class BOSS(Algorithm):
    """Best order score search (Andrews et al. 2023) for linear-Gaussian data, with a final backward phase.

    Knowledge limits the search itself: forbidden parents are never tried, required ones are always in,
    tiers and required edges limit the orders. A second search without knowledge shows where the data
    disagree. The result does not depend on the scale of the columns. Assumes no hidden common causes
    and no cycles.
    """

    name: ClassVar[str] = "boss"
    summary: ClassVar[str] = (
        "best order score search with the extended BIC: most accurate on linear data"
    )
    settings_type: ClassVar[type[Settings]] = BOSSSettings

    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        """See :meth:`Algorithm.run`."""
        settings = self.settings
        assert isinstance(settings, BOSSSettings)
        score = GaussianBic(table.correlation, table.n, settings.penalty, settings.gamma)
        number = settings.starts or (3 if table.p <= 60 else 2 if table.p <= 120 else 1)
        rng = np.random.default_rng(settings.seed)
        # by content, not by position: the same columns in another order start the same way
        first = np.lexsort((np.abs(table.correlation).sum(axis=0).round(9),)).tolist()
        starts = [first, *(rng.permutation(first).tolist() for _ in range(number - 1))]

        def tell(start: int, sweep: int) -> None:
            if progress is not None:
                progress(f"order search, sweep {sweep + 1}", start, number)

        found = best_order(score, starts=starts, progress=tell)
        free_marks = to_cpdag(found.dag)
        free = Oriented(free_marks, reasons_of(free_marks))
        oriented, conflicts, complete = free, list[Conflict](), found.complete
        if knowledge.constrains:
            found, oriented = self._constrained(table, knowledge, score, starts)
            complete = complete and found.complete
            conflicts = disagreements(table, knowledge, free, oriented.marks, {})
        return Learned(
            oriented.marks,
            gains=_gains(table, found.dag, score.cost),
            reasons=oriented.reasons,
            by_data=frozenset(free.reasons),
            conflicts=conflicts,
            notes=[] if complete else ["interrupted: the best graph so far"],
            complete=complete,
        )

    def _constrained(
        self, table: Table, knowledge: Knowledge, score: GaussianBic, starts: list[list[int]]
    ) -> tuple[OrderSearch, Oriented]:
        index = {name: i for i, name in enumerate(table.columns)}
        allowed = knowledge.allowed(table.columns)
        required = np.zeros_like(allowed)
        for claim in knowledge.required:
            required[index[claim.source], index[claim.target]] = True
        before = required.copy()
        tier = knowledge.tier_of()
        for early, low in tier.items():
            for late, high in tier.items():
                before[index[early], index[late]] |= low < high
        found = best_order(
            score, starts=starts, allowed=allowed, required=required, before=_closure(before)
        )
        dag = found.dag
        # edges that the score would rather not have say nothing about the directions around them
        denied = np.zeros_like(dag)
        for y in range(table.p):
            above = [int(k) for k in np.flatnonzero(dag[:, y])]
            if above:
                denied[above, y] = score.losses(y, above) > 0
        unsure = denied | denied.T

        def status(x: int, y: int, z: int) -> bool | None:
            if unsure[x, y] or unsure[z, y]:
                return None
            return bool(dag[x, y] and dag[z, y])

        return found, orient(dag | dag.T, status, allowed)


def _closure(before: Bools) -> Bools:
    reach = before.copy()
    for k in range(len(reach)):
        reach |= np.outer(reach[:, k], reach[k])
    return reach


def _gains(table: Table, dag: Bools, cost: float) -> dict[tuple[int, int], float]:
    """Return by how much each edge raises the score, under both orders of its ends."""
    found: dict[tuple[int, int], float] = {}
    for i, j in np.argwhere(dag):
        x, y = int(i), int(j)
        given = [int(k) for k in np.flatnonzero(dag[:, y]) if k != x]
        gain = bic_gain(table.correlation, table.n, x, y, given, 0.0) - cost
        found[x, y] = found[y, x] = gain
    return found
