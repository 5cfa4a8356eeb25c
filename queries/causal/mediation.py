"""Parts of an effect: direct, indirect, along some paths only, in those who were treated.

Natural effects: Pearl, Direct and Indirect Effects, UAI 2001; path-specific effects and the recanting
witness: Avin, Shpitser and Pearl, IJCAI 2005; with hidden common causes (edge g-formula, recanting
district): Shpitser, Cognitive Science 37:1011 (2013). All are counterfactual distributions, identified
by :mod:`queries.causal.counterfactual_identification`, which is complete for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from graph.causal import CausalGraph
from graph.errors import UsageError
from queries.causal import adjustment
from queries.causal.bits import BitGraph
from queries.causal.counterfactual_identification import (
    Answer,
    assumptions_of_worlds,
    counterfactual,
)
from queries.causal.counterfactual_results import CounterfactualEstimand, CounterfactualRefusal
from queries.causal.counterfactual_terms import Term
from queries.causal.mediation_results import EffectPart, EffectPartRefusal

__all__ = [
    "controlled_direct_effect",
    "effect_on_treated",
    "natural_effects",
    "path_specific_effect",
    "total_effect",
]

Part = EffectPart | EffectPartRefusal
Names = str | Iterable[str]
MOST_MEDIATORS = 5


def natural_effects(
    graph: CausalGraph,
    treatment: str,
    outcome: str,
    mediators: Names,
    *,
    active: object = 1,
    baseline: object = 0,
    binary: Iterable[str] = (),
) -> dict[str, Part]:
    """Return the ``direct``, ``indirect`` and ``total`` effect; total = direct + indirect.

    Direct: E(Y[X=1, M=M[X=0]]) - E(Y[X=0]); indirect: E(Y[X=1]) - E(Y[X=1, M=M[X=0]]) (the total
    indirect effect).

    Args:
        mediators: one or more nodes, taken together.
        active, baseline: labels of the treatment's values.
        binary: variables known to have two values.

    Raises:
        UsageError: for an unknown node, or one in two roles.
    """
    x, y, m, one, zero = _checked(graph, treatment, outcome, mediators, active, baseline)
    kept = {n: Term.make(n, None, {x: zero}) for n in m}
    whole = Term.make(y, None, {x: one})
    none = Term.make(y, None, {x: zero})
    mixed = Term.make(y, None, {x: one, **kept})

    def ask(term: Term) -> Answer:
        return counterfactual(graph, term, binary=binary)

    first = ask(mixed)
    if isinstance(first, CounterfactualRefusal) and len(m) < MOST_MEDIATORS:
        first = _with_more_mediators(graph, x, y, m, one, zero, first)
    covariates = _mediation_set(graph, x, y, m)
    args = (graph, x, y, one, zero, m)
    name = "mediation formula"
    return {
        "direct": _part("natural direct", *args, name, covariates, first, ask(none)),
        "indirect": _part("natural indirect", *args, name, covariates, ask(whole), first),
        "total": total_effect(graph, x, y, active=one, baseline=zero, binary=binary),
    }


def _with_more_mediators(
    graph: CausalGraph,
    x: str,
    y: str,
    m: tuple[str, ...],
    one: str,
    zero: str,
    refused: CounterfactualRefusal,
) -> CounterfactualRefusal:
    """The refusal, with the mediator that would help if taken along."""
    between = graph.descendants((x,)) & graph.ancestors((y,)) - {x, y, *m}
    for node in sorted(between):
        kept = {n: Term.make(n, None, {x: zero}) for n in (*m, node)}
        if counterfactual(graph, Term.make(y, None, {x: one, **kept})).identified:
            need = f"take {node} as a mediator too, and ask for the effect through {', '.join((*m, node))}"
            return replace(refused, needs=(*refused.needs, need))
    return refused


def total_effect(
    graph: CausalGraph,
    treatment: str,
    outcome: str,
    *,
    active: object = 1,
    baseline: object = 0,
    binary: Iterable[str] = (),
) -> Part:
    """Return E(Y[X=1]) - E(Y[X=0])."""
    x, y, _, one, zero = _checked(graph, treatment, outcome, (), active, baseline)
    more = counterfactual(graph, Term.make(y, None, {x: one}), binary=binary)
    less = counterfactual(graph, Term.make(y, None, {x: zero}), binary=binary)
    covariates = _back_door_set(graph, (x,), y)
    return _part("total", graph, x, y, one, zero, (), "back-door", covariates, more, less)


def controlled_direct_effect(
    graph: CausalGraph,
    treatment: str,
    outcome: str,
    held: Mapping[str, object],
    *,
    active: object = 1,
    baseline: object = 0,
    binary: Iterable[str] = (),
) -> Part:
    """Return E(Y[X=1, M=m]) - E(Y[X=0, M=m]).

    Args:
        held: mediator -> label of the value that it is held at.

    Raises:
        UsageError: for an unknown node, one in two roles, or nothing held.
    """
    x, y, m, one, zero = _checked(graph, treatment, outcome, tuple(held), active, baseline)
    if not m:
        raise UsageError("a controlled direct effect needs a mediator that is held at a value")
    more = counterfactual(graph, Term.make(y, None, {x: one, **held}), binary=binary)
    less = counterfactual(graph, Term.make(y, None, {x: zero, **held}), binary=binary)
    through = tuple(f"{n} = {Term.make(n, held[n]).value}" for n in m)
    covariates = _back_door_set(graph, (x, *m), y)
    return _part("controlled direct", graph, x, y, one, zero, through, "back-door", covariates, more, less)  # fmt: skip


def effect_on_treated(
    graph: CausalGraph,
    treatment: str,
    outcome: str,
    *,
    active: object = 1,
    baseline: object = 0,
    binary: Iterable[str] = (),
) -> Part:
    """Return E(Y[X=1] | X=1) - E(Y[X=0] | X=1).

    Identified in more graphs than the back-door ones; with a two-valued treatment (``binary``) wherever
    the total effect is.

    Raises:
        UsageError: for an unknown node, or one in two roles.
    """
    x, y, _, one, zero = _checked(graph, treatment, outcome, (), active, baseline)
    known = Term.make(x, one)
    more = counterfactual(graph, Term.make(y, None, {x: one}), known, binary=binary)
    less = counterfactual(graph, Term.make(y, None, {x: zero}), known, binary=binary)
    covariates = _back_door_set(graph, (x,), y)
    return _part("on the treated", graph, x, y, one, zero, (), "back-door", covariates, more, less)


def path_specific_effect(
    graph: CausalGraph,
    treatment: str,
    outcome: str,
    paths: Sequence[str | Sequence[str]],
    *,
    active: object = 1,
    baseline: object = 0,
    binary: Iterable[str] = (),
) -> Part:
    """Return the effect along some directed paths only.

    On these the treatment counts as active, on all others as baseline.

    Args:
        paths: each a list of nodes from the treatment to the outcome, or text such as ``X -> M -> Y``.

    Raises:
        UsageError: for an unknown node, or a path that is not one of the graph.
    """
    x, y, _, one, zero = _checked(graph, treatment, outcome, (), active, baseline)
    walks = [_walk(graph, x, y, p) for p in paths]
    if not walks:
        raise UsageError("a path-specific effect needs a path", hint=f"Such as {x} -> {y}.")
    along = {walk[:k] for walk in walks for k in range(2, len(walk) + 1)}
    edges = {tuple(prefix[-2:]) for prefix in along}
    inside = graph.ancestors((y,)) & graph.descendants((x,))
    all_walks = _all_walks(graph, x, y, inside, edges)
    if left := sorted(all_walks - set(walks)):
        raise UsageError(
            f"the paths share edges with {' -> '.join(left[0])}, which is not among them",
            hint="An effect is split by edges: name that path too, or leave one out.",
        )
    terms: dict[str, Term] = {}
    for node in graph.topological_order():
        if node not in inside or node == x:
            continue
        do: dict[str, object] = {}
        for parent in graph.parents(node):
            if parent not in inside:
                continue
            on = (parent, node) in edges
            if parent == x:
                do[x] = one if on else zero
            else:
                do[parent] = terms[parent] if on else Term.make(parent, None, {x: zero})
        terms[node] = Term.make(node, None, do)
    more = counterfactual(graph, terms[y], binary=binary)
    less = counterfactual(graph, Term.make(y, None, {x: zero}), binary=binary)
    through = tuple(" -> ".join(w) for w in walks)
    return _part("path-specific", graph, x, y, one, zero, through, "edge g-formula", None, more, less)  # fmt: skip


def _walk(graph: CausalGraph, x: str, y: str, path: str | Sequence[str]) -> tuple[str, ...]:
    nodes = tuple(p.strip() for p in path.replace("-->", "->").split("->")) if isinstance(path, str) else tuple(path)  # fmt: skip
    graph.indices(nodes)
    if len(nodes) < 2 or nodes[0] != x or nodes[-1] != y:
        raise UsageError(f"the path {' -> '.join(nodes)} does not lead from {x} to {y}")
    for a, b in pairwise(nodes):
        if a not in graph.parents(b):
            raise UsageError(f"the graph has no edge {a} -> {b}", where=" -> ".join(nodes))
    return nodes


def _all_walks(
    graph: CausalGraph, x: str, y: str, inside: frozenset[str], edges: set[tuple[str, ...]]
) -> set[tuple[str, ...]]:
    """All directed paths made of these edges."""
    found: set[tuple[str, ...]] = set()
    stack: list[tuple[str, ...]] = [(x,)]
    while stack:
        walk = stack.pop()
        if walk[-1] == y:
            found.add(walk)
            continue
        stack += [(*walk, c) for c in graph.children(walk[-1]) if c in inside and (walk[-1], c) in edges]  # fmt: skip
    return found


def _checked(
    graph: CausalGraph, x: str, y: str, mediators: Names, active: object, baseline: object
) -> tuple[str, str, tuple[str, ...], str, str]:
    m = tuple(graph.nodes[i] for i in graph.indices(mediators))
    graph.indices((x, y))
    if x == y or {x, y} & set(m):
        name, roles = (x, "treatment and outcome") if x == y else (x, "treatment and mediator") if x in m else (y, "outcome and mediator")  # fmt: skip
        raise UsageError(f"{name!r} is both {roles}")
    one, zero = (str(Term.make(x, v).value) for v in (active, baseline))
    if one == zero:
        raise UsageError(f"both values of {x} are {one}: there is nothing to compare")
    return x, y, m, one, zero


def _part(
    kind: str,
    graph: CausalGraph,
    x: str,
    y: str,
    one: str,
    zero: str,
    through: tuple[str, ...],
    name: str,
    covariates: tuple[str, ...] | None,
    more: Answer,
    less: Answer,
) -> Part:
    for side in (more, less):
        if isinstance(side, CounterfactualRefusal):
            return _refused(kind, graph, x, y, one, zero, through, side)
    assert isinstance(more, CounterfactualEstimand)
    assert isinstance(less, CounterfactualEstimand)
    if covariates is None and name != "edge g-formula":
        name = "general formula"
    used = tuple(sorted({*more.binary, *less.binary}))
    assumptions = assumptions_of_worlds(
        graph, (*more.event, *less.event), (*more.given, *less.given), used, ()
    )
    return EffectPart(kind, x, y, one, zero, through, name, covariates, more, less, assumptions)


def _refused(
    kind: str,
    graph: CausalGraph,
    x: str,
    y: str,
    one: str,
    zero: str,
    through: tuple[str, ...],
    side: CounterfactualRefusal,
) -> EffectPartRefusal:
    witness = dict(side.witness)
    reason = side.reason
    if witness["kind"] == "conflict" and kind in ("natural direct", "natural indirect", "path-specific"):  # fmt: skip
        node, tied = witness["variable"], witness["district"]
        if witness["reader"] == node:
            witness |= {"recanting": "witness", "nodes": [node]}
            reason = (
                f"{node} is a recanting witness: {x} acts on {node}, and {node} acts on {y} both along "
                f"what is asked about and otherwise, so {node} would be needed as it is with {x} = {one} "
                f"and as it is with {x} = {zero} in one and the same unit."
            )
        else:
            witness |= {"recanting": "district", "nodes": tied}
            shown = ", ".join(f"{a} and {b}" for a, b in witness["edges"]["bidirected"])
            reason = (
                f"{', '.join(tied)} are a recanting district: hidden common causes ({shown}) tie them, and "
                f"one needs {node} as on the paths asked about, another as on the other paths, in one and "
                "the same unit."
            )
    return EffectPartRefusal(
        kind, x, y, one, zero, through, side.query, reason, witness, side.needs, side.assumptions
    )


def _acyclic(graph: CausalGraph, nodes: Iterable[str]) -> BitGraph | None:
    above = graph.subgraph(graph.ancestors(tuple(nodes)))
    return None if above.undirected or above.circle or above.has_cycle else BitGraph.of(above)


def _back_door_set(graph: CausalGraph, xs: tuple[str, ...], y: str) -> tuple[str, ...] | None:
    """A smallest set, unaffected by the treatments, with which units are compared."""
    g = _acyclic(graph, (*xs, y))
    if g is None:
        return None
    mx, my = g.mask(xs), g.mask((y,))
    found = adjustment.smallest(g, mx, my, allowed=g.all & ~g.descendants(mx))
    return None if found is None else tuple(sorted(g.named(found)))


def _mediation_set(
    graph: CausalGraph, x: str, y: str, m: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Covariates, unaffected by the treatment, with which the mediation formula holds: they leave
    nothing but the treatment's effect between it and mediators and outcome, and nothing but theirs
    between mediators and outcome (Pearl 2001, theorem 2)."""
    g = _acyclic(graph, (x, y, *m))
    if g is None:
        return None
    mx, my, mm = g.mask((x,)), g.mask((y,)), g.mask(m)
    allowed = g.all & ~g.descendants(mx) & ~mm & ~my
    first = adjustment.smallest(g, mx, my | mm, allowed=allowed)
    if first is None:
        return None
    second = adjustment.smallest(g, mx | mm, my, allowed=allowed, always=first)
    for chosen in (second, allowed & g.ancestors(mx | mm | my)):
        if chosen is None:
            continue
        if adjustment.is_valid(g, mx, my | mm, chosen) and adjustment.is_valid(g, mx | mm, my, chosen):  # fmt: skip
            return tuple(sorted(g.named(chosen)))
    return None
