"""Tables that take seconds to derive from shipped files, kept on the user's disk between runs.

A look-up table that follows from a terminology and the code alone is made once and then read back, by
every later process. It is kept in the user's cache folder (``ETIOGRAPH_CACHE`` names another, ``off``
none); deleting that folder costs nothing but the time to make the tables again.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import os
import pickle
import stat
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable
from importlib import metadata, resources
from pathlib import Path
from typing import Any, TypeVar

import platformdirs

__all__ = ["cache_folder", "prepared"]

T = TypeVar("T")

_MAGIC = b"ETGTABLE"
_PACKAGES = ("ingest", "ingest.terms", "ingest.linkers", "ingest.models")
_LIBRARIES = ("numpy", "pyahocorasick")
_FEW = 20_000
_KEPT = 3
"""files of one kind that stay: other terminologies and versions in use beside each other"""
_UNREADABLE = (
    pickle.UnpicklingError, AttributeError, EOFError, ImportError, IndexError, KeyError, TypeError,
    ValueError,
)  # fmt: skip


def cache_folder() -> Path | None:
    """Return where tables are kept, None if nowhere."""
    named = os.environ.get("ETIOGRAPH_CACHE", "")
    if named == "off":
        return None
    return Path(named or platformdirs.user_cache_dir("etiograph", appauthor=False)).expanduser()


@functools.lru_cache(maxsize=1)
def _code() -> bytes:
    """A digest of everything but the data that a table depends on: the code and the libraries."""
    about = hashlib.sha256(sys.version.encode())
    for library in _LIBRARIES:
        about.update(f"{library} {metadata.version(library)}".encode())
    for package in _PACKAGES:
        for file in sorted(resources.files(package).iterdir(), key=lambda f: f.name):
            if file.name.endswith((".py", ".tsv")):
                about.update(file.name.encode() + b"\0" + file.read_bytes())
    return about.digest()


def prepared(what: str, made_of: Iterable[str], make: Callable[[], T], *, of: int) -> T:
    """Return what ``make`` makes, read from the cache if it was made before.

    Args:
        what: the kind of table, a file name's beginning.
        made_of: versions or digests of all data that go in; the code's own version is added.
        make: makes it, from nothing but that; the result must survive pickling.
        of: of how many things it is made; a table of few is not kept.

    A cache that cannot be read or written is done without. A file that another user could have written
    is not read, since reading it runs what it says.
    """
    folder = cache_folder()
    if folder is None or of < _FEW:
        return make()
    about = hashlib.sha256(_code())
    for part in made_of:
        about.update(hashlib.sha256(part.encode()).digest())
    path = folder / f"{what}-{about.hexdigest()[:32]}.table"
    data = _read(path)
    if data is not None:
        try:
            found: T = _loads(data)
        except _UNREADABLE:
            path.unlink(missing_ok=True)
        else:
            return found
    made = make()
    _write(path, pickle.dumps(made, 5))
    return made


def _loads(data: memoryview) -> Any:
    """Unpickle; the garbage collector would look through the growing table again and again."""
    on = gc.isenabled()
    gc.disable()
    try:
        return pickle.loads(data)
    finally:
        if on:
            gc.enable()


def _read(path: Path) -> memoryview | None:
    """The table's bytes, if the file is whole and only its owner, who is this user, may write it."""
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if hasattr(os, "getuid") and (
                about.st_uid != os.getuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
            ):
                return None
            data = memoryview(file.read())
    except OSError:
        return None
    head = len(_MAGIC) + 4
    if bytes(data[: len(_MAGIC)]) != _MAGIC:
        return None
    if int.from_bytes(data[len(_MAGIC) : head], "little") != zlib.crc32(data[head:]):
        return None
    return data[head:]


def _write(path: Path, data: bytes) -> None:
    """Write the file whole or not at all, and drop the oldest of its kind."""
    what = path.name.rpartition("-")[0]
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{what}-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_MAGIC + zlib.crc32(data).to_bytes(4, "little"))
                file.write(data)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        kept = sorted(path.parent.glob(f"{what}-*.table"), key=lambda p: -p.stat().st_mtime_ns)
        for old in kept[_KEPT:]:
            old.unlink(missing_ok=True)
    except OSError:
        return  # a full or read-only disk: the table is made again next time
