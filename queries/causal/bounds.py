"""Bounds on effects that cannot be identified, from discrete data.

With an instrument: the tightest bounds, by linear programming over response types (Balke and Pearl
1997), for any number of levels. Without: what the observed part fixes (Manski 1990). Probabilities of
causation: Tian and Pearl (2000).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal.instrumental import conditional_instruments
from queries.causal.sample import complete_numbers

__all__ = ["Bounds", "Causation", "bound", "instruments", "iv_bounds", "probabilities_of_causation"]

Array = npt.NDArray[np.float64]
MOST_TYPES = 20_000
"""response types that a linear program may have"""
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Bounds:
    """The effect lies in [low, high] whatever the hidden common causes are.

    Attributes:
        low, high: ends for the change of the outcome's mean when the treatment goes from its lowest to
            its highest level.
        ci_low, ci_high: ends of a 95 % bootstrap interval for the whole range; equal to the ends when
            it was not asked for.
        method: ``instrument`` or ``no-assumptions``.
        instrument: the column used, empty if none.
        contradiction: how far (total variation, largest over the instrument's levels) the data are
            from any model with this instrument; 0 if they agree.
        n: rows used.
        assumptions: in words.
    """

    treatment: str
    outcome: str
    low: float
    high: float
    ci_low: float
    ci_high: float
    method: str
    instrument: str
    contradiction: float
    n: int
    data_hash: str
    assumptions: tuple[str, ...]
    diagnostics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def explanation(self) -> str:
        """One paragraph in plain words."""
        sign = (
            "raises it"
            if self.low > 0
            else "lowers it"
            if self.high < 0
            else "may have either sign"
        )
        through = f" with {self.instrument} as an instrument" if self.instrument else ""
        return (
            f"The effect of {self.treatment} on {self.outcome} cannot be told exactly, but{through} it "
            f"lies between {self.low:.4g} and {self.high:.4g}: {sign}."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "treatment": self.treatment, "outcome": self.outcome, "low": self.low, "high": self.high,
            "ci_low": self.ci_low, "ci_high": self.ci_high, "method": self.method,
            "instrument": self.instrument, "contradiction": self.contradiction, "n": self.n,
            "data_hash": self.data_hash, "explanation": self.explanation,
            "assumptions": list(self.assumptions), "diagnostics": dict(self.diagnostics),
        }  # fmt: skip


def instruments(graph: CausalGraph, treatment: str, outcome: str) -> tuple[str, ...]:
    """Return the nodes that are instruments without conditions: connected to the treatment, and
    separated from the outcome once the treatment's own arrows are taken out.

    Raises:
        UsageError: for an unknown node.
    """
    found = conditional_instruments(graph, treatment, outcome)
    return tuple(i.node for i in found if not i.given)


def bound(
    graph: CausalGraph,
    treatment: str,
    outcome: str,
    data: Dataset,
    *,
    instrument: str | None = None,
    bootstraps: int = 0,
    seed: int = 0,
) -> Bounds:
    """Bound the change of the outcome's mean when the treatment goes from lowest to highest level.

    Args:
        instrument: the column to use; by default the first that the graph allows, if any.
        bootstraps: resamples for the interval around the bounds; 0 = none.

    Raises:
        UsageError: for an unknown node, or an instrument that the graph does not allow.
        DataError: for missing columns, a column with one value, or too many levels.
    """
    allowed = [z for z in instruments(graph, treatment, outcome) if z in data.columns]
    if instrument is not None and instrument not in allowed:
        raise UsageError(
            f"{instrument!r} is no instrument for {treatment} and {outcome} in this graph",
            hint=f"Instruments there: {', '.join(allowed) or 'none'}.",
        )
    z = instrument or (allowed[0] if allowed else None)
    columns = [treatment, outcome, *([z] if z else [])]
    codes, levels, n = _coded(data, columns)
    values = levels[1]

    def ends(rows: npt.NDArray[np.intp]) -> tuple[float, float, float]:
        if z is None:
            return (*_manski(codes[rows], len(levels[0]), values), 0.0)
        table = _table(codes[rows], [len(v) for v in levels])
        return iv_bounds(table, values)

    low, high, contradiction = ends(np.arange(n))
    ci_low, ci_high = low, high
    if bootstraps:
        rng = np.random.default_rng(seed)
        drawn = np.array([ends(rng.integers(0, n, n))[:2] for _ in range(bootstraps)])
        ci_low = min(low, float(np.quantile(drawn[:, 0], 0.025)))
        ci_high = max(high, float(np.quantile(drawn[:, 1], 0.975)))
    assumptions = [
        f"{treatment} means one thing: however it comes to its value, {outcome} responds the same."
    ]
    if z:
        assumptions += [
            f"{z} acts on {outcome} only through {treatment}.",
            f"{z} shares no hidden cause with {outcome}.",
        ]
    else:
        assumptions.append(f"{outcome} stays within {values[0]:g} and {values[-1]:g}.")
    return Bounds(
        treatment, outcome, low, high, ci_low, ci_high,
        "instrument" if z else "no-assumptions", z or "", contradiction, n, data.hash,
        tuple(assumptions), {"levels": {c: [float(x) for x in v] for c, v in zip(columns, levels, strict=True)}},
    )  # fmt: skip


def iv_bounds(joint: npt.ArrayLike, values: npt.ArrayLike) -> tuple[float, float, float]:
    """Return the sharp bounds of E[Y | do(last x)] - E[Y | do(first x)] and the contradiction.

    Args:
        joint: P(x, y | z), shape ``(levels of z, levels of x, levels of y)``; each z sums to one.
        values: of y, shape ``(levels of y,)``.

    Returns:
        (low, high, contradiction). If no model with an instrument fits ``joint``, the bounds are those
        of the models that are nearest in total variation, which is the contradiction.

    Raises:
        DataError: if there are too many levels.

    Source: Balke and Pearl, JASA 92:1171 (1997), section 3, for any number of levels.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, hstack, identity

    p = np.asarray(joint, dtype=np.float64)
    y = np.asarray(values, dtype=np.float64)
    nz, nx, ny = p.shape
    types = nx**nz * ny**nx
    if types > MOST_TYPES:
        raise DataError(
            f"{types:,} response types are too many for bounds",
            hint="Group the levels of instrument, treatment or outcome.",
        )
    rx = np.array(list(itertools.product(range(nx), repeat=nz)))
    ry = np.array(list(itertools.product(range(ny), repeat=nx)))
    x_of = np.repeat(rx, len(ry), axis=0)
    y_of = np.tile(ry, (len(rx), 1))
    kinds = np.arange(types)
    rows, columns = [], []
    for z in range(nz):
        x = x_of[:, z]
        rows.append((z * nx + x) * ny + y_of[kinds, x])
        columns.append(kinds)
    fit = csr_matrix(
        (np.ones(nz * types), (np.concatenate(rows), np.concatenate(columns))),
        shape=(p.size, types),
    )
    effect = y[y_of[:, -1]] - y[y_of[:, 0]]
    target = p.reshape(-1)
    options = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}

    def solve(cost: Array) -> float | None:
        done = linprog(
            cost, A_eq=fit, b_eq=target, bounds=(0, None), method="highs", options=options
        )
        return float(done.fun) if done.status == 0 else None

    low, high = solve(effect), solve(-effect)
    if low is not None and high is not None:
        return low, -high, 0.0
    # no model fits exactly: allow the smallest misfit, in every cell at most
    eye = identity(p.size, format="csr")
    wide = hstack([fit, eye, -eye], format="csr")
    misfit = np.concatenate([np.zeros(types), np.full(2 * p.size, 0.5 / nz)])
    nearest = linprog(misfit, A_eq=wide, b_eq=target, bounds=(0, None), method="highs")
    least = float(nearest.fun)
    found = []
    for cost in (effect, -effect):
        done = linprog(
            np.concatenate([cost, np.zeros(2 * p.size)]),
            A_eq=wide, b_eq=target, A_ub=misfit[None, :], b_ub=[least + _SLACK],
            bounds=(0, None), method="highs",
        )  # fmt: skip
        found.append(float(done.fun))
    widest = float(np.ptp(y))
    return max(found[0], -widest), min(-found[1], widest), least


