"""The alphabet of causal graphs: marks, edge symbols and kinds of graph."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

__all__ = ["SYMBOLS", "CircleEdge", "Edge", "GraphKind", "Mark", "Pair"]

Pair = tuple[str, str]
CircleEdge = tuple[str, "Mark", "Mark", str]
"""First node, mark at the first, mark at the second, second node."""
Edge = tuple[str, str, str]
"""First node, one of ``-->  <->  ---  o->  o-o  o--``, second node."""


class Mark(StrEnum):
    """What stands at one end of an edge."""

    TAIL = "-"
    ARROW = ">"
    CIRCLE = "o"


class GraphKind(StrEnum):
    """What the edges of a graph mean together."""

    DAG = "DAG"
    """directed, acyclic, no hidden common causes"""
    ADMG = "ADMG"
    """directed, acyclic; a bidirected edge is a hidden common cause"""
    MAG = "MAG"
    """maximal ancestral graph: edges tell ancestry, not direct causes"""
    CPDAG = "CPDAG"
    """an equivalence class of DAGs; an undirected edge may go either way"""
    PAG = "PAG"
    """an equivalence class of MAGs; a circle is an end that is not known"""
    MIXED = "MIXED"
    """anything else, a directed cycle for one"""


SYMBOLS: Mapping[str, tuple[Mark, Mark]] = {
    "-->": (Mark.TAIL, Mark.ARROW),
    "<--": (Mark.ARROW, Mark.TAIL),
    "<->": (Mark.ARROW, Mark.ARROW),
    "---": (Mark.TAIL, Mark.TAIL),
    "o->": (Mark.CIRCLE, Mark.ARROW),
    "<-o": (Mark.ARROW, Mark.CIRCLE),
    "o-o": (Mark.CIRCLE, Mark.CIRCLE),
    "o--": (Mark.CIRCLE, Mark.TAIL),
    "--o": (Mark.TAIL, Mark.CIRCLE),
}
"""Edge symbol -> mark at the left end, mark at the right end."""
