"""What to measure or randomise next, so that an effect can be computed: the cheapest sets, exactly.

With observation and experiments at hand an effect is identifiable if every district of the outcome's
ancestors, the treatments cut out, can be reached inside the observed distribution or inside one of the
experiments (general identifiability: Lee, Correa and Bareinboim, UAI 2019, theorem 3; for what an
experiment needs of positivity: Kivva, Mokhtarian, Etesami and Kiyavash, NeurIPS 2022).
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.causal import CausalGraph
from graph.causal_transform import latent_projection
from graph.errors import UsageError
from queries.causal.algorithm import exchange
from queries.causal.bits import BitGraph
from queries.causal.instrumental import conditional_instruments

__all__ = ["MEASURE", "RANDOMISE", "NextEvidence", "Plan", "Step", "next_evidence", "reachable"]

MEASURE = 1.0
"""cost of measuring one variable, or what two variables share, unless told otherwise"""
RANDOMISE = 5.0
"""cost of one experiment on one variable, unless told otherwise"""
BUDGET = 20_000
Names = str | Iterable[str]


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """One thing to do. ``kind`` is ``measure`` (a hidden variable), ``measure-shared`` (whatever two
    variables have as a hidden common cause) or ``randomise`` (one experiment on all of ``nodes``)."""

    kind: str
    nodes: tuple[str, ...]
    cost: float

    def __str__(self) -> str:
        names = " and ".join(self.nodes)
        return {
            "measure": f"measure {names}",
            "measure-shared": f"measure the hidden common cause of {names}",
            "randomise": f"randomise {names}" + (" together" if len(self.nodes) > 1 else ""),
        }[self.kind]


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps that together are enough, none of them needlessly."""

    cost: float
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.steps))


@dataclass(frozen=True)
class NextEvidence:
    """What would make an effect computable.

    Attributes:
        identified: it can be computed already, with nothing but what is observed.
        plans: cheapest first; none of them contains another.
        exact: whether the search was exhaustive: then no cheaper plan than the first exists, and without
            any plan nothing allowed is enough.
        alternatives: what can be had without new evidence, under stronger assumptions or as bounds.
        looked: sets looked at.
    """

    treatment: tuple[str, ...]
    outcome: tuple[str, ...]
    given: tuple[str, ...]
    identified: bool
    plans: tuple[Plan, ...]
    exact: bool
    alternatives: tuple[str, ...] = ()
    looked: int = 0

    @property
    def explanation(self) -> str:
        """What was found, in plain words."""
        xs, ys = " and ".join(self.treatment), " and ".join(self.outcome)
        effect = f"the effect of {xs} on {ys}"
        if self.given:
            effect += f" given {' and '.join(self.given)}"
        if self.identified:
            return f"Nothing more is needed: {effect} can be computed from what is observed."
        if not self.plans:
            told = f"Nothing that is allowed makes {effect} computable."
            if not self.exact:
                told = f"No plan was found for {effect} within the search's budget."
        else:
            listed = [f"  cost {p.cost:g}: {p}" for p in self.plans]
            first = f"To compute {effect}, do one of these, cheapest first"
            rest = "" if self.exact else " (the search ended early: there may be cheaper ones)"
            told = "\n".join([f"{first}{rest}:", *listed])
        if self.alternatives:
            told += "\nWithout new evidence: " + "; ".join(self.alternatives) + "."
        return told

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "treatment": list(self.treatment), "outcome": list(self.outcome),
            "given": list(self.given), "identified": self.identified, "exact": self.exact,
            "plans": [
                {
                    "cost": plan.cost,
                    "steps": [
                        {"kind": s.kind, "nodes": list(s.nodes), "cost": s.cost, "text": str(s)}
                        for s in plan.steps
                    ],
                }
                for plan in self.plans
            ],
            "alternatives": list(self.alternatives), "looked": self.looked,
            "explanation": self.explanation,
        }  # fmt: skip