@dataclass(frozen=True, slots=True)
class Causation:
    """Bounds of the probabilities of necessity, sufficiency, and both: (low, high) each."""

    necessity: tuple[float, float]
    sufficiency: tuple[float, float]
    both: tuple[float, float]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "necessity": list(self.necessity), "sufficiency": list(self.sufficiency),
            "both": list(self.both),
        }  # fmt: skip


def probabilities_of_causation(
    joint: npt.ArrayLike,
    experimental: tuple[float, float] | None = None,
    *,
    monotone: bool = False,
) -> Causation:
    """Bound PN, PS and PNS of a two-valued cause and outcome.

    Args:
        joint: P(x, y), shape ``(2, 2)``, index 1 = present.
        experimental: (P(y | do(x)), P(y | do(not x))); None = unknown, and bounded by the joint alone.
        monotone: whether the cause never prevents the outcome; with ``experimental`` the quantities are
            then points.

    Raises:
        DataError: if the joint is no distribution, or the experiment contradicts it or monotonicity.

    Source: Tian and Pearl, Annals of Mathematics and Artificial Intelligence 28:287 (2000), eqs. 11-19.
    """
    p = np.asarray(joint, dtype=np.float64)
    if p.shape != (2, 2) or (p < 0).any() or abs(p.sum() - 1) > 1e-6:
        raise DataError("the joint of cause and outcome must be a 2 x 2 distribution")
    py = float(p[:, 1].sum())
    if experimental is None:
        # necessity and sufficiency are free, with or without monotonicity
        return Causation((0.0, 1.0), (0.0, 1.0), (0.0, float(p[1, 1] + p[0, 0])))
    a, b = experimental
    for value, lowest, highest, words in (
        (a, p[1, 1], 1 - p[1, 0], "with the cause"),
        (b, p[0, 1], 1 - p[0, 0], "without it"),
    ):
        if not lowest - 1e-9 <= value <= highest + 1e-9:
            raise DataError(
                f"the experiment contradicts the observations: {words} the outcome has probability "
                f"{value:g}, which must lie between {lowest:.4g} and {highest:.4g}"
            )
    if monotone and not a >= py - 1e-9 >= b - 2e-9:
        raise DataError(
            "the numbers contradict monotonicity: P(y | do(x)) >= P(y) >= P(y | do(not x)) must hold",
            hint=f"They are {a:g}, {py:.4g} and {b:g}.",
        )
    return _causation(p, a, b, monotone=monotone)


