"""``python -m benchmarks.extraction [--gold FILE ...]``: how well text is read, and how fast.

For any PubTator or BioC XML gold file: names (strict span and type), linking of gold mentions (accuracy
of the first answer), linked entities end to end (ids per document), relations with gold entities and end
to end (chemical-induces-disease pairs; BioRED pairs, types and signs), words per second of every stage
and the memory used. Peers that are installed run in the same tables: spaCy and scispaCy models,
scispaCy's abbreviation detector, a plain dictionary, sentence co-occurrence.

Without ``--gold`` the development splits in ``../shared/data`` are used if they are there. The shipped
models were trained on exactly those, so their figures on them are no measure of quality (``seen``);
those measured on documents that a model had not seen are printed next to them, from the model cards.
Intervals are 95 % bootstrap intervals over documents.
"""

from __future__ import annotations

import argparse
import inspect
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.gold import Gold, bare, read_gold
from benchmarks.peers import Cooccurrence, abbreviation_detector, spacy_models
from benchmarks.tables import Row, Tables, print_cards
from graph.errors import EtiographError
from graph.model import Category, Publication
from ingest.abbreviations import find_abbreviations
from ingest.document import Mention, make_document
from ingest.export.native import native
from ingest.export.pairs import cid_relations, typed_relations
from ingest.linkers import REGISTRY as LINKERS
from ingest.linkers import Linker
from ingest.models.scoring import accuracy, span_scores
from ingest.pipeline import Extraction, Pipeline
from ingest.recognisers import REGISTRY as RECOGNISERS
from ingest.recognisers import Recogniser
from ingest.recognisers.crf import CATEGORIES
from ingest.relations import REGISTRY as EXTRACTORS
from ingest.relations import RelationExtractor
from ingest.sentences import split_document

__all__ = ["main"]

_TYPES: dict[Category, str] = {category: name for name, category in CATEGORIES.items()} | {
    Category.PROTEIN: "gene",
    Category.PHENOTYPE: "disease",
}
_DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "corpora"
_DEFAULT = (_DATA / "bc5cdr" / "dev.pubtator", _DATA / "biored" / "dev.pubtator")
_LEARNED_FROM = ("bc5cdr", "biored", "ncbi_disease")
_SPEED = "Text to relations: words per second of processor time, memory"
_WARM = "Lithium causes polyuria in rats with AQP2 p.V600E mutations in HEK293 cells."
_READERS = ("learned", "patterns")
_TAGGERS = frozenset({"crf", "crf-biored"})
_TRAINED = frozenset({*_TAGGERS, "ngram", "learned"})


def _prf(pairs: Sequence[tuple[Iterable[Any], Iterable[Any]]], kind: str = "all") -> Row:
    """Scores of sets of anything, by document: (found, gold)."""
    items = [({(x, 0, kind) for x in a}, {(x, 0, kind) for x in b}) for a, b in pairs]
    s = span_scores(items, [kind])["micro"]
    return {
        "P": s.precision,
        "R": s.recall,
        "F1": s.f1,
        "interval": (s.low, s.high),
        "gold": s.count,
    }


# names -----------------------------------------------------------------------------------------


def _names(
    tables: Tables, label: str, golds: Sequence[Gold], systems: dict[str, Recogniser]
) -> None:
    types = [t for t in CATEGORIES if any(s.type == t for g in golds for s in g.spans)]
    words = sum(len(g.document.text.split()) for g in golds)
    parts = []
    for g in golds:
        sentences = split_document(g.document)
        parts.append((g.document, sentences, find_abbreviations(g.document.text, sentences)))
    for name, recogniser in systems.items():
        found = None
        with tables.part(name):
            recogniser.recognise_many(parts[:3])  # load models outside the clock
            began = time.process_time()
            found = recogniser.recognise_many(parts)
            speed = words / max(1e-9, time.process_time() - began)
        if found is None:
            continue
        pairs = [
            (
                {(m.start, m.end, _TYPES.get(m.category, "")) for m in mentions},
                {(s.start, s.end, s.type) for s in g.spans},
            )
            for mentions, g in zip(found, golds, strict=True)
        ]
        for kind, s in span_scores(pairs, types).items():
            row = {
                "system": name, "data": label, "type": kind, "P": s.precision, "R": s.recall,
                "F1": s.f1, "interval": (s.low, s.high), "gold": s.count,
                "words/s": speed if kind == "micro" else "",
            }  # fmt: skip
            tables.add("names", "Names, strict span and type", row)


# links -----------------------------------------------------------------------------------------


