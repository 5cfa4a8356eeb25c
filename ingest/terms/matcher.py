"""Find every name of a terminology in a text, with one Aho-Corasick automaton.

The automaton runs over a folded copy of the text of the same length, so offsets are exact. Short
symbols (``MET``, ``AQP2``) must agree in case, plurals are accepted, and a name that means several
things equally is left alone.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from typing import Any, NamedTuple

import ahocorasick

from graph.model import Category
from ingest.prepared import prepared
from ingest.terms.byhand import read_supplement
from ingest.terms.normal import fold, single, variants
from ingest.terms.terminology import Terminology, core
from ingest.words import words

__all__ = ["Found", "Matcher", "core_matcher", "matcher_of"]

_SYMBOL = re.compile(r"^(?=.*[A-Z0-9])[A-Za-z0-9/+α-ωΑ-Ω-]{1,6}$")
_PREFIXES_BEFORE_HYPHEN = words("""anti non pre post co low high mid long short dose drug chronic acute poly multi sub self
    alcohol wild free""")
_MAX_NAME = 70
_PRIORITY = {
    Category.DISEASE: 0, Category.PHENOTYPE: 0, Category.CHEMICAL: 1, Category.GENE: 2,
    Category.PROTEIN: 3, Category.TAXON: 0, Category.BEHAVIOR: 3, Category.PROCESS: 4,
    Category.PROCEDURE: 5, Category.ANATOMY: 6, Category.CELL: 6, Category.CELL_LINE: 7,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A name found: offsets in the text, the entity, its category, whether by preferred name."""

    start: int
    end: int
    entity: str
    category: Category
    score: float


class _Forms(NamedTuple):
    """What a text is searched for: ``codes``, for each form one or several (place in ``ids`` times 4096
    plus place of the name), the forms' ``lengths``, and the ``automaton`` that finds their places."""

    ids: list[str]
    codes: list[int | list[int]]
    lengths: list[int]
    automaton: Any


class _Reading(NamedTuple):
    """One meaning of a folded name; ``cased`` is the spelling required, or empty."""

    rank: tuple[int, int]
    id: str
    category: Category
    cased: str
    loose: bool


