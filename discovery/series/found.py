"""What every algorithm for series is and returns."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from discovery.algorithms.base import Algorithm, Learned, Progress
from discovery.data import Table
from discovery.knowledge import Knowledge
from discovery.series.frame import Series
from discovery.series.result import benjamini_hochberg
from graph.errors import UsageError

__all__ = ["Link", "Links", "SeriesAlgorithm"]


class Link(NamedTuple):
    """A tested link between columns ``source`` (``lag`` steps before) and ``target``."""

    source: int
    target: int
    lag: int
    kind: str
    strength: float
    p_value: float
    there: bool = False


@dataclass
class Links:
    """All links tested, and what to say about them."""

    links: list[Link]
    windows: int
    lags: int | None = None
    notes: list[str] = field(default_factory=list)
    complete: bool = True

    def judge(self, level: float) -> None:
        """Take as found what has a q-value up to ``level``."""
        if self.links:
            q = benjamini_hochberg(np.array([k.p_value for k in self.links]))
            self.links = [
                k._replace(there=bool(v <= level)) for k, v in zip(self.links, q, strict=True)
            ]


class SeriesAlgorithm(Algorithm):
    """An algorithm over series; settings are checked as for every algorithm."""

    takes: ClassVar[tuple[str, ...]] = ("forbidden", "tiers")
    data: ClassVar[tuple[str, ...]] = ("continuous", "series")

    @abstractmethod
    def links(
        self,
        series: Series,
        max_lag: int,
        allowed: NDArray[np.bool_],
        tell: Callable[[str, int, int], None],
    ) -> Links:
        """Return the links; ``allowed`` [p, p], ``[i, j]``: may i act on j, at any lag.

        Raises:
            DataError: too few windows.
        """

    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        """Refuse a table: its rows have no order.

        Raises:
            UsageError: always.
        """
        raise UsageError(
            f"{self.name} learns from series, not from rows without order",
            hint="Call discovery.series.learn(dataset, ..., time=...).",
        )
