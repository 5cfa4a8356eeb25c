"""Background knowledge: edges that must be there, must not be there, and the order of things.

Knowledge is hard: it holds in the result whatever the data say. What the data say against it is
never dropped but listed as a :class:`Conflict`. :attr:`Knowledge.graded` is soft: it adds to what the
data say for an edge and strong data outweigh it. :attr:`Knowledge.expected` constrains nothing: these
are claims that the data are compared with.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.claims import (
    Conflict,
    ConflictKind,
    EdgeClaim,
    GradedClaim,
    Tier,
    merge_claims,
    merge_graded,
)
from discovery.marks import closure
from graph.errors import DataError, InputError

__all__ = [
    "Conflict", "ConflictKind", "EdgeClaim", "GradedClaim", "Knowledge", "Tier", "find_cycle",
]  # fmt: skip


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
        graded: prior log odds of edges; twice the same edge counts once, as the stronger.

    Edges may be given as pairs of names (graded ones with a number) or as :class:`EdgeClaim` and
    :class:`GradedClaim` with statement ids.
    """

    required: tuple[EdgeClaim, ...] = ()
    forbidden: tuple[EdgeClaim, ...] = ()
    tiers: tuple[Tier, ...] = ()
    expected: tuple[EdgeClaim, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)
    graded: tuple[GradedClaim, ...] = ()

    def __init__(
        self,
        required: Iterable[EdgeClaim | Sequence[str]] = (),
        forbidden: Iterable[EdgeClaim | Sequence[str]] = (),
        tiers: Iterable[Tier | Sequence[str]] = (),
        expected: Iterable[EdgeClaim | Sequence[str]] = (),
        notes: Iterable[str] = (),
        graded: Iterable[GradedClaim | Sequence[Any]] = (),
    ) -> None:
        rows = tuple(t if isinstance(t, Tier) else Tier(tuple(map(str, t))) for t in tiers)
        object.__setattr__(self, "required", merge_claims(required))
        object.__setattr__(self, "forbidden", merge_claims(forbidden))
        object.__setattr__(self, "tiers", rows)
        object.__setattr__(self, "expected", merge_claims(expected))
        object.__setattr__(self, "notes", tuple(notes))
        object.__setattr__(self, "graded", merge_graded(graded))

    def __bool__(self) -> bool:
        """Whether it says anything about any column."""
        return bool(self.constrains or self.expected or self.graded)

    @property
    def constrains(self) -> bool:
        """Whether it limits what the result may be; graded claims do not."""
        return bool(self.required or self.forbidden or self.tiers)

    def _edges(self) -> tuple[EdgeClaim | GradedClaim, ...]:
        return (*self.required, *self.forbidden, *self.expected, *self.graded)

    def columns(self) -> tuple[str, ...]:
        """Every column it names, sorted."""
        edges = self._edges()
        names = {e.source for e in edges} | {e.target for e in edges}
        return tuple(sorted(names.union(*(t.columns for t in self.tiers))))

    def check(self, columns: Sequence[str], *, where: str | None = None) -> None:
        """Refuse what cannot be kept.

        Raises:
            DataError: a column that is not in ``columns``; an edge from a column to itself; an edge
                both required and forbidden; a cycle of required edges; a column in two tiers; a
                required edge against the tiers; prior log odds that are no finite number.
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
        for edge in self._edges():
            if edge.source == edge.target:
                raise DataError(f"an edge from {edge.source!r} to itself", where=where)
        for graded in self.graded:
            if not math.isfinite(graded.log_odds):
                raise DataError(
                    f"the log odds of {graded.source} -> {graded.target} are {graded.log_odds}",
                    where=where,
                    hint="Give a finite number; use required or forbidden for certainty.",
                )
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
            [c for c in self.graded if not {c.source, c.target} & gone],
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

    def requires(self, columns: Sequence[str]) -> NDArray[np.bool_]:
        """Return a matrix [p, p]: entry ``[i, j]`` tells whether ``i -> j`` is required."""
        index = {name: i for i, name in enumerate(columns)}
        found = np.zeros((len(columns), len(columns)), dtype=bool)
        for claim in self.required:
            found[index[claim.source], index[claim.target]] = True
        return found

    def before(self, columns: Sequence[str]) -> NDArray[np.bool_]:
        """Return a matrix [p, p]: entry ``[i, j]`` tells whether i comes before j in every order that
        required edges and tiers allow. A forbidden edge says nothing about the order: its ends may be
        joined by a longer path."""
        index = {name: i for i, name in enumerate(columns)}
        found = self.requires(columns)
        tier = self.tier_of()
        for early, low in tier.items():
            for late, high in tier.items():
                found[index[early], index[late]] |= low < high
        return closure(found)

    def joined(self, other: Knowledge) -> Knowledge:
        """Return what both say; tiers are those of the one that has any.

        Raises:
            InputError: if both have tiers.
        """
        if self.tiers and other.tiers:
            raise InputError(
                "two accounts of the order of columns (tiers) cannot be joined",
                hint="Give the tiers in one of them.",
            )
        return Knowledge(
            (*self.required, *other.required),
            (*self.forbidden, *other.forbidden),
            self.tiers or other.tiers,
            (*self.expected, *other.expected),
            (*self.notes, *other.notes),
            (*self.graded, *other.graded),
        )

    def hard(self) -> Knowledge:
        """Return it without its graded claims."""
        return Knowledge(self.required, self.forbidden, self.tiers, self.expected, self.notes)

    def log_odds(self, columns: Sequence[str]) -> NDArray[np.float64]:
        """Return the prior log odds added to each edge, [p, p]: entry ``[i, j]`` is about ``i -> j``,
        0 where nothing is known. Hard knowledge is not in it."""
        index = {name: i for i, name in enumerate(columns)}
        found = np.zeros((len(columns), len(columns)))
        for claim in self.graded:
            found[index[claim.source], index[claim.target]] = claim.log_odds
        return found

    def about(self, source: str, target: str) -> tuple[EdgeClaim | GradedClaim, ...]:
        """Return the claims that ``source`` acts on ``target``: required, expected and graded ones."""
        claims: tuple[EdgeClaim | GradedClaim, ...] = (
            *self.required, *self.expected, *self.graded,
        )  # fmt: skip
        return tuple(c for c in claims if (c.source, c.target) == (source, target))

    def against(self, source: str, target: str) -> tuple[str, tuple[str, ...]]:
        """Return in words why ``source -> target`` may not be, and the statements behind it."""
        for claim in self.required:
            if (claim.source, claim.target) == (target, source):
                return f"{target} -> {source} is required{claim.because}", claim.statements
        for claim in self.forbidden:
            if (claim.source, claim.target) == (source, target):
                return f"{source} -> {target} is forbidden{claim.because}", claim.statements
        tier = self.tier_of()
        if source in tier and target in tier and tier[source] > tier[target]:
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
                    "evidences": c.evidences,
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
            "graded": [
                {
                    "source": c.source,
                    "target": c.target,
                    "log_odds": c.log_odds,
                    "statements": list(c.statements),
                    "belief": c.belief,
                    "rungs": list(c.rungs),
                    "evidences": c.evidences,
                }
                for c in self.graded
            ],
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
                    int(item.get("evidences", 0)),
                )
            return item if isinstance(item, str) else [str(x) for x in item]

        def tier(item: Any) -> Tier:
            if isinstance(item, Mapping):
                return Tier(tuple(map(str, item["columns"])), tuple(item.get("statements", ())))
            return Tier(tuple(map(str, item)))

        def grade(item: Any) -> GradedClaim | Sequence[Any]:
            if isinstance(item, Mapping):
                belief = item.get("belief")
                return GradedClaim(
                    str(item["source"]),
                    str(item["target"]),
                    float(item["log_odds"]),
                    tuple(map(str, item.get("statements", ()))),
                    None if belief is None else float(belief),
                    tuple(map(str, item.get("rungs", ()))),
                    int(item.get("evidences", 0)),
                )
            return item if isinstance(item, str) else list(item)

        known = {"required", "forbidden", "tiers", "expected", "notes", "graded"}
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
                [grade(x) for x in data.get("graded", ())],
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
