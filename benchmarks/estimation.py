"""Effects whose size is known: errors, coverage and width of our estimators, and of others in the same run.

    python -m benchmarks.estimation [--rows NAME,...] [--peers PYTHON] [--data DIR] [--json]

Rows: ihdp (ten semi-simulated replicates), twins, nhefs (published analyses give 3.0 to 3.9 kg), lalonde, and suite (20
simulated settings of heavy confounding, drawn here). ``--peers`` names an interpreter that has econml and doubleml;
DoWhy runs where it is installed. Settings of estimators were chosen on other draws than those scored, none on the four
real data sets.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.estimation_rows import ROWS
from benchmarks.estimation_suite import SCORED, suite

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "causal"


def main() -> int:
    """Run the rows asked for and print a table for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.estimation", description=__doc__)
    parser.add_argument("--data", type=Path, default=_DATA)
    parser.add_argument("--rows", default=",".join([*ROWS, "suite"]))
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter with econml and doubleml")
    parser.add_argument("--seed", type=int, default=SCORED, help="of the suite's draws")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    names = options.rows.split(",")
    if unknown := sorted(set(names) - {*ROWS, "suite"}):
        parser.error(f"there is no row {unknown[0]}; there are {', '.join([*ROWS, 'suite'])}")
    if set(names) & set(ROWS) and not options.data.is_dir():
        print(f"no data in {options.data}; name a folder with --data", file=sys.stderr)
        return 3
    results: dict[str, list[dict[str, Any]]] = {}
    for name in names:
        rows = suite(options.seed, options.peers) if name == "suite" else ROWS[name](options.data)
        results[name] = rows
        if not options.json:
            print(f"\n{name}", flush=True)
            for row in rows:
                print(_line(row), flush=True)
    if options.json:
        print(json.dumps(results, indent=1))
    return 0


def _line(row: dict[str, Any]) -> str:
    shown = "  ".join(
        f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}"
        for k, v in row.items()
        if k not in ("name", "target", "met")
    )
    verdict = f"  [{row['target']}: {'met' if row['met'] else 'MISSED'}]" if "met" in row else ""
    return f"  {row['name']:<24}{shown}{verdict}"


if __name__ == "__main__":
    sys.exit(main())
