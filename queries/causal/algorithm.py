"""Complete identification of interventional distributions (ID) and conditional ones (IDC).

The effect is decomposed into one factor per district of the ancestors of the outcome once the
treatments are cut out, and each factor is sought inside the district that holds it, by alternately
summing out what is not an ancestor and splitting districts (Tian & Pearl 2002, in the form that
Huang & Valtorta 2006 and Shpitser & Pearl 2006 prove complete). Where a factor cannot be reached
the two sets at hand are the c-forests of a hedge. IDC is Shpitser & Pearl 2006b.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from queries.causal.bits import BitGraph, bits
from queries.causal.expression import OBSERVED, ONE, Expression, Probability, Regime
from queries.causal.simplify import product, quotient, summed

__all__ = [
    "Chain", "Hedge", "district_chain", "exchange", "find_hedge", "identify_conditional",
    "identify_effect", "reach",
]  # fmt: skip

Chain = Mapping[int, Expression]
"""Node -> its factor, in causal order: the factors multiply to Q[nodes], and the sum of each factor
over its own node is 1."""


@dataclass(frozen=True, slots=True)
class Hedge:
    """Two districts (masks): every node of ``forest`` is an ancestor of ``subforest`` inside it,
    ``subforest`` is part of it, and only ``forest`` holds a treatment."""

    forest: int
    subforest: int


def find_hedge(g: BitGraph, x: int, y: int) -> Hedge | None:
    """Return the first hedge for P(y | do(x)), or None if it is identifiable; no formula is made."""
    within = g.ancestors(y)
    for part in g.districts(g.ancestors(y, within & ~x)):
        held = g.district(part, within)
        while held != part:
            kept = g.ancestors(part, held)
            inner = g.district(part, kept)
            if inner == held:
                return Hedge(held, part)
            held = inner
    return None


def identify_effect(g: BitGraph, x: int, y: int) -> Expression | Hedge:
    """Return the formula of P(y | do(x)), or the hedge that forbids one.

    Free variables beyond ``x`` and ``y`` may take any value: the formula does not change with them.
    """
    within = g.ancestors(y)
    if not x & within:
        return Probability(g.named(y))
    wanted = g.ancestors(y, within & ~x)
    factors: list[Expression] = []
    for part in g.districts(wanted):
        chain = district_chain(g, g.district(part, within), within)
        found = reach(g, part, chain)
        if isinstance(found, Hedge):
            return found
        factors += [found[i] for i in sorted(found, reverse=True)]
    return summed(g.named(wanted & ~y), product(factors))


def identify_conditional(g: BitGraph, x: int, y: int, z: int) -> Expression | Hedge:
    """Return the formula of P(y | do(x), z), or the hedge that forbids one."""
    x, z = exchange(g, x, y, z)
    found = identify_effect(g, x, y | z)
    if isinstance(found, Hedge) or not z:
        return found
    return quotient(found, summed(g.named(y), found))


def exchange(g: BitGraph, x: int, y: int, z: int) -> tuple[int, int]:
    """Return treatments and conditions after every condition that may as well be set (rule 2 of
    do-calculus) has become a treatment."""
    moved = True
    while moved:
        moved = False
        for i in bits(z):
            one = 1 << i
            if g.cut_into(x).cut_out(one).separated(y, one, x | z & ~one):
                x, z, moved = x | one, z & ~one, True
                break
    return x, z


def district_chain(
    g: BitGraph, district: int, within: int, source: Regime = OBSERVED
) -> dict[int, Expression]:
    """Return Q[district] of a distribution over an ancestral set, one conditional a node."""
    fixed = g.mask(source.do) if source.do else 0
    chain: dict[int, Expression] = {}
    for i in bits(district):
        before = within & ((1 << i + 1) - 1)
        near = g.district(1 << i, before)
        given = (near | g.union(g.pa, near)) & ~(1 << i) & ~fixed
        chain[i] = Probability((g.names[i],), g.named(given), source)
    return chain


def reach(g: BitGraph, part: int, chain: Chain) -> Chain | Hedge:
    """Return Q[part] from Q of a district that holds it."""
    while True:
        held = sum(1 << i for i in chain)
        kept = g.ancestors(part, held)
        chain = _sum_out(g, chain, held & ~kept)
        if kept == part:
            return chain
        inner = g.district(part, kept)
        if inner == held:
            return Hedge(held, part)
        # the factors of a district are those of its nodes (Tian & Pearl's lemma)
        chain = {i: f for i, f in chain.items() if inner >> i & 1}


def _sum_out(g: BitGraph, chain: Chain, gone: int) -> Chain:
    """Sum nodes out of a chain; those left are an ancestral set, and get a chain of their own."""
    if not gone:
        return chain
    left = dict(chain)
    for i in sorted(left, reverse=True):
        # a factor whose node nobody else depends on sums to 1
        if gone >> i & 1 and not any(g.names[i] in f.free for j, f in left.items() if j != i):
            del left[i]
    names = frozenset(g.named(gone))
    out: dict[int, Expression] = {}
    mixed: list[Expression] = []
    above: Expression = ONE
    over: list[str] = []
    for i, factor in left.items():
        touched = bool(factor.free & names)
        if gone >> i & 1:
            over.append(g.names[i])
            mixed.append(factor)
        elif touched:
            mixed.append(factor)
            total = summed(tuple(over), product(mixed[::-1]))
            out[i] = quotient(total, above)
            above = total
        else:
            out[i] = factor
    return out
