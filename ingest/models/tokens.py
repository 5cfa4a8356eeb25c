"""Tokens for tagging: runs of letters, runs of digits, and every other character alone.

So fine a cut lets almost every span that people annotate begin and end at a token (``5-HT`` in
``5-HT6``, ``hGRalpha`` before ``D401H`` excepted), and offsets always slice back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["Tokens", "tokenize"]

_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")


class Tokens:
    """Tokens of a text: parallel lists of ``words``, ``starts`` and ``ends``."""

    __slots__ = ("ends", "starts", "words")

    def __init__(self, text: str, start: int = 0, end: int | None = None) -> None:
        spans = [m.span() for m in _TOKEN.finditer(text, start, len(text) if end is None else end)]
        self.starts: list[int] = [s for s, _ in spans]
        self.ends: list[int] = [e for _, e in spans]
        self.words: list[str] = [text[s:e] for s, e in spans]

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[tuple[str, int, int]]:
        return zip(self.words, self.starts, self.ends, strict=True)


def tokenize(text: str) -> list[str]:
    """Return only the words."""
    return _TOKEN.findall(text)
