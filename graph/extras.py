"""Libraries that only some need: what is told when one is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from graph.errors import UsageError

__all__ = ["needs"]


@contextmanager
def needs(what: str, extra: str, where: str | None = None) -> Iterator[None]:
    """Import inside this block what an extra brings.

    Args:
        what: that cannot be done without it.
        extra: that installs it.
        where: a file that asks for it.

    Raises:
        UsageError: if the library, or one that it needs, is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise UsageError(
            f"{what} needs the library {error.name}",
            where=where,
            hint=f"Install it: pip install 'etiograph[{extra}]'.",
        ) from error
