"""What every causal question shares: its nodes checked, the part of the graph that matters, and what its
answer rests on, in words."""

from __future__ import annotations

from collections.abc import Iterable

from graph.causal import CausalGraph
from graph.errors import UsageError

__all__ = ["Names", "assumptions_of", "checked_names", "consistent", "graph_is_right", "relevant"]

Names = str | Iterable[str]
Listed = tuple[str, ...]


def checked_names(
    graph: CausalGraph, treatment: Names, outcome: Names, given: Names
) -> tuple[Listed, Listed, Listed]:
    """Return treatments, outcomes and conditions, sorted.

    Raises:
        UsageError: for an unknown node, no treatment or outcome, or a node in two roles.
    """
    x, y, z = (tuple(graph.nodes[i] for i in graph.indices(n)) for n in (treatment, outcome, given))
    if not x or not y:
        raise UsageError("a causal question needs at least one treatment and one outcome")
    for one, two, words in ((x, y, "treatment and outcome"), (x, z, "treatment and condition"), (y, z, "outcome and condition")):  # fmt: skip
        if both := sorted(set(one) & set(two)):
            raise UsageError(f"{', '.join(map(repr, both))} is both {words}")
    return x, y, z


def relevant(graph: CausalGraph, nodes: Iterable[str]) -> CausalGraph:
    """Return the graph over the ancestors of ``nodes``: nothing else matters for a question about them."""
    return graph.subgraph(graph.ancestors(tuple(nodes)))


def assumptions_of(
    graph: CausalGraph,
    x: Listed,
    y: Listed,
    z: Listed,
    method: str,
    adjusted: Listed,
    loops: tuple[Listed, ...] = (),
) -> Listed:
    """Return what must hold for a formula to be the effect, in words."""
    xs, ys = " and ".join(x), " and ".join(y)
    found = [
        graph_is_right(graph),
        f"{consistent(x)}, {ys} responds the same, and one unit's value does not act on another unit.",
    ]
    if method == "backdoor" and adjusted:
        held = ", ".join((*adjusted, *z))
        acting = " and ".join(n for n in x if n not in adjusted)
        found.append(f"Every value of {acting} compared occurs at every value of {held}.")
    elif method == "backdoor":
        found.append(f"Every value of {xs} compared occurs.")
    elif method == "frontdoor":
        held = ", ".join(adjusted)
        found.append(f"Every value of {held} occurs with every value of {xs}.")
    elif method in ("general", "napkin", "conditional-frontdoor"):
        found.append("Every combination of values that the formula conditions on occurs.")
    return (*found, *map(_settles, loops))


def graph_is_right(graph: CausalGraph) -> str:
    """Return the assumption that a graph is what it says, naming up to six hidden common causes."""
    hidden = ", ".join(f"{a} and {b}" for a, b in graph.bidirected[:6])
    if len(graph.bidirected) > 6:
        hidden += f" and {len(graph.bidirected) - 6} more pairs"
    return (
        f"The causal graph {graph.hash[:11]} is right: no arrow is missing from it, and no two of its "
        f"variables share a hidden common cause{f' except {hidden}' if hidden else ''}."
    )


def consistent(x: Listed) -> str:
    """Return ``X means one thing: however it comes to its value``, for one or several variables."""
    if len(x) == 1:
        return f"{x[0]} means one thing: however it comes to its value"
    return f"{' and '.join(x)} mean one thing each: however they come to their values"


def _settles(loop: Listed) -> str:
    return (
        f"The feedback loop among {', '.join(loop)} settles: for every value of what acts on it there is "
        "exactly one state in which it rests, and that state is what was measured."
    )
