"""What the score-based algorithms have in common: settings, knowledge inside the search, the result."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Algorithm, Learned, Progress, Settings
from discovery.constrain import disagreements
from discovery.data import Table
from discovery.knowledge import Conflict, Knowledge
from discovery.marks import Marks, arrows
from discovery.orientation import Oriented, extend, orient, reasons_of, to_cpdag
from discovery.scores import auto_score, make_score

if TYPE_CHECKING:
    from discovery.permutation import Limits, OrderSearch
    from discovery.scores.base import Score

__all__ = ["ScoreAlgorithm", "ScoreSettings", "first_order", "limits_of"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


class ScoreSettings(Settings):
    """Settings of every score.

    The defaults of ``gamma``, ``sample_size`` and ``sparsity`` gave the fewest wrong edges, or close to it, on
    simulated graphs of 20 and 50 columns (weak and strong effects, 300 to 3,000 rows) and on the networks
    cancer, earthquake, survey and water and random ones of 15 columns (5,000 rows).
    """

    penalty: Annotated[
        float,
        Field(gt=0, description="multiple of the BIC's log(n) for a parameter; 1 is the standard"),
    ] = 1.0
    gamma: Annotated[
        float,
        Field(ge=0, le=1, description="extended Gaussian BIC: 4 gamma log(p) more for an edge"),
    ] = 0.75
    score: Annotated[
        Literal["auto", "bic", "bdeu", "discrete-bic", "degenerate-gaussian"],
        Field(
            description="auto: bic for numbers, bdeu for categories, degenerate-gaussian for both"
        ),
    ] = "auto"
    sample_size: Annotated[float, Field(gt=0, description="equivalent sample size of BDeu")] = 3.0
    sparsity: Annotated[float, Field(ge=0, description="BDeu: 2 sparsity log(p) for an edge")] = 1.0


class ScoreAlgorithm(Algorithm):
    """A search for the graph with the best score.

    Knowledge limits the search itself: forbidden parents are never tried, required ones are always in,
    tiers and required edges limit directions, and the log odds of graded priors count in the score. A
    second search without hard knowledge shows where the data disagree.
    """

    takes: ClassVar[tuple[str, ...]] = ("required", "forbidden", "tiers", "graded")
    leans: ClassVar[bool] = True
    data: ClassVar[tuple[str, ...]] = ("continuous", "discrete", "mixed")
    settings_type: ClassVar[type[Settings]] = ScoreSettings

    @property
    def categories(self) -> bool:
        """Whether it scores categories, so that text columns can be used."""
        assert isinstance(self.settings, ScoreSettings)
        return self.settings.score != "bic"

    @property
    def uses(self) -> tuple[str, ...]:
        """See :attr:`Algorithm.uses`."""
        return ("weights",)

    @abstractmethod
    def find(self, score: Score, limits: Limits, progress: Progress | None = None) -> OrderSearch:
        """Return the best graph found within limits; an interrupt gives the best so far."""

    def score_of(self, table: Table, knowledge: Knowledge | None = None) -> Score:
        """Return the score of the settings, with the graded priors of ``knowledge``."""
        settings = self.settings
        assert isinstance(settings, ScoreSettings)
        graded = knowledge is not None and bool(knowledge.graded)
        return make_score(
            table,
            settings.score,
            penalty=settings.penalty,
            gamma=settings.gamma,
            sample_size=settings.sample_size,
            sparsity=settings.sparsity,
            prior=knowledge.log_odds(table.columns) if knowledge is not None and graded else None,
        )

    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        """See :meth:`Algorithm.run`."""
        from discovery.classes import class_of
        from discovery.permutation import Limits

        settings = self.settings
        assert isinstance(settings, ScoreSettings)
        none = Limits.of(table.p)
        complete, conflicts = True, list[Conflict]()
        free: Oriented | None = None
        score = self.score_of(table)
        if not knowledge.graded:
            found = self.find(score, none, progress)
            complete = found.complete
            marks = class_of(found.dag, none.allowed, False)
            free = Oriented(marks, reasons_of(marks))
            oriented = free
        if knowledge.constrains or knowledge.graded:
            limits = limits_of(table, knowledge)
            score = self.score_of(table, knowledge)
            found = self.find(score, limits, progress)
            complete = complete and found.complete
            # a greedy search within limits can end lower than the class found without them, which may
            # well have a member that keeps them
            kept = None if free is None else _member_within(free.marks, limits)
            if kept is not None and score.total(kept) > score.total(found.dag):
                found = replace(found, dag=kept, score=score.total(kept))
            oriented = _oriented(score, found.dag, limits)
            if free is not None:
                conflicts = disagreements(table, knowledge, free, oriented.marks, {})
        notes = [] if complete else ["interrupted: the best graph so far"]
        if settings.score == "auto" and auto_score(table) != "bic":
            notes.append(f"score: {auto_score(table)}, by the kinds of columns")
        return Learned(
            oriented.marks,
            gains=score.edge_gains(found.dag),
            reasons=oriented.reasons,
            by_data=frozenset(free.reasons) if free is not None else frozenset(),
            conflicts=conflicts,
            notes=notes,
            complete=complete,
        )


def first_order(score: Score) -> list[int]:
    """Return an order to start from: by how much each column gains from single parents, the least first. By
    content, not by position, so that the same columns in another order start the same way."""
    worth = np.array([np.maximum(score.gains(y, ()), 0.0).sum() for y in range(score.p)])
    scale = max(1.0, float(worth.max(initial=0.0)))
    return [int(k) for k in np.argsort((worth / scale).round(9), kind="stable")]


def limits_of(table: Table, knowledge: Knowledge) -> Limits:
    """Return what knowledge allows: edges, required ones, and which column comes before which."""
    from discovery.permutation import Limits

    columns = table.columns
    return Limits.of(
        table.p, knowledge.allowed(columns), knowledge.requires(columns), knowledge.before(columns)
    )


def _member_within(marks: Marks, limits: Limits) -> Bools | None:
    """Return a graph of a class that keeps the limits, None if it has none."""
    adjacent, directed = marks != 0, arrows(marks)
    if (adjacent & ~(limits.allowed | limits.allowed.T)).any() or (
        limits.required & ~adjacent
    ).any():
        return None
    oriented = orient(
        adjacent, lambda x, y, z: bool(directed[x, y] and directed[z, y]), limits.allowed
    )
    member = extend(oriented.marks)
    if member is None:
        return None
    dag = arrows(member)
    if (dag & ~limits.allowed).any() or (to_cpdag(dag) != marks).any():
        return None
    return dag


def _oriented(score: Score, dag: Bools, limits: Limits) -> Oriented:
    """Return the class of a graph under knowledge.

    Edges that the score would rather not have say nothing about the directions around them.
    """
    denied = np.zeros_like(dag)
    for y in range(len(dag)):
        above = [int(k) for k in np.flatnonzero(dag[:, y])]
        if above:
            denied[above, y] = score.losses(y, above) > 0
    unsure = denied | denied.T

    def status(x: int, y: int, z: int) -> bool | None:
        if unsure[x, y] or unsure[z, y]:
            return None
        return bool(dag[x, y] and dag[z, y])

    found = orient(dag | dag.T, status, limits.allowed)
    if extend(found.marks) is not None:
        return found
    # what is left open can only be completed with another collider: then the graph found says which
    return orient(dag | dag.T, lambda x, y, z: bool(dag[x, y] and dag[z, y]), limits.allowed)
