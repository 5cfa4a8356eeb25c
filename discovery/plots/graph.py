"""The learned graph, causes above effects."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from discovery.plots.drawing import BLUE, GREY, INK, ORANGE, YELLOW, figure
from discovery.plots.layout import Layout, Node, lay_out

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from discovery.result import DiscoveredEdge, Discovery

__all__ = ["graph_figure"]

_ROW = 1.5
_HIGH = 0.52
_LETTER = 0.105
_COLOURS = {1: BLUE, -1: ORANGE, 0: GREY}


def graph_figure(discovery: Discovery) -> Figure:
    """Return the graph of a result.

    Colour and head show the sign (blue arrow raises, orange bar lowers, grey: not known), width the
    stability, dashes a direction that knowledge gave, dots an edge that is there only because of knowledge
    or priors, a yellow mark a conflict. Ends of edges are as in the text: arrow, nothing, circle.
    """
    nodes = [str(n) for n in discovery.graph.nodes]
    ends = Counter(n for e in discovery.edges for n in (e.source, e.target))
    wide = {n: max(0.9, _LETTER * min(len(n), 24) + 0.3, 0.3 * ends[n] + 0.3) for n in nodes}
    pairs = [(e.source, e.target, e.kind in ("-->", "o->")) for e in discovery.edges]
    layout = lay_out(nodes, pairs, {n: w + 0.4 for n, w in wide.items()})
    xs = [x for x, _ in layout.at.values()] or [0.0]
    layers = max((k for _, k in layout.at.values()), default=0) + 1
    far = max(wide.values(), default=1.0) / 2 + 0.25
    left, right = min(xs) - far, max(xs) + far
    width = min(max(right - left, 6.5), 24.0)
    height = min(max(layers * _ROW + 1.5, 4.0), 24.0)
    drawn = figure(width, height)
    legend = 1.25 / height
    axes = drawn.add_axes((0.01, legend, 0.98, 0.99 - legend - 0.45 / height))
    axes.set_axis_off()
    middle = (left + right) / 2
    axes.set_xlim(middle - width / 2, middle + width / 2)
    axes.set_ylim(-(layers - 1) * _ROW - 0.5, 0.5)
    for edge in sorted(discovery.edges, key=lambda e: (e.source, e.target)):
        _edge(axes, edge, layout, wide, discovery.bootstraps_done > 0)
    for node in nodes:
        _box(axes, node, layout.at[node], wide[node])
    _title(drawn, discovery, height)
    _legend(drawn, discovery)
    return drawn


def _shown(name: str) -> str:
    return name if len(name) <= 24 else name[:22] + "…"


def _box(axes: Axes, name: str, at: tuple[float, int], wide: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    x, y = at[0], -at[1] * _ROW
    axes.add_patch(
        FancyBboxPatch(
            (x - wide / 2, y - _HIGH / 2), wide, _HIGH,
            boxstyle="round,pad=0,rounding_size=0.14",
            facecolor="#F4F6F8", edgecolor=INK, linewidth=1.1, zorder=3,
        )
    )  # fmt: skip
    axes.text(x, y, _shown(name), ha="center", va="center", fontsize=10.5, color=INK, zorder=4)


def _edge(
    axes: Axes, edge: DiscoveredEdge, layout: Layout, wide: dict[str, float], measured: bool
) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    down = (edge.source, edge.target) in layout.paths
    path = layout.paths[(edge.source, edge.target) if down else (edge.target, edge.source)]
    upper, lower = str(path[0]), str(path[-1])
    points = [(layout.at[n][0], -layout.at[n][1] * _ROW) for n in path]
    points[0] = (_port(layout, wide, upper, path[1], lower=True), points[0][1] - _HIGH / 2)
    points[-1] = (_port(layout, wide, lower, path[-2], lower=False), points[-1][1] + _HIGH / 2)
    vertices: list[tuple[float, float]] = [points[0]]
    codes = [Path.MOVETO]
    for (ax, ay), (bx, by) in pairwise(points):
        bend = (ay - by) * 0.42
        vertices += [(ax, ay - bend), (bx, by + bend), (bx, by)]
        codes += [Path.CURVE4] * 3
    share = edge.stability if measured and edge.stability is not None else 0.5
    line = (
        (0, (1, 1.6)) if edge.required else (0, (4, 2)) if edge.directed_by == "knowledge" else "-"
    )
    colour = _COLOURS[edge.sign]
    size = 0.8 + 3.2 * share
    axes.add_patch(
        PathPatch(
            Path(vertices, codes), facecolor="none", edgecolor=colour, linewidth=size,
            linestyle=line, capstyle="butt", zorder=1,
        )
    )  # fmt: skip
    first, last = (edge.kind[0], edge.kind[-1]) if down else (edge.kind[-1], edge.kind[0])
    _end(axes, first, vertices[0], up=True, colour=colour, edge=edge, size=size)
    _end(axes, last, vertices[-1], up=False, colour=colour, edge=edge, size=size)
    if edge.conflicts:
        _mark(axes, _half(vertices))


def _port(layout: Layout, wide: dict[str, float], node: str, other: Node, *, lower: bool) -> float:
    """Return where on its side of a box an edge ends: several are spread in the order of their other ends."""
    near: list[Node] = []
    for path in layout.paths.values():
        if lower and path[0] == node:
            near.append(path[1])
        elif not lower and path[-1] == node:
            near.append(path[-2])
    near.sort(key=lambda n: (layout.at[n][0], str(n)))
    room = wide[node] - 0.3
    step = min(0.42, room / max(len(near) - 1, 1))
    return layout.at[node][0] + (near.index(other) - (len(near) - 1) / 2) * step


def _end(
    axes: Axes, mark: str, at: tuple[float, float], *, up: bool, colour: str, edge: DiscoveredEdge,
    size: float,
) -> None:  # fmt: skip
    """Draw the mark at one end: ``up`` if the box is above."""
    from matplotlib.patches import Circle, Polygon

    x, y = at
    turn = 1.0 if up else -1.0
    if mark in "<>":
        half = 0.075 + 0.012 * size
        if edge.sign < 0 and edge.kind != "<->":
            axes.plot(
                [x - half - 0.03, x + half + 0.03], [y - turn * 0.05] * 2, color=colour,
                linewidth=2.6, solid_capstyle="butt", zorder=5,
            )  # fmt: skip
        else:
            tip = [(x, y), (x - half, y - turn * 0.2), (x + half, y - turn * 0.2)]
            axes.add_patch(
                Polygon(
                    tip, closed=True, facecolor=colour, edgecolor="white", linewidth=0.5, zorder=5
                )
            )
    elif mark == "o":
        axes.add_patch(
            Circle(
                (x, y - turn * 0.075), 0.075, facecolor="white", edgecolor=colour, linewidth=1.5,
                zorder=5,
            )
        )  # fmt: skip


def _half(vertices: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the point half way along a path of cubic curves."""
    pieces = (len(vertices) - 1) // 3
    k = pieces // 2
    if pieces % 2 == 0:
        return vertices[3 * k]
    a, b, c, d = vertices[3 * k : 3 * k + 4]
    return (a[0] + 3 * b[0] + 3 * c[0] + d[0]) / 8, (a[1] + 3 * b[1] + 3 * c[1] + d[1]) / 8


