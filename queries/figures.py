"""Figures drawn to a file: what every plot of a result shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from graph.errors import InputError, UsageError

__all__ = ["ACCENT", "BLUE", "FAINT", "INK", "chosen", "draw_to"]

T = TypeVar("T")
INK, ACCENT, BLUE, FAINT = "#333333", "#b3261e", "#1f5fa8", "#999999"


def chosen(kinds: Mapping[str, T], kind: str) -> T:
    """Return what draws ``kind``.

    Raises:
        UsageError: if there is no such plot.
    """
    if kind not in kinds:
        raise UsageError(f"there is no plot {kind!r}", hint=f"There are {', '.join(kinds)}.")
    return kinds[kind]


def draw_to(
    path: str | Path,
    size: tuple[float, float],
    panels: int,
    drawn: Callable[[list[Any]], None],
    heights: Sequence[float] = (),
) -> Path:
    """Call ``drawn`` with the axes of ``panels`` panels and write the figure; the file's ending says the
    format (png, svg, pdf).

    Args:
        size: width and height, inches.
        heights: of panels one below the other, in any unit; side by side if not given.

    Raises:
        UsageError: for an unknown ending, or if matplotlib is not installed.
        InputError: if the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError(
            "plots need matplotlib", hint="Install it: pip install matplotlib."
        ) from None
    path = Path(path)
    figure = Figure(figsize=size, layout="constrained")
    grid: dict[str, Any] = (
        {"nrows": panels, "height_ratios": heights} if heights else {"ncols": panels}
    )
    drawn(list(figure.subplots(squeeze=False, **grid).ravel()))
    try:
        figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
    except ValueError as error:
        raise UsageError(f"the plot cannot be drawn: {error}", where=str(path)) from None
    except OSError as error:
        raise InputError(f"the plot cannot be written: {error}", where=str(path)) from None
    return path
