"""The rows of :mod:`benchmarks.discovery` on searches of graphs; others in ``discovery_more``."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from benchmarks.discovery_data import (
    AbsentError,
    Row,
    case,
    codes_table,
    network_case,
    non_gaussian_case,
    timed,
)
from benchmarks.discovery_peers import Outcome, Peers
from discovery.algorithms import REGISTRY, resolve
from discovery.data import Table
from discovery.knowledge import Knowledge
from discovery.marks import Marks, adjacency, arrows, topological_order
from discovery.metrics import same_graph, shd, skeleton_scores
from discovery.orientation import to_cpdag

__all__ = ["Bench", "fci", "networks", "orders", "pc", "score_search", "tests_a_second"]

NOT_BUILT = "not built"


@dataclass
class Bench:
    """What every row gets: the peers, and whether to leave out what takes long."""

    peers: Peers
    quick: bool

    @property
    def repeats(self) -> int:
        """How often a short search is timed; the median counts."""
        return 3 if self.quick else 5

    def ours(
        self, name: str, table: Table, *, once: bool = False, **settings: Any
    ) -> tuple[Marks, float, float] | None:
        """Return marks and median seconds (wall, processor) of one of our algorithms, None if it is not
        built; searches of more than two seconds are timed once, as are all where seeds are many."""
        if name not in REGISTRY:
            return None
        algorithm = resolve(name, **settings)

        def work() -> Marks:
            return algorithm.run(table, Knowledge()).marks

        marks, wall, cpu = timed(work)
        if wall < 2 and not once:
            marks, wall, cpu = timed(work, self.repeats)
        return marks, wall, cpu


def peer_cells(outcome: Outcome) -> Row:
    """Return the time of a peer, or why there is none."""
    if outcome.failure:
        return {"s": outcome.failure}
    return {"s": outcome.seconds, "CPU s": outcome.cpu}


def _ratio(outcome: Outcome, seconds: float) -> float | None:
    return None if outcome.seconds is None else outcome.seconds / seconds


def pc(bench: Bench) -> list[Row]:
    """PC, Gaussian, 1,000 rows, alpha 0.01: skeleton alone and whole, against the same options of peers."""
    from discovery.skeleton import gaussian_skeleton

    sizes = (50, 100, 200) if bench.quick else (50, 100, 200, 400, 1000)
    rows: list[Row] = []
    for p in sizes:
        dag, table = case(p, 0)
        true = to_cpdag(dag)
        skeleton, wall, cpu = timed(
            partial(gaussian_skeleton, table.correlation, table.n, 0.01), bench.repeats
        )
        rows.append(
            {"columns": p, "method": "skeleton", "s": wall, "CPU s": cpu,
             "F1": skeleton_scores(skeleton.adjacent, dag).f1}
        )  # fmt: skip
        whole = bench.ours("pc", table)
        assert whole is not None
        marks, seconds, cpu = whole
        rows.append(
            {"columns": p, "method": "pc", "s": seconds, "CPU s": cpu,
             "F1": skeleton_scores(adjacency(marks), dag).f1, "SHD": shd(marks, true)}
        )  # fmt: skip
        for name, most in (("causal-learn PC", 200), ("pybnesian PC", 1000), ("gCastle PC", 200)):
            if p > (100 if bench.quick and name != "pybnesian PC" else most):
                continue
            found = bench.peers.run(name, table.values, alpha=0.01)
            row: Row = {"columns": p, "method": name, **peer_cells(found)}
            if not found.failure:
                row |= {
                    "F1": skeleton_scores(adjacency(found.result), dag).f1,
                    "SHD": shd(found.result, true),
                    "same skeleton": bool((adjacency(found.result) == skeleton.adjacent).all()),
                    "same graph": same_graph(found.result, marks),
                    "ours is faster": _ratio(found, seconds),
                }
                if not row["same graph"] and topological_order(arrows(found.result)) is None:
                    row["same graph"] = "no: theirs has a cycle"
            rows.append(row)
    rows += _pc_seeds(bench)
    return rows


def _pc_seeds(bench: Bench) -> list[Row]:
    """Whether the result is causal-learn's on more seeds."""
    seeds = range(3 if bench.quick else 20)
    same = skeletons = 0
    failed = ""
    for seed in seeds:
        _, table = case(30, 100 + seed)
        ours = bench.ours("pc", table, once=True)
        theirs = bench.peers.run("causal-learn PC", table.values, alpha=0.01)
        if theirs.failure or ours is None:
            failed = theirs.failure
            continue
        same += same_graph(ours[0], theirs.result)
        skeletons += bool((adjacency(ours[0]) == adjacency(theirs.result)).all())
    number = len(seeds)
    return [
        {"columns": 30, "method": f"pc and causal-learn PC, seeds 100 to {99 + number}",
         "same skeleton": failed or f"{skeletons} of {number}",
         "same graph": failed or f"{same} of {number}"}
    ]  # fmt: skip


