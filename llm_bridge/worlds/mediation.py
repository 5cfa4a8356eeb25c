"""Direct and indirect effects in a stated world.

The mediation formula (Pearl 2001). Where an unobserved cause of mediator and outcome has rates of its own
in the text but none for the outcome, the effect is bounded: the givens leave a range for each unknown rate,
and the effect is linear in them.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llm_bridge.worlds.finding import Finding, Insufficient, listed
from llm_bridge.worlds.rates import Rates, levels
from llm_bridge.worlds.reading import World
from queries.causal.adjustment import is_valid

if TYPE_CHECKING:
    from llm_bridge.worlds.solve import Solver

__all__ = ["mediated"]


def mediated(
    solver: Solver, x: str, y: str, y1: int, m: Sequence[str], *, x1: int, direct: bool
) -> Finding:
    """The natural direct effect past ``m``, or the natural indirect effect through ``m``."""
    world = solver.world
    if x not in world.ancestors[y]:
        return Finding(0.0, "graph", f"no stated effect leads from {x} to {y}")
    through = [n for n in m if x in world.ancestors[n] and n in world.ancestors[y]]
    past = _past(world, x, y, set(m))
    if direct and not past:
        return Finding(0.0, "graph", f"every effect of {x} on {y} goes through {listed(m)}")
    if not direct and not through:
        return Finding(0.0, "graph", f"no effect of {x} on {y} goes through {listed(m)}")
    if not direct and not past:
        found = None
        with contextlib.suppress(Insufficient):
            found = solver.effect(x, x1, y, y1)
        if found is not None:
            reason = f"every effect goes through {listed(m)}, so this is the whole effect: {found.reason}"
            return Finding(
                found.value, found.method, reason, found.formula, found.assumptions, found.parts,
                found.adjustment, found.without,
            )  # fmt: skip
    if direct and not through:
        return solver.effect(x, x1, y, y1)
    return _formula(solver, x, y, y1, through, x1=x1, direct=direct)


def _past(world: World, x: str, y: str, m: set[str]) -> bool:
    """Whether a stated path leads from x to y past m."""
    fresh, found = {x}, set[str]()
    while fresh:
        fresh = {b for a, b in world.edges if a in fresh and b not in m} - found
        found |= fresh
    return y in found


def _formula(
    solver: Solver, x: str, y: str, y1: int, m: Sequence[str], *, x1: int, direct: bool
) -> Finding:
    world, rates = solver.world, solver.rates
    candidates = [
        n for n in world.order
        if n not in (x, y, *m) and x not in world.ancestors[n]
        and (n not in world.hidden or n in rates.names)
    ]  # fmt: skip
    sets = [
        z for size in range(len(candidates) + 1)
        for z in itertools.combinations(candidates, size)
    ]  # fmt: skip
    sound = [z for z in sets if _unconfounded(world, x, y, m, z)]
    for z in sound:
        value = _value(rates, x, y, y1, m, z, z, x1, direct)
        if value is not None:
            why = "cause, mediator and outcome share no cause" + (
                f" but {listed(z)}, which is adjusted for" if z else ""
            )
            return Finding(value, "mediation formula", why, _written(x, y, m, z, direct), (),
                           {"effect": value}, tuple(z))  # fmt: skip
    if (found := _bounded(solver, x, y, y1, m, x1=x1, direct=direct)) is not None:
        return found
    # other mediators in between, or a cause of mediator and outcome whose part in the outcome is not
    # given: computable only as if the given rates were what an intervention would show
    for z in sets:
        value = _value(rates, x, y, y1, m, (), z, x1, direct)
        if value is not None:
            blame = _blamed(world, x, y, m)
            what = listed(blame) or "another variable"
            return Finding(
                value, "mediation formula under an assumption",
                f"{what} acts on both {listed(m)} and {y}, and no probability of {y} by {what} is given",
                _written(x, y, m, z, direct),
                (f"the given probabilities of {y} are those that setting {x} and {listed(m)} would show: "
                 f"{what} does not change {y} besides",),
                {"effect": value}, tuple(z), tuple((n, y) for n in blame if (n, y) in world.edges),
            )  # fmt: skip
    needed = f"P({y} | {x}, {', '.join(m)}) and P({', '.join(m)} | {x})"
    raise Insufficient(f"{needed} would settle it")


def _bounded(
    solver: Solver, x: str, y: str, y1: int, m: Sequence[str], *, x1: int, direct: bool
) -> Finding | None:
    """Bounds where one cause of mediator and outcome has rates, but the outcome none by it.

    P(y | x, m) is a mixture over that cause with known weights. Each unknown part has a range of its
    own, and the effect is linear in them, so its ends and its middle are exact.
    """
    world, rates = solver.world, solver.rates
    blame = _blamed(world, x, y, m)
    if len(blame) != 1 or not world.separated({x}, set(blame), set()):
        return None
    (h,) = blame
    prior = [rates({h: v}, {}) for v in (0, 1)]
    low = 1 - x1
    ends = [0.0, 0.0]
    for xv in (x1, low):
        for mv in levels(m):
            whole = rates({y: y1}, {x: xv, **mv})
            here = [rates(mv, {x: xv, h: v}) for v in (0, 1)]
            base = [rates(mv, {x: low, h: v}) for v in (0, 1)]
            with_x = [rates(mv, {x: x1, h: v}) for v in (0, 1)]
            if whole is None or None in (*prior, *here, *base, *with_x):
                return None
            if direct:
                sign = 1 if xv == x1 else -1
                weight = [sign * prior[v] * base[v] for v in (0, 1)]  # type: ignore[operator]
            elif xv == low:
                weight = [prior[v] * (with_x[v] - base[v]) for v in (0, 1)]  # type: ignore[operator]
            else:
                continue
            mass = [prior[v] * here[v] for v in (0, 1)]  # type: ignore[operator]
            if min(mass) <= 1e-12:
                # only one case occurs: its rate is the whole, the other is free
                at = [(whole, whole) if mass[v] > 1e-12 else (0.0, 1.0) for v in (0, 1)]
                pairs = list(itertools.product(*at))
            else:
                w = mass[1] / sum(mass)
                a, b = max(0.0, (whole - 1 + w) / w), min(1.0, whole / w)
                pairs = [((whole - w * q) / (1 - w), q) for q in (a, b)]
            values = [weight[0] * p + weight[1] * q for p, q in pairs]
            ends[0] += min(values)
            ends[1] += max(values)
    middle = sum(ends) / 2
    sure = ends[0] > 0 or ends[1] < 0
    told = f"{h} acts on both {listed(m)} and {y}, and no probability of {y} by {h} is given"
    told += ", but every value that the givens allow has one sign" if sure else ""
    assumed = (
        f"the effect is near the middle of what the givens allow, {ends[0]:.3f} to {ends[1]:.3f}"
    )
    return Finding(
        middle, "bounds" if sure else "bounds, their middle", told, _written(x, y, m, [h], direct),
        () if sure else (assumed,), {"low": ends[0], "high": ends[1]}, (h,),
    )  # fmt: skip


def _blamed(world: World, x: str, y: str, m: Sequence[str]) -> list[str]:
    """What acts on a mediator, and on the outcome by another way."""
    return [
        n for n in world.order
        if n not in (x, y, *m) and n in world.ancestors[y]
        and any(n in world.ancestors[k] for k in m) and _past(world, n, y, {x, *m})
    ]  # fmt: skip


def _unconfounded(world: World, x: str, y: str, m: Sequence[str], z: Sequence[str]) -> bool:
    """Pearl's (2001) conditions: x unconfounded with m and y, and m with y, given z."""
    g = world.bits
    mx, my, mm, mz = g.mask([x]), g.mask([y]), g.mask(m), g.mask(z)
    if not is_valid(g, mx, mm, mz) or not is_valid(g, mx, my, mz):
        return False
    # with x held, the paths from m into y other than m's effects must be blocked
    cut = g.copy()
    for i in range(len(g.names)):
        if mm >> i & 1:
            cut.ch[i] = 0
    for i in range(len(g.names)):
        cut.pa[i] &= ~mm
    return cut.separated(mm, my, mz | mx)


