"""From the scores of spans to probabilities that they are right.

Isotonic regression (Zadrozny and Elkan 2002), its steps joined by straight lines so that unequal scores
stay unequal, fitted on documents the tagger has not seen.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Curve", "calibrate", "calibration_error"]

Floats = npt.NDArray[np.float64]
_BINS = 10
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Curve:
    """A non-decreasing function on [0, 1] through points; constant beyond the first and the last."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    def __call__(self, score: float) -> float:
        """Return the probability that belongs to a score."""
        x, y = self.x, self.y
        if not x:
            return score
        at = bisect_right(x, score)
        if at == 0:
            return y[0]
        if at == len(x):
            return y[-1]
        share = (score - x[at - 1]) / (x[at] - x[at - 1])
        return y[at - 1] + share * (y[at] - y[at - 1])

    @classmethod
    def fit(cls, scores: Floats, right: Floats) -> Curve:
        """Fit scores (spans,) to whether the spans were right (0 or 1)."""
        from sklearn.isotonic import IsotonicRegression

        if not len(scores):
            return cls((), ())
        steps = IsotonicRegression(out_of_bounds="clip").fit(scores, right).predict(scores)
        x: list[float] = []
        y: list[float] = []
        for value in np.unique(steps):
            # the middle of each step, and nothing is ever impossible or certain
            x.append(round(float(scores[steps == value].mean()), 5))
            y.append(round(float(np.clip(value, 0.01, 0.995)), 5))
        return cls(tuple(x), tuple(y))


def calibration_error(probabilities: Floats, right: Floats) -> tuple[float, list[list[float]]]:
    """Return the expected calibration error over ten bins of equal width (Guo et al. 2017) and, for each
    bin with spans, their mean probability, the share that was right, and their number."""
    place = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    table: list[list[float]] = []
    error = 0.0
    for number in range(_BINS):
        mine = place == number
        if mine.any():
            p, r, n = float(probabilities[mine].mean()), float(right[mine].mean()), int(mine.sum())
            table.append([p, r, n])
            error += abs(p - r) * n / len(right)
    return error, table


def calibrate(
    documents: Sequence[Sequence[tuple[float, bool]]],
) -> tuple[Curve, dict[str, object]]:
    """Fit a curve and measure how far such a curve can be trusted.

    Args:
        documents: (score, whether right) of the spans found in each document.

    Returns:
        The curve fitted on all documents, and the expected calibration error before (``raw``) and after
        (``ece``, ``table``) when each fifth of the documents is judged by a curve of the others.
    """
    owner = np.array([i for i, d in enumerate(documents) for _ in d], dtype=np.int64)
    scores = np.array([s for d in documents for s, _ in d], dtype=np.float64)
    right = np.array([r for d in documents for _, r in d], dtype=np.float64)
    judged = np.zeros_like(scores)
    for fold in range(_FOLDS):
        held = owner % _FOLDS == fold
        curve = Curve.fit(scores[~held], right[~held])
        judged[held] = [curve(s) for s in scores[held].tolist()]
    error, table = calibration_error(judged, right)
    report: dict[str, object] = {
        "raw": calibration_error(scores, right)[0] if len(scores) else 0.0,
        "ece": error, "table": table, "spans": len(scores),
    }  # fmt: skip
    return Curve.fit(scores, right), report
