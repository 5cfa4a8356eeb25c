"""Where datasets come from: data frames, files, AnnData, DuckDB. Everything becomes a :class:`Dataset`.

What a reader leaves out (genes beyond a cap) is said in :attr:`Dataset.notes`, never in silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from graph.dataset import Dataset, Variable, read_table
from graph.errors import DataError, InputError, UsageError
from graph.extras import needs

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_dataset", "from_anndata", "from_duckdb", "read_dataset", "read_duckdb", "read_h5ad"]

_TOP = 2000
"""genes of an AnnData object taken when no number is given"""


def as_dataset(
    data: object, variables: Sequence[Variable] = (), *, name: str = "", **options: Any
) -> Dataset:
    """Return data as a dataset, whatever they come as.

    Args:
        data: a :class:`Dataset` (returned as it is), a pandas data frame, a path to a CSV, TSV, Parquet,
            h5ad or DuckDB file, an AnnData object, a DuckDB relation, or anything with ``to_pandas``
            (Arrow, Polars).
        variables: what columns are bound to; a dataset has its own.
        name: for people; taken from the file when not given.
        options: of :func:`from_anndata` or :func:`read_duckdb`.

    Raises:
        InputError: a file cannot be read.
        DataError: the bindings do not fit the data.
        UsageError: data of another type, or options that this type does not have.
    """
    import pandas as pd

    if isinstance(data, Dataset):
        _no_options(options, "a dataset")
        if variables:
            raise UsageError("a dataset has its own variables", hint="Give one or the other.")
        return data
    if isinstance(data, (str, Path)):
        return read_dataset(data, variables, name=name, **options)
    module = type(data).__module__.partition(".")[0].lstrip("_")
    if module == "anndata":
        made = from_anndata(data, name=name or "cells", **options)
        return replace(made, variables=tuple(variables))
    _no_options(options, f"data of type {type(data).__name__}")
    if isinstance(data, pd.DataFrame):
        return Dataset(data, tuple(variables), name=name or "data")
    if module == "duckdb":
        return replace(from_duckdb(data, name=name), variables=tuple(variables))
    convert = getattr(data, "to_pandas", None)
    if callable(convert):
        return Dataset(convert(), tuple(variables), name=name or "data")
    raise UsageError(
        f"data cannot be a {type(data).__name__}",
        hint="Give a Dataset, a data frame, a file, an AnnData object or a DuckDB relation.",
    )


def _no_options(options: Mapping[str, Any], what: str) -> None:
    if options:
        raise UsageError(f"{what} has no options {', '.join(sorted(options))}")


def read_dataset(
    path: str | Path, variables: Sequence[Variable] = (), *, name: str = "", **options: Any
) -> Dataset:
    """Read a CSV, TSV, Parquet, h5ad or DuckDB file by its ending; see :func:`as_dataset`.

    Options can stand behind the path too, ``cells.h5ad?layer=raw&top=200``: this is how the dataset's own
    ``path`` says how it was read, so that the same rows can be read again.
    """
    base, _, query = str(path).partition("?")
    if query and not Path(path).exists():
        path, options = base, {**dict(parse_qsl(query)), **options}
    path = Path(path)
    title = name or path.name.split(".")[0]
    if path.suffix == ".h5ad":
        made = read_h5ad(path, name=title, **options)
    elif path.suffix in (".duckdb", ".ddb"):
        made = read_duckdb(path, name=title, **options)
    else:
        _no_options(options, f"a {path.suffix or 'table'} file")
        made = Dataset(read_table(path), name=title, path=str(path.resolve()))
    return replace(made, variables=tuple(variables), path=_told(path, options))


def _told(path: Path, options: Mapping[str, Any]) -> str:
    texts = {
        k: ",".join(map(str, v)) if isinstance(v, (list, tuple)) else str(v)
        for k, v in sorted(options.items())
        if v not in (None, "", (), [])
    }
    return str(path.resolve()) + (f"?{urlencode(texts, safe=',/')}" if texts else "")


# AnnData --------------------------------------------------------------------------------


def read_h5ad(path: str | Path, **options: Any) -> Dataset:
    """Read an AnnData file; the options are those of :func:`from_anndata`.

    Raises:
        InputError: anndata is not installed, or the file cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("there is no such file", where=str(path))
    with needs("reading h5ad", "omics", str(path)):
        import anndata
    try:
        data = anndata.read_h5ad(path)
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise InputError(f"the h5ad file cannot be read: {error}", where=str(path)) from error
    return from_anndata(data, path=str(path.resolve()), **options)


