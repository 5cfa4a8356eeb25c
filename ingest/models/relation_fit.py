"""Fitting of the relation models: cross-fitted linear first stages, then boosted trees.

Whatever the second stage learns from was scored by a first stage that had not seen the document.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.errors import InputError
from ingest.models.relation_data import Rows
from ingest.models.relation_model import Linear, Platt, RelationModel, Trees
from ingest.relations.hierarchy import Hierarchy
from ingest.relations.pair_features import BITS, DENSE
from ingest.relations.predict import EFFECTS, FIRST, TYPES, cid_inputs, pair_inputs
from ingest.relations.second import Priors

__all__ = ["best_threshold", "boost", "export_trees", "f1_at", "fit", "fit_linear", "platt"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Report = Callable[[str], None]

FOLDS = 5
_TOGETHER = DENSE.index("together")
_COST = {"cid": 0.1, "x-cid": 0.1, "pair": 0.1}
_OTHER_COST = 0.3
_SEEDS = {"cid": 3, "pair": 3, "type": 1, "sign": 2, "molecular": 1}
_BOOST: dict[str, dict[str, Any]] = {
    # chosen by the likelihood of held-out training documents
    "cid": {"max_iter": 200, "learning_rate": 0.06, "max_leaf_nodes": 12, "max_features": 0.2},
    "pair": {"max_iter": 200, "learning_rate": 0.06, "max_leaf_nodes": 12, "max_features": 0.2},
    "type": {"max_iter": 50, "learning_rate": 0.05, "max_leaf_nodes": 8, "max_features": 0.3},
    "sign": {"max_iter": 100, "learning_rate": 0.05, "max_leaf_nodes": 8, "max_features": 0.3},
    "molecular": {"max_iter": 40, "learning_rate": 0.05, "max_leaf_nodes": 8, "max_features": 0.3},
}


# pieces -----------------------------------------------------------------------------------


def fit_linear(rows: Sequence[Ints], y: Bools, cost: float) -> tuple[Floats, float]:
    """L2-regularised logistic regression (liblinear) on hashed features that two rows or more have;
    returns weights of shape (2 ** BITS,) and the bias.

    Raises:
        InputError: if all rows are of one class.
    """
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(y)) < 2:
        raise InputError(
            f"too few annotated relations to learn from: of {len(y)} pairs all or none have a type",
            hint="Give whole corpora.",
        )
    ends = np.cumsum([0, *(len(r) for r in rows)])
    columns = np.concatenate(rows)
    counts = np.bincount(columns, minlength=1 << BITS)
    used = np.flatnonzero(counts >= 2)
    place = np.full(1 << BITS, -1, dtype=np.int64)
    place[used] = np.arange(len(used))
    x = csr_matrix(
        (np.ones(len(columns)), columns.astype(np.int32), ends.astype(np.int32)),
        shape=(len(rows), 1 << BITS),
    )[:, used]
    x.indices = x.indices.astype(np.int32)
    model = LogisticRegression(C=cost, solver="liblinear", random_state=0).fit(x, y)
    weights = np.zeros(1 << BITS)
    weights[used] = model.coef_[0]
    return weights.astype(np.float16).astype(np.float64), float(model.intercept_[0])


def boost(x: Floats, y: Ints, task: str, *, seeds: int | None = None) -> list[Any]:
    """Fit boosted trees for a task, one ensemble for each seed."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return [
        HistGradientBoostingClassifier(
            **_BOOST[task], min_samples_leaf=20, l2_regularization=5.0, early_stopping=False,
            random_state=seed,
        ).fit(x, y)
        for seed in range(_SEEDS[task] if seeds is None else seeds)
    ]  # fmt: skip


def export_trees(models: Sequence[Any]) -> Trees:
    """Turn fitted scikit-learn ensembles into one set of arrays whose scores are their means."""
    parts: dict[str, list[npt.NDArray[Any]]] = {
        k: [] for k in ("feature", "threshold", "left", "right", "value")
    }
    roots: list[int] = []
    outputs: list[int] = []
    size = 0
    share = 1.0 / len(models)
    baseline = np.zeros(1)
    for model in models:
        baseline = baseline + share * model._baseline_prediction.ravel()
        for round in model._predictors:
            for output, tree in enumerate(round):
                nodes = tree.nodes
                own = np.arange(len(nodes)) + size
                leaf = nodes["is_leaf"].astype(bool)
                parts["feature"].append(np.where(leaf, 0, nodes["feature_idx"]).astype(np.int16))
                parts["threshold"].append(np.where(leaf, 0.0, nodes["num_threshold"]))
                left = np.where(leaf, own, nodes["left"].astype(np.int64) + size)
                right = np.where(leaf, own, nodes["right"].astype(np.int64) + size)
                parts["left"].append(left.astype(np.int32))
                parts["right"].append(right.astype(np.int32))
                parts["value"].append(np.where(leaf, nodes["value"] * share, 0.0))
                roots.append(size)
                outputs.append(output)
                size += len(nodes)
    arrays = {k: np.concatenate(v) for k, v in parts.items()}
    return Trees(
        arrays["feature"], arrays["threshold"], arrays["left"], arrays["right"], arrays["value"],
        np.array(roots, dtype=np.int32), np.array(outputs, dtype=np.int16),
        np.asarray(baseline, dtype=np.float64),
    )  # fmt: skip


