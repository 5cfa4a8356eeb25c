"""The pack: a terminology in one file that is mapped into memory, not loaded.

Layout (little-endian), version 2::

    0   8 bytes   b"ETGTERMS"
    8   uint32    version of the format
    12  uint32    length of the header
    16  uint32    CRC-32 of the header
    20  uint32    0
    24  header    JSON: content (SHA-256 of the sections), crc (CRC-32 of the sections), size (of the
                  file), counts, sources, sections (name -> [offset, length in bytes])
        sections  each begins at a multiple of 8

    ids           UTF-8, sorted, each ended by a line feed         id_at       uint32 [n + 1]
    categories    uint8 [n], places in ``Category``
    records       name TAB synonyms TAB xrefs LF, lists by |       record_at   uint32 [n + 1]
    keys          normal forms of names, sorted, each ended by LF  key_at      uint32 [k + 1]
    first         uint32 [k + 1], where a key's entities begin     entities    uint32 [places of ids]
    aliases       other ids, sorted, each ended by LF              alias_at    uint32 [a + 1]
    alias_to      uint32 [a], the place of the id that is meant

Finding an id or a name is one binary search in a sorted section (Knuth, TAOCP vol. 3, 6.2.1): nothing is
built when a pack is opened, and processes that open the same file share its pages.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from graph.errors import InputError
from graph.model import Category
from ingest.terms.normal import key

__all__ = ["MAGIC", "VERSION", "Pack", "Row", "pack_bytes", "write_pack"]

MAGIC = b"ETGTERMS"
VERSION = 2
_START = struct.Struct("<8sIIII")
_CATEGORIES = tuple(Category)
_ALWAYS_CHECKED = 64 * 1024 * 1024
"""bytes up to which the sections' checksum is compared at every opening (some 10 ms for 16 MB)"""
_AGAIN = "Build it again: etiograph terms build --from DIR -o PACK."
_TEXTS = ("ids", "records", "keys", "aliases")


class Row(NamedTuple):
    """One entity as it stands in a pack."""

    id: str
    category: Category
    name: str
    synonyms: tuple[str, ...]
    xrefs: tuple[str, ...]


def _ends(texts: Sequence[str]) -> tuple[bytes, bytes]:
    """The lines one after the other, and where each begins (and the last ends)."""
    data = [t.encode("utf-8") + b"\n" for t in texts]
    at = array("I", [0])
    position = 0
    for line in data:
        position += len(line)
        if position >= 1 << 32:
            raise InputError("a terminology of more than 4 GB of names does not fit one pack")
        at.append(position)
    return b"".join(data), at.tobytes()


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "/")


def pack_bytes(
    rows: Iterable[Row],
    *,
    aliases: Mapping[str, str] | None = None,
    sources: Sequence[str] = (),
) -> bytes:
    """Return the bytes of a pack; the same for the same content, whatever the order of rows.

    Args:
        rows: entities; of two with one id the later counts.
        aliases: other id -> id of an entity; those that lead nowhere are left out.
        sources: names and licences, for ``etiograph terms info``.

    Raises:
        InputError: if an id holds a line feed or a tab, or there is too much for one pack.
    """
    by_id = {row.id: row for row in rows}
    ids = sorted(by_id, key=lambda i: i.encode("utf-8"))
    place = {id: number for number, id in enumerate(ids)}
    records: list[str] = []
    index: dict[str, list[int]] = {}
    for number, id in enumerate(ids):
        if not id or any(c in id for c in "\n\t\r|"):
            raise InputError(f"{id!r} cannot be an id")
        row = by_id[id]
        name = _plain(row.name)
        synonyms = [s for s in map(_plain, row.synonyms) if s]
        xrefs = [x for x in map(_plain, row.xrefs) if x]
        records.append("\t".join((name, "|".join(synonyms), "|".join(xrefs))))
        for form in {key(name), *map(key, synonyms)}:
            if form:
                index.setdefault(form, []).append(number)
    keys = sorted(index)
    first = array("I", [0])
    entities = array("I")
    for form in keys:
        entities.extend(index[form])
        first.append(len(entities))
    known = {
        old: place[new] for old, new in (aliases or {}).items() if new in place and old not in place
    }
    others = sorted(known, key=lambda i: i.encode("utf-8"))
    sections: dict[str, bytes] = {}
    sections["ids"], sections["id_at"] = _ends(ids)
    sections["categories"] = bytes(_CATEGORIES.index(by_id[i].category) for i in ids)
    sections["records"], sections["record_at"] = _ends(records)
    sections["keys"], sections["key_at"] = _ends(keys)
    sections["first"], sections["entities"] = first.tobytes(), entities.tobytes()
    sections["aliases"], sections["alias_at"] = _ends(others)
    sections["alias_to"] = array("I", [known[o] for o in others]).tobytes()
    return _file(
        sections, {"entities": len(ids), "names": len(keys), "aliases": len(others)}, sources
    )


