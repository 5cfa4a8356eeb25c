"""What columns look like: outliers, heavy tails, repeated rows, functions of one another. Reported, and
handled only where that cannot change a result's meaning."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from discovery.data.report import Issue, listing
from discovery.data.table import Kind

__all__ = ["describe", "functions", "monotone_copies", "patterns"]

Floats = NDArray[np.float64]

_FAR = 6.0
"""robust standard deviations from the median: an outlier"""
_HEAVY = 6.0
"""excess kurtosis of the exponential distribution: above it tails are called heavy"""
_FLAT = 0.95
"""share of rows with one value above which a column is nearly constant"""
_RARE = 5
"""rows below which a level is rare"""
_TRIPLES = 40
"""discrete columns up to which functions of two columns are looked for"""


def describe(
    values: Floats, names: Sequence[str], kinds: Sequence[Kind], ranked: bool, issues: list[Issue]
) -> None:
    """Report outliers, heavy tails and repeated rows of ``values`` [n, p] (NaN: missing)."""
    n = len(values)
    _levels(values, names, kinds, issues)
    columns = [j for j, kind in enumerate(kinds) if kind == "continuous"]
    advice = (
        "ranks used instead (nonparanormal)"
        if ranked
        else 'kept; transform="nonparanormal" works on ranks instead'
    )
    if columns:
        part = values[:, columns]
        gaps = bool(np.isnan(part).any())
        median = np.nanmedian if gaps else np.median
        middle = median(part, axis=0)
        spread = 1.4826 * median(np.abs(part - middle), axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            # wider for few rows, whose median deviation is unsure
            far = (np.abs(part - middle) > _FAR * (1 + 20 / n) * spread) & (spread > 0)
        counts = far.sum(axis=0)
        if counts.any():
            order = [int(k) for k in np.argsort(-counts, kind="stable") if counts[k]]
            said = ", ".join(f"{names[columns[k]]!r} ({counts[k]})" for k in order[:8])
            more = f" and {len(order) - 8} more columns" if len(order) > 8 else ""
            rows = np.flatnonzero(far.any(axis=1))
            where = ", ".join(str(r + 1) for r in rows[:5]) + (" ..." if len(rows) > 5 else "")
            issues.append(
                Issue(
                    "outliers",
                    tuple(names[columns[k]] for k in order),
                    f"values more than {_FAR:g} robust standard deviations out in {said}{more} "
                    f"(used rows {where})",
                    advice,
                    len(rows),
                )
            )
        if n >= 30:
            _heavy(part, [names[j] for j in columns], advice, issues)
        _repeated(values, issues)


def _levels(
    values: Floats, names: Sequence[str], kinds: Sequence[Kind], issues: list[Issue]
) -> None:
    """Report columns that hardly vary, and levels with few rows."""
    flat: list[str] = []
    rare: list[str] = []
    for j, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        column = values[:, j]
        column = column[~np.isnan(column)]
        if kind == "continuous":
            middle = np.median(column)  # a value that most rows have is the median
            if np.count_nonzero(column == middle) > _FLAT * len(column):
                flat.append(name)
            continue
        counts = np.unique(column, return_counts=True)[1]
        if counts.max() > _FLAT * len(column):
            flat.append(name)
        elif counts.min() < _RARE:
            rare.append(name)
    n = len(values)
    if flat:
        said = f"{listing(flat)} with one value in more than {_FLAT:.0%} of rows"
        issues.append(Issue("nearly constant", tuple(flat), said, "kept; they say little", n))
    if rare:
        said = f"{listing(rare)} with levels in fewer than {_RARE} rows"
        issues.append(Issue("rare levels", tuple(rare), said, "kept; they say little", n))


def _heavy(part: Floats, names: Sequence[str], advice: str, issues: list[Issue]) -> None:
    centred = part - np.nanmean(part, axis=0)
    square = centred * centred
    second = np.nanmean(square, axis=0)
    excess = np.nanmean(square * square, axis=0) / np.where(second > 0, second, 1.0) ** 2 - 3.0
    order = [int(k) for k in np.argsort(-excess, kind="stable") if excess[k] > _HEAVY]
    if order:
        said = ", ".join(f"{names[k]!r} ({excess[k]:.0f})" for k in order[:8])
        more = f" and {len(order) - 8} more columns" if len(order) > 8 else ""
        issues.append(
            Issue(
                "heavy tails",
                tuple(names[k] for k in order),
                f"heavy tails (excess kurtosis) in {said}{more}",
                advice,
                len(part),
            )
        )


def _repeated(values: Floats, issues: list[Issue]) -> None:
    seen: set[bytes] = set()
    again = np.zeros(len(values), dtype=bool)
    for i, row in enumerate(values + 0.0):  # -0.0 becomes 0.0
        key = row.tobytes()
        again[i] = key in seen
        seen.add(key)
    if again.any():
        first = ", ".join(str(r + 1) for r in np.flatnonzero(again)[:5])
        issues.append(
            Issue(
                "repeated rows",
                (),
                f"{int(again.sum())} rows repeat an earlier one exactly (first: used rows {first})",
                "kept; if they are the same unit, leave them out or name a clusters column",
                int(again.sum()),
            )
        )


def patterns(matrix: Floats, names: Sequence[str], limit: int = 5) -> str:
    """Return in words which gaps of ``matrix`` [n, p] go with the values of other columns, "" if none does.

    Values are missing completely at random only where nothing is found; the correlation of being missing
    with each column is tested at 0.001 over the number of pairs (Bonferroni).
    """
    gaps = np.isnan(matrix)
    holed = np.flatnonzero(gaps.any(axis=0) & ~gaps.all(axis=0))
    n, p = matrix.shape
    if not len(holed) or p < 2 or n < 10:
        return ""
    from scipy.stats import norm

    from discovery.data.table import pairwise

    marks = gaps[:, holed].astype(np.float64)
    r = pairwise(np.hstack([marks, matrix]), None)[: len(holed), len(holed) :]
    there = (~gaps).sum(axis=0)
    r[np.arange(len(holed)), holed] = 0.0
    z = np.abs(np.arctanh(np.clip(r, -0.999999, 0.999999))) * np.sqrt(np.maximum(there - 3, 0))
    level = norm.isf(0.0005 / (len(holed) * (p - 1)))
    best = np.argmax(z, axis=1)
    found = [(float(z[i, k]), i, int(k)) for i, k in enumerate(best) if z[i, k] > level]
    found.sort(key=lambda item: (-item[0], item[1]))
    said = [
        f"{names[holed[i]]!r} with {names[k]!r} (r = {r[i, k]:.2f})" for _, i, k in found[:limit]
    ]
    more = f" and {len(found) - limit} more" if len(found) > limit else ""
    return ", ".join(said) + more


def monotone_copies(
    values: Floats, names: Sequence[str], keep: list[int], issues: list[Issue]
) -> list[int]:
    """Set aside columns that put the rows in the same order as an earlier one (or the reverse), as a
    logarithm does: they are functions of it. With fewer than 20 values the same order may be chance, and
    only a linear function counts. Columns with missing values are left alone."""
    seen: dict[bytes, int] = {}
    kept: list[int] = []
    for j in keep:
        column = values[:, j]
        if np.isnan(column).any():
            kept.append(j)
            continue
        levels, ranks = np.unique(column, return_inverse=True)
        up = ranks.astype(np.int32)
        down = (len(levels) - 1 - up).astype(np.int32)
        first = seen.get(up.tobytes(), seen.get(down.tobytes()))
        linear = first is not None and abs(np.corrcoef(values[:, first], column)[0, 1]) > 1 - 1e-10
        if first is None or (len(levels) < 20 and not linear):
            seen.setdefault(up.tobytes(), j)
            kept.append(j)
            continue
        what = "a copy of" if linear else "a monotone function of"
        scale = " (up to scale)" if linear else ""
        issues.append(
            Issue(
                "copy",
                (names[first], names[j]),
                f"{names[j]!r} {what} {names[first]!r}{scale}",
                f"{names[j]!r} set aside",
                len(values),
            )
        )
    return kept


def functions(
    codes: Sequence[NDArray[np.int64]], names: Sequence[str], issues: list[Issue]
) -> list[int]:
    """Return the positions of discrete columns to use: renamed copies are set aside, and columns that are
    a function of one or two others are reported.

    Args:
        codes: of each column [n], from 0, without missing values.
    """
    n = len(codes[0]) if codes else 0
    sizes = [int(c.max()) + 1 for c in codes]
    kept: list[int] = []
    explained: set[int] = set()
    for j in range(len(codes)):
        twin = next((i for i in kept if _copied(codes[i], sizes[i], codes[j], sizes[j])), None)
        if twin is None:
            kept.append(j)
        else:
            text = f"{names[j]!r} a copy of {names[twin]!r} under other names"
            issues.append(
                Issue("copy", (names[twin], names[j]), text, f"{names[j]!r} set aside", n)
            )
    for j in kept:
        for i in kept:
            if i != j and sizes[j] > 1 and _function(codes[i], sizes[i], codes[j], sizes[j]):
                explained.add(j)
                _function_issue(names, (i,), j, n, issues)
    if len(kept) <= _TRIPLES:
        _functions_of_two(codes, sizes, names, [j for j in kept if j not in explained], issues)
    return kept


def _functions_of_two(
    codes: Sequence[NDArray[np.int64]],
    sizes: Sequence[int],
    names: Sequence[str],
    kept: list[int],
    issues: list[Issue],
) -> None:
    """Report columns that are a function of two others, the first two found for each."""
    if len(kept) < 3:
        return
    n = len(codes[0])
    head = np.column_stack([codes[j][:100] for j in kept])
    found: dict[int, tuple[int, int]] = {}
    for a, b in combinations(range(len(kept)), 2):
        i, k = kept[a], kept[b]
        size = sizes[i] * sizes[k]
        if size > n // 10:  # with as many combinations as rows everything is a function
            continue
        pair = codes[i] * sizes[k] + codes[k]
        # the first rows, brought together by the two columns' levels, rule nearly all columns out at once
        order = np.argsort(pair[:100], kind="stable")
        same = np.diff(pair[:100][order]) == 0
        differ = (np.diff(head[order], axis=0) != 0)[same].any(axis=0)
        for c in np.flatnonzero(~differ).tolist():
            j = kept[c]
            if c not in (a, b) and j not in found and _function(pair, size, codes[j], sizes[j]):
                found[j] = (i, k)
    for j in sorted(found):
        _function_issue(names, found[j], j, n, issues)


def _function(x: NDArray[np.int64], kx: int, y: NDArray[np.int64], ky: int) -> bool:
    """Whether each value of x comes with one value of y."""
    for part in (slice(0, 100), slice(None)):
        cells = np.bincount(x[part] * ky + y[part], minlength=kx * ky).reshape(kx, ky)
        if int((cells > 0).sum(axis=1).max()) > 1:
            return False
    return True


def _copied(x: NDArray[np.int64], kx: int, y: NDArray[np.int64], ky: int) -> bool:
    return kx == ky and _function(x, kx, y, ky) and _function(y, ky, x, kx)


def _function_issue(
    names: Sequence[str], of: tuple[int, ...], j: int, n: int, issues: list[Issue]
) -> None:
    sources = [names[i] for i in of]
    issues.append(
        Issue(
            "determined",
            (names[j], *sources),
            f"{names[j]!r} a function of {listing(sources)} in every row",
            f"kept; no test can tell what acts on {names[j]!r} beside {listing(sources)}",
            n,
        )
    )
