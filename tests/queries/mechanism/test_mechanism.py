"""Mechanism queries, each against trying everything on small random networks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import UsageError
from queries.mechanism import (
    Chain,
    Link,
    Network,
    between,
    block,
    downstream,
    explain,
    loops,
    regulators,
)

NODES = "ABCDEF"


@st.composite
def networks(draw: st.DrawFn) -> Network:
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(list(itertools.permutations(NODES, 2))),
                st.sampled_from([-1, 0, 1]),
                st.sampled_from([0.3, 0.5, 0.7, 0.9, 1.0]),
            ),
            min_size=1,
            max_size=16,
        )
    )
    ends = [Link("A", "B", 1, 0.4, "s"), Link("E", "F", 1, 0.4, "t")]
    return Network(
        [*ends, *(Link(a, b, sign, p, f"{i}") for i, ((a, b), sign, p) in enumerate(rows))]
    )


def all_chains(network: Network, start: str, end: str, most: int) -> Iterator[Chain]:
    def extend(path: tuple[Link, ...]) -> Iterator[Chain]:
        here = path[-1].effect if path else start
        if path and here == end:
            yield Chain(path)
            return
        if len(path) == most:
            return
        seen = {start, *(link.effect for link in path)}
        for link in network.links:
            if link.cause == here and (link.effect not in seen or link.effect == end):
                yield from extend((*path, link))

    return extend(())


@settings(max_examples=80, deadline=None)
@given(networks(), st.integers(1, 5), st.integers(1, 8))
def test_the_best_chains_of_all(network: Network, most: int, k: int) -> None:
    truth = sorted(all_chains(network, "A", "F", most), key=lambda c: -c.belief)
    found = explain(network, "A", "F", k=k, max_length=most)
    assert found.complete
    assert [c.belief for c in found.chains] == pytest.approx([c.belief for c in truth[:k]])
    assert {c.links for c in found.chains} <= {c.links for c in truth}
    assert len(set(found.chains)) == len(found.chains)
    assert found.exhausted == (len(truth) < k)


@settings(max_examples=50, deadline=None)
@given(networks(), st.integers(2, 5))
def test_the_best_loops_of_all(network: Network, most: int) -> None:
    truth = sorted(all_chains(network, "A", "A", most), key=lambda c: -c.belief)
    found = loops(network, "A", k=100, max_length=most)
    assert [c.belief for c in found.chains] == pytest.approx([c.belief for c in truth])
    assert all(c.nodes[0] == c.nodes[-1] == "A" for c in found.chains)


def test_signs_and_balance() -> None:
    network = Network(
        [
            Link("x", "m", -1, 0.9),
            Link("m", "y", -1, 0.9),
            Link("x", "y", -1, 0.5),
            Link("y", "x", 1),
        ]
    )
    found = explain(network, "x", "y")
    assert [(c.sign, len(c.links)) for c in found.chains] == [(1, 2), (-1, 1)]
    assert found.balance == "incoherent"
    assert found.signs == {-1: 0.5, 1: pytest.approx(0.81)}
    assert "chains disagree" in found.explanation
    assert [c.sign for c in loops(network, "x").chains] == [1, -1]
    assert explain(network, "m", "y").balance == "coherent"


def test_a_budget_that_ends_is_owned_up_to() -> None:
    links = [Link(f"a{i}", f"a{j}", 1, 0.9) for i, j in itertools.permutations(range(12), 2)]
    found = explain(Network(links), "a0", "a1", k=10_000, max_length=6, budget=500)
    assert not found.complete
    assert not found.exhausted
    assert len(found.chains) > 1
    assert "ended early" in found.explanation


def test_neighbours_of_a_hub_do_not_lead_on_through_it() -> None:
    spokes = [
        Link(a, b, 1, 0.9, f"{a}{b}")
        for n in range(200)
        for a, b in (("hub", f"n{n}"), (f"n{n}", "hub"))
    ]
    network = Network([*spokes, Link("hub", "end", 1, 0.5, "e")])
    found = explain(network, "hub", "end", k=10, max_length=6, budget=10)
    assert found.exhausted
    assert [chain.belief for chain in found.chains] == [0.5]


@settings(max_examples=60, deadline=None)
@given(networks(), st.integers(1, 4), st.sampled_from([1.0, 0.8]))
def test_downstream_is_the_best_walk_of_each_sign(
    network: Network, depth: int, attenuation: float
) -> None:
    best = {(n, s): 0.0 for n in network.nodes for s in (1, -1, 0)}
    front = {("A", 1): 1.0}
    for _ in range(depth):
        following: dict[tuple[str, int], float] = {}
        for (node, sign), strength in front.items():
            for link in network.links:
                if link.cause == node and link.effect != "A":
                    key = (link.effect, sign * link.sign)
                    value = strength * link.belief * attenuation
                    following[key] = max(value, following.get(key, 0.0))
        for key, value in following.items():
            best[key] = max(best[key], value)
        front = following
    found = downstream(
        network, {"A": 1}, depth=depth, attenuation=attenuation, least=1e-6, most=100
    )
    for effect in found:
        assert effect.up == pytest.approx(best[effect.node, 1])
        assert effect.down == pytest.approx(best[effect.node, -1])
        assert effect.unknown == pytest.approx(best[effect.node, 0])
        # the chain shown is the one behind the strongest number
        shown = effect.chain.belief * attenuation ** len(effect.chain.links)
        assert shown == pytest.approx(effect.strength)
        assert effect.chain.nodes[-1] == effect.node
    reached = {n for (n, _), v in best.items() if v > 0 and n != "A"}
    assert {e.node for e in found} == reached


def test_opposite_chains_are_ambiguous_and_a_set_node_stays() -> None:
    network = Network(
        [
            Link("x", "y", 1, 0.8),
            Link("x", "m", -1, 0.9),
            Link("m", "y", 1, 0.9),
            Link("y", "z", -1, 0.9),
        ]
    )
    calls = {e.node: e.call for e in downstream(network, {"x": 1})}
    assert calls == {"m": "lowered", "y": "ambiguous", "z": "ambiguous"}
    calls = {e.node: e.call for e in downstream(network, {"x": 1, "m": 1})}
    assert calls == {"y": "raised", "z": "lowered"}
    assert {e.node: e.call for e in downstream(network, {"x": 0})}["y"] == "affected"


def test_the_regulator_behind_changes() -> None:
    links = [Link("hub", f"g{i}", 1 if i % 2 else -1, 0.9) for i in range(12)]
    links += [Link("other", f"g{i}", 1, 0.9) for i in range(12)]
    observed = {f"g{i}": -1 if i % 2 else 1 for i in range(12)}
    first = regulators(Network(links), observed | {"unknown": 1})[0]
    assert (first.node, first.direction, first.right, first.wrong, first.silent) == (
        "hub", -1, 12, 0, 1,
    )  # fmt: skip
    assert first.p_value == pytest.approx(0.5**12)


def test_what_lies_between() -> None:
    network = Network(
        [Link("x", "m", 1, 0.9), Link("m", "y", 1, 0.8), Link("c", "x", 1, 0.7), Link("c", "y", 1, 0.6),
         Link("x", "e", 1, 0.5), Link("y", "e", 1, 0.5), Link("i", "x", 1, 0.9)]
    )  # fmt: skip
    found = between(network, "x", "y")
    assert found.mediators == (("m", pytest.approx(0.72)),)
    # what acts on the outcome only through the cause is no common cause
    assert found.common_causes == (("c", pytest.approx(0.42)),)
    assert found.common_effects == (("e", pytest.approx(0.25)),)


@settings(max_examples=60, deadline=None)
@given(networks(), st.dictionaries(st.sampled_from("BCDE"), st.integers(1, 5), max_size=4))
def test_the_cheapest_block(network: Network, costs: dict[str, int]) -> None:
    costs = {n: c for n, c in costs.items() if n in network}
    found = block(network, "A", "F", max_length=6, costs={n: float(c) for n, c in costs.items()})
    graph = nx.DiGraph([(link.cause, link.effect) for link in network.links])
    inner = sorted(set(graph) - {"A", "F"})
    best = math.inf
    for size in range(len(inner) + 1):
        for chosen in itertools.combinations(inner, size):
            left = graph.subgraph(set(graph) - set(chosen))
            if not nx.has_path(left, "A", "F"):
                best = min(best, sum(costs.get(n, 1) for n in chosen))
    assert found.possible == (best < math.inf)
    if found.possible:
        assert found.cost == best
        left = graph.subgraph(set(graph) - set(found.nodes))
        assert not nx.has_path(left, "A", "F")
    else:
        assert found.through == ("A", "F")


def test_protected_nodes_stay() -> None:
    network = Network([Link("A", "m"), Link("m", "F"), Link("A", "n"), Link("n", "F")])
    assert block(network, "A", "F").nodes == ("m", "n")
    found = block(network, "A", "F", protected=["m"])
    assert not found.possible
    assert found.through == ("A", "m", "F")


def test_parallel_links_and_bad_ones() -> None:
    network = Network([Link("a", "b", 1, 0.2, "1"), Link("a", "b", 1, 0.6, "2"), Link("a", "b", -1, 0.1), Link("a", "a")])  # fmt: skip
    assert [(x.sign, x.belief) for x in network.links] == [(-1, 0.1), (1, 0.6)]
    with pytest.raises(UsageError, match="belief of a -> b"):
        Network([Link("a", "b", 1, 0.0)])
    with pytest.raises(UsageError, match="sign of a -> b"):
        Network([Link("a", "b", 2)])


@pytest.mark.parametrize("call", [
    lambda n: explain(n, "A", "A"), lambda n: explain(n, "A", "Q"), lambda n: explain(n, "A", "B", k=0),
    lambda n: loops(n, "Q"), lambda n: downstream(n, {"A": 2}), lambda n: downstream(n, {"A": 1}, depth=0),
    lambda n: downstream(n, {"A": 1}, attenuation=0.0), lambda n: regulators(n, {"Q": 1}),
    lambda n: between(n, "A", "A"), lambda n: block(n, "A", "A"), lambda n: block(n, "A", "B", costs={"B": -1.0}),
])  # fmt: skip
def test_bad_questions(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError):
        call(Network([Link("A", "B"), Link("B", "A")]))
