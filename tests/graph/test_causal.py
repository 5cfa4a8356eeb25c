"""Causal graphs: structure, cycles, separation, identity."""

from __future__ import annotations

import pickle
import random

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.causal import CausalGraph, GraphKind, Mark
from graph.causal_transform import canonical_dag, consistent_extension, latent_projection
from graph.errors import InputError, UsageError

NODES = "abcdefg"


@st.composite
def admgs(draw: st.DrawFn, largest: int = 6) -> CausalGraph:
    names = draw(st.permutations(NODES[: draw(st.integers(2, largest))]))
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    directed = draw(st.lists(st.sampled_from(pairs), max_size=8))
    bidirected = draw(st.lists(st.sampled_from(pairs), max_size=5))
    return CausalGraph(names, directed=directed, bidirected=bidirected)


def d_separated(dag: CausalGraph, x: set[str], y: set[str], z: set[str]) -> bool:
    test = getattr(nx, "is_d_separator", None) or nx.d_separated
    g = nx.DiGraph(list(dag.directed))
    g.add_nodes_from(dag.nodes)
    return bool(test(g, x, y, z))


@given(admgs(), st.data())
@settings(max_examples=300, deadline=None)
def test_m_separation_is_d_separation_with_explicit_hidden_causes(graph, data):
    roles = {n: data.draw(st.sampled_from("xyz-"), label=n) for n in graph.nodes}
    x, y, z = ({n for n, r in roles.items() if r == role} for role in "xyz")
    if x and y:
        dag, _ = canonical_dag(graph)
        assert graph.m_separated(x, y, z) == d_separated(dag, x, y, z)


@given(admgs(), st.data())
@settings(max_examples=200, deadline=None)
def test_latent_projection_keeps_every_separation(graph, data):
    hidden = data.draw(st.sets(st.sampled_from(graph.nodes), max_size=len(graph) - 2))
    kept = sorted(set(graph.nodes) - hidden)
    projected = latent_projection(graph, hidden)
    assert projected.nodes == tuple(kept)
    for _ in range(5):
        x, y, *rest = data.draw(st.permutations(kept))
        z = rest[: data.draw(st.integers(0, len(rest)))]
        assert projected.m_separated(x, y, z) == graph.m_separated(x, y, z)
    for n in kept:
        assert projected.ancestors(n) == graph.ancestors(n) - hidden


@given(admgs())
def test_projecting_the_canonical_dag_gives_the_graph_back(graph):
    dag, hidden = canonical_dag(graph)
    assert dag.kind is GraphKind.DAG
    assert latent_projection(dag, hidden) == graph


@given(admgs())
def test_structure_agrees_with_networkx(graph):
    g = nx.DiGraph(list(graph.directed))
    g.add_nodes_from(graph.nodes)
    spouses = nx.Graph(list(graph.bidirected))
    spouses.add_nodes_from(graph.nodes)
    for n in graph.nodes:
        assert set(graph.parents(n)) == set(g.predecessors(n))
        assert set(graph.children(n)) == set(g.successors(n))
        assert set(graph.siblings(n)) == set(spouses.neighbors(n))
        assert graph.ancestors(n) == nx.ancestors(g, n) | {n}
        assert graph.descendants([n]) == nx.descendants(g, n) | {n}
        assert set(graph.district(n)) == nx.node_connected_component(spouses, n)
    assert {frozenset(d) for d in graph.districts()} == {
        frozenset(c) for c in nx.connected_components(spouses)
    }
    order = graph.topological_order()
    assert all(order.index(a) < order.index(b) for a, b in graph.directed)


@given(st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=14))
@settings(max_examples=200)
def test_cycles_agree_with_networkx(edges):
    edges = [(a, b) for a, b in edges if a != b]
    graph = CausalGraph(list(NODES), directed=edges)
    g = nx.DiGraph(edges)
    components = {tuple(sorted(c)) for c in nx.strongly_connected_components(g) if len(c) > 1}
    assert set(graph.strongly_connected()) == components
    assert graph.has_cycle == bool(components)
    loop = graph.find_cycle()
    if not components:
        assert loop is None
        assert graph.kind is GraphKind.DAG
    else:
        assert loop is not None
        assert all(g.has_edge(a, b) for a, b in zip(loop, [*loop[1:], loop[0]], strict=True))
        assert len(set(loop)) == len(loop)
        assert graph.kind is GraphKind.MIXED
        with pytest.raises(UsageError, match=" -> "):
            graph.topological_order()


