"""Phrases of a world's text gathered to units: phrases that are sure to be of one variable."""

from __future__ import annotations

from dataclasses import dataclass, field

from llm_bridge.worlds.words import clean

__all__ = ["Unit", "Units"]


@dataclass
class Unit:
    """Phrases of one variable, each with a sign: equal signs mean equal values."""

    phrases: dict[str, int] = field(default_factory=dict)
    lean: float = 0.0  # how surely sign +1 is value 1, by the places the phrases stand in


class Units:
    """Phrases joined to units while sentences are read; signs are kept right through every join."""

    def __init__(self) -> None:
        self.of: dict[str, tuple[Unit, int]] = {}
        self.kinds: dict[str, set[str]] = {}
        self.units: list[Unit] = []

    def add(self, phrase: str, kind: str, lean: float = 0.0) -> str:
        phrase = clean(phrase)
        self.kinds.setdefault(phrase, set()).add(kind)
        if phrase not in self.of:
            unit = Unit({phrase: 1})
            self.units.append(unit)
            self.of[phrase] = unit, 1
        unit, sign = self.of[phrase]
        unit.lean += sign * lean
        return phrase

    def oppose(self, a: str, b: str) -> None:
        """Say that two phrases are the two values of one variable."""
        one, s = self.of[a]
        two, t = self.of[b]
        if one is two:
            return
        turn = -s * t
        for phrase, sign in two.phrases.items():
            one.phrases[phrase] = sign * turn
            self.of[phrase] = one, sign * turn
        one.lean += turn * two.lean
        self.units = [u for u in self.units if u is not two]

    def index(self, phrase: str) -> int:
        unit = self.of[clean(phrase)][0]
        return next(i for i, u in enumerate(self.units) if u is unit)
