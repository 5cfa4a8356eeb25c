"""Plain text: one document for each file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from graph.errors import InputError
from graph.model import Publication
from ingest.document import make_document
from ingest.sources.base import MAX_RAW, MAX_TEXT, Item, Rejected, Source
from ingest.sources.files import open_chunks, utf8_chunks
from ingest.sources.ids import content_id, id_from_name
from ingest.sources.languages import require_english

__all__ = ["TextSource"]

_PARAGRAPH = re.compile(r"\n[ \t]*\n+")
_MAX_TITLE = 300
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


class TextSource(Source):
    """A text file as one document.

    A first paragraph of one line of at most 300 characters is the title, the rest the abstract. Line breaks stay as they are. The id is
    the PMID or PMCID that the file's name states, else the SWHID of the content (``swh:1:cnt:...``).
    """

    name: ClassVar[str] = "text"
    suffixes: ClassVar[tuple[str, ...]] = (".txt", ".text")
    weak: ClassVar[bool] = True

    @classmethod
    def sniff(cls, head: bytes) -> bool:
        """Whether it is text without control characters and not XML, HTML or JSON."""
        if _CONTROL.search(head.decode("utf-8", "replace")):
            return False
        return head.lstrip()[:1] not in (b"<", b"{", b"[")

    def read(self, path: Path) -> Iterator[Item]:
        """Yield the document, or why there is none."""
        data = bytearray()
        try:
            for chunk in utf8_chunks(open_chunks(path)):
                data += chunk
                if len(data) > 4 * MAX_TEXT:
                    raise InputError(f"more than {MAX_TEXT:,} characters of text")
            yield _document(bytes(data), path)
        except InputError as error:
            yield Rejected(str(error), 1, str(path), "", bytes(data[:MAX_RAW]))


def _document(data: bytes, path: Path) -> Item:
    if b"\0" in data:
        raise InputError(f"a NUL byte at byte {data.index(0)}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"not valid UTF-8 at byte {error.start}",
            hint="Convert the file to UTF-8, for example with iconv.",
        ) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > MAX_TEXT:
        raise InputError(f"{len(text):,} characters of text are more than {MAX_TEXT:,}")
    if not text:
        raise InputError("the file has no text")
    language = require_english(text)
    title, body = "", text
    split = _PARAGRAPH.search(text)
    if split and split.start() <= _MAX_TITLE and "\n" not in text[: split.start()]:
        title, body = text[: split.start()].strip(), text[split.end() :]
    publication = Publication(id_from_name(path) or content_id(data), title=title)
    return make_document(
        publication,
        [("title", "", title), ("abstract", "", body)],
        source="text",
        record=1,
        language=language,
    )
