"""Whether what is compared is comparable: overlap of the arms, balance of what is adjusted for before and
after weighting, rows that stand for many others."""

from __future__ import annotations

from typing import Any

import numpy as np

from graph.errors import DataError
from queries.causal.sample import Array, Sample

__all__ = ["arms_report", "dose_report", "logistic", "need_overlap", "quick_report"]

BINS = 20
EXTREME = 0.01
"""propensities beyond this and one minus it are called extreme"""
ALMOST_ALL = 0.9
UNBALANCED = 0.1
"""standardised difference that is called imbalance (Austin 2009)"""


def arms_report(
    labels: list[str],
    z: Array,
    treated: Array,
    score: Array,
    weights: Array,
    levels: tuple[float, float],
    w: Array,
) -> dict[str, Any]:
    """Return what a reader needs to distrust a comparison of two arms, as plain data.

    Args:
        z: what is adjusted for, shape ``(n, k)``.
        treated: 0 or 1 a row.
        score: the propensity of each row, before trimming.
        weights: what each row stands for when the arms are compared.
        w: what each row counts.
    """
    low, high = f"{levels[0]:g}", f"{levels[1]:g}"
    on = treated == 1
    before = _differences(z, on, w)
    after = _differences(z, on, w * weights)
    edges = np.linspace(0, 1, BINS + 1)
    extreme = int(np.sum((score < EXTREME) | (score > 1 - EXTREME)))
    told: dict[str, Any] = {
        "arms": {low: int((~on).sum()), high: int(on.sum())},
        "propensity": {
            "lowest": float(score.min()), "highest": float(score.max()), "extreme": extreme,
            "counts": {
                low: np.histogram(score[~on], edges)[0].tolist(),
                high: np.histogram(score[on], edges)[0].tolist(),
            },
        },
        "effective_rows": {
            name: float(np.sum((w * weights)[rows]) ** 2 / np.sum((w * weights)[rows] ** 2))
            for name, rows in ((low, ~on), (high, on))
        },
        "largest_share": float(max(np.max((w * weights)[r]) / np.sum((w * weights)[r]) for r in (on, ~on))),
        "standardised_differences": dict(zip(labels, before, strict=True)),
        "differences_after": dict(zip(labels, after, strict=True)),
    }  # fmt: skip
    told["warnings"] = _warnings(told, len(treated))
    return told


def dose_report(labels: list[str], z: Array, x: Array, w: Array) -> dict[str, Any]:
    """Return how a treatment of many values goes with what is adjusted for: correlations, and the share
    of its variance that is left to compare."""
    if not z.shape[1]:
        return {"correlations": {}, "left_of_treatment": 1.0, "warnings": []}
    root = np.sqrt(w)[:, None]
    design = np.column_stack([np.ones(len(x)), z]) * root
    rest = (x[:, None] * root)[:, 0] - design @ np.linalg.lstsq(design, x * root[:, 0], rcond=None)[
        0
    ]
    centred = x - np.average(x, weights=w)
    left = float(np.sum(rest**2) / np.sum(w * centred**2))
    apart = z - np.average(z, axis=0, weights=w)
    size = np.sqrt(np.sum(w[:, None] * apart**2, axis=0) * np.sum(w * centred**2))
    shared = (w * centred) @ apart / np.where(size > 0, size, 1.0)
    warnings = []
    if left < 0.1:
        warnings.append(
            f"what is adjusted for explains {1 - left:.0%} of the treatment: little is left to compare"
        )
    return {
        "correlations": {k: round(float(v), 4) for k, v in zip(labels, shared, strict=True)},
        "left_of_treatment": left,
        "warnings": warnings,
    }


