"""What a counterfactual question gives back: a formula, or a refusal with what forbids one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NoReturn

from graph.errors import RefusedError
from queries.causal.counterfactual_expression import Zero
from queries.causal.counterfactual_terms import Term, terms_text
from queries.causal.expression import ONE, Expression, latex_name
from queries.causal.results import Audit

__all__ = ["CounterfactualEstimand", "CounterfactualRefusal", "in_words", "question"]


@dataclass(frozen=True, slots=True)
class CounterfactualEstimand:
    """A formula of what is observed (and of experiments) that equals a counterfactual probability.

    Attributes:
        event: what is asked, terms in the order they were given.
        given: what is known, likewise.
        graph: content hash of the graph.
        method: ``formula``, ``complement`` (a two-valued variable's other value is subtracted),
            ``certain`` (1) or ``impossible`` (0).
        expression: the tree; its names are symbols of values.
        symbols: symbol -> (variable, label), the label None where the value is open or summed over.
        experiments: what was set in each experiment that the formula reads.
        binary: variables that have two values only, where the formula rests on it.
        assumptions: in words.
        audit: how the formula was checked.
    """

    event: tuple[Term, ...]
    given: tuple[Term, ...]
    graph: str
    method: str
    expression: Expression
    symbols: Mapping[str, tuple[str, str | None]]
    experiments: tuple[tuple[str, ...], ...]
    binary: tuple[str, ...]
    assumptions: tuple[str, ...]
    audit: Audit
    identified: ClassVar[bool] = True

    def __hash__(self) -> int:
        return hash((self.event, self.given, self.graph, self.expression))

    @property
    def query(self) -> str:
        """What was asked, such as ``P(Y[X=1]=1 | X=0)``."""
        return question(self.event, self.given)

    @property
    def variable_of(self) -> dict[str, str]:
        """Symbol -> variable."""
        return {symbol: variable for symbol, (variable, _) in self.symbols.items()}

    @property
    def anywhere(self) -> tuple[str, ...]:
        """Variables that the formula names but does not change with."""
        known = {s for s, (_, label) in self.symbols.items() if label is not None}
        opened = {t.variable for t in self.event if t.value is None}
        return tuple(sorted(self.expression.free - known - opened))

    @property
    def formula(self) -> str:
        """``P(...) = ...`` on one line."""
        text = f"{self.query} = {self.expression.text(self._reserved)}"
        if self.anywhere:
            text += f"  (the same for every value of {', '.join(self.anywhere)})"
        return text

    @property
    def _reserved(self) -> tuple[str, ...]:
        return tuple(t.variable for t in self.event if t.value is None)

    @property
    def latex(self) -> str:
        """The formula for LaTeX's math mode."""
        given = rf" \mid {_latex(self.given)}" if self.given else ""
        return f"P({_latex(self.event)}{given}) = {self.expression.latex(self._reserved)}"

    @property
    def explanation(self) -> str:
        """One paragraph for people."""
        asked = in_words(self.event, self.given)
        if isinstance(self.expression, Zero):
            return f"{asked}: this cannot happen, because it contradicts itself."
        if self.expression == ONE:
            return f"{asked}: this is certain, because the condition already says it."
        how = "what is observed"
        if self.experiments:
            trials = " and ".join(f"one that sets {', '.join(e)}" for e in self.experiments)
            how += f" and experiments ({trials})"
        text = f"{asked}. The answer follows from {how} by the formula."
        if self.method == "complement":
            text += (
                f" It uses that {' and '.join(self.binary)} has two values only: what is known of "
                "everybody, less what is known of those with the one value, is left for the other."
            )
        return text

    def to_json(self) -> dict[str, Any]:
        """Plain data; the tree is under ``expression``, what its names stand for under ``symbols``."""
        return {
            "identified": True,
            "query": self.query,
            "event": [t.to_json() for t in self.event],
            "given": [t.to_json() for t in self.given],
            "graph": self.graph,
            "method": self.method,
            "formula": self.formula,
            "latex": self.latex,
            "expression": self.expression.to_json(),
            "symbols": {
                s: {"variable": v, "value": label} for s, (v, label) in self.symbols.items()
            },
            "anywhere": list(self.anywhere),
            "experiments": [list(e) for e in self.experiments],
            "binary": list(self.binary),
            "explanation": self.explanation,
            "assumptions": list(self.assumptions),
            "audit": self.audit.to_json(),
        }


@dataclass(frozen=True, slots=True)
class CounterfactualRefusal:
    """Why no formula can be given.

    Attributes:
        reason: in words.
        witness: what proves it: ``{"kind": "conflict", "variable", "values", "district", "reader",
            "edges"}`` (a district of hidden common causes in which a variable is needed at two
            values: no data, no experiment tells it), ``{"kind": "hedge", ...}`` as in
            :class:`queries.causal.results.Refusal`, ``cycle`` or ``unoriented``.
        needs: what would help, in words.
        measure: each a set of pairs whose hidden common causes, measured, would do.
    """

    event: tuple[Term, ...]
    given: tuple[Term, ...]
    graph: str
    reason: str
    witness: Mapping[str, Any]
    needs: tuple[str, ...] = ()
    measure: tuple[tuple[tuple[str, str], ...], ...] = ()
    assumptions: tuple[str, ...] = field(default=())
    identified: ClassVar[bool] = False

    def __hash__(self) -> int:
        return hash((self.event, self.given, self.graph, self.reason))

    @property
    def query(self) -> str:
        """What was asked."""
        return question(self.event, self.given)

    @property
    def explanation(self) -> str:
        """One paragraph for people."""
        helps = f" What would help: {'; '.join(self.needs)}." if self.needs else ""
        return f"{in_words(self.event, self.given)}. {self.reason}{helps}"

    def raise_(self) -> NoReturn:
        """Raise :class:`~graph.errors.RefusedError` with the reason."""
        raise RefusedError(self.reason, where=self.query, hint="; ".join(self.needs[:2]) or None)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "identified": False,
            "query": self.query,
            "event": [t.to_json() for t in self.event],
            "given": [t.to_json() for t in self.given],
            "graph": self.graph,
            "reason": self.reason,
            "witness": dict(self.witness),
            "needs": list(self.needs),
            "measure": [[list(pair) for pair in group] for group in self.measure],
            "explanation": self.explanation,
            "assumptions": list(self.assumptions),
        }


