"""Any ontology in OBO format, streamed: the Disease Ontology, GO, UBERON, HPO, Mondo, ChEBI ..."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from graph.model import Category
from ingest.terms.readers.base import Reader, head, opened
from ingest.terms.readers.categories import BY_NAMESPACE, CATEGORIES, LICENCES, TITLES
from ingest.terms.records import Dropped, Record, Replaced, Term

__all__ = ["OboReader"]

_SYNONYM = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(EXACT|RELATED|NARROW|BROAD)?')
_ESCAPED = re.compile(r"\\(.)")
_CURIE = re.compile(r"[A-Za-z][\w.]*:\S+$")


def _plain(text: str) -> str:
    return " ".join(
        _ESCAPED.sub(lambda m: {"n": " ", "W": " ", "t": " "}.get(m[1], m[1]), text).split()
    )


class OboReader(Reader):
    """``.obo`` files of any size, one stanza at a time. Exact synonyms are taken; obsolete terms become
    replaced ids where the file says by what (``replaced_by``, or one single ``consider``)."""

    name = "OBO"
    licence = "as its source says"

    def claims(self, path: Path) -> bool:
        """Whether it begins as an OBO file."""
        first = head(path, 3)
        return any(line.startswith("format-version:") for line in first) or (
            bool(first) and path.name.lower().endswith((".obo", ".obo.gz"))
        )

    def called(self, paths: tuple[Path, ...]) -> str:
        """The ontology most of whose terms are inside."""
        return TITLES.get(_prefix(paths[0]), self.name)

    def licence_of(self, paths: tuple[Path, ...]) -> str:
        """The licence of that ontology."""
        return LICENCES.get(_prefix(paths[0]), self.licence)

    def read(self, paths: tuple[Path, ...]) -> Iterator[Record]:
        """Yield terms and replaced ids."""
        (path,) = paths
        with opened(path) as handle:
            stanza: dict[str, list[str]] = {}
            inside, start = False, 0
            for number, line in enumerate(handle, 1):
                line = line.strip()
                if line.startswith("["):
                    if inside:
                        yield from _term(stanza, f"{path}, line {start}")
                    inside, stanza, start = line == "[Term]", {}, number
                elif inside and line and not line.startswith("!"):
                    tag, colon, value = line.partition(":")
                    if colon:
                        stanza.setdefault(tag, []).append(value.strip())
            if inside:
                yield from _term(stanza, f"{path}, line {start}")


def _prefix(path: Path) -> str:
    count: Counter[str] = Counter()
    for line in head(path, 2000):
        if line.startswith("id:"):
            count[line[3:].strip().partition(":")[0].lower()] += 1
    return count.most_common(1)[0][0] if count else ""


def _bare(value: str) -> str:
    """A tag's value without its trailing comment and qualifiers."""
    return re.split(r"\s+[!{]", value, maxsplit=1)[0].strip()


def _term(stanza: dict[str, list[str]], where: str) -> Iterator[Record]:
    id = _bare(stanza.get("id", [""])[0])
    name = _plain(stanza.get("name", [""])[0])
    if not _CURIE.match(id):
        yield Dropped(where, f"{id!r} is not an id")
        return
    if stanza.get("is_obsolete", [""])[0].startswith("true"):
        new = stanza.get("replaced_by") or stanza.get("consider", [])
        if len(new) == 1:
            yield Replaced(id, _bare(new[0]))
        return
    if not name:
        yield Dropped(where, f"{id} has no name")
        return
    category: Category | None = CATEGORIES.get(id.partition(":")[0].lower(), Category.THING)
    namespace = stanza.get("namespace", [""])[0]
    if namespace in BY_NAMESPACE:
        category = BY_NAMESPACE[namespace]
    if category is None:
        return
    names: list[str] = []
    for value in stanza.get("synonym", ()):
        match = _SYNONYM.match(value)
        if match is None:
            yield Dropped(where, f"{id} has a synonym without quotes")
        elif match.group(2) in ("EXACT", None):
            names.append(_plain(match.group(1)))
    yield Term(
        id, category, name, names,
        {x for v in stanza.get("xref", ()) if _CURIE.match(x := _bare(v))},
        {_bare(v) for v in stanza.get("alt_id", ())},
    )  # fmt: skip
