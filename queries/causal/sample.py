"""From a dataset to the columns an estimand needs: checked, complete rows, numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from graph.dataset import Dataset
from graph.errors import DataError
from queries.causal.results import Estimand

__all__ = ["Array", "Sample", "coded", "complete_numbers", "prepare"]

Array = npt.NDArray[np.float64]
MOST_TEXT_LEVELS = 50
MIN_CLUSTERS = 5


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of the columns an estimand names, complete but perhaps for the outcome.

    Attributes:
        frame: one row a unit; numbers as float64, text columns as they are.
        treatment: name of the treatment, a numeric column with two or more values.
        outcome: name of the outcome, a numeric column with two or more values.
        where: the dataset, for messages.
        diagnostics: rows read and dropped, missing values a column.
    """

    frame: pd.DataFrame
    treatment: str
    outcome: str
    where: str
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    weights: Array | None = None
    """what each row counts, mean 1; None if all count the same"""
    clusters: npt.NDArray[np.intp] | None = None
    """the cluster of each row, from 0; None if rows are independent"""

    @property
    def n(self) -> int:
        """Rows used."""
        return len(self.frame)

    @property
    def w(self) -> Array:
        """What each row counts, shape ``(n,)``, mean 1."""
        return np.ones(self.n) if self.weights is None else self.weights

    @property
    def seen(self) -> npt.NDArray[np.bool_]:
        """Which rows have the outcome, shape ``(n,)``."""
        return ~np.isnan(self.y)

    def take(self, rows: npt.NDArray[Any]) -> Sample:
        """Some rows, in the order of ``rows``, or those where it is true."""
        return replace(
            self,
            frame=self.frame.iloc[
                np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
            ].reset_index(drop=True),
            weights=None if self.weights is None else self.weights[rows],
            clusters=None if self.clusters is None else self.clusters[rows],
        )

    def column(self, name: str) -> Array:
        """A numeric column, shape ``(n,)``."""
        return np.asarray(self.frame[name].to_numpy(), dtype=np.float64)

    @property
    def x(self) -> Array:
        """The treatment, shape ``(n,)``."""
        return self.column(self.treatment)

    @property
    def y(self) -> Array:
        """The outcome, shape ``(n,)``."""
        return self.column(self.outcome)

    def is_text(self, name: str) -> bool:
        """Whether a column holds words, not numbers."""
        return not pd.api.types.is_numeric_dtype(self.frame[name])

    def covariates(self, names: tuple[str, ...]) -> tuple[list[str], Array]:
        """Columns for a regression, shape ``(n, k)``, and their names.

        Words become one 0/1 column for each level but the first; constant columns are left out.
        """
        labels: list[str] = []
        columns: list[Array] = []
        for name in names:
            if self.is_text(name):
                text = self.frame[name].astype(str)
                for level in sorted(text.unique())[1:]:
                    labels.append(f"{name}={level}")
                    columns.append((text == level).to_numpy(np.float64))
            elif np.ptp(self.column(name)) > 0:
                labels.append(name)
                columns.append(self.column(name))
        return labels, np.column_stack(columns) if columns else np.empty((self.n, 0))


def prepare(
    estimand: Estimand,
    data: Dataset,
    *,
    weights: str | None = None,
    clusters: str | None = None,
    keep_missing: bool = False,
) -> Sample:
    """Take what ``estimand`` needs from ``data``.

    Rows with a missing value in a needed column are left out and counted; those that lack only the
    outcome are kept, with NaN in it, under ``keep_missing``.

    Args:
        weights: a column that says what each row counts, positive.
        clusters: a column whose equal values mark rows that belong together.

    Raises:
        DataError: for several treatments or outcomes, columns that are not there, words
            where numbers are needed, infinite values, weights that are not positive, one cluster,
            no complete row, or a treatment or outcome with one value only.
    """
    where = data.path or data.name
    for what, names in (("treatment", estimand.treatment), ("outcome", estimand.outcome)):
        if len(names) != 1:
            raise DataError(
                f"an estimate needs one {what}, the estimand has {', '.join(names)}",
                where=where, hint="Ask about one at a time.",
            )  # fmt: skip
    treatment, outcome = estimand.treatment[0], estimand.outcome[0]
    needed = sorted({*estimand.asked, *estimand.adjustment, *estimand.expression.variables})
    extra = [c for c in (weights, clusters) if c and c not in needed]
    whole, diagnostics = _complete(
        data, [*needed, *dict.fromkeys(extra)], f"The estimand {estimand.query} needs",
        outcome if keep_missing else None,
    )  # fmt: skip
    _arms_seen(data, whole, treatment, outcome, where)
    sample = Sample(
        whole, treatment, outcome, where, diagnostics,
        _weights(whole, weights, where), _clusters(whole, clusters, where),
    )  # fmt: skip
    _check(sample, needed)
    return sample


def _weights(frame: pd.DataFrame, column: str | None, where: str) -> Array | None:
    if column is None:
        return None
    if not pd.api.types.is_numeric_dtype(frame[column]):
        raise DataError(f"the weights {column!r} are words", where=where, hint="Give numbers.")
    values = frame[column].to_numpy(np.float64)
    _finite(values, column, where)
    if (values <= 0).any():
        raise DataError(
            f"the weights {column!r} are not all positive", where=where,
            hint="Leave out the rows that count nothing.",
        )  # fmt: skip
    return np.asarray(values / values.mean())


