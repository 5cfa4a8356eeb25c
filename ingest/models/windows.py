"""Long texts in pieces of whole sentences, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ingest.document import Sentence

__all__ = ["WINDOW", "windows"]

WINDOW = 100_000
"""characters of one piece at most"""


def windows(sentences: Sequence[Sentence]) -> Iterator[list[Sentence]]:
    """Yield groups of sentences of at most :data:`WINDOW` characters; a longer sentence is cut at white
    space, or anywhere if there is none."""
    window: list[Sentence] = []
    size = 0
    for whole in sentences:
        for sentence in (whole,) if len(whole.text) <= WINDOW else _pieces(whole):
            if window and size + len(sentence.text) > WINDOW:
                yield window
                window, size = [], 0
            window.append(sentence)
            size += len(sentence.text)
    if window:
        yield window


def _pieces(sentence: Sentence) -> Iterator[Sentence]:
    text, start = sentence.text, 0
    while start < len(text):
        end = min(len(text), start + WINDOW)
        if end < len(text) and (space := text.rfind(" ", start + WINDOW // 2, end)) > 0:
            end = space
        yield Sentence(sentence.start + start, sentence.start + end, text[start:end])
        start = end
