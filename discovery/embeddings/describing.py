"""What describes a pair of which one end is treated as new: for :mod:`discovery.embeddings.cold`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from discovery.embeddings.negatives import domains
from discovery.embeddings.paths import Body, Paths
from discovery.embeddings.triples import F64, I64, Mask, Triples
from graph.errors import UsageError

__all__ = ["Described", "Target", "View", "profiles", "sizes", "target_of", "top", "views_of"]

_FEWEST = 10
"""entities that must have an edge, for anything to be learned from them"""


@dataclass(eq=False)
class View:
    """The graph without what the target relations say of some entities, and these."""

    paths: Paths
    members: I64

    @property
    def train(self) -> Triples:
        return self.paths.train


@dataclass(eq=False)
class Target:
    """One relation, seen from the new end: pairs are (row of ``cold``, column of ``far``)."""

    relation: int
    away: bool
    cold: I64
    far: I64
    true: Any
    """known pairs, sparse bool ``[cold, far]``"""


def target_of(train: Triples, relation: int, kind: str, cold: I64) -> Target:
    from scipy import sparse

    allowed = domains(train)
    of_kind = np.zeros(train.n, np.bool_)
    of_kind[cold] = True
    away, back = (bool((allowed[end][relation] & of_kind).any()) for end in ("head", "tail"))
    if not (away or back):
        raise UsageError(f"'{train.relations[relation]}' has no end of type {kind}")
    far = np.flatnonzero(allowed["tail" if away else "head"][relation])
    mine = train.edges_relation == relation
    a, b = train.heads[mine], train.tails[mine]
    if not away:
        a, b = b, a
    shape = (len(cold), len(far))
    at = (np.searchsorted(cold, a), np.searchsorted(far, b))
    true = sparse.csr_matrix((np.ones(len(a), np.float32), at), shape=shape)
    true.data[:] = 1
    if (np.diff(true.indptr) > 0).sum() < _FEWEST:
        raise UsageError(
            f"fewer than {_FEWEST} entities of type {kind} have an edge '{train.relations[relation]}'",
            hint="Too few to learn from what a new one is like.",
        )
    return Target(relation, away, cold, far, true)


def views_of(train: Triples, targets: Sequence[Target], groups: int, seed: int) -> list[View]:
    """Return the whole graph for entities without target edges, and the groups' views."""
    cold = targets[0].cold
    known = np.zeros(len(cold), np.bool_)
    hidden = np.full(len(train), -1, np.int64)
    for t in targets:
        mine = np.flatnonzero(train.edges_relation == t.relation)
        ends = train.heads[mine] if t.away else train.tails[mine]
        hidden[mine] = ends
        known[np.searchsorted(cold, ends)] = True
    found = []
    if not known.all():
        found.append(View(Paths.of(train), cold[~known]))
    dealt = np.random.default_rng(seed).permutation(cold[known])
    for g in range(groups):
        mine = np.sort(dealt[g::groups])
        if len(mine):
            found.append(View(Paths.of(train.subset(~np.isin(hidden, mine))), mine))
    return found


def _unit(x: Any) -> Any:
    """Return sparse rows scaled to length one."""
    from scipy import sparse

    length = np.sqrt(np.asarray(x.multiply(x).sum(axis=1)).ravel())
    return (sparse.diags(1 / np.maximum(length, 1e-9)) @ x).tocsr()


def profiles(train: Triples, without: Sequence[int], ids: I64, hub: int | None = None) -> Any:
    """Return what entities are linked to by other relations, rare ends counting more, rows of length one."""
    from scipy import sparse

    keep = ~np.isin(train.edges_relation, without)
    h, r, t = train.heads[keep], train.edges_relation[keep], train.tails[keep]
    n = train.n
    rows = np.concatenate([h, t])
    columns = np.concatenate([r * n + t, (r + train.r) * n + h])
    used, columns = np.unique(columns, return_inverse=True)
    x = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), (n, len(used)))[ids]
    x.data[:] = 1
    counts = np.asarray(x.sum(axis=0)).ravel()
    weight = np.log((1 + len(ids)) / (1 + counts))
    if hub is not None:
        weight[counts > hub] = 0
    return _unit((x @ sparse.diags(weight)).tocsr())


def top(x: Any, most: int) -> Any:
    """Return the ``most`` greatest of each sparse row, rows summing to at most one."""
    from scipy import sparse

    x = x.tocsr()
    x.setdiag(0)
    x.eliminate_zeros()
    rows, columns, values = [], [], []
    for i in range(x.shape[0]):
        a, b = x.indptr[i], x.indptr[i + 1]
        at = np.arange(a, b)
        if b - a > most:
            at = a + np.argpartition(-x.data[a:b], most)[:most]
        rows.append(np.full(len(at), i))
        columns.append(x.indices[at])
        values.append(x.data[at] / (x.data[at].sum() + 1.0))
    data = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_matrix(data, shape=x.shape)


