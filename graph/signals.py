"""Keep what the Java machine in this process needs while other native libraries come and go.

A Java machine reads a protected page to bring its threads to a stop, and catches the signal (SIGSEGV)
itself. A library that puts its own handler in the place of that one turns the next such stop into a
crash; Ray does when it connects, and resets the signals to their defaults when it leaves.
"""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["crash_handlers_kept"]

_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT")
    if hasattr(signal, name)
)
_ROOM = 64
"""machine words: more than any system's ``struct sigaction``"""
_PAUSE = 0.0005


@contextmanager
def crash_handlers_kept() -> Iterator[None]:
    """Put the handlers of crash signals back whenever something changes them inside, and at the end.

    A thread looks every half millisecond, so that only stops of the Java machine in that time could still
    meet a foreign handler. Does nothing where there is no ``sigaction``.
    """
    library = ctypes.CDLL(None) if os.name == "posix" else None
    if library is None or not hasattr(library, "sigaction"):
        yield
        return

    def read(number: int) -> ctypes.Array[ctypes.c_uint64]:
        found = (ctypes.c_uint64 * _ROOM)()
        library.sigaction(int(number), None, found)
        return found

    kept = {number: read(number) for number in _SIGNALS}

    def put_back() -> None:
        for number, action in kept.items():
            # the handler is the first word wherever there is a struct sigaction
            if read(number)[0] != action[0]:
                library.sigaction(int(number), action, None)

    done = threading.Event()

    def watch() -> None:
        while not done.wait(_PAUSE):
            put_back()

    watcher = threading.Thread(target=watch, name="crash-handlers", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        put_back()
