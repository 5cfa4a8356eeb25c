"""Putting background knowledge and what the data say together, losing neither.

Used by every algorithm: knowledge is enforced on what the data alone gave (skeleton and colliders),
directions are completed by Meek's rules under it, and each disagreement becomes a
:class:`~discovery.knowledge.Conflict`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from discovery.association import PartialTest, table_test
from discovery.data import Table
from discovery.knowledge import Conflict, ConflictKind, EdgeClaim, Knowledge, find_cycle
from discovery.marks import ARROW, Marks, arrows, parents, topological_order
from discovery.orientation import Oriented, Reason, TripleStatus, orient
from discovery.skeleton import Pair, Separation
from graph.errors import DataError

__all__ = [
    "compare_expected",
    "constrain",
    "disagreements",
    "edge_test",
    "required_absent",
    "status_of_marks",
    "under_knowledge",
]

Bools = NDArray[np.bool_]


def status_of_marks(marks: Marks) -> TripleStatus:
    """Return the collider status as an already oriented graph shows it."""
    directed = arrows(marks)
    return lambda x, y, z: bool(directed[x, y] and directed[z, y])


def edge_test(table: Table, marks: Marks, i: int, j: int) -> PartialTest:
    """Return the test of ``i`` and ``j`` given the other parents of ``j`` in the graph."""
    given = [k for k in parents(marks, j) if k != i]
    return table_test(table, i, j, given)


def _words(columns: Sequence[str], nodes: Sequence[int]) -> str:
    return ", ".join(columns[k] for k in nodes) if nodes else "nothing"


def _numbers(statistic: float | None, p_value: float) -> str:
    if statistic is None or math.isnan(statistic):
        return f"p = {p_value:.3g}"
    return f"z = {statistic:.3g}, p = {p_value:.3g}"


def constrain(
    table: Table,
    knowledge: Knowledge,
    adjacent: Bools,
    status: TripleStatus,
    separations: Mapping[Pair, Separation],
    *,
    free: Oriented | None = None,
) -> tuple[Oriented, Oriented, list[Conflict]]:
    """Return the graph under knowledge, the one without, and where the data disagree with knowledge.

    Args:
        table: the data, for test statistics.
        knowledge: checked against ``table.columns`` before.
        adjacent: [p, p], the skeleton by the data alone.
        status: collider status of unshielded triples of ``adjacent`` by the data alone.
        separations: what separated the pairs that are not adjacent, where known.
        free: the orientation without knowledge; computed when not given.

    Raises:
        DataError: if knowledge and the adjacencies of the data force a directed cycle.
    """
    final, allowed, known = under_knowledge(table, knowledge, adjacent, status)
    _refuse_cycle(table.columns, final & allowed & ~allowed.T)
    oriented = orient(final, known, allowed)
    if free is None:
        free = orient(adjacent, status)
    return oriented, free, disagreements(table, knowledge, free, oriented.marks, separations)


def under_knowledge(
    table: Table, knowledge: Knowledge, adjacent: Bools, status: TripleStatus
) -> tuple[Bools, Bools, TripleStatus]:
    """Return the skeleton under knowledge [p, p], the directions it allows [p, p], and the collider
    status with what rests on a pair that only knowledge put in or took out left unknown."""
    allowed = knowledge.allowed(table.columns)
    banned = ~(allowed | allowed.T)
    required = knowledge.requires(table.columns)
    required |= required.T
    dropped = adjacent & banned
    added = required & ~adjacent

    def known(x: int, y: int, z: int) -> bool | None:
        if dropped[x, z] or added[x, y] or added[y, z]:
            return None
        return status(x, y, z)

    return (adjacent | required) & ~banned, allowed, known


def disagreements(
    table: Table,
    knowledge: Knowledge,
    free: Oriented,
    marks: Marks,
    separations: Mapping[Pair, Separation],
) -> list[Conflict]:
    """List where the graph by the data alone (``free``) is against knowledge, which ``marks`` keep."""
    allowed = knowledge.allowed(table.columns)
    banned = ~(allowed | allowed.T)
    adjacent = free.marks != 0
    return [
        *required_absent(table, knowledge, ~adjacent, separations, marks),
        *_forbidden_adjacent(table, knowledge, adjacent & ~(marks != 0) & ~(allowed & allowed.T)),
        *_directions(table, knowledge, free, allowed & ~banned, marks != 0, separations),
    ]


def _refuse_cycle(columns: Sequence[str], forced: Bools) -> None:
    if topological_order(forced) is None:
        pairs = [(columns[int(i)], columns[int(j)]) for i, j in np.argwhere(forced)]
        cycle = find_cycle(pairs) or []
        raise DataError(
            f"the background knowledge allows these edges one way only, and together they form a "
            f"cycle: {' -> '.join(cycle)}",
            hint="Free one of these directions; feedback needs data over time.",
        )


def _separation_words(
    table: Table, i: int, j: int, separations: Mapping[Pair, Separation], marks: Marks
) -> tuple[str, float | None, float]:
    """Say why the data see no edge: what separated the pair, or the test given the parents."""
    found = separations.get((min(i, j), max(i, j)))
    if found is not None:
        given, p_value = found.best, found.p_value
        statistic = None if math.isnan(found.statistic) else found.statistic
    else:
        given = tuple(k for k in parents(marks, j) if k != i)
        test = table_test(table, i, j, given)
        statistic, p_value = test.z, test.p_value
    a, b = table.columns[i], table.columns[j]
    text = (
        f"{a} and {b} are independent given {_words(table.columns, given)} "
        f"({_numbers(statistic, p_value)})"
    )
    if found is None:
        text = (
            f"no edge was found between {a} and {b}; partial correlation given "
            f"{_words(table.columns, given)}: {_numbers(statistic, p_value)}"
        )
    return text, statistic, p_value


def required_absent(
    table: Table,
    knowledge: Knowledge,
    added: Bools,
    separations: Mapping[Pair, Separation],
    marks: Marks,
) -> list[Conflict]:
    """List the required edges that the data alone do not have (``added`` [p, p], of them)."""
    index = {name: i for i, name in enumerate(table.columns)}
    found = []
    for claim in knowledge.required:
        i, j = index[claim.source], index[claim.target]
        if added[i, j]:
            text, statistic, p_value = _separation_words(table, i, j, separations, marks)
            found.append(
                Conflict(
                    claim.source, claim.target, ConflictKind.REQUIRED_ABSENT,
                    f"{claim.source} -> {claim.target} is required{claim.because}", text,
                    f"{claim.source} -> {claim.target} is in the result because it is required",
                    claim.statements, statistic, p_value,
                )
            )  # fmt: skip
    return found


def _forbidden_adjacent(table: Table, knowledge: Knowledge, dropped: Bools) -> list[Conflict]:
    found = []
    for i, j in np.argwhere(np.triu(dropped, 1)):
        a, b = table.columns[int(i)], table.columns[int(j)]
        one, first = knowledge.against(a, b)
        two, second = knowledge.against(b, a)
        test = table_test(table, int(i), int(j))
        found.append(
            Conflict(
                a, b, ConflictKind.FORBIDDEN_ADJACENT, "; ".join(filter(None, (one, two))),
                f"the data alone give an edge between {a} and {b} (correlation "
                f"{test.correlation:.3f}, {_numbers(test.z, test.p_value)})",
                "the pair has no edge; nothing is concluded about directions from its absence",
                tuple(sorted({*first, *second})), test.z, test.p_value,
            )
        )  # fmt: skip
    return found


def _directions(
    table: Table,
    knowledge: Knowledge,
    free: Oriented,
    allowed: Bools,
    final: Bools,
    separations: Mapping[Pair, Separation],
) -> list[Conflict]:
    found = []
    columns = table.columns
    for (i, j), reason in sorted(free.reasons.items()):
        if allowed[i, j] or not final[i, j]:
            continue
        text, statistic, p_value = _reason_words(table, i, j, reason, separations)
        literature, statements = knowledge.against(columns[i], columns[j])
        found.append(
            Conflict(
                columns[i], columns[j], ConflictKind.DIRECTION, literature, text,
                f"{columns[j]} -> {columns[i]} is in the result", statements, statistic, p_value,
            )
        )  # fmt: skip
    return found


def _reason_words(
    table: Table, i: int, j: int, reason: Reason, separations: Mapping[Pair, Separation]
) -> tuple[str, float | None, float | None]:
    names = [table.columns[k] for k in reason.nodes]
    edge = f"{table.columns[i]} -> {table.columns[j]}"
    if reason.rule == "collider":
        x, _, z = reason.nodes
        found = separations.get((min(x, z), max(x, z)))
        if found is None:
            return f"{edge} by the collider {names[0]} -> {names[1]} <- {names[2]}", None, None
        statistic = None if math.isnan(found.statistic) else found.statistic
        text = (
            f"{edge} by the collider {names[0]} -> {names[1]} <- {names[2]}: {names[0]} and {names[2]} "
            f"are independent given {_words(table.columns, found.best)} "
            f"({_numbers(statistic, found.p_value)})"
        )
        return text, statistic, found.p_value
    if reason.rule.startswith("meek"):
        return f"{edge} follows from colliders elsewhere ({', '.join(names)})", None, None
    return f"{edge} in the graph learned without knowledge", None, None


def compare_expected(
    table: Table,
    knowledge: Knowledge,
    marks: Marks,
    separations: Mapping[Pair, Separation],
    *,
    level: float = 0.05,
) -> list[Conflict]:
    """Compare claims that constrain nothing, and the signs of those that do, with the result.

    A claim is about a total effect, so an indirect path is no disagreement: it is one when no path in
    the result could lead from cause to effect, or when a directed path leads back. Claims that a
    constraint already reported are left out. A sign disagrees when the partial correlation given the other parents of the effect has the
    opposite sign and p < ``level``.
    """
    found = []
    directed = arrows(marks)
    possible = (marks != 0) & (marks.T != ARROW)
    index = {name: i for i, name in enumerate(table.columns)}
    required = {(c.source, c.target) for c in knowledge.required}
    statistic: float | None
    for claim in knowledge.expected:
        if (claim.source, claim.target) in required:
            continue
        i, j = index[claim.source], index[claim.target]
        literature = f"{claim.source} -> {claim.target} is claimed{claim.because}"
        back = _path(directed, j, i)
        if back is not None:
            test = edge_test(table, marks, back[-2], i)
            text = " -> ".join(table.columns[k] for k in back)
            kept = f"{text} is in the result"
            text += f" (last step: {_numbers(test.z, test.p_value)})"
            kind, statistic, p_value = ConflictKind.DIRECTION, test.z, test.p_value
        elif _path(possible, i, j) is None:
            text, statistic, p_value = _separation_words(table, i, j, separations, marks)
            kind, kept = ConflictKind.ABSENT, "neither an edge nor a path that way is in the result"
        else:
            continue
        found.append(
            Conflict(
                claim.source, claim.target, kind, literature, text, kept, claim.statements,
                statistic, p_value,
            )
        )  # fmt: skip
    return found + _signs(table, (*knowledge.required, *knowledge.expected), marks, index, level)


def _path(step: Bools, start: int, end: int) -> list[int] | None:
    """Return a shortest path along ``step[i, j]``, both ends included."""
    before = {start: start}
    queue = [start]
    for node in queue:
        if node == end:
            path = [node]
            while path[-1] != start:
                path.append(before[path[-1]])
            return path[::-1]
        for k in np.flatnonzero(step[node]):
            if int(k) not in before:
                before[int(k)] = node
                queue.append(int(k))
    return None


def _signs(
    table: Table,
    claims: Sequence[EdgeClaim],
    marks: Marks,
    index: Mapping[str, int],
    level: float,
) -> list[Conflict]:
    found: dict[tuple[str, str], Conflict] = {}
    for claim in claims:
        i, j = index[claim.source], index[claim.target]
        if claim.sign == 0 or marks[i, j] == 0 or arrows(marks)[j, i]:
            continue
        if table.nominal.intersection((claim.source, claim.target)):
            continue
        test = edge_test(table, marks, i, j)
        if test.p_value < level and test.correlation * claim.sign < 0:
            found[claim.source, claim.target] = Conflict(
                claim.source, claim.target, ConflictKind.SIGN,
                f"{claim.source} {'raises' if claim.sign > 0 else 'lowers'} {claim.target}{claim.because}",
                f"partial correlation {test.correlation:+.3f} ({_numbers(test.z, test.p_value)})",
                "the sign of the data is in the result", claim.statements, test.z, test.p_value,
            )  # fmt: skip
    return list(found.values())
