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
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

from graph.errors import InputError
from ingest.abbreviations import Abbreviation
from ingest.document import Sentence
from ingest.models.crf import Crf, posteriors, viterbi
from ingest.models.layout import Layout, Lexicons, make_layout
from ingest.models.lexicon import Lexicon
from ingest.models.second import add_first_pass, label_spans

__all__ = ["FILE", "NerModel", "Span", "Tagger", "bundled", "decode"]

FILE = "ner.npz"
FORMAT = "etiograph-ner 1"

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
        for s, e, kind in label_spans(chosen[a:b]):
            score = min(sure[a + s : a + e])
            found.append(
                Span(layout.starts[a + s], layout.ends[a + e - 1], kind, round(float(score), 4))
            )
    return found


@dataclass(slots=True)
class Tagger:
    """Two passes of a CRF. ``helper`` is the column that another tagger's view stands in, if any."""

    first: Crf
    second: Crf | None = None

    def marginals(self, crf: Crf, layout: Layout) -> tuple[Floats, Floats]:
        """Return (emissions, marginals) of one pass, both of shape (tokens, labels)."""
        emissions = crf.emissions(layout)
        return emissions, posteriors(emissions, crf.transitions, layout.first, layout.last)

    def spans(self, layout: Layout, marginals: Floats | None = None) -> list[Span]:
        """Return what the last pass finds.

        Args:
            layout: the document.
            marginals: the first pass's, if they are already known.
        """
        if self.second is None:
            return decode(self.first, layout, *self.marginals(self.first, layout))
        if marginals is None:
            _, marginals = self.marginals(self.first, layout)
        add_first_pass(layout, marginals, self.first.labels)
        found = decode(self.second, layout, *self.marginals(self.second, layout))
        del layout.columns["p"]
        return found


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
        return make_layout(text, sentences, abbreviations, self.lexicons)

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
        if not layout.words:
            return found
        cdr = self.taggers["cdr"]
        _, marginals = cdr.marginals(cdr.first, layout)
        if "cdr" in found:
            found["cdr"] = cdr.spans(layout, marginals)
        if "six" in found:
            add_first_pass(layout, marginals, cdr.first.labels, column="h")
            found["six"] = self.taggers["six"].spans(layout)
        return found

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
