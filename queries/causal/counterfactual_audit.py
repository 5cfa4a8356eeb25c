"""The audit of a counterfactual formula: exact counterfactuals in random models of the same graph.

Each model is a full structural one: every bidirected edge an explicit hidden variable, every variable
a random function of its causes, its hidden variables and noise of its own. The worlds of a question are
laid side by side with the same hidden variables and noise in all of them (twin networks, Balke and
Pearl 1994), and what is asked is got by exact elimination. Nothing of the identification is used: not
its ancestral sets, not its merging of worlds, not its factors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from graph.errors import CheckFailedError
from queries.causal.audit import clique_cover, pairwise_cover
from queries.causal.bits import BitGraph, bits
from queries.causal.counterfactual_algorithm import Symbols
from queries.causal.counterfactual_expression import evaluate
from queries.causal.counterfactual_terms import Term, terms_text
from queries.causal.expression import Expression, Regime
from queries.causal.results import Audit
from queries.causal.table import Table

__all__ = ["audit_counterfactual"]

LARGEST = 1 << 16
"""cells of one table of one model"""
MOST_TABLES = 150
TOLERANCE = 1e-7
MET = 1e-12
"""a condition that is less likely than this is not met by any unit of a model"""
ROUNDS = ((2, 2), (1, 3))
"""(models, most levels of a variable)"""


def audit_counterfactual(
    g: BitGraph,
    event: Sequence[Term],
    given: Sequence[Term],
    formula: Expression,
    symbols: Symbols,
    *,
    binary: Iterable[str] = (),
    seed: int = 0,
) -> Audit:
    """Check that ``formula`` is P(event | given) in random models of ``g``.

    Args:
        symbols: the names of values that the formula uses.
        binary: variables that have two levels in every model.

    Returns:
        how it was done, or why it was skipped: it is when a table of more than 2^16 cells is needed.

    Raises:
        CheckFailedError: if it is not. That is an error in etiograph, never in the question.
    """
    models, worst, levels = 0, 0.0, set[int]()
    for number, most in ROUNDS:
        for cover in (pairwise_cover, clique_cover):
            model = _Model(g, cover, symbols, formula, (*event, *given), number, most, set(binary), seed)  # fmt: skip
            error = model.error(event, given)
            if error is not None:
                break
        if error is None:
            break
        models, worst, levels = models + number, max(worst, error), levels | set(model.levels)
        if not error <= TOLERANCE:
            raise CheckFailedError(
                f"internal error: the formula found for P({terms_text(event)} | {terms_text(given)}) "
                f"is off by {error:.3g} in a simulated model",
                where=formula.text(),
                hint="The answer is withheld; please report the graph and the query.",
            )
    if models:
        return Audit(True, models, seed, worst, levels=tuple(sorted(levels)))
    return Audit(
        False, reason=f"exact enumeration would need tables of more than {LARGEST:,} cells"
    )


class _Model:
    """A batch of random structural models."""

    def __init__(
        self,
        g: BitGraph,
        cover: object,
        symbols: Symbols,
        formula: Expression,
        terms: Sequence[Term],
        models: int,
        most: int,
        binary: set[str],
        seed: int,
    ) -> None:
        self.g, self.symbols, self.formula, self.models = g, symbols, formula, models
        self.at = {name: i for i, name in enumerate(g.names)}
        named = {self._variable(s) for s in formula.variables}
        for term in terms:
            for part in term.walk():
                named |= {part.variable, *(k for k, _ in part.do)}
        self.within = g.ancestors(g.mask(named))
        self.named = named
        self.hidden: list[int] = cover(g, self.within)  # type: ignore[operator]
        rng = np.random.default_rng([seed, most])
        labels: dict[str, int] = {}
        for symbol in symbols.label_of:
            name = symbols.variable_of[symbol]
            labels[name] = labels.get(name, 0) + 1
        size = {}
        for i in bits(self.within):
            name = g.names[i]
            drawn = int(rng.integers(2, most + 1))
            size[name] = 2 if name in binary else max(labels.get(name, 2), drawn)
        self.size = size
        self.levels = sorted(set(size.values()))
        self.noise: dict[int, Table] = {}
        self.tables: dict[int, tuple[tuple[str, ...], np.ndarray]] = {}  # type: ignore[type-arg]
        self.causes: list[Table] = []
        for k, _ in enumerate(self.hidden):
            self.causes.append(Table((f"\x00u{k}",), _weights(rng, models, 2)))
        self.fits = True
        for i in bits(self.within):
            self._mechanism(i, rng)

    def _variable(self, symbol: str) -> str:
        return self.symbols.variable_of.get(symbol, symbol)

    def _mechanism(self, i: int, rng: np.random.Generator) -> None:
        """A random function: one-hot over own levels, parents' levels, hidden ones, noise."""
        g, own = self.g, self.size[self.g.names[i]]
        parents = [g.names[p] for p in bits(g.pa[i])]
        hidden = [f"\x00u{k}" for k, mask in enumerate(self.hidden) if mask >> i & 1]
        shape = [self.size[p] for p in parents] + [2] * len(hidden)
        noise = 2 * own
        if self.models * own * noise * np.prod(shape, dtype=float) > LARGEST * self.models:
            self.fits = False
            return
        # whatever its causes, every level is reached by some noise, so that nothing has weight 0
        some = rng.permuted(
            np.broadcast_to(np.arange(own), (self.models, *shape, own)).copy(), axis=-1
        )
        rest = rng.integers(0, own, (self.models, *shape, noise - own))
        chosen = np.concatenate([some, rest], axis=-1)
        onehot = np.moveaxis(np.eye(own)[chosen], -1, 1)
        self.tables[i] = ((g.names[i], *parents, *hidden, f"\x00r{i}"), onehot)
        self.noise[i] = Table((f"\x00r{i}",), _weights(rng, self.models, noise))

    def _copy(self, i: int, axes: Mapping[str, str]) -> Table:
        names, values = self.tables[i]
        return Table.make([axes.get(n, n) for n in names], values)

    def error(self, event: Sequence[Term], given: Sequence[Term]) -> float | None:
        """Largest difference of the formula and the truth, or None if tables get too large."""
        if not self.fits:
            return None
        joints: dict[Regime, Table] = {}
        for regime in self.formula.regimes or {Regime()}:
            done = tuple(sorted(map(self._variable, regime.do)))
            found = self._observed(done)
            if found is None:
                return None
            joints[Regime(do=done)] = found
        truth = self._truth((*given, *event))
        if truth is None:
            return None
        below = Table.one(self.models)
        if given:
            found = self._truth(given)
            if found is None:
                return None
            below = found
            truth = truth.divide(below)
        value = evaluate(self.formula, joints, self.symbols.variable_of)
        names = tuple(sorted({*value.names, *truth.names, *below.names}))
        apart = np.abs(value.spread(names) - truth.spread(names))
        # a condition over several worlds may be one that no unit of a model meets
        asked = self._distinct(names) & (below.spread(names) > MET)
        return float(np.max(np.where(asked, apart, 0.0), initial=0.0))

    def _distinct(self, names: Sequence[str]) -> np.ndarray:  # type: ignore[type-arg]
        """Where two labels of one variable are two levels."""
        valid = np.ones([1] * (1 + len(names)), dtype=bool)
        labelled = [n for n in names if n in self.symbols.label_of]
        for a, one in enumerate(labelled):
            for two in labelled[a + 1 :]:
                if self._variable(one) == self._variable(two):
                    size = self.size[self._variable(one)]
                    shape = [size if n in (one, two) else 1 for n in names]
                    valid = valid & ~np.eye(size, dtype=bool).reshape(1, *shape)
        return valid

    def _observed(self, done: tuple[str, ...]) -> Table | None:
        parts = list(self.causes)
        for i in bits(self.within):
            if self.g.names[i] not in done:
                parts += [self._copy(i, {}), self.noise[i]]
        return _eliminate(parts, self.named | set(done), self.models)

    def _truth(self, terms: Sequence[Term]) -> Table | None:
        """P(terms) for every value of their symbols."""
        parts: dict[str, Table] = {t.names[0]: t for t in self.causes}
        keep: set[str] = set()

        def place(term: Term) -> str:
            """The axis of a term's value, its world laid out."""
            held: dict[str, str] = {}
            for name, value in term.do:
                held[name] = (
                    place(value) if isinstance(value, Term) else self.symbols.label(name, value)
                )
                if not isinstance(value, Term):
                    keep.add(held[name])
            world = "\x00w" + "\x01".join(f"{k}\x02{v}" for k, v in sorted(held.items()))
            axes = {n: held.get(n, f"{world}\x03{n}") for n in self.g.names}
            cut = self.g.mask(held)
            for i in bits(self.g.closure(self.g.pa, self.g.mask([term.variable]) & ~cut, self.g.all & ~cut)):  # fmt: skip
                parts[axes[self.g.names[i]]] = self._copy(i, axes)
                parts[f"\x00r{i}"] = self.noise[i]
            return axes[term.variable]

        for n, term in enumerate(terms):
            axis = place(term)
            v = term.variable
            shown = v if term.value is None else self.symbols.label(v, term.value)
            keep.add(shown)
            same = np.broadcast_to(np.eye(self.size[v]), (self.models, self.size[v], self.size[v]))
            if axis == shown:
                continue
            parts[f"\x00e{n}"] = Table.make((axis, shown), same)
        return _eliminate(list(parts.values()), keep, self.models)


