"""Complete identification of counterfactual distributions, nested ones and conditional ones too.

A counterfactual event is written over the ancestors of its variables, each in its own world, as
ctf-factors: P(A set by its parents = a, B set by its parents = b, ...), one for each district. A factor
whose variables and their parents each take one value is an ordinary c-factor Q, which is sought by
:mod:`queries.causal.algorithm`; one that needs a variable at two values cannot be had from any data.
Two counterfactuals of one variable with the same parents' values are one, whose values must agree;
this is what makes the composition axiom hold (Y set to X = x is Y where X is x).

Source: Correa, Lee and Bareinboim, Nested Counterfactual Identification from Arbitrary Surrogate
Experiments, NeurIPS 2021: un-nesting (theorem 1), ancestral sets (definition 3), ctf-factorisation
(theorems 2, 3), inconsistent factors (theorem 4), conditional queries (section 4: here, the parts of
numerator and denominator that are the same cancel). Several experiments: Lee, Correa and Bareinboim,
General Identifiability with Arbitrary Surrogate Experiments, UAI 2019. Events of the parallel worlds:
Shpitser and Pearl, Complete Identification Methods for the Causal Hierarchy, JMLR 9:1941 (2008).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graph.errors import UsageError
from queries.causal.algorithm import Hedge, district_chain, reach
from queries.causal.bits import BitGraph, bits
from queries.causal.counterfactual_expression import ZERO, divided, renamed
from queries.causal.counterfactual_terms import Term
from queries.causal.expression import Expression, Probability, Regime
from queries.causal.simplify import product, summed

__all__ = ["Conflict", "Found", "Symbols", "identify_counterfactual"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A ctf-factor that needs one variable at two values.

    Attributes:
        district: mask of its variables, tied by hidden common causes.
        variable: the one needed twice.
        symbols: its two values.
        reader: the variable of the district for which it must have the second value; ``variable``
            itself if it is needed in two worlds.
    """

    district: int
    variable: int
    symbols: tuple[str, str]
    reader: int


@dataclass(frozen=True, slots=True)
class Found:
    """A formula, and the experiments that it reads (sets of variables, sorted)."""

    expression: Expression
    experiments: tuple[tuple[str, ...], ...] = ()


class Symbols:
    """Names of values: ``X=1``, ``x'``, or the variable's own name where the value is open."""

    def __init__(self, g: BitGraph) -> None:
        self.g = g
        self.variable_of: dict[str, str] = {}
        self.label_of: dict[str, str] = {}
        self._taken = set(g.names)

    def label(self, variable: str, label: str) -> str:
        """The symbol of a named value."""
        bare = label.startswith(variable.lower()) and label not in self._taken and not label.isdigit()  # fmt: skip
        for shown in (label, f"{variable}={label}") if bare else (f"{variable}={label}",):
            if self.variable_of.get(shown, variable) == variable:
                self.variable_of[shown] = variable
                self.label_of[shown] = label
                return shown
        raise UsageError(f"the value {label!r} of {variable!r} reads like another variable's")

    def opened(self, variable: str) -> str:
        """The symbol of a value that is left open."""
        self.variable_of[variable] = variable
        return variable

    def summed(self, variable: str, used: Iterable[str]) -> str:
        """A symbol for a value that is summed over, unlike those in ``used``."""
        shown, taken = variable, set(used) | (self._taken - {variable})
        while shown in taken:
            shown += "'"
        self.variable_of[shown] = variable
        return shown


class _ImpossibleError(Exception):
    """The event contradicts itself."""


@dataclass(slots=True)
class _Node:
    """One variable set by its parents' values: a member of a ctf-factor."""

    variable: int
    parents: tuple[tuple[int, str], ...]
    symbol: str


