"""From a document to columns of units, see :mod:`ingest.models.features`."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ingest.abbreviations import Abbreviation
from ingest.document import Sentence
from ingest.models.features import GROUPS, PAD, Column, Group
from ingest.models.lexicon import Lexicon, Match, normal
from ingest.models.tokens import Tokens, tokenize

__all__ = ["Layout", "Lexicons", "Units", "longest", "make_layout"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lexicons:
    """The lexicons that tokens are looked up in.

    ``external`` maps names to masks over ``classes``. Each of ``trained`` maps names seen in a corpus
    to a value that its function turns into a word such as ``chemical-h3`` (type, how often the string
    is such a name, how often it was seen) or, for "do not use", an empty string.
    """

    classes: tuple[str, ...]
    external: Lexicon
    trained: tuple[tuple[Lexicon, Callable[[int], str]], ...]


class Units:
    """Numbers of units, group by group, so that a unit is looked up once for all taggers.

    ``rows`` is the number of (unit, offset) pairs that taggers may keep scores of.
    """

    def __init__(self) -> None:
        self.listed: dict[str, list[Hashable]] = {g.name: [] for g in GROUPS}
        self._tables: dict[str, dict[Hashable, int]] = {g.name: {} for g in GROUPS}
        self.rows = 0

    def ids(self, group: Group, column: Column) -> Ints:
        """Return the number of each unit of a column, shape (places,)."""
        table = self._tables[group.name]
        get = table.get
        found = [get(unit, -1) for unit in column]
        if -1 in found:
            listed = self.listed[group.name]
            for place, number in enumerate(found):
                if number < 0:
                    unit = column[place]
                    known = table.setdefault(unit, len(listed))
                    if known == len(listed):
                        listed.append(unit)
                        self.rows += len(group.offsets)
                    found[place] = known
        return np.array(found, dtype=np.int64)


@dataclass(slots=True)
class Layout:
    """A document's tokens in places: ``places[i]`` is where token i stands in every column.

    ``first`` and ``last`` hold, for each sentence, its first token and the token after its last.
    """

    starts: list[int]
    ends: list[int]
    words: list[str]
    places: Ints
    first: list[int]
    last: list[int]
    size: int
    units: Units
    columns: dict[str, Column] = field(default_factory=dict)
    short_forms: list[tuple[int, int, int]] = field(default_factory=list)
    """token span of a short form, number of its definition"""
    long_forms: list[tuple[int, int]] = field(default_factory=list)
    """token span of the long form of each definition, (-1, -1) if it is not in one sentence"""

    _ids: dict[str, tuple[Column, Ints]] = field(default_factory=dict)

    def ids(self, group: Group) -> Ints | None:
        """Return the numbers of the units of a group's column, None if there is no such column."""
        column = self.columns.get(group.name)
        if column is None:
            return None
        known = self._ids.get(group.name)
        if known is None or known[0] is not column:
            known = self._ids[group.name] = (column, self.units.ids(group, column))
        return known[1]

    def spread(self, values: Iterable[object], empty: object) -> Column:
        """Return a column with one value for each token and ``empty`` at the places between."""
        column: Column = [empty] * self.size
        for place, value in zip(self.places.tolist(), values, strict=True):
            column[place] = value
        return column


def make_layout(
    text: str,
    sentences: Sequence[Sentence],
    abbreviations: Sequence[Abbreviation],
    lexicons: Lexicons,
    units: Units | None = None,
) -> Layout:
    """Tokenise the sentences and build every column but the taggers' own views.

    Args:
        text: the document's.
        sentences: its sentences.
        abbreviations: those it defines.
        lexicons: what tokens are looked up in.
        units: shared by the documents that one model reads, new ones if not given.
    """
    layout = _tokens(text, sentences, units or Units())
    words = layout.words
    norms = [normal(w) for w in words]
    tags, coarse = _lexicon_tags(layout, norms, lexicons)
    columns = layout.columns
    columns["w"] = layout.spread(words, "")
    columns["b"] = _pairs(layout, norms)
    columns["t"] = layout.spread(tags, ())
    columns["tt"] = _joined(layout, coarse)
    columns["tw"] = layout.spread(
        (
            (f"{c}&{n}", f"{c}<{p}", f"{c}>{q}") if c else ()
            for c, n, p, q in _context(layout, coarse, norms)
        ),
        (),
    )
    _chunks(text, layout)
    _abbreviation_column(layout, abbreviations, norms, coarse)
    _document_column(layout, norms, coarse)
    return layout