def _same(linker: Linker) -> Callable[[str], set[str]]:
    """All native ids that an answer stands for."""
    also: Callable[[str], Iterable[str]] = getattr(linker, "also_known_as", lambda id: ())
    known: dict[str, set[str]] = {}

    def ids(entity: str) -> set[str]:
        if entity not in known:
            all_ = (entity, *also(entity))
            known[entity] = {
                f(i) for i in all_ for f in (bare, lambda i: native(i, linker.entity(i)))
            }
            known[entity] |= {native(i) for i in all_}
        return known[entity]

    return ids


def _linking(tables: Tables, label: str, golds: Sequence[Gold], name: str, linker: Linker) -> None:
    same = _same(linker)
    right: dict[str, list[list[bool]]] = {t: [] for t in CATEGORIES}
    answered: dict[str, int] = dict.fromkeys(CATEGORIES, 0)
    seconds, count = 0.0, 0
    for g in golds:
        wanted = [s for s in g.spans if s.ids]
        mentions = [Mention(s.start, s.end, s.text, CATEGORIES[s.type]) for s in wanted]
        sentences = split_document(g.document)
        abbreviations = find_abbreviations(g.document.text, sentences)
        began = time.process_time()
        linked = linker.link(g.document, mentions, abbreviations)
        seconds += time.process_time() - began
        count += len(mentions)
        rows: dict[str, list[bool]] = {t: [] for t in CATEGORIES}
        for span, answer in zip(wanted, linked, strict=True):
            answered[span.type] += answer.entity is not None
            hit = answer.entity is not None and bool(same(answer.entity).intersection(span.ids))
            rows[span.type].append(hit)
        for kind, row in rows.items():
            right[kind].append(row)
    for kind, rows_ in right.items():
        if any(rows_):
            value, low, high, number = accuracy(rows_)
            row_: Row = {
                "system": name, "data": label, "type": kind, "accuracy@1": value,
                "interval": (low, high), "answered %": 100 * answered[kind] / number,
                "mentions": number, "mentions/s": count / max(1e-9, seconds),
            }  # fmt: skip
            tables.add("linking", "Linking of gold mentions, first answer", row_)


def _tagger(name: str, golds: Sequence[Gold]) -> Recogniser:
    """A recogniser by name; the taggers only for the types of the gold."""
    types = sorted({s.type for g in golds for s in g.spans})
    settings = {"types": types} if name in _TAGGERS else {}
    return RECOGNISERS.make(name, **settings)


# relations and entities of whole documents -------------------------------------------------------


def _natives(linker: Linker) -> Callable[[str], str]:
    known: dict[str, str] = {}

    def to_native(id: str) -> str:
        if id not in known:
            known[id] = native(id, linker.entity(id))
        return known[id]

    return to_native


def _relations(
    tables: Tables, label: str, name: str, how: str, golds: Sequence[Gold],
    read: Sequence[Extraction], to_native: Callable[[str], str],
) -> None:  # fmt: skip
    start: Row = {"system": name, "data": label, "entities": how}
    if any(g.cid for g in golds):
        pairs = [
            ({(r.first, r.second) for r in cid_relations(x, to_native)}, g.cid)
            for x, g in zip(read, golds, strict=True)
        ]
        row = {**start, "task": "chemical induces disease", **_prf(pairs)}
        tables.add("relations", "Relations, per document", row)
    if any(g.typed for g in golds):
        found = [
            {frozenset((r.first, r.second)): r.kind for r in typed_relations(x, to_native)}
            for x in read
        ]
        both = list(zip(found, (g.typed for g in golds), strict=True))
        row = {**start, "task": "pair", **_prf([(a, b) for a, b in both])}
        tables.add("relations", "Relations, per document", row)
        row = {**start, "task": "pair with type", **_prf([(a.items(), b.items()) for a, b in both])}
        tables.add("relations", "Relations, per document", row)
        signs = [
            [a[p] == kind for p, kind in sorted(b.items(), key=str) if _signed(kind) and _signed(a.get(p, ""))]
            for a, b in both
        ]  # fmt: skip
        if any(signs):
            value, low, high, number = accuracy(signs)
            row = {
                **start, "task": "sign, where both give one", "P": value, "R": "", "F1": "",
                "interval": (low, high), "gold": number,
            }  # fmt: skip
            tables.add("relations", "Relations, per document", row)


def _signed(kind: str) -> bool:
    return kind.endswith("_Correlation")


