"""The ledger of conflicts as a table."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from discovery.plots.drawing import GREY, INK, ORANGE, figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from discovery.claims import Conflict
    from discovery.result import Discovery

__all__ = ["conflicts_figure"]

_COLUMNS = (("pair", 18), ("conflict", 20), ("literature", 40), ("data", 46), ("kept", 32))
_LETTER, _LINE, _GAP = 0.078, 0.17, 0.14
_MOST = 40


def conflicts_figure(discovery: Discovery) -> Figure:
    """Return a table with one row a conflict, at most 40: the pair, its kind, both sides, what was kept."""
    rows = [_cells(c) for c in discovery.conflicts[:_MOST]]
    wrapped = [
        [_wrap(text, width) for text, (_, width) in zip(row, _COLUMNS, strict=True)] for row in rows
    ]
    lines = [max(len(cell) for cell in row) for row in wrapped]
    left = [0.25]
    for _, letters in _COLUMNS:
        left.append(left[-1] + letters * _LETTER + 0.2)
    width = left[-1] + 0.05
    height = 1.05 + sum(n * _LINE + _GAP for n in lines) + (0.3 if len(lines) < _MOST else 0.5)
    if not rows:
        height = 1.6
    drawn = figure(width, height)
    axes = drawn.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    total = len(discovery.conflicts)
    axes.text(
        0.25, 0.32, f"{discovery.dataset.name}, {discovery.algorithm}: "
        + (f"{total} conflict{'s' if total != 1 else ''} between data and what was known"
           if total else "no conflict between data and what was known"),
        fontsize=12, weight="bold", va="center", color=INK,
    )  # fmt: skip
    if not rows:
        return drawn
    for x, (title, _) in zip(left, _COLUMNS, strict=False):
        axes.text(x, 0.72, title, fontsize=9.5, weight="bold", va="center", color=ORANGE)
    y = 0.92
    for row, number in zip(wrapped, lines, strict=True):
        axes.plot([0.25, width - 0.2], [y, y], color=GREY, linewidth=0.6)
        for k, (x, cell) in enumerate(zip(left, row, strict=False)):
            for i, line in enumerate(cell):
                axes.text(
                    x, y + _GAP / 2 + (i + 0.5) * _LINE, line, fontsize=8.5, va="center", color=INK,
                    weight="bold" if k == 0 else "normal",
                )  # fmt: skip
        y += number * _LINE + _GAP
    if total > _MOST:
        axes.text(
            0.25, y + 0.2, f"... and {total - _MOST} more", fontsize=9, va="center", color=INK
        )
    return drawn


def _cells(conflict: Conflict) -> tuple[str, str, str, str, str]:
    held = []
    if conflict.evidences:
        held.append(f"{conflict.evidences} evidence{'s' if conflict.evidences != 1 else ''}")
    literature = _short(conflict.literature) + (f"; {', '.join(held)}" if held else "")
    return (
        f"{conflict.source}, {conflict.target}",
        conflict.kind.value,
        literature,
        conflict.data,
        conflict.kept,
    )


def _short(text: str) -> str:
    """Shorten the ids of statements: ten letters tell them apart."""
    words = []
    for word in text.split(" "):
        start = word.find("st-")
        words.append(word if start < 0 or len(word) < 20 else word[: start + 11] + _tail(word))
    return " ".join(words)


def _tail(word: str) -> str:
    stripped = word.rstrip(",;)")
    return word[len(stripped) :]


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=True) or [""]
