"""How one thing may act on another: the most believed chains, in order, and what they add up to."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.errors import UsageError
from queries.mechanism.network import Link, Network

__all__ = ["BUDGET", "Chain", "Explanation", "explain", "loops"]

BUDGET = 300_000
"""partial chains put aside at most in one search"""


@dataclass(frozen=True, slots=True)
class Chain:
    """Links one after the other, no node twice (a loop ends where it began)."""

    links: tuple[Link, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes in order, cause first."""
        return (self.links[0].cause, *(link.effect for link in self.links))

    @property
    def sign(self) -> int:
        """The product of the signs: what it does to its end if its beginning rises; 0 if a link does
        not say."""
        return math.prod(link.sign for link in self.links)

    @property
    def belief(self) -> float:
        """The product of the beliefs: that all links hold, were they independent."""
        return math.prod(link.belief for link in self.links)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "nodes": list(self.nodes), "sign": self.sign, "belief": self.belief,
            "signs": [link.sign for link in self.links],
            "statements": [link.id for link in self.links],
        }  # fmt: skip


@dataclass(frozen=True)
class Explanation:
    """The best chains from ``source`` to ``target``.

    Attributes:
        chains: most believed first.
        complete: whether these are certainly the best ones; False when the search ran out of budget.
        exhausted: whether there are no others within the length asked for.
    """

    source: str
    target: str
    chains: tuple[Chain, ...]
    complete: bool
    exhausted: bool
    max_length: int
    signs: dict[int, float] = field(default_factory=dict)
    """sign -> belief of the best chain of that sign"""

    @property
    def balance(self) -> str:
        """``coherent`` if all signed chains push the same way, ``incoherent`` if they do not,
        ``unsigned`` if none says, ``none`` without chains."""
        if not self.chains:
            return "none"
        signs = {c.sign for c in self.chains} - {0}
        return ("unsigned", "coherent", "incoherent")[len(signs)]

    @property
    def explanation(self) -> str:
        """What was found, in plain words."""
        if not self.chains:
            told = f"No chain of at most {self.max_length} links leads from {self.source} to {self.target}"
            return told + ("." if self.complete else ", as far as the search went.")
        best = self.chains[0]
        way = {1: "raises", -1: "lowers", 0: "acts on"}[best.sign]
        told = (
            f"The most believed chain ({best.belief:.2g}, {len(best.links)} links) says that "
            f"{self.source} {way} {self.target}"
        )
        if self.balance == "incoherent":
            told += f"; chains disagree: raising {self.signs[1]:.2g}, lowering {self.signs[-1]:.2g}"
        elif self.balance == "coherent" and len(self.chains) > 1:
            told += f"; all signed chains of the {len(self.chains)} found push the same way"
        if not self.complete:
            told += "; the search ended early, so there may be better ones"
        return told + "."

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "source": self.source, "target": self.target, "balance": self.balance,
            "complete": self.complete, "exhausted": self.exhausted, "max_length": self.max_length,
            "chains": [c.to_json() for c in self.chains], "explanation": self.explanation,
            "signs": {str(k): v for k, v in sorted(self.signs.items())},
        }  # fmt: skip


def explain(
    network: Network,
    source: str,
    target: str,
    *,
    k: int = 10,
    max_length: int = 6,
    budget: int = BUDGET,
) -> Explanation:
    """Return the ``k`` most believed chains of at most ``max_length`` links, no node twice.

    Exact unless the budget ends: A* over partial chains (Hart, Nilsson and Raphael 1968), whose bound is
    the most believed way on to the target in so many links, so that chains come out in the order of
    their belief. Of equally believed chains shorter ones come first, then by name.

    Raises:
        UsageError: for unknown nodes, source = target, or numbers below 1.
    """
    if source == target:
        raise UsageError("source and target are the same", hint="Loops are what `loops` returns.")
    return _search(network, source, target, k, max_length, budget)


def loops(
    network: Network, node: str, *, k: int = 10, max_length: int = 6, budget: int = BUDGET
) -> Explanation:
    """Return the ``k`` most believed feedback loops through a node; a chain's sign +1 is a loop that
    reinforces, -1 one that damps.

    Raises:
        UsageError: for an unknown node, or numbers below 1.
    """
    return _search(network, node, node, k, max_length, budget)


def _search(
    network: Network, source: str, target: str, k: int, max_length: int, budget: int
) -> Explanation:
    if k < 1 or max_length < 1 or budget < 1:
        raise UsageError("k, max_length and budget must be 1 or more")
    start, end = network.at(source), network.at(target)
    chains: list[Chain] = []
    complete = True
    for found in _chains(network, start, end, max_length, budget):
        if found is None:
            complete = False
            break
        chains.append(found)
        if len(chains) == k:
            break
    signs: dict[int, float] = {}
    for chain in chains:
        signs.setdefault(chain.sign, chain.belief)
    exhausted = complete and len(chains) < k
    return Explanation(
        source, target, tuple(chains), complete, exhausted, max_length, dict(sorted(signs.items()))
    )


def _ways_on(network: Network, start: int, end: int, max_length: int) -> npt.NDArray[np.float64]:
    """Cost (-log belief) of the most believed way from each node to ``end`` in at most so many links,
    [max_length + 1, n]; infinite where there is none."""
    arcs = network.into
    cost = -np.log(arcs.belief)
    if start != end:
        # no chain comes back to its start: else every neighbour of a hub seems to lead on through it
        cost = np.where(arcs.target == start, np.inf, cost)
    found = np.full((max_length + 1, len(network)), np.inf)
    found[0, end] = 0.0
    for step in range(1, max_length + 1):
        found[step] = found[step - 1]
        np.minimum.at(found[step], arcs.source, found[step - 1][arcs.target] + cost)
    return found


def _chains(
    network: Network, start: int, end: int, max_length: int, budget: int
) -> Iterator[Chain | None]:
    """Yield chains by falling belief; None when the budget has run out."""
    on = _ways_on(network, start, end, max_length)
    arcs = network.out
    towards, links = arcs.target, arcs.link
    cost = -np.log(arcs.belief)
    serial = itertools.count()
    # bound, length, order of arrival; then the node, its cost, the links so far
    waiting: list[tuple[float, int, int, int, float, tuple[int, ...], frozenset[int]]] = []
    if start == end:
        bound = 0.0
    else:
        bound = float(on[max_length, start])
        if not math.isfinite(bound):
            return
    heapq.heappush(waiting, (bound, 0, next(serial), start, 0.0, (), frozenset((start,))))
    while waiting:
        _, length, order, node, so_far, path, seen = heapq.heappop(waiting)
        if path and node == end:
            yield Chain(tuple(network.links[i] for i in path))
            continue
        if length == max_length:
            continue
        a, b = int(arcs.first[node]), int(arcs.first[node + 1])
        bounds = so_far + cost[a:b] + on[max_length - length - 1, towards[a:b]]
        for place in np.flatnonzero(np.isfinite(bounds)).tolist():
            to = int(towards[a + place])
            if to in seen and not (to == end == start):
                continue
            if order > budget:
                yield None
                return
            heapq.heappush(
                waiting,
                (
                    # rounding must not let a chain overtake its equal
                    round(float(bounds[place]), 12), length + 1, next(serial), to,
                    so_far + float(cost[a + place]), (*path, int(links[a + place])), seen | {to},
                ),
            )  # fmt: skip
