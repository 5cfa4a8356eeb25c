"""scispaCy's candidate generator (Neumann et al. 2019) over an index that the user has on disk."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from graph.curie import normalize
from graph.errors import InputError, UsageError
from graph.extras import needs
from graph.model import Category, Entity
from ingest.abbreviations import Abbreviation
from ingest.document import Document, Mention
from ingest.linkers.base import Linker
from ingest.linkers.longforms import long_forms, written_out

__all__ = ["ScispacyLinker"]

_FILES = (
    "nmslib_index.bin", "tfidf_vectorizer.joblib", "tfidf_vectors_sparse.npz", "concept_aliases.json",
)  # fmt: skip
_HINT = (
    "Give a directory with nmslib_index.bin, tfidf_vectorizer.joblib, tfidf_vectors_sparse.npz,"
    " concept_aliases.json and the knowledge base as one .jsonl file: --linker scispacy:DIRECTORY."
    " Nothing is downloaded."
)
_SHAPES = ((re.compile(r"C\d{7}"), "umls"), (re.compile(r"D\d{6}|D\d{9}|C\d{6}|C\d{9}"), "mesh"))


class ScispacyLinker(Linker):
    """Grounds mentions by scispaCy's approximate nearest neighbours of TF-IDF trigrams.

    The index holds a pickled vectoriser: use only files from a source you trust. ``Mention.score`` is
    the cosine of the best alias, which is no calibrated probability.

    Args:
        directory: what scispaCy's ``create_tfidf_ann_index`` wrote, and the knowledge base as its
            one ``.jsonl`` file.
        cutoff: cosine below which a mention stays ungrounded.
        neighbours: aliases looked at for each mention.
        prefix: CURIE prefix of the knowledge base's ids; by default seen from their shape (UMLS and
            MeSH) or from the ids themselves.

    Raises:
        UsageError: if scispaCy is not installed, or no directory is given.
        InputError: if the files are not there or cannot be read.
    """

    name: ClassVar[str] = "scispacy"

    def __init__(
        self,
        directory: str | Path = "",
        *,
        cutoff: float = 0.7,
        neighbours: int = 30,
        prefix: str = "",
    ) -> None:
        if not str(directory):
            raise UsageError("the linker scispacy needs the directory of an index", hint=_HINT)
        self.directory = Path(directory)
        self.cutoff = cutoff
        self.neighbours = neighbours
        self.prefix = prefix
        if not self.directory.is_dir():
            raise InputError("no directory of a scispaCy index", where=str(directory), hint=_HINT)
        bases = sorted(self.directory.glob("*.jsonl"))
        missing = [n for n in _FILES if not (self.directory / n).is_file()]
        if len(bases) != 1:
            missing.append("one .jsonl file")
        if missing:
            raise InputError(f"{', '.join(missing)} missing", where=str(directory), hint=_HINT)
        self._base = bases[0]
        self._generator, self._knowledge = self._load()
        self._version = self._hash()
        self._entities: dict[str, Entity] = {}
        self._cache: dict[str, tuple[str, float] | None] = {}

    def _load(self) -> tuple[Any, Any]:
        with needs("scispaCy's linker", "spacy"):
            from scispacy.candidate_generation import CandidateGenerator, LinkerPaths
            from scispacy.linking_utils import KnowledgeBase
        try:
            knowledge = KnowledgeBase(str(self._base))
            paths = LinkerPaths.from_directory(self.directory)
            aliases = paths.get_concept_aliases()
            if not aliases or not knowledge.cui_to_entity:
                # scispaCy would download its own instead
                raise ValueError("it is empty")
            generator = CandidateGenerator(
                kb=knowledge,
                ann_index=paths.get_ann_index(),
                tfidf_vectorizer=paths.get_tfidf_vectorizer(),
                ann_concept_aliases_list=aliases,
            )
        except (OSError, EOFError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise InputError(
                f"the scispaCy index cannot be read: {error}", where=str(self.directory), hint=_HINT
            ) from error
        return generator, knowledge

    def _hash(self) -> str:
        about = hashlib.sha256()
        for path in (*(self.directory / n for n in _FILES), self._base):
            with path.open("rb") as handle:
                about.update(hashlib.file_digest(handle, "sha256").digest())
        about.update(repr((self.cutoff, self.neighbours, self.prefix)).encode("utf-8"))
        return about.hexdigest()[:12]

    @property
    def version(self) -> str:
        """A hash of the index, the knowledge base and the settings."""
        return f"1+{self._version}"

    def entity(self, id: str) -> Entity | None:
        """Return an entity that was given out, with the knowledge base's names."""
        return self._entities.get(id)

    def link(
        self,
        document: Document,
        mentions: Sequence[Mention],
        abbreviations: Sequence[Abbreviation],
    ) -> list[Mention]:
        """Return the mentions, grounded where the nearest alias is near enough."""
        spans = [(m.start, m.end, m.category.value) for m in mentions]
        explained = long_forms(document.text, spans, abbreviations)
        texts = [written_out(m.text, explained) for m in mentions]
        new = sorted({t for t in texts if t.strip()} - self._cache.keys())
        if new:
            for text, found in zip(new, self._generator(new, self.neighbours), strict=True):
                self._cache[text] = self._best(found)
        linked = []
        for mention, text in zip(mentions, texts, strict=True):
            found = self._cache.get(text)
            if mention.entity is None and found is not None:
                concept, score = found
                id = self._curie(concept)
                if id:
                    self._entities.setdefault(id, self._entity(id, concept, mention.category))
                    mention = dataclasses.replace(
                        mention, entity=id, score=round(score * mention.score, 4)
                    )
            linked.append(mention)
        return linked

    def _best(self, found: Sequence[Any]) -> tuple[str, float] | None:
        rated = [(-max(c.similarities), c.concept_id) for c in found]
        if not rated or -min(rated)[0] < self.cutoff:
            return None
        return min(rated)[1], min(1.0, -min(rated)[0])

    def _curie(self, concept: str) -> str:
        if self.prefix:
            concept = f"{self.prefix}:{concept}"
        elif ":" not in concept:
            prefix = next((p for shape, p in _SHAPES if shape.fullmatch(concept)), "")
            concept = f"{prefix}:{concept}"
        try:
            return normalize(concept)
        except InputError:
            return ""

    def _entity(self, id: str, concept: str, category: Category) -> Entity:
        known = self._knowledge.cui_to_entity[concept]
        return Entity(id, known.canonical_name, category, tuple(sorted(set(known.aliases))))
