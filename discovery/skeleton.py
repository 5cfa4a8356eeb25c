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
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations, islice

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LevelCuts", "Pair", "Separation", "Separations", "Skeleton", "all_subsets", "gaussian_skeleton",
    "search_sets", "search_skeleton",
]  # fmt: skip

Pair = tuple[int, int]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Progress = Callable[[int], None]

_BATCH = 2_000_000
"""numbers in one batched array, 16 MB"""
_SETS = 4096
"""conditioning sets that one call of a test is given"""


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

    def minimal(self) -> Separations:
        """Return the same pairs with one separating set each, the best of its level, as all there is."""
        found = Separations(self.p)
        found.separated, found.statistics = self.separated, self.statistics
        found._p_values = self._p_values
        best = self._index()[1]
        members = [code * self.p + k for code, nodes in best.items() for k in nodes]
        found._members = [np.array(members, dtype=np.int64)]
        found._best = self._best
        return found

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
    complete: bool = True
    """False when interrupted: what was separated by then is taken away"""

    def goes_on(self, depth: int, max_depth: int | None, progress: Progress | None) -> bool:
        """Whether the level ``depth`` is to be done; tells ``progress`` so."""
        if not self.complete or int(self.adjacent.sum(axis=1).max(initial=0)) - 1 < depth:
            return False
        if max_depth is not None and depth > max_depth:
            self.notes.append(f"stopped at conditioning sets of {max_depth} columns as asked")
            return False
        with self.interruptible():
            if progress is not None:
                progress(depth)
        return self.complete

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Turn an interrupt (Ctrl-C) inside into ``complete = False``."""
        try:
            yield
        except KeyboardInterrupt:
            self.complete = False
            self.notes.append("interrupted while testing: the best graph so far")


@lru_cache(maxsize=256)
def _subsets(m: int, d: int) -> tuple[NDArray[np.intp], Bools]:
    """Return all d-subsets of range(m), [k, d], and their membership, [k, m]."""
    sets = np.array(list(combinations(range(m), d)), dtype=np.intp).reshape(math.comb(m, d), d)
    member = np.zeros((len(sets), m), dtype=bool)
    np.put_along_axis(member, sets, True, axis=1)
    return sets, member


def all_subsets(m: int, d: int, chunk: int) -> Iterator[tuple[NDArray[np.intp], Bools]]:
    """Yield all d-subsets of range(m) in order, at most ``chunk`` at a time: [k, d], and which
    numbers they hold, [k, m]."""
    if math.comb(m, d) <= chunk:
        yield _subsets(m, d)
        return
    source = combinations(range(m), d)
    while part := list(islice(source, chunk)):
        sets = np.array(part, dtype=np.intp).reshape(-1, d)
        member = np.zeros((len(sets), m), dtype=bool)
        np.put_along_axis(member, sets, True, axis=1)
        yield sets, member


def _two_sided(z: Floats) -> Floats:
    from scipy.special import erfc

    return np.asarray(erfc(np.abs(z) / math.sqrt(2.0)))


def gaussian_skeleton(
    correlation: Floats,
    n: float,
    alpha: float | Floats,
    *,
    max_depth: int | None = None,
    protected: Bools | None = None,
    progress: Progress | None = None,
) -> Skeleton:
    """Find the skeleton with Fisher-z tests of partial correlations.

    Args:
        correlation: [p, p], Pearson.
        n: number of rows behind it, the effective number if they are weighted.
        alpha: a pair is separated when p > alpha; [p, p] symmetric for a level of its own for each
            pair.
        max_depth: largest conditioning set; None for no limit.
        protected: [p, p] symmetric, pairs that stay whatever the tests say.
        progress: called with each level before it is done.

    An interrupt gives what is separated by then, ``complete`` False.
    """
    from scipy.special import ndtri

    p = len(correlation)
    threshold = -ndtri(np.asarray(alpha, dtype=np.float64) / 2.0)
    off = ~np.eye(p, dtype=bool)
    result = Skeleton(off.copy(), Separations(p))
    weakest = np.full((p, p), np.inf)  # smallest |z| of any test
    adjacent, separations = result.adjacent, result.separations
    keep = np.zeros((p, p), dtype=bool) if protected is None else protected
    depth = 0
    while result.goes_on(depth, max_depth, progress):
        if n - depth - 3 <= 0:
            result.notes.append(
                f"stopped before conditioning sets of {depth} columns: {n:g} rows are too few"
            )
            break
        scale = math.sqrt(n - depth - 3)
        limit = np.broadcast_to(np.tanh(threshold / scale) ** 2, (p, p))
        lowest = np.full((p, p), np.inf)
        if depth == 0:
            lowest = np.where(off, correlation**2, np.inf)
            result.tests += p * (p - 1) // 2
        else:
            with result.interruptible():
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
    limit: Floats,
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
    limit: Floats,
    lowest: Floats,
    separations: Separations,
) -> None:
    """Lower ``lowest`` [p, p] and enter the separating sets of pairs not separated before."""
    best = squares.min(axis=1)  # [b, m]
    index = (nodes[:, None], neighbours)
    lowest[index] = np.minimum(lowest[index], best)
    first, second = np.minimum(*index), np.maximum(*index)
    low = (best < limit[index]) & ~separations.separated[first, second]
    b, y = np.nonzero(low)  # h pairs
    if not len(b):
        return
    values = squares[b, :, y]  # [h, k]
    bound = limit[nodes[b], neighbours[b, y]]  # [h]
    used = (values < bound[:, None]).astype(np.float32) @ member.astype(np.float32) > 0  # [h, m]
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

    def add_sets(
        self, x: int, y: int, sets: NDArray[np.int64], p_values: Floats, alpha: float
    ) -> None:
        """Remember those of the ``sets`` [k, d] with p > alpha; one of them at least is."""
        pair = (x, y) if x < y else (y, x)
        apart = p_values > alpha
        union, best, high = self._found.get(pair, (set(), (), -1.0))
        union.update(np.unique(sets[apart]).tolist())
        first = int(p_values.argmax())
        if p_values[first] > high:
            best, high = tuple(sets[first].tolist()), float(p_values[first])
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
    alpha: float | Floats,
    *,
    max_depth: int | None = None,
    protected: Bools | None = None,
    progress: Progress | None = None,
) -> Skeleton:
    """Find the skeleton of ``p`` columns with any test, the p-value of "x and y are independent given these";
    everything else as for :func:`gaussian_skeleton`."""

    def of_sets(x: int, y: int, sets: NDArray[np.int64]) -> Floats:
        return np.array([test(x, y, tuple(given)) for given in sets.tolist()])

    return search_sets(
        p, of_sets, alpha, max_depth=max_depth, protected=protected, progress=progress
    )


def search_sets(
    p: int,
    test: Callable[[int, int, NDArray[np.int64]], Floats],
    alpha: float | Floats,
    *,
    max_depth: int | None = None,
    protected: Bools | None = None,
    progress: Progress | None = None,
) -> Skeleton:
    """:func:`search_skeleton` with a test that does one pair given many sets [k, d] at once, [k]."""
    levels = np.broadcast_to(np.asarray(alpha, dtype=np.float64), (p, p))
    result = Skeleton(~np.eye(p, dtype=bool), Separations(p), p_values=np.zeros((p, p)))
    adjacent = result.adjacent
    keep = np.zeros((p, p), dtype=bool) if protected is None else protected
    depth = 0
    while result.goes_on(depth, max_depth, progress):
        cuts = LevelCuts()
        with result.interruptible():
            for i, j in np.argwhere(np.triu(adjacent, 1)):
                x, y = int(i), int(j)
                for sets in _candidates(adjacent, x, y, depth):
                    values = test(x, y, sets)
                    result.tests += len(sets)
                    result.p_values[x, y] = max(result.p_values[x, y], float(values.max()))
                    if (values > levels[x, y]).any():
                        cuts.add_sets(x, y, sets, values, float(levels[x, y]))
        cuts.apply(result, keep)
        result.depth = depth
        depth += 1
    result.p_values = np.maximum(result.p_values, result.p_values.T)
    np.fill_diagonal(result.p_values, np.nan)
    return result


def _candidates(adjacent: Bools, x: int, y: int, depth: int) -> Iterator[NDArray[np.int64]]:
    """Yield the sets of a level for a pair, [k, d] at a time: subsets of the neighbours of either, no set
    twice."""
    first, second = adjacent[x].copy(), adjacent[y].copy()
    first[y] = second[x] = False
    for pool, seen in ((first, None), (second, first)):
        nodes = np.flatnonzero(pool)
        if len(nodes) < depth or (seen is not None and depth == 0):
            continue
        for chosen, _ in all_subsets(len(nodes), depth, _SETS):
            sets = nodes[chosen]
            if seen is not None:
                sets = sets[~seen[sets].all(axis=1)]
            if len(sets):
                yield sets