def _clusters(frame: pd.DataFrame, column: str | None, where: str) -> npt.NDArray[np.intp] | None:
    if column is None:
        return None
    codes = np.unique(frame[column].to_numpy(), return_inverse=True)[1]
    if codes.max() < MIN_CLUSTERS - 1:
        raise DataError(
            f"the rows are of {codes.max() + 1} clusters of {column!r}, and {MIN_CLUSTERS} are needed",
            where=where, hint="With so few, nothing is known of how clusters differ.",
        )  # fmt: skip
    return np.asarray(codes, dtype=np.intp)


def _arms_seen(
    data: Dataset, whole: pd.DataFrame, treatment: str, outcome: str, where: str
) -> None:
    """Say so if a treatment's level never has the outcome."""
    every = _numbers(data.frame.iloc[:, list(data.columns).index(treatment)]).dropna()
    levels = sorted(every.unique())
    if 1 < len(levels) <= 5 and not isinstance(levels[0], str):
        seen = whole.loc[whole[outcome].notna(), treatment]
        for level in levels:
            if not (seen == level).any():
                raise DataError(
                    f"no row with {treatment} = {level:g} has the outcome {outcome!r} and all that is "
                    "adjusted for",
                    where=where,
                    hint="Nothing can be said of this arm: find its outcomes, or ask about other rows.",
                )


def complete_numbers(data: Dataset, names: Sequence[str]) -> Array:
    """Return columns as numbers, complete rows only, shape ``(n, len(names))``.

    Raises:
        DataError: for columns that are not there, words, infinite values, no complete row.
    """
    whole, _ = _complete(data, names, "Needed are")
    where = data.path or data.name
    for name in names:
        if not pd.api.types.is_numeric_dtype(whole[name]):
            raise DataError(
                f"column {name!r} holds words", where=where, hint="Code it with numbers."
            )
        _finite(whole[name].to_numpy(np.float64), name, where)
    return whole[list(names)].to_numpy(np.float64)


def coded(data: Dataset, names: Sequence[str]) -> tuple[npt.NDArray[np.intp], list[Array]]:
    """Return which of its levels each value is, shape ``(n, len(names))``, complete rows only, and the
    sorted levels of each column.

    Raises:
        DataError: as :func:`complete_numbers`.
    """
    pairs = [np.unique(values, return_inverse=True) for values in complete_numbers(data, names).T]
    return np.column_stack([code for _, code in pairs]), [levels for levels, _ in pairs]


def _complete(
    data: Dataset, needed: Sequence[str], hint: str, may_lack: str | None = None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The rows of the needed columns, complete but for one, and how many were left out for what."""
    where, columns = data.path or data.name, list(data.columns)
    if missing := [n for n in needed if n not in columns]:
        raise DataError(
            f"the data has no column {', '.join(map(repr, missing))}",
            where=where, hint=f"{hint} {', '.join(needed)}.",
        )  # fmt: skip
    frame = pd.DataFrame(
        {n: _numbers(data.frame.iloc[:, columns.index(n)]).to_numpy() for n in needed}
    )
    lacking = {n: int(count) for n, count in frame.isna().sum().items() if count}
    whole = frame.dropna(subset=[n for n in needed if n != may_lack]).reset_index(drop=True)
    if whole.empty:
        shown = ", ".join(f"{n} ({count} missing)" for n, count in lacking.items()) or "no rows"
        raise DataError("no row has all the values needed", where=where, hint=f"Look at {shown}.")
    return whole, {"rows": len(frame), "dropped": len(frame) - len(whole), "missing": lacking}


def _numbers(column: pd.Series[Any]) -> pd.Series[Any]:
    """Booleans and numbers as float64, anything else as text with missing values kept."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return pd.Series(column.astype("Float64").to_numpy(np.float64, na_value=np.nan))
    numbers = pd.to_numeric(column, errors="coerce")
    if bool((numbers.notna() == column.notna()).all()):
        return numbers.astype(np.float64)
    return column.astype(object).map(str, na_action="ignore")


def _finite(values: Array, name: str, where: str) -> None:
    if not np.isfinite(values).all():
        rows = np.flatnonzero(~np.isfinite(values))[:3]
        raise DataError(
            f"column {name!r} holds an infinite value",
            where=f"{where}, complete row {', '.join(str(r + 1) for r in rows)}",
        )


def _check(sample: Sample, needed: list[str]) -> None:
    frame, where = sample.frame, sample.where
    for name in needed:
        if sample.is_text(name):
            if name in (sample.treatment, sample.outcome):
                example = sorted(map(str, frame[name].unique()))[:3]
                raise DataError(
                    f"column {name!r} holds words ({', '.join(example)}), and an effect is a number",
                    where=where, hint="Code it with numbers, for instance 0 and 1.",
                )  # fmt: skip
            if (levels := frame[name].nunique()) > MOST_TEXT_LEVELS:
                raise DataError(
                    f"column {name!r} holds {levels} different words",
                    where=where, hint="Group them, or code them with numbers.",
                )  # fmt: skip
        else:
            values = sample.column(name)
            _finite(values[~np.isnan(values)], name, where)
    for what, name in (("treatment", sample.treatment), ("outcome", sample.outcome)):
        values = sample.column(name)
        values = values[~np.isnan(values)]
        if np.ptp(values) == 0:
            raise DataError(
                f"the {what} {name!r} has one value only ({values[0]:g}) in all "
                f"{len(values)} complete rows",
                where=where, hint="Without variation there is nothing to compare.",
            )  # fmt: skip
