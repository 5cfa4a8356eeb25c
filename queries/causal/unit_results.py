"""What a question about one unit gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NoReturn

from graph.errors import RefusedError

__all__ = ["UnitCounterfactual", "UnitRefusal"]

Value = float | str
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class UnitCounterfactual:
    """What would have been, for one unit.

    Attributes:
        outcome: the column asked about.
        unit: what is known of the unit and used.
        do: what is set.
        factual: the outcome as it is, None where it is not known.
        value: the outcome as it would be, with ``ci_low`` and ``ci_high`` (95 %), where the model gives
            a number; None otherwise.
        chances: outcome's value -> (low, high): what its probability is known to lie between; the two
            are one where the model fixes it.
        intervals: the same with sampling error, outer ends of 95 % bootstrap intervals.
        method: ``linear`` or ``boosted`` (additive noise), ``formula``, ``response types`` or
            ``chances (learner)``.
        n: rows used.
        assumptions: in words.
        diagnostics: what the fit shows.
    """

    outcome: str
    unit: Mapping[str, Value]
    do: Mapping[str, Value]
    factual: Value | None
    value: float | None
    ci_low: float | None
    ci_high: float | None
    chances: Mapping[str, Span]
    intervals: Mapping[str, Span]
    method: str
    n: int
    data_hash: str
    assumptions: tuple[str, ...]
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    identified: ClassVar[bool] = True

    def __hash__(self) -> int:
        return hash((self.outcome, tuple(sorted(self.do.items())), self.n, self.data_hash))

    @property
    def query(self) -> str:
        """Such as ``Y[X=1] of the unit with X=0, Y=3.2``."""
        return f"{self.outcome}[{_pairs(self.do)}] of the unit with {_pairs(self.unit)}"

    @property
    def explanation(self) -> str:
        """One paragraph for people."""
        setting = " and ".join(f"{k} been {_shown(v)}" for k, v in sorted(self.do.items()))
        known = "" if self.factual is None else f" It is {_shown(self.factual)}."
        if all(self.unit.get(k) == v for k, v in self.do.items()):
            shown = " and ".join(f"{k} is {_shown(v)}" for k, v in sorted(self.do.items()))
            return f"{shown} for this unit as things are, so nothing would change.{known}"
        start = f"Had {setting}, {self.outcome} of this unit would have been"
        if self.value is not None:
            assert self.ci_low is not None
            assert self.ci_high is not None
            return (
                f"{start} {self.value:.4g} (95 % interval {self.ci_low:.4g} to {self.ci_high:.4g}).{known} "
                f"The unit's own noise was worked out from what it showed, and kept ({self.method} model, "
                f"{self.n:,} rows)."
            )
        parts = []
        for level, (low, high) in self.chances.items():
            if high - low < 5e-4:
                parts.append(f"{level} with probability {low:.1%}")
            else:
                parts.append(f"{level} with a probability between {low:.1%} and {high:.1%}")
        why = (
            "What is seen does not fix how this unit responds, so bounds are all there is."
            if any(high - low >= 5e-4 for low, high in self.chances.values())
            else "This is fixed by what is seen and the assumptions."
        )
        return f"{start} {', '.join(parts)}.{known} {why} ({self.n:,} rows.)"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "identified": True, "query": self.query, "outcome": self.outcome, "unit": dict(self.unit),
            "do": dict(self.do), "factual": self.factual, "value": self.value, "ci_low": self.ci_low,
            "ci_high": self.ci_high,
            "chances": {k: list(v) for k, v in self.chances.items()},
            "intervals": {k: list(v) for k, v in self.intervals.items()},
            "method": self.method, "n": self.n, "data_hash": self.data_hash,
            "explanation": self.explanation, "assumptions": list(self.assumptions),
            "diagnostics": dict(self.diagnostics),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnitRefusal:
    """Why nothing can be said of one unit.

    Attributes:
        reason: in words.
        witness: ``{"kind": "confounded", "variable", "cause", "through"}`` (the variable's noise is tied
            to its causes by a hidden common cause), ``cycle``, ``unoriented`` or ``too wide``.
        needs: what would help.
    """

    outcome: str
    do: Mapping[str, Value]
    reason: str
    witness: Mapping[str, Any]
    needs: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    identified: ClassVar[bool] = False

    def __hash__(self) -> int:
        return hash((self.outcome, self.reason))

    @property
    def query(self) -> str:
        """What was asked."""
        return f"{self.outcome}[{_pairs(self.do)}] of one unit"

    @property
    def explanation(self) -> str:
        """One paragraph for people."""
        return self.reason + (f" What would help: {'; '.join(self.needs)}." if self.needs else "")

    def raise_(self) -> NoReturn:
        """Raise :class:`~graph.errors.RefusedError` with the reason."""
        raise RefusedError(self.reason, where=self.query, hint="; ".join(self.needs[:2]) or None)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "identified": False, "query": self.query, "outcome": self.outcome, "do": dict(self.do),
            "reason": self.reason, "witness": dict(self.witness), "needs": list(self.needs),
            "explanation": self.explanation, "assumptions": list(self.assumptions),
        }  # fmt: skip


def _shown(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


def _pairs(values: Mapping[str, Value]) -> str:
    return ", ".join(f"{k}={_shown(v)}" for k, v in sorted(values.items()))
