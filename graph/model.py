"""The data model: entities, statements, evidence and publications.

Everything here is immutable. Ids of statements and evidences are content hashes, so the same
statement read from two papers is one statement with two evidences, and writing the same evidence
twice changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from graph.errors import InputError

__all__ = [
    "PREDICATES",
    "Batch",
    "Category",
    "Entity",
    "Evidence",
    "Pairs",
    "Predicate",
    "PredicateInfo",
    "Publication",
    "Rung",
    "Statement",
    "Status",
    "content_hash",
    "pairs",
    "sign_symbol",
]

Pairs = tuple[tuple[str, str], ...]
"""Sorted (key, value) pairs: a hashable dictionary of strings."""


class Rung(StrEnum):
    """How a piece of evidence knows what it says. No code path turns one rung into another."""

    ASSERTION = "assertion"
    """a text claims it"""
    ASSOCIATION = "association"
    """an observed association"""
    INTERVENTION = "intervention"
    """a perturbation or a trial"""
    GENETIC = "genetic"
    """Mendelian randomization"""
    CURATED = "curated"
    """a database"""
    DISCOVERED = "discovered"
    """structure learning"""
    PREDICTED = "predicted"
    """link prediction"""

    @property
    def by_algorithm(self) -> bool:
        """Whether an algorithm made it: such evidence can only ever support a proposal."""
        return self in (Rung.DISCOVERED, Rung.PREDICTED)


class Status(StrEnum):
    """Where a statement stands. Algorithms and agents can only write ``proposed``."""

    ASSERTED = "asserted"
    PROPOSED = "proposed"
    CURATED = "curated"
    REFUTED = "refuted"


class Category(StrEnum):
    """Biolink classes used as node labels."""

    GENE = "Gene"
    PROTEIN = "Protein"
    CHEMICAL = "ChemicalEntity"
    DISEASE = "Disease"
    PHENOTYPE = "PhenotypicFeature"
    PROCESS = "BiologicalProcess"
    ANATOMY = "AnatomicalEntity"
    CELL = "Cell"
    CELL_LINE = "CellLine"
    TAXON = "OrganismTaxon"
    VARIANT = "SequenceVariant"
    PROCEDURE = "Procedure"
    BEHAVIOR = "Behavior"
    THING = "NamedThing"


class Predicate(StrEnum):
    """Relations between entities. The upper-case form is the relationship type in the graph."""

    CAUSES = "causes"
    TREATS = "treats"
    PREVENTS = "prevents"
    INCREASES = "increases"
    DECREASES = "decreases"
    AFFECTS = "affects"
    ASSOCIATED_WITH = "associated_with"
    BINDS = "binds"
    INTERACTS_WITH = "interacts_with"

    @property
    def relationship(self) -> str:
        """The relationship type that projects a statement with this predicate."""
        return self.value.upper()

    @property
    def info(self) -> PredicateInfo:
        """Sign, direction and Biolink term of this predicate."""
        return PREDICATES[self]


class PredicateInfo(NamedTuple):
    """What a predicate means.

    ``sign`` is the effect on the level or occurrence of the object when the subject is raised
    (+1, -1, 0 = not said); ``causal`` whether the predicate claims that intervening on the subject
    changes the object; ``symmetric`` whether subject and object may be exchanged.
    """

    sign: int
    causal: bool
    symmetric: bool
    biolink: str


PREDICATES: Mapping[Predicate, PredicateInfo] = {
    Predicate.CAUSES: PredicateInfo(+1, True, False, "biolink:causes"),
    Predicate.TREATS: PredicateInfo(-1, True, False, "biolink:treats"),
    Predicate.PREVENTS: PredicateInfo(-1, True, False, "biolink:preventative_for_condition"),
    Predicate.INCREASES: PredicateInfo(+1, True, False, "biolink:affects"),
    Predicate.DECREASES: PredicateInfo(-1, True, False, "biolink:affects"),
    Predicate.AFFECTS: PredicateInfo(0, True, False, "biolink:affects"),
    Predicate.ASSOCIATED_WITH: PredicateInfo(0, False, True, "biolink:associated_with"),
    Predicate.BINDS: PredicateInfo(0, False, True, "biolink:directly_physically_interacts_with"),
    Predicate.INTERACTS_WITH: PredicateInfo(0, False, True, "biolink:interacts_with"),
}


def content_hash(kind: str, content: Any) -> str:
    """Return ``kind-`` and 32 hexadecimal digits of the SHA-256 of ``content`` as canonical JSON."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{kind}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def pairs(values: Mapping[str, Any] | Iterable[tuple[str, Any]] | None) -> Pairs:
    """Return ``values`` as sorted pairs of strings, those that are None left out."""
    items = values.items() if isinstance(values, Mapping) else (values or ())
    return tuple(sorted((str(k), str(v)) for k, v in items if v is not None))


