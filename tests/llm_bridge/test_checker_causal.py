"""The checker's causal code against the answering path's, which shares nothing with it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.causal import CausalGraph
from graph.dataset import Dataset
from llm_bridge.checker.causal import Graph, Refit, refit
from queries.causal import estimate, identify
from queries.causal.adjustment import is_valid
from queries.causal.bits import BitGraph

NODES = tuple("abcde")
PAIRS = list(combinations(NODES, 2))


@st.composite
def admgs(draw: st.DrawFn) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    order = draw(st.permutations(NODES))
    place = {n: k for k, n in enumerate(order)}
    directed = draw(st.lists(st.sampled_from(PAIRS), unique=True))
    hidden = draw(st.lists(st.sampled_from(PAIRS), unique=True, max_size=4))
    return [(a, b) if place[a] < place[b] else (b, a) for a, b in directed], hidden


@given(admgs())
@settings(max_examples=150, deadline=None)
def test_adjustment_agrees_with_the_other_algorithm(
    graph: tuple[list[tuple[str, str]], list[tuple[str, str]]],
) -> None:
    directed, hidden = graph
    mine = Graph.of(NODES, directed, hidden)
    other = BitGraph.of(CausalGraph(NODES, directed=directed, bidirected=hidden))
    x, y = "a", "e"
    if y not in mine.down([x]):
        return
    works = False
    for size in range(4):
        for z in combinations("bcd", size):
            expected = is_valid(other, other.mask(x), other.mask(y), other.mask(z))
            assert mine.blocks(x, y, z) is expected, z
            works = works or expected
    assert mine.adjustable(x, y) is works


def test_what_is_no_set_of_columns_blocks_nothing() -> None:
    graph = Graph.of("xyz", [("z", "x"), ("z", "y"), ("x", "y")], [])
    assert graph.blocks("x", "y", ["z"])
    assert not graph.blocks("x", "y", [])
    assert not graph.blocks("x", "y", ["z", "w"])
    assert not graph.blocks("x", "y", ["z", "y"])


def test_cycles() -> None:
    graph = Graph.of("abc", [("a", "b"), ("b", "a"), ("b", "c")], [])
    assert graph.cyclic("abc")
    assert not graph.cyclic("bc")


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_refit_agrees_with_the_estimator(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    n = 120
    z = rng.normal(size=n)
    words = rng.choice(["red", "green", "blue"], size=n)
    x = z + (words == "red") + rng.normal(size=n)
    y = 2 * x - z + rng.normal(size=n) * (1 + np.abs(x))
    frame = pd.DataFrame({"x": x * scale, "y": y, "z": z + 1000, "words": words})
    frame.loc[3, "z"] = np.nan
    frame["twice"] = 2 * frame["z"]
    frame["constant"] = 1
    held = ("constant", "twice", "words", "z")
    edges = [("x", "y"), *((h, t) for h in held for t in "xy")]
    estimand = identify(CausalGraph([*frame.columns], directed=edges), "x", "y")
    assert estimand.identified
    theirs = estimate(estimand, Dataset(frame), estimator="linear")
    mine = refit(frame, "x", "y", theirs.estimand.adjustment)
    assert isinstance(mine, Refit)
    assert theirs.estimand.adjustment == held
    assert mine.n == theirs.n == n - 1
    for a, b in (
        (mine.value, theirs.value),
        (mine.std_error, theirs.std_error),
        (mine.low, theirs.ci_low),
        (mine.high, theirs.ci_high),
    ):
        assert a == pytest.approx(b, rel=1e-8)


def test_refit_says_when_it_cannot() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0], "y": [1.0, 2.0]})
    assert "too few" in str(refit(frame, "x", "y", ()))
    frame = pd.DataFrame({"x": [1.0] * 9, "y": np.arange(9.0)})
    assert "vary" in str(refit(frame, "x", "y", ()))
