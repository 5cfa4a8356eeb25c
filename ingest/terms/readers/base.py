"""What a reader of one terminology format provides."""

from __future__ import annotations

import gzip
import io
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, TextIO

from graph.errors import InputError
from ingest.terms.records import Dropped, Record

__all__ = ["FREE", "Reader", "head", "opened", "rows"]

FREE = frozenset({"CC0 1.0", "CC BY 3.0", "CC BY 4.0", "U.S. Government work"})
"""licences that the bundled pack may carry"""


class Reader(ABC):
    """Reads the files of one format.

    A new format is one file with a subclass, and one line in ``ingest/terms/readers/__init__.py``.
    """

    name: ClassVar[str]
    """how reports call the source"""
    licence: ClassVar[str]
    """licence of the source, or ``as its source says``"""

    @abstractmethod
    def claims(self, path: Path) -> bool:
        """Whether this reader reads the file; may look at its beginning, never raises."""

    def groups(self, paths: Sequence[Path]) -> list[tuple[Path, ...]]:
        """Put the claimed files together that have to be read as one. By default each alone."""
        return [(p,) for p in paths]

    @abstractmethod
    def read(self, paths: tuple[Path, ...]) -> Iterator[Record]:
        """Yield what one group of files says.

        Raises:
            InputError: if a file cannot be read at all. Single bad records are yielded as
                :class:`~ingest.terms.records.Dropped`.
        """

    def called(self, paths: tuple[Path, ...]) -> str:
        """Name of the source of one group of files."""
        return self.name

    def licence_of(self, paths: tuple[Path, ...]) -> str:
        """Licence of one group of files."""
        return self.licence


@contextmanager
def opened(path: Path, *, errors: str = "strict") -> Iterator[TextIO]:
    """Open a text file, also one that gzip compressed.

    Raises:
        InputError: if it cannot be opened, decompressed or decoded, also while it is read.
    """
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            stream = gzip.GzipFile(fileobj=raw) if zipped else raw
            with io.TextIOWrapper(stream, encoding="utf-8-sig", errors=errors, newline="") as text:
                yield text
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"cannot read it: {error}", where=str(path)) from error


def head(path: Path, lines: int = 5) -> list[str]:
    """Return the first lines of a text file, none if it cannot be read."""
    found: list[str] = []
    try:
        # a bad byte further on must not hide what the file is
        with opened(path, errors="replace") as handle:
            for _ in range(lines):
                line = handle.readline(20_000)
                if not line:
                    break
                found.append(line.rstrip("\r\n"))
    except InputError:
        return []
    return found


def rows(
    path: Path, *, columns: int, skip: int = 0, delimiter: str = "\t"
) -> Iterator[tuple[int, list[str]] | Dropped]:
    """Yield (line number, fields) of a delimited file without quoting.

    Rows with fewer than ``columns`` fields are yielded as dropped.
    """
    with opened(path) as handle:
        for number, line in enumerate(handle, 1):
            line = line.rstrip("\r\n")
            if number <= skip or not line:
                continue
            fields = line.split(delimiter)
            if len(fields) < columns:
                yield Dropped(f"{path}, line {number}", f"{len(fields)} columns, not {columns}")
            else:
                yield number, fields
