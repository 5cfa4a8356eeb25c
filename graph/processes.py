"""What worker processes have in common, whatever they work on."""

from __future__ import annotations

import os
import threading

from graph.errors import EtiographError

__all__ = ["end_with", "plain_error"]


def end_with(parent: int) -> None:
    """End this process soon after its parent, even in the middle of long work."""

    def watch() -> None:
        while os.getppid() == parent:
            if ended.wait(1.0):
                return
        os._exit(1)

    ended = threading.Event()
    threading.Thread(target=watch, name="watch", daemon=True).start()


def plain_error(error: EtiographError) -> EtiographError:
    """Return the error with plain values only and without its cause, so that it can be sent."""
    plain = type(error)(str(error.message), where=error.where, hint=error.hint)
    plain.__cause__ = None
    return plain
