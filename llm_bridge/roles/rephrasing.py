"""Proved sentences in a reader's own words, checked word by word before they are shown.

The model sees templates (:mod:`llm_bridge.roles.templates`): it knows neither the names nor the numbers
nor the sources, so it cannot change them. What comes back must hold the same slots in the same order,
say the same by :mod:`llm_bridge.roles.vocabulary`, and use no word that is neither proved nor neutral.
Where it does not, the proved sentence stays, and what was removed is reported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from graph.errors import BudgetError, ProviderError, UsageError
from llm_bridge.claims import Answer, Sentence
from llm_bridge.providers.calling import Caller
from llm_bridge.providers.outgoing import Outgoing, Templates, slots
from llm_bridge.roles.templates import Masked, masks
from llm_bridge.roles.vocabulary import NEUTRAL, meaning

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

__all__ = [
    "READERS", "Dropped", "Reader", "Reworded", "check_text", "differences", "known_reader", "rephrase",
    "rewording_request",
]  # fmt: skip

Reader = Literal["child", "public", "student", "clinician", "scientist"]
READERS: tuple[Reader, ...] = ("child", "public", "student", "clinician", "scientist")


def known_reader(name: str) -> Reader:
    """Return the reader of this name.

    Raises:
        UsageError: if there is none.
    """
    for reader in READERS:
        if reader == name:
            return reader
    raise UsageError(f"there is no reader {name!r}", hint=f"Readers: {', '.join(READERS)}.")


_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=10)
    text: str = Field(max_length=2_000)


class RewordedForm(BaseModel):
    """The sentences in other words."""

    model_config = ConfigDict(extra="forbid")

    sentences: list[_Line] = Field(max_length=60)


@dataclass(frozen=True, slots=True)
class Dropped:
    """Text of a model that is not shown, and why."""

    text: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reworded:
    """The sentences to show, in the answer's order; ``changed`` says which are reworded."""

    sentences: tuple[str, ...]
    changed: tuple[bool, ...]
    removed: tuple[Dropped, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "sentences": list(self.sentences),
            "changed": list(self.changed),
            "removed": [{"text": r.text, "reasons": list(r.reasons)} for r in self.removed],
        }

    def to_text(self) -> str:
        """For a terminal: the sentences in other words, and what is not shown and why."""
        parts: list[list[str]] = []
        if any(self.changed):
            parts.append(["In other words:", *(f"- {s}" for s in self.sentences)])
        if failed := [r for r in self.removed if not r.text]:
            parts.append([f"Not put in other words: {'; '.join(r.reasons)}." for r in failed])
        if said := [r for r in self.removed if r.text]:
            parts.append(
                [
                    "Of what the model wrote, not shown because nothing proves it:",
                    *(f"- {r.text[:200]!r}: {'; '.join(r.reasons)}" for r in said),
                ]
            )
        return "\n".join("".join(f"{line}\n" for line in part) for part in parts)

    @classmethod
    def unchanged(cls, sentences: Sequence[Sentence]) -> Reworded:
        """Return proved sentences as they are."""
        return cls(tuple(s.text for s in sentences), (False,) * len(sentences))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reworded:
        """Read what :meth:`to_json` wrote."""
        removed = tuple(Dropped(r["text"], tuple(r["reasons"])) for r in data["removed"])
        return cls(tuple(data["sentences"]), tuple(data["changed"]), removed)


def rephrase(caller: Caller, answer: Answer, reader: Reader) -> Reworded:
    """Reword an answer's sentences for a reader; never fails, at worst they stay as they are.

    Raises:
        RefusedError: if something that must not leave was about to be sent.
    """
    proved = _proved(answer)
    same = Reworded.unchanged(proved)
    masked = masks(proved)
    sent = [m.template for m in masked if m is not None][:60]
    request = rewording_request(answer, reader)
    if request is None:
        return same
    outgoing, messages, _ = request
    try:
        reply = caller.call(outgoing, messages, tools=[RewordedForm], must="RewordedForm")
        form = RewordedForm.model_validate(reply.arguments("RewordedForm"))
    except (BudgetError, ProviderError) as error:
        return replace(same, removed=(Dropped("", (error.message,)),))
    except ValueError:
        return replace(same, removed=(Dropped("", ("the reply has not the form asked for",)),))
    removed = [Dropped(reply.text, ("text outside the form",))] if reply.text.strip() else []
    texts: dict[str, str] = {}
    for line in form.sentences:
        if line.id in texts or line.id not in {t.id for t in sent}:
            removed.append(Dropped(line.text, ("no proved sentence stands behind it",)))
        else:
            texts[line.id] = line.text.strip()
    shown: list[str] = []
    for one, sentence in zip(masked, proved, strict=True):
        new = texts.get(one.template.id) if one is not None else None
        if one is None or new is None:
            shown.append(sentence.text)
        elif reasons := differences(one.template.text, new):
            removed.append(Dropped(new, reasons))
            shown.append(sentence.text)
        else:
            shown.append(one.fill(new))
    changed = tuple(a != b for a, b in zip(shown, same.sentences, strict=True))
    return Reworded(tuple(shown), changed, tuple(removed))


