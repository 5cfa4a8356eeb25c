"""Sharp bounds by linear programming over response types, for any small discrete graph.

Variables that share hidden causes with treatment or outcome, and what lies behind them, answer to their
causes in one of finitely many ways each; the others are given. The observed distribution is linear in the
probabilities of the ways, and so is the effect (Balke and Pearl, JASA 92:1171, 1997; for graphs in general
Sachs, Jonzon, Sjolander and Gabriel, JCGS 32:567, 2023).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.causal import CausalGraph
from graph.errors import DataError
from queries.causal.bits import BitGraph, bits

__all__ = ["MOST_TYPES", "confounded_part", "extremes", "response_bounds"]

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
MOST_TYPES = 20_000
"""response types that a linear program may have"""
_SLACK = 1e-9
_OPTIONS = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


def confounded_part(
    graph: CausalGraph, treatment: str, outcome: str
) -> tuple[list[str], list[str]]:
    """Return (what is given, what answers): the ancestors of treatment and outcome in causal order, parted so
    that no hidden cause acts on both parts and no arrow leads from the second to the first."""
    g = BitGraph.of(graph.subgraph(graph.ancestors([treatment, outcome])))
    part = g.mask([treatment, outcome])
    while True:
        more = g.district(g.descendants(part), g.all)
        if more == part:
            break
        part = more
    return list(g.named(g.all & ~part)), [g.names[i] for i in bits(part)]


def response_bounds(
    graph: CausalGraph,
    treatment: str,
    outcome: str,
    joint: npt.ArrayLike,
    names: Sequence[str],
    values: npt.ArrayLike,
    *,
    increasing: bool = False,
    no_defiers: str = "",
) -> tuple[float, float, float]:
    """Return bounds of E[outcome | do(highest)] - E[outcome | do(lowest)] and the contradiction.

    Sharp if what answers shares one hidden cause; otherwise valid.

    Args:
        graph: acyclic, directed and bidirected edges.
        treatment: its levels are ordered as in ``joint``.
        outcome: one node.
        joint: the distribution of at least all ancestors of both, one axis each.
        names: of the axes.
        values: of the outcome's levels.
        increasing: the treatment never lowers the outcome, for no unit (monotone treatment response).
        no_defiers: a node that never lowers the treatment, for no unit.

    Returns:
        (low, high, contradiction); see :func:`extremes`.

    Raises:
        DataError: if there are too many response types, or a variable is not in ``joint``.
    """
    given, part = confounded_part(graph, treatment, outcome)
    sub = graph.subgraph(graph.ancestors([treatment, outcome]))
    if lacking := sorted(set(sub.nodes) - set(names)):
        raise DataError(f"bounds need the distribution of {', '.join(lacking)} too")
    p = np.asarray(joint, dtype=np.float64)
    axis = {n: i for i, n in enumerate(names)}
    order = [*given, *part]
    p = p.sum(axis=tuple(i for n, i in axis.items() if n not in order))
    kept = [n for n in names if n in order]
    p = np.transpose(p, [kept.index(n) for n in order])
    levels = dict(zip(order, p.shape, strict=True))
    parents = {n: sub.parents(n) for n in part}
    ways: dict[str, Codes] = {}
    total = 1
    for n in part:
        cells = int(np.prod([levels[q] for q in parents[n]], dtype=np.int64))
        total *= levels[n] ** cells
        if total > MOST_TYPES:
            raise DataError(
                f"more than {MOST_TYPES:,} response types are too many for bounds",
                hint="Group levels, or leave out variables that other variables stand for.",
            )
        ways[n] = np.array(list(itertools.product(range(levels[n]), repeat=cells)), dtype=np.intp)
    which = np.indices([len(ways[n]) for n in part]).reshape(len(part), -1)
    count = which.shape[1]

    def answers(at: Mapping[str, int], fixed: Mapping[str, int]) -> dict[str, Codes]:
        found: dict[str, Any] = {n: np.full(count, v, dtype=np.intp) for n, v in at.items()}
        for k, n in enumerate(part):
            if n in fixed:
                found[n] = np.full(count, fixed[n], dtype=np.intp)
                continue
            cell = np.zeros(count, dtype=np.intp)
            for q in parents[n]:
                cell = cell * levels[q] + found[q]
            found[n] = ways[n][which[k], cell]
        return found

    y = np.asarray(values, dtype=np.float64)
    weights = p.reshape(*(levels[n] for n in given), -1).sum(axis=-1)
    rows: list[Codes] = []
    targets: list[Array] = []
    cost = np.zeros(count)
    usable = np.ones(count, dtype=bool)
    cells_of_part = int(np.prod([levels[n] for n in part], dtype=np.int64))
    for at in itertools.product(*(range(levels[n]) for n in given)):
        weight = float(weights[at]) if given else float(p.sum())
        if weight <= 0:
            continue
        here = dict(zip(given, at, strict=True))
        seen = answers(here, {})
        code = np.zeros(count, dtype=np.intp)
        for n in part:
            code = code * levels[n] + seen[n]
        rows.append(code + len(rows) * cells_of_part)
        targets.append(p[at].reshape(-1) / weight)
        done = [y[answers(here, {treatment: v})[outcome]] for v in range(levels[treatment])]
        cost += weight * (done[-1] - done[0])
        if increasing:
            for low, high in itertools.pairwise(done):
                usable &= high >= low
    if no_defiers:
        usable &= _no_defiers(ways, which, part, parents, levels, treatment, no_defiers)
    columns = np.flatnonzero(usable)
    from scipy.sparse import csr_matrix

    fit = csr_matrix(
        (
            np.ones(len(rows) * len(columns)),
            (
                np.concatenate([r[columns] for r in rows]),
                np.tile(np.arange(len(columns)), len(rows)),
            ),
        ),
        shape=(len(rows) * cells_of_part, len(columns)),
    )
    return extremes(fit, np.concatenate(targets), cost[columns], len(rows), float(np.ptp(y)))


def _no_defiers(
    ways: Mapping[str, Codes], which: Codes, part: Sequence[str], parents: Mapping[str, Sequence[str]],
    levels: Mapping[str, int], treatment: str, pusher: str,
) -> npt.NDArray[np.bool_]:  # fmt: skip
    """Which types never lower the treatment when the pusher rises, its other causes the same."""
    if pusher not in parents[treatment]:
        raise DataError(f"{pusher!r} does not act on {treatment!r} directly")
    shape = [levels[q] for q in parents[treatment]]
    table = ways[treatment].reshape(-1, *shape)
    steps = np.diff(table, axis=1 + list(parents[treatment]).index(pusher))
    fine = (steps >= 0).reshape(len(table), -1).all(axis=1)
    found: npt.NDArray[np.bool_] = fine[which[list(part).index(treatment)]]
    return found


def extremes(
    fit: Any, target: Array, cost: Array, blocks: int, widest: float
) -> tuple[float, float, float]:
    """Return the least and largest ``cost @ q`` over ``fit @ q = target``, q not negative.

    If no q fits, those that are nearest in total variation (mean over the blocks of rows) are taken, and
    how far they are is the third number; otherwise it is 0.
    """
    from scipy.optimize import linprog
    from scipy.sparse import hstack, identity

    def solve(c: Array) -> float | None:
        done = linprog(c, A_eq=fit, b_eq=target, bounds=(0, None), method="highs", options=_OPTIONS)
        return float(done.fun) if done.status == 0 else None

    low = solve(cost) if len(cost) else None
    high = solve(-cost) if len(cost) else None
    if low is not None and high is not None:
        return low, -high, 0.0
    size = len(target)
    eye = identity(size, format="csr")
    wide = hstack([fit, eye, -eye], format="csr")
    misfit = np.concatenate([np.zeros(len(cost)), np.full(2 * size, 0.5 / blocks)])
    nearest = linprog(misfit, A_eq=wide, b_eq=target, bounds=(0, None), method="highs")
    least = float(nearest.fun)
    found = []
    for c in (cost, -cost):
        done = linprog(
            np.concatenate([c, np.zeros(2 * size)]),
            A_eq=wide, b_eq=target, A_ub=misfit[None, :], b_ub=[least + _SLACK],
            bounds=(0, None), method="highs",
        )  # fmt: skip
        found.append(float(done.fun))
    return max(found[0], -widest), min(-found[1], widest), least
