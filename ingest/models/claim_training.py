"""Train and score the model of trial results, and score the rules for claims.

``run`` is ``--part claims`` of :mod:`ingest.models.train`. Only Evidence Inference (MIT) is learned from;
BioScope, NegEx and the causal language corpus only score rules.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.errors import InputError
from ingest.models import claim_cards
from ingest.models.claim_features import Question, features
from ingest.models.claim_trials import FILE, OUTCOMES, TrialModel

__all__ = ["Example", "calibration", "fit", "macro_f1", "out_of_fold", "read_examples", "run"]

_LEAST = 3
_STRENGTH = 0.05
_WORD = 0.3
_FOLDS = 5
_SEED = 0
_RUNS = 3
_LABELS = {"no": 0, "in": 1, "de": 2}

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Example:
    """A gold sentence (or passage) of an article and what it answers to a question."""

    article: str
    text: str
    question: Question
    label: int


def read_examples(data: Path) -> list[Example]:
    """Read the annotations that both checks of Evidence Inference found valid, each once.

    Raises:
        InputError: if the corpus is not there.
    """
    folder = data / "corpora" / "evidence_inference"
    if not (folder / "annotations.csv").exists():
        raise InputError("no Evidence Inference corpus", where=str(folder))
    with (folder / "prompts.csv").open(encoding="utf-8", newline="") as file:
        prompts = {row["PromptID"]: row for row in csv.DictReader(file)}
    seen: set[tuple[str, str]] = set()
    found: list[Example] = []
    with (folder / "annotations.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = " ".join(row["Annotations"].split())
            key = (row["PromptID"], text)
            valid = row["Valid Label"] == "True" and row["Valid Reasoning"] == "True"
            label = _LABELS.get(row["Label"].removeprefix("significantly ")[:2])
            if not valid or key in seen or not text or label is None:
                continue
            prompt = prompts.get(row["PromptID"])
            if prompt is None:
                continue
            seen.add(key)
            question = Question(prompt["Intervention"], prompt["Comparator"], prompt["Outcome"])
            found.append(Example(row["PMCID"], text, question, label))
    return found


def _scaled(found: Mapping[str, float]) -> dict[str, float]:
    return {name: value * _WORD if " w " in name else value for name, value in found.items()}


def fit(
    rows: Sequence[Mapping[str, float]], labels: Ints, *, temperature: float = 1.0
) -> TrialModel:
    """Fit the model to features and labels; needs scikit-learn."""
    from sklearn.linear_model import LogisticRegression

    counts = Counter(name for row in rows for name in row)
    names = {n: i for i, n in enumerate(sorted(n for n, c in counts.items() if c >= _LEAST))}
    matrix = np.zeros((len(rows), len(names)))
    for place, row in enumerate(rows):
        for name, value in _scaled(row).items():
            if name in names:
                matrix[place, names[name]] = value
    model = LogisticRegression(C=_STRENGTH, class_weight="balanced", max_iter=1000)
    model.fit(matrix, labels)
    scale = np.array([_WORD if " w " in name else 1.0 for name in names])
    weights = (model.coef_ * scale).T.astype(np.float32)
    return TrialModel(names, weights, model.intercept_.astype(np.float32), temperature)


def out_of_fold(
    examples: Sequence[Example], *, folds: int = _FOLDS, seed: int = _SEED
) -> tuple[Floats, list[int]]:
    """Return probabilities (examples x 3) of models that never saw the example's article, and the
    fold of each; the temperature of a fold is that of the others."""
    logits, fold = _logits(examples, folds, seed)
    labels = np.array([e.label for e in examples])
    result = np.zeros_like(logits)
    for k in range(folds):
        others = [i for i, f in enumerate(fold) if f != k]
        mine = [i for i, f in enumerate(fold) if f == k]
        result[mine] = _softmax(logits[mine] / temperature_of(logits[others], labels[others]))
    return result, fold


def _logits(examples: Sequence[Example], folds: int, seed: int) -> tuple[Floats, list[int]]:
    rows = [features(e.text, e.question) for e in examples]
    labels = np.array([e.label for e in examples])
    articles = sorted({e.article for e in examples})
    order = np.random.default_rng(seed).permutation(len(articles))
    fold_of = {article: int(order[i]) % folds for i, article in enumerate(articles)}
    fold = [fold_of[e.article] for e in examples]
    logits = np.zeros((len(examples), len(OUTCOMES)))
    for k in range(folds):
        train = [i for i, f in enumerate(fold) if f != k]
        model = fit([rows[i] for i in train], labels[train])
        for i in (i for i, f in enumerate(fold) if f == k):
            logits[i] = np.log(model.of_features(rows[i]) + 1e-12)
    return logits, fold


def _temperature(examples: Sequence[Example]) -> float:
    """The temperature of the shipped model: that of models that had not seen the article."""
    logits, _ = _logits(examples, _FOLDS, _SEED)
    return temperature_of(logits, np.array([e.label for e in examples]))


def _softmax(scores: Floats) -> Floats:
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float64)


def temperature_of(logits: Floats, labels: Ints) -> float:
    """Return the temperature of least log loss (Guo et al., ICML 2017), from a grid."""
    grid = np.linspace(0.4, 2.5, 85)
    losses = [
        -float(np.log(_softmax(logits / t)[np.arange(len(labels)), labels] + 1e-12).mean())
        for t in grid
    ]
    return float(grid[int(np.argmin(losses))])


def macro_f1(labels: Ints, answers: Ints, classes: int) -> float:
    """Return macro-averaged F1 in per cent."""
    scores = []
    for c in range(classes):
        hits = int(((labels == c) & (answers == c)).sum())
        total = int((labels == c).sum() + (answers == c).sum())
        scores.append(2 * hits / total if total else 0.0)
    return 100 * float(np.mean(scores))


def interval(
    labels: Ints, answers: Ints, groups: Sequence[str], classes: int, *, resamples: int = 500
) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of macro-F1 over groups (documents)."""
    names = sorted(set(groups))
    members = {n: [i for i, g in enumerate(groups) if g == n] for n in names}
    rng = np.random.default_rng(_SEED)
    values = []
    for _ in range(resamples):
        picked = [i for n in rng.integers(0, len(names), len(names)) for i in members[names[n]]]
        values.append(macro_f1(labels[picked], answers[picked], classes))
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def calibration(
    confidence: Floats, right: npt.NDArray[np.bool_], *, bins: int = 10
) -> tuple[float, list[tuple[float, float, float, int]]]:
    """Return the expected calibration error of the chosen answers and the table of reliability:
    (mean confidence, share right, upper edge, number) of each bin that is not empty."""
    table: list[tuple[float, float, float, int]] = []
    error = 0.0
    for b in range(bins):
        low, high = b / bins, (b + 1) / bins
        inside = (confidence > low) & (confidence <= high)
        count = int(inside.sum())
        if count:
            mean, share = float(confidence[inside].mean()), float(right[inside].mean())
            table.append((mean, share, high, count))
            error += count / len(confidence) * abs(mean - share)
    return error, table


