"""Ranks against brute force and PyKEEN's own evaluator; precision against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.embeddings.metrics import Estimate, compare, evaluate, rank
from discovery.embeddings.negatives import corrupt, degree_bins, domains
from discovery.embeddings.splits import Split, random_split
from discovery.embeddings.triples import F64, I64, Triples
from graph.errors import DataError

N, R = 7, 2


class Table:
    """A scorer that looks scores up."""

    def __init__(self, scores: F64) -> None:
        self.scores = scores

    def score(self, heads: I64, relations: I64, tails: I64) -> F64:
        return self.scores[relations, heads, tails]

    def score_tails(self, heads: I64, relations: I64) -> F64:
        return self.scores[relations, heads]

    def score_heads(self, relations: I64, tails: I64) -> F64:
        return self.scores[relations, :, tails]


def graph(seed: int, edges: int = 60, n: int = N) -> Triples:
    rng = np.random.default_rng(seed)
    keys = np.unique(rng.integers(0, R * n * n, edges))
    return Triples.from_ids(
        [f"e{i:03}" for i in range(n)],
        [f"r{i}" for i in range(R)],
        keys // n % n,
        keys // (n * n),
        keys % n,
        types=["A" if i % 3 else "B" for i in range(n)],
    )


def split(seed: int, n: int = N, edges: int = 60) -> Split:
    return random_split(graph(seed, edges, n), fractions=(0.6, 0.1, 0.3), pairs=False, seed=seed)


@given(st.integers(0, 10**6), st.integers(1, 4), st.booleans())
@settings(max_examples=40, deadline=None)
def test_ranks_are_those_of_counting(seed: int, values: int, typed: bool) -> None:
    parts = split(seed)
    # few distinct scores, so that ties are common
    scores = np.random.default_rng(seed).integers(0, values, (R, N, N)).astype(float)
    allowed = domains(parts.train) if typed else None
    found = rank(Table(scores), parts.test, parts.known(), candidates=allowed)
    true = {
        (int(h), int(r), int(t))
        for p in (parts.train, parts.valid, parts.test)
        for h, r, t in zip(p.heads, p.edges_relation, p.tails, strict=True)
    }
    for i, (h, r, t) in enumerate(
        zip(parts.test.heads, parts.test.edges_relation, parts.test.tails, strict=True)
    ):
        for side in ("tail", "head"):
            others = []
            for e in range(N):
                triple = (int(h), int(r), e) if side == "tail" else (e, int(r), int(t))
                if triple not in true and (allowed is None or allowed[side][r, e]):
                    others.append(scores[triple[1], triple[0], triple[2]])
            own = scores[r, h, t]
            better = sum(s > own for s in others)
            equal = sum(s == own for s in others)
            assert getattr(found, side)[i] == 1 + better + equal / 2
            assert getattr(found, f"{side}_candidates")[i] == 1 + len(others)


@pytest.mark.slow
def test_ranks_are_those_of_pykeen() -> None:
    torch = pytest.importorskip("torch")
    pipeline = pytest.importorskip("pykeen.pipeline")
    from pykeen.evaluation import RankBasedEvaluator

    parts = split(3, n=12, edges=150)
    factories = [p.to_pykeen() for p in (parts.train, parts.valid, parts.test)]
    trained = pipeline.pipeline(
        training=factories[0],
        testing=factories[2],
        model="DistMult",
        model_kwargs={"embedding_dim": 4},
        training_kwargs={"num_epochs": 2, "use_tqdm": False},
        evaluation_kwargs={"use_tqdm": False},
        random_seed=0,
        device="cpu",
    ).model
    evaluator = RankBasedEvaluator(filtered=True)
    theirs = evaluator.evaluate(
        trained,
        factories[2].mapped_triples,
        additional_filter_triples=[f.mapped_triples for f in factories[:2]],
        use_tqdm=False,
        batch_size=8,
    )
    every = torch.cartesian_prod(torch.arange(12), torch.arange(R), torch.arange(12))
    with torch.no_grad():
        flat = trained.score_hrt(every).double().numpy().reshape(12, R, 12)
    ours = evaluate(Table(flat.transpose(1, 0, 2)), parts, bootstraps=50)
    # DistMult scores in single precision: orders of summation can part ties
    key = "both.realistic."
    assert ours.mrr.value == pytest.approx(
        theirs.get_metric(f"{key}inverse_harmonic_mean_rank"), abs=2e-3
    )
    assert ours.hits[3].value == pytest.approx(theirs.get_metric(f"{key}hits_at_3"), abs=1e-2)
    assert ours.amri.value == pytest.approx(
        theirs.get_metric(f"{key}adjusted_arithmetic_mean_rank_index"), abs=2e-3
    )


def test_a_perfect_and_a_constant_scorer() -> None:
    parts = split(0)
    scores = np.zeros((R, N, N))
    constant = evaluate(Table(scores), parts, bootstraps=50)
    assert constant.amri.value == pytest.approx(0)
    scores[parts.test.edges_relation, parts.test.heads, parts.test.tails] = 1
    perfect = evaluate(Table(scores), parts, negatives=4, bootstraps=50)
    assert (perfect.mrr.value, perfect.amri.value, perfect.hits[1].value) == (1, 1, 1)
    assert perfect.auprc == Estimate(1, 1, 1)
    assert compare(perfect, constant).low > 0
    assert perfect.mrr.apart(constant.mrr)


@given(st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_auprc_is_average_precision(seed: int) -> None:
    from sklearn.metrics import average_precision_score

    parts = split(seed)
    scores = np.random.default_rng(seed).integers(0, 4, (R, N, N)).astype(float)
    found = evaluate(Table(scores), parts, negatives=3, bootstraps=20, seed=seed)
    known, test = parts.known(), parts.test
    h, r, t, _ = corrupt(test, known, 3, candidates=domains(parts.train), seed=seed)
    values = np.concatenate([scores[test.edges_relation, test.heads, test.tails], scores[r, h, t]])
    labels = np.arange(len(values)) < len(test)
    assert found.auprc is not None
    assert found.auprc.value == pytest.approx(average_precision_score(labels, values))
    assert found.auprc.low <= found.auprc.value + 1e-9


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=30, deadline=None)
def test_negatives_are_untrue_and_of_the_same_degree(seed: int, matched: bool) -> None:
    parts = split(seed)
    known = parts.known()
    train = parts.train if matched else None
    h, r, t, of = corrupt(parts.test, known, 4, train=train, seed=seed)
    assert not known.contains(h, r, t).any()
    assert (r == parts.test.edges_relation[of]).all()
    same_head, same_tail = h == parts.test.heads[of], t == parts.test.tails[of]
    assert (same_head ^ same_tail).all()
    if matched:
        for side, ids, own in (
            ("tail", t, parts.test.tails[of]),
            ("head", h, parts.test.heads[of]),
        ):
            bins = degree_bins(parts.train, side)
            assert (bins[r, ids] == bins[r, own]).all()


def test_macro_averages_count_each_relation_once() -> None:
    parts = split(5)
    scores = np.random.default_rng(0).random((R, N, N))
    found = evaluate(Table(scores), parts, bootstraps=20)
    rows = found.by_relation
    assert found.macro_relation["mrr"] == pytest.approx(
        np.mean([row["mrr"] for row in rows.values()])
    )
    total = sum(row["n"] for row in rows.values())
    assert total == 2 * len(parts.test) == sum(row["n"] for row in found.by_degree.values())
    assert found.mrr.value == pytest.approx(
        sum(row["n"] * row["mrr"] for row in rows.values()) / total
    )
    assert found.mrr.low < found.mrr.value < found.mrr.high
    assert "MRR" in found.to_text()
    assert found.to_json()["mrr"]["value"] == found.mrr.value


def test_nan_and_wrong_shapes_are_refused() -> None:
    parts = split(1)
    with pytest.raises(DataError, match="NaN"):
        evaluate(Table(np.full((R, N, N), np.nan)), parts)
    with pytest.raises(DataError, match="shape"):
        evaluate(Table(np.zeros((R, N, N + 1))), parts)
    empty = Split(parts.train, parts.valid, parts.test.subset([]))
    with pytest.raises(DataError, match="no test edges"):
        evaluate(Table(np.zeros((R, N, N))), empty)


def test_groups_are_resampled_together() -> None:
    parts = split(2, n=20, edges=300)
    scores = np.random.default_rng(1).random((R, 20, 20))
    alone = evaluate(Table(scores), parts, bootstraps=300)
    one = Split(parts.train, parts.valid, parts.test, groups=np.zeros(len(parts.test), np.int64))
    together = evaluate(Table(scores), one, bootstraps=300)
    assert together.mrr.value == pytest.approx(alone.mrr.value)
    # a single group is drawn every time: there is nothing that varies
    assert together.mrr.high == pytest.approx(together.mrr.low)
    assert alone.mrr.high > alone.mrr.low
