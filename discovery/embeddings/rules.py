"""Scorers that weigh path bodies: DWPC, logistic regression on DWPC, and ranked rules.

``rules`` learns one weight for each body of a relation ("drug binds gene, disease associates gene")
so that the true end of a training edge is ranked first (a softmax over sampled ends), as AnyBURL does with
confidences (Meilicke et al. 2019, *Anytime bottom-up rule learning for knowledge graph completion*) and
RNNLogic with learned weights (Qu et al. 2021). Bodies are screened first: those whose counts differ most
between training edges and untrue ones. Every score is a sum over bodies, so it explains itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from discovery.embeddings.metrics import rank
from discovery.embeddings.negatives import domains
from discovery.embeddings.paths import Body, Paths
from discovery.embeddings.triples import F64, I64, Mask, Triples
from graph.errors import UsageError

__all__ = ["PathScorer", "dwpc", "dwpc_logistic", "rules"]

_GRID = 100_000_000  # scores of whole relations that are kept: 400 MB at most
_MOST_POSITIVES = 3000
Progress = Callable[[int, int | None, str], None]


@dataclass(eq=False)
class _Weighed:
    """What is known of one relation: its bodies and their weights.

    ``count`` weighs ``arcsinh(dwpc / mean)`` and ``some`` that there is a path; ``ends`` weighs the
    logarithms of one plus the head's and the tail's degree.
    """

    bodies: list[Body]
    mean: F64
    count: F64
    some: F64
    ends: F64


class PathScorer:
    """A scorer that sums over path bodies; see :class:`discovery.embeddings.metrics.Scorer`."""

    def __init__(self, paths: Paths, weighed: dict[int, _Weighed], name: str) -> None:
        self.paths, self.weighed, self.name = paths, weighed, name
        train = paths.train
        self._degree = {
            side: np.log1p(
                np.bincount(train.edges_relation * train.n + ids, minlength=train.r * train.n)
            ).reshape(train.r, train.n)
            for side, ids in (("head", train.heads), ("tail", train.tails))
        }
        self._grids: dict[int, Any] = {}

    def score(self, heads: I64, relations: I64, tails: I64) -> F64:
        """Return the score of each triple, float64 ``[n]``."""
        found = np.zeros(len(heads))
        for relation in np.unique(relations):
            mine = np.flatnonzero(relations == relation)
            start, place = np.unique(heads[mine], return_inverse=True)
            for first in range(0, len(start), 256):
                rows = self._rows(int(relation), start[first : first + 256], backwards=False)
                here = (place >= first) & (place < first + 256)
                found[mine[here]] = rows[place[here] - first, tails[mine[here]]]
        return found

    def score_tails(self, heads: I64, relations: I64) -> F64:
        """Return the score of every entity as tail, float64 ``[n, entities]``."""
        return self._all(relations, heads, backwards=False)

    def score_heads(self, relations: I64, tails: I64) -> F64:
        """Return the score of every entity as head, float64 ``[n, entities]``."""
        return self._all(relations, tails, backwards=True)

    def explain(
        self, head: int, relation: int, tail: int, most: int = 5
    ) -> list[tuple[str, float]]:
        """Return the bodies that raise a triple's score most, with what each adds."""
        weighed = self.weighed.get(relation)
        if weighed is None or not weighed.bodies:
            return []
        counts = self.paths.features(weighed.bodies, np.array([head]), np.array([tail]))[0]
        adds = weighed.count * np.arcsinh(counts / weighed.mean) + weighed.some * (counts > 0)
        best = [i for i in np.argsort(-adds, kind="stable")[:most] if adds[i] > 0]
        return [(self.paths.name(weighed.bodies[i]), float(adds[i])) for i in best]

    def _all(self, relations: I64, ids: I64, *, backwards: bool) -> F64:
        found = np.zeros((len(ids), self.paths.train.n))
        for relation in np.unique(relations):
            mine = relations == relation
            found[mine] = self._rows(int(relation), ids[mine], backwards=backwards)
        return found

    def _rows(self, relation: int, ids: I64, *, backwards: bool) -> Any:
        n = self.paths.train.n
        if self.paths.dense and n * n * self.paths.train.r <= _GRID:
            if relation not in self._grids:
                self._grids[relation] = self._sum(relation, np.arange(n), backwards=False)
            grid = self._grids[relation]
            return grid[:, ids].T if backwards else grid[ids]
        return self._sum(relation, ids, backwards=backwards)

    def _sum(self, relation: int, ids: I64, *, backwards: bool) -> Any:
        total = np.zeros((len(ids), self.paths.train.n), np.float32)
        weighed = self.weighed.get(relation)
        if weighed is None:
            return total
        for body, mean, count, some in zip(
            weighed.bodies, weighed.mean, weighed.count, weighed.some, strict=True
        ):
            if not (count or some):
                continue
            rows = self.paths.rows(self.paths.reverse(body) if backwards else body, ids)
            if isinstance(rows, np.ndarray):
                positive = rows > 0
                total += count * np.arcsinh(np.where(positive, rows, 0) / mean) + some * positive
            else:
                rows = rows.tocoo()
                keep = rows.data > 0
                adds = count * np.arcsinh(rows.data[keep] / mean) + some
                np.add.at(total, (rows.row[keep], rows.col[keep]), adds.astype(np.float32))
        near, far = ("tail", "head") if backwards else ("head", "tail")
        w_near, w_far = weighed.ends[::-1] if backwards else weighed.ends
        total += (w_near * self._degree[near][relation][ids])[:, None].astype(np.float32)
        total += (w_far * self._degree[far][relation])[None, :].astype(np.float32)
        return total


