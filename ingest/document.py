"""Documents, sentences and mentions.

A document has one ``text``; sections, sentences and mentions are spans of it. Offsets count
Unicode code points and always slice back: ``document.text[x.start:x.end] == x.text``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from graph.errors import InputError
from graph.model import Category, Pairs, Publication, content_hash

__all__ = ["Document", "GivenRelation", "Mention", "Section", "Sentence", "make_document"]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document: ``kind`` is ``title`` or ``abstract`` or, of a full text, ``body``,
    ``table``, ``figure``, ``appendix`` or ``glossary``; ``label`` the author's own heading
    (``RESULTS``, ``Methods/Patients``, ``Table 1``), which is not part of the text."""

    kind: str
    start: int
    end: int
    label: str = ""

    @property
    def name(self) -> str:
        """What evidence calls this section: ``title``, ``abstract`` or ``abstract/RESULTS``."""
        return f"{self.kind}/{self.label}" if self.label else self.kind


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and its offsets in the document's text."""

    start: int
    end: int
    text: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """A span that names something, grounded to an entity or left ungrounded (``entity`` None).

    ``score`` is in [0, 1]; ``recogniser`` names what found it.
    """

    start: int
    end: int
    text: str
    category: Category
    entity: str | None = None
    score: float = 1.0
    recogniser: str = ""
    details: Pairs = ()
    """what the linker adds: ``species`` of a gene, ``hgvs`` of a variant"""


@dataclass(frozen=True, slots=True)
class GivenRelation:
    """A relation that a file states between two ids, all as the file writes them (for scoring)."""

    kind: str
    first: str
    second: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What a source read: text with sections, and the facts about its publication.

    ``retracts`` holds ids of the publications that this one is the retraction notice of;
    ``annotations`` mentions that the file itself brought, which may overlap; ``given_relations``
    the relations that it states (nothing is extracted from them); ``related`` the corrections,
    retractions and concerns that the record names, as (kind in PubMed's words, id or empty);
    ``source`` the name of the source and ``record`` the record's number in its file, from 1.
    """

    publication: Publication
    text: str
    sections: tuple[Section, ...]
    source: str = ""
    record: int = 0
    language: str = ""
    retracts: tuple[str, ...] = ()
    annotations: tuple[Mention, ...] = ()
    given_relations: tuple[GivenRelation, ...] = ()
    related: tuple[tuple[str, str], ...] = ()
    hash: str = field(init=False, default="", compare=False)
    """hash of everything that extraction and the graph depend on, not of where it was read"""

    def __post_init__(self) -> None:
        publication = self.publication
        content: list[object] = [
            publication.id, publication.title, publication.year, publication.journal,
            publication.doi, publication.types, publication.retracted, publication.retraction,
            self.text, [(s.kind, s.start, s.end, s.label) for s in self.sections],
            self.source, self.language, self.retracts,
            [(m.start, m.end, m.category.value, m.entity) for m in self.annotations],
        ]  # fmt: skip
        if self.related:
            content.append(self.related)
        object.__setattr__(self, "hash", content_hash("doc", content))

    @property
    def id(self) -> str:
        """The CURIE of the publication."""
        return self.publication.id

    def section_at(self, offset: int) -> str:
        """Return the name of the section that an offset lies in, empty if in none."""
        for section in self.sections:
            if section.start <= offset < section.end:
                return section.name
        return ""


def make_document(
    publication: Publication,
    parts: Iterable[tuple[str, str, str]],
    *,
    source: str = "",
    record: int = 0,
    language: str = "",
    retracts: Iterable[str] = (),
    related: Iterable[tuple[str, str]] = (),
) -> Document:
    """Join (kind, label, text) parts with newlines into one document; empty parts are left out.

    Raises:
        InputError: if there is no text at all.
    """
    pieces: list[str] = []
    sections: list[Section] = []
    offset = 0
    for kind, label, text in parts:
        if not text or text.isspace():
            continue
        sections.append(Section(kind, offset, offset + len(text), label))
        pieces.append(text)
        offset += len(text) + 1
    if not pieces:
        raise InputError("neither a title nor an abstract")
    return Document(
        publication, "\n".join(pieces), tuple(sections), source, record, language, tuple(retracts),
        related=tuple(related),
    )  # fmt: skip
