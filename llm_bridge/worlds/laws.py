"""Worlds of laws: what would have been, given what was seen.

Abduction, action, prediction (Pearl 2009, section 7.1), by going through every state of the variables
without a law: those that agree with what was seen are kept, the action is carried out, and the outcome read.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graph.errors import InputError
from llm_bridge.worlds.align import Alignment
from llm_bridge.worlds.finding import Insufficient
from llm_bridge.worlds.reading import World
from llm_bridge.worlds.values import Event

__all__ = ["LawOf", "Outcome", "imagine", "laws_of"]


@dataclass(frozen=True)
class LawOf:
    """``effect`` happens if all (``every``) or any of ``causes`` do, else its opposite does."""

    effect: Event
    causes: tuple[Event, ...]
    every: bool
    text: str

    def holds(self, state: Mapping[str, int]) -> int:
        """Return the effect variable's value in a state of its causes."""
        met = [state[n] == v for n, v in self.causes]
        name_value = self.effect[1]
        return name_value if (all(met) if self.every else any(met)) else 1 - name_value

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "effect": list(self.effect), "causes": [list(c) for c in self.causes],
            "joined": "and" if self.every else "or", "text": self.text,
        }  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What an action would have led to.

    Attributes:
        value: of the outcome asked about.
        states: states of the variables without a law that agree with what was seen.
        imagined: the state after the action, in the first of them.
        premise: whether "instead of" was needed as something seen.
    """

    value: int
    states: tuple[dict[str, int], ...]
    imagined: dict[str, int]
    premise: bool


def laws_of(world: World, alignment: Alignment) -> dict[str, LawOf]:
    """Return each variable's law.

    Raises:
        InputError: if a variable has two laws that differ, or a law names other causes than the graph.
    """
    found: dict[str, LawOf] = {}
    for reading in alignment.laws:
        causes = tuple(alignment[c] for c in reading.causes)
        for phrase in reading.effects:
            effect = alignment[phrase]
            law = LawOf(effect, causes, reading.every, reading.law.text)
            wanted = set(world.parents[effect[0]])
            if {n for n, _ in causes} != wanted:
                raise InputError(
                    f"by the graph, {' and '.join(sorted(wanted)) or 'nothing'} acts on '{effect[0]}', "
                    f"but the law for it names other causes: '{law.text}'"
                )
            known = found.get(effect[0])
            if known and (known.effect, known.causes, known.every) != (effect, causes, law.every):
                raise InputError(f"two laws for '{effect[0]}' contradict each other")
            found[effect[0]] = law
    return found


def imagine(
    world: World,
    laws: Mapping[str, LawOf],
    seen: Sequence[Event],
    action: Event,
    outcome: str,
    instead_of: Event | None = None,
) -> Outcome:
    """Return the outcome's value had ``action`` been taken, other things as they were.

    Raises:
        InputError: if what was seen cannot be.
        Insufficient: if what was seen leaves the outcome open, or a law is missing.
    """
    lawless = [n for n in world.names if n in laws or world.parents[n]]
    if missing := [
        n for n in lawless if n not in laws and (n == outcome or n in world.ancestors[outcome]) and n != action[0]
    ]:  # fmt: skip
        raise Insufficient(f"no law says what brings about {missing[0]}")
    free = [n for n in world.order if n not in laws]
    states = []
    for values in itertools.product((0, 1), repeat=len(free)):
        roots = dict(zip(free, values, strict=True))
        actual = _run(world, laws, roots, None)
        if all(actual[n] == v for n, v in seen):
            states.append((roots, actual, _run(world, laws, roots, action)))
    if not states:
        raise InputError("what was observed contradicts the laws of the world")
    results = {imagined[outcome] for _, _, imagined in states}
    premise = False
    if len(results) > 1 and instead_of is not None:
        # "A instead of B" says that B was the case
        kept = [s for s in states if s[1][instead_of[0]] == instead_of[1]]
        if kept:
            premise, states = True, kept
            results = {imagined[outcome] for _, _, imagined in states}
    if len(results) > 1:
        open_ = [n for n in free if n != action[0] and len({s[0][n] for s in states}) > 1]
        raise Insufficient(f"it depends on {' and '.join(open_)}, of which nothing was observed")
    return Outcome(results.pop(), tuple(roots for roots, _, _ in states), states[0][2], premise)


def _run(
    world: World, laws: Mapping[str, LawOf], roots: Mapping[str, int], action: Event | None
) -> dict[str, int]:
    state: dict[str, int] = {}
    for name in world.order:
        if action and name == action[0]:
            state[name] = action[1]
        elif name in laws:
            state[name] = laws[name].holds(state)
        else:
            state[name] = roots[name]
    return state
