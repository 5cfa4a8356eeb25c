"""Embeddings that propose edges: ``python -m benchmarks.embeddings``.

Each row says what was measured on what. Settings were chosen on validation edges only; the test is ranked
once for each seed. Peers run in the same process, on the same split, by the same ranking.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

GRAPHS = Path(__file__).parents[2] / "shared" / "data" / "graphs"
TARGETS = ("CtD", "DaG", "CbG")
BASELINES = ("degree", "common-neighbours", "nearest-neighbour", "dwpc", "dwpc-logistic", "rules")
Row = dict[str, Any]


def small(quick: bool) -> Iterator[Row]:
    """Published splits of UMLS, Kinships and Nations: filtered realistic ranks on the test."""
    from discovery.embeddings.files import read

    for name in ("nations", "umls", "kinships"):
        split = read(GRAPHS / "pykeen_small" / name).split
        assert split is not None
        yield from _scored(f"{name}, published split", split, BASELINES, quick)


def hetionet(quick: bool) -> Iterator[Row]:
    """The Hetionet subset: treats, associates and binds, by held-out disease and at random."""
    from etiograph.embedding import source_of, split_of

    source = source_of(GRAPHS / "hetionet")
    for kind, hold in (("entity", "Disease"), ("random", None)):
        targets = ("CtD", "DaG") if hold else TARGETS
        split = split_of(source, kind, targets=targets, hold_out=hold)
        yield from _scored(f"Hetionet, {kind} split", split, BASELINES, quick, negatives=20)


def _scored(
    task: str, split: Any, names: tuple[str, ...], quick: bool, negatives: int = 0
) -> Iterator[Row]:
    from discovery.embeddings import registry
    from discovery.embeddings.audit import sampled
    from discovery.embeddings.metrics import evaluate

    asked = sampled(split, 200 if quick else 2000)
    for name in names:
        start = time.process_time()
        scorer = registry.fit(name, asked.train, valid=asked.valid)
        found = evaluate(scorer, asked, negatives=negatives)
        yield {
            "task": task,
            "scorer": name,
            "test edges": found.n,
            "MRR": str(found.mrr),
            "Hits@10": f"{found.hits[10].value:.3f}",
            "AMRI": f"{found.amri.value:.3f}",
            "AUPRC": str(found.auprc) if found.auprc else "",
            "CPU s": round(time.process_time() - start, 1),
        }


def audits(quick: bool) -> Iterator[Row]:
    """What leaks were worth to the reference scorer, on published and random splits."""
    from etiograph.embedding import audit, source_of, split_of

    for name in ("pykeen_small/umls", "pykeen_small/kinships", "pykeen_small/nations", "hetionet"):
        source = source_of(GRAPHS / name)
        targets = TARGETS if name == "hetionet" else ()
        split = split_of(source, targets=targets, pairs=False)
        found = audit(source, split, most=200 if quick else 1000)
        worth = ", ".join(
            f"{f.kind} {f.test_edges} ({f.worth:+.3f})"
            for f in found.findings
            if f.worth is not None
        )
        yield {
            "task": f"audit of {name}",
            "scorer": found.reference,
            "test edges": len(split.test),
            "MRR": str(found.before.mrr),
            "without leaks": str(found.after.mrr),
            "leaks (worth)": worth or "none",
            "rewired graph": f"{found.degree['rewired']:.3f}",
        }


def throughput(quick: bool) -> Iterator[Row]:
    """A table of edges to tensors: CPU seconds and memory."""
    import tempfile

    from discovery.embeddings.files import read

    m = 100_000 if quick else 1_000_000
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "edges.tsv"
        with path.open("w", encoding="utf-8") as file:
            file.write("head\trelation\ttail\tsign\n")
            rows = rng.integers(0, m // 20, (m, 2)).tolist()
            kinds = rng.integers(0, 20, m).tolist()
            file.writelines(
                f"hgnc:{a}\tr{k}\thgnc:{b}\t1\n" for (a, b), k in zip(rows, kinds, strict=True)
            )
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        triples = read(path).triples
        read_in = time.process_time() - start
        triples.to_hetero()
        yield {
            "task": f"{m:,} edges to tensors",
            "edges": len(triples),
            "read, CPU s": round(read_in, 1),
            "with HeteroData, CPU s": round(time.process_time() - start, 1),
            "memory MB": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024,
        }


SUITES: dict[str, Callable[[bool], Iterator[Row]]] = {
    "small": small,
    "hetionet": hetionet,
    "audits": audits,
    "throughput": throughput,
}


def main() -> None:
    """Run the suites that are asked for; print rows as they come, and write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="*", choices=[*SUITES, []], help="default: all")
    parser.add_argument("--quick", action="store_true", help="fewer test edges")
    parser.add_argument("--out", type=Path, help="write the rows here as JSON")
    options = parser.parse_args()
    rows = []
    for name in options.suites or SUITES:
        for row in SUITES[name](options.quick):
            rows.append(row)
            print(
                "; ".join(f"{key} {value}" for key, value in row.items() if value != ""), flush=True
            )
    if options.out:
        options.out.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
