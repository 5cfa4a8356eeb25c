"""Background knowledge from the literature graph.

A causal statement that is believed in one direction only forbids the edge in the opposite direction
and is kept as an expectation that the data are compared with. It does not require the edge: a
literature claim may be about an indirect effect or another context, and a prior must not put into
the result what the data do not show. ``require_belief`` changes that for the strongest claims.

Not used: refuted statements; proposals (an algorithm's output must not become its own prior); pairs
claimed in both directions, and claims that form a cycle together (feedback): these give no
constraint and are listed in ``Knowledge.notes``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from discovery.knowledge import EdgeClaim, Knowledge
from graph.dataset import Dataset
from graph.errors import UsageError
from graph.model import Statement, Status
from graph.store import Store

__all__ = ["knowledge_from_graph"]


@dataclass
class _Claimed:
    belief: float = 0.0
    statements: list[str] = field(default_factory=list)
    signs: set[int] = field(default_factory=set)

    def add(self, statement: Statement) -> None:
        self.belief = max(self.belief, statement.belief)
        self.statements.append(statement.id)
        self.signs.add(statement.sign)

    @property
    def sign(self) -> int:
        signs = self.signs - {0}
        return signs.pop() if len(signs) == 1 else 0


def knowledge_from_graph(
    store: Store,
    dataset: Dataset,
    *,
    min_belief: float = 0.8,
    require_belief: float | None = None,
    doubt: float = 0.3,
) -> Knowledge:
    """Return what the graph's asserted and curated causal statements say about bound columns.

    Args:
        store: the graph.
        dataset: its bound columns are looked up.
        min_belief: claims believed at least so much forbid the opposite direction.
        require_belief: claims believed at least so much are required; None requires nothing.
        doubt: a claim counts as one-directional only if the opposite one is believed less than this.

    Raises:
        UsageError: if a threshold is not between 0 and 1, or ``require_belief < min_belief``.
    """
    for name, value in (("min_belief", min_belief), ("doubt", doubt)):
        if not 0.0 <= value <= 1.0:
            raise UsageError(f"{name} must be between 0 and 1, not {value}")
    if require_belief is not None and not min_belief <= require_belief <= 1.0:
        raise UsageError(
            f"require_belief must be between min_belief ({min_belief}) and 1, not {require_belief}"
        )
    column_of = dataset.column_of
    if not column_of:
        return Knowledge(
            notes=["no column is bound to an entity, so the graph says nothing about them"]
        )
    claimed: dict[tuple[str, str], _Claimed] = {}
    ids = sorted(column_of)
    for statement in store.statements_between(
        ids, ids, min_belief=min(min_belief, doubt), statuses=(Status.ASSERTED, Status.CURATED)
    ):
        if statement.causal and statement.subject in column_of and statement.object in column_of:
            pair = (column_of[statement.subject], column_of[statement.object])
            claimed.setdefault(pair, _Claimed()).add(statement)
    notes = []
    strong = {pair for pair, c in claimed.items() if c.belief >= min_belief}
    single = set()
    for source, target in sorted(strong):
        back = claimed.get((target, source))
        if back is not None and back.belief >= doubt:
            if source < target or (target, source) not in strong:
                one = claimed[source, target]
                notes.append(
                    f"{source} -> {target} (belief {one.belief:.2f}) and {target} -> {source} "
                    f"(belief {back.belief:.2f}) are both claimed: no constraint "
                    f"({', '.join(sorted({*one.statements, *back.statements}))})"
                )
        else:
            single.add((source, target))
    for component in _feedback(single):
        inside = sorted(p for p in single if p[0] in component and p[1] in component)
        single -= set(inside)
        notes.append(
            "claims that form a cycle together give no constraint: "
            + ", ".join(f"{a} -> {b}" for a, b in inside)
        )

    def claim(pair: tuple[str, str], *, turned: bool = False) -> EdgeClaim:
        found = claimed[pair]
        ends = pair[::-1] if turned else pair
        return EdgeClaim(
            *ends, tuple(sorted(found.statements)), found.belief, 0 if turned else found.sign
        )

    chosen = sorted(single)
    required = [
        claim(p)
        for p in chosen
        if require_belief is not None and claimed[p].belief >= require_belief
    ]
    return Knowledge(
        required=required,
        forbidden=[claim(p, turned=True) for p in chosen],
        expected=[claim(p) for p in chosen],
        notes=notes,
    )


def _feedback(pairs: Iterable[tuple[str, str]]) -> list[set[str]]:
    """Return the strongly connected components with more than one node."""
    import networkx as nx

    graph = nx.DiGraph(sorted(pairs))
    found = [set(c) for c in nx.strongly_connected_components(graph) if len(c) > 1]
    return sorted(found, key=min)