def fci(bench: Bench) -> list[Row]:
    """FCI, Gaussian, 1,000 rows, alpha 0.01, no hidden causes in the data, as in the baselines. The steps
    ``causal-learn`` are its own, untrue marks included; ``zhang`` are sound and complete."""
    rows: list[Row] = []
    for p in (50, 100) if bench.quick else (50, 100, 200):
        dag, table = case(p, 0)
        theirs = bench.peers.run("causal-learn FCI", table.values, alpha=0.01)
        rows.append({"columns": p, "method": "causal-learn FCI", **peer_cells(theirs)})
        for title, name, settings in (
            ("fci, steps causal-learn", "fci", {"steps": "causal-learn"}),
            ("fci, steps zhang", "fci", {}),
            ("rfci", "rfci", {}),
        ):
            asked: dict[str, Any] = dict(settings)
            found = bench.ours(name, table, **asked)
            if found is None:
                rows.append({"columns": p, "method": title, "s": NOT_BUILT})
                continue
            row: Row = {
                "columns": p, "method": title, "s": found[1], "CPU s": found[2],
                "F1": skeleton_scores(adjacency(found[0]), dag).f1,
            }  # fmt: skip
            if not theirs.failure and name == "fci":
                row |= {
                    "same PAG": same_graph(found[0], theirs.result),
                    "marks that differ": int((found[0] != theirs.result).sum()),
                    "times faster": _ratio(theirs, found[1]),
                }
            rows.append(row)
    return rows


def _p_values(tests: Any, ys: list[int], sets: list[list[int]]) -> None:
    for given in sets:
        tests.p_values(0, ys, given)


def tests_a_second(bench: Bench) -> list[Row]:
    """Tests of counts a second of processor time: 5,000 rows, 37 columns of 2 to 4 levels, one column
    against 8 or 36."""
    from discovery.counts import CountTests

    rng = np.random.default_rng(0)
    codes = np.column_stack([rng.integers(0, k, 5000) for k in rng.integers(2, 5, 37)])
    rows: list[Row] = []
    for method in ("gsq", "chisq"):
        for size in (0, 1, 2, 3):
            row: Row = {"test": method, "conditioning columns": size}
            for near in (8, 36):
                tests = CountTests(codes, method)
                sets = [(rng.permutation(near)[:size] + 1).tolist() for _ in range(60)]
                ys = list(range(1, near + 1))
                _, _, spent = timed(partial(_p_values, tests, ys, sets), bench.repeats)
                row[f"ours, {near} at once"] = round(60 * (near - size) / spent)
            queries = [rng.permutation(37)[: size + 2].tolist() for _ in range(200)]
            theirs = bench.peers.run(
                "causal-learn tests", codes.astype(float), queries=queries, test=method
            )
            row["causal-learn"] = theirs.failure or round(200 / (theirs.cpu or 1.0))
            rows.append(row)
    return rows


Search = Callable[[], tuple[Marks, float, float] | Outcome | None]


def score_search(bench: Bench) -> list[Row]:
    """Score search: distance to the true class, linear-Gaussian, 1,000 rows, three neighbours a column."""
    ours = ("boss", "grasp", "ges")
    theirs = {  # name -> most columns, most seeds of the largest and of the smaller sizes
        "causal-learn BOSS": (200, 1, 3),
        "causal-learn GRaSP": (200, 1, 3),
        "causal-learn GES": (50, 1, 3),
        "pybnesian HC": (200, 3, 3),
        "DAGMA": (100, 1, 3),
    }
    rows: list[Row] = []
    for p in (50, 100) if bench.quick else (50, 100, 200):
        seeds = 1 if bench.quick else 5
        for name in ours:
            found = [(s, bench.ours(name, case(p, s)[1], once=True)) for s in range(seeds)]
            if found[0][1] is None:
                rows.append({"columns": p, "method": name, "s": NOT_BUILT})
                continue
            done = [(s, *run) for s, run in found if run is not None]
            rows.append(_score_row(p, name, done))
        for name, (most, large, small) in theirs.items():
            if p > (50 if bench.quick and name != "pybnesian HC" else most):
                continue
            number = min(seeds, large if p >= 100 else small)
            runs = [(s, bench.peers.run(name, case(p, s)[1].values)) for s in range(number)]
            good = [(s, o.result, o.seconds or 0.0, o.cpu or 0.0) for s, o in runs if not o.failure]
            if good:
                rows.append(_score_row(p, name, good))
            else:
                rows.append({"columns": p, "method": name, "s": runs[0][1].failure})
    return rows


