"""Names for linking: keys that ignore inflection and word order, and n-gram nearest neighbours."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.models.lexicon import normal
from ingest.models.tokens import tokenize
from ingest.words import words

__all__ = ["Keys", "NgramIndex", "bag_key", "head_key", "keys_of", "spelled", "stem", "tight_key"]

_ENDINGS = (
    ("ically", ""), ("ations", "at"), ("ation", "at"), ("ated", "at"), ("ates", "at"), ("ating", "at"),
    ("ities", ""), ("ity", ""), ("iveness", ""), ("ive", ""), ("ments", ""), ("ment", ""), ("ness", ""),
    ("ally", ""), ("ical", ""), ("ial", ""), ("ous", ""), ("ions", ""), ("ion", ""),
    ("ings", ""), ("ing", ""), ("ies", "y"), ("ied", "y"), ("ed", ""), ("ic", ""), ("al", ""),
    ("ia", ""), ("es", ""), ("is", ""), ("s", ""), ("y", ""), ("e", ""),
)  # fmt: skip
_DROPPED = frozenset(
    [
        "of",
        "the",
        "a",
        "an",
        "and",
        "in",
        "to",
        "with",
        "by",
        "for",
        "on",
        "at",
        "from",
        "or",
        "disease",
        "disorder",
        "syndrome",
    ]
)
_HEADS = frozenset(
    words("""toxicity toxic damage injury lesion dysfunction impairment deficit abnormality complication
    problem disturbance trouble disease disorder syndrome symptom effect change failure alteration
    involvement manifestation condition episode event illness""")
)
"""words that say that something is wrong and not what"""
_SAME = {
    "tumour": "neoplasm", "tumor": "neoplasm", "cancer": "neoplasm", "carcinoma": "neoplasm",
    "malignancy": "neoplasm", "kidney": "renal", "nephric": "renal", "liver": "hepatic",
    "heart": "cardiac", "lung": "pulmonary", "myocardial": "cardiac", "brain": "cerebral",
    "injury": "damage", "lesion": "damage", "impairment": "dysfunction", "insufficiency": "failure", "haemorrhage": "hemorrhage",
    "bleeding": "hemorrhage", "haemorrhagic": "hemorrhagic", "toxic": "toxicity", "deficit": "dysfunction",
    "stomach": "gastric", "bowel": "intestinal", "vein": "venous", "artery": "arterial",
    "eye": "ocular", "skin": "cutaneous", "bone": "osseous", "nerve": "neural", "stenosis": "obstruction",
    "malformation": "abnormality", "anomaly": "abnormality", "defect": "abnormality", "fit": "seizure",
    "dependency": "dependence", "addiction": "dependence", "bleed": "hemorrhage",
    "hearing": "auditory", "sight": "vision", "visual": "vision", "child": "pediatric",
    "extremity": "limb", "neurologic": "neural", "neurological": "neural",
    "hydrochloride": "", "hcl": "", "sodium": "", "acute": "", "severe": "", "chronic": "",
}  # fmt: skip
_TIGHT = re.compile(r"[^0-9a-z]+")


@functools.lru_cache(maxsize=100_000)
def spelled(word: str) -> str:
    """Return the normal form of a word with British spellings as American ones (``haem``, ``tumour``)."""
    low = normal(word)
    if len(low) > 4:
        low = low.replace("ae", "e").replace("oe", "e").replace("sulph", "sulf")
        if low.endswith("our"):
            low = low[:-2] + "r"
    return low


@functools.lru_cache(maxsize=100_000)
def stem(token: str) -> str:
    """Cut the ending of a normal token of five letters or more; a plain longest-ending rule."""
    if len(token) < 5 or not token.isalpha():
        return token
    for ending, instead in _ENDINGS:
        if token.endswith(ending) and len(token) - len(ending) >= 3:
            return token[: -len(ending)] + instead
    return token


def tight_key(name: str) -> str:
    """Letters and digits of the normal tokens without anything between."""
    return _TIGHT.sub("", "".join(spelled(t) for t in tokenize(name)))


def bag_key(name: str, *, loose: bool = False) -> str:
    """Stems of a name in alphabetical order, small words left out; ``loose`` also makes words of the
    same meaning one and drops salts and degrees."""
    stems = []
    for token in tokenize(name):
        norm = spelled(token)
        if not norm or norm in _DROPPED or not norm.isalnum():
            continue
        if loose:
            norm = _SAME.get(norm, norm)
            if not norm:
                continue
        stems.append(stem(norm))
    return " ".join(sorted(stems))


def head_key(name: str) -> str:
    """The loose key of a name without the words that only say that something is wrong: ``retinal
    toxicity`` and ``Retinal Diseases`` share it. Empty if the name has no such word."""
    low = tokenize(name)
    kept = [w for w in low if spelled(w) not in _HEADS]
    return bag_key(" ".join(kept), loose=True) if len(kept) < len(low) else ""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one name: see :func:`tight_key`, :func:`bag_key` and :func:`head_key`."""

    tight: str
    bag: str
    loose: str
    head: str


def keys_of(name: str) -> Keys:
    """Return all keys of a name, for the price of reading it once."""
    low = [spelled(t) for t in tokenize(name)]
    bag: list[str] = []
    loose: list[str] = []
    head: list[str] = []
    headed = False
    for word in low:
        is_head = word in _HEADS
        headed |= is_head
        if not word or word in _DROPPED or not word.isalnum():
            continue
        bag.append(stem(word))
        same = _SAME.get(word, word)
        if same:
            loose.append(stem(same))
            if not is_head:
                head.append(loose[-1])
    return Keys(
        _TIGHT.sub("", "".join(low)),
        " ".join(sorted(bag)),
        " ".join(sorted(loose)),
        " ".join(sorted(head)) if headed else "",
    )


