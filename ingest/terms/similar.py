"""Names that are spelled nearly alike, found without comparing with every name.

The similarity is that of ``rapidfuzz.fuzz.ratio``: 1 - d / (m + n), d the insertions and deletions that
turn one of two strings (lengths m, n) into the other. For a ratio r, d <= (1 - r)(m + n); the lengths
and the counts of letters bound d from below (each letter that one has more often than the other costs
one), so names that cannot reach the ratio are left out by one vectorised comparison, and no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["CUTOFF", "Similar"]

CUTOFF = 82.0
"""ratio in per cent, below which a name is not similar"""

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


class Similar:
    """A searcher over normal forms of names (lower-case ASCII letters and digits).

    Holds one byte per letter and name: 36 bytes a name, counted at the first search.
    """

    def __init__(self, forms: Sequence[str]) -> None:
        # by length, so that a window of lengths is a slice
        self._forms = sorted(forms, key=lambda f: (len(f), f))
        self._counts: npt.NDArray[Any] | None = None
        self._starts: npt.NDArray[Any] | None = None

    def _prepare(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        import numpy as np

        if self._counts is None or self._starts is None:
            lengths = np.fromiter(map(len, self._forms), dtype=np.int64, count=len(self._forms))
            codes = np.frombuffer("".join(self._forms).encode("ascii", "replace"), dtype=np.uint8)
            table = np.full(256, 36, dtype=np.int64)
            table[np.frombuffer(_LETTERS.encode(), dtype=np.uint8)] = np.arange(36)
            owner = np.repeat(np.arange(len(self._forms)), lengths)
            flat = np.bincount(owner * 37 + table[codes], minlength=37 * len(self._forms))
            self._counts = np.minimum(flat, 100).astype(np.int8).reshape(-1, 37)
            longest = int(lengths[-1]) if len(lengths) else 0
            self._starts = np.searchsorted(lengths, np.arange(longest + 2))
        return self._counts, self._starts

    def find(self, form: str, limit: int) -> list[tuple[str, float]]:
        """Return the most similar forms with their ratio in per cent, best first, then by alphabet."""
        import numpy as np
        from rapidfuzz import fuzz, process

        if not self._forms or not form:
            return []
        counts, starts = self._prepare()
        share = CUTOFF / 100
        size, longest = len(form), len(starts) - 2
        # |m - n| <= d <= (1 - r)(m + n)
        low = int(np.ceil(size * share / (2 - share)))
        high = int(size * (2 - share) / share)
        if low > longest:
            return []
        begin, end = int(starts[low]), int(starts[min(high, longest) + 1])
        own = np.zeros(37, dtype=np.int16)
        for letter in form:
            own[_LETTERS.find(letter) if letter in _LETTERS else 36] += 1
        window = counts[begin:end]
        apart = np.abs(window - np.minimum(own, 100).astype(np.int8)).sum(axis=1, dtype=np.int32)
        sizes = np.repeat(
            np.arange(low, min(high, longest) + 1),
            np.diff(starts[low : min(high, longest) + 2]),
        )
        keep = np.flatnonzero(apart <= (1 - share) * (sizes + size) + 1e-9)
        forms = [self._forms[begin + int(i)] for i in keep]
        hits = process.extract(form, forms, scorer=fuzz.ratio, limit=None, score_cutoff=CUTOFF)
        return sorted(((h, float(r)) for h, r, _ in hits), key=lambda h: (-h[1], h[0]))[:limit]