def platt(scores: Floats, y: Bools) -> Platt:
    """Fit the logistic curve from held-out scores to labels."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6).fit(scores[:, None], y)
    return Platt(float(model.coef_[0, 0]), float(model.intercept_[0]))


def best_threshold(p: Floats, right: Floats, gold: int) -> float:
    """Return the probability from which on reporting has the best F1 to be expected (Jansche 2007),
    steadier than the best one on a sample: half of that F1 or a little more.

    Args:
        p: calibrated probabilities that the rows are related.
        right: probabilities that they are, and are reported rightly.
        gold: number of relations there are.
    """
    order = np.argsort(-p, kind="stable")
    f1 = 2 * np.cumsum(right[order]) / (np.arange(1, len(p) + 1) + gold)
    return round(float(p[order][int(f1.argmax())]), 3) if len(p) else 0.5


def f1_at(p: Floats, right: Bools, gold: int, threshold: float) -> float:
    """Return the F1 when everything at or above a probability is reported."""
    hit = p >= threshold
    return 2 * float((right & hit).sum()) / max(1.0, float(hit.sum() + gold))


# all together -----------------------------------------------------------------------------


class _Table:
    """Rows of many documents, one after the other."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.sparse = [s for c in rows.candidates for s in c.sparse]
        self.y: Ints = np.concatenate([np.zeros(0, np.int64), *rows.labels])
        self.document: Ints = np.repeat(
            np.arange(len(rows.candidates)), [len(c.pairs) for c in rows.candidates]
        )
        # a document's fold depends on its PMID alone
        keys = [int(d.pmid) % 1_000_003 * 7919 % 1_000_003 for d in rows.documents]
        order = np.argsort(np.array(keys), kind="stable")
        fold = np.empty(len(order), dtype=np.int64)
        fold[order] = np.arange(len(order)) % FOLDS
        self.fold = fold[self.document]
        self.ends = np.cumsum([0, *(len(c.pairs) for c in rows.candidates)])

    def cross_fit(self, y: Bools, chosen: Bools, cost: float) -> tuple[Floats, Floats, float]:
        """Held-out scores of all rows; weights and bias learned from all chosen rows."""
        scores = np.zeros(len(self.sparse))
        for fold in range(FOLDS):
            train = np.flatnonzero(chosen & (self.fold != fold))
            weights, bias = fit_linear([self.sparse[n] for n in train], y[train], cost)
            for n in np.flatnonzero(self.fold == fold):
                scores[n] = weights[self.sparse[n]].sum() + bias
        train = np.flatnonzero(chosen)
        weights, bias = fit_linear([self.sparse[n] for n in train], y[train], cost)
        return scores, weights, bias

    def cross_boost(self, x: Floats, y: Ints, chosen: Bools, task: str) -> Floats:
        """Held-out raw scores of the second stage, shape (rows, outputs)."""
        out: Floats | None = None
        for fold in range(FOLDS):
            train = chosen & (self.fold != fold)
            trees = export_trees(boost(x[train], y[train], task, seeds=1))
            test = self.fold == fold
            found = trees(x[test])
            out = np.zeros((len(x), found.shape[1])) if out is None else out
            out[test] = found
        assert out is not None
        return out


