"""One formula for all causal graphs of a PAG or MAG, beyond adjustment: the algorithm IDP.

Q[C] is the distribution of C when everything else is set. From Q of all nodes down to that of the outcome's
possible ancestors, a bucket (nodes joined by o-o) is taken away where none of its nodes has a possible child
in its own possible c-component; where none can be, Q is split by regions.

Source: Jaber, Zhang and Bareinboim, Causal Identification under Markov Equivalence: Completeness Results,
ICML 2019: pc- and dc-components (definitions 3, 4), taking a bucket away (theorem 1), splitting (theorem 2),
IDP (algorithm 1), which is complete for joint effects without conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from graph.causal import CausalGraph, GraphKind, Mark
from graph.causal_classes import ends, mag_member
from queries.causal.expression import ONE, Expression, Probability
from queries.causal.simplify import product, quotient, summed

__all__ = ["identify_in_ancestral"]

Nodes = frozenset[str]
Chain = list[tuple[Nodes, Expression]]
"""Buckets, causes first, each with its probability given those before it; the product is Q of all."""
MOST_NODES = 40
"""nodes up to which the search is tried"""


def identify_in_ancestral(
    graph: CausalGraph,
    x: Iterable[str],
    y: Iterable[str],
    visible: Callable[[str, str], bool],
) -> Expression | None:
    """Return the formula of P(y | do(x)) that holds in every member, or None if there is none.

    Args:
        graph: a PAG or MAG without selection.
        visible: whether a --> b certainly has no hidden common cause beside it.
    """
    if len(graph.nodes) > MOST_NODES:
        return None
    search = _Search(graph, visible)
    outcomes = frozenset(y)
    everything = frozenset(graph.nodes)
    wanted = search.possible_ancestors(outcomes, everything - frozenset(x))
    found = search.identify(wanted, search.chain(everything))
    return None if found is None else summed(tuple(sorted(wanted - outcomes)), found)


class _Search:
    """Marks and components of one graph."""

    def __init__(self, graph: CausalGraph, visible: Callable[[str, str], bool]) -> None:
        self.at = ends(graph)
        self.member = graph if graph.kind is GraphKind.MAG else mag_member(graph)
        self.near: dict[str, list[str]] = {n: [] for n in graph.nodes}
        for a, b in self.at:
            self.near[a].append(b)
        self.seen = {
            (a, b)
            for (a, b), mark in self.at.items()
            if mark is Mark.ARROW and self.at[b, a] is Mark.TAIL and visible(a, b)
        }

    def possible_children(self, node: str, within: Nodes) -> Nodes:
        """Nodes that it may cause directly: no arrowhead at it, no tail at them."""
        at = self.at
        return frozenset(
            n
            for n in self.near[node]
            if n in within and at[n, node] is not Mark.ARROW and at[node, n] is not Mark.TAIL
        )

    def possible_ancestors(self, nodes: Nodes, within: Nodes) -> Nodes:
        found = set(nodes & within)
        grown = True
        while grown:
            more = {n for n in within - found if self.possible_children(n, within) & found}
            found |= more
            grown = bool(more)
        return frozenset(found)

    def buckets(self, within: Nodes) -> list[Nodes]:
        """Nodes joined by o-o, causes first."""
        at = self.at
        left, groups = set(within), []
        while left:
            whole = self._joined(min(left), within, lambda a, b: at[a, b] is at[b, a] is Mark.CIRCLE)  # fmt: skip
            left -= whole
            groups.append(whole)
        ordered: list[Nodes] = []
        while groups:
            # the last one: only arrowheads lead into it from the others
            rest = frozenset().union(*groups)
            last = next(
                g for g in groups
                if all(at[n, a] is Mark.ARROW for a in g for n in self.near[a] if n in rest - g)
            )  # fmt: skip
            groups.remove(last)
            ordered.insert(0, last)
        return ordered

    def _joined(self, start: str, within: Nodes, fits: Callable[[str, str], bool]) -> Nodes:
        found, stack = {start}, [start]
        while stack:
            a = stack.pop()
            fresh = [b for b in self.near[a] if b in within and b not in found and fits(a, b)]
            found.update(fresh)
            stack += fresh
        return frozenset(found)

    def chain(self, whole: Nodes) -> Chain:
        """Of all nodes: conditions that say nothing more are left out."""
        found: Chain = []
        before: list[str] = []
        for bucket in self.buckets(whole):
            given = list(before)
            for name in before:
                rest = [n for n in given if n != name]
                if self.member.m_separated(bucket, (name,), rest):
                    given = rest
            found.append((bucket, Probability(tuple(sorted(bucket)), tuple(sorted(given)))))
            before += sorted(bucket)
        return found

    def tied(self, node: str, within: Nodes) -> Nodes:
        """The definite c-component: joined by bidirected edges."""
        at = self.at
        return self._joined(node, within, lambda a, b: at[a, b] is at[b, a] is Mark.ARROW)

    def maybe_tied(self, nodes: Nodes, within: Nodes) -> Nodes:
        """The possible c-component: joined by a path of invisible edges with colliders only inside."""
        found = set(nodes)
        for start in sorted(nodes):
            passed: set[str] = set()
            stack = [(start, True)]
            while stack:
                a, first = stack.pop()
                for b in self.near[a]:
                    if b not in within or (a, b) in self.seen or (b, a) in self.seen:
                        continue
                    if not first and self.at[b, a] is not Mark.ARROW:
                        continue
                    found.add(b)
                    if self.at[a, b] is Mark.ARROW and b not in passed:
                        passed.add(b)
                        stack.append((b, False))
        return frozenset(found)

    def region(self, nodes: Nodes, within: Nodes) -> Nodes:
        tied = self.maybe_tied(nodes, within)
        return frozenset().union(*(b for b in self.buckets(within) if b & tied))

    def identify(self, wanted: Nodes, chain: Chain) -> Expression | None:
        """Return Q[wanted] from the chain of a larger set."""
        if not wanted:
            return ONE
        whole = frozenset().union(*(bucket for bucket, _ in chain))
        if wanted == whole:
            return product(factor for _, factor in reversed(chain))
        for bucket, _ in reversed(chain):
            if not bucket & wanted and self._removable(bucket, whole):
                return self.identify(wanted, self._without(bucket, chain, whole))
        for bucket in self.buckets(wanted):
            one = self.region(bucket, wanted)
            two = self.region(wanted - one, wanted)
            if wanted in (one, two):
                continue
            halves = [self.identify(part, chain) for part in (one, two, one & two)]
            first, second, both = halves
            if first is None or second is None or both is None:
                return None
            return quotient(product([first, second]), both)
        return None

    def _removable(self, bucket: Nodes, whole: Nodes) -> bool:
        return not any(
            (self.possible_children(n, whole) - bucket) & self.maybe_tied(frozenset((n,)), whole)
            for n in bucket
        )

    def _without(self, bucket: Nodes, chain: Chain, whole: Nodes) -> Chain:
        """The chain of what is left: the factors of what is tied to the bucket, summed over it, as
        conditionals again; those of the others stay."""
        tied = frozenset().union(*(self.tied(n, whole) for n in bucket))
        over = tuple(sorted(bucket))
        found: Chain = []
        inside: list[Expression] = []
        last: Expression | None = None
        for one, factor in chain:
            if one <= tied:
                inside.append(factor)
            if one == bucket:
                last = summed(over, product(inside))
                continue
            if last is not None and one <= tied:
                now = summed(over, product(inside))
                factor, last = quotient(now, last), now
            found.append((one, factor))
        return found
