"""Row ``hetionet-cold`` of :mod:`benchmarks.embeddings`: every disease is held out once.

The eleven to fourteen diseases of one split are too few to tell scorers apart. Here all diseases of the Hetionet subset
are dealt into folds (near-duplicates together); all drugs (``CtD``) and genes (``DaG``) of a fold's diseases are taken
out, leaks of them are removed, and all of these edges are ranked at both ends, among entities of the right type.
AUPRC is against twenty untrue edges for each true one. Intervals resample diseases. Nothing is chosen on a fold's own
diseases: ``cold-start`` was designed on other relations (CpD, DlA, DpS, DuG), and weighs its parts on the diseases that
it is fitted to. Path counts are told which entities will be asked about, as they are elsewhere here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.embeddings_hetionet import GRAPH
from benchmarks.embeddings_peers import pipeline_scorer

TARGETS, KIND = ("CtD", "DaG"), "Disease"
FOLDS = 3
BASELINES: dict[str, dict[str, Any]] = {
    "degree": {}, "nearest-neighbour": {}, "dwpc": {"longest": 3, "most": 120},
    "dwpc-logistic": {"longest": 3, "most": 120},
}  # fmt: skip
PEER = "DistMult"
Row = dict[str, Any]


def folds(source: Any, count: int = FOLDS, seed: int = 2) -> Iterator[Any]:
    """Yield a split for each fold of diseases, without a validation part."""
    from discovery.embeddings.leaks import find, near_duplicates
    from discovery.embeddings.splits import by_entity
    from etiograph.embedding import cleaned

    graph = source.triples
    mine = np.isin(graph.edges_relation, [graph.relation_id(name) for name in TARGETS])
    clusters = near_duplicates(graph, source.labels)
    ends = np.unique(np.concatenate([graph.heads[mine], graph.tails[mine]]))
    diseases = ends[[graph.types[i] == KIND for i in ends]]
    units = np.random.default_rng(seed).permutation(np.unique(clusters[diseases]))
    for fold in range(count):
        of = np.isin(clusters[diseases], units[fold::count])
        split = by_entity(
            graph, kind=KIND, entities=[graph.entities[i] for i in diseases[of]],
            targets=TARGETS, clusters=clusters, fractions=(1.0, 0.0, 0.0), seed=seed,
        )  # fmt: skip
        yield cleaned(split, find(split, source.labels))


def tabled(scorer: Any, train: Any) -> Any:
    """Return the scorer with its scores of all diseases kept: what asks from the other end is then quick."""
    from discovery.embeddings.baselines import MatrixScorer

    diseases = np.flatnonzero([t == KIND for t in train.types])
    kinds = [train.relation_id(name) for name in TARGETS]
    kept = {
        kinds[0]: scorer.score_heads(np.full(len(diseases), kinds[0]), diseases),
        kinds[1]: scorer.score_tails(diseases, np.full(len(diseases), kinds[1])),
    }

    def rows(ids: NDArray[Any], kind: int, from_disease: bool) -> Any:
        if from_disease:
            return kept[kind][np.searchsorted(diseases, ids)]
        out = np.full((len(ids), train.n), kept[kind].min() - 1)
        out[:, diseases] = kept[kind][:, ids].T
        return out

    return MatrixScorer(
        train.n, lambda h, r: rows(h, r, r == kinds[1]), lambda t, r: rows(t, r, r == kinds[0]), ""
    )


def scorers(split: Any, labels: Any, seed: int) -> Iterator[tuple[str, Any, float]]:
    """Yield name, scorer and processor seconds of each scorer of a fold."""
    from discovery.embeddings.features import combine, names
    from discovery.embeddings.registry import fit

    train = split.train
    every: dict[str, dict[str, Any]] = BASELINES | {
        "cold-start": {"features": combine(train, [names(train, labels)]), "kind": KIND}
    }
    for name, options in every.items():
        start = time.process_time()
        scorer = fit(name, train, valid=split.test, seed=seed, **options)
        yield name, scorer, time.process_time() - start
    start = time.process_time()
    yield (
        f"PyKEEN {PEER}, defaults",
        pipeline_scorer(PEER, split, seed),
        time.process_time() - start,
    )


def measured(scorer: Any, split: Any, negatives: int = 20, seed: int = 0) -> dict[str, Any]:
    """Return reciprocal ranks of both ends, scores of true and untrue edges, and each one's disease."""
    from discovery.embeddings.metrics import rank
    from discovery.embeddings.negatives import corrupt, domains

    known, test, allowed = split.known(), split.test, domains(split.train)
    ranks = rank(scorer, test, known, candidates=allowed)
    h, r, t, of = corrupt(test, known, negatives, candidates=allowed, seed=seed)
    return {
        "ranks": np.stack([ranks.head, ranks.tail], axis=1),
        "relation": test.edges_relation,
        "of": split.groups,
        "true": scorer.score(test.heads, test.edges_relation, test.tails),
        "untrue": scorer.score(h, r, t),
        "drawn for": split.groups[of],
    }


