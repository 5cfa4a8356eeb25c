"""The scorer for new entities: better than what learns from edges as they stand, and blind to what is hidden."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from discovery.embeddings import registry
from discovery.embeddings.cold import cold_start, new_kind
from discovery.embeddings.metrics import Scorer, evaluate
from discovery.embeddings.splits import Split, by_entity, random_split
from discovery.embeddings.triples import Triples
from graph.errors import UsageError

DRUGS, GENES, DISEASES = 30, 40, 45
GROUPS = 3


def graph(seed: int = 0) -> Triples:
    """Drugs bind, and diseases come with, the genes of their group; a drug treats its group's diseases."""
    rng = np.random.default_rng(seed)
    first = {"Drug": 0, "Gene": DRUGS, "Disease": DRUGS + GENES}
    size = {"Drug": DRUGS, "Gene": GENES, "Disease": DISEASES}
    edges = [
        (first[a] + i, relation, first[b] + j)
        for relation, (a, b, inside) in enumerate(
            (("Drug", "Disease", 0.4), ("Drug", "Gene", 0.4), ("Disease", "Gene", 0.4))
        )
        for i in range(size[a])
        for j in range(size[b])
        if rng.random() < (inside if i % GROUPS == j % GROUPS else 0.03)
    ]
    h, r, t = (np.array(x) for x in zip(*edges, strict=True))
    types = [kind for kind, n in size.items() for _ in range(n)]
    names = [f"{kind.lower()}:{i:03}" for i, kind in enumerate(types)]
    return Triples.from_ids(names, ["treats", "binds", "has_gene"], h, r, t, types=types)


@pytest.fixture(scope="module")
def parts() -> Split:
    return by_entity(graph(), kind="Disease", targets=["treats"], fractions=(0.6, 0.2, 0.2))


@pytest.fixture(scope="module")
def scorer(parts: Split) -> Scorer:
    return registry.fit("cold-start", parts.train, valid=parts.valid)


def test_its_answers_agree(scorer: Scorer, parts: Split) -> None:
    assert isinstance(scorer, Scorer)
    test = parts.test
    single = scorer.score(test.heads, test.edges_relation, test.tails)
    rows = np.arange(len(test))
    tails = scorer.score_tails(test.heads, test.edges_relation)
    heads = scorer.score_heads(test.edges_relation, test.tails)
    assert tails[rows, test.tails] == pytest.approx(single)
    assert heads[rows, test.heads] == pytest.approx(single)
    again = cold_start(parts.train, parts.valid)
    assert np.array_equal(again.score(test.heads, test.edges_relation, test.tails), single)


def test_it_ranks_a_new_diseases_drugs_better_than_degree(scorer: Scorer, parts: Split) -> None:
    ours = evaluate(scorer, parts, typed=True, negatives=10, bootstraps=20)
    degree = evaluate(
        registry.fit("degree", parts.train), parts, typed=True, negatives=10, bootstraps=20
    )
    assert ours.mrr.value > 1.5 * degree.mrr.value
    assert ours.auprc is not None
    assert degree.auprc is not None
    assert ours.auprc.value > degree.auprc.value + 0.2


def test_a_known_disease_is_scored_as_though_new(scorer: Scorer, parts: Split) -> None:
    """Scores of what is trained on and of what is not have the same distribution, nearly."""
    train, test = (scorer.score(p.heads, p.edges_relation, p.tails) for p in (
        parts.train.subset(parts.train.edges_relation == 0), parts.test,
    ))  # fmt: skip
    assert abs(train.mean() - test.mean()) < 0.5 * test.std()


def test_the_new_kind_is_found_or_asked_for(parts: Split) -> None:
    assert new_kind(parts.train, parts.valid) == "Disease"
    filled = random_split(graph(), targets=["treats"])
    with pytest.raises(UsageError, match="new entities are of 0 types"):
        cold_start(filled.train, filled.valid)
    with pytest.raises(UsageError, match="no relation is asked for"):
        cold_start(filled.train, kind="Disease")
    with pytest.raises(UsageError, match="has no end of type Gene"):
        cold_start(filled.train, kind="Gene", targets=["treats"])


def test_too_few_known_entities_are_refused(parts: Split) -> None:
    few = np.isin(parts.train.tails, np.unique(parts.train.tails)[-5:])
    train = parts.train.subset((parts.train.edges_relation != 0) | few)
    with pytest.raises(UsageError, match="fewer than 10 entities"):
        cold_start(train, parts.valid)


def test_features_of_the_entities_are_read(parts: Split) -> None:
    from discovery.embeddings.features import combine, names

    labels = {e: f"kind{'abc'[i % GROUPS] * 4}" for i, e in enumerate(parts.train.entities)}
    features = combine(parts.train, [names(parts.train, labels)])
    bare = parts.train.subset(parts.train.edges_relation == 0)
    told = replace(parts, train=bare)
    blind = evaluate(cold_start(bare, parts.valid), told, typed=True, bootstraps=5)
    named = evaluate(cold_start(bare, parts.valid, features), told, typed=True, bootstraps=5)
    assert named.mrr.value > blind.mrr.value


def test_an_account_is_what_the_score_would_lose(parts: Split) -> None:
    scorer = cold_start(parts.train, parts.valid)
    test, relation = parts.test, parts.train.relation_id("treats")
    scores = scorer.score(test.heads, test.edges_relation, test.tails)
    best = int(np.argmax(scores))
    head, tail = int(test.heads[best]), int(test.tails[best])
    assert scorer.pair(head, relation, tail) == pytest.approx(scores[best])
    target, odds = scorer._known[relation]
    row, column = np.searchsorted(target.cold, tail), np.searchsorted(target.far, head)
    left, _ = odds.without(int(row), int(column))
    assert left[0] == pytest.approx(scores[best], abs=1e-4)  # nothing left out: the score itself
    told = scorer.explain(head, relation, tail)
    assert told
    assert [x for _, x in told] == sorted((x for _, x in told), reverse=True)
    ways = {"binds / ^has_gene", "what similar Disease entities have"}
    assert ways & {what for what, _ in told}
    gene = DRUGS
    assert scorer.explain(gene, relation, tail) == []
    assert scorer.pair(gene, relation, tail) is None
    assert scorer.pair(head, parts.train.relation_id("binds"), tail) is None
