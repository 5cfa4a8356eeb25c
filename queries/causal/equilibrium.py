"""Linear feedback at equilibrium: what an intervention does once the loops have settled.

In ``v = B v + noise`` the state at rest is ``(I - B)^-1 noise``, and setting a variable takes its row out of
B (Bollen 1989; Hyttinen, Eberhardt and Hoyer, JMLR 13:3387, 2012). A row is identified by instruments: other
variables that no path ties to the noise of its node, as many as it has causes and generically of full rank
(Fisher 1966; d-separation holds in linear cyclic models: Spirtes, UAI 1995).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal.refusal import loop_refusal
from queries.causal.results import Refusal
from queries.causal.sample import complete_numbers

__all__ = ["Equation", "EquilibriumEffect", "equations", "equilibrium_effect", "settled_effect"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Equation:
    """How one node answers to its causes, and the instruments that identify it."""

    node: str
    causes: tuple[str, ...]
    instruments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EquilibriumEffect:
    """Change of the outcome at rest per unit of treatment held, if all answers are linear.

    Attributes:
        value: of the effect; ``ci_low`` and ``ci_high`` are a 95 % bootstrap interval (equal to it if none
            was asked for).
        coefficients: (cause, effect) -> estimated coefficient, of the equations used.
        equations: with their instruments.
        loops: feedback loops on the way.
        stable: whether the loops settle at these coefficients (all eigenvalues smaller than 1), with the
            treatment held.
    """

    treatment: str
    outcome: str
    value: float
    ci_low: float
    ci_high: float
    coefficients: Mapping[tuple[str, str], float]
    equations: tuple[Equation, ...]
    loops: tuple[tuple[str, ...], ...]
    stable: bool
    n: int
    data_hash: str
    identified: ClassVar[bool] = True

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold, in words."""
        return (
            "Every variable answers linearly to its causes, the same for all units.",
            *(
                f"The loop among {', '.join(loop)} has settled when it is measured."
                for loop in self.loops
            ),
            *(
                f"No hidden cause is shared by {e.node} and {', '.join(e.instruments)}, what {e.node} causes is not "
                f"among them, and its causes ({', '.join(e.causes)}) are told apart by them."
                for e in self.equations
            ),
        )

    @property
    def explanation(self) -> str:
        """One paragraph in plain words."""
        told = (
            f"If everything is linear and the feedback has settled, holding {self.treatment} one unit "
            f"higher changes {self.outcome} by {self.value:.4g}"
        )
        if self.ci_low != self.ci_high:
            told += f" ({self.ci_low:.4g} to {self.ci_high:.4g})"
        return told + (
            "."
            if self.stable
            else ". At the estimated coefficients the feedback does not settle: do not rely on it."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "treatment": self.treatment, "outcome": self.outcome, "value": self.value,
            "ci_low": self.ci_low, "ci_high": self.ci_high,
            "coefficients": [[a, b, c] for (a, b), c in sorted(self.coefficients.items())],
            "equations": [
                {"node": e.node, "causes": list(e.causes), "instruments": list(e.instruments)}
                for e in self.equations
            ],
            "loops": [list(loop) for loop in self.loops], "stable": self.stable, "n": self.n,
            "data_hash": self.data_hash, "explanation": self.explanation,
            "assumptions": list(self.assumptions),
        }  # fmt: skip


def settled_effect(
    coefficients: Mapping[tuple[str, str], float], treatment: str, outcome: str
) -> float:
    """Return the effect at rest of holding the treatment one unit higher: the entry of (I - B)^-1 with the
    treatment's own row taken out.

    Args:
        coefficients: (cause, effect) -> direct linear effect.
        treatment: a node.
        outcome: another one.

    Raises:
        UsageError: for a node that no coefficient names, or treatment = outcome.
        DataError: if there is no single state of rest.
    """
    names = sorted({n for pair in coefficients for n in pair})
    if missing := sorted({treatment, outcome} - set(names)):
        raise UsageError(f"no coefficient names {missing[0]!r}")
    if treatment == outcome:
        raise UsageError(f"{treatment!r} is both treatment and outcome")
    at = {n: i for i, n in enumerate(names)}
    b = np.zeros((len(names), len(names)))
    for (cause, effect), value in coefficients.items():
        if effect != treatment:
            b[at[effect], at[cause]] = value
    left = np.eye(len(names)) - b
    if abs(np.linalg.det(left)) < 1e-12:
        raise DataError("with these coefficients there is no single state of rest")
    return float(np.linalg.inv(left)[at[outcome], at[treatment]])