@functools.lru_cache(maxsize=200_000)
def _word_codes(word: str) -> tuple[int, ...]:
    """Codes of a content word: its stem, twice, and its first letters."""
    root = stem(word)
    return _code(f"#{root}"), _code(f"##{root}"), _code(f"^{word[:5]}")


@functools.lru_cache(maxsize=200_000)
def _code(gram: str) -> int:
    """A number for a gram that is not a trigram; trigrams have numbers below 2**63."""
    digest = hashlib.blake2b(gram.encode("utf-8"), digest_size=8).digest()
    return int.from_bytes(digest, "little") | 1 << 63


def _words(name: str) -> list[str]:
    """The normal words that grams are made of, words of one meaning made one."""
    low = [_SAME.get(n, n) for n in map(spelled, tokenize(name)) if n]
    return [w for w in low if w]


def _codes(names: Sequence[str]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Return (gram, place of the name) for every gram of the names: trigrams of the normal words, of each
    content word its stem, twice, and its first letters, and the stem of the last word."""
    framed: list[str] = []
    others: list[int] = []
    counts: list[int] = []
    for name in names:
        low = _words(name)
        framed.append(f" {' '.join(low)} ")
        before = len(others)
        for word in low:
            if word not in _DROPPED:
                others += _word_codes(word)
        if low:
            others.append(_code(f"${stem(low[-1])}"))
        counts.append(len(others) - before)
    lengths = np.array([len(f) for f in framed], dtype=np.int64)
    letters = np.frombuffer("".join(framed).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    owner = np.repeat(np.arange(len(names)), lengths)
    if len(letters) < 3:
        return np.array(others, dtype=np.uint64), np.repeat(np.arange(len(names)), counts)
    shift = np.uint64(21)
    trigrams = letters[:-2] | letters[1:-1] << shift | letters[2:] << shift + shift
    inside = owner[:-2] == owner[2:]
    return (
        np.concatenate([trigrams[inside], np.array(others, dtype=np.uint64)]),
        np.concatenate([owner[:-2][inside], np.repeat(np.arange(len(names)), counts)]),
    )


class NgramIndex:
    """Cosine nearest neighbours of names by TF-IDF weighted character trigrams and stems.

    Args:
        names: what may be found.
        values: what each name stands for.
    """

    def __init__(self, names: Sequence[str], values: Sequence[str]) -> None:
        self.values = list(values)
        self.names = list(names)
        count = len(self.names)
        codes, rows = _codes(self.names)
        self._grams, columns = np.unique(codes, return_inverse=True)
        pairs, times = np.unique(columns * max(1, count) + rows, return_counts=True)
        columns, self._rows = pairs // max(1, count), (pairs % max(1, count)).astype(np.int32)
        found = np.bincount(columns, minlength=len(self._grams))
        self._ends = np.concatenate([[0], np.cumsum(found)]).astype(np.int64)
        self._idf = (np.log((1 + count) / (1 + found)) + 1).astype(np.float32)
        weights = (1 + np.log(times)).astype(np.float32) * self._idf[columns]
        norms = np.sqrt(np.bincount(self._rows, weights=weights**2, minlength=count))
        norms[norms == 0] = 1
        self._weights: npt.NDArray[np.float32] = (weights / norms[self._rows]).astype(np.float32)

    def _column(self, code: int) -> int:
        place = int(np.searchsorted(self._grams, np.uint64(code)))
        return place if place < len(self._grams) and self._grams[place] == code else -1

    def nearest(self, name: str, limit: int = 5) -> list[tuple[str, float, str]]:
        """Return (value, cosine, name), best first; each value once."""
        if not self.names:
            return []
        codes, times = np.unique(_codes([name])[0], return_counts=True)
        places = np.minimum(np.searchsorted(self._grams, codes), len(self._grams) - 1)
        known = self._grams[places] == codes
        if not known.any():
            return []
        columns = places[known]
        weights = (1 + np.log(times[known])).astype(np.float32) * self._idf[columns]
        # grams that no name has still count against the match
        unknown = int((~known).sum())
        length = float(np.sqrt((weights**2).sum() + unknown * float(self._idf.max()) ** 2))
        scores: npt.NDArray[Any] = np.zeros(len(self.names), dtype=np.float32)
        for column, weight in zip(columns.tolist(), weights.tolist(), strict=True):
            a, b = self._ends[column], self._ends[column + 1]
            scores[self._rows[a:b]] += self._weights[a:b] * np.float32(weight)
        scores = np.minimum(scores / length, 1.0)
        count = min(len(scores), limit * 4)
        # every name as good as the last of them, so that ties are decided by name
        least = np.partition(scores, -count)[-count]
        top = np.flatnonzero(scores >= max(least, np.float32(1e-6)))
        best: dict[str, tuple[str, float, str]] = {}
        for row in sorted(top.tolist(), key=lambda r: (-scores[r], self.names[r], self.values[r])):
            best.setdefault(
                self.values[row], (self.values[row], float(scores[row]), self.names[row])
            )
        return list(best.values())[:limit]

    def stem_weight(self, root: str) -> float:
        """How rare a stem is among the names: its inverse document frequency."""
        column = self._column(_code(f"#{root}"))
        return float(self._idf[column] if column >= 0 else self._idf.max(initial=1.0))

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> NgramIndex:
        """Return an index of (name, value) pairs."""
        listed = sorted(set(pairs))
        return cls([n for n, _ in listed], [v for _, v in listed])
