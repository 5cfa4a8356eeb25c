"""Several scorers as one: the weighted sum of their scores.

Seeds of one model disagree where it guesses; their mean is better than each (as for any ensemble of models
with independent errors). Paths know what single entities do not show, factors what no short path says
(Meilicke et al. 2021, *Why a naive way to combine symbolic and latent knowledge base completion works
surprisingly well*). Weights are chosen on validation edges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from discovery.embeddings.metrics import Scorer, rank
from discovery.embeddings.negatives import corrupt, domains
from discovery.embeddings.triples import F64, I64, Known, Mask, Triples
from graph.errors import UsageError

__all__ = ["Ensemble", "together", "weigh"]

STEPS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.65)
"""Shares that a member is tried with beside those that are in already."""
_ROUNDS, _GAIN = 8, 1e-4
MEMBERS: Mapping[str, Mapping[str, Any]] = {
    "complex": {}, "rules": {}, "dwpc-logistic": {}, "dwpc": {}, "nearest-neighbour": {},
}  # fmt: skip


@dataclass(frozen=True)
class Ensemble:
    """Scorers over one graph, with weights.

    Attributes:
        members: at least one.
        weights: what each one's scores are multiplied by; a member of weight 0 is not asked.

    Raises:
        UsageError: no members, or another number of weights.
    """

    members: Sequence[Scorer]
    weights: Sequence[float]

    def __post_init__(self) -> None:
        if not self.members or len(self.members) != len(self.weights):
            raise UsageError(f"{len(self.members)} scorers and {len(self.weights)} weights")

    def score(self, heads: I64, relations: I64, tails: I64) -> F64:
        """Return the score of each triple, float64 ``[k]``."""
        return sum((w * m.score(heads, relations, tails) for m, w in self._asked()), np.zeros(()))

    def score_tails(self, heads: I64, relations: I64) -> F64:
        """Return the score of every tail, float64 ``[k, n]``."""
        return sum((w * m.score_tails(heads, relations) for m, w in self._asked()), np.zeros(()))

    def score_heads(self, relations: I64, tails: I64) -> F64:
        """Return the score of every head, float64 ``[k, n]``."""
        return sum((w * m.score_heads(relations, tails) for m, w in self._asked()), np.zeros(()))

    def _asked(self) -> list[tuple[Scorer, float]]:
        return [(m, w) for m, w in zip(self.members, self.weights, strict=True) if w]


@dataclass(frozen=True)
class _Remembered:
    """A scorer that is asked each question once; its scores are centred and of spread one."""

    scorer: Scorer
    kept: dict[tuple[str, bytes, bytes], Any] = field(default_factory=dict)

    def _once(self, side: str, a: I64, b: I64) -> F64:
        key = (side, a.tobytes(), b.tobytes())
        if key not in self.kept:
            ask = self.scorer.score_tails if side == "tail" else self.scorer.score_heads
            rows = np.asarray(ask(a, b), np.float64)
            self.kept[key] = (rows - rows.mean(axis=1, keepdims=True)).astype(np.float32)
        return np.asarray(self.kept[key])

    def score(self, heads: I64, relations: I64, tails: I64) -> F64:
        return self.scorer.score(heads, relations, tails)

    def score_tails(self, heads: I64, relations: I64) -> F64:
        return self._once("tail", heads, relations)

    def score_heads(self, relations: I64, tails: I64) -> F64:
        return self._once("head", relations, tails)

    def spread(self) -> float:
        """Return the standard deviation of the scores of all questions so far."""
        squares = sum(float(np.square(rows).sum()) for rows in self.kept.values())
        return float(np.sqrt(squares / max(sum(rows.size for rows in self.kept.values()), 1)))


def weigh(
    members: Sequence[Scorer],
    valid: Triples,
    known: Known,
    *,
    typed: Triples | None = None,
    negatives: int = 0,
    sides: str = "both",
    seed: int = 0,
) -> Ensemble:
    """Return the scorers with weights that are best on validation edges, found greedily.

    Best is the MRR or, with ``negatives``, the MRR plus the average precision: scores of different
    questions are then to be comparable, as they must be where edges are proposed.

    The best single scorer comes first; then, as long as it helps, whichever other with whichever share of
    :data:`STEPS` helps most (ensemble selection: Caruana et al. 2004). Shares are of scores scaled to the
    same spread; the weights that are returned have the scale in them.

    Args:
        known: every true triple, for filtered ranks.
        typed: training edges: candidates are entities of the types each relation has there.
        negatives: untrue edges for each true one, drawn as for AUPRC.
        sides: which ends are asked for, ``head``, ``tail`` or ``both``.

    Raises:
        UsageError: there are no members, or no such side.
    """
    if not members:
        raise UsageError("0 scorers cannot be weighed")
    allowed = None if typed is None else domains(typed)
    asked = [_Remembered(m) for m in members]

    truth, columns = _sampled(members, valid, known, allowed, negatives, seed)

    def mark(shares: F64) -> float:
        scorer = Ensemble(asked, [float(x) for x in shares / spreads])
        ranks, _, _ = rank(scorer, valid, known, sides=sides, candidates=allowed).both()
        value = float((1 / ranks).mean())
        if negatives:
            from sklearn.metrics import average_precision_score

            value += float(average_precision_score(truth, columns @ (shares / spreads)))
        return value

    one = np.eye(len(members))
    spreads = np.ones(len(members))
    alone = [mark(row) for row in one]
    spreads = np.array([m.spread() or 1.0 for m in asked])
    best, shares = max(alone), one[int(np.argmax(alone))]
    for _ in range(_ROUNDS if len(members) > 1 else 0):
        tried = [
            (1 - step) * shares + step * row
            for row, own in zip(one, shares, strict=True)
            for step in STEPS
            if own < 1
        ]
        marks = [mark(each) for each in tried]
        if max(marks) <= best + _GAIN:
            break
        best, shares = max(marks), tried[int(np.argmax(marks))]
    return Ensemble(members, [float(x) for x in shares / spreads])


def _sampled(
    members: Sequence[Scorer],
    valid: Triples,
    known: Known,
    allowed: dict[str, Mask] | None,
    negatives: int,
    seed: int,
) -> tuple[Mask, F64]:
    """Return which of true and drawn edges are true, ``[k]``, and their scores, ``[k, members]``."""
    if not negatives:
        return np.zeros(0, np.bool_), np.zeros((0, len(members)))
    h, r, t, _ = corrupt(valid, known, negatives, candidates=allowed, seed=seed)
    h = np.concatenate([valid.heads, h])
    r = np.concatenate([valid.edges_relation, r])
    t = np.concatenate([valid.tails, t])
    return np.arange(len(h)) < len(valid), np.stack([m.score(h, r, t) for m in members], axis=1)


def together(
    train: Triples,
    valid: Triples | None = None,
    features: Any = None,
    seed: int = 0,
    *,
    members: Mapping[str, Mapping[str, Any]] = MEMBERS,
) -> Ensemble:
    """Fit several scorers of the registry and weigh them on ``valid``.

    Args:
        members: settings by name.

    Raises:
        UsageError: there is no validation part to weigh them on.
    """
    from discovery.embeddings.registry import fit

    if valid is None or not len(valid):
        raise UsageError(
            "an ensemble is weighed on held-out edges", hint="Split with a validation part."
        )
    fitted = [
        fit(name, train, valid=valid, features=features, seed=seed, **settings)
        for name, settings in members.items()
    ]
    return weigh(fitted, valid, train.known(valid), typed=train, negatives=10, seed=seed)
