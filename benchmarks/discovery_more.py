"""The other rows of :mod:`benchmarks.discovery`: real data, resamples, calibration, soundness, growth."""

from __future__ import annotations

import statistics
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

import discovery
from benchmarks.discovery_data import (
    CONDITIONS,
    SHARED,
    AbsentError,
    Row,
    case,
    sachs_data,
    sachs_interventions,
    syntren,
    timed,
)
from benchmarks.discovery_rows import NOT_BUILT, Bench, peer_cells
from discovery.algorithms import REGISTRY
from discovery.marks import adjacency, from_graph
from discovery.metrics import aupr, auroc, directed_scores, shd, shd_dag, skeleton_scores
from discovery.orientation import to_cpdag
from graph.dataset import Dataset

__all__ = ["bootstraps", "calibration", "growth", "pairs", "regulation", "sachs", "soundness"]


def _sachs_row(method: str, marks: npt.NDArray[Any], dag: npt.NDArray[Any]) -> Row:
    true = to_cpdag(dag)
    return {
        "method": method,
        "SHD to class": shd(marks, true),
        "SHD to DAG": shd_dag(marks, dag),
        "skeleton F1": skeleton_scores(adjacency(marks), dag).f1,
        "directed F1": directed_scores(marks, dag).f1,
    }


def sachs(bench: Bench) -> list[Row]:
    """Flow cytometry against the accepted 17 edges. Every method with its default settings, and with those
    that its documentation gives for such data (levels by Hartemink's cuts, as in Sachs et al. 2005)."""
    data, dag = sachs_data()
    logs = Dataset(data.frame.apply(np.log), name="sachs, logs")
    rows = [
        _sachs_row("empty graph", np.zeros(dag.shape, dtype=np.int8), dag)
        | {"rows": len(data.frame)}
    ]
    tried: list[tuple[str, str, Dataset, dict[str, Any]]] = [
        (f"{name}, {kind}", name, table, {})
        for name in ("pc", "boss", "ges", "grasp", "direct-lingam")
        for kind, table in (("raw", data), ("logs", logs))
    ]
    tried.append(("gies, levels", "gies", data, {"score": "bdeu", "bins": 3}))
    try:
        everything, targets = sachs_interventions()
    except AbsentError as error:
        rows.append({"method": f"with interventions: {error}"})
    else:
        known = {c: targets[:, j] for j, c in enumerate(everything.columns) if targets[:, j].any()}
        named = everything.frame.assign(
            condition=np.repeat(
                [f"c{k}" for k in range(len(CONDITIONS))], [n for n, _ in CONDITIONS]
            )
        )
        by_condition = Dataset(named, name="sachs, nine conditions")
        tried += [
            ("gies, hard, raw", "gies", everything, {"targets": known}),
            ("gies, soft, raw", "gies", everything, {"targets": known, "interventions": "soft"}),
            ("gies, levels", "gies", everything, {"targets": known, "score": "bdeu", "bins": 3}),
            ("gies, levels, conditions", "gies", by_condition,
             {"targets": known, "score": "bdeu", "bins": 3, "interventions": "set",
              "off_target": True, "clusters": "condition", "environments": "clusters"}),
        ]  # fmt: skip
    for title, name, table, options in tried:
        if name not in REGISTRY:
            rows.append({"method": title, "s": NOT_BUILT})
            continue
        found, wall, cpu = timed(partial(discovery.learn, table, name, **options))
        marks = from_graph(found.graph, data.columns)
        row = _sachs_row(title, marks, dag)
        rows.append(row | {"rows": len(table.frame), "s": wall, "CPU s": cpu})
    for name, frame in (
        ("causal-learn PC", data.frame), ("causal-learn BOSS", data.frame), ("gCastle PC", data.frame),
        ("DAGMA", (data.frame - data.frame.mean()) / data.frame.std()),
    ):  # fmt: skip
        outcome = bench.peers.run(name, frame.to_numpy(dtype=float))
        row = {"method": name}
        if not outcome.failure:
            row = _sachs_row(name, outcome.result, dag)
        rows.append(row | {"rows": len(frame)} | peer_cells(outcome))
    return rows


