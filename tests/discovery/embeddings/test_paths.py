"""Path counts against counting every path, and scorers that use them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from discovery.embeddings import paths as module
from discovery.embeddings.metrics import evaluate
from discovery.embeddings.paths import Paths
from discovery.embeddings.rules import rules
from discovery.embeddings.splits import random_split
from discovery.embeddings.triples import F64, Triples


def graph(seed: int = 0, n: int = 6, r: int = 2, m: int = 30) -> Triples:
    rng = np.random.default_rng(seed)
    return Triples.from_ids(
        [f"e{i}" for i in range(n)],
        [f"r{i}" for i in range(r)],
        rng.integers(0, n, m),
        rng.integers(0, r, m),
        rng.integers(0, n, m),
    )


def _plain(matrix: object) -> F64:
    found = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()  # type: ignore[attr-defined]
    return np.asarray(found, np.float64)


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("length", [1, 2, 3])
def test_dwpc_counts_simple_paths(
    dense: bool, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_DENSE", 1500 if dense else 0)
    paths = Paths.of(graph())
    assert paths.dense is dense
    steps = [_plain(s) for s in paths.steps]
    heads = np.array([5, 0, 3])
    for body in itertools.product(range(4), repeat=length):
        got = _plain(paths.rows(body, heads))
        want = np.zeros((6, 6))
        for nodes in itertools.permutations(range(6), length + 1):
            value = 1.0
            for step, a, b in zip(body, nodes, nodes[1:], strict=False):
                value *= steps[step][a, b]
            want[nodes[0], nodes[-1]] += value
        away = np.arange(6)[None, :] != heads[:, None]
        assert got[away] == pytest.approx(want[heads][away], abs=1e-5)
        back = _plain(paths.rows(paths.reverse(body), np.arange(6)))
        assert back.T[heads][away] == pytest.approx(want[heads][away], abs=1e-5)


def test_damping_is_of_both_degrees() -> None:
    star = Triples.from_ids(list("abcd"), ["r"], [0, 0, 0, 1], [0, 0, 0, 0], [1, 2, 3, 3])
    step = _plain(Paths.of(star, damping=0.5).steps[0])
    assert step[0, 3] == pytest.approx(1 / np.sqrt(3 * 2))
    assert step[0, 1] == pytest.approx(1 / np.sqrt(3))
    assert _plain(Paths.of(star, damping=0).steps[0]).sum() == 4


def test_held_out_edges_have_the_counts_that_training_edges_have() -> None:
    """Taking an edge away changes no simple path between its ends but itself."""
    whole = graph(4)
    edge = (int(whole.heads[0]), int(whole.edges_relation[0]), int(whole.tails[0]))
    same = (whole.heads == edge[0]) & (whole.edges_relation == edge[1]) & (whole.tails == edge[2])
    less = whole.subset(~same)
    ends = np.array([edge[0]]), np.array([edge[2]])
    bodies = [b for b in itertools.product(range(4), repeat=2) if b != (edge[1],)]
    both = [Paths.of(g, damping=0).features(bodies, *ends) for g in (whole, less)]
    assert both[0] == pytest.approx(both[1], abs=1e-5)


def _family(seed: int = 0, people: int = 60) -> Triples:
    """Parents, and grandparents that follow from them."""
    rng = np.random.default_rng(seed)
    parent = {(int(rng.integers(0, i)), i) for i in range(1, people)}
    parent |= {(int(rng.integers(0, i)), i) for i in range(1, people)}
    grand = {(a, c) for a, b in parent for b2, c in parent if b == b2}
    edges = [(a, 0, b) for a, b in sorted(parent)] + [(a, 1, b) for a, b in sorted(grand)]
    h, r, t = zip(*edges, strict=True)
    return Triples.from_ids([f"p{i:02}" for i in range(people)], ["parent", "grandparent"], h, r, t)


@pytest.mark.parametrize("dense", [True, False])
def test_rules_find_a_composition_and_say_it(dense: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_DENSE", 1500 if dense else 0)
    parts = random_split(_family(), targets=["grandparent"], seed=1)
    scorer = rules(parts.train, parts.valid)
    found = evaluate(scorer, parts, bootstraps=20)
    assert found.mrr.value > 0.95
    told = scorer.explain(int(parts.test.heads[0]), 1, int(parts.test.tails[0]))
    assert told[0][0] == "parent / parent"


def test_steps_that_a_cold_start_takes_away_are_not_used() -> None:
    """Where no validation tail has a training edge of the relation, nothing is learned from one."""
    rng = np.random.default_rng(0)
    drugs, diseases, genes = range(20), range(20, 50), range(50, 80)
    edges = [(d, 0, int(g)) for d in drugs for g in rng.choice(genes, 3, replace=False)]
    edges += [(s, 1, int(g)) for s in diseases for g in rng.choice(genes, 3, replace=False)]
    edges += [(d, 2, int(s)) for s in diseases for d in rng.choice(drugs, 3, replace=False)]
    h, r, t = zip(*edges, strict=True)
    whole = Triples.from_ids([f"e{i:02}" for i in range(80)], ["binds", "has", "treats"], h, r, t)
    cold = (whole.edges_relation == 2) & (whole.tails >= 40)
    valid = whole.subset(cold)
    weighed = rules(whole.subset(~cold), valid, l2=1.0).weighed[2]
    assert weighed.bodies
    assert not [b for b in weighed.bodies if b and b[-1] == 2]
    assert weighed.ends[1] == 0
    warm = rules(whole, valid, l2=1.0).weighed[2]
    assert [b for b in warm.bodies if b and b[-1] == 2]
