"""The napkin form: the ratio of two back-door formulas for a variable that acts through the treatment only.

Where nothing but hidden causes stands between treatment and outcome, and R acts on the outcome through the
treatment X alone, P(y | do(x)) = P(y | x, do(r)) = P(x, y | do(r)) / P(x | do(r)), for any r. If what setting R
does follows by adjustment, so does the effect of X. Pearl and Mackenzie, The Book of Why (2018), chapter 7,
name the smallest such graph; the two steps are rules 2 and 3 of do-calculus (Pearl, Biometrika 82:669, 1995).
"""

from __future__ import annotations

from queries.causal import adjustment
from queries.causal.bits import BitGraph
from queries.causal.expression import Expression, Probability, Product, Quotient
from queries.causal.simplify import summed

__all__ = ["find", "formula"]


def find(g: BitGraph, x: int, y: int, r: int) -> int | None:
    """Return a set to adjust for in both halves, or None if ``r`` does not serve.

    Args:
        r: what is set instead of the treatment.
    """
    set_r = g.cut_into(r)
    if not r or g.descendants(r, g.all & ~x) & y:
        return None  # it acts on the outcome around the treatment
    if not set_r.cut_out(x).separated(x, y, 0):
        return None  # hidden causes still tie them
    return adjustment.smallest(g, r, x | y)


def formula(
    x: tuple[str, ...], y: tuple[str, ...], r: tuple[str, ...], held: tuple[str, ...]
) -> Expression:
    """Return the sum over ``held`` of P(y, x | r, held) P(held), over the same of P(x | r, held) P(held)."""

    def half(of: tuple[str, ...]) -> Expression:
        inner = Probability(of, (*held, *r))
        return summed(held, Product((inner, Probability(held))) if held else inner)

    return Quotient(half((*y, *x)), half(x))
