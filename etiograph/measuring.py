"""Which cheap measurement would sort hypotheses: the link whose sign, once known, changes most of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from queries.mechanism import Link, Network

__all__ = ["COSTS", "Measurement", "Question", "cheapest"]

COSTS: Mapping[str, float] = {
    "public": 1.0,
    "cells": 3.0,
    "animals": 10.0,
    "people": 30.0,
}
"""What kinds of measurement cost against one another. Set by hand: orders of magnitude only."""


@dataclass(frozen=True)
class Question:
    """Does moving ``cause`` lower ``effect``? Asked of the candidate ``id``."""

    id: str
    name: str
    cause: str
    effect: str
    move: int


@dataclass(frozen=True)
class Measurement:
    """What to measure.

    Attributes:
        cause, effect, statement: the link in question.
        how: in words; ``kind`` one of :data:`COSTS`.
        changes: candidates whose call differs between the link raising, lowering and not being there.
        gain: candidates changed for each unit of cost.
    """

    cause: str
    effect: str
    statement: str
    how: str
    kind: str
    changes: tuple[str, ...]
    gain: float
    told: str


def cheapest(
    network: Network,
    questions: Sequence[Question],
    max_length: int,
    names: Mapping[str, str],
    most: int = 30,
) -> Measurement | None:
    """Return the link that separates the candidates best for its cost, None if none does.

    Each link of their best chains is made to raise, to lower, and to vanish; the intervention is simulated
    each time, and the candidates whose call changes are counted.
    """
    from queries.mechanism import explain

    links: dict[tuple[str, str], Link] = {}
    for q in questions:
        if q.cause in network and q.effect in network and q.cause != q.effect:
            found = explain(network, q.cause, q.effect, k=4, max_length=max_length, budget=20_000)
            for chain in found.chains:
                if len(chain.links) > 1:
                    for link in chain.links:
                        links.setdefault((link.cause, link.effect), link)
    uncertain = sorted(links.values(), key=lambda k: (k.sign != 0, k.belief, k.cause, k.effect))
    best: Measurement | None = None
    for link in uncertain[:most]:
        rest = [k for k in network.links if (k.cause, k.effect) != (link.cause, link.effect)]
        calls: dict[str, set[str]] = {q.id: set() for q in questions}
        for outcome in (1, -1, None):
            shown = rest if outcome is None else [*rest, replace(link, sign=outcome, belief=1.0)]
            world = type(network)(shown)
            for q in questions:
                calls[q.id].add(_call(world, q, max_length))
        changed = tuple(q.name for q in questions if len(calls[q.id]) > 1)
        kind = _kind(link)
        gain = len(changed) / COSTS[kind]
        if changed and (best is None or gain > best.gain):
            best = _measurement(link, kind, changed, gain, names)
    return best


def _call(network: Network, q: Question, depth: int) -> str:
    from queries.mechanism import downstream

    if q.cause not in network or q.effect not in network:
        return "none"
    found = downstream(network, {q.cause: q.move}, depth=depth, least=1e-9, most=len(network))
    return next((e.call for e in found if e.node == q.effect), "none")


def _kind(link: Link) -> str:
    ends = [n.split(":", 1)[0] for n in (link.cause, link.effect)]
    genes = {"hgnc", "ncbigene", "uniprot", "ensembl"}
    if ends[0] in genes and ends[1] not in genes:
        return "public"
    return "cells" if ends[1] in genes or ends[1] in ("go", "cl") else "animals"


def _measurement(
    link: Link, kind: str, changed: tuple[str, ...], gain: float, names: Mapping[str, str]
) -> Measurement:
    cause, effect = (names.get(n, n) for n in (link.cause, link.effect))
    how = {
        "public": f"Mendelian randomization of {cause} on {effect} from public summary statistics",
        "cells": f"perturb {cause} in cells and read {effect}",
        "animals": f"give or remove {cause} in an animal model and observe {effect}",
        "people": f"randomise {cause} and observe {effect}",
    }[kind]
    told = (
        f"does {cause} raise or lower {effect}? ({how}). Whether it does changes the call of "
        f"{', '.join(changed)}."
    )
    return Measurement(link.cause, link.effect, link.id, how, kind, changed, round(gain, 4), told)
