"""Places for the nodes and edges of a graph, causes above effects.

The four steps of Sugiyama, Tagawa and Toda (1981, Methods for visual understanding of hierarchical
system structures): turn every edge downwards, put nodes into layers, order each layer by the
mean position of the neighbours, and place. Edges over several layers get a bend in each, so that no edge
runs through a node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Layout", "Node", "lay_out"]

Node = str | tuple[str, str, int]
"""A column, or a bend of the edge (source, target) in a layer."""

_SWEEPS = 24
_BEND = 0.35


@dataclass(frozen=True)
class Layout:
    """``at``: x and layer (0 on top) of each node; ``paths``: for each pair given, the nodes and bends
    from its upper to its lower end."""

    at: Mapping[Node, tuple[float, int]]
    paths: Mapping[tuple[str, str], tuple[Node, ...]]


def lay_out(
    nodes: Sequence[str], pairs: Sequence[tuple[str, str, bool]], widths: Mapping[str, float]
) -> Layout:
    """Return where to draw.

    Args:
        nodes: names.
        pairs: (first, second, directed); a directed pair points down unless it is on a cycle.
        widths: of each node's box; also the unit of x.

    Nodes without an edge form rows below the others. The result depends on names and edges only, not on
    their order.
    """
    at: dict[Node, tuple[float, int]] = {}
    paths: dict[tuple[str, str], tuple[Node, ...]] = {}
    edge = 0.0
    for part in _components(nodes, pairs):
        inside = set(part)
        found = _component(part, [p for p in pairs if p[0] in inside], widths)
        # side by side, the largest first
        left = min(x - _half(n, widths) for n, (x, _) in found.at.items())
        right = max(x + _half(n, widths) for n, (x, _) in found.at.items())
        at |= {n: (x - left + edge, k) for n, (x, k) in found.at.items()}
        paths |= found.paths
        edge += right - left
    joined = set().union(*paths) if paths else set()
    rows = max((k for _, k in at.values()), default=-1) + 1
    _alone(at, [n for n in sorted(nodes) if n not in joined], widths, rows, edge)
    return Layout(at, paths)


def _half(node: Node, widths: Mapping[str, float]) -> float:
    return (widths[node] if isinstance(node, str) else _BEND) / 2


def _components(nodes: Sequence[str], pairs: Sequence[tuple[str, str, bool]]) -> list[list[str]]:
    """Return the connected parts with an edge, the largest first."""
    part = {n: {n} for n in sorted(nodes)}
    for a, b, _ in pairs:
        if part[a] is not part[b]:
            part[a] |= part[b]
            for n in part[b]:
                part[n] = part[a]
    found = {id(p): sorted(p) for p in part.values() if len(p) > 1}
    return sorted(found.values(), key=lambda p: (-len(p), p))


def _component(
    nodes: Sequence[str], pairs: Sequence[tuple[str, str, bool]], widths: Mapping[str, float]
) -> Layout:
    order = _downwards(nodes, pairs)
    rank = {node: i for i, node in enumerate(order)}
    down = sorted({(a, b) if rank[a] < rank[b] else (b, a) for a, b, _ in pairs})
    layer = _layers(order, down)
    rows: list[list[Node]] = [[] for _ in range(max(layer.values()) + 1)]
    for node in order:
        rows[layer[node]].append(node)
    above: dict[Node, list[Node]] = {}
    below: dict[Node, list[Node]] = {}
    paths: dict[tuple[str, str], tuple[Node, ...]] = {}
    for a, b in down:
        bends: list[Node] = [(a, b, k) for k in range(layer[a] + 1, layer[b])]
        for k, bend in enumerate(bends, layer[a] + 1):
            rows[k].append(bend)
        path: tuple[Node, ...] = (a, *bends, b)
        paths[a, b] = path
        for upper, lower in pairwise(path):
            below.setdefault(upper, []).append(lower)
            above.setdefault(lower, []).append(upper)
    rows = _ordered(rows, above, below)
    wide = {n: (widths[n] if isinstance(n, str) else _BEND) for row in rows for n in row}
    x = _placed(rows, above, below, wide)
    return Layout({n: (x[n], k) for k, row in enumerate(rows) for n in row}, paths)


def _downwards(nodes: Sequence[str], pairs: Sequence[tuple[str, str, bool]]) -> list[str]:
    """Return an order in which directed pairs point forward; cycles are cut at the node with most
    children left, and undirected pairs lead on from nodes already placed."""
    parents: dict[str, set[str]] = {n: set() for n in nodes}
    near: dict[str, set[str]] = {n: set() for n in nodes}
    children = dict.fromkeys(nodes, 0)
    for a, b, directed in pairs:
        near[a].add(b)
        near[b].add(a)
        if directed:
            parents[b].add(a)
            children[a] += 1
    placed: list[str] = []
    left = set(nodes)
    while left:
        free = [n for n in left if not parents[n] & left] or sorted(left)
        done = set(placed)
        placed.append(
            min(free, key=lambda n: (len(parents[n] & left), -len(near[n] & done), -children[n], n))
        )
        left.discard(placed[-1])
    return placed


def _layers(order: Sequence[str], down: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return each node's layer: as high as its parents allow, then as near to its children as can be."""
    layer = dict.fromkeys(order, 0)
    for node in order:
        for a, b in down:
            if b == node:
                layer[b] = max(layer[b], layer[a] + 1)
    for node in reversed(order):
        lower = [layer[b] for a, b in down if a == node]
        if lower and not any(b == node for _, b in down):
            layer[node] = min(lower) - 1
    return layer


