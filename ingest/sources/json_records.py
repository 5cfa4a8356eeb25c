"""JSON objects cut out of a byte stream: a collection, or one object after the other.

Memory is bounded by the largest object. Damage to one object costs that object: reading goes on at
the next place that looks like the start of a document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graph.errors import InputError
from ingest.sources.base import MAX_RAW

__all__ = ["MAX_OBJECT", "CutObject", "cut_objects", "parse_object"]

MAX_OBJECT = 64 << 20
"""bytes: a longer object is damage and is given up"""
_HEADER = re.compile(rb'"(?:PubTator3|documents)"\s*:\s*\[')
_START = re.compile(
    rb'\{\s*(?:"[\w ]{1,40}"\s*:\s*(?:"[^"\\\n]{0,1000}"|-?\d+|null|\[\s*\]|\{[^{}\n]{0,2000}\})\s*,\s*)+?'
    rb'"passages"\s*:\s*\['
)
_LINE = re.compile(rb"(?<=\n)\{")
_SPACE = b" \t\r\n,"
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class CutObject:
    """An object (``value``) and its bytes, or (``problem`` not empty) what is wrong there."""

    value: dict[str, Any]
    data: bytes
    offset: int
    problem: str = ""


def parse_object(data: bytes) -> tuple[Any, int]:
    """Parse the JSON value at the start of ``data``; return it and its length in bytes.

    Raises:
        InputError: saying what is wrong with it.
    """
    text = data.decode("utf-8", "surrogateescape")
    try:
        value, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        at = len(text[: error.pos].encode("utf-8", "surrogateescape"))
        raise InputError(f"malformed JSON: {error.msg} at byte {at:,} of the record") from None
    except RecursionError:
        raise InputError("JSON nested too deeply") from None
    except ValueError as error:  # an integer of thousands of digits
        raise InputError(f"malformed JSON: {str(error)[:100]}") from None
    whole = text[:end]
    try:
        size = len(whole.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise InputError(f"not valid UTF-8 at character {error.start} of the record") from None
    return value, size


class _Stream:
    """A window on the stream; ``base`` is the offset of its first byte."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks = chunks
        self.buffer = b""
        self.base = 0
        self.done = False
        self.damage: InputError | None = None

    def more(self, size: int) -> None:
        """Read until the window has at least ``size`` bytes or the stream ends."""
        parts, have = [self.buffer], len(self.buffer)
        while have < size and not self.done:
            try:
                chunk = next(self.chunks, b"")
            except InputError as error:
                chunk, self.damage = b"", error
            self.done = not chunk
            parts.append(chunk)
            have += len(chunk)
        self.buffer = b"".join(parts)

    def drop(self, count: int) -> None:
        """Forget the first bytes of the window."""
        self.buffer = self.buffer[count:]
        self.base += count


def cut_objects(chunks: Iterator[bytes]) -> Iterator[CutObject]:
    """Yield the objects of every ``"PubTator3"`` or ``"documents"`` array of a file, or the objects
    on its top level if it has no such array, and every problem, in order."""
    stream = _Stream(chunks)
    stream.more(1 << 20)
    header = _HEADER.search(stream.buffer)
    start = _START.search(stream.buffer)
    inside = header is not None and (start is None or header.start() < start.start())
    if header is not None and inside:
        stream.drop(header.end())
    opened, lost_end = inside, False
    start_of_next = _START if opened else _LINE
    while True:
        stream.more(1 << 16)
        rest = stream.buffer.lstrip(_SPACE)
        stream.drop(len(stream.buffer) - len(rest))
        if not rest:
            if stream.done:
                break
            continue
        if rest[:1] == b"{":
            cut = _object(stream, start_of_next)
            lost_end = bool(cut.problem) and not stream.buffer
            yield cut
        elif opened and rest[:1] == b"]":
            inside = _next_array(stream)
            if not inside:
                break
        elif not opened and rest[:1] in b"[]":
            stream.drop(1)
        else:
            yield _give_up(stream, "text that is no JSON object", start_of_next)
            lost_end = not stream.buffer
    if stream.damage is not None:
        yield CutObject({}, b"", stream.base, str(stream.damage))
    elif inside and not lost_end:
        yield CutObject({}, b"", stream.base, "the file ends without its closing bracket")


def _next_array(stream: _Stream) -> bool:
    """Skip to the next array of documents (in a list of collections); False at the end."""
    while True:
        found = _HEADER.search(stream.buffer)
        if found:
            stream.drop(found.end())
            return True
        if stream.done:
            return False
        stream.drop(max(len(stream.buffer) - 64, 0))
        stream.more(1 << 16)


def _object(stream: _Stream, start_of_next: re.Pattern[bytes]) -> CutObject:
    size = 1 << 13
    while True:
        window = stream.buffer[:size]
        try:
            value, length = parse_object(window)
        except InputError as error:
            following = start_of_next.search(window, 1)
            complete = stream.done and size >= len(stream.buffer)
            if following is None and not complete and size < MAX_OBJECT:
                size *= 2
                stream.more(size)
                continue
            problem = str(error)
            if following is None and not complete:
                problem = "an object of more than 64 MB"
            elif following is None and not window.rstrip().endswith((b"}", b"]")):
                problem = "the file ends in the middle of a record"
            return _give_up(stream, problem, start_of_next)
        cut = CutObject(value, stream.buffer[:length], stream.base)
        stream.drop(length)
        return cut


def _give_up(stream: _Stream, problem: str, start_of_next: re.Pattern[bytes]) -> CutObject:
    """Skip what is at the start of the window, up to the next document or the end."""
    raw, offset, skip = stream.buffer[:MAX_RAW], stream.base, 1
    while True:
        found = start_of_next.search(stream.buffer, skip)
        if found is not None:
            at = found.start()
            raw = raw[:at] if stream.base == offset else raw
            stream.drop(at)
            return CutObject({}, raw, offset, problem)
        if stream.done:
            stream.drop(len(stream.buffer))
            return CutObject({}, raw, offset, problem)
        stream.drop(max(len(stream.buffer) - 8192, 1))
        stream.more(1 << 17)
        skip = 0
