"""How long an answer takes without a language model, on a graph of 100,000 edges.

    python -m benchmarks.answers [--data FOLDER] [--questions 300] [--seed 0] [--store FOLDER] [--json]

Hetionet's edges (17 of 24 kinds cut to 5,000) become statements with one curated evidence each; questions
of every kind are put by name about statements drawn at random, every fifth about one of the twenty
entities with most statements. Parsing, look-up, claims, independent check and certificate are all in
the time. ``--store`` keeps the graph that was made, or takes the one that lies there.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.certificates import FORMS
from graph.model import Batch, Category, Entity, Evidence, Predicate, Publication, Rung, Statement
from graph.store import Store
from graph.stores import open_store
from llm_bridge import ask

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "graphs" / "hetionet"
_KINDS = {
    "Gene": (Category.GENE, "ncbigene"), "Compound": (Category.CHEMICAL, "drugbank"),
    "Disease": (Category.DISEASE, ""), "Side Effect": (Category.PHENOTYPE, "umls"),
    "Symptom": (Category.PHENOTYPE, "mesh"), "Biological Process": (Category.PROCESS, ""),
    "Molecular Function": (Category.PROCESS, ""), "Pathway": (Category.PROCESS, "hetionet"),
    "Anatomy": (Category.ANATOMY, ""), "Cellular Component": (Category.ANATOMY, ""),
    "Pharmacologic Class": (Category.CHEMICAL, "ndfrt"),
}  # fmt: skip
_EDGES: dict[str, tuple[Predicate, int]] = {
    "CtD": (Predicate.TREATS, -1), "CpD": (Predicate.TREATS, -1), "CcSE": (Predicate.CAUSES, 1),
    "CuG": (Predicate.INCREASES, 1), "DuG": (Predicate.INCREASES, 1), "AuG": (Predicate.INCREASES, 1),
    "CdG": (Predicate.DECREASES, -1), "DdG": (Predicate.DECREASES, -1), "AdG": (Predicate.DECREASES, -1),
    "Gr>G": (Predicate.AFFECTS, 0), "GpBP": (Predicate.AFFECTS, 0), "GpPW": (Predicate.AFFECTS, 0),
    "DaG": (Predicate.ASSOCIATED_WITH, 0), "CbG": (Predicate.BINDS, 0),
    "GiG": (Predicate.INTERACTS_WITH, 0),
}  # fmt: skip
"""Predicate and sign of an edge; those of other kinds are associations."""
_BATCH = 5_000


def _entities(folder: Path) -> dict[str, Entity]:
    found = {}
    with (folder / "hetionet-v1.0-nodes.tsv").open(encoding="utf-8") as file:
        next(file)
        for line in file:
            key, name, kind = line.rstrip("\n").split("\t")
            category, prefix = _KINDS[kind]
            local = key.partition("::")[2]
            id = f"{prefix}:{local}" if prefix else local
            found[key] = Entity(id.replace(" ", "_"), name, category)
    return found


def _batches(folder: Path) -> Iterator[Batch]:
    entities = _entities(folder)
    every = list({e.id: e for e in entities.values()}.values())
    source = Publication("pubmed:28936969", "Hetionet", 2017)
    yield Batch(publications=(source,))
    for k in range(0, len(every), _BATCH):
        yield Batch(entities=tuple(every[k : k + _BATCH]))
    made: list[tuple[Statement, Evidence]] = []
    with gzip.open(folder / "edges-5k.sif.gz", "rt", encoding="utf-8") as file:
        next(file)
        for line in file:
            a, kind, b = line.rstrip("\n").split("\t")
            predicate, sign = _EDGES.get(kind, (Predicate.ASSOCIATED_WITH, 0))
            statement = Statement(entities[a].id, predicate, entities[b].id, sign)
            proof = Evidence(
                statement=statement.id, rung=Rung.CURATED, source="hetionet", extractor="import",
                publication=source.id, text=f"{entities[a].name} {kind} {entities[b].name}",
            )  # fmt: skip
            made.append((statement, proof))
    for k in range(0, len(made), _BATCH):
        part = made[k : k + _BATCH]
        statements = {s.id: s for s, _ in part}
        yield Batch(statements=tuple(statements.values()), evidences=tuple(e for _, e in part))


def questions(store: Store, count: int, seed: int) -> list[str]:
    """Questions of every kind, by name, each once."""
    rng = random.Random(seed)
    names = {e.id: e.name for e in store.entities()}
    statements = sorted(store.statements(), key=lambda s: s.id)
    degree = Counter(e for s in statements for e in (s.subject, s.object))
    hubs = {e for e, _ in degree.most_common(20)}
    near = [s for s in statements if s.subject in hubs or s.object in hubs]
    ids = sorted(degree)
    found: dict[str, None] = {}
    while len(found) < count:
        s = rng.choice(near if len(found) % 5 == 0 else statements)
        form = FORMS[len(found) % len(FORMS)]
        found[form.format(x=names[s.subject], y=names[s.object], z=names[rng.choice(ids)])] = None
    return list(found)


def measure(store: Store, count: int, seed: int) -> dict[str, Any]:
    """Ask, and return seconds, and how many were answered."""
    asked = questions(store, count, seed)
    for question in asked[:3]:
        ask(store, question)  # the engine's first queries compile its code
    times: dict[str, list[float]] = {"processor": [], "wall": []}
    slowest: list[tuple[float, str]] = []
    answered: Counter[str] = Counter()
    for question in asked:
        began, clock = time.process_time(), time.perf_counter()
        answer = ask(store, question)
        answer.certificate()
        times["processor"].append(time.process_time() - began)
        times["wall"].append(time.perf_counter() - clock)
        slowest.append((times["processor"][-1], question))
        told = "answered" if answer.sentences else "refused"
        reason = (
            f" ({answer.refused.reason.value})" if answer.refused and not answer.sentences else ""
        )
        answered[told + reason] += 1
    return {
        "questions": len(asked),
        "answers": dict(answered),
        "seconds": {
            what: {"p50": float(np.median(t)), "p95": float(np.quantile(t, 0.95)), "max": max(t)}
            for what, t in times.items()
        },
        "slowest": sorted(slowest, reverse=True)[:5],
    }


def main() -> int:
    """Make the graph, ask, print."""
    parser = argparse.ArgumentParser(description="Time answers on 100,000 edges.")
    parser.add_argument("--data", type=Path, default=_DATA)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not (given.data / "edges-5k.sif.gz").exists():
        print(f"no Hetionet there: {given.data}", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory() as folder:
        where = given.store or Path(folder) / "graph"
        new = not where.exists()
        with open_store(where) as store:
            if new:
                for batch in _batches(given.data):
                    store.write(batch)
            found = measure(store, given.questions, given.seed)
    if given.json:
        print(json.dumps(found, indent=1))
        return 0
    print(f"{found['questions']} questions: {found['answers']}")
    for what, t in found["seconds"].items():
        print(f"seconds of {what} time: p50 {t['p50']:.3f}, p95 {t['p95']:.3f}, max {t['max']:.3f}")
    for seconds, question in found["slowest"]:
        print(f"  {seconds:.2f}  {question}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
