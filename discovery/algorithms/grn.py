"""GRN: a graph of which regulators act on which genes."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Algorithm, Learned, Progress, Settings
from discovery.constrain import disagreements
from discovery.data import Table
from discovery.knowledge import Conflict, Knowledge, find_cycle
from discovery.marks import ARROW, TAIL, Marks, arrows, topological_order
from discovery.orientation import Oriented, Reason
from discovery.regulation.ranking import Scale, candidates_of, score
from graph.errors import DataError

__all__ = ["GRN", "GRNSettings"]

Bools = NDArray[np.bool_]


class GRNSettings(Settings):
    """Settings of :class:`GRN`."""

    evidence: Annotated[
        float, Field(gt=0, description="BIC difference an edge needs; 10 is called very strong")
    ] = 10.0
    alpha: Annotated[
        float, Field(gt=0, lt=1, description="an edge's ends are dependent when p <= alpha")
    ] = 0.01
    regulators: Annotated[
        tuple[str, ...] | None,
        Field(description="the columns that may act on others; all when not given"),
    ] = None
    scale: Annotated[
        Scale, Field(description="auto, none, log or nonparanormal; see discovery.regulation.rank")
    ] = "auto"


class GRN(Algorithm):
    """Regulatory edges from small sets of regulators, straight and curved (:mod:`discovery.regulation`).

    An edge is there when the target's best set of regulators with its source beats the best set without
    by ``evidence``, and the two are dependent on their own (which a regulator's other regulators are
    not). A regulator's edge to a column that is none is directed; between two regulators the data do not
    tell, and feedback is possible, so that edge has no direction. ``discovery.regulation.rank`` gives all
    edges in order.
    """

    name: ClassVar[str] = "grn"
    summary: ClassVar[str] = "gene regulation by a known list of regulators"
    settings_type: ClassVar[type[Settings]] = GRNSettings
    takes: ClassVar[tuple[str, ...]] = ("required", "forbidden", "tiers", "graded")
    data: ClassVar[tuple[str, ...]] = ("continuous", "interventions", "regulators")

    @property
    def uses(self) -> tuple[str, ...]:
        """See :attr:`Algorithm.uses`."""
        return ("targets",)

    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        """See :meth:`Algorithm.run`."""
        settings = self.settings
        assert isinstance(settings, GRNSettings)
        possible = candidates_of(table, settings.regulators)
        if progress is not None:
            progress("sets of regulators", 0, 0)
        found, _ = score(table, possible, scale=settings.scale)
        tied = _dependent(table, settings.alpha)
        free = _marks((found > settings.evidence) & possible & tied, possible)
        oriented, conflicts = _oriented(free, possible, None), list[Conflict]()
        if knowledge.constrains or knowledge.graded:
            required = knowledge.requires(table.columns)
            allowed = knowledge.allowed(table.columns)
            open_ = (possible & allowed) | required
            if (open_ != possible).any():
                found, _ = score(table, open_, scale=settings.scale)
            if knowledge.graded:
                found = found + 2.0 * knowledge.log_odds(table.columns) * open_
            chosen = ((found > settings.evidence) & open_ & tied) | required
            marks = _marks(chosen, open_)
            _refuse_cycle(table.columns, marks)
            before, oriented = oriented, _oriented(marks, possible, allowed)
            conflicts = disagreements(table, knowledge, before, marks, {})
        strength = np.maximum(found, found.T)
        return Learned(
            oriented.marks,
            gains={
                (int(i), int(j)): float(strength[i, j]) for i, j in np.argwhere(oriented.marks != 0)
            },
            reasons=oriented.reasons,
            by_data=frozenset(
                (int(i), int(j)) for i, j in np.argwhere(arrows(free) & arrows(oriented.marks))
            ),
            conflicts=conflicts,
        )


def _dependent(table: Table, alpha: float) -> Bools:
    """Return whether two columns are dependent by rank correlation, [p, p]."""
    from scipy.stats import rankdata

    r = np.corrcoef(rankdata(table.values, axis=0), rowvar=False)
    z = np.arctanh(np.clip(r, -1 + 1e-15, 1 - 1e-15)) * math.sqrt(max(table.n - 3, 1))
    return np.asarray([[math.erfc(abs(v) / math.sqrt(2)) <= alpha for v in row] for row in z])


def _marks(chosen: Bools, possible: Bools) -> Marks:
    """Return an arrow where only one direction was possible, else no direction."""
    marks = np.zeros(chosen.shape, dtype=np.int8)
    near = chosen | chosen.T
    marks[near] = TAIL
    marks[near & possible & ~possible.T] = ARROW
    return marks


def _oriented(marks: Marks, possible: Bools, allowed: Bools | None) -> Oriented:
    reasons = {}
    for first, second in np.argwhere(arrows(marks)):
        i, j = int(first), int(second)
        known = possible[j, i] and allowed is not None
        reasons[i, j] = Reason("knowledge" if known else "source is a regulator", (i, j))
    return Oriented(marks, reasons)


def _refuse_cycle(columns: tuple[str, ...], marks: Marks) -> None:
    directed = arrows(marks)
    if topological_order(directed) is None:
        pairs = [(columns[int(i)], columns[int(j)]) for i, j in np.argwhere(directed)]
        raise DataError(
            "the background knowledge allows these edges one way only, and together they form a "
            f"cycle: {' -> '.join(find_cycle(pairs) or [])}",
            hint="Free one of these directions.",
        )
