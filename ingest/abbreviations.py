"""Abbreviations that a text defines: ``nephrogenic diabetes insipidus (NDI)``.

The method of Schwartz and Hearst (2003): the letters of the short form are found from right to left
in the words before the parenthesis, the first letter at the beginning of a word. Also read the other
way round: ``NDI (nephrogenic diabetes insipidus)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ingest.document import Sentence
from ingest.terms.normal import GREEK

__all__ = ["Abbreviation", "find_abbreviations"]

_PAREN = re.compile(r"\(([^()]{2,80})\)")
_SHORT = re.compile(r"^[A-Za-z0-9α-ωΑ-Ω][A-Za-z0-9α-ωΑ-Ω/+.\-]{1,9}$")
_ENDS = re.compile(r"[;,]| or ")


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A short form and its long form, each with offsets in the document's text."""

    short: str
    short_start: int
    short_end: int
    long: str
    long_start: int
    long_end: int


def find_abbreviations(text: str, sentences: Iterable[Sentence]) -> list[Abbreviation]:
    """Return the definitions in the sentences, the first one of each short form."""
    found: dict[str, Abbreviation] = {}
    for sentence in sentences:
        if "(" not in sentence.text:
            continue
        for match in _PAREN.finditer(sentence.text):
            definition = _definition(text, sentence.start, match)
            if definition is not None:
                found.setdefault(definition.short, definition)
    return list(found.values())


def _definition(text: str, base: int, match: re.Match[str]) -> Abbreviation | None:
    inside_start = base + match.start(1)
    inside = match.group(1)
    cut = _ENDS.search(inside)
    short = (inside[: cut.start()] if cut else inside).strip()
    before_end = base + match.start()
    while before_end > base and text[before_end - 1] == " ":
        before_end -= 1
    if _is_short(short):
        offset = inside.index(short)
        start = _match(short, text, base, before_end)
        if start >= 0:
            short_start = inside_start + offset
            return Abbreviation(
                short,
                short_start,
                short_start + len(short),
                text[start:before_end],
                start,
                before_end,
            )
        return None
    # SHORT (long form)
    word_start = before_end
    while word_start > base and not text[word_start - 1].isspace():
        word_start -= 1
    word = text[word_start:before_end]
    if _is_short(word) and len(inside.split()) >= 2:
        inside_end = inside_start + len(inside)
        if _match(word, text, inside_start, inside_end) == inside_start:
            return Abbreviation(word, word_start, before_end, inside, inside_start, inside_end)
    return None


def _is_short(text: str) -> bool:
    return (
        _SHORT.match(text) is not None
        and any(c.isalpha() for c in text)
        and any(c.isupper() or c.isdigit() for c in text)
        and sum(c.isalnum() for c in text) >= 2
    )


def _match(short: str, text: str, low: int, high: int) -> int:
    """Where the long form of ``short`` begins in ``text[low:high]``, or -1."""
    words = min(len(short) + 5, len(short) * 2)
    earliest = high
    for _ in range(words):
        while earliest > low and text[earliest - 1].isspace():
            earliest -= 1
        while earliest > low and not text[earliest - 1].isspace():
            earliest -= 1
    position = high - 1
    # a Greek letter stands for its name: TNF-α is tumor necrosis factor-alpha
    letters = [GREEK.get(c, c)[0] for c in short.lower() if c.isalnum()]
    for index in range(len(letters) - 1, -1, -1):
        letter = letters[index]
        while position >= earliest and (
            text[position].lower() != letter
            or (index == 0 and position > earliest and text[position - 1].isalnum())
        ):
            position -= 1
        if position < earliest:
            return -1
        position -= 1
    start = position + 1
    # take in the whole hyphenated word
    while start > earliest and not text[start - 1].isspace() and text[start - 1] not in "(,;":
        start -= 1
    if text[start:high].lower() == short.lower() or high - start <= len(short):
        return -1
    return start