def _file(sections: dict[str, bytes], counts: dict[str, int], sources: Sequence[str]) -> bytes:
    body = bytearray()
    places: dict[str, tuple[int, int]] = {}
    for name, data in sections.items():
        places[name] = (len(body), len(data))
        body += data + bytes(-len(data) % 8)
    about: dict[str, Any] = {
        "content": hashlib.sha256(body).hexdigest(),
        "crc": zlib.crc32(body),
        "size": len(body),
        "counts": counts,
        "categories": [c.value for c in _CATEGORIES],
        "sources": list(sources),
        "sections": places,
    }
    header = json.dumps(about, separators=(",", ":")).encode()
    header += b" " * (-(len(header) + _START.size) % 8)
    start = _START.pack(MAGIC, VERSION, len(header), zlib.crc32(header), 0)
    return start + header + bytes(body)


def write_pack(
    out: Path,
    rows: Iterable[Row],
    *,
    aliases: Mapping[str, str] | None = None,
    sources: Sequence[str] = (),
) -> int:
    """Write a pack and return its size in bytes. The file appears whole or not at all.

    Raises:
        InputError: if it cannot be written.
    """
    data = pack_bytes(rows, aliases=aliases, sources=sources)
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"cannot write the pack: {error}", where=str(out)) from error
    return len(data)


