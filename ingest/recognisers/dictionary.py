"""Names of the bundled terminology, and the abbreviations that the text defines for them."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from typing import Any

from graph.model import Category
from ingest.abbreviations import Abbreviation
from ingest.document import Document, Mention, Sentence
from ingest.recognisers.base import Recogniser
from ingest.terms.matcher import Matcher, core_matcher, matcher_of
from ingest.terms.terminology import Terminology, core
from ingest.words import words

__all__ = ["BesideRecogniser", "DictionaryRecogniser", "OwnRecogniser"]

_HEAD = re.compile(
    r"(?:\b[A-Za-z][a-z]+(?:[- ]|'s )){1,3}?(?:syndrome|disease|nephropathy|neuropathy|myopathy|"
    r"encephalopathy|cardiomyopathy|dystrophy|carcinoma|sarcoma|lymphoma|leuka?emia|deficiency)\b"
)
_NOT_FIRST = words("""a an the this that these those of in with and or for from to by on at as is was were are other
    such any all no both each severe mild moderate acute-on our their its his her progressive recurrent
    established underlying symptomatic advanced early late active known new primary secondary human
    autoimmune inherited hereditary common rare minimal residual stable comorbid""")


class DictionaryRecogniser(Recogniser):
    """Finds terminology names, exact in offsets.

    A short form defined in the text means what its long form means, everywhere in that text; if the
    long form is not a known name, the short form's reading in the terminology is not believed.
    Disease-like phrases (``... syndrome``) that are in no terminology are kept, ungrounded.

    Args:
        matcher: the bundled terminology's unless another is given.
        terminology: whose names to find, instead of a ready matcher.
        categories: the only ones to return; all if not given.
    """

    name = "dictionary"
    categories: frozenset[Category] | None = None

    def __init__(
        self,
        matcher: Matcher | None = None,
        *,
        terminology: Terminology | None = None,
        categories: Iterable[Category] | None = None,
    ) -> None:
        self._matcher = matcher
        self._terminology = terminology
        if categories is not None:
            self.categories = frozenset(categories)

    def __getstate__(self) -> dict[str, Any]:
        # large and quick to make again: another process makes its own
        rebuilt = self._terminology is not None
        return {**self.__dict__, "_matcher": None if rebuilt else self._matcher}

    @property
    def matcher(self) -> Matcher:
        """The matcher in use, the bundled one unless another was given; built when first used."""
        if self._matcher is None:
            self._matcher = (
                core_matcher() if self._terminology is None else matcher_of(self._terminology)
            )
        return self._matcher

    @property
    def version(self) -> str:
        """The rules' version and the terminology's content."""
        if self._matcher is None:
            version = (self._terminology or core()).version
        else:
            version = self._matcher.terminology.version
        if self.categories is None:
            return f"1+{version}"
        return f"1+{version}+{','.join(sorted(self.categories))}"

    def recognise(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        abbreviations: Sequence[Abbreviation],
    ) -> list[Mention]:
        """Return the mentions of known names and of defined abbreviations."""
        text = document.text
        found = {
            (f.start, f.end): Mention(
                f.start, f.end, text[f.start : f.end], f.category, f.entity, f.score, self.name
            )
            for f in self.matcher.find(text)
        }
        self._unknown_diseases(text, found)
        if abbreviations:
            self._expand(text, abbreviations, found)
        mentions: list[Mention] = []
        position = 0
        for mention in sorted(found.values(), key=lambda m: (m.start, -m.end)):
            if mention.start >= position:
                position = mention.end
                # left out only now: what is inside a chemical's name is no name of its own
                if self.categories is None or mention.category in self.categories:
                    mentions.append(mention)
        return mentions

    def _unknown_diseases(self, text: str, found: dict[tuple[int, int], Mention]) -> None:
        taken = _Spans(found)
        for match in _HEAD.finditer(text):
            start, end = match.start(), match.end()
            while (space := text.find(" ", start, end)) > 0 and text[
                start:space
            ].lower() in _NOT_FIRST:
                start = space + 1
            if " " not in text[start:end]:
                continue
            if taken.over(start, end):
                continue
            found[start, end] = Mention(
                start, end, text[start:end], Category.DISEASE, None, 0.4, self.name
            )

    def _expand(
        self,
        text: str,
        abbreviations: Sequence[Abbreviation],
        found: dict[tuple[int, int], Mention],
    ) -> None:
        spans = _Spans(found)
        by_end: dict[int, list[tuple[int, int]]] = {}
        for span in found:
            by_end.setdefault(span[1], []).append(span)
        # a long text defines one short form many times
        defined: dict[tuple[str, str], list[Abbreviation]] = {}
        for item in abbreviations:
            defined.setdefault((item.short, item.long), []).append(item)
        for (short_form, long_form), items in defined.items():
            known = (m for i in items if (m := _meaning(i, found, by_end)) is not None)
            meaning = next(known, None)
            short = re.escape(short_form)
            tail = "" if short_form.endswith("s") else "s?"
            for match in re.finditer(rf"(?<![\w-]){short}{tail}(?!\w)", text):
                span = match.span()
                old = spans.over(*span)
                if meaning is None:
                    # the dictionary's reading of the letters is not what this text means
                    if span in old and text[slice(*span)] != long_form:
                        del found[span]
                        spans.remove(span)
                    continue
                if any(s[0] < span[0] or s[1] > span[1] for s in old):
                    continue
                for other in old:
                    del found[other]
                    spans.remove(other)
                found[span] = Mention(
                    *span, match.group(), meaning.category, meaning.entity, 0.9, self.name
                )
                spans.add(span)
                by_end.setdefault(span[1], []).append(span)


class _Spans:
    """Sorted spans, and which of them a span overlaps."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._sorted = sorted(spans)
        self._longest = max((end - start for start, end in self._sorted), default=0)

    def over(self, start: int, end: int) -> list[tuple[int, int]]:
        """The spans that share a character with this one."""
        first = bisect_left(self._sorted, (start - self._longest, 0))
        last = bisect_left(self._sorted, (end, 0))
        return [s for s in self._sorted[first:last] if s[1] > start]

    def add(self, span: tuple[int, int]) -> None:
        insort(self._sorted, span)
        self._longest = max(self._longest, span[1] - span[0])

    def remove(self, span: tuple[int, int]) -> None:
        del self._sorted[bisect_left(self._sorted, span)]


