"""Causal queries: identify an effect on a causal graph, estimate it from data, or say what is missing."""

from queries.causal.bounds import Bounds, bound, instruments, probabilities_of_causation
from queries.causal.estimation import estimate
from queries.causal.evidence import NextEvidence, next_evidence
from queries.causal.from_store import graph_from_store
from queries.causal.identification import identify
from queries.causal.results import Audit, Estimand, Estimate, Refusal

__all__ = [
    "Audit", "Bounds", "Estimand", "Estimate", "NextEvidence", "Refusal", "bound", "estimate",
    "graph_from_store", "identify", "instruments", "next_evidence", "probabilities_of_causation",
]  # fmt: skip
