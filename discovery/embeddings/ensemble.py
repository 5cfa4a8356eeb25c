"""Several scorers as one: the weighted mean of their log probabilities over the answers to a question.

Seeds of one model disagree where it guesses; their mean is better than each (as for any ensemble of models
with independent errors). Weights are chosen on validation edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from discovery.embeddings.metrics import Scorer, rank
from discovery.embeddings.triples import F64, I64, Known, Triples
from graph.errors import UsageError

__all__ = ["Ensemble", "weigh"]

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
                most = one.max(axis=1, keepdims=True)
                total += weight * (one - most - np.log(np.exp(one - most).sum(1, keepdims=True)))
        return total


def weigh(first: Scorer, second: Scorer, valid: Triples, known: Known) -> Ensemble:
    """Return the two scorers with the weights of :data:`STEPS` that have the best validation MRR.

    Args:
        known: every true triple, for filtered ranks.
    """
    best: tuple[float, float, Ensemble] | None = None
    for weight in STEPS:
        one = Ensemble([first, second], [1 - weight, weight])
        ranks, _, _ = rank(one, valid, known).both()
        mrr = float((1 / ranks).mean())
        if best is None or mrr > best[0] + 1e-9:
            best = (mrr, weight, one)
    assert best is not None
    return best[2]
