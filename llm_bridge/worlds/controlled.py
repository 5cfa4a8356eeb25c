"""Controlled direct effects in a stated world: what a cause does while another variable is held at a value.

By adjustment for causes of both that the held variable and the cause leave as they are (Pearl 2001), or,
where the cause itself acts on such a variable, by the formula for plans of two actions (Pearl & Robins 1995).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llm_bridge.worlds.finding import Finding, Insufficient, listed
from llm_bridge.worlds.rates import levels
from queries.causal.adjustment import is_valid

if TYPE_CHECKING:
    from llm_bridge.worlds.solve import Solver
    from llm_bridge.worlds.values import Event

__all__ = ["controlled"]


def controlled(solver: Solver, cause: Event, effect: Event, held: Event) -> Finding:
    """E[y | do(x1, m)] - E[y | do(not x1, m)].

    Raises:
        Insufficient: if the variables are not three, or the givens do not settle it.
    """
    world, rates = solver.world, solver.rates
    (x, x1), y, m = cause, effect[0], held[0]
    if len({x, y, m}) < 3:
        raise Insufficient("what is held fixed is the cause or the effect itself")
    if not _past(world.edges, x, y, m):
        reason = f"every effect of {x} on {y} goes through {m}, which is held" if x in world.ancestors[y] else (
            f"no stated effect leads from {x} to {y}"
        )  # fmt: skip
        return Finding(0.0, "graph", reason)
    usable = [
        n for n in world.order
        if n not in (x, y, m) and (n not in world.hidden or n in rates.names)
    ]  # fmt: skip
    missing = ""
    for size in range(len(usable) + 1):
        for z in itertools.combinations(usable, size):
            weigh = _weights(solver, x, y, m, z)
            if weigh is None:
                continue
            ends = [_mean(solver, (x, v), effect, held, z, weigh) for v in (x1, 1 - x1)]
            formula = _written(x, y, m, z, weigh)
            if ends[0] is None or ends[1] is None:
                missing = missing or formula
                continue
            why = f"with {m} held, " + (
                f"adjusting for {listed(z)} leaves only the effect of {x}" if z else f"nothing else joins {x} and {y}"
            )  # fmt: skip
            return Finding(
                ends[0] - ends[1], "controlled direct effect", why, formula, (),
                {"do": ends[0], "do not": ends[1]}, tuple(z),
            )  # fmt: skip
    if missing:
        raise Insufficient(
            f"the effect with {m} held is identified, but not by the probabilities given: {missing}"
        )
    raise Insufficient(
        f"the effect of {x} on {y} with {m} held is not identified: "
        f"{listed(sorted(world.hidden)) or 'a common cause'} cannot be adjusted for"
    )


def _past(edges: Sequence[tuple[str, str]], x: str, y: str, m: str) -> bool:
    """Whether a stated path leads from x to y past m."""
    reached = {x}
    while fresh := {b for a, b in edges if a in reached and b != m} - reached:
        reached |= fresh
    return y in reached


def _weights(solver: Solver, x: str, y: str, m: str, z: Sequence[str]) -> str | None:
    """How the cases of ``z`` are weighted: as they are, or as they are with the cause; None if z is not enough."""
    g = solver.world.bits
    mx, my, mm, mz = g.mask([x]), g.mask([y]), g.mask([m]), g.mask(z)
    if is_valid(g, mx | mm, my, mz):
        return "as they are"
    if mz and is_valid(g, mx, my | mz, 0):
        # second action: with x and z known, only effects of m join it to y
        cut = g.copy()
        for i in range(len(g.names)):
            cut.pa[i] &= ~mm
        cut.ch[mm.bit_length() - 1] = 0
        below = any(m in solver.world.ancestors[n] for n in z)
        if not below and cut.separated(mm, my, mz | mx):
            return "with the cause"
    return None


def _mean(
    solver: Solver, cause: Event, effect: Event, held: Event, z: Sequence[str], weigh: str
) -> float | None:
    total = 0.0
    for values in levels(z):
        weight = solver.rates(values, dict([cause]) if weigh == "with the cause" else {})
        if weight is None:
            return None
        if weight == 0.0:
            continue
        part = solver.rates(dict([effect]), {**dict([cause, held]), **values})
        if part is None:
            return None
        total += weight * part
    return total


def _written(x: str, y: str, m: str, z: Sequence[str], weigh: str) -> str:
    if not z:
        return f"P({y} | {x}, {m})"
    names, given = ", ".join(z), f" | {x}" if weigh == "with the cause" else ""
    return f"\u03a3_{{{names}}} P({y} | {x}, {m}, {names}) P({names}{given})"