def _value(
    rates: Rates, x: str, y: str, y1: int, m: Sequence[str], in_y: Sequence[str], z: Sequence[str],
    x1: int, direct: bool,
) -> float | None:  # fmt: skip
    """Sum over m and z; the outcome's rate depends on ``in_y`` of ``z`` only."""
    low = 1 - x1
    total = 0.0
    for zv in levels(z):
        weight = rates(zv, {})
        if weight is None:
            return None
        for mv in levels(m):
            here = {n: zv[n] for n in in_y}
            m0 = rates(mv, {x: low, **zv})
            y0 = rates({y: y1}, {x: low, **mv, **here})
            if direct:
                y_x = rates({y: y1}, {x: x1, **mv, **here})
                if m0 is None or y0 is None or y_x is None:
                    return None
                total += weight * m0 * (y_x - y0)
            else:
                m_x = rates(mv, {x: x1, **zv})
                if m0 is None or y0 is None or m_x is None:
                    return None
                total += weight * (m_x - m0) * y0
    return total


def _written(x: str, y: str, m: Sequence[str], z: Sequence[str], direct: bool) -> str:
    names = ", ".join([*m, *z])
    outer = f"P({', '.join(z)})" if z else ""
    by = ", ".join([x, *m])
    given = f" | {x}=0" + "".join(f", {n}" for n in z)
    if direct:
        return f"Σ_{{{names}}} [P({y} | {by}; {x}=1) - P({y} | {by}; {x}=0)] P({', '.join(m)}{given}) {outer}".strip()
    rest = "".join(f", {n}" for n in z)
    return (
        f"Σ_{{{names}}} P({y} | {by}; {x}=0) [P({', '.join(m)} | {x}=1{rest}) - "
        f"P({', '.join(m)} | {x}=0{rest})] {outer}"
    ).strip()
