"""Features of a pair of entities in a document.

Sparse ones are hashed strings (CRC-32 of the name, cut to :data:`BITS` bits): words between and around
the mentions, names, branches of MeSH. Dense ones are :data:`DENSE`: places, distances, frequencies,
trigger words, and how the entities stand in the MeSH trees to the other ones of the document.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from ingest.relations.claimed import CLAIMED, claimed
from ingest.relations.hierarchy import Hierarchy
from ingest.relations.triggers import CLASSES, classes_of
from ingest.relations.view import EntityView, Place, View
from ingest.words import words as word_set

__all__ = ["BITS", "DENSE", "PAIR_KINDS", "PairFeatures", "nearest"]

BITS = 18
PAIR_KINDS = ("CC", "CD", "CG", "CV", "DG", "DV", "GG", "VV")
_MEETINGS = 6
_CONTEXTS = 8
_BETWEEN = 14
_STOP = word_set("the a an of in and to , . ( ) with for was were is by that 0 - / or on as")
_N = len(CLASSES)
_UNCLAIMED = [0.0] * len(CLAIMED)
_PLACES = (
    "count", "share", "sentences", "spread", "title", "first", "last", "rank", "most",
    "finding", "depth", "above", "below", "listed",
)  # fmt: skip
DENSE: tuple[str, ...] = (
    *(f"kind {k}" for k in PAIR_KINDS),
    *(f"{p} {n}" for n in (1, 2) for p in _PLACES),
    "together", "gap", "distance", "forward", "title together", "first together",
    "last together", "adjacent", "compound", "bracket", "same group", "others between",
    "sentences", "entities 1", "entities 2", "words", "min count",
    *(f"between {c}" for c in CLASSES), *(f"left {c}" for c in CLASSES),
    *(f"right {c}" for c in CLASSES), *(f"any {c}" for c in CLASSES),
    *(f"before 1 {c}" for c in CLASSES), *(f"before 2 {c}" for c in CLASSES),
    *(f"title {c}" for c in CLASSES), *CLAIMED,
)  # fmt: skip
"""names of the dense features, in order"""

Ints = npt.NDArray[np.int64]


_PRIME = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(64 - BITS)


def _codes(names: Iterable[str]) -> npt.NDArray[np.uint64]:
    return np.array([crc32(n.encode()) for n in names], dtype=np.uint64)


def _mixed(codes: npt.NDArray[np.uint64], role: str) -> Ints:
    """Feature numbers of codes in a role: multiplicative hashing of both (Knuth 1973, 6.4)."""
    salt = np.uint64(crc32(role.encode()) << 32)
    return ((codes + salt) * _PRIME >> _SHIFT).astype(np.int64)


def nearest(a: EntityView, b: EntityView) -> list[tuple[int, Place, Place]]:
    """Return (distance in words, place, place) of mentions of both in one sentence: for each sentence
    and mention of the one the nearest of the other, nearest first, at most six."""
    found: list[tuple[int, Place, Place]] = []
    for sentence, mine in a.by_sentence.items():
        theirs = b.by_sentence.get(sentence)
        if theirs:
            for p in mine:
                q = min(theirs, key=lambda o: (abs(o.word - p.word), o.word))
                found.append((abs(q.word - p.word), p, q))
    found.sort(key=lambda f: (f[0], f[1]))
    return found[:_MEETINGS]


class _Known(NamedTuple):
    """An entity's hashes, trigger classes before it, dense features, and the hashes by role."""

    codes: npt.NDArray[np.uint64]
    before: list[float]
    dense: list[float]
    roles: dict[str, Ints]


