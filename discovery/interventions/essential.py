"""The interventional essential graph: what data with these interventions can tell about a DAG.

Two DAGs cannot be told apart when they have the same adjacencies and unshielded colliders and agree on
every edge whose two ends' mechanisms do not change together (Hauser and Buehlmann 2012, JMLR 13,
Theorem 10, for hard interventions; Yang, Katcoff and Uhler 2018, ICML, for soft ones). Directing those
edges and closing under Meek's rules gives the graph of what all of them share.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from discovery.interventions.mechanisms import Targets
from discovery.marks import topological_order
from discovery.orientation import Oriented, Reason, orient

__all__ = ["essential_graph", "identified"]

Bools = NDArray[np.bool_]


def identified(environments: Bools, kind: Targets = "hard") -> Bools:
    """Return [p, p], symmetric: do these interventions direct an edge between i and j, if there is one?

    Args:
        environments: [k, p], the sets of columns intervened upon together.
        kind: hard interventions direct every edge that enters or leaves one target only; soft ones do
            so when compared with another environment, in which a mechanism is changed if it is in
            either's targets.
    """
    p = environments.shape[1]
    found = np.zeros((p, p), dtype=bool)
    changed = [] if kind == "soft" else list(environments)
    for k in range(len(environments)):
        changed += [environments[k] | environments[m] for m in range(k)]
    for row in changed:
        found |= row[:, None] != row[None, :]
    return found


def essential_graph(
    dag: Bools,
    environments: Bools,
    kind: Targets = "hard",
    allowed: Bools | None = None,
    unsure: Bools | None = None,
    acted: Bools | None = None,
) -> Oriented:
    """Return the interventional essential graph of a DAG, with the reason of each direction.

    Args:
        dag: [p, p], ``[i, j]`` is ``i -> j``.
        environments: [k, p], as :func:`identified`.
        kind: hard or soft.
        allowed: [p, p], the directions that knowledge allows; the DAG must keep to it.
        unsure: [p, p], symmetric: edges that are no evidence for any direction.
        acted: [k, p], columns found to be changed in the environments besides their targets.

    Raises:
        ValueError: if the graph has a cycle.
    """
    if topological_order(dag) is None:
        raise ValueError("not acyclic")
    vague = np.zeros_like(dag) if unsure is None else unsure
    directing = identified(environments, kind)
    if acted is not None:
        directing |= identified(environments | acted, "soft")
    known = dag & directing & ~vague
    given = np.ones_like(dag) if allowed is None else allowed

    def status(x: int, y: int, z: int) -> bool | None:
        return None if vague[x, y] or vague[z, y] else bool(dag[x, y] and dag[z, y])

    if allowed is None and not known.any():
        return orient(dag | dag.T, status)
    # a directed edge is one that may not be turned
    oriented = orient(dag | dag.T, status, given & ~known.T)
    for i, j in np.argwhere(known & given.T):
        oriented.reasons[int(i), int(j)] = Reason("intervention")
    return oriented