class BesideRecogniser(DictionaryRecogniser):
    """Only what the trained taggers do not know: processes, phenotypes, anatomy, cells, procedures.

    Beside the tagger, the dictionary's further chemicals, diseases, genes and species are mostly wrong
    (26 right of 99 on BioRED's development split), so they are left to it.
    """

    name = "dictionary-beside"
    categories = frozenset(
        (
            Category.PROCESS, Category.PHENOTYPE, Category.ANATOMY, Category.CELL, Category.PROCEDURE,
            Category.BEHAVIOR,
        )
    )  # fmt: skip


def _meaning(
    item: Abbreviation,
    found: dict[tuple[int, int], Mention],
    by_end: dict[int, list[tuple[int, int]]],
) -> Mention | None:
    """The mention that is the long form, or its last words with nothing lost before them."""
    exact = found.get((item.long_start, item.long_end))
    if exact is not None:
        return exact
    ending = by_end.get(item.long_end, ())
    inside = [found[s] for s in dict.fromkeys(ending) if s[0] >= item.long_start and s in found]
    if len(inside) == 1:
        lost = item.long[: inside[0].start - item.long_start].lower().split()
        if all(
            word in ("the", "a", "an", "human", "plasma", "serum", "recombinant") for word in lost
        ):
            return inside[0]
    return None


class OwnRecogniser(DictionaryRecogniser):
    """Names of entities that only a user's own terminology has, of any category: whoever names them wants
    them found, and no tagger was taught them. What the bundled terminology has too is left to others."""

    name = "dictionary-own"

    def recognise(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        abbreviations: Sequence[Abbreviation],
    ) -> list[Mention]:
        """Return the mentions of these names and of abbreviations defined for them."""
        known = core().resolve
        return [
            m for m in super().recognise(document, sentences, abbreviations)
            if m.entity is not None and known(m.entity) is None
        ]  # fmt: skip
