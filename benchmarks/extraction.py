"""``python -m benchmarks.extraction [--gold FILE ...]``: how well names are found and linked, and how fast.

Without ``--gold`` the development splits in ``../shared/data`` are used if they are there. The shipped
models were trained on exactly those, so their figures on them are no measure of quality (marked
``seen``); figures measured on documents that a model had not seen are in the model cards, and are what
``python -m ingest.models.train`` prints. Any other PubTator file gives honest ones.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from graph.errors import EtiographError
from ingest.abbreviations import Abbreviation, find_abbreviations
from ingest.document import Document, Mention, Sentence
from ingest.linkers.base import Linker
from ingest.linkers.names import NameLinker
from ingest.linkers.ngram import NgramLinker
from ingest.models.corpora import GoldDocument, read_pubtator
from ingest.models.scoring import accuracy, span_scores
from ingest.recognisers.base import Recogniser
from ingest.recognisers.crf import CATEGORIES, CrfRecogniser
from ingest.recognisers.dictionary import DictionaryRecogniser
from ingest.sentences import split_document

__all__ = ["main"]

_TYPES = {category: name for name, category in CATEGORIES.items()}
_DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "corpora"
_DEFAULT = (_DATA / "bc5cdr" / "dev.pubtator", _DATA / "biored" / "dev.pubtator")

Prepared = tuple[GoldDocument, Document, tuple[Sentence, ...], list[Abbreviation]]


def _prepare(path: Path) -> list[Prepared]:
    prepared: list[Prepared] = []
    for gold in read_pubtator(path):
        document = gold.document()
        sentences = split_document(document)
        prepared.append((gold, document, sentences, find_abbreviations(document.text, sentences)))
    return prepared


def _types(prepared: Sequence[Prepared]) -> list[str]:
    found = {m.type for gold, *_ in prepared for m in gold.mentions}
    return [name for name in CATEGORIES if name in found]


def _recognition(recogniser: Recogniser, prepared: Sequence[Prepared]) -> dict[str, list[str]]:
    """Rows of the table: scores by type, and words per second of processor time."""
    types = _types(prepared)
    words = sum(len(document.text.split()) for _, document, *_ in prepared)
    for _, document, sentences, abbreviations in prepared[:3]:
        recogniser.recognise(document, sentences, abbreviations)  # load models outside the clock
    began = time.process_time()
    found = [recogniser.recognise(d, s, a) for _, d, s, a in prepared]
    speed = words / max(1e-9, time.process_time() - began)
    pairs = [
        (
            {(m.start, m.end, _TYPES.get(m.category, "")) for m in mentions},
            {(m.start, m.end, m.type) for m in gold.mentions},
        )
        for mentions, (gold, *_) in zip(found, prepared, strict=True)
    ]
    scores = span_scores(pairs, types)
    return {
        name: [*score.row(), f"{speed:,.0f}" if name == "micro" else ""]
        for name, score in scores.items()
    }


def _linking(
    linker: Linker, prepared: Sequence[Prepared]
) -> dict[str, tuple[float, float, float, int]]:
    """Accuracy of the first answer on gold mentions that have a MeSH id."""
    also = linker.also_known_as if isinstance(linker, NgramLinker) else None
    right: dict[str, list[list[bool]]] = {"chemical": [], "disease": []}
    for gold, document, _, abbreviations in prepared:
        rows: dict[str, list[bool]] = {name: [] for name in right}
        wanted = [m for m in gold.mentions if m.type in right and m.ids]
        mentions = [Mention(m.start, m.end, m.text, CATEGORIES[m.type]) for m in wanted]
        linked = linker.link(document, mentions, abbreviations)
        for mention, answer in zip(wanted, linked, strict=True):
            ids = {i.removeprefix("MESH:") for i in mention.ids}
            entity = answer.entity or ""
            known = (entity, *(also(entity) if also is not None else ()))
            rows[mention.type].append(any(k.removeprefix("mesh:") in ids for k in known))
        for name, row in rows.items():
            right[name].append(row)
    return {name: accuracy(rows) for name, rows in right.items() if any(rows)}


def _print_cards() -> None:
    file = resources.files("ingest.models").joinpath("files", "scores.json")
    if not file.is_file():
        return
    scores = json.loads(file.read_text(encoding="utf-8"))
    print("\n## Held out (trained without the split that is scored; from the model cards)\n")
    print("| system | data | type | P | R | F1 | interval |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, data in (("cdr", "BC5CDR dev"), ("six", "BioRED dev")):
        for kind, s in scores.get(name, {}).items():
            print(
                f"| crf/{name} | {data} | {kind} | {s['precision']:.1f} | {s['recall']:.1f} | "
                f"{s['f1']:.2f} | {s['low']:.1f}-{s['high']:.1f} |"
            )
    for kind, (value, low, high, _) in scores.get("linking", {}).items():
        print(
            f"| ngram, accuracy@1 | BC5CDR dev | {kind} | | | {value:.2f} | {low:.1f}-{high:.1f} |"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction", description=__doc__)
    parser.add_argument("--gold", type=Path, nargs="+", help="PubTator files with annotations")
    parser.add_argument("--no-linking", action="store_true", help="only find names")
    options = parser.parse_args(arguments)
    paths = options.gold or [p for p in _DEFAULT if p.exists()]
    seen = {p for p in _DEFAULT if p.exists()}
    if not paths:
        print("no gold file: give one with --gold", file=sys.stderr)
        return 2
    try:
        print("## Names, strict span and type\n")
        print("| system | data | type | P | R | F1 | interval | gold | words/s |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        loaded = [(path, _prepare(path)) for path in paths]
        for path, prepared in loaded:
            label = f"{path.parent.name}/{path.stem}"
            types = _types(prepared)
            systems: tuple[tuple[str, Recogniser], ...] = (
                ("dictionary", DictionaryRecogniser()),
                ("crf" + (" (seen)" if path.resolve() in seen else ""), CrfRecogniser(types=types)),
            )
            for name, recogniser in systems:
                for kind, row in _recognition(recogniser, prepared).items():
                    print(f"| {name} | {label} | {kind} | {' | '.join(row)} |", flush=True)
        if not options.no_linking:
            print("\n## Linking of gold mentions, accuracy of the first answer\n")
            print("| system | data | type | accuracy | interval | mentions |")
            print("| --- | --- | --- | --- | --- | --- |")
            never = {"chemical": 0.0, "disease": 0.0}  # abstain
            for path, prepared in loaded:
                label = f"{path.parent.name}/{path.stem}"
                linkers: tuple[tuple[str, Linker], ...] = (
                    ("names", NameLinker()),
                    (
                        "ngram" + (" (seen)" if path.resolve() in seen else ""),
                        NgramLinker(cutoffs=never),
                    ),
                    ("ngram without learned names", NgramLinker(synonyms={}, cutoffs=never)),
                )
                for name, linker in linkers:
                    for kind, (value, low, high, count) in _linking(linker, prepared).items():
                        print(f"| {name} | {label} | {kind} | {value:.2f} | {low:.1f}-{high:.1f} | {count} |", flush=True)  # fmt: skip
    except EtiographError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    _print_cards()
    return 0


if __name__ == "__main__":
    sys.exit(main())
