"""Should we adjust for Z? Read off the causal graph of what is reported, by the complete criterion."""

from __future__ import annotations

from collections.abc import Sequence

from graph.model import Entity, Status
from llm_bridge.answers.draft import Draft, ends
from llm_bridge.answers.effect import MIN_BELIEF
from llm_bridge.claims import Claim, ClaimKind, EstimandRecord

__all__ = ["tell_adjustment"]

_FIRM = (Status.ASSERTED, Status.CURATED)


def tell_adjustment(draft: Draft, x: Entity, y: Entity, others: Sequence[Entity]) -> str:
    """Add whether adjusting for these isolates the effect of X on Y; return the role they play.

    The graph has x, y and the others as its nodes; everything else in the store is a hidden common
    cause or a hidden step.
    """
    from queries.causal import graph_from_store
    from queries.causal.adjustment import forbidden, is_valid
    from queries.causal.bits import BitGraph

    entities = {e.id: e.id for e in (x, y, *others)}
    graph, provenance = graph_from_store(
        draft.facts.store, entities, min_belief=MIN_BELIEF, statuses=_FIRM
    )
    if graph.has_cycle:
        role = "loop"
    else:
        bits = BitGraph.of(graph)
        a, b = bits.mask([x.id]), bits.mask([y.id])
        z = bits.mask([e.id for e in others])
        if z & forbidden(bits, a, b) or z & bits.descendants(a):
            role = "harmful"
        elif is_valid(bits, a, b, z):
            role = "optional" if is_valid(bits, a, b, 0) else "enough"
        else:
            role = "biasing" if is_valid(bits, a, b, 0) else "insufficient"
    names = tuple(draft.facts.name(e.id) for e in others)
    draft.say(
        Claim.model_validate(
            {
                "kind": ClaimKind.ADJUSTMENT,
                **ends(x, y),
                "path": tuple(e.id for e in others),
                "path_names": names,
                "role": role,
                "estimand": EstimandRecord(
                    treatment=x.id,
                    outcome=y.id,
                    entities=tuple(sorted(entities.items())),
                    edges=tuple((s, m, t, ids) for (s, m, t), ids in sorted(provenance.items())),
                    min_belief=MIN_BELIEF,
                    graph_hash=graph.hash,
                ),
            }
        )
    )
    draft.add(
        draft.assumptions,
        f"Statements believed at least {MIN_BELIEF} make the graph; a common cause that nobody reported is not in it.",
    )
    return role
