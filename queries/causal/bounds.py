"""Bounds on effects that cannot be identified.

With an instrument, or any other structure of a small discrete graph: the tightest bounds, by linear
programming over response types (Balke and Pearl 1997). Otherwise what the observed part fixes, with what
may be assumed of how units answer (Manski 1990; Manski and Pepper 2000). Probabilities of causation: Tian
and Pearl (2000).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal.identification import identify
from queries.causal.instrumental import conditional_instruments
from queries.causal.manski import ASSUMPTIONS, mean_bounds
from queries.causal.question import checked_names, consistent
from queries.causal.response_types import MOST_TYPES, confounded_part, extremes, response_bounds
from queries.causal.results import Estimand
from queries.causal.sample import coded

__all__ = ["Bounds", "Causation", "bound", "instruments", "iv_bounds", "probabilities_of_causation"]

Array = npt.NDArray[np.float64]
NO_DEFIERS = "no-defiers"
"""the assumption that the instrument lowers the treatment of no unit"""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The effect lies in [low, high] whatever the hidden common causes are.

    Attributes:
        low, high: ends for the change of the outcome's mean when the treatment goes from its lowest to
            its highest level.
        ci_low, ci_high: ends of a 95 % bootstrap interval for the whole range; equal to the ends when
            it was not asked for.
        method: ``instrument``, ``response-types`` (other structure of the graph), ``no-assumptions`` or
            ``assumptions`` (of how units answer).
        instrument: the column used, empty if none.
        contradiction: how far (total variation, largest over the instrument's levels) the data are
            from any model with this instrument; 0 if they agree.
        n: rows used.
        assumptions: in words.
        identified_by: method of the formula, where the graph gives one; the effect is then better estimated.
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
    identified_by: str = ""

    @property
    def explanation(self) -> str:
        """One paragraph in plain words."""
        through = f" with {self.instrument} as an instrument" if self.instrument else ""
        found = f"it lies between {self.low:.4g} and {self.high:.4g}: {self._sign}."
        what = f"The effect of {self.treatment} on {self.outcome}"
        if not self.identified_by:
            return f"{what} cannot be told exactly, but{through} {found}"
        return (
            f"{what} need not be bounded: this graph gives a formula for it ({self.identified_by}), so estimate "
            f"it. Without the formula,{through} {found}"
        )

    @property
    def _sign(self) -> str:
        if self.low > 0:
            return "raises it"
        if self.high < 0:
            return "lowers it"
        if self.low == 0 or self.high == 0:
            return (
                f"does not {'raise' if self.low < 0 else 'lower' if self.high > 0 else 'change'} it"
            )
        return "may have either sign"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "treatment": self.treatment, "outcome": self.outcome, "low": self.low, "high": self.high,
            "ci_low": self.ci_low, "ci_high": self.ci_high, "method": self.method,
            "instrument": self.instrument, "contradiction": self.contradiction, "n": self.n,
            "data_hash": self.data_hash, "explanation": self.explanation,
            "assumptions": list(self.assumptions), "diagnostics": dict(self.diagnostics),
            "identified_by": self.identified_by,
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
    assume: Collection[str] = (),
    outcome_range: tuple[float, float] | None = None,
    bootstraps: int = 0,
    seed: int = 0,
) -> Bounds:
    """Bound the change of the outcome's mean when the treatment goes from lowest to highest level.

    Args:
        instrument: the column to use; by default the first that the graph allows, if any.
        assume: names in :data:`queries.causal.manski.ASSUMPTIONS`, or ``no-defiers`` (of the instrument).
            With an instrument ``increasing-response`` and ``no-defiers`` count.
        outcome_range: lowest and highest value that the outcome can have; those seen if not given. The
            outcome may then have any number of values, without an instrument.
        bootstraps: resamples for the interval around the bounds; 0 = none.

    Raises:
        UsageError: for an unknown node, the treatment as outcome, feedback, an instrument that the graph does not allow, or assumptions that
            do not fit together.
        DataError: for missing columns, a column with one value, too many levels, or data that contradict
            the assumptions.
    """
    checked_names(graph, treatment, outcome, ())
    if graph.has_cycle:
        loop = " -> ".join(graph.find_cycle() or [])
        raise UsageError(
            f"bounds are for graphs without feedback, and this one has {loop}",
            hint="equilibrium_effect (--equilibrium) measures linear feedback.",
        )
    allowed = [z for z in instruments(graph, treatment, outcome) if z in data.columns]
    if instrument is not None and instrument not in allowed:
        raise UsageError(
            f"{instrument!r} is no instrument for {treatment} and {outcome} in this graph",
            hint=f"Instruments there: {', '.join(allowed) or 'none'}.",
        )
    if unknown := sorted(set(assume) - {*ASSUMPTIONS, NO_DEFIERS}):
        known = ", ".join([*ASSUMPTIONS, NO_DEFIERS])
        raise UsageError(f"there is no assumption {unknown[0]!r}", hint=f"There are {known}.")
    selecting = any(a.endswith("selection") or a.startswith("decreasing") for a in assume)
    z = instrument or (allowed[0] if allowed and not (selecting or outcome_range) else None)
    if z is None and NO_DEFIERS in assume:
        raise UsageError("no-defiers is said of an instrument, and there is none to use")
    if z and selecting:
        raise UsageError(
            "with an instrument the assumptions are increasing-response and no-defiers",
            hint="Leave the instrument out, or assume less.",
        )
    method, columns = "no-assumptions", [treatment, outcome]
    if z:
        method, columns = "instrument", [treatment, outcome, z]
    elif assume or outcome_range:
        method = "assumptions"
    elif (others := _structure(graph, treatment, outcome, data)) is not None:
        method, columns = "response-types", [treatment, outcome, *others]
    codes, levels = _discrete(data, columns, free=outcome if method == "assumptions" else "")
    n = len(codes)
    values = levels[1]
    span = outcome_range or (float(values[0]), float(values[-1]))
    sizes = [len(v) for v in levels]
    increasing = "increasing-response" in assume

    def ends(rows: npt.NDArray[np.intp]) -> tuple[float, float, float]:
        if method == "instrument":
            return iv_bounds(
                _table(codes[rows], sizes), values,
                increasing=increasing, no_defiers=NO_DEFIERS in assume,
            )  # fmt: skip
        if method == "response-types":
            joint = np.zeros(sizes)
            np.add.at(joint, tuple(codes[rows].T), 1 / len(rows))
            return response_bounds(graph, treatment, outcome, joint, columns, values)
        return (*_without(codes[rows], sizes[0], values, span, assume), 0.0)

    low, high, contradiction = ends(np.arange(n))
    ci_low, ci_high = low, high
    if bootstraps:
        rng = np.random.default_rng(seed)
        drawn = np.array([ends(rng.integers(0, n, n))[:2] for _ in range(bootstraps)])
        ci_low = min(low, float(np.quantile(drawn[:, 0], 0.025)))
        ci_high = max(high, float(np.quantile(drawn[:, 1], 0.975)))
    return Bounds(
        treatment, outcome, low, high, ci_low, ci_high, method, z or "", contradiction, n, data.hash,
        _rests_on(treatment, outcome, z, method, assume, span, columns),
        {"levels": {c: [float(x) for x in v] for c, v in zip(columns, levels, strict=True) if len(v) <= 10}},
        found.method if isinstance(found := identify(graph, treatment, outcome), Estimand) else "",
    )  # fmt: skip


def _structure(graph: CausalGraph, treatment: str, outcome: str, data: Dataset) -> list[str] | None:
    """The other columns that response types need, if the data have them and they are few enough."""
    given, part = confounded_part(graph, treatment, outcome)
    others = [n for n in (*given, *part) if n not in (treatment, outcome)]
    if not others or not set(others) <= set(data.columns):
        return None
    try:
        _, levels = _discrete(data, [treatment, outcome, *others])
    except DataError:
        return None
    size = dict(zip([treatment, outcome, *others], map(len, levels), strict=True))
    types = math.prod(
        float(size[n]) ** min(60, math.prod(size[q] for q in graph.parents(n))) for n in part
    )
    return others if types <= MOST_TYPES and math.prod(size.values()) <= MOST_TYPES else None


def _rests_on(
    treatment: str, outcome: str, z: str | None, method: str, assume: Collection[str],
    span: tuple[float, float], columns: list[str],
) -> tuple[str, ...]:  # fmt: skip
    found = [f"{consistent((treatment,))}, {outcome} responds the same."]
    if z:
        found += [
            f"{z} acts on {outcome} only through {treatment}.",
            f"{z} shares no hidden cause with {outcome}.",
        ]
    elif method == "response-types":
        found.append(
            f"The graph over {', '.join(sorted(columns))} is right, hidden common causes included."
        )
    else:
        found.append(f"{outcome} stays within {span[0]:g} and {span[1]:g}.")
    told = {**ASSUMPTIONS, NO_DEFIERS: f"for no unit does more {z} lower {treatment}"}
    found += [f"Assumed: {told[a]}." for a in sorted(assume)]
    return tuple(found)


def iv_bounds(
    joint: npt.ArrayLike,
    values: npt.ArrayLike,
    *,
    increasing: bool = False,
    no_defiers: bool = False,
) -> tuple[float, float, float]:
    """Return the sharp bounds of E[Y | do(last x)] - E[Y | do(first x)] and the contradiction.

    Args:
        joint: P(x, y | z), shape ``(levels of z, levels of x, levels of y)``; each z sums to one.
        values: of y, shape ``(levels of y,)``.
        increasing: for no unit does a higher x lower y.
        no_defiers: for no unit does a higher z lower x.

    Returns:
        (low, high, contradiction). If no model with an instrument fits ``joint``, the bounds are those
        of the models that are nearest in total variation, which is the contradiction.

    Raises:
        DataError: if there are too many levels.

    Source: Balke and Pearl, JASA 92:1171 (1997), section 3, for any number of levels.
    """
    from scipy.sparse import csr_matrix

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
    if no_defiers:
        kept = (np.diff(x_of, axis=1) >= 0).all(axis=1)
        x_of, y_of = x_of[kept], y_of[kept]
    if increasing:
        kept = (np.diff(y[y_of], axis=1) >= 0).all(axis=1)
        x_of, y_of = x_of[kept], y_of[kept]
    kinds = np.arange(len(x_of))
    rows = [(k * nx + x_of[:, k]) * ny + y_of[kinds, x_of[:, k]] for k in range(nz)]
    fit = csr_matrix(
        (np.ones(nz * len(kinds)), (np.concatenate(rows), np.tile(kinds, nz))),
        shape=(p.size, len(kinds)),
    )
    return extremes(fit, p.reshape(-1), y[y_of[:, -1]] - y[y_of[:, 0]], nz, float(np.ptp(y)))


@dataclass(frozen=True, slots=True)
class Causation:
    """Bounds of the probabilities of necessity, sufficiency, and both: (low, high) each."""

    necessity: tuple[float, float]
    sufficiency: tuple[float, float]
    both: tuple[float, float]

    @property
    def text(self) -> str:
        """Such as ``necessity 0.2 to 0.4, sufficiency 0 to 0.1, both 0 to 0.1``."""
        parts = {"necessity": self.necessity, "sufficiency": self.sufficiency, "both": self.both}
        return ", ".join(f"{name} {a:.3g} to {b:.3g}" for name, (a, b) in parts.items())

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


def _discrete(
    data: Dataset, columns: list[str], free: str = ""
) -> tuple[npt.NDArray[np.intp], list[Array]]:
    """Codes of the columns' levels, and the levels; only ``free`` may have more than ten."""
    where = data.path or data.name
    codes, levels = coded(data, columns)
    for column, found in zip(columns, levels, strict=True):
        if len(found) < 2:
            raise DataError(f"column {column!r} has one value only", where=where)
        if len(found) > 10 and column != free:
            raise DataError(
                f"column {column!r} has {len(found)} values, and bounds need discrete data",
                where=where, hint="Group them into at most ten.",
            )  # fmt: skip
    return codes, levels


def _without(
    codes: npt.NDArray[np.intp],
    nx: int,
    y: Array,
    span: tuple[float, float],
    assume: Collection[str],
) -> tuple[float, float]:
    """Without an instrument: what was not observed may be anything within the range and the assumptions."""
    counts = np.bincount(codes[:, 0], minlength=nx)
    if not counts.all():
        # a resample without one of the levels says nothing about it
        return span[0] - span[1], span[1] - span[0]
    means = np.bincount(codes[:, 0], weights=y[codes[:, 1]], minlength=nx) / counts
    return mean_bounds(counts / counts.sum(), means, *span, assume)[2:]


def _table(codes: npt.NDArray[np.intp], sizes: list[int]) -> Array:
    """P(x, y | z) from rows of codes (x, y, z)."""
    nx, ny, nz = sizes
    counts = np.zeros((nz, nx, ny))
    np.add.at(counts, (codes[:, 2], codes[:, 0], codes[:, 1]), 1.0)
    totals = counts.sum(axis=(1, 2), keepdims=True)
    table: Array = counts / totals
    return table
