"""Plots of estimates: balance and overlap, strength of hidden causes, specifications, units, doses, times."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.errors import UsageError
from queries.figures import ACCENT, BLUE, FAINT, INK, draw_to

if TYPE_CHECKING:
    from queries.causal.dose_response import DoseResponse
    from queries.causal.heterogeneity import GroupEffect, UnitEffects
    from queries.causal.results import Estimate
    from queries.causal.sensitivity import Sensitivity
    from queries.causal.specification import SpecificationCurve
    from queries.causal.survival import SurvivalEffect

__all__ = [
    "plot_balance",
    "plot_doses",
    "plot_sensitivity",
    "plot_specifications",
    "plot_survival",
    "plot_units",
]

MOST_NAMES, NAMED = 60, 3
BALANCED = 0.1
_COLOURS = (BLUE, ACCENT)


def plot_balance(found: Estimate, path: str | Path) -> Path:
    """Draw how alike the arms are: standardised differences before and after (love plot), and the
    propensities of both; for a treatment of many values its correlations with what is adjusted for.

    Raises:
        UsageError: if the estimate says nothing of balance (it is no back-door one, or adjusts for nothing),
            or the file's ending is unknown.
        InputError: if the file cannot be written.
    """
    told, x = found.diagnostics, found.estimand.treatment[0]
    if told.get("standardised_differences"):
        names = list(told["standardised_differences"])[:MOST_NAMES]
        size = (9.0, max(3.5, 0.22 * len(names) + 1.6))
        return draw_to(path, size, 2, lambda axes: _arms(axes, told, names, x))
    if told.get("correlations"):
        shared = dict(list(told["correlations"].items())[:MOST_NAMES])
        size = (6.0, max(3.0, 0.22 * len(shared) + 1.6))
        return draw_to(path, size, 1, lambda axes: _correlations(axes[0], shared, x))
    raise UsageError(
        "there is no balance to draw", hint="It is told for back-door estimates that adjust for something."
    )  # fmt: skip


def _arms(axes: list[Any], told: Mapping[str, Any], names: list[str], treatment: str) -> None:
    love, chance = axes
    for key, label, colour, marker in (
        ("standardised_differences", "as they are", FAINT, "o"),
        ("differences_after", "weighted", ACCENT, "D"),
    ):
        at = [(told[key][n], k) for k, n in enumerate(names) if told[key][n] is not None]
        love.scatter(*zip(*at, strict=True), s=18, color=colour, marker=marker, label=label)
    love.axvline(0, color=INK, linewidth=0.8)
    for end in (-BALANCED, BALANCED):
        love.axvline(end, color=FAINT, linewidth=0.8, linestyle=":")
    love.set_yticks(range(len(names)), names, fontsize=8)
    love.invert_yaxis()
    love.set_xlabel("difference of the arms' means, standard deviations")
    love.set_title("balance", fontsize=10)
    love.legend(fontsize=8, frameon=False)
    counts = told["propensity"]["counts"]
    for (arm, values), colour, side in zip(counts.items(), _COLOURS, (1, -1), strict=True):
        width = 1 / len(values)
        centres = (np.arange(len(values)) + 0.5) * width
        shares = side * np.array(values) / max(1, sum(values))
        chance.bar(
            centres, shares, width * 0.95, color=colour, alpha=0.7, label=f"{treatment} = {arm}"
        )
    chance.axhline(0, color=INK, linewidth=0.8)
    chance.set_xlim(0, 1)
    chance.set_xlabel(f"chance to have the higher {treatment}")
    chance.set_ylabel("share of the arm")
    ticks = chance.get_yticks()
    chance.set_yticks(ticks, [f"{abs(t):.2g}" for t in ticks])
    chance.set_title("overlap", fontsize=10)
    chance.legend(fontsize=8, frameon=False)


def _correlations(axes: Any, shared: Mapping[str, float], treatment: str) -> None:
    axes.barh(range(len(shared)), list(shared.values()), color=BLUE, height=0.6)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(shared)), list(shared), fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(-1, 1)
    axes.set_xlabel(f"correlation with {treatment}")


def plot_sensitivity(found: Sensitivity, path: str | Path) -> Path:
    """Draw what would be left of the estimate for hidden common causes of every strength (Cinelli and Hazlett
    2020, figure 2): the line at zero, the line where the interval reaches zero, and what is observed."""
    return draw_to(path, (6.0, 5.0), 1, lambda axes: _contours(axes[0], found))


def _contours(axes: Any, found: Sensitivity) -> None:
    strongest = max([found.robustness_value * 1.6, *(max(b.treatment, b.outcome) * 1.4 for b in found.benchmarks)])  # fmt: skip
    top = float(np.clip(strongest, 0.02, 0.98))
    grid = np.linspace(0.0, top, 120)
    with_x, with_y = np.meshgrid(grid, grid)
    left = found.adjusted(with_x, with_y)
    lines = axes.contour(grid, grid, left, levels=8, colors=FAINT, linewidths=0.8)
    axes.clabel(lines, fontsize=7, fmt="%.3g")
    zero = axes.contour(grid, grid, left, levels=[0.0], colors=ACCENT, linewidths=1.6)
    axes.clabel(zero, fontsize=8, fmt="0")
    for rank, b in enumerate(found.benchmarks):
        axes.scatter(b.treatment, b.outcome, s=20, color=BLUE, zorder=3)
        if rank >= NAMED:
            continue
        axes.annotate(b.name, (b.treatment, b.outcome), (3, 3), textcoords="offset points", fontsize=8)  # fmt: skip
    axes.scatter(found.robustness_value, found.robustness_value, marker="D", s=24, color=ACCENT)
    axes.set_xlabel("share of the treatment's rest that the hidden cause explains")
    axes.set_ylabel("share of the outcome's rest that it explains")
    axes.set_title("estimate that would be left; points: as strong as what is adjusted for", fontsize=9)  # fmt: skip


def plot_specifications(found: SpecificationCurve, path: str | Path) -> Path:
    """Draw every estimate in ascending order, and below it how it was made."""
    below = 0.2 * len(found.choices) + 0.4
    size = (max(6.0, 0.22 * len(found.rows) + 3.0), 3.2 + below)
    return draw_to(path, size, 2, lambda axes: _specifications(axes, found), heights=(3.2, below))


def _specifications(axes: list[Any], found: SpecificationCurve) -> None:
    curve, made = axes
    rows = sorted(found.rows, key=lambda r: (r.value, r.estimator))
    for k, row in enumerate(rows):
        colour = INK if row.ci_low <= 0 <= row.ci_high else ACCENT
        curve.plot([k, k], [row.ci_low, row.ci_high], color=FAINT, linewidth=1)
        curve.scatter(k, row.value, s=14, color=colour, zorder=3)
    curve.axhline(0, color=INK, linewidth=0.8)
    curve.set_xticks([])
    curve.set_ylabel("effect with 95 % interval")
    for line, choice in enumerate(found.choices):
        used = [k for k, row in enumerate(rows) if choice in row.made_by]
        made.scatter(used, [line] * len(used), s=10, color=INK)
    made.set_yticks(range(len(found.choices)), found.choices, fontsize=7)
    made.set_xlim(*curve.get_xlim())
    made.set_ylim(len(found.choices) - 0.5, -0.5)
    made.set_xticks([])
    made.set_xlabel(f"{len(rows)} ways to estimate it")


def plot_units(found: UnitEffects, path: str | Path) -> Path:
    """Draw the units' effects in ascending order with their intervals, and the averages of groups."""
    groups = [*found.ranked, *(g for each in found.groups.values() for g in each), found.average]
    size = (10.0, max(4.0, 0.25 * len(groups) + 1.5))
    return draw_to(path, size, 2, lambda axes: _units(axes, found, groups))


