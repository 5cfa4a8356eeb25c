"""A question in another language into English, before it is parsed.

The translation is shown, and read by the same grammar as any English question. Numbers must survive it,
and it can be no longer than a translation would be.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from graph.errors import UsageError
from llm_bridge.providers.calling import Caller
from llm_bridge.providers.outgoing import Outgoing, clean
from llm_bridge.roles.forms import TRIES, Filled, UnfitError, fill

__all__ = ["LANGUAGES", "Translation", "known_language", "translate"]

LANGUAGES = {
    "en": "English",
    "fr": "French",
    "de": "German",
    "zh": "Chinese",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "ja": "Japanese",
}
"""Languages by code; English is read without a translation."""


def known_language(code: str) -> str:
    """Return a code of :data:`LANGUAGES` as it is.

    Raises:
        UsageError: if it is none.
    """
    if code not in LANGUAGES:
        raise UsageError(f"there is no language {code!r}", hint=f"Codes: {', '.join(LANGUAGES)}.")
    return code


class TranslationForm(BaseModel):
    """The question in English."""

    model_config = ConfigDict(extra="forbid")

    english: str = Field(min_length=3, max_length=4_000, description="The question in English.")


@dataclass(frozen=True, slots=True)
class Translation:
    """A question and its translation."""

    original: str
    english: str
    language: str


def translate(
    caller: Caller, question: str, language: str, *, tries: int = TRIES
) -> Filled[Translation]:
    """Translate a question; ``made`` is None when no translation held."""
    outgoing = Outgoing(question)

    def make(form: TranslationForm) -> Translation:
        english = re.sub(r"\s+", " ", clean(form.english))
        original = outgoing.question
        if _numbers(english) != _numbers(original):
            raise UnfitError("english", "other_numbers")
        # a question of 20 Chinese characters may take 120 English ones
        if len(english) > 8 * len(original) + 40:
            raise UnfitError("english", "too_long")
        if len(re.findall(r"[?？]", english)) > max(1, len(re.findall(r"[?？]", original))):
            raise UnfitError("english", "more_than_one_question")
        if not english.isascii() and sum(not c.isascii() for c in english) > len(english) / 10:
            raise UnfitError("english", "not_english")
        return Translation(original, english, language)

    return fill(caller, outgoing, "translate", TranslationForm, make, tries=tries)


def _numbers(text: str) -> Counter[str]:
    return Counter(
        n.rstrip(".,").replace(",", ".")
        for n in re.findall(r"\d[\d.,]*", unicodedata.normalize("NFKC", text))
    )