def interval(parts: list[dict[str, Any]], draws: int = 500, seed: int = 0) -> tuple[str, str]:
    """Return MRR and AUPRC over folds, with 95 % intervals, diseases drawn again within their folds.

    The AUPRC is the mean of the folds', weighed by edges: scores of models of different folds have no common scale.
    """
    from sklearn.metrics import average_precision_score

    rng = np.random.default_rng(seed)
    found = np.zeros((draws + 1, 2))
    edges = np.zeros(draws + 1)
    for part in parts:
        units = np.unique(part["of"])
        mine, other = (np.searchsorted(units, part[k]) for k in ("of", "drawn for"))
        truth = np.arange(len(mine) + len(other)) < len(mine)
        scores = np.concatenate([part["true"], part["untrue"]])
        both = np.concatenate([mine, other])
        each = (1 / part["ranks"]).mean(axis=1)
        for i in range(draws + 1):
            weight = np.ones(len(units))
            if i:
                weight = rng.multinomial(len(units), weight / len(units)).astype(float)
            size = weight[mine].sum()
            found[i, 0] += (weight[mine] * each).sum()
            found[i, 1] += size * average_precision_score(truth, scores, sample_weight=weight[both])
            edges[i] += size
    found /= edges[:, None]
    low, high = np.quantile(found[1:], [0.025, 0.975], axis=0)
    mrr, auprc = (f"{found[0, k]:.3f} [{low[k]:.3f}, {high[k]:.3f}]" for k in (0, 1))
    return mrr, auprc


def rows(*, quick: bool = False, seed: int = 0) -> Iterator[Row]:
    """Yield a row for each scorer, over the diseases of all folds (of one, if ``quick``)."""
    from etiograph import embedding

    source = embedding.source_of(GRAPH)
    source = replace(source, triples=source.triples.compact())
    kept: dict[str, list[dict[str, Any]]] = {}
    spent: dict[str, float] = {}
    for i, split in enumerate(folds(source)):
        if quick and i:
            break
        for name, scorer, seconds in scorers(split, source.labels, seed):
            kept.setdefault(name, []).append(measured(tabled(scorer, split.train), split))
            spent[name] = spent.get(name, 0.0) + seconds
            last = (1 / kept[name][-1]["ranks"]).mean()
            print(f"fold {i + 1}, {name}: MRR {last:.3f}, {seconds:.0f} s", file=sys.stderr)
    yield from (table(name, parts, spent[name], source.triples) for name, parts in kept.items())


def table(name: str, parts: list[dict[str, Any]], seconds: float, graph: Any) -> Row:
    """Return the row of a scorer from what :func:`measured` gave in each fold."""
    mrr, auprc = interval(parts)
    ranks, kinds = (np.concatenate([p[k] for p in parts]) for k in ("ranks", "relation"))
    by = {k: round(float((1 / ranks[kinds == graph.relation_id(k)]).mean()), 3) for k in TARGETS}
    return {
        "scorer": name, "diseases": sum(len(np.unique(p["of"])) for p in parts),
        "edges": len(ranks), "MRR": mrr, "AUPRC": auprc, "MRR by relation": by,
        "CPU s": round(seconds),
    }  # fmt: skip
