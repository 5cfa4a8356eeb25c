"""What to block so that one thing no longer reaches another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.errors import UsageError
from queries.mechanism.network import Network

__all__ = ["Block", "block"]

_ENDLESS = 2**30


@dataclass(frozen=True, slots=True)
class Block:
    """The cheapest set of nodes on all chains; ``possible`` is False if a direct link, or chains through
    nothing but protected nodes, cannot be cut by nodes (``through`` is such a chain's nodes)."""

    source: str
    target: str
    possible: bool
    nodes: tuple[str, ...]
    cost: float
    through: tuple[str, ...] = ()

    @property
    def explanation(self) -> str:
        """What was found, in plain words."""
        if not self.possible and len(self.through) == 2:
            return (
                f"blocking what lies between is not enough: {' -> '.join(self.through)} is direct."
            )
        if not self.possible:
            return f"all that lies on {' -> '.join(self.through)} is protected."
        if not self.nodes:
            return f"nothing: {self.source} does not reach {self.target}."
        named = ", ".join(self.nodes)
        return f"block {named}, and {self.source} no longer reaches {self.target} (cost {self.cost:g})."

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "source": self.source, "target": self.target, "possible": self.possible,
            "nodes": list(self.nodes), "cost": self.cost, "through": list(self.through),
            "explanation": self.explanation,
        }  # fmt: skip


def block(
    network: Network,
    source: str,
    target: str,
    *,
    max_length: int = 4,
    costs: Mapping[str, float] | None = None,
    protected: Iterable[str] = (),
) -> Block:
    """Return the cheapest nodes whose blocking cuts every chain of at most ``max_length`` links.

    A minimum node cut (Menger 1927; Ford and Fulkerson 1956) of the part of the network that such chains
    run through; chains in that part that are longer are cut too.

    Args:
        costs: of blocking a node, 1 if not named; compared to a thousandth.
        protected: nodes that cannot be blocked.

    Raises:
        UsageError: for unknown nodes, source = target, or a cost below 0.
    """
    from scipy import sparse
    from scipy.sparse import csgraph

    if source == target:
        raise UsageError("source and target are the same")
    x, y = network.at(source), network.at(target)
    cost = np.ones(len(network))
    for name, value in (costs or {}).items():
        if not 0 <= value < math.inf:
            raise UsageError(f"the cost of {name!r} is {value}, and costs are 0 or more")
        cost[network.at(name)] = value
    free = np.ones(len(network), dtype=bool)
    free[[x, y, *map(network.at, protected)]] = False
    away = network.hops(x, network.out, max_length)
    left = network.hops(y, network.into, max_length)
    inside = away + left <= max_length
    if not inside[x]:
        return Block(source, target, True, (), 0.0)
    places = np.flatnonzero(inside)
    number = np.full(len(network), -1, dtype=np.int64)
    number[places] = np.arange(len(places))
    arcs = network.out
    used = inside[arcs.source] & inside[arcs.target]
    a, b = number[arcs.source[used]], number[arcs.target[used]]
    # whole numbers whose sum stays below what cannot be blocked
    scale = min(1000.0, _ENDLESS / 2 / max(1.0, float(cost[places][free[places]].sum())))
    price = np.where(free, np.rint(cost * scale), _ENDLESS).astype(np.int64)
    if chain := _unblockable(network, x, y, inside, free):
        return Block(source, target, False, (), math.inf, chain)
    # each node is an arc of its own from its front (2i) to its back (2i + 1)
    rows = np.concatenate([2 * np.arange(len(places)), 2 * a + 1])
    columns = np.concatenate([2 * np.arange(len(places)) + 1, 2 * b])
    capacity = np.concatenate([price[places], np.full(len(a), _ENDLESS)])
    _, unique = np.unique(rows * (2 * len(places)) + columns, return_index=True)
    graph = sparse.csr_matrix(
        (capacity[unique].astype(np.int32), (rows[unique], columns[unique])),
        shape=(2 * len(places), 2 * len(places)),
    )
    start, end = int(2 * number[x] + 1), int(2 * number[y])
    flow = csgraph.maximum_flow(graph, start, end)
    rest = (graph - flow.flow).tocsr()
    rest.data[rest.data < 0] = 0
    rest.eliminate_zeros()
    reached = np.zeros(2 * len(places), dtype=bool)
    reached[csgraph.breadth_first_order(rest, start, return_predecessors=False)] = True
    cut = [int(places[i]) for i in range(len(places)) if reached[2 * i] and not reached[2 * i + 1]]
    nodes = tuple(sorted(network.nodes[i] for i in cut))
    return Block(source, target, True, nodes, float(sum(cost[i] for i in cut)))


def _unblockable(
    network: Network,
    x: int,
    y: int,
    inside: npt.NDArray[np.bool_],
    free: npt.NDArray[np.bool_],
) -> tuple[str, ...]:
    """The nodes of a shortest chain that meets nothing which could be blocked, empty if there is none."""
    arcs = network.out
    before = {x: x}
    fresh = [x]
    while fresh and y not in before:
        following = []
        for node in fresh:
            for place in range(int(arcs.first[node]), int(arcs.first[node + 1])):
                to = int(arcs.target[place])
                if to not in before and inside[to] and not free[to]:
                    before[to] = node
                    following.append(to)
        fresh = following
    if y not in before:
        return ()
    chain = [y]
    while chain[-1] != x:
        chain.append(before[chain[-1]])
    return tuple(network.nodes[i] for i in reversed(chain))
