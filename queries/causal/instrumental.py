"""Linear effects by instruments: two-stage least squares, LIML, and intervals that hold when the
instruments are weak (Anderson and Rubin 1949)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal.bits import BitGraph
from queries.causal.moral import nearest_separator
from queries.causal.sample import complete_numbers

__all__ = ["Instrument", "InstrumentalEstimate", "conditional_instruments", "instrumental"]

Array = npt.NDArray[np.float64]
WEAK = 10.0
"""first-stage F below which an instrument is called weak (Staiger and Stock 1997)"""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A node that is an instrument once ``given`` is adjusted for."""

    node: str
    given: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstrumentalEstimate:
    """Change of the outcome per unit of treatment, if effects are linear and the same for all.

    Attributes:
        value, std_error, ci_low, ci_high: two-stage least squares, heteroscedasticity-robust.
        liml: limited-information maximum likelihood.
        weak_robust: the Anderson-Rubin 95 % set as a list of intervals; ends may be infinite, and an
            empty list means that no effect fits all instruments.
        first_stage_f: of the excluded instruments, robust.
        overidentification_p: of Sargan's test; None with one instrument.
        n: rows used.
    """

    treatment: str
    outcome: str
    instruments: tuple[str, ...]
    covariates: tuple[str, ...]
    value: float
    std_error: float
    ci_low: float
    ci_high: float
    liml: float
    weak_robust: tuple[tuple[float, float], ...]
    first_stage_f: float
    overidentification_p: float | None
    n: int
    data_hash: str

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold, in words."""
        z = ", ".join(self.instruments)
        given = (
            f" among units with the same {', '.join(self.covariates)}" if self.covariates else ""
        )
        return (
            f"{z} acts on {self.outcome} only through {self.treatment}{given}.",
            f"{z} shares no hidden cause with {self.outcome}{given}.",
            f"The effect of {self.treatment} is linear and the same for all; otherwise the number is an "
            "average over those whom the instrument moves.",
        )

    @property
    def explanation(self) -> str:
        """One paragraph in plain words."""
        weak = (
            f" The instruments are weak (F = {self.first_stage_f:.1f}): rely on the robust set."
            if self.first_stage_f < WEAK
            else ""
        )
        sets = " or ".join(f"{a:.4g} to {b:.4g}" for a, b in self.weak_robust) or "empty"
        return (
            f"If effects are linear, one more unit of {self.treatment} changes {self.outcome} by "
            f"{self.value:.4g} ({self.ci_low:.4g} to {self.ci_high:.4g}), with "
            f"{', '.join(self.instruments)} as instrument. Set that is valid with weak instruments: "
            f"{sets}.{weak}"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data; infinite ends are null."""
        return {
            "treatment": self.treatment, "outcome": self.outcome,
            "instruments": list(self.instruments), "covariates": list(self.covariates),
            "value": self.value, "std_error": self.std_error, "ci_low": self.ci_low,
            "ci_high": self.ci_high, "liml": self.liml,
            "weak_robust": [[e if np.isfinite(e) else None for e in pair] for pair in self.weak_robust],
            "first_stage_f": self.first_stage_f, "overidentification_p": self.overidentification_p,
            "n": self.n, "data_hash": self.data_hash, "assumptions": list(self.assumptions),
            "explanation": self.explanation,
        }  # fmt: skip


def conditional_instruments(
    graph: CausalGraph, treatment: str, outcome: str
) -> tuple[Instrument, ...]:
    """Return instruments that the graph allows, each with what it needs to be adjusted for.

    For each node the empty set is tried first, then the separator nearest to the outcome: if any
    variables besides the treatment's effects make some node an instrument, one is found. (The node may
    be another one: to find every node with every set is NP-hard.)

    Raises:
        UsageError: for an unknown node, a cyclic graph or one with undirected edges.

    Source: Brito and Pearl, UAI 2002 (definition); van der Zander, Textor and Liskiewicz, IJCAI 2015
    (ancestral instruments).
    """
    graph.indices([treatment, outcome])
    if graph.undirected or graph.circle or graph.has_cycle:
        raise UsageError(
            "instruments are looked for in acyclic graphs with all edges directed or bidirected"
        )
    g = BitGraph.of(graph)
    x, y = g.mask([treatment]), g.mask([outcome])
    without = g.cut_out(x)
    usable = g.all & ~g.descendants(x) & ~g.descendants(y)
    found = []
    for node in graph.nodes:
        z = g.mask([node])
        if not z & usable:
            continue
        for given in (0, nearest_separator(without, z, y, usable & ~z)):
            if (
                given is not None
                and without.separated(z, y, given)
                and not without.separated(z, x, given)
            ):
                found.append(Instrument(node, tuple(sorted(g.named(given)))))
                break
    return tuple(found)


