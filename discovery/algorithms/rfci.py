"""RFCI: hidden common causes allowed, without the second search of FCI."""

from __future__ import annotations

from typing import ClassVar

from discovery.algorithms.base import Learned, Progress
from discovery.algorithms.constraint import (
    ConstraintAlgorithm,
    ConstraintSettings,
)
from discovery.algorithms.fci import finish_pag
from discovery.data import Table
from discovery.independence import IndependenceTest
from discovery.knowledge import Knowledge
from discovery.rfci import Refinement

__all__ = ["RFCI"]


class RFCI(ConstraintAlgorithm):
    """RFCI (Colombo, Maathuis, Kalisch and Richardson 2012) with any test of conditional independence.

    As :class:`~discovery.algorithms.fci.FCI`, knowledge included, but no separating sets are looked for outside the
    neighbours: a few tests more make the marks true nevertheless. The result may have edges that FCI
    removes and fewer marks; it is much faster with many columns.
    """

    name: ClassVar[str] = "rfci"
    summary: ClassVar[str] = "RFCI: hidden common causes allowed, faster than FCI with many columns"
    settings_type: ClassVar[type[ConstraintSettings]] = ConstraintSettings
    hidden_causes: ClassVar[bool] = True

    def learn_with(
        self,
        test: IndependenceTest,
        table: Table,
        knowledge: Knowledge,
        progress: Progress | None = None,
    ) -> Learned:
        """See :meth:`ConstraintAlgorithm.learn_with`."""
        alpha, skeleton = self._search(test, table, knowledge, progress)
        if progress is not None:
            progress("testing unshielded triples", 0, 0)
        required = knowledge.requires(table.columns)
        with skeleton.interruptible():
            refinement = Refinement(test, skeleton, alpha, required | required.T)
            return finish_pag(table, knowledge, skeleton, refinement)
        return finish_pag(table, knowledge, skeleton)
