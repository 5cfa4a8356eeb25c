"""Several scorers as one."""

from __future__ import annotations

import numpy as np
import pytest

from discovery.embeddings import registry
from discovery.embeddings.ensemble import Ensemble, together, weigh
from discovery.embeddings.metrics import rank
from discovery.embeddings.triples import F64, I64, Known, Triples
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


def mrr(scorer: Ensemble, valid: Triples, known: Known) -> float:
    ranks, _, _ = rank(scorer, valid, known).both()
    return float((1 / ranks).mean())


def test_scores_are_weighted_sums_and_a_member_without_weight_is_not_asked() -> None:
    _, valid, knows, guesses = parts()
    h, r, t = valid.heads, valid.edges_relation, valid.tails
    alone = Ensemble([knows, guesses], [2.0, 0.0])
    assert alone.score_tails(h, r) == pytest.approx(2 * knows.score_tails(h, r))
    assert guesses.asked == 0
    both = Ensemble([knows, guesses], [0.5, 0.25])
    wanted = knows.score(h, r, t) / 2 + guesses.score(h, r, t) / 4
    assert both.score(h, r, t) == pytest.approx(wanted)
    assert both.score_tails(h, r)[np.arange(len(h)), t] == pytest.approx(wanted)
    assert both.score_heads(r, t)[np.arange(len(h)), h] == pytest.approx(wanted)


def test_weighing_is_never_worse_than_the_best_member_and_asks_each_once() -> None:
    train, valid, knows, guesses = parts()
    known = train.known(valid)
    # other scales and constants are no merit
    loud = Table(guesses.scores * 1000 + 7)
    for members in ([loud, knows], [knows, loud], [knows]):
        found = weigh(members, valid, known, typed=train)
        single = max(mrr(Ensemble([m], [1.0]), valid, known) for m in members)
        assert mrr(found, valid, known) >= single - 1e-9
    fresh = Table(knows.scores), Table(guesses.scores)
    weigh(fresh, valid, known)
    assert [m.asked for m in fresh] == [2, 2]  # tails and heads


def test_two_that_know_different_halves_are_better_together() -> None:
    train, valid, knows, guesses = parts()
    halves = np.arange(knows.scores.shape[1]) % 2 == 0
    one, other = (
        Table(np.where(mask[None, :, None], knows.scores, guesses.scores * 0.1))
        for mask in (halves, ~halves)
    )
    known = train.known(valid)
    found = weigh([one, other], valid, known)
    assert all(w > 0 for w in found.weights)
    assert mrr(found, valid, known) > max(
        mrr(Ensemble([m], [1.0]), valid, known) for m in (one, other)
    )


def test_negatives_make_scores_of_different_questions_comparable() -> None:
    train, valid, knows, _guesses = parts()
    known = train.known(valid)
    # the same ranks for every tail, but nothing is comparable between questions
    rng = np.random.default_rng(5)
    shifted = Table(knows.scores + rng.normal(0, 50, (1, knows.scores.shape[1], 1)))
    ranked = weigh([shifted, knows], valid, known, typed=train)
    compared = weigh([shifted, knows], valid, known, typed=train, negatives=5)

    def gap(scorer: Ensemble) -> float:
        h, r = valid.heads, valid.edges_relation
        others = np.roll(valid.tails, 1)
        true, false = scorer.score(h, r, valid.tails), scorer.score(h, r, others)
        return float((true[:, None] > false[None, :]).mean())

    assert compared.weights[1] > 0
    assert gap(compared) >= gap(ranked)


def test_bad_members() -> None:
    train, valid, _, _ = parts()
    with pytest.raises(UsageError, match="0 scorers"):
        Ensemble([], [])
    with pytest.raises(UsageError, match="0 scorers"):
        weigh([], valid, train.known())
    with pytest.raises(UsageError, match="held-out"):
        together(train)


@pytest.mark.slow
def test_the_registry_fits_it() -> None:
    train, valid, _, _ = parts()
    found = registry.fit(
        "ensemble", train, valid=valid, members={"complex": {"dim": 4, "epochs": 2}, "rules": {}}
    )
    assert np.isfinite(found.score_tails(valid.heads, valid.edges_relation)).all()


def test_only_the_side_that_is_asked_for_counts() -> None:
    _, valid, knows, guesses = parts()
    known = valid.known()

    class Half(Table):
        """It knows heads, and misleads about tails."""

        def score_tails(self, heads: I64, relations: I64) -> F64:
            return -super().score_tails(heads, relations)

    half = Half(knows.scores)
    for_heads = weigh([half, guesses], valid, known, sides="head")
    assert for_heads.weights[0] > for_heads.weights[1]
    assert half.asked == 1
    for_tails = weigh([half, guesses], valid, known, sides="tail")
    assert for_tails.weights[0] < for_tails.weights[1]
