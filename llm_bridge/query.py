"""The typed query: what a question asks, before anything is looked up.

One versioned schema for the deterministic grammar and for anything else that may ever propose a
query. Entities are spans of the question here; :mod:`llm_bridge.resolve` grounds them.

Version 2 added the kinds from ``adjustment`` on, and the fields ``others``, ``measure``,
``qualifiers``, ``most`` and ``also``. A query of version 1 is one of version 2 without them, and is
still read.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from graph.model import Category

__all__ = [
    "VERSION",
    "Dose",
    "Kind",
    "Measure",
    "Qualifiers",
    "Query",
    "Relation",
    "Rung",
    "Term",
    "json_schema",
]

VERSION: Literal[2] = 2


class Kind(StrEnum):
    """What is asked."""

    EXISTENCE = "existence"
    """does X cause (increase, prevent, treat ...) Y?"""
    EFFECT = "effect"
    """what happens to Y if we give (inhibit, remove ...) X?"""
    CAUSES = "causes"
    """what causes (increases, lowers ...) Y?"""
    EFFECTS = "effects"
    """what does X cause (increase, lower ...)?"""
    TREATMENTS = "treatments"
    """what treats or prevents Y?"""
    MECHANISM = "mechanism"
    """through what does X act on Y?"""
    CONFOUNDERS = "confounders"
    """what confounds X and Y?"""
    EVIDENCE = "evidence"
    """what is the evidence that X causes Y?"""
    CONTRADICTION = "contradiction"
    """what contradicts that X causes Y?"""
    ADJUSTMENT = "adjustment"
    """should we adjust for Z (``others``) when we estimate the effect of X on Y?"""
    COMPARISON = "comparison"
    """which of A, B (``others``) lowers (raises, treats ...) Y more?"""
    RANKING = "ranking"
    """what lowers (raises, treats ...) Y most?"""
    WHAT_IF = "what_if"
    """what happens to Y if we do several things at once (``others``, each with its direction)?"""
    COUNTERFACTUAL = "counterfactual"
    """would Y have happened if X had not (``direction`` is what is supposed instead)?"""
    ORDER = "order"
    """does X come before Y?"""
    CERTAINTY = "certainty"
    """how sure is it that X causes Y?"""
    CHANGE = "change"
    """what would change the answer to whether X causes Y?"""
    MISSING = "missing"
    """what is missing to know whether X causes Y?"""


class Rung(StrEnum):
    """The rung of the ladder of causation that a question stands on (Pearl 2009)."""

    ASSOCIATION = "association"
    INTERVENTION = "intervention"
    COUNTERFACTUAL = "counterfactual"


class Measure(StrEnum):
    """Which effect of X on Y is asked about; ``others`` holds the mediators where there are any."""

    TOTAL = "total"
    DIRECT = "direct"
    """natural direct effect: not through the mediators (through none, if none is named)"""
    INDIRECT = "indirect"
    """natural indirect effect: what goes through the mediators"""
    CONTROLLED_DIRECT = "controlled_direct"
    """direct effect with the mediators held fixed"""
    PATH = "path"
    """along the chain through the mediators, in their order"""
    TREATED = "treated"
    """on those who were treated"""


class Relation(StrEnum):
    """The relation a question names. ``improve`` and ``worsen`` get their sign from the object:
    improving a disease lowers it, improving a function raises it."""

    CAUSE = "cause"
    INCREASE = "increase"
    DECREASE = "decrease"
    PREVENT = "prevent"
    TREAT = "treat"
    AFFECT = "affect"
    IMPROVE = "improve"
    WORSEN = "worsen"
    ASSOCIATE = "associate"

    def sign(self, outcome: Category | None = None) -> int:
        """Return the sign asked about: the change of the object when the subject is raised.

        +1 up, -1 down, 0 either.
        """
        if self in (Relation.IMPROVE, Relation.WORSEN):
            good = -1 if outcome in (None, Category.DISEASE, Category.PHENOTYPE) else 1
            return good if self is Relation.IMPROVE else -good
        return _SIGNS.get(self, 0)


_SIGNS = {
    Relation.CAUSE: 1,
    Relation.INCREASE: 1,
    Relation.DECREASE: -1,
    Relation.PREVENT: -1,
    Relation.TREAT: -1,
}


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Term(_Model):
    """An entity as the question words it.

    ``raw`` is ``question[start:end]``; ``text`` is what is left without words such as "treatment
    with" or "levels", and ``direction`` what those words say (-1: "lack of", "inhibition of").
    ``ladder`` holds the readings in between, longest first, each with its direction: the first
    that names an entity wins ("iron deficiency" before "iron", lowered).
    """

    text: str = Field(min_length=1)
    raw: str = Field(min_length=1)
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    direction: Literal[-1, 1] = 1
    ladder: tuple[tuple[str, Literal[-1, 1]], ...] = ()


class Dose(_Model):
    """An amount as the question states it, with its unit in one spelling (``mg/kg``, ``mg/day``)."""

    value: float = Field(ge=0)
    high: float | None = None
    """upper end of a range"""
    unit: str = Field(min_length=1)
    text: str


class Qualifiers(_Model):
    """Where and for whom something is asked, in the words of the question.

    ``unit`` marks a question about one individual ("for this patient").
    """

    species: str = ""
    tissue: str = ""
    population: str = ""
    dose: Dose | None = None
    unit: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The restrictions that a text could name: species, tissue, population."""
        return tuple(w for w in (self.species, self.tissue, self.population) if w)


