"""Mechanism queries on the signed graph: through what, how surely, and what to block."""

from queries.mechanism.blocking import Block, block
from queries.mechanism.network import Link, Network
from queries.mechanism.paths import Chain, Explanation, explain, loops
from queries.mechanism.propagation import (
    Between,
    Effect,
    Regulator,
    between,
    downstream,
    regulators,
)

__all__ = [
    "Between", "Block", "Chain", "Effect", "Explanation", "Link", "Network", "Regulator", "between",
    "block", "downstream", "explain", "loops", "regulators",
]  # fmt: skip
