"""Distances between graphs, against counting by hand and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.marks import ARROW, TAIL, adjacency
from discovery.metrics import (
    aupr,
    auroc,
    directed_scores,
    order_respects,
    same_graph,
    shd,
    shd_dag,
    skeleton_scores,
)
from discovery.orientation import to_cpdag
from discovery.simulation import random_dag
from graph.errors import UsageError


def dag_of(p: int, *edges: tuple[int, int]):
    dag = np.zeros((p, p), dtype=bool)
    for i, j in edges:
        dag[i, j] = True
    return dag


def marks_of(dag):
    return np.where(dag, ARROW, np.where(dag.T, TAIL, 0)).astype(np.int8)


def test_a_chain_and_a_collider() -> None:
    chain, collider = dag_of(3, (0, 1), (1, 2)), dag_of(3, (0, 1), (2, 1))
    assert shd(to_cpdag(chain), to_cpdag(collider)) == 2
    assert shd(marks_of(chain), marks_of(collider)) == 1
    assert shd(to_cpdag(chain), marks_of(chain)) == 2
    assert shd_dag(to_cpdag(chain), chain) == 2
    assert shd_dag(to_cpdag(collider), collider) == 0
    assert shd_dag(marks_of(dag_of(3)), chain) == 2
    assert directed_scores(to_cpdag(collider), collider).f1 == 1
    assert directed_scores(to_cpdag(chain), chain).recall == 0
    assert directed_scores(marks_of(chain), collider) == (0.5, 0.5, 0.5)


def test_skeletons() -> None:
    true = dag_of(4, (0, 1), (1, 2), (2, 3))
    scores = skeleton_scores(dag_of(4, (1, 0), (0, 2)), true)
    assert scores == (0.5, 1 / 3, pytest.approx(0.4))
    assert skeleton_scores(dag_of(4), true) == (1.0, 0.0, 0.0)
    assert skeleton_scores(dag_of(4), dag_of(4)).f1 == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 7))
def test_shd_is_a_distance(seed: int, p: int) -> None:
    rng = np.random.default_rng(seed)
    a, b, c = (to_cpdag(random_dag(p, 2, rng)) for _ in range(3))
    assert shd(a, a) == 0
    assert same_graph(a, a)
    assert shd(a, b) == shd(b, a)
    assert (shd(a, b) == 0) == same_graph(a, b)
    assert shd(a, c) <= shd(a, b) + shd(b, c)
    assert shd(a, b) >= int(np.triu(adjacency(a) != adjacency(b), 1).sum())
    order = rng.permutation(p)
    assert shd(a[np.ix_(order, order)], b[np.ix_(order, order)]) == shd(a, b)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_ranked_edges_as_scikit_learn_scores_them(seed: int, ties: bool) -> None:
    from sklearn.metrics import average_precision_score, roc_auc_score

    rng = np.random.default_rng(seed)
    true = random_dag(6, 2, rng)
    true[0, 1] = True
    scores = rng.normal(size=(6, 6)) + true
    if ties:
        scores = np.round(scores)
    among = ~np.eye(6, dtype=bool)
    among[2] = False
    expected = average_precision_score(true[among], scores[among])
    assert aupr(scores, true, among) == pytest.approx(expected)
    assert auroc(scores, true, among) == pytest.approx(roc_auc_score(true[among], scores[among]))
    assert aupr(true.astype(float), true) == 1
    assert auroc(true.astype(float), true) == 1


def test_without_edges_there_is_no_area() -> None:
    none = np.zeros((3, 3), dtype=bool)
    assert np.isnan(aupr(np.ones((3, 3)), none))
    assert np.isnan(auroc(np.ones((3, 3)), none))


def test_orders() -> None:
    dag = dag_of(3, (0, 1), (1, 2))
    assert order_respects([0, 1, 2], dag)
    assert not order_respects([1, 0, 2], dag)
    with pytest.raises(UsageError, match="every column once"):
        order_respects([0, 1], dag)


def test_shapes_and_numbers_are_checked() -> None:
    with pytest.raises(UsageError, match="cannot be compared"):
        shd(np.zeros((2, 2), dtype=np.int8), np.zeros((3, 3), dtype=np.int8))
    with pytest.raises(UsageError, match="not a number"):
        aupr(np.full((2, 2), np.nan), np.ones((2, 2), dtype=bool))
