"""Random causal graphs and data from them, for tests, benchmarks and users' own checks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from discovery.marks import topological_order
from graph.errors import UsageError

__all__ = ["linear_gaussian", "random_dag", "varsortability"]


def random_dag(p: int, degree: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return a random DAG with ``p`` nodes and ``degree`` neighbours a node on average (Erdos-Renyi over
    a random order): [p, p], entry ``[i, j]`` is ``i -> j``."""
    if p < 1 or degree < 0:
        raise UsageError(f"a random graph needs p >= 1 and degree >= 0, not {p} and {degree}")
    chance = min(1.0, degree / max(1, p - 1))
    upper = np.triu(rng.random((p, p)) < chance, 1)
    order = rng.permutation(p)
    dag = np.zeros((p, p), dtype=bool)
    dag[np.ix_(order, order)] = upper
    return dag


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


def varsortability(values: NDArray[np.float64], dag: NDArray[np.bool_]) -> float:
    """Return the share of cause-effect pairs (by directed paths) whose variance increases from cause to
    effect; 0.5 means that scale tells nothing (Reisach et al. 2021)."""
    reach = dag.copy()
    for _ in range(len(dag)):
        wider = reach | (reach.astype(np.int64) @ dag.astype(np.int64) > 0)
        if (wider == reach).all():
            break
        reach = wider
    variance = values.var(axis=0)
    rise = np.sign(variance[None, :] - variance[:, None])
    pairs = int(reach.sum())
    return float(((rise[reach] + 1) / 2).sum() / pairs) if pairs else 0.5
