"""Scores of tables of counts: BDeu and the BIC of categories."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from discovery.scores.base import Score
from discovery.scores.kernels import BDEU, DISCRETE, Model

__all__ = ["BDeu", "DiscreteBic"]

Floats = NDArray[np.float64]


def _model(
    kind: int, codes: NDArray[np.int64], weights: Floats | None, cost: float, sample: float,
    prior: Floats | None, n: float,
) -> Model:  # fmt: skip
    """``codes`` [rows, p]; equal rows are counted together."""
    cards = codes.max(axis=0).astype(np.int64) + 1
    p = codes.shape[1]
    rows, where = np.unique(codes, axis=0, return_inverse=True)
    mass = np.bincount(where.ravel(), weights, minlength=len(rows)).astype(np.float64)
    return Model(
        kind, n, cost, sample, np.ones((1, 1)), np.zeros(p + 1, np.int64),
        np.ascontiguousarray(rows.T, dtype=np.int32), cards, mass * (n / mass.sum()),
        np.zeros((p, p)) if prior is None else np.ascontiguousarray(prior, dtype=np.float64),
        np.zeros(p),
    )  # fmt: skip


class BDeu(Score):
    """Bayesian Dirichlet score with equal a-priori counts for equivalent graphs (Buntine 1991;
    Heckerman, Geiger and Chickering 1995).

    Args:
        codes: [n, p], levels 0, 1, 2 ... of each column.
        sample: equivalent sample size, the a-priori counts of a column's whole table.
        sparsity: an edge costs 2 sparsity log(p) (0: all graphs equally likely beforehand).
        weights: [n], of the rows.
        n: number of rows that count; the sum of the counts.
        prior: [p, p], what the edge i -> j is worth beyond the score.
    """

    name: ClassVar[str] = "bdeu"
    summary: ClassVar[str] = "Bayesian Dirichlet score (BDeu), for categories"

    def __init__(
        self,
        codes: NDArray[np.int64],
        sample: float = 1.0,
        sparsity: float = 0.0,
        weights: Floats | None = None,
        n: float | None = None,
        prior: Floats | None = None,
    ) -> None:
        p = codes.shape[1]
        known = np.zeros((p, p)) if prior is None else np.asarray(prior, dtype=np.float64)
        known = known - 2.0 * sparsity * math.log(p)
        self._graded = prior is not None and bool(np.any(prior))
        super().__init__(_model(BDEU, codes, weights, 0.0, sample, known, float(n or len(codes))))

    @property
    def graded(self) -> bool:
        """Whether something is known of some edge."""
        return self._graded


class DiscreteBic(Score):
    """BIC of conditional probability tables: twice the log-likelihood minus penalty log(n) for each of the
    (levels of y - 1) x (combinations of the parents' levels) free probabilities.

    Args:
        codes: [n, p], levels 0, 1, 2 ... of each column.
        penalty: multiple of log(n).
        weights, n, prior: as for :class:`BDeu`.
    """

    name: ClassVar[str] = "discrete-bic"
    summary: ClassVar[str] = "BIC of probability tables, for categories"

    def __init__(
        self,
        codes: NDArray[np.int64],
        penalty: float = 1.0,
        weights: Floats | None = None,
        n: float | None = None,
        prior: Floats | None = None,
    ) -> None:
        count = float(n or len(codes))
        super().__init__(
            _model(DISCRETE, codes, weights, penalty * math.log(count), 1.0, prior, count)
        )