def quick_report(sample: Sample, names: tuple[str, ...]) -> dict[str, Any]:
    """The report for an estimator that has no propensities of its own: by a logistic regression, or, for
    a treatment of many values, correlations."""
    labels, z = sample.covariates(names)
    levels = np.unique(sample.x)
    if len(levels) != 2:
        return dose_report(labels, z, sample.x, sample.w)
    treated = (sample.x == levels[1]).astype(np.float64)
    score = logistic(z, treated, sample.w)[0]
    clipped = np.clip(score, EXTREME, 1 - EXTREME)
    weights = np.where(treated == 1, 1 / clipped, 1 / (1 - clipped))
    return arms_report(
        labels, z, treated, score, weights, (float(levels[0]), float(levels[1])), sample.w
    )


def need_overlap(sample: Sample, names: tuple[str, ...]) -> None:
    """Refuse to compare two arms of which hardly a unit could have been in the other.

    Raises:
        DataError: if, in both arms, nine rows in ten have a propensity beyond 0.01 or 0.99 for their own arm.
    """
    levels = np.unique(sample.x)
    labels, z = sample.covariates(names)
    if len(levels) != 2 or not labels:
        return
    on = sample.x == levels[1]
    score = logistic(z, on.astype(np.float64), sample.w)[0]
    apart = float(np.mean(score[on] > 1 - EXTREME)), float(np.mean(score[~on] < EXTREME))
    if min(apart) > ALMOST_ALL:
        raise DataError(
            f"the arms of {sample.treatment!r} do not overlap: what is adjusted for ({', '.join(names)}) tells them "
            f"apart in {min(apart):.0%} of the rows",
            where=sample.where,
            hint="Restrict the data to units that could have had either value, or adjust for less.",
        )


def logistic(z: Array, target: Array, w: Array, ridge: float = 1e-4) -> tuple[Array, Array, Array]:
    """Return the chances by a logistic regression with a constant, the design, shape ``(n, k + 1)``, and
    the inverse information of the penalised likelihood.

    Columns are standardised first; ``ridge`` keeps the coefficients finite where the arms separate.
    """
    scale = z.std(axis=0)
    columns = (z - z.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    design = np.column_stack([np.ones(len(target)), columns])
    penalty = ridge * len(target) * np.eye(design.shape[1])
    penalty[0, 0] = 0.0
    beta = np.zeros(design.shape[1])
    chance = np.full(len(target), 0.5)
    for _ in range(60):
        chance = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        information = design.T @ (design * (w * chance * (1 - chance))[:, None]) + penalty
        step = np.linalg.lstsq(
            information, design.T @ (w * (target - chance)) - penalty @ beta, rcond=None
        )[0]
        beta += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    chance = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
    information = design.T @ (design * (w * chance * (1 - chance))[:, None]) + penalty
    return chance, design, np.asarray(np.linalg.pinv(information))


def _differences(z: Array, on: Any, w: Array) -> list[float | None]:
    """Standardised differences; the spread is that of the unweighted arms, so that before and after are on
    one scale."""
    found: list[float | None] = []
    for column in z.T:
        a, b = column[on], column[~on]
        spread = float(np.sqrt((a.var() + b.var()) / 2))
        apart = float(np.average(a, weights=w[on]) - np.average(b, weights=w[~on]))
        found.append(round(apart / spread, 4) if spread > 0 else None)
    return found


def _warnings(told: dict[str, Any], n: int) -> list[str]:
    warnings = []
    extreme = told["propensity"]["extreme"]
    if extreme:
        warnings.append(
            f"{extreme} of {n} rows could hardly have been in the other arm (propensity beyond {EXTREME} "
            f"and {1 - EXTREME})"
        )
    after = {k: v for k, v in told["differences_after"].items() if v is not None}
    worst = max(after, key=lambda k: abs(after[k]), default=None)
    if worst is not None and abs(after[worst]) > UNBALANCED:
        warnings.append(
            f"{worst} still differs between the arms after weighting, by {abs(after[worst]):.2f} standard "
            "deviations"
        )
    for arm, rows in told["effective_rows"].items():
        if rows < 0.2 * told["arms"][arm]:
            warnings.append(
                f"the arm {arm} counts as {rows:.0f} rows, of {told['arms'][arm]}: few rows stand for many"
            )
    return warnings
