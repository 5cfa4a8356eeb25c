"""Columns that say something about rows: weights, groups, and which columns were intervened upon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from discovery.data.report import Issue, listing
from graph.errors import DataError, UsageError

__all__ = ["Targets", "read_clusters", "read_targets", "read_weights", "role_columns"]

Targets = str | Mapping[str, str | Sequence[bool] | NDArray[Any]]
"""A column naming the intervened columns of each row, several separated by ``;`` (empty: none); or a
mapping from an intervened column to a column of 0/1 marks, or to one mark a row."""

_NONE = frozenset({"", "none", "nan", "observational", "obs", "-"})


def _rows(index: NDArray[np.int64], limit: int = 5) -> str:
    more = f" and {len(index) - limit} more" if len(index) > limit else ""
    return (
        f"row{'s' if len(index) > 1 else ''} {', '.join(str(i + 1) for i in index[:limit])}{more}"
    )


def role_columns(
    columns: Sequence[str],
    weights: str | None,
    clusters: str | None,
    targets: Targets | None,
    where: str,
) -> tuple[str, ...]:
    """Return the columns that describe rows and so are no variables.

    Raises:
        UsageError: one is not a column, or has two roles.
    """
    named: list[tuple[str, str]] = []
    if weights is not None:
        named.append(("weights", weights))
    if clusters is not None:
        named.append(("clusters", clusters))
    if isinstance(targets, str):
        named.append(("targets", targets))
    elif targets is not None:
        named += [("targets", v) for v in targets.values() if isinstance(v, str)]
    roles: dict[str, str] = {}
    for role, column in named:
        if column not in columns:
            raise UsageError(
                f"{role}={column!r}: the data have no such column",
                where=where,
                hint=f"Its columns are {', '.join(columns)}.",
            )
        if roles.get(column, role) != role:
            raise UsageError(
                f"column {column!r} cannot be both {roles[column]} and {role}", where=where
            )
        roles[column] = role
    return tuple(roles)


def read_weights(
    frame: pd.DataFrame, column: str, where: str, issues: list[Issue]
) -> NDArray[np.float64]:
    """Return row weights as they are, [rows]; rows of weight 0 are the caller's to leave out.

    Raises:
        DataError: not numbers, or missing, infinite or negative values (rows named), or all 0.
    """
    series = frame[column]
    if not pd.api.types.is_numeric_dtype(series):
        raise DataError(f"the weights column {column!r} is not numeric", where=where)
    found = np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    bad = np.flatnonzero(~np.isfinite(found) | (found < 0))
    if len(bad):
        raise DataError(
            f"weights column {column!r}: missing, infinite or negative in {_rows(bad)}",
            where=where,
            hint="Weights are numbers from 0; a row of weight 0 is left out.",
        )
    if not found.any():
        raise DataError(f"every weight in {column!r} is 0", where=where)
    zero = int((found == 0).sum())
    kish = found.sum() ** 2 / (found**2).sum()
    text = f"rows weighted by {column!r}, worth {kish:.0f} equally weighted rows"
    if zero:
        text += f"; {zero} of weight 0"
    action = f"{zero} rows left out" if zero else "used for correlations"
    issues.append(Issue("weights", (column,), text, action, zero))
    return found


def read_clusters(
    frame: pd.DataFrame, column: str, where: str, issues: list[Issue]
) -> NDArray[np.int64]:
    """Return the group of each row as numbers from 0, [rows].

    Raises:
        DataError: a row without a group (rows named), or fewer than two groups.
    """
    series = frame[column]
    bad = np.flatnonzero(series.isna().to_numpy())
    if len(bad):
        raise DataError(
            f"clusters column {column!r}: no group in {_rows(bad)}",
            where=where,
            hint="Give each row a group; a row of its own is a group of its own.",
        )
    codes, groups = pd.factorize(series.astype(str), sort=True)
    if len(groups) < 2:
        raise DataError(f"clusters column {column!r} names only one group", where=where)
    sizes = np.bincount(codes)
    issues.append(
        Issue(
            "clusters",
            (column,),
            f"{len(frame)} rows in {len(groups)} groups by {column!r}, of {sizes.min()} to {sizes.max()}",
            "groups are resampled whole",
            len(frame),
        )
    )
    return np.asarray(codes, dtype=np.int64)


def read_targets(
    frame: pd.DataFrame, targets: Targets, variables: Sequence[str], where: str, issues: list[Issue]
) -> NDArray[np.bool_]:
    """Return which of ``variables`` was intervened upon in which row, [rows, variables].

    Raises:
        DataError: a name that is no variable, a mark that is not 0 or 1, or marks of another length
            (rows named).
    """
    position = {c: j for j, c in enumerate(variables)}
    found = np.zeros((len(frame), len(variables)), dtype=bool)
    if isinstance(targets, str):
        unknown: dict[str, list[int]] = {}
        series = frame[targets]
        cells = series.where(series.notna(), "").astype(str)
        for cell, rows in cells.groupby(cells, sort=True).indices.items():
            for name in (part.strip() for part in str(cell).split(";")):
                if name in position:
                    found[rows, position[name]] = True
                elif name.lower() not in _NONE:
                    unknown.setdefault(name, []).extend(int(r) for r in rows)
        if unknown:
            said = "; ".join(
                f"{n!r} in {_rows(np.sort(np.asarray(r)))}" for n, r in sorted(unknown.items())
            )
            raise DataError(
                f"targets column {targets!r} names what is no column: {said}",
                where=where,
                hint=f"Name columns separated by ';', or leave the cell empty. Columns: {', '.join(variables)}.",
            )
    else:
        for name, given in targets.items():
            if name not in position:
                raise DataError(
                    f"targets name {name!r}, which is no column",
                    where=where,
                    hint=f"Columns: {', '.join(variables)}.",
                )
            found[:, position[name]] = _marks(frame, name, given, where)
    counts = found.sum(axis=0)
    touched = [c for c in variables if counts[position[c]]]
    rows_any = int(found.any(axis=1).sum())
    if not touched:
        text = "no row was intervened upon"
    else:
        text = f"{rows_any} of {len(frame)} rows intervened upon: " + ", ".join(
            f"{c!r} ({counts[position[c]]})" for c in touched
        )
    issues.append(Issue("targets", tuple(touched), text, "given to the algorithm", rows_any))
    return found


def _marks(frame: pd.DataFrame, name: str, given: Any, where: str) -> NDArray[np.bool_]:
    raw = frame[given].to_numpy() if isinstance(given, str) else np.asarray(given)
    source = f"column {given!r}" if isinstance(given, str) else "the marks"
    if raw.shape != (len(frame),):
        raise DataError(
            f"targets of {name!r}: {raw.shape} marks for {len(frame)} rows", where=where
        )
    marks = pd.to_numeric(pd.Series(raw), errors="coerce").to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~np.isin(marks, (0.0, 1.0)))
    if len(bad):
        raise DataError(
            f"targets of {name!r}: {source} is not 0 or 1 in {_rows(bad)}",
            where=where,
        )
    return np.asarray(marks == 1.0)


def without(issues: list[Issue], targets: NDArray[np.bool_], lost: Sequence[str]) -> None:
    """Report targets whose column is not used."""
    if lost:
        issues.append(
            Issue(
                "targets",
                tuple(lost),
                f"{listing(lost)} intervened upon but set aside",
                "these interventions are unseen",
                int(targets.any(axis=1).sum()),
            )
        )
