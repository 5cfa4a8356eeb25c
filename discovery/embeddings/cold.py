"""A scorer for entities of which a relation is not known at all: a disease that nobody has a drug for.

Other scorers learn from edges as they stand, where the disease of every training edge has others like it;
a new disease has none, and what was learned does not hold for it. Here the new disease's lot is played
through with the known ones: they are dealt into groups, all that the target relations say of a group is taken
out of the graph, and its pairs are described by what is left. Every pair of the graph is so described, and
scored, as though its disease were new: a known one is at no advantage.

A pair is described by degree-weighted path counts (Himmelstein & Baranzini 2015) along every body of up to
three steps, by what similar entities are linked to (similar in their other edges, or in their names) and that
spread to similar ends, by the other end's degrees, and by how many edges the new entity may be expected to have.
Logistic regression and boosted trees (Friedman 2001) are averaged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from discovery.embeddings.baselines import MatrixScorer
from discovery.embeddings.features import Features
from discovery.embeddings.negatives import domains
from discovery.embeddings.paths import Body, Paths
from discovery.embeddings.triples import F64, I64, Mask, Triples
from graph.errors import UsageError

__all__ = ["cold_start", "new_kind"]

_NEAR, _HUB = 30, 400
"""ends that are alike; what more ends than this share makes nothing alike"""
_SHARES = (
    (1.0, 0.0, 0.0, 0.0), (1.0, 0.25, 0.25, 0.25), (1.0, 0.5, 0.0, 0.5), (1.0, 0.5, 0.5, 0.5),
    (1.0, 1.0, 0.5, 0.5),
)  # fmt: skip
"""what is tried of what was learned, similar entities, these spread to similar ends, and path counts"""
_PARTS = 2
_FEWEST = 10


def new_kind(train: Triples, valid: Triples | None) -> str:
    """Return the type of the entities that ``valid`` asks about and no edge of the same relation trains.

    Raises:
        UsageError: there are none, or of several types.
    """
    new: dict[str, bool] = {}
    if valid is not None:
        for side in ("heads", "tails"):
            asked, seen = getattr(valid, side), getattr(train, side)
            for r in np.unique(valid.edges_relation):
                mine = asked[valid.edges_relation == r]
                warm = np.isin(mine, seen[train.edges_relation == r])
                for kind in {train.types[i] for i in mine}:
                    new[kind] = new.get(kind, True) and not warm.any()
    found = sorted(kind for kind, only in new.items() if only)
    if len(found) != 1:
        raise UsageError(
            f"new entities are of {len(found)} types, not one",
            hint="Hold out entities (split by entity), or say kind='Disease'.",
        )
    return found[0]


@dataclass(eq=False)
class _View:
    """The graph without what the target relations say of some entities, and these."""

    paths: Paths
    members: I64

    @property
    def train(self) -> Triples:
        return self.paths.train


@dataclass(eq=False)
class _Target:
    """One relation, seen from the new end: pairs are (row of ``cold``, column of ``far``)."""

    relation: int
    away: bool
    cold: I64
    far: I64
    true: Any
    """known pairs, sparse bool ``[cold, far]``"""


def _target(train: Triples, relation: int, kind: str, cold: I64) -> _Target:
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
    return _Target(relation, away, cold, far, true)


def _views(train: Triples, targets: Sequence[_Target], groups: int, seed: int) -> list[_View]:
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
        found.append(_View(Paths.of(train), cold[~known]))
    dealt = np.random.default_rng(seed).permutation(cold[known])
    for g in range(groups):
        mine = np.sort(dealt[g::groups])
        if len(mine):
            found.append(_View(Paths.of(train.subset(~np.isin(hidden, mine))), mine))
    return found


def _unit(x: Any) -> Any:
    """Return sparse rows scaled to length one."""
    from scipy import sparse

    length = np.sqrt(np.asarray(x.multiply(x).sum(axis=1)).ravel())
    return (sparse.diags(1 / np.maximum(length, 1e-9)) @ x).tocsr()


def _profiles(train: Triples, without: Sequence[int], ids: I64, hub: int | None = None) -> Any:
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


def _top(x: Any, most: int) -> Any:
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


class _Described:
    """What describes every pair of a target, as though its cold end were new."""

    def __init__(
        self,
        target: _Target,
        views: Sequence[_View],
        hidden: Sequence[int],
        alike: Sequence[F64],
        smooth: Any,
        longest: int,
    ) -> None:
        from scipy import sparse

        self.target = target
        cold, far = target.cold, target.far
        whole = views[0].paths
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


def _sizes(train: Triples, hidden: Sequence[int], target: _Target, groups: Sequence[I64]) -> F64:
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


def _pairs(target: _Target, negatives: int, rng: Any, most: int) -> tuple[I64, I64, Mask]:
    """Return known pairs and as many untrue ones for each, half by either end exchanged."""
    a, b = target.true.nonzero()
    if len(a) > most:
        at = np.sort(rng.choice(len(a), most, replace=False))
        a, b = a[at], b[at]
    able = np.flatnonzero(np.asarray(target.true.sum(axis=1)).ravel())
    half = negatives // 2
    rows = np.concatenate([a, np.repeat(a, half), rng.choice(able, half * len(a))])
    columns = np.concatenate([b, rng.choice(len(target.far), half * len(b)), np.repeat(b, half)])
    true = np.arange(len(rows)) < len(a)
    keep = true | ~np.asarray(target.true[rows, columns]).ravel().astype(bool)
    return rows[keep], columns[keep], true[keep]


def _fitted(x: F64, true: Mask, seed: int) -> Callable[[F64], F64]:
    """Return what gives rows their log odds: the mean of logistic regression and boosted trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    line = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=200)).fit(x, true)
    trees = HistGradientBoostingClassifier(
        learning_rate=0.06, max_iter=100, max_leaf_nodes=12, min_samples_leaf=40,
        l2_regularization=5.0, early_stopping=False, random_state=seed,
    ).fit(x, true)  # fmt: skip

    def odds(rows: F64) -> F64:
        return np.asarray((line.decision_function(rows) + trees.decision_function(rows)) / 2)

    return odds


