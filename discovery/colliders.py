"""Which unshielded triples are colliders: three rules.

``standard`` asks whether the middle node is in a set that separated the ends in the search for the skeleton.
``conservative`` (Ramsey, Zhang and Spirtes 2006, UAI) and ``majority`` (Colombo and Maathuis 2014, section 4)
ask all subsets of the neighbours of either end: with the middle node in none of those that separate, the triple
is a collider; in all of them, it is none; otherwise it is ambiguous, or decided by the majority.
Ambiguous triples are used neither as colliders nor as non-colliders.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from discovery.independence.base import IndependenceTest
from discovery.orientation import TripleStatus
from discovery.skeleton import Pair, Skeleton, all_subsets

__all__ = ["ColliderRule", "collider_status"]

ColliderRule = Literal["standard", "conservative", "majority"]
Bools = NDArray[np.bool_]

_MOST_SETS = 50_000
_CHUNK = 4096


def collider_status(
    rule: ColliderRule,
    test: IndependenceTest,
    skeleton: Skeleton,
    adjacent: Bools,
    alpha: float | NDArray[np.float64],
    *,
    max_depth: int | None = None,
) -> TripleStatus:
    """Return the collider status of the unshielded triples of ``adjacent`` [p, p].

    Args:
        rule: see the module.
        test: asked again by the conservative and majority rules.
        skeleton: with what separated each pair; its notes and number of tests are added to.
        alpha: sets separate when p > alpha, [p, p] for a level of its own for each pair.
        max_depth: largest conditioning set. Nodes of very many neighbours are asked smaller sets only
            (50,000 for a pair); that is noted.
    """
    if rule == "standard":
        return skeleton.separations.is_collider
    levels = np.broadcast_to(np.asarray(alpha, dtype=np.float64), adjacent.shape)
    found: dict[tuple[Pair, int], bool | None] = {}
    asked: dict[Pair, set[int]] = {}
    for y in range(len(adjacent)):
        near = np.flatnonzero(adjacent[y]).tolist()
        for position, x in enumerate(near):
            for z in near[position + 1 :]:
                if not adjacent[x, z]:
                    asked.setdefault((x, z), set()).add(y)
    cut_short = 0
    with skeleton.interruptible():
        for pair, middles in sorted(asked.items()):
            held, total, short = _shares(
                test, skeleton, adjacent, pair, float(levels[pair]), max_depth
            )
            cut_short += short
            for y in sorted(middles):
                share = held[y] / total if total else math.nan
                found[pair, y] = _decided(rule, share)
    if cut_short:
        skeleton.notes.append(
            f"{cut_short} pairs have too many neighbours: the {rule} rule asked only smaller sets"
        )
    open_triples = sum(value is None for value in found.values())
    if open_triples:
        skeleton.notes.append(f"{open_triples} unshielded triples are ambiguous and left open")
    return lambda x, y, z: found.get(((x, z) if x < z else (z, x), y))


def _decided(rule: ColliderRule, share: float) -> bool | None:
    """Whether the middle node is a collider, from its share of the separating sets (NaN: there are none)."""
    if math.isnan(share):
        return None
    if rule == "conservative":
        return True if share == 0 else False if share == 1 else None
    return None if share == 0.5 else share < 0.5


def _shares(
    test: IndependenceTest,
    skeleton: Skeleton,
    adjacent: Bools,
    pair: Pair,
    alpha: float,
    max_depth: int | None,
) -> tuple[NDArray[np.int64], int, bool]:
    """Count the separating sets of a pair, and those that hold each node, [p]; the third is whether larger
    sets were left out."""
    held = np.zeros(len(adjacent), dtype=np.int64)
    total, done, short = 0, 0, False
    x, z = pair
    pools = [np.flatnonzero(adjacent[x]), np.flatnonzero(adjacent[z])]
    most = max(len(pool) for pool in pools)
    for depth in range(most + 1 if max_depth is None else min(most, max_depth) + 1):
        if done + sum(math.comb(len(pool), depth) for pool in pools) > _MOST_SETS:
            short = True
            break
        for side, pool in enumerate(pools):
            if len(pool) < depth or (side and depth == 0):
                continue
            for chosen, _ in all_subsets(len(pool), depth, _CHUNK):
                sets = pool[chosen]
                if side:
                    sets = sets[~adjacent[x][sets].all(axis=1)]
                if not len(sets):
                    continue
                apart = sets[test.p_values(x, z, sets) > alpha]
                skeleton.tests += len(sets)
                done += len(sets)
                total += len(apart)
                np.add.at(held, apart.ravel(), 1)
    return held, total, short