class _Worlds:
    """The counterfactual ancestors of terms, with one symbol for each one's value."""

    def __init__(self, g: BitGraph, symbols: Symbols, constants: set[str]) -> None:
        self.g, self.symbols, self.constants = g, symbols, constants
        self.at = {name: i for i, name in enumerate(g.names)}
        self.nodes: dict[tuple[int, tuple[tuple[int, str], ...]], _Node] = {}
        self._same: dict[str, str] = {}

    def find(self, symbol: str) -> str:
        while symbol in self._same:
            symbol = self._same[symbol]
        return symbol

    def unify(self, one: str, two: str) -> bool:
        """Make two symbols one; whether they were two."""
        one, two = self.find(one), self.find(two)
        if one == two:
            return False
        if one in self.constants and two in self.constants:
            opened = [s for s in (one, two) if s not in self.symbols.label_of]
            if opened:
                name = self.symbols.variable_of[opened[0]]
                raise UsageError(
                    f"the condition already says what {name} is in that world, so there is no "
                    "distribution to ask for"
                )
            raise _ImpossibleError
        if one in self.constants:
            self._same[two] = one
        else:
            self._same[one] = two
        return True

    def require(self, term: Term) -> None:
        """Add a term of the event with its ancestors."""
        own = self.place(term)
        v = term.variable
        value = self.symbols.opened(v) if term.value is None else self.symbols.label(v, term.value)
        self.unify(own, value)

    def place(self, term: Term) -> str:
        """Add what a term's value depends on, and return the symbol of that value."""
        g, v = self.g, self.at[term.variable]
        held = {self.at[name]: value for name, value in term.do}
        values: dict[int, str] = {}

        def set_to(i: int) -> str:
            # resolved only where it acts: what is set to no effect asks nothing of its own world
            if i not in values:
                value = held[i]
                values[i] = (
                    self.place(value)
                    if isinstance(value, Term)
                    else self.symbols.label(g.names[i], value)
                )
            return values[i]

        if v in held:
            return set_to(v)
        cut = sum(1 << i for i in held)
        acting: dict[int, frozenset[int]] = {}
        own: dict[int, str] = {}
        for i in bits(g.closure(g.pa, 1 << v, g.all & ~cut)):
            acting[i] = frozenset().union(
                *(frozenset((p,)) if cut >> p & 1 else acting[p] for p in bits(g.pa[i]))
            )
            key = i, tuple((j, self.find(set_to(j))) for j in sorted(acting[i]))
            if key not in self.nodes:
                parents = tuple((p, set_to(p) if cut >> p & 1 else own[p]) for p in bits(g.pa[i]))
                used = {*self.constants, *self._same, *(n.symbol for n in self.nodes.values())}
                fresh = self.symbols.summed(g.names[i], used)
                self.nodes[key] = _Node(i, parents, fresh)
            own[i] = self.nodes[key].symbol
        return own[v]

    def merge(self) -> None:
        """Make one of what is the same variable with the same parents' values."""
        changed = True
        while changed:
            changed = False
            forms: dict[tuple[int, tuple[str, ...]], str] = {}
            for node in self.nodes.values():
                form = node.variable, tuple(self.find(s) for _, s in node.parents)
                if form in forms:
                    changed |= self.unify(node.symbol, forms[form])
                else:
                    forms[form] = node.symbol

    def factors(self) -> list[tuple[int, list[_Node]]]:
        """The ctf-factors: a district each, and its nodes, each once."""
        once: dict[tuple[int, tuple[str, ...]], _Node] = {}
        for node in self.nodes.values():
            parents = tuple((p, self.find(s)) for p, s in node.parents)
            form = node.variable, tuple(s for _, s in parents)
            once.setdefault(form, _Node(node.variable, parents, self.find(node.symbol)))
        within = 0
        for node in once.values():
            within |= 1 << node.variable
        return [
            (part, [n for n in once.values() if part >> n.variable & 1])
            for part in self.g.districts(within)
        ]


Factor = tuple[int, list[_Node]]


def _parts(factors: Sequence[Factor], constants: set[str]) -> list[list[Factor]]:
    """Factors that share no summed symbol stand apart."""
    groups: list[tuple[list[Factor], set[str]]] = []
    for factor in factors:
        names = {s for n in factor[1] for s in (n.symbol, *(s for _, s in n.parents))} - constants
        mine, apart = ([factor], names), []
        for group in groups:
            if group[1] & mine[1]:
                mine = (group[0] + mine[0], group[1] | mine[1])
            else:
                apart.append(group)
        groups = [*apart, mine]
    return [group for group, _ in groups]


def _signature(part: list[Factor]) -> frozenset[tuple[int, tuple[tuple[int, str], ...], str]]:
    return frozenset((n.variable, n.parents, n.symbol) for _, nodes in part for n in nodes)