def _weights(rng: np.random.Generator, models: int, levels: int) -> np.ndarray:  # type: ignore[type-arg]
    """Random probabilities, some of them low, none below 0.02."""
    drawn = rng.dirichlet(np.full(levels, 0.7), size=models)
    weights: np.ndarray = 0.02 + (1 - 0.02 * levels) * drawn  # type: ignore[type-arg]
    return weights


def _eliminate(tables: list[Table], keep: set[str], models: int) -> Table | None:
    """Sum out all but ``keep``, smallest table first; None if one gets too large."""
    if len(tables) > MOST_TABLES:
        return None
    size = {n: s for t in tables for n, s in zip(t.names, t.values.shape[1:], strict=True)}

    def cells(names: Iterable[str]) -> float:
        return float(np.prod([size[n] for n in names], dtype=float))

    todo = set(size) - keep
    joined: dict[str, frozenset[str]] = {}
    while todo:
        for name in todo - set(joined):
            joined[name] = frozenset().union(*(t.names for t in tables if name in t.names))
        name = min(todo, key=lambda n: (cells(joined[n]), n))
        if cells(joined[name]) > LARGEST:
            return None
        found = Table.one(models)
        rest = []
        for table in sorted(tables, key=lambda t: len(t.names)):
            if name in table.names:
                found = found.multiply(table)
            else:
                rest.append(table)
        tables = [*rest, found.sum([name])]
        for other in joined[name]:
            joined.pop(other, None)
        joined.pop(name, None)
        todo.discard(name)
    if cells({n for t in tables for n in t.names}) > LARGEST:
        return None
    found = Table.one(models)
    for table in tables:
        found = found.multiply(table)
    return found
