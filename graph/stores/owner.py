"""Who owns a store folder: one process, by a lock that the kernel drops when the process ends.

The folder holds ``owner.lock`` (locked by the owner for its life) and, while it is open,
``owner.json`` (readable by its user only) with the port and passwords with which other processes
of that user join. ``owner.json`` left behind by a process that no longer holds the lock means that
it did not stop cleanly.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from graph.errors import StoreFullError, StoreLockedError, StoreUnavailableError

__all__ = ["FolderLock", "OwnerInfo"]


@dataclass(frozen=True)
class OwnerInfo:
    """How to reach the owner of a store folder."""

    pid: int
    bolt_port: int
    http_port: int
    password: str
    reader_password: str
    server: bool = False
    """whether it is a background server rather than a command that happens to run"""

    @property
    def uri(self) -> str:
        """The owner's Bolt address."""
        return f"bolt://127.0.0.1:{self.bolt_port}"


class FolderLock:
    """The lock of one store folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._info = folder / "owner.json"
        self._lock_file = folder / "owner.lock"
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock; False if another process holds it.

        Raises:
            StoreUnavailableError: if the folder cannot be written.
            StoreFullError: if there is no space left.
        """
        try:
            descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise StoreFullError("there is no space left", where=str(self.folder)) from error
            raise StoreUnavailableError(
                f"the store folder cannot be written: {error.strerror}",
                where=str(self.folder),
                hint="Check its owner and permissions, or choose another folder.",
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    @property
    def unclean(self) -> bool:
        """Whether the last owner ended without closing (ask while holding the lock)."""
        return self._info.exists()

    def announce(self) -> None:
        """Write that the store is being opened: from here on an end without closing shows."""
        self._write({"pid": os.getpid(), "starting": True})

    def publish(self, info: OwnerInfo) -> None:
        """Write how to join, for this user only."""
        self._write(asdict(info))

    def _write(self, content: dict[str, object]) -> None:
        draft = self._info.with_suffix(".new")
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file)
        draft.replace(self._info)

    def read(self) -> OwnerInfo | None:
        """Return how to join the owner, None while it is not (yet) written.

        Raises:
            StoreLockedError: if the owner is another user.
        """
        try:
            return OwnerInfo(**json.loads(self._info.read_text(encoding="utf-8")))
        except PermissionError as error:
            raise StoreLockedError(
                "another user's process has this store open",
                where=str(self.folder),
                hint="Run as that user, or ask them to close it.",
            ) from error
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def release(self, *, clean: bool) -> None:
        """Give the lock back; ``clean`` says that the store was closed in order."""
        if self._descriptor is None:
            return
        if clean:
            self._info.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None
