"""Ranked regulatory edges from expression values."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from discovery.data import Missing, Table, prepare
from discovery.data.roles import Targets
from discovery.regulation.information import context_likelihood
from discovery.regulation.stability import selection_area
from discovery.regulation.subsets import subset_evidence
from discovery.regulation.trees import forest_importance
from graph.dataset import Dataset
from graph.errors import DataError, UsageError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["METHODS", "Method", "Scale", "candidates_of", "rank", "score"]

Floats = NDArray[np.float64]
Method = Literal["subsets", "tigress", "genie3", "clr"]
METHODS: tuple[Method, ...] = get_args(Method)
Scale = Literal["auto", "none", "log", "nonparanormal"]


def rank(
    dataset: Dataset,
    regulators: Sequence[str] | None = None,
    *,
    method: Method = "subsets",
    scale: Scale = "auto",
    targets: Targets | None = None,
    missing: Missing = "refuse",
    seed: int = 0,
) -> pd.DataFrame:
    """Return every possible regulatory edge, the surest first.

    Args:
        dataset: one row a sample, one column a gene.
        regulators: the columns that may regulate others; all when None.
        method: ``subsets``: evidence from small sets of regulators, straight and curved
            (:mod:`discovery.regulation.subsets`); ``tigress``, ``genie3`` and ``clr`` as published.
        scale: ``log`` of each column over its median (abundances), ``nonparanormal`` (normal scores of
            ranks), ``none``, or ``auto``: log where all values are 0 or more and all medians positive,
            else nonparanormal.
        targets: which genes were knocked out or set in which rows; such rows say nothing about what
            regulates the gene.
        missing: as in :func:`discovery.learn`, without ``testwise``.
        seed: of methods that draw.

    Returns:
        A data frame with columns rank (from 1), source, target, score (of the method), sign (of the rank
        correlation) and, for ``subsets``, probability (that source is in the target's set of regulators).
        Ties keep the order of names.

    Raises:
        DataError: data that cannot be used, or a regulator that is no usable column.
        UsageError: an unknown method or scale.
    """
    import pandas as pd

    if missing == "testwise":
        raise UsageError("ranking needs complete rows", hint='Choose missing="drop" or "impute".')
    table = prepare(dataset, missing=missing, targets=targets)
    allowed = candidates_of(table, regulators)
    found, chance = score(table, allowed, method=method, scale=scale, seed=seed)
    sign = np.sign(_spearman(table.values))
    sources, ends = np.nonzero(allowed)
    columns = np.array(table.columns, dtype=object)
    frame = pd.DataFrame(
        {
            "source": columns[sources],
            "target": columns[ends],
            "score": found[sources, ends],
            "sign": sign[sources, ends].astype(int),
        }
    )
    if chance is not None:
        frame["probability"] = chance[sources, ends]
    frame = frame.sort_values(
        ["score", "source", "target"], ascending=[False, True, True], ignore_index=True
    )
    frame.insert(0, "rank", np.arange(1, len(frame) + 1))
    return frame


def candidates_of(table: Table, regulators: Sequence[str] | None) -> NDArray[np.bool_]:
    """Return [p, p]: may the row's column regulate the column's.

    Raises:
        DataError: a regulator that is no usable column, or none at all.
    """
    allowed = ~np.eye(table.p, dtype=bool)
    if regulators is None:
        return allowed
    for name in regulators:
        if name not in table.columns:
            close = difflib.get_close_matches(str(name), table.columns, n=1)
            raise DataError(
                f"the regulator {name!r} is not a usable column",
                where=table.name,
                hint=f"Did you mean {close[0]!r}?" if close else "See the data report.",
            )
    if not regulators:
        raise DataError("the list of regulators is empty", where=table.name)
    allowed[[c not in set(regulators) for c in table.columns]] = False
    return allowed


def score(
    table: Table,
    allowed: NDArray[np.bool_],
    *,
    method: Method = "subsets",
    scale: Scale = "auto",
    seed: int = 0,
) -> tuple[Floats, Floats | None]:
    """Return the score of each edge, [p, p] with regulators in rows, and for ``subsets`` its probability.

    Args:
        table: complete rows; ``targets`` are used.
        allowed: [p, p], the edges to score; the others get 0.
        method, scale, seed: as :func:`rank`.
    """
    if method not in METHODS:
        raise UsageError(
            f"there is no method {method!r}", hint=f"Known: {', '.join(sorted(METHODS))}."
        )
    values = _scaled(table.values, scale)
    near = [[int(k) for k in np.flatnonzero(allowed[:, y])] for y in range(table.p)]
    rows = None
    if table.targets is not None and table.targets.any():
        rows = [~table.targets[:, y] for y in range(table.p)]
        poor = [y for y in range(table.p) if near[y] and rows[y].sum() < 5]
        if poor:
            raise DataError(
                f"{table.columns[poor[0]]!r} was intervened upon in all but "
                f"{int(rows[poor[0]].sum())} rows",
                where=table.name,
                hint="Leave it out of the targets of regulation, or add rows.",
            )
    if method == "subsets":
        straight, first = subset_evidence(values, near, rows, curve=0)
        curved, second = subset_evidence(values, near, rows, curve=3)
        return (straight + curved) / 2, (first + second) / 2
    if method == "tigress":
        return selection_area(values, near, rows, seed=seed), None
    if method == "genie3":
        return forest_importance(values, near, rows, seed=seed), None
    return np.where(allowed, context_likelihood(values), 0.0), None


def _scaled(values: Floats, scale: Scale) -> Floats:
    if scale not in get_args(Scale):
        raise UsageError(
            f"there is no scale {scale!r}", hint=f"Known: {', '.join(get_args(Scale))}."
        )
    middle = np.median(values, axis=0)
    if scale == "auto":
        scale = "log" if values.min() >= 0 and middle.min() > 0 else "nonparanormal"
    if scale == "log":
        if values.min() < 0 or middle.min() <= 0:
            raise DataError(
                "the logarithm needs values of 0 or more with positive medians",
                hint='Choose scale="nonparanormal" or "none".',
            )
        values = np.log(values / middle + 0.01)
    elif scale == "nonparanormal":
        from scipy.stats import norm, rankdata

        values = norm.ppf(rankdata(values, axis=0) / (len(values) + 1))
    return np.asarray((values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-300))


def _spearman(values: Floats) -> Floats:
    from scipy.stats import rankdata

    return np.asarray(np.corrcoef(rankdata(values, axis=0), rowvar=False))
