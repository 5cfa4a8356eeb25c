"""FCI: structure learning that allows hidden common causes."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Learned, Progress, Settings
from discovery.algorithms.constraint import (
    ConstraintAlgorithm,
    ConstraintSettings,
)
from discovery.association import table_test
from discovery.constrain import required_absent
from discovery.data import Table
from discovery.independence import IndependenceTest
from discovery.knowledge import Conflict, ConflictKind, Knowledge
from discovery.marks import ARROW, TAIL, Marks, closure, kind_of
from discovery.pag import OrientedPag, orient_pag
from discovery.pag_causal_learn import ReferenceSteps
from discovery.possible_d_sep import remove_by_possible_d_sep, set_search
from discovery.rfci import Refinement
from discovery.skeleton import Skeleton
from graph.errors import UsageError

__all__ = ["FCI", "FCISettings", "finish_pag"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


class FCISettings(ConstraintSettings):
    """Settings of :class:`FCI`."""

    possible_d_sep: Annotated[
        int,
        Field(
            ge=0, description="largest set from Possible-D-Sep; 0 leaves that step out (RFCI-like)"
        ),
    ] = 3
    steps: Annotated[
        Literal["zhang", "causal-learn"],
        Field(
            description="the rules of Zhang 2008, or step for step what causal-learn does, for "
            "comparison: the same PAG, without knowledge; Possible-D-Sep is then not limited"
        ),
    ] = "zhang"


class FCI(ConstraintAlgorithm):
    """FCI (Spirtes et al. 2000; rules of Zhang 2008) with any test of conditional independence; the result is
    a PAG.

    Here knowledge is about causing at all, directly or through others: "forbidden a -> b" and tiers mean
    that a is no cause of b (an arrowhead at a), and a pair forbidden both ways may still share a hidden
    cause (``<->``). Required edges are direct causes. Graded priors move the tests of the skeleton
    and give no marks: what the data leave open stays a circle.
    """

    name: ClassVar[str] = "fci"
    version: ClassVar[str] = "2"
    summary: ClassVar[str] = "FCI, tests in batches: hidden common causes allowed, result a PAG"
    settings_type: ClassVar[type[Settings]] = FCISettings
    hidden_causes: ClassVar[bool] = True

    def check_knowledge(self, knowledge: Knowledge) -> None:
        """See :meth:`Algorithm.check_knowledge`."""
        super().check_knowledge(knowledge)
        assert isinstance(self.settings, FCISettings)
        if self.settings.steps == "causal-learn" and (knowledge.constrains or knowledge.graded):
            raise UsageError(
                'fci with steps="causal-learn" cannot take background knowledge',
                hint='Leave steps as it is ("zhang"): that keeps it soundly.',
            )

    def learn_with(
        self,
        test: IndependenceTest,
        table: Table,
        knowledge: Knowledge,
        progress: Progress | None = None,
    ) -> Learned:
        """See :meth:`ConstraintAlgorithm.learn_with`."""
        settings = self.settings
        assert isinstance(settings, FCISettings)
        alpha, skeleton = self._search(test, table, knowledge, progress)
        if settings.steps == "causal-learn":
            return _reference(test, skeleton, settings.alpha)
        if settings.possible_d_sep and skeleton.complete:
            if progress is not None:
                progress("testing Possible-D-Sep sets", 0, 0)
            required = knowledge.requires(table.columns)
            remove_by_possible_d_sep(
                test, skeleton, alpha, settings.possible_d_sep, required | required.T
            )
        return finish_pag(table, knowledge, skeleton)


def _reference(test: IndependenceTest, skeleton: Skeleton, alpha: float) -> Learned:
    """Go on from the skeleton as causal-learn does."""
    separations = skeleton.separations
    sets: dict[tuple[int, int], set[int]] = {}
    for (i, j), found in separations.items():
        sets[i, j] = sets[j, i] = set(found.nodes)
    steps = ReferenceSteps(
        skeleton.adjacent, sets, lambda i, j, given: test.p_value(i, j, given) > alpha
    )
    find, _ = set_search(test, alpha)

    def search(i: int, j: int, pool: list[int], adjacent: Bools) -> tuple[int, ...] | None:
        for size in range(2, len(pool) + 1):
            found = find(i, j, pool, size, adjacent, True)
            if found is not None:
                return found[0]
        return None

    steps.colliders()
    with skeleton.interruptible():
        for i, j, given in steps.prune(search):
            pair = (min(i, j), max(i, j))
            separations.add(pair, given, given, test.p_value(i, j, given))
            separations.statistics[pair] = abs(test.statistic(i, j, given))
    steps.colliders()
    with skeleton.interruptible():
        steps.close()
    p_values = np.where(skeleton.adjacent, skeleton.p_values, math.nan)
    return Learned(
        steps.result(),
        p_values=p_values,
        separations=separations,
        notes=list(skeleton.notes),
        complete=skeleton.complete,
    )


def finish_pag(
    table: Table,
    knowledge: Knowledge,
    skeleton: Skeleton,
    refinement: Refinement | None = None,
) -> Learned:
    """Orient a skeleton as a PAG under knowledge; with the further tests of RFCI if given, which may remove
    edges of the skeleton."""
    while True:
        separations = skeleton.separations
        by_data = skeleton.adjacent.copy()
        denied = np.zeros_like(by_data)
        for i, j in skeleton.denied:
            by_data[i, j] = by_data[j, i] = False
            denied[i, j] = denied[j, i] = True
        triples = None if refinement is None else refinement.triples
        check = None if refinement is None else refinement.holds
        free = orient_pag(by_data, separations, triples=triples, check=check)
        found, conflicts = free, list[Conflict]()
        if knowledge.constrains and not free.stopped:
            allowed = knowledge.allowed(table.columns)
            required = knowledge.requires(table.columns)
            not_cause = ~allowed & ~np.eye(table.p, dtype=bool)
            # where required edges lead is no cause of where they start
            reach = closure(required)
            found = orient_pag(
                skeleton.adjacent,
                separations,
                not_cause=not_cause | reach.T,
                required=required,
                unknown_edges=denied,
                triples=triples,
                check=check,
            )
            conflicts = [
                *required_absent(table, knowledge, denied, separations, found.marks),
                *_against(table, knowledge, free, not_cause, required),
            ]
        if not (free.stopped or found.stopped):
            break
    directed = np.argwhere((free.marks == ARROW) & (free.marks.T == TAIL))
    return Learned(
        found.marks,
        p_values=skeleton.p_values,
        separations=separations,
        by_data=frozenset((int(i), int(j)) for i, j in directed),
        conflicts=conflicts,
        notes=list(skeleton.notes),
        complete=skeleton.complete,
    )


def _against(
    table: Table, knowledge: Knowledge, free: OrientedPag, not_cause: Bools, required: Bools
) -> list[Conflict]:
    """List edges whose marks by the data alone say the opposite of what is known."""
    found = []
    marks: Marks = free.marks
    for i, j in np.argwhere(marks != 0):
        a, b = int(i), int(j)
        one, two = table.columns[a], table.columns[b]
        if not_cause[a, b] and marks[b, a] == TAIL:  # the data say that a causes b
            literature, statements = knowledge.against(one, two)
        elif required[a, b] and marks[b, a] == ARROW:  # the data say that a does not cause b
            literature, statements = knowledge.against(two, one)
        else:
            continue
        test = table_test(table, a, b)
        found.append(
            Conflict(
                one, two, ConflictKind.DIRECTION, literature,
                f"{one} {kind_of(marks, a, b)} {two} by the data alone (correlation "
                f"{test.correlation:.3f})",
                "what was known is in the result", statements, test.z, test.p_value,
            )
        )  # fmt: skip
    return found
