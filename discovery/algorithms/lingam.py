"""LiNGAM: linear models with non-normal disturbances, in which the data give every direction."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Algorithm, Learned, Progress, Settings
from discovery.association import bic_gain
from discovery.constrain import disagreements
from discovery.data import Table
from discovery.functional.orders import Limits, limits_of, parents_of
from discovery.knowledge import Conflict, Knowledge
from discovery.marks import arrows, closure
from discovery.orientation import Oriented
from graph.errors import DataError, UsageError

__all__ = ["DirectLiNGAM", "LiNGAM", "LiNGAMSettings"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_CHECK_LEVEL = 0.001
"""level of the notes about linearity and dependence; the smallest p-value counts, times their number"""

_WEAK_RATIO = 2.0
"""log-likelihood ratio of a direction below which a note calls it weak"""


class LiNGAMSettings(Settings):
    """Settings of every linear non-Gaussian algorithm here."""

    penalty: Annotated[
        float,
        Field(gt=0, description="multiple of the BIC's log(n) for an edge; 1 is the standard"),
    ] = 1.0
    gamma: Annotated[
        float, Field(ge=0, le=1, description="extended BIC: 4 gamma log(p) more for an edge")
    ] = 0.5
    pruning: Annotated[
        Literal["bic", "adaptive-lasso"],
        Field(
            description="how parents are chosen among the columns before; adaptive-lasso as in the authors' code"
        ),
    ] = "bic"
    gaussian_alpha: Annotated[
        float,
        Field(
            gt=0,
            le=1,
            description="level of the tests that a disturbance is not normal; 1 believes that all are non-normal",
        ),
    ] = 0.01


@dataclass
class _Fit:
    """One fitted model: graph, residuals, which look normal, whether the search among normal ones ran."""

    dag: Bools
    rest: Floats
    normal: Bools
    searched: bool = False
    complete: bool = True

    @property
    def shown(self) -> Bools:
        """[p, p]: the direction between i and j is identified: one of the two is not normal."""
        return ~(self.normal[:, None] & self.normal[None, :])


class LiNGAM(Algorithm):
    """What the linear non-Gaussian algorithms share; each finds its order of the columns."""

    settings_type: ClassVar[type[Settings]] = LiNGAMSettings

    @property
    def uses(self) -> tuple[str, ...]:
        """See :attr:`Algorithm.uses`."""
        settings = self.settings
        assert isinstance(settings, LiNGAMSettings)
        return ("weights",) if settings.pruning == "bic" else ()

    @abstractmethod
    def _order(self, table: Table, before: Bools, log_odds: Floats) -> list[int]:
        """Return the columns, causes first, with i before j wherever ``before[i, j]``."""

    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        """See :meth:`Algorithm.run`.

        Raises:
            DataError: not more rows than columns.
            UsageError: graded knowledge with adaptive-lasso pruning.
        """
        from discovery.functional.mixed import equivalence_pattern

        settings = self.settings
        assert isinstance(settings, LiNGAMSettings)
        self.check_knowledge(knowledge)
        self.check_table(table)
        if table.n <= table.p:
            raise DataError(
                f"{self.name} needs more rows than columns, not {table.n} rows of {table.p} columns",
                where=table.name,
                hint='Leave columns out, or use "boss" or "pc".',
            )
        if knowledge.graded and settings.pruning == "adaptive-lasso":
            raise UsageError(
                "adaptive-lasso pruning cannot weigh an edge by graded priors",
                hint='Set pruning="bic".',
            )
        if progress is not None:
            progress("order of the columns", 0, 1)
        fit = free_fit = self._fit(table, Knowledge())
        pattern = equivalence_pattern(fit.dag, fit.shown)
        free = pattern
        conflicts: list[Conflict] = []
        if knowledge.constrains or knowledge.graded:
            fit = self._fit(table, knowledge)
            limits = limits_of(knowledge, table.columns)
            unsure = self._unsure(table, fit.dag & limits.required, fit.dag)
            pattern = equivalence_pattern(
                fit.dag,
                fit.shown,
                allowed=limits.allowed,
                unsure=lambda x, y: bool(unsure[x, y] or unsure[y, x]),
            )
            conflicts = disagreements(table, knowledge, free, pattern.marks, {})
        complete = fit.complete and free_fit.complete
        notes = self._notes(table, fit, pattern)
        if not complete:
            notes.append("interrupted: the best graph so far")
        return Learned(
            pattern.marks,
            gains=self._gains(table, fit.dag),
            reasons=pattern.reasons,
            by_data=frozenset(
                (int(i), int(j)) for i, j in np.argwhere(arrows(free.marks) & arrows(pattern.marks))
            ),
            conflicts=conflicts,
            notes=notes,
            complete=complete,
        )

    def _cost(self, table: Table, log_odds: Floats) -> Floats:
        settings = self.settings
        assert isinstance(settings, LiNGAMSettings)
        cost = settings.penalty * np.log(table.effective_n) + 4.0 * settings.gamma * np.log(table.p)
        return np.asarray(cost - 2.0 * log_odds)

    def _fit(self, table: Table, knowledge: Knowledge) -> _Fit:
        from discovery.functional.diagnostics import gaussian_p_values, residuals
        from discovery.functional.mixed import LikelihoodScore, polish
        from discovery.functional.selection import adaptive_lasso, parents_by_bic

        settings = self.settings
        assert isinstance(settings, LiNGAMSettings)
        limits = limits_of(knowledge, table.columns)
        log_odds = knowledge.log_odds(table.columns)
        cost = self._cost(table, log_odds)

        def normal(dag: Bools) -> tuple[Floats, Bools]:
            rest = residuals(table.values, dag, table.weights)
            return rest, gaussian_p_values(rest, table.weights) > settings.gaussian_alpha

        order = self._order(table, limits.before, log_odds)
        if settings.pruning == "bic":
            dag = parents_by_bic(
                table.correlation, table.effective_n, order,
                cost=cost, allowed=limits.allowed, required=limits.required,
            )  # fmt: skip
        else:
            dag = adaptive_lasso(
                table.values, order, allowed=limits.allowed, required=limits.required
            )
        rest, flat = normal(dag)
        if flat.sum() < 2:
            return _Fit(dag, rest, flat)
        # several normal disturbances: their order is arbitrary, and a wrong one adds edges; the search by
        # BIC finds what colliders show, non-normality directs the rest, the likelihood chooses
        try:
            score = LikelihoodScore(table.values, cost, table.weights)
            rival, complete = self._by_search(table, knowledge, limits, log_odds)
            dag = max(
                (
                    polish(score, graph, limits.allowed, limits.required, limits.before)
                    for graph in (dag, rival)
                ),
                key=score.total,
            )
        except KeyboardInterrupt:
            return _Fit(dag, rest, flat, False, False)
        rest, flat = normal(dag)
        return _Fit(dag, rest, flat, True, complete)

    def _by_search(
        self, table: Table, knowledge: Knowledge, limits: Limits, log_odds: Floats
    ) -> tuple[Bools, bool]:
        """Return the graph of a search by BIC, its loose edges directed by the order of this algorithm."""
        from discovery.algorithms.boss import BOSS

        settings = self.settings
        assert isinstance(settings, LiNGAMSettings)
        search = BOSS(penalty=settings.penalty, gamma=settings.gamma)
        known = knowledge if "graded" in search.takes else knowledge.hard()
        found = search.run(table, known, None)
        before = closure(limits.before | arrows(found.marks))
        place = np.argsort(self._order(table, before, log_odds))
        return (found.marks != 0) & (place[:, None] < place[None, :]), found.complete

    def _unsure(self, table: Table, required: Bools, dag: Bools) -> Bools:
        """Return the required edges that the data would rather not have."""
        cost = float(self._cost(table, np.zeros((1, 1)))[0, 0])
        unsure = np.zeros_like(dag)
        for i, j in np.argwhere(required):
            given = [int(k) for k in np.flatnonzero(dag[:, j]) if k != i]
            unsure[i, j] = (
                bic_gain(table.correlation, table.effective_n, int(i), int(j), given, 0.0) < cost
            )
        return unsure

    def _gains(self, table: Table, dag: Bools) -> dict[tuple[int, int], float]:
        cost = float(self._cost(table, np.zeros((1, 1)))[0, 0])
        found: dict[tuple[int, int], float] = {}
        for i, j in np.argwhere(dag):
            x, y = int(i), int(j)
            given = [int(k) for k in np.flatnonzero(dag[:, y]) if k != x]
            gain = bic_gain(table.correlation, table.effective_n, x, y, given, 0.0) - cost
            found[x, y] = found[y, x] = gain
        return found

    def _notes(self, table: Table, fit: _Fit, pattern: Oriented) -> list[str]:
        """Say where the assumptions look broken."""
        from discovery.functional.diagnostics import curvature_p_values, dependence_p_values

        columns, notes = table.columns, []
        edges = int(fit.dag.sum())
        touched = fit.normal & (fit.dag.any(axis=0) | fit.dag.any(axis=1))
        loose = int(np.triu((pattern.marks == 1) & (pattern.marks.T == 1)).sum())
        if touched.any():
            text = (
                f"the residuals of {_listing(columns, touched)} look normal: between two such columns the "
                "direction is not identified"
            )
            if edges:
                text += f"; {loose} of {edges} edges are left undirected"
            notes.append(text)
        if fit.searched:
            notes.append(
                "the edges were compared with those of a search by BIC, because an order of columns with "
                "normal disturbances is arbitrary; the likelier graph was kept"
            )
        weak = self._weak(table, fit, pattern)
        if weak:
            shown = ", ".join(
                f"{columns[i]} -> {columns[j]} ({ratio:.1f})" for ratio, i, j in weak[:3]
            )
            more = f" and {len(weak) - 3} more" if len(weak) > 3 else ""
            notes.append(
                f"the direction of {shown}{more} rests on little: in brackets by how much its log-likelihood "
                f"is above that of the opposite; below {_WEAK_RATIO:g} it may well be chance"
            )
        bent = curvature_p_values(table.values, fit.dag, fit.rest) * table.p < _CHECK_LEVEL
        if bent.any():
            notes.append(
                f"{_listing(columns, bent)} bend with their causes: the linear model does not fit and "
                'directions there may be wrong ("resit" allows nonlinear effects)'
            )
        p_values = dependence_p_values(fit.rest)
        linked = np.triu(p_values * (table.p * (table.p - 1) / 2) < _CHECK_LEVEL, 1)
        if linked.any():
            pairs = [(float(p_values[i, j]), int(i), int(j)) for i, j in np.argwhere(linked)]
            shown = ", ".join(f"{columns[i]} and {columns[j]}" for _, i, j in sorted(pairs)[:3])
            more = f" and {len(pairs) - 3} more pairs" if len(pairs) > 3 else ""
            notes.append(
                f"residuals are not independent ({shown}{more}): a hidden common cause, unequal spread or a "
                'nonlinear effect; directions there are doubtful ("rcd" allows hidden causes)'
            )
        discrete = [c for c, kind in zip(columns, table.kinds, strict=True) if kind == "discrete"]
        if discrete:
            notes.append(
                f"{', '.join(discrete[:5])}{' and more' if len(discrete) > 5 else ''} discrete: the linear "
                "model is for continuous columns"
            )
        return notes

    def _weak(self, table: Table, fit: _Fit, pattern: Oriented) -> list[tuple[float, int, int]]:
        """Return the edges directed by residuals whose turning costs little log-likelihood, weakest first."""
        from discovery.functional.mixed import LikelihoodScore

        score = LikelihoodScore(
            table.values, self._cost(table, np.zeros(fit.dag.shape)), table.weights
        )
        found = []
        for (i, j), reason in pattern.reasons.items():
            if reason.rule != "independent residuals":
                continue
            above_i, above_j = parents_of(fit.dag, i), parents_of(fit.dag, j)
            rest = tuple(k for k in above_j if k != i)
            now = score.node(i, above_i) + score.node(j, above_j)
            turned = score.node(i, tuple(sorted((*above_i, j)))) + score.node(j, rest)
            ratio = 0.5 * (now - turned)
            if ratio < _WEAK_RATIO:
                found.append((ratio, i, j))
        return sorted(found)


def _listing(columns: tuple[str, ...], mask: Bools, limit: int = 5) -> str:
    named = [c for c, m in zip(columns, mask, strict=True) if m]
    more = f" and {len(named) - limit} more" if len(named) > limit else ""
    return ", ".join(named[:limit]) + more


class DirectLiNGAM(LiNGAM):
    """DirectLiNGAM (Shimizu et al. 2011) with pairwise likelihood ratios (Hyvarinen and Smith 2013).

    The order is exactly that of the authors' implementation with the measure ``pwling``. Required edges
    and tiers limit the order, forbidden edges the parents. Graded priors add their log odds to the log-
    likelihood ratio of the two directions and, twice, to the score of the edge. Where residuals look normal
    the direction is not identified (Hoyer et al. 2008): such edges stay undirected and the notes say so.
    Assumes linear effects, no hidden common causes and no cycles.
    """

    name: ClassVar[str] = "direct-lingam"
    summary: ClassVar[str] = "every direction from linear data with non-normal noise"
    takes: ClassVar[tuple[str, ...]] = ("required", "forbidden", "tiers", "graded")

    def _order(self, table: Table, before: Bools, log_odds: Floats) -> list[int]:
        from discovery.functional.pwling import causal_order

        prior: Any = (log_odds - log_odds.T) / table.effective_n
        order, _ = causal_order(table.values, before=before, prior=prior, weights=table.weights)
        return order