def equations(
    graph: CausalGraph, treatment: str, outcome: str, *, seed: int = 0
) -> tuple[Equation, ...] | Refusal:
    """Return the equations that the effect at rest needs, each with its instruments, or what is missing.

    Sufficient, not complete: instruments are used without conditions. The rank is checked at random
    coefficients, where it fails with probability 0 if it holds at all.

    Raises:
        UsageError: for unknown nodes, treatment = outcome, undirected or circle edges.
    """
    graph.indices([treatment, outcome])
    if treatment == outcome:
        raise UsageError(f"{treatment!r} is both treatment and outcome")
    if graph.undirected or graph.circle:
        raise UsageError(f"a {graph.kind} leaves directions open", hint="Orient its edges first.")
    cut = CausalGraph(graph.nodes, directed=[e for e in graph.directed if e[1] != treatment])
    needed = sorted((cut.descendants([treatment]) & cut.ancestors([outcome])) - {treatment})
    cov, at = _random_covariance(graph, seed)
    found = []
    for node in needed:
        causes = graph.parents(node)
        tied = CausalGraph(
            graph.nodes,
            directed=[e for e in graph.directed if e[1] != node],
            bidirected=graph.bidirected,
        )
        usable = [n for n in graph.nodes if n != node and tied.m_separated(n, node)]
        usable = [n for n in usable if np.abs(cov[at[n], [at[c] for c in causes]]).max() > 1e-9]
        relation = cov[np.ix_([at[n] for n in usable], [at[c] for c in causes])]
        if len(usable) < len(causes) or np.linalg.matrix_rank(relation, tol=1e-7) < len(causes):
            return loop_refusal(graph, treatment, outcome, node, causes, usable)
        found.append(Equation(node, causes, tuple(usable)))
    return tuple(found)


def _random_covariance(graph: CausalGraph, seed: int) -> tuple[Array, dict[str, int]]:
    rng = np.random.default_rng(seed)
    k = len(graph.nodes)
    at = {n: i for i, n in enumerate(graph.nodes)}
    b, noise = np.zeros((k, k)), np.zeros((k, k))
    for a, c in graph.directed:
        b[at[c], at[a]] = rng.uniform(0.3, 0.9) * rng.choice([-1, 1])
    for a, c in graph.bidirected:
        noise[at[a], at[c]] = noise[at[c], at[a]] = rng.uniform(0.2, 0.6)
    noise += np.diag(np.abs(noise).sum(axis=1) + rng.uniform(0.5, 1.5, k))
    settled = np.linalg.inv(np.eye(k) - b)
    found: Array = settled @ noise @ settled.T
    return found / np.sqrt(np.outer(np.diag(found), np.diag(found))), at


def equilibrium_effect(
    graph: CausalGraph,
    treatment: str,
    outcome: str,
    data: Dataset,
    *,
    bootstraps: int = 0,
    seed: int = 0,
) -> EquilibriumEffect | Refusal:
    """Return the effect at rest, each equation estimated by two-stage least squares, or what is missing.

    Args:
        graph: may have loops; bidirected edges are hidden common causes.
        treatment: one node, in a loop or not.
        outcome: another one.
        data: rows measured at rest; those with a missing value in a needed column are left out.
        bootstraps: resamples for the interval; 0 = none.

    Raises:
        UsageError: as :func:`equations`.
        DataError: for missing columns, words, too few rows, or instruments that do not tell causes apart.
    """
    found = equations(graph, treatment, outcome, seed=seed)
    if isinstance(found, Refusal):
        return found
    columns = sorted(
        {treatment, outcome, *(n for e in found for n in (e.node, *e.causes, *e.instruments))}
    )
    table = complete_numbers(data, columns)
    if len(table) <= len(columns) + 1:
        raise DataError(f"{len(table)} complete rows are too few", where=data.path or data.name)

    def fit(rows: Array) -> dict[tuple[str, str], float]:
        return _coefficients(np.cov(rows, rowvar=False), columns, found)

    def effect(coefficients: Mapping[tuple[str, str], float]) -> float:
        if not {treatment, outcome} <= {n for pair in coefficients for n in pair}:
            return 0.0
        return settled_effect(coefficients, treatment, outcome)

    known = fit(table)
    value = effect(known)
    low = high = value
    if bootstraps:
        rng = np.random.default_rng(seed)
        drawn = [
            effect(fit(table[rng.integers(0, len(table), len(table))])) for _ in range(bootstraps)
        ]
        low, high = (float(q) for q in np.quantile(drawn, [0.025, 0.975]))
    names = sorted({n for pair in known for n in pair})
    b = np.array(
        [[known.get((a, c), 0.0) if c != treatment else 0.0 for a in names] for c in names]
    )
    needed = {treatment, *(e.node for e in found)}
    loops = tuple(loop for loop in graph.strongly_connected() if needed & set(loop))
    stable = not names or bool(np.abs(np.linalg.eigvals(b)).max() < 1)
    return EquilibriumEffect(
        treatment, outcome, value, low, high, known, found, loops, stable, len(table), data.hash
    )


def _coefficients(
    cov: Array, columns: Sequence[str], found: Sequence[Equation]
) -> dict[tuple[str, str], float]:
    at = {n: i for i, n in enumerate(columns)}
    known: dict[tuple[str, str], float] = {}
    for e in found:
        i, c = [at[n] for n in e.instruments], [at[n] for n in e.causes]
        weight = np.linalg.pinv(cov[np.ix_(i, i)])
        relation = cov[np.ix_(i, c)]
        normal = relation.T @ weight @ relation
        if np.linalg.cond(normal) > 1e12:
            raise DataError(
                f"the instruments do not tell the causes of {e.node!r} apart in these data",
                hint=f"Causes: {', '.join(e.causes)}; instruments: {', '.join(e.instruments)}.",
            )
        row = np.linalg.solve(normal, relation.T @ weight @ cov[i, at[e.node]])
        known.update({(a, e.node): float(v) for a, v in zip(e.causes, row, strict=True)})
    return known
