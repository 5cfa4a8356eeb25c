"""Tagging at speed: what :mod:`ingest.models.layout`, :mod:`ingest.models.crf` and
:mod:`ingest.models.second` define, on arrays of numbers and with compiled loops.

Words and units get numbers when they are first met, with their summed weights; a document is then a
few arrays. A document's result depends on nothing but the document.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ingest.abbreviations import Abbreviation
from ingest.document import Sentence
from ingest.models.bank import Bank
from ingest.models.engine_tables import (
    HYPHEN,
    Growing,
    PassTables,
    Table,
    pair_tables,
    tag_tables,
    trie_tables,
)  # fmt: skip
from ingest.models.lexicon import normal
from ingest.models.tokens import tokenize

if TYPE_CHECKING:
    from ingest.models.tagger import NerModel

__all__ = ["Engine", "Tokenised"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_MAX_WORDS = 40_000
"""words whose scores are kept before all starts anew, so that memory stays flat (about 80 MB)"""
_MAX_UNITS = 150_000
_STATIC = frozenset((
    "cuts", "_bank", "_steps", "_tags", "_coarse", "_coarse_of", "_kinds", "_kind_of", "_classes", "_trie",
    "_node_values", "_pairs", "_pair_rows", "_rows", "_static_norms", "_glue", "_tables",
))  # fmt: skip
"""what an engine has before it reads, beside its words and taggers"""
_PLACES = "1BIE"
_LEVELS = ("n1", "n2", "n5", "n6")


class Tokenised:
    """A document's tokens: ``words``, offsets ``starts`` and ``ends``, numbers ``ids``, and the ``first``
    token and the token after the ``last`` of each sentence."""

    __slots__ = ("ends", "first", "ids", "last", "starts", "text", "words")

    def __init__(self, text: str, words: list[str], arrays: Sequence[Ints]) -> None:
        self.text = text
        self.words = words
        self.ids, self.starts, self.ends, self.first, self.last = arrays

    def chunk(self, token: int) -> tuple[int, int, int, int]:
        """The tokens of the chunk (between white space) around a token, and of its sentence."""
        sentence = bisect_right(self.first, token) - 1
        a, b = int(self.first[sentence]), int(self.last[sentence])
        start, end = token, token + 1
        while start > a and self.starts[start] == self.ends[start - 1]:
            start -= 1
        while end < b and self.starts[end] == self.ends[end - 1]:
            end += 1
        return start, end, a, b

    def between(self, start: int, end: int) -> str:
        """The text of some tokens."""
        return self.text[self.starts[start] : self.ends[end - 1]]


class Engine:
    """The taggers of a model as arrays.

    Args:
        model: the trained model.
        names: its taggers, ``cdr`` first.
    """

    def __init__(self, model: NerModel, names: Sequence[str]) -> None:
        from ingest.models import chains, kernels

        self._kernels: Any = kernels
        self._chains: Any = chains
        self.taggers = {name: model.taggers[name] for name in names}
        passes = [
            (name, number)
            for name, tagger in self.taggers.items()
            for number in range(1 if tagger.second is None else 2)
        ]
        crfs = {key: self._crf(*key) for key in passes}
        bank = self._bank = Bank(list(crfs.values()))
        self.cuts = dict(zip(passes, bank.cuts, strict=True))
        self._steps = {}
        for key, crf in crfs.items():
            step = np.exp((crf.transitions - crf.transitions.max()).astype(np.float64))
            marks = np.array(["OBIES".index(n[0]) for n in crf.labels], dtype=np.int64)
            types = sorted({n[2:] for n in crf.labels if n != "O"})
            of = np.array([types.index(n[2:]) if n != "O" else 0 for n in crf.labels], np.int64)
            into = np.ascontiguousarray(crf.transitions.T)
            self._steps[key] = (step, np.ascontiguousarray(step.T), into, marks, of, types)
        self._norms: dict[str, int] = {"\0": 0, "": HYPHEN, "^": 2, "$": 3}
        self._tags, self._coarse, self._coarse_of, self._kinds, self._kind_of, labels = tag_tables(
            model.classes, model.names
        )
        self._classes = len(model.classes)
        self._trie, self._node_values = trie_tables(model, self._norms, labels, kernels)
        self._pairs, self._pair_rows, self._rows = pair_tables(
            bank, self._norms, {n: i for i, n in enumerate(self._coarse)}, kernels
        )
        self._static_norms = len(self._norms)
        self._glue = bank.blocks("g", [f"{i}{j}" for i in range(4) for j in range(4)])[:, 0]
        self._tables: dict[str, PassTables] = {}
        for name, tagger in self.taggers.items():
            if tagger.second is not None:
                labels_of = tagger.first.labels
                self._tables[name] = PassTables(bank, "p", labels_of, self.cuts[name, 1])
        if "six" in self.taggers and "cdr" in self.taggers:
            cut = slice(self.cuts["six", 0].start, bank.width)
            self._tables["h"] = PassTables(bank, "h", self.taggers["cdr"].first.labels, cut)
        self._norm_names: list[str] = []
        self._forget()

    def __getstate__(self) -> dict[str, Any]:
        """What follows from the model alone, to be kept on disk: no words that were met since, no
        weights of single features beside their sums."""
        state = {n: v for n, v in vars(self).items() if n in _STATIC}
        state["_norms"] = dict(itertools.islice(self._norms.items(), self._static_norms))
        state["taggers"] = {name: tagger.bare() for name, tagger in self.taggers.items()}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        from ingest.models import chains, kernels

        self._kernels, self._chains = kernels, chains
        vars(self).update(state)
        self._forget()

    def _crf(self, name: str, number: int) -> Any:
        tagger = self.taggers[name]
        return tagger.second if number else tagger.first

    def _forget(self) -> None:
        """Start with no words but those of the model's own tables."""
        if len(self._norms) > self._static_norms:
            self._norms = dict(list(self._norms.items())[: self._static_norms])
        self._norm_names = list(self._norms)
        width = self._bank.width
        self._words: dict[str, int] = {}
        self._about = Growing((64, 3, width))
        self._norm_of = Growing((1024,), np.int64)
        self._flags_of = Growing((1024,), np.int64)
        self._lower_of = Growing((1024,), np.int64)
        self._filled = Growing((1024,), np.bool_)
        self._word_blocks = Growing((1024, 7, width))
        self._stamps: Ints = np.zeros((4, 2 * len(self._norms)), dtype=np.int64)
        self._stamp = 0
        self._about_ids: dict[tuple[str, ...], int] = {}
        self._tag_units = Table(self._kernels)
        self._tag_blocks = Growing((256, 5, width))
        self._tag_blocks.append(self._bank.blocks("t", [()]))
        self._single_units = Table(self._kernels)
        self._single_blocks = Growing((4096, width))
        self._single_blocks.append(np.zeros((1, width), np.float32))
        self._add_word("")
        self._norm_of.data[0] = 0  # the place beside a sentence, not a hyphen
        self._fill(np.zeros(1, np.int64), [""])

    # words ------------------------------------------------------------------------------

    def _add_word(self, word: str) -> int:
        number = self._words[word] = len(self._words)
        norm = normal(word)
        known = self._norms.get(norm)
        if known is None:
            known = self._norms[norm] = len(self._norms)
            self._norm_names.append(norm)
        flags = (
            2 * norm.isalnum() + 4 * word.islower() + 8 * word[:1].isupper() + 16 * (len(norm) > 2)
        )
        for column, value in (
            (self._norm_of, known), (self._flags_of, flags), (self._lower_of, number), (self._filled, False),
        ):  # fmt: skip
            column.append_one(value)
        self._word_blocks.reserve(1)
        if flags & 8:
            low = word.lower()
            lower = self._words.get(low)
            self._lower_of.data[number] = self._add_word(low) if lower is None else lower
        return number

    def _fill(self, ids: Ints, words: Sequence[str]) -> None:
        self._word_blocks.data[ids] = self._bank.blocks("w", words)
        self._filled.data[ids] = True

    def tokens(self, text: str, sentences: Sequence[Sentence]) -> Tokenised:
        """Return the tokens of the sentences."""
        from ingest.models.tokens import Tokens

        starts: list[int] = []
        ends: list[int] = []
        words: list[str] = []
        first: list[int] = []
        last: list[int] = []
        for sentence in sentences:
            tokens = Tokens(text, sentence.start, sentence.end)
            if not len(tokens):
                continue
            first.append(len(words))
            starts += tokens.starts
            ends += tokens.ends
            words += tokens.words
            last.append(len(words))
        if len(self._words) > _MAX_WORDS or self._single_units.count > _MAX_UNITS:
            self._forget()
        get = self._words.get
        numbers = [get(word, -1) for word in words]
        if -1 in numbers:
            for place, number in enumerate(numbers):
                if number < 0:
                    known = get(words[place])
                    numbers[place] = self._add_word(words[place]) if known is None else known
        ids = np.array(numbers, dtype=np.int64)
        new = np.unique(ids[~self._filled.data[ids]])
        if len(new):
            where = dict(zip(numbers, words, strict=True))
            self._fill(new, [where[n] for n in new.tolist()])
        needed = max(len(self._words), len(self._norms))
        if self._stamps.shape[1] < needed:
            self._stamps = np.zeros((4, 2 * needed), dtype=np.int64)
        arrays = [ids, *(np.array(x, dtype=np.int64) for x in (starts, ends, first, last))]
        return Tokenised(text, words, arrays)

    # units ------------------------------------------------------------------------------

    def emissions(
        self, found: Tokenised, abbreviations: Sequence[Abbreviation]
    ) -> tuple[Floats, Ints, Ints]:
        """Return the scores of all labels of all passes, shape (tokens, width), and the token spans of
        short forms (with the number of their definition) and of long forms."""
        size = len(found.ids)
        keys = np.zeros((5, size), dtype=np.int64)
        tags = np.zeros((self._classes + self._node_values.shape[1] - 1, size), dtype=np.int64)
        coarse = np.zeros(size, dtype=np.int64)
        glue = np.zeros(size, dtype=np.int64)
        self._stamp += 1
        columns = (self._norm_of.data, self._flags_of.data, self._lower_of.data)
        self._kernels.layout(
            found.ids, found.starts, found.ends, found.first, found.last, *columns,
            self._trie.keys, self._trie.values, self._node_values, self._classes, self._coarse_of,
            self._kind_of, self._stamps, self._stamp, keys, tags, coarse, glue,
        )  # fmt: skip
        ids = np.zeros((5, size), dtype=np.int64)
        if self._tag_units.find(keys[:1], ids[:1]):
            self._new_tags(keys[0], ids[0], tags)
        if self._single_units.find(keys[1:], ids[1:]):
            self._new_singles(keys, ids, found)
        tokens, units, short_forms, long_forms = self._abbreviations(found, abbreviations, coarse)
        total = np.zeros((size, self._bank.width), dtype=np.float32)
        self._kernels.emissions(
            found.ids, found.first, found.last, self._norm_of.data, coarse, glue, ids,
            self._word_blocks.data, self._tag_blocks.data, self._single_blocks.data, self._glue,
            self._pairs.keys, self._pairs.values, self._pair_rows, self._rows,
            tokens, units, self._about.data, total,
        )  # fmt: skip
        return total, short_forms, long_forms

    def _new_tags(self, keys: Ints, ids: Ints, tags: Ints) -> None:
        missing = {int(keys[i]): int(i) for i in np.flatnonzero(ids < 0)}
        units: list[Hashable] = [
            tuple(self._tags[t] for t in tags[:, i].tolist()) for i in missing.values()
        ]
        number = self._tag_blocks.append(self._bank.blocks("t", units))
        self._tag_units.add(list(missing), number)
        self._tag_units.find(keys, ids)

    def _new_singles(self, keys: Ints, ids: Ints, found: Tokenised) -> None:
        for row, group in ((1, "c"), (2, "cn"), (3, "cp"), (4, "d")):
            missing = {int(keys[row, i]): int(i) for i in np.flatnonzero(ids[row] < 0)}
            if not missing:
                continue
            units: list[Hashable] = (
                [self._about_document(key) for key in missing]
                if group == "d"
                else [_chunk_unit(found, i, group) for i in missing.values()]
            )
            number = self._single_blocks.append(self._bank.blocks(group, units)[:, 0])
            self._single_units.add(list(missing), number)
        self._single_units.find(keys[1:], ids[1:])

    def _about_document(self, key: int) -> tuple[str, ...]:
        names = [_LEVELS[key >> 1 & 3]]
        if key & 8:
            names.append("title")
        if key & 16:
            names.append("lower")
        mask = key >> 5
        names += sorted(f"else-{k}" for n, k in enumerate(self._kinds) if mask >> n & 1)
        return tuple(names)

    def _abbreviations(
        self, found: Tokenised, abbreviations: Sequence[Abbreviation], coarse: Ints
    ) -> tuple[Ints, Ints, Ints, Ints]:
        units: dict[int, tuple[str, ...]] = {}
        short_forms: list[tuple[int, int, int]] = []
        long_forms: list[tuple[int, int]] = []
        for number, item in enumerate(abbreviations):
            low = int(np.searchsorted(found.starts, item.long_start))
            high = int(np.searchsorted(found.ends, item.long_end, side="right"))
            if (
                low >= high
                or found.starts[low] != item.long_start
                or found.ends[high - 1] != item.long_end
            ):
                long_forms.append((-1, -1))
                continue
            long_forms.append((low, high))
            tail = normal(found.words[high - 1])
            about = (
                f"of={tail}", f"of3={tail[-3:]}", f"oft={self._coarse[coarse[high - 1]]}",
                f"oh={normal(found.words[low])}",
            )  # fmt: skip
            short = tokenize(item.short)
            size = len(short)
            for i in np.flatnonzero(found.ids == self._words.get(short[0], -1)).tolist():
                if found.words[i : i + size] != short:
                    continue
                short_forms.append((i, i + size, number))
                for j in range(i, i + size):
                    mark = (
                        "S" if size == 1 else "B" if j == i else "E" if j == i + size - 1 else "I"
                    )
                    units[j] = (f"SF{mark}", *(f"{mark}{x}" for x in about))
            for j in range(low, high):
                mark = "E" if j == high - 1 else "B" if j == low else "I"
                units[j] = (*units.get(j, ()), f"LF{mark}")
        for unit in units.values():
            if unit not in self._about_ids:
                self._about_ids[unit] = self._about.append(self._bank.blocks("a", [unit]))
        return (
            np.array(list(units), dtype=np.int64),
            np.array([self._about_ids[u] for u in units.values()], dtype=np.int64),
            np.array(short_forms, dtype=np.int64).reshape(-1, 3),
            np.array(long_forms, dtype=np.int64).reshape(-1, 2),
        )

    # passes -----------------------------------------------------------------------------

    def run(
        self, found: Tokenised, abbreviations: Sequence[Abbreviation], wanted: Sequence[str]
    ) -> dict[str, list[tuple[int, int, str, float]]]:
        """Return each wanted tagger's spans: first token, token after the last, type, probability."""
        result: dict[str, list[tuple[int, int, str, float]]] = {name: [] for name in wanted}
        if not len(found.ids):
            return result
        total, short_forms, long_forms = self.emissions(found, abbreviations)
        forms = (short_forms, long_forms)
        first = self.marginals("cdr", 0, np.ascontiguousarray(total[:, self.cuts["cdr", 0]]), found)
        if "cdr" in wanted:
            result["cdr"] = self._finish("cdr", total, 0, first, found, forms)
        if "six" in wanted:
            start = self.cuts["six", 0].start
            mine = np.ascontiguousarray(total[:, start:])
            self.add_first_pass("h", ("cdr", 0), first, found, forms, mine)
            scores = np.ascontiguousarray(mine[:, : len(self.taggers["six"].first.labels)])
            first = self.marginals("six", 0, scores, found)
            result["six"] = self._finish("six", mine, start, first, found, forms)
        return result

    def marginals(self, name: str, number: int, scores: Floats, found: Tokenised) -> Floats:
        """Return the probabilities of the labels of pass ``number`` of a tagger, shape (tokens, labels)."""
        step, back, *_ = self._steps[name, number]
        result = np.zeros_like(scores)
        self._chains.marginals(scores, step, back, found.first, found.last, result)
        return result

    def add_first_pass(
        self, table: str, source: tuple[str, int], first: Floats, found: Tokenised,
        forms: tuple[Ints, Ints], total: Floats,
    ) -> None:  # fmt: skip
        """Add to scores what a pass said elsewhere in the document.

        Args:
            table: a tagger's name for its own first pass, ``h`` for what ``six`` makes of ``cdr``.
            source: the pass, whose probabilities are ``first``.
            first: shape (tokens, labels).
            found: the tokens.
            forms: token spans of short and of long forms.
            total: the scores, changed in place.
        """
        tables = self._tables[table]
        _, _, _, marks, of, types = self._steps[source]
        self._chains.first_pass(
            found.ids, found.first, found.last, self._norm_of.data, self._flags_of.data, self._stamps,
            first, marks, of, len(types), *forms, *tables.arrays, total,
        )  # fmt: skip

    def _finish(
        self, name: str, total: Floats, start: int, first: Floats, found: Tokenised,
        forms: tuple[Ints, Ints],
    ) -> list[tuple[int, int, str, float]]:  # fmt: skip
        number = 0 if self.taggers[name].second is None else 1
        cut = self.cuts[name, number]
        scores = np.ascontiguousarray(total[:, cut.start - start : cut.stop - start])
        sure = first
        if number:
            self.add_first_pass(name, (name, 0), first, found, forms, scores)
            sure = self.marginals(name, 1, scores, found)
        _, _, into, marks, of, types = self._steps[name, number]
        spans = np.zeros((len(found.ids), 3), dtype=np.int64)
        least = np.zeros(len(found.ids), dtype=np.float32)
        count = self._chains.decode(
            scores, into, marks, of, found.first, found.last, sure, spans, least
        )
        rows = zip(spans[:count].tolist(), least[:count].tolist(), strict=True)
        return [(s, e, types[t], p) for (s, e, t), p in rows]


def _chunk_unit(found: Tokenised, token: int, group: str) -> Hashable:
    start, end, a, b = found.chunk(token)
    place = _PLACES[
        0 if end - start == 1 else 1 if token == start else 3 if token == end - 1 else 2
    ]
    if group == "c":
        return found.between(start, end), place
    if group == "cn":
        text = "$"
        if end < b:
            text = found.between(*found.chunk(end)[:2]).lower()
        return f"{text}{place if place in '1E' else 'i'}"
    text = "^"
    if start > a:
        text = found.between(*found.chunk(start - 1)[:2]).lower()
    return f"{text}{place if place in '1B' else 'i'}"
