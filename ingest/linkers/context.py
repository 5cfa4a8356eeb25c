"""What a document adds to the candidates of its mentions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.linkers.candidates import CONTEXT, FEATURES, Candidates, Floats

__all__ = ["Asked", "in_context"]

_FIRST = len(FEATURES) - CONTEXT
_INDUCED = FEATURES.index("induced in name")


@dataclass(frozen=True, slots=True)
class Asked:
    """A text of a document that is to be linked: ``text`` as it stands, ``written_out`` as the document
    explains it, ``group``, ``count`` of its mentions, and its candidates."""

    text: str
    written_out: str
    group: str
    count: int
    candidates: Candidates


def in_context(text: str, asked: Sequence[Asked]) -> list[Floats]:
    """Return the feature rows of each text's candidates with those of the document filled in."""
    sure: dict[str, Counter[str]] = {}
    total: Counter[str] = Counter()
    for item in asked:
        total[item.group] += item.count
        if item.candidates.sure:
            sure.setdefault(item.group, Counter())[item.candidates.sure] += item.count
    longer = [
        (f" {item.written_out.lower()} ", item.group, item.candidates.sure)
        for item in asked
        if item.candidates.sure and " " in item.written_out
    ]
    induced = "induced" in text
    found: list[Floats] = []
    for item in asked:
        features = item.candidates.features
        if len(features):
            features = features.copy()
            features[:, _FIRST + 2] = induced
            if induced:
                features[:, _FIRST + 3] = features[:, _INDUCED]
            counts = sure.get(item.group)
            if counts:
                own = item.count if item.candidates.sure else 0
                low = f" {item.written_out.lower()} "
                above = {
                    s for w, g, s in longer if g == item.group and len(w) > len(low) and low in w
                }
                for row, id in enumerate(item.candidates.ids):
                    n = counts.get(id, 0) - (own if id == item.candidates.sure else 0)
                    if n:
                        features[row, _FIRST] = np.log1p(n)
                        features[row, _FIRST + 1] = n / total[item.group]
                    if id in above:
                        features[row, _FIRST + 4] = 1
        found.append(features)
    return found
