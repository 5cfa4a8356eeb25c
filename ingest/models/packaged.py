"""Files of trained models: those that come with the package, and text inside arrays."""

from __future__ import annotations

import gzip
from importlib import resources

import numpy as np
import numpy.typing as npt

from graph.errors import InputError

__all__ = ["pack_text", "packaged", "unpack_text", "where_packaged"]


def where_packaged(file: str) -> str:
    """Return how messages name a file that comes with the package."""
    return f"ingest/models/files/{file}"


def packaged(file: str, what: str, part: str = "") -> bytes:
    """Return the bytes of a file that comes with the package.

    Args:
        file: its name.
        what: what it is, for the message.
        part: the part of the training command that makes it; empty for all of it.

    Raises:
        InputError: if it is missing or cannot be read.
    """
    try:
        return resources.files("ingest.models").joinpath("files", file).read_bytes()
    except OSError as error:
        command = "python -m ingest.models.train --data DIR" + (f" --part {part}" if part else "")
        raise InputError(
            f"cannot read {what}: {error}", where=where_packaged(file), hint=f"Train it: {command}."
        ) from error


def pack_text(text: str) -> npt.NDArray[np.uint8]:
    """Return text as compressed bytes in an array; the same text gives the same bytes."""
    return np.frombuffer(gzip.compress(text.encode("utf-8"), 9, mtime=0), dtype=np.uint8)


def unpack_text(data: npt.NDArray[np.uint8]) -> str:
    """Return what :func:`pack_text` packed."""
    return gzip.decompress(data.tobytes()).decode("utf-8")
