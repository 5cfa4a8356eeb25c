"""From a file or object to a dataset with bound columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.dataset import Dataset, Variable

__all__ = ["load_dataset"]


def load_dataset(
    data: object,
    bind: str | Path | Sequence[Variable] | None = None,
    *,
    name: str | None = None,
    **options: Any,
) -> Dataset:
    """Return a dataset with its columns bound.

    Args:
        data: a CSV, TSV, Parquet, h5ad or DuckDB file, a data frame, an AnnData object, a DuckDB relation (or
            a dataset, returned as it is).
        bind: a bindings table (``column,entity,unit,description``) or the variables; by default
            ``bindings.csv`` beside the file, when there is one.
        options: for reading, see :func:`graph.dataset_sources.as_dataset`.

    Raises:
        InputError: if a file cannot be read.
        DataError: if the bindings do not fit the data.
        UsageError: if the data are of a type or with an option that is not known, or a dataset is to be
            bound again.
    """
    from graph.curie import normalize
    from graph.dataset import read_bindings
    from graph.dataset_sources import as_dataset

    if bind is None and isinstance(data, (str, Path)):
        beside = Path(data).parent / "bindings.csv"
        bind = beside if beside.is_file() else None
    given: Iterable[Variable] = read_bindings(bind) if isinstance(bind, (str, Path)) else bind or ()
    variables = tuple(replace(v, entity=normalize(v.entity) if v.entity else "") for v in given)
    return as_dataset(data, variables, name=name or "", **options)
