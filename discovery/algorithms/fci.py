"""FCI: structure learning that allows hidden common causes."""

from __future__ import annotations

from itertools import combinations
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Algorithm, Learned, Progress, Settings
from discovery.association import partial_test
from discovery.constrain import required_absent
from discovery.data import Table
from discovery.knowledge import Conflict, ConflictKind, Knowledge
from discovery.marks import ARROW, TAIL, Marks, kind_of
from discovery.pag import OrientedPag, orient_pag, possible_d_sep
from discovery.skeleton import Skeleton, gaussian_skeleton

__all__ = ["FCI", "FCISettings", "finish_pag"]

Bools = NDArray[np.bool_]


class FCISettings(Settings):
    """Settings of :class:`FCI`."""

    alpha: Annotated[
        float, Field(gt=0, lt=1, description="a pair is independent when p > alpha")
    ] = 0.01
    max_depth: Annotated[
        int | None, Field(ge=0, description="largest set of neighbours conditioned on")
    ] = None
    possible_d_sep: Annotated[
        int,
        Field(
            ge=0, description="largest set from Possible-D-Sep; 0 leaves that step out (RFCI-like)"
        ),
    ] = 3


class FCI(Algorithm):
    """FCI (Spirtes et al. 2000; rules of Zhang 2008) for linear-Gaussian data; the result is a PAG.

    Here knowledge is about causing at all, directly or through others: "forbidden a -> b" and tiers mean
    that a is no cause of b (an arrowhead at a), and a pair forbidden both ways may still share a hidden
    cause (``<->``). Required edges are direct causes.
    """

    name: ClassVar[str] = "fci"
    summary: ClassVar[str] = (
        "FCI with batched Fisher-z tests: hidden common causes allowed, result a PAG"
    )
    settings_type: ClassVar[type[Settings]] = FCISettings
    hidden_causes: ClassVar[bool] = True

    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        """See :meth:`Algorithm.run`."""
        settings = self.settings
        assert isinstance(settings, FCISettings)

        def level(depth: int) -> None:
            if progress is not None:
                progress(f"testing with {depth} conditioning columns", depth, 0)

        skeleton = gaussian_skeleton(
            table.correlation,
            table.n,
            settings.alpha,
            max_depth=settings.max_depth,
            protected=_required(table, knowledge) | _required(table, knowledge).T,
            progress=level,
        )
        if settings.possible_d_sep:
            if progress is not None:
                progress("testing Possible-D-Sep sets", 0, 0)
            _possible_d_sep(table, skeleton, settings.alpha, settings.possible_d_sep)
        return finish_pag(table, knowledge, skeleton)


def _required(table: Table, knowledge: Knowledge) -> Bools:
    found = np.zeros((table.p, table.p), dtype=bool)
    for claim in knowledge.required:
        found[table.columns.index(claim.source), table.columns.index(claim.target)] = True
    return found


def _possible_d_sep(table: Table, skeleton: Skeleton, alpha: float, most: int) -> None:
    """Remove edges that a set from Possible-D-Sep separates and no set of neighbours did."""
    adjacent = skeleton.adjacent
    marks = orient_pag(adjacent, skeleton.separations, colliders_only=True).marks
    start = adjacent.copy()
    reach = [possible_d_sep(marks, x) for x in range(table.p)]
    for x, y in np.argwhere(start):
        i, j = int(x), int(y)
        pair = (min(i, j), max(i, j))
        if not adjacent[i, j] or pair in skeleton.separations:
            continue
        near = {int(k) for k in np.flatnonzero(start[i])}
        pool = [k for k in reach[i] if k != j]
        if set(pool) <= near:
            continue
        for size in range(1, min(most, len(pool)) + 1):
            sets = [s for s in combinations(pool, size) if not set(s) <= near]
            if not sets:
                continue
            tests = [(partial_test(table.correlation, table.n, i, j, s), s) for s in sets]
            skeleton.tests += len(tests)
            test, best = max(tests, key=lambda item: item[0].p_value)
            if test.p_value > alpha:
                skeleton.separations.add(pair, best, best, test.p_value)
                skeleton.separations.statistics[pair] = abs(test.z)
                adjacent[i, j] = adjacent[j, i] = False
                break


def finish_pag(table: Table, knowledge: Knowledge, skeleton: Skeleton) -> Learned:
    """Orient a skeleton as a PAG under knowledge."""
    separations = skeleton.separations
    by_data = skeleton.adjacent.copy()
    denied = np.zeros_like(by_data)
    for i, j in skeleton.denied:
        by_data[i, j] = by_data[j, i] = False
        denied[i, j] = denied[j, i] = True
    free = orient_pag(by_data, separations)
    found, conflicts = free, []
    if knowledge.constrains:
        allowed = knowledge.allowed(table.columns)
        required = _required(table, knowledge)
        not_cause = ~allowed & ~np.eye(table.p, dtype=bool)
        found = orient_pag(
            skeleton.adjacent,
            separations,
            not_cause=not_cause,
            required=required,
            unknown_edges=denied,
        )
        conflicts = [
            *required_absent(table, knowledge, denied, separations, found.marks),
            *_against(table, knowledge, free, not_cause, required),
        ]
    directed = np.argwhere((free.marks == ARROW) & (free.marks.T == TAIL))
    return Learned(
        found.marks,
        p_values=skeleton.p_values,
        separations=separations,
        by_data=frozenset((int(i), int(j)) for i, j in directed),
        conflicts=conflicts,
        notes=list(skeleton.notes),
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
        test = partial_test(table.correlation, table.n, a, b)
        found.append(
            Conflict(
                one, two, ConflictKind.DIRECTION, literature,
                f"{one} {kind_of(marks, a, b)} {two} by the data alone (correlation "
                f"{test.correlation:.3f})",
                "what was known is in the result", statements, test.z, test.p_value,
            )
        )  # fmt: skip
    return found
