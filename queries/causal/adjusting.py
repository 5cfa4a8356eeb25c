"""The estimand of an adjustment set that is given, not found."""

from __future__ import annotations

from collections.abc import Iterable

from graph.causal import CausalGraph
from queries.causal.identification import identify
from queries.causal.results import Estimand

__all__ = ["adjusting"]


def adjusting(treatment: str, outcome: str, names: Iterable[str]) -> Estimand:
    """Return the effect of ``treatment`` on ``outcome`` by back-door adjustment for ``names``, under the graph in
    which each of these acts on both.

    Raises:
        UsageError: if the treatment is the outcome, or one of them is among ``names``.
    """
    covariates = sorted(set(names))
    edges = [(c, end) for c in covariates for end in (treatment, outcome)]
    graph = CausalGraph(directed=[*edges, (treatment, outcome)])
    found = identify(graph, treatment, outcome)
    if not isinstance(found, Estimand):
        found.raise_()
    return found
