"""Proposals: chosen, explained, written as predicted, and kept out of the next training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from discovery.embeddings.config import preset
from discovery.embeddings.explaining import Neighbourhood
from discovery.embeddings.export import export_store
from discovery.embeddings.proposing import (
    Proposal,
    Proposals,
    again,
    calibration_of,
    candidates_of,
    propose,
    write,
)
from discovery.embeddings.trained import Trained
from discovery.embeddings.training import train
from discovery.embeddings.triples import Triples
from discovery.priors import graded_from_graph, priors_from_graph
from graph.dataset import Dataset, Variable
from graph.dataset_sources import as_dataset
from graph.errors import DataError, UsageError
from graph.model import (
    Batch,
    Category,
    Entity,
    Evidence,
    Predicate,
    Publication,
    Rung,
    Statement,
    Status,
)
from graph.store import Decision, Store


def modules(seed: int = 0) -> tuple[Triples, Triples]:
    """Drugs and diseases in four blocks, linked through genes; a tenth of the treatments held out."""
    rng = np.random.default_rng(seed)
    edges = []
    for relation, (a, n, b, m) in enumerate(((0, 24, 24, 32), (24, 32, 56, 24), (0, 24, 56, 24))):
        for i in range(n):
            edges += [
                (a + i, relation, b + j)
                for j in range(m)
                if rng.random() < (0.55 if i % 4 == j % 4 else 0.02)
            ]
    h, r, t = (np.array(x) for x in zip(*edges, strict=True))
    names = [f"drug:{i}" for i in range(24)] + [f"gene:{i}" for i in range(32)]
    names += [f"disease:{i}" for i in range(24)]
    graph = Triples.from_ids(
        names, ["binds", "associated_with", "treats"], h, r, t,
        types=["Drug"] * 24 + ["Gene"] * 32 + ["Disease"] * 24,
    )  # fmt: skip
    held = (r == 2) & (rng.random(len(h)) < 0.15)
    return graph.subset(~held), graph.subset(held)


@pytest.fixture(scope="module")
def model() -> tuple[Trained, Triples]:
    """A small model of the modules, and what was held out."""
    graph, valid = modules()
    config = preset("distmult", dim=12, epochs=15, every=5, n3=0.05, relation_loss=0.0)
    return train(graph, config, valid=valid), valid


@pytest.mark.slow
def test_what_is_proposed_lies_in_the_modules_and_is_explained(
    model: tuple[Trained, Triples],
) -> None:
    trained, valid = model
    graph = trained.triples
    found = propose(
        trained, graph, again(trained), ["treats"], valid=valid, fdr=0.2, nulls=10,
        vectors=trained.vectors(), model="distmult",
    )  # fmt: skip
    assert found.chosen
    assert found.candidates == 24 * 24 - int((graph.edges_relation == 2).sum()) - len(valid)
    inside = [int(p.head[5:]) % 4 == int(p.tail[8:]) % 4 for p in found.chosen]
    assert np.mean(inside) >= 0.8
    first = found.chosen[0]
    assert first.p <= first.q <= 0.2
    assert first.probability is not None
    assert 0 <= first.probability <= 1
    assert first.paths[0]["nodes"][0] == first.head
    assert first.paths[0]["nodes"][-1] == first.tail
    assert {e["relation"] for e in first.nearest} == {"treats"}
    assert all(first.head == e["head"] or first.tail == e["tail"] for e in first.nearest)
    known = graph.known(valid)
    place = graph.index
    for one in found.chosen:
        assert not known.contains([place[one.head]], [2], [place[one.tail]]).any()


def test_candidates_have_the_right_types_and_are_not_known() -> None:
    graph, valid = modules()
    pairs = candidates_of(graph, graph.known(valid), ["treats"], tails=["disease:3"])
    assert set(pairs.tails.tolist()) == {graph.index["disease:3"]}
    assert {graph.types[i] for i in pairs.heads} == {"Drug"}
    with pytest.raises(UsageError, match="no relation 'cures'"):
        candidates_of(graph, graph.known(), ["cures"])
    with pytest.raises(UsageError, match="not in the graph"):
        candidates_of(graph, graph.known(), ["treats"], heads=["drug:99"])
    with pytest.raises(UsageError, match="no relation was named"):
        candidates_of(graph, graph.known(), [])


def test_bad_rates_and_nothing_to_calibrate_on(model: tuple[Trained, Triples]) -> None:
    trained, valid = model
    for wrong in ({"fdr": 0.0}, {"fdr": 1.0}, {"nulls": 0}):
        with pytest.raises(UsageError):
            propose(trained, trained.triples, again(trained), ["treats"], **wrong)  # type: ignore[arg-type]
    empty = valid.subset(np.zeros(len(valid), np.bool_))
    with pytest.raises(DataError, match="nothing was held out"):
        calibration_of(trained, empty, trained.triples.known(), trained.triples)


def test_a_calibrated_model_is_right_as_often_as_it_says(model: tuple[Trained, Triples]) -> None:
    trained, valid = model
    found = calibration_of(trained, valid, trained.triples.known(valid), trained.triples)
    assert found.ratio == pytest.approx(10, abs=3)
    high = trained.score(valid.heads, valid.edges_relation, valid.tails)
    assert found(high, valid.edges_relation).mean() > 1 / 11


def test_paths_go_both_ways_and_are_damped_by_hubs() -> None:
    graph = Triples.from_ids(
        ["a", "b", "c", "hub", *(f"x{i}" for i in range(20))],
        ["r"],
        [0, 1, 0, 3, *([3] * 20)],
        [0] * 24,
        [1, 2, 3, 2, *range(4, 24)],
        sign=[1, -1, 1, 1, *([0] * 20)],
    )
    look = Neighbourhood(graph)
    found = look.paths(0, 2)
    assert [p["nodes"] for p in found] == [["a", "b", "c"], ["a", "hub", "c"]]
    assert found[0]["sign"] == -1
    assert found[0]["weight"] == pytest.approx(2**-0.4, abs=1e-6)
    assert found[1]["weight"] == pytest.approx(22**-0.4, abs=1e-6)
    assert look.paths(2, 0)[0]["sign"] == 0  # against the arrows nothing is said
    assert look.novelty(0, 0, 2)["distance"] == 2
    assert look.novelty(0, 0, 1)["distance"] == 1
    assert look.novelty(4, 0, 1) == {
        "distance": 4 - 1, "shared": 0, "alike": look.nearest(4, 0, 1, 1)[0]["similarity"],
        "degrees": [1, 2],
    }  # fmt: skip


def a_proposal() -> Proposals:
    one = Proposal("chebi:1", "treats", "doid:1", 2.0, 0.001, 0.02, 0.9, novelty={"distance": 2})
    other = Proposal("chebi:1", "treats", "doid:404", 2.0, 0.001, 0.02, 0.9)
    return Proposals((one, other), 10, 0.1, 20, "distmult", "0" * 64, None)


def stocked(store: Store) -> None:
    """A drug, a gene, two diseases, and one statement from a paper."""
    things = (
        Entity("chebi:1", "drug", Category.CHEMICAL), Entity("hgnc:1", "gene", Category.GENE),
        Entity("doid:1", "disease", Category.DISEASE),
    )  # fmt: skip
    said = Statement("chebi:1", Predicate.DECREASES, "hgnc:1", -1)
    paper = Publication("pubmed:1", year=2000)
    evidence = Evidence(said.id, Rung.ASSERTION, "text", "test", publication="pubmed:1", score=1.0)
    store.write(Batch(things, (paper,), (said,), (evidence,)))


def test_written_proposals_are_predicted_and_never_trained_on_until_accepted(
    embedded_store: Store,
) -> None:
    stocked(embedded_store)
    counts, left = write(a_proposal(), embedded_store)
    assert counts.evidences == 1
    assert left == ["chebi:1 or doid:404 is not in this store"]
    statement = Statement("chebi:1", Predicate.TREATS, "doid:1", -1)
    found = embedded_store.statement(statement.id)
    assert found is not None
    assert found.status is Status.PROPOSED
    (evidence,) = embedded_store.evidences_of(statement.id)
    assert evidence.rung is Rung.PREDICTED
    assert evidence.score == 0.9
    assert dict(evidence.details)["q_value"] == "0.02"
    before = export_store(embedded_store).triples
    assert before.relations == ("decreases",)
    again_, _ = write(a_proposal(), embedded_store)
    assert again_.evidences == 0
    embedded_store.decide(Decision(statement.id, "accept", "ada", "assay"))
    after = export_store(embedded_store)
    assert after.triples.relations == ("decreases", "treats")
    assert any("accepted" in n for n in after.notes)


def test_a_rejected_pair_is_not_proposed_again(embedded_store: Store) -> None:
    stocked(embedded_store)
    write(a_proposal(), embedded_store)
    statement = Statement("chebi:1", Predicate.TREATS, "doid:1", -1)
    embedded_store.decide(Decision(statement.id, "reject", "ada", "no"))
    counts, left = write(a_proposal(), embedded_store)
    assert counts.evidences == 0
    assert "chebi:1 treats doid:1 was rejected before" in left


def test_discovery_reads_the_prediction_as_a_graded_prior_with_its_rung(
    embedded_store: Store,
) -> None:
    stocked(embedded_store)
    write(a_proposal(), embedded_store)
    data = _data()
    plain = graded_from_graph(embedded_store, data)
    assert {(g.source, g.target) for g in plain.graded} == {("drug", "gene")}
    found = graded_from_graph(embedded_store, data, predicted=True)
    by = {(g.source, g.target): g for g in found.graded}
    assert set(by) == {("drug", "gene"), ("drug", "disease")}
    guess = by["drug", "disease"]
    assert guess.rungs == ("predicted",)
    assert guess.belief == pytest.approx(0.9)
    assert guess.log_odds > 0
    assert by["drug", "gene"].rungs == ("assertion",)
    # a guess is no literature that data could contradict
    assert {(e.source, e.target) for e in found.expected} == {("drug", "gene")}
    with pytest.raises(UsageError, match="only graded"):
        priors_from_graph(embedded_store, data, "hard", predicted=True)


def _data() -> Dataset:
    import pandas as pd

    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(30, 3)), columns=["drug", "gene", "disease"])
    bound = [
        Variable(c, i) for c, i in (("drug", "chebi:1"), ("gene", "hgnc:1"), ("disease", "doid:1"))
    ]
    return as_dataset(frame, bound, name="made")


@pytest.mark.slow
def test_two_workers_train_what_one_does(tmp_path: Path) -> None:
    from discovery.embeddings.distributed import train_workers

    graph, valid = modules()
    config = preset("r-gcn", dim=8, epochs=3, every=1, dropout=0.0)
    one = train(graph, config, valid=valid)
    two = train_workers(graph, config, tmp_path / "model", workers=2, valid=valid)
    assert [e.loss for e in two.history] == pytest.approx([e.loss for e in one.history], rel=1e-4)
    h, r = graph.heads[:5], graph.edges_relation[:5]
    assert two.score_tails(h, r) == pytest.approx(one.score_tails(h, r), abs=1e-2)
    assert torch.distributed.is_available()
