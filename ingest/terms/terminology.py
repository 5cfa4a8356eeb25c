"""A terminology in use: entities by id, look-up by name, over one pack or several in layers."""

from __future__ import annotations

import functools
import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from graph.errors import InputError
from graph.model import Category, Entity
from ingest.terms.normal import fold, key
from ingest.terms.pack import MAGIC, Pack, Row, pack_bytes
from ingest.terms.similar import Similar

__all__ = ["Candidate", "Terminology", "core", "layers", "lookup"]

_HEADER = "#etiograph-terms 1"
_AGAIN = "Build it again: etiograph terms build --from DIR -o PACK."


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
            under its header line. Packs are opened with :meth:`load`.
        version: identifies the content; part of the pipeline's version.

    Raises:
        InputError: naming the line that is wrong.
    """

    def __init__(self, lines: Iterable[str], *, version: str = "", name: str = "<terms>") -> None:
        data = pack_bytes(_parse(lines, name))
        self._layers: tuple[Pack, ...] = (Pack(data, name=name),)
        self.version = version
        self._near = 0
        self._similar_in: list[Similar | None] = [None]

    @classmethod
    def _of(cls, packs: Sequence[Pack]) -> Terminology:
        made = cls.__new__(cls)
        made._layers = tuple(packs)
        made._near = 0
        made._similar_in = [None] * len(packs)
        versions = [p.version for p in packs]
        joined = hashlib.sha256("+".join(versions).encode()).hexdigest()[:12]
        made.version = versions[0] if len(versions) == 1 else joined
        return made

    @classmethod
    def load(cls, path: Path | str) -> Terminology:
        """Open a pack: mapped into memory, in milliseconds whatever its size.

        A gzip table of the older form is read too.

        Raises:
            InputError: if it cannot be read, is damaged or of another version, saying what to do.
        """
        path = Path(path)
        try:
            with path.open("rb") as handle:
                start = handle.read(len(MAGIC))
                if start[:2] == b"\x1f\x8b":
                    return cls.from_bytes(start + handle.read(), name=str(path))
        except OSError as error:
            raise InputError(f"cannot read the terminology: {error}", where=str(path)) from error
        return cls._of([Pack.open(path)])

    @classmethod
    def from_bytes(cls, data: bytes, *, name: str = "<terms>") -> Terminology:
        """Read a pack from the bytes of its file."""
        if data.startswith(MAGIC):
            return cls._of([Pack(data, name=name)])
        try:
            text = gzip.decompress(data).decode("utf-8")
        except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
            raise InputError(
                f"the terminology is damaged: {error}", where=name, hint=_AGAIN
            ) from error
        return cls(text.splitlines(), version=hashlib.sha256(data).hexdigest()[:12], name=name)

    @classmethod
    def layered(cls, terminologies: Sequence[Terminology | Path | str]) -> Terminology:
        """Put terminologies over one another, the most important first.

        An entity that several layers have takes name and category from the first, names and
        cross-references from all. A name is looked for in all; an entity of an upper layer whose
        id is another id of an entity below (see :meth:`resolve`) stays an entity of its own.

        Raises:
            InputError: if a file cannot be read.
            ValueError: if there are none.
        """
        if not terminologies:
            raise ValueError("no terminologies to put over one another")
        opened = [t if isinstance(t, Terminology) else cls.load(t) for t in terminologies]
        if len(opened) == 1:
            return opened[0]
        return cls._of([pack for t in opened for pack in t._layers])

    def __reduce__(self) -> tuple[object, ...]:
        # another process opens the same file, and shares its memory
        parts = [(str(p.path) if p.path else bytes(p.data), p.name) for p in self._layers]
        return _reopen, (parts, self.version)

    @property
    def packs(self) -> tuple[Pack, ...]:
        """The packs underneath, the most important first."""
        return self._layers

    # entities -----------------------------------------------------------------------------

    def _place(self, id: object, pack: Pack) -> int:
        """The place of an id in a pack, or -1. One look suffices when ids are asked for in order."""
        if not isinstance(id, str):
            return -1
        near = self._near
        for place in (near, near + 1):
            if pack.is_id(place, id):
                self._near = place
                return place
        place = pack.place(id)
        if place >= 0:
            self._near = place
        return place

    def _where(self, id: object) -> tuple[Pack, int]:
        for pack in self._layers:
            place = self._place(id, pack)
            if place >= 0:
                return pack, place
        raise KeyError(id)

    @property
    def content(self) -> str:
        """A digest of everything in it, whatever it calls itself."""
        return "+".join(p.version for p in self._layers)

    def __len__(self) -> int:
        if len(self._layers) == 1:
            return self._layers[0].size
        return sum(1 for _ in self)

    def __contains__(self, id: object) -> bool:
        return any(self._place(id, pack) >= 0 for pack in self._layers)

    def __iter__(self) -> Iterator[str]:
        if len(self._layers) == 1:
            return iter(self._layers[0].ids())
        return iter(sorted({id for pack in self._layers for id in pack.ids()}))

    def rows(self) -> Iterator[Row]:
        """All entities by id, with category, name, synonyms and cross-references; the fastest way to
        go through all of them."""
        if len(self._layers) == 1:
            yield from self._layers[0].rows()
            return
        for id in self:
            yield self.row(id)

    def row(self, id: str) -> Row:
        """One entity by id.

        Raises:
            KeyError: if there is none.
        """
        found: Row | None = None
        for pack in self._layers:
            place = self._place(id, pack)
            if place < 0:
                continue
            name, synonyms, xrefs = pack.record(place)
            own = [s for s in synonyms.split("|") if s]
            others = [x for x in xrefs.split("|") if x]
            if found is None:
                found = Row(id, pack.category(place), name, tuple(own), tuple(others))
            else:
                more = {name, *own} - {found.name}
                found = found._replace(
                    synonyms=tuple(sorted(more | set(found.synonyms))),
                    xrefs=tuple(sorted({*found.xrefs, *others})),
                )
        if found is None:
            raise KeyError(id)
        return found

    def category(self, id: str) -> Category:
        """Return the category of an entity that is in the terminology."""
        pack, place = self._where(id)
        return pack.category(place)

    def name(self, id: str) -> str:
        """Return the preferred name of an entity that is in the terminology."""
        pack, place = self._where(id)
        return pack.record(place)[0]

    def synonyms(self, id: str) -> list[str]:
        """Return the other names of an entity that is in the terminology."""
        return list(self.row(id).synonyms)

    def entity(self, id: str) -> Entity | None:
        """Return an entity with its synonyms and cross-references."""
        try:
            row = self.row(id)
        except KeyError:
            return None
        return Entity(id, row.name, row.category, row.synonyms, row.xrefs)

    def resolve(self, id: str) -> str | None:
        """Return the id that stands for ``id`` here: itself, the entity it was merged into, or the one
        that replaced it. None if nothing is known of it.

        Args:
            id: a CURIE in normal form (``doid:557``); :func:`graph.curie.normalize` makes one.
        """
        if id in self:
            return id
        for pack in self._layers:
            place = pack.alias(id)
            if place >= 0:
                return pack.id(place)
        return None

    # names --------------------------------------------------------------------------------

    @property
    def index(self) -> dict[str, list[str]]:
        """Normal form of a name -> ids, made anew each time: a look-up does not need it."""
        index: dict[str, list[str]] = {}
        for id, _, name, synonyms, _ in self.rows():
            for form in {key(name), *map(key, synonyms)}:
                if form:
                    index.setdefault(form, []).append(id)
        return index

    def _ids(self, form: str) -> list[str]:
        if len(self._layers) == 1:
            pack = self._layers[0]
            return [pack.id(place) for place in pack.named(form)]
        return sorted({p.id(place) for p in self._layers for place in p.named(form)})

    def exact(self, text: str) -> list[Candidate]:
        """Return the entities one of whose names has the same normal form, best first."""
        form = key(text)
        found = [self._candidate(id, text, form) for id in self._ids(form)] if form else []
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
        form = key(text)
        hits: dict[str, float] = {}
        for number, pack in enumerate(self._layers):
            searcher = self._similar_in[number]
            if searcher is None:
                searcher = self._similar_in[number] = Similar(pack.keys())
            hits.update(searcher.find(form, limit * 3))
        best: dict[str, Candidate] = {}
        for hit, ratio in sorted(hits.items(), key=lambda h: (-h[1], h[0]))[: limit * 3]:
            for id in self._ids(hit):
                entity = self.entity(id)
                assert entity is not None
                names = (entity.name, *entity.synonyms)
                matched = next((n for n in names if key(n) == hit), entity.name)
                score = round(0.85 * ratio / 100, 4)
                if id not in best or best[id].score < score:
                    best[id] = Candidate(entity, matched, score, "similar")
        return sorted(best.values(), key=_order)


def _parse(lines: Iterable[str], name: str) -> Iterator[Row]:
    iterator = iter(lines)
    header = next(iterator, "")
    if not header.startswith(_HEADER):
        raise InputError("not a terminology of this version", where=name, hint=_AGAIN)
    categories = {c.value: c for c in Category}
    for number, line in enumerate(iterator, 2):
        fields = line.rstrip("\n").split("\t")
        where = f"{name}, line {number}"
        if len(fields) != 5:
            raise InputError(f"{len(fields)} columns instead of 5", where=where)
        id, category, preferred, synonyms, xrefs = fields
        if category not in categories:
            raise InputError(f"{category!r} is not a category", where=where)
        yield Row(
            id, categories[category], preferred,
            tuple(s for s in synonyms.split("|") if s), tuple(x for x in xrefs.split("|") if x),
        )  # fmt: skip


def _reopen(parts: list[tuple[str | bytes, str]], version: str) -> Terminology:
    """Open the packs of a terminology that was sent to another process."""
    packs = [
        Pack.open(Path(data)) if isinstance(data, str) else Pack(data, name=name)
        for data, name in parts
    ]
    made = Terminology._of(packs)
    made.version = version
    return made


def _order(candidate: Candidate) -> tuple[float, int, str]:
    entity = candidate.entity
    return (-candidate.score, _RANK.get(entity.category, 99), entity.id)


@functools.lru_cache(maxsize=1)
def core() -> Terminology:
    """Return the terminology that comes with the package, opened once per process.

    Raises:
        InputError: if the installed file is damaged.
    """
    file = resources.files("ingest.terms").joinpath("core.etg")
    if isinstance(file, Path):
        return Terminology.load(file)
    return Terminology.from_bytes(file.read_bytes(), name="ingest/terms/core.etg")


def layers(packs: Sequence[Path | str] = ()) -> Terminology:
    """Return the user's packs, the first on top, over the bundled terminology.

    Raises:
        InputError: if one cannot be read, is damaged or of another version.
    """
    return Terminology.layered([*packs, core()]) if packs else core()


def lookup(text: str, limit: int = 10) -> list[Candidate]:
    """Return what a name may mean in the bundled terminology, best first."""
    return core().lookup(text, limit)
