"""Forest, scatter, funnel and leave-one-out plots, drawn to a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from queries.figures import ACCENT, FAINT, INK, chosen, draw_to
from queries.mr.methods import MethodEstimate
from queries.mr.sensitivity import SnpEstimate

if TYPE_CHECKING:
    from queries.mr.results import MRResult

__all__ = ["KINDS", "draw"]

_LINES = ("#b3261e", "#1f5fa8", "#2e7d32", "#8e44ad", "#d2691e", "#00838f", "#6d4c41", "#555555")
_MOST = 150


def draw(result: MRResult, path: str | Path, kind: str = "forest") -> Path:
    """Draw one of :data:`KINDS`; the file's ending says the format (png, svg, pdf).

    Raises:
        UsageError: for an unknown kind or ending, or if matplotlib is not installed.
        InputError: if the file cannot be written.
    """
    drawn = chosen(KINDS, kind)
    rows = min(len(result.data), _MOST) + len(result.estimates)
    tall = kind in ("forest", "leave-one-out")
    size = (7.0, max(3.5, 0.2 * rows + 1.5) if tall else 5.5)
    return draw_to(path, size, 1, lambda axes: drawn(axes[0], result))


def _forest(axes: Any, r: MRResult) -> None:
    rows = sorted(_shown(r.single, r), key=lambda s: s.beta)
    _intervals(axes, r, rows)
    axes.set_xlabel(f"effect of {r.exposure} on {r.outcome}")
    axes.set_title("each variant alone, and all together", fontsize=10)


def _leave_one_out(axes: Any, r: MRResult) -> None:
    rows = sorted(_shown(r.leave_one_out, r), key=lambda s: s.beta)
    _intervals(axes, r, rows, methods=1)
    axes.set_xlabel(f"effect of {r.exposure} on {r.outcome} without the variant")
    axes.set_title("leaving one variant out", fontsize=10)


def _shown(rows: tuple[SnpEstimate, ...], r: MRResult) -> list[SnpEstimate]:
    # a thousand rows cannot be read: those farthest from the estimate are shown
    far = sorted(rows, key=lambda s: abs(s.beta - r.main.beta) / s.std_error, reverse=True)
    return far[:_MOST]


def _intervals(axes: Any, r: MRResult, rows: list[SnpEstimate], methods: int | None = None) -> None:
    estimates = r.estimates[:methods]
    labels = [s.snp for s in rows] + [e.method for e in reversed(estimates)]
    every: list[SnpEstimate | MethodEstimate] = [*rows, *reversed(estimates)]
    for y, e in enumerate(every):
        colour = INK if y < len(rows) else ACCENT
        low, high = (v if np.isfinite(v) else e.beta for v in (e.ci_low, e.ci_high))
        axes.plot([low, high], [y, y], color=colour, linewidth=1)
        axes.plot([e.beta], [y], "o", color=colour, markersize=3 if y < len(rows) else 5)
    axes.axvline(0, color=FAINT, linewidth=0.8, linestyle="--")
    axes.set_yticks(range(len(labels)), labels, fontsize=6)
    axes.set_ylim(-1, len(labels))


def _scatter(axes: Any, r: MRResult) -> None:
    x, y = r.effects("beta_exposure"), r.effects("beta_outcome")
    axes.errorbar(
        x, y, xerr=r.effects("se_exposure"), yerr=r.effects("se_outcome"), fmt="o", markersize=3,
        color=INK, ecolor=FAINT, elinewidth=0.6, linewidth=0,
    )  # fmt: skip
    ends = np.array([0.0, float(x.max()) * 1.05])
    for e, colour in zip(r.estimates, _LINES * 2, strict=False):
        start = e.intercept.value if e.intercept else 0.0
        axes.plot(ends, start + e.beta * ends, color=colour, linewidth=1.2, label=e.method)
    axes.axhline(0, color=FAINT, linewidth=0.6)
    axes.set_xlabel(f"effect on {r.exposure}")
    axes.set_ylabel(f"effect on {r.outcome}")
    axes.legend(fontsize=7, frameon=False)


def _funnel(axes: Any, r: MRResult) -> None:
    axes.plot(
        [s.beta for s in r.single],
        [1 / s.std_error for s in r.single],
        "o",
        color=INK,
        markersize=3,
    )
    for e, colour in zip(r.estimates, _LINES * 2, strict=False):
        axes.axvline(e.beta, color=colour, linewidth=1.2, label=e.method)
    axes.set_xlabel("estimate of one variant")
    axes.set_ylabel("1 / its standard error")
    axes.legend(fontsize=7, frameon=False)


KINDS: Mapping[str, Callable[[Any, MRResult], None]] = {
    "forest": _forest,
    "scatter": _scatter,
    "funnel": _funnel,
    "leave-one-out": _leave_one_out,
}
"""The plots, by name."""