def from_anndata(
    data: Any,
    *,
    layer: str = "",
    genes: Sequence[str] | str = (),
    obs: Sequence[str] | str = (),
    top: int | None = None,
    name: str = "cells",
    path: str = "",
) -> Dataset:
    """Return the cells of an AnnData object as rows, genes and chosen annotations as columns.

    Args:
        data: ``anndata.AnnData``, dense or sparse.
        layer: which values: empty for ``X``, ``raw`` for ``raw.X``, else the name of a layer.
        genes: names of the genes to take, in this order; a string is split at commas. Empty: all.
        obs: annotations of the cells to take as columns too.
        top: keep this many genes, those that vary most (by ``dispersions_norm`` where the object has it,
            else by variance in this layer); 2,000 when neither this nor ``genes`` is given. What was left
            out is said in the dataset's notes.

    Raises:
        DataError: an unknown layer, gene or annotation (what there is is named), or a name that two
            columns would have.
        UsageError: ``top`` below 1.
    """
    import numpy as np
    import pandas as pd

    genes = _split(genes)
    obs = _split(obs)
    if top is not None and int(top) < 1:
        raise UsageError(f"top must be 1 or more, not {top}")
    matrix, var = _layer(data, layer, path or name)
    names = [str(v) for v in var.index]
    position: dict[str, int] = {}
    for j, gene in enumerate(names):
        if gene in position and (not genes or gene in genes):
            raise DataError(
                f"two genes are named {gene!r}",
                where=path or name,
                hint="Make names unique (var_names_make_unique) and save again.",
            )
        position.setdefault(gene, j)
    unknown = [g for g in genes if g not in position]
    if unknown:
        raise DataError(
            f"there is no gene {', '.join(repr(g) for g in unknown[:5])}",
            where=path or name,
            hint=f"The first of {len(names)} names are {', '.join(names[:5])}.",
        )
    notes: tuple[str, ...] = ()
    chosen = np.array([position[g] for g in genes] if genes else range(len(names)), dtype=int)
    limit = int(top) if top is not None else (len(chosen) if genes else _TOP)
    if limit < len(chosen):
        spread, how = _spread(matrix, var, chosen)
        best = np.sort(np.argsort(-spread, kind="stable")[:limit])
        notes = (f"the {limit} genes of {len(chosen)} that vary most, by {how}",)
        chosen = chosen[best]
    part = matrix[:, chosen]
    dense = np.asarray(part.toarray() if hasattr(part, "toarray") else part, dtype=np.float64)
    frame = pd.DataFrame(dense, columns=[names[j] for j in chosen])
    for column in obs:
        if column not in data.obs.columns:
            raise DataError(
                f"the cells have no annotation {column!r}",
                where=path or name,
                hint=f"There are {', '.join(map(str, data.obs.columns))}.",
            )
        if column in frame.columns:
            raise DataError(f"{column!r} is a gene and an annotation", where=path or name)
        frame[column] = data.obs[column].to_numpy() if _plain(data.obs[column]) else (
            data.obs[column].reset_index(drop=True)
        )  # fmt: skip
    return Dataset(frame, name=name, path=path, notes=notes)


def _split(given: Sequence[str] | str) -> tuple[str, ...]:
    parts = given.split(",") if isinstance(given, str) else given
    return tuple(p.strip() for p in parts if p.strip())


def _plain(series: pd.Series[Any]) -> bool:
    import pandas as pd

    return not isinstance(series.dtype, pd.CategoricalDtype)


def _layer(data: Any, layer: str, where: str) -> tuple[Any, Any]:
    if not layer or layer == "X":
        if data.X is None:
            raise DataError("X is empty", where=where, hint=f"Layers: {', '.join(data.layers)}.")
        return data.X, data.var
    if layer == "raw" and data.raw is not None:
        return data.raw.X, data.raw.var
    if layer in data.layers:
        return data.layers[layer], data.var
    there = ["X", *(["raw"] if data.raw is not None else []), *data.layers]
    raise DataError(
        f"there is no layer {layer!r}", where=where, hint=f"There are {', '.join(there)}."
    )


def _spread(matrix: Any, var: Any, chosen: Any) -> tuple[Any, str]:
    import numpy as np

    if "dispersions_norm" in var.columns:
        known = var["dispersions_norm"].to_numpy(dtype=np.float64)[chosen]
        return np.nan_to_num(known, nan=-np.inf), "dispersions_norm"
    part = matrix[:, chosen]
    if hasattr(part, "toarray"):  # sparse: without making all of it dense
        mean = np.asarray(part.mean(axis=0)).ravel()
        square = np.asarray(part.multiply(part).mean(axis=0)).ravel()
        return square - mean**2, "variance"
    return np.asarray(part, dtype=np.float64).var(axis=0), "variance"


# DuckDB ---------------------------------------------------------------------------------


def from_duckdb(relation: Any, *, name: str = "") -> Dataset:
    """Return the rows of a DuckDB relation (``duckdb.sql(...)``, ``connection.table(...)``)."""
    title = name or str(getattr(relation, "alias", "")) or "relation"
    frame = relation.df()
    if frame.empty:
        raise InputError("the relation holds no rows", where=title)
    return Dataset(frame, name=title)


def read_duckdb(path: str | Path, *, table: str = "", name: str = "") -> Dataset:
    """Read a table or view of a DuckDB file, opened read-only.

    Args:
        table: its name; may be left out when the file holds only one.

    Raises:
        InputError: duckdb is not installed, the file cannot be read, or which table is not clear (the
            tables are named).
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("there is no such file", where=str(path))
    with needs("reading DuckDB", "duckdb", str(path)):
        import duckdb
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            rows = connection.execute(
                "SELECT table_name FROM information_schema.tables ORDER BY table_name"
            ).fetchall()
            tables = [str(r[0]) for r in rows]
            if table not in tables and (table or len(tables) != 1):
                raise InputError(
                    f"there is no table {table!r}"
                    if table
                    else f"the file holds {len(tables)} tables",
                    where=str(path),
                    hint=f"Choose one of {', '.join(tables)}." if tables else None,
                )
            made = from_duckdb(
                connection.table(table or tables[0]), name=name or table or tables[0]
            )
    except duckdb.Error as error:
        raise InputError(f"the file cannot be read: {error}", where=str(path)) from error
    return replace(made, path=str(path.resolve()))
