"""Identification: wrong, missed and wrongly refused answers, time and formula size, beside y0.

    python -m benchmarks.identification [--graphs FILE.json] [--number N] [--exhaustive] [--only ROW]

Without ``--graphs``: named graphs, all ADMGs on three nodes, one in 40 of those on four, and random ones,
then the rows of identification_rows.py (time, bounds, feedback, several sources, classes). ``--full`` is
the whole of it: all ADMGs on four nodes and 10,000 random ones on 5 to 10. Times are CPU times. A graph
file is a list of ``{"name", "nodes", "di", "bi", "X", "Y", "Z"?}``. The decision is held against the fixing
operator, every formula against exact intervention in a random model (identification_oracle.py).
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import identification_oracle as oracle
from benchmarks import identification_rows as rows
from graph.causal import CausalGraph
from queries.causal import identify
from queries.causal.expression import Expression, Probability, Product, Quotient, Sum
from queries.causal.table import Table

LARGEST_TRUTH = 12
"""nodes up to which formulas are evaluated"""


@dataclass
class Score:
    """What became of the queries of one suite."""

    correct: int = 0
    refused: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    overclaimed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    unchecked: int = 0
    times: list[float] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)

    def row(self, name: str) -> str:
        """One line of the table."""
        ms = sorted(1e3 * t for t in self.times)
        size = statistics.mean(self.sizes.values()) if self.sizes else 0.0
        return (
            f"{name:26} {self.correct:7} {self.refused:8} {len(self.missed):7} {len(self.wrong):6} "
            f"{len(self.overclaimed):12} {len(self.failed):7} {self.unchecked:10} "
            f"{statistics.median(ms):8.2f} {ms[int(0.95 * (len(ms) - 1))]:8.2f} {size:7.1f}"
        )


HEADER = (
    f"{'':26} {'correct':>7} {'refused':>8} {'missed':>7} {'wrong':>6} {'overclaimed':>12} "
    f"{'failed':>7} {'unchecked':>10} {'ms p50':>8} {'ms p95':>8} {'length':>7}"
)


def ours(p: oracle.Problem) -> Expression | None:
    """Our formula, audit included, or None for a refusal."""
    graph = CausalGraph(p.nodes, directed=p.di, bidirected=p.bi)
    found = identify(graph, p.X, p.Y, p.Z)
    return found.expression if found.identified else None  # type: ignore[union-attr]


def y0_solver() -> Callable[[oracle.Problem], Expression | None] | None:
    """y0's identification behind the same call, or None if it is not installed."""
    try:
        from y0.algorithm.identify import identify_outcomes
        from y0.dsl import Variable
        from y0.graph import NxMixedGraph
    except ImportError:
        return None

    def solve(p: oracle.Problem) -> Expression | None:
        graph = NxMixedGraph.from_edges(
            nodes=[Variable(n) for n in p.nodes],
            directed=[(Variable(a), Variable(b)) for a, b in p.di],
            undirected=[(Variable(a), Variable(b)) for a, b in p.bi],
        )
        x, y, z = ({Variable(n) for n in names} for names in (p.X, p.Y, p.Z))
        found = identify_outcomes(graph, x, y, conditions=z or None)
        return None if found is None else translated(found)

    return solve


def translated(expression: Any) -> Expression:
    """A y0 expression as one of ours."""
    kind = type(expression).__name__
    if kind == "Probability":
        d = expression.distribution
        return Probability(tuple(v.name for v in d.children), tuple(v.name for v in d.parents))
    if kind == "Sum":
        return Sum(
            tuple(sorted(v.name for v in expression.ranges)), translated(expression.expression)
        )
    if kind == "Product":
        return Product(tuple(translated(e) for e in expression.expressions))
    if kind == "Fraction":
        return Quotient(translated(expression.numerator), translated(expression.denominator))
    if kind == "One":
        return Product(())
    raise ValueError(f"unknown y0 expression {kind}")


def error_of(formula: Expression, p: oracle.Problem) -> float:
    """Largest error of a formula in a random model with explicit hidden variables."""
    model = oracle.Model(p, seed=11)
    found = formula.evaluate(Table.make(p.nodes, model.observed()[None]))
    truth = Table.make((*p.X, *p.Y, *p.Z), model.truth()[None])
    names = tuple(sorted({*found.names, *truth.names}))
    return float(np.max(np.abs(found.spread(names) - truth.spread(names))))


