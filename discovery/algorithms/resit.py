"""RESIT: nonlinear models with additive noise, for few columns."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Algorithm, Learned, Progress, Settings
from discovery.constrain import disagreements
from discovery.data import Table
from discovery.functional.orders import Limits, limits_of, parents_of
from discovery.knowledge import Conflict, Knowledge
from discovery.marks import arrows, closure
from graph.errors import DataError, UsageError

__all__ = ["RESIT", "RESITSettings"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_MOST_COLUMNS = 20
_LINEAR_LEVEL = 0.001


class RESITSettings(Settings):
    """Settings of :class:`RESIT`."""

    penalty: Annotated[
        float,
        Field(
            gt=0, description="multiple of the BIC's log(n) for each degree of freedom of an edge"
        ),
    ] = 1.0
    gamma: Annotated[
        float, Field(ge=0, le=1, description="extended BIC: 4 gamma log(p) more for an edge")
    ] = 0.5
    knots: Annotated[int, Field(ge=3, le=20, description="knots of each smooth term")] = 7
    gaussian_alpha: Annotated[
        float,
        Field(
            gt=0,
            le=1,
            description="level of the tests that a disturbance is not normal; 1 believes that all are non-normal",
        ),
    ] = 0.01


class _Additive:
    """Score of parent sets by additive regressions: 2 log-likelihood with the approximate entropy of the
    residual, less BIC's cost of the degrees of freedom."""

    def __init__(self, table: Table, settings: RESITSettings, log_odds: Floats) -> None:
        from discovery.functional.smooth import smooth_terms

        z = table.values - table.values.mean(axis=0)
        self.z = z / z.std(axis=0)
        self.n, self.p = self.z.shape
        self.terms = [smooth_terms(self.z[:, k], settings.knots) for k in range(self.p)]
        self.freedom = settings.penalty * math.log(self.n)
        self.edge = 4.0 * settings.gamma * math.log(self.p) - 2.0 * log_odds
        self._known: dict[tuple[int, tuple[int, ...]], tuple[float, Floats]] = {}

    def fit(self, y: int, parents: tuple[int, ...]) -> tuple[float, Floats]:
        """Return the score and the residual [n] of column y with these parents (ascending)."""
        from discovery.functional.pwling import entropies
        from discovery.functional.smooth import additive_fit

        found = self._known.get((y, parents))
        if found is None:
            fit = additive_fit(self.z[:, y], [self.terms[k] for k in parents])
            entropy = float(entropies(fit.rest[:, None])[0])
            score = -2.0 * self.n * (0.5 * math.log(max(fit.variance, 1e-12)) + entropy)
            score -= self.freedom * fit.freedom + float(self.edge[list(parents), y].sum())
            found = self._known[y, parents] = (score, fit.rest)
        return found

    def node(self, y: int, parents: tuple[int, ...]) -> float:
        """Return the score of column y."""
        return self.fit(y, parents)[0]

    def total(self, dag: Bools) -> float:
        """Return the score of a graph [p, p]."""
        return sum(self.node(y, parents_of(dag, y)) for y in range(self.p))

    def linear(self, y: int, parents: tuple[int, ...], x: int) -> bool:
        """Whether x acts on y in a straight line, as far as BIC tells."""
        from discovery.functional.smooth import additive_fit

        straight = [self.terms[k][:, :1] if k == x else self.terms[k] for k in parents]
        bent = additive_fit(self.z[:, y], [self.terms[k] for k in parents])
        flat = additive_fit(self.z[:, y], straight)
        gain = self.n * math.log(max(flat.variance, 1e-12) / max(bent.variance, 1e-12))
        return bool(gain < math.log(self.n) * max(bent.freedom - flat.freedom, 1.0))


