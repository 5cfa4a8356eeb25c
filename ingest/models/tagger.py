"""The trained recogniser of names: lexicons and taggers, applied to a document.

Two taggers share one layout: ``cdr`` (chemicals and diseases, trained on BC5CDR) and ``six`` (six types,
trained on BioRED, which sees what ``cdr`` thinks). Each makes two passes over a document, the second
one knowing what the first one said elsewhere in it.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

from graph.errors import InputError
from ingest.abbreviations import Abbreviation
from ingest.document import Sentence
from ingest.models.bank import Bank
from ingest.models.crf import Crf, posteriors, viterbi
from ingest.models.features import GROUPS
from ingest.models.layout import Layout, Lexicons, Units, make_layout
from ingest.models.lexicon import Lexicon
from ingest.models.second import add_first_pass, label_spans

__all__ = ["FILE", "NerModel", "Span", "Tagger", "balanced", "bundled", "decode"]

FILE = "ner.npz"
FORMAT = "etiograph-ner 1"
_MAX_ROWS = 300_000
"""scores of units that are kept before it all starts anew, so that memory stays flat: 80 MB for the 68
labels of the shipped taggers"""
_SHARED = tuple(g.name for g in GROUPS if g.name not in ("h", "p"))
"""the columns that all taggers read"""

Floats = npt.NDArray[np.float32]

_DAMAGE = (
    OSError, ValueError, KeyError, EOFError, TypeError, AttributeError, IndexError, zlib.error,
    zipfile.BadZipFile,
)  # fmt: skip
"""what reading a damaged file can raise"""


@dataclass(frozen=True, slots=True)
class Span:
    """A name found: offsets in the text, its type, and the model's probability of the span."""

    start: int
    end: int
    type: str
    score: float


def decode(crf: Crf, layout: Layout, emissions: Floats, marginals: Floats) -> list[Span]:
    """Return the spans of the best label sequences; the score is the least probable of a span's labels."""
    best = viterbi(emissions, crf.transitions, layout.first, layout.last)
    if not best.any():
        return []
    sure = marginals[np.arange(len(best)), best].tolist()
    chosen = [crf.labels[i] for i in best.tolist()]
    found: list[Span] = []
    for a, b in zip(layout.first, layout.last, strict=True):
        reached = a
        for s, e, kind in label_spans(chosen[a:b]):
            start, end = balanced(layout.words, max(a + s, reached), a + e, b)
            if start >= end:
                continue
            score = min(sure[a + s : a + e])
            found.append(
                Span(layout.starts[start], layout.ends[end - 1], kind, round(float(score), 4))
            )
            reached = end
    return found


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


@dataclass(slots=True)
class Tagger:
    """One or two passes of a CRF over a document."""

    first: Crf
    second: Crf | None = None


class _TaggerBank(Bank):
    """The weights of taggers, and how their passes follow each other."""

    def __init__(self, taggers: dict[str, Tagger]) -> None:
        passes = {
            (name, number): crf
            for name, tagger in taggers.items()
            for number, crf in enumerate((tagger.first, tagger.second))
            if crf is not None
        }
        super().__init__(list(passes.values()))
        self.cut_of = dict(zip(passes, self.cuts, strict=True))

    def marginals(self, name: str, crf: Crf, number: int, layout: Layout, scores: Floats) -> Floats:
        """Probabilities of one pass's labels, shape (tokens, labels)."""
        emissions = scores[:, self.cut_of[name, number]]
        return posteriors(emissions, crf.transitions, layout.first, layout.last)

    def finish(
        self, name: str, tagger: Tagger, layout: Layout, scores: Floats, marginals: Floats
    ) -> list[Span]:
        """Spans of a tagger's last pass, given its first one's probabilities."""
        if tagger.second is None:
            return decode(tagger.first, layout, scores[:, self.cut_of[name, 0]], marginals)
        add_first_pass(layout, marginals, tagger.first.labels)
        scores = scores + self.scores(layout, ("p",))
        del layout.columns["p"]
        crf = tagger.second
        found = self.marginals(name, crf, 1, layout, scores)
        return decode(crf, layout, scores[:, self.cut_of[name, 1]], found)


