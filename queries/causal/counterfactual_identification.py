"""Counterfactual questions: "what would Y have been, for those with X = x', had X been x?"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Literal

from graph.causal import CausalGraph
from graph.errors import UsageError
from queries.causal.algorithm import Hedge
from queries.causal.bits import BitGraph, bits
from queries.causal.counterfactual_algorithm import (
    Conflict,
    Found,
    Symbols,
    identify_counterfactual,
)
from queries.causal.counterfactual_audit import audit_counterfactual
from queries.causal.counterfactual_expression import Difference, Zero, divided
from queries.causal.counterfactual_results import (
    CounterfactualEstimand,
    CounterfactualRefusal,
    question,
)
from queries.causal.counterfactual_terms import Term, check_terms, parse_terms
from queries.causal.expression import ONE
from queries.causal.question import consistent, graph_is_right
from queries.causal.refusal import hedge_witness, tied_tree, without_pairs

__all__ = ["Answer", "Event", "counterfactual"]

Answer = CounterfactualEstimand | CounterfactualRefusal
Event = str | Term | Iterable[str | Term]
Terms = tuple[Term, ...]
MOST_PAIRS = 2
BUDGET = 400
"""graphs looked at in the search for what to measure"""
MOST_NEEDS = 4


def counterfactual(
    graph: CausalGraph,
    event: Event,
    given: Event = (),
    *,
    experiments: Literal["all"] | Iterable[str | Iterable[str]] = (),
    binary: Iterable[str] = (),
) -> Answer:
    """Return the formula of P(event | given) for counterfactual events, or why there is none.

    ``counterfactual(g, "Y[X=1]=1", "X=0, Y=0")`` asks how likely Y would have been 1, had X been 1,
    for those with X = 0 and Y = 0. See :mod:`queries.causal.counterfactual_terms` for the notation.

    Complete for acyclic graphs with hidden common causes, without assumptions on the number of values:
    a refusal means that two models fit all the data and differ in the answer. Every formula is audited
    (:mod:`queries.causal.counterfactual_audit`).

    Args:
        graph: DAG, ADMG, or any graph whose part above the question is one.
        event: what is asked; terms without a value ask for a distribution.
        given: what is known.
        experiments: sets of variables that were set together in an experiment, or ``all``; observation
            is used where it is enough.
        binary: variables known to have two values; the formula may then subtract.

    Raises:
        UsageError: for an unknown node, an event that cannot be read, a condition that never happens.
        CheckFailedError: if the audit finds the formula wrong (an error in etiograph).

    Source: see :mod:`queries.causal.counterfactual_algorithm`.
    """
    asked, known = parse_terms(event), parse_terms(given)
    check_terms(graph, asked, known)
    two = tuple(sorted({graph.nodes[i] for i in graph.indices(tuple(binary))}))
    if isinstance(experiments, str):
        if experiments != "all":
            raise UsageError("experiments is 'all', or a list of what was set in each", hint="Such as [['X'], ['X', 'Z']].")  # fmt: skip
        done = None
    else:
        groups = ((e,) if isinstance(e, str) else tuple(e) for e in experiments)
        done = tuple(sorted({tuple(graph.nodes[i] for i in graph.indices(e)) for e in groups if e}))
    return _answer(graph, asked, known, done, two)


@lru_cache(maxsize=2048)
def _answer(
    graph: CausalGraph,
    event: Terms,
    given: Terms,
    experiments: tuple[tuple[str, ...], ...] | None,
    binary: tuple[str, ...],
) -> Answer:
    named = {n for t in (*event, *given) for p in t.walk() for n in (p.variable, *dict(p.do))}
    above = graph.subgraph(graph.ancestors(tuple(named)))
    if above.undirected or above.circle or above.has_cycle:
        return _unfit(graph, above, event, given)
    g = BitGraph.of(above)
    known = set(g.names)
    trials = None if experiments is None else [g.mask(set(e) & known) for e in experiments]
    symbols = Symbols(g)
    found, subtracted = _attempt(g, event, given, symbols, trials, binary)
    if not isinstance(found, Found):
        return _refused(graph, g, found, event, given, trials)
    tree = found.expression
    method = "impossible" if isinstance(tree, Zero) else "certain" if tree == ONE else "formula"
    used = tuple(sorted(subtracted))
    if used:
        method = "complement"
    audit = audit_counterfactual(g, event, given, tree, symbols, binary=used)
    written = {*tree.variables, *symbols.label_of}
    return CounterfactualEstimand(
        event,
        given,
        graph.hash,
        method,
        tree,
        {s: (symbols.variable_of.get(s, s), symbols.label_of.get(s)) for s in sorted(written)},
        found.experiments,
        used,
        assumptions_of_worlds(graph, event, given, used, found.experiments),
        audit,
    )


def _attempt(
    g: BitGraph,
    event: Terms,
    given: Terms,
    symbols: Symbols,
    experiments: Sequence[int] | None,
    binary: tuple[str, ...],
) -> tuple[Found | Hedge | Conflict, set[str]]:
    """The formula, and the two-valued variables that had to be used as such."""
    first = identify_counterfactual(g, event, given, symbols, experiments)
    if isinstance(first, Found) or not binary:
        return first, set()
    labels: dict[str, set[str]] = {}
    for term in (*event, *given):
        for part in term.walk():
            sides = [(k, v) for k, v in part.do if not isinstance(v, Term)]
            for name, label in (*sides, *([(part.variable, part.value)] if part.value else ())):
                labels.setdefault(name, set()).add(str(label))
    others = {v: pair for v in binary if len(pair := labels.get(v, set())) == 2}
    used: set[str] = set()

    def joint(terms: Terms, depth: int) -> Found | None:
        found = identify_counterfactual(g, terms, (), symbols, experiments)
        if isinstance(found, Found):
            return found
        if depth == 0:
            return None
        for k, term in enumerate(terms):
            if term.value is None or term.variable not in others:
                continue
            rest = (*terms[:k], *terms[k + 1 :])
            other = next(iter(others[term.variable] - {term.value}))
            flipped = (*terms[:k], Term(term.variable, other, term.do), *terms[k + 1 :])
            part = joint(flipped, depth - 1)
            whole = joint(rest, depth - 1) if part and rest else Found(ONE)
            if part and whole:
                used.add(term.variable)
                both = tuple(sorted({*whole.experiments, *part.experiments}))
                return Found(Difference(whole.expression, part.expression), both)
        return None

    top = joint((*given, *event), 2)
    below = joint(given, 2) if given and top else Found(ONE)
    if top is None or below is None:
        return first, set()
    both = tuple(sorted({*top.experiments, *below.experiments}))
    return Found(divided(top.expression, below.expression), both), used


def _refused(
    graph: CausalGraph,
    g: BitGraph,
    stuck: Hedge | Conflict,
    event: Terms,
    given: Terms,
    experiments: Sequence[int] | None,
) -> CounterfactualRefusal:
    asked = question(event, given)
    needs: list[str] = []
    if isinstance(stuck, Conflict):
        name, reader = g.names[stuck.variable], g.names[stuck.reader]
        one, two = stuck.symbols
        tied = sorted(g.named(stuck.district))
        pairs = tied_tree(g, stuck.district, stuck.district) if len(tied) > 1 else []
        summed = one not in _labels(event, given) or two not in _labels(event, given)
        what = "at two values at once" if summed else f"both as {one} and as {two}"
        if stuck.variable == stuck.reader and len(tied) == 1:
            reason = (
                f"{asked} cannot be computed from any data under this graph alone: it needs {name} {what} "
                "in one and the same unit, and each unit shows it once only."
            )
        else:
            where = "" if reader == name else f" ({reader} sees the second)"
            reason = (
                f"{asked} cannot be computed from any data under this graph alone: it needs {name} {what}"
                f"{where} for the same hidden causes of {_list(tied)}, and no unit shows both."
            )
        witness: dict[str, object] = {
            "kind": "conflict", "variable": name, "values": [one, two], "district": tied,
            "reader": reader, "edges": {"bidirected": pairs},
        }  # fmt: skip
        district = stuck.district
    else:
        witness = hedge_witness(g, stuck)
        pairs = witness["edges"]["bidirected"]  # type: ignore[index]
        tied = sorted(g.named(stuck.subforest))
        outside = sorted(g.named(g.union(g.pa, stuck.subforest) & ~stuck.subforest))
        shown = ", ".join(f"{a} and {b}" for a, b in pairs)
        reason = (
            f"{asked} cannot be computed from observation under this graph: hidden common causes "
            f"({shown}) mix what {_list(tied)} owe to {_list(outside)} with what they share."
        )
        needs.append(f"an experiment that sets {_list(outside)} and observes {_list(tied)}")
        district = stuck.forest
    measure = _measure(g, district, event, given, experiments)
    needs += [f"measure what {' and what '.join(f'{a} and {b}' for a, b in m)} have in common" for m in measure[:MOST_NEEDS]]  # fmt: skip
    if isinstance(stuck, Conflict):
        needs += _two_valued(g, event, given, experiments)
        asked_of = {t.variable for t in event}
        if stuck.variable == stuck.reader and g.names[stuck.variable] in asked_of:
            needs.append(
                "bounds instead, where the data are discrete: of one unit (--unit and --do), or of the cause (etiograph bound --causation)"
            )
    return CounterfactualRefusal(
        event, given, graph.hash, reason, witness, tuple(needs), tuple(measure),
        assumptions_of_worlds(graph, event, given, (), ()),
    )  # fmt: skip


def _two_valued(
    g: BitGraph, event: Terms, given: Terms, experiments: Sequence[int] | None
) -> list[str]:
    """What would be enough if a variable has two values only."""
    found = []
    for name in _conflicting(event, given):
        for trials, extra in ((experiments, ""), (None, "")):
            answer, used = _attempt(g, event, given, Symbols(g), trials, (name,))
            if isinstance(answer, Found) and used:
                if trials is None and experiments is not None:
                    done = " and ".join(f"sets {_list(e)}" for e in answer.experiments)
                    extra = f", and an experiment that {done}"
                found.append(f"know that {name} has two values only{extra}")
                break
    return found


def _labels(event: Terms, given: Terms) -> set[str]:
    """Symbols of named values, in every way that they may be shown."""
    found: set[str] = set()
    for name, label in _values(event, given):
        found |= {label, f"{name}={label}"}
    return found


def _values(event: Terms, given: Terms) -> set[tuple[str, str]]:
    found = set()
    for term in (*event, *given):
        for part in term.walk():
            if part.value is not None:
                found.add((part.variable, part.value))
            found |= {(k, v) for k, v in part.do if not isinstance(v, Term)}
    return found


def _conflicting(event: Terms, given: Terms) -> list[str]:
    """Variables that are named with exactly two values."""
    counts: dict[str, int] = {}
    for name, _ in _values(event, given):
        counts[name] = counts.get(name, 0) + 1
    return sorted(n for n, c in counts.items() if c == 2)


def _measure(
    g: BitGraph, district: int, event: Terms, given: Terms, experiments: Sequence[int] | None
) -> list[tuple[tuple[str, str], ...]]:
    """Smallest sets of bidirected edges, at most two, without which there is a formula."""
    edges = [(i, j) for i in bits(g.all) for j in bits(g.sib[i]) if i < j]
    # those of the district at hand first: one of them must go
    inside = [e for e in edges if district >> e[0] & 1 and district >> e[1] & 1]
    looked = 0
    for size in range(1, MOST_PAIRS + 1):
        found: list[tuple[tuple[str, str], ...]] = []
        for gone in combinations(edges, size):
            if not set(gone) & set(inside):
                continue
            looked += 1
            if looked > BUDGET:
                return found
            less = without_pairs(g, frozenset(gone))
            if isinstance(
                identify_counterfactual(less, event, given, Symbols(less), experiments), Found
            ):
                pairs = (sorted((g.names[i], g.names[j])) for i, j in gone)
                found.append(tuple(sorted((a, b) for a, b in pairs)))
        if found:
            return sorted(found)
    return []


def _unfit(
    graph: CausalGraph, above: CausalGraph, event: Terms, given: Terms
) -> CounterfactualRefusal:
    asked = question(event, given)
    if above.undirected or above.circle:
        open_ = [list(e) for e in above.edges if e[1] not in ("-->", "<->")]
        shown = ", ".join(" ".join(e) for e in open_[:4])
        return CounterfactualRefusal(
            event, given, graph.hash,
            f"{asked} is not answered: the direction of {shown} is not known.",
            {"kind": "unoriented", "edges": open_},
            ("orient these edges, or ask about a member of the class",),
        )  # fmt: skip
    loop = above.find_cycle() or []
    return CounterfactualRefusal(
        event, given, graph.hash,
        f"{asked} is not answered: the graph has the feedback loop {' -> '.join([*loop, *loop[:1]])} "
        "among the variables that matter, and no edge is dropped to break it.",
        {"kind": "cycle", "loop": loop},
        (f"measure {_list(sorted(loop))} at several times, so that the loop can be unrolled",),
    )  # fmt: skip


def assumptions_of_worlds(
    graph: CausalGraph,
    event: Terms,
    given: Terms,
    binary: tuple[str, ...],
    experiments: tuple[tuple[str, ...], ...],
) -> tuple[str, ...]:
    """Return what must hold for a counterfactual formula to be right, in words."""
    found = [graph_is_right(graph)]
    held = tuple(sorted({k for t in (*event, *given) for p in t.walk() for k, _ in p.do}))
    if held:
        found.append(f"{consistent(held)}, the rest responds the same, and one unit's value does not act on another unit.")  # fmt: skip
    worlds = {p.do for t in (*event, *given) for p in t.walk()}
    if len(worlds) > 1:
        found.append(
            "Each unit brings the same hidden causes and the same chance to every world, and those of "
            "variables without a hidden common cause are independent in all worlds together; no "
            "experiment can check this."
        )
    found.append("Every combination of values that the formula conditions on occurs.")
    if binary:
        found.append(f"{_list(binary)} {'have' if len(binary) > 1 else 'has'} two values only.")
    found += [f"The experiment that sets {', '.join(e)} was done in the same population." for e in experiments]  # fmt: skip
    return tuple(found)


def _list(names: Iterable[str]) -> str:
    shown = list(names)
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
