"""Time every named query on a graph with hubs.

    python benchmarks/queries.py [--statements 20000] [--hub 5000] [--folder DIR] [--uri bolt://...]

Without ``--uri`` the embedded store is used, in a folder thrown away afterwards unless ``--folder``
says where to keep it. Each query runs with default parameters, then with its widest bounds, asked
about the hubs; the better of two runs counts. Ends with code 1 if a default takes over two seconds.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from graph.model import (
    Batch,
    Category,
    Entity,
    Evidence,
    Predicate,
    Publication,
    Rung,
    Statement,
)
from graph.store import Store
from graph.stores import open_store
from queries.cypher import library, run

LIMIT = 2.0
"""Seconds a query may take with default parameters."""
CATEGORIES = (Category.GENE, Category.DISEASE, Category.CHEMICAL, Category.PROTEIN)
CAUSAL = tuple(p for p in Predicate if p.info.causal)
HUB, SECOND, THIRD, ORDINARY = (f"hgnc:{n}" for n in (1, 2, 3, 78))


def pairs(
    statements: int, hub: int, entities: int, rng: random.Random
) -> Iterator[tuple[int, int]]:
    """Subject and object numbers: a hub of the degree asked for, two smaller ones, and a random
    rest."""
    for n, degree in ((1, hub), (2, hub * 3 // 5), (3, hub * 2 // 5)):
        for _ in range(degree // 2):
            yield n, rng.randint(4, entities)
            yield rng.randint(4, entities), n
    while True:
        yield rng.randint(1, entities), rng.randint(1, entities)


def invented(statement: Statement, papers: int, rng: random.Random) -> list[Evidence]:
    """One or two pieces of evidence: of twenty statements one is proposed by an algorithm."""
    if rng.random() < 0.05:
        score = rng.random()
        return [Evidence(statement.id, Rung.DISCOVERED, "made up", "benchmark", score=score)]
    return [
        Evidence(
            statement.id,
            Rung.ASSERTION,
            "made up",
            "benchmark",
            publication=f"pubmed:{rng.randint(1, papers)}",
            text="A sentence.",
            start=0,
            end=11,
            negated=rng.random() < 0.1,
            score=rng.random(),
        )
        for _ in range(1 + (rng.random() < 0.3))
    ]


def fill(store: Store, statements: int, hub: int) -> None:
    """Write the graph, the same every time."""
    rng = random.Random(0)
    count = max(statements * 3 // 10, hub + 10)
    papers = max(statements // 4, 1)
    store.write(
        Batch(
            entities=tuple(
                Entity(f"hgnc:{n}", f"entity {n}", CATEGORIES[n % 4], (f"synonym {n}",))
                for n in range(1, count + 1)
            ),
            publications=tuple(
                Publication(f"pubmed:{n}", f"paper {n}", 1990 + n % 35, retracted=n % 50 == 0)
                for n in range(1, papers + 1)
            ),
        )
    )
    made: dict[str, Statement] = {}
    for subject, object_ in pairs(statements, hub, count, rng):
        if len(made) >= statements:
            break
        if subject == object_:
            continue
        predicate = rng.choice((*CAUSAL, Predicate.ASSOCIATED_WITH))
        sign = predicate.info.sign
        statement = Statement(f"hgnc:{subject}", predicate, f"hgnc:{object_}", sign)
        made[statement.id] = statement
    everything = list(made.values())
    for start in range(0, len(everything), 2_000):
        part = everything[start : start + 2_000]
        evidences = [e for statement in part for e in invented(statement, papers, rng)]
        store.write(Batch(statements=tuple(part), evidences=tuple(evidences)))


def cases(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Parameters for each query: the required ones, about hubs and about others."""
    on_pairs = [
        {"source": a, "target": b}
        for a, b in ((HUB, SECOND), (SECOND, HUB), (SECOND, THIRD), (ORDINARY, HUB))
    ]
    on_one = [{"entity": HUB}, {"entity": ORDINARY}]
    some = store.read("MATCH (s:Statement) RETURN s.id AS id ORDER BY id LIMIT 1").rows[0]["id"]
    special = {
        "evidence": [{"statement": some}],
        "publication": [{"publication": "pubmed:1"}],
        "entities": [{"text": "entity 12"}],
        "contradictions": [{}, *on_one],
    }
    found: dict[str, list[dict[str, Any]]] = {}
    for name, query in library().items():
        required = {p.name for p in query.parameters if p.required}
        if name in special:
            found[name] = special[name]
        elif required == {"source", "target"}:
            found[name] = on_pairs
        elif required == {"entity"}:
            found[name] = on_one
        else:
            found[name] = [{}]
    return found


def best(store: Store, name: str, params: dict[str, Any]) -> tuple[float, int]:
    """Seconds of the better of two runs, and rows."""
    times = []
    for _ in range(2):
        began = time.perf_counter()
        rows = len(run(store, name, timeout=60, **params).rows)
        times.append(time.perf_counter() - began)
    return min(times), rows


def main() -> int:
    """Fill, time, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--statements", type=int, default=20_000)
    parser.add_argument("--hub", type=int, default=5_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--uri", help="a Neo4j; NEO4J_USER and NEO4J_PASSWORD are read")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if given.uri:
            user, password = os.environ.get("NEO4J_USER"), os.environ.get("NEO4J_PASSWORD")
            store = open_store(uri=given.uri, user=user, password=password)
        else:
            store = open_store(given.folder or Path(scratch) / "store")
        with store:
            if not store.read("MATCH (s:Statement) RETURN s.id LIMIT 1").rows:
                began = time.perf_counter()
                fill(store, given.statements, given.hub)
                print(f"filled in {time.perf_counter() - began:.1f} s")
            slow = 0
            print(f"{'query':<22}{'default ms':>11}{'widest ms':>11}{'rows':>7}  about")
            for name, sets in cases(store).items():
                bounds = {"max_hops", "limit"} & {p.name for p in library()[name].parameters}
                widest = {
                    p.name: int(p.high) if p.name == "max_hops" else 1_000
                    for p in library()[name].parameters
                    if p.name in bounds and p.high is not None
                }
                for params in sets:
                    seconds, _ = best(store, name, params)
                    wide, rows = best(store, name, params | widest)
                    slow += seconds > LIMIT
                    about = ", ".join(params.values())
                    print(
                        f"{name:<22}{seconds * 1000:>11.0f}{wide * 1000:>11.0f}{rows:>7}  {about}"
                    )
    print(f"{slow} over {LIMIT:g} s" if slow else f"none over {LIMIT:g} s")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
