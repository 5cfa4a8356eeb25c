"""Offsets of annotations: code points, or what other tools count, converted where that is certain.

Tools that count UTF-8 bytes or UTF-16 units, or from the start of the passage and not of the
document, give offsets that fit as long as a text is ASCII and has one passage. Such a document is
converted only if every annotation fits under the same other way of counting and all the ways that
fit agree; else the annotations that do not fit as they stand are set aside one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Located", "locate"]


@dataclass(frozen=True, slots=True)
class Located:
    """An annotation as a file gives it: ``offset`` and ``length`` in the file's own units.

    ``passage`` is the text it lies in, ``base`` the passage's offset in the file's units and
    ``text`` what the annotation says it covers (empty: not said).
    """

    offset: int
    length: int
    text: str
    passage: str
    base: int = 0


def _utf8(text: str, units: int) -> int:
    data = text.encode("utf-8", "surrogatepass")
    if not 0 <= units <= len(data) or (units < len(data) and data[units] & 0xC0 == 0x80):
        return -1
    return len(data[:units].decode("utf-8", "surrogatepass"))


def _utf16(text: str, units: int) -> int:
    data = text.encode("utf-16-le", "surrogatepass")
    if not 0 <= units * 2 <= len(data):
        return -1
    if data[units * 2 + 1 : units * 2 + 2] and 0xDC <= data[units * 2 + 1] <= 0xDF:
        return -1
    return len(data[: units * 2].decode("utf-16-le", "surrogatepass"))


def _points(text: str, units: int) -> int:
    return units if 0 <= units <= len(text) else -1


_UNITS: tuple[tuple[str, Callable[[str, int], int]], ...] = (
    ("code points", _points),
    ("UTF-8 bytes", _utf8),
    ("UTF-16 units", _utf16),
)


def _span(item: Located, convert: Callable[[str, int], int], base: int) -> tuple[int, int] | None:
    start = convert(item.passage, item.offset - base)
    end = convert(item.passage, item.offset - base + item.length)
    if start < 0 or end <= start or (item.text and item.passage[start:end] != item.text):
        return None
    return start, end


def locate(items: Sequence[Located]) -> tuple[list[tuple[int, int] | None], str]:
    """Return, for each annotation of one document, its span within its passage in code points (None
    if it does not fit) and, if the offsets had to be converted, what they counted."""
    plain = [_span(item, _points, item.base) for item in items]
    if None not in plain:
        return plain, ""
    found: dict[tuple[tuple[int, int], ...], str] = {}
    for name, convert in _UNITS:
        for local in (False, True):
            spans: list[tuple[int, int]] = []
            for item in items:
                span = _span(item, convert, 0 if local else item.base)
                # without its text nothing says that an annotation fits
                if span is None or not item.text:
                    break
                spans.append(span)
            else:
                words = f"{name} from the start of the passage" if local else name
                found.setdefault(tuple(spans), words)
    if len(found) == 1:
        spans_found, words = next(iter(found.items()))
        return list(spans_found), words
    return plain, ""
