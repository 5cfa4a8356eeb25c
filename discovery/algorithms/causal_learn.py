"""causal-learn's PC and GES as reference implementations.

They run without background knowledge, which they do not keep soundly (causal-learn issues 224, 76
and 266); knowledge is put on their result by :mod:`discovery.constrain`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Algorithm, Learned, Progress, Settings
from discovery.association import bic_gain, partial_test
from discovery.constrain import constrain, status_of_marks
from discovery.counts import levels_of
from discovery.data import Table
from discovery.knowledge import Conflict, Knowledge
from discovery.marks import ARROW, CIRCLE, TAIL, Marks, adjacency, arrows, parents
from discovery.orientation import Oriented, extend, reasons_of
from discovery.skeleton import Pair, Separations
from graph.errors import DataError

__all__ = ["CausalLearnGES", "CausalLearnPC"]


def _marks(graph: NDArray[np.int_]) -> Marks:
    """causal-learn's matrix to ours: its entry [i, j] is the mark at i."""
    values = {-1: TAIL, 1: ARROW, 2: CIRCLE}
    marks = np.zeros(graph.shape, dtype=np.int8)
    for value, mark in values.items():
        marks[value == graph.T] = mark
    return marks


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class CausalLearnPCSettings(Settings):
    """Settings of :class:`CausalLearnPC`."""

    alpha: Annotated[
        float, Field(gt=0, lt=1, description="a pair is independent when p > alpha")
    ] = 0.01
    max_depth: Annotated[int | None, Field(ge=0, description="largest conditioning set")] = None
    test: Annotated[
        Literal["fisherz", "chisq", "gsq", "kci"], Field(description="independence test")
    ] = "fisherz"
    stable: Annotated[bool, Field(description="result independent of column order")] = True
    uc_rule: Annotated[Literal[0, 1, 2], Field(description="sepset, maxP, definite maxP")] = 0
    uc_priority: Annotated[
        Literal[-1, 0, 1, 2, 3, 4], Field(description="which of two conflicting colliders wins")
    ] = 2


class _Reference(Algorithm):
    @property
    def engine(self) -> str:
        """Name and version of the installed package."""
        from importlib.metadata import version

        return f"causal-learn {version('causal-learn')}"


class CausalLearnPC(_Reference):
    """PC of causal-learn (Zheng et al. 2024, JMLR 25), background knowledge enforced by us."""

    name: ClassVar[str] = "causal-learn/pc"
    summary: ClassVar[str] = (
        "causal-learn's PC, the reference; Fisher-z, chi-square, G2 or kernel test"
    )
    settings_type: ClassVar[type[Settings]] = CausalLearnPCSettings

    @property
    def categories(self) -> bool:
        """Whether it tests categories, so that text columns can be used."""
        assert isinstance(self.settings, CausalLearnPCSettings)
        return self.settings.test in ("gsq", "chisq")

    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        """See :meth:`Algorithm.run`."""
        from causallearn.search.ConstraintBased.PC import pc

        settings = self.settings
        assert isinstance(settings, CausalLearnPCSettings)
        counts = settings.test in ("chisq", "gsq")
        values: NDArray[Any] = levels_of(table) if counts else table.values
        if progress is not None:
            progress("running causal-learn's PC", 0, 0)
        try:
            with _quiet():
                found = pc(
                    values,
                    settings.alpha,
                    settings.test,
                    settings.stable,
                    settings.uc_rule,
                    settings.uc_priority,
                    show_progress=False,
                    max_k=settings.max_depth,
                )
        except ValueError as error:
            raise DataError(
                f"causal-learn's PC failed: {error}", where=table.name, hint='Try algorithm="pc".'
            ) from error
        marks = _marks(found.G.graph)
        separations = self._separations(table, found.sepset, adjacency(marks))
        free = Oriented(marks, reasons_of(marks))
        oriented = free
        conflicts: list[Conflict] = []
        if knowledge.constrains:
            status = status_of_marks(marks)
            if settings.uc_rule == 0:
                status = separations.is_collider
            oriented, free, conflicts = constrain(
                table, knowledge, adjacency(marks), status, separations, free=free
            )
        return Learned(
            oriented.marks,
            separations=separations,
            reasons=oriented.reasons,
            by_data=frozenset(free.reasons),
            conflicts=conflicts,
        )

    def _separations(
        self, table: Table, sepset: NDArray[Any], adjacent: NDArray[np.bool_]
    ) -> Separations:
        """Read its separating sets; for Fisher-z find again the one with the largest p-value."""
        settings = self.settings
        assert isinstance(settings, CausalLearnPCSettings)
        found = Separations(table.p)
        for i, j in np.argwhere(np.triu(~adjacent, 1)):
            pair = (int(i), int(j))
            union = frozenset(int(k) for s in (sepset[pair] or ()) for k in s)
            best: tuple[int, ...] = tuple(sorted(union))
            p_value = z = float("nan")
            if settings.test == "fisherz":
                for size in range(len(union) + 1):
                    tried = [
                        (partial_test(table.correlation, table.n, *pair, given), given)
                        for given in combinations(sorted(union), size)
                    ]
                    test, best = max(tried, key=lambda item: item[0].p_value)
                    z, p_value = abs(test.z), test.p_value
                    if p_value > settings.alpha or len(union) > 10:
                        break
            found.add(pair, union, best, p_value)
            found.statistics[pair] = z
        return found


