"""A causal graph as a drawing, with what stands in the way of an answer marked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graph.causal import CausalGraph
from graph.causal_transform import consistent_extension
from graph.errors import InputError, UsageError
from queries.causal.results import Estimand, Refusal

__all__ = ["draw", "layers"]

WITNESS, ASKED, PLAIN = "#f4b183", "#9dc3e6", "#f2f2f2"
SUFFIXES = (".png", ".svg", ".pdf")


def layers(graph: CausalGraph) -> dict[str, tuple[float, float]]:
    """Return a place for every node: causes above effects, and nodes of one level side by side."""
    order = graph
    if graph.circle or graph.undirected:
        try:
            order = consistent_extension(
                CausalGraph(graph.nodes, directed=graph.directed, undirected=graph.undirected)
            )
        except InputError:
            order = CausalGraph(graph.nodes, directed=graph.directed)
    level = dict.fromkeys(graph.nodes, 0)
    for _ in graph.nodes:
        for a, b in order.directed:
            # in a loop levels would grow for ever
            level[b] = min(max(level[b], level[a] + 1), len(graph.nodes))
    rank = {v: k for k, v in enumerate(sorted(set(level.values())))}
    rows: dict[int, list[str]] = {}
    for n in graph.nodes:
        rows.setdefault(rank[level[n]], []).append(n)
    places: dict[str, tuple[float, float]] = {}
    for k in sorted(rows):
        # near the middle of their causes, so that few arrows cross
        names = sorted(rows[k], key=lambda n: _middle(n, order, places))
        for i, n in enumerate(names):
            # rows are shifted a little, so that no arrow runs through a third node
            places[n] = (i - (len(names) - 1) / 2 + 0.3 * (k % 3 - 1), -float(k))
    return places


def _middle(
    node: str, graph: CausalGraph, places: dict[str, tuple[float, float]]
) -> tuple[float, str]:
    above = [places[p][0] for p in graph.parents(node) if p in places]
    return (sum(above) / len(above) if above else 0.0, node)


def _marked(found: Estimand | Refusal | None) -> tuple[set[str], set[frozenset[str]]]:
    """Nodes and edges of a refusal's witness."""
    if not isinstance(found, Refusal):
        return set(), set()
    w = found.witness
    if w["kind"] == "hedge":
        edges = [*w["edges"]["directed"], *w["edges"]["bidirected"]]
        return set(w["forest"]), {frozenset(e) for e in edges}
    if w["kind"] == "cycle":
        return set(w["loop"]), {frozenset(e) for e in w["edges"]}
    if w["kind"] == "unoriented":
        return set(), {frozenset((e[0], e[2])) for e in w["edges"]}
    if w["kind"] == "sources":
        return {*w["district"], *(n for f in w["forests"] for n in f["forest"])}, set()
    if w["kind"] == "recovery":
        return {*w["selection"], *w["missing"], *w["missing"].values()}, set()
    return {w["node"], *w["causes"], *w["loop"]} if w["kind"] == "equation" else set(), set()


def draw(graph: CausalGraph, path: str | Path, found: Estimand | Refusal | None = None) -> Path:
    """Draw a graph to a PNG, SVG or PDF file; treatments and outcomes are blue, a witness orange.

    Raises:
        UsageError: for another kind of file.
        InputError: if the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path} is no picture", hint=f"Use one of {', '.join(SUFFIXES)}.")
    from matplotlib.figure import Figure

    places = layers(graph)
    nodes, edges = _marked(found)
    asked = {*found.treatment, *found.outcome} if found is not None else set()
    wide = max((abs(a) for a, _ in places.values()), default=1) * 2 + 2
    high = max((-b for _, b in places.values()), default=1)
    figure = Figure(figsize=(min(16.0, 1.7 * wide), min(16.0, 1.3 * high + 1.5)))
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set_xlim(-wide / 2 - 0.3, wide / 2 + 0.3)
    axes.set_ylim(-high - 0.5, 0.5)
    for a, symbol, b in graph.edges:
        marked = frozenset((a, b)) in edges
        _edge(axes, places[a], places[b], symbol, "#c55a11" if marked else "#404040", marked)
    for n, (left, up) in places.items():
        colour = WITNESS if n in nodes else ASKED if n in asked else PLAIN
        edge = "#1f4e79" if n in asked else "#404040"
        axes.text(
            left, up, n, ha="center", va="center", fontsize=10, zorder=3,
            bbox={"boxstyle": "round,pad=0.35", "facecolor": colour, "edgecolor": edge,
                  "linewidth": 2.0 if n in asked else 1.0},
        )  # fmt: skip
    if found is not None:
        told = found.query if isinstance(found, Refusal) else found.formula
        title = f"{told}: not identifiable" if isinstance(found, Refusal) else told
        axes.set_title(title, fontsize=9, wrap=True)
    try:
        figure.savefig(
            path,
            bbox_inches="tight",
            dpi=150,
            metadata={"Date": None} if path.suffix == ".svg" else None,
        )
    except OSError as error:
        raise InputError(f"the drawing cannot be written: {error}", where=str(path)) from error
    return path


_ENDS = {"-->": "-|>", "<->": "<|-|>", "---": "-", "o->": "-|>", "o-o": "-", "o--": "-"}


def _edge(
    axes: Any,
    a: tuple[float, float],
    b: tuple[float, float],
    symbol: str,
    colour: str,
    marked: bool,
) -> None:
    both = symbol == "<->"
    # what skips a row bends around what lies between
    skips = abs(a[1] - b[1]) > 1.5 or (a[1] == b[1] and abs(a[0] - b[0]) > 1.5)
    bend = 0.3 if both else 0.0
    if skips:
        bend = (0.75 if both else -0.3) * (1 if a[0] + b[0] >= 0 or both else -1)
    axes.annotate(
        "", xy=b, xytext=a, zorder=1,
        arrowprops={
            "arrowstyle": _ENDS[symbol], "color": colour, "linewidth": 2.2 if marked else 1.2,
            "linestyle": "--" if both else "-", "shrinkA": 16, "shrinkB": 16,
            "connectionstyle": f"arc3,rad={bend}",
        },
    )  # fmt: skip
    if symbol.startswith("o"):
        for near, far in ((a, b), (b, a)) if symbol == "o-o" else ((a, b),):
            t = 0.28
            axes.plot(
                [near[0] + t * (far[0] - near[0])], [near[1] + t * (far[1] - near[1])],
                marker="o", markersize=6, markerfacecolor="white", markeredgecolor=colour, zorder=2,
            )  # fmt: skip
