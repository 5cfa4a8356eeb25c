"""Train, score and write the relation models: ``python -m ingest.models.train --data DIR --part relations``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.models.corpora import Corpora, GoldDocument, without
from ingest.models.relation_card import write_card
from ingest.models.relation_data import (
    Rows,
    biored_type,
    cid,
    effect,
    make_rows,
    read_drugprot,
    read_trees,
)  # fmt: skip
from ingest.models.relation_fit import fit
from ingest.models.relation_model import FILE, RelationModel
from ingest.relations.predict import TYPES, predict, signs

__all__ = ["evaluate", "run", "train"]

Report = Callable[[str], None]
Floats = npt.NDArray[np.float64]

_CID = frozenset({"CD"})
_CG = frozenset({"CG"})


def train(
    cdr: Sequence[GoldDocument],
    biored: Sequence[GoldDocument],
    drugprot: Sequence[GoldDocument],
    data: Path,
    *,
    apart: Collection[str] = (),
    report: Report,
) -> RelationModel:
    """Train all relation models on gold documents; ``data`` holds ``terms/mesh2015``. What the models
    of BioRED take from the other corpora is learned without its abstracts and those of ``apart``
    (PMIDs)."""
    trees = read_trees(data)
    return fit(
        make_rows(cdr, trees, cid, _CID),
        make_rows(biored, trees, biored_type),
        make_rows(drugprot, trees, effect, _CG),
        trees,
        apart={*apart, *(d.pmid for d in biored)},
        report=report,
    )


def _bootstrap(counts: Floats, measure: Callable[[Floats], Floats]) -> list[float]:
    """A measure of summed counts with its 95 % interval over documents, in per cent."""
    rng = np.random.default_rng(0)
    draws = rng.integers(0, len(counts), size=(1000, len(counts)))
    low, high = np.percentile(measure(counts[draws].sum(axis=1)), [2.5, 97.5])
    return [100 * float(measure(counts.sum(axis=0)[None])[0]), 100 * float(low), 100 * float(high)]


def _f1(c: Floats) -> Floats:
    result: Floats = 2 * c[:, 0] / np.maximum(c[:, 1] + c[:, 2], 1)
    return result


def _share(c: Floats) -> Floats:
    result: Floats = c[:, 0] / np.maximum(c[:, 1], 1)
    return result


def calibration_table(p: Floats, y: npt.NDArray[np.bool_], bins: int = 10) -> dict[str, Any]:
    """Expected calibration error in ten bins of equal width, and their (mean, share right, number)."""
    which = np.minimum((p * bins).astype(int), bins - 1)
    rows = [
        [float(p[which == b].mean()), float(y[which == b].mean()), int((which == b).sum())]
        for b in range(bins)
        if (which == b).any()
    ]
    error = sum(n * abs(a - b) for a, b, n in rows) / max(1, len(p))
    return {"ece": float(error), "bins": rows}


def evaluate(model: RelationModel, cdr: Rows, biored: Rows) -> dict[str, Any]:
    """Score a model with gold entities; every figure is [value, low, high] of the 95 % bootstrap
    interval over documents, in per cent."""
    scores: dict[str, Any] = {}
    counts, ps, ys = [], [], []
    for found, labels, gold in zip(cdr.candidates, cdr.labels, cdr.gold, strict=True):
        p = predict(model, found).cid
        hit = p >= model.thresholds["cid"]
        counts.append([float((hit & (labels >= 0)).sum()), float(hit.sum()), float(gold)])
        ps.append(p)
        ys.append(labels >= 0)
    table = np.array(counts)
    scores["cid F1"] = _bootstrap(table, _f1)
    scores["cid precision"] = _bootstrap(table[:, [0, 1]], _share)
    scores["cid recall"] = _bootstrap(table[:, [0, 2]], _share)
    scores["cid calibration"] = calibration_table(np.concatenate(ps), np.concatenate(ys))
    pairs, typed, sign, ps, ys = [], [], [], [], []
    shown, fits = [], []
    by_type: dict[int, list[list[float]]] = {n: [] for n in range(len(TYPES))}
    for found, labels, gold in zip(biored.candidates, biored.labels, biored.gold, strict=True):
        made = predict(model, found)
        hit = made.pair >= model.thresholds["pair"]
        right = hit & (labels >= 0)
        pairs.append([float(right.sum()), float(hit.sum()), float(gold)])
        guess = made.types.argmax(axis=1)
        typed.append([float((hit & (guess == labels)).sum()), float(hit.sum()), float(gold)])
        signed = (labels == 1) | (labels == 2)
        up = signs(model, found)
        sign.append([float(((up > 0.5) == (labels == 1))[signed].sum()), float(signed.sum())])
        for n, rows in by_type.items():
            mine = hit & (guess == n)
            rows.append(
                [float((mine & (labels == n)).sum()), float(mine.sum()), float((labels == n).sum())]
            )
        ps.append(made.pair)
        ys.append(labels >= 0)
        shown.append((made.pair * made.types.max(axis=1, initial=0.0))[hit])
        fits.append((guess == labels)[hit])
    scores["pair F1"] = _bootstrap(np.array(pairs), _f1)
    scores["typed F1"] = _bootstrap(np.array(typed), _f1)
    for n, rows in by_type.items():
        scores[f"{TYPES[n]} F1"] = _bootstrap(np.array(rows), _f1)
    scores["sign accuracy"] = _bootstrap(np.array(sign), _share)
    scores["pair calibration"] = calibration_table(np.concatenate(ps), np.concatenate(ys))
    scores["typed calibration"] = calibration_table(np.concatenate(shown), np.concatenate(fits))
    return scores


def run(data: Path, out: Path, *, report: Report) -> dict[str, Any]:
    """Train on the training splits, score on the development splits, then train on both and write
    the model and its card; return the scores."""
    corpora = Corpora(data)
    cdr = {s: corpora.read("bc5cdr", s) for s in ("train", "dev")}
    biored = {s: corpora.read("biored", s) for s in ("train", "dev")}
    drugprot = read_drugprot(data)
    held = [*cdr["dev"], *biored["dev"]]
    report("training on the training splits")
    model = train(
        without(cdr["train"], cdr["dev"]), without(biored["train"], biored["dev"]),
        without(drugprot, held), data, apart=[d.pmid for d in biored["dev"]], report=report,
    )  # fmt: skip
    scores = evaluate(
        model,
        make_rows(cdr["dev"], model.trees, cid, _CID),
        make_rows(biored["dev"], model.trees, biored_type),
    )
    for name, value in scores.items():
        if isinstance(value, list):
            report(f"{name}: {value[0]:.2f} ({value[1]:.1f}-{value[2]:.1f})")
        else:
            report(f"{name}: {value['ece']:.4f}")
    report("training on both splits")
    shipped = train(
        [*cdr["train"], *cdr["dev"]], [*biored["train"], *biored["dev"]], drugprot,
        data, report=report,
    )  # fmt: skip
    shipped.save(out / FILE)
    report(f"wrote {out / FILE}, {(out / FILE).stat().st_size / 1e6:.2f} MB")
    write_card(out, scores)
    return {"relations": scores}
