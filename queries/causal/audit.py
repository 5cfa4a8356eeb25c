"""The audit: a formula against exact intervention on random models of the same graph.

Each model gives every variable two levels (in a second round two or three) and a random table of
conditional probabilities, and every bidirected edge an explicit hidden variable. The distributions that
the formula is evaluated on (observed, and of every experiment and population it names) and the truth
(the tables of the treatments taken out) are computed exactly by variable elimination, a batch of models
at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from graph.causal import CausalGraph
from graph.errors import CheckFailedError
from queries.causal.bits import BitGraph, bits
from queries.causal.expression import Expression, Regime
from queries.causal.results import Audit
from queries.causal.table import Table

__all__ = ["audit", "clique_cover", "exact", "pairwise_cover"]

MODELS = 3
LARGEST = 16
"""most variables in one table: 65,536 cells a model"""
LARGEST_MIXED = 8
"""most variables in one table of the round with two or three levels"""
MOST_VARIABLES = 250
TOLERANCE = 1e-7


def audit(
    g: BitGraph,
    x: int,
    y: int,
    z: int,
    formula: Expression,
    *,
    differs: Mapping[str, int] | None = None,
    selection: tuple[int, int] = (0, 0),
    seed: int = 0,
) -> Audit:
    """Check that ``formula`` is P(y | do(x), z) in random models of ``g``.

    Args:
        g: the graph.
        x: treatments.
        y: outcomes.
        z: conditions.
        formula: what is claimed.
        differs: population -> nodes whose mechanisms are others there.
        selection: (nodes that are indicators, those of them that the query holds at level 1).
        seed: of the models.

    Returns:
        how it was done, or why it was skipped: it is when exact enumeration would need a table of
        more than 2^16 cells.

    Raises:
        CheckFailedError: if it is not. That is an error in etiograph, never in the question.
    """
    named = g.mask(formula.variables) | x | y | z
    within = g.ancestors(named)
    rounds = [(MODELS, False, LARGEST), (1, True, LARGEST_MIXED)]
    models, worst = 0, 0.0
    cover: list[int] = []
    for number, mixed, largest in rounds:
        error = None
        for cover in (pairwise_cover(g, within), clique_cover(g, within)):
            world = _World(g, within, cover, number, mixed, largest, seed, selection[0])
            if (
                error := world.error(formula, named, x, y, z, differs or {}, selection[1])
            ) is not None:
                break
        if error is None:
            break
        models, worst = models + number, max(worst, error)
        if not error <= TOLERANCE:
            raise CheckFailedError(
                f"internal error: the formula found for {g.named(y)} under do{g.named(x)} given "
                f"{g.named(z)} is off by {error:.3g} in a simulated model",
                where=formula.text(),
                hint="The answer is withheld; please report the graph and the query.",
            )
    if models:
        return Audit(True, models, seed, worst, levels=(2, 3) if models > MODELS else (2,))
    return Audit(
        False,
        reason=f"exact enumeration would need tables of more than {LARGEST} variables "
        f"({within.bit_count()} variables and {len(cover)} hidden ones matter)",
    )


def exact(
    graph: CausalGraph,
    names: Collection[str],
    settings: Sequence[Sequence[str]],
    *,
    models: int,
    seed: int,
) -> list[Table] | None:
    """Return the exact distribution of ``names`` in random models of a graph, one table for each setting.

    Args:
        graph: acyclic; a bidirected edge is a hidden variable of two levels, as all others.
        names: nodes.
        settings: each the nodes that are set (none: observation).
        models: how many, the batch of the tables.
        seed: of the models.

    Returns:
        the tables, with what is set as axes; None if one would have more than 2^16 cells.
    """
    g = BitGraph.of(graph)
    named = g.mask({*names, *(n for s in settings for n in s)})
    within = g.ancestors(named)
    world = _World(g, within, pairwise_cover(g, within), models, False, LARGEST, seed, 0)
    if not world.fits:
        return None
    found = [world.distribution(Regime(do=tuple(s)), named, {}) for s in settings]
    kept = [t for t in found if t is not None]
    return kept if len(kept) == len(found) else None


class _World:
    """A batch of random models of one graph, in every population."""

    def __init__(
        self,
        g: BitGraph,
        within: int,
        hidden: Sequence[int],
        models: int,
        mixed: bool,
        largest: int,
        seed: int,
        indicators: int,
    ) -> None:
        self.g, self.models, self.largest = g, models, largest
        self.scopes = _scopes(g, within, hidden)
        self.fits = (
            len(g.names) + len(hidden) <= MOST_VARIABLES
            and max(map(len, self.scopes.values()), default=0) <= largest
        )
        self.rng = np.random.default_rng([seed, mixed])
        self.levels = {
            v: 2
            + int(
                mixed and not (v < len(g.names) and indicators >> v & 1) and self.rng.random() < 0.5
            )
            for v in self.scopes
        }
        self.tables: dict[str, dict[int, Table]] = {}

    def error(
        self, formula: Expression, named: int, x: int, y: int, z: int,
        differs: Mapping[str, int], held: int,
    ) -> float | None:  # fmt: skip
        """Largest error, or None if the tables would be too large."""
        if not self.fits:
            return None
        joints: dict[Regime, Table] = {}
        for regime in sorted(formula.regimes):
            found = self.distribution(regime, named, differs)
            if found is None:
                return None
            joints[regime] = found
        asked = Regime(do=self.g.named(x))
        truth = self.distribution(asked, x | y | z | held, differs)
        if truth is None:
            return None
        for name in self.g.named(held):
            truth = truth.take(name, 1)
        if z or held:
            truth = truth.divide(truth.sum(n for n in self.g.named(y) if n in truth.names))
        return _distance(formula.evaluate(joints), truth)

    def distribution(self, regime: Regime, named: int, differs: Mapping[str, int]) -> Table | None:
        """The joint distribution of ``named`` nodes, or None if a table gets too large."""
        set_ = self.g.mask(regime.do)
        scopes = {
            v: s for v, s in self.scopes.items() if v >= len(self.g.names) or not set_ >> v & 1
        }
        plan = _plan(scopes.values(), set(bits(named)), self.largest)
        if plan is None:
            return None
        tables = self._of(regime.population, differs.get(regime.population, 0))
        return _eliminate(
            [tables[v] for v in scopes], [_name(self.g, v) for v in plan], self.models
        )

    def _of(self, population: str, differing: int) -> dict[int, Table]:
        """The mechanisms of a population: those of the one asked about but for what differs."""
        if "" not in self.tables:
            self.tables[""] = self._random(self.scopes)
        if population not in self.tables:
            other = {
                v: s for v, s in self.scopes.items() if v < len(self.g.names) and differing >> v & 1
            }
            self.tables[population] = self.tables[""] | self._random(other)
        return self.tables[population]

    def _random(self, scopes: Mapping[int, tuple[int, ...]]) -> dict[int, Table]:
        # the last model has probabilities near 0 and 1, where wrong formulas show most
        low = np.linspace(0.2, 0.03, self.models)
        found = {}
        for v, scope in scopes.items():
            shape = (self.models, *(self.levels[s] for s in scope))
            k = shape[1]
            edge = low.reshape(-1, *([1] * len(scope)))
            weights = self.rng.random(shape) if k == 2 else self.rng.standard_exponential(shape)
            if k == 2:
                weights[:, 0] = 1 - weights[:, 1]
            values = edge + (1 - k * edge) * weights / weights.sum(axis=1, keepdims=True)
            found[v] = Table.make([_name(self.g, s) for s in scope], values)
        return found


def pairwise_cover(g: BitGraph, within: int) -> list[int]:
    """One hidden variable for each bidirected edge, as masks of what it acts on."""
    return [1 << i | 1 << j for i in bits(within) for j in bits(g.sib[i] & within) if i < j]


def clique_cover(g: BitGraph, within: int) -> list[int]:
    """Fewer hidden variables: one for each clique of a greedy cover of the bidirected edges."""
    found: list[int] = []
    for pair in pairwise_cover(g, within):
        if any(pair & c == pair for c in found):
            continue
        clique = pair
        for k in bits(within):
            if not clique >> k & 1 and g.sib[k] & clique == clique:
                clique |= 1 << k
        found.append(clique)
    return found


def _scopes(g: BitGraph, within: int, hidden: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """Variable -> its own number, then what its table depends on; hidden ones come after nodes."""
    n = len(g.names)
    scopes = {v: (v, *bits(g.pa[v])) for v in bits(within)}
    for k, mask in enumerate(hidden):
        for v in bits(mask):
            scopes[v] += (n + k,)
        scopes[n + k] = (n + k,)
    return scopes


def _name(g: BitGraph, v: int) -> str:
    # hidden variables cannot clash with a node: names are never only a control character and digits
    return g.names[v] if v < len(g.names) else f"\x00{v}"


def _plan(scopes: Iterable[Iterable[int]], kept: set[int], largest: int) -> list[int] | None:
    """An order of elimination, cheapest table first, or None if a table gets too large."""
    masks = [sum(1 << s for s in set(scope)) for scope in scopes]
    todo = 0
    for mask in masks:
        todo |= mask
    todo &= ~sum(1 << k for k in kept)
    order: list[int] = []
    cost: dict[int, int] = {}
    stale = todo
    while todo:
        for v in bits(stale & todo):
            cost[v] = _union(m for m in masks if m >> v & 1)
        v = min(bits(todo), key=lambda i: (cost[i].bit_count(), i))
        joined = cost[v]
        if joined.bit_count() > largest:
            return None
        order.append(v)
        masks = [m for m in masks if not m >> v & 1] + [joined & ~(1 << v)]
        stale = joined
        todo &= ~(1 << v)
    return order if _union(masks).bit_count() <= largest else None


def _union(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _eliminate(tables: list[Table], names: Iterable[str], models: int) -> Table:
    """Sum variables out one after the other; return the product of what is left."""
    for name in names:
        rest, joined = [], Table.one(models)
        # small tables first, so that the large ones are touched once
        for table in sorted(tables, key=lambda t: len(t.names)):
            if name in table.names:
                joined = joined.multiply(table)
            else:
                rest.append(table)
        tables = [*rest, joined.sum([name])]
    found = Table.one(models)
    for table in sorted(tables, key=lambda t: len(t.names)):
        found = found.multiply(table)
    return found


def _distance(found: Table, truth: Table) -> float:
    names = tuple(sorted({*found.names, *truth.names}))
    return float(np.max(np.abs(found.spread(names) - truth.spread(names))))
