"""Scores of parent sets over the parts of the data in which a column's mechanism is the same.

Both are in units of twice the log-likelihood and 0 for no parents; a score of a graph is the sum over its
columns. With hard interventions the rows in which ``y`` was set are left out of its part (Cooper and Yoo
1999, UAI, for counts; Hauser and Buehlmann 2012, JMLR 13, for Gaussian columns); with soft ones every
environment that changes ``y`` is a part with parameters of its own and the same parents.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from discovery.interventions.mechanisms import Mechanisms

__all__ = ["CountScore", "DesignScore", "GaussianScore", "ParentScore"]

Floats = NDArray[np.float64]
Parts = tuple[tuple[int, ...], ...]
_TINY = 1e-9


class ParentScore(Protocol):
    """What the search needs."""

    p: int

    def gains(self, y: int, parents: Sequence[int]) -> Floats:
        """What adding each column to the parents of ``y`` is worth, [p]."""
        ...

    def losses(self, y: int, parents: Sequence[int]) -> Floats:
        """What removing each parent is worth, [d]."""
        ...


class GaussianScore:
    """Gaussian BIC over parts: -n log(var(y | S) / var(y)) - penalty |S| log(n), summed over them.

    Args:
        values: [n, p].
        found: the environments and parts.
        penalty: multiple of log(n) that an edge costs in each part.
        gamma: extended BIC (Foygel and Drton 2010): an edge costs 4 gamma log(p) more.
        weights: [n], row weights of mean 1.
        bonus: [p, p], added for each edge ``[i, j]`` (twice the log prior odds).
    """

    def __init__(
        self,
        values: Floats,
        found: Mechanisms,
        penalty: float = 1.0,
        gamma: float = 0.0,
        weights: Floats | None = None,
        bonus: Floats | None = None,
    ) -> None:
        n, self.p = values.shape
        self.bonus = np.zeros((self.p, self.p)) if bonus is None else bonus
        scaled = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-300)
        weights = np.ones(n) if weights is None else weights
        count = len(found.environments)
        sizes, sums = np.zeros(count), np.zeros((count, self.p))
        squares = np.zeros((count, self.p, self.p))
        for e in range(count):
            rows = found.environment == e
            part, w = scaled[rows], weights[rows]
            sizes[e] = w.sum()
            sums[e] = w @ part
            squares[e] = (part * w[:, None]).T @ part
        cache: dict[tuple[int, ...], tuple[float, Floats]] = {}

        def pooled(part: tuple[int, ...]) -> tuple[float, Floats]:
            if part not in cache:
                chosen = list(part)
                size = float(sizes[chosen].sum())
                mean = sums[chosen].sum(axis=0) / max(size, 1.0)
                cover = squares[chosen].sum(axis=0) / max(size, 1.0) - np.outer(mean, mean)
                spread = np.sqrt(np.maximum(np.diag(cover), 0.0))
                flat = spread < 1e-7  # constant in this part: it explains nothing there
                spread[flat] = 1.0
                r = cover / np.outer(spread, spread)
                r[flat] = 0.0
                r[:, flat] = 0.0
                np.fill_diagonal(r, 1.0)
                cache[part] = size, r
            return cache[part]

        self.parts = [[pooled(part) for part in parts] for parts in found.groups]
        extra = 4.0 * gamma * math.log(self.p)
        self.cost = np.array(
            [penalty * sum(math.log(max(n, 2.0)) for n, _ in parts) + extra for parts in self.parts]
        )

    def gains(self, y: int, parents: Sequence[int]) -> Floats:
        """See :class:`ParentScore`."""
        s = list(parents)
        total = -self.cost[y] + self.bonus[:, y]
        for n, r in self.parts[y]:
            if n <= len(s) + 3:
                continue
            if s:
                weights = _solve(r[np.ix_(s, s)], r[s])
                cover = r[y] - r[y, s] @ weights
                left = 1.0 - np.einsum("dp,dp->p", r[s], weights)
            else:
                cover, left = r[y], np.ones(self.p)
            scale = np.maximum(left * left[y], 1e-300)
            share = np.where((left > _TINY) & (left[y] > _TINY), cover * cover / scale, 0.0)
            total = total - n * np.log1p(-np.minimum(share, 1.0 - 1e-12))
        return np.asarray(total)

    def losses(self, y: int, parents: Sequence[int]) -> Floats:
        """See :class:`ParentScore`."""
        s = list(parents)
        total = self.cost[y] - self.bonus[s, y]
        for n, r in self.parts[y]:
            if n <= len(s) + 2:
                continue
            inverse = _inverse(r[np.ix_([y, *s], [y, *s])])
            share = inverse[0, 1:] ** 2 / (inverse[0, 0] * np.diag(inverse)[1:])
            total = total + n * np.log1p(-np.minimum(share, 1.0 - 1e-12))
        return np.asarray(total)


def _solve(a: Floats, b: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(a, b))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(a, hermitian=True) @ b)


def _inverse(a: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.inv(a))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(a, hermitian=True))


class _Remembering(ABC):
    """A score that is worked out parent set by parent set, each once.

    Nodes are the columns, then the contexts: one for each environment but the first.
    """

    p: int
    bonus: Floats

    def __init__(self) -> None:
        self._known: dict[tuple[int, tuple[int, ...]], float] = {}

    def local(self, y: int, parents: Sequence[int]) -> float:
        """Return the score of a parent set, without the bonus; remembered."""
        key = (y, tuple(sorted(parents)))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._local(*key)
        return found

    @abstractmethod
    def _local(self, y: int, parents: tuple[int, ...]) -> float: ...

    def gains(self, y: int, parents: Sequence[int]) -> Floats:
        """See :class:`ParentScore`."""
        here = self.local(y, parents)
        found = np.full(self.p, -np.inf)
        for k in range(self.p):
            if k != y and k not in parents:
                found[k] = self.local(y, [*parents, k]) - here
        return np.asarray(found + self.bonus[:, y])

    def losses(self, y: int, parents: Sequence[int]) -> Floats:
        """See :class:`ParentScore`."""
        here = self.local(y, parents)
        return np.array(
            [
                self.local(y, [k for k in parents if k != gone]) - here - self.bonus[gone, y]
                for gone in parents
            ]
        )


def _bonus(bonus: Floats | None, columns: int, nodes: int) -> Floats:
    full = np.zeros((nodes, nodes))
    if bonus is not None:
        full[:columns, :columns] = bonus
    return full


class DesignScore(_Remembering):
    """Gaussian BIC as :class:`GaussianScore`, with contexts, and with targets whose measured value does
    not count (``set``): such a parent stands for its values elsewhere and a level in each environment.

    Args:
        values, found, penalty, gamma, weights, bonus: as :class:`GaussianScore`.
        contexts: whether environments may act on columns: their shifts are nodes (joint causal
            inference, Mooij, Magliacane and Claassen 2020, JMLR 21).
    """

    def __init__(
        self,
        values: Floats,
        found: Mechanisms,
        penalty: float = 1.0,
        gamma: float = 0.0,
        weights: Floats | None = None,
        bonus: Floats | None = None,
        contexts: bool = True,
    ) -> None:
        super().__init__()
        n, columns = values.shape
        count = len(found.environments)
        self.p = columns + (count - 1 if contexts else 0)
        self.bonus = _bonus(bonus, columns, self.p)
        scaled = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-300)
        marks = np.eye(count)[found.environment]
        masked = scaled.copy()
        self.blocks = [[j] for j in range(columns)]
        if found.kind == "set":
            hit = found.environments[found.environment]
            masked[hit] = 0.0
            for j in range(columns):
                self.blocks[j] += [
                    2 * columns + int(e) for e in np.flatnonzero(found.environments[:, j])
                ]
        self.blocks += [[2 * columns + e] for e in range(1, count)]
        design = np.hstack([masked, scaled, marks])
        design = np.hstack([design, np.ones((n, 1))])
        self.one = design.shape[1] - 1
        self.columns = columns
        weights = np.ones(n) if weights is None else weights
        grams = []
        for e in range(count):
            rows = found.environment == e
            grams.append((design[rows] * weights[rows, None]).T @ design[rows])
        cache: dict[tuple[int, ...], Floats] = {}

        def pooled(part: tuple[int, ...]) -> Floats:
            if part not in cache:
                cache[part] = np.sum([grams[e] for e in part], axis=0)
            return cache[part]

        self.parts = [[pooled(part) for part in parts if part] for parts in found.groups]
        self.penalty, self.extra = penalty, 4.0 * gamma * math.log(columns)

    def _local(self, y: int, parents: tuple[int, ...]) -> float:
        chosen = sorted({c for k in parents for c in self.blocks[k]})
        response = self.columns + y
        total = -self.extra * len(parents)
        for gram in self.parts[y]:
            n = float(gram[self.one, self.one])
            nodes = [*chosen, response]
            mean = gram[self.one, nodes] / n
            cover = gram[np.ix_(nodes, nodes)] / n - np.outer(mean, mean)
            if cover[-1, -1] < 1e-12 or n <= len(chosen) + 3:
                continue
            left, rank = _left(cover)
            total += -n * math.log(max(left / cover[-1, -1], 1e-12))
            total -= self.penalty * rank * math.log(n)
        return total


def _left(cover: Floats) -> tuple[float, int]:
    """Return the variance of the last column given the others, and their rank; columns that those before
    them determine count for nothing."""
    work = cover.copy()
    rank = 0
    for k in range(len(work) - 1):
        if work[k, k] > 1e-9 * max(cover[k, k], 1e-9):
            rank += 1
            work -= np.outer(work[:, k], work[k]) / work[k, k]
    return float(work[-1, -1]), rank


class CountScore(_Remembering):
    """BDeu (Heckerman, Geiger and Chickering 1995) over parts, twice the log marginal likelihood.

    Args:
        codes: [n, p], 0 .. levels - 1.
        found: the environments and parts; a target that was ``set`` has a level of its own in each
            environment when it is a parent.
        sample_size: equivalent sample size of the Dirichlet prior.
        weights: [n], row weights of mean 1.
        bonus: [p, p], added for each edge ``[i, j]`` (twice the log prior odds).
        contexts: whether environments may act on columns, as in :class:`DesignScore`.
    """

    def __init__(
        self,
        codes: NDArray[np.int64],
        found: Mechanisms,
        sample_size: float = 1.0,
        weights: Floats | None = None,
        bonus: Floats | None = None,
        contexts: bool = False,
    ) -> None:
        super().__init__()
        columns, count = codes.shape[1], len(found.environments)
        self.p = columns + (count - 1 if contexts else 0)
        self.bonus = _bonus(bonus, columns, self.p)
        self.sample_size = sample_size
        self.codes = np.asfortranarray(codes)
        above = codes.copy()
        if found.kind == "set":
            for j in range(columns):
                for number, e in enumerate(np.flatnonzero(found.environments[:, j])):
                    above[found.environment == e, j] = codes[:, j].max() + 1 + number
        if contexts:
            above = np.hstack(
                [above, (found.environment[:, None] == np.arange(1, count)).astype(np.int64)]
            )
        self.above = np.asfortranarray(above)
        self.levels = above.max(axis=0) + 1
        cache: dict[tuple[int, ...], NDArray[np.int64]] = {}
        self.parts: list[list[NDArray[np.int64]]] = []
        for parts in found.groups:
            rows = []
            for part in parts:
                if part not in cache:
                    cache[part] = np.flatnonzero(np.isin(found.environment, part))
                rows.append(cache[part])
            self.parts.append(rows)
        self.weights = weights

    def _local(self, y: int, parents: tuple[int, ...]) -> float:
        return 2.0 * sum(self._part(rows, y, parents) for rows in self.parts[y])

    def _part(self, rows: NDArray[np.int64], y: int, parents: tuple[int, ...]) -> float:
        from scipy.special import gammaln

        own = self.codes[rows, y]
        r, number = int(self.codes[:, y].max()) + 1, 1
        index = np.zeros(len(rows), dtype=np.int64)
        for k in parents:
            index = index * self.levels[k] + self.above[rows, k]
            number *= int(self.levels[k])
            if number > len(rows):  # renumber what occurs: empty configurations add nothing
                index = np.unique(index, return_inverse=True)[1].ravel()
        weights = None if self.weights is None else self.weights[rows]
        height = int(index.max(initial=-1)) + 1
        counts = np.bincount(index * r + own, weights, minlength=height * r)
        table = counts.reshape(height, r)
        row, cell = self.sample_size / number, self.sample_size / (number * r)
        total = table.sum(axis=1)
        seen = total > 0
        return float(
            (gammaln(row) - gammaln(row + total[seen])).sum()
            + (gammaln(cell + table[seen]) - gammaln(cell)).sum()
        )
