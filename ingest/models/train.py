"""Train, score and write the models that come with the package.

``python -m ingest.models.train --data DIR``: DIR holds ``corpora/`` and ``terms/``. First every model is
trained on the training splits and scored on the development splits, then trained again on both and
written, with its card, to ``ingest/models/files``. The same data give the same files. Needs the package
``python-crfsuite``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from graph.errors import EtiographError
from ingest.abbreviations import find_abbreviations
from ingest.models import cards, claim_training, linking_training, relation_training
from ingest.models.calibration import Curve, calibrate
from ingest.models.corpora import Corpora, GoldDocument, without
from ingest.models.external import read_names
from ingest.models.lexicon import Lexicon
from ingest.models.ner_training import Settings, train_ner
from ingest.models.scoring import Score, span_scores
from ingest.models.tagger import FILE, NerModel
from ingest.sentences import split_document

__all__ = ["CDR_TYPES", "SIX_TYPES", "calibrate_ner", "main", "score_ner"]

CDR_TYPES = ("chemical", "disease")
SIX_TYPES = ("gene", "chemical", "disease", "variant", "species", "cell_line")
NAMES = ("bc5cdr", "biored", "ncbi_disease")


def score_ner(
    model: NerModel, documents: Sequence[GoldDocument], tagger: str, types: Sequence[str]
) -> dict[str, Score]:
    """Score one tagger on gold documents, strict span and type."""
    pairs = []
    for gold in documents:
        document = gold.document()
        sentences = split_document(document)
        found = model.spans(
            document.text, sentences, find_abbreviations(document.text, sentences), (tagger,)
        )
        pairs.append(
            (
                {(s.start, s.end, s.type) for s in found[tagger]},
                {(m.start, m.end, m.type) for m in gold.mentions},
            )
        )
    return span_scores(pairs, types)


def calibrate_ner(
    model: NerModel, documents: Sequence[GoldDocument], tagger: str
) -> dict[str, object]:
    """Fit the curve of a tagger's scores on documents it has not seen: its points and its error."""
    rows: list[list[tuple[float, bool]]] = []
    for gold in documents:
        document = gold.document()
        sentences = split_document(document)
        found = model.spans(
            document.text, sentences, find_abbreviations(document.text, sentences), (tagger,)
        )
        right = {(m.start, m.end, m.type) for m in gold.mentions}
        rows.append([(s.score, (s.start, s.end, s.type) in right) for s in found[tagger]])
    curve, report = calibrate(rows)
    return {"x": list(curve.x), "y": list(curve.y), **report}


def _splits(
    corpora: Corpora, splits: Mapping[str, Sequence[str]], held_out: Sequence[GoldDocument]
) -> dict[str, list[GoldDocument]]:
    """The wanted splits of each corpus without the documents that will be scored on."""
    return {
        name: without([d for split in wanted for d in corpora.read(name, split)], held_out)
        for name, wanted in splits.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line, see the module's text and ``--help``."""
    parser = argparse.ArgumentParser(prog="python -m ingest.models.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with corpora/ and terms/")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "files", help="where the files go"
    )
    parser.add_argument("--work", type=Path, help="keep fitted parts here, to go on after a stop")
    parser.add_argument("--jobs", type=int, default=1, help="processes for cross-fitting")
    parser.add_argument(
        "--part",
        choices=("all", "score-cdr", "score-six", "ship", "linking", "claims", "relations"),
        default="all",
    )
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except EtiographError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code


def _run(options: argparse.Namespace) -> int:
    began = time.monotonic()

    def report(message: str) -> None:
        print(f"[{time.monotonic() - began:6.0f} s] {message}", file=sys.stderr, flush=True)

    corpora = Corpora(options.data)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.work:
        options.work.mkdir(parents=True, exist_ok=True)
    both = ("train", "dev")
    part, settings = options.part, Settings()
    scores: dict[str, object] = {}

    if part not in ("linking", "claims", "relations"):
        external = Lexicon.of(read_names(options.data))

        def train(sets: Mapping[str, Sequence[GoldDocument]], taggers: Sequence[str]) -> NerModel:
            return train_ner(
                sets, external, settings=settings, taggers=taggers,
                jobs=options.jobs, cache=options.work, report=report,
            )  # fmt: skip

    if part in ("all", "score-cdr"):
        held = corpora.read("bc5cdr", "dev")
        sets = _splits(corpora, {"bc5cdr": ("train",), "biored": both, "ncbi_disease": both}, held)
        model = train(sets, ("cdr",))
        found = score_ner(model, held, "cdr", CDR_TYPES)
        scores["cdr"] = {name: asdict(s) for name, s in found.items()}
        scores["calibration_cdr"] = calibrate_ner(model, held, "cdr")
        report(f"bc5cdr dev: micro F1 {found['micro'].f1:.2f}")
    if part in ("all", "score-six"):
        held = corpora.read("biored", "dev")
        sets = _splits(corpora, {"bc5cdr": both, "biored": ("train",), "ncbi_disease": both}, held)
        model = train(sets, ("cdr", "six"))
        found = score_ner(model, held, "six", SIX_TYPES)
        scores["six"] = {name: asdict(s) for name, s in found.items()}
        scores["calibration_six"] = calibrate_ner(model, held, "six")
        report(f"biored dev: micro F1 {found['micro'].f1:.2f}")
    if part in ("all", "linking"):
        scores["linking"] = linking_training.run(options.data, options.out, report=report)
    if part in ("all", "claims"):
        scores.update(claim_training.run(options.data, options.out, report=report))
    if part in ("all", "relations"):
        scores.update(relation_training.run(options.data, options.out, report=report))
    if part in ("all", "ship"):
        sets = _splits(corpora, dict.fromkeys(NAMES, both), ())
        model = train(sets, ("cdr", "six"))
        measured = {**_known(options.out), **scores}
        for tagger in model.taggers:
            # fitted where the tagger trained without the development split was scored
            fitted = measured.get(f"calibration_{tagger}")
            if isinstance(fitted, dict):
                model.curves[tagger] = Curve(tuple(fitted["x"]), tuple(fitted["y"]))
        model.save(options.out / FILE)
        report(f"wrote {options.out / FILE}")
    path = options.out / "scores.json"
    # read only now: another part may have been run meanwhile
    scores = {**_known(options.out), **scores}
    path.write_text(json.dumps(scores, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    cards.write(options.out, scores)
    return 0


def _known(out: Path) -> dict[str, object]:
    """The scores of earlier runs."""
    path = out / "scores.json"
    found: dict[str, object] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


if __name__ == "__main__":
    sys.exit(main())
