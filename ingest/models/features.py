"""Features of tokens for the taggers.

A document is laid out as columns of *units* (a word, a tuple of lexicon tags, a pair of words ...),
sentences one after another with :data:`PAD` empty places between them, so that the context of a token
is a shift of a column. A unit stands for a list of named features at each offset it is seen from.
Training turns units into names; tagging sums the weights of a unit once and keeps the sum.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

from ingest.models.lexicon import normal

__all__ = ["GROUPS", "PAD", "Column", "Group", "names_at", "scoped_names"]

PAD = 3
"""empty places before the first sentence and after each one"""

_GREEK_LETTER = re.compile(r"[α-ωΑ-Ω]")
_ROMAN = frozenset(("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"))
_CHEMICAL_PART = re.compile(
    r"(?:meth|eth|prop|but|pent|hex|benz|phen|chlor|fluor|brom|iod|nitr|sulf|sulph|hydr|oxy|oxo|amin|"
    r"amid|acet|carb|cyclo|thio|phosph|ox|az|pyr|imid|ster|glyc|cort|dopa|barb|lith|naph)"
)
_CHEMICAL_END = re.compile(
    r"(?:ine|ol|one|ide|ate|ane|ene|yl|ic|ium|ase|ose|am|il|an|in|en|id|um|cin|mab|nib|pril|olol|"
    r"azole|idine|amine|statin)$"
)
_DISEASE_END = re.compile(
    r"(?:itis|osis|oma|emia|aemia|uria|pathy|algia|plegia|paresis|trophy|plasia|sclerosis|penia|"
    r"megaly|rrhage|rrhea|rrhoea|thmia|cardia|pnea|tension|xia|sia|lysis|genesis|cytosis|toxicity|"
    r"failure|syndrome|disease|disorder|cancer|tumor|tumour|infarction|injury|pain)s?$"
)

_SHAPE = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "A" * 26 + "a" * 26 + "0" * 10,
)
_RUNS = re.compile(r"(.)\1+")

Namer = Callable[[Hashable, int], list[str]]


@dataclass(frozen=True, slots=True)
class Group:
    """A kind of unit: from which ``offsets`` it is seen and what its features are called."""

    name: str
    offsets: tuple[int, ...]
    names: Namer


Column = list[Hashable]


def shape(word: str) -> str:
    """``Na`` is ``Aa``, ``2004`` is ``0000``; other characters stay."""
    return word.translate(_SHAPE)


def _word(unit: Hashable, offset: int) -> list[str]:
    word = str(unit)
    if not word:
        return ["pad"]
    low = word.lower()
    norm = normal(word)
    if abs(offset) == 3:
        return [f"w={norm or low}"]
    outline = shape(word)
    short = _RUNS.sub(r"\1", outline)
    found = [f"w={low}", f"n={norm}", f"s={short}", f"x3={low[-3:]}"]
    if abs(offset) == 2:
        return found
    found += [f"x4={low[-4:]}", f"p3={low[:3]}", f"S={outline if len(word) < 8 else short + '+'}"]
    if _DISEASE_END.search(low):
        found.append("dis-end")
    if _CHEMICAL_END.search(low):
        found.append("chem-end")
    if offset:
        return found
    size = len(low)
    found += ["bias", f"W={word}", f"len={min(size, 12)}"]
    found += [f"p{n}={low[:n]}" for n in (1, 2, 4, 5) if size > n]
    found += [f"x{n}={low[-n:]}" for n in (1, 2, 5, 6) if size > n]
    if size > 4 and low.isalpha():
        framed = f"^{low}$"
        found += sorted({f"g={framed[i : i + 4]}" for i in range(len(framed) - 3)})
    if _CHEMICAL_PART.search(low):
        found.append("chem-part")
    if word.isupper():
        found.append(f"upper{min(size, 5)}")
    elif word[0].isupper():
        found.append("title")
    elif not word.islower() and word.isalpha():
        found.append("mixed")
    if low in _ROMAN:
        found.append("roman")
    if _GREEK_LETTER.search(word):
        found.append("greek")
    return found


def _pair(unit: Hashable, offset: int) -> list[str]:
    return [f"b={unit}"]


def _tags(unit: Hashable, offset: int) -> list[str]:
    tags: Sequence[str] = unit if isinstance(unit, tuple) else ()
    found = [t for t in tags if t]
    if not found:
        return ["none"]
    if offset == 0:
        # joined as well: what one lexicon says depends on what the others say
        found = [*found, "+".join(found)]
    return found


def _chunk(unit: Hashable, offset: int) -> list[str]:
    chunk, place = unit if isinstance(unit, tuple) else (unit, "")
    text = str(chunk)
    low = text.lower()
    short = _RUNS.sub(r"\1", shape(text))
    found = [f"c={low}", f"cs={short[:12]}", f"cx={low[-4:]}", f"cp={low[:4]}", f"at={place}"]
    if any(c.isdigit() for c in text) and any(c.isalpha() for c in text):
        found.append(f"digit{place}")
    return found


def _plain(unit: Hashable, offset: int) -> list[str]:
    return [f"{unit}"]


def _several(unit: Hashable, offset: int) -> list[str]:
    tags: Sequence[str] = unit if isinstance(unit, tuple) else ()
    return [t for t in tags if t]


GROUPS: tuple[Group, ...] = (
    Group("w", (-3, -2, -1, 0, 1, 2, 3), _word),
    Group("b", (-2, -1, 0, 1), _pair),
    Group("t", (-2, -1, 0, 1, 2), _tags),
    Group("tt", (-1, 0), _plain),
    Group("tw", (0,), _several),
    Group("c", (0,), _chunk),
    Group("cn", (0,), _plain),
    Group("cp", (0,), _plain),
    Group("g", (0,), _plain),
    Group("a", (-1, 0, 1), _several),
    Group("d", (0,), _several),
    Group("h", (-1, 0, 1), _several),
    Group("p", (-1, 0, 1), _several),
)
"""every kind of unit; ``h`` (another tagger) and ``p`` (first pass) only where there is one"""


def names_at(group: Group, unit: Hashable, offset: int) -> Iterator[str]:
    """Yield the full names of the features that a unit gives to the token at ``-offset`` from it."""
    prefix = f"{group.name}{offset}|"
    for name in group.names(unit, offset):
        yield prefix + name


Scoped = tuple[str, tuple[int, ...] | None]
"""a name, and the positions in ``Group.offsets`` it is given at (None: wherever a weight exists)"""


def scoped_names(group: Group, unit: Hashable) -> list[Scoped]:
    """Return the features of a unit at all offsets at once, without the prefix.

    A name that training never gave at an offset has no weight there, so only names that mean different
    things at different offsets need a scope.
    """
    if group.name == "w":
        word = str(unit)
        if not word:
            return [("pad", None)]
        low = word.lower()
        last = len(group.offsets) - 1
        here = [(n, None) for n in _word(unit, 0) if not n.startswith("w=")]
        return [(f"w={normal(word) or low}", (0, last)), (f"w={low}", tuple(range(1, last))), *here]
    if group.name == "t":
        tags = [t for t in unit if t] if isinstance(unit, tuple) else []
        if not tags:
            return [("none", None)]
        return [*((t, None) for t in tags), ("+".join(tags), (group.offsets.index(0),))]
    return [(n, None) for n in group.names(unit, 0)]