def regulation(bench: Bench) -> list[Row]:
    """Gene regulation, SynTReN tables of 20 genes and 500 rows: mean area under precision-recall of the ranked
    directed edges, with the list of regulators (ten tables) and with any gene a regulator (five)."""
    try:
        tables = syntren()
    except AbsentError as error:
        return [{"method": str(error)}]
    if "grn" not in REGISTRY:
        return [{"method": "grn", "AUPR": NOT_BUILT}]
    from discovery.regulation import rank

    rows: list[Row] = []
    for listed in (True, False):
        number = (3 if listed else 1) if bench.quick else (10 if listed else 5)
        for method in ("subsets", "tigress", "genie3", "clr"):
            areas, curves, spent = [], [], []
            for dag, values in tables[:number]:
                columns = [f"g{i:02d}" for i in range(values.shape[1])]
                data = Dataset(pd.DataFrame(values, columns=columns))
                sources = np.flatnonzero(dag.any(axis=1))
                regulators = [columns[k] for k in sources] if listed else None
                frame, wall, _ = timed(partial(rank, data, regulators, method=method, seed=0))
                scores = np.full(dag.shape, -np.inf)
                index = {c: i for i, c in enumerate(columns)}
                for source, target, score in zip(
                    frame["source"], frame["target"], frame["score"], strict=True
                ):
                    scores[index[source], index[target]] = score
                among = ~np.eye(len(dag), dtype=bool)
                if listed:
                    among &= dag.any(axis=1)[:, None]
                areas.append(aupr(scores, dag, among))
                curves.append(auroc(scores, dag, among))
                spent.append(wall)
            rows.append(
                {
                    "regulators": "listed" if listed else "any gene",
                    "method": "grn (subsets)" if method == "subsets" else method,
                    "mean AUPR": statistics.mean(areas),
                    "by table": " ".join(f"{a:.2f}" for a in areas),
                    "mean AUROC": statistics.mean(curves),
                    "s a table": statistics.median(spent),
                }
            )
    return rows


def bootstraps(bench: Bench) -> list[Row]:
    """100 bootstraps of PC at 100 columns: wall seconds with one process and with two."""
    _, table = case(100, 0)
    data = Dataset(pd.DataFrame(table.values, columns=list(table.columns)))
    rows: list[Row] = []
    results = []
    for workers in (1, 2):
        found, wall, cpu = timed(
            partial(discovery.learn, data, "pc", bootstraps=100, workers=workers),
            1 if bench.quick else 3,
        )
        results.append(found.stability)
        rows.append(
            {"method": f"pc, {workers} process{'es' if workers > 1 else ''}", "columns": 100,
             "bootstraps": found.bootstraps_done, "s": wall, "CPU s of this process": cpu}
        )  # fmt: skip
    rows[-1]["same as one"] = results[0] == results[1]
    once = bench.peers.run("causal-learn PC", table.values, alpha=0.01)
    rows.append(
        {"method": "causal-learn PC, one search times 100", "columns": 100,
         "s": once.failure or 100 * (once.seconds or 0.0)}
    )  # fmt: skip
    return rows


