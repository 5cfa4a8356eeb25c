"""GIES: the best-scoring graph for data with interventions, and what they tell about directions."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Algorithm, Learned, Progress, Settings
from discovery.constrain import disagreements
from discovery.data import Table
from discovery.interventions.essential import essential_graph
from discovery.interventions.levels import cut
from discovery.interventions.mechanisms import Environments, Mechanisms, Targets, mechanisms
from discovery.interventions.orders import Limits, search
from discovery.interventions.scores import CountScore, DesignScore, GaussianScore, ParentScore
from discovery.knowledge import Conflict, Knowledge
from discovery.orientation import Oriented, Reason
from graph.errors import UsageError

__all__ = ["GIES", "GIESSettings"]

Bools = NDArray[np.bool_]


class GIESSettings(Settings):
    """Settings of :class:`GIES`."""

    penalty: Annotated[
        float, Field(gt=0, description="bic: multiple of log(n) for an edge; 1 is the standard")
    ] = 1.0
    gamma: Annotated[
        float, Field(ge=0, le=1, description="extended bic: 4 gamma log(p) more for an edge")
    ] = 0.5
    interventions: Annotated[
        Targets,
        Field(
            description="hard: a target's parents are cut; soft: they stay, the dependence changes; "
            "set: as hard, and the target's measured value is not what acts on others"
        ),
    ] = "hard"
    off_target: Annotated[
        bool, Field(description="environments may also shift columns that are not their targets")
    ] = False
    environments: Annotated[
        Environments,
        Field(description="rows with the same targets, or with the same targets and cluster"),
    ] = "targets"
    score: Annotated[
        Literal["auto", "bic", "bdeu"],
        Field(description="auto: bdeu if all columns are discrete, else bic"),
    ] = "auto"
    bins: Annotated[
        int | None,
        Field(ge=2, le=20, description="bdeu: cut continuous columns into so many levels"),
    ] = None
    sample_size: Annotated[
        float, Field(gt=0, description="bdeu: equivalent sample size of the prior")
    ] = 1.0
    starts: Annotated[int, Field(ge=1, description="orders to start from")] = 5
    seed: Annotated[int, Field(ge=0, description="of the random orders to start from")] = 0


class GIES(Algorithm):
    """Interventional score search: the model, score and equivalence classes of greedy interventional
    equivalence search (Hauser and Buehlmann 2012, JMLR 13), searched over orders by the moves of BOSS
    (Andrews et al. 2023, NeurIPS) and GRaSP (Lam et al. 2022, UAI) instead of greedily over classes.

    ``targets`` of the data say which columns were intervened upon in which rows; without any it is a
    search over one environment and returns a CPDAG. With hard interventions rows in which a column was
    set say nothing about its parents; with soft ones each environment that changes a column has its own
    regression on the same parents. The score is the Gaussian BIC, or BDeu over levels (Cooper and Yoo
    1999, UAI). The result is the interventional essential graph. It does not depend on the scale of
    the columns. Assumes no hidden common causes, no cycles and, unless ``off_target``, that an intervention
    acts on its targets only.

    For measured signalling, where an inhibitor's target is measured but not its activity and reagents do
    more than they should, ``interventions="set"``, ``off_target=True`` and a larger penalty (about 10
    for thousands of rows) did best on simulations of that kind, by far: learn on logarithms, or on three
    levels (``score="bdeu"``, ``bins=3``) as Sachs et al. 2005 did. Name the column of the conditions as
    ``clusters`` and set ``environments="clusters"``; resamples then draw rows, not conditions.
    """

    name: ClassVar[str] = "gies"
    summary: ClassVar[str] = (
        "score search that uses interventions, hard or soft, where there are any"
    )
    settings_type: ClassVar[type[Settings]] = GIESSettings
    takes: ClassVar[tuple[str, ...]] = ("required", "forbidden", "tiers", "graded")
    leans: ClassVar[bool] = True
    data: ClassVar[tuple[str, ...]] = ("continuous", "discrete", "interventions")

    @property
    def categories(self) -> bool:
        """Whether text columns can be used: with counts."""
        settings = self.settings
        assert isinstance(settings, GIESSettings)
        return settings.score != "bic"

    @property
    def conditions(self) -> bool:
        """See :attr:`Algorithm.conditions`: clusters that are environments are."""
        settings = self.settings
        assert isinstance(settings, GIESSettings)
        return settings.environments == "clusters"

    @property
    def uses(self) -> tuple[str, ...]:
        """See :attr:`Algorithm.uses`."""
        return ("weights", "targets")

    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        """See :meth:`Algorithm.run`."""
        settings = self.settings
        assert isinstance(settings, GIESSettings)
        found = mechanisms(table, settings.interventions, settings.environments)
        rng = np.random.default_rng(settings.seed)
        # by content, not by position: the same columns in another order start the same way
        first = np.lexsort((np.abs(table.correlation).sum(axis=0).round(9),)).tolist()
        starts = [first, *(rng.permutation(first).tolist() for _ in range(settings.starts - 1))]

        def tell(start: int, sweep: int) -> None:
            if progress is not None:
                progress(f"order search, sweep {sweep + 1}", start, settings.starts)

        score = self._score(table, found, None)
        p = table.p
        starts = [[*range(p, score.p), *start] for start in starts]
        result = search(score, starts, _limits(score, Knowledge(), table.columns), progress=tell)
        free = _essential(result.dag, found)
        oriented, conflicts, complete = free, list[Conflict](), result.complete
        if knowledge.constrains or knowledge.graded:
            if knowledge.graded:
                score = self._score(table, found, 2.0 * knowledge.log_odds(table.columns))
            # an interrupted search is made to keep to knowledge, and not gone on with
            orders, sweeps = (starts, None) if complete else ([result.order], 0)
            limits = _limits(score, knowledge, table.columns)
            result = search(score, orders, limits, max_sweeps=sweeps)
            # edges that are there only because they are required say nothing about other directions
            oriented = _essential(
                result.dag,
                found,
                knowledge.allowed(table.columns),
                _denied(score, result.dag)[:p, :p],
            )
            complete = complete and result.complete
            conflicts = disagreements(table, knowledge, free, oriented.marks, {})
        notes = [] if complete else ["interrupted: the best graph so far"]
        if not found.interventional:
            notes.append("no interventions in the data (targets): directions as in a CPDAG")
        return Learned(
            oriented.marks,
            gains=_gains(score, result.dag, p),
            reasons=_named(oriented, table),
            by_data=frozenset(free.reasons),
            conflicts=conflicts,
            notes=notes,
            complete=complete,
        )

    def _score(
        self, table: Table, found: Mechanisms, bonus: NDArray[np.float64] | None
    ) -> ParentScore:
        settings = self.settings
        assert isinstance(settings, GIESSettings)
        # rows count for as many independent ones as they are worth; what conditions share is modelled
        shared = settings.environments == "clusters"
        worth = 1.0 if shared else table.effective_n / table.n
        weights = table.weights
        if worth < 1.0:
            weights = np.full(table.n, worth) if weights is None else weights * worth
        discrete = [k == "discrete" for k in table.kinds]
        counts = settings.score == "bdeu" or (settings.score == "auto" and all(discrete))
        if not counts:
            if table.nominal:
                raise UsageError(
                    f"gies: {', '.join(map(repr, sorted(table.nominal)))} hold categories, other "
                    "columns numbers",
                    hint="Cut the numbers into levels (score='bdeu', bins=3), or leave the "
                    "categories out.",
                )
            given = (table.values, found, settings.penalty, settings.gamma, weights, bonus)
            if settings.off_target or found.kind == "set":
                return DesignScore(*given, contexts=settings.off_target)
            return GaussianScore(*given)
        codes = np.empty(table.values.shape, dtype=np.int64)
        rest = [j for j in range(table.p) if not discrete[j]]
        if rest and settings.bins is None:
            raise UsageError(
                f"gies: bdeu scores levels, and {table.columns[rest[0]]!r} is continuous",
                hint="Give bins, for example bins=3, to cut continuous columns.",
            )
        for j in range(table.p):
            codes[:, j] = np.unique(table.values[:, j], return_inverse=True)[1].ravel()
        if rest:
            assert settings.bins is not None
            codes[:, rest] = cut(table.values[:, rest], settings.bins)
        return CountScore(codes, found, settings.sample_size, weights, bonus, settings.off_target)


def _limits(score: ParentScore, knowledge: Knowledge, columns: tuple[str, ...]) -> Limits:
    """Return what the search may do, [nodes, nodes]: contexts come first and have no parents."""
    p, nodes = len(columns), score.p
    allowed = ~np.eye(nodes, dtype=bool)
    allowed[:, p:] = False
    allowed[:p, :p] = knowledge.allowed(columns)
    required = np.zeros((nodes, nodes), dtype=bool)
    required[:p, :p] = knowledge.requires(columns)
    before = np.zeros_like(required)
    before[:p, :p] = knowledge.before(columns)
    before[p:, :p] = True
    return Limits(allowed, required, before, tuple(range(p, nodes)))


def _essential(
    dag: Bools, found: Mechanisms, allowed: Bools | None = None, unsure: Bools | None = None
) -> Oriented:
    p = found.environments.shape[1]
    acted = np.zeros_like(found.environments)
    if len(dag) > p:
        acted[1:] = dag[p:, :p]
    return essential_graph(
        dag[:p, :p], found.environments, found.kind, allowed, unsure, acted if acted.any() else None
    )


def _denied(score: ParentScore, dag: Bools) -> Bools:
    """Return the edges, in both directions, that the score would rather not have."""
    denied = np.zeros_like(dag)
    for y in range(len(dag)):
        above = [int(k) for k in np.flatnonzero(dag[:, y])]
        if above:
            denied[above, y] = score.losses(y, above) > 0
    return denied | denied.T


def _gains(score: ParentScore, dag: Bools, p: int) -> dict[tuple[int, int], float]:
    """Return by how much each edge between columns raises the score, under both orders of its ends."""
    found: dict[tuple[int, int], float] = {}
    for y in range(p):
        above = [int(k) for k in np.flatnonzero(dag[:, y])]
        if above:
            for x, loss in zip(above, score.losses(y, above).tolist(), strict=True):
                if x < p:
                    found[x, y] = found[y, x] = -loss
    return found


def _named(oriented: Oriented, table: Table) -> dict[tuple[int, int], Reason]:
    """Name the column whose intervention directs an edge."""
    touched = np.zeros(table.p, dtype=bool) if table.targets is None else table.targets.any(axis=0)
    named = dict(oriented.reasons)
    for (i, j), reason in oriented.reasons.items():
        if reason.rule == "intervention":
            on = [table.columns[k] for k in sorted((i, j)) if touched[k]]
            words = f"intervention on {' and '.join(on)}" if on else "changed by an environment"
            named[i, j] = Reason(words, (i, j))
    return named
