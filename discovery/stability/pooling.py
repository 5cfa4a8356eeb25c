"""One search, or one on each imputation of missing values, pooled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from discovery.algorithms import Algorithm, Learned, Progress
from discovery.data import Table
from discovery.knowledge import Knowledge

__all__ = ["search"]


def search(
    algorithm: Algorithm,
    tables: Sequence[Table],
    knowledge: Knowledge,
    progress: Progress | None = None,
) -> tuple[Table, Learned, list[str]]:
    """Run an algorithm on a table, or on each imputation of one.

    Of several graphs the one that agrees with the others on most pairs is taken, the first of equals: it
    is a graph the algorithm gave, so all that holds of its graphs holds of it. The p-value of an edge is
    the median over the imputations (the median P rule of Eekhout et al. 2017, BMC Med Res Methodol 17),
    1 where it is absent.

    Returns:
        The table whose graph was taken, what was learned, and notes.
    """
    if len(tables) == 1:
        return tables[0], algorithm.search(tables[0], knowledge, progress), []
    found: list[Learned] = []
    for table in tables:
        learned = algorithm.search(table, knowledge, progress)
        found.append(learned)
        if not learned.complete:
            return table, learned, ["interrupted: only some of the imputations were searched"]
    marks = np.array([learned.marks for learned in found])
    agreement = [int((marks == one).sum()) for one in marks]
    best = int(np.argmax(agreement))
    chosen = found[best]
    tested = [learned.p_values for learned in found if learned.p_values is not None]
    if len(tested) == len(found):
        absent = np.where(marks != 0, np.nan_to_num(np.array(tested), nan=1.0), 1.0)
        median = np.median(absent, axis=0)
        chosen = replace(chosen, p_values=np.where(chosen.marks != 0, median, np.nan))
    everywhere = int(np.triu((marks != 0).all(axis=0), 1).sum())
    somewhere = int(np.triu((marks != 0).any(axis=0), 1).sum())
    return tables[best], chosen, [
        f"{len(tables)} imputations of the missing values: {everywhere} edges are in the graphs of all, "
        f"{somewhere} in at least one; the graph that agrees most with the others is given"
    ]  # fmt: skip
