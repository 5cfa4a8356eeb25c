"""For recognisers that say *which* names a text holds rather than where: language models, services."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Sequence

from graph.model import Category
from ingest.abbreviations import Abbreviation
from ingest.document import Document, Mention, Sentence
from ingest.models.windows import windows
from ingest.recognisers.base import Recogniser

__all__ = ["NamingRecogniser", "locate"]


class NamingRecogniser(Recogniser):
    """A recogniser that only has to name names.

    A layer above writes :meth:`names`, gives the class a ``name`` and a ``version`` (which must tell model
    and prompt), and calls ``ingest.recognisers.REGISTRY.register("llm", ItsClass)``; a class registered as
    ``"llm:"`` takes what follows the colon as its first argument. The text is untrusted: a name that does
    not occur in it, letter by letter, is dropped, so nothing invented gets in.
    """

    @abstractmethod
    def names(self, text: str) -> Iterable[tuple[str, Category, float]]:
        """Return the names in a piece of text of at most 100,000 characters, each as written there, with
        its category and a probability."""

    def recognise(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        abbreviations: Sequence[Abbreviation],
    ) -> list[Mention]:
        """Return every occurrence of every name, longer ones first where they overlap."""
        found: list[Mention] = []
        for window in windows(sentences):
            start, end = window[0].start, window[-1].end
            named = self.names(document.text[start:end])
            found += locate(document.text, named, self.name, start, end)
        return found


def locate(
    text: str,
    names: Iterable[tuple[str, Category, float]],
    recogniser: str,
    start: int = 0,
    end: int | None = None,
) -> list[Mention]:
    """Return the occurrences of names in ``text[start:end]`` as whole words, none overlapping, in order.

    Of two readings of one name the more probable one stays.
    """
    best: dict[str, tuple[float, str, Category]] = {}
    for surface, category, score in names:
        key = surface.strip()
        reading = (min(1.0, max(0.0, score)), category.value, category)
        if key and (key not in best or reading[:2] > best[key][:2]):
            best[key] = reading
    if not best:
        return []
    listed = sorted(best, key=lambda name: (-len(name), name))
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, listed)) + r")(?!\w)")
    return [
        Mention(m.start(), m.end(), m.group(), best[m.group()][2], None, best[m.group()][0], recogniser)
        for m in pattern.finditer(text, start, len(text) if end is None else end)
    ]  # fmt: skip
