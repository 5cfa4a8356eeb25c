"""The causal graph that the literature and the curated statements tell about measured variables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from graph.causal import CausalGraph, Edge
from graph.errors import UsageError
from graph.model import Statement, Status
from graph.store import Store

__all__ = ["Provenance", "graph_from_store"]

Provenance = dict[Edge, tuple[str, ...]]
"""Edge as in ``CausalGraph.edges`` -> ids of the statements it comes from, sorted."""


def graph_from_store(
    store: Store,
    entities: Mapping[str, str],
    *,
    min_belief: float = 0.5,
    statuses: Iterable[Status] = (Status.ASSERTED, Status.CURATED, Status.PROPOSED),
    hidden_mediators: bool = True,
) -> tuple[CausalGraph, Provenance]:
    """Build the causal graph over measured variables from a store's causal statements.

    A causal statement between two measured entities is a directed edge, and so is a chain through
    one entity that is not measured. An entity that is not measured and causes two that are is a
    hidden common cause: a bidirected edge. Where statements disagree about the direction both edges
    stand; the cycle is refused later, by name, when a question depends on it.

    Args:
        store: the graph store.
        entities: column name -> CURIE of what it measures.
        min_belief: statements believed less are left out.
        statuses: statuses that count; refuted statements never do.
        hidden_mediators: whether chains through one unmeasured entity count.

    Returns:
        The graph over the column names, and for every edge the statements behind it.

    Raises:
        UsageError: for fewer than two columns, two columns with one entity, or a belief outside
            [0, 1].
    """
    if not 0 <= min_belief <= 1:
        raise UsageError(f"a belief is between 0 and 1, not {min_belief}")
    if len(entities) < 2:
        raise UsageError("a causal graph needs at least two measured variables")
    column_of: dict[str, str] = {}
    for column, curie in sorted(entities.items()):
        if curie in column_of:
            raise UsageError(f"columns {column_of[curie]!r} and {column!r} both measure {curie}")
        column_of[curie] = column
    counted = sorted(set(statuses) - {Status.REFUTED})
    measured = sorted(column_of)

    def causal(statements: Iterable[Statement]) -> list[Statement]:
        return [s for s in statements if s.causal and s.belief >= min_belief]

    into = causal(store.statements_between(None, measured, min_belief=min_belief, statuses=counted))
    found: dict[Edge, set[str]] = defaultdict(set)
    effects: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for s in into:
        b = column_of[s.object]
        if s.subject in column_of:
            found[column_of[s.subject], "-->", b].add(s.id)
        else:
            effects[s.subject][b].add(s.id)
    for _, reached in sorted(effects.items()):
        columns = sorted(reached)
        for k, a in enumerate(columns):
            for b in columns[k + 1 :]:
                found[a, "<->", b] |= reached[a] | reached[b]
    if hidden_mediators and effects:
        out = causal(
            store.statements_between(
                measured, sorted(effects), min_belief=min_belief, statuses=counted
            )
        )
        for s in out:
            a = column_of[s.subject]
            for b, ids in sorted(effects[s.object].items()):
                if a != b:
                    found[a, "-->", b] |= {s.id} | ids
    provenance = {edge: tuple(sorted(ids)) for edge, ids in sorted(found.items())}
    return CausalGraph.from_edges(provenance, nodes=entities), provenance
