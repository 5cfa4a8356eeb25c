"""Building formulas that a person reads: every step here keeps the value, whatever the distribution.

Only laws of probability are used (chain rule, marginalisation, cancelling), never independences,
so a formula stays right outside the graph it came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from queries.causal.expression import ONE, Expression, Probability, Product, Quotient, Sum

__all__ = ["at_level", "product", "quotient", "summed"]


def product(factors: Iterable[Expression]) -> Expression:
    """Return the product, nested products opened, 1 left out, conditionals joined where the chain
    rule allows it: P(a | b, c) P(b | c) = P(a, b | c)."""
    flat: list[Expression] = []
    for factor in factors:
        flat += factor.factors if isinstance(factor, Product) else (factor,)
    quotients = [f for f in flat if isinstance(f, Quotient)]
    tops = [f for q in quotients for f in _factors(q.top)]
    if any(f in tops or f in flat for q in quotients for f in _factors(q.bottom)):
        # what one divides by another holds: it cancels
        whole = [f for f in flat if not isinstance(f, Quotient)]
        below = [f for q in quotients for f in _factors(q.bottom)]
        return quotient(_wrapped([*whole, *tops]), _wrapped(below))
    return _wrapped(_chained(flat))


def _factors(of: Expression) -> tuple[Expression, ...]:
    return of.factors if isinstance(of, Product) else (of,)


def _wrapped(factors: Sequence[Expression]) -> Expression:
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def _fits(one: Probability, two: Probability) -> bool:
    """Whether no variable is held at one level in one and not in the other."""
    levels = dict(two.at)
    fixed = dict(one.at)
    shared = one.variables & two.variables
    return all(levels.get(n) == fixed.get(n) for n in shared)


def _chained(factors: list[Expression]) -> list[Expression]:
    joined = True
    while joined:
        joined = False
        for i, outer in enumerate(factors):
            if not isinstance(outer, Probability):
                continue
            for j, inner in enumerate(factors):
                if i == j or not isinstance(inner, Probability) or inner.regime != outer.regime:
                    continue
                if set(outer.given) == {*inner.children, *inner.given} and _fits(outer, inner):
                    both = Probability(
                        (*outer.children, *inner.children), inner.given, inner.regime,
                        tuple(sorted({*outer.at, *inner.at})),
                    )  # fmt: skip
                    factors = [both if k == i else f for k, f in enumerate(factors) if k != j]
                    joined = True
                    break
            if joined:
                break
    return factors


def summed(over: Sequence[str], of: Expression) -> Expression:
    """Return the sum over some variables, as short as the laws above make it.

    The sum is split into independent parts, factors without the variables stand outside, and a
    variable that only one conditional has, as a child, is summed out of it.
    """
    left = [n for n in over if n in of.free]
    if not left:
        return of
    if isinstance(of, Sum) and not set(of.over) & set(left):
        return summed((*left, *of.over), of.of)
    factors = list(of.factors) if isinstance(of, Product) else [of]
    # smallest groups first: summing one out may free the next
    changed = True
    while changed:
        changed = False
        for name in sorted(left, key=lambda n: sum(n in f.free for f in factors)):
            holders = [f for f in factors if name in f.free]
            if not holders:
                left.remove(name)
                changed = True
                break
            holder = holders[0]
            if len(holders) > 1 or not isinstance(holder, Probability):
                continue
            if name in holder.children and name not in holder.regime.do:
                children = tuple(c for c in holder.children if c != name)
                smaller = [replace(holder, children=children)] if children else []
                factors = [g for f in factors for g in (smaller if f is holder else [f])]
                left.remove(name)
                changed = True
                break
    if not left:
        return _wrapped(_chained(factors))
    outside = [f for f in factors if not f.free & set(left)]
    parts = _components([f for f in factors if f.free & set(left)], left)
    sums = [Sum(tuple(n for n in over if n in names), _wrapped(fs)) for fs, names in parts]
    return _wrapped([*_chained(outside), *sums])


def _components(
    factors: list[Expression], over: Iterable[str]
) -> list[tuple[list[Expression], set[str]]]:
    """Split factors into groups that share none of the summed variables."""
    names = set(over)
    groups: list[tuple[list[Expression], set[str]]] = []
    for factor in factors:
        mine = ([factor], set(factor.free & names))
        apart = []
        for group in groups:
            if group[1] & mine[1]:
                mine = (group[0] + mine[0], group[1] | mine[1])
            else:
                apart.append(group)
        groups = [*apart, mine]
    return groups


def quotient(top: Expression, bottom: Expression) -> Expression:
    """Return the quotient with common factors cancelled; P(a, b | c) / P(b | c) = P(a | b, c) and
    P(a, b | c) / P(b | a, c) = P(a | c)."""
    tops = list(_factors(top))
    bottoms: list[Expression] = []
    for factor in _factors(bottom):
        if factor in tops:
            tops.remove(factor)
        else:
            bottoms.append(factor)
    for below in list(bottoms):
        for i, above in enumerate(tops):
            if not isinstance(above, Probability) or not isinstance(below, Probability):
                continue
            if above.regime != below.regime or not _fits(above, below):
                continue
            if set(above.given) == set(below.given) and set(below.children) < set(above.children):
                rest = tuple(c for c in above.children if c not in below.children)
                tops[i] = replace(above, children=rest, given=(*above.given, *below.children))
                bottoms.remove(below)
                break
            rest = tuple(c for c in above.children if c not in below.children)
            if (
                rest
                and set(below.children) < set(above.children)
                and set(below.given) == {*above.given, *rest}
            ):
                kept = tuple((n, v) for n, v in above.at if n not in below.children)
                tops[i] = Probability(rest, above.given, above.regime, kept)
                bottoms.remove(below)
                break
    if not bottoms:
        return _wrapped(tops) if tops else ONE
    return Quotient(_wrapped(tops) if tops else ONE, _wrapped(bottoms))


def at_level(of: Expression, names: Sequence[str], level: int) -> Expression:
    """Return the expression with some of its free variables held at one level."""
    if isinstance(of, Probability):
        mine = {n: level for n in names if n in of.free}
        return replace(of, at=tuple(sorted((dict(of.at) | mine).items()))) if mine else of
    if isinstance(of, Sum):
        return replace(of, of=at_level(of.of, [n for n in names if n not in of.over], level))
    if isinstance(of, Product):
        return Product(tuple(at_level(f, names, level) for f in of.factors))
    if isinstance(of, Quotient):
        return Quotient(at_level(of.top, names, level), at_level(of.bottom, names, level))
    return of
