"""Discrete Bayesian networks: read from BIF files, sampled with or without interventions."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from discovery.marks import topological_order
from discovery.simulation.mechanisms import Levels
from graph.errors import InputError, UsageError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Network", "read_bif"]

_VARIABLE = re.compile(r"variable\s+(\S+)\s*\{(.*?)\}\s*;?\s*\}", re.S)
_LEVELS = re.compile(r"type\s+discrete\s*\[\s*(\d+)\s*\]\s*\{(.*)", re.S)
_TABLE = re.compile(r"probability\s*\(\s*([^)|]+?)\s*(?:\|\s*([^)]*?)\s*)?\)\s*\{(.*?)\}", re.S)
_ROW = re.compile(r"(?:\(([^)]*)\)|(table|default))\s*([^;]*);", re.S)


@dataclass(frozen=True)
class Network:
    """A discrete Bayesian network: names, level names, parents and tables of chances, by position."""

    columns: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    parents: tuple[tuple[int, ...], ...]
    tables: tuple[Levels, ...]
    name: str = "network"

    @cached_property
    def dag(self) -> NDArray[np.bool_]:
        """[p, p], ``[i, j]`` is ``i -> j``."""
        dag = np.zeros((len(self.columns), len(self.columns)), dtype=bool)
        for j, parents in enumerate(self.parents):
            dag[list(parents), j] = True
        return dag

    def sample(
        self, n: int, rng: np.random.Generator, do: Mapping[str, str] | None = None
    ) -> NDArray[np.int64]:
        """Return ``n`` rows of level numbers, [n, p], under ``do`` (column -> level held fixed).

        Raises:
            UsageError: an unknown column or level in ``do``.
        """
        fixed = self._fixed(do or {})
        order = topological_order(self.dag)
        assert order is not None
        codes = np.zeros((n, len(self.columns)), dtype=np.int64)
        for j in order:
            if j in fixed:
                codes[:, j] = fixed[j]
                continue
            chances = self.tables[j].rows(codes[:, list(self.parents[j])])
            draws = rng.random((n, 1))
            drawn = (draws > chances.cumsum(axis=1)).sum(axis=1)
            codes[:, j] = np.minimum(drawn, len(self.levels[j]) - 1)
        return codes

    def frame(
        self, n: int, rng: np.random.Generator, do: Mapping[str, str] | None = None
    ) -> pd.DataFrame:
        """Return ``n`` rows with the names of the levels."""
        import pandas as pd

        codes = self.sample(n, rng, do)
        return pd.DataFrame(
            {
                c: np.asarray(self.levels[j], dtype=object)[codes[:, j]]
                for j, c in enumerate(self.columns)
            }
        )

    def _fixed(self, do: Mapping[str, str]) -> dict[int, int]:
        fixed = {}
        for column, level in do.items():
            if column not in self.columns:
                raise UsageError(
                    f"the network has no column {column!r}", hint=", ".join(self.columns)
                )
            j = self.columns.index(column)
            if level not in self.levels[j]:
                raise UsageError(
                    f"column {column!r} has no level {level!r}", hint=", ".join(self.levels[j])
                )
            fixed[j] = self.levels[j].index(level)
        return fixed


def read_bif(path: str | Path) -> Network:
    """Read a network from a BIF file (Bayesian Interchange Format, plain or gzipped).

    Raises:
        InputError: the file cannot be read, a column is defined twice or not at all, a table names an
            unknown column or level, has the wrong number of chances, or leaves a combination out.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    except FileNotFoundError:
        raise InputError("there is no such file", where=str(path)) from None
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"the network cannot be read: {error}", where=str(path)) from error
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S).replace('"', "")
    levels = _levels(text, str(path))
    columns = tuple(levels)
    if not columns:
        raise InputError("the file defines no variable", where=str(path), hint="Is it BIF?")
    position = {c: j for j, c in enumerate(columns)}
    parents: dict[int, tuple[int, ...]] = {}
    tables: dict[int, Levels] = {}
    for match in _TABLE.finditer(text):
        child = match.group(1).strip()
        above = [name.strip() for name in (match.group(2) or "").split(",") if name.strip()]
        unknown = [name for name in (child, *above) if name not in position]
        if unknown:
            raise InputError(f"a table names the unknown {unknown[0]!r}", where=str(path))
        j = position[child]
        parents[j] = tuple(position[name] for name in above)
        tables[j] = _table(child, above, levels, match.group(3), str(path))
    absent = [c for c, j in position.items() if j not in tables]
    if absent:
        raise InputError(f"{absent[0]!r} has no table", where=str(path))
    network = Network(
        columns,
        tuple(levels.values()),
        tuple(parents[j] for j in range(len(columns))),
        tuple(tables[j] for j in range(len(columns))),
        path.name.split(".")[0],
    )
    if topological_order(network.dag) is None:
        raise InputError("the network has a directed cycle", where=str(path))
    return network


def _levels(text: str, where: str) -> dict[str, tuple[str, ...]]:
    levels: dict[str, tuple[str, ...]] = {}
    for match in _VARIABLE.finditer(text):
        name, body = match.group(1), _LEVELS.search(match.group(2))
        if body is None:
            raise InputError(f"variable {name!r} has no discrete levels", where=where)
        found = tuple(level.strip() for level in body.group(2).split(",") if level.strip())
        if len(found) != int(body.group(1)) or name in levels:
            raise InputError(f"variable {name!r} is defined twice or lacks levels", where=where)
        levels[name] = found
    return levels


def _table(
    child: str, above: list[str], levels: dict[str, tuple[str, ...]], body: str, where: str
) -> Levels:
    sizes = tuple(len(levels[name]) for name in above)
    width = len(levels[child])
    rows = int(np.prod(sizes, dtype=np.int64))
    table = np.full((rows, width), np.nan)
    for match in _ROW.finditer(body):
        try:
            chances = np.array([float(x) for x in match.group(3).replace(",", " ").split()])
        except ValueError as error:
            raise InputError(f"table of {child!r}: {error}", where=where) from None
        if match.group(2) == "default":
            table[np.isnan(table).any(axis=1)] = chances
            continue
        if match.group(2) == "table":
            if len(chances) != rows * width:
                raise InputError(
                    f"table of {child!r}: {len(chances)} chances, {rows * width} are needed",
                    where=where,
                )
            # in a flat table the child's level varies slowest
            table = chances.reshape(width, rows).T.copy()
            continue
        names = [name.strip() for name in match.group(1).split(",")]
        index = 0
        for parent, size, name in zip(above, sizes, names, strict=False):
            if name not in levels[parent]:
                raise InputError(
                    f"table of {child!r}: {parent!r} has no level {name!r}", where=where
                )
            index = index * size + levels[parent].index(name)
        if len(names) != len(above) or len(chances) != width:
            raise InputError(
                f"table of {child!r}: row ({match.group(1)}) is not whole", where=where
            )
        table[index] = chances
    if np.isnan(table).any():
        raise InputError(f"table of {child!r} leaves combinations out", where=where)
    total = table.sum(axis=1, keepdims=True)
    if (table < 0).any() or (np.abs(total - 1) > 0.05).any():
        raise InputError(f"table of {child!r}: chances do not add up to 1", where=where)
    return Levels(table / total, sizes)
