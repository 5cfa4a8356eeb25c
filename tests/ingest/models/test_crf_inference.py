"""Decoding against enumeration of every label sequence."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.models.crf import posteriors, viterbi


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(2, 4), st.integers(0, 10_000)
)
@settings(max_examples=60, deadline=None)
def test_viterbi_and_marginals_are_exact(lengths: list[int], labels: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    tokens = sum(lengths)
    emissions = (3 * rng.normal(size=(tokens, labels))).astype(np.float32)
    transitions = (2 * rng.normal(size=(labels, labels))).astype(np.float32)
    last = np.cumsum(lengths).tolist()
    first = [0, *last[:-1]]
    best = viterbi(emissions, transitions, first, last)
    marginals = posteriors(emissions, transitions, first, last)
    for a, b in zip(first, last, strict=True):
        paths = list(itertools.product(range(labels), repeat=b - a))
        scores = np.array(
            [
                sum(float(emissions[a + i, x]) for i, x in enumerate(p))
                + sum(float(transitions[x, y]) for x, y in itertools.pairwise(p))
                for p in paths
            ]
        )
        chosen = scores[paths.index(tuple(best[a:b].tolist()))]
        assert chosen >= scores.max() - 1e-4
        weights = np.exp(scores - scores.max())
        weights /= weights.sum()
        for i in range(b - a):
            for x in range(labels):
                exact = sum(w for w, p in zip(weights, paths, strict=True) if p[i] == x)
                assert abs(exact - marginals[a + i, x]) < 1e-4


def test_nothing_to_decode() -> None:
    empty = np.zeros((0, 3), dtype=np.float32)
    transitions = np.zeros((3, 3), dtype=np.float32)
    assert len(viterbi(empty, transitions, [], [])) == 0
    assert posteriors(empty, transitions, [], []).shape == (0, 3)


def test_marginals_survive_extreme_scores() -> None:
    emissions = np.array([[0, 80], [90, -90], [0, 0]], dtype=np.float32)
    transitions = np.array([[5, -20], [-20, 5]], dtype=np.float32)
    found = posteriors(emissions, transitions, [0], [3])
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-4)