def question(event: tuple[Term, ...], given: tuple[Term, ...]) -> str:
    """Return ``P(event | given)``."""
    return f"P({terms_text(event)}{' | ' + terms_text(given) if given else ''})"


def in_words(event: tuple[Term, ...], given: tuple[Term, ...]) -> str:
    """Return a question in words: ``Among units whose X is 0: how likely it is that ...``."""
    asked = " and ".join(_clause(t) for t in event)
    text = f"how likely it is that {asked}" if all(t.value for t in event) else f"how {asked}"
    if not given:
        return text[0].upper() + text[1:]
    return f"Among units where {' and '.join(_clause(t) for t in given)}: {text}"


def _clause(term: Term) -> str:
    value = "would be distributed" if term.value is None else f"would be {term.value}"
    if not term.do:
        return f"{term.variable} is {'distributed' if term.value is None else term.value}"
    return f"{term.variable} {value} if {_settings(term)}"


def _settings(term: Term) -> str:
    each = []
    for name, held in term.do:
        if not isinstance(held, Term):
            each.append(f"{name} were {held}")
        elif held.do:
            each.append(f"{name} were what it would be if {_settings(held)}")
        else:
            each.append(f"{name} were what it is")
    return " and ".join(each)


def _latex(terms: tuple[Term, ...]) -> str:
    def one(term: Term) -> str:
        text = latex_name(term.variable)
        if term.do:
            text += "_{" + ", ".join(side(k, v) for k, v in term.do) + "}"
        return text if term.value is None else f"{text}={term.value}"

    def side(name: str, value: str | Term) -> str:
        if isinstance(value, Term):
            return one(value)
        return f"{latex_name(name)}={value}"

    return ", ".join(map(one, terms))
