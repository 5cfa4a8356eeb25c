"""Triples from and to tables: data frames and the vocabulary files beside a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from discovery.embeddings.triples import Links, Triples
from graph.errors import DataError, InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["from_frame", "read_vocabulary", "write_vocabulary"]

_NEEDED = ("head", "relation", "tail")


def from_frame(frame: pd.DataFrame, types: Mapping[str, str] | None = None) -> Triples:
    """Return triples from a table: see :meth:`Triples.from_frame`."""
    if missing := [c for c in _NEEDED if c not in frame.columns]:
        raise DataError(
            f"the table has no column {', '.join(missing)}",
            hint=f"It has {', '.join(map(str, frame.columns))}; needed are head, relation, tail.",
        )
    for column in _NEEDED:
        bad = frame[column].isna() | np.fromiter(
            (not str(x).strip() for x in frame[column]), np.bool_
        )
        if bad.any():
            raise DataError(f"row {int(np.flatnonzero(bad)[0])} has an empty {column}")
    text = {c: frame[c].astype(str).to_numpy(dtype=object) for c in _NEEDED}
    entities = sorted({*text["head"], *text["tail"]})
    relations = sorted(set(text["relation"]))
    place = {name: i for i, name in enumerate(entities)}
    kind = {name: i for i, name in enumerate(relations)}
    h = np.fromiter((place[x] for x in text["head"]), np.int64, len(frame))
    t = np.fromiter((place[x] for x in text["tail"]), np.int64, len(frame))
    r = np.fromiter((kind[x] for x in text["relation"]), np.int64, len(frame))
    numbers = {
        name: frame[name].fillna(default).to_numpy(float)
        if name in frame
        else np.full(len(frame), float(default))
        for name, default in (("sign", 0), ("belief", 1), ("evidence", 1), ("year", 0))
    }
    category = dict(types or {})
    for end in ("head", "tail"):
        if f"{end}_type" in frame:
            for name, value in zip(text[end], frame[f"{end}_type"], strict=True):
                category.setdefault(name, str(value))
    order = np.lexsort((numbers["sign"], t, r, h))
    keys = np.stack([h, r, t, numbers["sign"].astype(np.int64)])[:, order]
    new = np.ones(len(frame), np.bool_)
    new[1:] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    starts = np.flatnonzero(new)
    ordered = {name: values[order] for name, values in numbers.items()}
    year = np.where(ordered["year"] > 0, ordered["year"], np.inf)
    papers = None
    if "paper" in frame and len(frame):
        lists = frame["paper"].fillna("").astype(str).to_numpy(dtype=object)[order]
        papers = Links.of(
            sorted({p for row in group for p in row.split("|") if p})
            for group in np.split(lists, starts[1:])
        )
    first = np.minimum.reduceat(year, starts) if len(frame) else year
    return Triples.from_ids(
        entities,
        relations,
        keys[0][starts],
        keys[1][starts],
        keys[2][starts],
        types=[category.get(name, "Entity") for name in entities],
        sign=keys[3][starts],
        belief=np.maximum.reduceat(ordered["belief"], starts) if len(frame) else ordered["belief"],
        evidence=np.add.reduceat(ordered["evidence"], starts)
        if len(frame)
        else ordered["evidence"],
        year=np.where(np.isfinite(first), first, 0),
        papers=papers,
    )


def write_vocabulary(path: Path, *columns: Sequence[str]) -> None:
    """Write one line per id, columns between tabs.

    Raises:
        DataError: a name has a tab or a line break.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in zip(*columns, strict=True):
            line = "\t".join(row)
            if line.count("\t") != len(columns) - 1 or "\n" in line or "\r" in line:
                raise DataError(f"the name {row[0]!r} has a tab or a line break", where=str(path))
            file.write(line + "\n")


def read_vocabulary(path: Path, columns: int) -> tuple[tuple[str, ...], ...]:
    """Return the columns of a vocabulary.

    Raises:
        InputError: a line has another number of columns.
    """
    with path.open(encoding="utf-8", newline="\n") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    for number, row in enumerate(rows, 1):
        if len(row) != columns:
            raise InputError(
                f"line {number} has {len(row)} columns, not {columns}", where=str(path)
            )
    return _columns(rows, columns)


def _columns(rows: Iterable[Sequence[str]], columns: int) -> tuple[tuple[str, ...], ...]:
    found = tuple(zip(*rows, strict=True))
    return found or ((),) * columns
