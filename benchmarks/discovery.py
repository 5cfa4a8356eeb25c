"""Causal discovery: speed, agreement with causal-learn, accuracy and soundness, peers in the same run.

    python -m benchmarks.discovery [--full] [--cases N] [--json FILE]

Random linear-Gaussian graphs (Erdos-Renyi, three neighbours a node, 1,000 rows, columns standardised so
that scale tells nothing), seeds 0, 1, 2 ... The default run takes about a minute; ``--full`` adds causal-learn
at 100 and 200 columns and more seeds. Times are medians of CPU seconds of one thread, which other work on
the machine hardly changes.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# ruff: noqa: E402
import argparse
import json
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table as RichTable

import discovery
from discovery.algorithms import resolve
from discovery.algorithms.pc import finish
from discovery.counts import CountTests
from discovery.data import Table, prepare
from discovery.knowledge import Knowledge
from discovery.marks import Marks, adjacency, arrows, from_graph, topological_order
from discovery.orientation import to_cpdag
from discovery.simulate import linear_gaussian, random_dag
from discovery.skeleton import gaussian_skeleton, search_skeleton
from graph.causal import CausalGraph
from graph.dataset import Dataset, read_table

SACHS = Path(__file__).parents[1] / "etiograph" / "data" / "sachs"
Row = dict[str, Any]


def shd(one: Marks, two: Marks) -> int:
    """Return the number of pairs whose edge differs."""
    differ = (one != two) | (one.T != two.T)
    return int(np.triu(differ).sum())


def f1(found: np.ndarray, true: np.ndarray) -> float:
    """Return the F1 score of the skeleton."""
    right = int(np.triu(found & true, 1).sum())
    return 2 * right / max(1, int(np.triu(found, 1).sum()) + int(np.triu(true, 1).sum()))


def table_of(values: np.ndarray) -> Table:
    """Return values as a checked table."""
    columns = [f"x{i}" for i in range(values.shape[1])]
    table = prepare(Dataset(pd.DataFrame(values, columns=columns)))
    assert table.correlation is not None
    return table


def case(p: int, seed: int, n: int = 1000) -> tuple[np.ndarray, Table]:
    """Return a random graph and data from it."""
    rng = np.random.default_rng(seed)
    dag = random_dag(p, 3, rng)
    return dag, table_of(linear_gaussian(dag, n, rng))


def timed(work: Callable[[], Any], repeats: int = 1) -> tuple[Any, float]:
    """Return the result and the median time."""
    spent, result = [], None
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        spent.append(time.process_time() - start)
    return result, statistics.median(spent)


def pc(full: bool) -> list[Row]:
    """PC: time, and whether skeleton and CPDAG are causal-learn's."""
    rows = []
    for p in (50, 100, 200, 1000):
        peer = p == 50 or (full and p <= 200)
        for seed in range(5 if p == 50 else 1):
            dag, table = case(p, seed)
            _, skeleton = timed(lambda t=table: gaussian_skeleton(t.correlation, t.n, 0.01), 3)
            ours, whole = timed(lambda t=table: resolve("pc").run(t, Knowledge()).marks, 3)
            row: Row = {
                "columns": p, "seed": seed, "skeleton s": skeleton, "whole s": whole,
                "F1": f1(adjacency(ours), dag | dag.T), "SHD": shd(ours, to_cpdag(dag)),
            }  # fmt: skip
            if peer:
                theirs, slow = timed(
                    lambda t=table: resolve("causal-learn/pc").run(t, Knowledge()).marks
                )
                cyclic = topological_order(arrows(theirs)) is None
                row |= {
                    "causal-learn s": slow,
                    "times faster": slow / whole,
                    "same skeleton": bool((adjacency(ours) == adjacency(theirs)).all()),
                    "same CPDAG": bool((ours == theirs).all()),
                    "causal-learn made a cycle": cyclic,
                }
            rows.append(row)
    return rows


