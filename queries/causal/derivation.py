"""A search for formulas by the rules of do-calculus and of probability, from any distributions at hand.

Known distributions ``P(a | do(b), c)`` are combined until the one asked for is among them (Tikka,
Hyttinen and Karvanen, Journal of Statistical Software 99, 2021, and JAIR 2019). Indicators of selection and
of what was recorded are variables held at 1. The search is exhaustive over the states it can reach unless
its budget ends, which it says; that do-calculus itself is complete for these inputs is not known.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from queries.causal.bits import BitGraph, bits
from queries.causal.expression import Expression, Probability, Regime
from queries.causal.simplify import at_level, product, quotient, summed

__all__ = ["Derivation", "State", "derive"]

BUDGET = 30_000
"""distributions that are reached at most"""


class State(NamedTuple):
    """``P(a | do(b), c)`` as masks; ``held`` are indicators among a and c that are held at 1."""

    a: int
    b: int
    c: int
    held: int = 0


@dataclass(frozen=True)
class Derivation:
    """What the search found.

    Attributes:
        expression: the formula, None if there is none.
        exhaustive: whether everything reachable was reached: then there is none by these rules.
        reached: distributions reached.
    """

    expression: Expression | None
    exhaustive: bool
    reached: int


def derive(
    g: BitGraph,
    goal: State,
    known: Sequence[tuple[State, str]],
    *,
    indicators: int = 0,
    budget: int = BUDGET,
) -> Derivation:
    """Search for the goal from what is known.

    Args:
        g: the graph, indicators included.
        goal: what is asked.
        known: distributions at hand and the population each is of.
        indicators: nodes that are only ever held at 1, never summed over blindly or set.
        budget: distributions to reach at most.
    """
    return _Search(g, goal, indicators, budget).run(known)


class _Search:
    def __init__(self, g: BitGraph, goal: State, indicators: int, budget: int) -> None:
        self.g, self.goal, self.indicators, self.budget = g, goal, indicators, budget
        self.how: dict[State, tuple[str, tuple[State, ...], int]] = {}
        self.inputs: dict[State, Expression] = {}
        self.waiting: list[tuple[int, int, State]] = []
        self.by_condition: dict[tuple[int, int], list[State]] = defaultdict(list)
        self.graphs: dict[tuple[int, int], BitGraph] = {}
        self.tests: dict[tuple[int, int, int, int, int, int], bool] = {}

    def run(self, known: Sequence[tuple[State, str]]) -> Derivation:
        for state, population in known:
            regime = Regime(population, tuple(sorted(self.g.named(state.b))))
            at = tuple((n, 1) for n in sorted(self.g.named(state.held)))
            self.inputs[state] = Probability(
                self.g.named(state.a), self.g.named(state.c), regime, at
            )
            self.add(state, "input", ())
        exhaustive = True
        while self.waiting and self.goal not in self.how:
            if len(self.how) > self.budget:
                exhaustive = False
                break
            state = heapq.heappop(self.waiting)[2]
            for new, rule, parents, extra in self.from_one(state):
                self.add(new, rule, parents, extra)
            self.by_condition[state.b, state.c].append(state)
            for new, rule, parents in self.from_two(state):
                self.add(new, rule, parents)
        found = self.expression() if self.goal in self.how else None
        return Derivation(found, exhaustive, len(self.how))

    def add(self, state: State, rule: str, parents: tuple[State, ...], extra: int = 0) -> None:
        if state in self.how or not state.a:
            return
        self.how[state] = rule, parents, extra
        goal = self.goal
        far = (
            (state.a ^ goal.a).bit_count() + (state.b ^ goal.b).bit_count()
            + (state.c ^ goal.c).bit_count() + state.held.bit_count()
        )  # fmt: skip
        heapq.heappush(self.waiting, (far, len(self.how), state))

    # rules -----------------------------------------------------------------------------------

    def from_one(self, s: State) -> Iterator[tuple[State, str, tuple[State, ...], int]]:
        a, b, c, held = s
        for i in bits(a & ~held):
            v = 1 << i
            if a != v:
                yield State(a & ~v, b, c, held), "sum", (s,), v
        if not a & held:
            for i in bits(a):
                v = 1 << i
                if a != v:
                    # the probability of v alone, as a condition of the rest
                    yield State(a & ~v, b, c | v, held), "condition", (s,), v
        for i in bits((a | c) & self.indicators & ~held):
            yield State(a, b, c, held | 1 << i), "hold", (s,), 1 << i
        for i in bits(c):
            v = 1 << i
            if self.apart(a, v, b | (c & ~v), b, 0):
                yield State(a, b, c & ~v, held & ~v), "same", (s,), 0
            if not v & self.indicators and self.apart(a, v, b | (c & ~v), b, v):
                yield State(a, b | v, c & ~v, held), "same", (s,), 0
        for i in bits(b):
            v = 1 << i
            if self.apart(a, v, (b & ~v) | c, b & ~v, v):
                yield State(a, b & ~v, c | v, held), "same", (s,), 0
            if self.no_action(a, v, b & ~v, c):
                yield State(a, b & ~v, c, held), "same", (s,), 0
        for i in bits(self.g.all & ~(a | b | c)):
            v = 1 << i
            if self.apart(a, v, b | c, b, 0):
                yield State(a, b, c | v, held | (v & self.indicators)), "same", (s,), 0
            if not v & self.indicators and self.no_action(a, v, b, c):
                yield State(a, b | v, c, held), "same", (s,), 0

    def from_two(self, s: State) -> Iterator[tuple[State, str, tuple[State, ...]]]:
        a, b, c, held = s
        for part in _parts(c):
            rest = State(part, b, c & ~part, held & c)
            if rest in self.how:
                yield State(a | part, b, c & ~part, held), "chain", (s, rest)
            # what it is a factor of, divided by it
            whole = State(a | part, b, c & ~part, held)
            if whole in self.how:
                yield rest, "divide", (whole, s)
        for first in tuple(self.by_condition.get((b, c | a), ())):
            if first.held & (c | a) == held and not first.a & (a | c):
                yield State(first.a | a, b, c, first.held | held), "chain", (first, s)
        for whole in tuple(self.by_condition.get((b, c), ())):
            if a != whole.a and not a & ~whole.a and whole.held & (a | c) == held:
                yield State(whole.a & ~a, b, c | a, whole.held), "divide", (whole, s)
        for part in _parts(a):
            if part == a:
                continue
            small = State(part, b, c, held & (part | c))
            if small in self.how:
                yield State(a & ~part, b, c | part, held), "divide", (s, small)
            factor = State(a & ~part, b, c | part, held)
            if factor in self.how:
                yield small, "divide", (s, factor)

    def apart(self, a: int, v: int, given: int, into: int, out: int) -> bool:
        """Whether a and v are separated once arrows into ``into`` and out of ``out`` are cut."""
        key = a, v, given, into, out, 0
        if key not in self.tests:
            self.tests[key] = self.cut(into, out).separated(a, v, given)
        return self.tests[key]

    def no_action(self, a: int, v: int, b: int, c: int) -> bool:
        """Rule 3 for one node: setting v, besides b, changes nothing about a given c."""
        key = a, v, b, c, 0, 1
        if key not in self.tests:
            g = self.cut(b, 0)
            above = g.ancestors(c & ~b)
            cut = self.cut(b | (v & ~above), 0)
            self.tests[key] = cut.separated(a, v, b | c)
        return self.tests[key]

    def cut(self, into: int, out: int) -> BitGraph:
        key = into, out
        if key not in self.graphs:
            g = self.g.cut_into(into) if into else self.g
            self.graphs[key] = g.cut_out(out) if out else g
        return self.graphs[key]

    # formula ---------------------------------------------------------------------------------

    def expression(self) -> Expression:
        """The formula of the goal; each distribution on the way is made once."""
        needed: set[State] = set()
        stack = [self.goal]
        while stack:
            state = stack.pop()
            if state not in needed:
                needed.add(state)
                stack += self.how[state][1]
        made: dict[State, Expression] = {}
        # what a distribution is made from was reached before it
        for state in (s for s in self.how if s in needed):
            rule, parents, extra = self.how[state]
            of = [made[p] for p in parents]
            if rule == "input":
                made[state] = self.inputs[state]
            elif rule == "sum":
                made[state] = summed(self.g.named(extra), of[0])
            elif rule == "condition":
                made[state] = quotient(of[0], summed(self.g.named(state.a), of[0]))
            elif rule == "chain":
                made[state] = product(of)
            elif rule == "hold":
                made[state] = at_level(of[0], self.g.named(extra), 1)
            elif rule == "divide":
                made[state] = quotient(*of)
            else:
                made[state] = of[0]
        return made[self.goal]


def _parts(mask: int) -> Iterable[int]:
    """Every subset of a mask that is not empty."""
    part = mask
    while part:
        yield part
        part = (part - 1) & mask
