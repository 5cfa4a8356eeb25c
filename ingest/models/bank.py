"""The weights of several taggers behind one index, for speed.

A unit's features are named and looked up once, and its scores for all labels of all taggers kept in one
block; a tagger's emissions are a cut of the sum. The result is that of :meth:`ingest.models.crf.Crf.emissions`
up to rounding.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ingest.models.crf import Crf
from ingest.models.features import GROUPS, PAD, Group, scoped_names
from ingest.models.layout import Layout, Units

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
        self.blocks: Floats = np.zeros((256, len(group.offsets), width), dtype=np.float32)
        self.known: npt.NDArray[np.bool_] = np.zeros(256, dtype=np.bool_)

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

    def forget(self) -> None:
        self.blocks = np.zeros((256, *self.blocks.shape[1:]), dtype=np.float32)
        self.known = np.zeros(256, dtype=np.bool_)

    def look_up(self, ids: Ints, listed: Sequence[Hashable]) -> Floats:
        """The blocks of units, shape (places, offsets, width)."""
        have = len(self.known)
        if len(listed) > have:
            more = max(len(listed), 2 * have) - have
            empty = np.zeros((more, *self.blocks.shape[1:]), dtype=np.float32)
            self.blocks = np.concatenate([self.blocks, empty])
            self.known = np.concatenate([self.known, np.zeros(more, dtype=np.bool_)])
        new = ids[~self.known[ids]]
        if len(new):
            self.known[new] = True
            self._fill(np.unique(new), listed)
        found: Floats = self.blocks[ids]
        return found

    def _fill(self, new: Ints, listed: Sequence[Hashable]) -> None:
        """Add up the weights of new units, all at once."""
        get = self.index.get
        owners: list[int] = []
        rows: list[int] = []
        scoped: list[tuple[int, tuple[int, ...]]] = []
        for number, unit in enumerate(new.tolist()):
            for name, scope in scoped_names(self.group, listed[unit]):
                row = get(name)
                if row is not None:
                    if scope is not None:
                        scoped.append((len(rows), scope))
                    owners.append(number)
                    rows.append(row)
        if not rows:
            return
        chosen = np.array(rows, dtype=np.int64)
        first = self.ends[chosen]
        counts = self.ends[chosen + 1] - first
        before = np.cumsum(counts) - counts
        entries = np.repeat(first - before, counts) + np.arange(int(counts.sum()))
        positions = self.positions[entries]
        weights = self.weights[entries]
        if scoped:
            allowed = np.ones((len(rows), self.blocks.shape[1]), dtype=np.bool_)
            for place, scope in scoped:
                allowed[place] = False
                allowed[place, list(scope)] = True
            weights[~allowed[np.repeat(np.arange(len(rows)), counts), positions // self.width]] = 0
        size = self.blocks[0].size
        positions += np.repeat(np.array(owners, dtype=np.int64) * size, counts)
        total = np.bincount(positions, weights=weights, minlength=len(new) * size)
        self.blocks[new] = total.reshape(len(new), *self.blocks.shape[1:])


class Bank:
    """Emissions of several CRFs.

    Args:
        crfs: which; :attr:`cuts` holds, for each, its columns in what :meth:`scores` returns.
    """

    def __init__(self, crfs: Sequence[Crf]) -> None:
        sizes = [len(c.labels) for c in crfs]
        self.width = sum(sizes)
        edges = np.cumsum([0, *sizes]).tolist()
        self.cuts = [slice(a, b) for a, b in itertools.pairwise(edges)]
        self._units: Units | None = None
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

    def scores(self, layout: Layout, groups: Iterable[str]) -> Floats:
        """Return the scores that the units of some groups give, shape (tokens, width)."""
        if self._units is not layout.units:
            self._units = layout.units
            for known in self._groups.values():
                known.forget()
        size = layout.size
        total = np.zeros((size, self.width), dtype=np.float32)
        inside = total[PAD : size - PAD]
        for name in groups:
            bank = self._groups[name]
            ids = layout.ids(bank.group)
            if ids is None:
                continue
            seen = bank.look_up(ids, layout.units.listed[name])
            for number, offset in enumerate(bank.group.offsets):
                inside += seen[PAD + offset : size - PAD + offset, number]
        found: Floats = total[layout.places]
        return found
