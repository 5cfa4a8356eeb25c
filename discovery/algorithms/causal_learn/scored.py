"""causal-learn's score searches: GES, GRaSP, BOSS and exact search."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Learned, Settings
from discovery.algorithms.causal_learn.base import Reference, marks_of, quiet, standardised
from discovery.association import bic_gain
from discovery.constrain import constrain, status_of_marks
from discovery.counts import levels_of
from discovery.data import Table
from discovery.knowledge import Conflict, Knowledge
from discovery.marks import Marks, adjacency, arrows, parents
from discovery.orientation import Oriented, extend, reasons_of, to_cpdag
from discovery.skeleton import Pair
from graph.errors import UsageError

__all__ = ["CausalLearnBOSS", "CausalLearnExactSearch", "CausalLearnGES", "CausalLearnGRaSP"]

Score = Literal["bic", "bdeu", "cv", "marginal"]
_FUNCTIONS = {
    "bic": "local_score_BIC_from_cov",
    "bdeu": "local_score_BDeu",
    "cv": "local_score_CV_general",
    "marginal": "local_score_marginal_general",
}
_SCORE = Field(
    description="Gaussian BIC, BDeu of categories, or the kernel scores: cross-validated likelihood "
    "(cv) and marginal likelihood, both only for few columns and rows"
)


class _Scored(Reference):
    """A search whose result is a CPDAG."""

    data: ClassVar[tuple[str, ...]] = ("continuous", "discrete")

    @abstractmethod
    def _search(self, table: Table) -> Marks: ...

    @property
    @abstractmethod
    def _penalty(self) -> float | None:
        """Penalty in multiples of log(n) for an edge (twice the log-likelihood), None without BIC."""

    @property
    def categories(self) -> bool:
        """Whether it scores categories, so that text columns can be used."""
        return getattr(self.settings, "score", "bic") == "bdeu"

    def _run(self, table: Table, knowledge: Knowledge) -> Learned:
        marks = self._search(table)
        free = Oriented(marks, reasons_of(marks))
        oriented = free
        conflicts: list[Conflict] = []
        notes: list[str] = []
        if knowledge.constrains:
            title = self.name.split("/")[1]
            notes.append(
                f"causal-learn's {title} searched without knowledge; its result was changed to keep it"
            )
            oriented, free, conflicts = constrain(
                table, knowledge, adjacency(marks), status_of_marks(marks), {}, free=free
            )
        return Learned(
            oriented.marks,
            gains=_gains(table, oriented.marks, self._penalty),
            reasons=oriented.reasons,
            by_data=frozenset(free.reasons),
            conflicts=conflicts,
            notes=notes,
        )


def _gains(table: Table, marks: Marks, penalty: float | None) -> dict[Pair, float]:
    """Return by how much each edge raises the BIC in one DAG of the class, under both orders."""
    dag = None if penalty is None else extend(marks)
    gains: dict[Pair, float] = {}
    if dag is None or penalty is None:
        return gains
    for i, j in np.argwhere(arrows(dag)):
        x, y = int(i), int(j)
        given = [k for k in parents(dag, y) if k != x]
        gain = bic_gain(table.correlation, table.n, x, y, given, penalty)
        gains[x, y] = gains[y, x] = gain
    return gains


def _values(table: Table, score: str) -> NDArray[Any]:
    return levels_of(table) if score == "bdeu" else standardised(table)


class CausalLearnGESSettings(Settings):
    """Settings of :class:`CausalLearnGES`."""

    penalty: Annotated[
        float,
        Field(
            gt=0, description="lambda of the BIC: 0.5 is the standard penalty, larger is sparser"
        ),
    ] = 0.5
    max_parents: Annotated[int | None, Field(ge=1, description="most parents of a column")] = None
    score: Annotated[Score, _SCORE] = "bic"


class CausalLearnGES(_Scored):
    """GES of causal-learn, background knowledge enforced by us afterwards."""

    name: ClassVar[str] = "causal-learn/ges"
    summary: ClassVar[str] = "causal-learn's GES, the reference score search"
    settings_type: ClassVar[type[Settings]] = CausalLearnGESSettings

    @property
    def _penalty(self) -> float | None:
        assert isinstance(self.settings, CausalLearnGESSettings)
        return 2 * self.settings.penalty if self.settings.score == "bic" else None

    def _search(self, table: Table) -> Marks:
        from causallearn.search.ScoreBased.GES import ges

        settings = self.settings
        assert isinstance(settings, CausalLearnGESSettings)
        with quiet():
            record = ges(
                _values(table, settings.score),
                _FUNCTIONS[settings.score],
                maxP=settings.max_parents,
                lambda_value=settings.penalty if settings.score == "bic" else None,
            )
        return marks_of(record["G"].graph)


class CausalLearnBOSSSettings(Settings):
    """Settings of :class:`CausalLearnBOSS`."""

    penalty: Annotated[
        float,
        Field(gt=0, description="lambda of the BIC: 0.5 is the standard penalty, larger sparser"),
    ] = 2.0
    score: Annotated[Score, _SCORE] = "bic"
    seed: Annotated[int, Field(ge=0, description="of the order in which columns are moved")] = 0


class _Permutations(_Scored):
    @property
    def _penalty(self) -> float | None:
        assert isinstance(self.settings, CausalLearnBOSSSettings)
        return 2 * self.settings.penalty if self.settings.score == "bic" else None

    def _parameters(self) -> dict[str, Any] | None:
        assert isinstance(self.settings, CausalLearnBOSSSettings)
        if self.settings.score == "bic":
            return {"lambda_value": self.settings.penalty}
        return None


class CausalLearnBOSS(_Permutations):
    """BOSS of causal-learn, background knowledge enforced by us afterwards."""

    name: ClassVar[str] = "causal-learn/boss"
    summary: ClassVar[str] = "causal-learn's best order score search"
    settings_type: ClassVar[type[Settings]] = CausalLearnBOSSSettings

    def _search(self, table: Table) -> Marks:
        from causallearn.search.PermutationBased.BOSS import boss

        settings = self.settings
        assert isinstance(settings, CausalLearnBOSSSettings)
        with quiet(settings.seed):
            graph = boss(
                _values(table, settings.score),
                _FUNCTIONS[settings.score],
                parameters=self._parameters(),
                verbose=False,
            )
        return marks_of(graph.graph)


class CausalLearnGRaSPSettings(CausalLearnBOSSSettings):
    """Settings of :class:`CausalLearnGRaSP`."""

    depth: Annotated[int, Field(ge=1, description="deepest series of covered tucks")] = 3


class CausalLearnGRaSP(_Permutations):
    """GRaSP of causal-learn (Lam et al. 2022), background knowledge enforced by us afterwards."""

    name: ClassVar[str] = "causal-learn/grasp"
    summary: ClassVar[str] = "causal-learn's greedy relaxation of the sparsest permutation"
    settings_type: ClassVar[type[Settings]] = CausalLearnGRaSPSettings

    def _search(self, table: Table) -> Marks:
        from causallearn.search.PermutationBased.GRaSP import grasp

        settings = self.settings
        assert isinstance(settings, CausalLearnGRaSPSettings)
        with quiet(settings.seed):
            graph = grasp(
                _values(table, settings.score),
                _FUNCTIONS[settings.score],
                settings.depth,
                self._parameters(),
                verbose=False,
            )
        return marks_of(graph.graph)


class CausalLearnExactSearchSettings(Settings):
    """Settings of :class:`CausalLearnExactSearch`."""

    method: Annotated[
        Literal["astar", "dp"], Field(description="A* or dynamic programming over column orders")
    ] = "astar"
    max_parents: Annotated[int | None, Field(ge=1, description="most parents of a column")] = None


class CausalLearnExactSearch(_Scored):
    """Exact search of causal-learn: the graph of the best Gaussian BIC (Yuan and Malone 2013).

    Time and memory double with every column: over 12 columns it needs ``max_parents``, over 20 it
    is refused. Background knowledge is enforced by us afterwards.
    """

    name: ClassVar[str] = "causal-learn/exact-search"
    summary: ClassVar[str] = "causal-learn's exact search: the best BIC of all graphs, few columns"
    settings_type: ClassVar[type[Settings]] = CausalLearnExactSearchSettings
    data: ClassVar[tuple[str, ...]] = ("continuous",)

    @property
    def _penalty(self) -> float | None:
        return 1.0

    def _search(self, table: Table) -> Marks:
        from causallearn.search.ScoreBased.ExactSearch import bic_exact_search

        settings = self.settings
        assert isinstance(settings, CausalLearnExactSearchSettings)
        if table.p > 20 or (table.p > 12 and settings.max_parents is None):
            raise UsageError(
                f"{self.name} cannot search {table.p} columns: its work doubles with each",
                hint="Use fewer columns, max_parents (up to 20 columns), or algorithm='boss'.",
            )
        with quiet():
            dag, _ = bic_exact_search(
                standardised(table),
                search_method=settings.method,
                max_parents=settings.max_parents,
            )
        return to_cpdag(dag > 0)
