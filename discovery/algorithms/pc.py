"""PC-stable with batched tests."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from discovery.algorithms.base import Algorithm, Learned, Progress, Settings
from discovery.constrain import constrain
from discovery.counts import CountTests, counts_skeleton, levels_of
from discovery.data import Table
from discovery.knowledge import Knowledge
from discovery.orientation import orient
from discovery.skeleton import Skeleton, gaussian_skeleton

__all__ = ["PC", "PCSettings"]


class PCSettings(Settings):
    """Settings of :class:`PC`."""

    alpha: Annotated[
        float, Field(gt=0, lt=1, description="a pair is independent when p > alpha")
    ] = 0.01
    test: Annotated[
        Literal["fisherz", "gsq", "chisq"],
        Field(description="partial correlations, or G-squared or chi-square of categories"),
    ] = "fisherz"
    max_depth: Annotated[
        int | None, Field(ge=0, description="largest conditioning set, no limit by default")
    ] = None


class PC(Algorithm):
    """PC-stable (Spirtes et al. 2000; Colombo and Maathuis 2014) with Fisher-z tests for linear-Gaussian data
    or G-squared or chi-square tests for categories.

    Tests are computed in batches; skeleton and CPDAG are those of
    causal-learn with the same alpha, except that Meek's rules never close a directed cycle.
    Assumes no hidden common causes and no cycles.
    """

    name: ClassVar[str] = "pc"
    summary: ClassVar[str] = "PC-stable, tests in batches; same result as causal-learn, much faster"
    settings_type: ClassVar[type[Settings]] = PCSettings

    @property
    def categories(self) -> bool:
        """Whether it tests categories, so that text columns can be used."""
        assert isinstance(self.settings, PCSettings)
        return self.settings.test != "fisherz"

    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        """See :meth:`Algorithm.run`."""
        settings = self.settings
        assert isinstance(settings, PCSettings)

        def level(depth: int) -> None:
            if progress is not None:
                progress(f"testing with {depth} conditioning columns", depth, 0)

        protected = np.zeros((table.p, table.p), dtype=bool)
        for claim in knowledge.required:
            i, j = table.columns.index(claim.source), table.columns.index(claim.target)
            protected[i, j] = protected[j, i] = True
        if settings.test == "fisherz":
            skeleton = gaussian_skeleton(
                table.correlation,
                table.n,
                settings.alpha,
                max_depth=settings.max_depth,
                protected=protected,
                progress=level,
            )
        else:
            skeleton = counts_skeleton(
                CountTests(levels_of(table), settings.test),
                settings.alpha,
                max_depth=settings.max_depth,
                protected=protected,
                progress=level,
            )
        return finish(table, knowledge, skeleton)


def finish(table: Table, knowledge: Knowledge, skeleton: Skeleton) -> Learned:
    """Orient a skeleton under knowledge: the second half of PC."""
    separations = skeleton.separations
    status = separations.is_collider
    adjacent = skeleton.adjacent.copy()
    for i, j in skeleton.denied:
        adjacent[i, j] = adjacent[j, i] = False
    if knowledge.constrains:
        oriented, free, conflicts = constrain(table, knowledge, adjacent, status, separations)
    else:
        oriented = free = orient(adjacent, status)
        conflicts = []
    return Learned(
        oriented.marks,
        p_values=skeleton.p_values,
        separations=separations,
        reasons=oriented.reasons,
        by_data=frozenset(free.reasons),
        conflicts=conflicts,
        notes=list(skeleton.notes),
    )
