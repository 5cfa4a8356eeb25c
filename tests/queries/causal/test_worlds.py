"""Answers over the worlds that a believed graph allows."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.causal import CausalGraph
from graph.causal_transform import latent_projection
from graph.errors import UsageError
from queries.causal import Estimand, identify
from queries.causal.worlds import ANSWERS, Arc, worlds


def test_one_statement_is_its_belief():
    found = worlds([Arc("X", "Y", 0.8, 1, "st-1")], "X", "Y")
    assert found.answers["raises"] == pytest.approx(0.8)
    assert found.answers["no effect"] == pytest.approx(0.2)
    assert found.error == 0
    assert found.influences[0].flips
    assert found.influences[0].information == pytest.approx(0.7219, abs=1e-4)
    assert sum(found.answers.values()) == pytest.approx(1)


def test_signs_multiply_along_paths_and_disagree_between_them():
    chain = [Arc("X", "M", 1, -1), Arc("M", "Y", 1, -1)]
    assert worlds(chain, "X", "Y").best == ("raises", 1.0)
    both = [*chain, Arc("X", "Y", 0.5, -1, "st-2")]
    found = worlds(both, "X", "Y")
    assert found.answers["either"] == pytest.approx(0.5)
    assert found.answers["raises"] == pytest.approx(0.5)
    assert worlds([Arc("X", "Y", 1, 0)], "X", "Y").best == ("either", 1.0)


def test_loops_are_said_and_not_broken():
    arcs = [Arc("X", "Y", 1, 1), Arc("Y", "X", 0.3, 1, "st-3")]
    found = worlds(arcs, "X", "Y")
    assert found.answers["cyclic"] == pytest.approx(0.3)
    assert found.identifiable == pytest.approx(0.7)


def test_a_hidden_common_cause_forbids_identification():
    arcs = [Arc("X", "Y", 1, 1), Arc("U", "X", 0.5, 1, "a"), Arc("U", "Y", 0.5, 1, "b")]
    found = worlds(arcs, "X", "Y", hidden=["U"])
    assert found.answers["not identifiable"] == pytest.approx(0.25)
    seen = worlds(arcs, "X", "Y")
    assert seen.identifiable == 1
    assert dict(seen.adjustment)[("U",)] == pytest.approx(1)
    assert dict(seen.adjustment)[()] == pytest.approx(0.75)


def test_what_is_downstream_does_not_matter():
    arcs = [Arc("X", "Y", 0.6, 1, "a"), Arc("Y", "D", 0.5, 1, "b"), Arc("X", "D", 0.5, 1, "c")]
    found = worlds(arcs, "X", "Y")
    assert [i.arc.id for i in found.influences] == ["a"]
    assert found.number == 2


NODES = ("A", "B", "C", "X", "Y")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_enumeration_equals_identification_in_every_world(seed):
    rng = np.random.default_rng(seed)
    pairs = [(a, b) for a, b in itertools.permutations(NODES, 2)]
    chosen = [pairs[i] for i in rng.choice(len(pairs), 7, replace=False)]
    arcs = [
        Arc(a, b, float(rng.choice([0.25, 0.5, 1.0])), int(rng.integers(-1, 2)), f"st-{k}")
        for k, (a, b) in enumerate(chosen)
    ]
    hidden = [n for n in ("A", "B") if rng.random() < 0.5]
    found = worlds(arcs, "X", "Y", hidden=hidden)
    wanted = dict.fromkeys(ANSWERS, 0.0)
    for present in itertools.product((False, True), repeat=len(arcs)):
        p = float(
            np.prod([a.belief if t else 1 - a.belief for a, t in zip(arcs, present, strict=True)])
        )
        if p:
            wanted[slow([a for a, t in zip(arcs, present, strict=True) if t], hidden)] += p
    assert found.answers == pytest.approx(wanted)


def slow(arcs, hidden):
    graph = CausalGraph(NODES, directed={(a.cause, a.effect) for a in arcs})
    above = graph.subgraph(graph.ancestors(["X", "Y"]))
    if above.has_cycle:
        return "cyclic"
    signs = set()

    def walk(node, sign):
        if node == "Y":
            signs.update((1, -1) if sign == 0 else (sign,))
            return
        for a in arcs:
            if a.cause == node and a.effect in above.nodes:
                walk(a.effect, sign * a.sign)

    walk("X", 1)
    if not signs:
        return "no effect"
    observed = latent_projection(above, [h for h in hidden if h in above.nodes])
    if not isinstance(identify(observed, "X", "Y"), Estimand):
        return "not identifiable"
    return "either" if len(signs) == 2 else "raises" if signs == {1} else "lowers"


def test_sampling_is_near_the_truth_and_repeatable():
    rng = np.random.default_rng(0)
    arcs = [Arc(f"M{i}", "Y", 0.5, 1, f"b{i}") for i in range(10)]
    arcs += [Arc("X", f"M{i}", 0.5, 1, f"a{i}") for i in range(10)]
    found = worlds(arcs, "X", "Y", number=4000, seed=1)
    truth = 1 - 0.75**10
    assert abs(found.answers["raises"] - truth) < 4 * found.error + 1e-9
    assert found.error > 0
    assert found == worlds(arcs, "X", "Y", number=4000, seed=1)
    shuffled = [arcs[i] for i in rng.permutation(len(arcs))]
    assert abs(worlds(shuffled, "X", "Y", number=4000).answers["raises"] - truth) < 0.02
    json.dumps(found.to_json(), allow_nan=False)
    assert "Most likely" in found.explanation


def test_what_cannot_be_asked_is_named():
    with pytest.raises(UsageError, match="the same"):
        worlds([], "X", "X")
    with pytest.raises(UsageError, match="measured"):
        worlds([], "X", "Y", hidden=["X"])
    with pytest.raises(UsageError, match="belief"):
        worlds([Arc("X", "Y", 1.5)], "X", "Y")
    assert worlds([], "X", "Y").best == ("no effect", 1.0)


def test_an_answer_that_all_drawn_worlds_share_has_no_error():
    for number in (77, 333, 777, 1000):
        arcs = [Arc(f"Z{i}", "Y", 0.3 + 0.04 * i, 1) for i in range(14)]
        found = worlds([Arc("X", "Y", 1.0, 1), *arcs], "X", "Y", number=number)
        assert found.best[0] == "raises"
        assert found.error == pytest.approx(0, abs=1e-6)
