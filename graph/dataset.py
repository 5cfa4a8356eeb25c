"""Datasets: tables whose columns are bound to entities, the bridge from the graph to data.

Rows never leave the machine: the store keeps a dataset's name, path, hash and bindings only.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import DataError, InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Dataset", "DatasetRecord", "Variable", "read_bindings", "read_table"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A column and the entity it measures (a CURIE, or empty when unbound)."""

    column: str
    entity: str = ""
    unit: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class DatasetRecord:
    """What the store remembers of a dataset: never its rows.

    ``path`` is where the rows were read from and ``hash`` the SHA-256 of their content, so a
    changed file is noticed before its numbers are believed.
    """

    id: str
    name: str
    path: str
    hash: str
    rows: int
    variables: tuple[Variable, ...]
    source: str = ""
    license: str = ""


@dataclass(frozen=True)
class Dataset:
    """A numeric or categorical table with bound columns.

    Args:
        frame: one row a unit, one column a variable.
        variables: one :class:`Variable` a bound column; columns not named stay unbound.
        name: for people.
        path: where it was read from, empty when made in memory.
        notes: what a reader left out or chose, for the data report.

    Raises:
        DataError: if two columns have one name, a bound column is not there, or two columns are bound to
            one entity.
    """

    frame: pd.DataFrame
    variables: tuple[Variable, ...] = ()
    name: str = "data"
    path: str = ""
    source: str = ""
    license: str = ""
    notes: tuple[str, ...] = ()
    hash: str = field(init=False, default="")

    def __post_init__(self) -> None:
        import numpy as np
        import pandas as pd

        columns = [str(c) for c in self.frame.columns]
        twice = [c for c, count in Counter(columns).items() if count > 1]
        if twice:
            raise DataError(
                f"more than one column is named {', '.join(repr(c) for c in twice[:5])}",
                where=self.path or self.name,
                hint="Give each column its own name.",
            )
        seen: dict[str, str] = {}
        for variable in self.variables:
            if variable.column not in columns:
                raise DataError(
                    f"the bindings name a column {variable.column!r} that the data does not have",
                    where=self.path or self.name,
                    hint=f"Its columns are {', '.join(columns)}.",
                )
            if variable.entity and variable.entity in seen:
                raise DataError(
                    f"columns {seen[variable.entity]!r} and {variable.column!r} are both bound to "
                    f"{variable.entity}",
                    where=self.path or self.name,
                    hint="Bind one of them, or give one a more specific entity.",
                )
            if variable.entity:
                seen[variable.entity] = variable.column
        digest = hashlib.sha256("\x1f".join(columns).encode())
        rows = pd.util.hash_pandas_object(self.frame.reset_index(drop=True), index=False)
        digest.update(np.ascontiguousarray(rows.to_numpy(np.uint64)).tobytes())
        object.__setattr__(self, "hash", digest.hexdigest())

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names, in order."""
        return tuple(str(c) for c in self.frame.columns)

    @property
    def entity_of(self) -> dict[str, str]:
        """Column name -> CURIE, bound columns only."""
        return {v.column: v.entity for v in self.variables if v.entity}

    @property
    def column_of(self) -> dict[str, str]:
        """CURIE -> column name."""
        return {v.entity: v.column for v in self.variables if v.entity}

    @property
    def record(self) -> DatasetRecord:
        """What the store remembers of it."""
        return DatasetRecord(
            id=f"ds-{self.hash[:32]}",
            name=self.name,
            path=self.path,
            hash=self.hash,
            rows=len(self.frame),
            variables=self.variables,
            source=self.source,
            license=self.license,
        )


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a CSV, TSV or Parquet table, or a h5ad or DuckDB file, with options behind a ``?`` as in the
    ``path`` of a dataset; see :func:`graph.dataset_sources.read_dataset`.

    Raises:
        InputError: if it cannot be read or holds no rows.
    """
    import pandas as pd

    path = Path(path)
    if Path(str(path).partition("?")[0]).suffix in (".h5ad", ".duckdb", ".ddb"):
        from graph.dataset_sources import read_dataset

        return read_dataset(path).frame
    try:
        if path.suffix == ".parquet":
            frame, twice = pd.read_parquet(path), []
        else:
            separator = "\t" if {".tsv", ".tab"} & set(path.suffixes) else ","
            header = pd.read_csv(path, sep=separator, header=None, nrows=1, dtype=str).iloc[0]
            twice = [str(c) for c, count in Counter(header.dropna()).items() if count > 1]
            frame = pd.read_csv(path, sep=separator)
    except FileNotFoundError:
        raise InputError("there is no such file", where=str(path)) from None
    except (OSError, ValueError, ImportError) as error:
        raise InputError(
            f"the table cannot be read: {error}",
            where=str(path),
            hint="Give a CSV, TSV or Parquet file with a header line.",
        ) from error
    if twice:  # pandas would number them
        raise InputError(
            f"more than one column is named {', '.join(repr(c) for c in twice[:5])}",
            where=str(path),
            hint="Give each column its own name.",
        )
    if frame.empty:
        raise InputError("the table holds no rows", where=str(path))
    frame.columns = pd.Index([str(c) for c in frame.columns])
    return frame


def read_bindings(path: str | Path) -> tuple[Variable, ...]:
    """Read a table of bindings with the columns ``column``, ``entity`` and optionally ``unit``,
    ``description``.

    Raises:
        InputError: if ``column`` or ``entity`` is missing.
    """
    frame = read_table(path).fillna("")
    missing = {"column", "entity"} - set(frame.columns)
    if missing:
        raise InputError(
            f"the bindings lack the column {', '.join(sorted(missing))}",
            where=str(path),
            hint="A bindings file has a header line: column,entity,unit,description.",
        )
    rows: list[Mapping[str, object]] = frame.to_dict("records")  # type: ignore[assignment]
    return tuple(
        Variable(
            str(r["column"]),
            str(r["entity"]),
            str(r.get("unit", "")),
            str(r.get("description", "")),
        )
        for r in rows
    )
