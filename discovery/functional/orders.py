"""Background knowledge as the orders it allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.knowledge import Knowledge

__all__ = ["Limits", "limits_of", "parents_of"]

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
    """Return the limits that required edges, forbidden edges and tiers set."""
    return Limits(
        knowledge.allowed(columns), knowledge.requires(columns), knowledge.before(columns)
    )


def parents_of(dag: Bools, y: int) -> tuple[int, ...]:
    """Return the parents of y, ascending."""
    return tuple(int(k) for k in np.flatnonzero(dag[:, y]))
