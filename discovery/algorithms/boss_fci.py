"""BOSS-FCI: a score search first, then tests, so that hidden common causes are allowed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Learned, Progress, Settings
from discovery.algorithms.boss import BOSS, BOSSSettings
from discovery.algorithms.fci import finish_pag
from discovery.data import Table
from discovery.graded import tilted
from discovery.independence import IndependenceTest, TestName, class_of, independence_test
from discovery.knowledge import Knowledge
from discovery.marks import topological_order
from discovery.possible_d_sep import remove_by_possible_d_sep
from discovery.skeleton import Separations, Skeleton, all_subsets

if TYPE_CHECKING:
    from discovery.permutation import OrderSearch

__all__ = ["BOSSFCI", "BOSSFCISettings"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

_CHUNK = 1024


class BOSSFCISettings(BOSSSettings):
    """Settings of :class:`BOSSFCI`."""

    alpha: Annotated[
        float, Field(gt=0, lt=1, description="an edge goes where a test gives p > alpha")
    ] = 0.01
    test: Annotated[
        TestName, Field(description="of independence; auto chooses by the kinds of the columns")
    ] = "auto"
    max_depth: Annotated[
        int | None, Field(ge=0, description="largest conditioning set among neighbours")
    ] = 4
    possible_d_sep: Annotated[
        int, Field(ge=0, description="largest set from Possible-D-Sep; 0 leaves that step out")
    ] = 3


class BOSSFCI(BOSS):
    """BOSS, then FCI's steps on its graph, as GFCI does after GES (Ogarrio, Spirtes and Ramsey 2016, PGM).

    A hidden common cause makes the best graph without hidden causes denser, never sparser: pairs that it
    leaves apart are separated by parents in it, its colliders are kept, and only edges in triangles are
    tested again. The result is a PAG.

    Knowledge is about causing at all, as for :class:`~discovery.algorithms.fci.FCI`: "forbidden a -> b" and
    tiers put an arrowhead at a, and the pair may still share a hidden cause. So it does not limit the score
    search; graded priors count in the score and move the level of the tests.
    """

    name: ClassVar[str] = "boss-fci"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = (
        "score search and then tests: hidden common causes allowed, result a PAG"
    )
    settings_type: ClassVar[type[Settings]] = BOSSFCISettings
    hidden_causes: ClassVar[bool] = True

    @property
    def uses(self) -> tuple[str, ...]:
        """See :attr:`Algorithm.uses`."""
        assert isinstance(self.settings, BOSSFCISettings)
        name = self.settings.test
        if name == "auto" or (name != "kernel" and "weights" in class_of(name).uses):
            return ("weights",)
        return ()

    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        """See :meth:`Algorithm.run`."""
        from discovery.permutation import Limits

        settings = self.settings
        assert isinstance(settings, BOSSFCISettings)
        score = self.score_of(table, knowledge)
        found = self.find(score, Limits.of(table.p), progress)
        test = independence_test(settings.test, table, seed=settings.seed)
        alpha = tilted(settings.alpha, knowledge, table.columns)
        skeleton = _apart(found, test, knowledge)
        skeleton.complete = found.complete
        if skeleton.complete:
            if progress is not None:
                progress("testing edges in triangles", 0, 0)
            with skeleton.interruptible():
                _thin(test, skeleton, alpha, settings.max_depth)
        if skeleton.complete and settings.possible_d_sep:
            if progress is not None:
                progress("testing Possible-D-Sep sets", 0, 0)
            remove_by_possible_d_sep(test, skeleton, alpha, settings.possible_d_sep)
        required = knowledge.requires(table.columns)
        for i, j in np.argwhere(np.triu((required | required.T) & ~skeleton.adjacent)).tolist():
            skeleton.adjacent[i, j] = skeleton.adjacent[j, i] = True
            skeleton.denied.add((i, j))
        learned = finish_pag(table, knowledge, skeleton)
        learned.p_values = None
        learned.gains = {
            pair: gain
            for pair, gain in score.edge_gains(found.dag).items()
            if learned.marks[pair] != 0
        }
        if not found.complete:
            learned.notes.append("interrupted: the best graph so far")
        return learned


def _apart(found: OrderSearch, test: IndependenceTest, knowledge: Knowledge) -> Skeleton:
    """Return the skeleton of a DAG and what separates its pairs: the parents of the later one.

    These hold a common neighbour exactly if it is no collider. P-values are given for pairs that knowledge
    speaks of.
    """
    dag = found.dag
    order = topological_order(dag)
    assert order is not None
    p = len(dag)
    place = np.argsort(order)
    columns = test.table.columns
    hard = (*knowledge.required, *knowledge.forbidden, *knowledge.expected)
    spoken = {frozenset((c.source, c.target)) for c in hard}
    spoken |= {frozenset((c.source, c.target)) for c in knowledge.graded}
    separations = Separations(p)
    above = [tuple(np.flatnonzero(dag[:, y]).tolist()) for y in range(p)]
    adjacent = dag | dag.T
    for i, j in np.argwhere(np.triu(~adjacent, 1)).tolist():
        given = above[j] if place[i] < place[j] else above[i]
        p_value = statistic = float("nan")
        if frozenset((columns[i], columns[j])) in spoken:
            p_value = test.p_value(i, j, given)
            statistic = abs(test.statistic(i, j, given))
        separations.add((i, j), given, given, p_value)
        separations.statistics[i, j] = statistic
    return Skeleton(adjacent.copy(), separations, p_values=np.full((p, p), np.nan))


def _thin(
    test: IndependenceTest, skeleton: Skeleton, alpha: float | Floats, most: int | None
) -> None:
    """Remove, in place, edges in triangles that a set of neighbours separates: the smallest such set, of these
    the one with the largest p-value. Neighbours are those before the first removal."""
    start = skeleton.adjacent.copy()
    p = len(start)
    level = np.broadcast_to(np.asarray(alpha, dtype=np.float64), (p, p))
    for i, j in np.argwhere(np.triu(start)).tolist():
        if not (start[i] & start[j]).any():
            continue
        pools = [np.flatnonzero(start[a] & (np.arange(p) != b)) for a, b in ((i, j), (j, i))]
        widest = max(len(pool) for pool in pools)
        for size in range((widest if most is None else min(most, widest)) + 1):
            best = None
            for sets in _sets(pools, size):
                values = test.p_values(i, j, sets)
                skeleton.tests += len(values)
                at = int(values.argmax())
                if values[at] > level[i, j] and (best is None or values[at] > best[1]):
                    best = tuple(sets[at].tolist()), float(values[at])
            if best is not None:
                skeleton.separations.add((i, j), best[0], *best)
                skeleton.separations.statistics[i, j] = abs(test.statistic(i, j, best[0]))
                skeleton.adjacent[i, j] = skeleton.adjacent[j, i] = False
                break


def _sets(pools: list[NDArray[np.intp]], size: int) -> Iterator[NDArray[np.int64]]:
    for number, pool in enumerate(pools):
        if len(pool) < size or (size == 0 and number):
            continue
        if size == 0:
            yield np.empty((1, 0), dtype=np.int64)
            continue
        for chosen, _ in all_subsets(len(pool), size, _CHUNK):
            yield pool[chosen].astype(np.int64)
