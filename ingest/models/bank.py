"""The weights of several taggers behind one index, for speed.

A unit's features are named and looked up once, and its scores for all labels of all taggers added up in
one block; a tagger's scores are a cut of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from ingest.models.crf import Crf
from ingest.models.features import GROUPS, Group, Scoped, scoped_names

__all__ = ["Bank"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


class _GroupBank:
    """Weights of the features of one group: name -> entries (position in a block, weight)."""

    def __init__(self, group: Group, width: int) -> None:
        self.group = group
        self.width = width
        self.index: dict[str, int] = {}
        self._raw: list[tuple[Ints, Ints, Floats]] = []

    def add(self, names: Ints, positions: Ints, weights: Floats) -> None:
        self._raw.append((names, positions, weights))

    def seal(self) -> None:
        empty: tuple[Ints, Ints, Floats] = (
            np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32),
        )  # fmt: skip
        parts = [empty, *self._raw]
        names = np.concatenate([p[0] for p in parts])
        positions = np.concatenate([p[1] for p in parts])
        weights = np.concatenate([p[2] for p in parts])
        order = np.argsort(names, kind="stable")
        counts = np.bincount(names, minlength=len(self.index))
        self.ends: Ints = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self.positions: Ints = positions[order]
        self.weights: npt.NDArray[np.float64] = weights[order].astype(np.float64)
        self._raw.clear()

    def blocks(self, units: Sequence[Sequence[Scoped]]) -> Floats:
        """Add up the weights of units given as their names, shape (units, offsets, width)."""
        get = self.index.get
        owners: list[int] = []
        rows: list[int] = []
        scoped: list[tuple[int, tuple[int, ...]]] = []
        for number, unit in enumerate(units):
            for name, scope in unit:
                row = get(name)
                if row is not None:
                    if scope is not None:
                        scoped.append((len(rows), scope))
                    owners.append(number)
                    rows.append(row)
        offsets = len(self.group.offsets)
        if not rows:
            return np.zeros((len(units), offsets, self.width), dtype=np.float32)
        chosen = np.array(rows, dtype=np.int64)
        first = self.ends[chosen]
        counts = self.ends[chosen + 1] - first
        before = np.cumsum(counts) - counts
        entries = np.repeat(first - before, counts) + np.arange(int(counts.sum()))
        positions = self.positions[entries]
        weights = self.weights[entries]
        if scoped:
            allowed = np.ones((len(rows), offsets), dtype=np.bool_)
            for place, scope in scoped:
                allowed[place] = False
                allowed[place, list(scope)] = True
            weights[~allowed[np.repeat(np.arange(len(rows)), counts), positions // self.width]] = 0
        size = offsets * self.width
        positions += np.repeat(np.array(owners, dtype=np.int64) * size, counts)
        total = np.bincount(positions, weights=weights, minlength=len(units) * size)
        found: Floats = total.reshape(len(units), offsets, self.width).astype(np.float32)
        return found


class Bank:
    """Scores of units for several CRFs.

    Args:
        crfs: which; :attr:`cuts` holds, for each, its columns of a block's ``width``.
    """

    def __init__(self, crfs: Sequence[Crf]) -> None:
        sizes = [len(c.labels) for c in crfs]
        self.width = sum(sizes)
        edges = np.cumsum([0, *sizes]).tolist()
        self.cuts = [slice(a, b) for a, b in itertools.pairwise(edges)]
        self._groups = {g.name: _GroupBank(g, self.width) for g in GROUPS}
        places = {f"{g.name}{o}": (g.name, n) for g in GROUPS for n, o in enumerate(g.offsets)}
        for crf, cut in zip(crfs, self.cuts, strict=True):
            self._add(crf, cut.start, places)
        for group in self._groups.values():
            group.seal()

    def _add(self, crf: Crf, start: int, places: dict[str, tuple[str, int]]) -> None:
        size = len(crf.index)
        name_of = np.zeros(size, dtype=np.int64)
        offset_of = np.zeros(size, dtype=np.int64)
        rows: dict[str, list[int]] = {}
        for row, feature in enumerate(crf.index):
            prefix, _, name = feature.partition("|")
            group, offset_of[row] = places[prefix]
            index = self._groups[group].index
            name_of[row] = index.setdefault(name, len(index))
            rows.setdefault(group, []).append(row)
        for group, mine in rows.items():
            wanted = np.array(mine, dtype=np.int64)
            local, column = np.nonzero(crf.weights[wanted])
            row_of = wanted[local]
            self._groups[group].add(
                name_of[row_of],
                offset_of[row_of] * self.width + start + column,
                crf.weights[row_of, column],
            )

    def names(self, group: str) -> list[str]:
        """Return the names of a group's features, without their prefix."""
        return list(self._groups[group].index)

    def blocks(self, group: str, units: Sequence[Hashable]) -> Floats:
        """Return the scores of units, shape (units, offsets, width)."""
        bank = self._groups[group]
        return bank.blocks([scoped_names(bank.group, unit) for unit in units])

    def named(self, group: str, names: Sequence[str]) -> Floats:
        """Return the scores of single features by name, shape (names, offsets, width)."""
        return self._groups[group].blocks([[(name, None)] for name in names])
