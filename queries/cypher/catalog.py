"""The library of named queries, and running one."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from graph.errors import InputError, UsageError
from graph.store import ReadResult, Store
from queries.cypher.header import NamedQuery, parse_header
from queries.cypher.parameters import did_you_mean

__all__ = ["BUILT_IN", "library", "run"]

BUILT_IN = Path(__file__).with_name("library")
"""The folder of the queries that come with the package."""


def _read(path: Path) -> NamedQuery:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the query cannot be read: {error}", where=str(path)) from error
    return parse_header(path, text)


@functools.cache
def _built_in() -> MappingProxyType[str, NamedQuery]:
    paths = sorted(BUILT_IN.glob("*.cypher"))
    return MappingProxyType({path.stem: _read(path) for path in paths})


def _warn(problem: InputError) -> None:
    warnings.warn(f"left out a query: {problem}", stacklevel=3)


def library(
    extra: str | Path | None = None, *, on_problem: Callable[[InputError], None] | None = None
) -> dict[str, NamedQuery]:
    """Return every named query by name, sorted.

    Args:
        extra: a folder whose ``.cypher`` files are added.
        on_problem: called with each file of ``extra`` that is left out, because its header is wrong
            or its name is taken by the package; without it a warning is given.

    Raises:
        InputError: if ``extra`` is not a folder.
    """
    found = dict(_built_in())
    if extra is None:
        return found
    folder = Path(extra)
    if not folder.is_dir():
        raise InputError("there is no such folder of queries", where=str(folder))
    for path in sorted(folder.glob("*.cypher")):
        try:
            query = _read(path)
            if query.name in _built_in():
                raise InputError(
                    f"there already is a query {query.name!r}",
                    where=str(path),
                    hint="Give the file another name.",
                )
        except InputError as problem:
            (on_problem or _warn)(problem)
        else:
            found[query.name] = query
    return dict(sorted(found.items()))


def find(name: str, extra: str | Path | None = None) -> NamedQuery:
    """Return one named query.

    Raises:
        UsageError: if there is none of this name.
    """
    known = library(extra)
    if name not in known:
        names = f"The queries are {', '.join(known)}."
        raise UsageError(
            f"there is no query {name!r}", hint=did_you_mean(name, known, otherwise=names)
        )
    return known[name]


def run(
    store: Store,
    name: str,
    /,
    *,
    extra: str | Path | None = None,
    max_rows: int | None = 10_000,
    timeout: float | None = 30.0,
    **params: Any,
) -> ReadResult:
    """Run a named query, read-only.

    Args:
        store: where.
        name: which query; :func:`library` lists them.
        extra: a folder of further queries.
        max_rows: cut the result after this many rows and say so in ``truncated``.
        timeout: seconds until the engine is told to stop.
        **params: the query's parameters. Ids are taken as they are; names are not looked up.

    Raises:
        UsageError: for an unknown query, or a parameter missing, unknown or of the wrong type.
        QueryError: if it fails or takes too long.
    """
    query = find(name, extra)
    result = store.read(query.cypher, query.check(params), max_rows=max_rows, timeout=timeout)
    if not result.rows:
        # an engine need not name the columns of no rows
        return ReadResult(tuple(c.name for c in query.columns), [])
    return result
