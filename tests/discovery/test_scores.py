from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.knowledge import Knowledge
from discovery.scores import REGISTRY, auto_score, coded, make_score, score_class
from discovery.scores.base import Score
from discovery.scores.discrete import BDeu, DiscreteBic
from discovery.scores.gaussian import DegenerateGaussian, GaussianBic
from discovery.simulate import linear_gaussian, random_dag
from graph.errors import DataError, UsageError
from tests.discovery.helpers import names, table_of


def mixed_values(rng: np.random.Generator, p: int = 5, n: int = 400) -> np.ndarray:
    values = linear_gaussian(random_dag(p, 2.5, rng), n, rng)
    values[:, ::2] = np.digitize(values[:, ::2], [-0.8, 0.4])
    return values


def discrete_values(rng: np.random.Generator, p: int = 5, n: int = 400) -> np.ndarray:
    values = linear_gaussian(random_dag(p, 2.5, rng), n, rng)
    return np.digitize(values, rng.uniform(-1, 1, 2)).astype(float)


def numbers(rng: np.random.Generator, p: int = 5, n: int = 400) -> np.ndarray:
    return linear_gaussian(random_dag(p, 2.5, rng), n, rng)


MAKE = {
    "bic": numbers,
    "bdeu": discrete_values,
    "discrete-bic": discrete_values,
    "degenerate-gaussian": mixed_values,
}


def a_score(name: str, seed: int, **more) -> Score:
    return make_score(table_of(MAKE[name](np.random.default_rng(seed))), name, **more)


@pytest.fixture(params=sorted(REGISTRY))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_registry_names_and_chooses() -> None:
    for name in REGISTRY:
        assert score_class(name).name == name
        assert score_class(name).summary
        assert isinstance(a_score(name, 0), score_class(name))
    rng = np.random.default_rng(0)
    assert auto_score(table_of(numbers(rng))) == "bic"
    assert auto_score(table_of(discrete_values(rng))) == "bdeu"
    assert auto_score(table_of(mixed_values(rng))) == "degenerate-gaussian"
    with pytest.raises(UsageError, match="Did you mean 'bdeu'"):
        make_score(table_of(numbers(rng)), "bdue")


def test_too_many_levels_are_refused(name: str) -> None:
    values = np.random.default_rng(0).normal(size=(300, 3))
    if name in ("bdeu", "discrete-bic"):
        with pytest.raises(DataError, match=r"'x00' has 300 different values"):
            make_score(table_of(values), name)
    else:
        make_score(table_of(values), name)


