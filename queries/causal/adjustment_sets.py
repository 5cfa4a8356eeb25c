"""Adjustment sets on request: all valid ones, all minimal ones, the smallest, the cheapest, the one that
estimates most precisely; with costs, and variables that must or must not be used.

Listing has polynomial delay: a branch is entered only if a valid set lies in it (van der Zander,
Liskiewicz and Textor, Artificial Intelligence 270, 2019; Takata 2010 for minimal separators). The most
precise set is that of Henckel, Perkovic and Maathuis (JRSS-B 84:579, 2022) and Rotnitzky and Smucler
(JMLR 21:188, 2020); with hidden variables the best of the minimal ones (Smucler, Sapienza and Rotnitzky,
Biometrika 109:49, 2022).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from graph.causal import CausalGraph
from graph.errors import UsageError
from queries.causal.adjustment import back_door_graph, forbidden, is_valid, smallest
from queries.causal.bits import BitGraph
from queries.causal.moral import moral, spread
from queries.causal.question import Names, checked_names, relevant

__all__ = ["AdjustmentSets", "Kind", "adjustment_sets"]

Kind = Literal["all", "minimal", "smallest", "cheapest", "optimal"]


@dataclass(frozen=True, slots=True)
class AdjustmentSets:
    """Sets that can be adjusted for, each sorted.

    Attributes:
        sets: of ``kind``; the cheapest (then smallest) first.
        costs: of each.
        complete: whether there are no others of this kind.
        note: what the sets are, where their kind does not tell.
    """

    treatment: tuple[str, ...]
    outcome: tuple[str, ...]
    kind: Kind
    sets: tuple[tuple[str, ...], ...]
    costs: tuple[float, ...]
    complete: bool
    note: str = ""

    @property
    def explanation(self) -> str:
        """What there is, in plain words."""
        xs, ys = " and ".join(self.treatment), " and ".join(self.outcome)
        if not self.sets:
            return f"No set that is allowed gives the effect of {xs} on {ys} by adjustment."
        lines = [f"  {', '.join(s) or 'nothing'}  (cost {c:g})"
                 for s, c in zip(self.sets, self.costs, strict=True)]  # fmt: skip
        more = "" if self.complete else " (there are more)"
        head = f"To compare {xs} as to {ys}, adjust for one of{more}:"
        return "\n".join([head, *lines, *([self.note] if self.note else [])])

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "treatment": list(self.treatment), "outcome": list(self.outcome), "kind": self.kind,
            "sets": [list(s) for s in self.sets], "costs": list(self.costs),
            "complete": self.complete, "note": self.note, "explanation": self.explanation,
        }  # fmt: skip


def adjustment_sets(
    graph: CausalGraph,
    treatment: Names,
    outcome: Names,
    *,
    kind: Kind = "minimal",
    forbid: Names = (),
    require: Names = (),
    costs: Mapping[str, float] | None = None,
    most: int = 100,
) -> AdjustmentSets:
    """Return sets of variables whose adjustment gives P(outcome | do(treatment)).

    Args:
        graph: acyclic, directed and bidirected edges.
        treatment: one or more nodes.
        outcome: one or more nodes.
        kind: ``all`` valid sets; the ``minimal`` ones (no member can be left out); one ``smallest``;
            one ``cheapest``; the one that is ``optimal``: of smallest asymptotic variance, whatever the
            distribution.
        forbid: variables that must not be used.
        require: variables that must be.
        costs: of using a variable, 1 if not named; infinite is as good as forbidden.
        most: sets to return at most.

    Raises:
        UsageError: for unknown nodes, a cost below 0, a cyclic or not fully directed graph, a variable
            that is both forbidden and required.
    """
    x, y, _ = checked_names(graph, treatment, outcome, ())
    if graph.undirected or graph.circle or graph.has_cycle:
        raise UsageError(
            f"adjustment sets are listed for acyclic graphs with all edges directed, not for {graph.kind}"
        )
    no = {graph.nodes[i] for i in graph.indices(forbid)}
    must = {graph.nodes[i] for i in graph.indices(require)}
    if both := sorted(no & must):
        raise UsageError(f"{both[0]!r} is both forbidden and required")
    price = dict(costs or {})
    graph.indices(price)
    if bad := sorted(n for n, c in price.items() if not c >= 0):
        raise UsageError(f"the cost of {bad[0]!r} is {price[bad[0]]}, and costs are 0 or more")
    no |= {n for n, c in price.items() if c == float("inf")}
    part = graph if kind == "all" else relevant(graph, {*x, *y, *must})
    g = BitGraph.of(part)
    mx, my = g.mask(x), g.mask(y)
    always = g.mask(must)
    usable = g.all & ~g.mask(no & set(g.names)) & ~forbidden(g, mx, my)
    note = ""
    found: Iterator[int]
    if always & ~usable:
        found = iter(())
    elif kind in ("smallest", "cheapest"):
        weights = {i: price.get(n, 1.0) for i, n in enumerate(g.names)}
        one = smallest(
            g, mx, my, allowed=usable, always=always, costs=weights if kind == "cheapest" else None
        )
        found = iter(() if one is None else (one,))
    elif kind == "optimal":
        best, note = _optimal(g, mx, my, usable, always)
        found = iter(() if best is None else (best,))
    elif kind == "all":
        found = _all(g, mx, my, usable, always)
    else:
        found = _minimal(g, mx, my, usable, always)
    sets = [tuple(sorted(g.named(s))) for s in islice(found, most + 1)]
    complete = len(sets) <= most
    priced = sorted((sum(price.get(n, 1.0) for n in s), len(s), s) for s in sets[:most])
    return AdjustmentSets(
        x, y, kind, tuple(s for _, _, s in priced), tuple(c for c, _, _ in priced), complete, note
    )


def _all(g: BitGraph, x: int, y: int, usable: int, always: int) -> Iterator[int]:
    """Every valid set; each branch holds one, so the delay is polynomial."""
    back = back_door_graph(g, x, y)

    def possible(inside: int, allowed: int) -> bool:
        # if any set between the two separates, all allowed ancestors do
        best = inside | (back.ancestors(x | y | inside) & allowed)
        return back.separated(x, y, best)

    stack = [(always, usable)]
    while stack:
        inside, allowed = stack.pop()
        if not possible(inside, allowed):
            continue
        rest = allowed & ~inside
        if not rest:
            yield inside
            continue
        one = rest & -rest
        stack += [(inside | one, allowed), (inside, allowed & ~one)]


def _minimal(g: BitGraph, x: int, y: int, usable: int, always: int) -> Iterator[int]:
    """Every set none of whose members, the required ones aside, can be left out."""
    back = back_door_graph(g, x, y)
    near = moral(back, back.ancestors(x | y | always), always)
    seen: set[int] = set()
    free = back.ancestors(x | y | always) & usable & ~always

    def close(side: int) -> int | None:
        """The minimal cut nearest to a connected side, None if there is none."""
        reached = spread(near, side, free)
        if reached & y:
            return None
        border = back.union(near, reached) & ~reached
        far = spread(near, y, border)
        return border & back.union(near, far) & ~far

    # separators as the borders of growing sides of x: each is reached by moving one of its nodes over
    start = close(x)
    stack = [(x, 0)] if start is not None else []
    visited: set[tuple[int, int]] = set()
    while stack:
        side, kept = stack.pop()
        cut = close(side)
        if cut is None or kept & ~cut:
            continue
        full = spread(near, side, cut)
        if (full, kept) in visited:
            continue
        visited.add((full, kept))
        rest = cut & ~kept
        if not rest:
            if cut not in seen:
                seen.add(cut)
                yield cut | always
            continue
        one = rest & -rest
        stack += [(full, kept | one), (full | one, kept)]


def _optimal(g: BitGraph, x: int, y: int, usable: int, always: int) -> tuple[int | None, str]:
    """The parents of what lies on causal paths, if they can be used; else the best minimal set."""
    outside = g.all & ~x
    on_paths = g.descendants(g.union(g.ch, x), outside) & g.ancestors(y, outside)
    chosen = g.union(g.pa, on_paths) & ~g.descendants(on_paths) & ~x
    hidden = any(g.sib)
    if not hidden and not chosen & ~usable and not always & ~chosen and is_valid(g, x, y, chosen):
        return (
            chosen,
            "No other valid set has a smaller asymptotic variance, whatever the distribution.",
        )
    best = smallest(g, x, y, allowed=usable, always=always)
    return best, (
        "With hidden or unusable variables no set need be best of all: this is the best of the smallest."
        if best is not None
        else ""
    )
