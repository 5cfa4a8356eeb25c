"""Effects whose size is known from data: IHDP, Twins, NHEFS and LaLonde, by our estimators."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graph.dataset import Dataset
from graph.errors import DataError
from queries.causal import estimate
from queries.causal.adjusting import adjusting
from queries.causal.heterogeneity import effects_by_unit

__all__ = ["ROWS", "Row"]

Row = dict[str, Any]
"""``name`` (of the estimator), numbers, ``target`` in words and ``met`` where there is one"""
NHEFS = (
    "sex", "race", "age", "education", "smokeintensity", "smokeyrs", "exercise", "active", "wt71",
)  # fmt: skip
TRAINED = 1794.0
"""dollars, the difference in the randomised rows"""
TWIN_DRAWS = 10


def ihdp(folder: Path) -> list[Row]:
    """Mean absolute error of the average effect, coverage and width over the replicates, and the root mean square
    error of the units' effects."""
    names = [f"x{i}" for i in range(1, 26)]
    estimand = adjusting("t", "y", names)
    kept: dict[str, list[tuple[float, float, float, float]]] = {}
    pehe = []
    for path in sorted((folder / "ihdp" / "csv").glob("ihdp_npci_*.csv")):
        frame = pd.read_csv(path, header=None, names=["t", "y", "other", "mu0", "mu1", *names])
        effect = (frame["mu1"] - frame["mu0"]).to_numpy()
        truth, data = float(effect.mean()), Dataset(frame[["t", "y", *names]])
        for name in ("linear", "interacted", "aipw", "tmle", "gp"):
            began = time.process_time()
            e = estimate(estimand, data, estimator=name)
            seconds = time.process_time() - began
            kept.setdefault(name, []).append(
                (abs(e.value - truth), float(e.ci_low <= truth <= e.ci_high), e.ci_high - e.ci_low, seconds)
            )  # fmt: skip
        began = time.process_time()
        units = effects_by_unit(estimand, data)
        seconds = time.process_time() - began
        inside = np.mean((units.ci_low <= effect) & (effect <= units.ci_high))
        pehe.append((np.sqrt(np.mean((units.values - effect) ** 2)), inside, seconds))
    rows: list[Row] = []
    for name, values in kept.items():
        told = _numbers(("error", "coverage", "width", "seconds"), values)
        met = told["error"] <= 0.10 and told["coverage"] >= 0.9
        rows.append({"name": name, **told, "target": "error <= .10, coverage >= .9", "met": met})
    mean = _numbers(("pehe", "unit_coverage", "seconds"), pehe)
    median = float(np.median([p[0] for p in pehe]))
    rows.append(
        {"name": "units", **mean, "pehe_median": median, "target": "PEHE <= 1.1", "met": mean["pehe"] <= 1.1}
    )  # fmt: skip
    return rows


def twins(folder: Path) -> list[Row]:
    """Mortality of the heavier against the lighter twin: of each pair one is kept, by a chance that follows the
    pair's weights; both twins' outcomes give the truth. Mean absolute error over ten such selections."""
    weights = pd.read_csv(folder / "twins" / "twin_pairs_T_3years_samesex.csv", index_col=0)
    died = pd.read_csv(folder / "twins" / "twin_pairs_Y_3years_samesex.csv", index_col=0)
    mean = weights.mean(axis=1).to_numpy() / 1000
    apart = (weights["dbirwt_1"] - weights["dbirwt_0"]).to_numpy() / 1000
    truth = float((died["mort_1"] - died["mort_0"]).mean())
    estimand = adjusting("t", "y", ("apart", "mean"))
    found: dict[str, list[tuple[float, float, float]]] = {}
    naive = []
    for seed in range(TWIN_DRAWS):
        rng = np.random.default_rng(seed)
        chance = 1 / (1 + np.exp(-(1.5 * (mean - mean.mean()) + apart - apart.mean())))
        t = (rng.random(len(mean)) < chance).astype(int)
        y = np.where(t == 1, died["mort_1"], died["mort_0"])
        naive.append(abs(y[t == 1].mean() - y[t == 0].mean() - truth))
        data = Dataset(pd.DataFrame({"t": t, "y": y, "mean": mean, "apart": apart}))
        for name in ("interacted", "aipw"):
            e = estimate(estimand, data, estimator=name)
            found.setdefault(name, []).append(
                (abs(e.value - truth), float(e.ci_low <= truth <= e.ci_high), e.ci_high - e.ci_low)
            )
    rows = [{"name": "not adjusted", "error": float(np.mean(naive)), "truth": truth}]
    for name, values in found.items():
        row: Row = {"name": name, **_numbers(("error", "coverage", "width"), values)}
        rows.append({**row, "target": "error <= .003", "met": row["error"] <= 0.003})
    return rows


def nhefs(folder: Path) -> list[Row]:
    """Effect of stopping to smoke on ten years' weight gain, in kg."""
    data = Dataset(pd.read_csv(folder / "nhefs" / "NHEFS.csv"))
    estimand = adjusting("qsmk", "wt82_71", NHEFS)
    rows = []
    for name in ("linear", "interacted", "ipw", "matching", "aipw", "tmle", "gp"):
        e = estimate(estimand, data, estimator=name)
        rows.append(
            {
                "name": name, "kg": e.value, "low": e.ci_low, "high": e.ci_high,
                "target": "3.0 to 3.9", "met": 3.0 <= e.value <= 3.9,
            }
        )  # fmt: skip
    return rows


def lalonde(folder: Path) -> list[Row]:
    """Effect of training on 1978 earnings of those who were trained, dollars, against the population survey; and
    in the randomised rows."""
    trial = pd.read_stata(folder / "nsw_mixtape" / "nsw_mixtape.dta").drop(columns="data_id")
    others = pd.read_stata(folder / "cps_mixtape" / "cps_mixtape.dta").drop(columns="data_id")
    survey = pd.concat([trial[trial["treat"] == 1], others], ignore_index=True)
    estimand = adjusting(
        "treat", "re78", tuple(c for c in trial.columns if c not in ("treat", "re78"))
    )
    rows = []
    for where, frame, names in (
        ("randomised", trial, ("linear", "aipw")),
        ("survey", survey, ("linear", "aipw-treated")),
    ):
        for name in names:
            try:
                e = estimate(estimand, Dataset(frame), estimator=name)
            except DataError as error:
                print(f"lalonde, {name}: {error}", file=sys.stderr)
                continue
            row: Row = {
                "name": f"{where}, {name}", "dollars": e.value, "low": e.ci_low, "high": e.ci_high,
                "error": abs(e.value - TRAINED), "width": e.ci_high - e.ci_low,
            }  # fmt: skip
            if where == "survey":
                row["target"] = "error <= 500, width <= 4,000"
                row["met"] = row["error"] <= 500 and row["width"] <= 4000
            rows.append(row)
    return rows


def _numbers(names: tuple[str, ...], values: list[Any]) -> dict[str, float]:
    return {k: float(v) for k, v in zip(names, np.mean(values, axis=0), strict=True)}


ROWS: dict[str, Callable[[Path], list[Row]]] = {
    "ihdp": ihdp, "twins": twins, "nhefs": nhefs, "lalonde": lalonde,
}  # fmt: skip
