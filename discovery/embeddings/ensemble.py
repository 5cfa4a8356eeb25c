"""Several scorers as one: the weighted mean of their log probabilities over the answers to a question.

Seeds of one model disagree where it guesses; their mean is better than each (as for any ensemble of models
with independent errors). Weights are chosen on validation edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from discovery.embeddings.metrics import Scorer, rank
from discovery.embeddings.negatives import domains
from discovery.embeddings.triples import F64, I64, Known, Triples
from graph.errors import UsageError

__all__ = ["Ensemble", "rules_and_complex", "weigh"]

STEPS = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0)


@dataclass(frozen=True)
class Ensemble:
    """Scorers over one graph, with weights.

    Attributes:
        members: at least one.
        weights: one for each.

    Raises:
        UsageError: no members, or another number of weights.
    """

    members: Sequence[Scorer]
    weights: Sequence[float]

    def __post_init__(self) -> None:
        if not self.members or len(self.members) != len(self.weights):
            raise UsageError(f"{len(self.members)} scorers and {len(self.weights)} weights")

    def score_tails(self, heads: I64, relations: I64) -> F64:
        """Return the mean log probability of every tail, float64 ``[k, n]``."""
        return self._mean([m.score_tails(heads, relations) for m in self.members])

    def score_heads(self, relations: I64, tails: I64) -> F64:
        """Return the mean log probability of every head, float64 ``[k, n]``."""
        return self._mean([m.score_heads(relations, tails) for m in self.members])

    def score(self, heads: I64, relations: I64, tails: I64) -> F64:
        """Return the mean log probability of each tail among all, float64 ``[k]``."""
        asked, place = np.unique(np.stack([heads, relations]), axis=1, return_inverse=True)
        every = self.score_tails(asked[0], asked[1])
        return np.asarray(every[place.ravel(), np.asarray(tails)])

    def _mean(self, scores: list[F64]) -> F64:
        total = np.zeros_like(scores[0])
        for weight, one in zip(self.weights, scores, strict=True):
            if weight:
                total += weight * _log_softmax(one)
        return total


@dataclass(frozen=True)
class _Remembered:
    """A scorer that answers the same questions once."""

    scorer: Scorer
    kept: dict[tuple[str, bytes, bytes], F64] = field(default_factory=dict)

    def _once(self, side: str, a: I64, b: I64) -> F64:
        key = (side, a.tobytes(), b.tobytes())
        if key not in self.kept:
            ask = self.scorer.score_tails if side == "tail" else self.scorer.score_heads
            self.kept[key] = _log_softmax(np.asarray(ask(a, b), np.float64)).astype(np.float32)
        return np.asarray(self.kept[key], np.float64)

    def score(self, heads: I64, relations: I64, tails: I64) -> F64:
        return self.scorer.score(heads, relations, tails)

    def score_tails(self, heads: I64, relations: I64) -> F64:
        return self._once("tail", heads, relations)

    def score_heads(self, relations: I64, tails: I64) -> F64:
        return self._once("head", relations, tails)


def weigh(
    first: Scorer, second: Scorer, valid: Triples, known: Known, *, typed: Triples | None = None
) -> Ensemble:
    """Return the two scorers with the weights of :data:`STEPS` that have the best validation MRR.

    Args:
        known: every true triple, for filtered ranks.
        typed: training edges: candidates are entities of the types each relation has there.
    """
    allowed = None if typed is None else domains(typed)
    members = [_Remembered(first), _Remembered(second)]
    marks = []
    for weight in STEPS:
        one = Ensemble(members, [1 - weight, weight])
        ranks, _, _ = rank(one, valid, known, candidates=allowed).both()
        marks.append(round(float((1 / ranks).mean()), 9))
    best = STEPS[int(np.argmax(marks))]
    return Ensemble([first, second], [1 - best, best])


def rules_and_complex(
    train: Triples,
    valid: Triples | None = None,
    features: Any = None,
    seed: int = 0,
    **settings: Any,
) -> Ensemble:
    """Fit ``rules`` and ``complex`` and weigh them on ``valid``; in halves without.

    ``settings`` are those of ``complex``. Paths know what single entities do not show, factors what no
    short path says: each is better where the other is blind (Meilicke et al. 2021, *Why a naive way to
    combine symbolic and latent knowledge base completion works surprisingly well*).
    """
    from discovery.embeddings.registry import fit

    model = fit("complex", train, valid=valid, seed=seed, **settings)
    paths = fit("rules", train, valid=valid, seed=seed)
    if valid is None or not len(valid):
        return Ensemble([model, paths], [0.5, 0.5])
    return weigh(model, paths, valid, train.known(valid))


def _log_softmax(scores: F64) -> F64:
    most = scores.max(axis=1, keepdims=True)
    return np.asarray(
        scores - most - np.log(np.exp(scores - most).sum(axis=1, keepdims=True)), np.float64
    )