def run(
    solve: Callable[[oracle.Problem], Expression | None], problems: Iterable[oracle.Problem]
) -> Score:
    """Solve and check every problem."""
    score = Score()
    for p in problems:
        start = time.process_time()
        try:
            formula = solve(p)
        except Exception as error:  # noqa: BLE001 - a peer's crash is a result, not the end
            score.failed.append(f"{p.name}: {type(error).__name__}")
            continue
        score.times.append(time.process_time() - start)
        possible = oracle.identifiable(p)
        if formula is None:
            if possible:
                score.missed.append(p.name)
            else:
                score.refused += 1
        elif not possible:
            score.overclaimed.append(p.name)
        elif len(p.nodes) > LARGEST_TRUTH:
            score.unchecked += 1
            score.sizes[p.name] = formula.size
        elif error_of(formula, p) > 1e-7:
            score.wrong.append(p.name)
        else:
            score.correct += 1
            score.sizes[p.name] = formula.size
    return score


def suites(args: argparse.Namespace) -> dict[str, list[oracle.Problem]]:
    """The problems to solve, by suite."""
    if args.graphs:
        data = json.loads(Path(args.graphs).read_text())
        return {Path(args.graphs).name: [oracle.Problem.from_json(d) for d in data]}
    n = args.number
    found = {
        "named": oracle.named_problems(),
        "all on 3 nodes": list(oracle.all_problems(3)),
        "random 4-6": list(oracle.random_problems(n, (4, 6), 1)),
        "random 4-6, joint": list(oracle.random_problems(n, (4, 6), 2, joint=True)),
        "random 4-6, conditional": list(oracle.random_problems(n, (4, 6), 3, given=True)),
        "random 5-8, dense": list(oracle.random_problems(n, (5, 8), 4, density=(0.5, 0.35))),
        "random 8": list(oracle.random_problems(n // 2, (8, 8), 5, density=(0.35, 0.15))),
        "random 60": list(oracle.random_problems(20, (60, 60), 6, density=(0.05, 0.01))),
    }
    if args.full:
        found["random 5-10"] = list(oracle.random_problems(10_000, (5, 10), 9, density=(0.35, 0.2)))
    if not (args.exhaustive or args.full):
        found["4 nodes, one in 40"] = list(oracle.all_problems(4))[::40]
    else:
        found["all on 4 nodes"] = list(oracle.all_problems(4))
    return found


def main(argv: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.identification", description=__doc__
    )
    parser.add_argument("--graphs", help="JSON file with problems")
    parser.add_argument("--number", type=int, default=200, help="random graphs a suite")
    parser.add_argument(
        "--exhaustive", action="store_true", help="all ADMGs on 4 nodes too (minutes)"
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="and 10,000 random graphs on 5-10 nodes (an hour with y0)",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=["graphs", *rows.ROWS],
        help="these parts; may be repeated",
    )
    parser.add_argument("--scale", type=float, default=1.0, help="of the numbers of the other rows")
    parser.add_argument("--no-peers", action="store_true", help="do not run y0")
    args = parser.parse_args(argv)
    only = args.only or (["graphs"] if args.graphs else ["graphs", *rows.ROWS])
    if "graphs" in only:
        decisions(args)
    for name, (title, row, number) in rows.ROWS.items():
        if name in only:
            print(f"\n{title}")
            print("\n".join(row(max(10, int(args.scale * number)))), flush=True)


def decisions(args: argparse.Namespace) -> None:
    """Print what becomes of the queries of every suite, ours and the peer's."""
    peer = None if args.no_peers else y0_solver()
    for name, problems in suites(args).items():
        print(f"\n{name}: {len(problems)} queries\n{HEADER}")
        mine = run(ours, problems)
        print(mine.row("etiograph (with audit)"))
        scores = [mine]
        if peer is not None:
            theirs = run(peer, problems)
            print(theirs.row("y0"))
            both = sorted(mine.sizes.keys() & theirs.sizes.keys())
            longer = [b for b in both if mine.sizes[b] > theirs.sizes[b]]
            shorter = sum(mine.sizes[b] < theirs.sizes[b] for b in both)
            print(
                f"  both right {len(both)}: ours shorter {shorter}, longer {len(longer)} {longer[:5]}"
            )
            scores.append(theirs)
        for who, score in zip(("etiograph", "y0"), scores, strict=False):
            for what in ("missed", "wrong", "overclaimed", "failed"):
                if names := getattr(score, what):
                    print(
                        f"  {who} {what}: {', '.join(names[:6])}{' ...' if len(names) > 6 else ''}"
                    )


if __name__ == "__main__":
    main()
