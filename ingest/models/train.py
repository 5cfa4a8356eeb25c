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
from ingest.models import cards
from ingest.models.corpora import Corpora, GoldDocument, without
from ingest.models.external import read_names
from ingest.models.lexicon import Lexicon
from ingest.models.ner_training import Settings, train_ner
from ingest.models.scoring import Score, accuracy, span_scores
from ingest.models.synonyms import FILE as SYNONYMS
from ingest.models.synonyms import Synonyms, learn, save
from ingest.models.tagger import FILE, NerModel
from ingest.sentences import split_document

__all__ = ["CDR_TYPES", "SIX_TYPES", "main", "score_linking", "score_ner"]

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


def score_linking(
    synonyms: Synonyms, documents: Sequence[GoldDocument]
) -> dict[str, tuple[float, float, float, int]]:
    """Accuracy of the first answer on gold mentions that have an id: (per cent, low, high, number).

    A mention of several ids counts as right if the answer is one of them.
    """
    from ingest.linkers.ngram import NgramLinker

    linker = NgramLinker(synonyms=synonyms, cutoffs=dict.fromkeys(CDR_TYPES, 0.0))
    right: dict[str, list[list[bool]]] = {name: [] for name in CDR_TYPES}
    for gold in documents:
        document = gold.document()
        abbreviations = find_abbreviations(document.text, split_document(document))
        spans = [(m.start, m.end, m.type) for m in gold.mentions]
        long_forms = linker.long_forms(document.text, spans, abbreviations)
        rows: dict[str, list[bool]] = {name: [] for name in CDR_TYPES}
        for mention in gold.mentions:
            if mention.type in rows and mention.ids:
                answer = linker.ground(mention.text, mention.type, long_forms)
                ids = {f"mesh:{id}" for id in mention.ids}
                rows[mention.type].append(
                    answer is not None
                    and (answer[0] in ids or not ids.isdisjoint(linker.also_known_as(answer[0])))
                )
        for name, row in rows.items():
            right[name].append(row)
    return {name: accuracy(rows) for name, rows in right.items()}


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
        "--part", choices=("all", "score-cdr", "score-six", "ship", "linking"), default="all"
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

    if part != "linking":
        external = Lexicon.of(read_names(options.data))

        def train(sets: Mapping[str, Sequence[GoldDocument]], taggers: Sequence[str]) -> NerModel:
            return train_ner(
                sets, external, settings=settings, taggers=taggers,
                jobs=options.jobs, cache=options.work, report=report,
            )  # fmt: skip

    if part in ("all", "score-cdr"):
        held = corpora.read("bc5cdr", "dev")
        sets = _splits(corpora, {"bc5cdr": ("train",), "biored": both, "ncbi_disease": both}, held)
        found = score_ner(train(sets, ("cdr",)), held, "cdr", CDR_TYPES)
        scores["cdr"] = {name: asdict(s) for name, s in found.items()}
        report(f"bc5cdr dev: micro F1 {found['micro'].f1:.2f}")
    if part in ("all", "score-six"):
        held = corpora.read("biored", "dev")
        sets = _splits(corpora, {"bc5cdr": both, "biored": ("train",), "ncbi_disease": both}, held)
        found = score_ner(train(sets, ("cdr", "six")), held, "six", SIX_TYPES)
        scores["six"] = {name: asdict(s) for name, s in found.items()}
        report(f"biored dev: micro F1 {found['micro'].f1:.2f}")
    if part in ("all", "linking"):
        held = corpora.read("bc5cdr", "dev")
        sets = _splits(corpora, {"bc5cdr": ("train",), "biored": both, "ncbi_disease": both}, held)
        linked = score_linking(learn([d for docs in sets.values() for d in docs]), held)
        scores["linking"] = {name: list(values) for name, values in linked.items()}
        report(", ".join(f"linking {n}: {v[0]:.2f}" for n, v in linked.items()))
        save(
            learn([d for name in NAMES for split in both for d in corpora.read(name, split)]),
            options.out / SYNONYMS,
        )
    if part in ("all", "ship"):
        sets = _splits(corpora, dict.fromkeys(NAMES, both), ())
        train(sets, ("cdr", "six")).save(options.out / FILE)
        report(f"wrote {options.out / FILE}")
    path = options.out / "scores.json"
    if path.exists():  # read only now: another part may have been run meanwhile
        scores = {**json.loads(path.read_text(encoding="utf-8")), **scores}
    path.write_text(json.dumps(scores, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    cards.write(options.out, scores)
    return 0


if __name__ == "__main__":
    sys.exit(main())
