"""Causal graphs in and out of other notations."""

from __future__ import annotations

import json

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.causal import CausalGraph, GraphKind
from graph.causal_formats import load, read_text, to_dagitty
from graph.errors import InputError, UsageError

NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=6
).filter(lambda s: bool(s.strip()))
SYMBOLS = ["-->", "<--", "<->", "---", "o->", "<-o", "o-o", "o--", "--o"]


@st.composite
def any_graphs(draw: st.DrawFn) -> CausalGraph:
    """Any mix of edges, names of any characters, sometimes a declared kind."""
    names = draw(st.lists(NAMES, min_size=2, max_size=5, unique=True))
    symbols = draw(st.sampled_from([SYMBOLS, ["-->"], ["-->", "<->"], ["-->", "---"]]))
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    edges = [
        (a, draw(st.sampled_from(symbols)), b)
        for a, b in draw(st.lists(st.sampled_from(pairs), max_size=6))
    ]
    graph = CausalGraph.from_edges(edges, nodes=names)
    if graph.kind is GraphKind.DAG and draw(st.booleans()):
        return CausalGraph.from_edges(
            edges, nodes=names, kind=draw(st.sampled_from(["PAG", "CPDAG"]))
        )
    return graph


@given(any_graphs())
@settings(max_examples=200)
def test_every_notation_round_trips(graph):
    assert CausalGraph.from_edges(graph.to_edges(), nodes=graph.nodes, kind=graph.kind) == graph
    assert CausalGraph.from_json(json.dumps(graph.to_json())) == graph
    assert CausalGraph.from_networkx(graph.to_networkx()) == graph
    assert CausalGraph.from_dot(graph.to_dot()) == graph
    if graph.kind is not GraphKind.MIXED:
        # dagitty has no word for a mixed graph
        assert CausalGraph.from_dagitty(graph.to_dagitty()) == graph


def test_dot_as_people_write_it():
    graph = CausalGraph.from_dot("""
        // a comment
        strict digraph "napkin" {
          rankdir=LR; node [shape=box, fontname="Helvetica"]
          W -> R -> X -> Y [color=grey];   # another
          edge [dir=both, style=dashed];
          W -> {X Y}
          /* the end */
        }
    """)
    assert graph == CausalGraph(
        directed=[("W", "R"), ("R", "X"), ("X", "Y")], bidirected=[("W", "X"), ("W", "Y")]
    )


@pytest.mark.parametrize(
    ("edge", "expected"),
    [
        ("a -> b", "a --> b"),
        ("a -> b [dir=back]", "b --> a"),
        ("a -> b [dir=both]", "a <-> b"),
        ("a -> b [dir=none]", "a --- b"),
        ("a -- b", "a --- b"),
        ("a <-> b", "a <-> b"),
        ("a -> b [arrowhead=none]", "a --- b"),
        ("a -> b [dir=both, arrowtail=odot]", "a o-> b"),
        ("a -> b [dir=both, arrowtail=odot, arrowhead=odot]", "a o-o b"),
        ("a -> b [dir=both, arrowtail=none]", "a --> b"),
        ('"a" -> "b" [label="x -> y; {z}"]', "a --> b"),
    ],
)
def test_dot_edges(edge, expected):
    assert str(CausalGraph.from_dot(f"digraph {{ {edge} }}")) == expected


def test_undirected_dot():
    assert str(CausalGraph.from_dot("graph { a -- b }")) == "a --- b"
    assert str(CausalGraph.from_dot("graph { a -- b [dir=forward] }")) == "a --> b"


def test_dagitty_as_people_write_it():
    document = read_text("""dag {
        bb="0,0,1,1"
        "body mass" [exposure,pos="0.2,0.3"]
        Y [outcome,pos="1,1"]
        U [latent]
        S [adjusted]
        "body mass" -> Y [beta=0.4]
        Y <- U -> "body mass"
        S -> {Y "body mass"}
    }""")
    assert document.exposures == ("body mass",)
    assert document.outcomes == ("Y",)
    assert document.hidden == ("U",)
    assert document.adjusted == ("S",)
    assert "U" in document.graph
    assert document.observed.bidirected == (("Y", "body mass"),)
    assert CausalGraph.from_dagitty("dag{x->y<-z;z<->x}").edges == (
        ("x", "-->", "y"), ("z", "-->", "y"), ("x", "<->", "z"),
    )  # fmt: skip
    text = to_dagitty(document.observed, exposures=["body mass"], outcomes="Y")
    assert read_text(text).exposures == ("body mass",)


