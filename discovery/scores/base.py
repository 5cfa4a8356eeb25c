"""What every score is: decomposable, in units of twice the log-likelihood, compiled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from discovery.scores.kernels import Cache, Model, fill_gains, local, new_cache

__all__ = ["Score"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Score:
    """A score of graphs that is a sum over columns and their parents.

    ``model`` is what the compiled kernels read. Every value is relative to a column without parents and,
    like BIC and Bayes factors usually are, twice a log-likelihood. The prior counts along: an edge with
    log odds l is worth 2 l more.
    """

    name: ClassVar[str] = ""
    """its name in the registry"""
    summary: ClassVar[str] = ""
    """one line for people"""

    def __init__(self, model: Model) -> None:
        base = np.zeros(len(model.cards))
        self.model = model._replace(base=base)
        self.cache: Cache = new_cache(self.p, model.kind)
        none = np.empty(0, dtype=np.int64)
        for y in range(self.p):
            base[y] = local(self.model, self.cache, y, none, 0)
        self.cache = new_cache(self.p, model.kind)

    @property
    def p(self) -> int:
        """Number of columns."""
        return len(self.model.cards)

    @property
    def n(self) -> float:
        """Number of rows that count."""
        return self.model.n

    @property
    def cost(self) -> float:
        """What a free parameter costs; 0 for Bayesian scores."""
        return self.model.cost

    @property
    def graded(self) -> bool:
        """Whether something is known of some edge."""
        return bool(self.model.prior.any())

    def local(self, y: int, parents: Sequence[int]) -> float:
        """Return what these parents are worth to column ``y``."""
        s = np.array(sorted(parents), dtype=np.int64)
        return float(local(self.model, self.cache, y, s, len(s)))

    def total(self, dag: Bools) -> float:
        """Return the score of a graph [p, p], ``[i, j]`` is i -> j."""
        return sum(self.local(y, np.flatnonzero(dag[:, y]).tolist()) for y in range(self.p))

    def gains(self, y: int, parents: Sequence[int]) -> Floats:
        """Return for every column what adding it to the parents of ``y`` is worth, [p]; -inf for ``y`` and its
        parents."""
        s = np.array(parents, dtype=np.int64)
        open_ = np.ones(self.p, dtype=bool)
        open_[s] = open_[y] = False
        out = np.empty(self.p)
        fill_gains(self.model, self.cache, y, s, len(s), open_, out)
        return out

    def losses(self, y: int, parents: Sequence[int]) -> Floats:
        """Return for each parent what removing it is worth (positive: better without), [d]."""
        all_ = self.local(y, parents)
        return np.array([self.local(y, [k for k in parents if k != u]) - all_ for u in parents])

    def edge_gains(self, dag: Bools) -> dict[tuple[int, int], float]:
        """Return by how much each edge of a graph raises its score, under both orders of its ends."""
        found: dict[tuple[int, int], float] = {}
        for y in range(self.p):
            above = [int(k) for k in np.flatnonzero(dag[:, y])]
            for x, loss in zip(above, self.losses(y, above).tolist(), strict=True):
                found[x, y] = found[y, x] = -loss
        return found