def instrumental(
    data: Dataset,
    treatment: str,
    outcome: str,
    instruments: Sequence[str],
    covariates: Sequence[str] = (),
) -> InstrumentalEstimate:
    """Estimate a linear effect by instruments.

    Rows with a missing value in a needed column are left out.

    Raises:
        UsageError: without instruments, or for a column in two roles.
        DataError: for missing columns, words, too few rows, or instruments that do not move the
            treatment.

    Source: Wooldridge, Econometric Analysis (2010), ch. 5; Anderson and Rubin, Ann. Math. Stat. 20:46.
    """
    from scipy import stats

    names = [outcome, treatment, *instruments, *covariates]
    if not instruments:
        raise UsageError("an instrument is needed")
    if len(set(names)) < len(names):
        raise UsageError("a column cannot have two roles", hint=f"Given: {', '.join(names)}.")
    table = complete_numbers(data, names)
    n, k, controls = (
        len(table),
        len(instruments),
        np.column_stack([np.ones(len(table)), table[:, 2 + len(instruments) :]]),
    )
    df = n - k - controls.shape[1]
    if df < 1:
        raise DataError(
            f"{n} complete rows are too few for {k + controls.shape[1]} coefficients",
            where=data.path or data.name,
        )
    y, x, *z_columns = _residuals(table[:, : 2 + k], controls).T
    z = np.column_stack(z_columns)
    spread = z.std(axis=0)
    if (spread < 1e-12 * (1 + np.abs(table[:, 2 : 2 + k]).max(axis=0))).any():
        raise DataError(
            "an instrument does not vary once the covariates are known",
            where=data.path or data.name,
        )
    z = z / spread
    gram = np.linalg.pinv(z.T @ z)
    projected = z @ (gram @ (z.T @ x))
    first = x - projected
    slopes = gram @ (z.T @ x)
    robust = gram @ (z.T * first**2 @ z) @ gram * n / df
    f = float(slopes @ np.linalg.pinv(robust) @ slopes / k)
    if not np.isfinite(f) or float(projected @ projected) <= 1e-12 * float(x @ x):
        raise DataError(
            f"the instruments do not move {treatment!r} in these data",
            where=data.path or data.name,
        )
    value = float(projected @ y / (projected @ x))
    residual = y - value * x
    variance = float(np.sum((projected * residual) ** 2) / (projected @ x) ** 2) * n / df
    std_error = float(np.sqrt(variance))
    half = float(stats.t.ppf(0.975, df)) * std_error

    pair = np.column_stack([y, x])
    inside = pair.T @ z @ gram @ z.T @ pair
    outside = pair.T @ pair - inside
    kappa = float(np.linalg.eigvals(np.linalg.solve(outside, inside)).real.min())
    # k-class: LIML takes the smallest root of |inside - kappa outside| = 0
    liml = float((inside[1, 0] - kappa * outside[1, 0]) / (inside[1, 1] - kappa * outside[1, 1]))
    sargan = None
    if k > 1:
        fitted = z @ (gram @ (z.T @ residual))
        statistic = n * float(fitted @ fitted) / float(residual @ residual)
        sargan = float(stats.chi2.sf(statistic, k - 1))
    critical = float(stats.f.ppf(0.95, k, df)) * k / df
    return InstrumentalEstimate(
        treatment, outcome, tuple(instruments), tuple(covariates), value, std_error, value - half,
        value + half, liml, _anderson_rubin(inside, outside, critical), f, sargan, n, data.hash,
    )  # fmt: skip


def _anderson_rubin(
    inside: Array, outside: Array, critical: float
) -> tuple[tuple[float, float], ...]:
    """The effects b whose residuals y - b x the instruments do not explain: a quadratic in b."""
    m = inside - critical * outside
    a, b, c = float(m[1, 1]), float(-2 * m[0, 1]), float(m[0, 0])
    discriminant = b * b - 4 * a * c
    if a > 0:
        if discriminant < 0:
            return ()
        root = np.sqrt(discriminant)
        return ((float((-b - root) / (2 * a)), float((-b + root) / (2 * a))),)
    if discriminant < 0 or a == 0:
        return ((-np.inf, np.inf),)
    root = np.sqrt(discriminant)
    low, high = sorted(((-b - root) / (2 * a), (-b + root) / (2 * a)))
    return ((-np.inf, float(low)), (float(high), np.inf))


def _residuals(columns: Array, controls: Array) -> Array:
    found: Array = columns - controls @ np.linalg.lstsq(controls, columns, rcond=None)[0]
    return found