@dataclass(slots=True)
class NerModel:
    """Everything that turns a text into spans.

    ``names`` are the trained lexicons as (name, bucket) rows, ``external`` the external one.
    """

    classes: tuple[str, ...]
    external: Lexicon
    names: tuple[tuple[tuple[str, str], ...], ...]
    taggers: dict[str, Tagger]
    version: str = ""
    _lexicons: Lexicons | None = None
    _units: Units = field(default_factory=Units)
    _banks: dict[bool, _TaggerBank] = field(default_factory=dict)

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
        """Return the columns that every tagger reads."""
        if self._units.rows > _MAX_ROWS:
            self._units = Units()  # the taggers forget what they kept with it
        return make_layout(text, sentences, abbreviations, self.lexicons, self._units)

    def spans(
        self,
        text: str,
        sentences: Sequence[Sentence],
        abbreviations: Sequence[Abbreviation],
        taggers: Sequence[str] = ("cdr", "six"),
    ) -> dict[str, list[Span]]:
        """Return what each tagger finds, in order of the text, none overlapping within a tagger."""
        layout = self.layout(text, sentences, abbreviations)
        found: dict[str, list[Span]] = {name: [] for name in taggers}
        if not layout.words or not found:
            return found
        bank = self._bank("six" in found)
        base = bank.scores(layout, _SHARED)
        cdr = self.taggers["cdr"]
        marginals = bank.marginals("cdr", cdr.first, 0, layout, base)
        if "cdr" in found:
            found["cdr"] = bank.finish("cdr", cdr, layout, base, marginals)
        if "six" in found:
            add_first_pass(layout, marginals, cdr.first.labels, column="h")
            base = base + bank.scores(layout, ("h",))
            six = self.taggers["six"]
            marginals = bank.marginals("six", six.first, 0, layout, base)
            found["six"] = bank.finish("six", six, layout, base, marginals)
        return found

    def _bank(self, six: bool) -> _TaggerBank:
        if six not in self._banks:
            names = ("cdr", "six") if six else ("cdr",)
            self._banks[six] = _TaggerBank({name: self.taggers[name] for name in names})
        return self._banks[six]

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
        arrays["header"] = _packed(json.dumps(header, ensure_ascii=False, sort_keys=True))
        arrays["external"] = _packed(
            "\n".join(f"{v}\t{' '.join(k)}" for k, v in self.external.items())
        )
        for name, tagger in sorted(self.taggers.items()):
            for number, crf in enumerate((tagger.first, tagger.second)):
                if crf is None:
                    continue
                rows, columns = np.nonzero(crf.weights)
                prefix = f"{name}.{number}."
                arrays[prefix + "features"] = _packed("\n".join(crf.index))
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
                header = json.loads(_unpacked(arrays["header"]))
                if header.get("format") != FORMAT:
                    raise InputError(
                        f"a model of format {header.get('format')!r}, not {FORMAT!r}", where=name,
                        hint="Train it again: python -m ingest.models.train --data DIR.",
                    )  # fmt: skip
                external = Lexicon()
                for line in _unpacked(arrays["external"]).splitlines():
                    mask, _, tokens = line.partition("\t")
                    external.add(tokens.split(" "), int(mask))
                taggers = {}
                for tagger, passes in header["taggers"].items():
                    crfs = [
                        _crf(arrays, f"{tagger}.{n}.", labels) for n, labels in enumerate(passes)
                    ]
                    taggers[tagger] = Tagger(crfs[0], crfs[1] if len(crfs) > 1 else None)
        except _DAMAGE as error:
            raise InputError(f"the model is damaged: {error}", where=name) from error
        names = tuple(
            tuple((row.partition("\t")[0], row.partition("\t")[2]) for row in rows)
            for rows in header["names"]
        )
        version = hashlib.sha256(data).hexdigest()[:12]
        return cls(tuple(header["classes"]), external, names, taggers, version)


def _packed(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(gzip.compress(text.encode("utf-8"), 9, mtime=0), dtype=np.uint8)


def _unpacked(data: npt.NDArray[np.uint8]) -> str:
    return gzip.decompress(data.tobytes()).decode("utf-8")


def _crf(arrays: dict[str, npt.NDArray[np.generic]], prefix: str, labels: list[str]) -> Crf:
    features = _unpacked(arrays[prefix + "features"]).split("\n")  # type: ignore[arg-type]
    weights = np.zeros((len(features), len(labels)), dtype=np.float32)
    rows = np.cumsum(arrays[prefix + "rows"].astype(np.int64))
    weights[rows, arrays[prefix + "columns"].astype(np.int64)] = arrays[prefix + "weights"]
    return Crf(labels, features, weights, arrays[prefix + "transitions"])


@functools.lru_cache(maxsize=1)
def bundled() -> NerModel:
    """Return the model that comes with the package, read once per process.

    Raises:
        InputError: if the installed file is damaged or missing.
    """
    file = resources.files("ingest.models").joinpath("files", FILE)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot read the trained model: {error}", where=f"ingest/models/files/{FILE}",
            hint="Train it: python -m ingest.models.train --data DIR.",
        ) from error  # fmt: skip
    return NerModel.load(data, name=f"ingest/models/files/{FILE}")
