"""Embeddings that propose edges: ``python -m benchmarks.embeddings [--only ROW ...] [--json]``.

Settings were chosen on validation edges only, or on other seeds and graphs than those that are scored; each
test is ranked once. Peers run in the same process, on the same split, by the same ranking. Times are
processor seconds.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tables import Tables

GRAPHS = Path(__file__).resolve().parents[2] / "shared" / "data" / "graphs"
Row = dict[str, Any]


def ranking(name: str) -> Callable[[bool], Iterator[Row]]:
    """Return the row of a published split: ours, PyKEEN's defaults, DWPC, the best published figure."""

    def made(quick: bool) -> Iterator[Row]:
        from benchmarks.embeddings_models import ranking as measure

        yield measure(name, quick=quick)

    return made


def hetionet(*kinds: str) -> Callable[[bool], Iterator[Row]]:
    """Return the rows of the Hetionet subset; with both splits, the inflation too."""

    def made(quick: bool) -> Iterator[Row]:
        from benchmarks.embeddings_hetionet import inflation, rows

        found: dict[str, list[Row]] = {kind: [] for kind in kinds}
        for kind in kinds:
            for row in rows(kind, quick=quick):
                found[kind].append(row)
                yield row
        if len(kinds) == 2:
            yield from inflation(found["disease"], found["random"])

    return made


def hetionet_cold(quick: bool) -> Iterator[Row]:
    """Yield ranks of all drugs and genes of all diseases, each disease held out once."""
    from benchmarks.embeddings_cold import rows

    yield from rows(quick=quick)


def hypotheses(quick: bool) -> Iterator[Row]:
    """Yield where the known drugs of held-out diseases are ranked, by each scorer."""
    from benchmarks.embeddings_hypotheses import rows

    yield from rows(quick=quick)


def signs(name: str) -> Callable[[bool], Iterator[Row]]:
    """Return the rows of sign prediction, a row for each of five splits."""

    def made(quick: bool) -> Iterator[Row]:
        from benchmarks.embeddings_models import signs as measure

        found = [measure(name, seed) for seed in range(1 if quick else 5)]
        yield from found
        means = {
            k: round(float(np.mean([r[k] for r in found])), 2)
            for k in found[0]
            if k not in ("graph", "seed")
        }
        yield {"graph": name, "seed": "mean"} | means

    return made


def fdr(name: str) -> Callable[[bool], Iterator[Row]]:
    """Return the rows of the false discovery rate on a graph: planted modules, or UMLS."""

    def made(quick: bool) -> Iterator[Row]:
        from benchmarks.embeddings_models import fdr as measure
        from benchmarks.embeddings_models import planted
        from discovery.embeddings.files import read

        count = 5 if quick else 20
        if name == "planted":
            graph, of = planted(0), ("planted modules", "treats")
        else:
            graph, of = read(GRAPHS / "pykeen_small" / "umls").triples, ("UMLS", "affects")
        for statistic in ("nearest-neighbour", "distmult"):
            yield from measure(graph, *of, count, statistic)

    return made


def fdr_years(quick: bool) -> Iterator[Row]:
    """Yield how many of the chosen were confirmed by later studies."""
    from benchmarks.embeddings_models import fdr_by_year

    for statistic in ("nearest-neighbour",) if quick else ("nearest-neighbour", "distmult"):
        yield from fdr_by_year(graphs=5 if quick else 20, statistic=statistic)


def audit(name: str) -> Callable[[bool], Iterator[Row]]:
    """Return what leaks are worth to the reference scorer."""

    def made(quick: bool) -> Iterator[Row]:
        from benchmarks.embeddings_hetionet import TARGETS
        from etiograph.embedding import audit as audited
        from etiograph.embedding import source_of, split_of

        source = source_of(GRAPHS / name)
        targets = TARGETS if name == "hetionet" else ()
        split = split_of(source, targets=targets, pairs=False)
        found = audited(source, split, most=200 if quick else 1000)
        worth = ", ".join(
            f"{f.kind} {f.test_edges} ({f.worth:+.3f})"
            for f in found.findings
            if f.worth is not None
        )
        yield {
            "audit of": name, "scorer": found.reference, "test edges": len(split.test),
            "MRR": str(found.before.mrr), "without leaks": str(found.after.mrr),
            "leaks (worth)": worth or "none", "rewired graph": f"{found.degree['rewired']:.3f}",
        }  # fmt: skip

    return made


