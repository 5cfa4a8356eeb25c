"""Peers for :mod:`benchmarks.extraction`: whatever of the field's tools is installed here."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any, ClassVar

from graph.model import Category, Predicate
from ingest.abbreviations import find_abbreviations
from ingest.document import Document, Mention, Sentence
from ingest.relations.base import Relation, RelationExtractor
from ingest.sentences import split_document

__all__ = ["Cooccurrence", "abbreviation_detector", "spacy_models"]

_TARGETS = (Category.DISEASE, Category.PHENOTYPE)


def spacy_models() -> list[str]:
    """Return the installed spaCy and scispaCy models that find entities, as names of recognisers."""
    if find_spec("spacy") is None:
        return []
    from spacy.util import get_installed_models, get_package_path, load_meta

    return [
        f"spacy:{name}"
        for name in sorted(get_installed_models())
        if "ner" in load_meta(get_package_path(name) / "meta.json").get("pipeline", ())
    ]


class Cooccurrence(RelationExtractor):
    """Every chemical with every disease of its sentence, and every other pair: the least a reader can do."""

    name: ClassVar[str] = "co-occurrence"
    version: ClassVar[str] = "1"

    def extract(
        self, document: Document, sentence: Sentence, mentions: Sequence[Mention]
    ) -> list[Relation]:
        """Return all pairs of different entities."""
        found: dict[tuple[str, str], Relation] = {}
        for a in mentions:
            for b in mentions:
                if a.entity is None or b.entity is None or a.entity == b.entity:
                    continue
                if a.category is Category.CHEMICAL and b.category in _TARGETS:
                    predicate, sign = Predicate.CAUSES, 1
                elif a.entity < b.entity and b.category is not Category.CHEMICAL:
                    predicate, sign = Predicate.ASSOCIATED_WITH, 0
                else:
                    continue
                relation = Relation(
                    sentence, a, predicate, b, sign, -1, -1, pattern="same sentence"
                )
                found.setdefault((a.entity, b.entity), relation)
        return list(found.values())


def abbreviation_detector(documents: Sequence[Document]) -> Iterator[dict[str, Any]]:
    """Yield rows of our abbreviation finder and scispaCy's, if that is installed."""
    words = sum(len(d.text.split()) for d in documents)
    parts = [(d, split_document(d)) for d in documents]
    began = time.process_time()
    ours = [{(a.short, a.long) for a in find_abbreviations(d.text, s)} for d, s in parts]
    seconds = time.process_time() - began
    row = {"system": "etiograph", "found": sum(map(len, ours)), "also found by scispaCy": ""}
    if find_spec("scispacy") is None:
        yield {**row, "words/s": words / max(1e-9, seconds)}
        return
    import spacy
    from scispacy.abbreviation import AbbreviationDetector

    nlp = spacy.blank("en")
    detector = AbbreviationDetector(nlp)
    docs = [nlp.make_doc(d.text) for d in documents]
    began = time.process_time()
    theirs: list[set[tuple[str, str]]] = []
    for doc in docs:
        detector(doc)
        theirs.append({(a.text, a._.long_form.text) for a in doc._.abbreviations})
    other = time.process_time() - began
    common = sum(len(a & b) for a, b in zip(ours, theirs, strict=True))
    row["also found by scispaCy"] = str(common)
    yield {**row, "words/s": words / max(1e-9, seconds)}
    yield {
        "system": "scispaCy AbbreviationDetector", "found": sum(map(len, theirs)),
        "also found by scispaCy": "", "words/s": words / max(1e-9, other),
    }  # fmt: skip