def _causation(p: Array, a: float, b: float, *, monotone: bool) -> Causation:
    py, both, neither = float(p[:, 1].sum()), float(p[1, 1]), float(p[0, 0])

    def ratio(top: float, bottom: float, empty: float) -> float:
        return min(1.0, max(0.0, top / bottom)) if bottom > 0 else empty

    if monotone:
        pn, ps = ratio(py - b, both, 0.0), ratio(a - py, neither, 0.0)
        return Causation((pn, pn), (ps, ps), (max(0.0, a - b),) * 2)
    pns_low = max(0.0, a - b, py - b, a - py)
    pns_high = min(a, 1 - b, both + neither, a - b + float(p[1, 0]) + float(p[0, 1]))
    return Causation(
        (ratio(py - b, both, 0.0), ratio(1 - b - neither, both, 1.0)),
        (ratio(a - py, neither, 0.0), ratio(a - both, neither, 1.0)),
        (pns_low, max(pns_low, pns_high)),
    )


def _coded(data: Dataset, columns: list[str]) -> tuple[npt.NDArray[np.intp], list[Array], int]:
    where = data.path or data.name
    table = complete_numbers(data, columns)
    codes, levels = [], []
    for column, values in zip(columns, table.T, strict=True):
        found, code = np.unique(values, return_inverse=True)
        if len(found) < 2:
            raise DataError(f"column {column!r} has one value only", where=where)
        if len(found) > 10:
            raise DataError(
                f"column {column!r} has {len(found)} values, and bounds need discrete data",
                where=where, hint="Group them into at most ten.",
            )  # fmt: skip
        codes.append(code)
        levels.append(found)
    return np.column_stack(codes), levels, len(table)


def _manski(codes: npt.NDArray[np.intp], nx: int, y: Array) -> tuple[float, float]:
    """What was not observed may be anything between the outcome's lowest and highest value."""
    x, outcome = codes[:, 0], y[codes[:, 1]]
    ends = []
    for level in (0, nx - 1):
        here = x == level
        seen, share = float(np.where(here, outcome, 0.0).mean()), float(here.mean())
        ends.append((seen + (1 - share) * float(y[0]), seen + (1 - share) * float(y[-1])))
    return ends[1][0] - ends[0][1], ends[1][1] - ends[0][0]


def _table(codes: npt.NDArray[np.intp], sizes: list[int]) -> Array:
    """P(x, y | z) from rows of codes (x, y, z)."""
    nx, ny, nz = sizes
    counts = np.zeros((nz, nx, ny))
    np.add.at(counts, (codes[:, 2], codes[:, 0], codes[:, 1]), 1.0)
    totals = counts.sum(axis=(1, 2), keepdims=True)
    table: Array = counts / totals
    return table
