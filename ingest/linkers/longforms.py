"""What the short names of a document stand for."""

from __future__ import annotations

import itertools
import re
from collections.abc import Hashable, Mapping, Sequence

from ingest.abbreviations import Abbreviation

__all__ = ["long_forms", "written_out"]

_OPENING = re.compile(r"\s*[(\[]\s*")


def long_forms(
    text: str,
    spans: Sequence[tuple[int, int, Hashable]],
    abbreviations: Sequence[Abbreviation],
) -> dict[str, str]:
    """Return short form -> long form: what the abbreviations say; a name in parentheses right
    after one of the same kind, when it is short (``testosterone (T)``); and, for capitals that are
    never explained, the longer name of the same kind that holds the letters in order.

    Args:
        text: the document's.
        spans: (start, end, kind) of the mentions.
        abbreviations: those that were found in it.
    """
    found: dict[str, str] = _guesses(text, spans)
    ordered = sorted(spans, key=lambda s: (s[0], s[1]))
    for (start, end, kind), (low, high, other) in itertools.pairwise(ordered):
        short = text[low:high]
        if (
            kind == other
            and _OPENING.fullmatch(text, end, low)
            and text[high : high + 1] in (")", ";", ",")
            and len(short) < min(9, end - start)
            and " " not in short
            and (short.isupper() or len(short) < 5)
        ):
            found[short] = text[start:end]
    found.update((item.short, item.long) for item in abbreviations)
    return found


def _guesses(text: str, spans: Sequence[tuple[int, int, Hashable]]) -> dict[str, str]:
    """Unexplained capitals -> the name of the same kind in the text that their letters come from."""
    names: dict[Hashable, dict[str, int]] = {}
    for start, end, kind in spans:
        row = names.setdefault(kind, {})
        row[text[start:end]] = row.get(text[start:end], 0) + 1
    found: dict[str, str] = {}
    for row in names.values():
        for short in row:
            if not (2 <= len(short) <= 6 and short.isalnum() and sum(map(str.isupper, short)) >= 2):
                continue
            fitting = [
                n for n in row if len(n) >= 3 * len(short) and _holds(n.lower(), short.lower())
            ]
            if fitting:
                found[short] = max(fitting, key=lambda n: (row[n], n))
    return found


def _holds(name: str, letters: str) -> bool:
    """Whether the name begins with the first letter and has the others after it in order."""
    if name[0] != letters[0]:
        return False
    position = 0
    for letter in letters[1:]:
        position = name.find(letter, position + 1)
        if position < 0:
            return False
    return True


def written_out(text: str, explained: Mapping[str, str]) -> str:
    """Return a text with its short forms replaced by what they stand for."""
    if text in explained:
        return explained[text]
    if text.endswith("s") and text[:-1] in explained:
        return explained[text[:-1]]
    parts = text.split(" ")
    if len(parts) > 1 and any(p in explained for p in parts):
        return " ".join(explained.get(p, p) for p in parts)
    return text
