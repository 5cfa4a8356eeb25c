"""The parts of training that concern names: scoring each tagger, and the file that ships."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ingest.abbreviations import find_abbreviations
from ingest.models.calibration import Curve, calibrate
from ingest.models.corpora import Corpora, GoldDocument, without
from ingest.models.external import read_names
from ingest.models.lexicon import Lexicon
from ingest.models.ner_training import Settings, train_ner
from ingest.models.scoring import Score, span_scores
from ingest.models.tagger import FILE, NerModel
from ingest.sentences import split_document

__all__ = ["CDR_TYPES", "SIX_TYPES", "calibrate_ner", "score_ner", "score_part", "ship"]

Report = Callable[[str], None]
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


_HELD = {"cdr": ("bc5cdr", CDR_TYPES), "six": ("biored", SIX_TYPES)}
"""tagger -> the corpus whose development split it is scored on, and the types"""


def _train(
    data: Path, sets: Mapping[str, Sequence[GoldDocument]], taggers: Sequence[str], jobs: int,
    cache: Path | None, settings: Settings, report: Report,
) -> NerModel:  # fmt: skip
    external = Lexicon.of(read_names(data))
    return train_ner(
        sets, external, settings=settings, taggers=taggers, jobs=jobs, cache=cache, report=report
    )


def score_part(
    tagger: str, data: Path, *, jobs: int = 1, cache: Path | None = None,
    settings: Settings | None = None, report: Report,
) -> dict[str, Any]:  # fmt: skip
    """Train a tagger without the development split of its corpus, and score and calibrate it there.

    Returns:
        the scores by type under the tagger's name, and its curve under ``calibration_`` and the name.

    Raises:
        InputError: if a corpus or a terminology is missing.
        ConfigError: if CRFsuite is not installed.
    """
    corpora, (held_out, types) = Corpora(data), _HELD[tagger]
    held = corpora.read(held_out, "dev")
    splits = {name: ("train",) if name == held_out else ("train", "dev") for name in NAMES}
    sets = _splits(corpora, splits, held)
    taggers = ("cdr",) if tagger == "cdr" else ("cdr", "six")
    model = _train(data, sets, taggers, jobs, cache, settings or Settings(), report)
    found = score_ner(model, held, tagger, types)
    report(f"{held_out} dev: micro F1 {found['micro'].f1:.2f}")
    return {
        tagger: {name: asdict(s) for name, s in found.items()},
        f"calibration_{tagger}": calibrate_ner(model, held, tagger),
    }


def ship(
    data: Path, out: Path, measured: Mapping[str, Any], *, jobs: int = 1,
    cache: Path | None = None, settings: Settings | None = None, report: Report,
) -> None:  # fmt: skip
    """Train both taggers on the training and development splits and write the file.

    Args:
        data: the folder with ``corpora`` and ``terms``.
        out: where the file goes.
        measured: what :func:`score_part` returned; the curves are taken from it.
        jobs: processes for cross-fitting.
        cache: keeps what was fitted.
        settings: of the optimiser.
        report: told what is being done.

    Raises:
        InputError: if a corpus or a terminology is missing.
        ConfigError: if CRFsuite is not installed.
    """
    sets = _splits(Corpora(data), dict.fromkeys(NAMES, ("train", "dev")), ())
    model = _train(data, sets, ("cdr", "six"), jobs, cache, settings or Settings(), report)
    for tagger in model.taggers:
        # fitted where the tagger trained without the development split was scored
        fitted = measured.get(f"calibration_{tagger}")
        if isinstance(fitted, dict):
            model.curves[tagger] = Curve(tuple(fitted["x"]), tuple(fitted["y"]))
        else:
            report(f"{tagger}: not scored before, so its probabilities stay uncalibrated")
    model.save(out / FILE)
    report(f"wrote {out / FILE}")
