"""Counterfactual formulas on a table of discrete columns: frequencies in, probabilities out, bootstrapped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from graph.dataset import Dataset
from graph.errors import DataError, RefusedError
from queries.causal.counterfactual_expression import evaluate
from queries.causal.counterfactual_results import (
    CounterfactualEstimand,
    CounterfactualRefusal,
    in_words,
)
from queries.causal.table import Array, Table

__all__ = [
    "CounterfactualEstimate",
    "DiscreteTable",
    "distribution",
    "estimate_counterfactual",
    "level_of",
]

MOST_LEVELS = 12
MOST_CELLS = 100_000
CHUNK = 2_000_000
SHORT = 1e-9


@dataclass(frozen=True, eq=False)
class DiscreteTable:
    """Frequencies of discrete columns, complete rows only.

    Attributes:
        names: columns, sorted.
        levels: column -> its values, sorted; numbers where all are.
        counts: shape ``(levels of names[0], ...)``.
        n: rows.
        dropped: rows left out for a missing value.
    """

    names: tuple[str, ...]
    levels: Mapping[str, npt.NDArray[Any]]
    counts: npt.NDArray[np.int64]
    n: int
    dropped: int
    where: str

    @classmethod
    def of(cls, data: Dataset, names: Iterable[str]) -> DiscreteTable:
        """Count the columns ``names``.

        Raises:
            DataError: for columns that are not there, more than 12 values in one, too many cells, or no
                complete row.
        """
        import pandas as pd

        names = tuple(sorted(set(names)))
        where = data.path or data.name
        if absent := [n for n in names if n not in data.columns]:
            raise DataError(
                f"the data has no column {', '.join(map(repr, absent))}",
                where=where, hint=f"Needed are {', '.join(names)}.",
            )  # fmt: skip
        at = [data.columns.index(n) for n in names]
        frame = data.frame.iloc[:, at]
        whole = frame.dropna()
        if whole.empty:
            raise DataError("no row has all the values needed", where=where, hint=f"Look at {', '.join(names)}.")  # fmt: skip
        codes: list[npt.NDArray[np.intp]] = []
        levels: dict[str, npt.NDArray[Any]] = {}
        shape: list[int] = []
        for k, name in enumerate(names):
            column = whole.iloc[:, k]
            numbers = pd.to_numeric(column, errors="coerce")
            values = column.astype(str) if numbers.isna().any() else numbers.astype(float)
            found, code = np.unique(values.to_numpy(), return_inverse=True)
            if len(found) > MOST_LEVELS:
                raise DataError(
                    f"column {name!r} has {len(found)} values, and the formula is evaluated on at most "
                    f"{MOST_LEVELS}",
                    where=where, hint="Group them.",
                )  # fmt: skip
            levels[name] = found
            shape.append(len(found))
            codes.append(code)
        if (cells := int(np.prod(shape))) > MOST_CELLS:
            raise DataError(f"the table of {', '.join(names)} would have {cells:,} cells", where=where, hint="Group values.")  # fmt: skip
        flat = np.ravel_multi_index(tuple(codes), tuple(shape)) if names else np.zeros(len(whole), int)  # fmt: skip
        counts = np.bincount(flat, minlength=cells).reshape(shape)
        return cls(names, levels, counts, len(whole), len(frame) - len(whole), where)

    def shares(self, draws: npt.NDArray[np.int64] | None = None) -> Table:
        """The joint distribution, or those of resampled counts of shape ``(batch, cells)``."""
        counts = self.counts.reshape(1, -1) if draws is None else draws
        return Table(self.names, counts.reshape(-1, *self.counts.shape) / self.n)

    def resamples(self, number: int, seed: int) -> Iterable[Table]:
        """Bootstrapped joint distributions, in batches."""
        rng = np.random.default_rng(seed)
        step = max(1, CHUNK // self.counts.size)
        flat = self.counts.ravel() / self.n
        for start in range(0, number, step):
            yield self.shares(rng.multinomial(self.n, flat, size=min(step, number - start)))


def level_of(levels: npt.NDArray[Any], label: str, name: str, where: str) -> int:
    """Return the position of a label among a column's values.

    Raises:
        DataError: if it is not among them.
    """
    for k, level in enumerate(levels):
        if isinstance(level, str):
            if level == label:
                return k
            continue
        try:
            if float(label) == float(level):
                return k
        except ValueError:
            break
    shown = ", ".join(f"{v:g}" if not isinstance(v, str) else v for v in levels)
    raise DataError(f"column {name!r} never is {label!r}", where=where, hint=f"Its values are {shown}.")  # fmt: skip


def distribution(
    estimand: CounterfactualEstimand,
    data: DiscreteTable,
    joint: Table,
    every: Collection[tuple[str, str | None]] = (),
) -> Table:
    """Return the formula's value in each distribution of a batch, one axis an open variable.

    ``every`` holds (variable, label) pairs that are left open too.

    Where the formula meets conditions that never occur, what they would carry is missing from the sum.
    """
    found = evaluate(estimand.expression, joint, estimand.variable_of)
    for symbol, (variable, label) in sorted(estimand.symbols.items()):
        if label is not None and symbol in found.names and (variable, label) not in every:
            at = level_of(data.levels[variable], label, variable, data.where)
            found = found.take(symbol, at)
    if free := estimand.anywhere:
        # the formula is the same at every value: average it, so that all rows count
        found = found.multiply(joint.marginal(free)).sum(free)
    return found


@dataclass(frozen=True, slots=True)
class CounterfactualEstimate:
    """A counterfactual probability, or distribution, from data.

    Attributes:
        values: text of the open variables' values (empty if the event leaves none open) ->
            (probability, lower end, upper end of the 95 % interval).
        n: rows used.
        estimand: what is estimated.
        diagnostics: rows dropped, cells, bootstraps without support.
    """

    values: Mapping[str, tuple[float, float, float]]
    n: int
    data_hash: str
    estimand: CounterfactualEstimand
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    identified: ClassVar[bool] = True

    def __hash__(self) -> int:
        return hash((self.estimand, self.n, self.data_hash))

    @property
    def value(self) -> float:
        """The probability, where the event leaves no value open."""
        return next(iter(self.values.values()))[0]

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold."""
        return self.estimand.assumptions

    @property
    def explanation(self) -> str:
        """One paragraph for people."""
        asked = in_words(self.estimand.event, self.estimand.given)
        told = "; ".join(
            f"{f'{name}: ' if name else ''}{p:.1%} (95 % interval {low:.1%} to {high:.1%})"
            for name, (p, low, high) in self.values.items()
        )
        return f"{asked}: {told}, from {self.n:,} rows."

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "values": [
                {"is": name, "probability": p, "ci_low": low, "ci_high": high}
                for name, (p, low, high) in self.values.items()
            ],
            "n": self.n,
            "data_hash": self.data_hash,
            "explanation": self.explanation,
            "assumptions": list(self.assumptions),
            "diagnostics": dict(self.diagnostics),
            "estimand": self.estimand.to_json(),
        }