def _units(axes: list[Any], found: UnitEffects, groups: list[GroupEffect]) -> None:
    order = np.argsort(found.values, kind="stable")
    share = (np.arange(len(order)) + 0.5) / len(order)
    axes[0].fill_between(
        share, found.ci_low[order], found.ci_high[order], color=FAINT, alpha=0.4, linewidth=0
    )
    axes[0].plot(share, found.values[order], color=INK, linewidth=1.4)
    axes[0].axhline(0, color=INK, linewidth=0.8)
    axes[0].set_xlabel("share of the units")
    axes[0].set_ylabel(f"effect, {found.units}", fontsize=8)
    axes[0].set_title("each unit, with its own 95 % interval", fontsize=10)
    at = np.arange(len(groups))
    values = np.array([g.value for g in groups])
    ends = np.array([[g.value - g.ci_low, g.ci_high - g.value] for g in groups]).T
    axes[1].errorbar(values, at, xerr=ends, fmt="o", color=BLUE, ecolor=FAINT, markersize=4)
    axes[1].axvline(0, color=INK, linewidth=0.8)
    axes[1].axvline(found.average.value, color=ACCENT, linewidth=0.8, linestyle=":")
    axes[1].set_yticks(at, [f"{g.group} ({g.n})" for g in groups], fontsize=8)
    axes[1].invert_yaxis()
    axes[1].set_title("averages of groups", fontsize=10)


