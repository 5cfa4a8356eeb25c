"""Training of the taggers with CRFsuite (needs the package ``python-crfsuite``).

Everything a training document sees that was learned from annotations leaves that document out: the
trained lexicons by jackknife, the first pass by cross-fitting (:data:`FOLDS` models, each applied to the
documents it was not trained on).
"""

from __future__ import annotations

import ctypes
import hashlib
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from graph.errors import ConfigError
from ingest.abbreviations import find_abbreviations
from ingest.models.corpora import GoldDocument
from ingest.models.crf import Crf
from ingest.models.external import CLASSES
from ingest.models.features import GROUPS, names_at
from ingest.models.layout import Layout, Lexicons, Units, make_layout
from ingest.models.learned import LearnedNames, TaggedSentence
from ingest.models.lexicon import Lexicon, normal
from ingest.models.second import add_first_pass
from ingest.models.tagger import NerModel, Tagger
from ingest.models.tokens import Tokens
from ingest.sentences import split_document

__all__ = ["FOLDS", "Settings", "gold_spans", "labels_of", "layout_of", "train_ner"]

FOLDS = 4


@dataclass(frozen=True, slots=True)
class Settings:
    """CRFsuite's stochastic gradient descent: ``c2`` weighs the L2 penalty, ``epochs`` passes over the
    data, features rarer than ``minimum`` are not used, weights under ``cut`` are not kept.

    Chosen on the first half of BC5CDR's development split: 12 epochs score as 80 iterations of L-BFGS
    with an L1 penalty do, in a fifth of the time.
    """

    c2: float = 1.0
    epochs: int = 12
    minimum: int = 2
    cut: float = 0.02


Report = Callable[[str], None]


def layout_of(gold: GoldDocument, lexicons: Lexicons, units: Units | None = None) -> Layout:
    """Return the columns of a gold document."""
    document = gold.document()
    sentences = split_document(document)
    return make_layout(
        document.text, sentences, find_abbreviations(document.text, sentences), lexicons, units
    )


def gold_spans(gold: GoldDocument, layout: Layout) -> list[tuple[int, int, str]]:
    """Return the annotated spans in tokens; those that do not begin and end at tokens, or overlap an
    earlier one, are left out."""
    starts = {s: i for i, s in enumerate(layout.starts)}
    ends = {e: i + 1 for i, e in enumerate(layout.ends)}
    found: list[tuple[int, int, str]] = []
    reached = -1
    for mention in gold.mentions:
        if mention.start >= reached and mention.start in starts and mention.end in ends:
            found.append((starts[mention.start], ends[mention.end], mention.type))
            reached = mention.end
    return found


def labels_of(size: int, spans: Iterable[tuple[int, int, str]]) -> list[str]:
    """Return BIOES labels."""
    labels = ["O"] * size
    for start, end, kind in spans:
        if end - start == 1:
            labels[start] = f"S-{kind}"
            continue
        labels[start] = f"B-{kind}"
        labels[end - 1] = f"E-{kind}"
        for i in range(start + 1, end - 1):
            labels[i] = f"I-{kind}"
    return labels


def _sentences(gold: GoldDocument) -> list[TaggedSentence]:
    """Normal tokens and annotated spans of each sentence, for the trained lexicon."""
    document = gold.document()
    found: list[TaggedSentence] = []
    for sentence in split_document(document):
        tokens = Tokens(document.text, sentence.start, sentence.end)
        starts = {s: i for i, s in enumerate(tokens.starts)}
        ends = {e: i + 1 for i, e in enumerate(tokens.ends)}
        spans = [
            (starts[m.start], ends[m.end], m.type)
            for m in gold.mentions
            if m.start in starts and m.end in ends
        ]
        found.append(([normal(w) for w in tokens.words], spans))
    return found


Rows = tuple[list[list[list[str]]], list[list[str]]]
"""features and labels of the sentences of one document"""


class _Namer:
    """Turns layouts into rows of feature names."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, object], list[str]] = {}

    def rows(self, layout: Layout, labels: list[str]) -> Rows:
        known = self._known
        places = layout.places.tolist()
        features: list[list[list[str]]] = []
        tags: list[list[str]] = []
        columns = [(g, layout.columns[g.name]) for g in GROUPS if g.name in layout.columns]
        for a, b in zip(layout.first, layout.last, strict=True):
            sentence: list[list[str]] = []
            for place in places[a:b]:
                names: list[str] = []
                for group, column in columns:
                    for offset in group.offsets:
                        unit = column[place + offset]
                        key = (group.name, offset, unit)
                        found = known.get(key)
                        if found is None:
                            found = known[key] = list(names_at(group, unit, offset))
                        names += found
                sentence.append(names)
            features.append(sentence)
            tags.append(labels[a:b])
        return features, tags


def _fit(documents: Sequence[Rows], settings: Settings, cache: Path | None) -> Crf:
    """Train one CRF, or read it back if the same one was trained before into ``cache``."""
    try:
        import pycrfsuite
    except ImportError:
        raise ConfigError(
            "training needs CRFsuite", hint="Install python-crfsuite into this environment."
        ) from None
    digest = hashlib.sha256(repr(settings).encode())
    for features, labels in documents:
        for sentence, tags in zip(features, labels, strict=True):
            digest.update("\0".join(["\1".join(names) for names in sentence] + tags).encode())
    with tempfile.TemporaryDirectory() as scratch:
        path = (cache or Path(scratch)) / f"{digest.hexdigest()[:24]}.crf"
        if not path.exists():
            trainer = pycrfsuite.Trainer(verbose=False)
            trainer.select("l2sgd")
            trainer.set_params(
                {
                    "c2": settings.c2,
                    "max_iterations": settings.epochs,
                    "feature.minfreq": settings.minimum,
                    "feature.possible_transitions": True,
                }
            )
            for features, labels in documents:
                for sentence, tags in zip(features, labels, strict=True):
                    trainer.append(sentence, tags)
            made = Path(scratch) / "model.crf"
            # the order of the examples is drawn with the C library's generator
            ctypes.CDLL(None).srand(1)
            trainer.train(str(made))
            path.write_bytes(made.read_bytes())
        return _read(path, settings.cut)


def _read(path: Path, cut: float) -> Crf:
    """Turn CRFsuite's file into arrays."""
    import pycrfsuite

    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    info = tagger.info()
    labels = sorted(info.labels, key=lambda name: (name != "O", name))
    column = {name: number for number, name in enumerate(labels)}
    transitions = np.zeros((len(labels), len(labels)), dtype=np.float32)
    for (source, target), weight in info.transitions.items():
        transitions[column[source], column[target]] = weight
    kept = {key: w for key, w in info.state_features.items() if abs(w) >= cut}
    features = sorted({name for name, _ in kept})
    row = {name: number for number, name in enumerate(features)}
    weights = np.zeros((len(features), len(labels)), dtype=np.float32)
    for (name, label), weight in kept.items():
        weights[row[name], column[label]] = weight
    # half precision is what the file keeps: score with what will be shipped
    return Crf(labels, features, weights.astype(np.float16), transitions)


