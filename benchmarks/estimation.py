"""Effect estimation on data whose answer is known: errors, coverage, width and time of each estimator.

    python -m benchmarks.estimation [--data DIR] [--json]

IHDP: ten semi-simulated replicates (columns: treatment, factual and counterfactual outcome, both
means, 25 covariates); the error is that of the average of the true unit effects. NHEFS: smoking
cessation and weight gain, where published analyses give 3.0 to 3.9 kg. Nothing was tuned on either.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError
from queries.causal import Estimand, estimate, identify

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "causal"
ESTIMATORS = ("linear", "interacted", "aipw", "tmle")
NHEFS = (
    "sex", "race", "age", "education", "smokeintensity", "smokeyrs", "exercise", "active", "wt71",
)  # fmt: skip


def _confounded(treatment: str, outcome: str, covariates: tuple[str, ...]) -> Estimand:
    edges = [(c, end) for c in covariates for end in (treatment, outcome)]
    found = identify(CausalGraph(directed=[*edges, (treatment, outcome)]), treatment, outcome)
    assert isinstance(found, Estimand)
    return found


def ihdp(folder: Path) -> dict[str, dict[str, float]]:
    """Mean absolute error of the average effect over the replicates, coverage, mean width, seconds."""
    names = [f"x{i}" for i in range(1, 26)]
    estimand = _confounded("t", "y", tuple(names))
    rows: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in ESTIMATORS}
    for path in sorted(folder.glob("ihdp_npci_*.csv")):
        frame = pd.read_csv(path, header=None, names=["t", "y", "other", "mu0", "mu1", *names])
        truth = float((frame["mu1"] - frame["mu0"]).mean())
        data = Dataset(frame[["t", "y", *names]])
        for name in ESTIMATORS:
            began = time.perf_counter()
            found = estimate(estimand, data, estimator=name)
            seconds = time.perf_counter() - began
            covered = float(found.ci_low <= truth <= found.ci_high)
            rows[name].append(
                (abs(found.value - truth), covered, found.ci_high - found.ci_low, seconds)
            )
    return {
        name: dict(
            zip(("error", "coverage", "width", "seconds"), np.mean(values, axis=0), strict=True)
        )
        for name, values in rows.items()
    }


def nhefs(path: Path) -> dict[str, dict[str, float]]:
    """Effect of stopping to smoke on ten years' weight gain, in kg, with its interval."""
    estimand, data = _confounded("qsmk", "wt82_71", NHEFS), Dataset(pd.read_csv(path))
    found = {}
    for name in ESTIMATORS:
        e = estimate(estimand, data, estimator=name)
        found[name] = {"kg": e.value, "low": e.ci_low, "high": e.ci_high}
    return found


def lalonde(
    folder: Path, *, survey: bool, names: tuple[str, ...] = ESTIMATORS
) -> dict[str, dict[str, float]]:
    """Effect of training on 1978 earnings, dollars: in the randomised rows, or (``survey``) of those who
    were trained against the population survey instead of the experiment's own controls."""
    frame = pd.read_stata(folder / "nsw_mixtape" / "nsw_mixtape.dta").drop(columns="data_id")
    if survey:
        others = pd.read_stata(folder / "cps_mixtape" / "cps_mixtape.dta").drop(columns="data_id")
        frame = pd.concat([frame[frame["treat"] == 1], others], ignore_index=True)
    covariates = tuple(c for c in frame.columns if c not in ("treat", "re78"))
    estimand, data = _confounded("treat", "re78", covariates), Dataset(frame)
    found = {}
    for name in names:
        try:
            e = estimate(estimand, data, estimator=name)
        except DataError as error:
            print(f"lalonde, {name}: {error}", file=sys.stderr)
            continue
        found[name] = {"dollars": e.value, "low": e.ci_low, "high": e.ci_high}
    return found


def main() -> int:
    """Run what the data folder allows and print a table for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.estimation", description=__doc__)
    parser.add_argument("--data", type=Path, default=_DATA)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"no data in {options.data}; name a folder with --data", file=sys.stderr)
        return 3
    results: dict[str, Any] = {
        "ihdp": ihdp(options.data / "ihdp" / "csv"),
        "nhefs": nhefs(options.data / "nhefs" / "NHEFS.csv"),
        "lalonde_experiment": lalonde(options.data, survey=False),
        "lalonde_survey": lalonde(options.data, survey=True, names=("linear", "aipw-treated")),
    }
    if options.json:
        print(json.dumps(results, indent=1))
        return 0
    for suite, table in results.items():
        print(f"\n{suite}")
        for name, numbers in table.items():
            shown = "  ".join(f"{k} {v:.4g}" for k, v in numbers.items())
            print(f"  {name:<12}{shown}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
