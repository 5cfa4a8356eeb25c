"""Bytes of a file, decompressed on the way, in chunks: whatever precedes damage is delivered."""

from __future__ import annotations

import codecs
import hashlib
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from graph.errors import InputError

__all__ = ["CHUNK", "file_hash", "head", "lines", "open_chunks", "utf8_chunks"]

CHUNK = 1 << 18
_BOMB_SIZE = 256 << 20
_BOMB_RATIO = 200
_GZIP = b"\x1f\x8b"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _cannot_open(path: Path, error: OSError) -> InputError:
    reason = (error.strerror or str(error)).lower()
    return InputError(f"cannot read the file: {reason}", where=str(path))


def open_chunks(path: Path) -> Iterator[bytes]:
    """Yield the content of a plain or gzip file (told apart by its first bytes).

    Memory does not depend on the size of the file or on its compression ratio.

    Raises:
        InputError: if it cannot be opened; or, after everything before the damage was yielded, if
            the gzip stream is truncated or corrupt, expands as only a decompression bomb does, or
            the disk fails.
    """
    try:
        handle = path.open("rb")
    except OSError as error:
        raise _cannot_open(path, error) from error
    with handle:
        try:
            first = handle.read(CHUNK)
            if not first.startswith(_GZIP):
                while first:
                    yield first
                    first = handle.read(CHUNK)
                return
            yield from _inflate(handle.read, first, path)
        except OSError as error:
            raise _cannot_open(path, error) from error


def _inflate(read: Callable[[int], bytes], data: bytes, path: Path) -> Iterator[bytes]:
    position, consumed = 0, len(data)
    while data:
        stream = zlib.decompressobj(wbits=31)
        while not stream.eof:
            if not data:
                raise InputError(
                    f"the gzip file ends too early, after {position:,} decompressed bytes",
                    where=str(path),
                    hint="Fetch it again; what came before the end was read.",
                )
            try:
                out = stream.decompress(data, CHUNK)
            except zlib.error as error:
                raise InputError(
                    f"the gzip file is corrupt after {position:,} decompressed bytes",
                    where=str(path),
                    hint="Fetch it again; what came before the damage was read.",
                ) from error
            position += len(out)
            if position > _BOMB_SIZE and position > _BOMB_RATIO * consumed:
                raise InputError(
                    f"{consumed:,} bytes of gzip data expand to more than {position:,}: refused as "
                    "a decompression bomb",
                    where=str(path),
                )
            if out:
                yield out
            data = stream.unconsumed_tail
            if not data and not stream.eof:
                data = read(CHUNK)
                consumed += len(data)
        data = stream.unused_data
        for _ in range(2):  # padding after the last member is allowed
            if not (data := data.lstrip(b"\0")):
                data = read(CHUNK)
                consumed += len(data)
        if data and not data.startswith(_GZIP):
            raise InputError("there is something after the end of the gzip data", where=str(path))


def utf8_chunks(chunks: Iterator[bytes], declared: str = "") -> Iterator[bytes]:
    """Yield the same text as UTF-8, converted if it starts with a byte order mark or if another
    encoding was declared. Invalid UTF-8 passes through, to be judged record by record.

    Raises:
        InputError: for an encoding that is not known, or text that breaks the encoding it declares.
    """
    try:
        first = next(chunks)
    except StopIteration:
        return
    encoding = next((name for bom, name in _BOMS if first.startswith(bom)), declared)
    if encoding == "utf-8-sig":
        first, encoding = first[len(codecs.BOM_UTF8) :], ""
    if encoding.lower() in ("", "utf-8", "utf8", "us-ascii", "ascii"):
        yield first
        yield from chunks
        return
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise InputError(f"unknown text encoding {encoding!r}") from None
    try:
        yield decoder.decode(first).encode("utf-8", "replace")
        for chunk in chunks:
            yield decoder.decode(chunk).encode("utf-8", "replace")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise InputError(f"the text is not valid {encoding}: {error.reason}") from error


def head(path: Path, size: int = 4096) -> bytes:
    """Return the first decompressed bytes, as UTF-8.

    Raises:
        InputError: if the file cannot be opened or is damaged from the start.
    """
    for chunk in utf8_chunks(open_chunks(path)):
        return chunk[:size]
    return b""


def lines(chunks: Iterator[bytes], limit: int) -> Iterator[tuple[int, bytes, bool]]:
    """Yield (line number from 1, line without its end, cut): a line longer than ``limit`` bytes is
    cut there and its rest skipped, so that memory stays bounded."""
    number = 1
    parts: list[bytes] = []
    size = 0

    def take(piece: bytes) -> None:
        nonlocal size
        if size < limit:
            parts.append(piece[: limit - size])
        size += len(piece)

    # if the chunks end in damage, the unfinished last line is not yielded: it cannot be trusted
    for chunk in chunks:
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            take(chunk[start:end])
            yield number, b"".join(parts).removesuffix(b"\r"), size > limit
            parts, size, number, start = [], 0, number + 1, end + 1
        take(chunk[start:])
    if size:
        yield number, b"".join(parts).removesuffix(b"\r"), size > limit


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes.

    Raises:
        InputError: if it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as handle:
            while chunk := handle.read(1 << 20):
                digest.update(chunk)
    except OSError as error:
        raise _cannot_open(path, error) from error
    return digest.hexdigest()
