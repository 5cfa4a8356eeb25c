"""How far a learned graph is from the true one.

Graphs are marks [p, p] (:mod:`discovery.marks`); truths are DAGs as booleans, ``[i, j]`` is ``i -> j``, or
marks of their class (:func:`~discovery.orientation.to_cpdag`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from discovery.marks import Marks, arrows
from graph.errors import UsageError

__all__ = [
    "EdgeScores", "aupr", "auroc", "directed_scores", "order_respects", "same_graph", "shd", "shd_dag",
    "skeleton_scores",
]  # fmt: skip

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


class EdgeScores(NamedTuple):
    """Precision, recall and their harmonic mean; an empty graph has precision 1."""

    precision: float
    recall: float
    f1: float


def _same_shape(one: NDArray[np.generic], two: NDArray[np.generic]) -> None:
    if one.shape != two.shape or one.ndim != 2 or one.shape[0] != one.shape[1]:
        raise UsageError(f"graphs of shapes {one.shape} and {two.shape} cannot be compared")


def shd(found: Marks, true: Marks) -> int:
    """Return the structural Hamming distance between two graphs: the number of pairs whose edge differs,
    in its presence or in a mark (Tsamardinos, Brown and Aliferis 2006, Machine Learning 65).

    Raises:
        UsageError: different numbers of columns.
    """
    _same_shape(found, true)
    differ = (found != true) | (found.T != true.T)
    return int(np.triu(differ, 1).sum())


def shd_dag(found: Marks, true: Bools) -> int:
    """Return the distance to a DAG: pairs that are adjacent in one only, and edges of both that the result
    does not direct as the truth does; an undirected edge counts one."""
    _same_shape(found, true)
    missing = (found != 0) != (true | true.T)
    undirected = (
        (true | true.T) & (found != 0) & ~(arrows(found) & true) & ~(arrows(found) & true).T
    )
    return int(np.triu(missing | undirected, 1).sum())


def _scores(right: int, found: int, true: int) -> EdgeScores:
    precision = right / found if found else 1.0
    recall = right / true if true else 1.0
    total = precision + recall
    return EdgeScores(precision, recall, 2 * precision * recall / total if total else 0.0)


def skeleton_scores(found: Bools, true: Bools) -> EdgeScores:
    """Return how well pairs are found; both [p, p], made symmetric first."""
    _same_shape(found, true)
    one, two = (np.triu(m | m.T, 1) for m in (found, true))
    return _scores(int((one & two).sum()), int(one.sum()), int(two.sum()))


def directed_scores(found: Marks, true: Bools) -> EdgeScores:
    """Return how well directed edges are found: only ``-->`` in the true direction is right, and an edge
    without direction counts among the found ones."""
    _same_shape(found, true)
    right = int((arrows(found) & true).sum())
    return _scores(right, int(np.triu(found != 0, 1).sum()), int(true.sum()))


def _ranked(scores: Floats, true: Bools, among: Bools | None) -> tuple[Floats, Bools]:
    _same_shape(scores, true)
    counted = ~np.eye(len(true), dtype=bool) if among is None else among
    values, truth = scores[counted], true[counted]
    if np.isnan(values).any():
        raise UsageError("a score is not a number")
    return values, truth


def aupr(scores: Floats, true: Bools, among: Bools | None = None) -> float:
    """Return the area under precision against recall of ranked edges: the mean precision at each true edge
    (average precision). Equal scores are taken together, so their order does not matter.

    Args:
        scores: [p, p], ``[i, j]`` how strongly ``i -> j`` is believed.
        true: [p, p], the true edges.
        among: [p, p], which pairs count; by default all but the diagonal.

    NaN without a true edge.
    """
    values, truth = _ranked(scores, true, among)
    if not truth.any():
        return float("nan")
    order = np.argsort(-values, kind="stable")
    values, truth = values[order], truth[order]
    last = np.append(np.flatnonzero(np.diff(values)), len(values) - 1)
    right = np.cumsum(truth)[last]
    precision = right / (last + 1)
    gained = np.diff(right, prepend=0) / truth.sum()
    return float((precision * gained).sum())


def auroc(scores: Floats, true: Bools, among: Bools | None = None) -> float:
    """Return the chance that a true edge is ranked above a false one, ties counting half; arguments as for
    :func:`aupr`. NaN without a true or a false edge."""
    from scipy.stats import rankdata

    values, truth = _ranked(scores, true, among)
    ones, zeros = int(truth.sum()), int((~truth).sum())
    if not ones or not zeros:
        return float("nan")
    ranks = rankdata(values)
    return float((ranks[truth].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def same_graph(one: Marks, two: Marks) -> bool:
    """Whether two graphs have the same edges with the same marks, as PAGs are compared."""
    _same_shape(one, two)
    return bool((one == two).all())


def order_respects(order: list[int], true: Bools) -> bool:
    """Whether no true edge leads backwards in an order of all columns."""
    if sorted(order) != list(range(len(true))):
        raise UsageError("the order must name every column once")
    place = np.argsort(order)
    return all(place[i] < place[j] for i, j in np.argwhere(true))
