"""Answers made of several statements: mechanisms (chains) and confounders (common causes)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

from graph.model import Entity, Statement, Status
from llm_bridge.answers.draft import Draft, against_claims, belief, ends, quote_claims
from llm_bridge.claims import Claim, ClaimKind
from llm_bridge.facts import Facts

__all__ = ["MAX_HOPS", "tell_chains", "tell_confounders"]

MAX_HOPS = 3
SHOWN = 6
WIDTH = 2_000
"""Most statements followed from a hub, strongest first."""

_FIRM = (Status.ASSERTED, Status.CURATED)


@dataclass(frozen=True, slots=True)
class _Chain:
    steps: tuple[Statement, ...]

    @property
    def strength(self) -> tuple[float, int, tuple[str, ...]]:
        weakest = min(s.belief for s in self.steps)
        return (-weakest, len(self.steps), tuple(s.id for s in self.steps))


def _causal(statements: Sequence[Statement]) -> list[Statement]:
    """The strongest causal statement for each pair and sign."""
    best: dict[tuple[str, str, int], Statement] = {}
    for s in statements:
        if s.causal and s.belief > 0:
            best.setdefault((s.subject, s.object, s.sign), s)
    return list(best.values())[:WIDTH]


def _find(facts: Facts, x: str, y: str) -> list[_Chain]:
    """Chains of two and three statements from x to y, strongest weakest-link first."""
    store = facts.store
    out = _causal(store.statements_between([x], None, statuses=_FIRM))
    into = _causal(store.statements_between(None, [y], statuses=_FIRM))
    heads: dict[str, list[Statement]] = {}
    tails: dict[str, list[Statement]] = {}
    for s in out:
        if s.object != y:
            heads.setdefault(s.object, []).append(s)
    for s in into:
        if s.subject != x:
            tails.setdefault(s.subject, []).append(s)
    chains = [_Chain((a, b)) for m in heads if m in tails for a in heads[m] for b in tails[m]]
    if heads and tails:
        middle = _causal(store.statements_between(sorted(heads), sorted(tails), statuses=_FIRM))
        chains += [
            _Chain((a, m, b))
            for m in middle
            for a in heads.get(m.subject, ())
            for b in tails.get(m.object, ())
            if m.object != x and m.subject != y
        ]
    return sorted(chains, key=lambda c: c.strength)


def tell_chains(
    draft: Draft, x: Entity, y: Entity, *, direction: Literal[-1, 1], most: int = SHOWN
) -> bool:
    """Add the chains from X to Y; False when there are none."""
    facts = draft.facts
    chains = _find(facts, x.id, y.id)
    if not chains:
        draft.say(Claim.model_validate({"kind": ClaimKind.NO_PATH, **ends(x, y), "n": MAX_HOPS}))
        return False
    quoted: set[str] = set()
    for chain in chains[:most]:
        nodes = (x.id, *(s.object for s in chain.steps))
        draft.say(
            Claim.model_validate(
                {
                    "kind": ClaimKind.PATH,
                    **ends(x, y),
                    "path": nodes,
                    "path_names": tuple(facts.name(n) for n in nodes),
                    "predicates": tuple(s.predicate for s in chain.steps),
                    "signs": tuple(s.sign for s in chain.steps),
                    "sign": prod(s.sign for s in chain.steps),
                    "direction": direction,
                    "belief": belief(min(s.belief for s in chain.steps)),
                    "statement_ids": tuple(s.id for s in chain.steps),
                }
            )
        )
        _quote(draft, chain.steps, quoted)
    if len(chains) > most:
        draft.add(draft.notes, "Only the strongest chains are told.")
    draft.add(
        draft.assumptions,
        "A chain of effects is an effect: each step holds in the same setting, and no step cancels another.",
    )
    draft.add(
        draft.would_change, f"Measuring the steps together, in one study of {x.name} and {y.name}."
    )
    return True


def _quote(draft: Draft, statements: Sequence[Statement], quoted: set[str]) -> None:
    for statement in statements:
        if statement.id not in quoted:
            quoted.add(statement.id)
            reading = draft.facts.reading(statement)
            draft.say(*quote_claims(draft.facts, reading.support, 1))
            for claim, evidences in against_claims(draft.facts, reading, 0):
                draft.say(claim, *quote_claims(draft.facts, evidences, 1))


def tell_confounders(draft: Draft, x: Entity, y: Entity) -> bool:
    """Add the common causes of X and Y; False when the graph knows none."""
    facts = draft.facts
    store = facts.store
    on_x = {
        s.subject: s
        for s in reversed(_causal(store.statements_between(None, [x.id], statuses=_FIRM)))
    }
    on_y = {
        s.subject: s
        for s in reversed(_causal(store.statements_between(None, [y.id], statuses=_FIRM)))
    }
    both = sorted(
        (on_x.keys() & on_y.keys()) - {x.id, y.id},
        key=lambda z: (-min(on_x[z].belief, on_y[z].belief), z),
    )
    if not both:
        draft.say(Claim.model_validate({"kind": ClaimKind.NO_CONFOUNDER, **ends(x, y)}))
        draft.add(
            draft.notes,
            "That the graph knows no common cause does not mean that there is none.",
        )
        draft.add(draft.would_change, f"Publications on what acts on {x.name} and on {y.name}.")
        return False
    quoted: set[str] = set()
    for z in both[:SHOWN]:
        pair = (on_x[z], on_y[z])
        draft.say(
            Claim.model_validate(
                {
                    "kind": ClaimKind.CONFOUNDER,
                    **ends(x, y),
                    "path": (z,),
                    "path_names": (facts.name(z),),
                    "predicates": tuple(s.predicate for s in pair),
                    "signs": tuple(s.sign for s in pair),
                    "sign": pair[0].sign * pair[1].sign,
                    "belief": belief(min(s.belief for s in pair)),
                    "statement_ids": tuple(s.id for s in pair),
                }
            )
        )
        _quote(draft, pair, quoted)
    if len(both) > SHOWN:
        draft.add(draft.notes, "Only the strongest common causes are told.")
    draft.add(
        draft.assumptions,
        "The graph lists the common causes it has read of; others may be unknown.",
    )
    _measured(draft, both, x, y)
    return True


def _measured(draft: Draft, both: Sequence[str], x: Entity, y: Entity) -> None:
    """Say which common causes a registered dataset measures."""
    for record in draft.facts.store.datasets():
        bound = {v.entity: v.column for v in record.variables if v.entity}
        if x.id in bound and y.id in bound:
            there = [draft.facts.name(z) for z in both if z in bound]
            missing = [draft.facts.name(z) for z in both if z not in bound]
            if there:
                draft.add(
                    draft.notes,
                    f"{record.name} measures {', '.join(there)}, so adjusting for that is possible.",
                )
            if missing:
                draft.add(
                    draft.would_change,
                    f"Measuring {', '.join(missing)}, which {record.name} does not.",
                )