@dataclass(eq=False)
class _Sample:
    """Pairs of one relation, and groups of them: the first of each group is true.

    ``own`` counts how often a pair is an edge itself: what its degrees are too high by.
    """

    heads: I64
    tails: I64
    own: F64
    groups: I64
    starts: I64
    labels: Mask = field(init=False)

    def __post_init__(self) -> None:
        self.labels = self.own > 0


def _sampled(
    train: Triples,
    relation: int,
    allowed: dict[str, Mask],
    negatives: int,
    rng: np.random.Generator,
    most: int = _MOST_POSITIVES,
) -> _Sample:
    """Draw, for each edge and side, ends that make it untrue."""
    mine = train.edges_relation == relation
    n = train.n
    every = np.unique(train.heads[mine] * n + train.tails[mine])
    chosen = every if len(every) <= most else np.sort(rng.choice(every, most, replace=False))
    keys, starts, size = [], [], 0
    for side in ("tail", "head"):
        pool = np.flatnonzero(allowed[side][relation])
        for key in chosen.tolist():
            ends = pool if len(pool) <= negatives else rng.choice(pool, negatives, replace=False)
            other = key - key % n + ends if side == "tail" else ends * n + key % n
            at = np.minimum(np.searchsorted(every, other), len(every) - 1)
            group = np.append(key, other[every[at] != other])
            keys.append(group)
            starts.append(size)
            size += len(group)
    pairs, groups = np.unique(np.concatenate(keys), return_inverse=True)
    own = np.isin(pairs, every).astype(np.float64)
    return _Sample(pairs // n, pairs % n, own, groups, np.array(starts, np.int64))


def _ends(train: Triples, relation: int, sample: _Sample) -> F64:
    """Return the logarithms of one plus degrees, the pair's own edge not counted, ``[pairs, 2]``."""
    mine = train.edges_relation == relation
    out = np.bincount(train.heads[mine], minlength=train.n)[sample.heads] - sample.own
    into = np.bincount(train.tails[mine], minlength=train.n)[sample.tails] - sample.own
    return np.asarray(np.log1p(np.maximum(np.stack([out, into], axis=1), 0)))


def _banned(paths: Paths, relation: int, valid: Triples | None) -> tuple[set[int], set[int]]:
    """Return first and last steps that training edges have and validation edges never do.

    They are those that a cold start takes away: of a disease that nobody has studied, no step
    "treated by" is known, and what weighs it would be learned from what cannot be had.
    """
    if valid is None:
        return set(), set()
    mine, held = (part.edges_relation == relation for part in (paths.train, valid))
    if held.sum() < 5:
        return set(), set()
    found = []
    for mask, trained, asked in (
        (paths.starts, paths.train.heads[mine], valid.heads[held]),
        (paths.ends, paths.train.tails[mine], valid.tails[held]),
    ):
        gone = mask[:, trained].any(axis=1) & ~mask[:, asked].any(axis=1)
        found.append(set(np.flatnonzero(gone).tolist()))
    return found[0], found[1]


def _candidates(
    paths: Paths, relation: int, valid: Triples | None, longest: int
) -> tuple[list[Body], F64]:
    """Return the bodies that may be used, and which of the two degrees may."""
    first, last = _banned(paths, relation, valid)
    bodies = [
        b
        for b in paths.bodies(relation, longest=longest)
        if b[0] not in first and b[-1] not in last
    ]
    return [(), *bodies], np.array([relation not in first, relation not in last], np.float64)


def _screen(paths: Paths, bodies: list[Body], sample: _Sample, most: int) -> list[Body]:
    """Return the bodies whose counts differ most between true and untrue pairs."""
    if len(bodies) <= most:
        return bodies
    true = sample.labels
    marks = np.zeros(len(bodies))
    for start in range(0, len(bodies), 256):
        block = bodies[start : start + 256]
        counts = paths.features(block, sample.heads, sample.tails)
        some = counts > 0
        apart = some[true].mean(axis=0) - some[~true].mean(axis=0)
        spread = np.sqrt(some.mean(axis=0) * (1 - some.mean(axis=0)) + 1 / len(some))
        scaled = np.arcsinh(counts / np.maximum(_means(counts), 1e-12))
        deep = scaled[true].mean(axis=0) - scaled[~true].mean(axis=0)
        marks[start : start + 256] = np.maximum(
            np.abs(apart) / spread, np.abs(deep) / (scaled.std(axis=0) + 1e-3)
        )
    best = np.argsort(-marks, kind="stable")[:most]
    return [bodies[i] for i in np.sort(best)]


def _means(counts: F64) -> F64:
    """Return each body's mean count where there is a path; 1 where there is none."""
    some = (counts > 0).sum(axis=0)
    return np.where(some > 0, counts.sum(axis=0) / np.maximum(some, 1), 1.0)


def _softmax(x: F64, sample: _Sample, l2: float) -> F64:
    """Return the weights that rank the first of each group first, with a normal prior."""
    from scipy.optimize import minimize

    starts, groups = sample.starts, sample.groups
    sizes = np.diff(np.append(starts, len(groups)))

    def loss(w: F64) -> tuple[float, F64]:
        s = (x @ w.astype(np.float32)).astype(np.float64)[groups]
        top = np.maximum.reduceat(s, starts)
        e = np.exp(s - np.repeat(top, sizes))
        total = np.add.reduceat(e, starts)
        share = e / np.repeat(total, sizes)
        value = float((np.log(total) + top - s[starts]).sum())
        share[starts] -= 1
        slope = np.bincount(groups, share, minlength=len(x))
        return value + l2 * float(w @ w) / 2, x.T @ slope.astype(np.float32) + l2 * w

    found = minimize(
        loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 80}
    )
    return np.asarray(found.x, np.float64)