def _mark(axes: Axes, at: tuple[float, float]) -> None:
    axes.plot(*at, marker="D", markersize=11, markerfacecolor=YELLOW, markeredgecolor=INK, zorder=6)
    axes.text(
        *at, "!", ha="center", va="center_baseline", fontsize=9, weight="bold", color=INK, zorder=7
    )


def _title(drawn: Figure, discovery: Discovery, height: float) -> None:
    edges = len(discovery.edges)
    text = (
        f"{discovery.dataset.name}: {discovery.algorithm}, {edges} edge{'s' if edges != 1 else ''}"
    )
    pairs = {frozenset((e.source, e.target)) for e in discovery.edges}
    rest = [c for c in discovery.conflicts if frozenset((c.source, c.target)) not in pairs]
    if rest:
        text += (
            f"; {len(rest)} more conflict{'s' if len(rest) != 1 else ''} on pairs without an edge"
        )
    if not discovery.complete:
        text += " (INCOMPLETE: interrupted)"
    drawn.text(0.5, 1 - 0.18 / height, text, ha="center", va="top", fontsize=11, color=INK)


def _legend(drawn: Figure, discovery: Discovery) -> None:
    from matplotlib.lines import Line2D

    edges = discovery.edges
    items: list[tuple[Any, str]] = []
    for sign, marker, text in (
        (1, ">", "raises (blue, arrow)"),
        (-1, "|", "lowers (orange, bar)"),
        (0, ">", "sign not known (grey)"),
    ):
        if any(e.sign == sign for e in edges):
            colour = _COLOURS[sign]
            items.append(
                (
                    Line2D(
                        [], [], color=colour, linewidth=2, marker=marker, markersize=9,
                        markeredgewidth=2.5 if marker == "|" else 0, markevery=[1],
                    ),
                    text,
                )
            )  # fmt: skip
    if discovery.bootstraps_done:
        items += [
            (Line2D([], [], color=INK, linewidth=0.8 + 3.2 * share), f"in {share:.0%} of resamples")
            for share in (0.25, 1.0)
        ]
    if any(e.kind == "---" for e in edges):
        items.append((Line2D([], [], color=INK, linewidth=2), "no head: direction not known"))
    if any("o" in e.kind for e in edges):
        items.append(
            (
                Line2D([], [], color=INK, linewidth=1.5, marker="o", markerfacecolor="white"),
                "circle: this end not known",
            )
        )
    if any(e.kind == "<->" for e in edges):
        items.append(
            (Line2D([], [], color=INK, linewidth=2, marker="d"), "two heads: hidden cause")
        )
    if any(e.directed_by == "knowledge" and not e.required for e in edges):
        items.append(
            (
                Line2D([], [], color=INK, linewidth=2, linestyle=(0, (4, 2))),
                "direction by knowledge",
            )
        )
    if any(e.required for e in edges):
        items.append(
            (
                Line2D([], [], color=INK, linewidth=2, linestyle=(0, (1, 1.6))),
                "only by knowledge or prior",
            )
        )
    if any(e.conflicts for e in edges):
        items.append(
            (
                Line2D(
                    [], [], color="none", marker="D", markersize=10, markerfacecolor=YELLOW,
                    markeredgecolor=INK,
                ),
                "data and literature disagree",
            )
        )  # fmt: skip
    if items:
        drawn.legend(
            [i for i, _ in items], [t for _, t in items], loc="lower center", fontsize=9,
            ncols=max(2, min(4, int(drawn.get_figwidth() / 2.4))), frameon=False, handlelength=2.8,
            columnspacing=1.4,
        )  # fmt: skip
