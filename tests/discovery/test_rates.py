"""False discovery rates of edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

import discovery
from discovery import Knowledge
from discovery.algorithms import resolve
from discovery.simulate import linear_gaussian, random_dag
from discovery.stability import q_values
from discovery.stability.rates import candidates, edge_q_values
from graph.errors import UsageError
from tests.discovery.helpers import dataset_of, names, table_of


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=30),
    st.integers(0, 30),
    st.sampled_from(["bh", "by"]),
)
def test_same_as_scipy_with_the_rest_at_one(p: list[float], more: int, correction: str) -> None:
    whole = np.array([*p, *[1.0] * more])
    expected = false_discovery_control(whole, method=correction)[: len(p)]
    assert q_values(np.array(p), len(whole), correction) == pytest.approx(expected)


def test_no_p_values() -> None:
    assert len(q_values(np.empty(0), 10)) == 0


def model(seed: int, p: int = 15, n: int = 400):
    rng = np.random.default_rng([seed, 4])
    dag = random_dag(p, 2, rng)
    return dag, dataset_of(linear_gaussian(dag, n, rng, weights=(0.2, 0.8)))


def test_every_edge_of_a_test_algorithm_has_a_q_value() -> None:
    _, data = model(0)
    found = discovery.learn(data, "pc", alpha=0.05)
    tested = sorted((e.p_value, e.q_value) for e in found.edges)
    pairs = 15 * 14 / 2
    for rank, (p, q) in enumerate(tested, start=1):
        assert p <= q <= p * pairs / rank + 1e-15
    assert [q for _, q in tested] == sorted(q for _, q in tested)
    assert all(e.q_value is None for e in discovery.learn(data, "boss").edges)
    strict = discovery.learn(data, "pc", alpha=0.05, correction="by")
    for one, two in zip(found.edges, strict.edges, strict=True):
        assert two.q_value >= one.q_value


def test_knowledge_is_no_hypothesis() -> None:
    columns = names(4)
    knowledge = Knowledge(
        required=[("x00", "x01")], forbidden=[("x02", "x03"), ("x03", "x02"), ("x00", "x02")]
    )
    open_ = candidates(columns, knowledge)
    assert sorted(map(tuple, np.argwhere(open_).tolist())) == [(0, 2), (0, 3), (1, 2), (1, 3)]
    table = table_of(np.random.default_rng(0).normal(size=(100, 4)))
    learned = resolve("pc").run(table, knowledge)
    q = edge_q_values(table, knowledge, learned)
    assert learned.marks[0, 1] != 0
    assert np.isnan(q[0, 1])


def test_fdr_lowers_alpha_and_says_so() -> None:
    _, data = model(1)
    loose = discovery.learn(data, "pc", alpha=0.2)
    kept = discovery.learn(data, "pc", alpha=0.2, fdr=0.05, bootstraps=2)
    assert max(e.q_value for e in loose.edges) > 0.05
    assert max(e.q_value for e in kept.edges) <= 0.05
    assert kept.settings["alpha"] < 0.2
    (note,) = [n for n in kept.notes if n.startswith("alpha lowered from 0.2")]
    gone = {(e.source, e.target) for e in loose.edges} - {
        pair for e in kept.edges for pair in ((e.source, e.target), (e.target, e.source))
    }
    assert f"{len(gone)} edge" in note
    # the result is that of a run at this level
    again = discovery.learn(data, "pc", alpha=kept.settings["alpha"])
    assert again.graph == kept.graph


def test_fdr_changes_nothing_where_nothing_is_doubtful() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=1000)
    data = dataset_of(np.column_stack([a, a + rng.normal(size=1000)]))
    found = discovery.learn(data, "pc", fdr=0.05)
    assert found.settings["alpha"] == 0.01
    assert len(found.edges) == 1
    assert not any("alpha" in n for n in found.notes)


def test_fdr_of_noise_alone_leaves_nothing_or_little() -> None:
    found = [
        len(
            discovery.learn(
                dataset_of(np.random.default_rng(s).normal(size=(100, 8))),
                "pc",
                alpha=0.3,
                fdr=0.05,
            ).edges
        )
        for s in range(40)
    ]
    assert sum(n > 0 for n in found) <= 8  # 2 expected


def test_required_edges_stay() -> None:
    rng = np.random.default_rng(3)
    data = dataset_of(rng.normal(size=(200, 5)))
    found = discovery.learn(data, "pc", Knowledge(required=[("x00", "x01")]), alpha=0.2, fdr=0.01)
    assert ("x00", "x01") in found.graph.directed
    (edge,) = [e for e in found.edges if e.required]
    assert edge.q_value is None


def test_bad_calls() -> None:
    _, data = model(0)
    with pytest.raises(UsageError, match="fdr must be between 0 and 1, not 1"):
        discovery.learn(data, "pc", fdr=1)
    with pytest.raises(UsageError, match="correction='holm' is not known"):
        discovery.learn(data, "pc", correction="holm")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="boss does not test edges"):
        discovery.learn(data, "boss", fdr=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("correction", ["bh", "by"])
def test_rate_holds_on_simulations(correction: str) -> None:
    shares, loose = [], []
    for seed in range(40):
        dag, data = model(seed, p=20, n=500)
        true = dag | dag.T
        for found, into in (
            (discovery.learn(data, "pc", alpha=0.1, fdr=0.1, correction=correction), shares),
            (discovery.learn(data, "pc", alpha=0.1), loose),
        ):
            false = sum(not true[int(e.source[1:]), int(e.target[1:])] for e in found.edges)
            into.append(false / max(1, len(found.edges)))
    assert np.mean(shares) < 0.1 < np.mean(loose)
