"""Names found by any installed spaCy or scispaCy model: ``spacy:en_ner_bc5cdr_md``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from graph.errors import UsageError
from graph.extras import needs
from graph.model import Category, content_hash
from ingest.abbreviations import Abbreviation
from ingest.document import Document, Mention, Sentence
from ingest.models.windows import windows
from ingest.recognisers.base import Recogniser
from ingest.recognisers.labels import category_map, fingerprint

__all__ = ["SpacyRecogniser"]


class SpacyRecogniser(Recogniser):
    """The entities of a spaCy pipeline, none grounded.

    Args:
        model: an installed package (``en_ner_bc5cdr_md``) or a folder with a saved pipeline.
        labels: the pipeline's label -> category, needed if none of its labels is well known.
        score: of every mention; spaCy gives no probabilities.
        exclude: components that are not loaded, for speed.

    Raises:
        UsageError: if spaCy is not installed (when first used).
        UsageError: if there is no such model, or its labels mean nothing (when first used).
    """

    def __init__(
        self,
        model: str,
        *,
        labels: Mapping[str, str | Category] | None = None,
        score: float = 1.0,
        exclude: Sequence[str] = ("parser", "lemmatizer"),
    ) -> None:
        self.model = model
        self.name = f"spacy:{model}"
        self.labels = labels
        self.score = score
        self.exclude = tuple(exclude)
        self._pipeline: Any = None
        self._categories: dict[str, Category] = {}
        self._version = ""

    @property
    def pipeline(self) -> Any:
        """The spaCy pipeline, loaded when first needed."""
        if self._pipeline is None:
            with needs(self.name, "spacy"):
                import spacy
            try:
                pipeline = spacy.load(self.model, exclude=list(self.exclude))
            except (OSError, ValueError) as error:
                raise UsageError(
                    f"spaCy cannot load {self.model!r}: {str(error).splitlines()[0]}",
                    hint="Name an installed model package, or the folder of a saved pipeline.",
                ) from error
            found = [x for name in pipeline.pipe_names for x in pipeline.pipe_labels.get(name, ())
                     if name not in ("tagger", "parser", "morphologizer", "textcat")]  # fmt: skip
            self._categories = category_map(found, self.labels, where=self.name)
            self._pipeline = pipeline
        return self._pipeline

    @property
    def version(self) -> str:
        """spaCy's version, the content of the pipeline's files, and the settings."""
        if not self._version:
            import spacy

            folder = getattr(self.pipeline, "path", None)
            content = fingerprint(Path(folder)) if folder else "unsaved"
            labels = {label: c.value for label, c in self._categories.items()}
            settings = content_hash("s", [labels, self.score, list(self.exclude)])[:14]
            self._version = f"1+{spacy.__version__}+{content}+{settings}"
        return self._version

    def recognise(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        abbreviations: Sequence[Abbreviation],
    ) -> list[Mention]:
        """Return the entities whose label has a category."""
        pipeline, text = self.pipeline, document.text
        found: list[Mention] = []
        for window in windows(sentences):
            start = window[0].start
            for entity in pipeline(text[start : window[-1].end]).ents:
                category = self._categories.get(entity.label_)
                a, b = start + entity.start_char, start + entity.end_char
                piece = text[a:b]
                a += len(piece) - len(piece.lstrip())
                piece = piece.strip()
                if category is not None and piece:
                    found.append(
                        Mention(a, a + len(piece), piece, category, None, self.score, self.name)
                    )
        return found
