"""From a causal graph and a question to a formula, or to a refusal that says what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal

from graph.causal import CausalGraph, GraphKind
from graph.causal_transform import acyclification
from queries.causal import adjustment, frontdoor, napkin
from queries.causal.algorithm import Hedge, identify_conditional
from queries.causal.audit import audit
from queries.causal.bits import BitGraph, bits
from queries.causal.expression import Expression, Probability, Product
from queries.causal.markov_class import identify_in_class
from queries.causal.question import Names, assumptions_of, checked_names
from queries.causal.recovery import recover
from queries.causal.refusal import cycle_refusal, hedge_refusal, unoriented_refusal
from queries.causal.results import Estimand, Refusal
from queries.causal.simplify import summed
from queries.causal.transport import transport

__all__ = ["identify"]


def identify(
    graph: CausalGraph,
    treatment: Names,
    outcome: Names,
    given: Names = (),
    *,
    loops: Literal["settle", "refuse"] = "settle",
    experiments: Iterable[Names] = (),
    selection: Names = (),
    missing: Mapping[str, str] | None = None,
) -> Estimand | Refusal:
    """Return the formula of P(outcome | do(treatment), given), or why there is none.

    Complete for acyclic graphs with hidden common causes (ADMGs): a refusal means that no formula
    exists. Of several formulas the most readable is given: none needed, back-door, front-door, then
    the general algorithm's, under its name where it has one (front-door among units alike, napkin). Every formula is audited (:mod:`queries.causal.audit`).

    A CPDAG, MAG or PAG stands for many graphs: the formula is one that holds in all of them, and a refusal
    lists the answers that its members have (:mod:`queries.causal.markov_class`).

    Feedback: where no treatment is part of a loop, the effect is that in the acyclic model of loops that
    have settled (:func:`graph.causal_transform.acyclification`), an assumption that the estimand states.
    A treatment inside a loop is refused, naming it. No edge is ever dropped.

    Args:
        graph: DAG, ADMG, CPDAG, MAG, PAG, or any graph whose part above the query is an ADMG.
        treatment: one or more nodes that are set.
        outcome: one or more nodes asked about.
        given: nodes conditioned on, after the intervention.
        loops: ``refuse`` every question that depends on a feedback loop.
        experiments: each the nodes that an experiment at hand sets, all others observed. They are used
            where observation alone is not enough; every factor names the experiment that it is of.
        selection: indicator nodes; only units with 1 at all of them are seen
            (:func:`queries.causal.recovery.recover`).
        missing: variable -> the indicator node that is 1 where it was recorded.

    Raises:
        UsageError: for an unknown node, no treatment or outcome, or a node in two roles.
        CheckFailedError: if the audit finds the formula wrong (an error in etiograph).
    """
    x, y, z = checked_names(graph, treatment, outcome, given)
    if selection or missing:
        return recover(
            graph, x, y, z, selection=selection, missing=missing, experiments=experiments
        )
    found = _identify(graph, x, y, z, loops == "settle")
    trials = [e for e in ((e,) if isinstance(e, str) else tuple(e) for e in experiments) if e]
    graph.indices([n for e in trials for n in e])
    if trials and not found.identified:
        return transport(graph, x, y, z, experiments=trials)
    return found


@lru_cache(maxsize=2048)
def _identify(
    graph: CausalGraph,
    x: tuple[str, ...],
    y: tuple[str, ...],
    z: tuple[str, ...],
    settle: bool,
) -> Estimand | Refusal:
    asked = (*x, *y, *z)
    if graph.kind in (GraphKind.CPDAG, GraphKind.MAG, GraphKind.PAG):
        return identify_in_class(graph, x, y, z)
    above = graph.subgraph(_possible_ancestors(graph, asked))
    if above.undirected or above.circle:
        return unoriented_refusal(graph, above, x, y, z)
    above = graph.subgraph(above.ancestors(asked))
    loops = above.strongly_connected() if above.has_cycle else ()
    if loops and (not settle or not set(x).isdisjoint(n for loop in loops for n in loop)):
        return cycle_refusal(graph, above, x, y, z)
    g = BitGraph.of(acyclification(above))
    mx, my, mz = g.mask(x), g.mask(y), g.mask(z)
    found = _readable(g, mx, my, mz)
    if found is None:
        formula = identify_conditional(g, mx, my, mz)
        if isinstance(formula, Hedge):
            return hedge_refusal(graph, g, formula, x, y, z)
        found = _named(g, mx, my, mz, formula) or ("general", (), formula)
    method, adjusted, formula = found
    return Estimand(
        treatment=x,
        outcome=y,
        given=z,
        method=method,
        adjustment=adjusted,
        graph=graph.hash,
        expression=formula,
        assumptions=assumptions_of(graph, x, y, z, method, adjusted, loops),
        audit=audit(g, mx, my, mz, formula),
        loops=loops,
    )


def _possible_ancestors(graph: CausalGraph, nodes: Iterable[str]) -> set[str]:
    """Nodes that cause one of ``nodes`` in some graph of the class."""
    into: dict[str, set[str]] = {n: set() for n in graph.nodes}
    for a, symbol, b in graph.edges:
        if symbol != "<->":
            into[b].add(a)
        if symbol in ("---", "o-o", "o--"):
            into[a].add(b)
    found = set(nodes)
    stack = list(found)
    while stack:
        fresh = into[stack.pop()] - found
        found |= fresh
        stack += fresh
    return found


def _readable(
    g: BitGraph, x: int, y: int, z: int
) -> tuple[str, tuple[str, ...], Expression] | None:
    """No effect, back-door or front-door, if one of them answers the query."""
    # what is set but is no cause once the other treatments are set does not matter (rule 3)
    acting = _acting(g, x, y | z)
    names = g.named(y)
    conditions = tuple(sorted(g.named(z)))
    silent = x & ~g.ancestors(z)
    if g.cut_into(silent).separated(x, y, z):
        blocker = None if z else adjustment.smallest(g, x, y)
        apart = tuple(sorted(g.named(blocker))) if blocker else ()
        return "no-effect", apart, Probability(names, conditions)
    if z & g.descendants(acting):
        return None
    usable = g.all & ~g.descendants(acting) if z else -1
    adjusted = adjustment.smallest(g, acting, y, allowed=usable, always=z)
    if adjusted is not None:
        held = tuple(sorted(g.named(adjusted & ~z)))
        inner = Probability(names, (*g.named(acting), *held, *conditions))
        apart = () if z else _unrelated(g, acting, y, adjusted)
        summed_ = tuple(n for n in held if n not in apart)
        weights = Probability(summed_, (*apart, *conditions))
        return "backdoor", held, summed(summed_, Product((inner, weights)) if summed_ else inner)
    if not z and (m := frontdoor.find(g, acting, y)) is not None:
        mediators = g.named(m)
        return "frontdoor", mediators, frontdoor.formula(g.named(acting), names, mediators)
    return None


def _unrelated(g: BitGraph, x: int, y: int, adjusted: int) -> tuple[str, ...]:
    """Members of an adjustment set that say nothing of ``y`` once ``x`` is set: any value of them will do, and
    need not be averaged over."""
    if adjusted.bit_count() < 2:
        return ()
    found, set_x = 0, g.cut_into(x)
    for i in bits(adjusted):
        if set_x.separated(found | 1 << i, y, 0):
            found |= 1 << i
    return g.named(found)


def _named(
    g: BitGraph, x: int, y: int, z: int, general: Expression
) -> tuple[str, tuple[str, ...], Expression] | None:
    """A form with a name that the general formula's variables have, if it is no longer."""
    if z:
        return None
    xs, ys = g.named(x), g.named(y)
    used = g.mask(general.variables & set(g.names)) & ~(x | y)
    instead = g.mask(general.free & set(g.names)) & ~(x | y)
    mediators = used & g.descendants(x)
    covariates = used & ~mediators & ~instead
    found: tuple[str, tuple[str, ...], Expression] | None = None
    if (held := napkin.find(g, x, y, instead)) is not None:
        names = g.named(held)
        found = "napkin", names, napkin.formula(xs, ys, g.named(instead), names)
    elif covariates and frontdoor.holds_within(g, x, y, mediators, covariates):
        m, w = g.named(mediators), g.named(covariates)
        found = "conditional-frontdoor", m, frontdoor.formula_within(xs, ys, m, w)
    return found if found and found[2].size <= general.size else None


def _acting(g: BitGraph, x: int, targets: int) -> int:
    """Treatments with a directed path to ``targets`` that meets no other treatment."""
    free = g.ancestors(targets, ~x)
    return sum(1 << i for i in bits(x) if g.ch[i] & free)