def rules(
    train: Triples,
    valid: Triples | None = None,
    features: Any = None,
    seed: int = 0,
    *,
    targets: Sequence[str] | None = None,
    longest: int = 3,
    most: int = 150,
    negatives: int = 100,
    l2: float | None = None,
    damping: float = 0.4,
    progress: Progress | None = None,
) -> PathScorer:
    """Fit ranked rules.

    Args:
        targets: relations to learn; default: those of ``valid``, else all.
        longest: steps of a body, 1 to 3.
        most: bodies kept for each relation.
        l2: precision of the prior of the weights; default: the best of three on ``valid``, else 3.
    """
    paths = Paths.of(train, damping=damping)
    rng = np.random.default_rng(seed)
    allowed = domains(train)
    grid = (
        (l2,)
        if l2 is not None
        else (1.0, 5.0, 25.0)
        if valid is not None and len(valid)
        else (3.0,)
    )
    found: list[dict[int, _Weighed]] = [{} for _ in grid]
    asked = _asked(train, valid, targets)
    for done, relation in enumerate(asked):
        if progress is not None:
            progress(done, len(asked), f"rules of {train.relations[relation]}")
        quick = _sampled(train, relation, allowed, 20, rng, most=300)
        bodies, ends = _candidates(paths, relation, valid, longest)
        bodies = _screen(paths, bodies, quick, most)
        sample = _sampled(train, relation, allowed, negatives, rng)
        counts = paths.features(bodies, sample.heads, sample.tails)
        mean = _means(counts)
        x = np.concatenate(
            [np.arcsinh(counts / mean), counts > 0, _ends(train, relation, sample) * ends], axis=1
        ).astype(np.float32)
        scale = x.std(axis=0) + 1e-2
        x /= scale
        for weighed, strength in zip(found, grid, strict=True):
            w = _softmax(x, sample, strength) / scale
            k = len(bodies)
            weighed[relation] = _Weighed(bodies, mean, w[:k], w[k : 2 * k], w[2 * k :] * ends)
    scorers = [PathScorer(paths, weighed, "rules") for weighed in found]
    if len(scorers) == 1 or valid is None:
        return scorers[0]
    return scorers[0] if not len(valid) else _best(scorers, train, valid)


