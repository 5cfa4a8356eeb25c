"""Refusals: the witness in words, and the smallest pieces of evidence that would change the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from graph.causal import CausalGraph
from queries.causal.algorithm import Hedge, exchange, find_hedge
from queries.causal.bits import BitGraph, bits
from queries.causal.expression import Regime
from queries.causal.results import Refusal

__all__ = [
    "cycle_refusal",
    "hedge_refusal",
    "hedge_witness",
    "loop_refusal",
    "recovery_refusal",
    "sources_refusal",
    "tied_tree",
    "unoriented_refusal",
    "without_pairs",
]

Names = tuple[str, ...]
BUDGET = 3000
"""graphs looked at in the search for what to measure"""
MOST_PAIRS = 4
MOST_NEEDS = 5


def hedge_refusal(
    graph: CausalGraph, g: BitGraph, hedge: Hedge, x: Names, y: Names, z: Names
) -> Refusal:
    """Return the refusal of a query that hidden common causes make unanswerable."""
    my = g.mask(y)
    mx, mz = exchange(g, g.mask(x), my, g.mask(z))
    witness = hedge_witness(g, hedge)
    pairs = witness["edges"]["bidirected"]
    held = sorted(g.named(hedge.forest & mx)) or sorted(x)
    tied = ", ".join(f"{a} and {b}" for a, b in pairs)
    reason = (
        f"{_effect(x, y, z)} cannot be computed from observation under this graph: "
        f"hidden common causes ({tied}) tie {_list(held)} to {_list(witness['subforest'])}, so the "
        "same data fit different effects."
    )
    measure, complete = _measure(g, mx, my | mz)
    randomise = _randomise(g, mx, my, mz, g.mask(x))
    needs = [_measure_words(group) for group in measure[:MOST_NEEDS]]
    if not measure and not complete:
        needs.append(f"more than {MOST_PAIRS} hidden common causes would have to be measured")
    needs += [f"randomise {_list(group)}" for group in randomise[:MOST_NEEDS]]
    return Refusal(
        x, y, z, graph.hash, reason, witness, tuple(needs), tuple(measure), tuple(randomise)
    )


def sources_refusal(
    graph: CausalGraph,
    g: BitGraph,
    x: Names,
    y: Names,
    z: Names,
    part: int,
    forests: Sequence[tuple[Regime, int]],
    differs: Mapping[str, int],
) -> Refusal:
    """Return the refusal of a query that the sources at hand do not answer together."""
    names = _list(sorted(g.named(part)))
    told = [
        f"in {source} hidden common causes tie {names} to {_list(sorted(g.named(forest & ~part)))}"
        for source, forest in forests
    ]
    told += [
        f"{population} has other mechanisms of {_list(sorted(g.named(mask & part)))}"
        for population, mask in sorted(differs.items())
        if mask & part
    ]
    reason = (
        f"{_effect(x, y, z)} cannot be computed from the sources at hand: how {names} "
        f"answer{'s' if part.bit_count() == 1 else ''} to {'its' if part.bit_count() == 1 else 'their'} "
        f"causes is in none of them ({'; '.join(told) or 'every experiment sets part of it'})."
    )
    above = g.union(g.pa, part) & ~part
    needs = [f"an experiment that sets {_list(sorted(g.named(above)))}"] if above else []
    witness = {
        "kind": "sources",
        "district": sorted(g.named(part)),
        "forests": [
            {"population": s.population, "do": list(s.do), "forest": sorted(g.named(f))}
            for s, f in forests
        ],
    }
    return Refusal(x, y, z, graph.hash, reason, witness, tuple(needs))


def recovery_refusal(
    graph: CausalGraph,
    x: Names,
    y: Names,
    z: Names,
    selection: Names,
    missing: Mapping[str, str],
    exhaustive: bool,
    reached: int,
) -> Refusal:
    """Return the refusal of a query that selected or incomplete rows do not answer."""
    tied = []
    for indicator, of in [*((s, "") for s in selection), *((i, v) for v, i in missing.items())]:
        causes = sorted({*graph.parents(indicator), *graph.siblings(indicator)})
        what = f"{of} is recorded" if of else "a unit is seen"
        tied.append(
            f"whether {what} ({indicator}) answers to {_list(causes) if causes else 'nothing'}"
        )
    how = (
        "do-calculus and probability derive no formula for it"
        if exhaustive
        else f"no formula was found among {reached:,} distributions, which is where the search ended"
    )
    effect = (
        _effect(x, y, z)
        if x
        else f"The distribution of {_list(y)}{f' given {_list(z)}' if z else ''}"
    )
    reason = f"{effect} cannot be recovered from the rows at hand: {'; '.join(tied)}, and {how}."
    needs = [f"the distribution of {_list(causes)} among all units (a census)"
             for s in selection if (causes := sorted(set(graph.parents(s)) & set(graph.ancestors(y))))]  # fmt: skip
    needs += [f"record {v} for a random sample of the units that lack it" for v in missing]
    witness = {
        "kind": "recovery", "selection": list(selection), "missing": dict(missing),
        "exhaustive": exhaustive, "reached": reached,
    }  # fmt: skip
    return Refusal(x, y, z, graph.hash, reason, witness, tuple(needs[:MOST_NEEDS]))


def hedge_witness(g: BitGraph, hedge: Hedge) -> dict[str, Any]:
    """The two c-forests: nodes, roots, and the edges that make them so."""
    directed = []
    for i in bits(hedge.forest):
        inside = hedge.subforest if hedge.subforest >> i & 1 else hedge.forest
        if kids := g.ch[i] & inside:
            # one child each; the nearest one leads towards the roots, as the graph is acyclic
            directed.append((g.names[i], g.names[_towards(g, kids, hedge)]))
    bidirected = tied_tree(g, hedge.subforest, hedge.subforest)
    bidirected += tied_tree(g, hedge.forest, hedge.subforest)
    roots = [g.names[i] for i in bits(hedge.subforest) if not g.ch[i] & hedge.subforest]
    return {
        "kind": "hedge",
        "forest": sorted(g.named(hedge.forest)),
        "subforest": sorted(g.named(hedge.subforest)),
        "roots": sorted(roots),
        "edges": {"directed": sorted(directed), "bidirected": sorted(set(bidirected))},
    }


def _towards(g: BitGraph, kids: int, hedge: Hedge) -> int:
    # a child in the subforest if there is one, else one from which the subforest can be reached
    for i in bits(kids & hedge.subforest):
        return i
    for i in bits(kids):
        if g.descendants(1 << i, hedge.forest) & hedge.subforest:
            return i
    raise AssertionError("a hedge's forest leads to its roots")  # pragma: no cover


def tied_tree(g: BitGraph, nodes: int, start: int) -> list[tuple[str, str]]:
    """Bidirected edges that join ``nodes`` to what is joined already (all of ``start`` if smaller)."""
    joined = start if start != nodes else nodes & -nodes
    found = []
    while joined != nodes:
        for i in bits(joined):
            if fresh := g.sib[i] & nodes & ~joined:
                j = next(bits(fresh))
                found.append((min(g.names[i], g.names[j]), max(g.names[i], g.names[j])))
                joined |= 1 << j
                break
        else:
            raise AssertionError("a hedge's forest is one district")  # pragma: no cover
    return found


def _measure(g: BitGraph, x: int, y: int) -> tuple[list[tuple[tuple[str, str], ...]], bool]:
    """Smallest sets of bidirected edges without which the effect is identifiable.

    Measuring a hidden common cause makes it a variable, which for identification is as good as
    taking its bidirected edge away. Every solution takes an edge out of every hedge, so only those
    edges are tried. Returns whether the search was exhaustive too.
    """
    level: set[frozenset[tuple[int, int]]] = {frozenset()}
    looked = 0
    for _ in range(MOST_PAIRS + 1):
        found: list[frozenset[tuple[int, int]]] = []
        following: set[frozenset[tuple[int, int]]] = set()
        for gone in sorted(level, key=sorted):
            looked += 1
            if looked > BUDGET:
                return _named_pairs(g, found), False
            less = without_pairs(g, gone)
            hedge = find_hedge(less, x, y)
            if hedge is None:
                found.append(gone)
                continue
            for i in bits(hedge.forest):
                for j in bits(less.sib[i] & hedge.forest):
                    if i < j:
                        following.add(gone | {(i, j)})
        if found:
            return _named_pairs(g, found), True
        level = following
    return [], False


def _named_pairs(
    g: BitGraph, groups: list[frozenset[tuple[int, int]]]
) -> list[tuple[tuple[str, str], ...]]:
    return sorted(
        tuple(sorted((min(g.names[i], g.names[j]), max(g.names[i], g.names[j])) for i, j in group))
        for group in groups
    )


def without_pairs(g: BitGraph, edges: frozenset[tuple[int, int]]) -> BitGraph:
    """The graph without some bidirected edges."""
    other = g.copy()
    for i, j in edges:
        other.sib[i] &= ~(1 << j)
        other.sib[j] &= ~(1 << i)
    return other


def _randomise(g: BitGraph, x: int, y: int, z: int, asked: int) -> list[Names]:
    """Smallest sets of the asked treatments whose randomisation makes the effect identifiable."""
    each = [1 << i for i in bits(asked)]
    for size in range(1, len(each) + 1):
        found = [
            tuple(sorted(g.named(sum(some))))
            for some in combinations(each, size)
            if find_hedge(g.cut_into(sum(some)), x, y | z) is None
        ]
        if found or size == 3 < len(each):
            return sorted(found) or [tuple(sorted(g.named(asked)))]
    return []


def cycle_refusal(graph: CausalGraph, above: CausalGraph, x: Names, y: Names, z: Names) -> Refusal:
    """Return the refusal of a query whose causes feed back on themselves."""
    loop = above.find_cycle() or []
    shown = " -> ".join([*loop, *loop[:1]])
    reason = (
        f"{_effect(x, y, z)} is not answered: the graph has the feedback loop {shown} among the "
        "variables that matter for it, and no edge is dropped to break it."
    )
    edges = list(zip(loop, [*loop[1:], *loop[:1]], strict=True))
    if len(loop) == 2:
        needs = [
            f"find out whether {loop[0]} causes {loop[1]} or the reverse (time order, a trial)"
        ]
    else:
        needs = [f"check the evidence for {a} -> {b}" for a, b in edges]
    needs.append(
        f"measure {_list(sorted(loop))} at several times, so that the loop can be unrolled"
    )
    witness = {"kind": "cycle", "loop": loop, "edges": edges}
    return Refusal(x, y, z, graph.hash, reason, witness, tuple(needs))


def loop_refusal(
    graph: CausalGraph, x: str, y: str, node: str, causes: Sequence[str], usable: Sequence[str]
) -> Refusal:
    """Return the refusal of an effect at rest whose equation of ``node`` lacks instruments."""
    loop = next((part for part in graph.strongly_connected() if node in part), ())
    inside = f", which is in the feedback loop among {', '.join(loop)}" if loop else ""
    have = f"only {_list(list(usable))} " if usable else "nothing that "
    reason = (
        f"{_effect((x,), (y,), ())} at rest is not answered: {node}{inside}, answers to "
        f"{_list(list(causes))}, and {have}{'is' if len(usable) == 1 else 'are' if usable else 'is'} tied to "
        "these and not to its other causes, so that they cannot be told apart."
    )
    needs = (
        f"measure something that acts on {_list(list(causes))} and on {node} only through "
        f"{'it' if len(causes) == 1 else 'them'}",
        f"measure {node} and its causes at several times, so that the loop can be unrolled",
    )
    witness = {
        "kind": "equation", "node": node, "causes": list(causes), "instruments": list(usable),
        "loop": list(loop),
    }  # fmt: skip
    return Refusal((x,), (y,), (), graph.hash, reason, witness, needs)


def unoriented_refusal(
    graph: CausalGraph,
    above: CausalGraph,
    x: Names,
    y: Names,
    z: Names,
    answers: Sequence[Mapping[str, Any]] = (),
    complete: bool = False,
) -> Refusal:
    """Return the refusal of a query on a graph that leaves the directions it needs open.

    ``answers`` are the formulas that hold in some member each; ``complete``: there are no others.
    """
    open_ends = [e for e in above.edges if e[1] not in ("-->", "<->")]
    shown = ", ".join(" ".join(e) for e in open_ends[:5]) + (", ..." if len(open_ends) > 5 else "")
    if open_ends:
        reason = (
            f"{_effect(x, y, z)} has no single answer: the graph ({graph.kind}) leaves open which way "
            f"causation goes in {shown}."
        )
        needs = [f"find out whether {a} causes {b} or the reverse" for a, _, b in open_ends]
    else:
        reason = (
            f"{_effect(x, y, z)} is not answered: the edges of a {graph.kind} tell what comes before "
            "what, not which pairs share a hidden cause."
        )
        needs = ["state which of its arrows are direct causes without a hidden common cause"]
    if answers:
        formulas = list(dict.fromkeys(str(a["formula"] or "not identified") for a in answers))
        rest = f" and {len(formulas) - 6} more" if len(formulas) > 6 else ""
        reason += (
            f" Its members {'have' if complete else 'have, among others,'} "
            f"{'these answers' if len(formulas) > 1 else 'this answer'}: "
            f"{'; '.join(formulas[:6])}{rest}."
        )
    witness = {
        "kind": "unoriented",
        "edges": [list(e) for e in open_ends],
        "answers": [dict(a) for a in answers],
        "complete": complete,
    }
    return Refusal(x, y, z, graph.hash, reason, witness, tuple(needs[:MOST_NEEDS]))


def _effect(x: Names, y: Names, z: Names) -> str:
    among = f" given {_list(z)}" if z else ""
    return f"The effect of {_list(x)} on {_list(y)}{among}"


def _list(names: list[str] | Names) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]


def _measure_words(group: tuple[tuple[str, str], ...]) -> str:
    pairs = ", and ".join(f"of {a} and {b}" for a, b in group)
    return f"measure the hidden common cause{'s' if len(group) > 1 else ''} {pairs}"