def causal_learn_boss(table: Table) -> Marks:
    """Run causal-learn's own BOSS, lambda 2, and return its CPDAG."""
    from causallearn.search.PermutationBased.BOSS import boss

    from discovery.algorithms.causal_learn import _marks

    graph = boss(
        table.values, score_func="local_score_BIC", parameters={"lambda_value": 2}, verbose=False
    )
    return _marks(graph.graph)


def score_search(full: bool) -> list[Row]:
    """Score search: SHD to the true CPDAG and time."""
    rows = []
    for p, seeds in ((50, 5), (100, 3), (200, 2 if full else 1)):
        for seed in range(seeds):
            dag, table = case(p, seed)
            true = to_cpdag(dag)
            methods: dict[str, Callable[[], Marks]] = {
                "boss": lambda t=table: resolve("boss").run(t, Knowledge()).marks  # type: ignore[misc]
            }
            if p == 50 and seed < (5 if full else 2):
                methods["causal-learn BOSS"] = lambda t=table: causal_learn_boss(t)  # type: ignore[misc]
                methods["causal-learn GES"] = (
                    lambda t=table: resolve("causal-learn/ges", penalty=2).run(t, Knowledge()).marks  # type: ignore[misc]
                )
            elif p == 100 and full:
                methods["causal-learn BOSS"] = lambda t=table: causal_learn_boss(t)  # type: ignore[misc]
            for name, work in methods.items():
                marks, seconds = timed(work)
                rows.append(
                    {
                        "columns": p, "seed": seed, "method": name, "s": seconds,
                        "F1": f1(adjacency(marks), dag | dag.T), "SHD": shd(marks, true),
                    }
                )  # fmt: skip
    return rows


def count_tests() -> list[Row]:
    """Tests of counts a second, 5,000 rows, 37 columns of 2 to 4 levels."""
    from causallearn.utils.cit import CIT

    rng = np.random.default_rng(0)
    codes = np.column_stack([rng.integers(0, k, 5000) for k in rng.integers(2, 5, 37)])
    rows = []
    for size in (0, 1, 2, 3):
        row: Row = {"conditioning columns": size}
        for near in (36, 8):
            tests = CountTests(codes)
            sets = [rng.permutation(near)[:size] + 1 for _ in range(60)]
            ys = list(range(1, near + 1))
            _, spent = timed(
                lambda s=sets, t=tests, y=ys: [t.p_values(0, y, k.tolist()) for k in s]
            )
            row[f"ours, {near} at once"] = round(60 * (near - size) / spent)
        peer = CIT(codes, "gsq")
        pairs = [rng.permutation(37)[: size + 2].tolist() for _ in range(200)]
        _, spent = timed(lambda q=peer, a=pairs: [q(x, y, tuple(s)) for x, y, *s in a])
        row["causal-learn"] = round(200 / spent)
        rows.append(row)
    return rows


def bootstraps() -> list[Row]:
    """100 bootstraps of PC at 100 columns."""
    _, table = case(100, 0)
    data = Dataset(pd.DataFrame(table.values, columns=list(table.columns)))
    found, spent = timed(lambda: discovery.learn(data, "pc", bootstraps=100))
    return [{"columns": 100, "bootstraps": found.bootstraps_done, "s": spent}]


def sachs() -> list[Row]:
    """The bundled table against the accepted 17-edge network; settings are the defaults."""
    data = Dataset(read_table(SACHS / "sachs.csv"))
    network = json.loads((SACHS / "consensus.json").read_text())
    true = CausalGraph(network["nodes"], directed=network["di"])
    dag = from_graph(true, data.columns)
    truth = to_cpdag(arrows(dag))
    logs = Dataset(np.log(data.frame))
    empty = np.zeros_like(truth)
    rows: list[Row] = [
        {"method": "empty graph", "SHD": shd(empty, truth), "SHD to DAG": shd(empty, dag)}
    ]
    for name in ("pc", "boss", "causal-learn/pc", "causal-learn/ges"):
        for kind, table in (("raw", data), ("logs", logs)):
            found, spent = timed(lambda n=name, t=table: discovery.learn(t, n))
            marks = from_graph(found.graph, data.columns)
            rows.append(
                {
                    "method": f"{name}, {kind}",
                    "SHD": shd(marks, truth),
                    "SHD to DAG": shd(marks, dag),
                    "skeleton F1": f1(adjacency(marks), adjacency(truth)),
                    "s": spent,
                }
            )
    return rows


