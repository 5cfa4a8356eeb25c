"""A small pattern language over tokens, with its matcher.

A pattern is words, ``(a|b c|d)`` alternatives, ``?`` after a word or a group to make it optional,
``{NAME}`` for a shared piece, and slots: ``<x>`` and ``<y>`` an entity (one or more tokens),
``<v:ing>`` a relation verb in a form, ``<i:ed>`` an intervention verb, ``<n>`` a relation noun,
``<cat>`` a category word, ``<adj>`` a level, ``<g:s>`` a verb of rising or falling, ``<w>`` any one word, ``<c:fin>`` a
clause. ``<x:word>`` is an entity that also sets a mark. Matching is exhaustive and bounded by the number of tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

__all__ = ["ENDINGS", "Capture", "Matcher", "Token", "tokenize", "words_of"]

Capture = dict[str, object]
Node = tuple[str, object]


def words_of(text: str) -> frozenset[str]:
    """Return the words of a list that is written as one text."""
    return frozenset(text.split())


MAX_SLOT = 14
"""Longest entity span, in tokens."""

_INDUCED = (
    "-induced",
    "-caused",
    "-related",
    "-associated",
    "-mediated",
    "-dependent",
    "-triggered",
)
"""Endings of a cause used as an adjective: "lithium-induced nephropathy"."""

ENDINGS: dict[str, tuple[str, ...]] = {"ind": _INDUCED, "poss": ("'s", "s'")}
"""What the last word of a slot with this mark ends with."""

_EDGES = "?!.,;:\"'`“”‘’«»…"
_WORD = re.compile(r"\S+")
_CONTRACTIONS = {
    "what's": ("what", "is"), "whats": ("what", "is"), "how's": ("how", "is"), "it's": ("it", "is"),
    "doesn't": ("does", "not"), "don't": ("do", "not"), "didn't": ("did", "not"),
    "isn't": ("is", "not"), "aren't": ("are", "not"), "can't": ("can", "not"),
    "cannot": ("can", "not"), "won't": ("will", "not"), "wouldn't": ("would", "not"),
    "that's": ("that", "is"), "who's": ("who", "is"), "couldn't": ("could", "not"),
    "i'd": ("i", "would"), "i'm": ("i", "am"), "wasn't": ("was", "not"), "what're": ("what", "are"),
    "hadn't": ("had", "not"), "hasn't": ("has", "not"), "haven't": ("have", "not"),
    "weren't": ("were", "not"), "mustn't": ("must", "not"), "i've": ("i", "have"),
    "we've": ("we", "have"), "we're": ("we", "are"), "you're": ("you", "are"),
    "they're": ("they", "are"), "would've": ("would", "have"), "where's": ("where", "is"),
    "why's": ("why", "is"), "which's": ("which", "is"), "let's": ("let", "us"), "&": ("and",),
    "shouldn't": ("should", "not"), "there's": ("there", "is"), "doesnt": ("does", "not"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the question; ``low`` is what patterns see, ``start`` and ``end`` its offsets."""

    low: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """Split at white space, take punctuation off the edges, undo contractions."""
    tokens: list[Token] = []
    for match in _WORD.finditer(text):
        word, start = match.group(), match.start()
        while word and (word[0] in _EDGES or (word[0] in "([" and word[1:].find(")") < 0)):
            word, start = word[1:], start + 1
        while word and (word[-1] in _EDGES or (word[-1] in ")]" and not re.search(r"[(\[]", word))):
            word = word[:-1]
        if word.startswith("(") and word.endswith(")"):
            word, start = word[1:-1], start + 1
        if not word:
            continue
        low = word.replace("’", "'").casefold()
        end = start + len(word)
        if low in _CONTRACTIONS:
            tokens.extend(Token(part, start, end) for part in _CONTRACTIONS[low])
        else:
            tokens.append(Token(low, start, end))
    return tokens


_LEX = re.compile(r"\{(\w+)\}|<([\w:]+)>|([(|)])|(\?)|([^\s<>{}()|?]+)")


