"""What proposes edges: causal structure learned from data under priors from the literature.

``learn(dataset, "pc")`` returns a :class:`Discovery`; ``Discovery.propose(store)`` writes its edges as
proposals. Algorithms are in :mod:`discovery.algorithms`.
"""

from discovery.knowledge import (
    Conflict,
    ConflictKind,
    EdgeClaim,
    GradedClaim,
    Knowledge,
    Tier,
)
from discovery.learning import learn
from discovery.result import DiscoveredEdge, Discovery

__all__ = [
    "Conflict",
    "ConflictKind",
    "DiscoveredEdge",
    "Discovery",
    "EdgeClaim",
    "GradedClaim",
    "Knowledge",
    "Tier",
    "learn",
]
