"""A question answered with the help of a language model where the rules alone do not read it.

Rules first, always: a model is asked only for what they refuse, and what it proposes is a typed query
that is checked like any other. Without a provider, or when it fails, everything works as without one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph.store import Store
from llm_bridge.answer import answer_query, ask
from llm_bridge.claims import Answer, Reason, Refusal
from llm_bridge.providers import Caller, Outgoing, Shown, dry_run
from llm_bridge.providers.outgoing import clean
from llm_bridge.providers.spec import ProviderSpec
from llm_bridge.query import Query
from llm_bridge.roles.parsing import QueryForm, read_question
from llm_bridge.roles.rephrasing import Reworded, known_reader, rephrase, rewording_request
from llm_bridge.roles.translating import LANGUAGES, TranslationForm, known_language, translate
from llm_bridge.text import answer_text

__all__ = [
    "Assisted", "Read", "Reading", "answer_read", "ask_assisted", "form_request", "read",
    "what_would_be_sent",
]  # fmt: skip

_HARD = (Reason.UNKNOWN_FORM, Reason.NOT_A_QUESTION)
"""Refusals that a better reading of the question may cure."""

Reading = Callable[[Answer], None]
"""Told how the question was understood, before it is answered (:func:`llm_bridge.answer.ask`)."""


@dataclass(frozen=True, slots=True)
class Read:
    """A question as it was read: in English, typed if it could be, and by whom."""

    question: str
    query: Query | Refusal
    by: str = "rules"
    notes: tuple[str, ...] = ()
    previous: Query | None = None
    """the query of the question before, which "and in mice?" leans on"""
    answer: Answer | None = field(default=None, compare=False, repr=False)
    """the rules' answer, which reading it gave; not kept in :meth:`to_json`"""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        kind = "query" if isinstance(self.query, Query) else "refusal"
        return {
            "question": self.question,
            kind: self.query.model_dump(mode="json"),
            "by": self.by,
            "notes": list(self.notes),
            "previous": self.previous.model_dump(mode="json") if self.previous else None,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Read:
        """Read what :meth:`to_json` wrote."""
        query: Query | Refusal
        if "query" in data:
            query = Query.model_validate(data["query"])
        else:
            query = Refusal.model_validate(data["refusal"])
        before = Query.model_validate(data["previous"]) if data["previous"] else None
        return cls(data["question"], query, data["by"], tuple(data["notes"]), before)


@dataclass(frozen=True, slots=True)
class Assisted:
    """An answer and what a model had to do with it."""

    answer: Answer
    read: Read
    reworded: Reworded | None = None

    def to_text(self) -> str:
        """The answer for a terminal, then its sentences in other words."""
        parts = [answer_text(self.answer), self.reworded.to_text() if self.reworded else ""]
        return "\n".join(p for p in parts if p)

    def to_json(self) -> dict[str, Any]:
        """The answer's own fields, ``read_by`` and ``reworded``."""
        reworded = self.reworded.to_json() if self.reworded else None
        return {**self.answer.to_json(), "read_by": self.read.by, "reworded": reworded}


def read(
    store: Store,
    question: str,
    *,
    caller: Caller | None = None,
    language: str = "en",
    earlier: Sequence[str] = (),
    previous: Query | None = None,
    reading: Reading | None = None,
) -> Read:
    """Read a question: translated if it is not English, by rules, then by the model if they refuse.

    A question that the rules take for another language is translated even where ``language`` does not
    say so.

    Raises:
        RefusedError: if something that must not leave was about to be sent.
    """
    notes: list[str] = []
    if caller is not None and language != "en" and clean(question):
        question = _english(caller, question, language, notes)
    answer = ask(store, question, previous=previous, reading=reading)
    if caller is not None and language == "en" and _reason(answer) is Reason.LANGUAGE:
        question = _english(caller, question, "", notes)
        answer = ask(store, question, previous=previous, reading=reading)
    if answer.query is not None:
        return Read(question, answer.query, "rules", tuple(notes), previous, answer)
    refused = answer.refused or Refusal(reason=Reason.UNKNOWN_FORM, message="it was not read")
    if refused.reason not in _HARD or caller is None:
        return Read(question, refused, "rules", tuple(notes), previous, answer)
    proposed = read_question(caller, question, earlier=tuple(earlier))
    if proposed.made is None:
        why = "; ".join(dict.fromkeys(proposed.why))
        notes.append(f"No reading by {caller.spec.name} that holds: {why}.")
        return Read(question, refused, "rules", tuple(notes), previous, answer)
    notes.append(
        f"The question was read by {caller.spec.name}; names and positions were checked against it."
    )
    return Read(clean(question), proposed.made, caller.spec.name, tuple(notes))


def _english(caller: Caller, question: str, language: str, notes: list[str]) -> str:
    """The question in English, or as it is; ``notes`` say which."""
    found = translate(caller, question, language)
    if found.made is None:
        notes.append(f"Not translated by {caller.spec.name}: {'; '.join(found.why)}.")
        return question
    name = f" from {LANGUAGES[language]}" if language in LANGUAGES else ""
    notes.append(f"Translated{name} by {caller.spec.name}: {found.made.original}")
    return found.made.english


def _reason(answer: Answer) -> Reason | None:
    return answer.refused.reason if answer.refused is not None else None


def answer_read(store: Store, found: Read, reading: Reading | None = None) -> Answer:
    """Answer a question that was read.

    Raises:
        StoreError: if the store cannot be read.
    """
    if found.answer is not None:
        answer = found.answer
    elif found.by == "rules" or not isinstance(found.query, Query):
        answer = ask(store, found.question, previous=found.previous)
    else:
        answer = answer_query(store, found.question, found.query, reading)
    return answer.model_copy(update={"notes": (*found.notes, *answer.notes)})


def ask_assisted(
    store: Store,
    question: str,
    *,
    caller: Caller | None = None,
    language: str = "en",
    reader: str | None = None,
    earlier: Sequence[str] = (),
    previous: Query | None = None,
    reading: Reading | None = None,
) -> Assisted:
    """Answer a question with a model's help where rules alone do not read it.

    Args:
        caller: the model under its budget; None works by rules alone.
        language: code of the question's language.
        reader: whom to reword the answer for; one of ``READERS``.
        earlier: the user's earlier questions, which the model is shown.
        previous: the query of the question before, which the rules lean on.
        reading: told how the question was understood, before it is answered.

    Raises:
        UsageError: if there is no such reader or language.
        RefusedError: if something that must not leave was about to be sent.
        StoreError: if the store cannot be read.
    """
    wanted = known_reader(reader) if reader is not None else None
    language = known_language(language)
    found = read(
        store, question, caller=caller, language=language, earlier=earlier, previous=previous,
        reading=reading,
    )  # fmt: skip
    answer = answer_read(store, found, reading)
    reworded = None
    if caller is not None and wanted is not None:
        reworded = rephrase(caller, answer, wanted)
    return Assisted(answer, found, reworded)


def what_would_be_sent(
    store: Store,
    question: str,
    spec: ProviderSpec,
    *,
    language: str = "en",
    reader: str | None = None,
    earlier: Sequence[str] = (),
) -> list[Shown]:
    """Return every request that :func:`ask_assisted` would send, as far as it does not depend on replies.

    Raises:
        RefusedError: if something must not leave.
        UsageError: if the provider's library is missing, or there is no such reader or language.
    """
    known_language(language)
    shown: list[Shown] = []
    outgoing = Outgoing(question)
    answer = ask(store, question)
    if language != "en" or _reason(answer) is Reason.LANGUAGE:
        shown.append(form_request(spec, outgoing, "translate", TranslationForm))
        return shown  # what follows depends on the translation
    if answer.query is None:
        if _reason(answer) in _HARD:
            outgoing = Outgoing(question, earlier)
            shown.append(form_request(spec, outgoing, "parse", QueryForm))
        return shown
    if reader is not None:
        request = rewording_request(answer, known_reader(reader))
        if request is not None:
            guard, messages, form = request
            shown.append(dry_run(spec, guard, messages, tools=[form], must=form.__name__))
    return shown


def form_request(spec: ProviderSpec, outgoing: Outgoing, prompt: str, form: type[Any]) -> Shown:
    """Return the first request of a form to be filled in (:func:`llm_bridge.roles.forms.fill`)."""
    return dry_run(spec, outgoing, outgoing.start(prompt), tools=[form], must=form.__name__)
