"""A question answered with the help of a language model where the rules alone do not read it.

Rules first, always: a model is asked only for what they refuse, and what it proposes is a typed query
that is checked like any other. Without a provider, or when it fails, everything works as without one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graph.store import Store
from llm_bridge.answer import answer_query, ask
from llm_bridge.claims import Answer, Reason, Refusal
from llm_bridge.providers import Caller, Outgoing, Shown, dry_run
from llm_bridge.providers.outgoing import clean
from llm_bridge.providers.spec import ProviderSpec
from llm_bridge.query import Query
from llm_bridge.roles.parsing import QueryForm, read_question
from llm_bridge.roles.rephrasing import READERS, Reworded, rephrase, rewording_request
from llm_bridge.roles.translating import LANGUAGES, TranslationForm, translate

__all__ = ["Assisted", "Read", "answer_read", "ask_assisted", "read", "what_would_be_sent"]

_HARD = (Reason.UNKNOWN_FORM, Reason.NOT_A_QUESTION)
"""Refusals that a better reading of the question may cure."""


@dataclass(frozen=True, slots=True)
class Read:
    """A question as it was read: in English, typed if it could be, and by whom."""

    question: str
    query: Query | Refusal
    by: str = "rules"
    notes: tuple[str, ...] = ()
    previous: Query | None = None
    """the query of the question before, which "and in mice?" leans on"""

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
        text = self.answer.to_text()
        if self.reworded is None:
            return text
        lines = [text]
        if any(self.reworded.changed):
            lines.append("In other words:")
            lines += [f"- {s}" for s in self.reworded.sentences]
        if self.reworded.removed:
            lines += ["", "Not shown, because nothing proves it:"]
            lines += [f"- {r.text[:200]!r}: {'; '.join(r.reasons)}" for r in self.reworded.removed]
        return "\n".join(lines) + "\n"


def read(
    store: Store,
    question: str,
    *,
    caller: Caller | None = None,
    language: str = "en",
    earlier: Sequence[str] = (),
    previous: Query | None = None,
) -> Read:
    """Read a question: translated if it is not English, by rules, then by the model if they refuse.

    Raises:
        RefusedError: if something that must not leave was about to be sent.
    """
    notes: list[str] = []
    if caller is not None and language != "en" and clean(question):
        found = translate(caller, question, language)
        if found.made is not None:
            name = LANGUAGES.get(language, language)
            notes.append(f"Translated from {name} by {caller.spec.name}: {found.made.original}")
            question = found.made.english
        else:
            notes.append(f"{caller.spec.name} did not translate it: {'; '.join(found.why)}")
    answer = ask(store, question, previous=previous)
    refused = answer.refused
    if answer.query is not None:
        return Read(question, answer.query, "rules", tuple(notes), previous)
    if refused is None or refused.reason not in _HARD or caller is None:
        refused = refused or Refusal(reason=Reason.UNKNOWN_FORM, message="it was not read")
        return Read(question, refused, "rules", tuple(notes), previous)
    proposed = read_question(caller, question, earlier=tuple(earlier))
    if proposed.made is None:
        why = "; ".join(dict.fromkeys(proposed.why))
        notes.append(f"{caller.spec.name} gave no reading that holds: {why}")
        return Read(question, refused, "rules", tuple(notes), previous)
    notes.append(
        f"The question was read by {caller.spec.name}; names and positions were checked against it."
    )
    return Read(clean(question), proposed.made, caller.spec.name, tuple(notes))


def answer_read(store: Store, found: Read) -> Answer:
    """Answer a question that was read.

    Raises:
        StoreError: if the store cannot be read.
    """
    if found.by == "rules" or not isinstance(found.query, Query):
        answer = ask(store, found.question, previous=found.previous)
    else:
        answer = answer_query(store, found.question, found.query)
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
) -> Assisted:
    """Answer a question with a model's help where rules alone do not read it.

    Args:
        caller: the model under its budget; None works by rules alone.
        language: code of the question's language.
        reader: whom to reword the answer for; one of ``READERS``.
        earlier: the user's earlier questions, which the model is shown.
        previous: the query of the question before, which the rules lean on.

    Raises:
        RefusedError: if something that must not leave was about to be sent.
        StoreError: if the store cannot be read.
    """
    found = read(
        store, question, caller=caller, language=language, earlier=earlier, previous=previous
    )
    answer = answer_read(store, found)
    reworded = None
    if caller is not None and reader is not None:
        known = next(r for r in READERS if r == reader)
        reworded = rephrase(caller, answer, known)
    return Assisted(answer, found, reworded)


def what_would_be_sent(
    store: Store,
    question: str,
    spec: ProviderSpec,
    *,
    language: str = "en",
    reader: str | None = None,
) -> list[Shown]:
    """Return every request that :func:`ask_assisted` would send, as far as it does not depend on replies.

    Raises:
        RefusedError: if something must not leave.
        UsageError: if the provider's library is missing.
    """
    shown: list[Shown] = []
    outgoing = Outgoing(question)
    if language != "en":
        shown.append(_form(spec, outgoing, "translate", TranslationForm))
        return shown  # what follows depends on the translation
    answer = ask(store, question)
    if answer.query is None:
        if answer.refused is not None and answer.refused.reason in _HARD:
            shown.append(_form(spec, outgoing, "parse", QueryForm))
        return shown
    if reader is not None:
        known = next(r for r in READERS if r == reader)
        request = rewording_request(answer, known)
        if request is not None:
            guard, messages, form = request
            shown.append(dry_run(spec, guard, messages, tools=[form], must=form.__name__))
    return shown


def _form(spec: ProviderSpec, outgoing: Outgoing, prompt: str, form: type[Any]) -> Shown:
    return dry_run(spec, outgoing, outgoing.start(prompt), tools=[form], must=form.__name__)
