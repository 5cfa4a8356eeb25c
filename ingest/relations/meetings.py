"""Features of all pairs of a document at once: how often two entities meet, for how often each is named.

What a pair would meet by chance, whom else its entities meet there, how near they come across sentences,
and which direction patterns read between them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ingest.relations.claimed import Claims
from ingest.relations.view import View

__all__ = ["MEETINGS", "meetings"]

Floats = npt.NDArray[np.float64]

MEETINGS: tuple[str, ...] = (
    "overlap", "overlap of rarer", "beyond chance", "next sentence", "titles", "both last",
    "one last", "last meeting", "better 2", "better 1", "share of 1", "share of 2", "least crowd",
    "crowd", "nearest", "bridge", "bridges", "contained", "claim forward", "claim backward",
    "sentences 1", "sentences 2", "share of most", "in titles", "entities",
)  # fmt: skip
"""names of the features of :func:`meetings`"""
_FAR = 500.0
_ALONE = 30.0
"""other entities in a sentence where a pair meets, if it meets in none"""


def meetings(view: View, pairs: Sequence[tuple[int, int]], claims: Claims) -> Floats:
    """Return the features of some pairs of entities, shape (pairs, features)."""
    out = np.zeros((len(pairs), len(MEETINGS)))
    if not pairs:
        return out
    size, count = len(view.entities), max(1, len(view.words))
    at = np.zeros((size, count))
    for entity in view.entities:
        at[entity.number, list(entity.by_sentence)] = 1.0
    often = at.sum(axis=1)
    together = at @ at.T
    crowd = at.sum(axis=0)
    beside = np.zeros_like(at)
    beside[:, 1:] += at[:, :-1]
    beside[:, :-1] += at[:, 1:]
    first = np.array([a for a, _ in pairs])
    second = np.array([b for _, b in pairs])
    met = together[first, second]
    both = at[first] * at[second]
    out[:, 0] = met / (often[first] + often[second] - met)
    out[:, 1] = met / np.minimum(often[first], often[second])
    out[:, 2] = np.log((met + 0.1) * count / (often[first] * often[second]))
    out[:, 3] = np.einsum("ij,ij->i", at[first], (beside[second] > 0).astype(np.float64))
    titled = at[:, : view.titles].sum(axis=1)
    out[:, 4] = (titled[first] > 0) & (titled[second] > 0)
    last = at[:, -1]
    out[:, 5] = last[first] * last[second]
    out[:, 6] = last[first] != last[second]
    final = count - 1 - np.argmax(both[:, ::-1], axis=1)
    out[:, 7] = np.where(met > 0, final / count, -1.0)
    kinds = np.array([ord(e.kind) for e in view.entities])
    for column, mine, theirs in ((8, first, second), (9, second, first)):
        alike = kinds[None, :] == kinds[theirs][:, None]
        rows = together[mine] * alike
        out[:, column] = (rows > met[:, None]).sum(axis=1)
        out[:, column + 2] = met / np.maximum(1.0, rows.sum(axis=1))
    crowded = np.where(both > 0, crowd, np.inf).min(axis=1)
    out[:, 12] = np.where(met > 0, crowded, _ALONE)
    out[:, 13] = np.where(met > 0, (both * crowd).sum(axis=1) / np.maximum(1.0, met), _ALONE)
    out[:, 14] = _nearest(view, pairs)
    bridges = np.minimum(together[first], together[second])
    rows_ = np.arange(len(pairs))
    bridges[rows_, first] = bridges[rows_, second] = 0.0
    out[:, 15] = bridges.max(axis=1)
    out[:, 16] = (bridges > 0).sum(axis=1)
    names = [_name(view, number) for number in range(size)]
    for row, (a, b) in enumerate(pairs):
        out[row, 17] = names[a] in names[b] or names[b] in names[a]
        out[row, 18] = (a, b) in claims.ways
        out[row, 19] = (b, a) in claims.ways
    out[:, 20], out[:, 21] = often[first], often[second]
    out[:, 22] = np.minimum(often[first], often[second]) / often.max()
    out[:, 23] = titled[first] + titled[second]
    out[:, 24] = size
    return out


def _name(view: View, number: int) -> str:
    span = view.spans[view.entities[number].places[0].span]
    return view.text[span.start : span.end].lower()


def _nearest(view: View, pairs: Sequence[tuple[int, int]]) -> Floats:
    """Words between the nearest mentions of each pair, whatever their sentences."""
    starts = np.cumsum([0, *(len(row) for row in view.words)])
    places = [
        np.array([starts[p.sentence] + p.word for p in e.places], dtype=np.float64)
        for e in view.entities
    ]
    found = [np.abs(places[a][:, None] - places[b][None, :]).min() for a, b in pairs]
    return np.minimum(np.array(found), _FAR)
