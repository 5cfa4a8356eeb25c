"""Background knowledge: edges that must be there, must not be there, and the order of things.

Knowledge is hard: it holds in the result whatever the data say. What the data say against it is
never dropped but listed as a :class:`Conflict`. :attr:`Knowledge.expected` constrains nothing: these
are claims that the data are compared with.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import DataError, InputError

__all__ = ["Conflict", "ConflictKind", "EdgeClaim", "Knowledge", "Tier", "find_cycle"]


@dataclass(frozen=True, slots=True)
class EdgeClaim:
    """A claim about the edge ``source -> target`` and the statements it rests on."""

    source: str
    target: str
    statements: tuple[str, ...] = ()
    belief: float | None = None
    sign: int = 0

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


@dataclass(frozen=True, slots=True)
class Conflict:
    """One place where the data and what was known disagree.

    ``statistic`` is the z value and ``p_value`` the two-sided p-value of the test named in ``data``.
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

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "source": self.source,
            "target": self.target,
            "kind": self.kind.value,
            "literature": self.literature,
            "statements": list(self.statements),
            "data": self.data,
            "statistic": self.statistic,
            "p_value": self.p_value,
            "kept": self.kept,
        }


def _claims(items: Iterable[EdgeClaim | Sequence[str]]) -> tuple[EdgeClaim, ...]:
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
            )
        found[key] = item
    return tuple(found[key] for key in sorted(found))


