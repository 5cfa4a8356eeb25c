"""Link by names seen in training, by names of the terminology in ever looser forms, and at last by the
nearest name.

Tried for a mention, in this order, first as its abbreviation is written out in the document, then as it
stands: the strings annotated in training, the terminology's names, the names by stems in any order,
the same with words of one meaning joined; if all fail, the nearest name by character n-grams, above a
threshold. Genes are linked by name only.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from graph.model import Category, Entity
from ingest.abbreviations import Abbreviation
from ingest.document import Document, Mention
from ingest.linkers.base import Linker
from ingest.models.names import NgramIndex, bag_key, tight_key
from ingest.models.synonyms import Synonyms, bundled
from ingest.terms.terminology import Terminology, core

__all__ = ["CUTOFFS", "NgramLinker"]

_GROUPS: dict[Category, str] = {
    Category.DISEASE: "disease", Category.PHENOTYPE: "disease", Category.CHEMICAL: "chemical",
    Category.GENE: "gene", Category.PROTEIN: "gene",
}  # fmt: skip
CUTOFFS = {"chemical": 0.85, "disease": 0.7}
"""cosine of the nearest name, below which a mention stays ungrounded; at or above it about a third of
the chemicals and half of the diseases are right (BC5CDR development split, names learned elsewhere)"""
_NEAR = 0.6
"""what the cosine of a nearest name is worth as a score"""
_MAX_CACHE = 200_000

_OPENING = re.compile(r"\s*[(\[]\s*")


class _Group:
    """Indexes of the names of one group of categories."""

    def __init__(
        self, terminology: Terminology, group: str, synonyms: dict[str, tuple[str, int]]
    ) -> None:
        self._learned = {name.replace(" ", ""): id for name, (id, _) in synonyms.items()}
        self._learned_bags = {bag_key(name): id for name, (id, _) in synonyms.items()}
        self._tight: dict[str, dict[str, int]] = {}
        self._bags: dict[str, dict[str, int]] = {}
        self._loose: dict[str, dict[str, int]] = {}
        self._names: list[tuple[str, str]] = []
        self._names += [(name, id) for name, (id, _) in synonyms.items()]
        self._index: NgramIndex | None = None
        for id in terminology:
            if _GROUPS.get(terminology.category(id)) != group:
                continue
            for position, name in enumerate((terminology.name(id), *terminology.synonyms(id))):
                rank = (0 if position == 0 else 1) + (
                    0 if id.startswith(("mesh:D", "hgnc:")) else 2
                )
                forms = [(self._tight, tight_key(name))]
                if group != "gene":
                    forms.append((self._bags, bag_key(name)))
                    forms.append((self._loose, bag_key(name, loose=True)))
                    self._names.append((name, id))
                for table, form in forms:
                    if form:
                        row = table.setdefault(form, {})
                        row[id] = min(rank, row.get(id, 9))

        self.same = self._same_entities(terminology)
        """learned ids that the terminology has under another id -> that id"""

    def _same_entities(self, terminology: Terminology) -> dict[str, str]:
        found: dict[str, set[str]] = {}
        for tight, learned in self._learned.items():
            row = self._tight.get(tight)
            if learned not in terminology and row:
                best = min(row.values())
                found.setdefault(learned, set()).update(i for i, r in row.items() if r == best)
        return {learned: min(ids) for learned, ids in found.items() if len(ids) == 1}

    def exact(self, text: str) -> tuple[str, float] | None:
        """The entity whose name the text is, in the strictest form that any name fits."""
        tight = tight_key(text)
        learned = self._learned.get(tight)
        if learned is not None:
            # the terminology's own id, if it has the name and not the id
            return self.same.get(learned, learned), 0.97
        for table, key, score in (
            (self._tight, tight, 0.95),
            (self._bags, bag_key(text), 0.9),
            (self._loose, bag_key(text, loose=True), 0.8),
        ):
            found = table.get(key) if key else None
            if found:
                best = min(found.values())
                ids = sorted(i for i, rank in found.items() if rank == best)
                return ids[0], score if len(ids) == 1 else score / len(ids)
            if table is self._tight and key:
                learned = self._learned_bags.get(bag_key(text))
                if learned is not None:
                    return self.same.get(learned, learned), 0.9
        return None

    def nearest(self, text: str) -> tuple[str, float] | None:
        """The entity with the most similar name."""
        if not self._names or len(text) < 4:
            return None
        if self._index is None:
            self._index = NgramIndex.of(self._names)
        found = self._index.nearest(text, 1)
        if not found:
            return None
        id, cosine, _ = found[0]
        return self.same.get(id, id), cosine


def _guesses(text: str, spans: Sequence[tuple[int, int, object]]) -> dict[str, str]:
    """Unexplained capitals -> the name of the same kind in the text that their letters come from."""
    names: dict[object, dict[str, int]] = {}
    for start, end, kind in spans:
        row = names.setdefault(kind, {})
        row[text[start:end]] = row.get(text[start:end], 0) + 1
    found: dict[str, str] = {}
    for row in names.values():
        for short in row:
            if not (2 <= len(short) <= 6 and short.isalnum() and sum(map(str.isupper, short)) >= 2):
                continue
            fitting = [
                n for n in row if len(n) >= 3 * len(short) and _holds(n.lower(), short.lower())
            ]
            if fitting:
                found[short] = max(fitting, key=lambda n: (row[n], n))
    return found


def _holds(name: str, letters: str) -> bool:
    """Whether the name begins with the first letter and has the others after it in order."""
    if name[0] != letters[0]:
        return False
    position = 0
    for letter in letters[1:]:
        position = name.find(letter, position + 1)
        if position < 0:
            return False
    return True


class NgramLinker(Linker):
    """Grounds mentions of chemicals, diseases and genes.

    Args:
        terminology: where entities come from, the bundled one unless another is given.
        synonyms: names learned from annotations; the package's own unless others are given.
        cutoffs: group -> cosine of the nearest name, below which a mention stays ungrounded.
    """

    name: ClassVar[str] = "ngram"

    def __init__(
        self,
        terminology: Terminology | None = None,
        synonyms: Synonyms | None = None,
        cutoffs: Mapping[str, float] = CUTOFFS,
    ) -> None:
        self._terminology = terminology
        self._synonyms = synonyms
        self.cutoffs = dict(cutoffs)
        self._groups: dict[str, _Group] = {}
        self._cache: dict[tuple[str, str], tuple[str, float] | None] = {}

    @property
    def terminology(self) -> Terminology:
        """The terminology in use."""
        if self._terminology is None:
            self._terminology = core()
        return self._terminology

    @property
    def synonyms(self) -> Synonyms:
        """Names learned from annotations."""
        if self._synonyms is None:
            self._synonyms = bundled()
        return self._synonyms

    @property
    def version(self) -> str:
        """The rules' version, the number of learned names and the terminology's content."""
        learned = sum(map(len, self.synonyms.values()))
        cutoffs = ",".join(f"{k}{v}" for k, v in sorted(self.cutoffs.items()))
        return f"1+{learned}+{cutoffs}+{self.terminology.version}"

    def entity(self, id: str) -> Entity | None:
        """Return an entity of the terminology, or one that only the annotators knew, by the name they
        used most."""
        found = self.terminology.entity(id)
        return found if found is not None else self._learned.get(id)

    def also_known_as(self, id: str) -> tuple[str, ...]:
        """Return the ids that annotators used for an entity that the terminology has under ``id``."""
        return tuple(
            sorted(
                learned
                for indexes in self._groups.values()
                for learned, own in indexes.same.items()
                if own == id
            )
        )

    @functools.cached_property
    def _learned(self) -> dict[str, Entity]:
        """Entities of the learned names that the terminology has not."""
        best: dict[str, tuple[int, str, str]] = {}
        for group, rows in self.synonyms.items():
            for name, (id, count) in rows.items():
                if id not in self.terminology:
                    best[id] = max(best.get(id, (0, "", "")), (count, name, group))
        return {
            id: Entity(id, name, Category.CHEMICAL if group == "chemical" else Category.DISEASE)
            for id, (_, name, group) in best.items()
        }

    def link(
        self,
        document: Document,
        mentions: Sequence[Mention],
        abbreviations: Sequence[Abbreviation],
    ) -> list[Mention]:
        """Return the mentions, grounded where a name is near enough."""
        long_forms = self.long_forms(
            document.text, [(m.start, m.end, m.category) for m in mentions], abbreviations
        )
        linked = []
        for mention in mentions:
            group = _GROUPS.get(mention.category)
            found = None
            if mention.entity is None and group is not None:
                found = self.ground(mention.text, group, long_forms)
            if found is not None:
                score = round(min(1.0, found[1]) * mention.score, 4)
                mention = dataclasses.replace(mention, entity=found[0], score=score)
            linked.append(mention)
        return linked

    @staticmethod
    def long_forms(
        text: str,
        spans: Sequence[tuple[int, int, object]],
        abbreviations: Sequence[Abbreviation],
    ) -> dict[str, str]:
        """Return short form -> long form: what the abbreviations say; a name in parentheses right
        after one of the same kind, when it is short (``testosterone (T)``); and, for capitals that are
        never explained, the longer name of the same kind that holds the letters in order.

        Args:
            text: the document's.
            spans: (start, end, kind) of the mentions.
            abbreviations: those that were found in it.
        """
        found: dict[str, str] = _guesses(text, spans)
        ordered = sorted(spans, key=lambda s: (s[0], s[1]))
        for (start, end, kind), (low, high, other) in itertools.pairwise(ordered):
            short = text[low:high]
            if (
                kind == other
                and _OPENING.fullmatch(text, end, low)
                and text[high : high + 1] in (")", ";", ",")
                and len(short) < min(9, end - start)
                and " " not in short
                and (short.isupper() or len(short) < 5)
            ):
                found[short] = text[start:end]
        found.update((item.short, item.long) for item in abbreviations)
        return found

    def ground(
        self, text: str, group: str, long_forms: dict[str, str] | None = None
    ) -> tuple[str, float] | None:
        """Return (id, score) of what a text of a group (``chemical``, ``disease``, ``gene``) means."""
        forms = [text]
        written_out = self._written_out(text, long_forms or {})
        if written_out != text:
            forms.insert(0, written_out)
        for form in forms:
            found = self._cached(form, group, near=False)
            if found is not None:
                return found
        if group == "gene":
            return None
        near = [n for f in forms if (n := self._cached(f, group, near=True)) is not None]
        best = max(near, key=lambda n: n[1], default=None)
        if best is None or best[1] < self.cutoffs.get(group, 1.0):
            return None
        return best[0], _NEAR * best[1]

    @staticmethod
    def _written_out(text: str, long_forms: dict[str, str]) -> str:
        if text in long_forms:
            return long_forms[text]
        if text.endswith("s") and text[:-1] in long_forms:
            return long_forms[text[:-1]]
        words = text.split(" ")
        if len(words) > 1 and any(w in long_forms for w in words):
            return " ".join(long_forms.get(w, w) for w in words)
        return text

    def _cached(self, text: str, group: str, *, near: bool) -> tuple[str, float] | None:
        key = (text, f"~{group}" if near else group)
        if key in self._cache:
            return self._cache[key]
        if len(self._cache) > _MAX_CACHE:
            self._cache.clear()
        if group not in self._groups:
            self._groups[group] = _Group(self.terminology, group, self.synonyms.get(group, {}))
        indexes = self._groups[group]
        found = indexes.nearest(text) if near else indexes.exact(text)
        self._cache[key] = found
        return found
