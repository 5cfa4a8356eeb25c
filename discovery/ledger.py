"""The ledger of conflicts: every place where data and literature disagree, with both sides' evidence.

Hard knowledge is compared with the graph that the data alone give by the algorithms themselves
(:mod:`discovery.constrain`). Graded priors tilt the search, so here the same search is repeated without
them: what the literature claims is compared with that graph, and an edge that only its prior put in or
took out is a conflict of its own. It is not proposed as a discovery.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from discovery.algorithms.base import Learned
from discovery.association import table_test
from discovery.claims import Conflict, ConflictKind, EdgeClaim, GradedClaim
from discovery.constrain import compare_expected
from discovery.data import Table
from discovery.knowledge import Knowledge
from discovery.marks import arrows, kind_of, parents
from graph.model import Evidence
from graph.store import Store

__all__ = ["quotes", "settle", "sureness"]

SMALL = 0.1
"""A partial correlation below this counts as none when the ledger weighs the absence of an edge."""


def settle(
    table: Table, knowledge: Knowledge, learned: Learned, again: Callable[[Knowledge], Learned]
) -> None:
    """Complete the conflicts of a run in place.

    Args:
        table: the data.
        knowledge: what the run was given.
        learned: what it found; ``conflicts``, ``by_data``, ``by_prior`` and ``complete`` are brought up
            to date.
        again: runs the same algorithm under other knowledge; called once if there are graded priors.
    """
    if not knowledge.graded or not learned.complete:
        learned.conflicts += compare_expected(table, knowledge, learned.marks, learned.separations)
    else:
        free = again(knowledge.hard())
        if not free.complete:
            learned.complete = False
            learned.notes.append("interrupted before the search without priors was done")
        learned.by_data = (
            free.by_data
            if knowledge.constrains
            else frozenset((int(i), int(j)) for i, j in np.argwhere(arrows(free.marks)))
        )
        found = [
            *free.conflicts,
            *compare_expected(table, knowledge, free.marks, free.separations),
        ]
        moved = _moved(table, knowledge, free, learned)
        learned.by_prior = frozenset(
            (int(i), int(j)) for i, j in np.argwhere((learned.marks != 0) & (free.marks == 0))
        )
        told = {frozenset((c.source, c.target)) for c in found if c.kind is ConflictKind.ABSENT}
        learned.conflicts[:] = [
            *(_kept(table, c, free, learned) for c in found),
            *(c for c in moved if frozenset((c.source, c.target)) not in told),
        ]
    learned.conflicts[:] = [_with_claims(c, knowledge) for c in learned.conflicts]


def _edge_words(table: Table, learned: Learned, a: str, b: str) -> str:
    i, j = table.columns.index(a), table.columns.index(b)
    kind = kind_of(learned.marks, i, j)
    return f"{a} {kind} {b}" if kind else f"no edge between {a} and {b}"


def _kept(table: Table, conflict: Conflict, free: Learned, learned: Learned) -> Conflict:
    """Say what the result has where the priors changed it."""
    if conflict.kind is ConflictKind.SIGN:
        return conflict
    before = _edge_words(table, free, conflict.source, conflict.target)
    after = _edge_words(table, learned, conflict.source, conflict.target)
    if before == after:
        return conflict
    return replace(conflict, kept=f"{after} is in the result with priors, {before} without")


def _moved(table: Table, knowledge: Knowledge, free: Learned, learned: Learned) -> list[Conflict]:
    """List the claimed pairs that are adjacent only with, or only without, the graded priors."""
    found: dict[frozenset[str], Conflict] = {}
    for claim in sorted(knowledge.graded, key=lambda c: (-abs(c.log_odds), c.source, c.target)):
        i, j = table.columns.index(claim.source), table.columns.index(claim.target)
        before, after = bool(free.marks[i, j]), bool(learned.marks[i, j])
        pair = frozenset((claim.source, claim.target))
        if before == after or pair in found or (claim.log_odds > 0) != after:
            continue
        given = [k for k in parents(learned.marks if after else free.marks, j) if k != i]
        test = table_test(table, i, j, given)
        beside = ", ".join(table.columns[k] for k in given) or "nothing"
        said = f"partial correlation {test.correlation:+.3f} given {beside} (z = {test.z:.3g}, p = {test.p_value:.3g})"
        shown = _edge_words(table, learned, claim.source, claim.target)
        found[pair] = Conflict(
            claim.source, claim.target,
            ConflictKind.PRIOR_ADDED if after else ConflictKind.PRIOR_REMOVED,
            _words(claim),
            f"without the prior {'no edge is' if after else 'an edge is'} found; {said}",
            f"{shown} is in the result because of the prior; it is not proposed as a discovery"
            if after
            else f"{shown} is in the result because of the prior",
            claim.statements, test.z, test.p_value,
        )  # fmt: skip
    return [found[pair] for pair in sorted(found, key=sorted)]


def _words(claim: GradedClaim) -> str:
    verb = "is claimed" if claim.log_odds > 0 else "is denied"
    return f"{claim.source} -> {claim.target} {verb}{claim.because}: log odds {claim.log_odds:+.2f}"


def _with_claims(conflict: Conflict, knowledge: Knowledge) -> Conflict:
    """Add the belief in, and the number of evidences of, the statements behind a conflict."""
    known = set(conflict.statements)
    every: tuple[EdgeClaim | GradedClaim, ...] = (
        *knowledge.required, *knowledge.forbidden, *knowledge.expected, *knowledge.graded,
    )  # fmt: skip
    claims = [c for c in every if c.statements and known.issuperset(c.statements)]
    beliefs = [c.belief for c in claims if c.belief is not None]
    counts: dict[tuple[str, ...], int] = {}
    for claim in claims:
        counts[claim.statements] = max(counts.get(claim.statements, 0), claim.evidences)
    return replace(
        conflict, belief=max(beliefs) if beliefs else None, evidences=sum(counts.values())
    )


def quotes(store: Store, conflict: Conflict, *, most: int = 2) -> list[dict[str, Any]]:
    """Return sentences behind the literature's side, the best first, one a publication."""
    found: list[Evidence] = []
    for statement in conflict.statements:
        found += [e for e in store.evidences_of(statement) if e.text and not e.rung.by_algorithm]
    found.sort(key=lambda e: (e.hedged, -e.score, e.publication, e.id))
    shown: dict[str, dict[str, Any]] = {}
    for evidence in found:
        shown.setdefault(
            evidence.publication or evidence.id,
            {
                "statement": evidence.statement,
                "evidence": evidence.id,
                "publication": evidence.publication,
                "text": evidence.text,
                "negated": evidence.negated,
                "hedged": evidence.hedged,
            },
        )
    return list(shown.values())[:most]


def sureness(conflict: Conflict, rows: int, stability: float | None) -> float:
    """Return how sure the data are of their side of a conflict, in [0, 1].

    For a missing edge that is the share of the confidence distribution of the partial correlation within
    +-:data:`SMALL` (few rows: nearly 0, however large the p-value); otherwise the stability, one half
    without bootstraps.
    """
    if conflict.kind in (ConflictKind.ABSENT, ConflictKind.REQUIRED_ABSENT):
        if conflict.statistic is None or not math.isfinite(conflict.statistic):
            return 0.0
        width = math.sqrt(max(rows - 3, 1)) * math.atanh(SMALL)
        z = abs(conflict.statistic)
        return _normal(width - z) - _normal(-width - z)
    return 0.5 if stability is None else stability


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))
