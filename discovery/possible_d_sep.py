"""The second search of FCI: separating sets from Possible-D-Sep, which need not be neighbours."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from discovery.independence.base import IndependenceTest
from discovery.independence.fisher_z import FisherZ
from discovery.pag import orient_pag, possible_d_sep
from discovery.skeleton import Skeleton, all_subsets

__all__ = ["SetSearch", "remove_by_possible_d_sep", "set_search"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Found = tuple[tuple[int, ...], float]
SetSearch = Callable[[int, int, list[int], int, Bools, bool], Found | None]
"""(i, j, pool, size, adjacent [p, p], reference) -> a set of ``size`` columns of the pool, not all neighbours of
i, that separates i and j, and its p-value: the one with the largest. With ``reference`` it is the first in the
order of the pool, and the sets that causal-learn leaves out are left out: all neighbours of j too, and the
first of a size unless it is the only one."""

_CHUNK = 1024
_MOST_SETS = 20_000


def set_search(test: IndependenceTest, alpha: float | Floats) -> tuple[SetSearch, list[int]]:
    """Return a search with a test at a level, [p, p] for one of each pair, and a list of one number, the tests
    it has done. Fisher's z of complete rows is searched by a compiled loop."""
    p = test.p
    levels = np.broadcast_to(np.asarray(alpha, dtype=np.float64), (p, p))
    done = [0]

    def general(
        i: int, j: int, pool: list[int], size: int, adjacent: Bools, reference: bool
    ) -> Found | None:
        nodes = np.array(pool, dtype=np.int64)
        skip_first = reference and len(nodes) > size
        best: Found | None = None
        for chosen, _ in all_subsets(len(nodes), size, _CHUNK):
            sets = nodes[chosen]
            left_out = adjacent[i][sets].all(axis=1)
            if reference:
                left_out |= adjacent[j][sets].all(axis=1)
                left_out[0] |= skip_first
                skip_first = False
            sets = sets[~left_out]
            if not len(sets):
                continue
            values = test.p_values(i, j, sets)
            done[0] += len(sets)
            apart = values > levels[i, j]
            if apart.any():
                at = int(apart.argmax() if reference else values.argmax())
                if best is None or values[at] > best[1]:
                    best = tuple(sets[at].tolist()), float(values[at])
                if reference:
                    break
        return best

    if not isinstance(test, FisherZ) or test.table.has_missing:
        return general, done
    from scipy.special import erfc, ndtri

    from discovery.independence.partial import search_sets_of

    thresholds = -ndtri(levels / 2.0)

    def gaussian(
        i: int, j: int, pool: list[int], size: int, adjacent: Bools, reference: bool
    ) -> Found | None:
        if len(pool) < size or test.rows - size - 3 <= 0:
            return None
        scale = math.sqrt(test.rows - size - 3)
        limit = math.tanh(float(thresholds[i, j]) / scale) ** 2
        tests, r, found = search_sets_of(
            test.correlation, i, j, np.array(pool, dtype=np.int64), size, limit, adjacent[i],
            adjacent[j], reference, reference and len(pool) > size, reference,
        )  # fmt: skip
        done[0] += tests
        if math.isnan(r):
            return None
        return tuple(found.tolist()), float(erfc(scale * math.atanh(abs(r)) / math.sqrt(2.0)))

    return gaussian, done


def remove_by_possible_d_sep(
    test: IndependenceTest,
    skeleton: Skeleton,
    alpha: float | Floats,
    most: int,
    protected: Bools | None = None,
) -> None:
    """Remove, in place, the edges that a set of at most ``most`` columns of Possible-D-Sep separates and no set
    of neighbours did (Spirtes et al. 2000, section 6.7).

    All sets are those of the graph before the first removal, so the order of columns does not matter
    (Colombo and Maathuis 2014). A set is looked for only among columns on a path between the two
    (Colombo et al. 2012, section 3). For more than 20,000 sets of one size, sets of that size
    are left out for the pair; that is noted. Protected pairs that are separated so are noted as denied.
    """
    adjacent = skeleton.adjacent
    start = adjacent.copy()
    marks = orient_pag(start, skeleton.separations, colliders_only=True).marks
    search, done = set_search(test, alpha)
    blocks = _blocks(start)
    cut_short = 0
    reach: dict[int, list[int]] = {}
    with skeleton.interruptible():
        for x, y in np.argwhere(np.triu(start, 1)).tolist():
            if (x, y) in skeleton.separations:
                continue
            pools = []
            for i, j in ((x, y), (y, x)):
                if i not in reach:
                    reach[i] = possible_d_sep(marks, i)
                block = blocks[x, y]
                pools.append((i, j, [k for k in reach[i] if k != j and k in block]))
            found, short = _smallest(search, pools, start, most)
            cut_short += short
            if found is not None:
                given, p_value = found
                skeleton.separations.add((x, y), given, given, p_value)
                skeleton.separations.statistics[x, y] = abs(test.statistic(x, y, given))
                if protected is not None and protected[x, y]:
                    skeleton.denied.add((x, y))
                    continue
                adjacent[x, y] = adjacent[y, x] = False
    skeleton.tests += done[0]
    if cut_short:
        skeleton.notes.append(
            f"{cut_short} edges have too many possible separating sets: only smaller ones were tested"
        )


def _smallest(
    search: SetSearch, pools: Iterable[tuple[int, int, list[int]]], start: Bools, most: int
) -> tuple[Found | None, bool]:
    """Return the separating set of the smallest size with the largest p-value, and whether sizes were left out."""
    short = False
    for size in range(1, most + 1):
        best: Found | None = None
        for i, j, pool in pools:
            if all(start[i][k] for k in pool):
                continue
            if math.comb(len(pool), size) > _MOST_SETS:
                short = True
                continue
            found = search(i, j, pool, size, start, False)
            if found is not None and (best is None or found[1] > best[1]):
                best = found
        if best is not None:
            return best, short
    return None, short


def _blocks(adjacent: Bools) -> dict[tuple[int, int], set[int]]:
    """Return for each edge (i < j) the nodes of its biconnected component: those on a path between its ends."""
    import networkx as nx

    graph = nx.from_numpy_array(adjacent)
    found: dict[tuple[int, int], set[int]] = {}
    for edges in nx.biconnected_component_edges(graph):
        nodes = {k for edge in edges for k in edge}
        for i, j in edges:
            found[min(i, j), max(i, j)] = nodes
    return found
