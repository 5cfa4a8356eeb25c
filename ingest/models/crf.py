"""Inference in linear-chain conditional random fields, a batch of sentences at a time.

Training is CRFsuite's (Okazaki); here are only the weights it found. Scores of units (see
:mod:`ingest.models.features`) are summed once and kept, decoding is vectorised over the sentences of a
document. Viterbi: Forney 1973; forward-backward with scaling: Rabiner 1989.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.models.features import GROUPS, Group, names_at
from ingest.models.layout import Layout

__all__ = ["Crf", "posteriors", "viterbi"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_MAX_ROWS = 400_000
"""cached unit scores; beyond it the cache starts anew, so that memory stays flat"""


class _Cache:
    """Unit scores, one row for each offset of each unit."""

    def __init__(self, width: int) -> None:
        self.rows: Floats = np.zeros((4096, width), dtype=np.float32)
        self.used = 0
        self.tables: dict[str, dict[Hashable, int]] = {}

    def add(self, block: Floats) -> int:
        need = self.used + len(block)
        if need > len(self.rows):
            larger = np.zeros((max(need, 2 * len(self.rows)), self.rows.shape[1]), dtype=np.float32)
            larger[: self.used] = self.rows[: self.used]
            self.rows = larger
        first = self.used
        self.rows[first:need] = block
        self.used = need
        return first


class Crf:
    """A trained model.

    Args:
        labels: names of the labels, ``O`` first.
        features: names of the features, one for each row of ``weights``.
        weights: shape (features, labels).
        transitions: shape (labels, labels), from row to column.
    """

    def __init__(
        self,
        labels: Sequence[str],
        features: Sequence[str],
        weights: npt.NDArray[Any],
        transitions: npt.NDArray[Any],
    ) -> None:
        self.labels = tuple(labels)
        self.index = {name: row for row, name in enumerate(features)}
        self.weights: Floats = np.asarray(weights, dtype=np.float32)
        self.transitions: Floats = np.asarray(transitions, dtype=np.float32)
        self._cache = _Cache(len(self.labels))

    def emissions(self, layout: Layout) -> Floats:
        """Return the score of every label for every token, shape (tokens, labels)."""
        if self._cache.used > _MAX_ROWS:
            self._cache = _Cache(len(self.labels))
        cache = self._cache
        parts: list[Ints] = []
        places = layout.places
        for group in GROUPS:
            column = layout.columns.get(group.name)
            if column is None:
                continue
            table = cache.tables.setdefault(group.name, {})
            get = table.get
            bases = [get(unit) for unit in column]
            if None in bases:
                for place, base in enumerate(bases):
                    if base is None:
                        unit = column[place]
                        known = table.get(unit)
                        if known is None:
                            known = table[unit] = cache.add(self._block(group, unit))
                        bases[place] = known
            column_rows = np.array(bases, dtype=np.int64)
            for number, offset in enumerate(group.offsets):
                parts.append(column_rows[places + offset] + number)
        if not len(places):
            return np.zeros((0, len(self.labels)), dtype=np.float32)
        total: Floats = cache.rows[parts[0]]
        for rows in parts[1:]:
            total += cache.rows[rows]
        return total

    def _block(self, group: Group, unit: Hashable) -> Floats:
        block = np.zeros((len(group.offsets), len(self.labels)), dtype=np.float32)
        for number, offset in enumerate(group.offsets):
            rows = [
                r for n in names_at(group, unit, offset) if (r := self.index.get(n)) is not None
            ]
            if rows:
                block[number] = self.weights[rows].sum(axis=0)
        return block


def _batch(
    emissions: Floats, first: Sequence[int], last: Sequence[int]
) -> tuple[Floats, Ints, Ints]:
    """Sentences padded to one length: scores (length, sentences, labels), the order that sorts them
    longest first, and their lengths in that order."""
    lengths = np.array(last) - np.array(first)
    order = np.argsort(-lengths, kind="stable")
    lengths = lengths[order]
    padded = np.zeros((int(lengths[0]), len(order), emissions.shape[1]), dtype=np.float32)
    for row, sentence in enumerate(order.tolist()):
        a, b = first[sentence], last[sentence]
        padded[: b - a, row] = emissions[a:b]
    return padded, order, lengths


def viterbi(
    emissions: Floats, transitions: Floats, first: Sequence[int], last: Sequence[int]
) -> Ints:
    """Return the best label sequence of every sentence, shape (tokens,).

    Args:
        emissions: shape (tokens, labels).
        transitions: shape (labels, labels).
        first: the first token of each sentence.
        last: the token after the last of each sentence.
    """
    best = np.zeros(len(emissions), dtype=np.int64)
    if not len(emissions):
        return best
    scores, order, lengths = _batch(emissions, first, last)
    steps, width, labels = scores.shape
    active = (lengths[None, :] > np.arange(steps)[:, None]).sum(axis=1).tolist()
    back = np.zeros((steps, width, labels), dtype=np.int16)
    into = np.ascontiguousarray(transitions.T)
    delta = scores[0].copy()
    for t in range(1, steps):
        n = active[t]
        paths = delta[:n, None, :] + into  # (sentences, to, from)
        choice = paths.argmax(axis=2)
        back[t, :n] = choice
        delta[:n] = np.take_along_axis(paths, choice[:, :, None], 2)[:, :, 0] + scores[t, :n]
    state = delta.argmax(axis=1)
    starts = np.array(first, dtype=np.int64)[order]
    rows = np.arange(width)
    for t in range(steps - 1, -1, -1):
        n = active[t]
        best[starts[:n] + t] = state[:n]
        if t:
            state[:n] = back[t, rows[:n], state[:n]]
    return best


def posteriors(
    emissions: Floats, transitions: Floats, first: Sequence[int], last: Sequence[int]
) -> Floats:
    """Return the marginal probability of every label at every token, shape (tokens, labels).

    Arguments as for :func:`viterbi`.
    """
    result = np.zeros_like(emissions)
    if not len(emissions):
        return result
    scores, order, lengths = _batch(emissions, first, last)
    steps, width, labels = scores.shape
    active = (lengths[None, :] > np.arange(steps)[:, None]).sum(axis=1).tolist()
    potentials = np.exp(scores - scores.max(axis=2, keepdims=True))
    step = np.exp(transitions - transitions.max())
    alpha = np.zeros_like(scores)
    current = potentials[0] / potentials[0].sum(axis=1, keepdims=True)
    alpha[0] = current
    for t in range(1, steps):
        n = active[t]
        current = (current[:n] @ step) * potentials[t, :n]
        current /= current.sum(axis=1, keepdims=True)
        alpha[t, :n] = current
    beta = np.ones((width, labels), dtype=np.float32)
    back = np.ascontiguousarray(step.T)
    starts = np.array(first, dtype=np.int64)[order]
    for t in range(steps - 1, -1, -1):
        n = active[t]
        gamma = alpha[t, :n] * beta[:n]
        result[starts[:n] + t] = gamma / gamma.sum(axis=1, keepdims=True)
        if t:
            following = (potentials[t, :n] * beta[:n]) @ back
            beta[:n] = following / following.sum(axis=1, keepdims=True)
    return result
