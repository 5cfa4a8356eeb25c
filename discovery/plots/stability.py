"""How often each edge came up in resamples, as heat maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from discovery.plots.drawing import INK, ORANGE, figure
from graph.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

    from discovery.result import Discovery

__all__ = ["shares", "stability_figure"]

_NUMBERS = 16
"""up to so many columns the cells carry numbers"""
_MOST = 60


def shares(
    discovery: Discovery, columns: list[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how often each pair was adjacent, and how often row -> column, both [p, p] in [0, 1]."""
    index = {name: i for i, name in enumerate(columns)}
    adjacent = np.zeros((len(columns), len(columns)))
    directed = np.zeros_like(adjacent)
    for (a, b), kinds in discovery.stability.items():
        if a not in index or b not in index:
            continue
        i, j = index[a], index[b]
        adjacent[i, j] = adjacent[j, i] = min(sum(kinds.values()), 1.0)
        directed[i, j] = kinds.get("-->", 0.0)
        directed[j, i] = kinds.get("<--", 0.0)
    return adjacent, directed


def stability_figure(discovery: Discovery) -> Figure:
    """Return two heat maps: adjacent at all, and directed from row to column; edges of the result are
    framed. With more than 60 columns those with the most stable edges are shown.

    Raises:
        UsageError: the result has no bootstraps.
    """
    if not discovery.bootstraps_done:
        raise UsageError(
            "there is no stability to draw: no bootstrap was run", hint="Ask for bootstraps."
        )
    columns = [str(n) for n in discovery.graph.nodes]
    adjacent, _ = shares(discovery, columns)
    if len(columns) > _MOST:
        best = np.argsort(-adjacent.max(axis=1), kind="stable")[:_MOST]
        columns = [columns[int(i)] for i in np.sort(best)]
    adjacent, directed = shares(discovery, columns)
    p = len(columns)
    letter = max(len(c) for c in columns) * 0.075
    side = max(2.8, 0.3 * p if p > _NUMBERS else 0.36 * p)
    width, height = 2 * side + 2 * letter + 2.2, side + letter + 1.3
    drawn = figure(width, height)
    framed = {(e.source, e.target) for e in discovery.edges}
    panels = (
        (adjacent, "adjacent", framed | {(b, a) for a, b in framed}),
        (
            directed,
            "row → column",
            {(e.source, e.target) for e in discovery.edges if e.kind == "-->"},
        ),
    )
    image: AxesImage | None = None
    for k, (values, title, outlined) in enumerate(panels):
        place = (
            (letter + 0.3 + k * (side + letter + 0.35)) / width,
            0.3 / height,
            side / width,
            side / height,
        )
        axes = drawn.add_axes(place)
        image = _map(axes, values, columns, outlined)
        axes.set_title(title, fontsize=11, pad=8, color=INK)
    bar = drawn.add_axes(((width - 0.75) / width, 0.3 / height, 0.16 / width, side / height))
    assert image is not None
    drawn.colorbar(image, cax=bar)
    bar.tick_params(labelsize=8)
    drawn.text(
        0.5, 1 - 0.12 / height,
        f"{discovery.dataset.name}: {discovery.algorithm}, share of {discovery.bootstraps_done} "
        "resamples; framed: edges of the result",
        ha="center", va="top", fontsize=11, color=INK,
    )  # fmt: skip
    return drawn


def _map(
    axes: Axes, values: NDArray[np.float64], columns: list[str], outlined: set[tuple[str, str]]
) -> AxesImage:
    from matplotlib.patches import Rectangle

    p = len(columns)
    shown = np.where(np.eye(p, dtype=bool), np.nan, values)
    image = axes.imshow(shown, cmap="cividis", vmin=0.0, vmax=1.0, interpolation="nearest")
    small = 9 if p <= 25 else max(4.5, 9 - 0.12 * (p - 25))
    axes.set_xticks(range(p), columns, rotation=90, fontsize=small)
    axes.set_yticks(range(p), columns, fontsize=small)
    axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for i, a in enumerate(columns):
        for j, b in enumerate(columns):
            if (a, b) in outlined:
                axes.add_patch(
                    Rectangle(
                        (j - 0.46, i - 0.46), 0.92, 0.92, fill=False, edgecolor=ORANGE,
                        linewidth=2.0 if p <= 25 else 1.2,
                    )
                )  # fmt: skip
            if p <= _NUMBERS and i != j and values[i, j] >= 0.005:
                axes.text(
                    j, i, f"{values[i, j]:.2f}".lstrip("0") if values[i, j] < 0.995 else "1",
                    ha="center", va="center", fontsize=7.5,
                    color="white" if values[i, j] < 0.55 else INK,
                )  # fmt: skip
    return image
