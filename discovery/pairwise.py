"""Which of two columns acts on the other, from these two alone, or an honest "not known".

Two columns without a third say little: every method here assumes that one acts on the other, without a hidden
common cause, and each sees another kind of asymmetry. They are combined by a model trained on simulated pairs
only, calibrated on kinds of mechanism that it never saw, and it abstains below a confidence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.errors import DataError, UsageError

__all__ = ["PairDirection", "direction"]

Floats = NDArray[np.float64]

_FEWEST_ROWS = 20
_MOST_ROWS = 20_000
_FEW_LEVELS = 12
"""two columns with at most so many different values each are compared as categories"""
_MOST_DISCRETE = math.log(0.85 / 0.15)
"""largest log odds that the criteria of categories are believed"""


@dataclass(frozen=True)
class PairDirection:
    """What two columns say about their direction.

    Attributes:
        direction: ``-->`` (x acts on y), ``<--``, or empty: not decided.
        confidence: calibrated probability that the likelier direction is right, if one of the two is; 0.5
            knows nothing. Below the required confidence nothing is decided.
        forward: that probability of x -> y.
        dependence: p-value of the independence of the two.
        kind: ``numeric`` or ``discrete``: which criteria were used.
        rows: how many rows were used.
        scores: each criterion; positive speaks for x -> y. Names and sources are in
            :mod:`discovery.functional.pair_features` and :mod:`~discovery.functional.pair_discrete`.
        notes: what was done with the data and why nothing was decided.
    """

    direction: Literal["-->", "<--", ""]
    confidence: float
    forward: float
    dependence: float
    kind: Literal["numeric", "discrete"]
    rows: int
    scores: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "direction": self.direction,
            "confidence": self.confidence,
            "forward": self.forward,
            "dependence": self.dependence,
            "kind": self.kind,
            "rows": self.rows,
            "scores": dict(self.scores),
            "notes": list(self.notes),
        }


def direction(
    x: Sequence[Any] | NDArray[Any] | pd.Series[Any],
    y: Sequence[Any] | NDArray[Any] | pd.Series[Any],
    weights: Sequence[float] | NDArray[np.float64] | None = None,
    *,
    min_confidence: float = 0.7,
    alpha: float = 0.01,
) -> PairDirection:
    """Say whether x acts on y or y on x.

    Numeric columns are compared by sixteen published criteria (additive and location-scale noise, IGCI, RECI,
    CDS, likelihood ratios), columns of few values or text by two for categories. Exchanging x and y
    turns the answer round; shift and positive scale of a column do not matter.

    Args:
        x, y: one column each, of the same length; rows with a missing value are left out and counted in
            ``notes``.
        weights: of the rows; rows are then drawn in proportion, without randomness.
        min_confidence: nothing is decided below it; between 0.5 and 1.
        alpha: level of the test of independence; independent columns have no direction.

    Raises:
        DataError: different lengths, infinite values, a constant column, fewer than 20 complete rows,
            weights that are negative or not finite.
        UsageError: ``min_confidence`` or ``alpha`` out of range.
    """
    if not 0.5 <= min_confidence < 1.0:
        raise UsageError(f"min_confidence must be from 0.5 to below 1, not {min_confidence}")
    if not 0.0 < alpha < 1.0:
        raise UsageError(f"alpha must be between 0 and 1, not {alpha}")
    first, second, notes = _columns(x, y, weights)
    levels = [int(c.nunique()) for c in (first, second)]
    numeric = [pd.api.types.is_numeric_dtype(c) and c.dtype != bool for c in (first, second)]
    if min(levels) < 2:
        raise DataError(
            f"{'x' if levels[0] < 2 else 'y'} is constant",
            hint="A direction needs two columns that vary.",
        )
    if max(levels) <= _FEW_LEVELS or not any(numeric):
        return _discrete(first, second, notes, min_confidence, alpha)
    for name, number, level in zip("xy", numeric, levels, strict=True):
        if not number and level > 2:
            notes.append(
                f"{name} is text with {level} values and the other column is numeric: there is no criterion "
                "for such pairs"
            )
            return PairDirection("", 0.5, 0.5, math.nan, "numeric", len(first), {}, tuple(notes))
    return _numeric(_values(first), _values(second), notes, min_confidence, alpha)


def _columns(x: Any, y: Any, weights: Any) -> tuple[pd.Series[Any], pd.Series[Any], list[str]]:
    first = pd.Series(x).reset_index(drop=True)
    second = pd.Series(y).reset_index(drop=True)
    if len(first) != len(second):
        raise DataError(
            f"x has {len(first)} rows and y {len(second)}",
            hint="Give two columns of the same rows.",
        )
    notes: list[str] = []
    complete = (first.notna() & second.notna()).to_numpy()
    share = np.ones(len(first))
    if weights is not None:
        share = np.asarray(weights, dtype=np.float64)
        if share.shape != (len(first),) or not np.isfinite(share).all() or (share < 0).any():
            raise DataError(
                "weights must be finite, not negative, and as many as rows",
                hint="Give one weight for each row, or none.",
            )
    if not complete.all():
        notes.append(f"{int((~complete).sum())} rows with missing values left out")
    rows = np.flatnonzero(complete & (share > 0))
    for name, column in (("x", first), ("y", second)):
        if pd.api.types.is_numeric_dtype(column):
            bad = np.flatnonzero(np.isinf(column.iloc[rows].to_numpy(dtype=np.float64)))
            if len(bad):
                shown = ", ".join(str(int(rows[k]) + 1) for k in bad[:5])
                raise DataError(
                    f"infinite values in {name}, rows {shown}", hint="Leave these rows out."
                )
    if len(rows) < _FEWEST_ROWS:
        raise DataError(
            f"only {len(rows)} complete rows", hint=f"At least {_FEWEST_ROWS} are needed."
        )
    if weights is not None and np.ptp(share[rows]) > 0:
        # systematic sampling: each row as often as its weight says, up to one
        ends = np.cumsum(share[rows]) / share[rows].sum()
        rows = rows[np.searchsorted(ends, (np.arange(len(rows)) + 0.5) / len(rows))]
        notes.append("rows were drawn in proportion to their weights")
    if len(rows) > _MOST_ROWS:
        rows = rows[np.linspace(0, len(rows) - 1, _MOST_ROWS).astype(np.int64)]
        notes.append(f"{_MOST_ROWS} of the rows were used, evenly spaced")
    return first.iloc[rows], second.iloc[rows], notes


def _values(column: pd.Series[Any]) -> Floats:
    """Return numbers; two values of text or bool become 0 and 1."""
    if pd.api.types.is_numeric_dtype(column) and column.dtype != bool:
        return np.asarray(column.to_numpy(dtype=np.float64), dtype=np.float64)
    return _codes(column).astype(np.float64)


def _codes(column: pd.Series[Any]) -> NDArray[np.int64]:
    plain = column if pd.api.types.is_numeric_dtype(column) else column.map(str)
    return np.asarray(np.unique(plain.to_numpy(), return_inverse=True)[1], dtype=np.int64)


def _numeric(
    x: Floats, y: Floats, notes: list[str], min_confidence: float, alpha: float
) -> PairDirection:
    from discovery.functional.pair_features import dependence, differences
    from discovery.functional.pair_model import shipped_model

    p_value = dependence(x, y)
    scores, context = differences(x, y)
    log_odds = shipped_model().of(scores, context)
    return _decide(log_odds, p_value, "numeric", len(x), scores, notes, min_confidence, alpha)


def _discrete(
    first: pd.Series[Any],
    second: pd.Series[Any],
    notes: list[str],
    min_confidence: float,
    alpha: float,
) -> PairDirection:
    from discovery.functional.pair_discrete import differences, g_test, inputs
    from discovery.functional.pair_model import shipped_model

    scores, table = differences(_codes(first), _codes(second))
    # on mechanisms that the model never saw more than this was not borne out
    log_odds = float(inputs(scores, table) @ shipped_model().discrete)
    log_odds = max(-_MOST_DISCRETE, min(_MOST_DISCRETE, log_odds))
    return _decide(
        log_odds, g_test(table), "discrete", len(first), scores, notes, min_confidence, alpha
    )


def _decide(
    log_odds: float,
    p_value: float,
    kind: Literal["numeric", "discrete"],
    rows: int,
    scores: Mapping[str, float],
    notes: list[str],
    min_confidence: float,
    alpha: float,
) -> PairDirection:
    forward = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, log_odds))))
    confidence = max(forward, 1.0 - forward)
    arrow: Literal["-->", "<--", ""] = ""
    if p_value > alpha:
        notes.append(f"the columns look independent (p = {p_value:.3g}): there is no direction")
    elif confidence < min_confidence:
        notes.append(
            f"not decided: confidence {confidence:.2f} is below the required {min_confidence:.2f}"
        )
    else:
        arrow = "-->" if log_odds > 0 else "<--"
    return PairDirection(
        arrow, confidence, forward, p_value, kind, rows, dict(scores), tuple(notes)
    )
