"""Several scorers as one."""

from __future__ import annotations

import numpy as np
import pytest

from discovery.embeddings.ensemble import STEPS, Ensemble, rules_and_complex, weigh
from discovery.embeddings.metrics import rank
from discovery.embeddings.triples import F64, I64, Triples
from graph.errors import UsageError


class Table:
    """A scorer that looks scores up: ``[relations, n, n]``."""

    def __init__(self, scores: F64) -> None:
        self.scores, self.asked = scores, 0

    def score(self, heads: I64, relations: I64, tails: I64) -> F64:
        return np.asarray(self.scores[relations, heads, tails])

    def score_tails(self, heads: I64, relations: I64) -> F64:
        self.asked += 1
        return np.asarray(self.scores[relations, heads])

    def score_heads(self, relations: I64, tails: I64) -> F64:
        self.asked += 1
        return np.asarray(self.scores[relations, :, tails])


def parts(n: int = 12, seed: int = 0) -> tuple[Triples, Triples, Table, Table]:
    """Training and validation edges of one relation, a scorer that knows, and one that guesses."""
    rng = np.random.default_rng(seed)
    cells = rng.permutation(n * n)[:40]
    names = [f"x:{i:02}" for i in range(n)]
    graph = Triples.from_ids(names, ["r"], cells // n, np.zeros(40, int), cells % n)
    first = np.arange(40) < 25
    truth = np.zeros((1, n, n))
    truth[0, cells // n, cells % n] = 3.0
    return (
        graph.subset(first), graph.subset(~first),
        Table(truth + rng.normal(0, 0.5, truth.shape)), Table(rng.normal(0, 1, truth.shape)),
    )  # fmt: skip


def test_a_member_alone_is_itself_and_a_mean_lies_between() -> None:
    _, valid, knows, guesses = parts()
    h, r = valid.heads, valid.edges_relation
    alone = Ensemble([knows, guesses], [1.0, 0.0]).score_tails(h, r)
    assert np.exp(alone).sum(axis=1) == pytest.approx(1.0)
    assert np.array_equal(alone.argsort(1), knows.score_tails(h, r).argsort(1))
    other = Ensemble([knows, guesses], [0.0, 1.0]).score_tails(h, r)
    both = Ensemble([knows, guesses], [0.5, 0.5])
    assert both.score_tails(h, r) == pytest.approx((alone + other) / 2)
    assert both.score(h, r, valid.tails) == pytest.approx(
        both.score_tails(h, r)[np.arange(len(h)), valid.tails]
    )


def test_weights_are_the_best_on_validation_and_each_member_is_asked_once() -> None:
    train, valid, knows, guesses = parts()
    known = train.known(valid)
    found = weigh(guesses, knows, valid, known, typed=train)
    questions = (knows.asked, guesses.asked)

    def mrr(weight: float) -> float:
        ranks, _, _ = rank(Ensemble([guesses, knows], [1 - weight, weight]), valid, known).both()
        return float((1 / ranks).mean())

    assert found.weights[1] in STEPS
    assert mrr(found.weights[1]) == pytest.approx(max(mrr(w) for w in STEPS))
    assert found.weights[1] > 0.5
    assert questions == (2, 2)  # tails and heads


def test_bad_members() -> None:
    with pytest.raises(UsageError, match="0 scorers"):
        Ensemble([], [])


@pytest.mark.slow
def test_rules_and_complex_fit_from_the_registry() -> None:
    train, valid, _, _ = parts()
    for held in (valid, None):
        found = rules_and_complex(train, held, dim=4, epochs=2, n3=0.0)
        assert sum(found.weights) == pytest.approx(1.0)
        assert np.isfinite(found.score_tails(valid.heads, valid.edges_relation)).all()