def calibration(bench: Bench) -> list[Row]:
    """Probabilities of edges on simulated truth: worlds of seeds that the calibration was neither learned
    nor scored on. Error is the mean distance between probability and share true, in ten bins."""
    from discovery.stability.bins import brier_score, calibration_error, reliability
    from discovery.stability.worlds import draw_world

    rows: list[Row] = []
    for name in ("pc", "boss"):
        for family in ("seen", "shifted"):
            beliefs: dict[str, list[float]] = {"exists": [], "directed": [], "stability": []}
            truths: dict[str, list[bool]] = {"exists": [], "directed": [], "stability": []}
            worlds = range(5_000_000, 5_000_000 + (5 if bench.quick else 60))
            for seed in worlds:
                world = draw_world(family, seed, small=bench.quick)
                found = discovery.learn(world.dataset, name, bootstraps=20, seed=seed)
                columns = list(world.dataset.columns)
                for edge in found.edges:
                    i, j = columns.index(edge.source), columns.index(edge.target)
                    there = bool(world.dag[i, j] or world.dag[j, i])
                    if edge.existence is not None:
                        beliefs["exists"].append(edge.existence)
                        truths["exists"].append(there)
                    if edge.belief is not None:
                        beliefs["directed"].append(edge.belief)
                        truths["directed"].append(bool(world.dag[i, j]))
                    if edge.stability is not None and edge.belief is not None:
                        beliefs["stability"].append(edge.stability)
                        truths["stability"].append(bool(world.dag[i, j]))
            for kind in beliefs:
                words = {"exists": "edge exists", "directed": "exists and is directed so",
                         "stability": "the same, by stability alone"}[kind]  # fmt: skip
                row: Row = {"method": name, "worlds": f"{len(worlds)} {family}", "of": words}
                if not beliefs[kind]:
                    rows.append(row | {"error": NOT_BUILT})
                    continue
                bins = reliability(beliefs[kind], truths[kind])
                rows.append(
                    row
                    | {
                        "edges": len(truths[kind]),
                        "true": float(np.mean(truths[kind])),
                        "error": calibration_error(bins),
                        "Brier": brier_score(beliefs[kind], truths[kind]),
                    }
                )
    return rows


def soundness(bench: Bench, cases: int) -> list[Row]:
    """Untrue marks and broken knowledge in random cases; see ``benchmarks.discovery_soundness``."""
    from benchmarks.discovery_soundness import rows_of

    return rows_of(0, 100 if bench.quick else cases, 50 if bench.quick else 500)


def pairs(bench: Bench) -> list[Row]:
    """Direction of the Tuebingen pairs: how many are decided, and how many of these rightly."""
    folder = SHARED / "tuebingen"
    try:
        from discovery.pairwise import direction
    except ImportError:
        return [{"method": "pairwise", "decided": NOT_BUILT}]
    if not (folder / "Tuebingen_pairs.csv").is_file():
        return [{"method": "Tuebingen_pairs.csv is not on this machine"}]
    table = pd.read_csv(folder / "Tuebingen_pairs.csv", index_col=0)
    signs = pd.read_csv(folder / "Tuebingen_targets.csv", index_col=0)["Target"]
    decided = right = confident = 0
    spent = 0.0
    names = list(table.index)[: 20 if bench.quick else None]
    for name in names:
        x, y = (np.array(table.loc[name, c].split(), dtype=float) for c in ("A", "B"))
        found, wall, _ = timed(partial(direction, x, y))
        spent += wall
        truth = "-->" if signs[name] > 0 else "<--"
        decided += bool(found.direction)
        right += found.direction == truth
        confident += (found.forward > 0.5) == (signs[name] > 0)
    return [
        {"method": "discovery.direction", "pairs": len(names), "decided": decided,
         "right of these": right / max(1, decided), "right if all were decided": confident / len(names),
         "s a pair": spent / len(names)}
    ]  # fmt: skip


def growth(bench: Bench) -> list[Row]:
    """PC and BOSS as columns, rows and density grow; for the plot."""
    rows: list[Row] = []
    sweeps: dict[str, list[tuple[int, int, float]]] = {
        "columns": [(p, 1000, 3.0) for p in (25, 50, 100, 200, 400)],
        "rows": [(100, n, 3.0) for n in (250, 1000, 4000, 16000)],
        "neighbours": [(100, 1000, d) for d in (1.0, 2.0, 3.0, 4.0, 6.0)],
    }
    for grows, points in sweeps.items():
        for p, n, degree in points[: 3 if bench.quick else None]:
            _, table = case(p, 0, n, degree)
            value = {"columns": p, "rows": n, "neighbours": degree}[grows]
            for name in ("pc", "boss"):
                found = bench.ours(name, table) if name == "pc" or p <= 200 else None
                if found is not None:
                    rows.append({"grows": grows, "value": value, "method": name, "s": found[1]})
            for name in ("pybnesian PC", "causal-learn PC"):
                if name == "causal-learn PC" and (p > 100 or degree > 4):
                    continue
                outcome = bench.peers.run(name, table.values, alpha=0.01)
                rows.append({"grows": grows, "value": value, "method": name, **peer_cells(outcome)})
    return rows
