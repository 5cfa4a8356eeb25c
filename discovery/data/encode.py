"""Columns as numbers: text, categories, ordered levels, indicator columns."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from discovery.data.report import Issue, listing
from graph.errors import DataError, UsageError

__all__ = ["Encode", "Encoded", "encode_columns"]

Encode = Literal["aside", "indicators"]
Floats = NDArray[np.float64]

_INDEX = frozenset(
    {"", "#", "id", "index", "no", "no.", "nr", "row", "row_id", "rowid", "rownames"}
)
_MANY = 20
"""levels above which a text column is no category when most rows have their own"""


@dataclass
class Encoded:
    """Columns as numbers (NaN: missing); ``nominal`` are codes without order, ``levelled`` have levels."""

    found: dict[str, Floats] = field(default_factory=dict)
    nominal: set[str] = field(default_factory=set)
    levelled: set[str] = field(default_factory=set)
    origin: dict[str, str] = field(default_factory=dict)
    """indicator column -> the column it comes from"""


def encode_columns(
    frame: pd.DataFrame,
    skip: Container[str],
    categories: bool,
    encode: Encode,
    levels: Mapping[str, Sequence[Any]] | None,
    where: str,
    issues: list[Issue],
) -> Encoded:
    """Return every column of ``frame`` as numbers as far as it can be; what was done is reported.

    Numbers and booleans stay as they are; ordered categories, and columns in ``levels``, become 0, 1, 2 ... in
    their order; other text becomes codes where the algorithm tests ``categories``, else indicator
    columns with ``encode="indicators"``, else is set aside.

    Raises:
        UsageError: ``encode`` is something else, or ``levels`` names no column.
        DataError: a column without any value, or a value that is none of its column's ``levels`` (rows
            named).
    """
    if encode not in ("aside", "indicators"):
        raise UsageError(f"encode={encode!r} is not known", hint='Choose "aside" or "indicators".')
    levels = dict(levels or {})
    unknown = sorted(set(levels) - set(frame.columns))
    if unknown:
        raise UsageError(
            f"levels name {listing(unknown)}, which the data do not have",
            where=where,
            hint=f"Columns: {', '.join(map(str, frame.columns))}.",
        )
    empty = [c for c in frame.columns if c not in skip and frame[c].isna().all()]
    if empty:
        raise DataError(
            f"{listing(empty)} without any value in {len(frame)} rows",
            where=where,
            hint="Leave these columns out (leave_out).",
        )
    result = Encoded()
    text: list[str] = []
    n = len(frame)
    for name in frame.columns:
        if name in skip:
            continue
        series = frame[name]
        if name in levels:
            result.found[name] = _levelled(series, name, levels[name], where, issues)
            result.levelled.add(name)
            continue
        values = _numeric(series)
        if values is not None:
            if _counts_rows(values) and not _keep_count(name, n, issues):
                continue
            result.found[name] = values
            if pd.api.types.is_bool_dtype(series.dtype):
                result.levelled.add(name)
            continue
        _mixed(series, name, issues)
        if isinstance(series.dtype, pd.CategoricalDtype) and series.cat.ordered:
            order = list(series.cat.categories)
            result.found[name] = _levelled(series, name, order, where, issues)
            result.levelled.add(name)
        elif categories or encode == "indicators":
            _categories(series, name, categories, result, issues)
        else:
            text.append(name)
    coded = [c for c in result.found if c in result.nominal]
    if coded:
        said = ", ".join(
            f"{c!r} ({int(np.nanmax(result.found[c], initial=-1)) + 1})" for c in coded[:8]
        )
        said += f" and {len(coded) - 8} more columns" if len(coded) > 8 else ""
        action = "used as levels without order"
        issues.append(Issue("codes", tuple(coded), f"levels that are text: {said}", action, n))
    if text:
        issues.append(Issue("text", tuple(text), f"{listing(text)} not numeric", "set aside", n))
    return result


def _numeric(series: pd.Series[Any]) -> Floats | None:
    if isinstance(series.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(series):
        return None
    if pd.api.types.is_complex_dtype(series):
        return None
    return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def _mixed(series: pd.Series[Any], name: str, issues: list[Issue]) -> None:
    """Report a text column that is mostly numbers: a mark for missing values may be in it."""
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return
    there = series.notna().to_numpy()
    numbers = pd.to_numeric(series.astype(object), errors="coerce").notna().to_numpy()
    odd = np.flatnonzero(there & ~numbers)
    if not len(odd) or 2 * len(odd) > int(there.sum()):
        return
    rows = ", ".join(str(r + 1) for r in odd[:5]) + (" ..." if len(odd) > 5 else "")
    values = sorted({str(v) for v in series.iloc[odd]})
    shown = ", ".join(repr(v) for v in values[:3]) + (" ..." if len(values) > 3 else "")
    issues.append(
        Issue(
            "text",
            (name,),
            f"{name!r} holds numbers, but {shown} in rows {rows}",
            "taken as text; where that marks missing values, make them empty",
            len(odd),
        )
    )


def _counts_rows(values: Floats) -> bool:
    return len(values) >= 10 and bool((np.diff(values) == 1).all())


def _keep_count(name: str, n: int, issues: list[Issue]) -> bool:
    """Report a column that counts the rows; return whether it is kept: not if it has the name of an index."""
    kept = not (name.startswith("Unnamed") or name.strip().lower() in _INDEX)
    action = "kept; leave it out if it is no measurement" if kept else "set aside"
    issues.append(Issue("identifier", (name,), f"{name!r} counts the rows", action, n))
    return kept


def _levelled(
    series: pd.Series[Any], name: str, order: Sequence[Any], where: str, issues: list[Issue]
) -> Floats:
    position = {str(level): float(k) for k, level in enumerate(order)}
    there = series.notna().to_numpy()
    codes = np.full(len(series), np.nan)
    codes[there] = [position.get(str(v), -1.0) for v in series[there]]
    bad = np.flatnonzero(codes == -1.0)
    if len(bad):
        rows = ", ".join(str(r + 1) for r in bad[:5]) + (" ..." if len(bad) > 5 else "")
        raise DataError(
            f"column {name!r} holds {str(series.iloc[int(bad[0])])!r}, which is none of its levels "
            f"(rows {rows})",
            where=where,
            hint=f"Its levels are {', '.join(position)}.",
        )
    said = " < ".join(list(position)[:8]) + (" < ..." if len(position) > 8 else "")
    issues.append(
        Issue(
            "codes", (name,), f"{name!r} has ordered levels {said}", "coded 0, 1, 2 ...", len(codes)
        )
    )
    return codes


def _categories(
    series: pd.Series[Any], name: str, categories: bool, result: Encoded, issues: list[Issue]
) -> None:
    text = series.astype(object).where(series.notna(), None)
    codes, found = pd.factorize(text.map(lambda v: None if v is None else str(v)), sort=True)
    n, k = int((codes >= 0).sum()), len(found)
    if k > _MANY and 2 * k > n:
        said = (
            f"{name!r} has {k} different values in {n} rows, as a name or number of the row would"
        )
        issues.append(Issue("identifier", (name,), said, "set aside", len(codes)))
        return
    values = np.where(codes < 0, np.nan, codes.astype(np.float64))
    said = ", ".join(map(str, found[:8])) + (" ..." if k > 8 else "")
    if categories:
        result.found[name] = values
        result.nominal.add(name)
        return
    made = [f"{name}={level}" for level in found[1:]]
    for column, level in zip(made, range(1, k), strict=True):
        result.found[column] = np.where(codes < 0, np.nan, (codes == level).astype(np.float64))
        result.levelled.add(column)
        result.origin[column] = name
    issues.append(
        Issue(
            "codes",
            (name,),
            f"{name!r} has the levels {said}",
            f"replaced by {listing(made)} (0 or 1; {str(found[0])!r} is the base), not bound to an entity"
            if made
            else "set aside: only one level",
            n,
        )
    )
