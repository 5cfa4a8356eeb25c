"""Resamples of a table, one search on each, and how often each edge was found.

``bootstrap`` draws n rows with replacement. ``subsample`` draws complementary pairs: sample 2k is half
of the rows, sample 2k + 1 the other half (Shah and Samworth 2013, JRSS B 75), which is what the error
bounds of :mod:`discovery.stability.selecting` are about. Rows of one cluster stay together in both.
A sample depends on the seed and its number only, so it does not matter where or when it is searched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from discovery.algorithms.base import Algorithm
from discovery.data import Table
from discovery.knowledge import Knowledge
from discovery.marks import Marks, kind_of
from graph.errors import DataError

__all__ = ["Job", "Resample", "Sample", "adjacent_shares", "shares"]

Resample = Literal["bootstrap", "subsample"]
_TRIES = 20
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sample:
    """What the search on sample ``number`` found: ``codes`` int64 [edges], see :meth:`Job.sample`; None
    if it could not be searched, with the reason."""

    number: int
    codes: Ints | None
    reason: str = ""


@dataclass(frozen=True)
class Job:
    """Searches on resamples of tables, everything a worker needs to know.

    ``tables`` is one table, or several imputations of one, used in turn.
    """

    algorithm: Algorithm
    tables: tuple[Table, ...]
    knowledge: Knowledge
    seed: int = 0
    resample: Resample = "bootstrap"

    def draw(self, number: int) -> Table | None:
        """Return a sample in which every column varies, None if none came up."""
        if self.resample == "bootstrap":
            table = self.tables[number % len(self.tables)]
            rng = np.random.default_rng([self.seed, number])
            for _ in range(_TRIES):
                sample = (
                    table.take(rng.integers(0, table.n, table.n))
                    if self.algorithm.conditions
                    else table.resample(rng)
                )
                if _varies(sample):
                    return sample
            return None
        pair, half = divmod(number, 2)
        table = self.tables[pair % len(self.tables)]
        rng = np.random.default_rng([self.seed, pair])
        for _ in range(_TRIES):
            halves = [table.take(rows) for rows in _halves(table, rng, self.algorithm.conditions)]
            if all(map(_varies, halves)):
                return halves[half]
        return None

    def sample(self, number: int) -> Sample:
        """Search sample ``number``.

        An edge between the columns i and j, the name of i before that of j, is the number
        (i p + j) 16 + 4 (mark at i) + (mark at j).

        Raises:
            KeyboardInterrupt: if the search was interrupted.
        """
        table = self.draw(number)
        if table is None:
            return Sample(number, None, "a column was constant")
        try:
            learned = self.algorithm.search(table, self.knowledge, None)
        except (DataError, np.linalg.LinAlgError) as error:
            return Sample(number, None, str(getattr(error, "message", error)))
        if not learned.complete:
            raise KeyboardInterrupt
        return Sample(number, _codes(learned.marks, table.columns))


def _varies(table: Table) -> bool:
    values = table.values
    if table.has_missing:
        low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
        return bool((high > low).all())
    return bool((np.ptp(values, axis=0) > 0).all())


def _halves(table: Table, rng: np.random.Generator, conditions: bool) -> tuple[Ints, Ints]:
    """Return two disjoint halves of the rows; whole clusters where there are any, unless they are
    conditions."""
    if table.clusters is None or conditions:
        order = rng.permutation(table.n)
        half = table.n // 2
        return np.sort(order[:half]), np.sort(order[half : 2 * half])
    names, member = np.unique(table.clusters, return_inverse=True)
    order = rng.permutation(len(names))
    first = np.zeros(len(names), dtype=bool)
    first[order[: len(names) // 2]] = True
    return np.flatnonzero(first[member]), np.flatnonzero(~first[member])


@lru_cache(maxsize=4)
def _ranks(columns: tuple[str, ...]) -> Ints:
    ranks = np.empty(len(columns), dtype=np.int64)
    ranks[sorted(range(len(columns)), key=columns.__getitem__)] = np.arange(len(columns))
    return ranks


def _codes(marks: Marks, columns: tuple[str, ...]) -> Ints:
    i, j = np.nonzero(np.triu(marks != 0, 1))
    ranks = _ranks(columns)
    turned = ranks[i] > ranks[j]
    i, j = np.where(turned, j, i), np.where(turned, i, j)
    ends = 4 * marks[j, i].astype(np.int64) + marks[i, j]
    return np.asarray(np.sort((i * len(columns) + j) * 16 + ends), dtype=np.int64)


def shares(
    samples: Iterable[Sample], columns: tuple[str, ...]
) -> dict[tuple[str, str], dict[str, float]]:
    """Return for each pair of columns (first < second) that was ever adjacent the share of samples with
    each kind of edge, read from first to second; samples without a result do not count."""
    found = [s.codes for s in samples if s.codes is not None]
    if not found:
        return {}
    codes, counts = np.unique(np.concatenate(found), return_counts=True)
    result: dict[tuple[str, str], dict[str, float]] = {}
    two = np.zeros((2, 2), dtype=np.int8)
    for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
        pair, ends = divmod(code, 16)
        i, j = divmod(pair, len(columns))
        two[1, 0], two[0, 1] = divmod(ends, 4)
        kinds = result.setdefault((columns[i], columns[j]), {})
        kinds[kind_of(two, 0, 1)] = count / len(found)
    return {pair: dict(sorted(kinds.items())) for pair, kinds in sorted(result.items())}


def adjacent_shares(
    stability: Mapping[tuple[str, str], Mapping[str, float]],
) -> dict[tuple[str, str], float]:
    """Return the share of samples in which each pair is adjacent, whatever the marks."""
    return {pair: min(1.0, sum(kinds.values())) for pair, kinds in stability.items()}
