from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import discovery
from discovery import ConflictKind, Knowledge
from discovery.algorithms.boss import BOSS
from discovery.association import bic_gain
from discovery.marks import arrows
from discovery.orientation import to_cpdag
from discovery.permutation import GaussianBic, Limits, best_order
from discovery.scores import make_score
from discovery.simulate import linear_gaussian, random_dag
from tests.discovery.helpers import dataset_of, names, table_of
from tests.discovery.test_orientation import true_knowledge


def score_of(scorer: GaussianBic, dag: np.ndarray) -> float:
    total = 0.0
    for y in range(len(dag)):
        parents: list[int] = []
        for k in np.flatnonzero(dag[:, y]).tolist():
            total += float(scorer.gains(y, parents)[k])
            parents.append(k)
    return total


def shd(one: np.ndarray, two: np.ndarray) -> int:
    differ = (one != two) | (one.T != two.T)
    return int(np.triu(differ).sum())


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_scores_agree_with_regression(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, n = int(rng.integers(2, 7)), 300
    values = linear_gaussian(random_dag(p, 2, rng), n, rng)
    r = np.corrcoef(values, rowvar=False)
    scorer = GaussianBic(r, n, 1.0)
    y, *given = rng.permutation(p).tolist()
    gains = scorer.gains(y, given[1:])
    assert gains[given[0]] == pytest.approx(bic_gain(r, n, given[0], y, given[1:]), abs=1e-6)
    assert scorer.losses(y, given)[0] == pytest.approx(-gains[given[0]], abs=1e-6)
    found = best_order(scorer, starts=[list(range(p))])
    assert found.score == pytest.approx(score_of(scorer, found.dag), abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_finds_at_least_the_score_of_the_truth(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dag = random_dag(10, 2.5, rng)
    table = table_of(linear_gaussian(dag, 3000, rng))
    scorer = GaussianBic(table.correlation, table.n, 1.0, 0.5)
    found = best_order(scorer, starts=[list(range(10))])
    assert found.score >= score_of(scorer, dag) - 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_recovers_most_of_a_larger_graph(seed: int) -> None:
    rng = np.random.default_rng(seed + 10)
    dag = random_dag(40, 3, rng)
    table = table_of(linear_gaussian(dag, 2000, rng))
    assert shd(BOSS().run(table, Knowledge()).marks, to_cpdag(dag)) <= 4


def test_column_order_and_scale_do_not_matter() -> None:
    rng = np.random.default_rng(3)
    values = linear_gaussian(random_dag(12, 2, rng), 1000, rng)
    order = rng.permutation(12)
    columns = names(12)
    one = discovery.learn(dataset_of(values, columns), "boss").graph
    two = discovery.learn(
        dataset_of(values[:, order] * np.logspace(-5, 5, 12), tuple(columns[k] for k in order)),
        "boss",
    ).graph
    assert one == two


@pytest.mark.parametrize("seed", range(12))
def test_true_knowledge_is_kept_and_does_not_hurt(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dag = random_dag(8, 2, rng)
    table = table_of(linear_gaussian(dag, 20000, rng))
    knowledge = true_knowledge(dag, rng)
    found = BOSS().run(table, knowledge)
    assert shd(BOSS().run(table, Knowledge()).marks, to_cpdag(dag)) == 0
    assert not found.conflicts
    assert ((found.marks != 0) == (dag | dag.T)).all()
    assert not (arrows(found.marks) & ~dag).any()


def test_a_required_edge_without_support_directs_nothing_else() -> None:
    """x1 -> x3 required of independent columns: x2 - x3 must not become part of a collider."""
    rng = np.random.default_rng(0)
    x2 = rng.normal(size=2000)
    values = np.column_stack([rng.normal(size=2000), x2, x2 + rng.normal(size=2000)])
    data = dataset_of(values, ("x1", "x2", "x3"))
    found = discovery.learn(data, "boss", Knowledge(required=[("x1", "x3")]))
    assert found.graph.directed == (("x1", "x3"),)
    assert found.graph.undirected == (("x2", "x3"),)
    assert [c.kind for c in found.conflicts] == [ConflictKind.REQUIRED_ABSENT]
    assert found.edges[0].score_difference is not None
    assert found.edges[0].score_difference < 0


@pytest.mark.parametrize("workers", [1, 2])
def test_interrupt_gives_the_best_so_far(monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    from discovery.permutation import OrderState

    sweep, calls = OrderState.sweep, 0

    def stop(*args):
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return sweep(*args)

    monkeypatch.setattr(OrderState, "sweep", stop)
    rng = np.random.default_rng(0)
    found = discovery.learn(
        dataset_of(linear_gaussian(random_dag(25, 3, rng), 500, rng)),
        "boss",
        starts=workers,
        workers=workers,
        bootstraps=5,
    )
    assert not found.complete
    assert len(found.edges) > 10  # one sweep has been made by then
    assert found.bootstraps_done == 0


@pytest.mark.parametrize("kind", ["numbers", "categories", "mixed"])
def test_the_number_of_workers_does_not_matter(kind: str) -> None:
    rng = np.random.default_rng(5)
    values = linear_gaussian(random_dag(15, 2.5, rng), 400, rng)
    cut = np.digitize(values, [-0.7, 0.6]).astype(float)
    if kind == "categories":
        values = cut
    elif kind == "mixed":
        values[:, ::2] = cut[:, ::2]
    table = table_of(values)
    score = make_score(table)
    starts = [rng.permutation(15).tolist() for _ in range(4)]
    runs = [best_order(score, starts=starts, kicks=2, workers=k) for k in (1, 2, 4)]
    assert len({run.score for run in runs}) == 1  # to the last bit
    assert all((run.dag == runs[0].dag).all() for run in runs)
    assert all(run.order == runs[0].order for run in runs)


def test_more_starts_and_kicks_never_score_worse() -> None:
    rng = np.random.default_rng(8)
    table = table_of(linear_gaussian(random_dag(20, 4, rng), 300, rng))
    score = make_score(table)
    starts = [rng.permutation(20).tolist() for _ in range(3)]
    one = best_order(score, starts=starts[:1])
    assert best_order(score, starts=starts).score >= one.score
    assert best_order(score, starts=starts[:1], kicks=3).score >= one.score
    assert one.score == pytest.approx(score.total(one.dag), abs=1e-6)


@pytest.mark.slow
def test_scores_at_least_as_well_as_the_truth_at_fifty_columns() -> None:
    better = 0
    for seed in range(2000, 2012):
        rng = np.random.default_rng(seed)
        dag = random_dag(50, 3, rng)
        table = table_of(linear_gaussian(dag, 1000, rng))
        algorithm = BOSS()
        score = algorithm.score_of(table)
        found = algorithm.find(score, Limits.of(50))
        better += found.score >= score.total(dag) - 1e-6
    assert better >= 11
