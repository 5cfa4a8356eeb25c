"""Sign prediction: no leak of the pair itself, and signs that follow from structure are found."""

from __future__ import annotations

import numpy as np
import pytest

from discovery.embeddings.signs import (
    _Counts,
    cold_pairs,
    count_signs,
    degree_signs,
    fit_signs,
)
from discovery.embeddings.triples import Triples
from graph.errors import DataError


def balanced(seed: int = 0, n: int = 60, m: int = 700) -> Triples:
    """Two camps: inside a camp edges raise, between camps they lower; degrees say nothing."""
    rng = np.random.default_rng(seed)
    h, t = rng.integers(0, n, m), rng.integers(0, n, m)
    keep = h != t
    rows = np.unique(np.stack([h[keep], t[keep]]), axis=1)
    sign = np.where(rows[0] % 2 == rows[1] % 2, 1, -1)
    names = [f"g:{i:02}" for i in range(n)]
    return Triples.from_ids(names, ["affects"], rows[0], np.zeros(len(sign)), rows[1], sign=sign)


def test_cold_pairs_are_not_linked_in_training_in_either_direction() -> None:
    train, test = cold_pairs(balanced(), 0.3, 1)
    linked = {frozenset(p) for p in zip(train.heads.tolist(), train.tails.tolist(), strict=True)}
    asked = {frozenset(p) for p in zip(test.heads.tolist(), test.tails.tolist(), strict=True)}
    assert linked.isdisjoint(asked)
    assert len(test)
    both = Triples.from_ids(
        ["a", "b", "c"] , ["r"], [0, 0, *[1, 2] * 6], [0] * 14, [1, 1, *[2, 0] * 6],
        sign=[1, -1, *[1, -1] * 6],
    )  # fmt: skip
    with pytest.raises(DataError, match="too few"):
        cold_pairs(both)


def test_what_describes_a_training_pair_does_not_depend_on_its_own_sign() -> None:
    graph = balanced(2)
    whole = _Counts.of(graph)
    for edge in (0, 5, 17):
        without = _Counts.of(graph.subset(np.arange(len(graph)) != edge))
        h, t = graph.heads[[edge]], graph.tails[[edge]]
        seen = whole.extra(h, t, graph.sign[[edge]].astype(float))
        assert seen == pytest.approx(without.extra(h, t, np.zeros(1)))


def test_signed_degrees_count_what_leaves_and_what_reaches() -> None:
    names = ["a", "b", "c", "d"]
    train = Triples.from_ids(names, ["r"], [0, 0, 1, 1], [0] * 4, [2, 3, 2, 3], sign=[1, 1, -1, 1])
    # a raises twice and c is both raised and lowered; d raises nothing and reaches nobody
    said = count_signs(train)(np.array([0, 1, 3]), np.array([2, 2, 0]))
    assert said.tolist() == [1.0, 1.0, 1.0]
    lowered = Triples.from_ids(names, ["r"], [0, 0, 1], [0] * 3, [2, 3, 2], sign=[-1, -1, -1])
    assert count_signs(lowered)(np.array([1, 3]), np.array([3, 1])).tolist() == [0.0, 0.0]


@pytest.mark.slow
def test_balance_is_found_where_degrees_say_nothing() -> None:
    train, test = cold_pairs(balanced(), 0.25, 3)
    truth = test.sign > 0
    model = fit_signs(train, epochs=40, networks=1, seed=0)
    right = ((model.predict(test.heads, test.tails) > 0.5) == truth).mean()
    base = ((degree_signs(train)(test.heads, test.tails) > 0.5) == truth).mean()
    assert right > 0.85
    assert right > base + 0.05
    again = fit_signs(train, epochs=40, networks=1, seed=0)
    assert np.array_equal(
        model.predict(test.heads, test.tails), again.predict(test.heads, test.tails)
    )


def test_bad_input() -> None:
    graph = balanced()
    with pytest.raises(DataError, match="one sign"):
        fit_signs(graph.subset(graph.sign > 0))
    with pytest.raises(DataError, match="NaN"):
        fit_signs(graph, features=np.full((graph.n, 2), np.nan))
