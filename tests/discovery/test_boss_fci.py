from __future__ import annotations

import numpy as np
import pytest

import discovery
from discovery import Knowledge
from discovery.algorithms.boss_fci import BOSSFCI
from discovery.marks import ARROW, TAIL, arrows
from discovery.simulate import linear_gaussian, random_dag
from tests.discovery.helpers import dataset_of, table_of


def two_colliders(seed: int, n: int = 4000) -> np.ndarray:
    """a -> b <-> c <- d: the middle edge is a hidden cause."""
    rng = np.random.default_rng(seed)
    a, d, hidden = rng.normal(size=(3, n))
    b = a + hidden + rng.normal(size=n) * 0.7
    c = d - hidden + rng.normal(size=n) * 0.7
    return np.column_stack([a, b, c, d])


@pytest.mark.parametrize("seed", range(6))
def test_finds_a_hidden_cause_where_a_graph_without_needs_more_edges(seed: int) -> None:
    data = dataset_of(two_colliders(seed), ("a", "b", "c", "d"))
    found = discovery.learn(data, "boss-fci", alpha=0.001)
    kinds = {(e.source, e.target): e.kind for e in found.edges}
    assert kinds == {("a", "b"): "o->", ("b", "c"): "<->", ("d", "c"): "o->"}
    # the score search alone has a fourth edge
    assert len(discovery.learn(dataset_of(two_colliders(seed)), "boss").edges) > 3


def test_a_tier_does_not_remove_a_hidden_cause() -> None:
    """causal-learn's issue 266: the later of two columns is no cause, and that is all."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=1000)
    data = dataset_of(np.column_stack([z, z + rng.normal(size=1000)]), ("z", "y"))
    found = discovery.learn(data, "boss-fci", Knowledge(tiers=[["z"], ["y"]]))
    assert [(e.source, e.kind, e.target) for e in found.edges] == [("z", "o->", "y")]


def test_a_pair_forbidden_both_ways_may_share_a_hidden_cause() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=1000)
    data = dataset_of(np.column_stack([z, z + rng.normal(size=1000)]), ("z", "y"))
    found = discovery.learn(data, "boss-fci", Knowledge(forbidden=[("z", "y"), ("y", "z")]))
    assert [e.kind for e in found.edges] == ["<->"]


def test_a_required_edge_without_support_stays_and_is_a_conflict() -> None:
    rng = np.random.default_rng(0)
    x2 = rng.normal(size=2000)
    values = np.column_stack([rng.normal(size=2000), x2, x2 + rng.normal(size=2000)])
    data = dataset_of(values, ("x1", "x2", "x3"))
    found = discovery.learn(data, "boss-fci", Knowledge(required=[("x1", "x3")]))
    assert ("x1", "x3") in found.graph.directed
    assert len(found.conflicts) == 1
    assert "p = nan" not in found.conflicts[0].data
    assert [(e.source, e.kind, e.target) for e in found.edges if e.source == "x2"] == [
        ("x2", "o-o", "x3")
    ]


def test_few_marks_are_wrong_with_many_rows() -> None:
    """An arrowhead at b of a *-> b says that b is no cause of a, a tail that it is one."""
    marks = wrong = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        dag = random_dag(9, 2.2, rng)
        values = linear_gaussian(dag, 20000, rng)
        seen = np.sort(rng.permutation(9)[:7])
        reach = dag.copy()
        for k in range(9):
            reach |= np.outer(reach[:, k], reach[k])
        cause = reach[np.ix_(seen, seen)]
        found = BOSSFCI(alpha=0.001).run(table_of(values[:, seen]), Knowledge()).marks
        heads, tails = found == ARROW, found == TAIL
        marks += int(heads.sum() + tails.sum())
        wrong += int((heads & cause.T).sum() + (tails & ~cause.T).sum())
    assert marks > 100
    assert wrong <= 0.12 * marks  # near-cancellations; FCI itself has 15 % here


def test_without_hidden_causes_it_agrees_with_the_score_search() -> None:
    rng = np.random.default_rng(4)
    dag = random_dag(10, 2, rng)
    marks = BOSSFCI().run(table_of(linear_gaussian(dag, 5000, rng)), Knowledge()).marks
    assert ((marks != 0) == (dag | dag.T)).all()
    assert not (arrows(marks) & ~dag).any()


def test_interrupt_while_testing_gives_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    from discovery.algorithms import boss_fci

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(boss_fci, "_sets", stop)
    found = discovery.learn(dataset_of(two_colliders(0)), "boss-fci")
    assert not found.complete
    assert len(found.edges) >= 4
