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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from discovery.embeddings.baselines import MatrixScorer
from discovery.embeddings.describing import (
    Described,
    Target,
    profiles,
    sizes,
    target_of,
    top,
    views_of,
)
from discovery.embeddings.features import Features
from discovery.embeddings.triples import F64, I64, Mask, Triples
from graph.errors import UsageError

__all__ = ["ColdScorer", "cold_start", "new_kind"]

_NEAR, _HUB = 30, 400
"""ends that are alike; what more ends than this share makes nothing alike"""
_SHARES = (
    (1.0, 0.0, 0.0, 0.0), (1.0, 0.25, 0.25, 0.25), (1.0, 0.5, 0.0, 0.5), (1.0, 0.5, 0.5, 0.5),
    (1.0, 1.0, 0.5, 0.5),
)  # fmt: skip
"""what is tried of what was learned, similar entities, these spread to similar ends, and path counts"""
_PARTS = 2


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


def _pairs(target: Target, negatives: int, rng: Any, most: int) -> tuple[I64, I64, Mask]:
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


@dataclass(eq=False)
class _Odds:
    """The log odds of every pair of a target, ``[cold, far]``, and what they are made of.

    Attributes:
        part: which learners score each cold entity.
        weights: of what was learned, similar entities' edges, these spread, and path counts; log odds are their
            sum and ``offset``.
    """

    table: F64
    described: Described
    size: F64
    part: I64
    learned: Sequence[Callable[[F64], F64]]
    weights: F64
    offset: float

    def without(self, row: int, column: int) -> tuple[F64, list[int]]:
        """Return a pair's log odds as they are, and without one thing each: every body that it has paths along
        (their places are returned too), and last, what similar entities are linked to."""
        here, there = np.array([row]), np.array([column])
        x = self.described.columns(here, there, self.size)[0]
        k, last = len(self.described.bodies), len(self.described.dense) - 1
        bodies = np.flatnonzero(x[:k] > 0)
        rows = np.repeat(x[None], len(bodies) + 2, axis=0)
        rows[1 + np.arange(len(bodies)), bodies] = 0
        rows[-1, k : k + last] = 0  # the last of them is how popular the other end is
        plain = np.stack([rows[:, k + 1], rows[:, k + last - 1], rows[:, :k].sum(axis=1)])
        every = np.concatenate([self.learned[self.part[row]](rows)[None], plain])
        return np.asarray(self.weights @ every + self.offset), bodies.tolist()


def _odds(described: Described, size: F64, pairs: tuple[I64, I64, Mask], seed: int) -> _Odds:
    """Return the log odds of every pair.

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
    weights = shares / scale * max(float(last.coef_[0, 0]), 1e-6)
    offset = float(last.intercept_[0])
    table = np.tensordot(weights, found, 1) + offset
    return _Odds(table, described, size, part, odds, weights, offset)


class ColdScorer(MatrixScorer):
    """Log odds of pairs as though one end were new; see :class:`discovery.embeddings.metrics.Scorer`."""

    def __init__(
        self, train: Triples, kind: str, known: Mapping[int, tuple[Target, _Odds]]
    ) -> None:
        self._train, self._kind, self._known = train, kind, known
        self._least = min(float(odds.table.min()) for _, odds in known.values()) - 1
        super().__init__(
            train.n, lambda h, r: self._rows(h, r, True), lambda t, r: self._rows(t, r, False),
            "cold-start",
        )  # fmt: skip

    def explain(
        self, head: int, relation: int, tail: int, most: int = 5
    ) -> list[tuple[str, float]]:
        """Return what a triple's score would lose most without: bodies of paths, or what similar entities have.

        One is left out at a time and the rest is scored by the same learners, so that losses do not add up to the
        score. Nothing is returned for what is not scored.
        """
        place = self._place(head, relation, tail)
        if place is None:
            return []
        target, odds = self._known[relation]
        row, column = place
        left, bodies = odds.without(row, column)
        paths = odds.described.paths
        told = [odds.described.bodies[b] for b in bodies]
        words = [paths.name(b if target.away else paths.reverse(b)) for b in told]
        lost = zip(
            [*words, f"what similar {self._kind} entities have"], left[0] - left[1:], strict=True
        )
        return sorted(((w, float(x)) for w, x in lost if x > 0), key=lambda one: (-one[1], one[0]))[
            :most
        ]

    def pair(self, head: int, relation: int, tail: int) -> float | None:
        """Return a triple's log odds, None for what is not scored: another relation, other types."""
        place = self._place(head, relation, tail)
        return None if place is None else float(self._known[relation][1].table[place])

    def _place(self, head: int, relation: int, tail: int) -> tuple[int, int] | None:
        if relation not in self._known:
            return None
        target = self._known[relation][0]
        near, other = (head, tail) if target.away else (tail, head)
        if not (np.isin(near, target.cold) and np.isin(other, target.far)):
            return None
        return int(np.searchsorted(target.cold, near)), int(np.searchsorted(target.far, other))

    def _rows(self, ids: I64, relation: int, away: bool) -> F64:
        out = np.full((len(ids), self._train.n), self._least)
        if relation not in self._known:
            return out
        target, odds = self._known[relation]
        near, other = (
            (target.cold, target.far) if away == target.away else (target.far, target.cold)
        )
        grid = odds.table if away == target.away else odds.table.T
        mine = np.isin(ids, near)
        out[np.ix_(mine, other)] = grid[np.searchsorted(near, ids[mine])]
        return out


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
) -> ColdScorer:
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
    asked = [target_of(train, train.relation_id(name), kind, cold) for name in targets]
    hidden = [t.relation for t in asked]
    views = views_of(train, asked, groups, seed)
    profile = profiles(train, hidden, cold)
    alike = [np.asarray((profile @ profile.T).toarray(), np.float64)]
    if features is not None and features.x.shape[1]:
        x = np.asarray(features.x[cold], np.float64)
        x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)
        alike.append(x @ x.T)
    tables = {}
    for target in asked:
        other = profiles(train, hidden, target.far, _HUB)
        described = Described(target, views, hidden, alike, top(other @ other.T, _NEAR), longest)
        size = sizes(train, hidden, target, [np.searchsorted(cold, v.members) for v in views])
        pairs = _pairs(target, negatives, np.random.default_rng(seed), positives)
        described.screened(*pairs, most)
        tables[target.relation] = (target, _odds(described, size, pairs, seed))
    return ColdScorer(train, kind, tables)