@given(st.integers(0, 10**6), st.sampled_from(sorted(REGISTRY)))
@settings(max_examples=60, deadline=None)
def test_gains_and_losses_are_differences_of_local_scores(seed: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    prior = rng.normal(size=(5, 5))
    score = a_score(name, seed % 50, prior=prior)
    y, *others = rng.permutation(5).tolist()
    parents, rest = others[:2], others[2:]
    now = score.local(y, parents)
    gains = score.gains(y, parents)
    for u in rest:
        assert gains[u] == pytest.approx(score.local(y, [*parents, u]) - now, abs=1e-6)
    assert np.isneginf(gains[[y, *parents]]).all()
    losses = score.losses(y, parents)
    for u, loss in zip(parents, losses, strict=True):
        assert loss == pytest.approx(score.local(y, [k for k in parents if k != u]) - now, abs=1e-6)
    assert score.local(y, []) == 0
    assert score.local(y, parents) == score.local(y, parents[::-1])


@given(st.integers(0, 10**6), st.sampled_from(sorted(REGISTRY)))
@settings(max_examples=60, deadline=None)
def test_equivalent_graphs_score_the_same(seed: int, name: str) -> None:
    """Turning a covered edge round leaves the class, and so the score, as it is."""
    rng = np.random.default_rng(seed)
    score = a_score(name, seed % 50)
    order = rng.permutation(5)
    dag = np.zeros((5, 5), dtype=bool)
    dag[np.ix_(order, order)] = np.triu(rng.random((5, 5)) < 0.6, 1)
    for x, y in np.argwhere(dag):
        if (np.delete(dag[:, y], x) == np.delete(dag[:, x], x)).all():
            turned = dag.copy()
            turned[x, y], turned[y, x] = False, True
            assert score.total(turned) == pytest.approx(score.total(dag), abs=1e-6)


@given(st.integers(0, 10**6), st.sampled_from(sorted(REGISTRY)))
@settings(max_examples=40, deadline=None)
def test_scale_shift_and_order_of_levels_do_not_matter(seed: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    values = MAKE[name](rng)
    table = table_of(values)
    factors = rng.choice([-1, 1], 5) * np.exp(rng.uniform(-5, 5, 5))
    moved = replace(table, values=values * factors + rng.normal(size=5) * 10, kinds=table.kinds)
    one, two = make_score(table, name), make_score(moved, name)
    for y in range(5):
        parents = [k for k in range(5) if k != y and rng.random() < 0.5]
        assert two.local(y, parents) == pytest.approx(one.local(y, parents), rel=1e-7, abs=1e-5)


def test_prior_counts_twice_its_log_odds(name: str) -> None:
    prior = np.zeros((5, 5))
    prior[1, 0] = 1.5
    free, tilted = a_score(name, 3), a_score(name, 3, prior=prior)
    assert tilted.local(0, [1, 2]) == pytest.approx(free.local(0, [1, 2]) + 3.0)
    assert tilted.local(1, [0]) == pytest.approx(free.local(1, [0]))
    assert tilted.graded
    assert not free.graded


def test_gaussian_score_is_that_of_regressions() -> None:
    rng = np.random.default_rng(1)
    values = numbers(rng)
    score = GaussianBic(np.corrcoef(values, rowvar=False), 400, 2.0, 0.5)
    design = np.column_stack([np.ones(400), values[:, [1, 3]]])
    rest = values[:, 0] - design @ np.linalg.lstsq(design, values[:, 0], rcond=None)[0]
    cost = 2 * (2 * math.log(400) + 2 * math.log(5))
    expected = -400 * math.log(rest.var() / values[:, 0].var()) - cost
    assert score.local(0, [1, 3]) == pytest.approx(expected, abs=1e-6)


def test_degenerate_gaussian_is_the_ratio_of_determinants() -> None:
    table = table_of(mixed_values(np.random.default_rng(2)))
    values, block = coded(table)
    assert block == [0, 2, 3, 5, 6, 8]
    score = make_score(table, "degenerate-gaussian", gamma=0.0)
    assert isinstance(score, DegenerateGaussian)
    cov = np.cov(values, rowvar=False)

    def log_det(columns: list[int]) -> float:
        at = [c for k in columns for c in range(block[k], block[k + 1])]
        return float(np.linalg.slogdet(cov[np.ix_(at, at)])[1])

    parents = [1, 4]
    gain = log_det([0]) + log_det(parents) - log_det([0, *parents])
    expected = 400 * gain - math.log(400) * 2 * 3
    assert score.local(0, parents) == pytest.approx(expected, abs=1e-5)


def test_a_column_of_two_levels_is_like_a_number() -> None:
    rng = np.random.default_rng(4)
    values = numbers(rng)
    values[:, 2] = values[:, 2] > 0
    table = table_of(values)
    one, two = make_score(table, "degenerate-gaussian"), make_score(table, "bic")
    for y, parents in ((0, [1, 2]), (2, [0, 3]), (4, [0, 1, 2, 3])):
        assert one.local(y, parents) == pytest.approx(two.local(y, parents), abs=1e-6)


def test_categories_that_determine_each_other_are_no_trouble() -> None:
    rng = np.random.default_rng(0)
    a = rng.integers(0, 4, 500)
    values = np.column_stack([a, a % 2, rng.integers(0, 2, 500)]).astype(float)
    for name in ("degenerate-gaussian", "bdeu", "discrete-bic"):
        score = make_score(table_of(values), name)
        gains = score.gains(1, [0])
        assert np.isfinite(score.local(1, [0, 2]))
        assert gains[2] < 0  # nothing is left to explain
        assert score.gains(0, [])[1] > 100


@pytest.mark.filterwarnings("ignore")
def test_bdeu_is_causal_learns() -> None:
    from causallearn.score.LocalScoreFunction import local_score_BDeu

    codes = discrete_values(np.random.default_rng(6)).astype(int)
    cards = {k: int(codes[:, k].max()) + 1 for k in range(5)}
    for sample in (1, 7):
        settings = {"sample_prior": sample, "structure_prior": 1e-9, "r_i_map": cards}
        # their structure prior adds one term a parent; take it out again
        term = math.log(1e-9 / 4) - math.log(1 - 1e-9 / 4)
        score = BDeu(codes, sample)
        for y, parents in ((0, [1]), (1, [0, 3]), (4, [0, 1, 2])):
            theirs = local_score_BDeu(codes, y, parents, settings) - local_score_BDeu(
                codes, y, [], settings
            )
            expected = 2 * (theirs - term * len(parents))
            assert score.local(y, parents) == pytest.approx(expected, abs=1e-6)


def test_bdeu_sparsity_is_a_price_for_each_edge() -> None:
    codes = discrete_values(np.random.default_rng(6)).astype(int)
    free, sparse = BDeu(codes), BDeu(codes, sparsity=1.0)
    assert sparse.local(0, [1, 2]) == pytest.approx(free.local(0, [1, 2]) - 4 * math.log(5))
    assert not sparse.graded


def test_bic_of_categories_is_that_of_tables() -> None:
    codes = discrete_values(np.random.default_rng(7)).astype(int)

    def likelihood(groups: np.ndarray) -> float:
        total = 0.0
        for g in np.unique(groups):
            counts = np.bincount(codes[groups == g, 0])
            counts = counts[counts > 0]
            total += float((counts * np.log(counts / counts.sum())).sum())
        return total

    cards = codes.max(axis=0) + 1
    fit = likelihood(codes[:, 1] * 10 + codes[:, 3]) - likelihood(np.zeros(400))
    free = (cards[0] - 1) * (cards[1] * cards[3] - 1)
    expected = 2 * fit - math.log(400) * free
    assert DiscreteBic(codes).local(0, [1, 3]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("kind", ["bdeu", "discrete-bic"])
def test_weights_are_like_repeated_rows(kind: str) -> None:
    rng = np.random.default_rng(3)
    codes = discrete_values(rng, n=200).astype(int)
    times = rng.integers(1, 4, 200)
    make = BDeu if kind == "bdeu" else DiscreteBic
    one = make(np.repeat(codes, times, axis=0))
    two = make(codes, weights=times / times.mean(), n=float(times.sum()))
    for y, parents in ((0, [1]), (1, [0, 3]), (4, [0, 1, 2])):
        assert two.local(y, parents) == pytest.approx(one.local(y, parents), abs=1e-6)


def test_weights_of_a_table_are_used(name: str) -> None:
    rng = np.random.default_rng(3)
    table = table_of(MAKE[name](rng))
    same = replace(table, weights=np.ones(400))
    half = replace(table, weights=np.repeat([1.9, 0.1], 200))
    plain, ones, tilted = (make_score(t, name) for t in (table, same, half))
    assert ones.local(0, [1, 2]) == pytest.approx(plain.local(0, [1, 2]), abs=1e-6)
    assert tilted.n < 0.6 * plain.n  # unequal weights are worth fewer rows
    # half the weight on nothing but the first rows: an edge only there counts for more
    edge = table.values.copy()
    edge[:200, 0] = edge[:200, 2]
    late = replace(table, values=edge, weights=np.repeat([0.1, 1.9], 200))
    early = replace(late, weights=np.repeat([1.9, 0.1], 200))
    assert make_score(early, name).local(0, [2]) > 2 * abs(make_score(late, name).local(0, [2]))


def test_scores_of_an_algorithm_hold_the_graded_priors() -> None:
    from discovery.algorithms.boss import BOSS

    table = table_of(numbers(np.random.default_rng(0)))
    columns = names(5)
    knowledge = Knowledge(graded=[(columns[1], columns[0], 2.0)])
    score = BOSS().score_of(table, knowledge)
    assert score.local(0, [1]) == pytest.approx(BOSS().score_of(table).local(0, [1]) + 4.0)
