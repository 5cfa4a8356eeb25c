"""Graded priors in tests: how log prior odds move the decision about an edge.

A test separates a pair when p > alpha, that is when z^2 < c with c the square of the normal quantile of alpha.
Twice the log Bayes factor for the edge is z^2 - log n up to a constant (Schwarz 1978; Raftery 1995), so
that rule is the Bayes decision under prior log odds (log n - c) / 2. Log odds L on top of them move it to
z^2 < c - 2 L: each pair gets its own alpha, the same at every level and for every test. It is never above
0.5, so that a graded prior alone makes no edge that every test speaks against; and a required edge is
something else (it is in the result whatever the tests say).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from discovery.knowledge import Knowledge

__all__ = ["pair_log_odds", "tilted"]

Floats = NDArray[np.float64]

_MOST = 0.5


def pair_log_odds(log_odds: Floats) -> Floats:
    """Return the log odds that a pair has an edge, [p, p] symmetric, from those of each direction [p, p]:
    log((e^L_ij + e^L_ji) / 2), 0 where nothing is known."""
    return np.asarray(np.logaddexp(log_odds, log_odds.T) - math.log(2.0))


def tilted(alpha: float, knowledge: Knowledge, columns: tuple[str, ...]) -> float | Floats:
    """Return ``alpha``, or under graded priors the level of each pair, [p, p] symmetric: two-sided
    p-value of z^2 = c - 2 L (see the module), at most 0.5 (or ``alpha`` if that is more)."""
    if not knowledge.graded:
        return alpha
    from scipy.special import erfc, ndtri

    bound = float(ndtri(alpha / 2.0)) ** 2
    square = np.maximum(bound - 2.0 * pair_log_odds(knowledge.log_odds(columns)), 0.0)
    return np.asarray(np.minimum(erfc(np.sqrt(square / 2.0)), max(_MOST, alpha)))