def _ordered(
    rows: list[list[Node]],
    above: Mapping[Node, Sequence[Node]],
    below: Mapping[Node, Sequence[Node]],
) -> list[list[Node]]:
    best, fewest = [list(r) for r in rows], _crossings(rows, below)
    rows = [list(r) for r in rows]
    for sweep in range(_SWEEPS):
        near, numbers = (
            (above, range(1, len(rows)))
            if sweep % 2 == 0
            else (below, range(len(rows) - 2, -1, -1))
        )
        for k in numbers:
            place = {n: i for row in rows for i, n in enumerate(row)}
            means: dict[Node, float] = {}
            for n in rows[k]:
                ends = [place[m] for m in near.get(n, ())]
                means[n] = sum(ends) / len(ends) if ends else place[n]
            # stable: equal means keep their order
            rows[k].sort(key=means.__getitem__)
        number = _crossings(rows, below)
        if number < fewest:
            best, fewest = [list(r) for r in rows], number
    return best


def _crossings(rows: Sequence[Sequence[Node]], below: Mapping[Node, Sequence[Node]]) -> int:
    number = 0
    for upper, lower in pairwise(rows):
        place = {n: i for i, n in enumerate(lower)}
        ends = [place[m] for n in upper for m in sorted(below.get(n, ()), key=place.__getitem__)]
        number += sum(a > b for i, a in enumerate(ends) for b in ends[i + 1 :])
    return number


def _placed(
    rows: Sequence[Sequence[Node]],
    above: Mapping[Node, Sequence[Node]],
    below: Mapping[Node, Sequence[Node]],
    wide: Mapping[Node, float],
) -> dict[Node, float]:
    """Return x: near the mean of the neighbours, in the row's order, boxes apart."""
    x: dict[Node, float] = {}
    for row in rows:
        edge = -sum(wide[n] for n in row) / 2
        for n in row:
            x[n] = edge + wide[n] / 2
            edge += wide[n]
    for sweep in range(_SWEEPS):
        numbers = range(len(rows)) if sweep % 2 == 0 else range(len(rows) - 1, -1, -1)
        for k in numbers:
            row = rows[k]
            wish = []
            for n in row:
                found = [x[m] for m in (*above.get(n, ()), *below.get(n, ()))]
                wish.append(sum(found) / len(found) if found else x[n])
            x.update(zip(row, _apart(wish, [wide[n] for n in row]), strict=True))
    return x


def _apart(wish: Sequence[float], wide: Sequence[float]) -> list[float]:
    """Return positions in the given order that do not overlap, nearest to ``wish`` (least squares, by
    pooling adjacent violators)."""
    offset, total = [], 0.0
    for i, width in enumerate(wide):
        total += width / 2 + (wide[i - 1] / 2 if i else 0.0)
        offset.append(total)
    blocks: list[tuple[float, int]] = []
    for value, shift in zip(wish, offset, strict=True):
        mean, count = value - shift, 1
        while blocks and blocks[-1][0] > mean:
            other, number = blocks.pop()
            mean, count = (mean * count + other * number) / (count + number), count + number
        blocks.append((mean, count))
    means = [mean for mean, count in blocks for _ in range(count)]
    return [mean + shift for mean, shift in zip(means, offset, strict=True)]


def _alone(
    at: dict[Node, tuple[float, int]],
    rest: Sequence[str],
    widths: Mapping[str, float],
    first: int,
    span: float,
) -> None:
    edge, layer = 0.0, first
    for node in rest:
        if edge > 0 and edge + widths[node] > max(span, 8.0):
            edge, layer = 0.0, layer + 1
        at[node] = (edge + widths[node] / 2, layer)
        edge += widths[node]
