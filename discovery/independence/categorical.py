"""G-squared and Pearson's chi-square as independence tests of the registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from discovery.counts import CountTests, Method, counts_skeleton, levels_of
from discovery.data import Table
from discovery.independence.base import Bools, Floats, IndependenceTest, Ints
from discovery.skeleton import Progress, Skeleton

__all__ = ["G2", "Chi2"]


class _Counts(IndependenceTest):
    columns: ClassVar[tuple[str, ...]] = ("discrete",)
    categories: ClassVar[bool] = True
    uses: ClassVar[tuple[str, ...]] = ("missing", "weights")
    method: ClassVar[Method]

    def __init__(self, table: Table, *, seed: int = 0) -> None:
        super().__init__(table, seed=seed)
        self.tests = CountTests(levels_of(table), self.method, table.weights)

    def p_value(self, i: int, j: int, given: Sequence[int] = ()) -> float:
        """See :meth:`IndependenceTest.p_value`."""
        i, j = min(i, j), max(i, j)
        return float(self.tests.p_values(i, [j], given)[0])

    def p_values(self, i: int, j: int, sets: Ints) -> Floats:
        """See :meth:`IndependenceTest.p_values`."""
        return self.tests.p_values_of_sets(min(i, j), max(i, j), sets)

    def skeleton(
        self,
        alpha: float | Floats,
        *,
        max_depth: int | None = None,
        protected: Bools | None = None,
        progress: Progress | None = None,
    ) -> Skeleton:
        """See :meth:`IndependenceTest.skeleton`; all tests of a column are counted together."""
        return counts_skeleton(
            self.tests, alpha, max_depth=max_depth, protected=protected, progress=progress
        )


class G2(_Counts):
    """The likelihood-ratio test of contingency tables (Spirtes, Glymour and Scheines 2000, section 5.5);
    empty rows and columns of a stratum take away degrees of freedom."""

    name: ClassVar[str] = "gsq"
    summary: ClassVar[str] = "G-squared test of counts, for categories"
    method: ClassVar[Method] = "gsq"


class Chi2(_Counts):
    """Pearson's chi-square test of contingency tables, degrees of freedom as for :class:`G2`."""

    name: ClassVar[str] = "chisq"
    summary: ClassVar[str] = "Pearson's chi-square test of counts, for categories"
    method: ClassVar[Method] = "chisq"
