"""From a dataset to a table: every check in one pass, nothing dropped in silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from discovery.data.checks import determined, refuse_infinite, varying
from discovery.data.encode import Encode, encode_columns
from discovery.data.impute import imputed
from discovery.data.report import DataReport, Issue, listing
from discovery.data.roles import (
    Targets,
    read_clusters,
    read_targets,
    read_weights,
    role_columns,
    without,
)
from discovery.data.shape import describe, functions, monotone_copies, patterns
from discovery.data.table import Kind, Table, kinds_of
from discovery.data.transform import nonparanormal
from graph.dataset import Dataset
from graph.errors import DataError, UsageError

__all__ = ["Missing", "Transform", "prepare"]

Missing = Literal["refuse", "drop", "testwise", "impute"]
Transform = Literal["nonparanormal"]

Floats = NDArray[np.float64]


def prepare(
    dataset: Dataset,
    *,
    missing: Missing = "refuse",
    categories: bool = False,
    transform: Transform | None = None,
    weights: str | None = None,
    clusters: str | None = None,
    targets: Targets | None = None,
    encode: Encode = "aside",
    levels: Mapping[str, Sequence[Any]] | None = None,
    leave_out: Sequence[str] = (),
) -> Table:
    """Check a dataset and take the columns that a search can use.

    Text and constant columns, and columns determined by others (copies, sums), are set aside and
    reported. With ``categories`` text columns are coded as 0, 1, 2 ... in the order of their values and
    used.

    Args:
        missing: what to do about missing values: ``refuse`` them; ``drop`` incomplete rows;
            ``testwise``: keep them, each test uses the rows complete in its columns; ``impute``: draw
            them, see :func:`discovery.data.imputations`.
        categories: use text columns as levels without order.
        transform: ``nonparanormal``: replace continuous columns by normal scores of their ranks
            (:func:`discovery.data.nonparanormal`).
        weights: a column of row weights, 0 or more.
        clusters: a column that names the group of each row (a family, a plate, a patient).
        targets: which columns were intervened upon in which rows, see :data:`Targets`.
        encode: without ``categories``, set text columns ``aside`` or make ``indicators`` of their levels.
        levels: the order of the levels of columns, lowest first; they become 0, 1, 2 ...
        leave_out: columns not to look at.

    Raises:
        DataError: infinite or missing values (columns, counts and first rows named), a column without
            any value, fewer than two usable columns, or fewer than five usable rows.
        UsageError: ``missing`` or a column's role is something else.
    """
    if missing not in ("refuse", "drop", "testwise", "impute"):
        raise UsageError(
            f"missing={missing!r} is not known",
            hint='Choose "refuse", "drop", "testwise" or "impute".',
        )
    if transform not in (None, "nonparanormal"):
        raise UsageError(f"transform={transform!r} is not known", hint='Choose "nonparanormal".')
    where = dataset.path or dataset.name
    frame = dataset.frame
    issues = [Issue("source", (), note, "as chosen when reading") for note in dataset.notes]
    frame = frame.set_axis(list(dataset.columns), axis=1)
    roles = role_columns(dataset.columns, weights, clusters, targets, where)
    roles += _left_out(leave_out, roles, dataset.columns, where, issues)
    columns = tuple(c for c in dataset.columns if c not in roles)
    row_weights = None if weights is None else read_weights(frame, weights, where, issues)
    row_clusters = None if clusters is None else read_clusters(frame, clusters, where, issues)
    row_targets = None if targets is None else read_targets(frame, targets, columns, where, issues)

    encoded = encode_columns(frame, roles, categories, encode, levels, where, issues)
    refuse_infinite(encoded.found, where)
    names = list(encoded.found)
    matrix = np.column_stack(list(encoded.found.values())) if names else np.empty((len(frame), 0))
    rows = np.ones(len(frame), dtype=bool) if row_weights is None else row_weights > 0
    rows &= _complete(matrix, names, missing, where, issues)
    matrix = matrix[rows]
    if len(matrix) < 5:
        raise DataError(
            f"only {len(matrix)} usable rows", where=where, hint="At least 5 are needed."
        )
    _refuse_unseen(matrix, names, where)
    keep = varying(matrix, names, issues)
    levelled = [c in encoded.nominal or c in encoded.levelled for c in names]
    kinds = kinds_of(matrix, levelled)
    if categories:
        discrete = [j for j in keep if kinds[j] == "discrete"]
        numbers = [j for j in keep if kinds[j] == "continuous"]
        keep = sorted(
            _related_levels(matrix, names, discrete, issues)
            + determined(matrix, names, numbers, issues)
        )
    else:
        keep = determined(matrix, names, keep, issues)
    keep = monotone_copies(matrix, names, keep, issues)
    if len(keep) < 2:
        said = "; ".join(i.text for i in issues) or f"{len(columns)} columns"
        raise DataError(
            f"{'only one usable column' if keep else 'no usable column'}: {said}",
            where=where,
            hint="A search needs at least two numeric columns that vary.",
        )
    used = tuple(names[i] for i in keep)
    kinds = tuple(kinds[i] for i in keep)
    values = np.ascontiguousarray(matrix[:, keep])
    if row_weights is not None:
        row_weights = row_weights[rows] / row_weights[rows].mean()
    describe(values, used, kinds, transform is not None, issues)
    if transform is not None:
        _rank(values, kinds, used, row_weights, issues)
    if row_targets is not None:
        position = {c: j for j, c in enumerate(columns)}
        lost = [c for c in columns if c not in used and row_targets[:, position[c]].any()]
        without(issues, row_targets[:, [position[c] for c in lost]], lost)
        row_targets = row_targets[rows][:, [position[c] for c in used]]
    gaps = np.isnan(values)
    table = Table(
        values,
        used,
        DataReport(len(frame), len(matrix), dataset.columns, used, ()),
        dataset.name,
        frozenset(encoded.nominal.intersection(used)),
        weights=row_weights,
        targets=row_targets,
        clusters=None if row_clusters is None else row_clusters[rows],
        kinds=kinds,
        gaps=gaps if gaps.any() else None,
    )
    if missing == "impute":
        table = imputed(table)
    _report_rows(table, issues)
    return replace(table, report=replace(table.report, issues=tuple(issues)))


def _left_out(
    names: Sequence[str],
    roles: Sequence[str],
    columns: Sequence[str],
    where: str,
    issues: list[Issue],
) -> tuple[str, ...]:
    """Return the columns not to look at.

    Raises:
        UsageError: one is not there, or has a role.
    """
    for name in names:
        if name not in columns or name in roles:
            raise UsageError(
                f"leave_out={name!r}: "
                + ("it is needed to describe rows" if name in roles else "no such column"),
                where=where,
                hint=f"Its columns are {', '.join(columns)}.",
            )
    if names:
        issues.append(Issue("left out", tuple(names), listing(names), "left out as asked"))
    return tuple(names)


def _report_rows(table: Table, issues: list[Issue]) -> None:
    """Report too few rows for the columns, and rows that are alike within groups."""
    if table.n <= table.p:
        issues.append(
            Issue(
                "more columns than rows",
                table.columns,
                f"{table.p} columns and only {table.n} rows",
                "tests have little power; where a model needs all columns at once, correlations are shrunk "
                f"by {table.shrinkage:.0%}",
                table.n,
            )
        )
    if table.design_effect > 1.05:
        issues.append(
            Issue(
                "clusters",
                (),
                f"rows of a group are alike: {table.n} rows are worth {table.n / table.design_effect:.0f} "
                "independent ones for the columns most alike",
                "Fisher's z and scores count so many; other tests count every row, so judge edges by "
                "bootstraps of whole groups",
                table.n,
            )
        )


def _refuse_unseen(matrix: Floats, names: Sequence[str], where: str) -> None:
    """Refuse a column that has values, but none in the rows used."""
    unseen = [c for c, gone in zip(names, np.isnan(matrix).all(axis=0), strict=True) if gone]
    if unseen:
        raise DataError(
            f"{listing(unseen)} without a value in the {len(matrix)} rows used",
            where=where,
            hint="Leave these columns out, or use other rows.",
        )


def _related_levels(
    matrix: Floats, names: Sequence[str], discrete: list[int], issues: list[Issue]
) -> list[int]:
    """Return the discrete columns to use; see :func:`discovery.data.shape.functions`."""
    part = matrix[:, discrete]
    part = part[~np.isnan(part).any(axis=1)]
    if len(part) < 20:
        return discrete
    codes = [np.unique(part[:, k], return_inverse=True)[1] for k in range(part.shape[1])]
    return [discrete[k] for k in functions(codes, [names[j] for j in discrete], issues)]


def _rank(
    values: Floats,
    kinds: Sequence[Kind],
    names: Sequence[str],
    weights: Floats | None,
    issues: list[Issue],
) -> None:
    """Replace continuous columns by normal scores, in place."""
    which = [j for j, kind in enumerate(kinds) if kind == "continuous"]
    values[:, which] = nonparanormal(values[:, which], weights)
    left = [names[j] for j, kind in enumerate(kinds) if kind == "discrete"]
    action = "replaced by normal scores of their ranks (nonparanormal)"
    if left:
        action += f"; {listing(left)} with levels left as they are"
    done = tuple(names[j] for j in which)
    issues.append(Issue("transform", done, f"{len(done)} continuous columns", action, len(values)))


def _complete(
    matrix: Floats, names: Sequence[str], missing: Missing, where: str, issues: list[Issue]
) -> NDArray[np.bool_]:
    """Return the rows to use, [rows]."""
    gaps = np.isnan(matrix)
    complete = ~gaps.any(axis=1)
    everything = np.ones(len(matrix), dtype=bool)
    if complete.all():
        return everything
    counts = {c: int(k) for c, k in zip(names, gaps.sum(axis=0), strict=True) if k}
    lost = int((~complete).sum())
    said = ", ".join(f"{c!r} ({k})" for c, k in counts.items())
    if missing == "refuse":
        first = ", ".join(str(r + 1) for r in np.flatnonzero(~complete)[:5])
        raise DataError(
            f"missing values in {said}; {int(complete.sum())} of {len(matrix)} rows are complete "
            f"(first incomplete rows: {first})",
            where=where,
            hint="Fill them in, leave these columns out, or choose what to do with "
            'missing="drop", "testwise" or "impute".',
        )
    if missing == "drop":
        action, rows = f"{lost} rows left out", np.asarray(complete)
    else:
        rows = np.asarray(~gaps.all(axis=1))
        action = "kept; each test uses the rows complete in its columns"
        if missing == "impute":
            action = (
                f"drawn by chained equations ({gaps.mean():.1%} of all values), supposing that they are "
                "missing at random given the other columns"
            )
    if missing != "drop" and not rows.all():
        action += f"; {int((~rows).sum())} rows without any value left out"
    issues.append(Issue("missing", tuple(counts), f"missing values in {said}", action, lost))
    gone_with = patterns(matrix, names)
    if gone_with:
        issues.append(
            Issue(
                "missing",
                tuple(counts),
                f"values are not missing by chance: gaps in {gone_with}",
                "taken into account by the imputation"
                if missing == "impute"
                else 'the rows used are no random sample; missing="impute" corrects for what is seen',
                lost,
            )
        )
    return rows
