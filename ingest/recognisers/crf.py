"""Names found by the trained taggers: chemicals, diseases, genes, variants, species and cell lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from graph.model import Category
from ingest.abbreviations import Abbreviation
from ingest.document import Document, Mention, Sentence
from ingest.models.tagger import NerModel, ReadyModel, Span, bundled, bundled_version
from ingest.recognisers.base import Recogniser

__all__ = ["CATEGORIES", "BioredRecogniser", "CrfRecogniser"]

CATEGORIES = {
    "chemical": Category.CHEMICAL,
    "disease": Category.DISEASE,
    "gene": Category.GENE,
    "variant": Category.VARIANT,
    "species": Category.TAXON,
    "cell_line": Category.CELL_LINE,
}
"""the taggers' types -> categories of the graph"""


class CrfRecogniser(Recogniser):
    """Finds mentions with two conditional random fields, exact in offsets, none grounded.

    Chemicals and diseases are the ``cdr`` tagger's, everything else the ``six`` tagger's; where the two
    overlap, the more probable span stays. ``score`` is the calibrated probability that the span is right.

    Args:
        model: the trained model, the bundled one unless another is given.
        types: which of :data:`CATEGORIES` to look for. Without anything but chemicals and diseases the
            second tagger does not run.
        least: spans less probable than this are left out.
    """

    name = "crf"
    _from_cdr: ClassVar[tuple[str, ...]] = ("chemical", "disease")

    def __init__(
        self,
        model: NerModel | ReadyModel | None = None,
        types: Sequence[str] = tuple(CATEGORIES),
        least: float = 0.0,
    ) -> None:
        self._model = model
        self.types = frozenset(types)
        self.least = least

    @property
    def model(self) -> NerModel | ReadyModel:
        """The model in use, read when first needed."""
        if self._model is None:
            self._model = bundled()
        return self._model

    @property
    def version(self) -> str:
        """The rules' version and the model's content."""
        version = bundled_version() if self._model is None else self._model.version
        return f"2+{version}+{','.join(sorted(self.types))}+{self.least}"

    def _tagger(self, kind: str) -> str:
        """The tagger that a type is taken from."""
        return "cdr" if kind in self._from_cdr or "six" not in self.model.taggers else "six"

    def recognise(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        abbreviations: Sequence[Abbreviation],
    ) -> list[Mention]:
        """Return the mentions of the wanted types, in order, none overlapping, none grounded."""
        of = {kind: self._tagger(kind) for kind in sorted(self.types)}
        taggers = [name for name in ("cdr", "six") if name in of.values()]
        found = self.model.spans(document.text, sentences, abbreviations, taggers)
        spans = [s for name in taggers for s in found[name] if of.get(s.type) == name]
        text = document.text
        return [
            Mention(
                s.start, s.end, text[s.start : s.end], CATEGORIES[s.type], None, s.score, self.name
            )
            for s in _apart([s for s in spans if s.score >= self.least])
        ]


class BioredRecogniser(CrfRecogniser):
    """The same with all types from the ``six`` tagger: names as BioRED's annotators delimit and type them
    (a hormone is a chemical or a gene by its role; phenotypes are diseases)."""

    name = "crf-biored"
    _from_cdr: ClassVar[tuple[str, ...]] = ()


def _apart(spans: list[Span]) -> list[Span]:
    """Keep the most probable spans that do not overlap, in order of the text."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end, s.type)):
        if kept and span.start < kept[-1].end:
            if (span.score, span.end - span.start) > (
                kept[-1].score,
                kept[-1].end - kept[-1].start,
            ):
                kept[-1] = span
            continue
        kept.append(span)
    return kept
