"""Features of the second stage: how a pair stands among the other pairs of its document.

The first stage scores every pair alone. The second sees those scores of all pairs (stacking, Wolpert
1992): what else the two entities are related to, whether a more special disease scores better, the rank.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ingest.relations.hierarchy import Hierarchy
from ingest.relations.view import View

__all__ = ["CONTEXT", "NOTHING", "PRIORS", "Priors", "context", "triangles"]

Floats = npt.NDArray[np.float64]

NOTHING = -9.0
"""the score where there is no other pair"""
CONTEXT: tuple[str, ...] = (
    "score", "below best", "rank", "max 1", "mean 1", "over 1", "max 2", "mean 2", "over 2",
    "any 1", "any 2", "special", "general", "likely", "pairs",
)  # fmt: skip
"""names of the features of :func:`context`"""
PRIORS = ("rate 1", "seen 1", "rate 2", "seen 2", "rate pair", "seen pair")
"""names of the features of :meth:`Priors.features`"""
_LIKELY = -1.2
_RATHER = -1.0
_KINDS = "CDGV"


def _others(table: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Best, second best, sum and number of the scores in each row."""
    if table.shape[1] == 0:
        empty = np.full(len(table), -np.inf)
        return empty, empty, np.zeros(len(table)), np.zeros(len(table))
    ordered = np.sort(table, axis=1)
    known = np.isfinite(table)
    second = ordered[:, -2] if table.shape[1] > 1 else np.full(len(table), -np.inf)
    return ordered[:, -1], second, np.where(known, table, 0.0).sum(axis=1), known.sum(axis=1)


def context(
    view: View, pairs: Sequence[tuple[int, int]], scores: Floats, trees: Hierarchy, mesh: list[str]
) -> Floats:
    """Return the features of all candidate pairs of one document, shape (pairs, features).

    Args:
        view: the document.
        pairs: numbers of their entities.
        scores: log odds of the first stage, shape (pairs,).
        trees: MeSH tree numbers.
        mesh: number of an entity -> its MeSH id, empty if unknown.
    """
    if not pairs:
        return np.zeros((0, len(CONTEXT)))
    size = len(view.entities)
    kinds = np.array([ord(e.kind) for e in view.entities])
    first = np.array([a for a, _ in pairs])
    second = np.array([b for _, b in pairs])
    table = np.full((size, size), -np.inf)
    table[first, second] = scores
    table[second, first] = scores
    by_kind = {int(k): _others(table[:, kinds == k]) for k in np.unique(kinds)}
    every = _others(table)
    out = np.empty((len(pairs), len(CONTEXT)))
    out[:, 0] = scores
    out[:, 1] = scores - scores.max()
    order = np.argsort(-scores, kind="stable")
    out[order, 2] = np.arange(len(pairs))
    for column, (mine, theirs) in ((3, (first, second)), (6, (second, first))):
        best, mean = np.empty(len(pairs)), np.empty(len(pairs))
        for kind, (top, next_, total, count) in by_kind.items():
            chosen = kinds[theirs] == kind
            own, s = mine[chosen], scores[chosen]
            best[chosen] = np.where(s >= top[own], next_[own], top[own])
            rest = count[own] - 1
            mean[chosen] = np.where(rest > 0, (total[own] - s) / np.maximum(rest, 1), NOTHING)
        best[~np.isfinite(best)] = NOTHING
        out[:, column], out[:, column + 1], out[:, column + 2] = best, mean, scores - best
    for column, mine in ((9, first), (10, second)):
        best = np.where(scores >= every[0][mine], every[1][mine], every[0][mine])
        out[:, column] = np.where(np.isfinite(best), best, NOTHING)
    out[:, 11:13] = NOTHING
    for row, (a, b) in enumerate(pairs):
        out[row, 11], out[row, 12] = _relatives(view, table, trees, mesh, a, b)
    out[:, 13] = np.sum(scores > _LIKELY)
    out[:, 14] = len(pairs)
    return out


def _relatives(
    view: View, table: Floats, trees: Hierarchy, mesh: list[str], a: int, b: int
) -> tuple[float, float]:
    """Best score of the first entity with something more special, and more general, than the second."""
    special = general = NOTHING
    if mesh[b]:
        for other in np.flatnonzero(np.isfinite(table[a])):
            if other != b and mesh[other] and view.entities[other].kind == view.entities[b].kind:
                if trees.above(mesh[b], mesh[other]):
                    special = max(special, float(table[a, other]))
                elif trees.above(mesh[other], mesh[b]):
                    general = max(general, float(table[a, other]))
    return special, general


