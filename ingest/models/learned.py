"""The trained lexicon: every string that was annotated, or that a terminology has, in the training
documents, with how often it was annotated when it occurred.

For a training document the counts leave that document itself out, so that the tagger learns to trust
the lexicon as far as it can be trusted on new text (jackknife).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from ingest.models.layout import longest
from ingest.models.lexicon import Lexicon

__all__ = ["LearnedNames", "TaggedSentence", "bucket"]

TaggedSentence = tuple[Sequence[str], Sequence[tuple[int, int, str]]]
"""normal tokens and the annotated (first token, token after the last, type)"""


def bucket(occurrences: int, hits: dict[str, int] | Counter[str]) -> str:
    """Return a word for how often a string is which type: ``chemical-h3``, ``disease-l1``, ``no-0``.

    The letter says how often (h: over 90 %, m: over half, l: less), the digit how often it was seen
    (1; 2: two to four; 3: more). Empty if it was never seen.
    """
    if occurrences <= 0:
        return ""
    best = max(sorted(hits), key=lambda t: hits[t], default="")
    count = hits.get(best, 0) if best else 0
    seen = 1 if occurrences == 1 else 2 if occurrences < 5 else 3
    if count <= 0:
        return f"no-{seen}0"
    share = count / occurrences
    letter = "h" if share > 0.9 else "m" if share > 0.5 else "l"
    return f"{best}-{letter}{seen}"


class LearnedNames:
    """Counts of strings over training documents.

    Args:
        documents: PMID -> the document's sentences.
        external: the external lexicon, whose names count as candidates too.
    """

    def __init__(
        self, documents: Mapping[str, Sequence[TaggedSentence]], external: Lexicon
    ) -> None:
        names: set[tuple[str, ...]] = set()
        for document in documents.values():
            for tokens, spans in document:
                for start, end, _ in spans:
                    names.add(tuple(t for t in tokens[start:end] if t))
                for start, end, _ in external.matches(tokens):
                    names.add(tuple(t for t in tokens[start:end] if t))
        names.discard(())
        self.names = sorted(names)
        self.lexicon = Lexicon()
        for number, name in enumerate(self.names, 1):
            self.lexicon.add(name, number)
        self.occurrences: dict[str, Counter[int]] = {}
        self.hits: dict[str, Counter[tuple[int, str]]] = {}
        self.total: Counter[int] = Counter()
        self.total_hits: dict[int, Counter[str]] = {}
        for pmid, document in documents.items():
            occurrences, hits = self._count(document)
            self.occurrences[pmid] = occurrences
            self.hits[pmid] = hits
            self.total.update(occurrences)
            for (value, type_), count in hits.items():
                self.total_hits.setdefault(value, Counter())[type_] += count

    def _count(
        self, document: Iterable[TaggedSentence]
    ) -> tuple[Counter[int], Counter[tuple[int, str]]]:
        occurrences: Counter[int] = Counter()
        hits: Counter[tuple[int, str]] = Counter()
        for tokens, spans in document:
            gold = {(s, e): t for s, e, t in spans}
            matched = longest(self.lexicon.matches(tokens))
            # what was annotated occurs, even inside a longer match
            found = {(s, e): v for s, e, v in matched}
            for start, end, value in self.lexicon.matches(tokens):
                if (start, end) in gold:
                    found[start, end] = value
            for span, value in found.items():
                occurrences[value] += 1
                if span in gold:
                    hits[value, gold[span]] += 1
        return occurrences, hits

    def code(self, without: str = "") -> Callable[[int], str]:
        """Return the function value -> bucket, counts of document ``without`` left out."""
        total, total_hits = self.total, self.total_hits
        if without not in self.occurrences:
            return lambda value: bucket(total[value], total_hits.get(value, {}))
        own, own_hits = self.occurrences[without], self.hits[without]

        def jackknifed(value: int) -> str:
            hits = dict(total_hits.get(value, {}))
            for type_ in hits:
                hits[type_] -= own_hits[value, type_]
            return bucket(total[value] - own[value], hits)

        return jackknifed

    def table(self) -> list[tuple[str, str]]:
        """Return (name, bucket) of everything seen, for the model file."""
        code = self.code()
        return [(" ".join(name), code(n)) for n, name in enumerate(self.names, 1) if code(n)]
