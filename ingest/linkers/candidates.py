"""What a text of one kind may mean, by ever looser forms of names, as rows of numbers for the ranker."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.model import Category
from ingest.models.names import NgramIndex, bag_key, head_key, keys_of, spelled, stem, tight_key
from ingest.models.tokens import tokenize
from ingest.prepared import prepared
from ingest.terms.terminology import Terminology
from ingest.words import words

__all__ = ["CONTEXT", "FEATURES", "GROUPS", "Candidates", "Floats", "Names"]

Floats = npt.NDArray[np.float32]

GROUPS: dict[Category, str] = {
    Category.DISEASE: "disease", Category.PHENOTYPE: "disease", Category.CHEMICAL: "chemical",
    Category.GENE: "gene", Category.PROTEIN: "gene", Category.TAXON: "species",
    Category.CELL_LINE: "cell_line",
}  # fmt: skip
_RANKED = ("chemical", "disease")
_FIRST = ("mesh:D", "hgnc:", "ncbitaxon:")
"""what ids of the preferred vocabularies begin with"""
_ALSO = {"chemical": (Category.PROTEIN,)}
"""categories that a group takes too, after its own"""

LEVELS = ("learned", "learned bag", "name", "synonym", "bag", "loose", "head", "near")
CONTEXT = 5
"""the last features, which depend on the document and are 0 here"""
FEATURES = (
    *LEVELS, "long form", "short form too", "share of the learned name", "count of the learned name",
    "one of so many", "first of its level", "cosine", "behind the nearest", "popularity", "descriptor",
    "supplementary", "other vocabulary", "other category", "capitals", "missing", "more", "same end",
    "tokens", "induced in name",
    "same letters", "broader", "nearest was annotated", "same first letters",
    "elsewhere in the document", "share of the document", "induced in document", "induced in both",
    "longer form elsewhere",
)  # fmt: skip
_COLUMN = {name: column for column, name in enumerate(FEATURES)}
_INDUCED = ("induced", "secondary", "toxic", "chemical", "adverse", "substance")


_SALTS = words(
    """acetate hydrochloride hcl sodium bromide chloride mesylate maleate tartrate sulfate sulphate
    phosphate citrate fumarate succinate potassium calcium besylate hydrobromide nitrate dihydrate
    lactate gluconate digluconate tosylate pamoate monohydrate disodium dihydrochloride iodide
    bitartrate decanoate valerate propionate diacetate ion ions"""
)
_FORMULAE = {
    "NaCl": "sodium chloride", "KCl": "potassium chloride", "CaCl2": "calcium chloride",
    "MgCl2": "magnesium chloride", "MgSO4": "magnesium sulfate", "LiCl": "lithium chloride",
    "H2O": "water", "H2O2": "hydrogen peroxide", "CO2": "carbon dioxide", "O2": "oxygen",
    "N2O": "nitrous oxide", "NaHCO3": "sodium bicarbonate", "Li2CO3": "lithium carbonate",
    "HgCl2": "mercuric chloride", "CdCl2": "cadmium chloride", "AlCl3": "aluminum chloride",
    "ZnCl2": "zinc chloride", "CuSO4": "copper sulfate", "FeSO4": "ferrous sulfate", "HCl": "hydrochloric acid",
    "NaOH": "sodium hydroxide", "NH3": "ammonia", "CCl4": "carbon tetrachloride", "NaNO2": "sodium nitrite",
    "K2Cr2O7": "potassium dichromate", "As2O3": "arsenic trioxide", "H2S": "hydrogen sulfide",
    "CoCl2": "cobalt chloride", "MnCl2": "manganese chloride", "BaCl2": "barium chloride",
    "Hg": "mercury", "Pb": "lead", "Cd": "cadmium", "Zn": "zinc", "Cu": "copper", "Fe": "iron",
    "Mg": "magnesium", "Na": "sodium", "K": "potassium", "Ca": "calcium", "Li": "lithium",
    "Al": "aluminum", "Mn": "manganese", "Se": "selenium", "Cr": "chromium", "Ni": "nickel",
    "Co": "cobalt", "As": "arsenic", "Pt": "platinum", "Au": "gold", "Ag": "silver", "H": "hydrogen",
    "N": "nitrogen", "O": "oxygen", "P": "phosphorus", "Cl": "chlorine", "Br": "bromine", "F": "fluorine",
    "Ba": "barium", "Sr": "strontium", "Bi": "bismuth", "Tl": "thallium", "Sn": "tin", "Si": "silicon",
}  # fmt: skip
_CHARGE = re.compile(r"\(?\d?[+-]\)?$|\(?[+-]\d?\)?$|\(I{1,3}V?\)$")
_BRACKETED = re.compile(r"\((\d)\)")


def _in_mesh(xrefs: Sequence[str]) -> bool:
    """Whether a gene is also a substance of MeSH (``calcitonin``)."""
    return any(x.startswith("mesh:") for x in xrefs)


def _in_words(text: str) -> str:
    """A formula or an element's symbol as words: ``CaCl(2)``, ``Ca2+``."""
    if len(text) > 9:
        return text
    form = _BRACKETED.sub(r"\1", text)
    return _FORMULAE.get(form) or _FORMULAE.get(_CHARGE.sub("", form), text)


