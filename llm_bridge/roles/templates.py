"""Sentences with slots: what is proved, without the names, numbers and sources it is proved of.

A template is rendered from a claim whose every free text is replaced by a slot, so that nothing that
stands in the graph or in a paper can be in it. Filled again it is the proved sentence to the letter;
where it is not, there is no template and the sentence is not reworded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from llm_bridge.claims import Claim, ClaimKind, Sentence
from llm_bridge.providers.outgoing import Template
from llm_bridge.render import render

__all__ = ["Masked", "Masker", "mask"]

_SLOT = re.compile(r"\[\[([A-Z][1-9]\d{0,3})\]\]")
_NUMBER = re.compile(r"(?<![\w\[])[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?(?!\w*\]\])")
_VERBATIM = (ClaimKind.QUOTE,)
"""Sentences of others are quoted as they stand, never reworded."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A template with what its slots stand for."""

    template: Template
    values: dict[str, str] = field(hash=False)

    def fill(self, text: str) -> str:
        """Put the values back into a text with the same slots."""
        return _SLOT.sub(lambda m: self.values.get(m[1], m[0]), text)


class Masker:
    """Gives the same name the same slot in all sentences of an answer."""

    def __init__(self) -> None:
        self._slots: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}
        self._originals: dict[str, str] = {}

    def slot(self, letter: str, value: str) -> str:
        """Return the slot of a value, made when it is new."""
        key = (letter, value)
        if key not in self._slots:
            self._counts[letter] = self._counts.get(letter, 0) + 1
            name = f"{letter}{self._counts[letter]}"
            self._slots[key] = name
            self._originals[name] = value
        return f"[[{self._slots[key]}]]"

    def claim(self, claim: Claim) -> Claim:
        """Return the claim with every free text replaced by a slot."""
        return self._model(claim)  # type: ignore[return-value]

    def _model(self, model: BaseModel) -> BaseModel:
        changes = {
            name: self._value(name, getattr(model, name)) for name in type(model).model_fields
        }
        return model.model_copy(update=changes)

    def _value(self, name: str, value: Any) -> Any:
        if type(value) is str:
            return self.slot(_letter(name), value) if value else value
        if isinstance(value, tuple):
            return tuple(self._value(name, v) for v in value)
        return self._model(value) if isinstance(value, BaseModel) else value

    def numbers(self, text: str) -> str:
        """Replace the figures of a rendered text."""
        return _NUMBER.sub(lambda m: self.slot("N", m[0]), text)

    def value(self, slot: str) -> str:
        """Return what a slot stands for, as sentences word it."""
        original = self._originals[slot]
        return (
            f"PMID {original.removeprefix('pubmed:')}"
            if slot[0] == "P" and original.startswith("pubmed:")
            else original
        )


def _letter(name: str) -> str:
    if name in ("publication", "publications"):
        return "P"
    return "D" if name.startswith("dataset") else "E"


def mask(sentence: Sentence, id: str, masker: Masker) -> Masked | None:
    """Return a sentence's template, or None where it must stay as it is."""
    if sentence.claim.kind in _VERBATIM:
        return None
    try:
        text = masker.numbers(render(masker.claim(sentence.claim)))
        template = Template(id=id, text=text)
    except (KeyError, ValueError, ValidationError):
        return None  # a kind whose wording depends on its texts
    values = {name: masker.value(name) for name in _SLOT.findall(text)}
    masked = Masked(template, values)
    return masked if masked.fill(text) == sentence.text else None


def masks(sentences: Sequence[Sentence]) -> list[Masked | None]:
    """Return the templates of an answer's sentences, with the same slots throughout."""
    masker = Masker()
    return [mask(s, f"S{k}", masker) for k, s in enumerate(sentences, 1)]
