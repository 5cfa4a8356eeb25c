"""Which answer a query gets: one line a kind."""

from __future__ import annotations

from typing import Literal

from graph.model import Entity
from llm_bridge.answers.adjust import tell_adjustment
from llm_bridge.answers.chains import tell_chains, tell_confounders
from llm_bridge.answers.compare import tell_comparison, tell_joint, tell_ranking
from llm_bridge.answers.doubt import (
    tell_certainty,
    tell_gap,
    tell_influence,
    tell_order,
    tell_settings,
)
from llm_bridge.answers.draft import Draft
from llm_bridge.answers.effect import tell_effect
from llm_bridge.answers.listing import tell_listing
from llm_bridge.answers.mediated import tell_mediated
from llm_bridge.answers.pair import tell_pair, verdict_claim
from llm_bridge.claims import ClaimKind, Reason, Refusal, Verdict
from llm_bridge.query import Kind, Measure, Query, Relation
from llm_bridge.resolve import Grounding

__all__ = ["tell"]

_ASKS_SIGN = (
    Kind.EXISTENCE, Kind.EVIDENCE, Kind.CONTRADICTION, Kind.CERTAINTY, Kind.CHANGE, Kind.MISSING,
)  # fmt: skip
_NO_SIGN = (
    Kind.EFFECT, Kind.MECHANISM, Kind.CONFOUNDERS, Kind.ADJUSTMENT, Kind.ORDER, Kind.WHAT_IF,
    Kind.COUNTERFACTUAL,
)  # fmt: skip


def _way(query: Query, subject: Grounding) -> Literal[-1, 1]:
    """What is done to the subject, after the reading of its span is known."""
    return 1 if query.direction * subject.direction > 0 else -1


def _wanted(query: Query, outcome: Grounding | None, way: int) -> int:
    """The sign asked about, on the scale of statements (the subject raised)."""
    if query.kind in _NO_SIGN:
        return 0
    sign = query.relation.sign(outcome.entity.category if outcome else None)
    return sign * (outcome.direction if outcome else 1) * way


def tell(draft: Draft, query: Query, grounded: list[Grounding]) -> None:
    """Add to a draft what answers the query; ``grounded`` are its terms, in their order."""
    places = iter(grounded)
    first = next(places) if query.subject is not None else None
    last = next(places) if query.object is not None else None
    others = list(places)
    way = _way(query, first) if first is not None else 1
    wanted = _wanted(query, last, way)
    if first is not None and last is not None:
        _pair(draft, query, first.entity, last.entity, way, wanted, others)
        return
    one = first or last
    assert one is not None  # every kind has a subject or an object
    acts = [(g.entity, g.direction) for g in others]
    match query.kind:
        case Kind.COMPARISON:
            tell_comparison(draft, query, acts, one.entity, wanted=wanted)
        case Kind.WHAT_IF:
            tell_joint(draft, query, acts, one.entity)
        case Kind.RANKING:
            tell_ranking(draft, query, one.entity, wanted=wanted)
        case _:
            tell_listing(draft, query, one.entity, wanted=wanted)


def _pair(
    draft: Draft,
    query: Query,
    x: Entity,
    y: Entity,
    way: Literal[-1, 1],
    wanted: int,
    others: list[Grounding],
) -> None:
    known = False
    match query.kind:
        case Kind.EFFECT if query.measure not in (Measure.TOTAL, Measure.TREATED):
            tell_mediated(draft, query, x, y, [g.entity for g in others], direction=way)
            return
        case Kind.MECHANISM:
            _premise(draft, query, x, y, way)
            if not tell_chains(draft, x, y, direction=way):
                tell_pair(draft, query, x, y, wanted=0, direction=way)
            return
        case Kind.CONFOUNDERS:
            tell_confounders(draft, x, y)
            return
        case Kind.ADJUSTMENT:
            tell_adjustment(draft, x, y, [g.entity for g in others])
            return
        case Kind.ORDER:
            tell_order(draft, x, y)
            return
        case Kind.EFFECT:
            tell_effect(draft, x, y, direction=way)
            if query.measure is Measure.TREATED:
                draft.add(
                    draft.assumptions, "The effect is the same on those who were treated as on all."
                )
        case Kind.COUNTERFACTUAL:
            draft.refused = _individual(x, y)
    statements = draft.facts.between(x.id, y.id)
    if query.kind in (Kind.CERTAINTY, Kind.CHANGE) and statements:
        _doubts(draft, query, x, y, wanted, way)
    if query.kind is Kind.MISSING:
        tell_gap(draft, x, y, statements)
        tell_effect(draft, x, y, direction=way)
    known = tell_pair(draft, query, x, y, wanted=wanted, direction=way)
    if known:
        tell_settings(draft, x, y, statements, query.qualifiers)
    elif query.relation is not Relation.ASSOCIATE:
        # nothing links the two directly: chains are the next best thing
        tell_chains(draft, x, y, direction=way, most=3)
    if query.kind is Kind.EFFECT:
        _compare(draft)


def _doubts(
    draft: Draft, query: Query, x: Entity, y: Entity, wanted: int, way: Literal[-1, 1]
) -> None:
    statements = draft.facts.between(x.id, y.id)
    sign = wanted
    if not sign:
        sign = verdict_claim(draft.facts, x, y, statements, wanted=0, direction=way).sign
    if query.kind is Kind.CERTAINTY:
        tell_certainty(draft, statements, sign)
    tell_influence(draft, statements, sign)


def _premise(draft: Draft, query: Query, x: Entity, y: Entity, way: Literal[-1, 1]) -> None:
    """Say so where "how does X raise Y" supposes what the reports do not say."""
    sign = query.relation.sign(y.category) * way
    statements = draft.facts.between(x.id, y.id)
    if not sign or not statements:
        return
    claim = verdict_claim(draft.facts, x, y, statements, wanted=sign, direction=way)
    if claim.verdict in (Verdict.OPPOSED, Verdict.CONTESTED):
        draft.say(claim)
        draft.add(draft.notes, "The question takes for granted what the reports dispute.")


def _individual(x: Entity, y: Entity) -> Refusal:
    return Refusal(
        reason=Reason.NOT_IDENTIFIED,
        message=(
            f"what {y.name} would have been in one case, had {x.name} been otherwise, does not follow "
            "from reports on groups; what they say of the effect is told instead"
        ),
        nearest=(f"What happens to {y.name} if we remove or inhibit {x.name}?",),
        needs=(
            f"data on {x.name} and {y.name} with a structural model, or bounds from an experiment and "
            "observations of the same population",
        ),
    )


def _compare(draft: Draft) -> None:
    """Say so where the data and the literature point in opposite directions."""
    claims = [s.claim for s in draft.sentences]
    literature = next((c.sign for c in claims if c.kind is ClaimKind.VERDICT), 0)
    for claim in claims:
        if (
            claim.kind is ClaimKind.EFFECT
            and claim.ci_low is not None
            and claim.ci_high is not None
        ):
            slope = (claim.ci_low > 0) - (claim.ci_high < 0)
            if slope * claim.direction * literature < 0:
                draft.add(
                    draft.notes,
                    f"The estimate from {claim.dataset_name} and the literature point in opposite directions.",
                )
