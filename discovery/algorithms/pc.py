"""PC-stable with batched tests."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from discovery.algorithms.base import Learned, Progress, Settings
from discovery.algorithms.constraint import ConstraintAlgorithm, ConstraintSettings
from discovery.colliders import ColliderRule, collider_status
from discovery.constrain import constrain
from discovery.data import Table
from discovery.independence import IndependenceTest
from discovery.knowledge import Knowledge
from discovery.orientation import TripleStatus, orient
from discovery.skeleton import Skeleton

__all__ = ["PC", "PCSettings", "finish"]


class PCSettings(ConstraintSettings):
    """Settings of :class:`PC`."""

    collider: Annotated[
        ColliderRule,
        Field(
            description="colliders by the separating sets of the search (standard), or by all sets of "
            "neighbours: all of them agree (conservative) or most (majority)"
        ),
    ] = "standard"


class PC(ConstraintAlgorithm):
    """PC-stable (Spirtes et al. 2000; Colombo and Maathuis 2014) with any test of conditional independence:
    partial correlations, counts, conditional-Gaussian, kernels.

    Tests are computed in batches; skeleton and CPDAG are those of
    causal-learn with the same alpha, except that Meek's rules never close a directed cycle.
    Graded priors move the tests of the skeleton (:mod:`discovery.graded`). Assumes no hidden common causes and no cycles.
    """

    name: ClassVar[str] = "pc"
    summary: ClassVar[str] = "PC-stable, tests in batches; same result as causal-learn, much faster"
    settings_type: ClassVar[type[Settings]] = PCSettings
    leans: ClassVar[bool] = True

    def learn_with(
        self,
        test: IndependenceTest,
        table: Table,
        knowledge: Knowledge,
        progress: Progress | None = None,
    ) -> Learned:
        """See :meth:`ConstraintAlgorithm.learn_with`."""
        settings = self.settings
        assert isinstance(settings, PCSettings)
        alpha, skeleton = self._search(test, table, knowledge, progress)
        adjacent = skeleton.adjacent.copy()
        for i, j in skeleton.denied:
            adjacent[i, j] = adjacent[j, i] = False
        status = collider_status(
            settings.collider if skeleton.complete else "standard",
            test,
            skeleton,
            adjacent,
            alpha,
            max_depth=settings.max_depth,
        )
        return finish(table, knowledge, skeleton, status)


def finish(
    table: Table,
    knowledge: Knowledge,
    skeleton: Skeleton,
    status: TripleStatus | None = None,
) -> Learned:
    """Orient a skeleton under knowledge: the second half of PC.

    Args:
        status: collider status of unshielded triples; by the separating sets of the skeleton when not
            given.
    """
    separations = skeleton.separations
    if status is None:
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
        complete=skeleton.complete,
    )