@given(admgs(), st.randoms(use_true_random=False))
def test_equal_graphs_have_one_hash_whatever_the_order(graph, rng):
    nodes, di = list(graph.nodes), list(graph.directed)
    bi = [(b, a) for a, b in graph.bidirected]
    for part in (nodes, di, bi):
        rng.shuffle(part)
    again = CausalGraph(nodes, directed=di * 2, bidirected=bi)
    assert again == graph
    assert hash(again) == hash(graph)
    assert again.hash == graph.hash
    assert pickle.loads(pickle.dumps(graph)) == graph
    assert graph.with_edges([("a", "-->", "zz")]).hash != graph.hash


def test_hash_is_the_same_on_every_machine():
    graph = CausalGraph(directed=[("X", "Y")], bidirected=[("X", "Z")])
    assert graph.hash == "cg-6c23f0c386111dff262f0b845d7e1dd1"


def test_a_graph_does_not_change():
    graph = CausalGraph(["a", "b"])
    with pytest.raises(AttributeError):
        graph.nodes = ("c",)


def test_kinds():
    assert CausalGraph(directed=[("a", "b")]).kind is GraphKind.DAG
    assert CausalGraph(directed=[("a", "b")], bidirected=[("a", "b")]).kind is GraphKind.ADMG
    assert CausalGraph(directed=[("a", "b")], undirected=[("b", "c")]).kind is GraphKind.CPDAG
    assert CausalGraph(circle=[("a", "o", ">", "b")]).kind is GraphKind.PAG
    assert CausalGraph(directed=[("a", "b"), ("b", "a")]).kind is GraphKind.MIXED
    assert CausalGraph(bidirected=[("a", "b")], undirected=[("b", "c")]).kind is GraphKind.MIXED


def test_a_declared_kind_is_kept_and_part_of_the_identity():
    plain = CausalGraph(directed=[("a", "b")])
    pag = CausalGraph(directed=[("a", "b")], kind="PAG")
    assert pag.kind is GraphKind.PAG
    assert pag != plain
    assert pag.hash != plain.hash
    assert pag.subgraph("a").kind is GraphKind.PAG
    assert CausalGraph.from_json(pag.to_json()) == pag
    assert CausalGraph(directed=[("a", "b")], kind="DAG") == plain


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"directed": [("a", "a")]}, "edge to itself"),
        ({"directed": ["ab"]}, "pair of node names"),
        ({"directed": [("a", "b", "c")]}, "pair of node names"),
        ({"nodes": "abc"}, "list of names"),
        ({"nodes": [""]}, "not empty"),
        ({"nodes": [3]}, "not 3"),
        ({"directed": [("a", {"x": 1})]}, "pair of node names"),
        ({"circle": [("a", "x", ">", "b")]}, "circle edge"),
        ({"circle": [("a", "o", ">", {})]}, "circle edge"),
        ({"kind": "TREE"}, "no kind of graph"),
        ({"directed": [("a", "b"), ("b", "a")], "kind": "DAG"}, "a -> b -> a"),
        ({"bidirected": [("a", "b")], "kind": "DAG"}, "'a', 'b'"),
        ({"directed": [("a", "b")], "bidirected": [("a", "b")], "kind": "MAG"}, "two edges"),
    ],
)
def test_wrong_parts_are_named(arguments, words):
    with pytest.raises(InputError, match=words):
        CausalGraph(**arguments)


def test_unknown_nodes_are_named():
    graph = CausalGraph(directed=[("a", "b")])
    for call in (
        lambda: graph.parents("q"),
        lambda: graph.ancestors(["a", "q"]),
        lambda: graph.m_separated("a", "q"),
        lambda: graph.subgraph(["q"]),
        lambda: graph.without_edges(into="q"),
    ):
        with pytest.raises(UsageError, match="'q'"):
            call()
    with pytest.raises(UsageError, match="two sides"):
        graph.m_separated("a", "b", "a")


