"""Rows in time: order, equal steps, gaps, units of a panel, and windows of consecutive steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from discovery.data import prepare
from discovery.data.report import DataReport, Issue
from graph.dataset import Dataset
from graph.errors import DataError, UsageError

__all__ = ["Series", "read_series", "windows"]

Floats = NDArray[np.float64]
MissingRows = Literal["refuse", "drop"]


@dataclass(frozen=True)
class Series:
    """Stretches without a gap, each [steps, p] in the order of time.

    Every column has mean 0 within each unit and variance 1 overall; ``scale`` [p] is its standard
    deviation before.
    """

    columns: tuple[str, ...]
    stretches: tuple[Floats, ...]
    scale: Floats
    step: str
    report: DataReport = field(repr=False)


def read_series(
    dataset: Dataset,
    time: str | None = None,
    unit: str | None = None,
    missing: MissingRows = "refuse",
) -> Series:
    """Read a dataset ordered in time.

    Args:
        dataset: one row a step; rows may come in any order if ``time`` is given.
        time: a column of numbers or dates in equal steps; months and years count as equal. When None,
            rows are taken to be in order and equally far apart.
        unit: a column that names the subject of each row; every unit is a series of its own, and its
            mean is taken out.
        missing: refuse missing values, or ``drop`` their rows: a gap in time then.

    Missing steps (a day left out) are gaps: reported, and no window reaches across them.

    Raises:
        DataError: a time that is missing, twice in one unit, no time at all or not in equal steps (rows
            named); or data that :func:`discovery.data.prepare` refuses.
        UsageError: no such column, or another value of ``missing``.
    """
    where = dataset.path or dataset.name
    if missing not in ("refuse", "drop"):
        raise UsageError(
            f"missing={missing!r} is not known for series", hint='Choose "refuse" or "drop".'
        )
    given = [c for c in (time, unit) if c is not None]
    for name in given:
        if name not in dataset.columns:
            raise UsageError(
                f"the data have no column {name!r}",
                where=where,
                hint=f"Its columns are {', '.join(dataset.columns)}.",
            )
    if time is not None and time == unit:
        raise UsageError(f"{time!r} cannot be both time and unit", where=where)
    frame = dataset.frame.set_axis(list(dataset.columns), axis=1)
    units = _units(frame, unit, where)
    issues: list[Issue] = []
    ticks, step = _ticks(frame, time, units, where)
    order = np.lexsort((ticks, units))
    if not (order == np.arange(len(order))).all():
        issues.append(
            Issue("order", tuple(given), "rows not in the order of time", "sorted", len(frame))
        )
    rest = frame.drop(columns=given).iloc[order]
    ticks, units = ticks[order], units[order]
    some = rest.notna().any(axis=1).to_numpy() if rest.shape[1] else np.ones(len(rest), dtype=bool)
    kept = dataset.columns if not given else tuple(rest.columns)
    table = prepare(
        Dataset(rest[some].reset_index(drop=True), name=dataset.name, path=dataset.path),
        missing="refuse" if missing == "refuse" else "testwise",
    )
    if missing == "refuse" and not some.all():
        raise DataError(
            f"{int((~some).sum())} rows without any value",
            where=where,
            hint='Leave them out, or treat them as gaps with missing="drop".',
        )
    ticks, units = ticks[some], units[some]
    full = ~np.isnan(table.values).any(axis=1)
    if not full.all():
        issues.append(
            Issue(
                "missing", (), f"{int((~full).sum())} rows with missing values",
                "left out: gaps in time", int((~full).sum()),
            )
        )  # fmt: skip
    values, ticks, units = table.values[full].copy(), ticks[full], units[full]
    for one in np.unique(units):
        values[units == one] -= values[units == one].mean(axis=0)
    scale = values.std(axis=0)
    flat = [c for c, s in zip(table.columns, scale, strict=True) if s <= 1e-12]
    if flat:
        raise DataError(
            f"{', '.join(map(repr, flat))} does not change over time within any unit",
            where=where,
            hint="Leave it out: what is constant in time has no lagged links.",
        )
    breaks = np.flatnonzero((np.diff(units) != 0) | (np.diff(ticks) != 1)) + 1
    gaps = int((np.diff(ticks)[np.diff(units) == 0] != 1).sum())
    if gaps:
        issues.append(
            Issue(
                "gaps", tuple(given[:1]), f"{gaps} gaps in time", "no window reaches across", gaps
            )
        )
    stretches = tuple(np.split(values / scale, breaks))
    report = DataReport(
        len(frame), len(values), kept, table.columns, (*table.report.issues, *issues)
    )
    return Series(table.columns, stretches, scale, step, report)


def windows(series: Series, length: int) -> Floats:
    """Return all windows of ``length`` consecutive steps, [number, length, p], the latest step first.

    Raises:
        DataError: fewer than 20 windows.
    """
    found = []
    for part in series.stretches:
        if len(part) >= length:
            ends = np.arange(length - 1, len(part))
            found.append(part[ends[:, None] - np.arange(length)[None, :]])
    number = sum(map(len, found))
    if number < 20:
        raise DataError(
            f"only {number} windows of {length} consecutive steps",
            hint="Choose a smaller max_lag, or longer series without gaps.",
        )
    return np.concatenate(found)


def _rows(index: NDArray[np.int64]) -> str:
    more = f" and {len(index) - 5} more" if len(index) > 5 else ""
    return ", ".join(str(int(i) + 1) for i in index[:5]) + more


def _units(frame: pd.DataFrame, unit: str | None, where: str) -> NDArray[np.int64]:
    if unit is None:
        return np.zeros(len(frame), dtype=np.int64)
    bad = np.flatnonzero(frame[unit].isna().to_numpy())
    if len(bad):
        raise DataError(f"no unit in {unit!r} in rows {_rows(bad)}", where=where)
    return np.asarray(pd.factorize(frame[unit].astype(str), sort=True)[0], dtype=np.int64)


def _ticks(
    frame: pd.DataFrame, time: str | None, units: NDArray[np.int64], where: str
) -> tuple[NDArray[np.int64], str]:
    """Return the number of the step of each row, consecutive where no step is missing, and the step."""
    if time is None:
        ticks = np.empty(len(frame), dtype=np.int64)
        for one in np.unique(units):
            ticks[units == one] = np.arange((units == one).sum())
        return ticks, "rows"
    series: pd.Series[Any] = frame[time]
    numeric = pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series)
    if not numeric:
        dates = pd.to_datetime(series, errors="coerce")
        bad = np.flatnonzero((dates.isna() | series.isna()).to_numpy())
    else:
        numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
        bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        raise DataError(
            f"no usable time in {time!r} in rows {_rows(bad)}",
            where=where,
            hint="Times are numbers or dates.",
        )
    twice = np.flatnonzero(frame.assign(_unit=units).duplicated(["_unit", time]).to_numpy())
    if len(twice):
        raise DataError(
            f"the same time twice in {time!r} (rows {_rows(twice)})",
            where=where,
            hint="Name the column of the subjects (unit=...), or average such rows.",
        )
    if numeric:
        return _equal(np.asarray(numbers, dtype=np.float64), units, time, where)
    month = (dates.dt.year * 12 + dates.dt.month).to_numpy(dtype=np.float64)
    alike = dates.dt.day.nunique() == 1 or bool(dates.dt.is_month_end.all())
    if alike and not pd.Series(month).groupby(units).apply(lambda m: m.duplicated().any()).any():
        ticks, step = _equal(np.asarray(month, dtype=np.float64), units, time, where)
        return ticks, f"{step} months" if step != "1" else "month"
    seconds = (dates - dates.min()).dt.total_seconds().to_numpy(dtype=np.float64)
    ticks, step = _equal(seconds, units, time, where)
    return ticks, str(pd.Timedelta(seconds=float(step)))


def _equal(
    times: Floats, units: NDArray[np.int64], time: str, where: str
) -> tuple[NDArray[np.int64], str]:
    order = np.lexsort((times, units))
    apart = np.diff(times[order])
    inside = np.diff(units[order]) == 0
    if not inside.any():
        raise DataError(
            f"no unit has two times in {time!r}", where=where, hint="A series needs several steps."
        )
    lengths, counts = np.unique(np.round(apart[inside], 9), return_counts=True)
    step = float(lengths[counts.argmax()])
    share = apart / step
    odd = np.flatnonzero(inside & (np.abs(share - np.round(share)) > 1e-3))
    if len(odd):
        raise DataError(
            f"times in {time!r} are not in equal steps of {step:g} (rows {_rows(order[odd + 1])})",
            where=where,
            hint="Average or interpolate to equal steps first; nothing is interpolated here.",
        )
    ticks = np.empty(len(times), dtype=np.int64)
    ticks[order] = np.concatenate([[0], np.cumsum(np.where(inside, np.round(share), 0))])
    return ticks, f"{step:g}"
