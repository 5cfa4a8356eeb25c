"""PDF, read by pypdf (the extra ``pdf``): one document for each file."""

from __future__ import annotations

import importlib.util
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from graph.errors import InputError
from graph.model import Publication
from ingest.document import make_document
from ingest.sources.base import MAX_TEXT, Item, Rejected, Source
from ingest.sources.files import open_chunks
from ingest.sources.ids import content_id, id_from_name
from ingest.sources.languages import require_english

__all__ = ["PdfSource", "join_lines"]

_MAX_BYTES = 128 << 20
_MAX_PAGES = 3_000
_HYPHEN = re.compile(r"(\w+)[-\u2010\u00ad]$")
_REFERENCES = re.compile(r"(?:\d+\.?\s*)?(?:references|bibliography|literature cited)\s*:?", re.I)
_DIGITS = re.compile(r"\d+")
_LIGATURES = str.maketrans(
    {
        "\ufb00": "ff",
        "\ufb01": "fi",
        "\ufb02": "fl",
        "\ufb03": "ffi",
        "\ufb04": "ffl",
        "\u00ad": "-",
    }
)


class PdfSource(Source):
    """A PDF as one document; each page is a section (``body/page 3``).

    Words divided at line ends are joined, lines that repeat on most pages (running heads, page
    numbers) and everything from the references on are left out. Encrypted files and pages without
    text (scans) are set aside. The id is the PMID or PMCID that the file's name states, else the
    SWHID of the file.
    """

    name: ClassVar[str] = "pdf"
    suffixes: ClassVar[tuple[str, ...]] = (".pdf",)

    @classmethod
    def sniff(cls, head: bytes) -> bool:
        """Whether it starts as a PDF does."""
        return b"%PDF-" in head[:1024]

    def read(self, path: Path) -> Iterator[Item]:
        """Yield the document and the pages that could not be read.

        Raises:
            InputError: if pypdf is not installed.
        """
        if importlib.util.find_spec("pypdf") is None:
            # not a fault of the file: it is to be read when pypdf is there
            raise InputError(
                "reading PDF needs pypdf", where=str(path), hint="pip install 'etiograph[pdf]'"
            )
        try:
            yield from _read(path)
        except InputError as error:
            yield Rejected(str(error), 1, str(path), id_from_name(path))


def _damage() -> tuple[type[BaseException], ...]:
    """What pypdf raises on damaged files, beside its own errors."""
    from pypdf.errors import PyPdfError

    return (
        PyPdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, AssertionError,
        ArithmeticError, RecursionError, NotImplementedError, OSError, EOFError, zlib.error,
        struct.error, LookupError, MemoryError,
    )  # fmt: skip


