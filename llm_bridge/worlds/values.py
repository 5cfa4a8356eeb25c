"""Which wordings of a variable mean which of its two values."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llm_bridge.worlds.units import Unit
from llm_bridge.worlds.words import Bag, parity

__all__ = ["Doubt", "Event", "Wordings"]

DOUBT = 1.0
"""two readings of a variable's values that differ by less leave open which is meant"""
Event = tuple[str, int]
"""a variable and one of its values, 0 or 1"""
_Way = tuple[float, tuple[int, ...]]


@dataclass(frozen=True)
class Doubt:
    """A variable whose phrases may be joined to its values otherwise.

    Attributes:
        name: of the variable.
        phrases: two that one reading joins and the other sets apart.
        events: the variable's phrases as the other reading has them.
    """

    name: str
    phrases: tuple[str, str]
    events: Mapping[str, Event]


@dataclass(frozen=True)
class Wordings:
    """What is known of all phrases: how they are built, their words, and whether they are a variable's name.

    ``plain`` are bags in which words like "avoid" deny nothing.
    """

    kinds: Mapping[str, set[str]]
    bags: Mapping[str, Bag]
    plain: Mapping[str, Bag]
    is_name: Mapping[str, bool]

    def values(
        self, name: str, words: Bag, units: Sequence[Unit]
    ) -> tuple[dict[str, Event], Doubt | None]:
        """Return the events of a variable's phrases, and what is open about them.

        Args:
            name: of the variable; ``words`` are its words.
            units: its phrases.
        """
        lean = [self._lean(unit, words) for unit in units]
        pairs = {
            (i, j): self._parity(units[i], units[j], words)
            for i, j in itertools.combinations(range(len(units)), 2)
        }
        ways = _signs(lean, pairs)
        return _events(name, units, ways[0][1]), self._doubt(name, units, ways)

    def _doubt(self, name: str, units: Sequence[Unit], ways: Sequence[_Way]) -> Doubt | None:
        """The second best reading of a variable's values, if it comes near the best."""
        # a variable's bare name is its presence, or says nothing of a value
        told = [unit.phrases for unit in units]
        valued = [k for k, of in enumerate(told) if not all(self.is_name[p] for p in of)]
        (best, signs), *rest = ways
        second = next(
            (way for way in rest if _relative(way[1], valued) != _relative(signs, valued)), None
        )
        if second is None or best - second[0] >= DOUBT:
            return None
        i, j = next(
            (i, j)
            for i, j in itertools.combinations(valued, 2)
            if signs[i] * signs[j] != second[1][i] * second[1][j]
        )
        phrases = next(iter(told[i])), next(iter(told[j]))
        return Doubt(name, phrases, _events(name, units, second[1]))

    def _lean(self, unit: Unit, name: Bag) -> float:
        total = unit.lean
        for phrase, sign in unit.phrases.items():
            own = self.bags[phrase]
            total += sign * (-1.0 if own.negated else 0.3)
            # the value worded as the variable itself is its presence; common to both values it cancels
            total += 0.5 * sign * max(-2.0, min(2.0, parity(self.plain[phrase], name)))
        return total

    def _parity(self, a: Unit, b: Unit, name: Bag) -> float:
        weak = frozenset(s for s, _ in name.stems)
        total = 0.0
        for p, s in a.phrases.items():
            for q, t in b.phrases.items():
                plain = self.is_name[p] or self.is_name[q]
                if "name" in self.kinds[p] | self.kinds[q]:
                    likeness = parity(self.plain[p], self.plain[q])
                elif plain and self.bags[p].denies == self.bags[q].denies:
                    likeness = parity(self.plain[p], self.plain[q], weak)
                else:
                    whole = self._worded_alike(p, q) or self._worded_alike(q, p)
                    likeness = parity(self.bags[p], self.bags[q], weak, whole)
                if self.kinds[p] & self.kinds[q] and not plain:
                    # one value is not worded in two ways of one build: another wording is the opposite
                    likeness = min(likeness, 0.0) - 0.8
                total += s * t * likeness
        return max(-3.0, min(3.0, total))

    def _worded_alike(self, p: str, q: str) -> bool:
        """Whether ``p`` is an event without a verb and ``q`` a clause: of one value they share their words."""
        return "event" in self.kinds[p] and "clause" in self.kinds[q] and not self.bags[p].doing


def _events(name: str, units: Sequence[Unit], signs: Sequence[int]) -> dict[str, Event]:
    return {
        phrase: (name, int(own * sign > 0))
        for unit, sign in zip(units, signs, strict=True)
        for phrase, own in unit.phrases.items()
    }


def _signs(lean: Sequence[float], pairs: Mapping[tuple[int, int], float]) -> list[_Way]:
    """Every choice of signs with its score, best first; of equals the one that leans up first."""
    ways = []
    for signs in itertools.product((1, -1), repeat=len(lean)):
        value = sum(0.2 * s * v for s, v in zip(signs, lean, strict=True))
        value += sum(p * signs[i] * signs[j] for (i, j), p in pairs.items())
        ways.append((round(value, 12), signs))
    return sorted(ways, key=lambda way: -way[0])


def _relative(signs: Sequence[int], among: Sequence[int]) -> tuple[int, ...]:
    return tuple(signs[k] * signs[among[0]] for k in among)
