"""RCD: linear non-normal models with hidden common causes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Algorithm, Learned, Progress, Settings
from discovery.constrain import disagreements
from discovery.data import Table
from discovery.functional.orders import Limits, limits_of
from discovery.knowledge import Conflict, Knowledge
from discovery.marks import ARROW, CIRCLE, TAIL, Marks, arrows, closure
from discovery.orientation import Oriented, Reason
from graph.errors import DataError

__all__ = ["RCD", "RCDSettings"]

Floats = NDArray[np.float64]


class RCDSettings(Settings):
    """Settings of :class:`RCD`."""

    alpha: Annotated[
        float, Field(gt=0, lt=1, description="level of the independence tests of residuals (HSIC)")
    ] = 0.01
    correlation_alpha: Annotated[
        float, Field(gt=0, lt=1, description="level of the tests of correlation")
    ] = 0.01
    max_explanatory: Annotated[
        int, Field(ge=1, le=5, description="most columns that a residual is taken of at once")
    ] = 2


class _Residuals:
    """Least-squares residuals and their kernels, each computed once."""

    def __init__(self, table: Table) -> None:
        z = table.values - table.values.mean(axis=0)
        self.z = z / z.std(axis=0)
        self.r = table.correlation
        self.n = table.n
        _, counts = np.unique(self.z @ np.sqrt(np.arange(2.0, 2.0 + table.p)), return_counts=True)
        self.rows = float(self.n**2 / (counts**2).sum())
        self._rest: dict[tuple[int, tuple[int, ...]], Floats] = {}
        self._factor: dict[tuple[int, tuple[int, ...]], object] = {}

    def rest(self, y: int, given: tuple[int, ...]) -> Floats:
        """Residual [n] of y on other columns, standardised."""
        found = self._rest.get((y, given))
        if found is None:
            found = self.z[:, y]
            if given:
                s = list(given)
                found = found - self.z[:, s] @ np.linalg.solve(self.r[np.ix_(s, s)], self.r[s, y])
                found = found / found.std()
            self._rest[y, given] = found
        return found

    def correlation(
        self, i: int, given_i: tuple[int, ...], j: int, given_j: tuple[int, ...]
    ) -> float:
        """p-value of no correlation between two residuals."""
        from scipy.special import ndtr

        r = float(self.rest(i, given_i) @ self.rest(j, given_j)) / self.n
        used = max(1.0, self.rows - 3.0 - max(len(given_i), len(given_j)))
        return float(2.0 * ndtr(-abs(np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))) * used**0.5))

    def independent(self, y: int, causes: tuple[int, ...], given: tuple[int, ...]) -> float:
        """Smallest p-value of independence between each cause and what is left of y without them, all
        without the columns ``given``; times the number of causes."""
        from discovery.functional.hsic import KernelFactor, hsic_test, kernel_factor

        whole = tuple(sorted({*causes, *given}))

        def factor(node: int, given: tuple[int, ...]) -> KernelFactor:
            key = (node, given)
            if key not in self._factor:
                self._factor[key] = kernel_factor(self.rest(node, given))
            held = self._factor[key]
            assert isinstance(held, KernelFactor)
            return held

        left = factor(y, whole)
        found = [hsic_test(left, factor(c, given), self.rows)[0] for c in causes]
        return min(1.0, min(found) * len(found))


@dataclass
class _State:
    """Ancestors found so far: ``above[y]`` holds those of y."""

    above: list[set[int]]
    why: dict[tuple[int, int], tuple[int, ...]] = field(default_factory=dict)
    complete: bool = True


class RCD(Algorithm):
    """Repetitive causal discovery (Maeda and Shimizu 2020, AISTATS) for linear, non-normal data.

    A column is below others if its residual on them is independent of them (HSIC) for exactly one column of
    the set; common ancestors are taken out first, so that more can be seen. Ancestors whose effect the other
    ancestors do not explain are parents. Columns still correlated without their parents share a hidden cause
    (``<->``). Beyond the paper: where *both* directions leave an independent residual (normal data) or only
    one is ruled out, the edge keeps circles instead of being called a hidden cause, and it is dropped if FCI
    separates the pair; the notes say so.

    Required edges, forbidden edges and tiers are kept: they limit the ancestors, and never remove a hidden
    common cause.
    """

    name: ClassVar[str] = "rcd"
    summary: ClassVar[str] = "linear, non-normal data with hidden common causes (<->)"
    settings_type: ClassVar[type[Settings]] = RCDSettings
    hidden_causes: ClassVar[bool] = True

    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        """See :meth:`Algorithm.run`.

        Raises:
            DataError: not more rows than columns.
        """
        self.check_knowledge(knowledge)
        self.check_table(table)
        if table.n <= table.p:
            raise DataError(
                f"rcd needs more rows than columns, not {table.n} rows of {table.p} columns",
                where=table.name,
                hint='Leave columns out, or use "fci".',
            )
        held = _Residuals(table)
        free, notes, complete = self._once(table, held, Knowledge(), progress)
        final, conflicts = free, list[Conflict]()
        if knowledge.constrains:
            final, notes, whole = self._once(table, held, knowledge, progress)
            complete = complete and whole
            conflicts = disagreements(table, knowledge, free, final.marks, {})
        if not complete:
            notes.append("interrupted: the best graph so far")
        return Learned(
            final.marks,
            reasons=final.reasons,
            by_data=frozenset(
                (int(i), int(j)) for i, j in np.argwhere(arrows(free.marks) & arrows(final.marks))
            ),
            conflicts=conflicts,
            notes=notes,
            complete=complete,
        )

    def _once(
        self, table: Table, held: _Residuals, knowledge: Knowledge, progress: Progress | None
    ) -> tuple[Oriented, list[str], bool]:
        limits = limits_of(knowledge, table.columns)
        state = _State(
            [set(map(int, np.flatnonzero(_required_above(limits)[:, y]))) for y in range(table.p)]
        )
        try:
            self._ancestors(held, limits, state, progress)
        except KeyboardInterrupt:
            state.complete = False
        marks, open_pairs = self._edges(table, held, knowledge, limits, state)
        reasons = {
            (int(i), int(j)): Reason(
                "knowledge" if limits.required[i, j] else "independent residuals"
            )
            for i, j in np.argwhere(arrows(marks))
        }
        notes = []
        if open_pairs:
            a, b = open_pairs[0]
            notes.append(
                f"{len(open_pairs)} pairs, such as {table.columns[a]} and {table.columns[b]}, are dependent "
                "but their residuals show neither one direction nor a hidden cause (normal noise, or too few "
                "rows): their edges keep circles"
            )
        return Oriented(marks, reasons), notes, state.complete

    def _ancestors(
        self, held: _Residuals, limits: Limits, state: _State, progress: Progress | None
    ) -> None:
        settings = self.settings
        assert isinstance(settings, RCDSettings)
        p = len(state.above)
        size = 1
        while size <= settings.max_explanatory and size < p:
            if progress is not None:
                progress("ancestors", size - 1, settings.max_explanatory)
            changed = False
            # the ancestors of one round are taken from the state before it: the order of columns then
            # does not matter
            common = [frozenset(a) for a in state.above]
            found: list[tuple[int, tuple[int, ...]]] = []
            for group in combinations(range(p), size + 1):
                sink = self._sink(held, limits, common, group)
                if sink is not None:
                    found.append((sink, tuple(k for k in group if k != sink)))
            for sink, causes in found:
                for cause in causes:
                    if cause in state.above[sink] or sink in state.above[cause]:
                        continue
                    # an ancestor brings its own ancestors, to all that are below
                    below = {sink, *(k for k in range(p) if sink in state.above[k])}
                    above = {cause, *state.above[cause]}
                    if below & above:
                        continue
                    for low in below:
                        state.above[low] |= above
                    changed = True
            size = 1 if changed else size + 1

    def _sink(
        self,
        held: _Residuals,
        limits: Limits,
        common: list[frozenset[int]],
        group: tuple[int, ...],
    ) -> int | None:
        """Return the column of the group that all the others are ancestors of, if exactly one can be."""
        settings = self.settings
        assert isinstance(settings, RCDSettings)
        open_ = [y for y in group if not common[y].issuperset(k for k in group if k != y)]
        if len(open_) < len(group):
            return None
        given = tuple(sorted(frozenset.intersection(*(common[k] for k in group)) - set(group)))
        for i, j in combinations(group, 2):
            if held.correlation(i, given, j, given) > settings.correlation_alpha:
                return None
        sinks = []
        for y in group:
            causes = tuple(k for k in group if k != y)
            if any(y in common[k] for k in causes):
                continue
            if held.independent(y, causes, given) > settings.alpha:
                sinks.append(y)
        if len(sinks) != 1:
            # more than one: the data do not exclude a hidden cause, so knowledge of the order must not
            # choose among them
            return None
        sink = sinks[0]
        return None if any(limits.before[sink, k] for k in group) else sink

    def _edges(
        self,
        table: Table,
        held: _Residuals,
        knowledge: Knowledge,
        limits: Limits,
        state: _State,
    ) -> tuple[Marks, list[tuple[int, int]]]:
        settings = self.settings
        assert isinstance(settings, RCDSettings)
        p = table.p
        marks = np.zeros((p, p), dtype=np.int8)
        parents: list[tuple[int, ...]] = []
        for y in range(p):
            kept = []
            for x in sorted(state.above[y]):
                others = tuple(sorted(state.above[y] - {x}))
                shared = tuple(sorted(state.above[x] & state.above[y]))
                apart = held.correlation(y, others, x, shared) > settings.correlation_alpha
                if limits.required[x, y] or (limits.allowed[x, y] and not apart):
                    kept.append(x)
            parents.append(tuple(kept))
            for x in kept:
                marks[x, y], marks[y, x] = ARROW, TAIL
        open_pairs: list[tuple[int, int]] = []
        for i, j in combinations(range(p), 2):
            if marks[i, j] or not (limits.allowed[i, j] or limits.allowed[j, i]):
                continue
            if held.correlation(i, parents[i], j, parents[j]) > settings.correlation_alpha:
                continue
            forward, backward = self._possible(held, limits, state, parents, i, j)
            # the mark at j is an arrow if j cannot act on i
            marks[i, j] = CIRCLE if backward else ARROW
            marks[j, i] = CIRCLE if forward else ARROW
            if forward or backward:
                open_pairs.append((i, j))
        return self._thinned(table, knowledge, marks, open_pairs)

    def _possible(
        self,
        held: _Residuals,
        limits: Limits,
        state: _State,
        parents: list[tuple[int, ...]],
        i: int,
        j: int,
    ) -> tuple[bool, bool]:
        """Whether i may act on j, and j on i, as far as residuals and knowledge tell."""
        settings = self.settings
        assert isinstance(settings, RCDSettings)
        given = tuple(sorted({*parents[i], *parents[j]} - {i, j}))
        found = []
        for x, y in ((i, j), (j, i)):
            may = bool(limits.allowed[x, y]) and not limits.before[y, x]
            may = may and y not in state.above[x] and x not in state.above[y]
            found.append(may and held.independent(y, (x,), given) > settings.alpha)
        return found[0], found[1]

    def _thinned(
        self, table: Table, knowledge: Knowledge, marks: Marks, open_pairs: list[tuple[int, int]]
    ) -> tuple[Marks, list[tuple[int, int]]]:
        """Drop the open edges whose pair FCI separates."""
        if not open_pairs:
            return marks, open_pairs
        from discovery.algorithms.fci import FCI

        settings = self.settings
        assert isinstance(settings, RCDSettings)
        near = FCI(alpha=settings.correlation_alpha).run(table, knowledge, None).marks
        kept = []
        for i, j in open_pairs:
            if near[i, j]:
                kept.append((i, j))
            else:
                marks[i, j] = marks[j, i] = 0
        return marks, kept


def _required_above(limits: Limits) -> NDArray[np.bool_]:

    return closure(limits.required)