class RESIT(Algorithm):
    """Regression with subsequent independence test (Peters et al. 2014, JMLR 15, algorithm 1).

    The column whose residual, after a smooth additive regression on all others, depends least on them (HSIC) is
    last; and so on. Parents among the columns before are chosen backward by BIC, as in CAM (Buhlmann, Peters
    and Ernest 2014, Annals of Statistics 42), and single edges are turned or removed while the likelihood
    rises. A straight edge between columns with normal residuals has no direction in the data: it stays
    undirected unless colliders or rules direct it, and where there are such the graph of a linear search is
    compared. At most 20 columns. Assumes additive noise, no interactions, no hidden common causes.
    """

    name: ClassVar[str] = "resit"
    summary: ClassVar[str] = "nonlinear effects with additive noise, up to 20 columns"
    settings_type: ClassVar[type[Settings]] = RESITSettings

    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        """See :meth:`Algorithm.run`.

        Raises:
            UsageError: more than 20 columns.
            DataError: fewer than 5 rows a column, or fewer than 30.
        """
        self.check_knowledge(knowledge)
        self.check_table(table)
        if table.p > _MOST_COLUMNS:
            raise UsageError(
                f"resit is for at most {_MOST_COLUMNS} columns, not {table.p}: it fits smooth regressions "
                "on all columns at once",
                hint='Choose fewer columns, or use "direct-lingam", "boss" or "pc".',
            )
        if table.n < max(30, 5 * table.p):
            raise DataError(
                f"{table.n} rows are too few for smooth regressions on {table.p} columns",
                where=table.name,
                hint=f'At least {max(30, 5 * table.p)} are needed; "direct-lingam" and "boss" need fewer.',
            )
        from discovery.functional.mixed import equivalence_pattern

        dag, shown, notes, complete = self._fit(table, Knowledge(), progress)
        pattern = free = equivalence_pattern(dag, shown)
        conflicts: list[Conflict] = []
        if knowledge.constrains:
            dag, shown, notes, whole = self._fit(table, knowledge, progress)
            complete = complete and whole
            limits = limits_of(knowledge, table.columns)
            score = self._score(table, knowledge)
            unsure = np.zeros_like(dag)
            for i, j in np.argwhere(dag & limits.required):
                without = dag.copy()
                without[i, j] = False
                losing = score.node(int(j), parents_of(without, int(j)))
                unsure[i, j] = unsure[j, i] = losing > score.node(int(j), parents_of(dag, int(j)))
            pattern = equivalence_pattern(
                dag, shown, allowed=limits.allowed, unsure=lambda x, y: bool(unsure[x, y])
            )
            conflicts = disagreements(table, knowledge, free, pattern.marks, {})
        score = self._score(table, knowledge)
        if not complete:
            notes.append("interrupted: the best graph so far")
        return Learned(
            pattern.marks,
            gains=_gains(score, dag),
            reasons=pattern.reasons,
            by_data=frozenset(
                (int(i), int(j)) for i, j in np.argwhere(arrows(free.marks) & arrows(pattern.marks))
            ),
            conflicts=conflicts,
            notes=notes,
            complete=complete,
        )

    def _score(self, table: Table, knowledge: Knowledge) -> _Additive:
        settings = self.settings
        assert isinstance(settings, RESITSettings)
        return _Additive(table, settings, knowledge.log_odds(table.columns))

    def _fit(
        self, table: Table, knowledge: Knowledge, progress: Progress | None
    ) -> tuple[Bools, Bools, list[str], bool]:
        """Return the graph, which directions are identified, notes, and whether all was done."""
        from discovery.functional.mixed import polish

        limits = limits_of(knowledge, table.columns)
        score = self._score(table, knowledge)
        dag = _start(table.p, limits)
        complete = True
        try:
            order = _order(score, limits, progress)
            dag = _prune(score, order, limits)
            dag = polish(score, dag, limits.allowed, limits.required, limits.before)
            shown, normal = self._identified(score, dag)
            if (dag & ~shown).any():
                rival = self._by_search(table, knowledge, limits, score)
                rival = polish(score, rival, limits.allowed, limits.required, limits.before)
                if score.total(rival) > score.total(dag):
                    dag = rival
                    shown, normal = self._identified(score, dag)
        except KeyboardInterrupt:
            complete = False
            shown, normal = self._identified(score, dag)
        return dag, shown, self._notes(table, score, dag, shown, normal), complete

    def _identified(self, score: _Additive, dag: Bools) -> tuple[Bools, Bools]:
        from discovery.functional.diagnostics import gaussian_p_values

        settings = self.settings
        assert isinstance(settings, RESITSettings)
        rest = np.column_stack([score.fit(y, parents_of(dag, y))[1] for y in range(score.p)])
        normal = gaussian_p_values(rest) > settings.gaussian_alpha
        shown = ~(normal[:, None] & normal[None, :])
        for i, j in np.argwhere(dag & ~shown):
            shown[i, j] = not score.linear(int(j), parents_of(dag, int(j)), int(i))
        return shown, normal

    def _by_search(
        self, table: Table, knowledge: Knowledge, limits: Limits, score: _Additive
    ) -> Bools:
        """Return the graph of a linear search by BIC, its loose edges directed by residuals."""
        from discovery.algorithms.boss import BOSS

        settings = self.settings
        assert isinstance(settings, RESITSettings)
        found = BOSS(penalty=settings.penalty, gamma=settings.gamma).run(table, knowledge, None)
        before = closure(limits.before | arrows(found.marks))
        order = _order(score, Limits(limits.allowed, limits.required, before), None)
        place = np.argsort(order)
        return np.asarray((found.marks != 0) & (place[:, None] < place[None, :]))

    def _notes(
        self, table: Table, score: _Additive, dag: Bools, shown: Bools, normal: Bools
    ) -> list[str]:
        from discovery.functional.hsic import hsic_test, kernel_factor

        notes = []
        loose = [(int(i), int(j)) for i, j in np.argwhere(dag & ~shown)]
        if loose:
            i, j = loose[0]
            notes.append(
                f"{len(loose)} edges, such as {table.columns[i]} and {table.columns[j]}, are straight lines "
                "between columns with normal residuals: their direction is not in the data"
            )
        factors = [kernel_factor(score.fit(y, parents_of(dag, y))[1]) for y in range(score.p)]
        pairs = list(combinations(range(score.p), 2))
        linked = [
            (p_value, i, j)
            for i, j in pairs
            if (p_value := hsic_test(factors[i], factors[j])[0]) * len(pairs) < _LINEAR_LEVEL
        ]
        if linked:
            _, i, j = min(linked)
            notes.append(
                f"the residuals of {len(linked)} pairs, such as {table.columns[i]} and {table.columns[j]}, are "
                "not independent: noise that is not additive, interactions or hidden common causes; "
                "directions there are doubtful"
            )
        return notes


