"""The trained recogniser of names: lexicons and taggers, applied to a document.

Two taggers share one layout: ``cdr`` (chemicals and diseases, trained on BC5CDR) and ``six`` (six types,
trained on BioRED, which sees what ``cdr`` thinks). Each makes two passes over a document, the second
one knowing what the first one said elsewhere in it.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import zipfile
import zlib
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from graph.errors import InputError
from ingest.abbreviations import Abbreviation
from ingest.document import Sentence
from ingest.models.calibration import Curve
from ingest.models.crf import Crf
from ingest.models.layout import Layout, Lexicons, make_layout
from ingest.models.lexicon import Lexicon
from ingest.models.packaged import pack_text, packaged, unpack_text, where_packaged
from ingest.models.repair import Span, consistent, with_variants
from ingest.models.windows import windows
from ingest.prepared import prepared

if TYPE_CHECKING:
    from ingest.models.engine import Engine, Tokenised

__all__ = [
    "FILE",
    "NerModel",
    "ReadyModel",
    "Span",
    "Tagger",
    "balanced",
    "bundled",
    "bundled_version",
]

FILE = "ner.npz"
FORMAT = "etiograph-ner 1"
_DAMAGE = (
    OSError, ValueError, KeyError, EOFError, TypeError, AttributeError, IndexError, zlib.error,
    zipfile.BadZipFile,
)  # fmt: skip
"""what reading a damaged file can raise"""


def balanced(words: Sequence[str], start: int, end: int, limit: int) -> tuple[int, int]:
    """Move the ends of a token span so that brackets close: ``CaCl(2`` takes in the bracket that
    follows, ``p.Gly102Arg)`` gives its last one up, ``(TAG`` its first."""
    for opening, closing in ("()", "[]"):
        inside = words[start:end]
        surplus = inside.count(opening) - inside.count(closing)
        if surplus == 1 and end < limit and words[end] == closing and inside[0] != opening:
            end += 1
        elif surplus == 1 and inside[0] == opening:
            start += 1
        elif surplus == -1 and inside[-1] == closing:
            end -= 1
        if inside and inside[0] == opening and inside[-1] == closing and surplus == 0:
            depth = 0
            for number, word in enumerate(inside, 1):
                depth += (word == opening) - (word == closing)
                if depth == 0:
                    if number == len(inside):
                        start, end = start + 1, end - 1
                    break
    return start, end


def _spans(tokens: Tokenised, rows: Sequence[tuple[int, int, str, float]]) -> list[Span]:
    """Spans in the text, their brackets closed."""
    found: list[Span] = []
    reached = 0
    for s, e, kind, score in rows:
        limit = int(tokens.last[bisect_right(tokens.first, s) - 1])
        start, end = balanced(tokens.words, max(s, reached), e, limit)
        if start < end:
            found.append(Span(int(tokens.starts[start]), int(tokens.ends[end - 1]), kind, score))
            reached = end
    return found


@dataclass(slots=True)
class Tagger:
    """One or two passes of a CRF over a document."""

    first: Crf
    second: Crf | None = None

    def bare(self) -> Tagger:
        """The same labels and transitions without the weights of features."""
        second = None if self.second is None else self.second.bare()
        return Tagger(self.first.bare(), second)


class _Spotter(ABC):
    """Finds spans with an engine."""

    __slots__ = ()
    taggers: dict[str, Tagger]
    version: str
    curves: dict[str, Curve]

    @abstractmethod
    def engine(self, names: Sequence[str] = ("cdr", "six")) -> Engine:
        """Return the taggers ready to run."""

    def spans(
        self,
        text: str,
        sentences: Sequence[Sentence],
        abbreviations: Sequence[Abbreviation],
        taggers: Sequence[str] = ("cdr", "six"),
    ) -> dict[str, list[Span]]:
        """Return what each tagger finds, in order of the text, none overlapping within a tagger.

        A long text is tagged in windows of whole sentences, so that memory stays flat.
        """
        found: dict[str, list[Span]] = {name: [] for name in taggers}
        if not found:
            return found
        engine = self.engine(taggers)
        for window in windows(sentences):
            tokens = engine.tokens(text, window)
            for name, rows in engine.run(tokens, abbreviations, taggers).items():
                spans = _spans(tokens, rows)
                if name == "six":
                    place = window[0].start, window[-1].end
                    spans = consistent(text, with_variants(text, spans, *place), *place)
                curve = self.curves.get(name, float)
                found[name] += [
                    Span(s.start, s.end, s.type, round(curve(s.score), 4)) for s in spans
                ]
        return found


@dataclass(slots=True)
class ReadyModel(_Spotter):
    """What is left of a model when it only has to tag: its engine with all tables made."""

    taggers: dict[str, Tagger]
    version: str
    curves: dict[str, Curve]
    made: Engine

    def engine(self, names: Sequence[str] = ("cdr", "six")) -> Engine:
        """Return the engine of all taggers, whatever the names: it runs those that are asked for."""
        return self.made


@dataclass(slots=True)
class NerModel(_Spotter):
    """Everything that turns a text into spans.

    ``names`` are the trained lexicons as (name, bucket) rows, ``external`` the external one; ``curves``
    turn each tagger's scores into probabilities.
    """

    classes: tuple[str, ...]
    external: Lexicon
    names: tuple[tuple[tuple[str, str], ...], ...]
    taggers: dict[str, Tagger]
    version: str = ""
    curves: dict[str, Curve] = field(default_factory=dict)
    _lexicons: Lexicons | None = None
    _engines: dict[bool, Engine] = field(default_factory=dict)

    @property
    def lexicons(self) -> Lexicons:
        """What tokens are looked up in."""
        if self._lexicons is None:
            made = []
            for rows in self.names:
                lexicon = Lexicon()
                codes = [""]
                index: dict[str, int] = {}
                for name, code in rows:
                    if code not in index:
                        index[code] = len(codes)
                        codes.append(code)
                    lexicon.add(name.split(" "), index[code])
                made.append((lexicon, codes.__getitem__))
            self._lexicons = Lexicons(self.classes, self.external, tuple(made))
        return self._lexicons

    def layout(
        self, text: str, sentences: Sequence[Sentence], abbreviations: Sequence[Abbreviation]
    ) -> Layout:
        """Return the columns that every tagger reads, as training sees them."""
        return make_layout(text, sentences, abbreviations, self.lexicons)

    def engine(self, names: Sequence[str] = ("cdr", "six")) -> Engine:
        """Return the taggers ready to run, made when first asked for."""
        key = "six" in names and "six" in self.taggers
        if key not in self._engines:
            from ingest.models.engine import Engine

            self._engines[key] = Engine(self, ("cdr", "six") if key else ("cdr",))
        return self._engines[key]

    # files ------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Write the model, the same bytes for the same model."""
        arrays: dict[str, npt.NDArray[np.generic]] = {}
        header = {
            "format": FORMAT,
            "classes": self.classes,
            "names": [["\t".join(row) for row in rows] for rows in self.names],
            "taggers": {
                name: [list(c.labels) for c in (t.first, t.second) if c is not None]
                for name, t in sorted(self.taggers.items())
            },
        }
        if self.curves:
            header["curves"] = {n: [c.x, c.y] for n, c in sorted(self.curves.items())}
        arrays["header"] = pack_text(json.dumps(header, ensure_ascii=False, sort_keys=True))
        arrays["external"] = pack_text(
            "\n".join(f"{v}\t{' '.join(k)}" for k, v in self.external.items())
        )
        for name, tagger in sorted(self.taggers.items()):
            for number, crf in enumerate((tagger.first, tagger.second)):
                if crf is None:
                    continue
                rows, columns = np.nonzero(crf.weights)
                prefix = f"{name}.{number}."
                arrays[prefix + "features"] = pack_text("\n".join(crf.index))
                arrays[prefix + "rows"] = np.diff(rows, prepend=0).astype(np.uint16)
                arrays[prefix + "columns"] = columns.astype(np.uint8)
                arrays[prefix + "weights"] = crf.weights[rows, columns].astype(np.float16)
                arrays[prefix + "transitions"] = crf.transitions.astype(np.float32)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        path.write_bytes(buffer.getvalue())

    @classmethod
    def load(cls, data: bytes, *, name: str = "<model>") -> NerModel:
        """Read a model from the bytes of its file.

        Raises:
            InputError: if it is damaged or of another format.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                header = json.loads(unpack_text(arrays["header"]))
                if header.get("format") != FORMAT:
                    raise InputError(
                        f"a model of format {header.get('format')!r}, not {FORMAT!r}", where=name,
                        hint="Train it again: python -m ingest.models.train --data DIR.",
                    )  # fmt: skip
                external = Lexicon()
                for line in unpack_text(arrays["external"]).splitlines():
                    mask, _, tokens = line.partition("\t")
                    external.add(tokens.split(" "), int(mask))
                taggers = {}
                for tagger, passes in header["taggers"].items():
                    crfs = [
                        _crf(arrays, f"{tagger}.{n}.", labels) for n, labels in enumerate(passes)
                    ]
                    taggers[tagger] = Tagger(crfs[0], crfs[1] if len(crfs) > 1 else None)
                curves = {
                    tagger: Curve(tuple(map(float, x)), tuple(map(float, y)))
                    for tagger, (x, y) in header.get("curves", {}).items()
                }
        except _DAMAGE as error:
            raise InputError(f"the model is damaged: {error}", where=name) from error
        names = tuple(
            tuple((row.partition("\t")[0], row.partition("\t")[2]) for row in rows)
            for rows in header["names"]
        )
        return cls(tuple(header["classes"]), external, names, taggers, _version(data), curves)


def _crf(arrays: dict[str, npt.NDArray[np.generic]], prefix: str, labels: list[str]) -> Crf:
    features = unpack_text(arrays[prefix + "features"]).split("\n")  # type: ignore[arg-type]
    weights = np.zeros((len(features), len(labels)), dtype=np.float32)
    rows = np.cumsum(arrays[prefix + "rows"].astype(np.int64))
    weights[rows, arrays[prefix + "columns"].astype(np.int64)] = arrays[prefix + "weights"]
    return Crf(labels, features, weights, arrays[prefix + "transitions"])


@functools.lru_cache(maxsize=1)
def bundled_version() -> str:
    """Return the version of the model that comes with the package, without reading it.

    Raises:
        InputError: if the installed file is missing.
    """
    return _version(packaged(FILE, "the trained model"))


def _version(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


@functools.lru_cache(maxsize=1)
def bundled() -> ReadyModel:
    """Return the model that comes with the package, ready to tag, read once per process.

    Raises:
        InputError: if the installed file is damaged or missing.
    """
    data = packaged(FILE, "the trained model")

    def make() -> ReadyModel:
        model = NerModel.load(data, name=where_packaged(FILE))
        engine = model.engine()
        bare = {name: tagger.bare() for name, tagger in model.taggers.items()}
        return ReadyModel(bare, model.version, model.curves, engine)

    return prepared("tagger", (hashlib.sha256(data).hexdigest(),), make, of=len(data))
