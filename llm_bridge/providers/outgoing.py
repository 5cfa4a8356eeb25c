"""What may leave for a language model: a short list of typed things, checked again just before it goes.

A message is a fixed instruction of :mod:`llm_bridge.providers.prompts`, the user's own words, what the
model itself said before, or one of the types below as JSON. None of the types has room for prose of
others or for a row of a table: entities found in the graph go as handles (``E3``), sentences as
templates with slots (``[[E1]]``), figures of data not at all. So what stands in an abstract, a name or
a property of the graph never reaches a model, as an instruction or otherwise, and patient-level rows
cannot leave.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from graph.errors import RefusedError
from graph.model import Category, Rung
from llm_bridge.providers.prompts import PROMPTS

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

__all__ = [
    "MOST_QUESTION",
    "Asked",
    "Candidate",
    "Candidates",
    "Link",
    "Outgoing",
    "Problem",
    "Problems",
    "Result",
    "Template",
    "Templates",
    "clean",
]

MOST_QUESTION = 4_000
_MOST_OWN = 20_000
"""Longest reply that is sent back to the model that wrote it."""

Handle = Annotated[str, StringConstraints(pattern=r"^[A-Z][1-9]\d{0,3}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_SLOT = r"\[\[[A-Z][1-9]\d{0,3}\]\]"
Slotted = Annotated[
    str,
    StringConstraints(pattern=rf"^(?:{_SLOT}|[A-Za-z ,.;:()%'\"-])*$", max_length=2_000),
]


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Asked(_Sent):
    """The user's question, and the user's own earlier ones of the conversation."""

    type: Literal["question"] = "question"
    question: str = Field(min_length=1, max_length=MOST_QUESTION)
    earlier: tuple[str, ...] = Field(default=(), max_length=5)


class Candidate(_Sent):
    """An entity by handle; ``words`` are words of the question that name it."""

    handle: Handle
    category: Category
    words: str = Field(default="", max_length=200)


class Candidates(_Sent):
    """Entities that may be spoken of."""

    type: Literal["candidates"] = "candidates"
    entities: tuple[Candidate, ...] = Field(default=(), max_length=40)


class Problem(_Sent):
    """What was wrong with a reply: which field, and what kind of error."""

    field: Code
    error: Code


class Problems(_Sent):
    """Why a reply is asked for again."""

    type: Literal["problems"] = "problems"
    problems: tuple[Problem, ...] = Field(max_length=20)


class Template(_Sent):
    """A proved sentence without its names, numbers and citations."""

    id: Handle
    text: Slotted


class Templates(_Sent):
    """Sentences to reword, and for whom."""

    type: Literal["templates"] = "templates"
    reader: Literal["child", "public", "student", "clinician", "scientist"]
    sentences: tuple[Template, ...] = Field(max_length=60)


class Link(_Sent):
    """What the graph says between two entities, as counts."""

    cause: Handle
    effect: Handle
    sign: Literal[-1, 0, 1] = 0
    rung: Rung | None = None
    supports: int = Field(default=0, ge=0)
    against: int = Field(default=0, ge=0)
    belief: float = Field(default=0.0, ge=0, le=1)


class Result(_Sent):
    """What a tool found, by handles, codes and counts only."""

    type: Literal["result"] = "result"
    tool: Code
    ok: bool
    outcome: Code
    count: int = Field(default=0, ge=0)
    entities: tuple[Candidate, ...] = Field(default=(), max_length=40)
    links: tuple[Link, ...] = Field(default=(), max_length=40)


_USER = TypeAdapter[Any](
    Annotated[Asked | Candidates | Problems | Templates, Field(discriminator="type")]
)


def clean(text: str) -> str:
    """Return text without characters that cannot be seen, at most ``MOST_QUESTION`` of it."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    kept = (c if c.isprintable() or c.isspace() else " " for c in text[: MOST_QUESTION + 1])
    return "".join(kept).strip()[:MOST_QUESTION]


def _stop(what: str) -> RefusedError:
    return RefusedError(
        f"nothing was sent: {what}",
        hint="Only the question and typed results without rows may go to a language model.",
    )


class Outgoing:
    """Makes messages for one question, and clears them just before they are sent.

    Args:
        question: the user's own words.
        earlier: the user's earlier questions of the conversation.
    """

    def __init__(self, question: str, earlier: Sequence[str] = ()) -> None:
        self.question = clean(question)
        self.earlier = tuple(clean(e)[:500] for e in earlier if clean(e))[-5:]
        if not self.question:
            raise _stop("there is no question")

    def start(self, prompt: str) -> list[BaseMessage]:
        """Return the instruction and the question."""
        return [
            self.system(prompt),
            self.human(Asked(question=self.question, earlier=self.earlier)),
        ]

    def system(self, prompt: str) -> BaseMessage:
        """Return a fixed instruction by its name."""
        from langchain_core.messages import SystemMessage

        return SystemMessage(PROMPTS[prompt])

    def human(self, content: BaseModel) -> BaseMessage:
        """Return a typed thing as the next message of the user."""
        from langchain_core.messages import HumanMessage

        return HumanMessage(content.model_dump_json(exclude_defaults=False))

    def clear(self, messages: Sequence[BaseMessage]) -> None:
        """Check everything that is about to be sent.

        Raises:
            RefusedError: if a message is not made of the allowed types.
        """
        for message in messages:
            content = message.content
            match message.type:
                case "ai":
                    if len(str(content)) > _MOST_OWN:
                        raise _stop("an earlier reply is too long to be sent back")
                case "system" if isinstance(content, str):
                    if content not in PROMPTS.values():
                        raise _stop("an instruction is none of the fixed ones")
                case "human" if isinstance(content, str):
                    self._user(content)
                case "tool" if isinstance(content, str):
                    try:
                        shown = Result.model_validate_json(content)
                    except ValidationError:
                        raise _stop("a tool's result is not of the allowed type") from None
                    self._words(shown.entities)
                case _:
                    raise _stop(f"a message of kind {message.type!r}")

    def _user(self, content: str) -> None:
        try:
            sent = _USER.validate_json(content)
        except ValidationError:
            raise _stop("a message is not of an allowed type") from None
        if isinstance(sent, Asked) and (
            sent.question != self.question or not set(sent.earlier) <= set(self.earlier)
        ):
            raise _stop("a question is not the user's")
        if isinstance(sent, Candidates):
            self._words(sent.entities)

    def _words(self, entities: Sequence[Candidate]) -> None:
        for entity in entities:
            if entity.words and entity.words not in self.question:
                raise _stop("a name that the question does not hold")


def slots(text: str) -> list[str]:
    """Return the slots of a template, in order."""
    return re.findall(_SLOT, text)