def next_evidence(
    graph: CausalGraph,
    treatment: Names,
    outcome: Names,
    given: Names = (),
    *,
    hidden: Iterable[str] = (),
    costs: Mapping[str, float] | None = None,
    impossible: Iterable[str] = (),
    most: int = 5,
    budget: int = BUDGET,
) -> NextEvidence:
    """Return the cheapest things to measure or randomise so that P(outcome | do(treatment), given) can
    be computed.

    Args:
        graph: directed and bidirected edges, acyclic; hidden variables may be nodes of it.
        hidden: nodes that are not measured now, and could be.
        costs: of measuring a hidden node, of randomising an observed one (by its name), or of measuring
            what a bidirected edge stands for (``A<->B``); :data:`MEASURE` and :data:`RANDOMISE` if not
            named. Infinite: impossible.
        impossible: names as in ``costs`` that cannot be done; ``randomise`` rules out every experiment.
        most: plans to return.
        budget: sets to look at; then the search ends with what it has, and says so.

    The treatments are randomised one by one or all together, other variables one by one; experiments
    add to what is observed. Exact: plans are found in the order of their cost by best-first search over
    the options that break what stands in the way, and measuring or randomising more never does harm.

    Raises:
        UsageError: for unknown nodes or names, hidden nodes in the question, a cyclic graph or one with
            undirected edges, a cost below 0.
    """
    if graph.undirected or graph.circle:
        raise UsageError(
            "what to measure next needs a graph whose edges are all directed or bidirected",
            hint="Orient its edges first, or ask about one graph of the class.",
        )
    if graph.has_cycle:
        loop = " -> ".join(graph.find_cycle() or [])
        raise UsageError(f"the graph has the feedback loop {loop}", hint="Unroll it in time first.")
    x, y, z = (tuple(graph.nodes[i] for i in graph.indices(n)) for n in (treatment, outcome, given))
    unseen = frozenset(graph.nodes[i] for i in graph.indices(tuple(hidden)))
    _check(x, y, z, unseen)
    options = _options(graph, x, y, z, unseen, dict(costs or {}), frozenset(impossible))
    search = _Search(graph, x, y, z, unseen, options)
    plans: list[Plan] = []
    taken: list[frozenset[int]] = []
    looked, exact = 0, True
    for cost, chosen in search.by_cost():
        if len(plans) == most:
            break
        if looked >= budget:
            exact = False
            break
        if any(done <= chosen for done in taken):
            continue
        looked += 1
        if search.enough(chosen):
            taken.append(chosen)
            plans.append(Plan(cost, tuple(sorted(options[i] for i in chosen))))
            if not chosen:
                break
    identified = bool(taken) and not taken[0]
    return NextEvidence(
        x, y, z, identified, () if identified else tuple(plans), exact,
        () if identified else _alternatives(latent_projection(graph, sorted(unseen)), x, y, z), looked,
    )  # fmt: skip


def _check(
    x: tuple[str, ...], y: tuple[str, ...], z: tuple[str, ...], unseen: frozenset[str]
) -> None:
    if not x or not y:
        raise UsageError("a causal question needs at least one treatment and one outcome")
    if both := sorted(set(x) & set(y) | set(x) & set(z) | set(y) & set(z)):
        raise UsageError(f"{', '.join(map(repr, both))} stands in two roles")
    if asked := sorted({*x, *y, *z} & unseen):
        raise UsageError(
            f"{', '.join(asked)} is hidden and cannot be asked about",
            hint="Ask about what is measured, or take it off the hidden variables.",
        )


def _options(
    graph: CausalGraph,
    x: tuple[str, ...],
    y: tuple[str, ...],
    z: tuple[str, ...],
    unseen: frozenset[str],
    costs: dict[str, float],
    impossible: frozenset[str],
) -> list[Step]:
    """Everything that could be done, a cost for each."""
    no_trials = "randomise" in impossible
    pairs = {f"{a}<->{b}": (a, b) for a, b in graph.bidirected}
    turned = {f"{b}<->{a}": f"{a}<->{b}" for a, b in graph.bidirected}
    known = {*graph.nodes, *pairs, *turned}
    if unknown := sorted((set(costs) | impossible - {"randomise"}) - known):
        raise UsageError(
            f"{', '.join(map(repr, unknown))} is neither a node nor a bidirected edge of the graph",
            hint="Edges are written A<->B.",
        )
    if bad := sorted(n for n, c in costs.items() if not c >= 0):
        raise UsageError(f"the cost of {bad[0]!r} is {costs[bad[0]]}, and costs are 0 or more")
    price = {turned.get(n, n): c for n, c in costs.items()}
    price |= {turned.get(n, n): math.inf for n in impossible}
    found = [Step("measure", (n,), price.get(n, MEASURE)) for n in sorted(unseen)]
    found += [
        Step("measure-shared", pair, price.get(name, MEASURE))
        for name, pair in sorted(pairs.items())
    ]
    if not no_trials:
        found += [
            Step("randomise", (n,), price.get(n, RANDOMISE))
            for n in sorted(set(graph.ancestors(y)) - unseen - {*y, *z})
        ]
        if len(x) > 1:
            found.append(
                Step("randomise", tuple(sorted(x)), sum(price.get(n, RANDOMISE) for n in x))
            )
    return [s for s in found if math.isfinite(s.cost)]


