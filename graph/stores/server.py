"""The embedded store's background server: a process that owns a folder so that others join it.

``python -m graph.stores.server FOLDER`` runs one in the foreground.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from graph.errors import StoreLockedError, StoreUnavailableError
from graph.stores.owner import FolderLock, OwnerInfo

__all__ = ["ServerInfo", "main", "server_status", "start_server", "stop_server"]


_STARTED: list[subprocess.Popen[bytes]] = []
"""Servers that this process started and that may outlive it."""


@dataclass(frozen=True)
class ServerInfo:
    """Who has a store folder open."""

    path: str
    pid: int
    uri: str
    background: bool
    """whether it is a background server rather than a command that happens to run"""


def _owner(path: Path) -> OwnerInfo | None:
    if not path.is_dir():
        return None
    lock = FolderLock(path)
    if lock.acquire():
        lock.release(clean=False)
        return None
    return lock.read()


def server_status(path: str | Path) -> ServerInfo | None:
    """Return who has the store open, None if nobody has.

    Raises:
        StoreLockedError: if it is another user's process.
    """
    folder = Path(path).expanduser().absolute()
    info = _owner(folder)
    return ServerInfo(str(folder), info.pid, info.uri, info.server) if info else None


def start_server(path: str | Path, *, timeout: float = 60.0) -> ServerInfo:
    """Start a background server for a store, made if it is not there; return the one that runs if
    there is one.

    Args:
        path: the store's folder.
        timeout: seconds to wait until it answers.

    Raises:
        StoreUnavailableError: if it does not start.
        StoreLockedError: if an ordinary command has the store open.
    """
    folder = Path(path).expanduser().absolute()
    deadline = time.monotonic() + timeout
    process: subprocess.Popen[bytes] | None = None
    while True:
        status = server_status(folder)
        if status is not None and status.background:
            return status
        if status is not None and (process is None or status.pid != process.pid):
            raise StoreLockedError(
                f"process {status.pid} has the store open",
                where=str(folder),
                hint="Start the server after it has ended.",
            )
        if process is None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "log").mkdir(exist_ok=True)
            with (folder / "log" / "server.log").open("ab") as log:
                process = subprocess.Popen(
                    [sys.executable, "-m", "graph.stores.server", str(folder)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
                )
            _STARTED.append(process)
        if process.poll() is not None or time.monotonic() > deadline:
            if process.poll() is None:
                process.kill()
            said = ""
            with contextlib.suppress(OSError):
                said = (folder / "log" / "server.log").read_text(errors="replace")[-400:].strip()
            raise StoreUnavailableError(
                f"the background server does not start: {said or 'it says nothing'}",
                where=str(folder),
                hint=f"Its logs are in {folder / 'log'}.",
            )
        time.sleep(0.1)


def stop_server(path: str | Path, *, timeout: float = 60.0) -> bool:
    """Stop the background server of a store; False if none runs.

    Raises:
        StoreLockedError: if an ordinary command has the store open, or it does not stop.
    """
    folder = Path(path).expanduser().absolute()
    status = server_status(folder)
    if status is None:
        return False
    if not status.background:
        raise StoreLockedError(
            f"process {status.pid} has the store open and is no background server",
            where=str(folder),
            hint="Let it end, or end it yourself.",
        )
    with contextlib.suppress(ProcessLookupError):
        os.kill(status.pid, signal.SIGTERM)
    deadline = time.monotonic() + timeout
    while (now := server_status(folder)) is not None and now.pid == status.pid:
        if time.monotonic() > deadline:
            raise StoreLockedError(
                f"the server (process {status.pid}) does not stop", where=str(folder)
            )
        time.sleep(0.1)
    for process in [p for p in _STARTED if p.pid == status.pid]:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout)
            _STARTED.remove(process)
    return True


def main(arguments: list[str] | None = None) -> int:
    """Own a store folder until SIGTERM or Ctrl-C."""
    from graph.errors import EtiographError
    from graph.stores.cypher import CypherStore
    from graph.stores.embedded import EmbeddedEngine

    (folder,) = arguments if arguments is not None else sys.argv[1:]
    stop = threading.Event()
    try:
        engine = EmbeddedEngine(Path(folder), as_server=True)
        if not engine.owner:
            engine.close()
            raise StoreLockedError("another process has the store open", where=folder)
        store = CypherStore(engine)
    except EtiographError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with store:
        while not stop.wait(1.0):
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