@dataclass(frozen=True, init=False)
class Knowledge:
    """What is known before the data are looked at.

    Args:
        required: edges ``source -> target`` that are in the result.
        forbidden: edges ``source -> target`` that are not; forbid both directions to forbid any edge.
        tiers: groups of columns in causal order; a column of a later tier never causes one of an
            earlier tier. Columns may be left out; edges inside a tier are free.
        expected: claims that constrain nothing; where the data disagree a conflict is listed.
        notes: what was looked at and gave no constraint, in words.

    Edges may be given as pairs of names or as :class:`EdgeClaim` with statement ids.
    """

    required: tuple[EdgeClaim, ...] = ()
    forbidden: tuple[EdgeClaim, ...] = ()
    tiers: tuple[Tier, ...] = ()
    expected: tuple[EdgeClaim, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __init__(
        self,
        required: Iterable[EdgeClaim | Sequence[str]] = (),
        forbidden: Iterable[EdgeClaim | Sequence[str]] = (),
        tiers: Iterable[Tier | Sequence[str]] = (),
        expected: Iterable[EdgeClaim | Sequence[str]] = (),
        notes: Iterable[str] = (),
    ) -> None:
        rows = tuple(t if isinstance(t, Tier) else Tier(tuple(map(str, t))) for t in tiers)
        object.__setattr__(self, "required", _claims(required))
        object.__setattr__(self, "forbidden", _claims(forbidden))
        object.__setattr__(self, "tiers", rows)
        object.__setattr__(self, "expected", _claims(expected))
        object.__setattr__(self, "notes", tuple(notes))

    def __bool__(self) -> bool:
        """Whether it says anything about any column."""
        return bool(self.required or self.forbidden or self.tiers or self.expected)

    @property
    def constrains(self) -> bool:
        """Whether it limits what the result may be."""
        return bool(self.required or self.forbidden or self.tiers)

    def columns(self) -> tuple[str, ...]:
        """Every column it names, sorted."""
        edges = (*self.required, *self.forbidden, *self.expected)
        names = {e.source for e in edges} | {e.target for e in edges}
        return tuple(sorted(names.union(*(t.columns for t in self.tiers))))

    def check(self, columns: Sequence[str], *, where: str | None = None) -> None:
        """Refuse what cannot be kept.

        Raises:
            DataError: a column that is not in ``columns``; an edge from a column to itself; an edge
                both required and forbidden; a cycle of required edges; a column in two tiers; a
                required edge against the tiers.
        """
        for name in self.columns():
            if name not in columns:
                close = difflib.get_close_matches(name, columns, n=1)
                raise DataError(
                    f"the background knowledge names {name!r}, which is not a usable column",
                    where=where,
                    hint=f"Did you mean {close[0]!r}?"
                    if close
                    else f"Columns: {', '.join(columns)}.",
                )
        for claim in (*self.required, *self.forbidden, *self.expected):
            if claim.source == claim.target:
                raise DataError(f"an edge from {claim.source!r} to itself", where=where)
        forbidden = {(c.source, c.target): c for c in self.forbidden}
        for claim in self.required:
            rival = forbidden.get((claim.source, claim.target))
            if rival is not None:
                raise DataError(
                    f"{claim.source} -> {claim.target} is both required{claim.because} and "
                    f"forbidden{rival.because}",
                    where=where,
                    hint="Drop one of the two.",
                )
        cycle = find_cycle([(c.source, c.target) for c in self.required])
        if cycle:
            raise DataError(
                f"the required edges form a cycle: {' -> '.join(cycle)}",
                where=where,
                hint="Drop one of these edges.",
            )
        tier = self.tier_of(where=where)
        for claim in self.required:
            first, second = tier.get(claim.source), tier.get(claim.target)
            if first is not None and second is not None and first > second:
                raise DataError(
                    f"{claim.source} -> {claim.target} is required{claim.because}, but {claim.source} "
                    f"is in tier {first + 1} and {claim.target} in the earlier tier {second + 1}",
                    where=where,
                    hint="Change the tiers or drop the edge.",
                )

    def usable(
        self, columns: Sequence[str], known: Sequence[str], *, where: str | None = None
    ) -> tuple[Knowledge, list[str]]:
        """Return the part about ``columns``, checked, and what was left out in words.

        Columns that the data have (``known``) but that cannot be used are left out of everything but
        required edges.

        Raises:
            DataError: as :meth:`check`, or a required edge of a column that cannot be used.
        """
        gone = {c for c in self.columns() if c in known and c not in columns}
        if not gone:
            self.check(columns, where=where)
            return self, []
        for claim in self.required:
            lost = sorted({claim.source, claim.target} & gone)
            if lost:
                raise DataError(
                    f"{claim.source} -> {claim.target} is required{claim.because}, but "
                    f"{lost[0]!r} cannot be used (see the data report)",
                    where=where,
                    hint="Drop the requirement, or mend the column.",
                )

        def part(claims: tuple[EdgeClaim, ...]) -> list[EdgeClaim]:
            return [c for c in claims if not {c.source, c.target} & gone]

        rest = Knowledge(
            self.required,
            part(self.forbidden),
            [Tier(tuple(c for c in t.columns if c not in gone), t.statements) for t in self.tiers],
            part(self.expected),
            self.notes,
        )
        rest.check(columns, where=where)
        return rest, [
            f"what is known about {', '.join(sorted(gone))} was not used: set aside before the search"
        ]

    def tier_of(self, *, where: str | None = None) -> dict[str, int]:
        """Return column -> number of its tier, from 0.

        Raises:
            DataError: if a column is in two tiers.
        """
        tier: dict[str, int] = {}
        for number, row in enumerate(self.tiers):
            for name in row.columns:
                if tier.setdefault(name, number) != number:
                    raise DataError(
                        f"{name!r} is in tier {tier[name] + 1} and in tier {number + 1}",
                        where=where,
                    )
        return tier

    def allowed(self, columns: Sequence[str]) -> NDArray[np.bool_]:
        """Return a matrix [p, p]: entry ``[i, j]`` tells whether ``i -> j`` may be in the result."""
        index = {name: i for i, name in enumerate(columns)}
        allowed = ~np.eye(len(columns), dtype=bool)
        for claim in self.forbidden:
            allowed[index[claim.source], index[claim.target]] = False
        for claim in self.required:
            allowed[index[claim.target], index[claim.source]] = False
        tier = self.tier_of()
        for late, number in tier.items():
            for early, other in tier.items():
                if number > other:
                    allowed[index[late], index[early]] = False
        return allowed

    def against(self, source: str, target: str) -> tuple[str, tuple[str, ...]]:
        """Return in words why ``source -> target`` may not be, and the statements behind it."""
        for claim in self.required:
            if (claim.source, claim.target) == (target, source):
                return f"{target} -> {source} is required{claim.because}", claim.statements
        for claim in self.forbidden:
            if (claim.source, claim.target) == (source, target):
                return f"{source} -> {target} is forbidden{claim.because}", claim.statements
        tier = self.tier_of()
        if tier.get(source, 0) > tier.get(target, 0):
            late, early = self.tiers[tier[source]], self.tiers[tier[target]]
            return (
                f"{source} is in tier {tier[source] + 1}, {target} in the earlier tier "
                f"{tier[target] + 1}",
                tuple(sorted({*late.statements, *early.statements})),
            )
        return "", ()

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data that :meth:`from_json` reads."""

        def rows(claims: tuple[EdgeClaim, ...]) -> list[dict[str, Any]]:
            return [
                {
                    "source": c.source,
                    "target": c.target,
                    "statements": list(c.statements),
                    "belief": c.belief,
                    "sign": c.sign,
                }
                for c in claims
            ]

        return {
            "required": rows(self.required),
            "forbidden": rows(self.forbidden),
            "tiers": [
                {"columns": list(t.columns), "statements": list(t.statements)} for t in self.tiers
            ],
            "expected": rows(self.expected),
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], *, where: str | None = None) -> Knowledge:
        """Read what :meth:`to_json` wrote; edges may also be plain pairs, tiers plain lists.

        Raises:
            InputError: if the shape is another one.
        """

        def claim(item: Any) -> EdgeClaim | Sequence[str]:
            if isinstance(item, Mapping):
                belief = item.get("belief")
                return EdgeClaim(
                    str(item["source"]),
                    str(item["target"]),
                    tuple(map(str, item.get("statements", ()))),
                    None if belief is None else float(belief),
                    int(item.get("sign", 0)),
                )
            return item if isinstance(item, str) else [str(x) for x in item]

        def tier(item: Any) -> Tier:
            if isinstance(item, Mapping):
                return Tier(tuple(map(str, item["columns"])), tuple(item.get("statements", ())))
            return Tier(tuple(map(str, item)))

        known = {"required", "forbidden", "tiers", "expected", "notes"}
        unknown = sorted(set(data) - known)
        if unknown:
            raise InputError(
                f"background knowledge has no part {unknown[0]!r}",
                where=where,
                hint=f"Its parts are {', '.join(sorted(known))}.",
            )
        try:
            return cls(
                [claim(x) for x in data.get("required", ())],
                [claim(x) for x in data.get("forbidden", ())],
                [tier(x) for x in data.get("tiers", ())],
                [claim(x) for x in data.get("expected", ())],
                [str(x) for x in data.get("notes", ())],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"the background knowledge cannot be read: {error!r}",
                where=where,
                hint='Edges are ["a", "b"] or {"source": "a", "target": "b"}; tiers are lists.',
            ) from error


def find_cycle(edges: Sequence[tuple[str, str]]) -> list[str] | None:
    """Return one cycle of directed edges, its first node repeated at the end, or None."""
    children: dict[str, list[str]] = {}
    for source, target in edges:
        children.setdefault(source, []).append(target)
    done: set[str] = set()
    for start in sorted(children):
        path, stack = [start], [iter(children.get(start, ()))]
        while stack and start not in done:
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
                done.add(path.pop())
            elif step in path:
                return [*path[path.index(step) :], step]
            elif step not in done:
                path.append(step)
                stack.append(iter(children.get(step, ())))
    return None
