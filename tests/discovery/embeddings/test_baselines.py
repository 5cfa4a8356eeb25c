"""Every registered baseline keeps the scorers' contract and does what it says."""

from __future__ import annotations

import numpy as np
import pytest

from discovery.embeddings import registry
from discovery.embeddings.metrics import Scorer, evaluate
from discovery.embeddings.splits import Split, random_split
from discovery.embeddings.triples import Triples
from graph.errors import UsageError


def graph(seed: int = 0) -> Triples:
    """Two communities of drugs and diseases: treated within, hardly across."""
    rng = np.random.default_rng(seed)
    n, edges = 40, set()
    for drug in range(20):
        for disease in range(20, 40):
            near = drug % 2 == disease % 2
            if rng.random() < (0.5 if near else 0.02):
                edges.add((drug, 0, disease))
            if rng.random() < (0.3 if near else 0.05):
                edges.add((disease, 1, drug))
    h, r, t = zip(*sorted(edges), strict=True)
    types = ["Drug"] * 20 + ["Disease"] * 20
    return Triples.from_ids(
        [f"e{i:02}" for i in range(n)], ["treats", "studied"], h, r, t, types=types
    )


@pytest.fixture(scope="module")
def parts() -> Split:
    return random_split(graph(), pairs=False, seed=1)


@pytest.mark.parametrize("name", sorted(registry.BASELINES))
def test_a_baseline_is_a_scorer_whose_answers_agree(name: str, parts: Split) -> None:
    scorer = registry.fit(name, parts.train, valid=parts.valid)
    assert isinstance(scorer, Scorer)
    test = parts.test
    single = scorer.score(test.heads, test.edges_relation, test.tails)
    tails = scorer.score_tails(test.heads, test.edges_relation)
    heads = scorer.score_heads(test.edges_relation, test.tails)
    rows = np.arange(len(test))
    assert single.shape == (len(test),)
    assert tails.shape == heads.shape == (len(test), test.n)
    assert tails[rows, test.tails] == pytest.approx(single, rel=1e-4, abs=1e-5)
    assert heads[rows, test.heads] == pytest.approx(single, rel=1e-4, abs=1e-5)
    again = registry.fit(name, parts.train, valid=parts.valid)
    assert np.array_equal(again.score(test.heads, test.edges_relation, test.tails), single)


@pytest.mark.parametrize("name", ["nearest-neighbour", "dwpc", "dwpc-logistic", "rules"])
def test_what_knows_structure_beats_degree(name: str, parts: Split) -> None:
    degree = evaluate(registry.fit("degree", parts.train), parts, typed=True, bootstraps=20)
    found = evaluate(
        registry.fit(name, parts.train, valid=parts.valid), parts, typed=True, bootstraps=20
    )
    assert found.amri.value > degree.amri.value + 0.2


def test_degree_ranks_the_popular_first() -> None:
    star = Triples.from_ids(list("abcd"), ["r", "q"], [0, 1, 2, 0], [0, 0, 0, 1], [3, 3, 1, 2])
    scorer = registry.fit("degree", star)
    row = scorer.score_tails(np.array([0]), np.array([0]))[0]
    assert row.argmax() == 3
    assert row[1] > row[2] > row[0] - 1e-9  # c has no edge "r" into it, but more edges than none


def test_common_neighbours_count_rare_ones_more() -> None:
    # a and b share c (of degree 2); a and d share e, which is shared by many
    h, t = [0, 1, 0, 3, 5, 6], [2, 2, 4, 4, 4, 4]
    scorer = registry.fit(
        "common-neighbours", Triples.from_ids(list("abcdefg"), ["r"], h, [0] * 6, t)
    )
    row = scorer.score_tails(np.array([0]), np.array([0]))[0]
    assert row[1] == pytest.approx(1 / np.log(2))
    assert row[3] == pytest.approx(1 / np.log(4))


def test_an_unknown_scorer_is_named() -> None:
    with pytest.raises(UsageError, match="no scorer 'magic'"):
        registry.factory("magic")
    assert set(registry.BASELINES) <= set(registry.names())
