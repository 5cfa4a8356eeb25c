"""Claims about single edges, and the places where data and claims disagree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graph.errors import InputError

__all__ = [
    "Conflict", "ConflictKind", "EdgeClaim", "GradedClaim", "Tier", "merge_claims", "merge_graded",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class EdgeClaim:
    """A claim about the edge ``source -> target`` and the statements it rests on."""

    source: str
    target: str
    statements: tuple[str, ...] = ()
    belief: float | None = None
    sign: int = 0
    evidences: int = 0
    """how many pieces of evidence the statements have"""

    @property
    def because(self) -> str:
        """The provenance in words."""
        parts = []
        if self.statements:
            parts.append(", ".join(self.statements))
        if self.belief is not None:
            parts.append(f"belief {self.belief:.2f}")
        return f" ({'; '.join(parts)})" if parts else ""


@dataclass(frozen=True, slots=True)
class GradedClaim:
    """How much is known for (or, below 0, against) the edge ``source -> target``.

    ``log_odds`` is the natural logarithm by which the prior odds of this edge are multiplied: 0 says
    nothing, 1 makes it 2.7 times as likely as an edge nothing is known of.
    """

    source: str
    target: str
    log_odds: float
    statements: tuple[str, ...] = ()
    belief: float | None = None
    rungs: tuple[str, ...] = ()
    evidences: int = 0

    @property
    def because(self) -> str:
        """The provenance in words."""
        return EdgeClaim(self.source, self.target, self.statements, self.belief).because


@dataclass(frozen=True, slots=True)
class Tier:
    """Columns that come at the same time or level; nothing in a later tier acts on an earlier one."""

    columns: tuple[str, ...]
    statements: tuple[str, ...] = ()


class ConflictKind(StrEnum):
    """How data and literature disagree."""

    REQUIRED_ABSENT = "required edge not in the data"
    FORBIDDEN_ADJACENT = "forbidden pair not separated by the data"
    DIRECTION = "opposite direction"
    SIGN = "opposite sign"
    ABSENT = "claimed edge not in the data"
    PRIOR_ADDED = "edge only by its prior"
    PRIOR_REMOVED = "edge of the data left out by its prior"


@dataclass(frozen=True, slots=True)
class Conflict:
    """One place where the data and what was known disagree.

    ``literature`` and ``data`` are the two sides in words, ``kept`` what the result has. Behind the
    first stand ``statements``, their ``belief`` and how many ``evidences`` they have; behind the second
    ``statistic``, the z value, and ``p_value``, the two-sided p-value of the test named there.
    """

    source: str
    target: str
    kind: ConflictKind
    literature: str
    data: str
    kept: str
    statements: tuple[str, ...] = ()
    statistic: float | None = None
    p_value: float | None = None
    belief: float | None = None
    evidences: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "source": self.source,
            "target": self.target,
            "kind": self.kind.value,
            "literature": self.literature,
            "statements": list(self.statements),
            "belief": self.belief,
            "evidences": self.evidences,
            "data": self.data,
            "statistic": self.statistic,
            "p_value": self.p_value,
            "kept": self.kept,
        }


def merge_claims(items: Iterable[EdgeClaim | Sequence[str]]) -> tuple[EdgeClaim, ...]:
    """Return one claim an edge, sorted, with the statements of all and the highest belief.

    Raises:
        InputError: if one is no pair of names.
    """
    found: dict[tuple[str, str], EdgeClaim] = {}
    for item in items:
        if not isinstance(item, EdgeClaim):
            if isinstance(item, str) or len(item) != 2:
                raise InputError(
                    f"an edge is a pair of column names, not {item!r}", hint='Give ("a", "b").'
                )
            item = EdgeClaim(str(item[0]), str(item[1]))
        key = (item.source, item.target)
        old = found.get(key)
        if old is not None:
            beliefs = [b for b in (old.belief, item.belief) if b is not None]
            item = EdgeClaim(
                *key,
                tuple(sorted({*old.statements, *item.statements})),
                max(beliefs) if beliefs else None,
                old.sign if old.sign == item.sign else 0,
                max(old.evidences, item.evidences),
            )
        found[key] = item
    return tuple(found[key] for key in sorted(found))


def merge_graded(items: Iterable[GradedClaim | Sequence[Any]]) -> tuple[GradedClaim, ...]:
    """Return one graded claim an edge, sorted: the stronger of two that agree, the sum of two that do
    not.

    Raises:
        InputError: if one is no pair of names with a number.
    """
    found: dict[tuple[str, str], GradedClaim] = {}
    for item in items:
        if not isinstance(item, GradedClaim):
            if isinstance(item, str) or len(item) != 3:
                raise InputError(
                    f"a graded claim is two column names and a number, not {item!r}",
                    hint='Give ("a", "b", 1.5): the log of the factor on the odds of a -> b.',
                )
            item = GradedClaim(str(item[0]), str(item[1]), float(item[2]))
        key = (item.source, item.target)
        old = found.get(key)
        if old is not None:
            beliefs = [b for b in (old.belief, item.belief) if b is not None]
            # two accounts of one edge are seldom independent: the stronger counts, not their sum
            agree = old.log_odds * item.log_odds >= 0
            item = GradedClaim(
                *key,
                max(old.log_odds, item.log_odds, key=abs)
                if agree
                else old.log_odds + item.log_odds,
                tuple(sorted({*old.statements, *item.statements})),
                max(beliefs) if beliefs else None,
                tuple(sorted({*old.rungs, *item.rungs})),
                max(old.evidences, item.evidences),
            )
        found[key] = item
    return tuple(found[key] for key in sorted(found))
