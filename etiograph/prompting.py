"""What was typed at a prompt, kept for the next time."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prompt_toolkit.history import History

__all__ = ["open_history"]


def open_history(path: Path | None, complain: Callable[[str], None]) -> History:
    """Return the history kept in a file that only its owner may read.

    Args:
        path: the file; None keeps what is typed only as long as the prompt is open.
        complain: told why nothing is kept, where the file cannot be written.
    """
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    if path is None:
        return InMemoryHistory()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # what was asked is the user's own business: nobody else may read it
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        complain(f"what you type is not kept: {error}")
        return InMemoryHistory()
    return FileHistory(str(path))