def _odds(described: _Described, size: F64, pairs: tuple[I64, I64, Mask], seed: int) -> F64:
    """Return the log odds of every pair, ``[cold, far]``.

    No pair is scored by learners that were fitted to its cold end. The shares of what was learned and of plain
    guesses are those that find true pairs best; log odds are calibrated on these pairs too.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import average_precision_score

    rows, columns, true = pairs
    x = described.columns(rows, columns, size)
    known = np.diff(described.target.true.indptr) > 0
    part = np.where(known, described.view_of % _PARTS, _PARTS)
    # the last one has seen every known entity, and is asked about new ones
    odds = [
        _fitted(x[part[rows] != one], true[part[rows] != one], seed) for one in range(_PARTS + 1)
    ]
    unseen = np.zeros(len(rows))
    for one in range(_PARTS):
        mine = part[rows] == one
        unseen[mine] = odds[one](x[mine])
    guesses = described.guesses()
    found = np.zeros((1 + len(guesses), *guesses.shape[1:]), np.float32)
    every = np.arange(found.shape[2])
    for i in range(len(size)):
        found[0, i] = odds[part[i]](described.columns(np.full(len(every), i), every, size))
    found[1:] = guesses
    scale = found.std(axis=(1, 2)) + 1e-9
    sample = np.concatenate([unseen[None], guesses[:, rows, columns]]) / scale[:, None]
    tried = [np.array(shares) for shares in _SHARES]
    # what weighs them freely, where there is enough to learn that from
    tried.append(np.maximum(LogisticRegression().fit(sample.T, true).coef_[0], 0))
    marks = [average_precision_score(true, shares @ sample) for shares in tried]
    shares = tried[int(np.argmax(marks))]
    last = LogisticRegression(C=1e6).fit((shares @ sample)[:, None], true)
    total = np.tensordot((shares / scale).astype(np.float32), found, 1)
    return np.asarray(total * max(float(last.coef_[0, 0]), 1e-6) + float(last.intercept_[0]))


def cold_start(
    train: Triples,
    valid: Triples | None = None,
    features: Features | None = None,
    seed: int = 0,
    *,
    kind: str | None = None,
    targets: Sequence[str] | None = None,
    longest: int = 3,
    most: int = 100,
    negatives: int = 20,
    positives: int = 2000,
    groups: int = 8,
) -> MatrixScorer:
    """Fit a scorer of edges between entities of a type, as though each were new, and others.

    Args:
        features: by which entities of the type are alike too, for instance their names.
        kind: the type; default: that of the entities ``valid`` asks about and training does not know.
        targets: relations that are scored, and all hidden together; default: those of ``valid``. Pairs of
            other relations, or of other types, score below all.
        longest: steps of a body; ``most``: bodies that are kept.
        negatives: untrue pairs for each true one; ``positives``: true pairs at most.
        groups: in how many the known entities of the type are dealt.

    Raises:
        UsageError: no entity is new and no ``kind`` is given; a relation without that type at an end, or
            with edges of fewer than ten entities of it.
    """
    kind = kind or new_kind(train, valid)
    if targets is None:
        if valid is None or not len(valid):
            raise UsageError("no relation is asked for", hint="Give targets=['treats'].")
        targets = [train.relations[r] for r in np.unique(valid.edges_relation)]
    cold = np.flatnonzero([t == kind for t in train.types])
    asked = [_target(train, train.relation_id(name), kind, cold) for name in targets]
    hidden = [t.relation for t in asked]
    views = _views(train, asked, groups, seed)
    profile = _profiles(train, hidden, cold)
    alike = [np.asarray((profile @ profile.T).toarray(), np.float64)]
    if features is not None and features.x.shape[1]:
        x = np.asarray(features.x[cold], np.float64)
        x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)
        alike.append(x @ x.T)
    tables = {}
    for target in asked:
        other = _profiles(train, hidden, target.far, _HUB)
        described = _Described(target, views, hidden, alike, _top(other @ other.T, _NEAR), longest)
        size = _sizes(train, hidden, target, [np.searchsorted(cold, v.members) for v in views])
        pairs = _pairs(target, negatives, np.random.default_rng(seed), positives)
        described.screened(*pairs, most)
        tables[target.relation] = (target, _odds(described, size, pairs, seed))

    def rows(ids: I64, relation: int, away: bool) -> F64:
        out = np.full((len(ids), train.n), -1e3)
        if relation not in tables:
            return out
        target, odds = tables[relation]
        near, other = (
            (target.cold, target.far) if away == target.away else (target.far, target.cold)
        )
        grid = odds if away == target.away else odds.T
        mine = np.isin(ids, near)
        out[np.ix_(mine, other)] = grid[np.searchsorted(near, ids[mine])]
        return out

    return MatrixScorer(
        train.n, lambda h, r: rows(h, r, True), lambda t, r: rows(t, r, False), "cold-start"
    )