def _proved(answer: Answer) -> list[Sentence]:
    """The sentences of an answer, and of the further questions that were asked with it."""
    return [s for part in (answer, *answer.parts) for s in part.sentences]


def rewording_request(
    answer: Answer, reader: Reader
) -> tuple[Outgoing, list[BaseMessage], type[BaseModel]] | None:
    """Return the guard, the messages and the form of a rewording, or None when nothing can be reworded.

    The question is not needed to reword, so that it is not in them.
    """
    sent = [m.template for m in masks(_proved(answer)) if m is not None][:60]
    if not sent:
        return None
    outgoing = Outgoing(answer.question)
    messages = [
        outgoing.system("rephrase"),
        outgoing.human(Templates(reader=reader, sentences=tuple(sent))),
    ]
    return outgoing, messages, RewordedForm


def differences(template: str, text: str) -> tuple[str, ...]:
    """Return what a reworded template says that the proved one does not; empty when nothing."""
    reasons = []
    before, after = slots(template), slots(text)
    names = [[s for s in every if s[2] == "E"] for every in (before, after)]
    if Counter(before) != Counter(after):
        reasons.append("other names, numbers or sources than the proved sentence")
    elif names[0] != names[1] or before != after:
        reasons.append("names, numbers or sources in another order than the proved sentence")
    rest = re.sub(r"\[\[[^\]]*\]\]", " ", text)
    if re.search(r"[^\x20-\x7e]|[\d\[\]{}<>|\\`*_#@=]", rest):
        reasons.append("digits or signs that the proved sentence does not hold")
    old = _WORD.findall(re.sub(r"\[\[[^\]]*\]\]", " ", template).lower())
    new = _WORD.findall(rest.lower())
    if _meanings(old) != _meanings(new):
        reasons.append("another sign, rung, negation or caution than the proved sentence")
    unknown = [w for w in new if w not in old and w not in NEUTRAL and meaning(w) is None]
    if unknown:
        reasons.append(f"words that nothing proves: {', '.join(sorted(set(unknown))[:5])}")
    if len(new) > 3 * len(old) + 20:
        reasons.append("much longer than the proved sentence")
    return tuple(reasons)


def _meanings(words: Sequence[str]) -> list[str]:
    """What the words say, in order: "increases or causes" once, negations each and to the letter."""
    said: list[str] = []
    for word in words:
        group = meaning(word)
        if group == "not":
            said.append(word)
        elif group and said[-1:] != [group]:
            said.append(group)
    return said


def check_text(text: str, sentences: Sequence[Sentence]) -> Reworded:
    """Check free text of a model against proved sentences, one by one.

    A sentence of the text is kept when, with names, numbers and sources of one claim taken for slots, it
    says what that claim's sentence says; every other is removed.
    """
    masked = [m for m in masks(sentences) if m is not None]
    kept: list[str] = []
    removed: list[Dropped] = []
    for part in _split(text[:20_000]):
        reasons: tuple[str, ...] = ("nothing is proved",)
        if any(part == s.text for s in sentences):
            reasons = ()
        for one in masked:
            if not reasons:
                break
            reasons = differences(one.template.text, _slotted(part, one))
        if reasons:
            removed.append(Dropped(part, reasons))
        else:
            kept.append(part)
    return Reworded(tuple(kept), (True,) * len(kept), tuple(removed))


def _split(text: str) -> list[str]:
    parts = re.split(r"(?<=[.!?])\s+(?=[A-Z0-9\[\"(])|\n+", text)
    return [p.strip() for p in parts if re.search(r"\w", p)]


def _slotted(text: str, masked: Masked) -> str:
    """Put slots for the values of one claim, the longest first."""
    for slot, value in sorted(masked.values.items(), key=lambda i: (-len(i[1]), i[0])):
        text = re.sub(rf"(?<![\w\[]){re.escape(value)}(?![\w\]])", f"[[{slot}]]", text)
    return text
