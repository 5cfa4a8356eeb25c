"""Least squares with the HC3 covariance (MacKinnon & White 1985), and what to say when it fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph.errors import DataError
from queries.causal.sample import Array

__all__ = ["Regression", "independent", "regress", "shortly"]


@dataclass(frozen=True, eq=False)
class Regression:
    """A fitted regression.

    Attributes:
        coefficients: shape ``(k,)``.
        influence: shape ``(n, k)``: each row's pull on each coefficient, scaled by its leverage so
            that ``influence.T @ influence`` is the HC3 covariance.
        df: degrees of freedom, ``n - k``.
        r2: share of variance explained.
    """

    coefficients: Array
    influence: Array
    df: int
    r2: float

    @property
    def covariance(self) -> Array:
        """HC3 covariance of the coefficients, shape ``(k, k)``."""
        return self.influence.T @ self.influence


def independent(columns: Array) -> list[int]:
    """Return the positions of columns that are no linear combination of those before them (and of
    a constant)."""
    kept: list[int] = []
    basis = np.ones((len(columns), 1)) / np.sqrt(max(len(columns), 1))
    for k in range(columns.shape[1]):
        column = columns[:, k] - columns[:, k].mean()
        size = np.linalg.norm(column)
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        if size > 0 and np.linalg.norm(rest) > 1e-9 * size:
            kept.append(k)
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
    return kept


def shortly(labels: Sequence[str]) -> str:
    """Return names for a message: the first few, and how many more."""
    more = f" and {len(labels) - 6} more" if len(labels) > 6 else ""
    return ", ".join(labels[:6]) + more


def regress(
    y: Array,
    design: Array,
    labels: Sequence[str],
    where: str,
    weights: Array | None = None,
) -> Regression:
    """Fit ``y`` (shape ``(n,)``) on ``design`` (shape ``(n, k)``, constant included).

    With ``weights`` (positive, shape ``(n,)``) squared residuals count that much; the covariance stays
    the sandwich, so weights need not be inverse variances.

    Raises:
        DataError: naming the columns, if there are not more rows than coefficients or the columns
            are linearly dependent.
    """
    n, k = design.shape
    centre = float(np.average(y, weights=weights))
    if weights is not None:
        y, design = y * np.sqrt(weights), design * np.sqrt(weights)[:, None]
    if n <= k:
        raise DataError(
            f"{n} complete rows are too few for {k} coefficients ({shortly(labels)})",
            where=where,
            hint="Give more rows, or adjust for less.",
        )
    # columns of one size: units must not decide what counts as dependent
    size = np.linalg.norm(design, axis=0)
    q, r = np.linalg.qr(design / np.where(size > 0, size, 1.0))
    weak = np.flatnonzero(np.abs(np.diag(r)) < 1e-10)
    if len(weak):
        raise DataError(
            f"{labels[int(weak[0])]!r} is a linear combination of {shortly(labels[: int(weak[0])])}",
            where=where,
            hint="Leave one of them out.",
        )
    coefficients = np.linalg.solve(r, q.T @ y)
    residuals = y - q @ (q.T @ y)
    room = 1 - np.einsum("ij,ij->i", q, q)
    # a row that alone decides a coefficient is fitted exactly and says nothing about noise
    scaled = np.where(room > 1e-10, residuals / np.maximum(room, 1e-10), 0.0)
    influence = (q @ np.linalg.inv(r).T) * scaled[:, None]
    ones = 1.0 if weights is None else np.sqrt(weights)
    total = float(np.sum((y - centre * ones) ** 2))
    r2 = 1 - float(residuals @ residuals) / total if total > 0 else 0.0
    return Regression(coefficients / size, influence / size, n - k, r2)
