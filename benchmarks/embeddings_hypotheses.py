"""Row ``hypotheses`` of :mod:`benchmarks.embeddings`: are the known drugs of a disease among the first?

Diseases of the Hetionet subset are dealt into folds. The indications (``CtD``) of a fold's diseases are taken out of the
graph, leaks of them are removed, and every drug is scored for each of these diseases: as ``etiograph hypotheses`` would for
a disease without a drug. What else is known of the disease stays. Weights of ours are chosen on a third of the other
diseases, and then every scorer, ours or not, is fitted to all edges that are not tested. ``cold-start`` is shown alone and
as a member of ours, with settings designed on other relations. There is no year on Hetionet's edges, so nothing is
held out by year.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.embeddings_hetionet import GRAPH
from benchmarks.embeddings_peers import pipeline_scorer

RELATION, DRUG, DISEASE = "CtD", "Compound", "Disease"
FOLDS = 3
BASELINES = ("degree", "nearest-neighbour", "dwpc", "dwpc-logistic")
COLD = "cold-start"
MEMBERS = (*BASELINES, COLD)
PEER = "DistMult"
_PATHS: dict[str, Any] = {"longest": 3, "most": 120, "targets": [RELATION]}
_THIRD = (0.6, 0.3, 0.1)
"""training, validation; the test is a fold"""
Row = dict[str, Any]


def folds(source: Any, count: int = FOLDS, seed: int = 1) -> Iterator[Any]:
    """Yield a split for each fold of diseases; near-duplicates are in one fold."""
    from discovery.embeddings.leaks import find, near_duplicates
    from discovery.embeddings.splits import by_entity
    from etiograph.embedding import cleaned

    graph = source.triples
    mine = graph.edges_relation == graph.relation_id(RELATION)
    clusters = near_duplicates(graph, source.labels)
    diseases = np.unique(graph.tails[mine])
    units = np.random.default_rng(seed).permutation(np.unique(clusters[diseases]))
    for fold in range(count):
        of = np.isin(clusters[diseases], units[fold::count])
        split = by_entity(
            graph, kind=DISEASE, entities=[graph.entities[i] for i in diseases[of]],
            targets=[RELATION], clusters=clusters, fractions=_THIRD, seed=seed,
        )  # fmt: skip
        yield cleaned(split, find(split, source.labels))


def ranked(scorer: Any, split: Any) -> tuple[NDArray[Any], NDArray[Any], float]:
    """Return the rank of each true drug among those that are not, its disease, and the AUPRC.

    Ranks are realistic (ties at their mean) and filtered: other true drugs are left out. The AUPRC is over all
    pairs of a drug and a held-out disease.
    """
    from sklearn.metrics import average_precision_score

    kind = split.train.relation_id(RELATION)
    drugs = np.flatnonzero([t == DRUG for t in split.train.types])
    asked = np.unique(split.test.tails)
    scores = scorer.score_heads(np.full(len(asked), kind), asked)[:, drugs]
    true = np.zeros(scores.shape, np.bool_)
    true[np.searchsorted(asked, split.test.tails), np.searchsorted(drugs, split.test.heads)] = True
    ranks, of = [], []
    for row, right, disease in zip(scores, true, asked, strict=True):
        own, other = row[right][:, None], row[~right]
        ranks.append(1 + (other > own).sum(axis=1) + (other == own).sum(axis=1) / 2)
        of.append(np.full(int(right.sum()), disease))
    precision = float(average_precision_score(true.ravel(), scores.ravel()))
    return np.concatenate(ranks), np.concatenate(of), precision


def interval(values: NDArray[Any], of: NDArray[Any], seed: int = 0) -> str:
    """Return a mean over indications with its 95 % interval, resampling diseases."""
    unit = np.unique(of, return_inverse=True)[1]
    k = int(unit.max()) + 1
    counts = np.random.default_rng(seed).multinomial(k, np.full(k, 1 / k), 2000)
    drawn = (counts @ np.bincount(unit, values)) / (counts @ np.bincount(unit))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


def asked_of(part: Any, train: Any) -> Any:
    """Return a part with the diseases of ``part`` and drugs of the training part in a row: which diseases have no
    drug is known when they are asked about, what helps is not."""
    drugs = np.unique(train.heads[train.edges_relation == train.relation_id(RELATION)])
    return replace(part, heads=np.resize(drugs, len(part)))


def fitted(train: Any, asked: Any, labels: Any) -> dict[str, tuple[Any, float]]:
    """Return each member and what it cost, in processor seconds.

    Args:
        asked: edges of the diseases that will be asked about: path counts leave out what these cannot have.
        labels: names of entities, by id: ``cold-start`` sees which diseases are called alike.
    """
    from discovery.embeddings.features import combine, names
    from discovery.embeddings.registry import fit

    options: dict[str, dict[str, Any]] = {"dwpc": _PATHS, "dwpc-logistic": _PATHS}
    options[COLD] = {
        "kind": DISEASE, "targets": [RELATION],
        "features": combine(train, [names(train, labels)]),
    }  # fmt: skip
    found = {}
    for name in MEMBERS:
        start = time.process_time()
        scorer = fit(name, train, valid=asked_of(asked, train), **options.get(name, {}))
        found[name] = (scorer, time.process_time() - start)
    return found


def scorers(
    split: Any, graph: Any, labels: Any, *, seed: int = 0
) -> Iterator[tuple[str, Any, float, Any]]:
    """Yield name, scorer, processor seconds and weights of each scorer of a fold."""
    from discovery.embeddings.ensemble import Ensemble, weigh

    start = time.process_time()
    first = fitted(split.train, split.valid, labels)
    weights = weigh(
        [first[m][0] for m in MEMBERS], split.valid, split.train.known(split.valid),
        typed=split.train, negatives=10, sides="head",
    ).weights  # fmt: skip
    spent = time.process_time() - start
    # what the audit took away stays away
    kept = split.train.known(split.valid)
    whole = graph.subset(kept.contains(graph.heads, graph.edges_relation, graph.tails))
    last = fitted(whole, split.test, labels)
    for name in MEMBERS:
        yield name, *last[name], None
    told = {m: float(f"{w:.2g}") for m, w in zip(MEMBERS, weights, strict=True) if w}
    ours = Ensemble([last[m][0] for m in MEMBERS], weights)
    yield "ensemble (ours)", ours, spent + sum(c for _, c in last.values()), told
    start = time.process_time()
    peer = pipeline_scorer(PEER, replace(split, train=whole), seed)
    yield f"PyKEEN {PEER}, defaults", peer, time.process_time() - start, None


def rows(*, quick: bool = False) -> Iterator[Row]:
    """Yield a row for each scorer, over the diseases of all folds (of one, if ``quick``)."""
    from etiograph import embedding

    source = embedding.source_of(GRAPH)
    source = replace(source, triples=source.triples.compact())
    if source.triples.year.any():
        raise AssertionError("there are years after all: hold out by year too")
    kept: dict[str, list[tuple[Any, ...]]] = {}
    for i, split in enumerate(folds(source)):
        if quick and i:
            break
        for name, scorer, spent, weights in scorers(split, source.triples, source.labels):
            kept.setdefault(name, []).append((*ranked(scorer, split), spent, weights))
    near = [f[0] for f in kept["nearest-neighbour"]]
    for name, found in kept.items():
        yield table(name, found) | {"MRR less nearest-neighbour's": difference(found, near)}


def difference(found: list[tuple[Any, ...]], others: list[NDArray[Any]]) -> str:
    """Return by how much a scorer's MRR is above another's, which ranked the same indications in each fold."""
    ranks, of, there = (
        np.concatenate(x) for x in ([f[0] for f in found], [f[1] for f in found], others)
    )
    return interval(1 / ranks - 1 / there, of)


def table(name: str, found: list[tuple[Any, ...]]) -> Row:
    """Return the row of a scorer from what :func:`ranked` gave in each fold."""
    ranks, of = (np.concatenate([f[i] for f in found]) for i in (0, 1))
    first = [ranks[of == disease].min() for disease in np.unique(of)]
    return {
        "scorer": name, "diseases": len(first), "indications": len(ranks),
        "MRR": interval(1 / ranks, of), "Hits@10": interval((ranks <= 10) * 1.0, of),
        "diseases with a true drug in the first 10": round(float(np.mean(np.array(first) <= 10)), 3),
        "AUPRC, folds": " ".join(f"{f[2]:.3f}" for f in found),
        "AUPRC": round(float(np.mean([f[2] for f in found])), 3),
        "median rank": float(np.median(ranks)), "CPU s": round(sum(f[3] for f in found)),
    } | ({"weights": [f[4] for f in found]} if found[0][4] else {})  # fmt: skip