def throughput(quick: bool) -> Iterator[Row]:
    """Yield edges a second of training, ours beside PyKEEN's loop: same model, loss, batch, device."""
    from benchmarks.embeddings_peers import ours_per_second, theirs_per_second
    from discovery.embeddings.files import read

    graph = read(GRAPHS / "pykeen_small" / "kinships").triples
    epochs = 1 if quick else 4
    for warm in (ours_per_second, theirs_per_second):  # imports are no training
        warm("distmult", graph, 8, 256, 1)
    for model in ("ComplEx", "DistMult", "TransE"):
        settings = (graph, 64 if model != "TransE" else 32, 256, epochs)
        ours = ours_per_second(model.lower(), *settings)
        theirs = theirs_per_second(model, *settings)
        yield {
            "model": model, "graph": "kinships", "batch": 256, "edges": 2 * len(graph),
            "ours, edges/CPU s": round(ours), "PyKEEN, edges/CPU s": round(theirs),
            "ratio": round(ours / theirs, 2),
        }  # fmt: skip


def export(quick: bool) -> Iterator[Row]:
    """Yield a table of edges to tensors: CPU seconds and memory."""
    import tempfile

    from discovery.embeddings.files import read

    m = 100_000 if quick else 1_000_000
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "edges.tsv"
        with path.open("w", encoding="utf-8") as file:
            file.write("head\trelation\ttail\tsign\n")
            ends = rng.integers(0, m // 20, (m, 2)).tolist()
            kinds = rng.integers(0, 20, m).tolist()
            file.writelines(
                f"hgnc:{a}\tr{k}\thgnc:{b}\t1\n" for (a, b), k in zip(ends, kinds, strict=True)
            )
        del ends, kinds
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        triples = read(path).triples
        read_in = time.process_time() - start
        triples.to_hetero()
        yield {
            "edges": len(triples), "read, CPU s": round(read_in, 1),
            "with HeteroData, CPU s": round(time.process_time() - start, 1),
            "memory MB": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024,
        }  # fmt: skip


ROWS: dict[str, Callable[[bool], Iterator[Row]]] = {
    "nations": ranking("nations"),
    "umls": ranking("umls"),
    "kinships": ranking("kinships"),
    "hetionet": hetionet("disease", "random"),
    "hetionet-disease": hetionet("disease"),
    "hetionet-random": hetionet("random"),
    "hetionet-cold": hetionet_cold,
    "hypotheses": hypotheses,
    "signs-signor": signs("signor"),
    "signs-trrust": signs("trrust"),
    "fdr-planted": fdr("planted"),
    "fdr-umls": fdr("umls"),
    "fdr-years": fdr_years,
    "audit-umls": audit("pykeen_small/umls"),
    "audit-kinships": audit("pykeen_small/kinships"),
    "audit-nations": audit("pykeen_small/nations"),
    "audit-hetionet": audit("hetionet"),
    "throughput": throughput,
    "export": export,
}
_PARTS = ("hetionet-disease", "hetionet-random")
"""rows that another row has in it"""


def main() -> int:
    """Run the rows that are asked for, all by default; print them as they come."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", action="append", choices=list(ROWS), metavar="ROW",
                        help=f"may be repeated: {', '.join(ROWS)}")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="fewer edges, seeds and graphs")
    parser.add_argument("--json", action="store_true", help="one object in the end")
    given = parser.parse_args()
    tables = Tables(quiet=given.json)
    for name in given.only or [n for n in ROWS if n not in _PARTS]:
        for row in ROWS[name](given.quick):
            # rows of another shape are another table
            tables.add(f"{name}:{','.join(row)}", name, row)
    if given.json:
        told: dict[str, list[Row]] = {}
        for table, rows in tables.rows.items():
            told.setdefault(table.partition(":")[0], []).extend(rows)
        print(json.dumps(told, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
