from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import discovery
from discovery.algorithms import resolve
from discovery.counts import CountTests
from discovery.knowledge import Knowledge
from discovery.marks import adjacency, arrows, topological_order
from discovery.simulate import random_dag
from graph.dataset import Dataset
from graph.errors import DataError
from tests.discovery.helpers import table_of


def discrete(seed: int, p: int, n: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    dag = random_dag(p, 2, rng)
    cards = rng.integers(2, 5, p)
    codes = np.zeros((n, p), dtype=np.int64)
    for j in topological_order(dag) or []:
        group = np.zeros(n, dtype=np.int64)
        for k in np.flatnonzero(dag[:, j]):
            group = group * cards[k] + codes[:, k]
        chances = rng.dirichlet(np.full(cards[j], 0.7), int(group.max()) + 1)
        draws = (rng.random((n, 1)) > chances[group].cumsum(axis=1)).sum(axis=1)
        codes[:, j] = np.minimum(draws, cards[j] - 1)
    for j in range(p):
        codes[:, j] = np.unique(codes[:, j], return_inverse=True)[1]
    return codes


@given(st.integers(0, 10**6), st.sampled_from(["gsq", "chisq"]))
@settings(max_examples=40, deadline=None)
def test_p_values_are_those_of_causal_learn(seed: int, method: str) -> None:
    from causallearn.utils.cit import CIT

    rng = np.random.default_rng(seed)
    codes = discrete(seed, 6, int(rng.integers(30, 600)))
    codes = codes[:, codes.max(axis=0) > 0]
    p = codes.shape[1]
    if p < 3:
        return
    ours = CountTests(codes, method)  # type: ignore[arg-type]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = CIT(codes, method)
    x, *rest = rng.permutation(p).tolist()
    for size in range(min(3, p - 2) + 1):
        ys, given = rest[size:], rest[:size]
        expected = [theirs(x, y, tuple(given)) for y in ys]
        assert ours.p_values(x, ys, given) == pytest.approx(expected, abs=1e-6)


def test_large_conditioning_sets_are_recoded() -> None:
    codes = discrete(1, 9, 60)
    found = CountTests(codes).p_values(0, [1, 2], [3, 4, 5, 6, 7, 8])
    assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("method", ["gsq", "chisq"])
def test_same_graph_as_causal_learn(seed: int, method: str) -> None:
    codes = discrete(seed, 7, 1500)
    table = table_of(codes.astype(float))
    ours = resolve("pc", test=method).run(table, Knowledge()).marks
    theirs = resolve("causal-learn/pc", test=method).run(table, Knowledge()).marks
    assert (adjacency(ours) == adjacency(theirs)).all()
    if topological_order(arrows(theirs)) is not None:
        assert (ours == theirs).all()


def test_text_columns_are_categories() -> None:
    rng = np.random.default_rng(0)
    a = rng.integers(0, 3, 1500)
    frame = pd.DataFrame(
        {
            "a": np.array(["low", "mid", "high"])[a],
            "b": np.where(rng.random(1500) < 0.8, a, rng.integers(0, 3, 1500)),
            "c": pd.Categorical(rng.choice(["x", "y"], 1500)),
        }
    )
    found = discovery.learn(Dataset(frame), "pc", test="gsq")
    assert [(e.source, e.target) for e in found.edges] == [("a", "b")]
    assert found.edges[0].sign == 0  # alphabetical order has no sign
    assert found.edges[0].p_value is not None
    assert [i.kind for i in found.report.issues] == ["codes"]
    gaps = frame.assign(c=frame["c"].astype(object).where(frame.index > 2, None))
    with pytest.raises(DataError, match=r"'c' \(3\)"):
        discovery.learn(Dataset(gaps), "pc", test="gsq")


def test_too_many_levels_are_refused() -> None:
    data = Dataset(
        pd.DataFrame(np.random.default_rng(0).normal(size=(100, 3)), columns=list("abc"))
    )
    with pytest.raises(DataError, match="'a' has 100 different values"):
        discovery.learn(data, "pc", test="chisq")
