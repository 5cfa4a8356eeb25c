"""Causal discovery: speed, agreement with peers, accuracy, calibration and soundness, in one run.

    python -m benchmarks.discovery [--rows NAME,...] [--quick] [--json FILE] [--plot FILE] [--limit SECONDS]

Random graphs are Erdos-Renyi with three neighbours a column, 1,000 rows, columns standardised so that scale
tells nothing; seeds are 0, 1, 2 ... unless a row says otherwise, and no setting was chosen on them. Seconds
are medians of wall time after a first untimed search (compiling, imports); ``CPU s`` is processor time, which
other work on the machine hardly changes. Numeric libraries use one thread. Peers run in processes of their
own (``pip install 'etiograph[benchmarks]'``); what is not installed, not built or not on this machine says so
in its row.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("PYTHONWARNINGS", "ignore")  # of the peers' processes

# ruff: noqa: E402
import argparse
import json
import platform
import time
import traceback
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table as RichTable

from benchmarks import discovery_more as more
from benchmarks import discovery_rows as rows
from benchmarks.discovery_data import Row, case
from benchmarks.discovery_peers import Peers, versions
from benchmarks.discovery_rows import Bench
from discovery.algorithms import REGISTRY, resolve
from discovery.knowledge import Knowledge

ROWS: dict[str, Callable[..., list[Row]]] = {
    "pc": rows.pc,
    "fci": rows.fci,
    "tests": rows.tests_a_second,
    "scores": rows.score_search,
    "networks": rows.networks,
    "lingam": rows.orders,
    "sachs": more.sachs,
    "grn": more.regulation,
    "pairs": more.pairs,
    "bootstraps": more.bootstraps,
    "calibration": more.calibration,
    "soundness": more.soundness,
    "growth": more.growth,
}
"""name -> what makes the row; the first line of its docstring is the title"""


def show(title: str, found: list[Row], console: Console) -> None:
    """Print one table."""
    columns = list(dict.fromkeys(key for row in found for key in row))
    table = RichTable(*columns, title=title, title_justify="left")
    for row in found:
        table.add_row(*(_cell(row.get(c)) for c in columns))
    console.print(table)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    import scipy

    return {
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "SciPy": scipy.__version__,
        **versions(),
    }


def _warm() -> None:
    """Search once with everything that compiles or imports, so that no row is timed with it."""
    _, small = case(10, 0)
    for name in ("pc", "boss", "grasp", "ges", "fci", "rfci", "direct-lingam"):
        if name in REGISTRY:
            resolve(name).run(small, Knowledge())


def main(arguments: list[str] | None = None) -> int:
    """Run the rows and print them; 1 if one of them broke."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--rows", metavar="NAME,...", help=f"only these of {', '.join(ROWS)}", default=""
    )
    parser.add_argument("--quick", action="store_true", help="smaller sizes, fewer seeds")
    parser.add_argument("--limit", type=float, default=90.0, help="seconds for one peer's search")
    parser.add_argument(
        "--cases",
        type=int,
        default=1000,
        help="random cases of each algorithm in the soundness row",
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures there")
    parser.add_argument("--plot", metavar="FILE", type=Path, help="draw how time grows")
    options = parser.parse_args(arguments)
    chosen = [name.strip() for name in options.rows.split(",") if name.strip()] or [
        name for name in ROWS if name != "growth"
    ]
    unknown = sorted(set(chosen) - set(ROWS))
    if unknown:
        parser.error(f"there is no row {unknown[0]!r}; rows are {', '.join(ROWS)}")
    if options.plot and "growth" not in chosen:
        chosen.append("growth")
    warnings.simplefilter("ignore")
    console = Console()
    console.print(", ".join(f"{k} {v}" for k, v in machine().items()))
    figures: dict[str, list[Row]] = {}
    broken: list[str] = []
    began = time.perf_counter()
    _warm()
    with Peers(min(20.0, options.limit) if options.quick else options.limit) as peers:
        bench = Bench(peers, options.quick)
        for name in chosen:
            work = ROWS[name]
            if name == "soundness":
                work = partial(work, cases=options.cases)
            title = f"{name}: {(ROWS[name].__doc__ or '').split('. ')[0]}"
            try:
                figures[name] = work(bench)
            except Exception:  # noqa: BLE001 - one broken row must not cost the others; it is shown
                broken.append(name)
                console.print(f"{title}\n{traceback.format_exc()}", style="red", markup=False)
                continue
            show(" ".join(title.split()), figures[name], console)
            if options.json:
                _write(options.json, figures)
    console.print(f"{time.perf_counter() - began:.0f} s")
    if options.plot and figures.get("growth"):
        from benchmarks.discovery_plot import plot_growth

        plot_growth(figures["growth"], options.plot)
        console.print(f"wrote {options.plot}")
    return 1 if broken else 0


def _write(path: Path, figures: dict[str, list[Row]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {"machine": machine(), "rows": figures}
    path.write_text(json.dumps(data, indent=1, default=str) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