def fit(
    cdr: Rows,
    biored: Rows,
    drugprot: Rows,
    trees: Hierarchy,
    *,
    apart: Collection[str],
    report: Report,
) -> RelationModel:
    """Fit everything.

    Args:
        cdr: labels >= 0 are chemical-induces-disease relations; only pairs of that kind.
        biored: labels are numbers of :data:`~ingest.relations.predict.TYPES`.
        drugprot: labels are numbers of :data:`~ingest.relations.predict.EFFECTS`.
        trees: MeSH tree numbers.
        apart: PMIDs of BioRED; what feeds its second stages from elsewhere does not learn from them.
        report: told what happens.
    """
    weights = np.zeros((1 << BITS, len(FIRST)))
    bias = np.zeros(len(FIRST))
    second: dict[str, Trees] = {}
    calibration: dict[str, Platt] = {}
    thresholds: dict[str, float] = {}

    def keep(name: str, w: Floats, b: float) -> None:
        weights[:, FIRST.index(name)], bias[FIRST.index(name)] = w, b

    # chemical induces disease
    table = _Table(cdr)
    y = table.y >= 0
    every = np.ones(len(y), dtype=np.bool_)
    scores, w, b = table.cross_fit(y, every, _COST["cid"])
    keep("cid", w, b)
    labelled = [
        (one, two, bool(label >= 0))
        for c, labels in zip(cdr.candidates, cdr.labels, strict=True)
        for (one, two), label in zip(c.ids(np.arange(len(c.pairs))), labels, strict=True)
    ]
    priors = Priors.learn(labelled)
    x = np.vstack(
        [
            cid_inputs(
                c, scores[a:z], trees,
                priors.features(c.ids(c.disease), [bool(v >= 0) for v in labels]),
            )
            for c, labels, a, z in zip(
                cdr.candidates, cdr.labels, table.ends[:-1], table.ends[1:], strict=True
            )
            if c.pairs
        ]
    )  # fmt: skip
    raw = table.cross_boost(x, y.astype(np.int64), every, "cid")[:, 0]
    calibration["cid"] = platt(raw, y)
    p = calibration["cid"](raw)
    thresholds["cid"] = best_threshold(p, p, sum(cdr.gold))
    f1 = f1_at(p, y, sum(cdr.gold), thresholds["cid"])
    report(f"cid: {len(y)} pairs, cross-validated F1 {100 * f1:.2f} at {thresholds['cid']:.2f}")
    second["cid"] = export_trees(boost(x, y.astype(np.int64), "cid"))

    # chemical acts on gene
    table = _Table(drugprot)
    effects = np.zeros((len(table.y), len(EFFECTS)))
    # annotated within sentences only
    together = np.concatenate([c.dense[:, _TOGETHER] > 0 for c in drugprot.candidates if c.pairs])
    chosen = together & np.isin(
        table.document, [n for n, d in enumerate(drugprot.documents) if d.pmid not in apart]
    )
    for number, name in enumerate(EFFECTS):
        effects[:, number], w, b = table.cross_fit(table.y == number, chosen, _OTHER_COST)
        keep(name, w, b)

    # BioRED: first stages
    outside = cdr.subset([n for n, d in enumerate(cdr.documents) if d.pmid not in apart])
    other = _Table(outside)
    w, b = fit_linear(other.sparse, other.y >= 0, _COST["x-cid"])
    keep("x-cid", w, b)
    linear = Linear(FIRST, weights.astype(np.float32), bias)
    table = _Table(biored)
    related = table.y >= 0
    first = linear(table.sparse)
    every = np.ones(len(related), dtype=np.bool_)
    first[:, 1], w, b = table.cross_fit(related, every, _COST["pair"])
    keep("pair", w, b)
    for number, name in enumerate(TYPES):
        column = FIRST.index(name)
        first[:, column], w, b = table.cross_fit(table.y == number, related, _OTHER_COST)
        keep(name, w, b)
    signed = (table.y == 1) | (table.y == 2)
    first[:, FIRST.index("sign")], w, b = table.cross_fit(table.y == 1, signed, _OTHER_COST)
    keep("sign", w, b)

    # BioRED: second stages
    x = _pair_table(biored, table, first, trees)
    raw = table.cross_boost(x, related.astype(np.int64), every, "pair")[:, 0]
    calibration["pair"] = platt(raw, related)
    p = calibration["pair"](raw)
    thresholds["pair"] = best_threshold(p, p, sum(biored.gold))
    f1 = f1_at(p, related, sum(biored.gold), thresholds["pair"])
    report(
        f"pair: {len(related)} pairs, cross-validated F1 {100 * f1:.2f} at {thresholds['pair']:.2f}"
    )
    second["pair"] = export_trees(boost(x, related.astype(np.int64), "pair"))
    raw_type = table.cross_boost(x, np.maximum(table.y, 0), related, "type")
    hit = related & (raw_type.argmax(axis=1) == table.y)
    f1 = f1_at(p, hit, sum(biored.gold), thresholds["pair"])
    report(f"typed: cross-validated F1 {100 * f1:.2f}")
    second["type"] = export_trees(boost(x[related], table.y[related], "type"))
    up = (table.y == 1).astype(np.int64)
    raw = table.cross_boost(x, up, signed, "sign")[:, 0]
    calibration["sign"] = platt(raw[signed], up[signed].astype(np.bool_))
    report(f"sign: cross-validated accuracy {100 * ((raw > 0) == up)[signed].mean():.2f}")
    second["sign"] = export_trees(boost(x[signed], up[signed], "sign"))

    # chemical acts on gene: second stage
    linear = Linear(FIRST, weights.astype(np.float32), bias)
    table = _Table(drugprot)
    first = linear(table.sparse)
    first[:, -len(EFFECTS) :] = effects
    x = _pair_table(drugprot, table, first, trees)
    labels = table.y + 1
    raw = table.cross_boost(x, labels, together, "molecular")
    guess = raw.argmax(axis=1)
    wanted = (labels >= 1) & (labels <= 4)
    found = together & (guess >= 1) & (guess <= 4)
    good = float((wanted & (guess == labels)).sum())
    report(f"molecular: cross-validated F1 {200 * good / float(found.sum() + wanted.sum()):.2f}")
    second["molecular"] = export_trees(boost(x[together], labels[together], "molecular"))

    return RelationModel(linear, second, calibration, thresholds, priors.frequent(2), trees)


def _pair_table(rows: Rows, table: _Table, first: Floats, trees: Hierarchy) -> Floats:
    return np.vstack(
        [
            pair_inputs(c, first[a:z], trees)
            for c, a, z in zip(rows.candidates, table.ends[:-1], table.ends[1:], strict=True)
            if c.pairs
        ]
    )