def test_dagitty_circles_and_kinds():
    assert str(CausalGraph.from_dagitty("pag { a @-> b; b @-@ c; c @-- d; d <-@ e }")) == (
        "a o-> b; b o-o c; c o-- d; e o-> d"
    )
    assert str(CausalGraph.from_dagitty("pag { a o-> b; b o-o c }")) == "a o-> b; b o-o c"
    assert CausalGraph.from_dagitty("pag { a -> b }").kind is GraphKind.PAG
    assert CausalGraph.from_dagitty("mag { a -> b }").kind is GraphKind.MAG
    assert CausalGraph.from_dagitty("pdag { a -> b }").kind is GraphKind.CPDAG
    # a node called o is no circle
    assert (
        str(CausalGraph.from_dagitty("dag { o->x; a -> o; o -> y }")) == "a --> o; o --> x; o --> y"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "does not start"),
        ("tree { a -> b }", "does not start"),
        ("digraph { a -> b", "closing brace.*line 1"),
        ("digraph { a -> }", "name is missing"),
        ("digraph {\n a -> b\n } x", "after the closing brace.*line 3"),
        ("digraph {\n a ->\n b:port }", "colon.*line 3"),
        ("digraph { a -> a }", "edge to itself"),
        ("digraph { a § b }", "does not belong"),
        ("digraph { a -> b [dir=sideways] }", "sideways"),
        ("dag a -> b", "opening brace"),
        ("pdag { a <-> b }", "CPDAG"),
        ("digraph { kind=TREE; a }", "TREE"),
    ],
)
def test_malformed_text_is_named(text, words):
    with pytest.raises(InputError) as caught:
        read_text(text)
    import re

    assert re.search(words, str(caught.value), re.DOTALL)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("{", "not JSON"),
        ("[]", "object"),
        ({"di": "ab"}, "must be a list"),
        ({"nodes": ["a"], "di": [["a", "b"]]}, "'b'"),
        ({"di": [["a"]]}, "pair"),
        ({"nodes": [1]}, "not 1"),
    ],
)
def test_malformed_json_is_named(data, words):
    with pytest.raises(InputError, match=words):
        CausalGraph.from_json(data)


def test_edges_with_unknown_symbols_are_named():
    with pytest.raises(InputError, match="'~>'"):
        CausalGraph.from_edges([("a", "~>", "b")])
    with pytest.raises(InputError, match="edge 0"):
        CausalGraph.from_edges([("a", "b")])


def test_networkx_hidden_nodes_and_plain_graphs():
    g = nx.DiGraph([("u", "x"), ("u", "y"), ("x", "y")])
    assert CausalGraph.from_networkx(g).kind is GraphKind.DAG
    g.nodes["u"]["hidden"] = True
    assert CausalGraph.from_networkx(g).bidirected == (("x", "y"),)
    assert CausalGraph.from_networkx(nx.Graph([("a", "b")])).undirected == (("a", "b"),)
    assert CausalGraph.from_networkx(nx.DiGraph([(1, 2)])).nodes == ("1", "2")
    with pytest.raises(InputError, match="same name"):
        CausalGraph.from_networkx(nx.DiGraph([(1, "1")]))
    assert not CausalGraph.from_edges([("a", "-->", "b")]).to_networkx().is_multigraph()


def test_files(tmp_path):
    dot = tmp_path / "napkin.dot"
    dot.write_text("digraph { X [exposure]; Y [outcome]; X -> Y; U [observed=no]; U -> {X Y} }")
    document = load(dot)
    assert (document.exposures, document.outcomes, document.hidden) == (("X",), ("Y",), ("U",))
    data = tmp_path / "g.json"
    data.write_text(json.dumps({"nodes": ["a", "b"], "di": [["a", "b"]], "X": ["a"], "Y": "b"}))
    assert load(data).exposures == ("a",)
    assert load(data).outcomes == ("b",)
    for content, words in (("{", "not JSON"), ('{"di": [["a"]]}', "pair"), ('{"X": ["q"]}', "'q'")):
        data.write_text(content)
        with pytest.raises((InputError, UsageError), match=words):
            load(data)
    with pytest.raises(InputError, match="no such graph file"):
        load(tmp_path / "none.dot")
    dot.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        load(dot)
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path)
