"""Causal graphs: directed, bidirected, undirected and circle edges between named variables.

One type serves discovery (CPDAG, PAG) and queries (DAG, ADMG). A graph never changes after it is
made; equal graphs have equal content hashes, whatever the order their parts were given in.
Reading and writing other notations is in :mod:`graph.causal_formats`, whole-graph algorithms that
return another graph in :mod:`graph.causal_transform`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from graph import causal_algorithms as algorithms
from graph import causal_kinds as kinds
from graph.causal_marks import SYMBOLS, CircleEdge, Edge, GraphKind, Mark, Pair
from graph.errors import InputError, UsageError
from graph.model import content_hash

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["SYMBOLS", "CausalGraph", "CircleEdge", "Edge", "GraphKind", "Mark", "Pair"]

Names = str | Iterable[str]
Adjacency = tuple[tuple[int, ...], ...]


def _pair(edge: Iterable[str], what: str) -> Pair:
    found = tuple(edge)
    if isinstance(edge, str) or len(found) != 2 or not all(isinstance(n, str) for n in found):
        raise InputError(f"a {what} edge must be a pair of node names, not {edge!r}")
    return found[0], found[1]


class CausalGraph:
    """An immutable mixed graph over named variables.

    Nodes that edges name are added; several edges between two nodes are allowed (``a --> b`` and
    ``a <-> b``), the same edge twice is one edge.

    Args:
        nodes: node names, any order.
        directed: pairs ``(cause, effect)``.
        bidirected: pairs that share a hidden common cause.
        undirected: pairs with a tail at both ends.
        circle: ``(a, mark at a, mark at b, b)`` with at least one circle mark.
        kind: what the edges mean, where the edges alone do not tell (a fully oriented PAG looks
            like an ADMG); inferred when not given.

    Raises:
        InputError: naming the node or edge: an empty or non-string name, an edge from a node to
            itself, or edges that ``kind`` does not allow.
    """

    __slots__ = (
        "_an_order", "_ch", "_circ", "_declared", "_hash", "_index", "_nb", "_pa", "_sib",
        "bidirected", "circle", "directed", "kind", "nodes", "undirected",
    )  # fmt: skip

    nodes: tuple[str, ...]
    """Node names, sorted."""
    directed: tuple[Pair, ...]
    bidirected: tuple[Pair, ...]
    undirected: tuple[Pair, ...]
    circle: tuple[CircleEdge, ...]
    kind: GraphKind
    _index: dict[str, int]
    _pa: Adjacency
    _ch: Adjacency
    _sib: Adjacency
    _nb: Adjacency
    _circ: tuple[tuple[tuple[int, Mark, Mark], ...], ...]
    _an_order: tuple[int, ...]
    """nodes in causal order; those on or behind a cycle are left out"""
    _declared: GraphKind | None
    """the kind, when the edges alone do not tell it"""
    _hash: str

    def __init__(
        self,
        nodes: Iterable[str] = (),
        *,
        directed: Iterable[Iterable[str]] = (),
        bidirected: Iterable[Iterable[str]] = (),
        undirected: Iterable[Iterable[str]] = (),
        circle: Iterable[tuple[str, str, str, str]] = (),
        kind: GraphKind | str | None = None,
    ) -> None:
        if isinstance(nodes, str):
            raise InputError(f"nodes must be a list of names, not the text {nodes!r}")
        di = {_pair(e, "directed") for e in directed}
        bi = {_pair(e, "bidirected") for e in bidirected}
        un = {_pair(e, "undirected") for e in undirected}
        ci: set[CircleEdge] = set()
        for edge in circle:
            try:
                a, at_a, at_b, b = edge
                marks = Mark(at_a), Mark(at_b)
                _pair((a, b), "circle")
            except (TypeError, ValueError):
                raise InputError(
                    f"a circle edge must be (node, mark, mark, node) with marks '-', '>' or 'o', not {edge!r}"
                ) from None
            if Mark.CIRCLE in marks:
                ci.add((a, *marks, b))
            elif marks == (Mark.TAIL, Mark.ARROW):
                di.add((a, b))
            elif marks == (Mark.ARROW, Mark.TAIL):
                di.add((b, a))
            else:
                (bi if marks[0] is Mark.ARROW else un).add((a, b))
        given = list(nodes)
        ends = [n for a, b in (*di, *bi, *un, *((e[0], e[3]) for e in ci)) for n in (a, b)]
        for name in (*given, *ends):
            if not isinstance(name, str) or not name.strip():
                raise InputError(f"a node name must be text that is not empty, not {name!r}")
        for one, two in zip(ends[::2], ends[1::2], strict=True):
            if one == two:
                raise InputError(f"node {one!r} has an edge to itself", hint="Leave it out.")
        rings = {e if e[0] < e[3] else (e[3], e[2], e[1], e[0]) for e in ci}
        put = object.__setattr__
        put(self, "nodes", tuple(sorted({*given, *ends})))
        put(self, "directed", tuple(sorted(di)))
        put(self, "bidirected", tuple(sorted({(min(e), max(e)) for e in bi})))
        put(self, "undirected", tuple(sorted({(min(e), max(e)) for e in un})))
        put(self, "circle", tuple(sorted(rings)))
        put(self, "_index", {name: i for i, name in enumerate(self.nodes)})
        put(self, "_hash", "")
        self._build()
        inferred = kinds.infer(self)
        declared = kinds.named(kind) if kind is not None else inferred
        if declared is not inferred:
            kinds.check(self, declared)
        put(self, "_declared", declared if declared is not inferred else None)
        put(self, "kind", declared)

    def _build(self) -> None:
        index, n = self._index, len(self.nodes)
        pa: list[list[int]] = [[] for _ in range(n)]
        ch: list[list[int]] = [[] for _ in range(n)]
        sib: list[list[int]] = [[] for _ in range(n)]
        nb: list[list[int]] = [[] for _ in range(n)]
        circ: list[list[tuple[int, Mark, Mark]]] = [[] for _ in range(n)]
        for a, b in self.directed:
            ch[index[a]].append(index[b])
            pa[index[b]].append(index[a])
        for table, edges in ((sib, self.bidirected), (nb, self.undirected)):
            for a, b in edges:
                table[index[a]].append(index[b])
                table[index[b]].append(index[a])
        for a, at_a, at_b, b in self.circle:
            circ[index[a]].append((index[b], at_a, at_b))
            circ[index[b]].append((index[a], at_b, at_a))
        put = object.__setattr__
        for name, lists in (("_pa", pa), ("_ch", ch), ("_sib", sib), ("_nb", nb)):
            put(self, name, tuple(tuple(sorted(x)) for x in lists))
        put(self, "_circ", tuple(tuple(x) for x in circ))
        # Kahn's algorithm: shorter than the graph when a directed cycle holds some nodes back
        waiting = [len(x) for x in self._pa]
        order = [i for i in range(n) if not waiting[i]]
        for i in order:
            for j in self._ch[i]:
                waiting[j] -= 1
                if not waiting[j]:
                    order.append(j)
        put(self, "_an_order", tuple(order))

    # identity ------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a CausalGraph does not change; make another one")

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, (
            self.nodes,
            self.directed,
            self.bidirected,
            self.undirected,
            self.circle,
            self._declared,
        )

    def _key(self) -> tuple[Any, ...]:
        return self.nodes, self.directed, self.bidirected, self.undirected, self.circle, self.kind

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, CausalGraph) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"<CausalGraph {self.kind}, {len(self.nodes)} nodes, {len(self.edges)} edges, {self.hash[:11]}>"

    def __str__(self) -> str:
        alone = sorted(set(self.nodes) - {n for a, _, b in self.edges for n in (a, b)})
        return "; ".join([*(f"{a} {mark} {b}" for a, mark, b in self.edges), *alone])

    def __contains__(self, node: object) -> bool:
        return node in self._index

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def hash(self) -> str:
        """``cg-`` and 32 hexadecimal digits: the same for equal graphs on every machine."""
        if not self._hash:
            object.__setattr__(self, "_hash", content_hash("cg", self.to_json()))
        return self._hash

    # looking -------------------------------------------------------------------------------

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All edges in one order: directed, bidirected, undirected, circle; circles to the left."""
        return tuple(self._edges())

    def _edges(self) -> Iterator[Edge]:
        yield from ((a, "-->", b) for a, b in self.directed)
        yield from ((a, "<->", b) for a, b in self.bidirected)
        yield from ((a, "---", b) for a, b in self.undirected)
        for a, at_a, at_b, b in self.circle:
            if at_a is Mark.CIRCLE:
                yield a, {Mark.ARROW: "o->", Mark.CIRCLE: "o-o", Mark.TAIL: "o--"}[at_b], b
            else:
                yield b, "o->" if at_a is Mark.ARROW else "o--", a

    def indices(self, nodes: Names) -> list[int]:
        """Positions of ``nodes`` in :attr:`nodes`, sorted, each once.

        Raises:
            UsageError: naming the nodes that are not in the graph.
        """
        names = {nodes} if isinstance(nodes, str) else set(nodes)
        missing = sorted(str(n) for n in names if n not in self._index)
        if missing:
            shown = ", ".join([*self.nodes[:12], *(["..."] if len(self.nodes) > 12 else [])])
            raise UsageError(
                f"the graph has no node {', '.join(map(repr, missing))}",
                hint=f"It has {shown or 'none'}.",
            )
        return sorted(self._index[n] for n in names)

    def _names(self, indices: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.nodes[i] for i in sorted(indices))

    def parents(self, node: str) -> tuple[str, ...]:
        """Nodes with a directed edge into ``node``, sorted."""
        return self._names(self._pa[self.indices(node)[0]])

    def children(self, node: str) -> tuple[str, ...]:
        """Nodes that ``node`` has a directed edge into, sorted."""
        return self._names(self._ch[self.indices(node)[0]])

    def siblings(self, node: str) -> tuple[str, ...]:
        """Nodes with a bidirected edge to ``node``, sorted."""
        return self._names(self._sib[self.indices(node)[0]])

    def neighbors(self, node: str) -> tuple[str, ...]:
        """Nodes with an undirected edge to ``node``, sorted."""
        return self._names(self._nb[self.indices(node)[0]])

    def adjacent(self, a: str, b: str) -> bool:
        """Whether any edge joins ``a`` and ``b``."""
        i, j = self.indices(a)[0], self.indices(b)[0]
        near = (
            *self._pa[i],
            *self._ch[i],
            *self._sib[i],
            *self._nb[i],
            *(e[0] for e in self._circ[i]),
        )
        return j in near

    def skeleton(self) -> tuple[Pair, ...]:
        """Adjacent pairs, each once, sorted."""
        return tuple(sorted({(min(a, b), max(a, b)) for a, _, b in self.edges}))

    def ancestors(self, nodes: Names) -> frozenset[str]:
        """``nodes`` and everything with a directed path into them."""
        return frozenset(self._names(algorithms.reach(self.indices(nodes), self._pa)))

    def descendants(self, nodes: Names) -> frozenset[str]:
        """``nodes`` and everything they have a directed path into."""
        return frozenset(self._names(algorithms.reach(self.indices(nodes), self._ch)))

    def districts(self) -> tuple[tuple[str, ...], ...]:
        """Sets of nodes joined by bidirected paths (c-components), a partition of the nodes."""
        found: list[tuple[str, ...]] = []
        seen: set[int] = set()
        for i in range(len(self.nodes)):
            if i not in seen:
                district = algorithms.reach([i], self._sib)
                seen |= district
                found.append(self._names(district))
        return tuple(found)

    def district(self, node: str) -> tuple[str, ...]:
        """The district that holds ``node``."""
        return self._names(algorithms.reach(self.indices(node), self._sib))

    # cycles --------------------------------------------------------------------------------

    @property
    def has_cycle(self) -> bool:
        """Whether the directed edges hold a cycle."""
        return len(self._an_order) < len(self.nodes)

    def topological_order(self) -> tuple[str, ...]:
        """Nodes, causes before effects; the same order for equal graphs.

        Raises:
            UsageError: naming the loop when there is one.
        """
        loop = self.find_cycle()
        if loop:
            raise UsageError(f"the graph has the directed cycle {' -> '.join([*loop, loop[0]])}")
        return tuple(self.nodes[i] for i in self._an_order)

    def strongly_connected(self) -> tuple[tuple[str, ...], ...]:
        """Sets of two or more nodes that each cause all others, sorted."""
        parts = algorithms.strongly_connected(self._ch, skip=set(self._an_order))
        return tuple(sorted(self._names(part) for part in parts))

    def find_cycle(self) -> list[str] | None:
        """A shortest directed cycle through the first node that is on one, or None.

        The list starts with that node and does not repeat it at the end.
        """
        components = self.strongly_connected() if self.has_cycle else ()
        if not components:
            return None
        loop = algorithms.shortest_loop(self._ch, self.indices(components[0]))
        return [self.nodes[i] for i in loop]

    # separation ----------------------------------------------------------------------------

    def m_separated(self, xs: Names, ys: Names, given: Names = ()) -> bool:
        """Whether every path between ``xs`` and ``ys`` is blocked by ``given``; linear time.

        m-separation (Richardson 2003) of ADMGs and MAGs, d-separation of DAGs. A CPDAG is read
        through one of its members. In a cyclic graph this is d-separation, which linear models
        obey; nonlinear feedback need not.

        Raises:
            UsageError: for an unknown node, sets that overlap, or a graph with circle marks.
        """
        if self.circle:
            raise UsageError(
                "separation is not defined while edge ends are circles",
                hint="Orient the circles, or ask about a member of the class.",
            )
        graph = self
        if self.kind is GraphKind.CPDAG and self.undirected:
            from graph.causal_transform import consistent_extension

            graph = consistent_extension(self)
        x, y, z = (set(graph.indices(s)) for s in (xs, ys, given))
        both = graph._names((x & y) | (x & z) | (y & z))
        if both:
            raise UsageError(f"{', '.join(map(repr, both))} stands on two sides of a separation")
        return not algorithms.m_connected(graph._pa, graph._ch, graph._sib, graph._nb, x, z) & y

    # other graphs --------------------------------------------------------------------------

    def _with(self, edges: Iterable[Edge], nodes: Iterable[str]) -> CausalGraph:
        kind = self._declared
        graph = CausalGraph.from_edges(edges, nodes=nodes)
        if kind is None or kind is graph.kind:
            return graph
        return CausalGraph.from_edges(edges, nodes=nodes, kind=kind)

    def subgraph(self, nodes: Names) -> CausalGraph:
        """``nodes`` and the edges among them."""
        kept = {self.nodes[i] for i in self.indices(nodes)}
        return self._with([e for e in self.edges if e[0] in kept and e[2] in kept], kept)

    def without_edges(self, *, out_of: Names = (), into: Names = ()) -> CausalGraph:
        """The graph without directed edges that leave ``out_of`` and without edges that have an
        arrowhead at ``into`` (directed into it, bidirected)."""
        out = {self.nodes[i] for i in self.indices(out_of)}
        inn = {self.nodes[i] for i in self.indices(into)}
        kept: list[Edge] = []
        for a, symbol, b in self.edges:
            left, right = SYMBOLS[symbol]
            headed = (left is Mark.ARROW and a in inn) or (right is Mark.ARROW and b in inn)
            if not headed and not (symbol == "-->" and a in out):
                kept.append((a, symbol, b))
        return self._with(kept, self.nodes)

    def without(self, edges: Iterable[Edge]) -> CausalGraph:
        """The graph without these edges (as in :attr:`edges`; edges not there are ignored)."""
        gone = set(CausalGraph.from_edges(edges).edges)
        return self._with([e for e in self.edges if e not in gone], self.nodes)

    def with_edges(self, edges: Iterable[Edge]) -> CausalGraph:
        """The graph with these edges too; its kind is inferred anew."""
        return CausalGraph.from_edges([*self.edges, *edges], nodes=self.nodes)

    def rename(self, names: Mapping[str, str]) -> CausalGraph:
        """The graph with nodes renamed; those not in ``names`` keep theirs.

        Raises:
            InputError: if two nodes would have one name.
        """
        new = {n: names.get(n, n) for n in self.nodes}
        if len(set(new.values())) < len(new):
            raise InputError("renaming would give two nodes the same name")
        return self._with([(new[a], s, new[b]) for a, s, b in self.edges], new.values())

    # notations -----------------------------------------------------------------------------

    @classmethod
    def from_edges(
        cls,
        edges: Iterable[Iterable[str]],
        *,
        nodes: Iterable[str] = (),
        kind: GraphKind | str | None = None,
    ) -> CausalGraph:
        """A graph from ``(a, symbol, b)`` triples; symbols as in :data:`SYMBOLS`, and ``->``,
        ``<-``, ``--``.

        Raises:
            InputError: naming an edge that is not such a triple.
        """
        from graph.causal_formats import from_edges

        return from_edges(edges, nodes=nodes, kind=kind)

    def to_edges(self) -> list[Edge]:
        """``(a, symbol, b)`` triples, as :attr:`edges`."""
        return list(self._edges())

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | str) -> CausalGraph:
        """A graph from ``{"nodes", "di", "bi", "un", "circle", "kind"}`` (all but nodes optional)."""
        from graph.causal_formats import from_json

        return from_json(data)

    def to_json(self) -> dict[str, Any]:
        """``{"nodes", "di", "bi", "un"}``, with ``circle`` and ``kind`` only where needed."""
        data: dict[str, Any] = {
            "nodes": list(self.nodes),
            "di": [list(e) for e in self.directed],
            "bi": [list(e) for e in self.bidirected],
            "un": [list(e) for e in self.undirected],
        }
        if self.circle:
            data["circle"] = [[a, p.value, q.value, b] for a, p, q, b in self.circle]
        if self._declared is not None:
            data["kind"] = self._declared.value
        return data

    @classmethod
    def from_networkx(cls, graph: nx.Graph) -> CausalGraph:
        """A graph from any networkx graph; see :func:`graph.causal_formats.from_networkx`."""
        from graph.causal_formats import from_networkx

        return from_networkx(graph)

    def to_networkx(self) -> nx.DiGraph | nx.MultiDiGraph:
        """A ``DiGraph`` if all edges are directed, else a ``MultiDiGraph``; each edge has its symbol
        as attribute ``edge``."""
        from graph.causal_formats import to_networkx

        return to_networkx(self)

    @classmethod
    def from_dot(cls, text: str) -> CausalGraph:
        """A graph from Graphviz DOT; hidden nodes are projected out."""
        from graph.causal_formats import from_dot

        return from_dot(text)

    def to_dot(self) -> str:
        """Graphviz DOT."""
        from graph.causal_formats import to_dot

        return to_dot(self)

    @classmethod
    def from_dagitty(cls, text: str) -> CausalGraph:
        """A graph from dagitty text; latent nodes are projected out."""
        from graph.causal_formats import from_dagitty

        return from_dagitty(text)

    def to_dagitty(self) -> str:
        """dagitty text."""
        from graph.causal_formats import to_dagitty

        return to_dagitty(self)


def _unpickle(nodes: Any, di: Any, bi: Any, un: Any, circle: Any, kind: Any) -> CausalGraph:
    return CausalGraph(nodes, directed=di, bidirected=bi, undirected=un, circle=circle, kind=kind)
