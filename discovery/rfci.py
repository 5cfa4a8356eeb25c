"""The tests that RFCI adds, so that marks are true of a skeleton with edges too many.

After the search among neighbours, some edges may be left that only sets outside the neighbours separate.
Instead of looking for those (FCI), RFCI tests a few pairs more before it draws a conclusion: both edges of
each unshielded triple (Colombo, Maathuis, Kalisch and Richardson 2012, Annals of Statistics 40, lemma 3.1
and algorithm 4.4) and all edges of each discriminating path (lemma 3.2 and algorithm 4.5).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from discovery.independence.base import IndependenceTest
from discovery.skeleton import Pair, Skeleton

__all__ = ["Refinement"]

Triple = tuple[int, int, int]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


class Refinement:
    """The unshielded triples that hold up, and the edges that these tests remove from a skeleton.

    Args:
        skeleton: changed in place; one minimal separating set counts for each pair.
        protected: [p, p] symmetric, edges that stay; those that a test is against are noted as denied.
    """

    def __init__(
        self,
        test: IndependenceTest,
        skeleton: Skeleton,
        alpha: float | Floats,
        protected: Bools,
    ) -> None:
        self._test = test
        self._skeleton = skeleton
        skeleton.separations = skeleton.separations.minimal()
        self._protected = protected
        p = test.p
        self._levels = np.broadcast_to(np.asarray(alpha, dtype=np.float64), (p, p))
        self.triples: set[Triple] = set()
        adjacent = skeleton.adjacent
        self.settle(
            (x, y, z)
            for y in range(p)
            for x, z in combinations(np.flatnonzero(adjacent[y]).tolist(), 2)
            if not adjacent[x, z]
        )

    def _p_value(self, i: int, j: int, given: Iterable[int]) -> float:
        self._skeleton.tests += 1
        return self._test.p_value(min(i, j), max(i, j), tuple(sorted(given)))

    def settle(self, triples: Iterable[Triple]) -> None:
        """Test both edges of unshielded triples (x, y, z), x < z; an edge that goes brings new triples."""
        todo = deque(triples)
        adjacent = self._skeleton.adjacent
        separations = self._skeleton.separations
        while todo:
            x, y, z = todo.popleft()
            if not (adjacent[x, y] and adjacent[y, z]) or adjacent[x, z]:
                continue
            if (x, z) not in separations:
                continue
            given = separations[x, z].nodes - {y}
            apart = [
                r
                for r in (x, z)
                if r not in given and self._p_value(r, y, given) > self._levels[r, y]
            ]
            for r in apart:
                todo.extend(self._remove(r, y, given))
            if not apart:
                self.triples.add((x, y, z))

    def _remove(self, i: int, j: int, pool: Iterable[int]) -> list[Triple]:
        """Take an edge away with a smallest separating subset of ``pool``, if there is one; return the triples
        that are unshielded now."""
        pair = (min(i, j), max(i, j))
        nodes = sorted(set(pool) - {i, j})
        for size in range(len(nodes) + 1):
            tried = [(self._p_value(i, j, some), some) for some in combinations(nodes, size)]
            p_value, some = max(tried, key=lambda item: item[0])
            if p_value > self._levels[pair]:
                break
        else:
            return []
        skeleton = self._skeleton
        if pair not in skeleton.separations:
            skeleton.separations.add(pair, some, some, p_value)
            skeleton.separations.statistics[pair] = abs(self._test.statistic(*pair, some))
        if self._protected[pair]:
            skeleton.denied.add(pair)
            return []
        skeleton.adjacent[pair] = skeleton.adjacent[pair[::-1]] = False
        self.triples = {t for t in self.triples if not _has_edge(t, pair)}
        both = np.flatnonzero(skeleton.adjacent[i] & skeleton.adjacent[j]).tolist()
        return [(pair[0], k, pair[1]) for k in both]

    def holds(self, path: list[int]) -> bool:
        """Whether no edge of a discriminating path is separated by a subset of what separates its ends; the first
        that is goes."""
        ends = (min(path[0], path[-1]), max(path[0], path[-1]))
        pool = self._skeleton.separations[ends].nodes
        for i, j in pairwise(path):
            before = self._skeleton.adjacent[i, j]
            if (min(i, j), max(i, j)) in self._skeleton.denied:
                continue
            new = self._remove(i, j, pool)
            if before and not self._skeleton.adjacent[i, j]:
                self.settle(new)
                return False
        return True


def _has_edge(triple: Triple, pair: Pair) -> bool:
    x, y, z = triple
    return pair in ((min(x, y), max(x, y)), (min(y, z), max(y, z)))
