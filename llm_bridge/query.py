"""The typed query: what a question asks, before anything is looked up.

One versioned schema for the deterministic grammar and for anything else that may ever propose a
query. Entities are spans of the question here; :mod:`llm_bridge.resolve` grounds them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from graph.model import Category

__all__ = ["VERSION", "Kind", "Query", "Relation", "Term", "json_schema"]

VERSION: Literal[1] = 1


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
}


class Query(_Model):
    """One question, typed.

    ``direction`` is what is done to the subject: +1 give, raise, activate; -1 remove, inhibit,
    lower. ``category`` restricts what is asked for ("which drugs ..."), ``context`` keeps
    restrictions such as "in rats", and ``personal`` marks a question about the asker's own health.
    """

    version: Literal[1] = VERSION
    kind: Kind
    relation: Relation = Relation.AFFECT
    subject: Term | None = None
    object: Term | None = None
    direction: Literal[-1, 1] = 1
    category: Category | None = None
    context: tuple[str, ...] = ()
    negated: bool = False
    personal: bool = False

    @model_validator(mode="after")
    def _complete(self) -> Self:
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
        """The entities asked about, subject first."""
        return tuple(t for t in (self.subject, self.object) if t is not None)

    def canonical(self, subject: str | None = None, object: str | None = None) -> str:
        """Return the plainest question that asks the same, with other names if given."""
        x = subject or (self.subject.text if self.subject else "")
        y = object or (self.object.text if self.object else "")
        sense = self.direction * (self.subject.direction if self.subject else 1)
        doing = x if sense > 0 else f"removing or inhibiting {x}"
        verb = "be associated with" if self.relation is Relation.ASSOCIATE else self.relation.value
        what = _ASKED.get(self.category, "What") if self.category else "What"
        match self.kind:
            case Kind.EXISTENCE if self.relation is Relation.ASSOCIATE:
                return f"Is {doing} associated with {y}?"
            case Kind.EXISTENCE:
                return f"Does {doing} {verb} {y}?"
            case Kind.EFFECT:
                return f"What happens to {y} if we {'give or raise' if sense > 0 else 'remove or inhibit'} {x}?"
            case Kind.CAUSES | Kind.TREATMENTS:
                ending = "s" if what == "What" else ""
                if self.relation is Relation.ASSOCIATE:
                    return f"{what} {'is' if ending else 'are'} associated with {y}?"
                return f"{what} {verb}{ending} {y}?"
            case Kind.EFFECTS if self.relation is Relation.ASSOCIATE:
                return f"{what} {'is' if what == 'What' else 'are'} {x} associated with?"
            case Kind.EFFECTS:
                return f"{what} does {doing} {verb}?"
            case Kind.MECHANISM:
                return f"Through what does {doing} act on {y}?"
            case Kind.CONFOUNDERS:
                return f"What confounds {x} and {y}?"
            case Kind.EVIDENCE | Kind.CONTRADICTION:
                opening = (
                    "What is the evidence" if self.kind is Kind.EVIDENCE else "What contradicts"
                )
                claim = (
                    f"is associated with {y}"
                    if self.relation is Relation.ASSOCIATE
                    else f"{verb}s {y}"
                )
                return f"{opening} that {doing} {claim}?"


_ASKED: dict[Category | None, str] = {
    Category.CHEMICAL: "Which drugs",
    Category.GENE: "Which genes",
    Category.PROTEIN: "Which proteins",
    Category.DISEASE: "Which diseases",
    Category.PHENOTYPE: "Which symptoms",
    Category.PROCESS: "Which processes",
    Category.PROCEDURE: "Which procedures",
    Category.BEHAVIOR: "Which behaviours",
    Category.VARIANT: "Which variants",
    Category.CELL: "Which cells",
}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of :class:`Query`."""
    return Query.model_json_schema()