class Matcher:
    """Names of ``terminology`` as an automaton.

    Args:
        terminology: what to look for.
        stop: names to leave alone: lower-case ones in any case, others exactly.
        exempt: names that are always looked for, and for which entity.
    """

    def __init__(
        self,
        terminology: Terminology,
        *,
        stop: Iterable[str] = (),
        exempt: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.terminology = terminology
        self._stop = frozenset(stop)
        self._owned = {(id, name) for name, id in exempt}
        given = (terminology.content, *sorted(self._stop), *map(repr, sorted(self._owned)))
        forms = _Forms(*prepared("matcher", given, self._build, of=len(terminology)))
        self._ids = forms.ids
        self._codes = forms.codes
        self._lengths = forms.lengths
        self._automaton = forms.automaton
        self._readings: list[tuple[_Reading, ...] | None] = [None] * len(self._codes)

    def _build(self) -> tuple[Any, ...]:
        table: dict[str, int | list[int]] = {}
        ids: list[str] = []
        stop, owned = self._stop, self._owned

        def put(form: str, code: int) -> None:
            old = table.setdefault(form, code)
            if old is code:
                return
            if isinstance(old, list):
                old.append(code)
            else:
                table[form] = [old, code]

        for number, (id, category, preferred, synonyms, _) in enumerate(self.terminology.rows()):
            ids.append(id)
            base = number << 12
            for position, name in enumerate((preferred, *synonyms)):
                if len(name) > _MAX_NAME or (
                    not self._wanted(name, category, position == 0, stop)
                    and (id, name) not in owned
                ):
                    continue
                folded = fold(name)
                if _is_symbol(name) or single(folded):
                    put(folded, base + position)
                else:
                    for form in sorted(variants(folded)):  # sets have no order of their own
                        put(form, base + position)
        automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        add = automaton.add_word
        for place, form in enumerate(table):
            add(form, place)
        automaton.make_automaton()
        return tuple(_Forms(ids, list(table.values()), list(map(len, table)), automaton))

    def _meanings(self, value: int) -> tuple[_Reading, ...]:
        """What a form means, worked out when a text has it for the first time."""
        found = self._readings[value]
        if found is None:
            codes = self._codes[value]
            readings = [self._reading(c) for c in (codes if isinstance(codes, list) else [codes])]
            found = tuple(readings) if len(readings) == 1 else self._unambiguous(readings)
            self._readings[value] = found
        return found

    def _reading(self, code: int) -> _Reading:
        id, category, preferred, synonyms, _ = self.terminology.row(self._ids[code >> 12])
        position = code & 4095
        name = synonyms[position - 1] if position else preferred
        level = 0 if (id, name) in self._owned else 1 if position == 0 else 2
        symbol = _is_symbol(name)
        loose = symbol and len(name) >= 4 and name[0].isalpha() and any(c.isdigit() for c in name)
        rank = (level, _PRIORITY.get(category, 9))
        return _Reading(rank, id, category, name if symbol else "", loose)

    @staticmethod
    def _wanted(name: str, category: Category, preferred: bool, stop: frozenset[str]) -> bool:
        if name in stop or name.lower() in stop:
            return False
        size = len(name)
        if category is Category.GENE:
            if preferred:
                return size > 2
            if size <= 3:
                return False
            return size > 4 or any(c.isdigit() for c in name) or name[0].isupper()
        if size <= 2:
            return False
        if size == 3:
            return name.isalpha() and (preferred or name.isupper())
        return any(c.isalpha() for c in name)

    @staticmethod
    def _unambiguous(readings: list[_Reading]) -> tuple[_Reading, ...]:
        """Keep, for each required spelling, the best meaning if there is only one."""
        kept: list[_Reading] = []
        for cased in sorted({r.cased for r in readings}):
            same = [r for r in readings if r.cased == cased]
            best = min(r.rank for r in same)
            ids = sorted({r.id for r in same if r.rank == best})
            if len(ids) == 1:
                kept.append(next(r for r in same if r.id == ids[0] and r.rank == best))
        # exact spellings first, then the others by rank
        return tuple(sorted(kept, key=lambda r: (not r.cased, r.rank, r.id)))

    def find(self, text: str) -> list[Found]:
        """Return the names in a text, longest first where they overlap, by offset."""
        folded = fold(text)
        size = len(folded)
        hits: list[tuple[int, int, bool, int]] = []
        for last, value in self._automaton.iter(folded):
            end = last + 1
            start = end - self._lengths[value]
            if start and folded[start - 1].isalnum():
                continue
            plural = end < size and folded[end].isalnum()
            if plural:
                end = _plural_end(folded, end, size, start)
                if end < 0:
                    continue
            hits.append((start, -end, plural, value))
        hits.sort()
        found: list[Found] = []
        position = 0
        for start, negative_end, _, value in hits:
            if start < position:
                continue
            reading = self._read(text, start, -negative_end, value)
            if reading is not None:
                score = 0.95 if reading.rank[0] < 2 else 0.85
                found.append(Found(start, -negative_end, reading.id, reading.category, score))
                position = -negative_end
        return found

    def _read(self, text: str, start: int, end: int, value: int) -> _Reading | None:
        surface = text[start:end]
        if surface in self._stop or surface.lower() in self._stop:
            return None
        for reading in self._meanings(value):
            cased = reading.cased
            if (
                cased
                and surface not in (cased, cased + "s")
                and not (reading.loose and surface.lower() == cased.lower())
            ):
                continue
            if reading.category is Category.CHEMICAL and not _chemical_start(text, start):
                continue
            return reading
        return None


def _is_symbol(name: str) -> bool:
    """Whether the case of a name matters."""
    return len(name) <= 6 and _SYMBOL.match(name) is not None


def _plural_end(folded: str, end: int, size: int, start: int) -> int:
    """The end with a plural ``s``, or -1 if the name goes on in another way."""
    if (
        folded[end] == "s"
        and end - start >= 3
        and (end + 1 == size or not folded[end + 1].isalnum())
    ):
        return end + 1
    return -1


def _chemical_start(text: str, start: int) -> bool:
    """Whether a chemical name can begin here: not inside a longer one (``2-methyl-ethanol``)."""
    if not start or text[start - 1] not in "-‐‑":
        return True
    before = re.search(r"([A-Za-z0-9,'()]+)$", text[max(0, start - 20) : start - 1])
    if before is None:
        return True
    word = before.group(1).lower()
    return word in _PREFIXES_BEFORE_HYPHEN or (word.isalpha() and not word.endswith(("yl", "xy", "no", "ro")) and len(word) > 3)  # fmt: skip


def read_stop_list() -> frozenset[str]:
    """Read the names that are left alone in running text."""
    text = resources.files("ingest.terms").joinpath("stop.tsv").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def matcher_of(terminology: Terminology) -> Matcher:
    """Return a matcher of a terminology, with the bundled stop list and the names given by hand."""
    exempt = [(name, row.id) for row in read_supplement() for name in (row.name, *row.names)]
    return Matcher(terminology, stop=read_stop_list(), exempt=exempt)


@functools.lru_cache(maxsize=1)
def core_matcher() -> Matcher:
    """Return the matcher of the bundled terminology, built once per process."""
    return matcher_of(core())
