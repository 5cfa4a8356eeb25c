"""The skeleton of PC-stable: which pairs no conditioning set separates.

:func:`gaussian_skeleton` does all Fisher-z tests of one level in batches over the correlation
matrix; :func:`search_skeleton` asks any test one pair at a time. Both follow PC-stable (Colombo and
Maathuis 2014, JMLR 15): the adjacencies used at a level are those at its start, so the result does
not depend on the order of the columns.

As in causal-learn, all sets that separate a pair at its level are found, and their union is kept:
a middle node is taken for a collider only if it is in none of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pair", "Separation", "Separations", "Skeleton", "gaussian_skeleton", "search_skeleton"]

Pair = tuple[int, int]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Progress = Callable[[int], None]

_BATCH = 2_000_000
"""numbers in one batched array, 16 MB"""


@dataclass(frozen=True, slots=True)
class Separation:
    """A pair found independent: ``nodes`` is the union of the separating sets of its level, ``best``
    the set with the largest p-value, followed by that p-value and its z statistic (NaN where the
    test has none)."""

    nodes: frozenset[int]
    best: tuple[int, ...]
    p_value: float
    statistic: float = math.nan


class Separations(Mapping[Pair, Separation]):
    """Separated pairs (i < j) -> what separated them.

    Kept in arrays and turned into objects only when asked for: a large search separates nearly all
    pairs, and only the few around unshielded triples are ever looked at.
    """

    def __init__(self, p: int) -> None:
        self.p = p
        self.separated = np.zeros((p, p), dtype=bool)
        self.statistics = np.full((p, p), np.nan)
        self._p_values: dict[Pair, float] = {}
        self._members: list[NDArray[np.int64]] = []
        self._best: list[tuple[NDArray[np.int64], Floats, NDArray[np.int64]]] = []
        self._found: tuple[NDArray[np.int64], dict[int, tuple[int, ...]]] | None = None

    def add(self, pair: Pair, nodes: Iterable[int], best: tuple[int, ...], p_value: float) -> None:
        """Enter one pair (i < j)."""
        code = pair[0] * self.p + pair[1]
        self.separated[pair] = True
        self._p_values[pair] = p_value
        self.add_sets(
            np.array([code * self.p + k for k in nodes], dtype=np.int64),
            np.array([code], dtype=np.int64),
            np.zeros(1),
            np.array([best], dtype=np.int64).reshape(1, -1),
        )

    def add_sets(
        self,
        members: NDArray[np.int64],
        codes: NDArray[np.int64],
        squares: Floats,
        best: NDArray[np.int64],
    ) -> None:
        """Enter separating sets: ``members`` [u] as (i * p + j) * p + k; for each of ``codes`` [h]
        (i * p + j) the smallest squared partial correlation [h] and its set [h, d]."""
        self._members.append(members)
        self._best.append((codes, squares, best))
        self._found = None

    def _index(self) -> tuple[NDArray[np.int64], dict[int, tuple[int, ...]]]:
        if self._found is None:
            members = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *self._members]))
            best: dict[int, tuple[float, tuple[int, ...]]] = {}
            for codes, squares, sets in self._best:
                for code, square, nodes in zip(
                    codes.tolist(), squares.tolist(), sets.tolist(), strict=True
                ):
                    old = best.get(code)
                    if old is None or (square, tuple(nodes)) < old:
                        best[code] = (square, tuple(nodes))
            self._found = members, {code: nodes for code, (_, nodes) in best.items()}
        return self._found

    def __getitem__(self, pair: Pair) -> Separation:
        if not self.separated[pair]:
            raise KeyError(pair)
        members, best = self._index()
        code = pair[0] * self.p + pair[1]
        first, last = np.searchsorted(members, [code * self.p, (code + 1) * self.p])
        nodes = frozenset(int(k) for k in members[first:last] - code * self.p)
        z = float(self.statistics[pair])
        p_value = self._p_values.get(pair)
        if p_value is None:
            p_value = math.erfc(z / math.sqrt(2.0))
        return Separation(nodes, best.get(code, ()), p_value, z)

    def __iter__(self) -> Iterator[Pair]:
        return ((int(i), int(j)) for i, j in np.argwhere(self.separated))

    def __len__(self) -> int:
        return int(self.separated.sum())

    def is_collider(self, x: int, y: int, z: int) -> bool | None:
        """Whether the middle node ``y`` is in no set that separates ``x`` and ``z``; None if they are
        not separated."""
        if x > z:
            x, z = z, x
        if not self.separated[x, z]:
            return None
        if self._members and (self._found is None):
            self._found = self._index()
        if self._found is None:
            return True
        members = self._found[0]
        code = (x * self.p + z) * self.p + y
        at = int(np.searchsorted(members, code))
        return at == len(members) or int(members[at]) != code


@dataclass
class Skeleton:
    """What the search found.

    ``adjacent`` [p, p] symmetric; ``separations`` of every pair that the data separate; ``denied`` those
    of them that stay adjacent because they are protected; ``p_values`` [p, p] the largest p-value that
    any test of an adjacent pair gave (an edge is as strong as its weakest test), else NaN.
    """

    adjacent: Bools
    separations: Separations
    denied: set[Pair] = field(default_factory=set)
    p_values: Floats = field(default_factory=lambda: np.empty((0, 0)))
    tests: int = 0
    depth: int = -1
    notes: list[str] = field(default_factory=list)


@lru_cache(maxsize=256)
def _subsets(m: int, d: int) -> tuple[NDArray[np.intp], Bools]:
    """Return all d-subsets of range(m), [k, d], and their membership, [k, m]."""
    sets = np.array(list(combinations(range(m), d)), dtype=np.intp).reshape(-1, d)
    member = np.zeros((len(sets), m), dtype=bool)
    np.put_along_axis(member, sets, True, axis=1)
    return sets, member


def _two_sided(z: Floats) -> Floats:
    from scipy.special import erfc

    return np.asarray(erfc(np.abs(z) / math.sqrt(2.0)))


def gaussian_skeleton(
    correlation: Floats,
    n: int,
    alpha: float,
    *,
    max_depth: int | None = None,
    protected: Bools | None = None,
    progress: Progress | None = None,
) -> Skeleton:
    """Find the skeleton with Fisher-z tests of partial correlations.

    Args:
        correlation: [p, p], Pearson.
        n: number of rows behind it.
        alpha: a pair is separated when p > alpha.
        max_depth: largest conditioning set; None for no limit.
        protected: [p, p] symmetric, pairs that stay whatever the tests say.
        progress: called with each level before it is done.
    """
    from scipy.special import ndtri

    p = len(correlation)
    threshold = -float(ndtri(alpha / 2.0))
    off = ~np.eye(p, dtype=bool)
    result = Skeleton(off.copy(), Separations(p))
    weakest = np.full((p, p), np.inf)  # smallest |z| of any test
    adjacent, separations = result.adjacent, result.separations
    keep = np.zeros((p, p), dtype=bool) if protected is None else protected
    depth = 0
    while int(adjacent.sum(axis=1).max(initial=0)) - 1 >= depth:
        if max_depth is not None and depth > max_depth:
            result.notes.append(f"stopped at conditioning sets of {max_depth} columns as asked")
            break
        if n - depth - 3 <= 0:
            result.notes.append(
                f"stopped before conditioning sets of {depth} columns: {n} rows are too few"
            )
            break
        if progress is not None:
            progress(depth)
        scale = math.sqrt(n - depth - 3)
        limit = math.tanh(threshold / scale) ** 2
        lowest = np.full((p, p), np.inf)
        if depth == 0:
            lowest = np.where(off, correlation**2, np.inf)
            result.tests += p * (p - 1) // 2
        else:
            _level(correlation, adjacent, depth, limit, lowest, result)
        lowest = np.minimum(lowest, lowest.T)
        tested = np.isfinite(lowest)
        z = np.full((p, p), np.inf)
        with np.errstate(divide="ignore"):
            z[tested] = scale * np.arctanh(np.sqrt(np.minimum(lowest[tested], 1.0)))
        np.minimum(weakest, z, out=weakest)
        cut = np.triu(adjacent & (lowest < limit), 1)
        new = cut & ~separations.separated
        separations.statistics[new] = z[new]
        separations.separated |= new
        result.denied.update((int(i), int(j)) for i, j in np.argwhere(cut & keep))
        cut &= ~keep
        adjacent &= ~(cut | cut.T)
        result.depth = depth
        depth += 1
    result.p_values = np.full((p, p), np.nan)
    result.p_values[adjacent] = _two_sided(weakest[adjacent])
    return result


def _level(
    correlation: Floats,
    adjacent: Bools,
    depth: int,
    limit: float,
    lowest: Floats,
    result: Skeleton,
) -> None:
    """Do all tests of one level: nodes of equal degree together, all their subsets at once."""
    degrees = adjacent.sum(axis=1)
    for degree in np.unique(degrees[degrees > depth]):
        m = int(degree)
        sets, member = _subsets(m, depth)
        nodes = np.flatnonzero(degrees == m)
        neighbours = np.nonzero(adjacent[nodes])[1].reshape(len(nodes), m)
        rows = max(1, _BATCH // max(1, len(sets) * (depth + 1) * (m + 1)))
        columns = max(1, _BATCH // max(1, (depth + 1) * (m + 1)))
        for start in range(0, len(nodes), rows):
            some = slice(start, start + rows)
            for first in range(0, len(sets), columns):
                part = slice(first, first + columns)
                squares = _partial_squares(
                    correlation, nodes[some], neighbours[some], sets[part], member[part]
                )
                result.tests += int(squares.size - member[part].sum() * len(nodes[some]))
                _collect(
                    squares, nodes[some], neighbours[some], sets[part], member[part], limit, lowest,
                    result.separations,
                )  # fmt: skip


def _partial_squares(
    r: Floats,
    nodes: NDArray[np.intp],
    neighbours: NDArray[np.intp],
    sets: NDArray[np.intp],
    member: Bools,
) -> Floats:
    """Return squared partial correlations [b nodes, k sets, m neighbours]; infinite where the
    neighbour is in the set.

    For node x, set S and every neighbour y at once: with B = R_SS^-1 R_S,[A x],
    cov(x, y | S) = R_xy - R_xS B_y and var(y | S) = 1 - R_yS B_y.
    """
    chosen = neighbours[:, sets]  # [b, k, d]
    everyone = np.concatenate([neighbours, nodes[:, None]], axis=1)  # [b, m + 1], x last
    cross = r[chosen[:, :, :, None], everyone[:, None, None, :]]  # [b, k, d, m + 1]
    to_x = r[nodes[:, None], neighbours]  # [b, m]
    if sets.shape[1] == 1:
        weights = cross
    else:
        inside = r[chosen[:, :, :, None], chosen[:, :, None, :]]  # [b, k, d, d]
        weights = _solve(inside, cross)
    left = 1.0 - np.einsum("bkdm,bkdm->bkm", cross, weights)
    shared = to_x[:, None, :] - np.einsum("bkd,bkdm->bkm", cross[..., -1], weights[..., :-1])
    floor = np.finfo(float).tiny
    squares = shared**2 / np.maximum(left[..., :-1] * left[..., -1:], floor)
    return np.where(member[None], np.inf, np.minimum(squares, 1.0))


def _solve(inside: Floats, cross: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(inside, cross))
    except np.linalg.LinAlgError:
        # a resample can hold a singular block that the table itself does not
        return np.asarray(np.linalg.pinv(inside, hermitian=True) @ cross)


def _collect(
    squares: Floats,
    nodes: NDArray[np.intp],
    neighbours: NDArray[np.intp],
    sets: NDArray[np.intp],
    member: Bools,
    limit: float,
    lowest: Floats,
    separations: Separations,
) -> None:
    """Lower ``lowest`` [p, p] and enter the separating sets of pairs not separated before."""
    best = squares.min(axis=1)  # [b, m]
    index = (nodes[:, None], neighbours)
    lowest[index] = np.minimum(lowest[index], best)
    first, second = np.minimum(*index), np.maximum(*index)
    low = (best < limit) & ~separations.separated[first, second]
    b, y = np.nonzero(low)  # h pairs
    if not len(b):
        return
    values = squares[b, :, y]  # [h, k]
    used = (values < limit).astype(np.float32) @ member.astype(np.float32) > 0  # [h, m]
    codes = first[b, y].astype(np.int64) * separations.p + second[b, y]
    row, k = np.nonzero(used)
    separations.add_sets(
        codes[row] * separations.p + neighbours[b[row], k],
        codes,
        best[b, y],
        neighbours[b[:, None], sets[values.argmin(axis=1)]],
    )


class LevelCuts:
    """The pairs that one level separates; taken away together when it ends (PC-stable)."""

    def __init__(self) -> None:
        self._found: dict[Pair, tuple[set[int], tuple[int, ...], float]] = {}

    def add(self, pair: Pair, given: tuple[int, ...], p_value: float) -> None:
        """Remember that ``pair`` (first < second) is independent given these columns."""
        union, best, high = self._found.get(pair, (set(), (), -1.0))
        union.update(given)
        if p_value > high:
            best, high = given, p_value
        self._found[pair] = (union, best, high)

    def apply(self, result: Skeleton, keep: Bools) -> None:
        """Take the pairs away, but for those of ``keep``, which are noted as denied."""
        adjacent = result.adjacent
        for pair, (union, best, high) in sorted(self._found.items()):
            if pair not in result.separations:
                result.separations.add(pair, union, best, high)
            if keep[pair]:
                result.denied.add(pair)
            else:
                adjacent[pair] = adjacent[pair[::-1]] = False


def search_skeleton(
    p: int,
    test: Callable[[int, int, tuple[int, ...]], float],
    alpha: float,
    *,
    max_depth: int | None = None,
    protected: Bools | None = None,
    progress: Progress | None = None,
) -> Skeleton:
    """Find the skeleton with any test; the same search as :func:`gaussian_skeleton`.

    Args:
        p: number of columns.
        test: p-value of "x and y are independent given these columns".
        alpha: a pair is separated when p > alpha.
        max_depth: largest conditioning set; None for no limit.
        protected: [p, p] symmetric, pairs that stay whatever the tests say.
        progress: called with each level before it is done.
    """
    adjacent = ~np.eye(p, dtype=bool)
    result = Skeleton(adjacent, Separations(p), p_values=np.zeros((p, p)))
    keep = np.zeros((p, p), dtype=bool) if protected is None else protected
    depth = 0
    while int(adjacent.sum(axis=1).max(initial=0)) - 1 >= depth:
        if max_depth is not None and depth > max_depth:
            result.notes.append(f"stopped at conditioning sets of {max_depth} columns as asked")
            break
        if progress is not None:
            progress(depth)
        cuts = LevelCuts()
        seen: dict[tuple[Pair, tuple[int, ...]], float] = {}
        for x in range(p):
            near = [int(k) for k in np.flatnonzero(adjacent[x])]
            for y in near:
                pair = (x, y) if x < y else (y, x)
                for given in combinations([k for k in near if k != y], depth):
                    value = seen.get((pair, given))
                    if value is None:
                        value = seen[pair, given] = test(*pair, given)
                        result.tests += 1
                    result.p_values[pair] = max(result.p_values[pair], value)
                    if value > alpha:
                        cuts.add(pair, given, value)
        cuts.apply(result, keep)
        result.depth = depth
        depth += 1
    result.p_values = np.maximum(result.p_values, result.p_values.T)
    np.fill_diagonal(result.p_values, np.nan)
    return result
