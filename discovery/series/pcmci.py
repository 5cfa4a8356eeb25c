"""PCMCI and PCMCI+: lagged links by conditional independence that allows for autocorrelation.

PC1 finds a set of lagged parents of each column; the momentary conditional independence test (MCI) of a
link then conditions on the parents of both ends (Runge et al. 2019, Science Advances 5, eaau4996).
PCMCI+ searches the links within a step the same way and directs them by colliders and Meek's rules
(Runge 2020, UAI). Tests are partial correlations.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Annotated, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Settings
from discovery.association import PartialTest, partial_test
from discovery.marks import ARROW, TAIL
from discovery.orientation import orient
from discovery.series.found import Link, Links, SeriesAlgorithm
from discovery.series.frame import Series, windows

__all__ = ["PCMCI", "LagTest", "PCMCIPlus", "PCMCISettings", "PartialCorrelations"]

Bools = NDArray[np.bool_]
Node = tuple[int, int]
"""(column, steps back)"""


class PCMCISettings(Settings):
    """Settings of :class:`PCMCI` and :class:`PCMCIPlus`."""

    level: Annotated[
        float,
        Field(
            gt=0, lt=1, description="pcmci: q-value up to which a link is found; pcmci+: p-value"
        ),
    ] = 0.05
    pc_alpha: Annotated[
        float, Field(gt=0, lt=1, description="a lagged parent is dropped when p is above")
    ] = 0.2
    max_conditions: Annotated[
        int | None, Field(ge=0, description="largest conditioning set while parents are selected")
    ] = None


class LagTest(Protocol):
    """A test of independence of two nodes given others; ``n`` windows of ``p`` columns."""

    n: int
    p: int

    def __call__(self, x: Node, y: Node, given: set[Node]) -> PartialTest:
        """Return the test; nodes are columns at steps back."""
        ...


class PartialCorrelations:
    """Partial correlations between columns at different steps."""

    def __init__(self, series: Series, max_lag: int) -> None:
        found = windows(series, 2 * max_lag + 1)
        self.n, _, self.p = found.shape
        self.r = np.corrcoef(found.reshape(self.n, -1), rowvar=False)

    def __call__(self, x: Node, y: Node, given: set[Node]) -> PartialTest:
        at = [lag * self.p + k for k, lag in (x, y, *sorted(given - {x, y}))]
        return partial_test(self.r, self.n, at[0], at[1], at[2:])


def _back(nodes: set[Node], steps: int) -> set[Node]:
    return {(k, lag + steps) for k, lag in nodes}


class PCMCI(SeriesAlgorithm):
    """PCMCI with partial correlations; links within a step are reported without a direction.

    Assumes linear links that do not change over time, and no hidden common causes.
    """

    name: ClassVar[str] = "pcmci"
    summary: ClassVar[str] = "lagged links by momentary conditional independence"
    settings_type: ClassVar[type[Settings]] = PCMCISettings

    def links(
        self, series: Series, max_lag: int, allowed: Bools, tell: Callable[[str, int, int], None]
    ) -> Links:
        """See :meth:`SeriesAlgorithm.links`."""
        return self.links_by(PartialCorrelations(series, max_lag), max_lag, allowed, tell)

    def links_by(
        self,
        test: LagTest,
        max_lag: int,
        allowed: Bools,
        tell: Callable[[str, int, int], None] = lambda text, done, total: None,
    ) -> Links:
        """Return the links that a test gives; see :meth:`SeriesAlgorithm.links`."""
        settings = self.settings
        assert isinstance(settings, PCMCISettings)
        found = Links([], windows=test.n)
        try:
            above = self._parents(test, max_lag, allowed, tell)
            for y in range(test.p):
                tell("links", y, test.p)
                for x in range(test.p):
                    for lag in range(max_lag + 1):
                        if lag == 0 and (x >= y or not (allowed[x, y] or allowed[y, x])):
                            continue
                        if lag and x != y and not allowed[x, y]:
                            continue
                        given = (above[y] - {(x, lag)}) | _back(above[x], lag)
                        result = test((x, lag), (y, 0), given)
                        # knowledge may leave a link within a step one direction only
                        kind = "-->" if lag or not (allowed[x, y] and allowed[y, x]) else "---"
                        ends = (x, y) if allowed[x, y] or lag else (y, x)
                        found.links.append(
                            Link(*ends, lag, kind, result.correlation, result.p_value)
                        )
        except KeyboardInterrupt:
            found.complete = False
        found.judge(settings.level)
        return found

    def _parents(
        self,
        test: LagTest,
        max_lag: int,
        allowed: Bools,
        tell: Callable[[str, int, int], None],
    ) -> list[set[Node]]:
        """PC1: the lagged parents of each column, conditioning on the strongest others only."""
        settings = self.settings
        assert isinstance(settings, PCMCISettings)
        above = []
        for y in range(test.p):
            tell("lagged parents", y, test.p)
            left = [
                (x, lag)
                for lag in range(1, max_lag + 1)
                for x in range(test.p)
                if allowed[x, y] or x == y
            ]
            weakest = dict.fromkeys(left, np.inf)
            size = 0
            while size < len(left) and (
                settings.max_conditions is None or size <= settings.max_conditions
            ):
                kept = []
                for x in left:
                    given = [k for k in left if k != x][:size]
                    result = test(x, (y, 0), set(given))
                    weakest[x] = min(weakest[x], abs(result.correlation))
                    if result.p_value <= settings.pc_alpha:
                        kept.append(x)
                left = sorted(kept, key=lambda k: (-weakest[k], k))
                size += 1
            above.append(set(left))
        return above


class PCMCIPlus(PCMCI):
    """PCMCI+: as :class:`PCMCI`, and links within a step are searched and directed too."""

    name: ClassVar[str] = "pcmci+"
    summary: ClassVar[str] = "lagged links and directed links within a step"

    def links_by(
        self,
        test: LagTest,
        max_lag: int,
        allowed: Bools,
        tell: Callable[[str, int, int], None] = lambda text, done, total: None,
    ) -> Links:
        """See :meth:`PCMCI.links_by`."""
        p = test.p
        found = Links([], windows=test.n)
        tested: dict[tuple[Node, int], PartialTest] = {}
        apart: dict[tuple[Node, int], set[Node]] = {}
        now = (allowed | allowed.T) & ~np.eye(p, dtype=bool)
        lagged: list[set[Node]] = [set() for _ in range(p)]
        try:
            above = self._parents(test, max_lag, allowed, tell)
            lagged = [set(nodes) for nodes in above]
            self._skeleton(test, above, lagged, now, tested, apart, tell)
        except KeyboardInterrupt:
            found.complete = False
        directed = self._directed(p, max_lag, lagged, now, apart, allowed)
        for ((x, lag), y), result in sorted(tested.items()):
            if lag == 0 and x > y:
                continue
            there = bool(now[x, y]) if lag == 0 else (x, lag) in lagged[y]
            ends, kind = (x, y), "-->"
            if lag == 0 and not directed[x, y] and allowed[y, x]:
                one_way = directed[y, x] or not allowed[x, y]
                ends, kind = ((y, x), "-->") if one_way else ((x, y), "---")
            found.links.append(Link(*ends, lag, kind, result.correlation, result.p_value, there))
        return found

    def _skeleton(
        self,
        test: LagTest,
        above: list[set[Node]],
        lagged: list[set[Node]],
        now: Bools,
        tested: dict[tuple[Node, int], PartialTest],
        apart: dict[tuple[Node, int], set[Node]],
        tell: Callable[[str, int, int], None],
    ) -> None:
        """Remove links, in place, by MCI tests given ever larger sets of neighbours within the step."""
        settings = self.settings
        assert isinstance(settings, PCMCISettings)
        p, size = test.p, 0
        while True:
            tell("links within a step", size, 0)
            near = [{(int(k), 0) for k in np.flatnonzero(row)} for row in now]
            if size > max((len(n) for n in near), default=0):
                return
            links = [((x, 0), y) for x in range(p) for y in range(p) if now[x, y]]
            links += [(x, y) for y in range(p) for x in sorted(lagged[y])]
            gone: list[tuple[Node, int]] = []
            for x, y in links:
                for chosen in combinations(sorted(near[y] - {x}), size):
                    base = (above[y] - {x}) | _back(above[x[0]], x[1])
                    result = test(x, (y, 0), base | set(chosen))
                    key = min((x, y), ((y, 0), x[0])) if x[1] == 0 else (x, y)
                    if key not in tested or result.p_value > tested[key].p_value:
                        tested[key] = result
                    if result.p_value > settings.level:
                        gone.append((x, y))
                        apart[x, y] = set(chosen)
                        break
            for x, y in gone:
                if x[1] == 0:
                    now[x[0], y] = now[y, x[0]] = False
                    apart.setdefault(((y, 0), x[0]), apart[x, y])
                else:
                    lagged[y].discard(x)
            size += 1

    def _directed(
        self,
        p: int,
        max_lag: int,
        lagged: list[set[Node]],
        now: Bools,
        apart: dict[tuple[Node, int], set[Node]],
        allowed: Bools,
    ) -> Bools:
        """Return which links within a step are directed, [p, p]; what came before acts on what comes later."""
        size = p * (max_lag + 1)
        near = np.zeros((size, size), dtype=bool)
        near[:p, :p] = now
        ways = np.ones((size, size), dtype=bool)
        ways[:p, p:] = False
        ways[:p, :p] = allowed
        for y, nodes in enumerate(lagged):
            for k, lag in nodes:
                near[lag * p + k, y] = near[y, lag * p + k] = True

        def status(x: int, y: int, z: int) -> bool | None:
            if y >= p or (x >= p and z >= p):
                return None  # both ends lie in the past: their own separation was not asked
            if x >= p:
                x, z = z, x
            # x lies in the step; a lagged z that never reached this stage was separated by the past alone
            given = apart.get(((z % p, z // p), x), set()) if z >= p else apart.get(((z, 0), x))
            return None if given is None else (y, 0) not in given

        marks = orient(near, status, ways).marks[:p, :p]
        return np.asarray((marks == ARROW) & (marks.T == TAIL))
