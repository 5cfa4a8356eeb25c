"""Rows of :mod:`benchmarks.embeddings`: ranking on UMLS, Kinships and Nations, signs, discovery rates.

Settings were chosen on the published validation parts (ranking), on split seeds 11 and 12 (signs) and on a planted
graph with other seeds (fdr). Times are processor seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from discovery.embeddings.metrics import Scorer
from discovery.embeddings.triples import Triples

_GRAPHS = Path(__file__).resolve().parents[2] / "shared" / "data" / "graphs"
RANKING: dict[str, tuple[int, dict[str, Any]]] = {
    "nations": (5, {"n3": 0.003, "dim": 512, "relation_loss": 0.25, "epochs": 40, "every": 5}),
    "umls": (4, {"n3": 0.001, "dim": 256, "relation_loss": 0.1, "epochs": 40, "every": 10}),
    "kinships": (
        3,
        {"n3": 0.02, "dim": 512, "relation_loss": 1.0, "dropout": 0.2, "epochs": 60, "every": 10},
    ),
}
"""How many seeds are averaged, and the settings of ComplEx."""
PUBLISHED = {
    "nations": "0.8412 (ContE)",
    "umls": "0.9645 (ContE, best kind of pattern)",
    "kinships": "0.833 (ConvE)",
}
"""The best published test MRR that could be looked up: ContE (Learning context-based embeddings for knowledge
graph completion, J. Data Inf. Sci. 2022; on UMLS only by kind of relation pattern) and ConvE (Dettmers et al.
2018). PyKEEN publishes none on these three in its experiments."""


def ranking(name: str, *, quick: bool = False) -> dict[str, Any]:
    """Filtered, realistic test MRR over both sides: ours, its parts, and the peers.

    Ours are ComplEx seeds (``one`` of them, all ``seeds``), the rules, and ``ours``: seeds, rules and DWPC
    logistic, weighed on the validation part. ``seconds`` are those of all of ours.
    """
    from benchmarks.embeddings_peers import pipeline_scorer
    from discovery.embeddings.config import preset
    from discovery.embeddings.ensemble import Ensemble, weigh
    from discovery.embeddings.files import read
    from discovery.embeddings.metrics import evaluate
    from discovery.embeddings.registry import fit
    from discovery.embeddings.training import train

    split = read(_GRAPHS / "pykeen_small" / name).split
    assert split is not None
    count, changes = RANKING[name]
    count = 1 if quick else count
    before = time.process_time()
    models = [
        train(
            split.train, preset("complex", **changes, seed=seed), valid=split.valid,
            also_true=split.test,
        )
        for seed in range(count)
    ]  # fmt: skip
    rules = fit("rules", split.train, valid=split.valid)
    seeds = Ensemble(models, [1 / count] * count)
    logistic = fit("dwpc-logistic", split.train, valid=split.valid)
    ours = weigh([seeds, rules, logistic], split.valid, split.known())
    spent = round(time.process_time() - before)
    scorers: dict[str, Scorer] = {
        "ours": ours, "seeds": seeds, "one": models[0], "rules": rules,
        "DWPC logistic": logistic,
        "PyKEEN ComplEx, defaults": pipeline_scorer("ComplEx", split),
    }  # fmt: skip
    row: dict[str, Any] = {"graph": name, "ComplEx seeds": count}
    row |= {label: str(evaluate(one, split).mrr) for label, one in scorers.items()}
    return row | {"published": PUBLISHED[name], "seconds": spent}


def signs(name: str, seed: int) -> dict[str, Any]:
    """Accuracy on pairs that are not linked in training."""
    import pandas as pd

    from discovery.embeddings.features import names
    from discovery.embeddings.signs import cold_pairs, count_signs, degree_signs, fit_signs

    if name == "signor":
        file = _GRAPHS / "signed" / "SignorSIF.tsv"
        frame = pd.read_csv(file, sep="\t", header=None, names=["head", "sign", "tail"])
    else:
        file = _GRAPHS / "trrust" / "trrust_rawdata.human.tsv"
        frame = pd.read_csv(file, sep="\t", header=None, names=["head", "tail", "mode", "paper"])
        frame = frame[frame["mode"] != "Unknown"]
        frame["sign"] = np.where(frame["mode"] == "Activation", 1, -1)
    frame = frame.astype({"head": str, "tail": str}).assign(relation="affects")
    frame = frame[frame["head"] != frame["tail"]][["head", "relation", "tail", "sign"]]
    graph = Triples.from_frame(frame.drop_duplicates())
    train, test = cold_pairs(graph, 0.2, seed)
    before = time.process_time()
    model = fit_signs(
        train, features=names(graph, {e: e for e in graph.entities}).values, seed=seed
    )
    truth = test.sign > 0
    most = bool((train.sign > 0).mean() > 0.5)

    def right(p: Any) -> float:
        return round(100 * float(((p > 0.5) == truth).mean()), 2)

    return {
        "graph": name, "seed": seed, "pairs": len(test),
        "majority": right(np.full(len(test), float(most))),
        "signed degree": right(count_signs(train)(test.heads, test.tails)),
        "signed degree, fitted": right(degree_signs(train)(test.heads, test.tails)),
        "ours": right(model.predict(test.heads, test.tails)),
        "seconds": round(time.process_time() - before),
    }  # fmt: skip


def planted(seed: int) -> Triples:
    """Drugs, genes and diseases in six modules, with uneven degrees."""
    rng = np.random.default_rng(seed)
    sizes = {"Drug": 60, "Gene": 90, "Disease": 60}
    starts = dict(zip(sizes, (0, 60, 150), strict=True))
    edges = []
    for relation, (a, b, inside) in enumerate(
        (("Drug", "Gene", 0.4), ("Gene", "Disease", 0.4), ("Drug", "Disease", 0.35))
    ):
        for i, active in enumerate(rng.gamma(2, 0.5, sizes[a])):
            edges += [
                (starts[a] + i, relation, starts[b] + j)
                for j in range(sizes[b])
                if rng.random() < active * (inside if i % 6 == j % 6 else 0.015)
            ]
    h, r, t = (np.array(x) for x in zip(*edges, strict=True))
    types = [kind for kind, n in sizes.items() for _ in range(n)]
    names = [f"{kind.lower()}:{i:03}" for i, kind in enumerate(types)]
    return Triples.from_ids(names, ["binds", "associated_with", "treats"], h, r, t, types=types)


def _statistic(name: str) -> Any:
    """Return what fits a scorer to a graph: DistMult, or a baseline that needs no training."""
    from discovery.embeddings.config import preset
    from discovery.embeddings.registry import fit
    from discovery.embeddings.training import train

    changes = {"dim": 16, "epochs": 20, "every": 0, "n3": 0.05, "relation_loss": 0.0}
    if name == "distmult":
        return lambda triples, seed: train(triples, preset(name, **changes, seed=seed))
    return lambda triples, seed: fit(name, triples, seed=seed)


def fdr(
    graph: Triples, label: str, relation: str, graphs: int = 20, statistic: str = "distmult"
) -> Iterator[dict[str, Any]]:
    """Rewired graphs: each tested against the others; power on a fifth of the edges, hidden.

    In a rewired graph every choice is false, so the realised rate is the share of graphs with any.
    """
    from discovery.embeddings.proposing import calibration_of, candidates_of
    from discovery.embeddings.selection import benjamini_hochberg, fit_nulls, null_scores

    fit = _statistic(statistic)
    kind = graph.relation_id(relation)
    empty = graph.subset(np.zeros(len(graph), np.bool_)).known()
    pairs = candidates_of(graph, empty, [relation])
    draws = [null_scores(graph, pairs, fit, 1000 + i) for i in range(graphs)]
    rng = np.random.default_rng(5)
    mine = np.flatnonzero(graph.edges_relation == kind)
    hidden = np.zeros(len(graph), np.bool_)
    hidden[rng.choice(mine, len(mine) // 5, replace=False)] = True
    seen, held = graph.subset(~hidden), graph.subset(hidden)
    model = fit(seen, 77)
    free = candidates_of(seen, seen.known(), [relation])
    nulls = fit_nulls([null_scores(seen, free, fit, 2000 + i) for i in range(graphs)])
    p = nulls.p_values(seen, free, model.score(free.heads, free.relations, free.tails))
    true = held.known().contains(free.heads, free.relations, free.tails)
    error = calibration_of(model, held, graph.known(), seen).error
    loo = [fit_nulls(draws[:i] + draws[i + 1 :]).p_of(draws[i]) for i in range(graphs)]
    for rate in (0.05, 0.1, 0.2):
        any_ = np.array([float(benjamini_hochberg(one, rate).any()) for one in loo])
        found = benjamini_hochberg(p, rate)
        yield {
            "graph": label, "scores": statistic, "nominal": rate, "realised": float(any_.mean()),
            "std. error": round(float(any_.std(ddof=1) / graphs**0.5), 3),
            "chosen": int(found.sum()), "of pairs": len(free),
            "hidden found": f"{int((found & true).sum())} of {int(true.sum())}",
            "power": round(float((found & true).sum() / true.sum()), 3), "ECE": round(error, 4),
        }  # fmt: skip


def gwas() -> Triples:
    """Return diseases and the genes that studies reported for them, with the year of the first study."""
    import pandas as pd

    file = _GRAPHS / "gwas_catalog" / "data" / "snp-associations.tsv"
    frame = pd.read_csv(file, sep="\t", dtype=str).dropna(subset=["reported_genes"])
    frame = frame.assign(
        head=frame["doid_code"].str.lower(), relation="associated_with", head_type="Disease",
        tail=frame["reported_genes"].str.split("[|;,]"), tail_type="Gene",
        year=frame["date"].str[:4].astype(int),
    ).explode("tail")  # fmt: skip
    frame = frame[frame["tail"] != ""].assign(tail="ncbigene:" + frame["tail"])
    keys = ["head", "relation", "tail", "head_type", "tail_type"]
    return Triples.from_frame(frame.groupby(keys)["year"].min().reset_index())


def fdr_by_year(
    cut: int = 2013, graphs: int = 20, statistic: str = "nearest-neighbour"
) -> Iterator[dict[str, Any]]:
    """Associations chosen from the studies before a year: how many did later ones, to 2014, report?

    What they did not report is not thereby false: one less the confirmed share is no more than an upper bound
    of the realised rate. Pairs are of diseases and genes that were known before.
    """
    from discovery.embeddings.proposing import candidates_of
    from discovery.embeddings.selection import benjamini_hochberg, fit_nulls, null_scores

    graph, fit = gwas(), _statistic(statistic)
    seen, later = graph.subset(graph.year < cut), graph.subset(graph.year >= cut)
    free = candidates_of(seen, seen.known(), ["associated_with"])
    free = free.take(np.isin(free.heads, seen.heads) & np.isin(free.tails, seen.tails))
    true = later.known().contains(free.heads, free.relations, free.tails)
    nulls = fit_nulls([null_scores(seen, free, fit, 2000 + i) for i in range(graphs)])
    p = nulls.p_values(seen, free, fit(seen, 77).score(free.heads, free.relations, free.tails))
    for rate in (0.05, 0.1, 0.2):
        found = benjamini_hochberg(p, rate)
        right = int((found & true).sum())
        yield {
            "graph": f"GWAS catalogue before {cut}", "scores": statistic, "nominal": rate,
            "chosen": int(found.sum()), "of pairs": len(free), "confirmed later": right,
            "not confirmed": round(1 - right / max(int(found.sum()), 1), 3),
            "confirmed of all pairs": round(float(true.mean()), 4),
            "power": round(right / int(true.sum()), 3),
        }  # fmt: skip