def plot_doses(found: DoseResponse, path: str | Path) -> Path:
    """Draw the mean outcome by dose with its interval at each dose and the band for the whole curve."""
    return draw_to(path, (6.5, 4.2), 1, lambda axes: _doses(axes[0], found))


def _doses(axes: Any, found: DoseResponse) -> None:
    bands = (
        (found.band_low, found.band_high, 0.3, "95 % band of the whole curve"),
        (found.ci_low, found.ci_high, 0.5, "95 % interval at each dose"),
    )
    for low, high, dark, label in bands:
        axes.fill_between(found.doses, low, high, color=FAINT, alpha=dark, linewidth=0, label=label)
    axes.plot(found.doses, found.means, color=ACCENT, linewidth=1.6)
    axes.set_xlabel(f"{found.treatment}, if all had it")
    axes.set_ylabel(f"mean of {found.outcome}")
    axes.legend(fontsize=8, frameon=False)


def plot_survival(found: SurvivalEffect, path: str | Path) -> Path:
    """Draw the arms' Kaplan-Meier curves, not adjusted, up to the horizon."""
    return draw_to(path, (6.5, 4.2), 1, lambda axes: _survival(axes[0], found))


def _survival(axes: Any, found: SurvivalEffect) -> None:
    for (name, curve), colour in zip(found.curves.items(), _COLOURS, strict=True):
        seen = curve.times <= found.horizon
        times = np.concatenate([[0.0], curve.times[seen], [found.horizon]])
        parts = []
        for values in (curve.values, curve.ci_low, curve.ci_high):
            inside = values[seen]
            parts.append(np.concatenate([[1.0], inside, inside[-1:]]))
        axes.step(times, parts[0], where="post", color=colour, label=f"{found.estimand.treatment[0]} = {name}")  # fmt: skip
        axes.fill_between(times, parts[1], parts[2], step="post", color=colour, alpha=0.15, linewidth=0)  # fmt: skip
    axes.set_ylim(0, 1.02)
    axes.set_xlabel(found.estimand.outcome[0])
    axes.set_ylabel("share without the event, not adjusted")
    axes.set_title(
        f"adjusted difference of the mean up to {found.horizon:g}: {found.value:+.3g} "
        f"({found.ci_low:+.3g} to {found.ci_high:+.3g})", fontsize=9,
    )  # fmt: skip
    axes.legend(fontsize=8, frameon=False)
