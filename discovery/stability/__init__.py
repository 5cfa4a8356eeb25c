"""How far an edge can be trusted: resamples, false discovery rates, calibrated probabilities.

``learn(..., bootstraps=100)`` gives every edge its stability, existence and belief; :func:`selection` keeps the
edges that come back, with a bound on those that are chance; :func:`reliability` compares beliefs with a truth.
"""

from discovery.stability.bins import (
    ReliabilityBin,
    brier_score,
    calibration_error,
    reliability,
)
from discovery.stability.rates import q_values
from discovery.stability.selecting import Selected, SelectedEdge, expected_false, selection

__all__ = [
    "ReliabilityBin",
    "Selected",
    "SelectedEdge",
    "brier_score",
    "calibration_error",
    "expected_false",
    "q_values",
    "reliability",
    "selection",
]