def estimate_counterfactual(
    estimand: CounterfactualEstimand | CounterfactualRefusal,
    data: Dataset,
    *,
    bootstraps: int = 400,
    seed: int = 0,
) -> CounterfactualEstimate:
    """Evaluate a counterfactual formula on a table of discrete columns.

    Intervals are percentiles of multinomial bootstraps.

    Raises:
        RefusedError: for a refusal, or a formula that reads experiments.
        DataError: for missing columns, values that never occur, or cells without rows.
    """
    if isinstance(estimand, CounterfactualRefusal):
        estimand.raise_()
    if estimand.experiments:
        raise RefusedError(
            f"{estimand.query} needs an experiment that sets {', '.join(estimand.experiments[0])}; one table "
            "of observations does not hold it",
            where=estimand.query,
        )
    opened = tuple(sorted(t.variable for t in estimand.event if t.value is None))
    named = {v for v, _ in estimand.symbols.values()} | set(opened)
    table = DiscreteTable.of(data, named)

    def probabilities(joint: Table) -> tuple[Array, Array]:
        found = distribution(estimand, table, joint)
        values = np.broadcast_to(
            found.spread(opened), (joint.batch, *(len(table.levels[n]) for n in opened))
        ).reshape(joint.batch, -1)
        return values, _short(estimand, table, joint)

    point, short = probabilities(table.shares())
    if short[0] > SHORT or not np.isfinite(point).all():
        raise DataError(
            "the formula needs combinations of values that no row has",
            where=table.where, hint="Join rare levels, or give more rows.",
        )  # fmt: skip
    kept = []
    for joint in table.resamples(bootstraps, seed):
        values, missing = probabilities(joint)
        kept.append(values[missing <= SHORT])
    drawn = np.concatenate(kept)
    if len(drawn) < bootstraps / 2:
        raise DataError(
            "in most resamples a combination of values that the formula needs is missing",
            where=table.where, hint="Join rare levels, or give more rows.",
        )  # fmt: skip
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    labels = _labels(table, opened)
    diagnostics = {
        "dropped": table.dropped, "cells": int(table.counts.size),
        "empty_cells": int((table.counts == 0).sum()), "bootstraps": len(drawn), "seed": seed,
    }  # fmt: skip
    values_ = {
        label: (float(p), float(a), float(b))
        for label, p, a, b in zip(labels, point[0], low, high, strict=True)
    }
    return CounterfactualEstimate(values_, table.n, data.hash, estimand, diagnostics)


def _short(estimand: CounterfactualEstimand, table: DiscreteTable, joint: Table) -> Array:
    """The weight that the formula meets where nothing was seen: what its sum over all that the event
    might have been falls short of 1 by. Not told (0) where a value of the event stands elsewhere too."""
    fixed: set[tuple[str, object]] = {(t.variable, t.value) for t in estimand.given}
    fixed |= {(k, v) for t in (*estimand.event, *estimand.given) for p in t.walk() for k, v in p.do}
    asked = [(t.variable, t.value) for t in estimand.event]
    if len(set(asked)) < len(asked) or set(asked) & fixed or estimand.method in ("certain", "impossible"):  # fmt: skip
        return np.zeros(joint.batch)
    whole = distribution(estimand, table, joint, every={k for k in asked if k[1] is not None})
    short: Array = np.abs(1 - whole.values.reshape(joint.batch, -1).sum(axis=1))
    return short


def _labels(table: DiscreteTable, opened: tuple[str, ...]) -> list[str]:
    found = [""]
    for name in opened:
        shown = [f"{name}={v if isinstance(v, str) else f'{v:g}'}" for v in table.levels[name]]
        found = [f"{a}, {b}" if a else b for a in found for b in shown]
    return found