def triangles(view: View, pairs: Sequence[tuple[int, int]], scores: Floats) -> Floats:
    """Return, for all candidate pairs of one document, whether a third entity is related to both: the
    best such (the lower of its two scores), the best of each kind, their number, and how many relations
    the first entity, the second and the whole document have by the scores; shape (pairs, 9).

    Args:
        view: the document.
        pairs: numbers of their entities.
        scores: log odds of the first stage, shape (pairs,).
    """
    if not pairs:
        return np.zeros((0, 2 + len(_KINDS) + 3))
    size = len(view.entities)
    first = np.array([a for a, _ in pairs])
    second = np.array([b for _, b in pairs])
    table = np.full((size, size), NOTHING)
    table[first, second] = table[second, first] = scores
    corner = np.minimum(table[first], table[second])
    rows = np.arange(len(pairs))
    corner[rows, first] = corner[rows, second] = NOTHING
    kinds = np.array([e.kind for e in view.entities])
    odds = 1.0 / (1.0 + np.exp(-table))
    odds[table <= NOTHING] = 0.0
    number = odds.sum(axis=1)
    own = odds[first, second]
    return np.stack(
        [
            corner.max(axis=1),
            *(corner[:, kinds == k].max(axis=1, initial=NOTHING) for k in _KINDS),
            (corner > _RATHER).sum(axis=1),
            number[first] - own,
            number[second] - own,
            np.full(len(pairs), odds.sum() / 2),
        ],
        axis=1,
    )


class Priors:
    """How often entities and pairs were related in the training documents.

    Args:
        counts: ``id`` or ``id id`` -> (documents where related, documents where not).
        rate: share of related pairs, what the rates are drawn to.
    """

    def __init__(self, counts: dict[str, tuple[int, int]], rate: float) -> None:
        self.counts = counts
        self.rate = rate

    @classmethod
    def learn(cls, rows: Iterable[tuple[str, str, bool]]) -> Priors:
        """Count (id, id, whether related) rows."""
        yes: Counter[str] = Counter()
        no: Counter[str] = Counter()
        related = total = 0
        for one, two, label in rows:
            (yes if label else no).update((f"1 {one}", f"2 {two}", f"{one} {two}"))
            related += label
            total += 1
        counts = {k: (yes[k], no[k]) for k in sorted({*yes, *no})}
        return cls(counts, related / max(1, total))

    def features(
        self, rows: Sequence[tuple[str, str]], own: Sequence[bool] | None = None
    ) -> Floats:
        """Return the features of pairs of ids of one document, shape (pairs, features).

        With ``own`` (their labels) the document is one of those counted: it is left out.
        """
        mine = Priors.learn(
            (a, b, label) for (a, b), label in zip(rows, own or (), strict=bool(own))
        ).counts if own is not None else {}  # fmt: skip
        out = np.empty((len(rows), len(PRIORS)))
        for row, (one, two) in enumerate(rows):
            for column, key in enumerate((f"1 {one}", f"2 {two}", f"{one} {two}")):
                yes, no = self.counts.get(key, (0, 0))
                less_yes, less_no = mine.get(key, (0, 0))
                yes, no = max(0, yes - less_yes), max(0, no - less_no)
                out[row, 2 * column] = (yes + 2 * self.rate) / (yes + no + 2)
                out[row, 2 * column + 1] = math.log1p(yes + no)
        return out

    def frequent(self, documents: int) -> Priors:
        """Return only what was seen in so many documents or more, and what was ever related."""
        kept = {k: v for k, v in self.counts.items() if v[0] or sum(v) >= documents}
        return Priors(kept, self.rate)

    @classmethod
    def parse(cls, text: str, rate: float) -> Priors:
        """Read what :meth:`__str__` wrote."""
        counts: dict[str, tuple[int, int]] = {}
        for line in text.splitlines():
            key, yes, no = line.split("\t")
            counts[key] = (int(yes), int(no))
        return cls(counts, rate)

    def __str__(self) -> str:
        return "\n".join(f"{k}\t{a}\t{b}" for k, (a, b) in sorted(self.counts.items()))
