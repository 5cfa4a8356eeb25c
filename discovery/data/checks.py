"""What can be wrong with columns: infinite values, constants, copies, columns that others determine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from discovery.data.report import Issue, listing
from graph.errors import DataError

__all__ = ["determined", "refuse_infinite", "varying"]

Floats = NDArray[np.float64]

_SAME = 1e-10
"""share of a column's variance left after the columns before it: below this it is determined"""


def refuse_infinite(found: dict[str, Floats], where: str) -> None:
    """Refuse infinite values.

    Raises:
        DataError: columns and first rows are named.
    """
    bad = {c: np.flatnonzero(np.isinf(v)) for c, v in found.items() if np.isinf(v).any()}
    if bad:
        said = "; ".join(
            f"{c!r} in row{'s' if len(r) > 1 else ''} {', '.join(str(i + 1) for i in r[:5])}"
            + (f" and {len(r) - 5} more" if len(r) > 5 else "")
            for c, r in bad.items()
        )
        raise DataError(
            f"infinite values: {said}", where=where, hint="Replace them or leave these rows out."
        )


def varying(matrix: Floats, names: Sequence[str], issues: list[Issue]) -> list[int]:
    """Return the columns of ``matrix`` [n, p] that vary; constant ones are reported. No column may be
    all NaN."""
    if not matrix.size:
        return []
    low, high = np.nanmin(matrix, axis=0), np.nanmax(matrix, axis=0)
    constant = high - low <= 1e-12 * np.maximum(np.abs(low), np.abs(high))
    if constant.any():
        gone = [names[i] for i in np.flatnonzero(constant)]
        issues.append(
            Issue("constant", tuple(gone), f"{listing(gone)} constant", "set aside", len(matrix))
        )
    return [int(i) for i in np.flatnonzero(~constant)]


def determined(
    matrix: Floats, names: Sequence[str], keep: list[int], issues: list[Issue]
) -> list[int]:
    """Set aside columns that earlier ones determine linearly, by Gram-Schmidt with
    re-orthogonalisation; return the others. Rows with missing values say nothing here; where too few
    rows are complete only copies are looked for, pair by pair."""
    gaps = np.isnan(matrix[:, keep])
    if gaps.any():
        complete = ~gaps.any(axis=1)
        if int(complete.sum()) < len(keep) + 10:
            return _copies_by_pair(matrix, names, keep, issues)
        matrix = matrix[complete]
        flat = np.ptp(matrix[:, keep], axis=0) == 0
        aside = [k for k, f in zip(keep, flat, strict=True) if f]
        keep = [k for k, f in zip(keep, flat, strict=True) if not f]
        return sorted(aside + determined(matrix, names, keep, issues))
    n = len(matrix)
    # as many columns as degrees of freedom determine all others: only those before are looked at
    if len(keep) < 2 or _independent(matrix[:, keep[: n - 1]]):
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


def _copies_by_pair(
    matrix: Floats, names: Sequence[str], keep: list[int], issues: list[Issue]
) -> list[int]:
    from discovery.data.table import pairwise

    part = matrix[:, keep]
    there = (~np.isnan(part)).astype(np.float64)
    both = there.T @ there
    same = (np.abs(pairwise(part, None)) > 1 - _SAME) & (both >= 5)
    kept: list[int] = []
    for j, i in enumerate(keep):
        partners = [k for k in range(j) if same[k, j] and keep[k] in kept]
        if partners:
            issues.append(_copy(names[keep[partners[0]]], names[i], int(both[partners[0], j])))
        else:
            kept.append(i)
    return kept


def _independent(matrix: Floats) -> bool:
    """Whether a factor of the columns says at once that none is near the span of those before it."""
    n, p = matrix.shape
    if 2 * p > n:  # correlations of so many columns are too near to singular
        centred = matrix - matrix.mean(axis=0)
        triangle = np.linalg.qr(centred / np.linalg.norm(centred, axis=0), mode="r")
        return bool((np.diag(triangle) ** 2 > 100 * _SAME).all())
    try:
        factor = np.linalg.cholesky(np.corrcoef(matrix, rowvar=False))
    except np.linalg.LinAlgError:
        return False
    return bool((np.diag(factor) ** 2 > 100 * _SAME).all())


def _copy(first: str, second: str, rows: int) -> Issue:
    return Issue(
        "copy",
        (first, second),
        f"{second!r} a copy of {first!r} (up to scale)",
        f"{second!r} set aside",
        rows,
    )


def _determined_issue(
    matrix: Floats, names: Sequence[str], kept: list[int], i: int, column: Floats
) -> Issue:
    others = matrix[:, kept] - matrix[:, kept].mean(axis=0)
    others = others / np.linalg.norm(others, axis=0)
    for position, k in enumerate(kept):
        if abs(float(others[:, position] @ column)) > 1 - _SAME:
            return _copy(names[k], names[i], len(matrix))
    weights = np.linalg.lstsq(others, column, rcond=None)[0]
    part = [names[k] for k, w in zip(kept, weights, strict=True) if abs(w) > 1e-6]
    return Issue(
        "determined", (names[i], *part), f"{names[i]!r} determined by {listing(part)}",
        f"{names[i]!r} set aside", len(matrix),
    )  # fmt: skip