def _entities(
    tables: Tables, label: str, name: str, golds: Sequence[Gold], read: Sequence[Extraction],
    linker: Linker,
) -> None:  # fmt: skip
    """Ids per document: each answer counts once, by whichever of its ids the gold has."""
    same = _same(linker)
    to_native = _natives(linker)
    for kind in CATEGORIES:
        pairs: list[tuple[set[str], set[str]]] = []
        for x, g in zip(read, golds, strict=True):
            gold = {i for s in g.spans if s.type == kind for i in s.ids}
            found: set[str] = set()
            for m in x.mentions:
                if m.entity is not None and _TYPES.get(m.category) == kind:
                    found.add(min(same(m.entity) & gold, default=to_native(m.entity)))
            pairs.append((found, gold))
        if any(gold for _, gold in pairs):
            row = {"system": name, "data": label, "type": kind, **_prf(pairs)}
            tables.add("entities", "Linked entities end to end, ids per document", row)


def _end_to_end(
    tables: Tables, label: str, golds: Sequence[Gold], seen: str,
    recogniser: str, linker: Linker, extractors: dict[str, RelationExtractor],
) -> None:  # fmt: skip
    made = _tagger(recogniser, golds)
    to_native = _natives(linker)
    for name, extractor in extractors.items():
        with tables.part(f"{name}, gold entities"):
            shown = f"{name}{seen if name in _TRAINED else ''}"
            given = Pipeline(extractors=[extractor], linker=linker, given="entities")
            read = given.read([g.given for g in golds])
            _relations(tables, label, shown, "gold", golds, read, to_native)
    whole = f"{recogniser} + {linker.name}{seen}"
    for name, extractor in extractors.items():
        with tables.part(f"{whole} + {name}"):
            pipeline = Pipeline(recognisers=[made], linker=linker, extractors=[extractor])
            read = pipeline.read([g.document for g in golds])
            if whole not in {
                r["system"] for r in tables.rows.get("entities", ()) if r["data"] == label
            }:
                _entities(tables, label, whole, golds, read, linker)
            _relations(tables, label, f"{whole} + {name}", "found", golds, read, to_native)


# speed ------------------------------------------------------------------------------------------


def _speed(
    tables: Tables,
    label: str,
    golds: Sequence[Gold],
    recogniser: str,
    linker: Linker,
    extractor: str,
) -> None:
    """Time one pipeline over the documents, in batches as a job has them; caches start empty."""
    made = _tagger(recogniser, golds)
    pipeline = Pipeline(recognisers=[made], linker=linker, extractors=[extractor])
    warm = make_document(Publication(id="pubmed:1"), [("title", "", _WARM)])
    pipeline.read([warm])  # load the models
    pipeline.clock.seconds.clear()
    documents = [g.document for g in golds]
    words = sum(len(d.text.split()) for d in documents)
    began, cpu = time.perf_counter(), time.process_time()
    for i in range(0, len(documents), 32):
        pipeline.read(documents[i : i + 32])
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    # the stages are booked in wall time: on a busy machine, scale them to processor time
    stages = {k: v * cpu / wall for k, v in pipeline.clock.seconds.items() if v > 0.001 * wall}
    row = {
        "system": f"{recogniser} + {linker.name} + {extractor}", "data": label, "words": words,
        "all words/s": words / max(1e-9, cpu),
        "by stage": ", ".join(f"{k} {words / v:,.0f}" for k, v in sorted(stages.items())),
        "max RSS MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip
    tables.add("speed", _SPEED, row)


def _speed_apart(tables: Tables, path: Path, limit: int | None, given: dict[str, str]) -> None:
    """The same in a process of its own: nothing is cached, and the memory is its own."""
    command = [sys.executable, "-m", "benchmarks.extraction", "--gold", str(path), "--json", "--only", "speed"]  # fmt: skip
    command += ["--limit", str(limit)] if limit else []
    for option, value in given.items():
        command += [f"--{option}", value]
    ran = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1]
    )
    rows = json.loads(ran.stdout)["speed"] if ran.returncode == 0 else []
    if not rows:
        tables.say(f"(left out: speed of {' + '.join(given.values())}: {ran.stderr[-300:]})")
    for row in rows:
        tables.add("speed", _SPEED, row)


# what is known about unseen documents -------------------------------------------------------------


def _learned_ids() -> set[str]:
    """PMIDs of the corpora that the shipped models were trained on, as far as they are here."""
    found: set[str] = set()
    for corpus in _LEARNED_FROM:
        for path in sorted((_DATA / corpus).glob("*.pubtator")):
            with path.open(encoding="utf-8") as lines:
                found.update(line.partition("|")[0] for line in lines if "|t|" in line[:14])
    return found


