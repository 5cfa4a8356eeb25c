"""Causal answers under extraction error: each statement may be wrong, so an answer has a distribution.

A *world* is one way the graph may be: every statement is in it with its belief as probability. The
question is answered in all worlds that matter (enumerated when they are few, sampled otherwise).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.errors import UsageError
from graph.model import Status
from graph.store import Store
from queries.causal.adjustment import is_valid, smallest
from queries.causal.algorithm import find_hedge
from queries.causal.bits import BitGraph, bits

__all__ = ["Arc", "Influence", "Worlds", "arcs_above", "worlds"]

MOST_ENUMERATED = 12
"""uncertain statements up to which all worlds are enumerated"""
ANSWERS = ("raises", "lowers", "either", "no effect", "cyclic", "not identifiable")


@dataclass(frozen=True, slots=True)
class Arc:
    """A statement that ``cause`` acts on ``effect``: its sign, belief and id."""

    cause: str
    effect: str
    belief: float
    sign: int = 0
    id: str = ""


@dataclass(frozen=True, slots=True)
class Influence:
    """What a statement being true or false does to the answer.

    ``if_true`` and ``if_false`` are the probabilities of the most likely answer in these cases;
    ``information`` is the mutual information of statement and answer in bits: what checking it is worth.
    """

    arc: Arc
    information: float
    if_true: tuple[str, float]
    if_false: tuple[str, float]

    @property
    def flips(self) -> bool:
        """Whether the most likely answer depends on it."""
        return self.if_true[0] != self.if_false[0]


@dataclass(frozen=True, slots=True)
class Worlds:
    """How an answer is distributed over the worlds.

    Attributes:
        answers: probability of each of :data:`ANSWERS`; they sum to one.
        identifiable: probability that the effect is identified (no effect included).
        adjustment: (set, probability that it is a valid back-door set), most often valid first.
        influences: statements by what checking them is worth.
        error: standard error of the probabilities; 0 if all worlds were enumerated.
        number: worlds looked at; ``distinct`` of them differ where it matters.
    """

    cause: str
    effect: str
    answers: dict[str, float]
    identifiable: float
    adjustment: tuple[tuple[tuple[str, ...], float], ...]
    influences: tuple[Influence, ...]
    error: float
    number: int
    distinct: int
    arcs: tuple[Arc, ...] = field(repr=False, default=())

    @property
    def best(self) -> tuple[str, float]:
        """The most likely answer and its probability."""
        return max(self.answers.items(), key=lambda item: (item[1], item[0]))

    @property
    def explanation(self) -> str:
        """One paragraph in plain words."""
        answer, p = self.best
        words = {
            "raises": "raises", "lowers": "lowers", "either": "acts in both directions on",
            "no effect": "does not act on", "cyclic": "is in a loop with",
            "not identifiable": "acts on, but not identifiably,",
        }[answer]  # fmt: skip
        told = f"Most likely (p = {p:.2f}) {self.cause} {words} {self.effect}."
        if flipping := [i for i in self.influences if i.flips]:
            arc = flipping[0].arc
            told += f" This would turn if '{arc.cause} -> {arc.effect}' were checked and found otherwise."
        return told

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "cause": self.cause, "effect": self.effect, "answers": dict(self.answers),
            "identifiable": self.identifiable, "error": self.error, "worlds": self.number,
            "distinct": self.distinct, "explanation": self.explanation,
            "adjustment": [{"set": list(s), "valid": p} for s, p in self.adjustment],
            "influences": [
                {
                    "statement": i.arc.id, "cause": i.arc.cause, "effect": i.arc.effect,
                    "sign": i.arc.sign, "belief": i.arc.belief, "information": i.information,
                    "if_true": list(i.if_true), "if_false": list(i.if_false), "flips": i.flips,
                }
                for i in self.influences
            ],
        }  # fmt: skip


def arcs_above(
    store: Store,
    cause: str,
    effect: str,
    *,
    depth: int = 3,
    min_belief: float = 0.05,
    most: int = 80,
) -> tuple[Arc, ...]:
    """Return the causal statements that may decide what ``cause`` does to ``effect``.

    Goes up from both, ``depth`` steps at most; of more than ``most`` entities those with the most
    believed chain to one of the two are kept. Refuted statements are left out.
    """
    counted = [s for s in Status if s is not Status.REFUTED]
    strength = {cause: 1.0, effect: 1.0}
    fresh = [cause, effect]
    found: dict[str, Arc] = {}
    for _ in range(depth):
        into = store.statements_between(
            None, sorted(fresh), min_belief=min_belief, statuses=counted
        )
        reached: dict[str, float] = {}
        for s in into:
            if s.causal:
                found[s.id] = Arc(s.subject, s.object, s.belief, s.sign, s.id)
                if s.subject not in strength:
                    chain = strength[s.object] * s.belief
                    reached[s.subject] = max(chain, reached.get(s.subject, 0.0))
        room = max(0, most - len(strength))
        kept = sorted(reached.items(), key=lambda item: (-item[1], item[0]))[:room]
        strength.update(kept)
        fresh = [name for name, _ in kept]
        if not fresh:
            break
    inside = (a for a in found.values() if a.cause in strength and a.effect in strength)
    return tuple(sorted(inside, key=lambda a: a.id))


def worlds(
    arcs: Sequence[Arc],
    cause: str,
    effect: str,
    *,
    hidden: Iterable[str] = (),
    number: int = 1000,
    seed: int = 0,
) -> Worlds:
    """Return how the answer to "what does ``cause`` do to ``effect``?" is distributed.

    Args:
        arcs: statements; several on one pair are separate chances of the same arrow.
        hidden: nodes that cannot be measured; the others can.
        number: worlds to draw when there are too many to enumerate.

    Raises:
        UsageError: if cause and effect are the same or hidden, or a belief is no probability.
    """
    hidden = frozenset(hidden)
    if cause == effect:
        raise UsageError("cause and effect are the same")
    if {cause, effect} & hidden:
        raise UsageError("cause and effect must be measured")
    if wrong := [a for a in arcs if not 0 <= a.belief <= 1]:
        raise UsageError(
            f"the belief of {wrong[0].cause} -> {wrong[0].effect} is {wrong[0].belief}"
        )
    arcs = _relevant(arcs, cause, effect)
    belief = np.array([a.belief for a in arcs])
    uncertain = np.flatnonzero((belief > 0) & (belief < 1))
    if len(uncertain) <= MOST_ENUMERATED:
        present = np.tile(belief == 1, (2 ** len(uncertain), 1))
        cells = (np.arange(2 ** len(uncertain))[:, None] >> np.arange(len(uncertain))) & 1
        present[:, uncertain] = cells.astype(bool)
        chance = np.where(cells, belief[uncertain], 1 - belief[uncertain]).prod(axis=1)
        exact = True
    else:
        present = np.random.default_rng(seed).random((number, len(arcs))) < belief
        chance = np.full(number, 1 / number)
        exact = False
    asked = _Question(arcs, cause, effect, hidden)
    codes = np.empty(len(present), dtype=np.intp)
    valid: dict[int, float] = defaultdict(float)
    identifiable = 0.0
    graphs: dict[BitGraph, float] = defaultdict(float)
    for w, (row, p) in enumerate(zip(present, chance, strict=True)):
        answer, graph = asked.answer(row)
        codes[w] = ANSWERS.index(answer)
        identifiable += p * (answer not in ("cyclic", "not identifiable"))
        if graph is not None:
            graphs[graph] += p
    # the sets that are smallest in some world, and how often each is valid in all of them
    candidates = Counter[int]()
    x, y = 1 << asked.at[cause], 1 << asked.at[effect]
    for graph, p in graphs.items():
        if (z := asked.smallest(graph)) is not None:
            candidates[z] += p  # type: ignore[assignment]
    for z, _ in sorted(candidates.items(), key=lambda item: (-item[1], item[0]))[:5]:
        valid[z] = sum(p for g, p in graphs.items() if is_valid(g, x, y, z))
    answers = {a: float(chance[codes == k].sum()) for k, a in enumerate(ANSWERS)}
    top = max(answers.values())
    return Worlds(
        cause, effect, answers, float(identifiable),
        tuple(
            (tuple(sorted(asked.names[i] for i in bits(z))), float(p))
            for z, p in sorted(valid.items(), key=lambda item: (-item[1], item[0].bit_count(), item[0]))
        ),
        _influences(arcs, present, chance, codes, uncertain),
        0.0 if exact else math.sqrt(max(0.0, top * (1 - top)) / number),
        len(present), asked.distinct, tuple(arcs),
    )  # fmt: skip


def _relevant(arcs: Sequence[Arc], cause: str, effect: str) -> list[Arc]:
    """Arcs among possible ancestors of cause and effect: no other arc changes the answer."""
    into: dict[str, set[str]] = defaultdict(set)
    for arc in arcs:
        into[arc.effect].add(arc.cause)
    found, stack = {cause, effect}, [cause, effect]
    while stack:
        fresh = into[stack.pop()] - found
        found |= fresh
        stack += sorted(fresh)
    return [a for a in arcs if a.effect in found and a.belief > 0 and a.cause != a.effect]


class _Question:
    def __init__(
        self, arcs: Sequence[Arc], cause: str, effect: str, hidden: frozenset[str]
    ) -> None:
        nodes = sorted({cause, effect, *(n for a in arcs for n in (a.cause, a.effect))})
        self.names = tuple(nodes)
        self.at = {name: i for i, name in enumerate(nodes)}
        self.x, self.y = self.at[cause], self.at[effect]
        self.hidden = sum(1 << self.at[h] for h in hidden if h in self.at)
        self.ends = [(self.at[a.cause], self.at[a.effect], a.sign) for a in arcs]
        self.distinct = 0
        self.smallest = lru_cache(maxsize=None)(self._smallest)
        self._known: dict[tuple[Any, ...], tuple[str, BitGraph | None]] = {}

    def answer(self, row: npt.NDArray[np.bool_]) -> tuple[str, BitGraph | None]:
        """The answer in one world, and its graph over what is measured (None if cyclic)."""
        n = len(self.names)
        pa, plus, minus = [0] * n, [0] * n, [0] * n
        for k in np.flatnonzero(row):
            a, b, sign = self.ends[k]
            pa[b] |= 1 << a
            if sign >= 0:
                plus[a] |= 1 << b
            if sign <= 0:
                minus[a] |= 1 << b
        above = fresh = 1 << self.x | 1 << self.y
        while fresh:
            found = 0
            for i in bits(fresh):
                found |= pa[i]
            fresh = found & ~above
            above |= fresh
        key = (
            above,
            tuple((pa[i], plus[i] & above, minus[i] & above) for i in bits(above)),
        )
        if key not in self._known:
            self.distinct += 1
            self._known[key] = self._decide(above, pa, plus, minus)
        return self._known[key]

    def _decide(
        self, above: int, pa: list[int], plus: list[int], minus: list[int]
    ) -> tuple[str, BitGraph | None]:
        placed = 0
        while placed != above:
            ready = 0
            for i in bits(above & ~placed):
                if not pa[i] & above & ~placed:
                    ready |= 1 << i
            if not ready:
                return "cyclic", None
            placed |= ready
        graph = self._measured(above, pa)
        up, down = self._signs(above, plus, minus)
        if not (up or down):
            return "no effect", graph
        if find_hedge(graph, 1 << self.x, 1 << self.y) is not None:
            return "not identifiable", graph
        return ("either" if up and down else "raises" if up else "lowers"), graph

    def _signs(self, above: int, plus: list[int], minus: list[int]) -> tuple[bool, bool]:
        """Whether a path of each sign leads from cause to effect."""
        raised, lowered = 1 << self.x, 0
        new_raised, new_lowered = raised, lowered
        while new_raised | new_lowered:
            up = down = 0
            for i in bits(new_raised):
                up |= plus[i]
                down |= minus[i]
            for i in bits(new_lowered):
                up |= minus[i]
                down |= plus[i]
            new_raised, new_lowered = up & above & ~raised, down & above & ~lowered
            raised |= new_raised
            lowered |= new_lowered
        return bool(raised >> self.y & 1), bool(lowered >> self.y & 1)

    def _measured(self, above: int, pa: list[int]) -> BitGraph:
        """Project out what is hidden: chains become arrows, common causes bidirected edges."""
        n = len(self.names)
        seen = above & ~self.hidden
        directed: set[tuple[int, int]] = set()
        sources: list[int] = [0] * n  # hidden ancestors through hidden nodes only
        for b in bits(seen):
            stack, done = pa[b] & above, 0
            while stack & ~done:
                low = (stack & ~done) & -(stack & ~done)
                done |= low
                i = low.bit_length() - 1
                if low & self.hidden:
                    sources[b] |= low
                    stack |= pa[i] & above
                else:
                    directed.add((i, b))
        bidirected = [
            (a, b) for a in bits(seen) for b in bits(seen) if a < b and sources[a] & sources[b]
        ]
        return BitGraph(self.names, sorted(directed), bidirected)

    def _smallest(self, graph: BitGraph) -> int | None:
        return smallest(graph, 1 << self.x, 1 << self.y, allowed=graph.all & ~self.hidden)


def _influences(
    arcs: Sequence[Arc],
    present: npt.NDArray[np.bool_],
    chance: npt.NDArray[np.float64],
    codes: npt.NDArray[np.intp],
    uncertain: npt.NDArray[np.intp],
) -> tuple[Influence, ...]:
    onehot = (codes[:, None] == np.arange(len(ANSWERS))) * chance[:, None]
    whole = onehot.sum(axis=0)
    found = []
    for k in uncertain:
        yes = onehot[present[:, k]].sum(axis=0)
        no = whole - yes
        if not (yes.sum() > 0 and no.sum() > 0):
            continue
        information = sum(
            float(part[j] * math.log2(part[j] / (part.sum() * whole[j])))
            for part in (yes, no)
            for j in range(len(ANSWERS))
            if part[j] > 0
        )
        tops = [(ANSWERS[int(part.argmax())], float(part.max() / part.sum())) for part in (yes, no)]
        found.append(Influence(arcs[k], max(0.0, information), tops[0], tops[1]))
    found.sort(key=lambda i: (-round(i.information, 12), i.arc.id, i.arc.cause, i.arc.effect))
    return tuple(found)
