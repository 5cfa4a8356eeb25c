"""What a causal query gives back: an estimand, a refusal, an estimate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NoReturn

from graph.errors import RefusedError
from queries.causal.expression import Expression, Probability, Product, Sum

__all__ = ["Audit", "Estimand", "Estimate", "Refusal"]


@dataclass(frozen=True, slots=True)
class Audit:
    """How a formula was checked against exact intervention on random models of the same graph."""

    performed: bool
    models: int = 0
    seed: int = 0
    worst_error: float | None = None
    """largest absolute difference of a probability"""
    reason: str = ""
    """why it was skipped, if it was"""
    levels: tuple[int, ...] = (2,)
    """how many levels the variables of the models had"""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        if not self.performed:
            return {"performed": False, "reason": self.reason}
        return {
            "performed": True,
            "models": self.models,
            "seed": self.seed,
            "worst_error": self.worst_error,
            "levels": list(self.levels),
        }


@dataclass(frozen=True, slots=True)
class Estimand:
    """A formula of observed quantities that equals the effect asked for, under the graph.

    Attributes:
        treatment: what is set, sorted.
        outcome: what is asked about, sorted.
        given: what is conditioned on, sorted.
        method: ``backdoor``, ``frontdoor``, ``conditional-frontdoor`` (among units alike in some
            covariates), ``napkin``, ``no-effect`` or ``general``; ``experiments`` and
            ``transport`` where other distributions than the observed one are used; ``recovery`` from
            selected or incomplete rows.
        adjustment: the back-door set (``backdoor``; ``napkin``: of both halves), the mediators (the
            front-doors), or what leaves treatment and outcome independent, if anything does
            (``no-effect``).
        graph: content hash of the graph.
        expression: the formula as a tree; free variables that are not asked about may take any
            value (``anywhere``).
        assumptions: in words, what must hold for the formula to be the effect.
        audit: how the formula was checked.
        loops: feedback loops among the variables that matter, each assumed to settle; the formula is
            that of the graph in which they have.
    """

    treatment: tuple[str, ...]
    outcome: tuple[str, ...]
    given: tuple[str, ...]
    method: str
    adjustment: tuple[str, ...]
    graph: str
    expression: Expression
    assumptions: tuple[str, ...]
    audit: Audit
    loops: tuple[tuple[str, ...], ...] = ()
    identified: ClassVar[bool] = True

    @property
    def query(self) -> str:
        """What was asked, such as ``P(Y | do(X), Z)``."""
        return _query(self.treatment, self.outcome, self.given)

    @property
    def asked(self) -> tuple[str, ...]:
        """Treatments, outcomes and conditions together."""
        return (*self.treatment, *self.outcome, *self.given)

    @property
    def anywhere(self) -> tuple[str, ...]:
        """Variables that the formula names but does not change with."""
        return tuple(sorted(self.expression.free - set(self.asked)))

    @property
    def formula(self) -> str:
        """``P(Y | do(X)) = ...`` on one line."""
        text = f"{self.query} = {self.expression.text(self.asked)}"
        if self.anywhere:
            text += f"  (the same for every value of {', '.join(self.anywhere)})"
        return text

    @property
    def adjustment_formula(self) -> str:
        """The formula with all of a back-door set averaged over, even what need not be; else ``formula``."""
        if self.method != "backdoor" or not self.anywhere:
            return self.formula
        inner = Probability(self.outcome, (*self.treatment, *self.adjustment, *self.given))
        tree = Sum(self.adjustment, Product((inner, Probability(self.adjustment, self.given))))
        return f"{self.query} = {tree.text(self.asked)}"

    @property
    def latex(self) -> str:
        """The formula for LaTeX's math mode."""
        from queries.causal.expression import latex_name

        names = [", ".join(map(latex_name, v)) for v in (self.outcome, self.treatment, self.given)]
        conditions = [rf"\mathrm{{do}}({names[1]})"] if self.treatment else []
        after = ", ".join([*conditions, *([names[2]] if self.given else [])])
        left = rf"P({names[0]} \mid {after})" if after else f"P({names[0]})"
        return f"{left} = {self.expression.latex(self.asked)}"

    @property
    def explanation(self) -> str:
        """One sentence for people: how the effect is got from what is observed."""
        return _explain(self)

    def to_json(self) -> dict[str, Any]:
        """Plain data; the tree is under ``expression``."""
        return {
            "identified": True,
            "query": self.query,
            "treatment": list(self.treatment),
            "outcome": list(self.outcome),
            "given": list(self.given),
            "method": self.method,
            "adjustment": list(self.adjustment),
            "graph": self.graph,
            "formula": self.formula,
            "latex": self.latex,
            "expression": self.expression.to_json(),
            "anywhere": list(self.anywhere),
            "explanation": self.explanation,
            "assumptions": list(self.assumptions),
            "audit": self.audit.to_json(),
            "loops": [list(loop) for loop in self.loops],
        }


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no formula can be given, and what would help.

    Attributes:
        reason: one or two sentences.
        witness: what proves it: ``{"kind": "hedge", "forest", "subforest", "roots", "edges"}``,
            ``{"kind": "cycle", "loop"}`` or ``{"kind": "unoriented", "edges"}``.
        needs: the next best evidence in words, cheapest first.
        measure: each a set of pairs whose hidden common causes, measured together, would do.
        randomise: each a set of treatments whose randomisation would do.
    """

    treatment: tuple[str, ...]
    outcome: tuple[str, ...]
    given: tuple[str, ...]
    graph: str
    reason: str
    witness: Mapping[str, Any]
    needs: tuple[str, ...] = ()
    measure: tuple[tuple[tuple[str, str], ...], ...] = ()
    randomise: tuple[tuple[str, ...], ...] = ()
    identified: ClassVar[bool] = False

    @property
    def query(self) -> str:
        """What was asked, such as ``P(Y | do(X), Z)``."""
        return _query(self.treatment, self.outcome, self.given)

    def __hash__(self) -> int:
        return hash((self.treatment, self.outcome, self.given, self.graph, self.reason))

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the refusal rests on."""
        return (
            f"The causal graph {self.graph[:11]} is right, and nothing is known beyond it and what is observed.",
        )

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
            "identified": False,
            "query": self.query,
            "treatment": list(self.treatment),
            "outcome": list(self.outcome),
            "given": list(self.given),
            "graph": self.graph,
            "reason": self.reason,
            "witness": dict(self.witness),
            "needs": list(self.needs),
            "measure": [[list(pair) for pair in group] for group in self.measure],
            "randomise": [list(group) for group in self.randomise],
            "explanation": self.explanation,
            "assumptions": list(self.assumptions),
        }


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number for an estimand, from data.

    Attributes:
        value: change of the outcome's mean per unit of treatment (from 0 to 1 for a two-valued
            treatment coded so).
        std_error: standard error of ``value``.
        ci_low: lower end of the 95 % interval.
        ci_high: upper end of the 95 % interval.
        n: rows used.
        units: of ``value``.
        data_hash: content hash of the dataset.
        estimand: what is estimated.
        estimator: name in the registry.
        diagnostics: what an estimator reports: rows dropped, levels, overlap, p-value ...
        effect: of whom: ``average`` or ``on the treated``.
    """

    value: float
    std_error: float
    ci_low: float
    ci_high: float
    n: int
    units: str
    data_hash: str
    estimand: Estimand
    estimator: str
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    effect: str = "average"
    identified: ClassVar[bool] = True

    def __hash__(self) -> int:
        return hash((self.value, self.std_error, self.n, self.data_hash, self.estimator))

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold for the number to be the effect, in words."""
        return self.estimand.assumptions

    @property
    def explanation(self) -> str:
        """One paragraph for people."""
        warned = self.diagnostics.get("warnings", ())
        doubts = f" To doubt: {'; '.join(warned)}." if warned else ""
        among = "" if self.effect == "average" else f" ({self.effect})"
        return (
            f"Setting {' and '.join(self.estimand.treatment)} changes the mean of "
            f"{' and '.join(self.estimand.outcome)} by {self.value:+.4g} {self.units}{among}, 95 % interval "
            f"{self.ci_low:+.4g} to {self.ci_high:+.4g}, estimated by {self.estimator} from {self.n:,} rows. "
            f"{self.estimand.explanation}{doubts}"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "value": self.value,
            "std_error": self.std_error,
            "ci_low": self.ci_low,
            "ci_high": self.ci_high,
            "n": self.n,
            "units": self.units,
            "data_hash": self.data_hash,
            "estimator": self.estimator,
            "effect": self.effect,
            "explanation": self.explanation,
            "assumptions": list(self.assumptions),
            "estimand": self.estimand.to_json(),
            "diagnostics": dict(self.diagnostics),
        }