class Pack:
    """An opened pack.

    ``data`` is anything with the bytes of the file: a mapped file or bytes.

    Raises:
        InputError: if it is no pack, of another version or damaged, saying what to do.
    """

    def __init__(self, data: bytes | mmap.mmap, *, name: str, path: Path | None = None) -> None:
        self.path = path
        self.name = name
        self.data = data
        if sys.byteorder != "little":
            raise InputError("packs are read on little-endian machines only", where=name)
        if len(data) < _START.size:
            raise InputError("not a terminology pack: too short", where=name, hint=_AGAIN)
        magic, version, length, crc, _ = _START.unpack(data[: _START.size])
        if magic != MAGIC:
            raise InputError("not a terminology pack", where=name, hint=_AGAIN)
        if version != VERSION:
            raise InputError(
                f"the pack has format version {version}, this etiograph reads version {VERSION}",
                where=name, hint=_AGAIN,
            )  # fmt: skip
        header = data[_START.size : _START.size + length]
        if len(header) != length or zlib.crc32(header) != crc:
            raise self._damaged("its header")
        self.about: dict[str, Any] = json.loads(header)
        self._body = _START.size + length
        if len(data) != self._body + self.about["size"]:
            raise self._damaged("it has another size than its header says")
        if len(data) <= _ALWAYS_CHECKED and not self._sound():
            raise self._damaged("its checksum differs")
        self.version: str = self.about["content"][:12]
        counts = self.about["counts"]
        self.size: int = counts["entities"]
        self._names: int = counts["names"]
        self._aliases: int = counts["aliases"]
        whole = memoryview(data)
        arrays = {
            section: whole[self._body + offset : self._body + offset + size].cast("I")
            for section, (offset, size) in self.about["sections"].items()
            if section not in (*_TEXTS, "categories")
        }
        self._at = {
            "ids": arrays["id_at"], "records": arrays["record_at"],
            "keys": arrays["key_at"], "aliases": arrays["alias_at"],
        }  # fmt: skip
        self._first, self._entities = arrays["first"], arrays["entities"]
        self._alias_to = arrays["alias_to"]
        self._start = {t: self._body + self.about["sections"][t][0] for t in _TEXTS}
        self._category_start = self._body + self.about["sections"]["categories"][0]
        # an older or newer list of categories keeps its meaning
        names = {c.value: c for c in Category}
        self._category: list[Category] = [
            names.get(c, Category.THING) for c in self.about["categories"]
        ]

    def _damaged(self, what: str) -> InputError:
        return InputError(f"the pack is damaged: {what}", where=self.name, hint=_AGAIN)

    def _sound(self) -> bool:
        with memoryview(self.data) as whole, whole[self._body :] as body:
            return zlib.crc32(body) == int(self.about["crc"])

    @classmethod
    def open(cls, path: Path) -> Pack:
        """Map a file.

        Raises:
            InputError: if it cannot be opened, is no pack, of another version or damaged.
        """
        try:
            with path.open("rb") as handle:
                data = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:  # an empty file cannot be mapped: ValueError
            raise InputError(
                f"cannot read the terminology: {error}", where=str(path), hint=_AGAIN
            ) from error
        return cls(data, name=str(path), path=path)

    def verify(self) -> bool:
        """Whether the content has the hash that the header names; reads the whole file."""
        with memoryview(self.data) as whole, whole[self._body :] as body:
            return hashlib.sha256(body).hexdigest() == str(self.about["content"])

    # one at a time ------------------------------------------------------------------------

    def _text(self, section: str, number: int) -> bytes:
        at, start = self._at[section], self._start[section]
        return self.data[start + at[number] : start + at[number + 1] - 1]

    def _find(self, section: str, count: int, wanted: bytes) -> int:
        """The place of a line in a sorted section, or -1."""
        at, start, data = self._at[section], self._start[section], self.data
        low, high = 0, count
        while low < high:
            middle = (low + high) >> 1
            if data[start + at[middle] : start + at[middle + 1] - 1] < wanted:
                low = middle + 1
            else:
                high = middle
        return low if low < count and self._text(section, low) == wanted else -1

    def place(self, id: str) -> int:
        """The place of an id, or -1."""
        return self._find("ids", self.size, _bytes(id))

    def id(self, place: int) -> str:
        """The id at a place."""
        return self._text("ids", place).decode("utf-8")

    def is_id(self, place: int, id: str) -> bool:
        """Whether the id stands at this place."""
        return 0 <= place < self.size and self._text("ids", place) == _bytes(id)

    def category(self, place: int) -> Category:
        """The category of the entity at a place."""
        number = int(self.data[self._category_start + place])
        return self._category[number]

    def record(self, place: int) -> tuple[str, str, str]:
        """Name, synonyms and cross-references (joined by ``|``) of the entity at a place."""
        name, synonyms, xrefs = self._text("records", place).decode("utf-8").split("\t")
        return name, synonyms, xrefs

    def named(self, form: str) -> list[int]:
        """Places of the entities that have a name with this normal form."""
        found = self._find("keys", self._names, _bytes(form))
        return (
            [] if found < 0 else list(self._entities[self._first[found] : self._first[found + 1]])
        )

    def alias(self, id: str) -> int:
        """The place of the entity that another id means, or -1."""
        found = self._find("aliases", self._aliases, _bytes(id))
        return -1 if found < 0 else self._alias_to[found]

    # all of them --------------------------------------------------------------------------

    def _lines(self, section: str) -> list[str]:
        offset, size = self.about["sections"][section]
        start = self._body + offset
        return self.data[start : start + size].decode("utf-8").split("\n")[:-1]

    def ids(self) -> list[str]:
        """All ids, sorted."""
        return self._lines("ids")

    def keys(self) -> list[str]:
        """All normal forms of names, sorted."""
        return self._lines("keys")

    def aliases(self) -> Iterator[tuple[str, str]]:
        """Other ids with the id that each means."""
        ids = self.ids()
        for number, old in enumerate(self._lines("aliases")):
            yield old, ids[self._alias_to[number]]

    def rows(self) -> Iterator[Row]:
        """All entities, by id."""
        start = self._category_start
        categories = self.data[start : start + self.size]
        pairs = zip(self.ids(), self._lines("records"), categories, strict=True)
        for id, record, number in pairs:
            name, synonyms, xrefs = record.split("\t")
            yield Row(
                id, self._category[number], name,
                tuple(synonyms.split("|")) if synonyms else (),
                tuple(xrefs.split("|")) if xrefs else (),
            )  # fmt: skip


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
