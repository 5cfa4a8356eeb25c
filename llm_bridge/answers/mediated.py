"""Direct, indirect and path-specific effects: what the reports say of each step, and why not more."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import Literal

from graph.model import Entity, Statement, Status
from llm_bridge.answers.chains import tell_chains
from llm_bridge.answers.draft import Draft, belief, ends
from llm_bridge.answers.pair import tell_pair, verdict_claim
from llm_bridge.claims import Claim, ClaimKind, Reason, Refusal
from llm_bridge.query import Measure, Query

__all__ = ["tell_mediated"]

_FIRM = (Status.ASSERTED, Status.CURATED)


def tell_mediated(
    draft: Draft,
    query: Query,
    x: Entity,
    y: Entity,
    mediators: Sequence[Entity],
    *,
    direction: Literal[-1, 1],
) -> None:
    """Add the chain through the mediators, or the steps of it that are reported.

    The size of a direct or an indirect effect does not follow from reports on total effects; this is
    said as a refusal, with what would give it.
    """
    facts = draft.facts
    direct = query.measure in (Measure.DIRECT, Measure.CONTROLLED_DIRECT)
    nodes = [x, *mediators, y]
    if mediators:
        steps = [_firmest(draft, a, b) for a, b in pairwise(nodes)]
        found = [s for s in steps if s is not None]
        if len(found) == len(steps):
            draft.say(
                Claim.model_validate(
                    {
                        "kind": ClaimKind.PATH,
                        **ends(x, y),
                        "path": tuple(n.id for n in nodes),
                        "path_names": tuple(facts.name(n.id) for n in nodes),
                        "predicates": tuple(s.predicate for s in found),
                        "signs": tuple(s.sign for s in found),
                        "sign": prod(s.sign for s in found),
                        "direction": direction,
                        "belief": belief(min(s.belief for s in found)),
                        "statement_ids": tuple(s.id for s in found),
                    }
                )
            )
        for k, (a, b) in enumerate(pairwise(nodes)):
            _step(draft, a, b, direction if k == 0 else 1)
    elif not direct:
        tell_chains(draft, x, y, direction=direction)
    if direct:
        tell_pair(draft, query, x, y, wanted=0, direction=direction)
    if query.measure is Measure.PATH:
        draft.add(
            draft.notes,
            "How large the effect along this path is does not follow from reports of effects.",
        )
    else:
        goes = "does not go" if direct else "goes"
        names = " and ".join(m.name for m in mediators) or "what lies between"
        draft.refused = Refusal(
            reason=Reason.NOT_IDENTIFIED,
            message=(
                f"how much of the effect of {x.name} on {y.name} {goes} through {names} does not follow from "
                "reports of effects; what they say of each step is told instead"
            ),
            needs=(
                f"data that measure {x.name}, {names}, {y.name} and the causes shared by any two of them",
            ),
        )


def _firmest(draft: Draft, a: Entity, b: Entity) -> Statement | None:
    found = [
        s
        for s in draft.facts.store.statements_between([a.id], [b.id], statuses=_FIRM)
        if s.causal and s.belief > 0
    ]
    return min(found, key=lambda s: (-s.belief, s.id), default=None)


def _step(draft: Draft, a: Entity, b: Entity, direction: Literal[-1, 1]) -> None:
    statements = draft.facts.between(a.id, b.id)
    if statements:
        draft.say(verdict_claim(draft.facts, a, b, statements, wanted=0, direction=direction))
    else:
        draft.say(Claim.model_validate({"kind": ClaimKind.ABSENCE, **ends(a, b)}))