def _query(treatment: tuple[str, ...], outcome: tuple[str, ...], given: tuple[str, ...]) -> str:
    conditions = [*([f"do({', '.join(treatment)})"] if treatment else []), *given]
    return f"P({', '.join(outcome)}{' | ' if conditions else ''}{', '.join(conditions)})"


def _and(parts: Iterable[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def _explain(e: Estimand) -> str:
    x, y, z = (" and ".join(v) for v in (e.treatment, e.outcome, e.adjustment))
    spent = " and ".join(n for n in e.treatment if n in e.adjustment)
    acting = " and ".join(n for n in e.treatment if n not in e.adjustment)
    if e.method == "no-effect" and e.given:
        return f"Once {' and '.join(e.given)} is known, setting {x} changes nothing about {y}."
    if e.method == "no-effect":
        return (
            f"In this graph no causal path leads from {x} to {y}, so setting {x} changes nothing."
        )
    if e.method == "backdoor" and not e.adjustment:
        return (
            f"Nothing in this graph disturbs the relation of {x} and {y}: "
            "what is seen when comparing is what intervening would do."
        )
    if e.method == "backdoor":
        told = f"Comparing units with the same {z} leaves only the effect of {acting} on {y}."
        return (
            f"Once {acting} is set, setting {spent} changes nothing more. {told}" if spent else told
        )
    if e.method == "frontdoor":
        return (
            f"The whole effect of {x} on {y} goes through {z}: the effect of {x} on it and its "
            f"effect on {y} can both be seen, and are put together."
        )
    if e.method == "conditional-frontdoor":
        return (
            f"Among units alike in the other variables of the formula, the whole effect of {x} on {y} goes "
            f"through {z}: both steps can be seen there, and are put together and averaged."
        )
    if e.method == "napkin":
        other = " and ".join(e.anywhere)
        same = f", comparing units with the same {z}" if z else ""
        return (
            f"{other} acts on {y} only through {x}. What setting {other} would do to {x} and {y} together is "
            f"seen{same}; within that, {x} and {y} go together only because the one causes the other."
        )
    if e.method == "recovery":
        what = f"The effect of {x} on {y}" if x else f"The distribution of {y}"
        return f"{what} among all units follows from those that were seen and recorded."
    if e.method in ("experiments", "transport"):
        used = _and(map(str, sorted(e.expression.regimes)))
        return f"The effect of {x} on {y} is put together from {used}."
    return f"The effect of {x} on {y} follows from the formula, by the rules of do-calculus."
