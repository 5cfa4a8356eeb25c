"""Back-door adjustment sets: whether one exists, and a smallest one, exactly.

The criterion is the complete one (Shpitser, VanderWeele & Robins 2010; Perković et al. 2018), which
Pearl's back-door criterion is a case of: no variable on a causal path or caused by one, and every
other path blocked. A smallest set is a minimum vertex cut of the moralised graph (van der Zander,
Liśkiewicz & Textor 2019).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

from queries.causal.bits import BitGraph, bits

__all__ = ["back_door_graph", "forbidden", "is_valid", "on_causal_paths", "smallest"]

Flow = int | Fraction


def on_causal_paths(g: BitGraph, x: int, y: int) -> int:
    """Nodes, treatments left out, on directed paths from ``x`` to ``y`` that meet ``x`` once."""
    outside = g.all & ~x
    return g.descendants(g.union(g.ch, x), outside) & g.ancestors(y, outside)


def forbidden(g: BitGraph, x: int, y: int) -> int:
    """Nodes that no adjustment set may hold: ``x``, ``y``, causal paths and what they cause."""
    return g.descendants(on_causal_paths(g, x, y)) | x | y


def back_door_graph(g: BitGraph, x: int, y: int) -> BitGraph:
    """The graph without the first edges of causal paths."""
    first = on_causal_paths(g, x, y)
    other = g.copy()
    for i in bits(x):
        other.ch[i] &= ~first
    for i in bits(first):
        other.pa[i] &= ~x
    return other


def is_valid(g: BitGraph, x: int, y: int, z: int) -> bool:
    """Whether adjusting for ``z`` gives P(y | do(x))."""
    if z & forbidden(g, x, y):
        return False
    return back_door_graph(g, x, y).separated(x, y, z)


def smallest(
    g: BitGraph,
    x: int,
    y: int,
    *,
    allowed: int = -1,
    always: int = 0,
    costs: Mapping[int, float] | None = None,
) -> int | None:
    """Return a valid adjustment set of the smallest size (cost), or None if there is none.

    Args:
        g: the graph.
        x: treatments.
        y: outcomes.
        allowed: what the set may hold.
        always: what is held anyway (conditions of the query); returned with the set.
        costs: of each node, 1 if not given.

    Of several smallest sets the one nearest the outcome is returned, so the answer is one and the
    estimate precise.
    """
    no = forbidden(g, x, y)
    if always & no:
        return None
    back = back_door_graph(g, x, y)
    within = back.ancestors(x | y | always)
    free = within & allowed & ~no & ~always
    if not back.separated(x, y, free | always):
        return None
    return _cut(back, x, y, within, free, always, costs or {}) | always


def _cut(
    g: BitGraph, x: int, y: int, within: int, free: int, always: int, costs: Mapping[int, float]
) -> int:
    """The minimum vertex cut of ``free`` nodes nearest ``y`` in the moralised graph.

    Two nodes are joined there if a path of colliders joins them: all of a district and its parents.
    Each district is one hub instead of a clique, so the network is as small as the graph. Every
    node is an entry and an exit with its cost between them if it may be cut (Edmonds & Karp).
    """
    n = len(g.names)
    source, sink = -1, -2
    # exact: floating-point flows need not end
    price: dict[int, Flow] = {i: Fraction(costs[i]) if i in costs else 1 for i in bits(free)}
    infinite: Flow = sum(price.values()) + 1
    left: dict[int, dict[int, Flow]] = {source: {}, sink: {}}

    def arc(a: int, b: int, capacity: Flow) -> None:
        left.setdefault(a, {})[b] = capacity
        left.setdefault(b, {}).setdefault(a, 0)

    for i in bits(within & ~always):
        arc(2 * i, 2 * i + 1, price.get(i, infinite))
        if x >> i & 1:
            arc(source, 2 * i, infinite)
        if y >> i & 1:
            arc(2 * i + 1, sink, infinite)
    for number, district in enumerate(g.districts(within)):
        hub = 2 * n + number
        for i in bits((district | g.union(g.pa, district)) & within & ~always):
            arc(2 * i + 1, hub, infinite)
            arc(hub, 2 * i, infinite)
    while path := _path(left, source, sink):
        room = min(left[a][b] for a, b in pairwise(path))
        for a, b in pairwise(path):
            left[a][b] -= room
            left[b][a] += room
    # what can still reach the sink: the cut nodes are those it enters only half
    reached = {sink}
    stack = [sink]
    while stack:
        b = stack.pop()
        for a in left[b]:
            if a not in reached and left[a][b] > 0:
                reached.add(a)
                stack.append(a)
    return sum(1 << i for i in bits(free) if 2 * i + 1 in reached and 2 * i not in reached)


def _path(left: dict[int, dict[int, Flow]], source: int, sink: int) -> list[int]:
    """A shortest path with capacity left, or an empty list."""
    came = {source: source}
    queue = deque([source])
    while queue:
        a = queue.popleft()
        for b, capacity in left[a].items():
            if capacity > 0 and b not in came:
                came[b] = a
                if b == sink:
                    path = [b]
                    while path[-1] != source:
                        path.append(came[path[-1]])
                    return path[::-1]
                queue.append(b)
    return []
