"""Background knowledge as the orders it allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.knowledge import Knowledge

__all__ = ["Limits", "closure", "limits_of", "parents_of"]

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Limits:
    """What a graph must respect; each [p, p], ``[i, j]`` about i -> j.

    ``allowed`` may be an edge; ``required`` is one; ``before`` (transitive) i comes before j in every
    order.
    """

    allowed: Bools
    required: Bools
    before: Bools


def limits_of(knowledge: Knowledge, columns: tuple[str, ...]) -> Limits:
    """Return the limits that required edges, forbidden edges and tiers set.

    A forbidden edge says nothing about the order: its ends may be joined by a longer path.
    """
    p = len(columns)
    index = {name: i for i, name in enumerate(columns)}
    required = np.zeros((p, p), dtype=bool)
    for claim in knowledge.required:
        required[index[claim.source], index[claim.target]] = True
    before = required.copy()
    tier = knowledge.tier_of()
    for early, low in tier.items():
        for late, high in tier.items():
            before[index[early], index[late]] |= low < high
    return Limits(knowledge.allowed(columns), required, closure(before))


def closure(before: Bools) -> Bools:
    """Return the transitive closure of a relation [p, p]."""
    reach = before.copy()
    for k in range(len(reach)):
        reach |= np.outer(reach[:, k], reach[k])
    return reach


def parents_of(dag: Bools, y: int) -> tuple[int, ...]:
    """Return the parents of y, ascending."""
    return tuple(int(k) for k in np.flatnonzero(dag[:, y]))
