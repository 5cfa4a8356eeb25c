"""ICA-LiNGAM: the first of the linear non-Gaussian algorithms, by independent component analysis."""

from __future__ import annotations

import warnings
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Settings
from discovery.algorithms.lingam import LiNGAM, LiNGAMSettings
from discovery.data import Table
from graph.errors import DataError

__all__ = ["ICALiNGAM", "ICALiNGAMSettings"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class ICALiNGAMSettings(LiNGAMSettings):
    """Settings of :class:`ICALiNGAM`."""

    max_iter: Annotated[int, Field(ge=1, description="most iterations of FastICA")] = 1000
    seed: Annotated[int, Field(ge=0, description="of the start of FastICA")] = 0


class ICALiNGAM(LiNGAM):
    """ICA-LiNGAM (Shimizu et al. 2006, JMLR 7): the unmixing matrix of independent components gives the order.

    FastICA (Hyvarinen 1999) from scikit-learn unmixes; rows are assigned to columns so that the diagonal has
    no small entry (steps 2 and 3 of algorithm A), and the order is the one that leaves the smallest squares
    above the diagonal: exact up to 10 columns, beyond that the last column is taken out again and again and
    neighbours exchanged while that helps. Then as ``direct-lingam``, which does not depend on a start and
    is more accurate.
    """

    name: ClassVar[str] = "ica-lingam"
    summary: ClassVar[str] = (
        "the original LiNGAM by independent components; direct-lingam is better"
    )
    settings_type: ClassVar[type[Settings]] = ICALiNGAMSettings

    @property
    def uses(self) -> tuple[str, ...]:
        """See :attr:`Algorithm.uses`: FastICA knows no weights."""
        return ()

    def _order(self, table: Table, before: Bools, log_odds: Floats) -> list[int]:
        from scipy.optimize import linear_sum_assignment
        from sklearn.decomposition import FastICA
        from sklearn.exceptions import ConvergenceWarning

        settings = self.settings
        assert isinstance(settings, ICALiNGAMSettings)
        z = table.values - table.values.mean(axis=0)
        z = z / z.std(axis=0)
        start = np.random.default_rng(settings.seed).normal(size=(table.p, table.p))
        ica = FastICA(max_iter=settings.max_iter, w_init=start, whiten_solver="svd")
        with warnings.catch_warnings():
            # normal data have no components to converge to; the notes speak of normal residuals
            warnings.simplefilter("ignore", ConvergenceWarning)
            unmixing = ica.fit(z).components_
        if unmixing.shape[0] < table.p or not np.isfinite(unmixing).all():
            raise DataError(
                "independent components could not be found", where=table.name,
                hint='Use "direct-lingam", or more rows.',
            )  # fmt: skip
        size = np.maximum(np.abs(unmixing), 1e-12)
        rows, columns = linear_sum_assignment(1.0 / size)
        placed = np.empty_like(unmixing)
        placed[columns] = unmixing[rows]
        effects = np.eye(table.p) - placed / np.diag(placed)[:, None]
        return best_triangle(effects**2, before)


def best_triangle(cost: Floats, before: Bools) -> list[int]:
    """Return the order, causes first, with the least sum of ``cost[i, j]`` over j after i.

    Args:
        cost: [p, p], ``[i, j]``: what it costs that j, an effect on i, comes after i.
        before: [p, p], transitive: i comes before j.
    """
    p = len(cost)
    if p <= 10:
        return _exact(cost, before)
    left = list(range(p))
    order: list[int] = []
    while left:
        free = [k for k in left if not any(before[k, j] for j in left)]
        # last: what the others take from it
        burden = [float(sum(cost[j, k] for j in left if j != k)) for k in free]
        last = free[int(np.argmin(burden))]
        left.remove(last)
        order.insert(0, last)
    moved = True
    while moved:
        moved = False
        for k in range(p - 1):
            a, b = order[k], order[k + 1]
            if not before[a, b] and cost[b, a] < cost[a, b] - 1e-12:
                order[k], order[k + 1] = b, a
                moved = True
    return order


def _exact(cost: Floats, before: Bools) -> list[int]:
    """Dynamic programming over the sets of columns that come first."""
    p = len(cost)
    blockers = [sum(1 << j for j in range(p) if before[j, k]) for k in range(p)]
    best = np.full(1 << p, np.inf)
    last = np.full(1 << p, -1, dtype=np.int64)
    best[0] = 0.0
    bits = ((np.arange(1 << p)[:, None] >> np.arange(p)) & 1).astype(bool)
    for members in range(1 << p):
        if not np.isfinite(best[members]):
            continue
        outside = ~bits[members]
        for k in np.flatnonzero(outside):
            node = int(k)
            if blockers[node] & ~members:
                continue
            # node comes after the members and before all others, which then are no causes of it
            price = best[members] + float(cost[node, outside].sum() - cost[node, node])
            bigger = members | 1 << node
            if price < best[bigger] - 1e-15:
                best[bigger], last[bigger] = price, node
    order: list[int] = []
    members = (1 << p) - 1
    while members:
        node = int(last[members])
        order.insert(0, node)
        members ^= 1 << node
    return order
