"""What a derivation in a stated world ends with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Finding", "Insufficient", "listed"]


@dataclass(frozen=True)
class Finding:
    """A quantity found.

    Attributes:
        value: the contrast or probability.
        formula: what was evaluated, over the observed distribution; empty when the graph alone decides.
        method: how it was identified.
        reason: why, in words.
        assumptions: what must hold besides the stated graph and numbers.
        parts: named numbers the value is made of.
        adjustment: variables summed over.
        without: stated effects that the assumptions leave out.
    """

    value: float
    method: str
    reason: str
    formula: str = ""
    assumptions: tuple[str, ...] = ()
    parts: Mapping[str, float] = field(default_factory=dict)
    adjustment: tuple[str, ...] = ()
    without: tuple[tuple[str, str], ...] = ()


class Insufficient(Exception):  # noqa: N818 - a way of ending a derivation, never seen outside
    """What is given does not settle the question; the message says what is missing."""


def listed(names: Sequence[str]) -> str:
    """Return "a, b and c"."""
    names = list(names)
    return (
        names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
    )
