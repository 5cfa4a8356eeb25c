"""What PC, FCI and RFCI have in common: their tests, and a skeleton under knowledge."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Algorithm, Learned, Progress, Settings
from discovery.data import Table
from discovery.graded import tilted
from discovery.independence import IndependenceTest, TestName, class_of, independence_test
from discovery.knowledge import Knowledge
from discovery.skeleton import Skeleton

__all__ = ["ConstraintAlgorithm", "ConstraintSettings"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


class ConstraintSettings(Settings):
    """Settings of algorithms that test independence."""

    alpha: Annotated[
        float, Field(gt=0, lt=1, description="a pair is independent when p > alpha")
    ] = 0.01
    test: Annotated[
        TestName,
        Field(
            description="partial correlations (fisherz), counts of categories (gsq, chisq), columns of "
            "both kinds (conditional-gaussian), nonlinear relations (kernel: kci up to 500 rows, else rcit); "
            "auto chooses by the kinds of the columns"
        ),
    ] = "fisherz"
    max_depth: Annotated[
        int | None, Field(ge=0, description="largest conditioning set, no limit by default")
    ] = None
    seed: Annotated[int, Field(ge=0, description="of tests that draw numbers (rcit)")] = 0


class ConstraintAlgorithm(Algorithm):
    """An algorithm that learns from tests of conditional independence.

    Missing values are deleted test-wise and row weights count by their effective number, with the tests that
    can (all but the kernel tests). Graded priors move the level of each pair's tests
    (:mod:`discovery.graded`).
    """

    takes: ClassVar[tuple[str, ...]] = ("required", "forbidden", "tiers", "graded")
    data: ClassVar[tuple[str, ...]] = ("continuous", "discrete", "mixed")

    @property
    def _test_name(self) -> str:
        assert isinstance(self.settings, ConstraintSettings)
        return self.settings.test

    @property
    def categories(self) -> bool:
        """Whether it tests categories, so that text columns can be used."""
        name = self._test_name
        return name in ("auto", "kernel") or class_of(name).categories

    @property
    def uses(self) -> tuple[str, ...]:
        """See :attr:`Algorithm.uses`."""
        if self._test_name == "auto":
            return ("missing", "weights")
        return () if self._test_name == "kernel" else class_of(self._test_name).uses

    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        """See :meth:`Algorithm.run`. An interrupt gives the graph by the tests done, ``complete`` False."""
        settings = self.settings
        assert isinstance(settings, ConstraintSettings)
        self.check_knowledge(knowledge)
        test = independence_test(settings.test, table, seed=settings.seed)
        found = self.learn_with(test, table, knowledge, progress)
        if settings.test in ("auto", "kernel"):
            found.notes.append(f"independence test: {test.name}")
        return found

    @abstractmethod
    def learn_with(
        self,
        test: IndependenceTest,
        table: Table,
        knowledge: Knowledge,
        progress: Progress | None = None,
    ) -> Learned:
        """:meth:`run` with a ready test of the table's columns, such as one's own or an oracle."""

    def _search(
        self,
        test: IndependenceTest,
        table: Table,
        knowledge: Knowledge,
        progress: Progress | None,
    ) -> tuple[float | Floats, Skeleton]:
        """Return the level of each pair, and the skeleton of PC-stable."""
        settings = self.settings
        assert isinstance(settings, ConstraintSettings)

        def level(depth: int) -> None:
            if progress is not None:
                progress(f"testing with {depth} conditioning columns", depth, 0)

        alpha = tilted(settings.alpha, knowledge, table.columns)
        required = knowledge.requires(table.columns)
        skeleton = test.skeleton(
            alpha,
            max_depth=settings.max_depth,
            protected=required | required.T,
            progress=level,
        )
        return alpha, skeleton
