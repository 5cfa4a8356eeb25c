"""Causal graphs in other notations: edge lists, JSON, networkx, DOT and dagitty text.

Texts about a graph often say more than the graph: which nodes are hidden, which are exposure and
outcome. :func:`read_text` and :func:`load` return all of it as a :class:`GraphDocument`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.causal import CausalGraph
from graph.causal_marks import SYMBOLS, GraphKind, Mark
from graph.causal_transform import latent_projection
from graph.errors import InputError

if TYPE_CHECKING:
    import networkx as nx

__all__ = [
    "GraphDocument",
    "from_dagitty",
    "from_dot",
    "from_edges",
    "from_json",
    "from_networkx",
    "load",
    "read_text",
    "to_dagitty",
    "to_dot",
    "to_networkx",
]

SHORT = {"->": "-->", "<-": "<--", "--": "---"}
BUILT_FROM = {"DiGraph", "MultiDiGraph"}


@dataclass(frozen=True, slots=True)
class GraphDocument:
    """A graph as a file tells it, with what the file says about the nodes."""

    graph: CausalGraph
    """all nodes, hidden ones included"""
    hidden: tuple[str, ...] = ()
    exposures: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    adjusted: tuple[str, ...] = ()

    @property
    def observed(self) -> CausalGraph:
        """The graph over the observed nodes: hidden ones are projected out."""
        return latent_projection(self.graph, self.hidden)


def from_edges(
    edges: Iterable[Iterable[str]],
    *,
    nodes: Iterable[str] = (),
    kind: GraphKind | str | None = None,
) -> CausalGraph:
    """See :meth:`graph.causal.CausalGraph.from_edges`."""
    parts: dict[str, list[tuple[str, str]]] = {"-->": [], "<->": [], "---": []}
    circle: list[tuple[str, Mark, Mark, str]] = []
    for number, edge in enumerate(edges):
        found = tuple(edge)
        if isinstance(edge, str) or len(found) != 3:
            raise InputError(f"edge {number} must be (node, symbol, node), not {edge!r}")
        a, symbol, b = found
        symbol = SHORT.get(symbol, symbol)
        if symbol not in SYMBOLS:
            raise InputError(
                f"edge {number} between {a!r} and {b!r} has the unknown symbol {symbol!r}",
                hint=f"Use one of {' '.join(SYMBOLS)}.",
            )
        if symbol == "<--":
            parts["-->"].append((b, a))
        elif symbol in parts:
            parts[symbol].append((a, b))
        else:
            circle.append((a, *SYMBOLS[symbol], b))
    return CausalGraph(
        nodes,
        directed=parts["-->"],
        bidirected=parts["<->"],
        undirected=parts["---"],
        circle=circle,
        kind=kind,
    )


# JSON --------------------------------------------------------------------------------------


def from_json(data: Mapping[str, Any] | str) -> CausalGraph:
    """Return the graph of ``{"nodes", "di", "bi", "un", "circle", "kind"}``; other keys are ignored.

    Raises:
        InputError: for malformed JSON or edges, or an edge that names a node not in ``nodes``.
    """
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except ValueError as error:
            raise InputError(f"the graph is not JSON: {error}") from None
    if not isinstance(data, Mapping):
        raise InputError("a graph in JSON is an object with nodes, di and bi")
    for key in ("nodes", "di", "bi", "un", "circle"):
        if not isinstance(data.get(key, []), list):
            raise InputError(f"{key!r} must be a list")
    graph = CausalGraph(
        data.get("nodes", []),
        directed=data.get("di", []),
        bidirected=data.get("bi", []),
        undirected=data.get("un", []),
        circle=data.get("circle", []),
        kind=data.get("kind"),
    )
    extra = sorted(set(graph.nodes) - set(data["nodes"])) if data.get("nodes") else []
    if extra:
        raise InputError(
            f"edges name {', '.join(map(repr, extra))}, which 'nodes' does not list",
            hint="Add them, or leave 'nodes' out.",
        )
    return graph


# networkx ----------------------------------------------------------------------------------


def from_networkx(graph: nx.Graph) -> CausalGraph:
    """Return the causal graph of a networkx graph.

    The edge attribute ``edge`` (a symbol) says what an edge is; without it edges of a directed
    graph are directed and of an undirected graph undirected. Nodes with a true attribute ``hidden``
    or ``latent``, or a false ``observed``, are projected out. Names are made text.

    Raises:
        InputError: for an unknown symbol, or two nodes with the same text.
    """
    names = {n: str(n) for n in graph.nodes}
    if len(set(names.values())) < len(names):
        raise InputError("two nodes of the networkx graph have the same name as text")
    plain = "-->" if graph.is_directed() else "---"
    edges = [(names[a], d.get("edge", plain), names[b]) for a, b, d in graph.edges(data=True)]
    found = from_edges(edges, nodes=names.values(), kind=graph.graph.get("kind"))
    hidden = [
        names[n]
        for n, d in graph.nodes(data=True)
        if d.get("hidden") or d.get("latent") or not d.get("observed", True)
    ]
    return latent_projection(found, hidden)


def to_networkx(graph: CausalGraph) -> nx.DiGraph | nx.MultiDiGraph:
    """See :meth:`graph.causal.CausalGraph.to_networkx`."""
    import networkx as nx

    only_directed = len(graph.directed) == len(graph.edges)
    out = nx.DiGraph() if only_directed else nx.MultiDiGraph()
    out.graph["kind"] = graph.kind.value
    out.add_nodes_from(graph.nodes)
    for a, symbol, b in graph.edges:
        out.add_edge(a, b, edge=symbol)
    return out


# DOT and dagitty ---------------------------------------------------------------------------


def read_text(text: str, *, name: str = "<graph>") -> GraphDocument:
    """Read DOT (``digraph``, ``graph``) or dagitty text (``dag``, ``mag``, ``pdag``, ``pag``).

    In DOT, ``dir=both`` is a bidirected edge, ``dir=none`` an undirected one, and ``arrowhead`` and
    ``arrowtail`` set single ends (``none``, ``odot`` or ``dot`` for a circle, anything else an
    arrow). Hidden nodes carry ``latent``, ``hidden`` or ``observed=no``; ``exposure``, ``outcome``
    and ``adjusted`` are read too.

    Raises:
        InputError: with ``name`` and the line.
    """
    from graph.causal_text import parse

    return parse(text, name=name)


def from_dot(text: str) -> CausalGraph:
    """Return the graph over the observed nodes; see :func:`read_text`."""
    return read_text(text).observed


def from_dagitty(text: str) -> CausalGraph:
    """Return the graph over the observed nodes; see :func:`read_text`."""
    return read_text(text).observed


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


DOT_EDGES = {
    "-->": "",
    "<->": " [dir=both]",
    "---": " [dir=none]",
    "o->": " [dir=both, arrowtail=odot]",
    "o-o": " [dir=both, arrowhead=odot, arrowtail=odot]",
    "o--": " [dir=back, arrowtail=odot]",
}


def to_dot(graph: CausalGraph) -> str:
    """See :meth:`graph.causal.CausalGraph.to_dot`; round-trips through :func:`from_dot`."""
    lines = ["digraph {", f"  kind={graph.kind.value};"]
    lines += [f"  {_quoted(n)};" for n in graph.nodes]
    lines += [f"  {_quoted(a)} -> {_quoted(b)}{DOT_EDGES[s]};" for a, s, b in graph.edges]
    return "\n".join([*lines, "}"]) + "\n"


DAGITTY_EDGES = {"-->": "->", "<->": "<->", "---": "--", "o->": "@->", "o-o": "@-@", "o--": "@--"}
DAGITTY_KINDS = {GraphKind.CPDAG: "pdag", GraphKind.PAG: "pag", GraphKind.MAG: "mag"}


def to_dagitty(
    graph: CausalGraph,
    *,
    exposures: Iterable[str] = (),
    outcomes: Iterable[str] = (),
) -> str:
    """Return dagitty text; round-trips through :func:`from_dagitty`."""
    roles: dict[str, list[str]] = {n: [] for n in graph.nodes}
    for role, names in (("exposure", exposures), ("outcome", outcomes)):
        for i in graph.indices(names):
            roles[graph.nodes[i]].append(role)
    lines = [f"{DAGITTY_KINDS.get(graph.kind, 'dag')} {{"]
    lines += [_quoted(n) + (f" [{','.join(r)}]" if r else "") for n, r in roles.items()]
    lines += [f"{_quoted(a)} {DAGITTY_EDGES[s]} {_quoted(b)}" for a, s, b in graph.edges]
    return "\n".join([*lines, "}"]) + "\n"


def load(path: str | Path) -> GraphDocument:
    """Read a graph file: ``.json`` as :func:`from_json`, anything else as :func:`read_text`.

    JSON may add ``hidden``, ``X`` (exposures), ``Y`` (outcomes) and ``Z`` (given).

    Raises:
        InputError: naming the file if it cannot be read or understood.
    """
    path = Path(path)
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise InputError("there is no such graph file", where=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the graph file cannot be read: {error}", where=str(path)) from error
    if path.suffix.lower() != ".json" and not text.lstrip().startswith(("{", "[")):
        return read_text(text, name=str(path))
    try:
        data = json.loads(text)
        graph = from_json(data)
        lists = {key: _names(data.get(key, ())) for key in ("hidden", "X", "Y", "Z")}
        for names in lists.values():
            graph.indices(names)
    except ValueError as error:
        raise InputError(f"the graph is not JSON: {error}", where=str(path)) from None
    except InputError as error:
        raise InputError(error.message, where=str(path), hint=error.hint) from None
    return GraphDocument(graph, lists["hidden"], lists["X"], lists["Y"], lists["Z"])


def _names(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(v) for v in value)