def _tokens(text: str, sentences: Sequence[Sentence], units: Units) -> Layout:
    starts: list[int] = []
    ends: list[int] = []
    words: list[str] = []
    places: list[int] = []
    first: list[int] = []
    last: list[int] = []
    size = PAD
    for sentence in sentences:
        tokens = Tokens(text, sentence.start, sentence.end)
        if not len(tokens):
            continue
        first.append(len(words))
        places.extend(range(size, size + len(tokens)))
        size += len(tokens) + PAD
        starts += tokens.starts
        ends += tokens.ends
        words += tokens.words
        last.append(len(words))
    return Layout(starts, ends, words, np.array(places, dtype=np.int64), first, last, size, units)


def longest(matches: Iterable[Match]) -> list[Match]:
    """Keep the longest match at each beginning, left to right, none overlapping."""
    kept: list[Match] = []
    reached = -1
    for match in matches:
        start, end, _ = match
        if kept and kept[-1][0] == start:
            kept[-1] = match  # the same beginning, and longer
            reached = end
        elif start >= reached:
            kept.append(match)
            reached = end
    return kept


def _mark(tags: list[str], start: int, end: int, label: str) -> None:
    if end - start == 1:
        tags[start] = "S-" + label
        return
    tags[start] = "B-" + label
    for i in range(start + 1, end - 1):
        tags[i] = "I-" + label
    tags[end - 1] = "E-" + label


