"""causal-learn's LiNGAM methods: directions from noise that is not Gaussian.

Without knowledge the result is causal-learn's. Under knowledge its causal order is changed as little
as is needed, and the parents of each column are chosen again, with its own adaptive lasso, among the
columns before it that knowledge allows; required parents are always there.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Learned, Settings
from discovery.algorithms.causal_learn.base import Reference, quiet, standardised
from discovery.constrain import disagreements
from discovery.data import Table
from discovery.knowledge import Knowledge
from discovery.marks import (
    ARROW,
    CIRCLE,
    TAIL,
    Marks,
    arrows,
    closure,
    topological_order,
)
from discovery.orientation import Oriented, Reason

__all__ = [
    "CausalLearnDirectLiNGAM",
    "CausalLearnICALiNGAM",
    "CausalLearnLiNGAM",
    "CausalLearnRCD",
]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_NOISE = "noise that is not Gaussian"


def _directed(dag: Bools) -> Marks:
    return np.where(dag, ARROW, np.where(dag.T, TAIL, 0)).astype(np.int8)


class _LiNGAM(Reference):
    data: ClassVar[tuple[str, ...]] = ("continuous", "non-Gaussian")

    @abstractmethod
    def _fit(self, values: Floats) -> tuple[list[int], Floats]:
        """Return the causal order and coefficients [p, p], ``[i, j]`` of j in the equation of i."""

    def _run(self, table: Table, knowledge: Knowledge) -> Learned:
        values = standardised(table)
        with quiet():
            order, weights = self._fit(values)
        weights = weights.T  # [i, j]: of i in the equation of j
        free_marks = _directed(weights != 0)
        reasons = {(int(i), int(j)): Reason(_NOISE) for i, j in np.argwhere(weights != 0)}
        free = Oriented(free_marks, reasons)
        if not knowledge.constrains:
            return Learned(free_marks, reasons=reasons, by_data=frozenset(reasons))
        dag = _constrained(values, order, weights, table, knowledge)
        marks = _directed(dag)
        why = {
            (int(i), int(j)): reasons.get((int(i), int(j)), Reason("knowledge"))
            for i, j in np.argwhere(dag)
        }
        return Learned(
            marks,
            reasons=why,
            by_data=frozenset(reasons),
            conflicts=disagreements(table, knowledge, free, marks, {}),
            notes=["causal-learn searched without knowledge; its order was changed to keep it"],
        )


def _constrained(
    values: Floats, order: list[int], weights: Floats, table: Table, knowledge: Knowledge
) -> Bools:
    """Return the DAG [p, p] under knowledge."""
    from causallearn.search.FCMBased.lingam.utils import predict_adaptive_lasso

    allowed, required = knowledge.allowed(table.columns), knowledge.requires(table.columns)
    before = knowledge.before(table.columns)
    # an edge that knowledge allows the other way only is turned, the strongest first
    turned = [
        (-abs(float(weights[i, j])), int(i), int(j))
        for i, j in np.argwhere((weights != 0) & ~allowed & allowed.T)
    ]
    for _, i, j in sorted(turned):
        if not before[i, j]:
            before[j, i] = True
            before = closure(before)
    places = topological_order(before[np.ix_(order, order)])
    assert places is not None
    dag = required.copy()
    done: list[int] = []
    for k in (order[place] for place in places):
        candidates = [i for i in done if allowed[i, k]]
        if candidates:
            with quiet():
                found = predict_adaptive_lasso(values, candidates, k)
            for i, weight in zip(candidates, np.atleast_1d(found), strict=True):
                dag[i, k] |= bool(weight != 0)
        done.append(k)
    return dag


class CausalLearnDirectLiNGAMSettings(Settings):
    """Settings of :class:`CausalLearnDirectLiNGAM`."""

    measure: Annotated[
        Literal["pwling", "kernel"],
        Field(description="independence by pairwise likelihood ratios or kernels (slow)"),
    ] = "pwling"


class CausalLearnDirectLiNGAM(_LiNGAM):
    """DirectLiNGAM of causal-learn (Shimizu et al. 2011, JMLR 12). Needs noise that is not Gaussian;
    with Gaussian noise the directions mean nothing. No hidden common causes."""

    name: ClassVar[str] = "causal-learn/direct-lingam"
    summary: ClassVar[str] = "causal-learn's DirectLiNGAM: linear, noise that is not Gaussian"
    settings_type: ClassVar[type[Settings]] = CausalLearnDirectLiNGAMSettings

    def _fit(self, values: Floats) -> tuple[list[int], Floats]:
        from causallearn.search.FCMBased.lingam import DirectLiNGAM

        assert isinstance(self.settings, CausalLearnDirectLiNGAMSettings)
        model = DirectLiNGAM(measure=self.settings.measure)
        model.fit(values)
        return [int(k) for k in model.causal_order_], np.asarray(model.adjacency_matrix_)


class CausalLearnLiNGAM(CausalLearnDirectLiNGAM):
    """The same as ``causal-learn/direct-lingam``, under its short name."""

    name: ClassVar[str] = "causal-learn/lingam"


class CausalLearnICALiNGAMSettings(Settings):
    """Settings of :class:`CausalLearnICALiNGAM`."""

    max_iterations: Annotated[int, Field(ge=1, description="of FastICA")] = 1000
    seed: Annotated[int, Field(ge=0, description="of FastICA's start")] = 0


class CausalLearnICALiNGAM(_LiNGAM):
    """ICA-LiNGAM of causal-learn (Shimizu et al. 2006, JMLR 7). Needs noise that is not Gaussian; no
    hidden common causes."""

    name: ClassVar[str] = "causal-learn/ica-lingam"
    summary: ClassVar[str] = "causal-learn's ICA-LiNGAM: linear, noise that is not Gaussian"
    settings_type: ClassVar[type[Settings]] = CausalLearnICALiNGAMSettings

    def _fit(self, values: Floats) -> tuple[list[int], Floats]:
        from causallearn.search.FCMBased.lingam import ICALiNGAM

        settings = self.settings
        assert isinstance(settings, CausalLearnICALiNGAMSettings)
        model = ICALiNGAM(random_state=settings.seed, max_iter=settings.max_iterations)
        model.fit(values)
        return [int(k) for k in model.causal_order_], np.asarray(model.adjacency_matrix_)


class CausalLearnRCDSettings(Settings):
    """Settings of :class:`CausalLearnRCD`."""

    max_explanatory: Annotated[
        int, Field(ge=1, description="most columns regressed on at a time")
    ] = 2
    alpha: Annotated[
        float, Field(gt=0, lt=1, description="level of the tests of correlation and independence")
    ] = 0.01
    normality: Annotated[
        float, Field(gt=0, lt=1, description="level of the Shapiro-Wilk test of normality")
    ] = 0.01
    bandwidth: Annotated[
        Literal["mdbs", "scott", "silverman"],
        Field(description="of the kernel test: median distance, Scott's or Silverman's rule"),
    ] = "mdbs"


class CausalLearnRCD(Reference):
    """RCD of causal-learn (Maeda and Shimizu 2020): LiNGAM with hidden common causes, shown as ``<->``.

    Knowledge is about direct edges. A forbidden edge that the data see becomes ``o->`` the other way
    (that cause or a hidden one), ``<->`` when both ways are forbidden; where required edges and those of
    the data form a cycle, the data's directions in it are dropped (``o-o``).
    """

    name: ClassVar[str] = "causal-learn/rcd"
    summary: ClassVar[str] = (
        "causal-learn's RCD: linear, noise that is not Gaussian, hidden common causes"
    )
    settings_type: ClassVar[type[Settings]] = CausalLearnRCDSettings
    data: ClassVar[tuple[str, ...]] = ("continuous", "non-Gaussian")
    hidden_causes: ClassVar[bool] = True

    def _run(self, table: Table, knowledge: Knowledge) -> Learned:
        from causallearn.search.FCMBased.lingam import RCD

        settings = self.settings
        assert isinstance(settings, CausalLearnRCDSettings)
        model = RCD(
            max_explanatory_num=settings.max_explanatory,
            cor_alpha=settings.alpha,
            ind_alpha=settings.alpha,
            shapiro_alpha=settings.normality,
            bw_method=settings.bandwidth,
        )
        with quiet():
            model.fit(standardised(table))
        weights: NDArray[Any] = np.asarray(model.adjacency_matrix_).T
        hidden = np.isnan(weights) | np.isnan(weights.T)
        dag = ~hidden & (weights != 0)
        # both ways at once is no direction
        both = dag & dag.T
        marks = _directed(dag & ~both)
        marks[both] = CIRCLE
        marks[hidden] = ARROW
        reasons = {(int(i), int(j)): Reason(_NOISE) for i, j in np.argwhere(arrows(marks))}
        if not knowledge.constrains:
            return Learned(marks, reasons=reasons, by_data=frozenset(reasons))
        final = _constrained_marks(marks, table, knowledge)
        why = {
            (int(i), int(j)): reasons.get((int(i), int(j)), Reason("knowledge"))
            for i, j in np.argwhere(arrows(final))
        }
        return Learned(
            final,
            reasons=why,
            by_data=frozenset(reasons),
            conflicts=disagreements(table, knowledge, Oriented(marks, reasons), final, {}),
            notes=[
                "causal-learn's RCD searched without knowledge; its marks were changed to keep it"
            ],
        )


def _constrained_marks(marks: Marks, table: Table, knowledge: Knowledge) -> Marks:
    allowed, required = knowledge.allowed(table.columns), knowledge.requires(table.columns)
    found = marks.copy()
    for i, j in np.argwhere((marks != 0) & ~allowed):
        # i does not act on j: an arrowhead at i, and no tail there
        found[j, i] = ARROW
        if marks[i, j] == ARROW and marks[j, i] == TAIL:
            found[i, j] = CIRCLE if allowed[j, i] else ARROW
    for i, j in np.argwhere(required):
        found[i, j], found[j, i] = ARROW, TAIL
    while topological_order(arrows(found)) is None:
        reach = closure(arrows(found))
        inside = reach & reach.T & arrows(found) & ~required
        found[inside | inside.T] = CIRCLE
    return found
