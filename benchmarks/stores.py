"""Both stores side by side: ``python -m benchmarks.stores [--evidences N] [--batch N]``.

The graph is synthetic: three evidences a statement, five a publication, two-thousand entities. The
Neo4j column needs NEO4J_URI (and NEO4J_USER, NEO4J_PASSWORD) of a server that may be wiped of what
is written here, or Java 17 and Maven, with which a server is started for the run.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from graph.errors import StoreError
from graph.model import Batch, Category, Entity, Evidence, Predicate, Publication, Rung, Statement
from graph.store import Store
from graph.stores import open_store

ENTITIES = 2_000


def entities() -> tuple[Entity, ...]:
    """The entities that every batch speaks of."""
    kinds = (Category.DISEASE, Category.CHEMICAL, Category.GENE)
    return tuple(
        Entity(f"mesh:D{i:06d}", f"Thing {i} of some kind", kinds[i % 3], (f"synonym {i}",))
        for i in range(ENTITIES)
    )


def batch(number: int, size: int) -> Batch:
    """One batch of ``size`` evidences, of its own statements and publications."""
    rng = random.Random(number)
    statements: dict[str, Statement] = {}
    while len(statements) < size // 3:
        a, b = rng.sample(range(ENTITIES), 2)
        made = Statement(
            f"mesh:D{a:06d}", rng.choice(list(Predicate)), f"mesh:D{b:06d}", rng.choice([-1, 1])
        )
        statements[made.id] = made
    chosen = list(statements.values())
    papers = [
        Publication(f"pubmed:{number * 100_000 + i}", f"Title {i} of some length, as usual", 2000)
        for i in range(size // 5)
    ]
    evidences = tuple(
        Evidence(
            statement=chosen[min(i // 3, len(chosen) - 1)].id,
            rung=Rung.ASSERTION,
            source="pubmed",
            extractor="patterns",
            publication=papers[min(i // 5, len(papers) - 1)].id,
            section="abstract",
            text=f"Sentence {number}/{i} of a usual length says that one thing, in a group of "
            "patients that was followed for some years, was followed by another thing.",
            start=i,
            end=i + 150,
            subject_span=(0, 8),
            object_span=(100, 110),
            trigger_span=(50, 60),
        )
        for i in range(size)
    )
    return Batch((), tuple(papers), tuple(chosen), evidences)


def _median_ms(work: Callable[[int], object], times: int) -> float:
    taken = []
    for i in range(times):
        started = time.perf_counter()
        work(i)
        taken.append(time.perf_counter() - started)
    return 1000 * statistics.median(taken)


def measure(store: Store, count: int, size: int) -> dict[str, str]:
    """Return every measurement of one store, in words."""
    store.write(Batch(entities=entities()))
    batches = [batch(n, size) for n in range(max(1, count // size))]
    total = sum(len(b.evidences) for b in batches)
    taken = []
    for one in batches:
        started = time.perf_counter()
        store.write(one)
        taken.append(time.perf_counter() - started)
    found = {
        "write, evidences/s": f"{total / sum(taken):,.0f}",
        "  first batch; best batch": f"{size / taken[0]:,.0f}; {size / min(taken):,.0f}",
    }
    started = time.perf_counter()
    changes = sum(store.write(one).total for one in batches)
    found["write again, evidences/s"] = f"{total / (time.perf_counter() - started):,.0f}"
    found["  changes"] = str(changes)
    ids = [s.id for s in batches[0].statements]
    found["statement by id, ms"] = (
        f"{_median_ms(lambda i: store.statement(ids[i % len(ids)]), 200):.2f}"
    )
    two_hops = (
        "MATCH (a:Entity {id: $id})-[r:CAUSES|INCREASES]->(b:Entity)-[s:TREATS|DECREASES]->(c:Entity) "
        "RETURN b.id, c.id, r.belief * s.belief AS belief ORDER BY belief DESC LIMIT 20"
    )
    found["two hops, guarded, ms"] = (
        f"{_median_ms(lambda i: store.read(two_hops, {'id': f'mesh:D{i % ENTITIES:06d}'}), 50):.1f}"
    )
    found["search, exact, ms"] = (
        f"{_median_ms(lambda i: store.search_entities(f'thing {i} of some kind'), 50):.1f}"
    )
    found["search, two words, ms"] = (
        f"{_median_ms(lambda i: store.search_entities('kind 7'), 20):.1f}"
    )
    started = time.perf_counter()
    lines = store.export(io.StringIO())
    found["export, lines/s"] = f"{lines / (time.perf_counter() - started):,.0f}"
    return found


@contextlib.contextmanager
def _neo4j(folder: Path) -> Iterator[dict[str, Any]]:
    if uri := os.environ.get("NEO4J_URI"):
        yield {
            "uri": uri,
            "user": os.environ.get("NEO4J_USER", "neo4j"),
            "password": os.environ.get("NEO4J_PASSWORD", ""),
        }
        return
    path = Path(__file__).parents[1] / "docker" / "neo4j" / "neo4j_local.py"
    spec = importlib.util.spec_from_file_location("neo4j_local", path)
    if spec is None or spec.loader is None:
        raise StoreError("docker/neo4j/neo4j_local.py is not there")
    local = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(local)
    if why := local.missing():
        raise StoreError(f"{why}; or set NEO4J_URI")
    running = local.start(folder, tied=True)
    try:
        yield {name: running[name] for name in ("uri", "user", "password")}
    finally:
        local.stop(folder)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure both stores side by side.")
    parser.add_argument("--evidences", type=int, default=30_000)
    parser.add_argument("--batch", type=int, default=3_000)
    parser.add_argument("--only", choices=("embedded", "neo4j"))
    arguments = parser.parse_args()
    console = Console()
    columns: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.only != "neo4j":
            started = time.perf_counter()
            with open_store(folder / "store") as store:
                made = time.perf_counter() - started
                columns["embedded"] = measure(store, arguments.evidences, arguments.batch)
            started = time.perf_counter()
            with open_store(folder / "store"):
                again = time.perf_counter() - started
            columns["embedded"]["open new; again in process, s"] = f"{made:.2f}; {again:.2f}"
        if arguments.only != "embedded":
            try:
                with _neo4j(folder / "neo4j") as server, open_store(**server) as store:
                    if store.stats()["evidences"]:
                        raise StoreError("the Neo4j at NEO4J_URI is not empty", where=server["uri"])
                    columns["neo4j"] = measure(store, arguments.evidences, arguments.batch)
            except StoreError as error:
                console.print(f"No Neo4j column: {error}")
    table = Table("", *columns, title=f"{arguments.evidences:,} evidences")
    for row in next(iter(columns.values()), {}):
        table.add_row(row, *(column.get(row, "") for column in columns.values()))
    console.print(table)


if __name__ == "__main__":
    main()
