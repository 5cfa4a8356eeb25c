"""Answers on several entities at once: the best of many, which of some, and all together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from graph.model import Entity, Statement, Status
from llm_bridge.answers.draft import Draft, belief, ends
from llm_bridge.answers.listing import fits, tell_listing
from llm_bridge.answers.pair import tell_pair, verdict_claim
from llm_bridge.claims import Claim, ClaimKind
from llm_bridge.query import Query

__all__ = ["tell_comparison", "tell_joint", "tell_ranking"]

TOLD = 5
_FIRM = (Status.ASSERTED, Status.CURATED)
Acting = tuple[Entity, Literal[-1, 1]]
"""An entity and what is done to it."""


def _best(statements: Iterable[Statement], sign: int) -> dict[str, Statement]:
    """The most believed firm causal statement of each subject; ``sign`` 0 takes any."""
    best: dict[str, Statement] = {}
    for s in statements:
        if s.causal and s.status in _FIRM and s.belief > 0 and sign in (0, s.sign):
            held = best.get(s.subject)
            if held is None or (-belief(s.belief), s.id) < (-belief(held.belief), held.id):
                best[s.subject] = s
    return best


def tell_ranking(draft: Draft, query: Query, entity: Entity, *, wanted: int) -> bool:
    """Add what moves an entity the asked way, best supported first, then the list itself."""
    facts = draft.facts
    into = facts.store.statements_between(None, [entity.id], statuses=_FIRM)
    best = {
        id: s
        for id, s in _best(into, wanted).items()
        if query.category is None or fits(query.category, facts.entity(id))
    }
    order = sorted(best.values(), key=lambda s: (-belief(s.belief), s.subject))
    if order:
        shown = order[:TOLD]
        draft.say(
            Claim.model_validate(
                {
                    "kind": ClaimKind.RANKED,
                    **ends(effect=entity),
                    "wanted": wanted,
                    "category": query.category,
                    "n": len(order),
                    "path": tuple(s.subject for s in shown),
                    "path_names": tuple(facts.name(s.subject) for s in shown),
                    "beliefs": tuple(belief(s.belief) for s in shown),
                    "statement_ids": tuple(s.id for s in shown),
                }
            )
        )
        draft.add(
            draft.would_change,
            f"Trials that compare these head to head on {entity.name}: sizes of effects are not ranked here.",
        )
    return tell_listing(draft, query, entity, wanted=wanted)


def tell_comparison(
    draft: Draft, query: Query, options: Sequence[Acting], outcome: Entity, *, wanted: int
) -> None:
    """Add how well it is supported that each option moves the outcome the asked way."""
    facts = draft.facts
    signs, beliefs, ids = [], [], []
    for entity, way in options:
        sign = wanted * way
        found = _best(facts.store.statements_between([entity.id], [outcome.id]), sign)
        best = found.get(entity.id)
        signs.append(sign)
        beliefs.append(belief(best.belief) if best else 0.0)
        ids += [best.id] if best else []
    draft.say(
        Claim.model_validate(
            {
                "kind": ClaimKind.COMPARED,
                **ends(effect=outcome),
                "path": tuple(e.id for e, _ in options),
                "path_names": tuple(facts.name(e.id) for e, _ in options),
                "signs": tuple(signs),
                "beliefs": tuple(beliefs),
                "statement_ids": tuple(ids),
            }
        )
    )
    for (entity, way), sign in zip(options, signs, strict=True):
        tell_pair(draft, query, entity, outcome, wanted=sign, direction=way)
    draft.add(
        draft.would_change,
        f"One trial of {' against '.join(e.name for e, _ in options)} that measures {outcome.name}.",
    )


def tell_joint(draft: Draft, query: Query, acts: Sequence[Acting], outcome: Entity) -> None:
    """Add what several interventions do, each by the reports on it, and whether they agree."""
    facts = draft.facts
    turns = []
    for entity, way in acts:
        statements = facts.between(entity.id, outcome.id)
        sign = 0
        if statements:
            verdict = verdict_claim(facts, entity, outcome, statements, wanted=0, direction=way)
            sign = verdict.sign if (verdict.n or 0) > (verdict.against or 0) else 0
            sign = sign if verdict.verdict is not None and verdict.verdict.firm else 0
        turns.append(sign * way)
    known = set(turns)
    role = "unclear" if 0 in known else "same" if len(known) == 1 else "opposite"
    draft.say(
        Claim.model_validate(
            {
                "kind": ClaimKind.JOINT,
                **ends(effect=outcome),
                "path": tuple(e.id for e, _ in acts),
                "path_names": tuple(facts.name(e.id) for e, _ in acts),
                "signs": tuple(way for _, way in acts),
                "turns": tuple(turns),
                "role": role,
            }
        )
    )
    for entity, way in acts:
        tell_pair(draft, query, entity, outcome, wanted=0, direction=way)
    draft.add(
        draft.assumptions,
        "What is reported of each alone holds while the others are done too: interactions are not known.",
    )
    draft.add(
        draft.would_change,
        f"An experiment that does all of it at once and measures {outcome.name}.",
    )
