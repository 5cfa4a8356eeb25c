"""Effects and distributions from rows that were selected, or in which values are missing.

A selection indicator is a node of the graph: only units with the value 1 are seen (Bareinboim, Tian and
Pearl, AAAI 2014; Bareinboim and Tian, AAAI 2015). A missing variable has an indicator of its own that is 1
where it was recorded (m-graphs: Mohan and Pearl, JASA 116:1023, 2021). Formulas are derived by
:mod:`queries.causal.derivation` and audited.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from graph.causal import CausalGraph
from graph.errors import UsageError
from queries.causal.audit import audit
from queries.causal.bits import BitGraph
from queries.causal.derivation import BUDGET, Derivation, State, derive
from queries.causal.expression import Expression
from queries.causal.question import Names, assumptions_of
from queries.causal.refusal import recovery_refusal
from queries.causal.results import Audit, Estimand, Refusal

__all__ = ["recover"]

LARGEST = 12
"""nodes that matter, indicators included"""


def recover(
    graph: CausalGraph,
    treatment: Names,
    outcome: Names,
    given: Names = (),
    *,
    selection: Names = (),
    missing: Mapping[str, str] | None = None,
    unbiased: Iterable[Names] = (),
    experiments: Iterable[Names] = (),
    budget: int = BUDGET,
) -> Estimand | Refusal:
    """Return the formula of P(outcome | do(treatment), given) of all units, from what was recorded of some.

    Without a treatment the distribution P(outcome | given) itself is recovered.

    Args:
        graph: acyclic, with the indicators as nodes.
        treatment: nodes that are set, or none.
        outcome: one or more nodes asked about.
        given: nodes conditioned on.
        selection: indicator nodes; only units with 1 at all of them are seen.
        missing: variable -> the indicator node that is 1 where the variable was recorded.
        unbiased: sets of variables whose joint distribution among all units is known from elsewhere
            (a census).
        experiments: each the nodes that an experiment sets, its units selected and recorded as the others.
        budget: distributions that the search may reach.

    Raises:
        UsageError: for unknown nodes, a node in two roles, a cyclic graph or one with undirected edges, more
            than 12 nodes that matter, an indicator that causes something else than indicators.
        CheckFailedError: if the audit finds the formula wrong (an error in etiograph).
    """
    x, y, z = (tuple(graph.nodes[i] for i in graph.indices(n)) for n in (treatment, outcome, given))
    chosen = tuple(graph.nodes[i] for i in graph.indices(selection))
    gaps = dict(sorted((missing or {}).items()))
    graph.indices(gaps)
    graph.indices(gaps.values())
    margins = [tuple(graph.nodes[i] for i in graph.indices(u)) for u in unbiased]
    trials = [tuple(graph.nodes[i] for i in graph.indices(e)) for e in experiments]
    _check(graph, x, y, z, chosen, gaps)
    named = {*x, *y, *z, *chosen, *gaps.values(), *(n for s in (*margins, *trials) for n in s)}
    part = graph.subgraph(graph.ancestors(sorted(named)))
    if len(part.nodes) > LARGEST:
        raise UsageError(
            f"{len(part.nodes)} variables matter, and formulas are searched for up to {LARGEST}",
            hint="Project variables out, or ask about a part of the graph.",
        )
    g = BitGraph.of(part)
    s, r = g.mask(chosen), g.mask(gaps.values())
    goal = State(g.mask(y), g.mask(x), g.mask(z))
    known = _known(g, s, {v: i for v, i in gaps.items() if v in part}, margins, trials)
    found = derive(g, goal, known, indicators=s | r, budget=budget)
    if found.expression is None:
        return recovery_refusal(graph, x, y, z, chosen, gaps, found.exhaustive, found.reached)
    return Estimand(
        treatment=x,
        outcome=y,
        given=z,
        method="recovery",
        adjustment=(),
        graph=graph.hash,
        expression=found.expression,
        assumptions=(
            *assumptions_of(graph, x or y, y, z, "general", ()),
            *(f"Only units with {n} = 1 are seen, whatever else is known of them." for n in chosen),
            *(
                f"{v} is recorded exactly where {i} = 1, and recorded as it is."
                for v, i in gaps.items()
            ),
            *(f"The distribution of {', '.join(m)} among all units is known." for m in margins),
        ),
        audit=_audit(g, goal, found, s | r),
    )


def _audit(g: BitGraph, goal: State, found: Derivation, indicators: int) -> Audit:
    assert isinstance(found.expression, Expression)
    return audit(g, goal.b, goal.a, goal.c, found.expression, selection=(indicators, 0))


def _check(
    graph: CausalGraph, x: tuple[str, ...], y: tuple[str, ...], z: tuple[str, ...],
    chosen: tuple[str, ...], gaps: Mapping[str, str],
) -> None:  # fmt: skip
    if graph.undirected or graph.circle or graph.has_cycle:
        raise UsageError(
            "selection and missing values need an acyclic graph with all edges directed"
        )
    if not y:
        raise UsageError("a question needs at least one outcome")
    if not chosen and not gaps:
        raise UsageError("no selection and nothing missing: this is a question for identify")
    roles = [*x, *y, *z]
    if len(set(roles)) < len(roles):
        raise UsageError(f"{next(n for n in roles if roles.count(n) > 1)!r} stands in two roles")
    indicators = [*chosen, *gaps.values()]
    if len(set(indicators)) < len(indicators):
        raise UsageError("every missing variable and every selection needs an indicator of its own")
    if both := sorted(set(indicators) & {*roles, *gaps}):
        raise UsageError(f"{both[0]!r} is an indicator and something else")
    for n in indicators:
        if wrong := sorted(set(graph.children(n)) - set(indicators)):
            raise UsageError(
                f"the indicator {n!r} causes {wrong[0]!r}",
                hint="Indicators say what was recorded; they act on nothing but other indicators.",
            )


def _known(
    g: BitGraph,
    s: int,
    gaps: Mapping[str, str],
    margins: list[tuple[str, ...]],
    trials: list[tuple[str, ...]],
) -> list[tuple[State, str]]:
    """What the recorded rows tell: for every set of missing variables their distribution where they are
    recorded."""
    r = g.mask(gaps.values())
    always = g.all & ~s & ~r & ~g.mask(gaps)
    found: list[tuple[State, str]] = []
    for trial in [(), *trials]:
        fixed = g.mask(trial)
        for size in range(len(gaps), -1, -1):
            for some in combinations(gaps, size):
                recorded = g.mask(gaps[v] for v in some)
                a = (always | g.mask(some) | r) & ~fixed
                found.append((State(a, fixed, s, s | recorded), ""))
    found += [(State(g.mask(margin), 0, 0), "") for margin in margins]
    return [(state, population) for state, population in found if state.a]
