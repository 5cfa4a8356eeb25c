"""From a dataset to the columns an estimand needs: checked, complete rows, numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from graph.dataset import Dataset
from graph.errors import DataError
from queries.causal.results import Estimand

__all__ = ["Array", "Sample", "complete_numbers", "prepare"]

Array = npt.NDArray[np.float64]
MOST_TEXT_LEVELS = 50


@dataclass(frozen=True, eq=False)
class Sample:
    """Complete rows of the columns an estimand names.

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

    @property
    def n(self) -> int:
        """Rows used."""
        return len(self.frame)

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


def prepare(estimand: Estimand, data: Dataset) -> Sample:
    """Take what ``estimand`` needs from ``data``.

    Rows with a missing value in a needed column are left out and counted.

    Raises:
        DataError: for several treatments or outcomes, columns that are not there, words
            where numbers are needed, infinite values, no complete row, or a treatment or outcome
            with one value only.
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
    whole, diagnostics = _complete(data, needed, f"The estimand {estimand.query} needs")
    sample = Sample(whole, treatment, outcome, where, diagnostics)
    _check(sample, needed)
    return sample


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


def _complete(
    data: Dataset, needed: Sequence[str], hint: str
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The complete rows of the needed columns, and how many were left out for what."""
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
    whole = frame.dropna().reset_index(drop=True)
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
            _finite(sample.column(name), name, where)
    for what, name in (("treatment", sample.treatment), ("outcome", sample.outcome)):
        if np.ptp(sample.column(name)) == 0:
            raise DataError(
                f"the {what} {name!r} has one value only ({sample.column(name)[0]:g}) in all "
                f"{sample.n} complete rows",
                where=where, hint="Without variation there is nothing to compare.",
            )  # fmt: skip
