"""Counting the sources on one pair again, and what verdicts that count allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from graph.model import Rung, Status
from llm_bridge.checker.ledger import Record
from llm_bridge.claims import Verdict

__all__ = ["Counts", "Ruling", "judge", "tally"]

_ALGORITHMS = (Rung.DISCOVERED, Rung.PREDICTED)


@dataclass
class Counts:
    """Sources by what they say: ``firm[sign]`` for an effect, ``denied[sign]`` against one,
    ``linked`` for an association, ``proposed[sign]`` of algorithms; ``evidence`` is all counted."""

    firm: dict[int, set[str]] = field(default_factory=lambda: {1: set(), -1: set(), 0: set()})
    denied: dict[int, set[str]] = field(default_factory=lambda: {1: set(), -1: set(), 0: set()})
    proposed: dict[int, set[str]] = field(default_factory=lambda: {1: set(), -1: set(), 0: set()})
    linked: set[str] = field(default_factory=set)
    evidence: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict that the counts allow, with the sources for and against."""

    verdict: Verdict
    sign: int
    yes: frozenset[str]
    no: frozenset[str]


def tally(records: Iterable[Record]) -> Counts:
    """Count the sources of the statements of one pair."""
    counts = Counts()
    for record in records:
        s = record.statement
        if s.status is Status.REFUTED:
            continue
        for held in record.held:
            if held.retracted:
                continue
            evidence = held.evidence
            source = held.publication or evidence.id
            linking = not s.causal or evidence.rung is Rung.ASSOCIATION
            if evidence.rung in _ALGORITHMS:
                if not (held.supports and s.causal):
                    continue
                counts.proposed[s.sign].add(evidence.id)
            elif linking:
                if not held.supports:
                    continue
                counts.linked.add(source)
            else:
                (counts.firm if held.supports else counts.denied)[s.sign].add(source)
            counts.evidence.add(evidence.id)
    return counts


def judge(c: Counts, wanted: int) -> list[Ruling]:
    """Return the rulings the counts allow: the one on effects, and the one on associations."""
    rulings = [_effect(c, wanted)]
    if c.linked:
        linked = Ruling(Verdict.ASSOCIATION, 0, frozenset(c.linked), frozenset())
        if rulings[0].verdict is not Verdict.ASSOCIATION:
            rulings.append(linked)
    return rulings


def _against(c: Counts, sign: int) -> frozenset[str]:
    if sign == 0:
        return frozenset(c.denied[1] | c.denied[-1] | c.denied[0])
    return frozenset(c.denied[sign] | c.denied[0] | c.firm[-sign])


def _effect(c: Counts, wanted: int) -> Ruling:
    sign = wanted
    if not wanted:
        if c.firm[1] and len(c.firm[1]) == len(c.firm[-1]):
            return Ruling(Verdict.CONTESTED, 0, frozenset(c.firm[1]), frozenset(c.firm[-1]))
        sign = (len(c.firm[1]) > len(c.firm[-1])) - (len(c.firm[1]) < len(c.firm[-1]))
    yes, no = frozenset(c.firm[sign]), _against(c, sign)
    if yes and no:
        return Ruling(Verdict.CONTESTED, sign, yes, no)
    if yes:
        return Ruling(Verdict.SUPPORTED if sign else Verdict.UNSIGNED, sign, yes, no)
    if no:
        return Ruling(Verdict.OPPOSED, sign, yes, no)
    if c.firm[0]:
        return Ruling(Verdict.UNSIGNED, 0, frozenset(c.firm[0]), frozenset())
    if c.linked:
        return Ruling(Verdict.ASSOCIATION, 0, frozenset(c.linked), frozenset())
    up, down = c.proposed[1], c.proposed[-1]
    if wanted:
        if c.proposed[wanted]:
            return Ruling(Verdict.PROPOSED, wanted, frozenset(c.proposed[wanted]), frozenset())
    elif any(c.proposed.values()):
        lean = (len(up) > len(down)) - (len(up) < len(down))
        return Ruling(Verdict.PROPOSED, lean, frozenset(up | down | c.proposed[0]), frozenset())
    return Ruling(Verdict.NOTHING, 0, frozenset(), frozenset())