def _score_row(p: int, name: str, runs: list[tuple[int, Marks, float, float]]) -> Row:
    distances = [shd(marks, to_cpdag(case(p, s)[0])) for s, marks, _, _ in runs]
    return {
        "columns": p,
        "method": name,
        "s": statistics.median(run[2] for run in runs),
        "CPU s": statistics.median(run[3] for run in runs),
        "SHD": statistics.mean(distances),
        "SHD by seed from 0": " ".join(map(str, distances)),
        "F1": statistics.mean(
            skeleton_scores(adjacency(marks), case(p, s)[0]).f1 for s, marks, _, _ in runs
        ),
    }


def networks(bench: Bench) -> list[Row]:
    """Networks of the bnlearn repository, 5,000 rows: mean distance to the true class over seeds."""
    ours: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("boss", "boss", {}),
        ("grasp", "grasp", {}),
        ("ges", "ges", {}),
        ("pc, G2", "pc", {"test": "gsq"}),
    )
    rows: list[Row] = []
    for network in ("asia", "sachs", "child", "insurance", "alarm"):
        seeds = range(1 if bench.quick else 3)
        try:
            drawn = [network_case(network, seed) for seed in seeds]
        except AbsentError as error:
            rows.append({"network": network, "method": str(error)})
            continue
        true = to_cpdag(drawn[0][0])
        for title, name, settings in ours:
            found = [bench.ours(name, codes_table(c), once=True, **settings) for _, c in drawn]
            done = [run for run in found if run is not None]
            rows.append(_network_row(network, title, true, done))
        for name, number in (
            ("causal-learn GES-BDeu", 0 if bench.quick else 1),
            ("pyAgrum MIIC", 3),
            ("pybnesian HC-BIC", 3),
        ):
            outcomes = [bench.peers.run(name, codes.astype(float)) for _, codes in drawn[:number]]
            runs = [(o.result, o.seconds or 0.0, o.cpu or 0.0) for o in outcomes if not o.failure]
            if runs or not outcomes:
                rows += [_network_row(network, name, true, runs)] if runs else []
            else:
                rows.append({"network": network, "method": name, "s": outcomes[0].failure})
    return rows


def _network_row(
    network: str, name: str, true: Marks, runs: list[tuple[Marks, float, float]]
) -> Row:
    if not runs:
        return {"network": network, "method": name, "s": NOT_BUILT}
    distances = [shd(marks, true) for marks, _, _ in runs]
    return {
        "network": network,
        "method": name,
        "s": statistics.median(wall for _, wall, _ in runs),
        "CPU s": statistics.median(cpu for _, _, cpu in runs),
        "SHD": statistics.mean(distances),
        "SHD by seed from 0": " ".join(map(str, distances)),
        "F1": statistics.mean(
            skeleton_scores(adjacency(marks), adjacency(true)).f1 for marks, _, _ in runs
        ),
    }


def orders(bench: Bench) -> list[Row]:
    """DirectLiNGAM: the causal order of linear data with uniform noise, 1,000 rows."""
    from discovery.metrics import order_respects

    rows: list[Row] = []
    for p in (10, 20) if bench.quick else (10, 20, 50):
        dag, table = non_gaussian_case(p, 0)
        theirs = bench.peers.run("causal-learn DirectLiNGAM", table.values)
        rows.append({"columns": p, "method": "causal-learn DirectLiNGAM", **peer_cells(theirs)})
        if not theirs.failure:
            rows[-1]["order is true"] = order_respects(theirs.result, dag)
        if "direct-lingam" not in REGISTRY:
            rows.append({"columns": p, "method": "direct-lingam", "s": NOT_BUILT})
            continue
        from discovery.functional.pwling import causal_order

        (found, *_), wall, cpu = timed(partial(causal_order, table.values), bench.repeats)
        order = [int(k) for k in found]
        row: Row = {
            "columns": p, "method": "direct-lingam, order", "s": wall, "CPU s": cpu,
            "order is true": order_respects(order, dag),
        }  # fmt: skip
        if not theirs.failure:
            row |= {"same order": order == theirs.result, "times faster": _ratio(theirs, wall)}
        whole = bench.ours("direct-lingam", table)
        assert whole is not None
        rows += [
            row,
            {
                "columns": p, "method": "direct-lingam, whole", "s": whole[1], "CPU s": whole[2],
                "directed edges right": f"{int((arrows(whole[0]) & dag).sum())} of {int(dag.sum())}",
                "wrong": int((arrows(whole[0]) & ~dag).sum()),
            },
        ]  # fmt: skip
    return rows
