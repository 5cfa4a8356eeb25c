"""Decomposable scores of causal graphs: a registry, and the choice by kinds of columns.

To add one: a subclass of :class:`~discovery.scores.base.Score`, a line in :data:`REGISTRY` and one in
:func:`make_score`. All use row weights and do not change when a column is rescaled.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from discovery.data import Table
from discovery.data.table import correlation
from graph.errors import DataError, UsageError

if TYPE_CHECKING:
    from discovery.scores.base import Score

__all__ = ["MOST_LEVELS", "REGISTRY", "auto_score", "coded", "levels", "make_score", "score_class"]

Floats = NDArray[np.float64]

REGISTRY: Mapping[str, str] = {
    "bdeu": "discovery.scores.discrete:BDeu",
    "bic": "discovery.scores.gaussian:GaussianBic",
    "degenerate-gaussian": "discovery.scores.gaussian:DegenerateGaussian",
    "discrete-bic": "discovery.scores.discrete:DiscreteBic",
}
"""name -> ``module:class``; imported when first asked for"""

MOST_LEVELS = 50
"""different values that a column of categories may have"""


def auto_score(table: Table) -> str:
    """Return the name of the score that fits the kinds of columns: ``bic`` for numbers, ``bdeu`` for
    categories, ``degenerate-gaussian`` for both."""
    discrete = sum(kind == "discrete" for kind in table.kinds)
    if discrete == 0:
        return "bic"
    return "bdeu" if discrete == table.p else "degenerate-gaussian"


def levels(table: Table) -> NDArray[np.int64]:
    """Code the values of every column as 0, 1, 2 ... in their order, [n, p].

    Raises:
        DataError: if a column has more than 50 different values.
    """
    found = np.empty(table.values.shape, dtype=np.int64)
    for j, name in enumerate(table.columns):
        values, found[:, j] = np.unique(table.values[:, j], return_inverse=True)
        if len(values) > MOST_LEVELS:
            raise DataError(
                f"column {name!r} has {len(values)} different values, too many for a score of counts",
                where=table.name,
                hint="Put it into a few classes first, leave it out, or use the score bic (numbers) or "
                "degenerate-gaussian (numbers and categories).",
            )
    return found


def coded(table: Table) -> tuple[Floats, list[int]]:
    """Return the columns with categories as indicators of all levels but the last, [n, P], and where each
    column's begin, [p + 1].

    Raises:
        DataError: if a column of categories has more than 50 different values.
    """
    parts, block = [], [0]
    for j, name in enumerate(table.columns):
        column = table.values[:, j]
        if table.kinds[j] == "discrete":
            values, where = np.unique(column, return_inverse=True)
            if len(values) > MOST_LEVELS:
                raise DataError(
                    f"column {name!r} has {len(values)} different values, too many for categories",
                    where=table.name,
                    hint="Put it into a few classes first, or leave it out.",
                )
            parts.append(np.eye(len(values))[where][:, :-1])
        else:
            parts.append(column[:, None])
        block.append(block[-1] + parts[-1].shape[1])
    return np.hstack(parts), block


def make_score(
    table: Table,
    name: str = "auto",
    *,
    penalty: float = 1.0,
    gamma: float = 0.75,
    sample_size: float = 3.0,
    sparsity: float = 1.0,
    prior: Floats | None = None,
) -> Score:
    """Return a score of graphs over the columns of a table.

    Args:
        table: complete; its weights are used, and :attr:`~discovery.data.Table.effective_n` counts as the
            number of rows.
        name: of :data:`REGISTRY`, or ``auto`` for :func:`auto_score`.
        penalty: of the BIC scores, multiple of log(n).
        gamma: of the Gaussian BIC scores, 4 gamma log(p) more for an edge.
        sample_size: of BDeu, the equivalent sample size.
        sparsity: of BDeu, an edge costs 2 sparsity log(p).
        prior: [p, p], log odds of the edges beforehand.

    Raises:
        UsageError: an unknown name.
        DataError: too many levels for a score of categories.
    """
    from discovery.scores.discrete import BDeu, DiscreteBic
    from discovery.scores.gaussian import DegenerateGaussian, GaussianBic

    if name == "auto":
        name = auto_score(table)
    if name not in REGISTRY:
        close = difflib.get_close_matches(name, REGISTRY, n=1)
        raise UsageError(
            f"there is no score {name!r}",
            hint=f"{f'Did you mean {close[0]!r}? ' if close else ''}Known: auto, "
            f"{', '.join(sorted(REGISTRY))}.",
        )
    worth = None if prior is None else 2.0 * prior
    n = float(table.effective_n)
    if name == "bic":
        return GaussianBic(table.correlation, n, penalty, gamma, worth)
    if name == "degenerate-gaussian":
        values, block = coded(table)
        return DegenerateGaussian(
            correlation(values, table.weights), block, n, penalty, gamma, worth
        )
    if name == "bdeu":
        return BDeu(levels(table), sample_size, sparsity, table.weights, n, worth)
    return DiscreteBic(levels(table), penalty, table.weights, n, worth)


def score_class(name: str) -> type[Score]:
    """Return the class registered under a name."""
    module, attribute = REGISTRY[name].split(":")
    found: type[Score] = getattr(importlib.import_module(module), attribute)
    return found
