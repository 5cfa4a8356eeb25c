"""What a folder of fetched pages knows about itself, written so that a kill at any moment is harmless."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from graph.errors import InputError

__all__ = ["FORMAT", "Manifest", "Page", "locked", "sha256"]

FORMAT = "etiograph-fetch 1"
_NAME = "manifest.json"


@dataclass
class Page:
    """A file of records.

    ``ids`` are those asked for; ``offset`` their place in the search's history, -1 if it no longer
    holds; ``sha256`` and ``bytes`` of the file once it is there; ``records`` in it; ``missing`` the
    ids that the service did not return; ``problem`` why it could not be had.
    """

    file: str
    ids: list[str]
    offset: int = -1
    sha256: str = ""
    bytes: int = 0
    records: int = 0
    missing: list[str] = field(default_factory=list)
    problem: str = ""


@dataclass
class Manifest:
    """A query and the state of its pages. ``ids`` are in the order of the service's reply."""

    database: str
    query: str
    max: int
    count: int = 0
    ids: list[str] = field(default_factory=list)
    webenv: str = ""
    query_key: str = ""
    warnings: list[str] = field(default_factory=list)
    complete: bool = False
    pages: list[Page] = field(default_factory=list)
    format: str = FORMAT

    @classmethod
    def load(cls, folder: Path) -> Manifest | None:
        """Return the folder's manifest, None if there is none.

        Raises:
            InputError: if it is there but cannot be read, or is of another version.
        """
        path = folder / _NAME
        if not path.exists():
            return None
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if values["format"] != FORMAT:
                raise InputError(
                    f"fetched by another version ({values['format']})", where=str(path),
                    hint="Remove the folder to fetch again.",
                )  # fmt: skip
            pages = [Page(**page) for page in values.pop("pages")]
            found = cls(**values, pages=pages)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise InputError(
                f"the list of what was fetched cannot be read: {error}", where=str(path),
                hint="Remove the folder to fetch again.",
            ) from error  # fmt: skip
        return found

    def save(self, folder: Path) -> None:
        """Write it, all or nothing."""
        path = folder / _NAME
        partial = path.with_name(path.name + ".part")
        with partial.open("w", encoding="utf-8") as out:
            json.dump(asdict(self), out, ensure_ascii=False, indent=1)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)

    def whole(self, folder: Path, page: Page) -> bool:
        """Whether the page's file is there, as it was written."""
        path = folder / page.file
        if not page.sha256 or not path.is_file() or path.stat().st_size != page.bytes:
            return False
        return sha256(path) == page.sha256


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for this process.

    Raises:
        InputError: if another process fetches into it, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / ".lock").open("w")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"cannot write to the folder: {reason}", where=str(folder)) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(
                "another process is fetching into this folder", where=str(folder)
            ) from None
        yield
