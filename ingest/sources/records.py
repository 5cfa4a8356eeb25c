"""XML records cut out of a byte stream, so that damage to one does not touch its neighbours.

Each record is parsed alone. The document type declaration is never processed: a file that declares
entities is refused, nothing is fetched, and nothing outside a record can be expanded inside it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from graph.errors import InputError
from ingest.sources.base import MAX_RAW, Item, Rejected
from ingest.sources.files import open_chunks, utf8_chunks

__all__ = [
    "MAX_RECORD", "Cut", "cut_records", "declared_encoding", "parse_record", "read_records",
]  # fmt: skip

MAX_RECORD = 64 << 20
"""bytes: a longer record is damage (a lost end tag) and is given up"""
_PROLOG = re.compile(
    rb"<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?:[^>\[]|\[[^\]]*\])*>|</?(?:%s)(?:\s[^>]*)?/?>|\s+", re.S
)
_ENCODING = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]*);")
_KEPT = frozenset({b"lt", b"gt", b"amp", b"quot", b"apos"})


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of the stream: a record's bytes, or (``tag`` empty) what is wrong there."""

    tag: str
    data: bytes
    offset: int
    problem: str = ""


def declared_encoding(start: bytes) -> str:
    """Return the encoding that an XML declaration names, empty if none."""
    found = _ENCODING.match(start.lstrip())
    return found.group(1).decode("ascii") if found else ""


def cut_records(
    chunks: Iterator[bytes],
    tags: Sequence[str],
    roots: Sequence[str],
    *,
    between: Sequence[str] = (),
    bare: bool = False,
) -> Iterator[Cut]:
    """Yield every record (an element with one of ``tags``, outermost) and every problem, in order.

    An end tag that is missing costs its own record only: the next start tag of the same kind opens
    the next record. ``roots`` are the elements around the records; anything else between records is
    reported, save whole elements named in ``between``. With ``bare`` a file may be a record alone,
    without a root around it.

    Raises:
        InputError: if the file declares XML entities.
    """
    names = b"|".join(t.encode() for t in sorted(tags, key=len, reverse=True))
    token = re.compile(rb"<(/?)(%s)(?=[\s>/])" % names)
    pattern = _PROLOG.pattern % b"|".join(r.encode() for r in roots)
    for name in between:
        pattern = rb"<%s(?:\s[^>]*)?(?:/>|>[^<]*</%s>)|" % (name.encode(), name.encode()) + pattern
    filler = re.compile(pattern, re.S)
    keep = max(len(n) for n in names.split(b"|")) + 3
    stream = _with_declaration(chunks)
    buffer, base, start, scan = b"", 0, 0, 0  # ``start``: what is not yielded yet begins there
    open_tag = b""
    before_first = True
    damage: InputError | None = None
    done = False
    while not done:
        try:
            chunk = next(stream, b"")
        except InputError as error:
            chunk, damage = b"", error
        done = not chunk
        buffer = buffer[start:] + chunk
        base, scan, start = base + start, scan - start, 0
        while match := token.search(buffer, scan):
            closing, tag = match.group(1), match.group(2)
            if not open_tag and not closing:
                gap = buffer[start : match.start()]
                if before_first:
                    _refuse_entities(gap)
                    before_first = False
                    bare = bare and not any(b"<" + root.encode() in gap for root in roots)
                yield from _gap(gap, base + start, filler)
                open_tag, start = tag, match.start()
            elif tag == open_tag and closing:
                end = buffer.find(b">", match.end())
                if end < 0:
                    break
                yield Cut(tag.decode(), buffer[start : end + 1], base + start)
                open_tag, start, scan = b"", end + 1, end + 1
                continue
            elif tag == open_tag:
                problem = f"no end tag </{tag.decode()}>"
                yield Cut("", buffer[start : match.start()], base + start, problem)
                start = match.start()
            scan = match.end()
        else:
            scan = max(scan, len(buffer) - keep, start)
        if not done and len(buffer) - start > MAX_RECORD:
            problem = "a record of more than 64 MB" if open_tag else "64 MB without a record"
            yield Cut("", buffer[start : start + MAX_RAW], base + start, problem)
            start = scan = len(buffer)
            open_tag = b""
    rest = buffer[start:]
    if damage is not None:
        yield Cut("", rest if open_tag else b"", base + start, str(damage))
    elif open_tag:
        yield Cut("", rest, base + start, "the file ends in the middle of a record")
    else:
        if before_first:
            _refuse_entities(rest)
        yield from _gap(rest, base + start, filler)
        if not bare and not any(b"</" + root.encode() in rest for root in roots):
            yield Cut("", b"", base + len(buffer), "the file ends without its closing tag")


