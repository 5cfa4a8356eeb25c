"""Predicted probabilities against simulated truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from discovery.plots.drawing import BLUE, GREY, INK, ORANGE, check_file, figure, save
from discovery.stability.bins import ReliabilityBin
from graph.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_reliability"]

_COLOURS = (BLUE, ORANGE, "#009E73", "#CC79A7")
_MARKERS = ("o", "s", "^", "D")


def draw_reliability(
    curves: Mapping[str, Sequence[ReliabilityBin]],
    file: str | Path,
    *,
    title: str = "predicted probability against simulated truth",
) -> Path:
    """Draw reliability curves with 95 % intervals, and below how many predictions fell into each bin.

    Args:
        curves: name -> bins, as :func:`discovery.stability.reliability` makes them; at most four.
        file: .png, .svg or .pdf.

    Raises:
        UsageError: nothing to draw, more than four curves, or a bad file ending.
        InputError: the file cannot be written.
    """
    shown = {name: tuple(bins) for name, bins in curves.items() if bins}
    if not shown:
        raise UsageError("there is nothing to draw")
    if len(shown) > len(_COLOURS):
        raise UsageError(f"{len(shown)} curves cannot be told apart", hint="Draw at most four.")
    return save(lambda: _figure(shown, title), check_file(file))


def _figure(curves: Mapping[str, Sequence[ReliabilityBin]], title: str) -> Figure:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    drawn = figure(6.2, 6.8)
    axes = drawn.add_axes((0.13, 0.33, 0.83, 0.6))
    below = drawn.add_axes((0.13, 0.09, 0.83, 0.17), sharex=axes)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (4, 2)), label="perfect")
    for k, (name, bins) in enumerate(curves.items()):
        spread = (
            [max(b.share - b.share_low, 0.0) for b in bins],
            [max(b.share_high - b.share, 0.0) for b in bins],
        )
        axes.errorbar(
            [b.belief for b in bins], [b.share for b in bins], yerr=spread, color=_COLOURS[k],
            marker=_MARKERS[k], markersize=6, linewidth=1.6, capsize=2.5,
            label=f"{name} ({sum(b.count for b in bins)})",
        )  # fmt: skip
        for b in bins:
            wide = 0.8 * (b.high - b.low) / len(curves)
            left = b.low + 0.1 * (b.high - b.low) + k * wide
            below.bar(left, b.count, width=wide, align="edge", color=_COLOURS[k])
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.02, 1.02)
    axes.set_ylabel("share that is true")
    axes.set_title(title, fontsize=11, color=INK)
    axes.legend(loc="upper left", frameon=False, fontsize=9)
    axes.grid(color="#E5E5E5", linewidth=0.6)
    axes.set_axisbelow(True)
    below.set_xlabel("predicted probability")
    below.set_ylabel("predictions")
    below.set_yscale("log")
    below.set_ylim(bottom=0.7)
    below.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    below.yaxis.set_minor_formatter(NullFormatter())
    return drawn
