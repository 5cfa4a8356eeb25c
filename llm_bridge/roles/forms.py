"""Filling in a form: a typed reply, validated, asked for again with the problems named, at most N tries."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from graph.errors import BudgetError, ProviderError
from llm_bridge.providers.calling import Caller
from llm_bridge.providers.outgoing import Outgoing, Problem, Problems

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

__all__ = ["TRIES", "Filled", "UnfitError", "fill"]

TRIES = 3
"""How often a model may try before the deterministic path goes on without it."""

Form = TypeVar("Form", bound=BaseModel)
Made = TypeVar("Made")


class UnfitError(ValueError):
    """A well-formed reply that does not hold: which field, and a code for what is wrong."""

    def __init__(self, field: str, error: str) -> None:
        super().__init__(f"{field}: {error}")
        self.field = field
        self.error = error


@dataclass(frozen=True, slots=True)
class Filled(Generic[Made]):
    """What came of it: ``made`` is None when nothing usable came, ``why`` says why, by try."""

    made: Made | None
    why: tuple[str, ...] = ()
    tries: int = 0


def fill(
    caller: Caller,
    outgoing: Outgoing,
    prompt: str,
    form: type[Form],
    make: Callable[[Form], Made],
    *,
    extra: Sequence[BaseModel] = (),
    tries: int = TRIES,
) -> Filled[Made]:
    """Ask a model to fill in ``form`` and turn it into something checked.

    Args:
        prompt: name of the instruction.
        make: turns the form into what is wanted, or raises :class:`UnfitError`.
        extra: typed data sent along with the question.
        tries: replies asked for at most.

    Returns:
        What was made; never raises for what a model does.

    Raises:
        RefusedError: if something that must not leave was about to be sent.
    """
    start = [*outgoing.start(prompt), *(outgoing.human(e) for e in extra)]
    messages: list[BaseMessage] = start
    why: list[str] = []
    for attempt in range(1, tries + 1):
        try:
            reply = caller.call(outgoing, messages, tools=[form], must=form.__name__)
        except BudgetError as error:
            return Filled(None, (*why, error.message), attempt)
        except ProviderError as error:
            return Filled(None, (*why, error.message), attempt)
        if reply.refused:
            return Filled(None, (*why, "the model refused"), attempt)
        problems: list[Problem]
        try:
            made = make(form.model_validate(reply.arguments(form.__name__)))
        except ValidationError as error:
            problems = [
                _problem(form, ".".join(map(str, e["loc"][:1])), e["type"])
                for e in error.errors()[:20]
            ]
        except UnfitError as error:
            problems = [_problem(form, error.field, error.error)]
        else:
            return Filled(made, tuple(why), attempt)
        why += [f"{p.field}: {p.error}" for p in problems]
        # the reply itself is not sent back: what it says has no part in the next try
        messages = [*start, outgoing.human(Problems(problems=tuple(problems)))]
        messages[0] = outgoing.system(prompt)
    return Filled(None, tuple(why), tries)


def _problem(form: type[BaseModel], field: str, error: str) -> Problem:
    """Name a field of the form, never one that the reply made up."""
    known = field if field in form.model_fields else "form"
    return Problem(field=known, error=re.sub(r"[^a-z0-9_]", "_", error.lower())[:40] or "wrong")


def spans(text: str, question: str) -> tuple[int, int] | None:
    """Return where ``text`` stands in the question, case folded, or None."""
    wanted = text.strip()
    if not wanted:
        return None
    found = re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", question, flags=re.IGNORECASE)
    return found.span() if found else None
