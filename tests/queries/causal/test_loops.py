"""Feedback: answered where loops settle, against equilibria of random linear models; else refused."""

from __future__ import annotations

import numpy as np
import pytest

from graph.causal import CausalGraph
from graph.causal_transform import acyclification
from graph.errors import UsageError
from queries.causal import Estimand, Refusal, identify
from queries.causal.results import Estimand as Found

NODES = "XABCY"


def test_a_loop_beside_the_question_settles() -> None:
    graph = CausalGraph(
        directed=[("X", "A"), ("A", "B"), ("B", "A"), ("B", "Y"), ("C", "X"), ("C", "Y")]
    )
    found = identify(graph, "X", "Y")
    assert isinstance(found, Estimand)
    assert found.loops == (("A", "B"),)
    assert found.method == "backdoor"
    assert found.adjustment == ("C",)
    assert any("settles" in text for text in found.assumptions)
    assert found.to_json()["loops"] == [["A", "B"]]
    refused = identify(graph, "X", "Y", loops="refuse")
    assert isinstance(refused, Refusal)
    assert refused.witness["kind"] == "cycle"


@pytest.mark.parametrize("edges", [
    [("X", "Y"), ("Y", "X")], [("X", "A"), ("A", "X"), ("X", "Y")],
    [("X", "A"), ("A", "B"), ("B", "X"), ("B", "Y")],
])  # fmt: skip
def test_a_treatment_inside_a_loop_is_refused(edges: list[tuple[str, str]]) -> None:
    found = identify(CausalGraph(directed=edges), "X", "Y")
    assert isinstance(found, Refusal)
    assert "X" in found.witness["loop"]


def test_acyclification() -> None:
    graph = CausalGraph(
        directed=[("I", "A"), ("A", "B"), ("B", "A"), ("B", "Y")], bidirected=[("B", "H")]
    )
    found = acyclification(graph)
    assert set(found.directed) == {("I", "A"), ("I", "B"), ("B", "Y")}
    assert {frozenset(e) for e in found.bidirected} == {
        frozenset("AB"), frozenset("AH"), frozenset("BH"),
    }  # fmt: skip
    plain = CausalGraph(directed=[("A", "B")])
    assert acyclification(plain) is plain
    with pytest.raises(UsageError):
        acyclification(CausalGraph(undirected=[("A", "B")]))


def _model(rng: np.random.Generator) -> tuple[CausalGraph, np.ndarray, np.ndarray]:
    """A random graph with loops, coefficients [to, from] of a stable linear model, and the covariance
    of its noises."""
    while True:
        p = len(NODES)
        present = (rng.random((p, p)) < 0.35) & ~np.eye(p, dtype=bool)
        weights = present * rng.uniform(0.3, 0.9, (p, p)) * rng.choice([-1, 1], (p, p))
        if np.abs(np.linalg.eigvals(weights)).max() < 0.9:
            break
    pairs = [(i, j) for i in range(p) for j in range(i) if rng.random() < 0.15]
    noise = np.eye(p)
    for i, j in pairs:
        noise[i, j] = noise[j, i] = 0.15
    edges = [(NODES[j], NODES[i]) for i, j in np.argwhere(present)]
    tied = [(NODES[i], NODES[j]) for i, j in pairs]
    return CausalGraph(list(NODES), directed=edges, bidirected=tied), weights, noise


def _slope(cov: np.ndarray, y: int, x: int, given: list[int]) -> float:
    rows = [x, *given]
    return float(np.linalg.solve(cov[np.ix_(rows, rows)], cov[rows, y])[0])


def _by_formula(found: Found, cov: np.ndarray) -> float | None:
    at = {n: i for i, n in enumerate(NODES)}
    x, y = at["X"], at["Y"]
    if found.method == "no-effect":
        return 0.0
    if found.method == "backdoor":
        return _slope(cov, y, x, [at[n] for n in found.adjustment])
    if found.method == "frontdoor":
        mediators = [at[n] for n in found.adjustment]
        first = [_slope(cov, m, x, []) for m in mediators]
        return float(
            sum(
                f * _slope(cov, y, m, [x, *(o for o in mediators if o != m)])
                for f, m in zip(first, mediators, strict=True)
            )
        )
    return None


def test_against_the_equilibria_of_random_linear_models() -> None:
    rng = np.random.default_rng(5)
    checked = {"no-effect": 0, "backdoor": 0, "frontdoor": 0}
    for _ in range(1500):
        graph, weights, noise = _model(rng)
        found = identify(graph, "X", "Y")
        if not found.identified or not found.loops:  # type: ignore[union-attr]
            continue
        assert isinstance(found, Estimand)
        settled = np.linalg.inv(np.eye(len(NODES)) - weights)
        value = _by_formula(found, settled @ noise @ settled.T)
        if value is None:
            continue
        cut = weights.copy()
        cut[0] = 0
        truth = np.linalg.inv(np.eye(len(NODES)) - cut)[NODES.index("Y"), 0]
        assert value == pytest.approx(truth, abs=1e-9), (graph.edges, found.formula)
        checked[found.method] += 1
    assert checked["backdoor"] >= 20
    assert checked["no-effect"] >= 20
