"""An acyclic directed mixed graph on bit masks: the form the identification algorithms work on.

Node ``i`` is bit ``1 << i``; nodes are numbered in causal order, so that a smaller bit never is an
effect of a larger one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from graph.causal import CausalGraph

__all__ = ["BitGraph", "bits"]


def bits(mask: int) -> Iterator[int]:
    """Yield the positions of the bits of ``mask``, smallest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class BitGraph:
    """Adjacency as bit masks: ``pa[i]``, ``ch[i]``, ``sib[i]``.

    Args:
        names: node names in causal order.
        directed: index pairs ``(cause, effect)``.
        bidirected: index pairs.
    """

    __slots__ = ("all", "ch", "names", "pa", "sib")

    def __init__(
        self,
        names: Sequence[str],
        directed: Iterable[tuple[int, int]],
        bidirected: Iterable[tuple[int, int]],
    ) -> None:
        n = len(names)
        self.names = tuple(names)
        self.all = (1 << n) - 1
        self.pa, self.ch, self.sib = [0] * n, [0] * n, [0] * n
        for a, b in directed:
            self.ch[a] |= 1 << b
            self.pa[b] |= 1 << a
        for a, b in bidirected:
            self.sib[a] |= 1 << b
            self.sib[b] |= 1 << a

    @classmethod
    def of(cls, graph: CausalGraph) -> BitGraph:
        """Return the bit form of an acyclic graph with directed and bidirected edges only."""
        names = graph.topological_order()
        at = {name: i for i, name in enumerate(names)}
        return cls(
            names,
            ((at[a], at[b]) for a, b in graph.directed),
            ((at[a], at[b]) for a, b in graph.bidirected),
        )

    def copy(self) -> BitGraph:
        """Return a copy whose masks may be changed."""
        other = object.__new__(BitGraph)
        other.names, other.all = self.names, self.all
        other.pa, other.ch, other.sib = self.pa.copy(), self.ch.copy(), self.sib.copy()
        return other

    def mask(self, names: Iterable[str]) -> int:
        """Return the mask of these nodes."""
        at = {name: i for i, name in enumerate(self.names)}
        found = 0
        for name in names:
            found |= 1 << at[name]
        return found

    def named(self, mask: int) -> tuple[str, ...]:
        """Return the names of a mask, in causal order."""
        return tuple(self.names[i] for i in bits(mask))

    def union(self, table: Sequence[int], mask: int) -> int:
        """Return all that ``table`` holds for the nodes of ``mask``."""
        found = 0
        while mask:
            low = mask & -mask
            found |= table[low.bit_length() - 1]
            mask ^= low
        return found

    def closure(self, table: Sequence[int], start: int, within: int) -> int:
        """Return what can be reached from ``start`` (included) inside ``within``."""
        found = fresh = start & within
        while fresh:
            fresh = self.union(table, fresh) & within & ~found
            found |= fresh
        return found

    def ancestors(self, mask: int, within: int = -1) -> int:
        """Ancestors of ``mask``, itself included, in the subgraph ``within``."""
        return self.closure(self.pa, mask, self.all & within)

    def descendants(self, mask: int, within: int = -1) -> int:
        """Descendants of ``mask``, itself included, in the subgraph ``within``."""
        return self.closure(self.ch, mask, self.all & within)

    def district(self, mask: int, within: int) -> int:
        """The district(s) of ``mask`` in the subgraph ``within``."""
        return self.closure(self.sib, mask, within)

    def districts(self, within: int) -> list[int]:
        """The districts of the subgraph ``within``, in order of their first node."""
        found = []
        while within:
            part = self.district(within & -within, within)
            found.append(part)
            within &= ~part
        return found

    def cut_into(self, mask: int) -> BitGraph:
        """The graph without arrowheads at ``mask``."""
        other = self.copy()
        for i in bits(mask):
            other.pa[i] = other.sib[i] = 0
        for i in range(len(other.pa)):
            other.ch[i] &= ~mask
            other.sib[i] &= ~mask
        return other

    def cut_out(self, mask: int) -> BitGraph:
        """The graph without directed edges that leave ``mask``."""
        other = self.copy()
        for i in bits(mask):
            other.ch[i] = 0
        for i in range(len(other.pa)):
            other.pa[i] &= ~mask
        return other

    def separated(self, x: int, y: int, given: int) -> bool:
        """Whether ``given`` m-separates ``x`` from ``y`` (disjoint masks)."""
        opened = self.ancestors(given)
        # nodes entered through an arrowhead, and through a tail
        into = self.union(self.ch, x) | self.union(self.sib, x)
        out = self.union(self.pa, x)
        new_into, new_out = into, out
        while new_into | new_out:
            if (into | out) & y:
                return False
            through = (new_into | new_out) & ~given
            back = (new_into & opened) | (new_out & ~given)
            more_into = self.union(self.ch, through) | self.union(self.sib, back)
            more_out = self.union(self.pa, back)
            new_into, new_out = more_into & ~into, more_out & ~out
            into |= new_into
            out |= new_out
        return True
