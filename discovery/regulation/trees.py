"""GENIE3: how much a forest that predicts a gene splits on each regulator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["forest_importance"]

Floats = NDArray[np.float64]


def forest_importance(
    values: Floats,
    candidates: Sequence[Sequence[int]],
    rows: Sequence[NDArray[np.bool_]] | None = None,
    *,
    trees: int = 500,
    seed: int = 0,
) -> Floats:
    """Return the importances of Huynh-Thu et al. 2010 (PLoS ONE 5:e12776), [p, p], regulators in rows.

    Random forests with the square root of the number of regulators tried at each split; every target has
    unit variance, importances are the share of it that splits on a regulator take away.

    Args:
        values: [n, p].
        candidates: for each column, the columns that may regulate it.
        rows: for each column, the rows that tell what regulates it; all when None.
        trees: a forest.
        seed: of the forests.
    """
    from sklearn.ensemble import RandomForestRegressor

    p = values.shape[1]
    importance = np.zeros((p, p))
    for y in range(p):
        near = list(candidates[y])
        if not near:
            continue
        part = values if rows is None else values[rows[y]]
        forest = RandomForestRegressor(trees, max_features="sqrt", random_state=seed, n_jobs=1)
        forest.fit(part[:, near], part[:, y] / max(float(part[:, y].std()), 1e-300))
        importance[near, y] = forest.feature_importances_
    return importance
