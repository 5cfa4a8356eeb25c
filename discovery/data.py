"""What the data must be like before a search, and a report of what was found.

Nothing is dropped silently: a column or row that is not used is named in the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.dataset import Dataset
from graph.errors import DataError, UsageError

__all__ = ["DataReport", "Issue", "Missing", "Table", "prepare"]

Missing = Literal["refuse", "drop"]

_SAME = 1e-10
"""share of a column's variance left after the columns before it: below this it is determined"""


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing found: ``kind`` is one of text, constant, empty, missing, copy, determined, few rows,
    more columns than rows; ``rows`` how many rows it concerns."""

    kind: str
    columns: tuple[str, ...]
    text: str
    action: str
    rows: int = 0


@dataclass(frozen=True, slots=True)
class DataReport:
    """What was found and what was done about it."""

    rows: int
    rows_used: int
    columns: tuple[str, ...]
    columns_used: tuple[str, ...]
    issues: tuple[Issue, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "rows": self.rows,
            "rows_used": self.rows_used,
            "columns": list(self.columns),
            "columns_used": list(self.columns_used),
            "issues": [
                {
                    "kind": i.kind,
                    "columns": list(i.columns),
                    "rows": i.rows,
                    "text": i.text,
                    "action": i.action,
                }
                for i in self.issues
            ],
        }

    def __str__(self) -> str:
        lines = [
            f"{self.rows_used} of {self.rows} rows, {len(self.columns_used)} of "
            f"{len(self.columns)} columns used"
        ]
        lines += [f"  {i.text}: {i.action}" for i in self.issues]
        return "\n".join(lines)


@dataclass(frozen=True)
class Table:
    """Numbers ready for a search.

    ``values`` is float64 [n rows, p columns], finite, every column varying and none a linear
    combination of those before it.
    """

    values: NDArray[np.float64]
    columns: tuple[str, ...]
    report: DataReport = field(repr=False)
    name: str = "data"
    nominal: frozenset[str] = frozenset()
    """columns that are codes of text: their order means nothing"""

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.values.shape[0])

    @property
    def p(self) -> int:
        """Number of columns."""
        return int(self.values.shape[1])

    @cached_property
    def correlation(self) -> NDArray[np.float64]:
        """Pearson correlations, [p, p]."""
        return np.asarray(np.atleast_2d(np.corrcoef(self.values, rowvar=False)))

    def resample(self, rng: np.random.Generator) -> Table:
        """Return a bootstrap sample: n rows drawn with replacement."""
        rows = rng.integers(0, self.n, self.n)
        return Table(self.values[rows], self.columns, self.report, self.name, self.nominal)


def _names(columns: Sequence[str], limit: int = 8) -> str:
    more = f" and {len(columns) - limit} more" if len(columns) > limit else ""
    return ", ".join(repr(c) for c in columns[:limit]) + more


def _numeric(series: pd.Series[Any]) -> NDArray[np.float64] | None:
    if isinstance(series.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(series):
        return None
    if pd.api.types.is_complex_dtype(series):
        return None
    return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def _coded(series: pd.Series[Any]) -> NDArray[np.float64]:
    text = series.astype(object).where(series.notna(), None)
    codes, _ = pd.factorize(text.map(lambda v: None if v is None else str(v)), sort=True)
    return np.where(codes < 0, np.nan, codes.astype(np.float64))


def prepare(dataset: Dataset, *, missing: Missing = "refuse", categories: bool = False) -> Table:
    """Check a dataset and take the columns that a search over numbers can use.

    Text and constant columns, and columns determined by others (copies, sums), are set aside and
    reported. Missing values are refused unless ``missing="drop"``, which uses complete rows only
    and reports how many went. With ``categories`` text columns are coded as 0, 1, 2 ... in the order of
    their values and used.

    Raises:
        DataError: infinite or missing values (columns, counts and first rows named), fewer than two
            usable columns, or fewer than five usable rows.
        UsageError: ``missing`` is something else.
    """
    if missing not in ("refuse", "drop"):
        raise UsageError(f"missing={missing!r} is not known", hint='Choose "refuse" or "drop".')
    where = dataset.path or dataset.name
    frame, issues = dataset.frame, []
    columns = dataset.columns
    found: dict[str, NDArray[np.float64]] = {}
    text, nominal = [], set()
    for position, name in enumerate(columns):
        values = _numeric(frame.iloc[:, position])
        if values is None and categories:
            values = _coded(frame.iloc[:, position])
            nominal.add(name)
        if values is None:
            text.append(name)
        else:
            found[name] = values
    if text:
        issues.append(
            Issue("text", tuple(text), f"{_names(text)} not numeric", "set aside", len(frame))
        )
    _refuse_infinite(found, where)
    empty = [c for c, v in found.items() if np.isnan(v).all()]
    if empty:
        issues.append(
            Issue(
                "empty", tuple(empty), f"{_names(empty)} without any value", "set aside", len(frame)
            )
        )
        found = {c: v for c, v in found.items() if c not in empty}
    names = list(found)
    matrix = np.column_stack(list(found.values())) if found else np.empty((len(frame), 0))
    gaps = np.isnan(matrix)
    complete = ~gaps.any(axis=1)
    if not complete.all():
        counts = {c: int(k) for c, k in zip(names, gaps.sum(axis=0), strict=True) if k}
        lost = int((~complete).sum())
        listing = ", ".join(f"{c!r} ({k})" for c, k in counts.items())
        if missing == "refuse":
            first = ", ".join(str(r + 1) for r in np.flatnonzero(~complete)[:5])
            raise DataError(
                f"missing values in {listing}; {int(complete.sum())} of {len(frame)} rows are complete "
                f"(first incomplete rows: {first})",
                where=where,
                hint='Fill them in, leave these columns out, or use complete rows with missing="drop".',
            )
        issues.append(
            Issue(
                "missing",
                tuple(counts),
                f"missing values in {listing}",
                f"{lost} rows left out",
                lost,
            )
        )
        matrix = matrix[complete]
    if len(matrix) < 5:
        raise DataError(
            f"only {len(matrix)} usable rows", where=where, hint="At least 5 are needed."
        )
    keep = _varying(matrix, names, issues)
    keep = _determined(matrix, names, keep, issues)
    if len(keep) < 2:
        said = "; ".join(i.text for i in issues) or f"{len(columns)} columns"
        raise DataError(
            f"{'only one usable column' if keep else 'no usable column'}: {said}",
            where=where,
            hint="A search needs at least two numeric columns that vary.",
        )
    used = tuple(names[i] for i in keep)
    if len(matrix) <= len(keep):
        issues.append(
            Issue(
                "more columns than rows", used, f"{len(keep)} columns and only {len(matrix)} rows",
                "used as they are; tests have little power", len(matrix),
            )
        )  # fmt: skip
    report = DataReport(len(frame), len(matrix), columns, used, tuple(issues))
    values = np.ascontiguousarray(matrix[:, keep])
    return Table(values, used, report, dataset.name, frozenset(nominal.intersection(used)))


def _refuse_infinite(found: dict[str, NDArray[np.float64]], where: str) -> None:
    bad = {c: np.flatnonzero(np.isinf(v)) for c, v in found.items() if np.isinf(v).any()}
    if bad:
        listing = "; ".join(
            f"{c!r} in row{'s' if len(r) > 1 else ''} {', '.join(str(i + 1) for i in r[:5])}"
            + (f" and {len(r) - 5} more" if len(r) > 5 else "")
            for c, r in bad.items()
        )
        raise DataError(
            f"infinite values: {listing}", where=where, hint="Replace them or leave these rows out."
        )


def _varying(matrix: NDArray[np.float64], names: list[str], issues: list[Issue]) -> list[int]:
    spread = np.ptp(matrix, axis=0) if matrix.size else np.empty(0)
    scale = np.abs(matrix).max(axis=0, initial=0.0)
    constant = spread <= 1e-12 * scale
    if constant.any():
        gone = [names[i] for i in np.flatnonzero(constant)]
        issues.append(
            Issue("constant", tuple(gone), f"{_names(gone)} constant", "set aside", len(matrix))
        )
    return [int(i) for i in np.flatnonzero(~constant)]


def _determined(
    matrix: NDArray[np.float64], names: list[str], keep: list[int], issues: list[Issue]
) -> list[int]:
    """Set aside columns that earlier ones determine, by Gram-Schmidt with re-orthogonalisation."""
    n = len(matrix)
    if len(keep) < 2 or (len(keep) < n and _independent(matrix[:, keep])):
        return keep
    basis = np.empty((n, len(keep)), order="F")
    rank = 0
    kept: list[int] = []
    for i in keep:
        column = matrix[:, i] - matrix[:, i].mean()
        column = column / np.linalg.norm(column)
        span = basis[:, :rank]
        rest = column - span @ (span.T @ column)
        rest -= span @ (span.T @ rest)
        left = float(rest @ rest)
        # with as many columns as degrees of freedom everything is determined: that is not news
        if left < _SAME and len(kept) < n - 1:
            issues.append(_determined_issue(matrix, names, kept, i, column))
            continue
        kept.append(i)
        if left >= _SAME:
            basis[:, rank] = rest / np.sqrt(left)
            rank += 1
    return kept


def _independent(matrix: NDArray[np.float64]) -> bool:
    """Whether a Cholesky factor says at once that no column is near the span of those before it."""
    try:
        factor = np.linalg.cholesky(np.corrcoef(matrix, rowvar=False))
    except np.linalg.LinAlgError:
        return False
    return bool((np.diag(factor) ** 2 > 100 * _SAME).all())


def _determined_issue(
    matrix: NDArray[np.float64],
    names: list[str],
    kept: list[int],
    i: int,
    column: NDArray[np.float64],
) -> Issue:
    others = matrix[:, kept] - matrix[:, kept].mean(axis=0)
    others = others / np.linalg.norm(others, axis=0)
    for position, k in enumerate(kept):
        if abs(float(others[:, position] @ column)) > 1 - _SAME:
            return Issue(
                "copy", (names[k], names[i]), f"{names[i]!r} a copy of {names[k]!r} (up to scale)",
                f"{names[i]!r} set aside", len(matrix),
            )  # fmt: skip
    weights = np.linalg.lstsq(others, column, rcond=None)[0]
    part = [names[k] for k, w in zip(kept, weights, strict=True) if abs(w) > 1e-6]
    return Issue(
        "determined", (names[i], *part), f"{names[i]!r} determined by {_names(part)}",
        f"{names[i]!r} set aside", len(matrix),
    )  # fmt: skip
