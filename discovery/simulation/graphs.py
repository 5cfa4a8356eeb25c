"""Random causal graphs, and what is true of them when some of their nodes are hidden."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from discovery.marks import Marks
from graph.causal import CausalGraph
from graph.errors import UsageError

__all__ = ["ancestors", "random_dag", "scale_free", "to_causal_graph", "true_pag"]

Bools = NDArray[np.bool_]


def _check(p: int, degree: float) -> None:
    if p < 1 or degree < 0:
        raise UsageError(f"a random graph needs p >= 1 and degree >= 0, not {p} and {degree}")


def random_dag(p: int, degree: float, rng: np.random.Generator) -> Bools:
    """Return a random DAG with ``p`` nodes and ``degree`` neighbours a node on average (Erdos-Renyi over
    a random order): [p, p], entry ``[i, j]`` is ``i -> j``."""
    _check(p, degree)
    chance = min(1.0, degree / max(1, p - 1))
    upper = np.triu(rng.random((p, p)) < chance, 1)
    order = rng.permutation(p)
    dag = np.zeros((p, p), dtype=bool)
    dag[np.ix_(order, order)] = upper
    return dag


def scale_free(p: int, degree: float, rng: np.random.Generator, *, hubs: str = "causes") -> Bools:
    """Return a random DAG in which few nodes have most edges, [p, p] (Barabasi and Albert 1999).

    Nodes come one after another, each with ``degree / 2`` edges on average to nodes already there, chosen
    in proportion to their edges plus one. Numbers are shuffled afterwards.

    Args:
        hubs: whether the nodes with many edges are ``causes`` (as transcription factors are),
            ``effects``, or ``both`` (each edge follows a random order).

    Raises:
        UsageError: p below 1, a negative degree, or another word for ``hubs``.
    """
    _check(p, degree)
    if hubs not in ("causes", "effects", "both"):
        raise UsageError(f"hubs={hubs!r} is not known", hint="Choose causes, effects or both.")
    dag = np.zeros((p, p), dtype=bool)
    edges = np.ones(p)
    for node in range(1, p):
        whole = int(degree / 2)
        number = min(node, whole + int(rng.random() < degree / 2 - whole))
        if not number:
            continue
        chance = edges[:node] / edges[:node].sum()
        old = rng.choice(node, number, replace=False, p=chance)
        dag[old, node] = True
        edges[old] += 1
        edges[node] += number
    if hubs == "effects":
        dag = dag.T.copy()
    order = rng.permutation(p)
    if hubs == "both":
        rank = np.argsort(rng.permutation(p))
        linked = dag | dag.T
        dag = linked & (rank[:, None] < rank[None, :])
    result = np.zeros((p, p), dtype=bool)
    result[np.ix_(order, order)] = dag
    return result


def ancestors(dag: Bools) -> Bools:
    """Return ``[i, j]``: is there a directed path from i to j, of length 1 or more, [p, p]."""
    reach = dag.astype(np.float32)
    while True:
        wider = np.minimum(reach + reach @ reach, 1.0)
        wider[wider > 0] = 1.0
        if (wider == reach).all():
            return np.asarray(reach > 0)
        reach = wider


def to_causal_graph(dag: Bools, columns: Sequence[str], hidden: Sequence[str] = ()) -> CausalGraph:
    """Return the graph over named nodes; with ``hidden`` nodes, the ADMG over the others."""
    from graph.causal_transform import latent_projection

    graph = CausalGraph(columns, directed=[(columns[i], columns[j]) for i, j in np.argwhere(dag)])
    return latent_projection(graph, hidden) if hidden else graph


def true_pag(dag: Bools, hidden: Sequence[int] = ()) -> Marks:
    """Return the marks of the PAG that perfect tests of the nodes not ``hidden`` lead to, in their order.

    Two nodes that some set separates are separated by their joint ancestors (Richardson and Spirtes
    2002, theorem 4.18 and section 3), so that one question a pair is enough.
    """
    from discovery.pag import orient_pag
    from discovery.skeleton import Separations

    p = len(dag)
    seen = [i for i in range(p) if i not in set(hidden)]
    q = len(seen)
    names = [str(i) for i in range(p)]
    graph = to_causal_graph(dag, names)
    above = ancestors(dag)
    separations = Separations(q)
    adjacent = ~np.eye(q, dtype=bool)
    for a, b in combinations(range(q), 2):
        i, j = seen[a], seen[b]
        given = [
            k for k in range(q) if k not in (a, b) and (above[seen[k], i] or above[seen[k], j])
        ]
        if graph.m_separated(names[i], names[j], [names[seen[k]] for k in given]):
            separations.add((a, b), given, tuple(given), 1.0)
            adjacent[a, b] = adjacent[b, a] = False
    return orient_pag(adjacent, separations).marks
