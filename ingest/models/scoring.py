"""Scores of extraction against gold, with bootstrap intervals over documents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Score", "accuracy", "span_scores"]

Item = tuple[int, int, str]
"""start, end, type"""


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 in per cent, the 95 % interval of F1, and the number of gold items."""

    precision: float
    recall: float
    f1: float
    low: float
    high: float
    count: int

    def row(self) -> list[str]:
        """Return the cells of a table."""
        return [
            f"{self.precision:.1f}", f"{self.recall:.1f}", f"{self.f1:.2f}",
            f"{self.low:.1f}-{self.high:.1f}", str(self.count),
        ]  # fmt: skip


Floats = npt.NDArray[np.float64]


def _f1(hits: Floats, found: Floats, gold: Floats) -> tuple[Floats, Floats, Floats]:
    precision = 100 * hits / np.maximum(found, 1)
    recall = 100 * hits / np.maximum(gold, 1)
    return precision, recall, 200 * hits / np.maximum(found + gold, 1)


def span_scores(
    documents: Sequence[tuple[Collection[Item], Collection[Item]]],
    types: Sequence[str],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Score]:
    """Return strict scores (same span, same type) of each type and, as ``micro``, of all.

    Args:
        documents: (found, gold) spans of each document.
        types: those that are scored; others are passed over on both sides.
        resamples: bootstrap samples of documents for the interval of F1.
        seed: of the bootstrap.
    """
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, max(1, len(documents)), size=(resamples, len(documents)))
    scores: dict[str, Score] = {}
    for name in (*types, "micro"):
        wanted = set(types) if name == "micro" else {name}
        counts = np.zeros((max(1, len(documents)), 3))
        for row, (found, gold) in enumerate(documents):
            mine = {x for x in found if x[2] in wanted}
            theirs = {x for x in gold if x[2] in wanted}
            counts[row] = (len(mine & theirs), len(mine), len(theirs))
        total = counts.sum(axis=0)
        precision, recall, f1 = _f1(total[0:1], total[1:2], total[2:3])
        sampled = counts[draws].sum(axis=1) if len(documents) else counts
        _, _, spread = _f1(sampled[:, 0], sampled[:, 1], sampled[:, 2])
        low, high = np.percentile(spread, [2.5, 97.5])
        scores[name] = Score(
            float(precision[0]),
            float(recall[0]),
            float(f1[0]),
            float(low),
            float(high),
            int(total[2]),
        )
    return scores


def accuracy(
    right: Sequence[Sequence[bool]], *, resamples: int = 1000, seed: int = 0
) -> tuple[float, float, float, int]:
    """Return (per cent right, low, high of the 95 % interval, number) of yes/no results by document."""
    counts = np.array([(sum(r), len(r)) for r in right] or [(0, 0)], dtype=float)
    rng = np.random.default_rng(seed)
    sampled = counts[rng.integers(0, len(counts), size=(resamples, len(counts)))].sum(axis=1)
    low, high = np.percentile(100 * sampled[:, 0] / np.maximum(sampled[:, 1], 1), [2.5, 97.5])
    total = counts.sum(axis=0)
    return float(100 * total[0] / max(total[1], 1)), float(low), float(high), int(total[1])