def identify_counterfactual(
    g: BitGraph,
    event: Sequence[Term],
    given: Sequence[Term],
    symbols: Symbols,
    experiments: Sequence[int] | None = (),
) -> Found | Hedge | Conflict:
    """Return the formula of P(event | given), or what forbids one.

    Args:
        symbols: filled with the names of the values that the formula uses.
        experiments: masks of variables that were set together in an experiment, at every combination
            of their values; None: every experiment there is.

    Raises:
        UsageError: if the condition contradicts itself, or settles what is asked.
    """
    constants: set[str] = set()
    for term in (*given, *event):
        for part in term.walk():
            if part.value is not None:
                constants.add(symbols.label(part.variable, part.value))
            for name, value in part.do:
                if not isinstance(value, Term):
                    constants.add(symbols.label(name, value))
    constants |= {symbols.opened(t.variable) for t in event if t.value is None}
    try:
        below = _joint(g, given, symbols, constants)
    except _ImpossibleError:
        raise UsageError("the condition contradicts itself: it never happens") from None
    try:
        above = _joint(g, (*given, *event), symbols, constants)
    except _ImpossibleError:
        return Found(ZERO)
    tops, bottoms = _parts(above, constants), _parts(below, constants)
    shared = {_signature(p) for p in tops} & {_signature(p) for p in bottoms}
    asked = 0
    for district, _ in above:
        asked |= district
    within = g.ancestors(asked)
    halves: list[Expression] = []
    used: set[tuple[str, ...]] = set()
    for parts in (tops, bottoms):
        left = [f for p in parts if _signature(p) not in shared for f in p]
        found = _formula(g, left, constants, within, experiments, used)
        if not isinstance(found, Expression):
            return found
        halves.append(found)
    return Found(divided(*halves), tuple(sorted(used)))


def _joint(
    g: BitGraph, terms: Sequence[Term], symbols: Symbols, constants: set[str]
) -> list[Factor]:
    worlds = _Worlds(g, symbols, constants)
    for term in terms:
        worlds.require(term)
        # at once, so that a condition's ancestors have the same symbols below and above the line
        worlds.merge()
    return worlds.factors()


def _formula(
    g: BitGraph,
    factors: Sequence[Factor],
    constants: set[str],
    within: int,
    experiments: Sequence[int] | None,
    used: set[tuple[str, ...]],
) -> Expression | Hedge | Conflict:
    """Return the sum over all symbols but the constants of the product of the factors."""
    written: list[Expression] = []
    over: dict[str, None] = {}
    bindings: list[tuple[int, dict[int, str]]] = []
    # a conflict is told before a hedge: no experiment helps against it
    for district, nodes in factors:
        binding: dict[int, str] = {n.variable: n.symbol for n in nodes}
        for node in nodes:
            for v, s in ((node.variable, node.symbol), *node.parents):
                if binding.setdefault(v, s) != s:
                    return Conflict(district, v, (binding[v], s), node.variable)
        bindings.append((district, binding))
    for district, binding in sorted(bindings, key=lambda b: -b[0]):
        found = _c_factor(g, district, within, experiments)
        if isinstance(found, Hedge):
            return found
        expression, done = found
        if done:
            used.add(tuple(sorted(g.named(done))))
        names = {g.names[v]: s for v, s in binding.items()}
        written += [renamed(f, names) for f in expression]
        over |= {s: None for v, s in binding.items() if district >> v & 1 and s not in constants}
    return summed(tuple(over), product(written))


def _c_factor(
    g: BitGraph, district: int, within: int, experiments: Sequence[int] | None
) -> tuple[list[Expression], int] | Hedge:
    """Return the factors of Q[district] and what is set in the experiment they are read off."""
    chain = reach(g, district, district_chain(g, g.district(district, within), within))
    if not isinstance(chain, Hedge):
        return [chain[i] for i in sorted(chain, reverse=True)], 0
    if experiments is None:
        outside = g.union(g.pa, district) & ~district
        return [Probability(g.named(district), (), Regime(do=g.named(outside)))], outside
    for done in sorted(experiments, key=int.bit_count):
        if done & district:
            continue
        left = g.ancestors(district, g.all & ~done)
        whole = district_chain(g, g.district(district, left), left, Regime(do=g.named(done)))
        found = reach(g, district, whole)
        if not isinstance(found, Hedge):
            return [found[i] for i in sorted(found, reverse=True)], done
    return chain
