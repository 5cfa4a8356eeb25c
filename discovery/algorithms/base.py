"""What every discovery algorithm is: settings that are checked, and one ``run``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from discovery.data import Table
from discovery.knowledge import Conflict, Knowledge, Tier
from discovery.marks import Marks
from discovery.orientation import Reason
from discovery.skeleton import Pair, Separation
from graph.errors import UsageError

__all__ = ["Algorithm", "Learned", "Progress", "Settings"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and of how much (0: not known)."""


_PARTS = {
    "required": "required edges",
    "forbidden": "forbidden edges",
    "tiers": "tiers",
    "graded": "graded priors",
}


class Settings(BaseModel):
    """Base of an algorithm's settings: every value is typed and checked, unknown names refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass
class Learned:
    """What one run found.

    ``marks`` [p, p] (see :mod:`discovery.marks`); ``p_values`` [p, p] where the algorithm tests
    edges, else None; ``gains`` how much each edge (i, j) adds to the score; ``separations`` what made
    pairs independent; ``reasons`` why directed edges point as they do; ``by_data`` the directed edges
    (i, j) that the data alone, without knowledge, give the same direction (only filled under
    knowledge); ``by_prior`` the pairs, both ways round, that are adjacent only because of graded priors.
    """

    marks: Marks
    p_values: NDArray[np.float64] | None = None
    gains: dict[Pair, float] = field(default_factory=dict)
    separations: Mapping[Pair, Separation] = field(default_factory=dict)
    reasons: Mapping[Pair, Reason] = field(default_factory=dict)
    by_data: frozenset[Pair] = frozenset()
    by_prior: frozenset[Pair] = frozenset()
    conflicts: list[Conflict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    complete: bool = True


class Algorithm(ABC):
    """A structure-learning algorithm. Make one with its settings as keywords.

    Raises:
        UsageError: an unknown setting (the valid ones are named) or a bad value.
    """

    name: ClassVar[str]
    """its name in the registry"""
    summary: ClassVar[str]
    """one line for people"""
    version: ClassVar[str] = "1"
    """changes whenever results change; kept with every proposal"""
    settings_type: ClassVar[type[Settings]] = Settings
    hidden_causes: ClassVar[bool] = False
    """whether it allows hidden common causes (the result is a PAG)"""
    takes: ClassVar[tuple[str, ...]] = ("required", "forbidden", "tiers")
    """the parts of :class:`~discovery.knowledge.Knowledge` that it keeps, of required, forbidden, tiers
    and graded"""
    leans: ClassVar[bool] = False
    """whether an undirected edge of its result means that both directions fit the data equally well, so that
    :meth:`search` may take the direction from graded priors (False too where ``run`` does)"""
    data: ClassVar[tuple[str, ...]] = ("continuous",)
    """what it learns from, for people: continuous, discrete, mixed, interventions, series ..."""

    def __init__(self, **settings: Any) -> None:
        valid = self.settings_type.model_fields
        unknown = sorted(set(settings) - set(valid))
        if unknown:
            raise UsageError(
                f"{self.name} has no setting {', '.join(repr(u) for u in unknown)}",
                hint=f"Its settings are {', '.join(valid)}." if valid else "It has no settings.",
            )
        try:
            self.settings = self.settings_type(**settings)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise UsageError(
                f"{self.name}: {place} = {first['input']!r} is not valid: {first['msg']}",
                hint=f"Its settings are {', '.join(valid)}.",
            ) from None

    def check_knowledge(self, knowledge: Knowledge) -> None:
        """Refuse the parts of knowledge that this algorithm does not keep.

        Raises:
            UsageError: naming the part, an edge of it, and what to do.
        """
        for part in ("required", "forbidden", "tiers", "graded"):
            held = getattr(knowledge, part)
            if not held or part in self.takes:
                continue
            first = held[0]
            shown = (
                ", ".join(first.columns)
                if isinstance(first, Tier)
                else f"{first.source} -> {first.target}{first.because}"
            )
            raise UsageError(
                f"{self.name} cannot take {_PARTS[part]}, such as {shown}",
                hint=f"It takes {' and '.join(self.takes)}."
                if self.takes
                else "It takes no background knowledge: leave it out.",
            )

    @property
    def engine(self) -> str:
        """Name and version of what computes: kept with every proposal."""
        return f"etiograph {self.version}"

    @property
    def categories(self) -> bool:
        """Whether it tests categories, so that text columns can be used."""
        return False

    @property
    def conditions(self) -> bool:
        """Whether clusters are conditions whose rows are resampled, not groups that are resampled whole."""
        return False

    @property
    def uses(self) -> tuple[str, ...]:
        """What it takes into account, under these settings, of what a table may hold beside complete rows:
        missing (NaN, test-wise deletion), weights, targets. A table with one of the others is refused."""
        return ()

    def check_table(self, table: Table) -> None:
        """Refuse a table with missing values, weights or targets that this algorithm would ignore.

        Raises:
            UsageError: naming what it cannot use, and what to do.
        """
        held = {
            "missing": (table.has_missing, "missing values", 'missing="drop" or "impute"'),
            "weights": (table.weights is not None, "row weights", "no weights"),
            "targets": (table.targets is not None, "intervention targets", "no targets"),
        }
        for part, (there, words, instead) in held.items():
            if there and part not in self.uses:
                raise UsageError(
                    f"{self.name} with these settings cannot use {words}",
                    hint=f"Choose another algorithm or test, or {instead}.",
                )

    def search(
        self, table: Table, knowledge: Knowledge, progress: Progress | None = None
    ) -> Learned:
        """:meth:`run`, and then directions that the data leave open by graded priors, see
        :mod:`discovery.leaning`."""
        learned = self.run(table, knowledge, progress)
        if knowledge.graded and self.leans:
            from discovery.leaning import lean

            lean(learned, table.columns, knowledge)
        return learned

    @abstractmethod
    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        """Learn a graph. Knowledge has been checked against the columns; it holds in the result.

        Raises:
            UsageError: if this algorithm cannot keep such knowledge.
            DataError: if the data cannot be used.
        """