class PairFeatures:
    """Features of the pairs of one document.

    Args:
        view: the document.
        trees: MeSH tree numbers.
        mesh: number of an entity -> its MeSH id (``D...``), empty if unknown.
    """

    def __init__(self, view: View, trees: Hierarchy, mesh: list[str]) -> None:
        self.view = view
        self.trees = trees
        self.mesh = mesh
        self._known: dict[int, _Known] = {}
        self.claims = claimed(view)
        self._bags: dict[int, Ints] = {}
        self._sentence_classes: dict[int, set[int]] = {}
        self.counts = [len(e.places) for e in view.entities]
        self.total = max(1, sum(self.counts))
        kinds: dict[str, list[int]] = {}
        for e in view.entities:
            kinds.setdefault(e.kind, []).append(self.counts[e.number])
        self._kinds = {k: sorted(v, reverse=True) for k, v in kinds.items()}
        words = view.words
        self._size = sum(map(len, words))
        self._title_classes = [0.0] * _N
        for row in words[: view.titles]:
            for word in row:
                for c in classes_of(word):
                    self._title_classes[c] = 1.0
        title = dict.fromkeys(w for row in words[: view.titles] for w in row if w not in _STOP)
        self._title = _mixed(_codes(title), "title")

    # entities ---------------------------------------------------------------------------

    def _entity(self, number: int) -> _Known:
        """What is known of an entity, worked out once."""
        known = self._known.get(number)
        if known is not None:
            return known
        view = self.view
        entity = view.entities[number]
        mesh = self.mesh[number]
        names: dict[str, None] = {f"i|{mesh}": None}
        before = [0.0] * _N
        for place in entity.places[:_CONTEXTS]:
            row = view.words[place.sentence]
            at = place.word
            left = row[max(0, at - 3) : at]
            right = row[at + 1 : at + 4]
            for word in left:
                names[f"l|{word}"] = None
                for c in classes_of(word):
                    before[c] = 1.0
            for word in right:
                names[f"r|{word}"] = None
            if left:
                names[f"L|{' '.join(left[-2:])}"] = None
                names[f"L1|{left[-1]}"] = None
                names[f"L3|{' '.join(left)}"] = None
            if right:
                names[f"R|{' '.join(right[:2])}"] = None
                names[f"R1|{right[0]}"] = None
        texts = {p.span: None for p in entity.places[:_CONTEXTS]}
        for index in texts:
            span = view.spans[index]
            text = view.text[span.start : span.end].lower()
            if f"n|{text}" in names:
                continue
            parts = text.split()
            names[f"n|{text}"] = None
            names[f"h|{parts[-1]}"] = None
            names[f"x|{parts[-1][-4:]}"] = None
            for part in parts:
                names[f"w|{part}"] = None
        branches = self.trees.branches(mesh)
        for branch in branches:
            names[f"m|{branch}"] = None
        known = _Known(_codes(names), before, self._place(entity, mesh, branches), {})
        self._known[number] = known
        return known

    def _role(self, number: int, role: str) -> tuple[Ints, _Known]:
        known = self._entity(number)
        mixed = known.roles.get(role)
        if mixed is None:
            mixed = known.roles[role] = _mixed(known.codes, role)
        return mixed, known

    def _place(self, entity: EntityView, mesh: str, branches: list[str]) -> list[float]:
        view = self.view
        count = self.counts[entity.number]
        sentences = entity.by_sentence
        last = len(view.words) - 1
        ranks = self._kinds[entity.kind]
        above = below = 0
        if mesh:
            for other in view.entities:
                theirs = self.mesh[other.number]
                if theirs and other.kind == entity.kind and theirs != mesh:
                    below += self.trees.above(theirs, mesh)
                    above += self.trees.above(mesh, theirs)
        listed = max((len(v) for v in self._neighbours(entity)), default=0)
        return [
            math.log1p(count),
            count / self.total,
            len(sentences) / max(1, len(view.words)),
            (max(sentences) - min(sentences)) / max(1, last),
            float(any(s < view.titles for s in sentences)),
            min(sentences) / max(1, last),
            float(last in sentences),
            float(ranks.index(count)),
            float(count == ranks[0]),
            float(any(b.startswith("C23") for b in branches)),
            float(self.trees.depth(mesh)),
            float(above),
            float(below),
            float(listed),
        ]

    def _neighbours(self, entity: EntityView) -> Iterable[list[str]]:
        """The mentions of its kind near each of its first places."""
        for place in entity.places[:4]:
            row = self.view.words[place.sentence]
            near = row[max(0, place.word - 6) : place.word + 7]
            yield [w for w in near if w == entity.kind]

    # sentences --------------------------------------------------------------------------

    def _bag(self, sentence: int) -> Ints:
        known = self._bags.get(sentence)
        if known is None:
            row = self.view.words[sentence]
            names = dict.fromkeys(w for w in row if w not in _STOP)
            known = self._bags[sentence] = _mixed(_codes(names), "sentence")
            self._sentence_classes[sentence] = {c for w in row for c in classes_of(w)}
        return known

    # pairs ------------------------------------------------------------------------------

    def pair(self, a: int, b: int) -> tuple[Ints, list[float]]:
        """Return the hashed features (sorted, each once) and the dense ones of a pair."""
        view = self.view
        one, two = view.entities[a], view.entities[b]
        kind = one.kind + two.kind
        hashes_1, known_1 = self._role(a, f"{kind}1")
        hashes_2, known_2 = self._role(b, f"{kind}2")
        meetings = nearest(one, two)
        names: dict[str, None] = {"kind": None}
        hashes = [hashes_1, hashes_2, self._title]
        between, left, right, anywhere = [0.0] * _N, [0.0] * _N, [0.0] * _N, [0.0] * _N
        compound = bracket = adjacent = 0.0
        crowd = 9.0
        forward = 0
        for distance, p, q in meetings:
            row = view.words[p.sentence]
            ahead = p.word < q.word or (p.word == q.word and p.span < q.span)
            forward += ahead
            low, high = (p.word, q.word) if ahead else (q.word, p.word)
            inner = row[low + 1 : high]
            self._name_meeting(names, row, low, high, ">" if ahead else "<")
            for word in inner:
                for c in classes_of(word):
                    between[c] = 1.0
            for word in row[max(0, low - 4) : low]:
                for c in classes_of(word):
                    left[c] = 1.0
            for word in row[high + 1 : high + 5]:
                for c in classes_of(word):
                    right[c] = 1.0
            adjacent = max(adjacent, float(distance <= 1))
            if ahead and inner[:1] == ["-"] and len(inner) <= 3:
                compound = 1.0
            if "(" in inner and ")" not in inner:
                bracket = 1.0
            crowd = min(crowd, float(sum(len(w) == 1 and w.isupper() for w in inner)))
        together = sorted({p.sentence for _, p, _ in meetings})
        for sentence in together:
            hashes.append(self._bag(sentence))
            for c in self._sentence_classes[sentence]:
                anywhere[c] = 1.0
        gap = 0 if together else min(abs(s - t) for s in one.by_sentence for t in two.by_sentence)
        names[f"gap|{min(gap, 4)}"] = None
        names[f"met|{min(len(meetings), 4)}"] = None
        codes = _codes(names)
        hashes.append(_mixed(codes, "pair"))
        hashes.append(_mixed(codes, kind))
        last = len(view.words) - 1
        dense = [
            *(float(kind == k) for k in PAIR_KINDS), *known_1.dense, *known_2.dense,
            float(len(together)), float(gap),
            float(meetings[0][0]) if meetings else 60.0,
            forward / len(meetings) if meetings else 0.5,
            float(any(s < view.titles for s in together)),
            together[0] / max(1, last) if together else 2.0,
            float(last in together), adjacent, compound, bracket,
            float(one.kind == two.kind), crowd,
            float(len(view.words)), float(len(self._kinds[one.kind])),
            float(len(self._kinds[two.kind])), float(self._size),
            float(min(self.counts[a], self.counts[b])),
            *between, *left, *right, *anywhere,
            *known_1.before,
            *known_2.before,
            *self._title_classes,
            *self.claims.scores.get((min(a, b), max(a, b)), _UNCLAIMED),
        ]  # fmt: skip
        return np.unique(np.concatenate(hashes)), dense

    @staticmethod
    def _name_meeting(
        names: dict[str, None], row: list[str], low: int, high: int, way: str
    ) -> None:
        inner = row[low + 1 : high]
        if len(inner) > _BETWEEN:
            half = _BETWEEN // 2
            inner = [*inner[:half], "...", *inner[-half:]]
            names[f"b{way}far"] = None
        elif len(inner) <= 6:
            names[f"b{way}={' '.join(inner)}"] = None
        previous = before = "^"
        for word in inner:
            if word not in _STOP:
                names[f"b{way}{word}"] = None
                names[f"b|{word}"] = None
            names[f"b{way}{previous} {word}"] = None
            names[f"b3{way}{before} {previous} {word}"] = None
            before, previous = previous, word
        names[f"b{way}{previous} $"] = None
        names[f"b3{way}{before} {previous} $"] = None
        left = row[max(0, low - 3) : low]
        right = row[high + 1 : high + 4]
        for word in left:
            names[f"l{way}{word}"] = None
        for word in right:
            names[f"r{way}{word}"] = None
        names[f"l2{way}{' '.join(left[-2:])}"] = None
        names[f"r2{way}{' '.join(right[:2])}"] = None
