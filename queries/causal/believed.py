"""A causal graph of one's own whose edges are only as sure as one says: the arcs of its worlds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graph.causal import CausalGraph
from graph.errors import UsageError
from queries.causal.worlds import Arc

__all__ = ["believed_arcs"]


def believed_arcs(
    graph: CausalGraph,
    beliefs: Mapping[str, float],
    *,
    signs: Mapping[str, float] | None = None,
    otherwise: float = 1.0,
) -> tuple[tuple[Arc, ...], tuple[str, ...]]:
    """Return the edges as arcs for :func:`queries.causal.worlds.worlds`, and the hidden nodes among them.

    A bidirected edge is a hidden cause named after it, of which one arrow is as sure as the edge.

    Args:
        beliefs: edge such as ``A->B`` or ``A<->B`` (spaces do not matter) -> probability.
        signs: edge such as ``A->B`` -> 1 (raises) or -1 (lowers); 0 where it is not said.
        otherwise: belief of the other edges.

    Raises:
        UsageError: for an edge that is not there or without a known direction, or a number that is no
            probability.
    """
    if loose := [" ".join(e) for e in graph.edges if e[1] not in ("-->", "<->")]:
        raise UsageError(f"the direction of {', '.join(loose[:4])} is not known", hint="Direct these edges.")  # fmt: skip
    given = {_plain(edge): value for edge, value in beliefs.items()}
    signed = {_plain(edge): sign for edge, sign in (signs or {}).items()}
    if wrong := [edge for edge, sign in signed.items() if sign not in (-1, 0, 1)]:
        raise UsageError(f"the sign of {wrong[0]} is {signed[wrong[0]]:g}, not 1 or -1")
    for edge, value in (*given.items(), ("the other edges", otherwise)):
        if not 0 <= value <= 1:
            raise UsageError(f"the belief of {edge} is {value:g}, which is no probability")
    arcs, hidden = [], []
    used: set[str] = set()

    def belief(names: Iterable[str]) -> float:
        known = [n for n in names if n in given]
        used.update(known)
        return given[known[0]] if known else otherwise

    for a, b in graph.directed:
        sign = signed.pop(f"{a}->{b}", 0)
        arcs.append(Arc(a, b, belief([f"{a}->{b}"]), int(sign), f"{a} -> {b}"))
    for a, b in graph.bidirected:
        name = f"{a} <-> {b}"
        sure = belief([f"{a}<->{b}", f"{b}<->{a}"])
        arcs += [Arc(name, a, sure, id=name), Arc(name, b, 1.0, id=name)]
        hidden.append(name)
    if absent := sorted({*given, *signed} - used):
        raise UsageError(f"the graph has no edge {absent[0]}", hint=f"It has {', '.join(sorted({a.id for a in arcs}))}.")  # fmt: skip
    return tuple(arcs), tuple(hidden)


def _plain(edge: str) -> str:
    return "".join(edge.split()).replace("-->", "->")