class Described:
    """What describes every pair of a target, as though its cold end were new."""

    def __init__(
        self,
        target: Target,
        views: Sequence[View],
        hidden: Sequence[int],
        alike: Sequence[F64],
        smooth: Any,
        longest: int,
    ) -> None:
        from scipy import sparse

        self.target = target
        cold, far = target.cold, target.far
        self.paths = whole = views[0].paths
        gone = set(hidden) | {r + whole.train.r for r in hidden}
        bodies = whole.bodies(target.relation, longest=longest)
        if not target.away:
            bodies = [whole.reverse(b) for b in bodies]
        self.bodies: list[Body] = [b for b in bodies if b[0] not in gone]
        order = np.argsort(np.concatenate([np.searchsorted(cold, v.members) for v in views]))
        self.counts: list[Any] = []
        for body in self.bodies:
            rows = [sparse.csr_matrix(v.paths.rows(body, v.members))[:, far] for v in views]
            one = sparse.vstack(rows).tocsr()[order]
            one.data = np.maximum(one.data, 0)
            one.eliminate_zeros()
            self.counts.append(one)
        self.view_of = np.zeros(len(cold), np.int64)
        self.far: list[F64] = []
        dense: list[list[F64]] = []
        for i, view in enumerate(views):
            rows_of = np.searchsorted(cold, view.members)
            self.view_of[rows_of] = i
            self.far.append(self._ends(view.train))
            dense.append(self._similar(rows_of, alike, smooth))
        some = np.any([e.any(axis=0) for e in self.far], axis=0)
        self.far = [e[:, some] for e in self.far]
        self.dense = [
            np.concatenate([d[k] for d in dense])[order].astype(np.float32)
            for k in range(len(dense[0]))
        ]

    def _ends(self, train: Triples) -> F64:
        """Return the logarithms of one plus the other end's degrees, by step, ``[far, steps]``."""
        n, r = train.n, train.r
        out = np.bincount(train.edges_relation * n + train.heads, minlength=r * n).reshape(r, n)
        into = np.bincount(train.edges_relation * n + train.tails, minlength=r * n).reshape(r, n)
        return np.asarray(np.log1p(np.concatenate([out, into])[:, self.target.far].T))

    def _similar(self, rows: I64, alike: Sequence[F64], smooth: Any) -> list[F64]:
        """Return what similar entities are linked to, and that spread to similar ends."""
        true = self.target.true.tolil(copy=True)
        true[rows] = 0
        true = true.tocsr()
        size = np.asarray(true.sum(axis=1)).ravel()
        warm = np.flatnonzero(size)
        y = true[warm]
        even = y.multiply(1 / np.sqrt(size[warm])[:, None]).tocsr()
        found = []
        for k in alike:
            near = np.maximum(k[np.ix_(rows, warm)], 0)
            near = near**2 / (np.sum(near**2, axis=1, keepdims=True) + 1e-9)
            guess = np.asarray((even.T @ near.T).T)
            found.append(guess)
            own = k[np.ix_(warm, warm)]
            ridge = np.linalg.solve(own + np.eye(len(warm)), k[np.ix_(warm, rows)]).T
            found.append(np.asarray((y.T @ ridge.T).T))
        mean = found[0] + found[1]
        found.append(np.asarray((smooth @ mean.T).T))
        popular = np.asarray(even.sum(axis=0)).ravel()
        spread = np.asarray(smooth @ popular)
        found.append(np.tile(spread, (len(rows), 1)))
        return found

    def screened(self, rows: I64, columns: I64, true: Mask, most: int) -> None:
        """Keep the bodies whose counts differ most between true and untrue pairs."""
        marks = []
        for one in self.counts:
            x = np.arcsinh(np.asarray(one[rows, columns]).ravel() / self._mean(one))
            marks.append(abs(x[true].mean() - x[~true].mean()) / (x.std() + 1e-3))
        best = np.sort(np.argsort(-np.array(marks), kind="stable")[:most])
        self.bodies = [self.bodies[i] for i in best]
        self.counts = [self.counts[i] for i in best]
        self.means = [self._mean(one) for one in self.counts]

    @staticmethod
    def _mean(one: Any) -> float:
        return float(one.data.mean()) if one.nnz else 1.0

    def columns(self, rows: I64, columns: I64, size: F64) -> F64:
        """Return the description of pairs, float32 ``[pairs, features]``."""

        def at(one: Any) -> F64:
            if (rows == rows[0]).all():  # of one entity: a whole row is quicker
                return np.asarray(one[[rows[0]]].toarray()[0, columns])
            return np.asarray(one[rows, columns]).ravel()

        parts = [
            np.arcsinh(at(one) / mean) for one, mean in zip(self.counts, self.means, strict=True)
        ]
        parts += [d[rows, columns] for d in self.dense]
        ends = np.stack(self.far)[self.view_of[rows], columns]
        both = np.concatenate([np.stack([*parts, size[rows]], axis=1), ends], axis=1)
        return np.asarray(both, np.float32)

    def guesses(self) -> F64:
        """Return what nothing is fitted for, ``[3, cold, far]``: similar entities' edges, these spread, and paths."""
        paths = np.zeros(self.target.true.shape, np.float32)
        for one, mean in zip(self.counts, self.means, strict=True):
            scaled = one.copy()
            scaled.data = np.arcsinh(scaled.data / mean)
            paths += scaled.toarray()
        return np.stack([self.dense[1], self.dense[-2], paths])


def sizes(train: Triples, hidden: Sequence[int], target: Target, groups: Sequence[I64]) -> F64:
    """Return the logarithm of how many edges each cold entity may be expected to have, by its others."""
    from sklearn.linear_model import Ridge

    n, r = train.n, train.r
    steps = []
    for ids in (train.heads, train.tails):
        counts = np.bincount(train.edges_relation * n + ids, minlength=r * n).reshape(r, n)
        counts[list(hidden)] = 0
        steps.append(counts[:, target.cold])
    x = np.log1p(np.concatenate(steps).T)
    x = (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-9)
    y = np.log1p(np.asarray(target.true.sum(axis=1)).ravel())
    out = np.zeros(len(x))
    known = y > 0
    for rows in groups:
        seen = known.copy()
        seen[rows] = False
        out[rows] = Ridge(alpha=30.0).fit(x[seen], y[seen]).predict(x[rows])
    return out
