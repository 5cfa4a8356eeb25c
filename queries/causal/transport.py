"""Effects from several sources: experiments on other variables, and other populations.

An effect is sought district by district, each district inside any distribution at hand that neither
sets part of it nor has other mechanisms there. With experiments in one population this is general
identifiability (Lee, Correa and Bareinboim, UAI 2019; z-identifiability, Bareinboim and Pearl, UAI
2012, is a case of it), with several populations general transportability (Lee, Correa and Bareinboim,
AAAI 2020; Bareinboim and Pearl's selection diagrams of 2012 and mz-transportability of 2013 are cases).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graph.causal import CausalGraph
from graph.causal_transform import acyclification
from graph.errors import UsageError
from queries.causal.algorithm import Hedge, district_chain, exchange, reach
from queries.causal.audit import audit
from queries.causal.bits import BitGraph
from queries.causal.expression import OBSERVED, Expression, Probability, Regime
from queries.causal.question import assumptions_of, checked_names, relevant
from queries.causal.refusal import cycle_refusal, sources_refusal
from queries.causal.results import Estimand, Refusal
from queries.causal.simplify import product, quotient, summed

__all__ = ["Population", "identify_from", "transport"]

Names = str | Iterable[str]


@dataclass(frozen=True, slots=True)
class Population:
    """Another population that data come from.

    Attributes:
        name: as it is shown, such as ``trial``.
        differs: nodes whose mechanism, hidden causes included, may be another there (what a selection
            diagram's square nodes point to).
        experiments: each the nodes that one experiment there sets.
        observed: whether there are observations without an experiment.
    """

    name: str
    differs: tuple[str, ...] = ()
    experiments: tuple[tuple[str, ...], ...] = ()
    observed: bool = True

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise UsageError("a population needs a name; the one asked about has none")

    @property
    def regimes(self) -> tuple[Regime, ...]:
        """What it provides."""
        own = [Regime(self.name)] if self.observed else []
        return (*own, *(Regime(self.name, tuple(sorted(e))) for e in self.experiments))


def transport(
    graph: CausalGraph,
    treatment: Names,
    outcome: Names,
    given: Names = (),
    *,
    populations: Sequence[Population] = (),
    experiments: Iterable[Names] = (),
    observed: bool = True,
) -> Estimand | Refusal:
    """Return the formula of P(outcome | do(treatment), given) from several sources, or why there is none.

    Complete for acyclic graphs with hidden common causes; every formula is audited with the exact
    distribution of each source. Feedback that no treatment and no experiment is part of settles, as in
    :func:`queries.causal.identify`.

    Args:
        graph: of the population asked about; the others have the same edges.
        treatment: one or more nodes that are set.
        outcome: one or more nodes asked about.
        given: nodes conditioned on, after the intervention.
        populations: other populations that data come from.
        experiments: on the population asked about, each the nodes that it sets.
        observed: whether the population asked about was observed.

    Raises:
        UsageError: for unknown nodes, a node in two roles, two populations of one name, a graph with
            undirected or circle edges.
        CheckFailedError: if the audit finds the formula wrong (an error in etiograph).
    """
    x, y, z = checked_names(graph, treatment, outcome, given)
    if len({p.name for p in populations}) < len(populations):
        raise UsageError("two populations have the same name")
    if graph.undirected or graph.circle:
        raise UsageError(
            f"several sources cannot be joined on a {graph.kind}",
            hint="Orient its edges first, or ask about one graph of the class.",
        )
    own = [tuple(sorted(graph.nodes[i] for i in graph.indices(e))) for e in experiments]
    sources = [OBSERVED] if observed else []
    sources += [Regime("", e) for e in dict.fromkeys(own) if e]
    for p in populations:
        graph.indices((*p.differs, *(n for e in p.experiments for n in e)))
        sources += p.regimes
    if not sources:
        raise UsageError(
            "there is no distribution to compute the effect from",
            hint="Name a population, an experiment, or the observations.",
        )
    touched = {
        *x,
        *(n for s in sources for n in s.do),
        *(n for p in populations for n in p.differs),
    }
    asked = (*x, *y, *z)
    above = graph.subgraph(graph.ancestors(asked))
    loops = above.strongly_connected() if above.has_cycle else ()
    if loops and not touched.isdisjoint(n for loop in loops for n in loop):
        return cycle_refusal(graph, above, x, y, z)
    g = BitGraph.of(acyclification(relevant(graph, (*asked, *(n for s in sources for n in s.do)))))
    have = set(g.names)
    differs = {p.name: g.mask(n for n in p.differs if n in have) for p in populations}
    mx, my, mz = (g.mask(n) for n in (x, y, z))
    found = identify_from(g, mx, my, mz, sources, differs)
    if isinstance(found, Stuck):
        return sources_refusal(graph, g, x, y, z, found.part, found.forests, differs)
    used = sorted(found.regimes)
    return Estimand(
        treatment=x,
        outcome=y,
        given=z,
        method="transport" if any(r.population for r in used) else "experiments",
        adjustment=(),
        graph=graph.hash,
        expression=found,
        assumptions=(
            *assumptions_of(graph, x, y, z, "general", (), loops),
            *(_same(graph, p) for p in populations if any(r.population == p.name for r in used)),
            *(f"The distribution of {r} is known." for r in used if r != OBSERVED),
        ),
        audit=audit(g, mx, my, mz, found, differs=differs),
        loops=loops,
    )


def _same(graph: CausalGraph, population: Population) -> str:
    other = " and ".join(population.differs)
    but = f" except for {other}" if other else ""
    return (
        f"In {population.name} every variable answers to its causes, hidden ones included, as in the "
        f"population asked about{but}."
    )


@dataclass(frozen=True, slots=True)
class Stuck:
    """A district (mask) that no source gives, and what holds it in each source that could."""

    part: int
    forests: tuple[tuple[Regime, int], ...]


def identify_from(
    g: BitGraph,
    x: int,
    y: int,
    z: int,
    sources: Sequence[Regime],
    differs: Mapping[str, int],
) -> Expression | Stuck:
    """Return a shortest formula of P(y | do(x), z) that the sources give, or what none of them gives.

    Args:
        g: the graph.
        x: treatments.
        y: outcomes.
        z: conditions.
        sources: distributions at hand, the preferred first.
        differs: population -> nodes whose mechanisms are others there.
    """
    for source in sources:
        names = set(g.names)
        if set(source.do) <= names and g.mask(source.do) == x:
            other = differs.get(source.population, 0)
            if _invariant(g.cut_into(x), other & ~x, y, x | z):
                return Probability(g.named(y), g.named(z), source)
    x, z = exchange(g, x, y, z)
    found = _joint(g, x, y | z, sources, differs)
    if isinstance(found, Stuck):
        return found
    # one source alone may give a shorter formula than the shortest factor of each district
    for source in sources:
        alone = _joint(g, x, y | z, [source], differs)
        if not isinstance(alone, Stuck) and alone.size < found.size:
            found = alone
    return quotient(found, summed(g.named(y), found)) if z else found


def _joint(
    g: BitGraph, x: int, y: int, sources: Sequence[Regime], differs: Mapping[str, int]
) -> Expression | Stuck:
    wanted = g.ancestors(y, g.all & ~x)
    factors: list[Expression] = []
    for part in g.districts(wanted):
        best: tuple[int, list[Expression]] | None = None
        forests: list[tuple[Regime, int]] = []
        for source in sources:
            fixed = g.mask(source.do)
            if fixed & part or differs.get(source.population, 0) & part:
                continue
            within = g.ancestors(part, g.all & ~fixed)
            chain = district_chain(g, g.district(part, within), within, source)
            got = reach(g, part, chain)
            if isinstance(got, Hedge):
                forests.append((source, got.forest))
                continue
            size = sum(f.size for f in got.values())
            if best is None or size < best[0]:
                best = size, [got[i] for i in sorted(got, reverse=True)]
        if best is None:
            return Stuck(part, tuple(forests))
        factors += best[1]
    return summed(g.named(wanted & ~y), product(factors))


def _invariant(g: BitGraph, differing: int, y: int, given: int) -> bool:
    """Whether y given ``given`` does not depend on which population it is."""
    if not differing:
        return True
    other = g.copy()
    node = len(g.names)
    other.names = (*g.names, "\x00population")
    other.all = (1 << node + 1) - 1
    other.pa = [p | (1 << node if differing >> i & 1 else 0) for i, p in enumerate(g.pa)] + [0]
    other.ch, other.sib = [*g.ch, differing], [*g.sib, 0]
    return other.separated(1 << node, y, given)
