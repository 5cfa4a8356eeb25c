"""How much of the causal order can be read off the scale or the predictability of columns.

Data in which these are far from 0.5 reward methods that sort columns, not methods that find causes:
Reisach, Seiler and Weichwald 2021 (Beware of the simulated DAG) and Reisach, Tami, Seiler, Chambaz and
Weichwald 2023 (A scale-invariant sorting criterion to find a causal order in additive noise models).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from discovery.simulation.graphs import ancestors

__all__ = ["r2_sortability", "sortability", "varsortability"]

Floats = NDArray[np.float64]


def sortability(criterion: Floats, dag: NDArray[np.bool_]) -> float:
    """Return the share of cause-effect pairs (by directed paths) along which ``criterion`` [p] increases,
    ties counting half; 0.5 means that it tells nothing, and is returned when there is no pair."""
    reach = ancestors(dag)
    rise = np.sign(criterion[None, :] - criterion[:, None])
    pairs = int(reach.sum())
    return float(((rise[reach] + 1) / 2).sum() / pairs) if pairs else 0.5


def varsortability(values: Floats, dag: NDArray[np.bool_]) -> float:
    """Return the :func:`sortability` of the columns' variances (Reisach et al. 2021); rows with missing
    values are not used."""
    return sortability(_complete(values).var(axis=0), dag)


def r2_sortability(values: Floats, dag: NDArray[np.bool_]) -> float:
    """Return the :func:`sortability` of how well each column is predicted linearly by all others
    (Reisach et al. 2023); unlike variances these do not depend on scale."""
    values = _complete(values)
    varies = np.flatnonzero(values.std(axis=0) > 0)
    explained = np.zeros(values.shape[1])  # of a constant column there is nothing to explain
    if len(varies):
        correlation = np.atleast_2d(np.corrcoef(values[:, varies], rowvar=False))
        precision = np.linalg.pinv(correlation, hermitian=True)
        explained[varies] = 1.0 - 1.0 / np.maximum(np.diag(precision), 1.0)
    return sortability(explained, dag)


def _complete(values: Floats) -> Floats:
    return np.asarray(values[~np.isnan(values).any(axis=1)])