class _Search:
    """Best-first search over sets of options (places in ``options``)."""

    def __init__(
        self,
        graph: CausalGraph,
        x: tuple[str, ...],
        y: tuple[str, ...],
        z: tuple[str, ...],
        unseen: frozenset[str],
        options: Sequence[Step],
    ) -> None:
        self.graph, self.x, self.y, self.z, self.unseen = graph, x, y, z, unseen
        self.options = options
        self._graphs: dict[frozenset[int], BitGraph] = {}
        self._helps: dict[frozenset[int], list[int]] = {}

    def by_cost(self) -> Iterator[tuple[float, frozenset[int]]]:
        """Yield sets of options, the cheapest first; one that is not enough is extended by the options
        that break what stands in its way."""
        serial = itertools.count()
        waiting: list[tuple[float, int, int, frozenset[int]]] = [
            (0.0, 0, next(serial), frozenset())
        ]
        seen = {frozenset[int]()}
        while waiting:
            cost, _, _, chosen = heapq.heappop(waiting)
            yield cost, chosen
            for option in self._helps.get(chosen, ()):
                more = chosen | {option}
                if more not in seen:
                    seen.add(more)
                    total = sum(self.options[i].cost for i in more)
                    heapq.heappush(waiting, (total, len(more), next(serial), more))

    def enough(self, chosen: frozenset[int]) -> bool:
        """Whether these options make the effect identifiable; what would help is kept if not."""
        g = self._graph(frozenset(i for i in chosen if self.options[i].kind != "randomise"))
        trials = [
            g.mask(self.options[i].nodes)
            for i in sorted(chosen)
            if self.options[i].kind == "randomise"
        ]
        mx, mz = exchange(g, g.mask(self.x), g.mask(self.y), g.mask(self.z))
        stuck = reachable(g, mx, g.mask(self.y) | mz, trials)
        if stuck is None:
            return True
        part, forests = stuck
        self._helps[chosen] = [
            i
            for i, option in enumerate(self.options)
            if i not in chosen and self._touches(g, option, part, forests)
        ]
        return False

    def _graph(self, measured: frozenset[int]) -> BitGraph:
        if measured not in self._graphs:
            seen = {self.options[i].nodes[0] for i in measured if self.options[i].kind == "measure"}
            shared = [
                (a, "<->", b)
                for i in sorted(measured)
                if self.options[i].kind == "measure-shared"
                for a, b in [self.options[i].nodes]
            ]
            graph = self.graph.without(shared) if shared else self.graph
            left = sorted(self.unseen - seen)
            self._graphs[measured] = BitGraph.of(latent_projection(graph, left) if left else graph)
        return self._graphs[measured]

    def _touches(self, g: BitGraph, option: Step, part: int, forests: Sequence[int]) -> bool:
        """Whether an option changes what stands in the way in one of the distributions at hand."""
        if option.kind == "randomise":
            nodes = g.mask(option.nodes)
            # an experiment leaves a forest that it does not touch as it is
            return not nodes & part and bool(nodes & forests[0])
        inside = {n for forest in forests for n in g.named(forest)}
        if option.kind == "measure-shared" and not self.unseen.intersection(option.nodes):
            return inside.issuperset(option.nodes)
        # through hidden variables it reaches what they act on
        return len(inside & self._acts_on(option.nodes)) > 0

    def _acts_on(self, nodes: Iterable[str]) -> set[str]:
        found: set[str] = set()
        stack = list(nodes)
        while stack:
            node = stack.pop()
            if node in found:
                continue
            found.add(node)
            if node in self.unseen:
                stack += [*self.graph.children(node), *self.graph.siblings(node)]
        return found


def reachable(
    g: BitGraph, x: int, y: int, experiments: Sequence[int] = ()
) -> tuple[int, tuple[int, ...]] | None:
    """Return None if P(y | do(x)) can be computed from observation and the experiments (masks of what
    each of them sets).

    Otherwise return the first district that cannot be reached, and what holds it in the observed
    distribution and in each experiment that does not set part of it.
    """
    within = g.ancestors(y)
    for part in g.districts(g.ancestors(y, within & ~x)):
        forests = []
        for held_fixed in (0, *experiments):
            if held_fixed & part:
                continue
            held = g.district(part, g.ancestors(part, g.all & ~held_fixed))
            while held != part:
                inner = g.district(part, g.ancestors(part, held))
                if inner == held:
                    break
                held = inner
            if held == part:
                break
            forests.append(held)
        else:
            return part, tuple(forests)
    return None


def _alternatives(
    observed: CausalGraph, x: tuple[str, ...], y: tuple[str, ...], z: tuple[str, ...]
) -> tuple[str, ...]:
    if len(x) != 1 or len(y) != 1 or z:
        return ()
    found = []
    for one in conditional_instruments(observed, x[0], y[0])[:3]:
        given = f" given {', '.join(one.given)}" if one.given else ""
        found.append(f"{one.node} is an instrument{given}: the linear effect can be estimated")
    found.append("bounds can be given if the data are discrete")
    return tuple(found)
