"""Which edges stand out from what degree alone gives, at a stated false discovery rate.

The null hypothesis for a pair is that its score is what the same model gives pairs of the same degrees in
a graph with the same degrees and no other structure: one rewired by edge swaps (XSwap, Hanhijärvi et al.
2009; Himmelstein et al. 2023). A pair's score is centred by what its head and its tail get in such graphs,
scaled by the null spread of its stratum (relation, degree of head, degree of tail), and its p-value is its conformal rank among all null scores
(Bates et al. 2023, equation 2). Benjamini & Hochberg (1995) choose among them.

What that rate says: among the chosen, the expected share of pairs whose score degree alone explains. It does
not say that a chosen pair is a true edge; the calibrated probability speaks of that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from discovery.embeddings.metrics import Scorer
from discovery.embeddings.triples import F64, I64, Mask, Triples
from graph.errors import DataError, UsageError

__all__ = [
    "Candidates",
    "NullDraw",
    "Nulls",
    "benjamini_hochberg",
    "conformal_p",
    "fit_nulls",
    "null_scores",
    "q_values",
    "rewire",
]

_FEW = 50
_SHRINK = 2.0
_PER = 256
"""strata of one relation"""


@dataclass(frozen=True)
class Candidates:
    """Pairs that are not known to be true: int64 ``[k]`` each."""

    heads: I64
    relations: I64
    tails: I64

    def __len__(self) -> int:
        """Return how many."""
        return len(self.heads)

    def take(self, mask: ArrayLike) -> Candidates:
        """Return some of them."""
        at = np.asarray(mask)
        return Candidates(self.heads[at], self.relations[at], self.tails[at])


def conformal_p(scores: ArrayLike, nulls: ArrayLike) -> F64:
    """Return ``(1 + nulls at least as high) / (1 + nulls)`` of each score."""
    s, n = np.asarray(scores, np.float64), np.sort(np.asarray(nulls, np.float64))
    above = len(n) - np.searchsorted(n, s, side="left")
    return np.asarray((1 + above) / (1 + len(n)), np.float64)


def q_values(p: ArrayLike) -> F64:
    """Return the smallest rate at which Benjamini & Hochberg choose each hypothesis."""
    values = np.asarray(p, np.float64)
    order = np.argsort(values, kind="stable")
    raised = values[order] * len(values) / np.arange(1, len(values) + 1)
    out = np.empty(len(values))
    out[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return out


def benjamini_hochberg(p: ArrayLike, rate: float) -> Mask:
    """Return which hypotheses are chosen at a false discovery rate.

    Raises:
        UsageError: the rate is not between 0 and 1.
    """
    if not 0 < rate < 1:
        raise UsageError(f"the false discovery rate must be between 0 and 1, not {rate}")
    return np.asarray(q_values(p) <= rate)


def rewire(triples: Triples, seed: int, swaps: int = 10) -> Triples:
    """Return the graph with the tails of random pairs of edges exchanged, each relation by itself.

    Every entity keeps how many edges of each relation leave and reach it, within each pair of types.
    Exchanges that would make a loop or an edge twice are not made.

    Args:
        swaps: attempts for each edge.
    """
    rng = np.random.default_rng(seed)
    tails = triples.tails.copy()
    kind = triples.type_ids[1]
    heads = triples.heads
    group = (triples.edges_relation * (kind.max() + 1 if len(kind) else 1) + kind[heads]) * (
        kind.max() + 1 if len(kind) else 1
    ) + kind[tails]
    for one in np.unique(group):
        mine = np.flatnonzero(group == one)
        if len(mine) < 2:
            continue
        h, t = heads[mine].tolist(), tails[mine].tolist()
        there = set(zip(h, t, strict=True))
        draws = rng.integers(0, len(mine), (swaps * len(mine), 2)).tolist()
        for i, j in draws:
            a, b, c, d = h[i], t[i], h[j], t[j]
            if a in (c, d) or b in (c, d) or (a, d) in there or (c, b) in there:
                continue
            there -= {(a, b), (c, d)}
            there |= {(a, d), (c, b)}
            t[i], t[j] = d, b
        tails[mine] = t
    return Triples.from_ids(
        triples.entities, triples.relations, heads, triples.edges_relation, tails,
        types=triples.types, sign=triples.sign, belief=triples.belief, evidence=triples.evidence,
        year=triples.year,
    )  # fmt: skip


def _strata(triples: Triples, pairs: Candidates) -> I64:
    """Return the stratum of each pair: relation and both degrees on that relation, in powers of two."""
    n, r = triples.n, triples.r
    out = np.bincount(triples.edges_relation * n + triples.heads, minlength=r * n)
    into = np.bincount(triples.edges_relation * n + triples.tails, minlength=r * n)
    ends = [
        np.minimum(np.ceil(np.log2(counts[pairs.relations * n + ids] + 1)), 15).astype(np.int64)
        for counts, ids in ((out, pairs.heads), (into, pairs.tails))
    ]
    return np.asarray((pairs.relations * 16 + ends[0]) * 16 + ends[1], np.int64)


@dataclass(frozen=True)
class NullDraw:
    """Null scores of one rewired graph: its pairs that are no edges there, their strata and scores."""

    pairs: Candidates
    strata: I64
    scores: F64


def null_scores(
    triples: Triples, pairs: Candidates, fit: Callable[[Triples, int], Scorer], seed: int
) -> NullDraw:
    """Rewire the graph, fit the model to it, and score the pairs that are no edges there."""
    other = rewire(triples, seed)
    scorer = fit(other, seed)
    free = pairs.take(~other.known().contains(pairs.heads, pairs.relations, pairs.tails))
    scores = scorer.score(free.heads, free.relations, free.tails)
    return NullDraw(free, _strata(other, free), np.asarray(scores, np.float64))


@dataclass(frozen=True)
class _Effects:
    """What a null score is on average: of the relation, plus of the head, plus of the tail there."""

    mean: F64
    head: F64
    tail: F64

    @classmethod
    def of(cls, draws: Sequence[NullDraw], n: int, relations: int) -> _Effects:
        h, r, t, s = (
            np.concatenate(parts)
            for parts in zip(
                *((d.pairs.heads, d.pairs.relations, d.pairs.tails, d.scores) for d in draws),
                strict=True,
            )
        )
        mean = _means(r, s, relations, 0.0)
        ends = [np.zeros(relations * n), np.zeros(relations * n)]
        keys = [r * n + h, r * n + t]
        for _ in range(3):  # backfitting: each end's mean of what the other leaves
            for one, other in ((0, 1), (1, 0)):
                rest = s - mean[r] - ends[other][keys[other]]
                ends[one] = _means(keys[one], rest, relations * n, _SHRINK)
        shape = (relations, n)
        return cls(mean, ends[0].reshape(shape), ends[1].reshape(shape))

    def __call__(self, pairs: Candidates) -> F64:
        r = pairs.relations
        return np.asarray(self.mean[r] + self.head[r, pairs.heads] + self.tail[r, pairs.tails])


def _means(key: I64, values: F64, size: int, shrink: float) -> F64:
    total = np.bincount(key, values, minlength=size)
    return np.asarray(total / np.maximum(np.bincount(key, minlength=size) + shrink, 1e-9))


@dataclass(frozen=True)
class Nulls:
    """What null scores look like.

    Attributes:
        effects: their mean, by relation, head and tail: rewiring keeps all degrees of an entity, so that
            this matches more than its degree on one relation.
        scale: their spread around it by stratum; key -1 - relation is the whole relation.
        pool: centred and scaled null scores by relation, ascending.
    """

    effects: _Effects
    scale: dict[int, float]
    pool: dict[int, F64]

    def standard(self, pairs: Candidates, strata: I64, scores: F64) -> F64:
        """Return scores above what is expected of their ends, in units of their stratum's spread."""
        return _scaled(scores - self.effects(pairs), strata, self.scale)

    def p_values(self, triples: Triples, pairs: Candidates, scores: ArrayLike) -> F64:
        """Return the conformal p-value of each pair; 1 for a relation without nulls.

        Raises:
            DataError: a score is NaN.
        """
        s = np.asarray(scores, np.float64)
        if np.isnan(s).any():
            raise DataError("a score is NaN", hint="Training has diverged, or a feature is NaN.")
        return self.p_of(NullDraw(pairs, _strata(triples, pairs), s))

    def p_of(self, draw: NullDraw) -> F64:
        """The same for pairs whose strata are known."""
        z = self.standard(draw.pairs, draw.strata, draw.scores)
        out = np.ones(len(z))
        for relation, pool in self.pool.items():
            mine = draw.pairs.relations == relation
            out[mine] = conformal_p(z[mine], pool)
        return out