def _without_salt(text: str) -> str:
    """The stems of a name of several words without its salt, empty if it has none."""
    low = text.lower().replace("-", " ").split()
    kept = [w for w in low if w not in _SALTS]
    return bag_key(" ".join(kept)) if kept and len(kept) < len(low) else ""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What one text may mean: ``ids``; ``features``, one row each (see :data:`FEATURES`); ``sure``, the
    id that its strictest form gives when it gives one only, else empty; ``other``, the one entity that is
    not in MeSH and has exactly this name, else empty."""

    ids: tuple[str, ...]
    features: Floats
    sure: str
    other: str = ""


class Names:
    """All names of one group.

    Args:
        terminology: entities and their names.
        group: one of the values of :data:`GROUPS`.
        learned: name -> ((id, count), ...), as annotated.
    """

    def __init__(
        self,
        terminology: Terminology,
        group: str,
        learned: Mapping[str, Sequence[tuple[str, int]]],
    ) -> None:
        self.group = group
        self._terminology = terminology
        self._learned: dict[str, dict[str, int]] = {}
        self._learned_bags: dict[str, dict[str, int]] = {}
        self.popularity: dict[str, int] = {}
        self._tight: dict[str, dict[str, int]] = {}
        self._bags: dict[str, dict[str, int]] = {}
        self._loose: dict[str, dict[str, int]] = {}
        self._heads: dict[str, dict[str, int]] = {}
        self._letters: dict[str, set[str]] = {}
        self._pairs: list[tuple[str, str]] = []
        self._index: NgramIndex | None = None
        self._weight: dict[str, float] = {}
        self._others: set[str] = set()
        self._annotated: set[tuple[str, str]] = set()
        for row in terminology.rows() if group in _RANKED else ():
            id, category = row[0], row[1]
            own = GROUPS.get(category) == group
            if (
                own
                or category in _ALSO.get(group, ())
                or (group == "chemical" and category is Category.GENE and _in_mesh(row[4]))
            ):
                if not own:
                    self._others.add(id)
                self._add(id, (row[2], *row[3]))
        self.same = self._same(learned)
        """learned ids that the terminology has under another id -> that id"""
        for name, rows in learned.items():
            for tight, bag, id, count in (
                (tight_key(name), bag_key(name), self.same.get(id, id), count) for id, count in rows
            ):
                self.popularity[id] = self.popularity.get(id, 0) + count
                for table, form in ((self._learned, tight), (self._learned_bags, bag)):
                    counts = table.setdefault(form, {})
                    counts[id] = counts.get(id, 0) + count
                self._pairs.append((name, id))
                self._annotated.add((name, id))

    @classmethod
    def of(
        cls,
        terminology: Terminology,
        group: str,
        learned: Mapping[str, Sequence[tuple[str, int]]],
    ) -> Names:
        """Return the names of a group ready to be asked, made in an earlier run if there was one."""

        def make() -> dict[str, Any]:
            made = cls(terminology, group, learned)
            made._index = NgramIndex.of(made._pairs) if group in _RANKED else None
            return {k: v for k, v in vars(made).items() if k != "_terminology"}

        given = (terminology.content, group, repr(sorted(learned.items())))
        found = cls.__new__(cls)
        vars(found).update(prepared(f"names-{group}", given, make, of=len(terminology)))
        found._terminology = terminology
        return found

    def _add(self, id: str, names: Sequence[str]) -> None:
        # MeSH descriptors and HGNC genes before the others
        low = 0 if id.startswith(_FIRST) else 2
        low += 4 if id in self._others else 0
        for position, name in enumerate(names):
            rank = low + (position > 0)
            keys = keys_of(name)
            forms = [(self._tight, keys.tight)]
            if self.group in _RANKED:
                forms += [(self._bags, keys.bag), (self._loose, keys.loose)]
                self._pairs.append((name, id))
                if self.group == "disease":
                    forms.append((self._heads, keys.head))
            self._letters.setdefault(name.casefold(), set()).add(id)
            for table, form in forms:
                if form:
                    row = table.setdefault(form, {})
                    row[id] = min(rank, row.get(id, 9))

    def _same(self, learned: Mapping[str, Sequence[tuple[str, int]]]) -> dict[str, str]:
        found: dict[str, set[str]] = {}
        for name, rows in learned.items():
            row = self._named(name)
            id = rows[0][0]
            if row and id not in self._terminology:
                best = min(row.values())
                found.setdefault(id, set()).update(i for i, r in row.items() if r == best)
        return {learned: min(ids) for learned, ids in found.items() if len(ids) == 1}

    # look-up ----------------------------------------------------------------------------

    def exact(self, text: str) -> list[tuple[int, str, float]]:
        """Return (level, id, one of so many) of every entity with a name that some form of the text is."""
        tight, bag = tight_key(text), bag_key(text)
        found: list[tuple[int, str, float]] = []
        for level, table, form in ((0, self._learned, tight), (1, self._learned_bags, bag)):
            if form and (row := table.get(form)):
                total = sum(row.values())
                found += [(level, id, n / total) for id, n in sorted(row.items())]
        if tight and (row := self._named(text)):
            best = min(row.values())
            ties = sum(r == best for r in row.values())
            found += [
                (2 + r % 2, id, 1 / ties if r == best else 0.1) for id, r in sorted(row.items())
            ]
        if self.group in _RANKED:
            loose = bag_key(text, loose=True)
            for level, table, form in (
                (4, self._bags, bag),
                (5, self._loose, loose),
                (
                    (6, self._heads, head_key(text))
                    if self.group == "disease"
                    else (6, self._bags, _without_salt(text))
                ),
            ):
                if form and (row := table.get(form)) and len(row) <= 8:
                    best = min(row.values())
                    ties = sum(r == best for r in row.values())
                    found += [
                        (level, id, 1 / ties if r == best else 0.1) for id, r in sorted(row.items())
                    ]
        return found

    def written(self, text: str) -> set[str]:
        """Return the entities of the group with a name that is written exactly so."""
        return {
            c.entity.id
            for c in self._terminology.exact(text)
            if GROUPS.get(c.entity.category) == self.group and c.matched == text
        }

    def _named(self, text: str) -> dict[str, int]:
        """Return the entities of the group that a text names -> rank, an even one for preferred names."""
        if self.group in _RANKED:
            return self._tight.get(tight_key(text), {})
        return {
            c.entity.id: (c.matched != c.entity.name) + 2 * (not c.entity.id.startswith(_FIRST))
            for c in self._terminology.exact(text)
            if GROUPS.get(c.entity.category) == self.group
        }

    def _broader(self, text: str) -> list[tuple[str, float]]:
        """Return (id, part of the words that are left) of what a name of several words ends in:
        ``pulmonary hypertension`` of ``primary pulmonary hypertension``."""
        parts = text.split()
        for cut in range(1, min(len(parts), 5)):
            tight = tight_key(" ".join(parts[cut:]))
            found = {**self._tight.get(tight, {}), **self._learned.get(tight, {})}
            ids = sorted(id for id in found if id.startswith("mesh:"))
            if ids and len(tight) > 3:
                return [(id, (len(parts) - cut) / len(parts)) for id in ids]
        return []

    def nearest(self, text: str, limit: int) -> list[tuple[str, float, str]]:
        """Return (id, cosine, name) of the most similar names."""
        if len(text) < 3 or not self._pairs:
            return []
        return self.index.nearest(text, limit)

    @property
    def index(self) -> NgramIndex:
        """The names by n-grams, built when first needed."""
        if self._index is None:
            self._index = NgramIndex.of(self._pairs)
        return self._index

    def candidates(self, text: str, written_out: str, limit: int = 8) -> Candidates:
        """Return what a text may mean; ``written_out`` is what it stands for in its document."""
        rows: dict[str, Floats] = {}

        def row(id: str) -> Floats:
            if id not in rows:
                rows[id] = np.zeros(len(FEATURES), dtype=np.float32)
            return rows[id]

        written_out = _in_words(written_out) if self.group == "chemical" else written_out
        main = self.exact(written_out)
        strict = False
        for level, id, share in main:
            values = row(id)
            values[level] = 1
            if level < 2:
                column = _COLUMN["share of the learned name"]
                values[column] = max(values[column], share)
            else:
                values[_COLUMN["one of so many"]] = max(values[_COLUMN["one of so many"]], share)
            strict |= level < 4 and id.startswith("mesh:")
        if written_out != text:
            for level, id, share in self.exact(text):
                if level < 4:
                    row(id)[_COLUMN["short form too"]] = max(0.5, share)
        if not strict:
            for id, share in self._broader(written_out):
                row(id)[_COLUMN["broader"]] = share
        near: list[tuple[str, float, str]] = []
        if not strict and self.group in _RANKED:
            near = self.nearest(written_out, limit)
            for position, (id, cosine, name) in enumerate(near):
                values = row(id)
                values[7] = 1 / (1 + position)
                values[_COLUMN["cosine"]] = cosine
                values[_COLUMN["behind the nearest"]] = near[0][1] - cosine
                values[_COLUMN["nearest was annotated"]] = (name, id) in self._annotated
                values[_COLUMN["same first letters"]] = (
                    written_out[:4].casefold() == name[:4].casefold()
                )
                self._overlap(values, written_out, name)
        tight = self._learned.get(tight_key(written_out), {})
        tokens = tokenize(written_out)
        letters = self._letters.get(written_out.casefold(), set())
        for id, values in rows.items():
            values[_COLUMN["long form"]] = written_out != text
            values[_COLUMN["count of the learned name"]] = math.log1p(tight.get(id, 0))
            values[_COLUMN["popularity"]] = math.log1p(self.popularity.get(id, 0))
            values[_COLUMN["descriptor"]] = id.startswith("mesh:D")
            values[_COLUMN["supplementary"]] = id.startswith("mesh:C")
            values[_COLUMN["other vocabulary"]] = not id.startswith("mesh:")
            values[_COLUMN["other category"]] = id in self._others
            values[_COLUMN["capitals"]] = written_out.isupper() and len(written_out) <= 6
            values[_COLUMN["tokens"]] = min(len(tokens), 6) / 6
            values[_COLUMN["induced in name"]] = self.induced(id)
            values[_COLUMN["same letters"]] = id in letters
        ids = tuple(sorted(rows))
        best: dict[int, list[str]] = {}
        for level, id, _ in main:
            best.setdefault(level, []).append(id)
        first = {
            named_here[0]
            for level, named_here in best.items()
            if len(named_here) == 1 and level < 4
        }
        for named_here in best.values():
            for id in named_here:
                rows[id][_COLUMN["first of its level"]] += 1 / len(named_here) / 4
        matrix = (
            np.array([rows[id] for id in ids], dtype=np.float32)
            if ids
            else np.zeros((0, len(FEATURES)), dtype=np.float32)
        )
        named = {id for level, id, share in main if level in (2, 3) and share == 1}
        other = named.pop() if len(named) == 1 and not strict else ""
        return Candidates(ids, matrix, first.pop() if len(first) == 1 else "", other)

    def induced(self, id: str) -> bool:
        """Whether the name of an entity says that it is caused by something."""
        if id not in self._terminology:
            return False
        name = self._terminology.name(id).lower()
        return any(w in name for w in _INDUCED)

    def _overlap(self, values: Floats, text: str, name: str) -> None:
        mine = {stem(spelled(t)) for t in tokenize(text)} - {""}
        theirs = {stem(spelled(t)) for t in tokenize(name)} - {""}
        weigh = self.index.stem_weight
        total = sum(map(weigh, sorted(mine))) or 1.0
        values[_COLUMN["missing"]] = sum(map(weigh, sorted(mine - theirs))) / total
        total = sum(map(weigh, sorted(theirs))) or 1.0
        values[_COLUMN["more"]] = sum(map(weigh, sorted(theirs - mine))) / total
        ends = [stem(spelled(tokenize(x)[-1])) for x in (text, name) if tokenize(x)]
        values[_COLUMN["same end"]] = len(ends) == 2 and ends[0] == ends[1]