class CausalLearnGESSettings(Settings):
    """Settings of :class:`CausalLearnGES`."""

    penalty: Annotated[
        float,
        Field(
            gt=0, description="lambda of the BIC: 0.5 is the standard penalty, larger is sparser"
        ),
    ] = 0.5
    max_parents: Annotated[int | None, Field(ge=1, description="most parents of a column")] = None


class CausalLearnGES(_Reference):
    """GES of causal-learn with the Gaussian BIC, background knowledge enforced by us afterwards."""

    name: ClassVar[str] = "causal-learn/ges"
    summary: ClassVar[str] = "causal-learn's GES with the Gaussian BIC, the reference score search"
    settings_type: ClassVar[type[Settings]] = CausalLearnGESSettings

    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        """See :meth:`Algorithm.run`."""
        from causallearn.search.ScoreBased.GES import ges

        settings = self.settings
        assert isinstance(settings, CausalLearnGESSettings)
        if progress is not None:
            progress("running causal-learn's GES", 0, 0)
        # standardised: the score does not depend on scale, its rounding does
        values = (table.values - table.values.mean(axis=0)) / table.values.std(axis=0)
        with _quiet():
            record = ges(
                values,
                "local_score_BIC_from_cov",
                maxP=settings.max_parents,
                lambda_value=settings.penalty,
            )
        marks = _marks(record["G"].graph)
        free = Oriented(marks, reasons_of(marks))
        oriented = free
        conflicts: list[Conflict] = []
        notes: list[str] = []
        if knowledge.constrains:
            notes.append(
                "causal-learn's GES searched without knowledge; its result was changed to keep it"
            )
            oriented, free, conflicts = constrain(
                table, knowledge, adjacency(marks), status_of_marks(marks), {}, free=free
            )
        dag = extend(oriented.marks)
        gains: dict[Pair, float] = {}
        if dag is not None:
            for i, j in np.argwhere(arrows(dag)):
                x, y = int(i), int(j)
                given = [k for k in parents(dag, y) if k != x]
                gain = bic_gain(table.correlation, table.n, x, y, given, 2 * settings.penalty)
                gains[x, y] = gains[y, x] = gain
        return Learned(
            oriented.marks,
            gains=gains,
            reasons=oriented.reasons,
            by_data=frozenset(free.reasons),
            conflicts=conflicts,
            notes=notes,
        )
