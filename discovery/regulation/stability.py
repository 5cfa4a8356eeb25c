"""TIGRESS: how often least angle regression picks a regulator early, over resampled, reweighted data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["selection_area"]

Floats = NDArray[np.float64]


def selection_area(
    values: Floats,
    candidates: Sequence[Sequence[int]],
    rows: Sequence[NDArray[np.bool_]] | None = None,
    *,
    resamples: int = 100,
    steps: int = 5,
    shrink: float = 0.2,
    seed: int = 0,
) -> Floats:
    """Return the area score of Haury et al. 2012 (BMC Systems Biology 6:145), [p, p], regulators in rows.

    Args:
        values: [n, p].
        candidates: for each column, the columns that may regulate it.
        rows: for each column, the rows that tell what regulates it; all when None.
        resamples: each splits the rows in two halves and draws a weight for every regulator from
            (``shrink``, 1).
        steps: of the path; being picked at step k counts 1 - (k - 1) / steps.
        seed: of the resamples.
    """
    from sklearn.linear_model import lars_path_gram

    n, p = values.shape
    rng = np.random.default_rng(seed)
    area = np.zeros((p, p))
    for _ in range(resamples):
        order, weights = rng.permutation(n), rng.uniform(shrink, 1.0, p)
        for half in (order[: n // 2], order[n // 2 :]):
            for y in range(p):
                near = list(candidates[y])
                if not near:
                    continue
                part = half if rows is None else half[rows[y][half]]
                whole = values[part][:, [*near, y]]
                x = whole - whole.mean(axis=0)
                x /= np.maximum(np.sqrt((x * x).sum(axis=0)), 1e-12)
                u = weights[near]
                gram, cross = x[:, :-1].T @ x[:, :-1] * np.outer(u, u), x[:, :-1].T @ x[:, -1] * u
                _, picked, _ = lars_path_gram(
                    cross, gram, n_samples=len(part), max_iter=min(steps, len(near)), method="lar"
                )
                for step, k in enumerate(list(picked)[:steps]):
                    area[near[k], y] += 1.0 - step / steps
    return area / (2 * resamples)