@dataclass(slots=True)
class _Job:
    """What training carries along."""

    settings: Settings
    cache: Path | None
    jobs: int
    report: Report
    namer: _Namer = field(default_factory=_Namer)

    def fits(self, sets: Sequence[Sequence[Rows]], what: str) -> list[Crf]:
        self.report(f"{what}: {len(sets)} model(s), {len(sets[0])} documents in the first")
        if self.jobs <= 1 or len(sets) == 1:
            return [_fit(s, self.settings, self.cache) for s in sets]
        with ProcessPoolExecutor(self.jobs) as pool:
            waiting = [pool.submit(_fit, s, self.settings, self.cache) for s in sets]
            return [w.result() for w in waiting]


def _train_passes(
    golds: Sequence[GoldDocument], layouts: Sequence[Layout], job: _Job, name: str, passes: int
) -> tuple[Tagger, list[Crf]]:
    """Train a tagger; returns it and the cross-fitted first passes (model k has not seen documents
    whose position is k modulo :data:`FOLDS`)."""
    labels = [
        labels_of(len(la.words), gold_spans(g, la)) for g, la in zip(golds, layouts, strict=True)
    ]
    rows = [job.namer.rows(la, tags) for la, tags in zip(layouts, labels, strict=True)]
    (first,) = job.fits([rows], f"{name}, first pass")
    if passes == 1:
        return Tagger(first), []
    folds = job.fits(
        [[r for i, r in enumerate(rows) if i % FOLDS != k] for k in range(FOLDS)],
        f"{name}, first pass cross-fitted",
    )
    del rows
    tagger = Tagger(first)
    for i, layout in enumerate(layouts):
        crf = folds[i % FOLDS]
        add_first_pass(layout, crf.marginals(layout), crf.labels)
    rows = [job.namer.rows(la, tags) for la, tags in zip(layouts, labels, strict=True)]
    (tagger.second,) = job.fits([rows], f"{name}, second pass")
    for layout in layouts:
        del layout.columns["p"]
    return tagger, folds


def train_ner(
    corpora: Mapping[str, Sequence[GoldDocument]],
    external: Lexicon,
    *,
    settings: Settings | None = None,
    taggers: Sequence[str] = ("cdr", "six"),
    passes: int = 2,
    jobs: int = 1,
    cache: Path | None = None,
    report: Report = lambda message: None,
) -> NerModel:
    """Train the taggers.

    Args:
        corpora: ``bc5cdr``, ``biored`` and ``ncbi_disease``: the documents to learn from, free of
            anything that will be scored on.
        external: the external lexicon.
        settings: of the optimiser.
        taggers: ``cdr`` alone, or with ``six``.
        passes: of tagger ``six``.
        jobs: processes for cross-fitting.
        cache: a folder that keeps every fitted model, so that an interrupted run goes on.
        report: told what is being done.

    Raises:
        ConfigError: if CRFsuite is not installed.
    """
    job = _Job(settings or Settings(), cache, jobs, report)
    learned = [
        LearnedNames({g.pmid: _sentences(g) for g in corpora.get(name, ())}, external)
        for name in ("bc5cdr", "biored", "ncbi_disease")
    ]

    def lexicons(pmid: str) -> Lexicons:
        return Lexicons(CLASSES, external, tuple((n.lexicon, n.code(pmid)) for n in learned))

    units = Units()
    golds = sorted(corpora["bc5cdr"], key=lambda g: g.pmid)
    layouts = [layout_of(g, lexicons(g.pmid), units) for g in golds]
    cdr, folds = _train_passes(golds, layouts, job, "cdr", 2)
    trained = {"cdr": cdr}
    if "six" in taggers:
        fold_of = {g.pmid: i % FOLDS for i, g in enumerate(golds)}
        del layouts
        golds = sorted(corpora["biored"], key=lambda g: g.pmid)
        layouts = [layout_of(g, lexicons(g.pmid), units) for g in golds]
        for gold, layout in zip(golds, layouts, strict=True):
            crf = folds[fold_of[gold.pmid]] if gold.pmid in fold_of else cdr.first
            add_first_pass(layout, crf.marginals(layout), crf.labels, column="h")
        trained["six"], _ = _train_passes(golds, layouts, job, "six", passes)
    names = tuple(tuple(n.table()) for n in learned)
    return NerModel(CLASSES, external, names, trained)
