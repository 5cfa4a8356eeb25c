"""Linear models in which some disturbances may be normal: what can be directed, and the better graph.

With normal disturbances the direction between two columns leaves no trace in the data. Hoyer et al. (2008,
UAI, "Causal discovery of linear acyclic models with arbitrary distributions") show what remains: an edge is
directed if either end has a non-normal disturbance, or if colliders and Meek's rules direct it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from discovery.functional.orders import parents_of
from discovery.functional.pwling import entropies
from discovery.marks import topological_order
from discovery.orientation import Oriented, Reason, orient

__all__ = ["LikelihoodScore", "NodeScore", "equivalence_pattern", "polish"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class NodeScore(Protocol):
    """What :func:`polish` raises: a sum over columns of the score of each with its parents."""

    def node(self, y: int, parents: tuple[int, ...]) -> float:
        """Return the part of column y with these parents (ascending)."""
        ...


class LikelihoodScore:
    """Twice the log-likelihood of linear models with the approximate entropies of their residuals.

    Args:
        values: [n, p], standardised inside.
        cost: [p, p], ``[i, j]``: what i costs as a parent of j.
        weights: [n], of the rows.
    """

    def __init__(self, values: Floats, cost: Floats, weights: Floats | None = None) -> None:
        n = len(values)
        self.weights = weights
        # so many equally weighted rows are the rows worth (Kish 1965)
        self.rows = float(n) if weights is None else float(weights.sum() ** 2 / (weights @ weights))
        shares = np.full(n, 1.0 / n) if weights is None else weights / weights.sum()
        z = values - shares @ values
        self.z = z / np.sqrt(shares @ (z * z))
        self.r = (self.z * shares[:, None]).T @ self.z
        self.cost = cost
        self._known: dict[tuple[int, tuple[int, ...]], float] = {}

    def node(self, y: int, parents: tuple[int, ...]) -> float:
        """Return the part of column y with these parents (ascending)."""
        found = self._known.get((y, parents))
        if found is None:
            rest, left = self.z[:, y], 1.0
            if parents:
                s = list(parents)
                slopes = np.linalg.solve(self.r[np.ix_(s, s)], self.r[s, y])
                rest = rest - self.z[:, s] @ slopes
                left = max(1.0 - float(self.r[s, y] @ slopes), 1e-12)
            entropy = float(entropies(rest[:, None], self.weights)[0])
            found = -2.0 * self.rows * (0.5 * math.log(left) + entropy)
            found -= float(self.cost[list(parents), y].sum())
            self._known[y, parents] = found
        return found

    def total(self, dag: Bools) -> float:
        """Return the score of a graph [p, p]."""
        return sum(self.node(y, parents_of(dag, y)) for y in range(len(dag)))


def polish(score: NodeScore, dag: Bools, allowed: Bools, required: Bools, before: Bools) -> Bools:
    """Turn or remove edges while that raises the score, the best first.

    Args:
        score: what to raise.
        dag: [p, p], to start from; it respects what follows.
        allowed: [p, p], ``[i, j]``: may i be a parent of j.
        required: [p, p], edges that stay.
        before: [p, p], transitive: i comes before j in every order.
    """
    dag = dag.copy()
    while True:
        best, move = 1e-6, None
        for first, second in np.argwhere(dag & ~required):
            i, j = int(first), int(second)
            without = dag.copy()
            without[i, j] = False
            gain = score.node(j, parents_of(without, j)) - score.node(j, parents_of(dag, j))
            if gain > best:
                best, move = gain, without
            if not allowed[j, i]:
                continue
            turned = without.copy()
            turned[j, i] = True
            gain += score.node(i, parents_of(turned, i)) - score.node(i, parents_of(dag, i))
            if gain > best and topological_order(turned | before) is not None:
                best, move = gain, turned
        if move is None:
            return dag
        dag = move


def equivalence_pattern(
    dag: Bools,
    shown: Bools,
    *,
    allowed: Bools | None = None,
    unsure: Callable[[int, int], bool] | None = None,
) -> Oriented:
    """Return what data of this model can direct.

    Args:
        dag: [p, p], acyclic.
        shown: [p, p], ``[i, j]``: the data show the direction of the edge i -> j by itself.
        allowed: [p, p], the directions that knowledge allows.
        unsure: tells of pairs whose edge the data would rather not have: nothing follows from it.
    """
    fixed = dag & shown
    may = np.ones_like(dag) if allowed is None else allowed.copy()
    known = may & ~may.T
    if unsure is not None:
        for i, j in np.argwhere(fixed):
            fixed[i, j] = not unsure(int(i), int(j))
    may &= ~fixed.T

    def status(x: int, y: int, z: int) -> bool | None:
        if unsure is not None and (unsure(x, y) or unsure(z, y)):
            return None
        return bool(dag[x, y] and dag[z, y])

    found = orient(dag | dag.T, status, may)
    reasons = {
        (i, j): reason
        if reason.rule != "knowledge" or known[i, j]
        else Reason("independent residuals")
        for (i, j), reason in found.reasons.items()
    }
    return Oriented(found.marks, reasons, found.blocked)
