"""The audit: a formula against exact intervention on random models of the same graph.

Each model gives every variable two levels and a random table of conditional probabilities, and every
bidirected edge an explicit hidden variable. The observed distribution that the formula is evaluated
on, and the truth (the tables of the treatments taken out), are both computed exactly by variable
elimination, a batch of models at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from graph.errors import CheckFailedError
from queries.causal.bits import BitGraph, bits
from queries.causal.expression import Expression
from queries.causal.results import Audit
from queries.causal.table import Table

__all__ = ["audit"]

MODELS = 3
LEVELS = 2
LARGEST = 16
"""most variables in one table: 65,536 cells a model"""
MOST_VARIABLES = 250
TOLERANCE = 1e-7


def audit(g: BitGraph, x: int, y: int, z: int, formula: Expression, *, seed: int = 0) -> Audit:
    """Check that ``formula`` is P(y | do(x), z) in random models of ``g``.

    Returns:
        how it was done, or why it was skipped: it is when exact enumeration would need a table of
        more than 2^16 cells.

    Raises:
        CheckFailedError: if it is not. That is an error in etiograph, never in the question.
    """
    named = g.mask(formula.variables) | x | y | z
    within = g.ancestors(named)
    for hidden in (_pairwise(g, within), _cliques(g, within)):
        scopes = _scopes(g, within, hidden)
        if len(g.names) + len(hidden) > MOST_VARIABLES or max(map(len, scopes.values())) > LARGEST:
            continue
        kept, asked = set(bits(named)), set(bits(x | y | z))
        seen_plan = _plan(list(scopes.values()), kept)
        true_plan = _plan([s for v, s in scopes.items() if not x >> v & 1], asked)
        if seen_plan is None or true_plan is None:
            continue
        tables = _random_tables(g, scopes, seed)
        observed = _eliminate(list(tables.values()), [_name(g, v) for v in seen_plan])
        untouched = [t for v, t in tables.items() if not x >> v & 1]
        truth = _eliminate(untouched, [_name(g, v) for v in true_plan])
        if z:
            truth = truth.divide(truth.sum(g.named(y)))
        worst = _distance(formula.evaluate(observed), truth)
        if not worst <= TOLERANCE:
            raise CheckFailedError(
                f"internal error: the formula found for {g.named(y)} under do{g.named(x)} given "
                f"{g.named(z)} is off by {worst:.3g} in a simulated model",
                where=formula.text(),
                hint="The answer is withheld; please report the graph and the query.",
            )
        return Audit(True, MODELS, seed, worst)
    return Audit(
        False,
        reason=f"exact enumeration would need tables of more than {LARGEST} variables "
        f"({within.bit_count()} variables and {len(hidden)} hidden ones matter)",
    )


def _pairwise(g: BitGraph, within: int) -> list[int]:
    """One hidden variable for each bidirected edge, as masks of what it acts on."""
    return [1 << i | 1 << j for i in bits(within) for j in bits(g.sib[i] & within) if i < j]


def _cliques(g: BitGraph, within: int) -> list[int]:
    """Fewer hidden variables: one for each clique of a greedy cover of the bidirected edges."""
    found: list[int] = []
    for pair in _pairwise(g, within):
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


def _random_tables(g: BitGraph, scopes: dict[int, tuple[int, ...]], seed: int) -> dict[int, Table]:
    rng = np.random.default_rng(seed)
    # the last model has probabilities near 0 and 1, where wrong formulas show most
    low = np.linspace(0.2, 0.03, MODELS)
    tables = {}
    for v, scope in scopes.items():
        shape = (MODELS, *([LEVELS] * (len(scope) - 1)))
        edge = low.reshape(-1, *([1] * (len(scope) - 1)))
        one = edge + (1 - 2 * edge) * rng.random(shape)
        tables[v] = Table.make([_name(g, s) for s in scope], np.stack([1 - one, one], axis=1))
    return tables


def _plan(scopes: Iterable[Iterable[int]], kept: set[int]) -> list[int] | None:
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
        if joined.bit_count() > LARGEST:
            return None
        order.append(v)
        masks = [m for m in masks if not m >> v & 1] + [joined & ~(1 << v)]
        stale = joined
        todo &= ~(1 << v)
    return order if _union(masks).bit_count() <= LARGEST else None


def _union(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _eliminate(tables: list[Table], names: Iterable[str]) -> Table:
    """Sum variables out one after the other; return the product of what is left."""
    for name in names:
        rest, joined = [], Table.one(MODELS)
        # small tables first, so that the large ones are touched once
        for table in sorted(tables, key=lambda t: len(t.names)):
            if name in table.names:
                joined = joined.multiply(table)
            else:
                rest.append(table)
        tables = [*rest, joined.sum([name])]
    found = Table.one(MODELS)
    for table in sorted(tables, key=lambda t: len(t.names)):
        found = found.multiply(table)
    return found


def _distance(found: Table, truth: Table) -> float:
    names = tuple(sorted({*found.names, *truth.names}))
    return float(np.max(np.abs(found.spread(names) - truth.spread(names))))