def _start(p: int, limits: Limits) -> Bools:
    dag = np.zeros((p, p), dtype=bool)
    dag |= limits.required
    return dag


def _order(score: _Additive, limits: Limits, progress: Progress | None) -> list[int]:
    """Return the columns, causes first: the one whose residual depends least on the others is last."""
    from discovery.functional.hsic import hsic_test, kernel_factor

    left = list(range(score.p))
    factors = [kernel_factor(score.z[:, k]) for k in left]
    order: list[int] = []
    while len(left) > 1:
        if progress is not None:
            progress("order of the columns", score.p - len(left), score.p)
        free = [k for k in left if not any(limits.before[k, j] for j in left)]
        if len(free) == 1:
            last = free[0]
        else:
            burden = {}
            for k in free:
                others = tuple(j for j in left if j != k)
                rest = kernel_factor(score.fit(k, others)[1])
                excess = [hsic_test(rest, factors[j])[1] for j in others]
                # several may depend on nothing: what lies below zero settles it, not their place
                burden[k] = (sum(max(e, 0.0) for e in excess), sum(excess))
            last = min(free, key=burden.__getitem__)
        left.remove(last)
        order.insert(0, last)
    return left + order


def _prune(score: _Additive, order: list[int], limits: Limits) -> Bools:
    """Return the graph: parents of each column taken out while that raises the score."""
    dag = np.zeros((score.p, score.p), dtype=bool)
    for position, y in enumerate(order):
        kept = [k for k in order[:position] if limits.allowed[k, y]]
        current = score.node(y, tuple(sorted(kept)))
        while True:
            best, worst = current, -1
            for k in kept:
                if limits.required[k, y]:
                    continue
                value = score.node(y, tuple(sorted(set(kept) - {k})))
                if value > best:
                    best, worst = value, k
            if worst < 0:
                break
            kept.remove(worst)
            current = best
        dag[kept, y] = True
    return dag


def _gains(score: _Additive, dag: Bools) -> dict[tuple[int, int], float]:
    found: dict[tuple[int, int], float] = {}
    for i, j in np.argwhere(dag):
        x, y = int(i), int(j)
        parents = parents_of(dag, y)
        gain = score.node(y, parents) - score.node(y, tuple(k for k in parents if k != x))
        found[x, y] = found[y, x] = gain
    return found