def test_separation_needs_edges_that_mean_something():
    with pytest.raises(UsageError, match="circles"):
        CausalGraph(circle=[("a", "o", "o", "b")]).m_separated("a", "b")
    chain = CausalGraph(undirected=[("a", "b"), ("b", "c")])
    assert chain.m_separated("a", "c", "b")
    assert not chain.m_separated("a", "c")
    # the members of a class agree with each other, and not with reading the edges as paths
    triangle = CausalGraph(undirected=[("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("b", "d")])
    assert triangle.m_separated("a", "d", ["b", "c"])


def test_mag_with_selection_is_read_by_its_marks():
    graph = CausalGraph(
        directed=[("c", "b")], bidirected=[("b", "d")], undirected=[("a", "c")], kind="MAG"
    )
    assert graph.m_separated("a", "b", "c")
    assert graph.m_separated("a", "d")
    assert not graph.m_separated("a", "d", ["b"])


def test_cutting_edges():
    graph = CausalGraph(directed=[("a", "b"), ("b", "c")], bidirected=[("b", "c")])
    assert graph.without_edges(into="b").edges == (("b", "-->", "c"), ("b", "<->", "c"))[:1]
    assert graph.without_edges(out_of="b").edges == (("a", "-->", "b"), ("b", "<->", "c"))
    assert graph.without([("c", "<->", "b")]).kind is GraphKind.DAG
    assert graph.subgraph(["b", "c"]).edges == (("b", "-->", "c"), ("b", "<->", "c"))
    assert graph.rename({"a": "z"}).nodes == ("b", "c", "z")
    with pytest.raises(InputError, match="same name"):
        graph.rename({"a": "b"})
    assert graph.skeleton() == (("a", "b"), ("b", "c"))
    assert graph.adjacent("b", "a")
    assert not graph.adjacent("a", "c")
    pag = CausalGraph(circle=[("a", "o", ">", "b"), ("b", "o", "-", "c")])
    assert pag.without_edges(into="b").edges == (("b", "o--", "c"),)


def test_circle_edges_have_one_form():
    one = CausalGraph(circle=[("b", ">", "o", "a")])
    assert one == CausalGraph(circle=[("a", Mark.CIRCLE, Mark.ARROW, "b")])
    assert one.edges == (("a", "o->", "b"),)
    assert CausalGraph(circle=[("b", "-", ">", "a")]).directed == (("b", "a"),)


@given(admgs())
@settings(max_examples=100)
def test_an_extension_of_a_class_is_a_member(graph):
    dag = CausalGraph(graph.nodes, directed=graph.directed)
    g = nx.DiGraph(list(dag.directed))
    colliders = {
        (*sorted((a, b)), c)
        for c in dag.nodes
        for a in dag.parents(c)
        for b in dag.parents(c)
        if a < b and not dag.adjacent(a, b)
    }
    oriented = {(a, c) for a, _, c in colliders} | {(b, c) for _, b, c in colliders}
    pattern = CausalGraph(
        dag.nodes, directed=oriented, undirected=[e for e in g.edges if e not in oriented]
    )
    member = consistent_extension(pattern)
    assert member.skeleton() == dag.skeleton()
    assert set(oriented) <= set(member.directed)
    assert not member.has_cycle
    found = {
        (*sorted((a, b)), c)
        for c in member.nodes
        for a in member.parents(c)
        for b in member.parents(c)
        if a < b and not member.adjacent(a, b)
    }
    assert found == colliders


def test_no_extension_is_said():
    square = CausalGraph(undirected=[("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")])
    with pytest.raises(InputError, match="collider or a cycle"):
        consistent_extension(square)


def test_hidden_feedback_is_not_dropped():
    loop = CausalGraph(directed=[("a", "h"), ("h", "a"), ("a", "b")])
    with pytest.raises(InputError, match="'a' feeds back"):
        latent_projection(loop, ["h"])
    with pytest.raises(UsageError, match="CPDAG"):
        latent_projection(CausalGraph(undirected=[("a", "b")]), ["a"])


def test_large_sparse_graphs_are_quick():
    rng = random.Random(1)
    n = 5000
    edges = [(f"v{rng.randrange(i):05}", f"v{i:05}") for i in range(1, n) for _ in range(3)]
    graph = CausalGraph((f"v{i:05}" for i in range(n)), directed=edges)
    assert len(graph.ancestors(f"v{n - 1:05}")) > 1
    assert isinstance(graph.m_separated("v00000", f"v{n - 1:05}", ["v00001"]), bool)