class Matcher:
    """Compiled patterns of one grammar.

    Args:
        macros: name -> pattern text, for ``{NAME}``.
        lexical: slot name -> {words: meaning}; the slot captures the meaning under the part of
            its name before the colon.
        clauses: clause name -> patterns, for ``<c:name>``.
        forbidden: words no entity slot may contain.
        never_alone: words an entity slot may not consist of.
    """

    def __init__(
        self,
        macros: Mapping[str, str],
        lexical: Mapping[str, Mapping[tuple[str, ...], object]],
        clauses: Mapping[str, Sequence[str]],
        forbidden: frozenset[str],
        never_alone: frozenset[str],
    ) -> None:
        self._macros = dict(macros)
        self._lexical: dict[str, dict[str, list[tuple[tuple[str, ...], object]]]] = {}
        for name, table in lexical.items():
            index: dict[str, list[tuple[tuple[str, ...], object]]] = {}
            for words, meaning in table.items():
                index.setdefault(words[0], []).append((words, meaning))
            for entries in index.values():
                entries.sort(key=lambda e: -len(e[0]))
            self._lexical[name] = index
        self._forbidden = forbidden
        self._never_alone = never_alone
        self._clauses: dict[str, list[list[Node]]] = {}
        for name, texts in clauses.items():
            self._clauses[name] = [self.compile(t) for t in texts]

    def compile(self, text: str) -> list[Node]:
        """Compile one pattern."""
        while "{" in text:
            text = re.sub(r"\{(\w+)\}", lambda m: f"({self._macros[m[1]]})", text)
        parts = list(_LEX.finditer(text))
        nodes, position = self._sequence(parts, 0)
        if position != len(parts):
            raise ValueError(f"unbalanced pattern: {text}")
        return nodes

    def _sequence(self, parts: list[re.Match[str]], i: int) -> tuple[list[Node], int]:
        nodes: list[Node] = []
        while i < len(parts):
            _, slot, bracket, optional, word = parts[i].groups()
            if slot:
                nodes.append(("slot", slot))
            elif word:
                nodes.append(("word", word.casefold()))
            elif optional:
                nodes.append(("optional", nodes.pop()))
            elif bracket == "(":
                options: list[list[Node]] = []
                while bracket != ")":
                    option, i = self._sequence(parts, i + 1)
                    options.append(option)
                    bracket = parts[i].group(3)
                if all(len(o) == 1 and o[0][0] == "word" for o in options):
                    nodes.append(("words", frozenset(str(o[0][1]) for o in options)))
                else:
                    nodes.append(("any", options))
            else:
                return nodes, i
            i += 1
        return nodes, i

    def possible(self, nodes: list[Node], there: Set[str]) -> bool:
        """Whether every word that the pattern cannot do without is there; cheap."""
        for kind, value in nodes:
            if kind == "word" and value not in there:
                return False
            if kind == "words" and there.isdisjoint(value):  # type: ignore[arg-type]
                return False
        return True

    def match(self, nodes: list[Node], words: list[str]) -> Iterator[Capture]:
        """Yield the captures of every way the pattern covers all of ``words``."""
        for end, capture in self._run(nodes, 0, words, 0):
            if end == len(words):
                yield capture

    def _run(
        self, nodes: list[Node], k: int, words: list[str], i: int
    ) -> Iterator[tuple[int, Capture]]:
        if k == len(nodes):
            yield i, {}
            return
        kind, value = nodes[k]
        if kind == "word":
            if i < len(words) and words[i] == value:
                yield from self._run(nodes, k + 1, words, i + 1)
        elif kind == "words":
            if i < len(words) and words[i] in value:  # type: ignore[operator]
                yield from self._run(nodes, k + 1, words, i + 1)
        else:
            for end, capture in self._piece(kind, value, words, i):
                for last, rest in self._run(nodes, k + 1, words, end):
                    yield last, {**capture, **rest}

    def _piece(
        self, kind: str, value: object, words: list[str], i: int
    ) -> Iterator[tuple[int, Capture]]:
        if kind == "optional":
            yield from self._run([value], 0, words, i)  # type: ignore[list-item]
            yield i, {}
        elif kind == "any":
            for option in value:  # type: ignore[attr-defined]
                yield from self._run(option, 0, words, i)
        else:
            yield from self._slot(str(value), words, i)

    def _slot(self, name: str, words: list[str], i: int) -> Iterator[tuple[int, Capture]]:
        base, _, form = name.partition(":")
        if base == "c":
            for clause in self._clauses[form]:
                yield from self._run(clause, 0, words, i)
        elif name == "w":
            if i < len(words) and words[i] not in self._forbidden | self._never_alone:
                yield i + 1, {}
        elif name in self._lexical:
            for phrase, meaning in self._lexical[name].get(words[i] if i < len(words) else "", ()):
                if tuple(words[i : i + len(phrase)]) == phrase:
                    yield i + len(phrase), {base: meaning}
        else:
            mark: Capture = {"mark": form} if form else {}
            useful = False
            for j in range(i + 1, min(len(words), i + MAX_SLOT) + 1):
                if words[j - 1] in self._forbidden:
                    return
                useful = useful or words[j - 1] not in self._never_alone
                ending = ENDINGS.get(form)
                if useful and (ending is None or words[j - 1].endswith(ending)):
                    yield j, {base: (i, j), **mark}
