"""Gene regulatory networks: which regulators act on which genes, as a ranked list of edges.

:func:`rank` is the call; the ways to score an edge are in :mod:`~discovery.regulation.subsets` (ours),
:mod:`~discovery.regulation.stability` (TIGRESS), :mod:`~discovery.regulation.trees` (GENIE3) and
:mod:`~discovery.regulation.information` (CLR).
"""

from discovery.regulation.ranking import METHODS, Method, rank, score

__all__ = ["METHODS", "Method", "rank", "score"]
