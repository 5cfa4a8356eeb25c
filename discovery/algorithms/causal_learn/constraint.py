"""causal-learn's PC and FCI."""

from __future__ import annotations

from itertools import combinations
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Learned, Settings
from discovery.algorithms.causal_learn.base import Reference, marks_of, quiet, standardised
from discovery.algorithms.fci import finish_pag
from discovery.association import partial_test
from discovery.constrain import constrain, status_of_marks
from discovery.counts import levels_of
from discovery.data import Table
from discovery.knowledge import Conflict, Knowledge
from discovery.marks import ARROW, TAIL, adjacency
from discovery.orientation import Oriented, reasons_of
from discovery.skeleton import Pair, Separations, Skeleton

__all__ = ["CausalLearnFCI", "CausalLearnPC"]

Test = Literal["fisherz", "mv_fisherz", "chisq", "gsq", "kci", "fastkci", "rcit"]
_COUNTS = ("chisq", "gsq")
_TEST = Field(
    description="independence test: partial correlations (mv_fisherz: of the rows complete in the "
    "columns of each test), counts (chisq, gsq), or kernels (kci, and its approximations fastkci and "
    "rcit)"
)


class CausalLearnPCSettings(Settings):
    """Settings of :class:`CausalLearnPC`."""

    alpha: Annotated[
        float, Field(gt=0, lt=1, description="a pair is independent when p > alpha")
    ] = 0.01
    max_depth: Annotated[int | None, Field(ge=0, description="largest conditioning set")] = None
    test: Annotated[Test, _TEST] = "fisherz"
    stable: Annotated[bool, Field(description="result independent of column order")] = True
    uc_rule: Annotated[Literal[0, 1, 2], Field(description="sepset, maxP, definite maxP")] = 0
    uc_priority: Annotated[
        Literal[-1, 0, 1, 2, 3, 4], Field(description="which of two conflicting colliders wins")
    ] = 2
    seed: Annotated[int, Field(ge=0, description="of the kernel tests that draw numbers")] = 0


class CausalLearnPC(Reference):
    """PC of causal-learn (Zheng et al. 2024, JMLR 25), background knowledge enforced by us.

    Its CD-NOD (Huang et al. 2020, JMLR 21: rows from several contexts or times) is this search with the
    context as one more column, alone in the first of two tiers.
    """

    name: ClassVar[str] = "causal-learn/pc"
    summary: ClassVar[str] = (
        "causal-learn's PC, the reference; Fisher-z, chi-square, G2 or kernel tests"
    )
    settings_type: ClassVar[type[Settings]] = CausalLearnPCSettings
    data: ClassVar[tuple[str, ...]] = ("continuous", "discrete")

    @property
    def categories(self) -> bool:
        """Whether it tests categories, so that text columns can be used."""
        assert isinstance(self.settings, CausalLearnPCSettings)
        return self.settings.test in _COUNTS

    @property
    def uses(self) -> tuple[str, ...]:
        """Missing values are used by test-wise deletion with ``mv_fisherz``."""
        assert isinstance(self.settings, CausalLearnPCSettings)
        return ("missing",) if self.settings.test == "mv_fisherz" else ()

    def _run(self, table: Table, knowledge: Knowledge) -> Learned:
        from causallearn.search.ConstraintBased.PC import pc

        settings = self.settings
        assert isinstance(settings, CausalLearnPCSettings)
        with quiet(settings.seed):
            found = pc(
                _values(table, settings.test),
                settings.alpha,
                settings.test,
                settings.stable,
                settings.uc_rule,
                settings.uc_priority,
                show_progress=False,
                max_k=settings.max_depth,
            )
        marks = marks_of(found.G.graph)
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


def _values(table: Table, test: str) -> NDArray[Any]:
    if test in _COUNTS:
        return levels_of(table)
    return table.values if test.endswith("fisherz") else standardised(table)


class CausalLearnFCISettings(Settings):
    """Settings of :class:`CausalLearnFCI`."""

    alpha: Annotated[
        float, Field(gt=0, lt=1, description="a pair is independent when p > alpha")
    ] = 0.01
    max_depth: Annotated[int | None, Field(ge=0, description="largest conditioning set")] = None
    max_path_length: Annotated[
        int | None, Field(ge=1, description="longest discriminating path")
    ] = None
    test: Annotated[Test, _TEST] = "fisherz"
    seed: Annotated[int, Field(ge=0, description="of the kernel tests that draw numbers")] = 0