def _made(registry: Any, names: Sequence[str], tables: Tables) -> dict[str, Any]:
    """Instances by name; one that cannot be made here is said and left out."""
    found: dict[str, Any] = {}
    for name in names:
        with tables.part(name):
            found[name] = registry.make(name)
    return found


def _never_abstaining(linker: Linker) -> Linker | None:
    """The same linker, but always with an answer, if it knows how."""
    if "cutoffs" not in inspect.signature(type(linker)).parameters:
        return None
    never = dict.fromkeys(("chemical", "disease", "gene"), 0.0)
    return type(linker)(cutoffs=never)  # type: ignore[call-arg]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables as Markdown, or everything as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.extraction", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--gold", type=Path, nargs="+", help="PubTator or BioC XML files")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--limit", type=int, help="only the first documents of each file")
    parser.add_argument(
        "--only", choices=["names", "linking", "relations", "speed"], help="one part only"
    )
    parser.add_argument(
        "--recogniser", action="append", help="default: dictionary, crf, crf-biored"
    )
    parser.add_argument("--linker", action="append", help="default: names, ngram")
    parser.add_argument("--extractor", action="append", help="default: learned, patterns")
    parser.add_argument("--no-peers", action="store_true", help="without spaCy models and the like")
    options = parser.parse_args(arguments)
    tables = Tables(quiet=options.json)
    paths = options.gold or [p for p in _DEFAULT if p.exists()]
    if not paths:
        print("no gold file: give one with --gold", file=sys.stderr)
        return 2
    learned = _learned_ids()
    try:
        for path in paths:
            golds = read_gold(path)[: options.limit]
            label = f"{path.parent.name}/{path.stem}"
            known = sum(g.document.id.partition(":")[2] in learned for g in golds)
            seen = " (seen)" if known else ""
            tables.say(f"\n{label}: {len(golds):,} documents; {known:,} of them in the corpora that the shipped models learned from")  # fmt: skip
            if known:
                tables.say("Figures of trained systems marked 'seen' are no measure of quality; see the table of held-out figures.")  # fmt: skip
            _run(tables, options, path.resolve(), label, golds, seen)
        if options.only is None:
            print_cards(tables)
    except EtiographError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    if options.json:
        print(json.dumps(tables.rows, indent=1, default=str))
    return 0


def _run(
    tables: Tables,
    options: argparse.Namespace,
    path: Path,
    label: str,
    golds: Sequence[Gold],
    seen: str,
) -> None:
    types = sorted({s.type for g in golds for s in g.spans})
    if options.only in (None, "names"):
        systems: dict[str, Recogniser] = {}
        chosen = options.recogniser or ["dictionary", "crf", "crf-biored"]
        if not options.recogniser and not options.no_peers:
            chosen += spacy_models()
        for name, made in _made(RECOGNISERS, chosen, tables).items():
            mark = seen if name in _TRAINED else ""
            systems[name + mark] = type(made)(types=types) if name in _TAGGERS else made
        _names(tables, label, golds, systems)
        if not options.no_peers:
            for row in abbreviation_detector([g.document for g in golds]):
                tables.add("abbreviations", "Abbreviations", {"data": label, **row})
    linkers = _made(LINKERS, options.linker or ["names", "ngram"], tables)
    if options.only in (None, "linking"):
        shown: dict[str, Linker] = {}
        for name, linker in linkers.items():
            mark = seen if name in _TRAINED else ""
            shown[f"{name}{mark}"] = linker
            if (never := _never_abstaining(linker)) is not None:
                shown[f"{name}, never abstaining{mark}"] = never
        for name, linker in shown.items():
            with tables.part(name):
                _linking(tables, label, golds, name, linker)
    recogniser = (options.recogniser or ["crf-biored" if "gene" in types else "crf"])[-1]
    readers = options.extractor or [e for e in _READERS if e in EXTRACTORS]
    if not linkers:
        return
    linker = linkers["ngram"] if "ngram" in linkers else next(iter(linkers.values()))
    if options.only in (None, "relations"):
        extractors = _made(EXTRACTORS, readers, tables)
        if not options.no_peers:
            extractors = {"co-occurrence": Cooccurrence(), **extractors}
        _end_to_end(tables, label, golds, seen, recogniser, linker, extractors)
    apart = options.only is None or (options.only == "speed" and len(readers) > 1)
    for reader in readers:
        given = {"recogniser": recogniser, "linker": linker.name, "extractor": reader}
        if options.only == "speed" and not apart:
            _speed(tables, label, golds, recogniser, linker, reader)
        elif apart:
            _speed_apart(tables, path, options.limit, given)


if __name__ == "__main__":
    sys.exit(main())
