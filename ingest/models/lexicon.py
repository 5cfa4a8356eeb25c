"""Lexicons: which known names begin, go on and end at which token.

A lexicon maps sequences of normal tokens to a small integer (a mask of classes, or a row of
statistics). Both the external terminologies and the annotated training names are lexicons.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence

from ingest.models.tokens import tokenize
from ingest.terms.normal import GREEK

__all__ = ["Lexicon", "Match", "normal", "normal_name"]

Match = tuple[int, int, int]
"""first token, token after the last, value"""

_MAX_TOKENS = 14
_WORD_BITS = 32
_WORD = (1 << _WORD_BITS) - 1


@functools.lru_cache(maxsize=200_000)
def normal(word: str) -> str:
    """The form in which tokens are compared: lower case, Greek letters spelled, no plural ``s``;
    hyphens and other dashes become nothing."""
    low = word.lower()
    if not low.isalnum():
        return "" if low in "-‐‑‒–—−'’" else low
    if low in GREEK:
        return GREEK[low]
    if len(low) > 3 and low[-1] == "s" and low[-2] not in "sui":
        if low.endswith("ies") and len(low) > 4:
            return low[:-3] + "y"
        return low[:-1]
    if low.endswith(("aemia", "oedema")):
        return low.replace("ae", "e").replace("oe", "e")
    return low


def normal_name(name: str) -> tuple[str, ...]:
    """Return the normal tokens of a name, empty ones left out."""
    return tuple(n for n in map(normal, tokenize(name)) if n)


class Lexicon:
    """A trie over normal tokens."""

    def __init__(self) -> None:
        self._words: dict[str, int] = {}
        self._next: dict[int, int] = {}
        self._first: dict[str, int] = {}
        self._values: dict[int, int] = {}
        self._size = 1

    def __len__(self) -> int:
        return len(self._values)

    def add(self, tokens: Sequence[str], value: int) -> None:
        """Give a name a value, replacing the one it had. Names of more than 14 tokens are left out."""
        if not tokens or len(tokens) > _MAX_TOKENS:
            return
        node = 0
        for position, token in enumerate(tokens):
            word = self._words.setdefault(token, len(self._words))
            step = node << _WORD_BITS | word
            following = self._next.get(step)
            if following is None:
                following = self._next[step] = self._size
                self._size += 1
                if position == 0:
                    self._first[token] = following
            node = following
        self._values[node] = value

    def get(self, tokens: Sequence[str]) -> int:
        """Return the value of a name, 0 if it is not there."""
        node = 0
        for token in tokens:
            word = self._words.get(token)
            following = None if word is None else self._next.get(node << _WORD_BITS | word)
            if following is None:
                return 0
            node = following
        return self._values.get(node, 0)

    def matches(self, tokens: Sequence[str]) -> Iterator[Match]:
        """Yield every name in a sequence of normal tokens (empty ones are passed over inside a name),
        by beginning, shorter ones first."""
        first, words, step, values = self._first, self._words, self._next, self._values
        size = len(tokens)
        for start, token in enumerate(tokens):
            node = first.get(token)
            if node is None:
                continue
            position = start + 1
            while True:
                value = values.get(node)
                if value is not None:
                    yield start, position, value
                while position < size and not tokens[position]:
                    position += 1
                if position >= size:
                    break
                word = words.get(tokens[position])
                following = None if word is None else step.get(node << _WORD_BITS | word)
                if following is None:
                    break
                node = following
                position += 1

    def parts(self) -> tuple[list[str], dict[int, int], dict[int, int]]:
        """Return the words, the steps (node << 32 | number of the word -> node), and the values of nodes."""
        return list(self._words), self._next, self._values

    def items(self) -> list[tuple[tuple[str, ...], int]]:
        """Return every name with its value, sorted."""
        words = list(self._words)
        parents = {
            following: (step >> _WORD_BITS, words[step & _WORD])
            for step, following in self._next.items()
        }
        found = []
        for node, value in self._values.items():
            tokens: list[str] = []
            while node:
                node, word = parents[node]
                tokens.append(word)
            found.append((tuple(reversed(tokens)), value))
        return sorted(found)

    @classmethod
    def of(cls, names: Iterable[tuple[str, int]]) -> Lexicon:
        """Return a lexicon of names, the masks of equal names joined."""
        masks: dict[tuple[str, ...], int] = {}
        for name, mask in names:
            tokens = normal_name(name)
            if tokens:
                masks[tokens] = masks.get(tokens, 0) | mask
        made = cls()
        for tokens, mask in masks.items():
            made.add(tokens, mask)
        return made
