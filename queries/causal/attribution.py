"""Was it the cause? Probabilities of necessity and sufficiency from rows, and from a trial beside them.

Tian and Pearl (2000), whose bounds :func:`queries.causal.bounds.probabilities_of_causation` computes. What
the outcome would be with and without the cause comes from a trial, from a formula that the graph gives, or
is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError
from queries.causal.bounds import Causation, probabilities_of_causation
from queries.causal.identification import identify
from queries.causal.question import consistent
from queries.causal.results import Estimand
from queries.causal.sample import coded
from queries.causal.table import Table

__all__ = ["Attribution", "attribution"]

Array = npt.NDArray[np.float64]
MOST_LEVELS = 10


@dataclass(frozen=True, slots=True)
class Attribution:
    """Bounds of the probabilities of causation, and 95 % bootstrap intervals around the whole ranges.

    Attributes:
        bounds: of necessity, sufficiency and both.
        intervals: the same with sampling error; equal to the bounds if none was asked for.
        risks: (P(outcome | do(cause)), P(outcome | do(no cause))), None if not known.
        source: of the risks: ``trial``, the method of the formula, or empty.
    """

    cause: str
    outcome: str
    bounds: Causation
    intervals: Causation
    risks: tuple[float, float] | None
    source: str
    monotone: bool
    n: int
    data_hash: str

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold, in words."""
        found = [f"{consistent((self.cause,))}, {self.outcome} responds the same."]
        if self.source == "trial":
            found.append("The trial's units are like those of the observations.")
        elif self.source:
            found.append("The causal graph is right.")
        if self.monotone:
            found.append(f"{self.cause} never prevents {self.outcome}.")
        return tuple(found)

    @property
    def explanation(self) -> str:
        """One paragraph in plain words."""
        (a, b), (c, d), (e, f) = self.bounds.necessity, self.bounds.sufficiency, self.bounds.both
        return (
            f"Of those with {self.cause} and {self.outcome}, between {a:.3g} and {b:.3g} would not have had "
            f"{self.outcome} without {self.cause} (necessity). Of those with neither, between {c:.3g} and "
            f"{d:.3g} would have had {self.outcome} with it (sufficiency). For between {e:.3g} and {f:.3g} "
            "of all it is both."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "cause": self.cause, "outcome": self.outcome, "bounds": self.bounds.to_json(),
            "intervals": self.intervals.to_json(), "risks": list(self.risks) if self.risks else None,
            "source": self.source, "monotone": self.monotone, "n": self.n,
            "data_hash": self.data_hash, "explanation": self.explanation,
            "assumptions": list(self.assumptions),
        }  # fmt: skip


def attribution(
    graph: CausalGraph,
    cause: str,
    outcome: str,
    data: Dataset,
    *,
    trial: Dataset | None = None,
    monotone: bool = False,
    bootstraps: int = 0,
    seed: int = 0,
) -> Attribution:
    """Bound how often the cause was necessary, sufficient, and both.

    Args:
        graph: used for the risks under intervention where there is no trial and it identifies them.
        cause: a column of two values, the larger one is its presence.
        outcome: the same.
        data: observations.
        trial: rows in which the cause was randomised.
        monotone: whether the cause never prevents the outcome.
        bootstraps: resamples of both tables for the intervals; 0 = none.

    Raises:
        UsageError: for unknown nodes.
        DataError: for columns that do not have two values, or numbers that contradict each other.
    """
    graph.indices([cause, outcome])
    formula = None
    if trial is None:
        found = identify(graph, cause, outcome)
        formula = found if isinstance(found, Estimand) else None
    needed = [cause, outcome]
    if formula is not None:
        needed += sorted(formula.expression.variables - set(needed))
    rows = _codes(data, needed)
    other = _codes(trial, [cause, outcome]) if trial is not None else None

    def once(mine: npt.NDArray[np.intp], theirs: npt.NDArray[np.intp] | None) -> tuple[Causation, tuple[float, float] | None]:  # fmt: skip
        sizes = [2, 2, *(int(c.max()) + 1 for c in rows[:, 2:].T)]
        joint = np.zeros(sizes)
        np.add.at(joint, tuple(mine.T), 1 / len(mine))
        seen = joint.reshape(2, 2, -1).sum(axis=2)
        risks = None
        if theirs is not None:
            shares = [theirs[theirs[:, 0] == level, 1].mean() for level in (1, 0)]
            risks = float(shares[0]), float(shares[1])
        elif formula is not None:
            value = formula.expression.evaluate(Table.make(needed, joint[None]))
            both = value.spread((cause, outcome) if cause < outcome else (outcome, cause))
            both = np.broadcast_to(both, (1, 2, 2))[0]
            both = both if cause < outcome else both.T
            risks = float(both[1, 1]), float(both[0, 1])
        if risks is not None:
            # what the observations rule out is sampling error, as long as it is small
            risks = _within(risks, seen, trial is not None, len(mine))
        return probabilities_of_causation(seen, risks, monotone=monotone), risks

    bounds, risks = once(rows, other)
    intervals = bounds
    if bootstraps:
        rng = np.random.default_rng(seed)
        drawn = []
        for _ in range(bootstraps):
            mine = rows[rng.integers(0, len(rows), len(rows))]
            theirs = None if other is None else other[rng.integers(0, len(other), len(other))]
            try:
                drawn.append(once(mine, theirs)[0])
            except DataError:
                continue  # this resample contradicts itself
        intervals = _around(bounds, drawn)
    source = "trial" if trial is not None else formula.method if formula is not None else ""
    return Attribution(
        cause, outcome, bounds, intervals, risks, source, monotone, len(rows), data.hash
    )


def _within(risks: tuple[float, float], seen: Array, trial: bool, n: int) -> tuple[float, float]:
    """Risks moved to where the observations allow them, if they are off by no more than sampling error."""
    slack = 4 / np.sqrt(n) if trial else 1e-9
    found = []
    for value, low, high in (
        (risks[0], seen[1, 1], 1 - seen[1, 0]),
        (risks[1], seen[0, 1], 1 - seen[0, 0]),
    ):
        near = min(max(value, float(low)), float(high))
        found.append(near if abs(near - value) <= slack else value)
    return found[0], found[1]


def _codes(data: Dataset, columns: list[str]) -> npt.NDArray[np.intp]:
    where = data.path or data.name
    codes, levels = coded(data, columns)
    for k, (column, found) in enumerate(zip(columns, levels, strict=True)):
        if k < 2 and len(found) != 2:
            raise DataError(f"column {column!r} has {len(found)} values, not two", where=where)
        if len(found) > MOST_LEVELS:
            raise DataError(
                f"column {column!r} has {len(found)} values", where=where,
                hint=f"Group them into at most {MOST_LEVELS}.",
            )  # fmt: skip
    return codes


def _around(bounds: Causation, drawn: list[Causation]) -> Causation:
    def ends(name: str) -> tuple[float, float]:
        low, high = getattr(bounds, name)
        if not drawn:
            return low, high
        lows, highs = zip(*(getattr(d, name) for d in drawn), strict=True)
        return min(low, float(np.quantile(lows, 0.025))), max(
            high, float(np.quantile(highs, 0.975))
        )

    return Causation(ends("necessity"), ends("sufficiency"), ends("both"))
