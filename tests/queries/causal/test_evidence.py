"""What to measure or randomise next: the cheapest sets, compared with trying all of them."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.causal import CausalGraph
from graph.causal_transform import latent_projection
from graph.errors import UsageError
from queries.causal.algorithm import find_hedge
from queries.causal.bits import BitGraph
from queries.causal.evidence import MEASURE, RANDOMISE, next_evidence, reachable
from queries.causal.identification import identify

BOW = CausalGraph(directed=[("X", "Y")], bidirected=[("X", "Y")])
NODES = "ABCDE"


@st.composite
def graphs(draw: st.DrawFn, nodes: int = 5) -> CausalGraph:
    """Acyclic mixed graphs over A..E, in causal order."""
    pairs = list(itertools.combinations(NODES[:nodes], 2))
    directed = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=8))
    bidirected = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=4))
    return CausalGraph(list(NODES[:nodes]), directed=directed, bidirected=bidirected)


def test_the_bow_graph() -> None:
    found = next_evidence(BOW, "X", "Y")
    assert not found.identified
    assert found.exact
    assert [str(p) for p in found.plans] == [
        "measure the hidden common cause of X and Y",
        "randomise X",
    ]
    assert [p.cost for p in found.plans] == [MEASURE, RANDOMISE]
    assert "cheapest first" in found.explanation


def test_a_trial_that_costs_less_comes_first() -> None:
    found = next_evidence(BOW, "X", "Y", costs={"X": 0.5, "Y<->X": 2.0})
    assert [(p.cost, str(p)) for p in found.plans] == [
        (0.5, "randomise X"),
        (2.0, "measure the hidden common cause of X and Y"),
    ]


def test_a_named_hidden_variable_is_measured_by_its_name() -> None:
    graph = CausalGraph(directed=[("U", "X"), ("U", "Y"), ("X", "Y")])
    found = next_evidence(graph, "X", "Y", hidden=["U"], impossible=["randomise"])
    assert [str(p) for p in found.plans] == ["measure U"]


def test_what_lies_between_is_enough() -> None:
    # measuring the mediator of a bow makes it the front door
    graph = CausalGraph(directed=[("X", "M"), ("M", "Y")], bidirected=[("X", "Y")])
    found = next_evidence(graph, "X", "Y", hidden=["M"], impossible=["X<->Y", "randomise"])
    assert [str(p) for p in found.plans] == ["measure M"]


def test_an_experiment_on_another_variable() -> None:
    # Z moves X, and X and Y are tied to it only through Z's hidden cause: a trial of Z is enough
    graph = CausalGraph(
        directed=[("Z", "X"), ("X", "Y")], bidirected=[("Z", "X"), ("Z", "Y")]
    )  # fmt: skip
    assert not identify(graph, "X", "Y").identified
    found = next_evidence(graph, "X", "Y", impossible=["Z<->X", "Z<->Y"], costs={"Z": 1.0})
    assert str(found.plans[0]) == "randomise Z"


def test_nothing_is_needed() -> None:
    graph = CausalGraph(directed=[("C", "X"), ("C", "Y"), ("X", "Y")])
    found = next_evidence(graph, "X", "Y")
    assert found.identified
    assert found.plans == ()
    assert "Nothing more is needed" in found.explanation


def test_nothing_that_is_allowed_is_enough() -> None:
    found = next_evidence(BOW, "X", "Y", impossible=["X<->Y", "X"])
    assert found.plans == ()
    assert found.exact
    assert "Nothing that is allowed" in found.explanation


def test_an_instrument_is_told() -> None:
    graph = CausalGraph(directed=[("Z", "X"), ("X", "Y")], bidirected=[("X", "Y")])
    assert "Z is an instrument" in next_evidence(graph, "X", "Y").alternatives[0]


def test_a_small_budget_is_owned_up_to() -> None:
    found = next_evidence(BOW, "X", "Y", budget=1)
    assert not found.exact
    assert found.plans == ()
    assert "budget" in found.explanation


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hidden": ["Y"]}, "hidden and cannot be asked"),
        ({"costs": {"Q": 1.0}}, "'Q' is neither"),
        ({"impossible": ["A<->B"]}, "neither a node nor"),
        ({"costs": {"X": -1.0}}, "costs are 0 or more"),
        ({"costs": {"X": math.nan}}, "costs are 0 or more"),
        ({"given": ["X"]}, "two roles"),
    ],
)
def test_bad_questions(change: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        next_evidence(BOW, "X", "Y", **change)  # type: ignore[arg-type]


def test_a_loop_is_refused() -> None:
    graph = CausalGraph(directed=[("X", "Y"), ("Y", "X")])
    with pytest.raises(UsageError, match="feedback loop"):
        next_evidence(graph, "X", "Y")


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_without_experiments_it_is_the_usual_decision(graph: CausalGraph) -> None:
    g = BitGraph.of(graph)
    x, y = g.mask("A"), g.mask("E")
    assert (reachable(g, x, y) is None) == (find_hedge(g, x, y) is None)
    # setting the treatment itself always answers the question
    assert reachable(g, x, y, [x]) is None


@settings(max_examples=60, deadline=None)
@given(graphs(), st.sets(st.sampled_from("BCD"), max_size=2), st.data())
def test_plans_are_the_cheapest_of_all(
    graph: CausalGraph, hidden: set[str], data: st.DataObject
) -> None:
    pairs = [f"{a}<->{b}" for a, b in graph.bidirected]
    names = [*sorted(hidden), *pairs, *sorted(set("ABCD") - hidden)]
    cost = {n: float(data.draw(st.integers(1, 4))) for n in names}
    found = next_evidence(graph, "A", "E", hidden=hidden, costs=cost, most=1)
    assert found.exact
    best = math.inf
    above = graph.ancestors(["E"])
    usable = [n for n in names if "<->" in n or n in hidden or n in above]
    for size in range(len(usable) + 1):
        for chosen in itertools.combinations(usable, size):
            total = sum(cost[n] for n in chosen)
            if total < best and _enough(graph, hidden, chosen):
                best = total
    if found.identified:
        assert best == 0
    else:
        assert best == (found.plans[0].cost if found.plans else math.inf)


def _enough(graph: CausalGraph, hidden: set[str], chosen: tuple[str, ...]) -> bool:
    shared = [tuple(n.split("<->")) for n in chosen if "<->" in n]
    left = graph.without([(a, "<->", b) for a, b in shared]) if shared else graph
    g = BitGraph.of(latent_projection(left, sorted(hidden - set(chosen))))
    trials = [g.mask([n]) for n in chosen if "<->" not in n and n not in hidden]
    return reachable(g, g.mask("A"), g.mask("E"), trials) is None