def _read(path: Path) -> Iterator[Item]:
    import io
    import logging

    import pypdf
    from pypdf.errors import DependencyError

    data = bytearray()
    for chunk in open_chunks(path):
        data += chunk
        if len(data) > _MAX_BYTES:
            raise InputError(f"a PDF of more than {_MAX_BYTES >> 20} MB")
    damage = _damage()
    logger = logging.getLogger("pypdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # it reports every oddity of a file, page by page
    try:
        try:
            reader = pypdf.PdfReader(io.BytesIO(bytes(data)))
            if reader.is_encrypted and not reader.decrypt(""):
                raise InputError("the PDF is encrypted", hint="Remove its password first.")
            count = len(reader.pages)
        except DependencyError:
            raise InputError("the PDF is encrypted", hint="Remove its password first.") from None
        except damage as error:
            raise InputError(f"the PDF cannot be read: {_shown(error)}") from None
        pages, problems = _pages(reader, min(count, _MAX_PAGES), damage)
        if count > _MAX_PAGES:
            problems.append((_MAX_PAGES, f"pages after the {_MAX_PAGES:,}th are left out"))
        title = _title(reader, damage)
    finally:
        logger.setLevel(level)
    if not any(lines for _, lines in pages):
        raise InputError(
            "the PDF has no text: its pages are pictures" if not problems or count
            else "the PDF has no pages",
            hint="Run text recognition (OCR) on it first.",
        )  # fmt: skip
    yield from _documents(path, bytes(data), pages, problems, title)


def _shown(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:200].rstrip(": ")


def _pages(
    reader: Any, count: int, damage: tuple[type[BaseException], ...]
) -> tuple[list[tuple[int, list[str]]], list[tuple[int, str]]]:
    pages: list[tuple[int, list[str]]] = []
    problems: list[tuple[int, str]] = []
    size = 0
    for number in range(1, count + 1):
        try:
            text = reader.pages[number - 1].extract_text() or ""
        except damage as error:
            problems.append((number, f"the page cannot be read: {_shown(error)}"))
            continue
        text = text.translate(_LIGATURES).encode("utf-8", "replace").decode("utf-8")
        size += len(text)
        if size > MAX_TEXT:
            raise InputError(f"more than {MAX_TEXT:,} characters of text")
        lines = [line.replace("\0", "").strip() for line in text.splitlines()]
        pages.append((number, [line for line in lines if line]))
        if not pages[-1][1]:
            problems.append((number, "the page has no text"))
    return pages, problems


def _title(reader: Any, damage: tuple[type[BaseException], ...]) -> str:
    try:
        return " ".join(str((reader.metadata or {}).get("/Title") or "").split())
    except damage:
        return ""


def _documents(
    path: Path,
    data: bytes,
    pages: list[tuple[int, list[str]]],
    problems: list[tuple[int, str]],
    title: str,
) -> Iterator[Item]:
    pages = _without_running_heads(pages)
    parts: list[tuple[str, str, str]] = []
    seen = 0
    total = sum(len(lines) for _, lines in pages)
    for number, lines in pages:
        kept: list[str] = []
        ended = False
        for line in lines:
            seen += 1
            # not the word in a table of contents
            if seen > 0.4 * total and _REFERENCES.fullmatch(line):
                ended = True
                break
            kept.append(line)
        parts.append(("body", f"page {number}", join_lines(kept)))
        if ended:
            break
    text = "\n".join(p[2] for p in parts)
    language = require_english(text)
    # many producers write a file name there: a title that the paper does not show is none
    shown = " ".join(text[:5_000].split()).casefold()
    title = title if len(title) > 10 and title.casefold() in shown else ""
    id = id_from_name(path) or content_id(data)
    yield make_document(
        Publication(id, title=title), parts, source="pdf", record=1, language=language
    )
    for number, problem in problems:
        yield Rejected(problem, 1, f"page {number}", id, b"", partial=True)


def _without_running_heads(pages: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    if len(pages) < 3:
        return pages
    counts = Counter(
        key for _, lines in pages for key in {_DIGITS.sub("#", x) for x in lines[:2] + lines[-2:]}
    )
    often = {key for key, count in counts.items() if count > 2 and count * 2 > len(pages)}
    return [
        (
            number,
            [
                line
                for i, line in enumerate(lines)
                if not ((i < 2 or i >= len(lines) - 2) and _DIGITS.sub("#", line) in often)
            ],
        )
        for number, lines in pages
    ]


def join_lines(lines: list[str]) -> str:
    """Join the lines of a page; a word divided at a line's end is put together again.

    The hyphen goes if the next line goes on in lower case and stays in ``IL-`` + ``6``, after
    capitals or a digit (``TNF-`` + ``alpha``).
    """
    text = ""
    for line in lines:
        found = _HYPHEN.search(text)
        if not text:
            text = line
        elif found and line[:1].islower():
            word = found.group(1)
            keep = (
                word[-1].isdigit()
                or any(c.isupper() for c in word[1:])
                or (len(word) == 1)
                or "-" in line.split()[0]
            )
            text = text + line if keep else text[:-1] + line
        elif found:
            text += line
        else:
            text += " " + line
    return text