def soundness(cases: int) -> list[Row]:
    """Oracle tests and true knowledge on random graphs: every orientation must be true, every required
    edge there, no forbidden one, no conflict."""
    failures, orientations = 0, 0
    for seed in range(cases):
        rng = np.random.default_rng(seed)
        p = int(rng.integers(2, 7))
        dag = random_dag(p, float(rng.uniform(0.5, 4)), rng)
        columns = [f"x{i}" for i in range(p)]
        graph = CausalGraph(
            columns, directed=[(columns[i], columns[j]) for i, j in np.argwhere(dag)]
        )
        knowledge = _true_knowledge(dag, columns, rng)
        keep = np.zeros((p, p), dtype=bool)
        for claim in knowledge.required:
            i, j = columns.index(claim.source), columns.index(claim.target)
            keep[i, j] = keep[j, i] = True
        table = Table(rng.normal(size=(20, p)), tuple(columns), None)  # type: ignore[arg-type]
        skeleton = search_skeleton(
            p,
            lambda x, y, s, g=graph, c=columns: float(g.m_separated(c[x], c[y], [c[k] for k in s])),
            0.5,
            protected=keep,
        )
        found = finish(table, knowledge, skeleton)
        directed = arrows(found.marks)
        orientations += int(directed.sum())
        wrong = (
            bool((directed & ~dag).any())
            or bool(found.conflicts)
            or bool((adjacency(found.marks) != (dag | dag.T)).any())
            or not all(
                directed[columns.index(c.source), columns.index(c.target)]
                for c in knowledge.required
            )
        )
        failures += wrong
    return [{"random cases": cases, "orientations": orientations, "failures": failures}]


def _true_knowledge(dag: np.ndarray, columns: list[str], rng: np.random.Generator) -> Knowledge:
    edges = [(columns[i], columns[j]) for i, j in np.argwhere(dag)]
    absent = [(columns[i], columns[j]) for i, j in np.argwhere(~dag) if i != j]
    order = topological_order(dag) or []
    cut = int(rng.integers(0, len(order) + 1))
    tiers = [[columns[i] for i in order[:cut]], [columns[i] for i in order[cut:]]]
    return Knowledge(
        [e for e in edges if rng.random() < 0.25],
        [e for e in absent if rng.random() < 0.25],
        tiers if rng.random() < 0.5 else [],
    )


def show(title: str, rows: list[Row], console: Console) -> None:
    """Print one table."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    table = RichTable(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(_cell(row.get(c)) for c in columns))
    console.print(table)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="slow peers and more seeds too")
    parser.add_argument(
        "--cases", type=int, default=1000, help="random cases of the soundness check"
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures there")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    console = Console()
    console.print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}"
    )
    parts: dict[str, Callable[[], list[Row]]] = {
        "PC, alpha 0.01": lambda: pc(options.full),
        "Score search": lambda: score_search(options.full),
        "G-squared tests a second": count_tests,
        "Bootstraps": bootstraps,
        "Sachs, 853 rows": sachs,
        "Soundness under true knowledge": lambda: soundness(options.cases),
    }
    _, warm = case(10, 0)
    for name in ("pc", "boss", "causal-learn/pc", "causal-learn/ges"):  # imports are not timed
        resolve(name).run(warm, Knowledge())
    figures = {}
    for title, work in parts.items():
        figures[title] = work()
        show(title, figures[title], console)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
