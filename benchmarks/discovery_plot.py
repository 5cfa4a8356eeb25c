"""The growth plot of :mod:`benchmarks.discovery`."""

from __future__ import annotations

from pathlib import Path

from benchmarks.discovery_data import Row

__all__ = ["plot_growth"]

_MARKERS = {"pc": "o", "boss": "s", "pybnesian PC": "^", "causal-learn PC": "x"}


def plot_growth(rows: list[Row], path: Path) -> None:
    """Draw seconds against columns, rows and neighbours, one panel each, seconds on a logarithmic axis."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    sweeps = list(dict.fromkeys(str(row["grows"]) for row in rows))
    figure, axes = plt.subplots(1, len(sweeps), figsize=(4.2 * len(sweeps), 3.6), sharey=True)
    held = {"columns": "1,000 rows, 3 neighbours", "rows": "100 columns, 3 neighbours",
            "neighbours": "100 columns, 1,000 rows"}  # fmt: skip
    for axis, grows in zip(axes if len(sweeps) > 1 else [axes], sweeps, strict=True):
        for name, marker in _MARKERS.items():
            points = [
                (row["value"], row["s"])
                for row in rows
                if row["grows"] == grows
                and row["method"] == name
                and isinstance(row.get("s"), float)
            ]
            if points:
                axis.plot(*zip(*points, strict=True), marker=marker, label=name)
        values = sorted({row["value"] for row in rows if row["grows"] == grows})
        axis.set_xscale("linear" if grows == "neighbours" else "log")
        axis.set_yscale("log")
        axis.set_xticks(values, [f"{v:g}" for v in values])
        axis.minorticks_off()
        axis.set_xlabel(grows)
        axis.set_title(held.get(grows, ""), fontsize=9)
        axis.grid(alpha=0.3, which="both")
    first = axes[0] if len(sweeps) > 1 else axes
    first.set_ylabel("seconds")
    figure.legend(*first.get_legend_handles_labels(), loc="lower center", ncol=4, fontsize=8)
    figure.suptitle("Search time as columns, rows and density grow")
    figure.tight_layout(rect=(0, 0.07, 1, 1))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)