def read_records(
    path: Path,
    tags: Sequence[str],
    roots: Sequence[str],
    read: Callable[[etree._Element, int, bytes], Iterator[Item]],
    *,
    id_of: Callable[[bytes], str] = lambda raw: "",
    between: Sequence[str] = (),
    bare: bool = False,
) -> Iterator[Item]:
    """Yield what ``read`` makes of each record of a file, in the file's order.

    Args:
        path: the file; ``tags``, ``roots``, ``between`` and ``bare`` as in :func:`cut_records`.
        read: makes items of (parsed record, its number from 1, its bytes); what it cannot read, it
            raises as ``InputError``, and the record is set aside.
        id_of: the id that the bytes of a record set aside show, if any.
    """
    number = 0
    try:
        for cut in cut_records(open_chunks(path), tags, roots, between=between, bare=bare):
            if cut.tag or cut.data:
                number += 1
            where = f"byte {cut.offset:,}"
            raw = cut.data[:MAX_RAW]
            if not cut.tag:
                yield Rejected(cut.problem, number if cut.data else 0, where, id_of(raw), raw)
                continue
            try:
                yield from read(parse_record(cut.data), number, cut.data)
            except InputError as error:
                yield Rejected(str(error), number, f"record {number}, {where}", id_of(raw), raw)
    except InputError as error:
        yield Rejected(str(error), 0, str(path))


def _refuse_entities(prolog: bytes) -> None:
    if b"<!ENTITY" in prolog:
        raise InputError(
            "the file declares XML entities",
            hint="It was refused: files of the literature have no need of them, attacks do.",
        )


def _with_declaration(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Convert by the encoding in the XML declaration; a byte order mark goes first."""
    first = next(chunks, b"")

    def again() -> Iterator[bytes]:
        if first:
            yield first
        yield from chunks

    return utf8_chunks(again(), declared_encoding(first))


def _gap(gap: bytes, base: int, filler: re.Pattern[bytes]) -> Iterator[Cut]:
    rest = filler.sub(b"", gap)
    if rest:
        yield Cut("", gap, base, f"text outside any record: {_shown(rest)}")


def _shown(data: bytes) -> str:
    text = data[:60].decode("utf-8", "replace")
    return repr(text + "..." if len(data) > 60 else text)


def _unescape(match: re.Match[bytes]) -> bytes:
    if match.group(1) in _KEPT:
        return match.group(0)
    text = html.unescape(match.group(0).decode())
    return match.group(0) if text.startswith("&") else text.encode()


def parse_record(data: bytes) -> etree._Element:
    """Parse one record on its own, without entities, network or external files.

    HTML's named characters (``&nbsp;``), which XML does not know, are read as what they mean.

    Raises:
        InputError: saying what is wrong with it.
    """
    if b"\0" in data:
        raise InputError(f"a NUL byte at byte {data.index(0)} of the record")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"not valid UTF-8 at byte {error.start} of the record",
            hint="The encoding declared at the top of the file is wrong.",
        ) from None
    if b"&" in data:
        data = _ENTITY.sub(_unescape, data)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=len(data) > 5_000_000, encoding="utf-8", remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        message = (error.msg or "malformed").split(", line")[0]
        raise InputError(
            f"malformed XML: {message}", where=f"line {line}, column {column} of the record"
        ) from None