def _best(
    scorers: list[PathScorer], train: Triples, valid: Triples, most: int = 2000
) -> PathScorer:
    """Return, relation by relation, the weights that rank validation edges best over all."""
    asked = valid.subset(np.arange(len(valid)) % -(-len(valid) // most) == 0)
    known = train.known(valid)
    marks = []
    for scorer in scorers:
        ranks, _, _ = rank(scorer, asked, known).both()
        marks.append(float((1 / ranks).mean()))
    return scorers[int(np.argmax(marks))]


def dwpc(
    train: Triples,
    valid: Triples | None = None,
    features: Any = None,
    seed: int = 0,
    *,
    targets: Sequence[str] | None = None,
    longest: int = 3,
    most: int = 500,
    damping: float = 0.4,
) -> PathScorer:
    """Sum ``arcsinh(dwpc / mean)`` over bodies: nothing is fitted but the means."""
    paths = Paths.of(train, damping=damping)
    rng = np.random.default_rng(seed)
    allowed = domains(train)
    found = {}
    for relation in _asked(train, valid, targets):
        sample = _sampled(train, relation, allowed, 20, rng, most=300)
        bodies, _ = _candidates(paths, relation, valid, longest)
        bodies = _screen(paths, bodies[1:], sample, most)
        mean = _means(paths.features(bodies, sample.heads, sample.tails))
        ones, none = np.full(len(bodies), 1 / max(len(bodies), 1)), np.zeros(len(bodies))
        found[relation] = _Weighed(bodies, mean, ones, none, np.zeros(2))
    return PathScorer(paths, found, "dwpc")


def dwpc_logistic(
    train: Triples,
    valid: Triples | None = None,
    features: Any = None,
    seed: int = 0,
    *,
    targets: Sequence[str] | None = None,
    longest: int = 3,
    most: int = 150,
    negatives: int = 20,
    damping: float = 0.4,
) -> PathScorer:
    """Fit logistic regression on DWPC and both degrees, true edges against sampled untrue ones.

    Source: Himmelstein et al. 2017, *Systematic integration of biomedical knowledge prioritizes drugs
    for repurposing* (there with an elastic net over metapaths of up to four steps).
    """
    from sklearn.linear_model import LogisticRegression

    paths = Paths.of(train, damping=damping)
    rng = np.random.default_rng(seed)
    allowed = domains(train)
    found = {}
    for relation in _asked(train, valid, targets):
        bodies, ends = _candidates(paths, relation, valid, longest)
        sample = _sampled(train, relation, allowed, negatives, rng)
        if sample.labels.all():
            continue
        bodies = _screen(
            paths, bodies[1:], _sampled(train, relation, allowed, 20, rng, most=300), most
        )
        counts = paths.features(bodies, sample.heads, sample.tails)
        mean = _means(counts)
        x = np.concatenate(
            [np.arcsinh(counts / mean), _ends(train, relation, sample) * ends], axis=1
        )
        scale = x.std(axis=0) + 1e-2
        model = LogisticRegression(C=1.0, max_iter=300).fit(x / scale, sample.labels)
        w = model.coef_[0] / scale
        k = len(bodies)
        found[relation] = _Weighed(bodies, mean, w[:k], np.zeros(k), w[k:] * ends)
    return PathScorer(paths, found, "dwpc-logistic")


def _asked(train: Triples, valid: Triples | None, targets: Sequence[str] | None) -> list[int]:
    """Return the relations to learn; those without a training edge teach nothing."""
    if targets is not None:
        ids = [train.relation_id(name) for name in targets]
    elif valid is not None and len(valid):
        ids = np.unique(valid.edges_relation).tolist()
    else:
        ids = list(range(train.r))
    counts = np.bincount(train.edges_relation, minlength=train.r)
    able = [i for i in ids if counts[i]]
    if not able:
        raise UsageError("none of the relations asked for has a training edge")
    return able
