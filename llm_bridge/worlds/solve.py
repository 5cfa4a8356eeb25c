"""What a question about a world comes to: its quantity identified on the graph and computed from the givens.

Back-door adjustment (Pearl 1995; sets by :mod:`queries.causal.adjustment`), the front-door formula (Pearl
1995), effects on the treated by adjustment (Shpitser & Pearl 2009), and, as an assumption that is said, the
instrumental ratio (Wald 1940). Direct and indirect effects are in :mod:`.mediation`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from graph.causal import CausalGraph
from graph.causal_transform import latent_projection
from llm_bridge.worlds.finding import Finding, Insufficient, listed
from llm_bridge.worlds.forms import Method
from llm_bridge.worlds.rates import Rates, levels
from llm_bridge.worlds.reading import World
from queries.causal.adjustment import is_valid
from queries.causal.bits import BitGraph
from queries.causal.expression import Expression, Probability, Product, Quotient, Sum
from queries.causal.frontdoor import find as find_front_door

__all__ = ["Solver", "method_sets"]


def _sum(over: Sequence[str], of: Expression) -> Expression:
    return Sum(tuple(over), of) if over else of


def _p(names: Sequence[str], given: Sequence[str] = ()) -> Probability:
    return Probability(tuple(names), tuple(given))


class Solver:
    """Answers typed questions about one world with its rates."""

    def __init__(self, world: World, rates: Rates) -> None:
        self.world, self.rates = world, rates
        self.seen = frozenset(world.names) - world.hidden

    # -- seeing

    def marginal(self, y: str, v: int) -> Finding:
        """P(y)."""
        p = self._need({y: v}, {})
        return Finding(
            p, "observed", "a probability of what is observed", str(_p([y])), (), {"P": p}
        )

    def conditional(self, y: str, v: int, given: Mapping[str, int]) -> Finding:
        """P(y | given)."""
        p = self._need({y: v}, given)
        formula = str(_p([y], sorted(given)))
        return Finding(p, "observed", "a probability of what is observed", formula, (), {"P": p})

    def contrast(
        self, y: str, v: int, x: str, x1: int, within: Mapping[str, int], other: str = "opposite"
    ) -> Finding:
        """P(y | x, within) against that of the opposite of x, or of all within."""
        if self.world.separated({x}, {y}, set(within)):
            reason = f"on the stated graph nothing connects {x} and {y}" + (
                f" once {listed(list(within))} is known" if within else ""
            )
            return Finding(0.0, "graph", f"{reason}: they are independent")
        one = self._need({y: v}, {x: x1, **within})
        formula = str(_p([y], [x, *sorted(within)]))
        whole = self.rates({y: v}, within) if other == "whole" else None
        if whole is not None:
            reason = "both probabilities are of what is observed"
            return Finding(
                one - whole, "observed", reason, formula, (), {"with": one, "all": whole}
            )
        two = self._need({y: v}, {x: 1 - x1, **within})
        reason = "both probabilities are of what is observed"
        if other == "whole":
            reason += "; the whole is a mixture of the two cases, so it lies between them"
        return Finding(one - two, "observed", reason, formula, (), {"with": one, "without": two})

    # -- doing

    def effect(self, x: str, x1: int, y: str, v: int) -> Finding:
        """E[y | do(x1)] - E[y | do(not x1)]."""
        if x == y:
            raise Insufficient("cause and effect are the same variable")
        if x not in self.world.ancestors[y]:
            return Finding(0.0, "graph", f"no stated effect leads from {x} to {y}")
        missing: list[str] = []
        for z in self._adjustments(x, y):
            found = [self._adjusted(x, x1, y, v, z), self._adjusted(x, 1 - x1, y, v, z)]
            if found[0] is not None and found[1] is not None:
                formula = _sum(z, Product((_p([y], [x, *z]), _p(z)))) if z else _p([y], [x])
                why = (
                    f"adjusting for {listed(z)} blocks every back-door path"
                    if z
                    else f"no back-door path leads from {x} to {y}"
                )
                return Finding(
                    found[0] - found[1], "back-door", why, str(formula), (),
                    {"do": found[0], "do not": found[1]}, z,
                )  # fmt: skip
            missing.append(self._wanted(y, x, z))
            if (result := self._strata(x, x1, y, v, z)) is not None:
                return result
        for way in (self._front_door, self._instrument):
            if (result := way(x, x1, y, v)) is not None:
                return result
        if missing:
            raise Insufficient(
                f"the effect of {x} on {y} is identified, but not by the probabilities given: "
                f"{missing[0]} would settle it"
            )
        raise Insufficient(
            f"the effect of {x} on {y} is not identified: "
            f"{listed(sorted(self.world.hidden)) or 'a common cause'} cannot be adjusted for"
        )

    def _adjustments(self, x: str, y: str) -> Iterator[tuple[str, ...]]:
        """Valid back-door sets among variables with known rates, small ones first."""
        g = self.world.bits
        usable = [n for n in self.world.order if n not in (x, y)]
        hidden = self.world.hidden
        for size in range(min(len(usable), 4) + 1):
            sets = itertools.combinations(usable, size)
            for z in sorted(sets, key=lambda s: sum(n in hidden for n in s)):
                # a hidden variable may only be used where the text itself gives its rates
                if any(n in hidden and n not in self.rates.names for n in z):
                    continue
                if is_valid(g, g.mask([x]), g.mask([y]), g.mask(z)):
                    yield z

    def _adjusted(self, x: str, x1: int, y: str, v: int, z: Sequence[str]) -> float | None:
        total = 0.0
        for values in levels(z):
            weight = self.rates(values, {})
            if weight is None:
                return None
            if weight == 0.0:
                continue
            part = self.rates({y: v}, {x: x1, **values})
            if part is None:
                return None
            total += weight * part
        return total

    def _strata(self, x: str, x1: int, y: str, v: int, z: Sequence[str]) -> Finding | None:
        """Bounds where the weights of the cases are not given: enough if all cases agree on the sign."""
        found = []
        for values in levels(z):
            one = self.rates({y: v}, {x: x1, **values})
            two = self.rates({y: v}, {x: 1 - x1, **values})
            if one is None or two is None:
                return None
            found.append(one - two)
        low, high = min(found), max(found)
        if low * high < 0:
            return None
        return Finding(
            (low + high) / 2, "bounds",
            f"the weights of the cases of {listed(z)} are not given, but in every case the difference has "
            "one sign", f"{_p([y], [x, *z])} by cases", (), {"low": low, "high": high}, tuple(z),
        )  # fmt: skip

    def _front_door(self, x: str, x1: int, y: str, v: int) -> Finding | None:
        m = self._front_set(x, y)
        if m is None:
            return None
        ends = []
        for do in (x1, 1 - x1):
            total = 0.0
            for mv in levels(m):
                weight = self.rates(mv, {x: do})
                inner = 0.0
                for xv in (0, 1):
                    px, py = self.rates({x: xv}, {}), self.rates({y: v}, {x: xv, **mv})
                    if px is None or py is None or weight is None:
                        return None
                    inner += px * py
                total += (weight or 0.0) * inner
            ends.append(total)
        formula = _sum(m, Product((_p(m, [x]), Sum((x,), Product((_p([y], [x, *m]), _p([x])))))))
        return Finding(
            ends[0] - ends[1], "front-door", f"all of the effect of {x} on {y} goes through {listed(m)}",
            str(formula), (), {"do": ends[0], "do not": ends[1]}, m,
        )  # fmt: skip

    def _front_set(self, x: str, y: str) -> tuple[str, ...] | None:
        graph = self._projected()
        g = BitGraph.of(graph)
        found = find_front_door(g, g.mask([x]), g.mask([y])) if {x, y} <= self.seen else None
        return g.named(found) if found else None

    def _projected(self) -> CausalGraph:
        """The stated graph over what is observed: hidden common causes become two-headed arrows."""
        return latent_projection(self.world.graph, self.world.hidden)

    def _instrument(self, x: str, x1: int, y: str, v: int) -> Finding | None:
        """The ratio estimator with an instrument: its sign needs effects of one direction."""
        for z in self.world.order:
            if z in (x, y) or z in self.world.hidden or x not in self.world.ancestors[y]:
                continue
            if z not in self.world.ancestors[x] or not self._is_instrument(z, x, y):
                continue
            terms = [self.rates({n: w}, {z: k}) for n, w in ((y, v), (x, x1)) for k in (1, 0)]
            if any(t is None for t in terms):
                continue
            y1, y0, p1, p0 = (t for t in terms if t is not None)
            if abs(p1 - p0) < 1e-9:
                raise Insufficient(f"{z} does not change {x} in the numbers given")
            formula = Quotient(_p([y], [z]), _p([x], [z]))
            return Finding(
                (y1 - y0) / (p1 - p0), "instrument",
                f"{z} acts on {y} through {x} only and shares no cause with it",
                f"differences over {z} in {formula.text()}",
                (f"the effect of {x} on {y} has one direction whatever {listed(sorted(self.world.hidden))} is, "
                 f"as has that of {z} on {x}",),
                {"outcome difference": y1 - y0, "treatment difference": p1 - p0}, (z,),
            )  # fmt: skip
        return None

    def _is_instrument(self, z: str, x: str, y: str) -> bool:
        g = self.world.bits.copy()
        at = g.mask([x]).bit_length() - 1
        for child in range(len(g.names)):
            g.pa[child] &= ~(1 << at)
        g.ch[at] = 0
        return g.separated(g.mask([z]), g.mask([y]), 0)

    # -- imagining

    def treated(self, x: str, x1: int, y: str, v: int) -> Finding:
        """E[Y_{not x1} - Y_{x1} | x1]: what the opposite would have changed for those with x1."""
        if x not in self.world.ancestors[y]:
            return Finding(0.0, "graph", f"no stated effect leads from {x} to {y}")
        missing: list[str] = []
        other = 1 - x1
        for z in self._adjustments(x, y):
            actual = imagined = 0.0
            for values in levels(z):
                weight = self.rates(values, {x: x1})
                if weight is None:
                    break
                if weight == 0.0:
                    continue
                there = self.rates({y: v}, {x: other, **values})
                here = self.rates({y: v}, {x: x1, **values})
                if there is None or here is None:
                    break
                actual += weight * here
                imagined += weight * there
            else:
                formula = _sum(z, Product((_p([y], [x, *z]), _p(z, [x])))) if z else _p([y], [x])
                why = (
                    f"within the cases of {listed(z)} those with and without {x} are alike"
                    if z
                    else f"nothing that acts on {x} acts on {y} by another way"
                )
                return Finding(
                    imagined - actual, "back-door among the treated", why, str(formula), (),
                    {"imagined": imagined, "actual": actual}, z,
                )  # fmt: skip
            missing.append(self._wanted(y, x, z))
            if (found := self._strata(x, other, y, v, z)) is not None:
                return found
        m = self._front_set(x, y)
        if m is not None:
            ends = []
            for do in (other, x1):
                total: float | None = 0.0
                for mv in levels(m):
                    weight, part = self.rates(mv, {x: do}), self.rates({y: v}, {x: x1, **mv})
                    if weight is None or part is None or total is None:
                        total = None
                        break
                    total += weight * part
                ends.append(total)
            if ends[0] is not None and ends[1] is not None:
                formula = _sum(m, Product((_p(m, [x]), _p([y], [x, *m]))))
                return Finding(
                    ends[0] - ends[1], "front-door among the treated",
                    f"all of the effect of {x} on {y} goes through {listed(m)}", str(formula), (),
                    {"imagined": ends[0], "actual": ends[1]}, m,
                )  # fmt: skip
        found = self._instrument(x, other, y, v)
        if found is not None:
            return found
        raise Insufficient(
            f"{missing[0]} would settle it" if missing else
            f"the effect of {x} on {y} among those with it is not identified"
        )  # fmt: skip

    # -- ways of looking

    def methods(self, x: str, y: str, one: Sequence[str], two: Sequence[str]) -> tuple[bool, bool]:
        """Return whether adjusting for ``one``, and for ``two``, gives the effect of x on y."""
        g = self.world.bits
        found = []
        for z in (one, two):
            hidden = set(z) & self.world.hidden
            found.append(not hidden and is_valid(g, g.mask([x]), g.mask([y]), g.mask(z)))
        return found[0], found[1]

    # -- help

    def _need(self, target: Mapping[str, int], given: Mapping[str, int]) -> float:
        found = self.rates(target, given)
        if found is None:
            raise Insufficient(
                f"{_p(sorted(target), sorted(given))} does not follow from what is given"
            )
        return found

    def _wanted(self, y: str, x: str, z: Sequence[str]) -> str:
        return f"{_p([y], [x, *z])}" + (f" with {_p(z)}" if z else "")


def method_sets(methods: Sequence[Method]) -> dict[str, str]:
    """Return method's name -> phrase of what it goes by."""
    return {m.number.lower(): m.by for m in methods}
