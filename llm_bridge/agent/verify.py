"""An attempt to refute an answer before it is given: rules and data only, no language model.

For what the literature says: evidence of the opposite sign or against, the reverse direction, and how few
sources it rests on. For a number: another valid adjustment set must give the same (a Hausman-type
comparison), and outcomes that the graph says the treatment cannot change must not seem to (negative
controls: Lipsitch, Tchetgen Tchetgen & Cohen, Epidemiology 2010). An answer is not rewritten by this;
what was found stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from graph.causal import CausalGraph
from graph.dataset import Dataset, read_table
from graph.errors import EtiographError
from graph.model import Status
from graph.store import Store
from llm_bridge.claims import Answer, Claim, ClaimKind, Verdict
from llm_bridge.facts import Facts

__all__ = ["Challenge", "refute"]

_MOST_CANDIDATES = 8
_CRITICAL = 3.0
"""Standard errors from which a difference counts: several things are tried, so more than two."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """One attempt: ``held`` is False where it succeeded, None where it could not be made."""

    name: str
    held: bool | None
    text: str

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"name": self.name, "held": self.held, "text": self.text}


def refute(store: Store, answer: Answer) -> tuple[Challenge, ...]:
    """Try to refute an answer.

    Raises:
        StoreError: if the store cannot be read.
    """
    facts = Facts(store)
    found: list[Challenge] = []
    for claim in answer.claims:
        if claim.kind is ClaimKind.VERDICT:
            found += _literature(facts, answer, claim)
        elif claim.kind is ClaimKind.EFFECT and claim.estimand is not None:
            found += _number(store, claim)
    return tuple(dict.fromkeys(found))


def _literature(facts: Facts, answer: Answer, claim: Claim) -> Iterable[Challenge]:
    tally, _ = facts.tally(facts.between(claim.cause, claim.effect))
    x, y = claim.cause_name, claim.effect_name
    against = tally.denies(claim.sign) if claim.sign else set()
    told = claim.verdict in (Verdict.CONTESTED, Verdict.OPPOSED)
    if claim.sign:
        weak = len(_against_by_algorithm(facts, claim)) + len(tally.proposes(-claim.sign))
        yield Challenge(
            "opposite evidence",
            told or not against,
            (
                f"{len(against)} sources speak against it, and the answer says so."
                if against and told
                else f"{len(against)} sources speak against it, which the answer does not say."
                if against
                else "No source in this graph says the opposite or denies it"
                + (f", except {weak} result{'s' * (weak > 1)} of algorithms." if weak else ".")
            ),
        )
    reverse = [s for s in facts.store.statements_between([claim.effect], [claim.cause]) if s.causal]
    firm = [s for s in reverse if facts.reading(s).support]
    yield Challenge(
        "reverse direction",
        not firm,
        f"The graph also says that {y} acts on {x}: the two may drive each other."
        if firm
        else f"Nothing in this graph says that {y} acts on {x}.",
    )
    if claim.verdict in (Verdict.SUPPORTED, Verdict.UNSIGNED):
        yield Challenge(
            "one source",
            (claim.n or 0) > 1,
            "It rests on one source only."
            if (claim.n or 0) <= 1
            else f"It rests on {claim.n} sources.",
        )


def _against_by_algorithm(facts: Facts, claim: Claim) -> set[str]:
    """Evidence of algorithms that denies the claim; it counts for no source, but is told."""
    return {
        e.id
        for s in facts.between(claim.cause, claim.effect)
        if s.causal and s.sign in (0, claim.sign) and s.status is not Status.REFUTED
        for e in facts.reading(s).against
        if e.rung.by_algorithm
    }


def _number(store: Store, claim: Claim) -> Iterable[Challenge]:
    record = claim.estimand
    assert record is not None
    held = next((d for d in store.datasets() if d.id == claim.dataset), None)
    if held is None or not held.path:
        return [Challenge("data", None, f"{claim.dataset_name} cannot be read again.")]
    try:
        data = Dataset(read_table(held.path), held.variables, name=held.name, path=held.path)
    except EtiographError as error:
        return [Challenge("data", None, f"{claim.dataset_name} cannot be read: {error.message}.")]
    if data.hash != claim.data_hash:
        return [Challenge("data", False, f"{claim.dataset_name} has changed since.")]
    columns = sorted(c for c, _ in record.entities)
    graph = CausalGraph.from_edges(((a, m, b) for a, m, b, _ in record.edges), nodes=columns)
    if graph.has_cycle:
        return [Challenge("other adjustment", None, "The graph has a feedback loop.")]
    return [
        _other_adjustment(data, graph, claim, columns),
        *_negative_controls(data, graph, claim, columns),
    ]


def _other_adjustment(
    data: Dataset, graph: CausalGraph, claim: Claim, columns: list[str]
) -> Challenge:
    from queries.causal.adjustment import forbidden, is_valid
    from queries.causal.bits import BitGraph

    record = claim.estimand
    assert record is not None
    g = BitGraph.of(graph)
    x, y = g.mask([record.treatment]), g.mask([record.outcome])
    never = set(g.named(forbidden(g, x, y)))
    free = [c for c in columns if c not in never][:_MOST_CANDIDATES]
    used = frozenset(record.adjustment)
    others = [
        set(z)
        for size in range(len(free), -1, -1)
        for z in combinations(free, size)
        if frozenset(z) != used and is_valid(g, x, y, g.mask(z))
    ]
    if not others:
        return Challenge("other adjustment", None, "No other adjustment set is valid.")
    other = sorted(others[0])
    found = _slope(data, record.treatment, record.outcome, other)
    if found is None or claim.value is None or claim.std_error is None:
        return Challenge("other adjustment", None, "It cannot be computed from these rows.")
    value, error = found
    value *= claim.direction
    gap = abs(value - claim.value)
    held = gap <= _CRITICAL * float(np.hypot(error, claim.std_error))
    named = ", ".join(other) or "nothing"
    return Challenge(
        "other adjustment",
        held,
        f"Adjusted for {named} instead, the effect is {value:.4g} "
        f"({'the same within chance' if held else 'another than claimed: the graph or the model is wrong'}).",
    )


def _negative_controls(
    data: Dataset, graph: CausalGraph, claim: Claim, columns: list[str]
) -> Iterable[Challenge]:
    record = claim.estimand
    assert record is not None
    x, adjusted = record.treatment, list(record.adjustment)
    changed = graph.descendants([x])
    controls = [
        c
        for c in columns
        if c not in changed
        and c not in adjusted
        and c != x
        and graph.m_separated([x], [c], adjusted)
    ]
    if not controls:
        yield Challenge(
            "negative control",
            None,
            "No measured outcome is known to be out of reach of the cause.",
        )
    for control in controls[:3]:
        found = _slope(data, x, control, adjusted)
        if found is None:
            continue
        value, error = found
        held = abs(value) <= _CRITICAL * error
        yield Challenge(
            "negative control",
            held,
            f"{control}, which {x} cannot change by the graph, "
            f"{'does not seem to change with it' if held else 'seems to change with it: a common cause may be missing'} "
            f"({value:.3g}, standard error {error:.2g}).",
        )


def _slope(data: Dataset, x: str, y: str, adjusted: Iterable[str]) -> tuple[float, float] | None:
    """Least-squares coefficient of ``x`` and its heteroscedasticity-robust (HC1) standard error."""
    names = [x, *adjusted, y]
    try:
        table = data.frame[names].dropna().to_numpy(dtype=float)
    except (ValueError, TypeError):
        return None  # a column of words: this check is for numbers
    n, k = len(table), len(names)
    if n <= k + 2:
        return None
    design = np.column_stack([np.ones(n), table[:, :-1]])
    if np.linalg.matrix_rank(design) < k:
        return None
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ table[:, -1]
    rest = table[:, -1] - design @ beta
    meat = (design * rest[:, None] ** 2).T @ design
    variance = inverse @ meat @ inverse * n / (n - k)
    return float(beta[1]), float(np.sqrt(variance[1, 1]))
