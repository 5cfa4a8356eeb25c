"""Rows of :mod:`benchmarks.embeddings` on the Hetionet subset: held-out diseases, and the random split.

The test is ranked once. What is ours are ``rules``, ComplEx, and an ensemble of them and the baselines;
weights are chosen on validation edges, and so is everything else that is chosen. Candidates are entities of the right type, for
everybody; filtered, realistic ranks over both ends; AUPRC against twenty untrue edges for each true one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.embeddings_peers import pipeline_scorer

GRAPH = Path(__file__).resolve().parents[2] / "shared" / "data" / "graphs" / "hetionet"
TARGETS = ("CtD", "DaG", "CbG")
BASELINES = ("degree", "common-neighbours", "nearest-neighbour", "dwpc", "dwpc-logistic")
PEERS = ("TransE", "DistMult")
_OURS = {
    "dim": 32, "epochs": 8, "batch": 2048, "n3": 0.05, "every": 4, "relation_loss": 0.0,
    "loss": "negatives", "negatives": 32,
}  # fmt: skip
_LIGHT: dict[str, dict[str, Any]] = {
    name: {"longest": 3, "most": 120} for name in ("dwpc", "dwpc-logistic", "rules")
}
Row = dict[str, Any]


def split_of(kind: str, most: int = 400, seed: int = 0) -> Any:
    """Return ``disease``: diseases held out, leaks removed; or ``random``: as it is usually done.

    Args:
        most: test and validation edges each, drawn at random.
    """
    from discovery.embeddings.audit import sampled
    from discovery.embeddings.leaks import find
    from etiograph import embedding

    source = embedding.source_of(GRAPH)
    # entities that no edge reaches would only be easy wrong answers
    source = replace(source, triples=source.triples.compact())
    if kind == "disease":
        split = embedding.split_of(
            source, "entity", targets=TARGETS[:2], hold_out="Disease", seed=seed
        )
        split = embedding.cleaned(split, find(split, source.labels))
    else:
        split = embedding.split_of(source, "random", targets=TARGETS, pairs=False, seed=seed)
    return sampled(split, most, seed)


def rows(kind: str, *, quick: bool = False, seed: int = 0) -> Iterator[Row]:
    """Yield the baselines, PyKEEN's defaults, and ours."""
    from discovery.embeddings.config import preset
    from discovery.embeddings.ensemble import MEMBERS, weigh
    from discovery.embeddings.metrics import evaluate
    from discovery.embeddings.registry import fit
    from discovery.embeddings.training import train

    split = split_of(kind, 100 if quick else 400, seed)

    def row(name: str, scorer: Any, spent: float, **more: Any) -> Row:
        found = evaluate(scorer, split, typed=True, negatives=20, seed=seed)
        by = {r: round(v["mrr"], 3) for r, v in found.by_relation.items()}
        return {
            "split": kind, "scorer": name, "edges": found.n, "MRR": str(found.mrr),
            "AUPRC": str(found.auprc), "Hits@10": round(found.hits[10].value, 3),
            "AMRI": round(found.amri.value, 3), "MRR by relation": by, "CPU s": round(spent),
        } | more  # fmt: skip

    fitted: dict[str, Any] = {}
    for name in BASELINES:
        start = time.process_time()
        fitted[name] = fit(name, split.train, valid=split.valid, **_LIGHT.get(name, {}))
        yield row(name, fitted[name], time.process_time() - start)
    for name in PEERS[: 1 if quick or kind == "random" else None]:
        start = time.process_time()
        peer = pipeline_scorer(name, split, seed)
        yield row(f"PyKEEN {name}, defaults", peer, time.process_time() - start)
    start = time.process_time()
    fitted["rules"] = fit("rules", split.train, valid=split.valid, **_LIGHT["rules"])
    yield row("rules (ours)", fitted["rules"], time.process_time() - start)
    start = time.process_time()
    fitted["complex"] = train(
        split.train, preset("complex", **_OURS, seed=seed), valid=split.valid, also_true=split.test
    )
    yield row("complex (ours)", fitted["complex"], time.process_time() - start)
    members = list(MEMBERS)
    ours = weigh(
        [fitted[m] for m in members], split.valid, split.known(), typed=split.train, negatives=10
    )
    told = {m: float(f"{w:.2g}") for m, w in zip(members, ours.weights, strict=True) if w}
    yield row("ensemble (ours)", ours, time.process_time() - start) | {"weights": told}


def inflation(disease: list[Row], random: list[Row]) -> Iterator[Row]:
    """Yield by how much a random split flatters each scorer, on the relations both test."""

    def mean(found: Row) -> float:
        return float(np.mean([found["MRR by relation"].get(r, np.nan) for r in TARGETS[:2]]))

    held = {r["scorer"]: r for r in disease}
    for r in random:
        if r["scorer"] in held:
            a, b = mean(r), mean(held[r["scorer"]])
            yield {
                "scorer": r["scorer"], "random": round(a, 3), "by disease": round(b, 3),
                "inflation": round(a - b, 3),
            }  # fmt: skip
