"""Probabilities that follow from those given: by the laws of probability and the graph's separations.

A probability is looked up among the given ones, or derived: the opposite event, a condition that the graph
says does not matter, a joint probability and its parts, a sum over the cases of another variable, Bayes'
rule, or the one unknown weight of a mixture whose parts and whole are given. Every step is kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph.errors import InputError
from llm_bridge.worlds.align import Alignment
from llm_bridge.worlds.reading import World
from llm_bridge.worlds.values import Event

__all__ = ["Fact", "Rates", "facts_of"]

_MOST_STEPS = 6
_ROUNDING = 0.011
"""given percentages are rounded: two that differ by less do not contradict each other"""


@dataclass(frozen=True)
class Fact:
    """A given probability of ``target`` within ``given``."""

    target: frozenset[Event]
    given: frozenset[Event]
    probability: float
    text: str

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "target": dict(sorted(self.target)), "given": dict(sorted(self.given)),
            "probability": self.probability, "text": self.text,
        }  # fmt: skip


def facts_of(alignment: Alignment) -> tuple[list[Fact], list[str]]:
    """Return the given probabilities as facts, and notes on how unclear rows were read.

    Raises:
        InputError: if one probability is given twice with different values.
    """
    notes: list[str] = []
    found: list[Fact] = []
    known: dict[tuple[frozenset[Event], frozenset[Event]], Fact] = {}
    for row in alignment.rows:
        target = frozenset(alignment[t] for t in row.targets)
        given = [alignment[c] for c in row.conditions]
        if row.repeats == 2 and len(row.conditions) > 1:
            same = [r for r in alignment.rows if r.targets == row.targets]
            fixed = [
                i for i in range(len(row.conditions))
                if len({r.conditions[i] for r in same if len(r.conditions) > i}) == 1
            ]  # fmt: skip
            if len(same) == 2 ** len(row.conditions) and len(fixed) == 1:
                # the table lists both values of this variable but words them alike
                i = fixed[0]
                given[i] = given[i][0], row.repeat
                notes.append(
                    f"'{row.conditions[i]}' stands for both values of '{given[i][0]}' in one table; its rows "
                    "are read in the order of the others: first without, then with"
                )
        fact = Fact(target, frozenset(given), row.rate.probability, row.rate.text)
        key = fact.target, fact.given
        if key in known and abs(known[key].probability - fact.probability) > _ROUNDING:
            raise InputError(
                f"the givens contradict each other: '{known[key].text}' and '{fact.text}'",
                hint="Say of whom each probability holds.",
            )
        known[key] = fact
        found.append(fact)
    return found, list(dict.fromkeys(notes))


class Rates:
    """What the given probabilities say about any event."""

    def __init__(self, world: World, facts: Iterable[Fact]) -> None:
        self.world = world
        self.facts = tuple(facts)
        self._direct = {(f.target, f.given): f for f in self.facts}
        self._found: dict[tuple[frozenset[Event], frozenset[Event]], float | None] = {}
        self._how: dict[tuple[frozenset[Event], frozenset[Event]], str] = {}
        self._open: set[tuple[frozenset[Event], frozenset[Event]]] = set()
        self._cut = False
        self._blocked: dict[tuple[str, str, frozenset[str]], bool] = {}
        self.used: dict[str, Fact] = {}
        self.names = frozenset(n for f in self.facts for n, _ in (*f.target, *f.given))

    def __call__(self, target: Mapping[str, int], given: Mapping[str, int]) -> float | None:
        """Return P(target | given), None if it does not follow."""
        return self._get(frozenset(target.items()), frozenset(given.items()), 0)

    def how(self, target: Mapping[str, int], given: Mapping[str, int]) -> str:
        """Say how the last value was found."""
        return self._how.get((frozenset(target.items()), frozenset(given.items())), "")

    def check(self) -> None:
        """Hold the givens against each other.

        Raises:
            InputError: if a joint probability exceeds a probability of its parts, or the parts of a
                mixture leave out the whole, by more than rounding.
        """
        for f in self.facts:
            for g in self.facts:
                if f is g or f.given != g.given:
                    continue
                if g.target < f.target and f.probability > g.probability + _ROUNDING:
                    raise InputError(
                        f"the givens contradict each other: '{f.text}' is more than '{g.text}' allows"
                    )
        for f in self.facts:
            if len(f.target) != 1:
                continue
            for name in sorted(self.names - {n for n, _ in (*f.target, *f.given)}):
                parts = [self._plain(f.target, f.given | {(name, v)}) for v in (0, 1)]
                if parts[0] is None or parts[1] is None:
                    continue
                low, high = sorted((parts[0], parts[1]))
                if not low - _ROUNDING <= f.probability <= high + _ROUNDING:
                    raise InputError(
                        f"the givens contradict each other: '{f.text}' is not between the probabilities "
                        f"given for the two cases of '{name}'"
                    )

    def _plain(self, target: frozenset[Event], given: frozenset[Event]) -> float | None:
        """A given probability or that of the opposite event."""
        if fact := self._direct.get((target, given)):
            self.used[fact.text] = fact
            return fact.probability
        if len(target) == 1:
            ((name, value),) = target
            if fact := self._direct.get((frozenset({(name, 1 - value)}), given)):
                self.used[fact.text] = fact
                return 1 - fact.probability
        return None

    def _get(self, target: frozenset[Event], given: frozenset[Event], depth: int) -> float | None:
        target -= given
        if not target:
            return 1.0
        values = dict(given)
        if any(n in values for n, _ in target):
            return 0.0
        key = target, given
        if key in self._found:
            return self._found[key]
        if depth > _MOST_STEPS or key in self._open:
            self._cut = True
            return None
        self._open.add(key)
        outer, self._cut = self._cut, False
        found = self._derive(target, given, depth)
        self._open.discard(key)
        # a failure within a limit of depth or of circles says nothing about another way in
        if found is not None or not self._cut or not self._open:
            self._found[key] = found
        self._cut = self._cut or outer
        return found

    def _derive(
        self, target: frozenset[Event], given: frozenset[Event], depth: int
    ) -> float | None:
        plain = self._plain(target, given)
        if plain is not None:
            self._how[target, given] = "given"
            return plain
        if len(target) > 1:
            return self._joint(target, given, depth)
        for rule in (self._separate, self._ratio, self._cases, self._bayes, self._mixture):
            found = rule(target, given, depth)
            if found is not None and -1e-6 <= found <= 1 + 1e-6:
                self._how[target, given] = rule.__name__[1:]
                return min(1.0, max(0.0, found))
        return None

    def _joint(self, target: frozenset[Event], given: frozenset[Event], depth: int) -> float | None:
        for first in sorted(target):
            rest = target - {first}
            # P(a, b) from P(a) and P(a, not b)
            other = frozenset(rest | {(first[0], 1 - first[1])})
            if (fact := self._direct.get((other, given))) is not None:
                whole = self._get(rest, given, depth + 1)
                if whole is not None:
                    self.used[fact.text] = fact
                    return max(0.0, whole - fact.probability)
        for first in sorted(target, key=lambda e: self.world.order.index(e[0])):
            a = self._get(frozenset({first}), given, depth + 1)
            if a is None:
                continue
            if a == 0.0:
                return 0.0
            b = self._get(target - {first}, given | {first}, depth + 1)
            if b is not None:
                return a * b
        return None

    def _independent(self, a: str, b: str, given: frozenset[str]) -> bool:
        key = a, b, given
        if key not in self._blocked:
            self._blocked[key] = self.world.separated({a}, {b}, set(given))
        return self._blocked[key]

    def _separate(
        self, target: frozenset[Event], given: frozenset[Event], depth: int
    ) -> float | None:
        """Leave out, or bring in, a condition that the graph says does not matter."""
        ((name, _),) = target
        for event in sorted(given):
            rest = given - {event}
            if self._independent(name, event[0], frozenset(n for n, _ in rest)):
                found = self._get(target, rest, depth + 1)
                if found is not None:
                    return found
        fixed = frozenset(n for n, _ in given)
        for fact in self.facts:
            if {n for n, _ in fact.target} == {name} and given < fact.given:
                more = {n for n, _ in fact.given} - fixed
                if all(self._independent(name, m, fixed) for m in more) and self.world.separated(
                    {name}, more, set(fixed)
                ):
                    return self._plain(target, fact.given)
        return None

    def _ratio(self, target: frozenset[Event], given: frozenset[Event], depth: int) -> float | None:
        """P(t, c) / P(c) where a joint probability is given."""
        for fact in self.facts:
            if len(fact.target) < 2 or not fact.given <= given:
                continue
            names = {n for n, _ in fact.target}
            part = frozenset(e for e in given if e[0] in names)
            if {n for n, _ in target | part} != names or part | fact.given != given:
                continue
            bottom = self._get(part, fact.given, depth + 1)
            if bottom:
                top = self._get(target | part, fact.given, depth + 1)
                if top is not None:
                    return top / bottom
        return None

    def _cases(self, target: frozenset[Event], given: frozenset[Event], depth: int) -> float | None:
        """The sum over the cases of one more variable."""
        ((name, _),) = target
        fixed = {n for n, _ in given} | {name}
        more = {
            n
            for f in self.facts
            if {m for m, _ in f.target} & {name}
            for n, _ in (*f.given, *f.target)
            if n not in fixed
        }
        for extra in sorted(more, key=self.world.order.index):
            total: float | None = 0.0
            for value in (0, 1):
                weight = self._get(frozenset({(extra, value)}), given, depth + 1)
                if weight is None:
                    total = None
                    break
                if weight == 0.0:
                    continue
                part = self._get(target, given | {(extra, value)}, depth + 1)
                if part is None:
                    total = None
                    break
                assert total is not None
                total += weight * part
            if total is not None:
                return total
        return None

    def _bayes(self, target: frozenset[Event], given: frozenset[Event], depth: int) -> float | None:
        ((name, value),) = target
        for event in sorted(given):
            if not any(
                {n for n, _ in f.target} == {event[0]} and name in {n for n, _ in f.given}
                for f in self.facts
            ):
                continue
            rest = given - {event}
            parts: list[float] = []
            for v in (value, 1 - value):
                prior = self._get(frozenset({(name, v)}), rest, depth + 1)
                if prior is None:
                    break
                like = self._get(frozenset({event}), rest | {(name, v)}, depth + 1)
                if like is None:
                    break
                parts.append(prior * like)
            if len(parts) == 2 and sum(parts) > 0:
                return parts[0] / sum(parts)
        return None

    def _mixture(
        self, target: frozenset[Event], given: frozenset[Event], depth: int
    ) -> float | None:
        """The weight of a case, from the whole and the two parts that it mixes."""
        ((name, value),) = target
        for fact in self.facts:
            if fact.given != given or len(fact.target) != 1 or name in dict(fact.target):
                continue
            parts = [
                self._get(fact.target, given | {(name, v)}, depth + 1) for v in (value, 1 - value)
            ]
            if parts[0] is None or parts[1] is None or abs(parts[0] - parts[1]) < 0.02:
                continue
            self.used[fact.text] = fact
            return (fact.probability - parts[1]) / (parts[0] - parts[1])
        return None


def levels(names: Iterable[str]) -> list[dict[str, int]]:
    """Return all assignments of values to ``names``."""
    listed = list(names)
    return [
        dict(zip(listed, values, strict=True))
        for values in itertools.product((0, 1), repeat=len(listed))
    ]
