"""What the calibration knows of an edge: numbers that mean the same in every table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from discovery.result import DiscoveredEdge

__all__ = ["EdgeFeatures", "describe"]

_DIRECTED = ("-->", "o->")
_MOST = 38.0
"""|z| beyond which a p-value is 0 in floating point"""


class EdgeFeatures(NamedTuple):
    """One edge as the calibration sees it.

    ``adjacent``, ``forward``, ``backward``: shares of samples in which the pair is adjacent, has
    source -> target (``o->`` counts), has target -> source (NaN without samples); ``strength``: |z| of the partial
    correlation given the other parents of the target, or that of the p-value for tests of counts;
    ``directed``: 1 for ``-->`` and ``o->``; ``rows``, ``columns``, ``edges``: of the table and the result;
    ``degrees``: neighbours of source and target together; ``shared``: neighbours of both;
    ``colliders``: other parents of the target not adjacent to the source; ``chains``: parents of the
    source not adjacent to the target (Meek's first rule); ``partner``: the largest share of samples in
    which such a second parent is one; ``circle``: 1 for ``o->``; ``double``: 1 for ``<->``.
    """

    adjacent: float
    forward: float
    backward: float
    strength: float
    directed: float
    rows: float
    columns: float
    edges: float
    degrees: float
    shared: float
    colliders: float
    chains: float
    partner: float
    circle: float
    double: float


def describe(
    edges: Sequence[DiscoveredEdge],
    stability: Mapping[tuple[str, str], Mapping[str, float]] | None,
    rows: int,
    columns: int,
    *,
    counts: bool = False,
) -> NDArray[np.float64]:
    """Return the features of edges, [k, len(EdgeFeatures._fields)].

    Args:
        edges: all of one result.
        stability: as in :attr:`discovery.result.Discovery.stability`; None without samples.
        rows: used in the search.
        columns: used in the search.
        counts: the p-values are of tests of counts, correlations mean nothing.
    """
    near: dict[str, set[str]] = {}
    above: dict[str, set[str]] = {}
    for edge in edges:
        near.setdefault(edge.source, set()).add(edge.target)
        near.setdefault(edge.target, set()).add(edge.source)
        if edge.kind in _DIRECTED:
            above.setdefault(edge.target, set()).add(edge.source)
    found = []
    for edge in edges:
        a, b = edge.source, edge.target
        adjacent, forward, backward = _shares(stability, a, b)
        colliders = above.get(b, set()) - near[a] - {a}
        partners = [_shares(stability, c, b)[1] for c in sorted(colliders)]
        strength = (
            _z_of(edge.p_value)
            if counts
            else math.atanh(min(abs(edge.effect), 1 - 1e-12)) * math.sqrt(max(rows - 3, 1))
        )
        found.append(
            EdgeFeatures(
                adjacent, forward, backward, strength, float(edge.kind in _DIRECTED), rows, columns,
                len(edges), len(near[a]) + len(near[b]), len(near[a] & near[b]), len(colliders),
                len(above.get(a, set()) - near[b] - {b}), max(partners, default=0.0),
                float(edge.kind == "o->"), float(edge.kind == "<->"),
            )
        )  # fmt: skip
    return np.array(found, dtype=np.float64).reshape(-1, len(EdgeFeatures._fields))


def _shares(
    stability: Mapping[tuple[str, str], Mapping[str, float]] | None, a: str, b: str
) -> tuple[float, float, float]:
    if stability is None:
        return math.nan, math.nan, math.nan
    kinds = stability.get((min(a, b), max(a, b)), {})
    forward = kinds.get("-->", 0.0) + kinds.get("o->", 0.0)
    backward = kinds.get("<--", 0.0) + kinds.get("<-o", 0.0)
    if a > b:
        forward, backward = backward, forward
    return min(1.0, sum(kinds.values())), forward, backward


def _z_of(p_value: float | None) -> float:
    if p_value is None:
        return 0.0
    from scipy.special import ndtri

    return _MOST if p_value <= 0 else min(_MOST, -float(ndtri(p_value / 2)))
