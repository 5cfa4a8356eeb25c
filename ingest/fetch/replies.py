"""What E-utilities answer: search results, pages of records, and errors in the guise of either."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from graph.errors import InputError
from ingest.fetch.client import TransientError

__all__ = ["PageCheck", "SearchReply", "read_search"]

_PASSING = re.compile(
    r"backend|time[d ]*-?out|temporar|unavailable|try again|connection|read failed|server error",
    re.I,
)
_ROOTS = {
    "pubmed": ("PubmedArticleSet", "PubmedBookArticleSet"),
    "pmc": ("pmc-articleset", "article"),
}
_MAX_SEARCH = 64 << 20


@dataclass
class SearchReply:
    """A page of search results.

    ``ids`` are digits only; ``count`` all hits at the server; ``warnings`` what the server remarks
    about the query (phrases that it did not find, or left out).
    """

    count: int = 0
    ids: list[str] = field(default_factory=list)
    webenv: str = ""
    query_key: str = ""
    warnings: list[str] = field(default_factory=list)


class _Xml:
    """An expat parser that refuses entity definitions and reports text per element.

    Raises TransientError for XML that is not well-formed or not closed: the reply was cut.
    """

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.EntityDeclHandler = self._entity
        self.path: list[str] = []
        self._text: list[list[str]] = []
        self._attributes: list[dict[str, str]] = []

    def feed(self, data: bytes, *, last: bool = False) -> None:
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            raise TransientError(f"the reply is not whole XML: {error}") from error

    def _entity(self, *_: object) -> None:
        raise InputError("the reply defines XML entities: refused")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.path.append(tag)
        self._text.append([])
        self._attributes.append(attributes)
        self.opened()

    def _data(self, text: str) -> None:
        if len(self._text[-1]) < 64:
            self._text[-1].append(text)

    def _end(self, tag: str) -> None:
        self.closed("".join(self._text.pop()).strip(), self._attributes.pop())
        self.path.pop()

    def opened(self) -> None:
        """An element was opened; it is the last of ``path``."""

    def closed(self, text: str, attributes: dict[str, str]) -> None:
        """The last element of ``path`` is being closed; ``text`` is what it holds directly."""


class _Search(_Xml):
    def __init__(self) -> None:
        super().__init__()
        self.reply = SearchReply()
        self.error = ""
        self.root = ""

    def opened(self) -> None:
        self.root = self.root or self.path[0]

    def closed(self, text: str, attributes: dict[str, str]) -> None:
        reply, path = self.reply, tuple(self.path[1:])
        if path == ("Count",) and text.isdecimal():
            reply.count = int(text)
        elif path == ("IdList", "Id") and text.isascii() and text.isdecimal():
            reply.ids.append(text)
        elif path == ("WebEnv",):
            reply.webenv = text
        elif path == ("QueryKey",):
            reply.query_key = text
        elif path == ("ERROR",) and text:
            self.error = text
        elif path[:1] in (("ErrorList",), ("WarningList",)) and len(path) == 2 and text:
            label = {
                "PhraseNotFound": "not found", "FieldNotFound": "no such field",
                "PhraseIgnored": "left out", "QuotedPhraseNotFound": "not found as a phrase",
            }.get(path[1])  # fmt: skip
            reply.warnings.append(f"{label}: {text}" if label else text)


def read_search(body: Iterator[bytes]) -> SearchReply:
    """Read the reply of esearch.

    Raises:
        TransientError: if it is cut, or the service says that something is wrong with it just now.
        InputError: if the service refuses the query.
    """
    reader = _Search()
    size = 0
    for chunk in body:
        size += len(chunk)
        if size > _MAX_SEARCH:
            raise InputError("a search reply of more than 64 MB")
        reader.feed(chunk)
    reader.feed(b"", last=True)
    if reader.error:
        if _PASSING.search(reader.error):
            raise TransientError(f"the service says: {reader.error[:200]}")
        raise InputError(f"the service refuses the query: {reader.error[:200]}")
    if reader.root != "eSearchResult":
        raise TransientError(f"not a search reply but <{reader.root[:40]}>")
    return reader.reply


class PageCheck(_Xml):
    """Follows a page of records while it is written down.

    ``ids`` are the PMIDs (``pubmed``) or the digits of the PMC ids (``pmc``) of the records in it.
    """

    def __init__(self, database: str) -> None:
        super().__init__()
        self.database = database
        self.ids: list[str] = []
        self.error = ""
        self.records = 0
        self._root = ""
        self._own = ""
        self._take: Callable[[str, dict[str, str]], None] = (
            self._pubmed if database == "pubmed" else self._pmc
        )

    def opened(self) -> None:
        self._root = self._root or self.path[0]
        if self.path[-1] == "ERROR" or len(self.path) != (1 if self._root == "article" else 2):
            return
        self.records += self.path[-1] != "DeleteCitation"
        self._own = ""

    def closed(self, text: str, attributes: dict[str, str]) -> None:
        tag = self.path[-1]
        if tag == "ERROR" and len(self.path) <= 2:
            self.error = text or "an error without words"
        self._take(text, attributes)
        if len(self.path) == (1 if self._root == "article" else 2) and self._own:
            self.ids.append(self._own)

    def _pubmed(self, text: str, attributes: dict[str, str]) -> None:
        if self.path[-1] == "PMID" and self.path[-2:-1] in (["MedlineCitation"], ["BookDocument"]):
            self._own = self._own or text

    def _pmc(self, text: str, attributes: dict[str, str]) -> None:
        below = self.path if self._root == "article" else self.path[1:]
        if below != ["article", "front", "article-meta", "article-id"]:
            return
        kind = attributes.get("pub-id-type", "")
        digits = text.upper().removeprefix("PMC")
        if kind in ("pmc", "pmcid", "pmcaid", "pmc-uid") and digits.isdecimal():
            self._own = digits if kind == "pmcid" else self._own or digits

    def finish(self) -> None:
        """Judge the whole reply.

        Raises:
            TransientError: if it is cut, an error message, or has no record at all.
        """
        self.feed(b"", last=True)
        if self.error:
            raise TransientError(f"the service says: {self.error[:200]}")
        if self._root not in _ROOTS[self.database]:
            raise TransientError(f"not a page of records but <{self._root[:40]}>")
        if not self.records:
            raise TransientError("the reply holds no record")
