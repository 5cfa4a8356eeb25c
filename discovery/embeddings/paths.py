"""Degree-weighted path counts between entities, as sparse matrix products.

A step is a relation in one of its two directions; a body is a sequence of one to three steps. Of a body,
the degree-weighted path count (DWPC: Himmelstein & Baranzini 2015, *Heterogeneous network edge prediction*)
sums over its simple paths the product of ``degree ** -damping`` at both ends of every step. Simple paths
from ``h`` to ``t`` never use an edge from ``h`` to ``t`` unless they are that edge, so what is counted for
a training edge is what would be counted had it been held out; only degrees still know of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from discovery.embeddings.triples import F64, I64, Mask, Triples

__all__ = ["Body", "Paths"]

Body = tuple[int, ...]
_DENSE = 1500  # entities up to which plain arrays are faster than sparse ones


@dataclass(frozen=True, eq=False)
class Paths:
    """The steps of a graph. Step ``r`` is relation ``r``; step ``r + relations`` goes against it.

    Attributes:
        steps: one matrix ``[n, n]`` for each step, damped, without loops.
        joins: which step can follow which, bool ``[steps, steps]``: some path has both in a row.
        starts, ends: entities that each step leaves or reaches, bool ``[steps, n]``.
    """

    train: Triples
    steps: tuple[Any, ...]
    transposed: tuple[Any, ...]
    joins: Mask
    starts: Mask
    ends: Mask

    @classmethod
    def of(cls, train: Triples, *, damping: float = 0.4, weighted: bool = False) -> Paths:
        """Return the steps of a training graph; ``weighted``: each edge counts its belief."""
        from scipy import sparse

        n, r = train.n, train.r
        forward = []
        for relation in range(r):
            mine = (train.edges_relation == relation) & (train.heads != train.tails)
            h, t = train.heads[mine], train.tails[mine]
            values = (
                train.belief[mine].astype(np.float32) if weighted else np.ones(len(h), np.float32)
            )
            matrix = sparse.csr_matrix((values, (h, t)), shape=(n, n))
            if not weighted:
                matrix.data[:] = 1  # a pair with edges of both signs is one step
            out = np.maximum(np.diff(matrix.indptr), 1) ** -float(damping)
            into = np.maximum(np.bincount(matrix.indices, minlength=n), 1) ** -float(damping)
            forward.append(
                (sparse.diags(out) @ matrix @ sparse.diags(into)).tocsr().astype(np.float32)
            )
        steps = [*forward, *(m.T.tocsr() for m in forward)]
        starts = np.array([np.diff(m.indptr) > 0 for m in steps]).reshape(2 * r, n)
        ends = np.concatenate([starts[r:], starts[:r]])
        joins = ends.astype(np.float32) @ starts.T.astype(np.float32) > 0
        if n <= _DENSE:
            steps = [m.toarray() for m in steps]
        transposed = [*steps[r:], *steps[:r]]
        return cls(train, tuple(steps), tuple(transposed), joins, starts, ends)

    @property
    def dense(self) -> bool:
        """Whether steps are plain arrays."""
        return self.train.n <= _DENSE

    def inverse(self, step: int) -> int:
        """Return the step in the other direction."""
        return (step + self.train.r) % (2 * self.train.r)

    def reverse(self, body: Body) -> Body:
        """Return the body that walks the same paths from their end."""
        return tuple(self.inverse(s) for s in reversed(body))

    def name(self, body: Body) -> str:
        """Return a body as text: ``^`` before a relation means against its direction."""
        if not body:
            return "(itself)"
        names = self.train.relations
        return " / ".join(names[s] if s < len(names) else f"^{names[s - len(names)]}" for s in body)

    def rows(self, body: Body, heads: I64) -> Any:
        """Return the DWPC from each of ``heads`` to every entity, ``[len(heads), n]``.

        It is an array, or a sparse matrix for a large graph. Paths that visit an entity twice do not
        count; paths from an entity to itself do not either.
        """
        from scipy import sparse

        own = np.arange(len(heads))
        if not body:
            eye = np.zeros((len(heads), self.train.n), np.float32) if self.dense else None
            if eye is None:
                ones = np.ones(len(heads), np.float32)
                return sparse.csr_matrix((ones, (own, heads)), shape=(len(heads), self.train.n))
            eye[own, heads] = 1
            return eye
        first = self.steps[body[0]][heads]
        found = first
        for step in body[1:]:
            # back at the start: such walks are no paths
            found = self._without(found @ self.steps[step], own, heads)
        if len(body) == 3:
            back, onward = self.transposed[body[1]], self.steps[body[2]]
            # walks x, y, z, y: the loop at y, less those with z = x, which are gone already
            loop = _sum_rows(_times(self.steps[body[1]], self.transposed[body[2]]))
            returns = _times(_times(first, back[heads]), onward[heads])
            found = found - self._scaled(first, loop) + returns
        return found

    def features(self, bodies: Sequence[Body], heads: I64, tails: I64) -> F64:
        """Return the DWPC of each body for pairs, float64 ``[pairs, bodies]``."""
        start, place = np.unique(heads, return_inverse=True)
        found = np.zeros((len(heads), len(bodies)))
        for i, body in enumerate(bodies):
            rows = self.rows(body, start)
            found[:, i] = np.asarray(rows[place, tails]).ravel()
        return np.maximum(found, 0, out=found)

    def bodies(self, relation: int, *, longest: int = 3, most: int = 4000) -> list[Body]:
        """Return the bodies that can tell of a relation, shortest first.

        All of one and two steps; of three steps, those that go through what is alike at one end
        (``s / ^s / relation`` and ``relation / s / ^s``) and, if they are no more than ``most``, all.
        """
        count = 2 * self.train.r
        starts = self.starts[:, self.starts[relation]].any(axis=1)
        ends = self.ends[:, self.ends[relation]].any(axis=1)
        found: list[Body] = [(s,) for s in range(count) if s != relation and starts[s] and ends[s]]
        if longest >= 2:
            found += [
                (a, b)
                for a in np.flatnonzero(starts).tolist()
                for b in np.flatnonzero(self.joins[a] & ends).tolist()
            ]
        if longest >= 3:
            alike = [(s, self.inverse(s), relation) for s in np.flatnonzero(starts).tolist()]
            alike += [
                (relation, s, self.inverse(s))
                for s in np.flatnonzero(ends[:count]).tolist()
                for s in (self.inverse(s),)
            ]
            every = int(
                (self.joins[starts].astype(np.int64) @ self.joins[:, ends].astype(np.int64)).sum()
            )
            if every <= most:
                alike += [
                    (a, b, c)
                    for a in np.flatnonzero(starts).tolist()
                    for b in np.flatnonzero(self.joins[a]).tolist()
                    for c in np.flatnonzero(self.joins[b] & ends).tolist()
                ]
            found += sorted(set(alike))
        return found

    def _without(self, rows: Any, own: I64, heads: I64) -> Any:
        if self.dense:
            rows[own, heads] = 0
            return rows
        rows = rows.tocsr()
        row = np.repeat(own, np.diff(rows.indptr))
        rows.data[rows.indices == heads[row]] = 0
        return rows

    def _scaled(self, rows: Any, columns: Any) -> Any:
        if self.dense:
            return rows * columns
        scaled = rows.copy()
        scaled.data = scaled.data * columns[scaled.indices]
        return scaled


def _times(a: Any, b: Any) -> Any:
    return a * b if isinstance(a, np.ndarray) else a.multiply(b).tocsr()


def _sum_rows(a: Any) -> Any:
    return np.asarray(a.sum(axis=1)).ravel().astype(np.float32)
