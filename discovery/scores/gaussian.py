"""The Gaussian BIC and its extension to categories."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from discovery.scores.base import Score
from discovery.scores.kernels import BLOCKS, GAUSSIAN, Model

__all__ = ["DegenerateGaussian", "GaussianBic"]

Floats = NDArray[np.float64]


def _cost(n: float, p: int, penalty: float, gamma: float) -> float:
    return penalty * math.log(n) + 4.0 * gamma * math.log(p)


def _model(
    kind: int, n: float, cost: float, matrix: Floats, block: list[int], prior: Floats | None
) -> Model:
    p = len(block) - 1
    return Model(
        kind, float(n), cost, 1.0, np.ascontiguousarray(matrix, dtype=np.float64),
        np.array(block, dtype=np.int64), np.zeros((1, 1), np.int32), np.ones(p, np.int64), np.ones(1),
        np.zeros((p, p)) if prior is None else np.ascontiguousarray(prior, dtype=np.float64),
        np.zeros(p),
    )  # fmt: skip


class GaussianBic(Score):
    """The Gaussian BIC: parents S of y are worth -n log(var(y | S) / var(y)) - cost |S|.

    Args:
        correlation: [p, p]; so rescaling a column changes nothing.
        n: number of rows behind it.
        penalty: multiple of log(n) that a parent costs.
        gamma: above 0 gives the extended BIC (Foygel and Drton 2010): with many columns to choose from,
            an edge must be worth 4 gamma log(p) more.
        prior: [p, p], what the edge i -> j is worth beyond that.
    """

    name: ClassVar[str] = "bic"
    summary: ClassVar[str] = "Gaussian BIC, for numbers and linear relations"

    def __init__(
        self,
        correlation: Floats,
        n: float,
        penalty: float = 1.0,
        gamma: float = 0.0,
        prior: Floats | None = None,
    ) -> None:
        p = len(correlation)
        cost = _cost(n, p, penalty, gamma)
        super().__init__(_model(GAUSSIAN, n, cost, correlation, list(range(p + 1)), prior))


class DegenerateGaussian(Score):
    """The Gaussian BIC over columns and indicators of categories (Andrews, Ramsey and Cooper 2019).

    A column with k levels becomes k - 1 indicators; parents S of y are worth
    -n log(|cov(y | S)| / |cov(y)|) - cost |y| |S| with determinants of the coded blocks and sizes counted
    in coded columns. Which level is left out and the scale of columns change nothing.

    Args:
        correlation: [P, P], of the coded columns.
        block: [p + 1], where the coded columns of each column begin.
        n, penalty, gamma, prior: as for :class:`GaussianBic`.
    """

    name: ClassVar[str] = "degenerate-gaussian"
    summary: ClassVar[str] = "Gaussian BIC with indicators of categories, for mixed columns"

    def __init__(
        self,
        correlation: Floats,
        block: list[int],
        n: float,
        penalty: float = 1.0,
        gamma: float = 0.0,
        prior: Floats | None = None,
    ) -> None:
        cost = _cost(n, len(block) - 1, penalty, gamma)
        super().__init__(_model(BLOCKS, n, cost, correlation, block, prior))
