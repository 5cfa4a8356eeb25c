"""Edges that arrive a batch at a time become :class:`Triples`: growing arrays, one vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from discovery.embeddings.triples import I64, Links, Triples

__all__ = ["Gatherer", "Growing"]


class Growing:
    """An array that doubles when it is full: appending ``m`` numbers copies less than ``2 m``."""

    def __init__(self, kind: type[np.generic]) -> None:
        self._data: NDArray[Any] = np.empty(1024, kind)
        self._size = 0

    def __len__(self) -> int:
        """Return how many numbers there are."""
        return self._size

    def append(self, values: ArrayLike) -> None:
        """Add numbers at the end."""
        new = np.asarray(values)
        need = self._size + len(new)
        if need > len(self._data):
            grown = np.empty(max(need, 2 * len(self._data)), self._data.dtype)
            grown[: self._size] = self._data[: self._size]
            self._data = grown
        self._data[self._size : need] = new
        self._size = need

    def array(self) -> NDArray[Any]:
        """Return the numbers: a view that is not to be kept while it still grows."""
        return self._data[: self._size]


class Gatherer:
    """Collects edges; names get provisional numbers as they come and are sorted at the end.

    Memory is the vocabulary and 23 bytes for each edge that came, whatever the batches are.
    """

    def __init__(self) -> None:
        self.entities: dict[str, int] = {}
        self.relations: dict[str, int] = {}
        self.types: dict[str, str] = {}
        self.heads, self.kinds, self.tails = (Growing(np.int32) for _ in range(3))
        self.sign, self.belief = Growing(np.int8), Growing(np.float32)
        self.evidence, self.year = Growing(np.int32), Growing(np.int16)
        self.papers: list[tuple[str, ...]] | None = None

    def __len__(self) -> int:
        """Return how many edges came."""
        return len(self.heads)

    @staticmethod
    def codes(names: Sequence[str], into: dict[str, int]) -> I64:
        """Return the numbers of names, new ones added."""
        return np.fromiter((into.setdefault(n, len(into)) for n in names), np.int64, len(names))

    def add(
        self,
        heads: ArrayLike,
        kinds: ArrayLike,
        tails: ArrayLike,
        *,
        sign: ArrayLike | None = None,
        belief: ArrayLike | None = None,
        evidence: ArrayLike | None = None,
        year: ArrayLike | None = None,
        papers: Sequence[tuple[str, ...]] | None = None,
    ) -> None:
        """Add a batch of edges by number; see :meth:`codes`."""
        count = len(np.asarray(heads))
        before = len(self)
        for array, values, default in (
            (self.heads, heads, 0),
            (self.kinds, kinds, 0),
            (self.tails, tails, 0),
            (self.sign, sign, 0),
            (self.belief, belief, 1),
            (self.evidence, evidence, 1),
            (self.year, year, 0),
        ):
            array.append(np.full(count, default) if values is None else values)
        if papers is not None and self.papers is None:
            self.papers = [()] * before
        if self.papers is not None:
            self.papers += list(papers) if papers is not None else [()] * count

    def finish(self, types: Mapping[str, str] | None = None, *, merge: bool = True) -> Triples:
        """Return the triples; ``merge`` joins edges equal in head, relation, tail and sign.

        Of joined edges the highest belief, the first year, the sum of evidences and all papers stay.
        """
        entities, place = _sorted(self.entities)
        relations, kind = _sorted(self.relations)
        h, r, t = place[self.heads.array()], kind[self.kinds.array()], place[self.tails.array()]
        sign, belief = self.sign.array(), self.belief.array()
        evidence, year = self.evidence.array(), self.year.array()
        papers = self.papers
        if merge and len(h):
            key = ((h * len(relations) + r) * len(entities) + t) * 3 + (sign + 1)
            order = np.argsort(key, kind="stable")
            starts = np.flatnonzero(np.append(True, np.diff(key[order]) != 0))
            first = order[starts]
            h, r, t, sign = h[first], r[first], t[first], sign[first]
            belief = np.maximum.reduceat(belief[order], starts)
            evidence = np.add.reduceat(evidence[order], starts)
            # as unsigned numbers, unknown (0) less one is the latest of all
            dated = (year[order].astype(np.uint16) - np.uint16(1)).astype(np.uint16)
            year = (np.minimum.reduceat(dated, starts) + np.uint16(1)).astype(np.int16)
            if papers is not None:
                of = np.split(order, starts[1:])
                papers = [tuple(sorted({p for i in g for p in self.papers[i]})) for g in of]  # type: ignore[index]
        category = {**self.types, **(types or {})}
        return Triples.from_ids(
            entities,
            relations,
            h,
            r,
            t,
            types=[category.get(e, "Entity") for e in entities],
            sign=sign,
            belief=belief,
            evidence=evidence,
            year=year,
            papers=Links.of(papers) if papers is not None else None,
        )


def _sorted(number: Mapping[str, int]) -> tuple[list[str], I64]:
    names = sorted(number)
    place = np.empty(len(names), np.int64)
    place[np.fromiter((number[n] for n in names), np.int64, len(names))] = np.arange(len(names))
    return names, place
