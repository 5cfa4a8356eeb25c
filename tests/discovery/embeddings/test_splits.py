"""Splits: every edge in one part, and nothing that a kind of split promises to hold out in training."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as drawn_from
from hypothesis import settings
from hypothesis import strategies as st

from discovery.embeddings.splits import (
    Split,
    by_entity,
    by_paper,
    by_time,
    given,
    random_split,
)
from discovery.embeddings.triples import Links, Triples
from graph.errors import DataError, UsageError


def graph(seed: int = 0, m: int = 300, n: int = 40) -> Triples:
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, 60, (m, 2))
    papers = Links.of([[f"p:{i}" for i in {*row[: 1 + k % 2]}] for k, row in enumerate(drawn)])
    return Triples.from_ids(
        [f"e:{i}" for i in range(n)],
        ["treats", "binds", "causes"],
        rng.integers(0, n, m),
        rng.integers(0, 3, m),
        rng.integers(0, n, m),
        types=["Disease" if i % 2 else "Drug" for i in range(n)],
        year=rng.integers(1990, 2020, m),
        papers=papers,
    )


def pairs(part: Triples) -> set[tuple[int, int]]:
    return {
        (min(h, t), max(h, t))
        for h, t in zip(part.heads.tolist(), part.tails.tolist(), strict=True)
    }


@drawn_from(st.integers(0, 1000), st.booleans())
@settings(max_examples=20, deadline=None)
def test_random_parts_are_a_partition(seed: int, together: bool) -> None:
    whole = graph(seed)
    parts = random_split(whole, pairs=together, seed=seed)
    assert len(parts.train) + len(parts.valid) + len(parts.test) == len(whole)
    assert abs(len(parts.test) - 30) <= 6
    if together:
        assert not pairs(parts.test) & (pairs(parts.train) | pairs(parts.valid))
    assert random_split(whole, pairs=together, seed=seed).test.hash == parts.test.hash


def test_only_targets_are_divided() -> None:
    parts = random_split(graph(), targets=["treats"])
    assert set(parts.test.edges_relation.tolist()) == {0}
    assert (parts.train.edges_relation == 1).sum() == (graph().edges_relation == 1).sum()
    with pytest.raises(UsageError, match="no relation 'heals'"):
        random_split(graph(), targets=["heals"])


def test_time_trains_on_the_past_only() -> None:
    parts = by_time(graph(), test_from=2012, valid_from=2009, targets=["treats"])
    assert parts.train.year.max() < 2009
    assert parts.valid.year.min() >= 2009
    assert parts.test.year.min() >= 2012
    assert set(parts.test.edges_relation.tolist()) == {0}
    assert parts.left_out > 0  # later edges of other relations were not known then
    default = by_time(graph())
    assert default.train.year.max() < default.valid.year.min() <= default.valid.year.max()
    assert default.valid.year.max() < default.test.year.min()


def test_edges_without_a_year_are_left_out_of_time() -> None:
    whole = graph()
    year = whole.year.copy()
    year[:50] = 0
    undated = Triples.from_ids(
        whole.entities, whole.relations, whole.heads, whole.edges_relation, whole.tails, year=year
    )
    assert (by_time(undated).train.year > 0).all()
    assert (by_time(undated, unknown="train").train.year == 0).sum() == 50
    with pytest.raises(DataError, match="no edge has a year"):
        by_time(Triples.from_ids(["a", "b"], ["r"], [0], [0], [1]))


@drawn_from(st.integers(0, 1000), st.booleans())
@settings(max_examples=20, deadline=None)
def test_held_out_entities_have_no_target_edge_in_training(seed: int, strict: bool) -> None:
    whole = graph(seed)
    parts = by_entity(whole, kind="Disease", targets=["treats"], strict=strict, seed=seed)
    disease = np.array([t == "Disease" for t in whole.types])
    assert parts.groups is not None

    def held(part: Triples) -> set[int]:
        ends = np.concatenate([part.heads, part.tails])
        return set(ends[disease[ends]].tolist())

    groups = set(parts.groups.tolist())
    assert groups <= held(parts.test)
    train = parts.train
    own = train.edges_relation == 0
    trained = held(train.subset(own))
    assert not groups & trained
    assert not groups & held(parts.valid)
    assert bool(groups & held(train.subset(~own))) is not strict or not groups & held(whole)


def test_clusters_are_held_out_together() -> None:
    whole = graph()
    clusters = np.arange(whole.n)
    clusters[1::2] = clusters[1::2] // 8 * 8 + 1  # four diseases each
    parts = by_entity(whole, kind="Disease", clusters=clusters)
    assert parts.groups is not None
    for entity in np.unique(np.concatenate([parts.train.heads, parts.train.tails])):
        if whole.types[entity] == "Disease":
            assert clusters[entity] not in parts.groups


def test_named_entities_are_the_test() -> None:
    parts = by_entity(graph(), entities=["e:1", "e:3"])
    ends = {*zip(parts.test.heads.tolist(), parts.test.tails.tolist(), strict=True)}
    assert all({1, 3} & set(pair) for pair in ends)
    with pytest.raises(UsageError, match="no entity e:99"):
        by_entity(graph(), entities=["e:99"])
    with pytest.raises(UsageError, match="which entities"):
        by_entity(graph())
    with pytest.raises(DataError, match="only 0 entities of type Gene"):
        by_entity(graph(), kind="Gene")


@drawn_from(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_test_edges_are_told_by_test_papers_only(seed: int) -> None:
    parts = by_paper(graph(seed), fractions=(0.6, 0.1, 0.3), seed=seed)
    told = [_of(parts.train, i) for i in range(len(parts.train))]
    # a paper that alone tells a training edge is a training paper: no test edge may have it
    train = {papers[0] for papers in told if len(papers) == 1}
    assert train
    for i in range(len(parts.test)):
        assert not train & set(_of(parts.test, i))
    assert len(parts.train) + len(parts.valid) + len(parts.test) == 300


def _of(part: Triples, i: int) -> tuple[str, ...]:
    assert part.papers is not None
    return part.papers[i]


def test_papers_are_needed() -> None:
    with pytest.raises(DataError, match="no edge has a paper"):
        by_paper(Triples.from_ids(["a", "b"], ["r"], [0], [0], [1]))


def test_published_parts_get_one_vocabulary() -> None:
    one = Triples.from_ids(["a", "b"], ["r"], [0], [0], [1])
    two = Triples.from_ids(["b", "c"], ["q"], [0], [0], [1])
    parts = given(one, two, two, "mine")
    assert parts.train.entities == ("a", "b", "c")
    assert parts.train.relations == ("q", "r")
    assert parts.test.heads.tolist() == [1]
    assert parts.unseen().tolist() == [2]
    assert parts.known().contains([1], [0], [2]).all()


def test_edges_can_be_taken_away() -> None:
    parts = random_split(graph())
    gone = parts.train.edges_relation == 1
    less = parts.without(gone, None, np.arange(len(parts.test)) < 3)
    assert less.left_out == int(gone.sum()) + 3
    assert not (less.train.edges_relation == 1).any()
    assert less.to_json()["test"] == len(parts.test) - 3


def test_too_few_edges_are_refused() -> None:
    with pytest.raises(DataError, match="no test edges"):
        random_split(Triples.from_ids(["a", "b"], ["r"], [0], [0], [1]))
    with pytest.raises(UsageError, match="sum to 1"):
        random_split(graph(), fractions=(0.5, 0.1, 0.1))
    with pytest.raises(DataError, match="groups"):
        Split(graph(), graph(), graph(), groups=np.zeros(2, np.int64))