def _lexicon_tags(
    layout: Layout, norms: list[str], lexicons: Lexicons
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Tags of every token in every lexicon, and the one coarse tag that says most."""
    size = len(norms)
    classes = lexicons.classes
    fields: list[list[str]] = [[""] * size for _ in range(len(classes) + len(lexicons.trained))]
    for a, b in zip(layout.first, layout.last, strict=True):
        sentence = norms[a:b]
        external = list(lexicons.external.matches(sentence))
        if external:
            for number, name in enumerate(classes):
                bit = 1 << number
                chosen = [m for m in external if m[2] & bit]
                for start, end, _ in longest(chosen) if chosen else ():
                    _mark(fields[number], a + start, a + end, name)
        for number, (lexicon, code) in enumerate(lexicons.trained):
            trained = [m for m in lexicon.matches(sentence) if code(m[2])]
            column = fields[len(classes) + number]
            for start, end, value in longest(trained) if trained else ():
                _mark(column, a + start, a + end, f"{number}{code(value)}")
    coarse = [_coarse(row, len(classes)) for row in zip(*fields, strict=True)] if size else []
    return list(zip(*fields, strict=True)) if size else [], coarse


def _coarse(row: tuple[str, ...], classes: int) -> str:
    for trained in row[classes:]:
        if trained:
            return trained.rsplit("-", 1)[0] if not trained.endswith("0") else trained
    for tag in row[:classes]:
        if tag:
            return "x" + tag
    return ""


def _context(
    layout: Layout, coarse: list[str], norms: list[str]
) -> Iterable[tuple[str, str, str, str]]:
    for a, b in zip(layout.first, layout.last, strict=True):
        for i in range(a, b):
            yield (
                coarse[i],
                norms[i],
                norms[i - 1] if i > a else "^",
                norms[i + 1] if i + 1 < b else "$",
            )


def _pairs(layout: Layout, norms: list[str]) -> Column:
    """Each place holds the pair of the token there and the next one."""
    column = layout.spread((n or "-" for n in norms), "")
    pairs: Column = [f"{x}_{y}" for x, y in itertools.pairwise(column)]
    pairs.append("_")
    return pairs


def _joined(layout: Layout, coarse: list[str]) -> Column:
    column = layout.spread(coarse, "")
    pairs: Column = [f"{x}/{y}" for x, y in itertools.pairwise(column)]
    pairs.append("/")
    return pairs


def _chunks(text: str, layout: Layout) -> None:
    """Words between white space: which one a token is in, where, and the ones beside it."""
    starts, ends = layout.starts, layout.ends
    own: list[tuple[str, str]] = []
    after: list[str] = []
    before: list[str] = []
    glue: list[str] = []
    for a, b in zip(layout.first, layout.last, strict=True):
        cuts = [a, *(i for i in range(a + 1, b) if starts[i] > ends[i - 1]), b]
        texts = [text[starts[s] : ends[e - 1]] for s, e in itertools.pairwise(cuts)]
        for number, (s, e) in enumerate(itertools.pairwise(cuts)):
            chunk = texts[number]
            following = texts[number + 1].lower() if number + 1 < len(texts) else "$"
            previous = texts[number - 1].lower() if number else "^"
            long = e - s
            for i in range(s, e):
                place = "1" if long == 1 else "B" if i == s else "E" if i == e - 1 else "I"
                own.append((chunk, place))
                after.append(f"{following}{place if place in '1E' else 'i'}")
                before.append(f"{previous}{place if place in '1B' else 'i'}")
                glue.append(f"{min(i - s, 3)}{min(e - 1 - i, 3)}")
    layout.columns["c"] = layout.spread(own, ("", ""))
    layout.columns["cn"] = layout.spread(after, "")
    layout.columns["cp"] = layout.spread(before, "")
    layout.columns["g"] = layout.spread(glue, "")


def _token_span(layout: Layout, start: int, end: int) -> tuple[int, int]:
    """The tokens that lie in ``text[start:end]``; (-1, -1) if they do not begin and end there."""
    low = int(np.searchsorted(layout.starts, start))
    high = int(np.searchsorted(layout.ends, end, side="right"))
    if low >= high or layout.starts[low] != start or layout.ends[high - 1] != end:
        return (-1, -1)
    return (low, high)


def _abbreviation_column(
    layout: Layout, abbreviations: Sequence[Abbreviation], norms: list[str], coarse: list[str]
) -> None:
    units: list[tuple[str, ...]] = [()] * len(norms)
    if abbreviations:
        index: dict[str, list[int]] = {}
        for i, word in enumerate(layout.words):
            index.setdefault(word, []).append(i)
        for number, item in enumerate(abbreviations):
            low, high = _token_span(layout, item.long_start, item.long_end)
            layout.long_forms.append((low, high))
            if low < 0:
                continue
            tail = norms[high - 1]
            about = (
                f"of={tail}",
                f"of3={tail[-3:]}",
                f"oft={coarse[high - 1]}",
                f"oh={norms[low]}",
            )
            short = tokenize(item.short)
            for i in index.get(short[0], ()):
                if layout.words[i : i + len(short)] != short:
                    continue
                layout.short_forms.append((i, i + len(short), number))
                for j in range(i, i + len(short)):
                    mark = (
                        "S"
                        if len(short) == 1
                        else "B"
                        if j == i
                        else "E"
                        if j == i + len(short) - 1
                        else "I"
                    )
                    units[j] = (f"SF{mark}", *(f"{mark}{x}" for x in about))
            for j in range(low, high):
                units[j] = (*units[j], "LF" + ("E" if j == high - 1 else "B" if j == low else "I"))
    layout.columns["a"] = layout.spread(units, ())


def _document_column(layout: Layout, norms: list[str], coarse: list[str]) -> None:
    counts = Counter(norms)
    elsewhere: dict[str, set[str]] = {}
    lower = {w for w in layout.words if w.islower()}
    for norm, tag in zip(norms, coarse, strict=True):
        if tag and len(norm) > 2:
            elsewhere.setdefault(norm, set()).add(tag.split("-")[1] if "-" in tag else tag)
    units: list[tuple[str, ...]] = []
    title_end = layout.last[0] if layout.last else 0
    title = set(norms[:title_end])
    for word, norm, tag in zip(layout.words, norms, coarse, strict=True):
        if not norm.isalnum():
            units.append(())
            continue
        count = counts[norm]
        found = ["n1" if count == 1 else "n2" if count == 2 else "n5" if count <= 5 else "n6"]
        if norm in title:
            found.append("title")
        if word[0].isupper() and word.lower() in lower:
            found.append("lower")
        if not tag and norm in elsewhere:
            found += sorted(f"else-{c}" for c in elsewhere[norm])
        units.append(tuple(found))
    layout.columns["d"] = layout.spread(units, ())