def sign_symbol(sign: int) -> str:
    """Return ``+``, ``-`` or ``?`` for a sign."""
    return {1: "+", -1: "-"}.get(sign, "?")


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing with an id: a Bioregistry-normalised CURIE such as ``hgnc:6840``.

    Never keyed by name: names and synonyms are only for people and look-ups.
    """

    id: str
    name: str
    category: Category = Category.THING
    synonyms: tuple[str, ...] = ()
    xrefs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Publication:
    """A paper: id is a CURIE (``pubmed:12345``, ``pmc:PMC123``, ``doi:10.1/x``)."""

    id: str
    title: str = ""
    year: int | None = None
    journal: str = ""
    doi: str = ""
    types: tuple[str, ...] = ()
    retracted: bool = False
    retraction: str = ""
    """the id of the notice that retracts it"""
    notices: tuple[str, ...] = ()
    """what was published about it without retracting it, sorted: ``erratum pubmed:2``,
    ``expression of concern pubmed:3``, ``partial retraction pubmed:4``; the kind alone if the id of the
    notice is not known"""


@dataclass(frozen=True, slots=True)
class Statement:
    """Subject, predicate, object, sign and qualifiers; the id is a hash of exactly these.

    ``status`` and ``belief`` are derived by the store from the evidences and from what people
    decided; they are not part of the identity.

    Raises:
        InputError: if the sign is not -1, 0 or +1, or subject and object are the same.
    """

    subject: str
    predicate: Predicate
    object: str
    sign: int = 0
    qualifiers: Pairs = ()
    status: Status = field(default=Status.ASSERTED, compare=False)
    belief: float = field(default=0.0, compare=False)
    id: str = field(init=False, default="", compare=False)

    def __post_init__(self) -> None:
        if self.sign not in (-1, 0, 1):
            raise InputError(f"a sign must be -1, 0 or +1, not {self.sign!r}")
        if self.subject == self.object:
            raise InputError(f"a statement needs two entities, not {self.subject} twice")
        if self.predicate.info.symmetric and self.subject > self.object:
            # one order for symmetric predicates, so that A-B and B-A are one statement
            first, second = self.object, self.subject
            object.__setattr__(self, "subject", first)
            object.__setattr__(self, "object", second)
        object.__setattr__(self, "qualifiers", pairs(self.qualifiers))
        content = [self.subject, self.predicate.value, self.object, self.sign, self.qualifiers]
        object.__setattr__(self, "id", content_hash("st", content))

    @property
    def causal(self) -> bool:
        """Whether the predicate claims that intervening on the subject changes the object."""
        return self.predicate.info.causal


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of support for, or contradiction of, a statement.

    ``text`` is the sentence exactly as it stands in the document, ``start`` and ``end`` its offsets
    there in code points (``document.text[start:end] == text``); ``subject_span``, ``object_span`` and
    ``trigger_span`` are offsets inside ``text``. ``score`` is the extractor's own confidence in
    [0, 1] (for ``discovered``: the stability) and is not part of the identity.
    ``details`` holds whatever else the source says (algorithm, settings, data hash, p-value ...).
    """

    statement: str
    rung: Rung
    source: str
    extractor: str
    version: str = "1"
    publication: str = ""
    section: str = ""
    text: str = ""
    start: int = -1
    end: int = -1
    subject_span: tuple[int, int] | None = None
    object_span: tuple[int, int] | None = None
    trigger_span: tuple[int, int] | None = None
    negated: bool = False
    hedged: bool = False
    score: float = field(default=1.0, compare=False)
    details: Pairs = ()
    id: str = field(init=False, default="", compare=False)

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise InputError(f"an evidence score must be between 0 and 1, not {self.score!r}")
        object.__setattr__(self, "details", pairs(self.details))
        content = [
            self.statement, self.rung.value, self.source, self.extractor, self.version,
            self.publication, self.section, self.text, self.start, self.end, self.subject_span,
            self.object_span, self.trigger_span, self.negated, self.hedged, self.details,
        ]  # fmt: skip
        object.__setattr__(self, "id", content_hash("ev", content))

    @property
    def supports(self) -> bool:
        """True if it supports its statement, False if it contradicts it."""
        return not self.negated


@dataclass(frozen=True, slots=True)
class Batch:
    """What one write brings: every statement's entities and every evidence's statement and
    publication must be in the batch or already in the store."""

    entities: tuple[Entity, ...] = ()
    publications: tuple[Publication, ...] = ()
    statements: tuple[Statement, ...] = ()
    evidences: tuple[Evidence, ...] = ()

    @classmethod
    def merge(cls, batches: Iterable[Batch]) -> Batch:
        """Return one batch with what all of them bring, first come first kept, by id."""
        found: tuple[dict[str, Any], ...] = ({}, {}, {}, {})
        for batch in batches:
            parts: tuple[tuple[Any, ...], ...] = (
                batch.entities, batch.publications, batch.statements, batch.evidences,
            )  # fmt: skip
            for known, items in zip(found, parts, strict=True):
                for item in items:
                    known.setdefault(item.id, item)
        return cls(*(tuple(known.values()) for known in found))
