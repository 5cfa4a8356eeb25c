"""Rows of a linear Gaussian model in one call, the plain case of :mod:`discovery.simulation.model`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from discovery.marks import topological_order
from graph.errors import UsageError

__all__ = ["linear_gaussian"]


def linear_gaussian(
    dag: NDArray[np.bool_],
    n: int,
    rng: np.random.Generator,
    *,
    weights: tuple[float, float] = (0.5, 1.5),
    standardise: bool = True,
) -> NDArray[np.float64]:
    """Return ``n`` rows of a linear model with Gaussian noise over a DAG, [n, p].

    Coefficients are uniform in +-``weights``, noise variances in (0.5, 1.5). ``standardise`` gives every
    column variance 1, so that no method can read the order off the scale.
    """
    order = topological_order(dag)
    if order is None:
        raise UsageError("the graph has a directed cycle")
    p = len(dag)
    values = rng.normal(size=(n, p)) * np.sqrt(rng.uniform(0.5, 1.5, p))
    for j in order:
        above = np.flatnonzero(dag[:, j])
        if len(above):
            size = rng.uniform(*weights, len(above)) * rng.choice([-1.0, 1.0], len(above))
            values[:, j] += values[:, above] @ size
    if standardise:
        values = (values - values.mean(axis=0)) / values.std(axis=0)
    return np.asarray(values)
