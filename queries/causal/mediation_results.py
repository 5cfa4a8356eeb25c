"""What a question about parts of an effect gives back: a difference of two counterfactual means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

from graph.errors import RefusedError
from queries.causal.counterfactual_results import CounterfactualEstimand

__all__ = ["EffectPart", "EffectPartRefusal"]


@dataclass(frozen=True, slots=True)
class EffectPart:
    """A part of an effect, as a formula: the mean of ``more`` less the mean of ``less``.

    Attributes:
        kind: ``total``, ``natural direct``, ``natural indirect``, ``controlled direct``,
            ``path-specific`` or ``on the treated``.
        treatment, outcome: nodes.
        active, baseline: labels of the treatment's two values.
        through: the mediators, or the paths as text.
        name: what the formula is called: ``mediation formula``, ``back-door``, ``edge g-formula`` or
            ``general``.
        covariates: what is adjusted for in regressions, None where no set does it.
        more, less: the two counterfactual distributions of the outcome.
        assumptions: in words.
    """

    kind: str
    treatment: str
    outcome: str
    active: str
    baseline: str
    through: tuple[str, ...]
    name: str
    covariates: tuple[str, ...] | None
    more: CounterfactualEstimand
    less: CounterfactualEstimand
    assumptions: tuple[str, ...]
    identified: ClassVar[bool] = True

    def __hash__(self) -> int:
        return hash((self.kind, self.more, self.less))

    @property
    def query(self) -> str:
        """Such as ``E(Y[X=1]) - E(Y[X=0])``."""
        return f"{_mean(self.more)} - {_mean(self.less)}"

    @property
    def formula(self) -> str:
        """The formula on one line."""
        y = self.outcome
        one = self.more.expression.text((y,))
        two = self.less.expression.text((y,))
        return f"{self.query} = Σ_{y} {y} [ {one} - {two} ]"

    @property
    def latex(self) -> str:
        """The two formulas for LaTeX's math mode."""
        return f"{self.more.latex} \\qquad {self.less.latex}"

    @property
    def explanation(self) -> str:
        """One paragraph for people."""
        x, y = self.treatment, self.outcome
        change = f"when {x} goes from {self.baseline} to {self.active}"
        through = ", ".join(self.through)
        what = {
            "total": f"how much the mean of {y} changes {change}",
            "natural direct": f"how much the mean of {y} changes {change} while {through} stays, in each "
            f"unit, what it is with {x} = {self.baseline}",
            "natural indirect": f"how much the mean of {y} changes when {through} goes, in each unit, "
            f"from what it is with {x} = {self.baseline} to what it is with {x} = {self.active}, while "
            f"{x} itself is {self.active}",
            "controlled direct": f"how much the mean of {y} changes {change} while {through} is held",
            "path-specific": f"how much the mean of {y} changes if only {through} carries that {x} goes "
            f"from {self.baseline} to {self.active}",
            "on the treated": f"how much the mean of {y} differs, among those whose {x} is "
            f"{self.active}, from what it would be had their {x} been {self.baseline}",
        }[self.kind]
        text = f"The {_titled(self.kind)} is {what}. It follows from what is observed ({self.name})"
        if self.covariates:
            text += f", comparing units with the same {', '.join(self.covariates)}"
        return text + "."

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "identified": True,
            "kind": self.kind,
            "query": self.query,
            "treatment": self.treatment,
            "outcome": self.outcome,
            "active": self.active,
            "baseline": self.baseline,
            "through": list(self.through),
            "name": self.name,
            "covariates": None if self.covariates is None else list(self.covariates),
            "formula": self.formula,
            "latex": self.latex,
            "more": self.more.to_json(),
            "less": self.less.to_json(),
            "explanation": self.explanation,
            "assumptions": list(self.assumptions),
        }


@dataclass(frozen=True, slots=True)
class EffectPartRefusal:
    """Why a part of an effect has no formula.

    Attributes:
        reason: in words, naming the recanting witness or district where there is one.
        witness: as in :class:`~queries.causal.counterfactual_results.CounterfactualRefusal`, with
            ``recanting``: ``witness`` or ``district`` and ``nodes``.
        needs: what would help.
    """

    kind: str
    treatment: str
    outcome: str
    active: str
    baseline: str
    through: tuple[str, ...]
    query: str
    reason: str
    witness: Mapping[str, Any]
    needs: tuple[str, ...]
    assumptions: tuple[str, ...] = ()
    identified: ClassVar[bool] = False

    def __hash__(self) -> int:
        return hash((self.kind, self.query, self.reason))

    @property
    def explanation(self) -> str:
        """One paragraph for people."""
        helps = f" What would help: {'; '.join(self.needs)}." if self.needs else ""
        return f"The {_titled(self.kind)} of {self.treatment} on {self.outcome} cannot be told. {self.reason}{helps}"

    def raise_(self) -> NoReturn:
        """Raise :class:`~graph.errors.RefusedError` with the reason."""
        raise RefusedError(self.reason, where=self.query, hint="; ".join(self.needs[:2]) or None)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "identified": False,
            "kind": self.kind,
            "query": self.query,
            "treatment": self.treatment,
            "outcome": self.outcome,
            "active": self.active,
            "baseline": self.baseline,
            "through": list(self.through),
            "reason": self.reason,
            "witness": dict(self.witness),
            "needs": list(self.needs),
            "explanation": self.explanation,
            "assumptions": list(self.assumptions),
        }


def _mean(part: CounterfactualEstimand) -> str:
    return f"E{part.query[1:]}"


def _titled(kind: str) -> str:
    return f"effect {kind}" if kind.startswith("on ") else f"{kind} effect"
