"""Building formulas that a person reads: every step here keeps the value, whatever the distribution.

Only laws of probability are used (chain rule, marginalisation, cancelling), never independences,
so a formula stays right outside the graph it came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from queries.causal.expression import ONE, Expression, Probability, Product, Quotient, Sum

__all__ = ["product", "quotient", "summed"]


def product(factors: Iterable[Expression]) -> Expression:
    """Return the product, nested products opened, 1 left out, conditionals joined where the chain
    rule allows it: P(a | b, c) P(b | c) = P(a, b | c)."""
    flat: list[Expression] = []
    for factor in factors:
        flat += factor.factors if isinstance(factor, Product) else (factor,)
    return _wrapped(_chained(flat))


def _wrapped(factors: Sequence[Expression]) -> Expression:
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def _chained(factors: list[Expression]) -> list[Expression]:
    joined = True
    while joined:
        joined = False
        for i, outer in enumerate(factors):
            if not isinstance(outer, Probability):
                continue
            for j, inner in enumerate(factors):
                if i == j or not isinstance(inner, Probability):
                    continue
                if set(outer.given) == {*inner.children, *inner.given}:
                    both = Probability((*outer.children, *inner.children), inner.given)
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
            if name in holder.children:
                children = tuple(c for c in holder.children if c != name)
                smaller = [Probability(children, holder.given)] if children else []
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
    """Return the quotient with common factors cancelled; P(a, b | c) / P(b | c) = P(a | b, c)."""
    tops = list(top.factors) if isinstance(top, Product) else [top]
    bottoms: list[Expression] = []
    for factor in bottom.factors if isinstance(bottom, Product) else (bottom,):
        if factor in tops:
            tops.remove(factor)
        else:
            bottoms.append(factor)
    for below in list(bottoms):
        for i, above in enumerate(tops):
            if not isinstance(above, Probability) or not isinstance(below, Probability):
                continue
            if set(above.given) == set(below.given) and set(below.children) < set(above.children):
                rest = tuple(c for c in above.children if c not in below.children)
                tops[i] = Probability(rest, (*above.given, *below.children))
                bottoms.remove(below)
                break
    if not bottoms:
        return _wrapped(tops) if tops else ONE
    return Quotient(_wrapped(tops) if tops else ONE, _wrapped(bottoms))
