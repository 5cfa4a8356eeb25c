"""Conformal p-values, Benjamini-Hochberg, rewiring, and the rate they hold together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from discovery.embeddings.selection import (
    Candidates,
    NullDraw,
    benjamini_hochberg,
    conformal_p,
    fit_nulls,
    null_scores,
    q_values,
    rewire,
)
from discovery.embeddings.triples import F64, I64, Triples
from graph.errors import DataError, UsageError


def dense(seed: int, n: int = 30, m: int = 200) -> Triples:
    """A random typed graph with two relations."""
    rng = np.random.default_rng(seed)
    h, t = rng.integers(0, n, m), rng.integers(0, n, m)
    r = rng.integers(0, 2, m)
    keep = h != t
    rows = np.unique(np.stack([h, r, t])[:, keep], axis=1)
    return Triples.from_ids(
        [f"e:{i:02}" for i in range(n)], ["a", "b"], rows[0], rows[1], rows[2],
        types=["x" if i % 3 else "y" for i in range(n)],
    )  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.floats(0.01, 0.5))
def test_benjamini_hochberg_is_statsmodels(p: list[float], rate: float) -> None:
    reject, q, _, _ = multipletests(p, rate, method="fdr_bh")
    assert q_values(p) == pytest.approx(q)
    near = np.abs(q - rate) < 1e-12
    assert (benjamini_hochberg(p, rate) == reject)[~near].all()


def test_conformal_p_counts_ties_against_the_score() -> None:
    assert conformal_p([0.0, 1.0, 2.0, 3.0], [1.0, 2.0, 2.0]).tolist() == [1.0, 1.0, 0.75, 0.25]
    with pytest.raises(UsageError, match="between 0 and 1"):
        benjamini_hochberg([0.1], 0.0)


def test_conformal_p_is_uniform_or_larger_under_the_null() -> None:
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(20_000, 20))
    p = np.array([conformal_p(row[:1], row[1:])[0] for row in draws])
    for level in (0.05, 0.1, 0.2, 0.5):
        assert (p <= level).mean() == pytest.approx(level, abs=4 * np.sqrt(level / 20_000))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_rewiring_keeps_every_degree_and_type_and_makes_no_loop_or_double(seed: int) -> None:
    graph = dense(seed)
    other = rewire(graph, seed)
    n = graph.n
    for side in ("heads", "tails"):
        key = [g.edges_relation * n + getattr(g, side) for g in (graph, other)]
        assert np.array_equal(np.sort(key[0]), np.sort(key[1]))
    assert (other.heads != other.tails).all()
    assert len(other.known()) == len(graph)
    kind = graph.type_ids[1]
    ends = [np.stack([kind[g.heads], g.edges_relation, kind[g.tails]]) for g in (graph, other)]
    assert np.array_equal(*(np.sort(e[0] * 100 + e[1] * 10 + e[2]) for e in ends))
    moved = (graph.tails != other.tails).mean()
    assert moved > 0.3


class Planted:
    """Scores by a table, so that the truth about every pair is known."""

    def __init__(self, table: F64) -> None:
        self.table = table

    def score(self, heads: I64, relations: I64, tails: I64) -> F64:
        return np.asarray(self.table[heads, tails])

    def score_tails(self, heads: I64, relations: I64) -> F64:
        return np.asarray(self.table[heads])

    def score_heads(self, relations: I64, tails: I64) -> F64:
        return np.asarray(self.table[:, tails].T)


def noisy_degrees(graph: Triples, seed: int) -> Planted:
    """A model that knows degrees and nothing else, with noise."""
    out, into = graph.degrees()
    noise = np.random.default_rng(seed).normal(size=(graph.n, graph.n))
    return Planted(np.log1p(out)[:, None] + np.log1p(into)[None, :] + noise)


def everything(graph: Triples) -> Candidates:
    h, t = np.divmod(np.arange(graph.n**2), graph.n)
    keep = h != t
    return Candidates(h[keep], np.zeros(keep.sum(), np.int64), t[keep])


def test_a_model_of_degrees_is_chosen_from_as_seldom_as_stated_and_signal_is_found() -> None:
    graph = dense(1)
    pairs = everything(graph)
    draws = [null_scores(graph, pairs, noisy_degrees, seed) for seed in range(20)]
    chosen = []
    for i, draw in enumerate(draws):
        nulls = fit_nulls(draws[:i] + draws[i + 1 :])
        chosen.append(bool(benjamini_hochberg(nulls.p_of(draw), 0.1).any()))
    assert np.mean(chosen) <= 0.1 + np.sqrt(0.09 / 20)

    model = noisy_degrees(graph, 99)
    true = np.zeros((graph.n, graph.n), np.bool_)
    true[:5, 5:10] = True
    model.table[true] += 8
    free = pairs.take(~graph.known().contains(pairs.heads, pairs.relations, pairs.tails))
    scores = model.score(free.heads, free.relations, free.tails)
    found = benjamini_hochberg(fit_nulls(draws).p_values(graph, free, scores), 0.1)
    right = true[free.heads, free.tails]
    assert (found & right).sum() >= 0.8 * right.sum()
    assert (found & ~right).sum() <= 0.25 * found.sum()


def test_high_degrees_alone_do_not_stand_out() -> None:
    graph = dense(2)
    pairs = everything(graph)
    draws = [null_scores(graph, pairs, noisy_degrees, seed) for seed in range(20)]
    free = pairs.take(~graph.known().contains(pairs.heads, pairs.relations, pairs.tails))
    raw = noisy_degrees(graph, 77).score(free.heads, free.relations, free.tails)
    p = fit_nulls(draws).p_values(graph, free, raw)
    out, into = graph.degrees()
    degree = (out[free.heads] + into[free.tails]).astype(float)
    assert np.corrcoef(raw, degree)[0, 1] > 0.3
    assert abs(np.corrcoef(-p, degree)[0, 1]) < 0.15


def test_bad_null_scores_are_refused() -> None:
    with pytest.raises(DataError, match="no null scores"):
        fit_nulls([])
    pairs = Candidates(np.zeros(60, np.int64), np.zeros(60, np.int64), np.arange(1, 61) % 20 + 1)
    one = NullDraw(pairs, np.zeros(60, np.int64), np.full(60, np.nan))
    with pytest.raises(DataError, match="NaN"):
        fit_nulls([one])
    graph = dense(3)
    good = fit_nulls([NullDraw(pairs, np.zeros(60, np.int64), np.arange(60.0))])
    here = Candidates(np.array([0]), np.array([0]), np.array([2]))
    assert good.p_values(graph, here, [1000.0])[0] == pytest.approx(1 / 61)
    with pytest.raises(DataError, match="NaN"):
        good.p_values(graph, here, [np.nan])
