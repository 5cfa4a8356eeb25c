"""Front-door sets: mediators that carry the whole effect and share no hidden cause with either end.

Pearl (1995). Only small sets are searched for; what this does not find the general algorithm does.
"""

from __future__ import annotations

from itertools import combinations

from queries.causal.adjustment import on_causal_paths
from queries.causal.bits import BitGraph, bits
from queries.causal.expression import Expression, Probability, Product, Sum

__all__ = ["find", "formula", "formula_within", "holds_within"]

LARGEST = 3
MOST_CANDIDATES = 14


def find(g: BitGraph, x: int, y: int) -> int | None:
    """Return the smallest front-door set (first in causal order among equals), or None."""
    paths = on_causal_paths(g, x, y)
    no_out = g.cut_out(x)
    candidates = [
        1 << i for i in bits(paths & ~y) if no_out.separated(x, 1 << i, 0)
    ]  # no back-door path from x
    if len(candidates) > MOST_CANDIDATES:
        return None
    for size in range(1, min(LARGEST, len(candidates)) + 1):
        for some in combinations(candidates, size):
            m = sum(some)
            if g.descendants(x, g.all & ~m) & y:
                continue  # a causal path goes around
            if g.cut_out(m).separated(m, y, x):
                return m
    return None


def holds_within(g: BitGraph, x: int, y: int, m: int, z: int) -> bool:
    """Whether ``m`` is a front-door set among units alike in ``z``, which nothing of these acts on."""
    if not m or z & g.descendants(x | m) or g.descendants(x, g.all & ~m) & y:
        return False
    return g.cut_out(x).separated(x, m, z) and g.cut_out(m).separated(m, y, x | z)


def formula_within(
    x: tuple[str, ...], y: tuple[str, ...], m: tuple[str, ...], z: tuple[str, ...]
) -> Expression:
    """Return the front-door formula given ``z``, averaged over it."""
    inner = Sum(x, Product((Probability(y, (*m, *x, *z)), Probability(x, z))))
    return Sum((*z, *m), Product((Probability(z), Probability(m, (*x, *z)), inner)))


def formula(x: tuple[str, ...], y: tuple[str, ...], m: tuple[str, ...]) -> Expression:
    """Return the front-door formula, sum over m of P(m | x), sum over x' of P(y | m, x') P(x')."""
    inner = Sum(x, Product((Probability(y, (*m, *x)), Probability(x))))
    return Sum(m, Product((Probability(m, x), inner)))