_NEEDS = {
    Kind.EXISTENCE: (True, True),
    Kind.EFFECT: (True, True),
    Kind.CAUSES: (False, True),
    Kind.EFFECTS: (True, False),
    Kind.TREATMENTS: (False, True),
    Kind.MECHANISM: (True, True),
    Kind.CONFOUNDERS: (True, True),
    Kind.EVIDENCE: (True, True),
    Kind.CONTRADICTION: (True, True),
    Kind.ADJUSTMENT: (True, True),
    Kind.COMPARISON: (False, True),
    Kind.RANKING: (False, True),
    Kind.WHAT_IF: (False, True),
    Kind.COUNTERFACTUAL: (True, True),
    Kind.ORDER: (True, True),
    Kind.CERTAINTY: (True, True),
    Kind.CHANGE: (True, True),
    Kind.MISSING: (True, True),
}
_FEWEST_OTHERS = {Kind.ADJUSTMENT: 1, Kind.COMPARISON: 2, Kind.WHAT_IF: 2}
_FIRST = frozenset(list(Kind)[:9])
"""The kinds that version 1 had."""
NEW_FIELDS = ("others", "measure", "qualifiers", "among", "also")
"""The fields that version 2 added."""


class Query(_Model):
    """One question, typed.

    ``direction`` is what is done to the subject: +1 give, raise, activate; -1 remove, inhibit,
    lower. ``category`` restricts what is asked for ("which drugs ..."), ``among`` says so in words where
    no category does ("which opioids ..."), ``context`` keeps
    restrictions such as "in rats" as they stand, ``qualifiers`` says what they mean, and
    ``personal`` marks a question about the asker's own health. ``also`` holds what else one sentence
    asks.
    """

    version: Literal[1, 2] = VERSION
    kind: Kind
    relation: Relation = Relation.AFFECT
    subject: Term | None = None
    object: Term | None = None
    direction: Literal[-1, 1] = 1
    category: Category | None = None
    context: tuple[str, ...] = ()
    negated: bool = False
    personal: bool = False
    others: tuple[Term, ...] = ()
    measure: Measure = Measure.TOTAL
    qualifiers: Qualifiers = Qualifiers()
    among: str = ""
    also: tuple[Query, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        added = any(getattr(self, f) != type(self).model_fields[f].default for f in NEW_FIELDS)
        if self.version == 1 and (self.kind not in _FIRST or added):
            raise ValueError("a query of version 1 has no such kind or field")
        if len(self.others) < _FEWEST_OTHERS.get(self.kind, 0):
            raise ValueError(
                f"a query of kind {self.kind.value} needs {_FEWEST_OTHERS[self.kind]} others"
            )
        mediated = self.measure is not Measure.TOTAL and self.kind is Kind.EFFECT
        if self.others and self.kind not in _FEWEST_OTHERS and not mediated:
            raise ValueError(f"a query of kind {self.kind.value} has no others")
        if self.measure is not Measure.TOTAL and self.kind is not Kind.EFFECT:
            raise ValueError(
                f"a query of kind {self.kind.value} asks about no measure of an effect"
            )
        if any(q.also for q in self.also):
            raise ValueError("what a query asks also is told in one list")
        needs_subject, needs_object = _NEEDS[self.kind]
        if needs_subject != (self.subject is not None):
            raise ValueError(
                f"a query of kind {self.kind.value} {'needs a' if needs_subject else 'has no'} subject"
            )
        if needs_object != (self.object is not None):
            raise ValueError(
                f"a query of kind {self.kind.value} {'needs an' if needs_object else 'has no'} object"
            )
        return self

    @property
    def terms(self) -> tuple[Term, ...]:
        """The entities asked about: subject, object, then the others."""
        return tuple(t for t in (self.subject, self.object, *self.others) if t is not None)

    @property
    def rung(self) -> Rung:
        """The rung of the ladder of causation that the question stands on."""
        if self.relation is Relation.ASSOCIATE:
            return Rung.ASSOCIATION
        unit = self.kind is Kind.COUNTERFACTUAL or self.measure in _NESTED
        return Rung.COUNTERFACTUAL if unit else Rung.INTERVENTION

    def canonical(
        self, subject: str | None = None, object: str | None = None, others: Sequence[str] = ()
    ) -> str:
        """Return the plainest question that asks the same, with other names if given."""
        from llm_bridge.wording import canonical

        return canonical(self, subject, object, others)


_NESTED = (Measure.DIRECT, Measure.INDIRECT, Measure.PATH, Measure.TREATED)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of :class:`Query`."""
    schema = Query.model_json_schema()
    definitions = schema["$defs"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"etiograph:query:v{VERSION}",
        **definitions["Query"],
        "$defs": definitions,
    }
