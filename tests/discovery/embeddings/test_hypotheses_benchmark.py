"""The benchmarks with held-out diseases hold them out, and count as they say."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import embeddings_cold, embeddings_hypotheses
from discovery.embeddings.baselines import MatrixScorer, degree_product
from discovery.embeddings.metrics import evaluate
from discovery.embeddings.triples import Triples


def hetionet(seed: int = 0) -> Triples:
    """Compounds, genes and diseases with the relations that the benchmarks ask for."""
    rng = np.random.default_rng(seed)
    sizes = {"Compound": 12, "Gene": 20, "Disease": 15}
    starts = {"Compound": 0, "Gene": 12, "Disease": 32}
    edges = [
        (starts[a] + i, relation, starts[b] + j)
        for relation, (a, b) in enumerate(
            (("Compound", "Disease"), ("Disease", "Gene"), ("Compound", "Gene"))
        )
        for i in range(sizes[a])
        for j in range(sizes[b])
        if rng.random() < 0.25
    ]
    h, r, t = (np.array(x) for x in zip(*edges, strict=True))
    types = [kind for kind, n in sizes.items() for _ in range(n)]
    names = [f"{kind[0].lower()}:{i:02}" for i, kind in enumerate(types)]
    return Triples.from_ids(names, ["CtD", "DaG", "CbG"], h, r, t, types=types)


@pytest.fixture(scope="module")
def source() -> SimpleNamespace:
    return SimpleNamespace(triples=hetionet(), labels={})


@pytest.mark.parametrize(
    ("module", "hidden"), [(embeddings_hypotheses, ["CtD"]), (embeddings_cold, ["CtD", "DaG"])]
)
def test_every_disease_is_held_out_once_with_all_its_edges(
    module: SimpleNamespace, hidden: list[str], source: SimpleNamespace
) -> None:
    graph = source.triples
    disease = np.array([kind == "Disease" for kind in graph.types])
    seen: list[int] = []
    for split in module.folds(source, 3):
        ends = np.where(disease[split.test.heads], split.test.heads, split.test.tails)
        asked = set(ends.tolist())
        assert asked
        assert not asked & set(seen)
        seen += sorted(asked)
        for name in hidden:
            kind = graph.relation_id(name)
            for part in (split.train, split.valid):
                mine = part.edges_relation == kind
                assert not asked & set(part.heads[mine].tolist())
                assert not asked & set(part.tails[mine].tolist())
    with_edges = np.isin(graph.edges_relation, [graph.relation_id(n) for n in hidden])
    ends = np.concatenate([graph.heads[with_edges], graph.tails[with_edges]])
    # an audit may take a disease's only edges from the test, never a disease from all folds unseen
    assert set(seen) <= set(ends[disease[ends]].tolist())
    assert len(seen) >= 0.9 * len(np.unique(ends[disease[ends]]))


def scorer_of(n: int, table: np.ndarray) -> MatrixScorer:
    return MatrixScorer(n, lambda h, r: table[h], lambda t, r: table.T[t], "given")


def test_drugs_are_ranked_among_those_that_do_not_treat() -> None:
    types = ["Compound"] * 4 + ["Disease"] * 2
    ids = [f"x:{i}" for i in range(6)]
    train = Triples.from_ids(ids, ["CtD"], [0], [0], [4], types=types)
    test = Triples.from_ids(ids, ["CtD"], [0, 1, 3], [0, 0, 0], [5, 5, 5], types=types)
    scores = np.zeros((6, 6))
    scores[:4, 5] = [3.0, 2.0, 2.5, 1.0]  # drugs 0, 1 and 3 treat disease 5, drug 2 does not
    ranks, of, precision = embeddings_hypotheses.ranked(
        scorer_of(6, scores), SimpleNamespace(train=train, test=test)
    )
    assert ranks.tolist() == [1, 2, 2]  # only drug 2 is in the way
    assert of.tolist() == [5, 5, 5]
    assert precision == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    ties, _, _ = embeddings_hypotheses.ranked(
        scorer_of(6, np.zeros((6, 6))), SimpleNamespace(train=train, test=test)
    )
    assert ties.tolist() == [1.5, 1.5, 1.5]


def test_intervals_resample_diseases() -> None:
    values = np.array([1.0] * 50 + [0.0] * 50)
    text = embeddings_hypotheses.interval(values, np.repeat([7, 9], 50))
    assert text == "0.500 [0.000, 1.000]"  # two diseases, however many indications
    apart = embeddings_hypotheses.interval(values, np.arange(100))
    low, high = (float(x) for x in apart.split("[")[1].rstrip("]").split(", "))
    assert 0.35 < low < 0.5 < high < 0.65


def test_a_row_counts_diseases_and_first_tens() -> None:
    fold = (np.array([1.0, 20.0, 30.0]), np.array([4, 4, 5]), 0.25, 2.0, {"degree": 1.0})
    row = embeddings_hypotheses.table("x", [fold, (*fold[:2], 0.75, 1.0, {"dwpc": 1.0})])
    assert row["diseases"] == 2
    assert row["indications"] == 6
    assert row["diseases with a true drug in the first 10"] == 0.5
    assert row["AUPRC"] == 0.5
    assert row["CPU s"] == 3
    assert len(row["weights"]) == 2


def test_scorers_are_compared_on_the_same_indications() -> None:
    fold = (np.array([1.0, 2.0]), np.array([4, 5]), 0.25, 2.0, None)
    told = embeddings_hypotheses.difference([fold, fold], [np.array([2.0, 4.0])] * 2)
    assert told == "0.375 [0.250, 0.500]"  # 1/2 for one disease, 1/4 for the other
    assert embeddings_hypotheses.difference([fold], [fold[0]]) == "0.000 [0.000, 0.000]"


def test_kept_scores_are_the_scorers_own_at_both_ends(source: SimpleNamespace) -> None:
    split = next(embeddings_cold.folds(source, 3))
    scorer = degree_product(split.train)
    kept = embeddings_cold.tabled(scorer, split.train)
    direct = evaluate(scorer, split, typed=True, negatives=20, bootstraps=5)
    part = embeddings_cold.measured(kept, split)
    assert (1 / part["ranks"]).mean() == pytest.approx(direct.mrr.value)
    mrr, auprc = embeddings_cold.interval([part], draws=20)
    assert direct.auprc is not None
    assert float(mrr.split()[0]) == pytest.approx(direct.mrr.value, abs=5e-4)
    assert float(auprc.split()[0]) == pytest.approx(direct.auprc.value, abs=5e-4)
    row = embeddings_cold.table("degree", [part, part], 1.0, source.triples)
    assert row["edges"] == 2 * len(split.test)
