"""Graphs of one's own as worlds: beliefs and signs of edges, hidden common causes."""

from __future__ import annotations

import pytest

from graph.causal import CausalGraph
from graph.errors import UsageError
from queries.causal.believed import believed_arcs
from queries.causal.worlds import worlds

GRAPH = CausalGraph(directed=[("X", "M"), ("M", "Y")], bidirected=[("X", "Y")])


def test_beliefs_and_signs_multiply_along_a_path():
    arcs, hidden = believed_arcs(
        GRAPH, {"X->M": 0.5, "M -> Y": 0.4}, signs={"X->M": -1, "M-->Y": 1}
    )
    assert hidden == ("X <-> Y",)
    found = worlds(arcs, "X", "Y", hidden=hidden)
    assert found.answers["lowers"] == pytest.approx(0.2)
    assert found.answers["no effect"] == pytest.approx(0.8)


@pytest.mark.parametrize("edge", ["X<->Y", "Y <-> X"])
def test_a_hidden_common_cause_is_as_sure_as_its_edge(edge):
    bow = CausalGraph(directed=[("X", "Y")], bidirected=[("X", "Y")])
    arcs, hidden = believed_arcs(bow, {edge: 0.3})
    found = worlds(arcs, "X", "Y", hidden=hidden)
    assert found.answers["not identifiable"] == pytest.approx(0.3)
    assert found.answers["either"] == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"beliefs": {"X->Y": 0.5}}, "no edge X->Y"),
        ({"beliefs": {"X->M": 1.5}}, "no probability"),
        ({"beliefs": {}, "signs": {"X->M": 2}}, "not 1 or -1"),
        ({"beliefs": {}, "signs": {"X<->Y": 1}}, "no edge X<->Y"),
    ],
)
def test_what_is_not_there_is_named(given, words):
    with pytest.raises(UsageError, match=words):
        believed_arcs(GRAPH, **given)


def test_open_directions_are_named():
    with pytest.raises(UsageError, match="A --- B"):
        believed_arcs(CausalGraph(undirected=[("A", "B")]), {})