def _scaled(rest: F64, strata: I64, scale: dict[int, float]) -> F64:
    keys, place = np.unique(strata, return_inverse=True)
    of = np.array([scale.get(k, scale.get(-1 - k // _PER, 1.0)) for k in keys.tolist()])
    return np.asarray(rest / of[place.ravel()]) if len(keys) else rest


def fit_nulls(draws: Sequence[NullDraw]) -> Nulls:
    """Return the null distribution of several rewired graphs.

    Each graph's null scores are centred by the other graphs, as a new graph's scores are: what was used to
    find the centre lies too near to it.

    Raises:
        DataError: there are no null scores, or one is NaN.
    """
    if not draws or not sum(len(d.scores) for d in draws):
        raise DataError(
            "there are no null scores", hint="Draw rewired graphs, of a graph with edges."
        )
    if any(np.isnan(d.scores).any() for d in draws):
        raise DataError("a null score is NaN", hint="Training has diverged, or a feature is NaN.")
    n = 1 + max(int(max(d.pairs.heads.max(), d.pairs.tails.max())) for d in draws if len(d.pairs))
    relations = 1 + max(int(d.pairs.relations.max()) for d in draws if len(d.pairs))
    rests = []
    for i, draw in enumerate(draws):
        others = [*draws[:i], *draws[i + 1 :]] or draws
        rests.append(draw.scores - _Effects.of(others, n, relations)(draw.pairs))
    rest = np.concatenate(rests)
    strata = np.concatenate([d.strata for d in draws])
    scale: dict[int, float] = {}
    for keys in (strata, -1 - strata // _PER):
        order = np.argsort(keys, kind="stable")
        found, first = np.unique(keys[order], return_index=True)
        for key, rows in zip(found.tolist(), np.split(order, first[1:]), strict=True):
            if key < 0 or len(rows) >= _FEW:
                scale[key] = max(float(np.sqrt(np.mean(rest[rows] ** 2))), 1e-9)
    z = _scaled(rest, strata, scale)
    relation = strata // _PER
    pool = {int(r): np.sort(z[relation == r]) for r in np.unique(relation)}
    return Nulls(_Effects.of(draws, n, relations), scale, pool)
