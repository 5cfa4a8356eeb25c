"""False discovery rate of the edges of a constraint-based result.

An edge stays as long as no test separates its pair, so the largest p-value of these tests is a p-value
for "there is no edge": if there is none, some set separates the pair, and the largest p-value is at
least that of this set (Li and Wang 2009, JMLR 10; Strobl, Spirtes and Visweswaran 2019, ACM TIST 10).
Over all pairs that could have an edge these are adjusted after Benjamini and Hochberg (1995), or
Benjamini and Yekutieli (2001) for tests that depend on each other in any way. It presumes that the set
that separates the pair was tested: an edge missed early can hide it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from discovery.algorithms import Algorithm, Learned
from discovery.data import Table
from discovery.knowledge import Knowledge
from graph.errors import UsageError

__all__ = ["Correction", "candidates", "check_rate", "edge_q_values", "prune", "q_values"]

Correction = Literal["bh", "by"]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_ABOVE = 1 + 1e-9
"""an edge whose p-value is the level itself must not be lost to rounding"""


def q_values(p_values: Floats, hypotheses: int, correction: Correction = "bh") -> Floats:
    """Return adjusted p-values [k] of the ``k`` smallest p-values of ``hypotheses`` tests.

    The tests that are not listed are taken to have p = 1, which never makes a q-value too small.
    """
    p_values = np.asarray(p_values, dtype=np.float64)
    if not len(p_values):
        return np.empty(0)
    order = np.argsort(p_values, kind="stable")
    raised = p_values[order] * _factor(hypotheses, correction) / np.arange(1, len(order) + 1)
    result = np.empty(len(order))
    result[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return result


def _factor(hypotheses: int, correction: Correction) -> float:
    if correction == "bh":
        return float(hypotheses)
    return hypotheses * float((1.0 / np.arange(1, hypotheses + 1)).sum())


def candidates(columns: tuple[str, ...], knowledge: Knowledge) -> Bools:
    """Return the pairs whose edge the data decide, [p, p] upper triangle: not those that knowledge
    requires or forbids both ways."""
    allowed = knowledge.allowed(columns)
    open_ = allowed | allowed.T
    required = knowledge.requires(columns)
    return np.asarray(np.triu(open_ & ~(required | required.T), 1))


def edge_q_values(
    table: Table, knowledge: Knowledge, learned: Learned, correction: Correction = "bh"
) -> Floats | None:
    """Return the q-values of the edges, [p, p] symmetric, NaN for what is no edge or was required; None
    if the algorithm does not test edges."""
    if learned.p_values is None:
        return None
    candidate = candidates(table.columns, knowledge)
    # a candidate with an edge but without a p-value (an interrupted search) counts as p = 1
    i, j = np.nonzero(candidate & (learned.marks != 0))
    listed = np.nan_to_num(learned.p_values[i, j], nan=1.0)
    result = np.full((table.p, table.p), np.nan)
    result[i, j] = result[j, i] = q_values(listed, int(candidate.sum()), correction)
    return result


def check_rate(fdr: float | None, correction: str) -> None:
    """Refuse a rate that is none.

    Raises:
        UsageError: if it is not between 0 and 1, or the correction is unknown.
    """
    if fdr is not None and not 0 < fdr < 1:
        raise UsageError(f"fdr must be between 0 and 1, not {fdr}")
    if correction not in ("bh", "by"):
        raise UsageError(
            f"correction={correction!r} is not known",
            hint='"bh" (Benjamini-Hochberg) or "by" (Benjamini-Yekutieli).',
        )


def prune(
    algorithm: Algorithm,
    table: Table,
    knowledge: Knowledge,
    learned: Learned,
    fdr: float,
    correction: Correction,
    search: Callable[[Algorithm], tuple[Table, Learned]],
) -> tuple[Algorithm, Table, Learned, list[str]]:
    """Lower the level of the tests until every edge has a q-value of at most ``fdr``.

    The search is done again at each lower level, so that directions never rest on an edge that is gone.

    Args:
        algorithm: with an ``alpha`` among its settings.
        table: what ``learned`` was learned from.
        knowledge: kept at every level.
        learned: at the algorithm's own level.
        fdr: between 0 and 1.
        correction: see :func:`q_values`.
        search: runs an algorithm.

    Returns:
        The algorithm with the level used, the table and what it found there, and notes about what went.

    Raises:
        UsageError: if the algorithm does not test edges, or has no level to lower.
    """
    first, started = learned, _level(algorithm)
    if started is None or learned.p_values is None:
        raise UsageError(
            f"{algorithm.name} does not test edges, so it has no false discovery rate",
            hint="Use an algorithm of tests (pc), or discovery.stability.selection.",
        )
    hypotheses = max(1, int(candidates(table.columns, knowledge).sum()))
    # below this level every edge is significant
    floor = fdr / _factor(hypotheses, correction)
    level = started
    while learned.complete:
        q = edge_q_values(table, knowledge, learned, correction)
        if q is None or learned.p_values is None or not (q > fdr).any():
            break
        passed = float(learned.p_values[q <= fdr].max(initial=0.0))
        lower = max(floor, passed * _ABOVE)
        if lower >= level:
            break
        level = lower
        algorithm = type(algorithm)(**{**algorithm.settings.model_dump(), "alpha": level})
        table, learned = search(algorithm)
    if level == started:
        return algorithm, table, learned, []
    gone = np.argwhere(np.triu((first.marks != 0) & (learned.marks == 0), 1))
    names = [f"{table.columns[i]} - {table.columns[j]}" for i, j in gone]
    listing = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    note = (
        f"alpha lowered from {started:g} to {level:.3g} for a false discovery rate of {fdr:g}: "
        f"{len(names)} edge{'' if len(names) == 1 else 's'} gone{': ' if names else ''}{listing}"
    )
    return algorithm, table, learned, [note]


def _level(algorithm: Algorithm) -> float | None:
    value = algorithm.settings.model_dump().get("alpha")
    return float(value) if isinstance(value, float) else None
