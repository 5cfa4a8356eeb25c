"""What every source yields: documents, deletions, and records set aside with their reason."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ingest.document import Document

__all__ = ["MAX_RAW", "MAX_TEXT", "Deletion", "Item", "Rejected", "Source"]

MAX_TEXT = 4_000_000
"""code points: a longer document is set aside"""
MAX_RAW = 1_000_000
"""bytes of a record that are kept with the reason why it was set aside"""


@dataclass(frozen=True, slots=True)
class Deletion:
    """The source says that this publication's record is withdrawn."""

    id: str
    record: int = 0


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not be read, or a part of one (``partial``: the document went on).

    ``record`` counts from 1 within the file, 0 is the file itself; ``where`` is a line or offset;
    ``raw`` is the record as it stands, cut at :data:`MAX_RAW` bytes.
    """

    reason: str
    record: int = 0
    where: str = ""
    id: str = ""
    raw: bytes = b""
    partial: bool = False


Item = Document | Deletion | Rejected


class Source(ABC):
    """Reads one file format, streaming, in constant memory."""

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    """file name endings, lower case, ``.gz`` left off"""
    weak: ClassVar[bool] = False
    """whether the content says so little that the file's ending must fit too"""

    @classmethod
    @abstractmethod
    def sniff(cls, head: bytes) -> bool:
        """Whether the first few kilobytes of a (decompressed) file look like this format."""

    @abstractmethod
    def read(self, path: Path) -> Iterator[Item]:
        """Yield what a file holds, in the file's order.

        What cannot be read becomes a :class:`Rejected` and the rest goes on.

        Raises:
            InputError: if the file cannot be opened at all.
        """