def run(data: Path, out: Path, *, report: Callable[[str], None]) -> dict[str, Any]:
    """Score the model of trial results across articles, train it on all of them, write it and the
    cards; score the rules on the corpora that are there.

    Raises:
        InputError: if Evidence Inference is not there.
    """
    from ingest.models.claim_scoring import score_rules

    examples = read_examples(data)
    labels = np.array([e.label for e in examples])
    runs = [out_of_fold(examples, seed=seed)[0] for seed in range(_RUNS)]
    every = np.concatenate(runs)
    right = every.argmax(axis=1) == np.tile(labels, _RUNS)
    error, table = calibration(every.max(axis=1), right)
    answers = [run.argmax(axis=1) for run in runs]
    articles = [e.article for e in examples]
    low, high = interval(labels, answers[0], articles, len(OUTCOMES))
    trials = {
        "macro_f1": float(np.mean([macro_f1(labels, a, len(OUTCOMES)) for a in answers])),
        "low": low, "high": high, "accuracy": 100 * float(right.mean()), "count": len(examples),
        "articles": len(set(articles)), "ece": error, "reliability": table,
    }  # fmt: skip
    report(f"trial results: macro-F1 {trials['macro_f1']:.2f}, ECE {error:.3f}")
    rows = [features(e.text, e.question) for e in examples]
    model = fit(rows, labels)
    fitted = TrialModel(model.names, model.weights, model.bias, _temperature(examples))
    out.mkdir(parents=True, exist_ok=True)
    fitted.save(out / FILE)
    report(f"wrote {out / FILE}")
    scores: dict[str, Any] = {"trials": trials, "claims": score_rules(data, report=report)}
    claim_cards.write(out, scores)
    return scores