class CausalLearnFCI(Reference):
    """FCI of causal-learn; the result is a PAG.

    Under knowledge its skeleton and its separating sets are oriented by our rules
    (:mod:`discovery.pag`), with the meaning of knowledge that algorithm ``fci`` gives it.
    """

    name: ClassVar[str] = "causal-learn/fci"
    summary: ClassVar[str] = "causal-learn's FCI, the reference for hidden common causes"
    settings_type: ClassVar[type[Settings]] = CausalLearnFCISettings
    data: ClassVar[tuple[str, ...]] = ("continuous", "discrete")
    hidden_causes: ClassVar[bool] = True

    @property
    def categories(self) -> bool:
        """Whether it tests categories, so that text columns can be used."""
        assert isinstance(self.settings, CausalLearnFCISettings)
        return self.settings.test in _COUNTS

    @property
    def uses(self) -> tuple[str, ...]:
        """Missing values are used by test-wise deletion with ``mv_fisherz``."""
        assert isinstance(self.settings, CausalLearnFCISettings)
        return ("missing",) if self.settings.test == "mv_fisherz" else ()

    def _run(self, table: Table, knowledge: Knowledge) -> Learned:
        settings = self.settings
        assert isinstance(settings, CausalLearnFCISettings)
        graph, passed = _recorded_fci(_values(table, settings.test), settings)
        marks = marks_of(graph)
        adjacent = adjacency(marks)
        separations = Separations(table.p)
        for i, j in np.argwhere(np.triu(~adjacent, 1)):
            pair = (int(i), int(j))
            sets = passed.get(pair, [])
            level = [(p, given) for p, given in sets if len(given) == len(sets[0][1])]
            p_value, best = max(level, default=(float("nan"), ()))
            separations.add(pair, {k for _, given in level for k in given}, best, p_value)
            if settings.test == "fisherz":
                test = partial_test(table.correlation, table.n, *pair, best)
                separations.statistics[pair] = abs(test.z)
        directed = frozenset(
            (int(i), int(j)) for i, j in np.argwhere((marks == ARROW) & (marks.T == TAIL))
        )
        if not knowledge.constrains:
            return Learned(marks, separations=separations, by_data=directed)
        denied: set[Pair] = set()
        for claim in knowledge.required:
            i, j = table.columns.index(claim.source), table.columns.index(claim.target)
            if not adjacent[i, j]:
                adjacent[i, j] = adjacent[j, i] = True
                denied.add((min(i, j), max(i, j)))
        learned = finish_pag(table, knowledge, Skeleton(adjacent, separations, denied))
        learned.p_values = None
        learned.notes.append(
            "causal-learn's FCI gave the edges; under knowledge etiograph's rules gave their marks"
        )
        return learned


def _recorded_fci(
    values: NDArray[Any], settings: CausalLearnFCISettings
) -> tuple[NDArray[np.int_], dict[Pair, list[tuple[float, tuple[int, ...]]]]]:
    """Run FCI; return its matrix and, for each pair, the tests that separate it, in their order: its
    own separating sets are not part of what it returns."""
    from causallearn.search.ConstraintBased.FCI import fci
    from causallearn.utils import cit

    passed: dict[Pair, list[tuple[float, tuple[int, ...]]]] = {}

    class Recorded(cit.CIT_Base):  # type: ignore[misc]
        def __init__(self, data: NDArray[Any], **others: Any) -> None:
            super().__init__(data, **others)
            self.method = settings.test
            self.test = cit.CIT(data, settings.test)

        def __call__(self, x: int, y: int, given: Any = None) -> float:
            p_value = float(self.test(x, y, given))
            if p_value > settings.alpha:
                pair = (min(int(x), int(y)), max(int(x), int(y)))
                passed.setdefault(pair, []).append(
                    (p_value, tuple(sorted(int(k) for k in given or ())))
                )
            return p_value

    with quiet(settings.seed):
        name = "etiograph_recorded"
        cit.register_ci_test(name, Recorded)
        graph, _ = fci(
            values,
            name,
            settings.alpha,
            -1 if settings.max_depth is None else settings.max_depth,
            -1 if settings.max_path_length is None else settings.max_path_length,
            show_progress=False,
        )
    return graph.graph, passed
