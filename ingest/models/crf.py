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

from ingest.models.features import GROUPS, PAD, Group, names_at
from ingest.models.layout import Layout, Units

__all__ = ["Crf", "posteriors", "viterbi"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_SCALE_EVERY = 6
"""steps between normalisations; in double precision six steps of factors above e^-100 stay above zero"""


class _Scores:
    """Scores of the units of one group, shape (units, offsets, labels), filled as they are met."""

    def __init__(self, offsets: int, labels: int) -> None:
        self.blocks: Floats = np.zeros((256, offsets, labels), dtype=np.float32)
        self.known: npt.NDArray[np.bool_] = np.zeros(256, dtype=np.bool_)

    def reserve(self, count: int) -> None:
        have = len(self.known)
        if count > have:
            more = max(count, 2 * have) - have
            self.blocks = np.concatenate(
                [self.blocks, np.zeros((more, *self.blocks.shape[1:]), np.float32)]
            )
            self.known = np.concatenate([self.known, np.zeros(more, np.bool_)])


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
        self._units: Units | None = None
        self._scores: dict[str, _Scores] = {}

    def bare(self) -> Crf:
        """The same labels and transitions, no features."""
        return Crf(self.labels, (), np.zeros((0, len(self.labels))), self.transitions)

    def emissions(self, layout: Layout) -> Floats:
        """Return the score of every label for every token, shape (tokens, labels)."""
        if self._units is not layout.units:
            self._units = layout.units
            self._scores = {g.name: _Scores(len(g.offsets), len(self.labels)) for g in GROUPS}
        size = layout.size
        total = np.zeros((size, len(self.labels)), dtype=np.float32)
        inside = total[PAD : size - PAD]
        for group in GROUPS:
            ids = layout.ids(group)
            if ids is None:
                continue
            scores = self._scores[group.name]
            listed = layout.units.listed[group.name]
            scores.reserve(len(listed))
            new = ids[~scores.known[ids]]
            if len(new):
                for unit in np.unique(new).tolist():
                    self._fill(group, listed[unit], scores.blocks[unit])
                scores.known[new] = True
            seen = scores.blocks[ids]
            for number, offset in enumerate(group.offsets):
                inside += seen[PAD + offset : size - PAD + offset, number]
        found: Floats = total[layout.places]
        return found

    def marginals(self, layout: Layout) -> Floats:
        """Return the probability of every label at every token, shape (tokens, labels)."""
        return posteriors(self.emissions(layout), self.transitions, layout.first, layout.last)

    def _fill(self, group: Group, unit: Hashable, block: Floats) -> None:
        index = self.index
        for number, offset in enumerate(group.offsets):
            rows = [r for n in names_at(group, unit, offset) if (r := index.get(n)) is not None]
            if len(rows) == 1:
                block[number] = self.weights[rows[0]]
            elif rows:
                block[number] = self.weights[rows].sum(axis=0)


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
        back[t, :n] = paths.argmax(axis=2)
        delta[:n] = paths.max(axis=2) + scores[t, :n]
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
    steps = len(scores)
    active = (lengths[None, :] > np.arange(steps)[:, None]).sum(axis=1).tolist()
    potentials = np.exp((scores - scores.max(axis=2, keepdims=True)).astype(np.float64))
    step = np.exp((transitions - transitions.max()).astype(np.float64))
    alpha = np.ones_like(potentials)
    alpha[0] = potentials[0]
    for t in range(1, steps):
        n = active[t]
        current = alpha[t - 1, :n] @ step
        current *= potentials[t, :n]
        if t % _SCALE_EVERY == 0:
            current /= current.sum(axis=1, keepdims=True)
        alpha[t, :n] = current
    back = np.ascontiguousarray(step.T)
    beta = np.ones_like(potentials)
    for t in range(steps - 1, 0, -1):
        n = active[t]
        following = (potentials[t, :n] * beta[t, :n]) @ back
        if t % _SCALE_EVERY == 0:
            following /= following.sum(axis=1, keepdims=True)
        beta[t - 1, :n] = following
    gamma = alpha
    gamma *= beta
    with np.errstate(invalid="ignore"):  # places after the end of a sentence hold anything
        gamma /= gamma.sum(axis=2, keepdims=True)
    for row, sentence in enumerate(order.tolist()):
        a, b = first[sentence], last[sentence]
        result[a:b] = gamma[: b - a, row]
    return result
