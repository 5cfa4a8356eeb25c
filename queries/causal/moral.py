"""Moralised graphs: separation as plain reachability."""

from __future__ import annotations

from queries.causal.bits import BitGraph, bits

__all__ = ["moral", "nearest_separator", "spread"]


def moral(g: BitGraph, within: int, gone: int) -> list[int]:
    """Return the neighbours in the moralised graph of an ancestral set, some nodes taken out."""
    near = [0] * len(g.names)
    for district in g.districts(within):
        clique = (district | g.union(g.pa, district)) & within & ~gone
        for i in bits(clique):
            near[i] |= clique & ~(1 << i)
    return near


def spread(near: list[int], start: int, stop: int) -> int:
    """Return what can be reached from ``start`` without entering ``stop``."""
    found = fresh = start
    while fresh:
        more = 0
        for i in bits(fresh):
            more |= near[i]
        fresh = more & ~found & ~stop
        found |= fresh
    return found


def nearest_separator(g: BitGraph, x: int, y: int, usable: int) -> int | None:
    """Return the minimal set of ``usable`` nodes that separates x from y and is nearest to y, or None.

    Source: van der Zander, Textor and Liskiewicz, IJCAI 2015, section 4.
    """
    within = g.ancestors(x | y)
    near = moral(g, within, 0)
    free = usable & within & ~(x | y)
    side = spread(near, y, free)
    if side & x:
        return None
    border = g.union(near, side) & ~side
    far = spread(near, x, border)
    return border & g.union(near, far)
