"""DirectLiNGAM and ICA-LiNGAM: the reference's order, what is identified, knowledge, invariances."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import discovery
from discovery import Knowledge
from discovery.algorithms import resolve
from discovery.algorithms.ica_lingam import best_triangle
from discovery.data import Table
from discovery.functional.pwling import causal_order, entropies, pair_ratio
from discovery.marks import ARROW, TAIL, arrows, topological_order
from discovery.simulate import random_dag
from graph.errors import DataError, UsageError
from tests.discovery.helpers import dataset_of, names, table_of

NOISES = ("laplace", "uniform", "exponential", "normal")


def linear(
    p: int, n: int, seed: int, noise: str = "laplace", degree: float = 2.0
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """A random linear model: the graph and rows."""
    rng = np.random.default_rng([seed, p, n])
    dag = random_dag(p, degree, rng)
    values = np.asarray(getattr(rng, noise)(size=(n, p)))
    for j in topological_order(dag) or []:
        above = np.flatnonzero(dag[:, j])
        size = rng.uniform(0.5, 1.5, len(above)) * rng.choice([-1.0, 1.0], len(above))
        values[:, j] += values[:, above] @ size
    return dag, values


def reference(values: NDArray[np.float64]):
    lingam = pytest.importorskip("causallearn.search.FCMBased.lingam")
    model = lingam.DirectLiNGAM()
    model.fit(values)
    return model


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("seed", range(3))
def test_order_is_that_of_causal_learn(noise: str, seed: int) -> None:
    _, values = linear(7, 200 + 150 * seed, seed, noise)
    assert causal_order(values)[0] == [int(k) for k in reference(values).causal_order_]


@pytest.mark.slow
def test_order_is_that_of_causal_learn_with_many_columns() -> None:
    for noise in ("laplace", "normal"):
        _, values = linear(20, 1000, 1, noise, degree=3)
        assert causal_order(values)[0] == [int(k) for k in reference(values).causal_order_]


@pytest.mark.parametrize("seed", range(4))
def test_adaptive_lasso_gives_the_edges_of_causal_learn(seed: int) -> None:
    _, values = linear(6, 400, seed)
    marks = resolve("direct-lingam", pruning="adaptive-lasso", gaussian_alpha=1).run(
        table_of(values), Knowledge()
    )
    expected = (reference(values).adjacency_matrix_ != 0).T
    assert np.array_equal(arrows(marks.marks), expected)


def test_entropy_is_the_published_approximation() -> None:
    values = np.random.default_rng(0).standard_t(3, size=(500, 3))
    z = (values - values.mean(axis=0)) / values.std(axis=0)
    first = np.log(np.cosh(z)).mean(axis=0) - 0.37457
    second = (z * np.exp(-(z**2) / 2)).mean(axis=0)
    expected = (1 + np.log(2 * np.pi)) / 2 - 79.047 * first**2 - 7.4129 * second**2
    assert np.allclose(entropies(values), expected, rtol=0, atol=1e-12)


@given(seed=st.integers(0, 10_000), noise=st.sampled_from(NOISES[:3]))
@settings(max_examples=15, deadline=None)
def test_columns_in_another_order_give_the_same_graph(seed: int, noise: str) -> None:
    _, values = linear(5, 300, seed, noise)
    turn = np.random.default_rng(seed).permutation(5)
    columns = names(5)
    one = discovery.learn(dataset_of(values, columns), "direct-lingam")
    two = discovery.learn(
        dataset_of(values[:, turn], tuple(columns[k] for k in turn)), "direct-lingam"
    )
    assert set(one.graph.to_edges()) == set(two.graph.to_edges())


@given(
    seed=st.integers(0, 10_000),
    scale=st.lists(
        st.floats(1e-4, 1e4).flatmap(lambda s: st.sampled_from([s, -s])), min_size=5, max_size=5
    ),
)
@settings(max_examples=15, deadline=None)
def test_scale_shift_and_sign_of_columns_do_not_matter(seed: int, scale: list[float]) -> None:
    _, values = linear(5, 300, seed)
    moved = values * np.array(scale) + np.array(scale)[::-1]
    for name in ("direct-lingam", "rcd"):
        one = resolve(name).run(table_of(values), Knowledge()).marks
        two = resolve(name).run(table_of(moved), Knowledge()).marks
        assert np.array_equal(one, two)


@given(data=st.data())
@settings(max_examples=20, deadline=None)
@pytest.mark.parametrize("name", ["direct-lingam", "ica-lingam", "rcd", "resit"])
def test_knowledge_is_kept(name: str, data: st.DataObject) -> None:
    seed = data.draw(st.integers(0, 1000))
    noise = data.draw(st.sampled_from(NOISES))
    _, values = linear(4, 120, seed, noise)
    columns = names(4)
    order = data.draw(st.permutations(columns))
    pairs = [(a, b) for k, a in enumerate(order) for b in order[k + 1 :]]
    required = data.draw(st.lists(st.sampled_from(pairs), max_size=2, unique=True))
    free = [pair for pair in pairs if pair not in required]
    forbidden = data.draw(st.lists(st.sampled_from(free), max_size=3, unique=True))
    forbidden += [(b, a) for a, b in data.draw(st.lists(st.sampled_from(pairs), max_size=2))]
    cut = data.draw(st.integers(0, 4))
    knowledge = Knowledge(required, forbidden, [order[:cut], order[cut:]] if 0 < cut < 4 else [])
    found = discovery.learn(dataset_of(values, columns), name, knowledge)
    allowed = knowledge.allowed(columns)
    place = {c: i for i, c in enumerate(columns)}
    assert set(required) <= set(found.graph.directed)
    assert not found.graph.has_cycle
    for edge in found.edges:
        forward = allowed[place[edge.source], place[edge.target]]
        backward = allowed[place[edge.target], place[edge.source]]
        assert forward or (edge.kind == "<->" and backward) or (edge.kind == "---" and backward)
        if edge.kind in ("o-o", "---"):
            assert forward
            assert backward


def test_order_keeps_what_comes_before() -> None:
    _, values = linear(6, 300, 3)
    free, _ = causal_order(values)
    before = np.zeros((6, 6), dtype=bool)
    before[free[-1], free[0]] = True
    order, _ = causal_order(values, before=before)
    assert order.index(free[-1]) < order.index(free[0])
    assert sorted(order) == list(range(6))


def test_forbidden_edge_says_nothing_about_the_order() -> None:
    rng = np.random.default_rng(0)
    x = rng.laplace(size=2000)
    y = x + rng.laplace(size=2000)
    z = y + x + rng.laplace(size=2000)
    data = dataset_of(np.column_stack([x, y, z]), ("x", "y", "z"))
    found = discovery.learn(data, "direct-lingam", Knowledge(forbidden=[("x", "z")]))
    assert set(found.graph.directed) == {("x", "y"), ("y", "z")}
    assert [c.kind.value for c in found.conflicts if {c.source, c.target} == {"x", "z"}]


def test_graded_priors_turn_only_what_the_data_leave_open() -> None:
    rng = np.random.default_rng(3)
    x, e = rng.normal(size=(2, 60))
    weak = dataset_of(np.column_stack([x, x + e]), ("x", "y"))
    u, v = rng.laplace(size=(2, 1200))
    strong = dataset_of(np.column_stack([u, u + v]), ("x", "y"))
    for source, target in (("x", "y"), ("y", "x")):
        prior = Knowledge(graded=[(source, target, 6.0)])
        one = discovery.learn(weak, "direct-lingam", prior, gaussian_alpha=1)
        assert set(one.graph.directed) == {(source, target)}
        two = discovery.learn(strong, "direct-lingam", prior)
        assert set(two.graph.directed) == {("x", "y")}
    ratios = [60 * pair_ratio(x, x + e), 1200 * pair_ratio(u, u + v)]
    assert abs(ratios[0]) < 6.0 < ratios[1]


def test_graded_priors_and_adaptive_lasso_do_not_go_together() -> None:
    _, values = linear(4, 100, 0)
    with pytest.raises(UsageError, match="graded"):
        discovery.learn(
            dataset_of(values),
            "direct-lingam",
            Knowledge(graded=[("x00", "x01", 1.0)]),
            pruning="adaptive-lasso",
        )
    with pytest.raises(UsageError, match="graded"):
        discovery.learn(dataset_of(values), "ica-lingam", Knowledge(graded=[("x00", "x01", 1.0)]))


@pytest.mark.parametrize("name", ["direct-lingam", "ica-lingam", "resit"])
def test_normal_noise_leaves_what_only_colliders_direct(name: str) -> None:
    rng = np.random.default_rng(1)
    a, b, c = rng.normal(size=(3, 1500))
    d = a + b + rng.normal(size=1500)
    data = dataset_of(np.column_stack([a, b, d, c, c + rng.normal(size=1500)]), tuple("abdcf"))
    found = discovery.learn(data, name)
    assert set(found.graph.to_edges()) == {("a", "-->", "d"), ("b", "-->", "d"), ("c", "---", "f")}
    assert any("normal" in note for note in found.notes)


def test_one_normal_end_is_enough_for_a_direction() -> None:
    rng = np.random.default_rng(2)
    x = rng.laplace(size=2000)
    y = x + rng.normal(size=2000)
    z = y + rng.normal(size=2000)
    data = dataset_of(np.column_stack([z, y, x]), ("z", "y", "x"))
    found = discovery.learn(data, "direct-lingam")
    # x -> y by the noise of x; then y -> z, for y <- z would be a collider that is not there
    assert set(found.graph.directed) == {("x", "y"), ("y", "z")}


@pytest.mark.parametrize("seed", range(4))
def test_normal_data_give_the_equivalence_class_of_a_search_by_bic(seed: int) -> None:
    _, values = linear(8, 2000, seed, "normal")
    table = table_of(values)
    one, two = (resolve(name).run(table, Knowledge()).marks for name in ("direct-lingam", "boss"))
    assert np.array_equal(one, two)


def test_bootstrap_samples_of_normal_data_stay_undirected() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=600)
    data = dataset_of(np.column_stack([x, x + rng.normal(size=600)]))
    (edge,) = discovery.learn(data, "direct-lingam", bootstraps=40).edges
    assert edge.kind == "---"
    assert edge.stability is not None
    assert edge.stability > 0.85


@pytest.mark.parametrize("name", ["direct-lingam", "ica-lingam"])
@pytest.mark.parametrize("noise", NOISES[:3])
def test_finds_the_graph(name: str, noise: str) -> None:
    dag, values = linear(6, 3000, 11, noise)
    marks = resolve(name).run(table_of(values), Knowledge()).marks
    assert (arrows(marks) != dag).sum() <= 1


def test_notes_say_when_assumptions_look_broken() -> None:
    rng = np.random.default_rng(0)
    x, hidden = rng.laplace(size=(2, 1500))
    bent = dataset_of(np.column_stack([x, x**2 + x + rng.laplace(size=1500)]))
    assert any("bend" in n for n in discovery.learn(bent, "direct-lingam").notes)
    u, v = hidden + rng.laplace(size=(2, 1500))
    tied = dataset_of(np.column_stack([u, v]))
    assert any("hidden common cause" in n for n in discovery.learn(tied, "direct-lingam").notes)
    fine = dataset_of(np.column_stack([x, x + rng.laplace(size=1500)]))
    assert discovery.learn(fine, "direct-lingam").notes == ()


def test_more_columns_than_rows_are_refused() -> None:
    values = np.random.default_rng(0).normal(size=(8, 12))
    with pytest.raises(DataError, match="more rows than columns"):
        discovery.learn(dataset_of(values), "direct-lingam")


def test_weights_count_as_repeated_rows() -> None:
    _, values = linear(4, 300, 9)
    times = np.random.default_rng(0).integers(1, 4, 300)
    repeated = table_of(np.repeat(values, times, axis=0))
    plain = table_of(values)
    weighted = Table(plain.values, plain.columns, plain.report, weights=times / times.mean())
    assert np.allclose(entropies(repeated.values), entropies(plain.values, weighted.weights))
    marks = [resolve("direct-lingam").run(t, Knowledge()).marks for t in (repeated, weighted)]
    assert np.array_equal(arrows(marks[0]), arrows(marks[1]))


def test_interrupt_returns_the_first_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    from discovery.algorithms.boss import BOSS

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    _, values = linear(5, 400, 1, "normal")
    monkeypatch.setattr(BOSS, "run", stop)
    found = resolve("direct-lingam").run(table_of(values), Knowledge())
    assert not found.complete
    assert found.marks.any()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_best_triangle_is_the_best(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cost = rng.random((5, 5))
    np.fill_diagonal(cost, 0)
    before = np.zeros((5, 5), dtype=bool)
    a, b = rng.choice(5, 2, replace=False)
    before[a, b] = True

    def price(order: list[int]) -> float:
        return float(sum(cost[x, y] for k, x in enumerate(order) for y in order[k + 1 :]))

    orders = [list(o) for o in permutations(range(5)) if o.index(a) < o.index(b)]
    found = best_triangle(cost, before)
    assert found.index(a) < found.index(b)
    assert price(found) == pytest.approx(min(map(price, orders)))


def test_many_columns_still_get_an_order_that_keeps_knowledge() -> None:
    rng = np.random.default_rng(0)
    truth = rng.permutation(15)
    cost = np.zeros((15, 15))
    for k, x in enumerate(truth):
        cost[x, truth[:k]] = rng.random(k) + 0.1
    before = np.zeros((15, 15), dtype=bool)
    assert best_triangle(cost, before) == truth.tolist()
    before[truth[-1], truth[0]] = True
    order = best_triangle(cost, before)
    assert order.index(truth[-1]) < order.index(truth[0])


def test_marks_are_tails_and_arrows_only() -> None:
    _, values = linear(5, 300, 4)
    marks = resolve("direct-lingam").run(table_of(values), Knowledge()).marks
    assert set(np.unique(marks)) <= {0, TAIL, ARROW}
