"""A loaded terminology: entities by id, look-up by name."""

from __future__ import annotations

import functools
import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from graph.errors import InputError
from graph.model import Category, Entity
from ingest.terms.normal import fold, key

__all__ = ["Candidate", "Terminology", "core", "lookup"]

_HEADER = "#etiograph-terms 1"
_CUTOFF = 82.0
"""rapidfuzz ratio, below which a similar name is no candidate"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity that a name may mean.

    ``matched`` is the name of the entity that matched, ``how`` one of ``name``, ``synonym``,
    ``normalised`` and ``similar``, ``score`` in (0, 1].
    """

    entity: Entity
    matched: str
    score: float
    how: str


# among equally good names: what prose usually means
_RANK = {
    Category.DISEASE: 0, Category.PHENOTYPE: 1, Category.CHEMICAL: 2, Category.GENE: 3,
    Category.PROTEIN: 4, Category.PROCESS: 5, Category.PROCEDURE: 6, Category.BEHAVIOR: 7,
    Category.ANATOMY: 8, Category.CELL: 9, Category.CELL_LINE: 10, Category.TAXON: 11,
}  # fmt: skip


class Terminology:
    """Entities with their names.

    Args:
        lines: the table ``id, category, name, synonyms, xrefs`` (tab-separated; lists by ``|``)
            under its header line.
        version: identifies the content; part of the pipeline's version.

    Raises:
        InputError: naming the line that is wrong.
    """

    def __init__(self, lines: Iterable[str], *, version: str = "", name: str = "<terms>") -> None:
        self.version = version
        self._rows: dict[str, tuple[str, str, str, str]] = {}
        self._index: dict[str, list[str]] | None = None
        iterator = iter(lines)
        header = next(iterator, "")
        if not header.startswith(_HEADER):
            raise InputError(
                "not a terminology of this version", where=name,
                hint="Build it again: python -m ingest.terms.build --from DIR.",
            )  # fmt: skip
        for number, line in enumerate(iterator, 2):
            fields = line.rstrip("\n").split("\t")
            if len(fields) != 5:
                raise InputError(
                    f"{len(fields)} columns instead of 5", where=f"{name}, line {number}"
                )
            self._rows[fields[0]] = (fields[1], fields[2], fields[3], fields[4])

    @classmethod
    def load(cls, path: Path) -> Terminology:
        """Read a pack from a file.

        Raises:
            InputError: if it cannot be read or is damaged.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputError(f"cannot read the terminology: {error}", where=str(path)) from error
        return cls.from_bytes(data, name=str(path))

    @classmethod
    def from_bytes(cls, data: bytes, *, name: str = "<terms>") -> Terminology:
        """Read a pack from the bytes of its gzip file."""
        try:
            text = gzip.decompress(data).decode("utf-8")
        except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
            raise InputError(f"the terminology is damaged: {error}", where=name) from error
        return cls(text.splitlines(), version=hashlib.sha256(data).hexdigest()[:12], name=name)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, id: object) -> bool:
        return id in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def category(self, id: str) -> Category:
        """Return the category of an entity that is in the terminology."""
        return Category(self._rows[id][0])

    def name(self, id: str) -> str:
        """Return the preferred name of an entity that is in the terminology."""
        return self._rows[id][1]

    def synonyms(self, id: str) -> list[str]:
        """Return the other names of an entity that is in the terminology."""
        return [s for s in self._rows[id][2].split("|") if s]

    def entity(self, id: str) -> Entity | None:
        """Return an entity with its synonyms and cross-references."""
        row = self._rows.get(id)
        if row is None:
            return None
        category, name, synonyms, xrefs = row
        return Entity(
            id, name, Category(category),
            tuple(s for s in synonyms.split("|") if s), tuple(x for x in xrefs.split("|") if x),
        )  # fmt: skip

    @property
    def index(self) -> dict[str, list[str]]:
        """Normal form of a name -> ids, built when first used."""
        if self._index is None:
            index: dict[str, list[str]] = {}
            for id, (_, name, synonyms, _) in self._rows.items():
                names = {key(name)}
                if synonyms:
                    names.update(key(s) for s in synonyms.split("|"))
                for form in names:
                    if form:
                        index.setdefault(form, []).append(id)
            self._index = index
        return self._index

    def exact(self, text: str) -> list[Candidate]:
        """Return the entities one of whose names has the same normal form, best first."""
        form = key(text)
        found = [self._candidate(id, text, form) for id in self.index.get(form, ())] if form else []
        return sorted(found, key=_order)

    def lookup(self, text: str, limit: int = 10) -> list[Candidate]:
        """Return what a name may mean, best first: same name, then similar names.

        Similar names are searched for only when no name is the same.
        """
        found = self.exact(text)
        if not found and len(key(text)) >= 4:
            found = self._similar(text, limit)
        return found[:limit]

    def _candidate(self, id: str, text: str, form: str) -> Candidate:
        entity = self.entity(id)
        assert entity is not None
        folded = fold(text)
        if entity.name == text:
            return Candidate(entity, text, 1.0, "name")
        symbol = entity.name.isupper() and len(entity.name) <= 6  # cAMP is not CAMP
        if fold(entity.name) == folded and not symbol:
            return Candidate(entity, entity.name, 0.99, "name")
        if text in entity.synonyms:
            return Candidate(entity, text, 0.97, "synonym")
        if symbol and fold(entity.name) == folded:
            return Candidate(entity, entity.name, 0.96, "name")
        for synonym in entity.synonyms:
            if fold(synonym) == folded:
                return Candidate(entity, synonym, 0.95, "synonym")
        matched = next((n for n in (entity.name, *entity.synonyms) if key(n) == form), entity.name)
        return Candidate(entity, matched, 0.92 if matched == entity.name else 0.9, "normalised")

    def _similar(self, text: str, limit: int) -> list[Candidate]:
        from rapidfuzz import fuzz, process

        form = key(text)
        hits = process.extract(
            form, self.index.keys(), scorer=fuzz.ratio, limit=limit * 3, score_cutoff=_CUTOFF
        )
        best: dict[str, Candidate] = {}
        for hit, ratio, _ in hits:
            for id in self.index[hit]:
                entity = self.entity(id)
                assert entity is not None
                names = (entity.name, *entity.synonyms)
                matched = next((n for n in names if key(n) == hit), entity.name)
                score = round(0.85 * ratio / 100, 4)
                if id not in best or best[id].score < score:
                    best[id] = Candidate(entity, matched, score, "similar")
        return sorted(best.values(), key=_order)


def _order(candidate: Candidate) -> tuple[float, int, str]:
    entity = candidate.entity
    return (-candidate.score, _RANK.get(entity.category, 99), entity.id)


@functools.lru_cache(maxsize=1)
def core() -> Terminology:
    """Return the terminology that comes with the package, read once per process.

    Raises:
        InputError: if the installed file is damaged.
    """
    file = resources.files("ingest.terms").joinpath("core.tsv.gz")
    return Terminology.from_bytes(file.read_bytes(), name="ingest/terms/core.tsv.gz")


def lookup(text: str, limit: int = 10) -> list[Candidate]:
    """Return what a name may mean in the bundled terminology, best first."""
    return core().lookup(text, limit)
