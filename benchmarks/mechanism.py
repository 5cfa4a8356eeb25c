"""Mechanism queries on Hetionet's edges: seconds of processor time a query.

    python -m benchmarks.mechanism [--data FILE] [--queries N] [--json]

Every edge becomes a link in the direction it is written, and one back unless its kind is directed; kinds
that regulate up or down, treat or palliate give the sign, beliefs are drawn uniformly (seed 0), since
Hetionet has none. Every fifth query starts from one of the twenty nodes with most links. Last, 1,000 worlds of
neighbourhoods of 60 of these links: what the links above an effect say of a cause among them, each as true as it is
believed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from queries.causal.worlds import Arc, worlds
from queries.mechanism import (
    Link,
    Network,
    between,
    block,
    downstream,
    explain,
    loops,
    regulators,
)

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "graphs" / "hetionet"
ARCS = 60
_LOWERING = ("CdG", "DdG", "AdG", "CtD", "CpD")


def _network(path: Path) -> tuple[Network, int]:
    rng = random.Random(0)
    links = []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        next(file)
        for number, line in enumerate(file, 1):
            source, kind, target = line.rstrip("\n").split("\t")
            sign = 1 if "u" in kind else -1 if kind in _LOWERING else 0
            belief = round(rng.uniform(0.3, 0.99), 3)
            links.append(Link(source, target, sign, belief, f"e{number}"))
            if ">" not in kind:
                links.append(Link(target, source, sign, belief, f"r{number}"))
    return Network(links), number


def _above(into: Mapping[str, list[Link]], effect: str) -> list[Arc]:
    """The first 60 links met going up from ``effect``, breadth first, at most six into a node."""
    found: list[Arc] = []
    seen, queue = {effect}, deque([effect])
    while queue and len(found) < ARCS:
        for link in into.get(queue.popleft(), [])[:6]:
            found.append(Arc(link.cause, link.effect, link.belief, link.sign, link.id))
            if link.cause not in seen:
                seen.add(link.cause)
                queue.append(link.cause)
    return found[:ARCS]


def _worlds(network: Network, rng: random.Random, number: int) -> dict[str, float | str]:
    """Seconds for the distribution of an answer over 1,000 worlds of a neighbourhood."""
    into: dict[str, list[Link]] = {}
    for link in network.links:
        into.setdefault(link.effect, []).append(link)
    times: list[float] = []
    while len(times) < number:
        effect = rng.choice(network.nodes)
        arcs = _above(into, effect)
        causes = sorted({a.cause for a in arcs} - {effect})
        if len(arcs) < ARCS or not causes:
            continue
        started = time.process_time()
        worlds(arcs, rng.choice(causes), effect, number=1000)
        times.append(time.process_time() - started)
    return _row(f"1,000 worlds of {ARCS} links", times)


def _changes(network: Network, rng: random.Random, one: str, number: int) -> dict[str, int]:
    return {n: rng.choice((1, -1)) for n in (one, *rng.sample(network.nodes, number - 1))}


def _row(name: str, times: list[float]) -> dict[str, float | str]:
    return {
        "query": name, "p50": float(np.median(times)), "p95": float(np.quantile(times, 0.95)),
        "max": max(times),
    }  # fmt: skip


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description="Time mechanism queries on Hetionet.")
    parser.add_argument("--data", type=Path, default=_DATA / "edges-5k.sif.gz")
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if not arguments.data.exists():
        print(f"no such file: {arguments.data}", file=sys.stderr)
        return 3
    started = time.process_time()
    network, edges = _network(arguments.data)
    made = time.process_time() - started
    hubs = np.argsort(-np.diff(network.out.first))[:20].tolist()
    rng = random.Random(1)
    queries: dict[str, Callable[[str, str], object]] = {
        "10 best chains, 6 links": lambda a, b: explain(network, a, b, k=10, max_length=6),
        "10 best loops, 5 links": lambda a, _: loops(network, a, k=10, max_length=5),
        "effects downstream, 4 links": lambda a, _: downstream(network, {a: 1}),
        "what lies between, 3 links": lambda a, b: between(network, a, b),
        "what to block, 4 links": lambda a, b: block(network, a, b, max_length=4),
        "regulators of 10 changes": lambda a, _: regulators(network, _changes(network, rng, a, 10)),
        "regulators of 50 changes": lambda a, _: regulators(network, _changes(network, rng, a, 50)),
    }
    rows = []
    for name, query in queries.items():
        times = []
        for number in range(arguments.queries):
            a, b = rng.sample(network.nodes, 2)
            if number % 5 == 0:
                a = network.nodes[hubs[number // 5 % 20]]
            if a == b:
                continue
            started = time.process_time()
            query(a, b)
            times.append(time.process_time() - started)
        rows.append(_row(name, times))
    rows.append(_worlds(network, rng, min(arguments.queries, 20)))
    if arguments.json:
        print(json.dumps({"edges": edges, "made": made, "rows": rows}, indent=1))
        return 0
    print(
        f"{edges:,} edges, {len(network):,} nodes, {len(network.links):,} links; made in {made:.2f} s\n"
    )
    print(f"{'query':<34}{'p50':>8}{'p95':>8}{'max':>8}   seconds")
    for row in rows:
        print(f"{row['query']:<34}{row['p50']:8.3f}{row['p95']:8.3f}{row['max']:8.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
